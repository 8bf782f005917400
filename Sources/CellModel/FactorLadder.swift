import CellPhysics
import Foundation
import Numerics

/// Factors of the film's implicit operator for a ladder of time constants.
///
/// A rung factorises M c / h + K for the capacities c = dx/du of one state and one time constant h. It serves
/// any stage whose own c / h is near: the iteration then contracts by their relative difference in the stiff
/// modes, and not at all worse in the others.
struct FactorLadder {
  struct Rung {
    let factor: CondensedFactor
    /// The capacity of each unknown, and the time constant, s.
    let capacity: [Double]
    let step: Double
    /// Capacity of the mean content over the time constant, 1/s.
    let weight: Double
    /// What the film stores per time constant and change of its Kirchhoff potential, m2/s.
    let storage: Double
    /// Change of the Kirchhoff potential of each interface node per current density at each, m2/A.
    let response: DenseMatrix
    /// The interface node of each unknown that the factor eliminates last.
    let trailingNodes: [Int]
  }

  private(set) var rungs: [Rung] = []
  /// The rung in use.
  var current = 0
  /// Makes the factors of all rungs: pattern and analysis stay the same, also when the ladder is cleared.
  private var elimination: SparseCholesky?

  /// A rung serves stages whose weight lies within these ratios of its own.
  static let reach = 0.72...1.45

  /// Forgets all rungs.
  mutating func clear() {
    rungs.removeAll(keepingCapacity: true)
    current = 0
  }

  /// The rung that serves a stage of the given weight best; nil when none does.
  func nearest(to weight: Double) -> Int? {
    let fitting = rungs.indices.filter { Self.reach.contains(weight / rungs[$0].weight) }
    return fitting.min { abs(log(rungs[$0].weight / weight)) < abs(log(rungs[$1].weight / weight)) }
  }

  /// Adds a rung and makes it the current one.
  mutating func add(
    _ transport: TransportOperator, capacity: [Double], step: Double, weight: Double, fluxOfCurrent: [Double]
  ) throws {
    let matrix = Self.matrix(transport, capacity: capacity, step: step)
    if let elimination {
      try elimination.factorize(matrix)
    } else {
      elimination = try SparseCholesky(matrix, trailing: transport.surface)
    }
    let factor = elimination!.condensed()
    let order = Self.trailingNodes(factor, transport)
    rungs.append(
      Rung(
        factor: factor, capacity: capacity, step: step, weight: weight,
        storage: zip(transport.areas, capacity).reduce(0) { $0 + $1.0 * $1.1 } / step,
        response: try Self.response(factor, order, fluxOfCurrent), trailingNodes: order))
    current = rungs.count - 1
  }

  /// The matrix M c / h + K of a stage.
  static func matrix(_ transport: TransportOperator, capacity: [Double], step: Double)
    -> SparseSymmetricMatrix
  {
    var matrix = transport.matrix
    for unknown in capacity.indices {
      matrix.values[Int(matrix.columnPointers[unknown])] +=
        transport.areas[unknown] * capacity[unknown] / step
    }
    return matrix
  }

  /// The interface node of each unknown that `factor` eliminates last.
  static func trailingNodes(_ factor: CondensedFactor, _ transport: TransportOperator) -> [Int] {
    var position = [Int](repeating: 0, count: transport.areas.count)
    for (index, unknown) in transport.surface.enumerated() { position[unknown] = index }
    return factor.trailing.map { position[$0] }
  }

  /// The change of the Kirchhoff potential of each interface node per current density at each.
  ///
  /// The film seen from its interface is L L' on the nodes eliminated last; its inverse is the change of their
  /// potentials per lithium flux into them.
  static func response(_ factor: CondensedFactor, _ trailingNodes: [Int], _ fluxOfCurrent: [Double]) throws
    -> DenseMatrix
  {
    let inverse = try factor.trailingFactor.inverseOfProduct()
    var response = DenseMatrix(rows: trailingNodes.count, columns: trailingNodes.count)
    for (column, node) in trailingNodes.enumerated() {
      for (row, other) in trailingNodes.enumerated() {
        response[other, node] = inverse[row, column] * fluxOfCurrent[node]
      }
    }
    return response
  }
}

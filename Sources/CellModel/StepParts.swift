import CellPhysics
import Numerics

/// The parts of a time step, one by one, for benchmarks of this package.
extension ElectrochemicalCell {
  /// The unknowns on the interface, which the factor eliminates last.
  package var surfaceUnknowns: [Int] { transport.surface }

  /// The matrix that a stage of time constant `step` factorises, from the contents of `state`.
  package func stageMatrix(_ state: CellState, step: Double) -> SparseSymmetricMatrix {
    var matrix = transport.matrix
    for unknown in transport.areas.indices {
      let capacity = 1 / composition.factor(content: state.content[unknown])
      matrix.values[Int(matrix.columnPointers[unknown])] += transport.areas[unknown] * capacity / step
    }
    return matrix
  }

  /// The problem that a film at `state` poses the interface in a stage.
  ///
  /// - Parameter factor: of ``stageMatrix(_:step:)``, with ``surfaceUnknowns`` last.
  package func interfaceProblem(_ state: CellState, factor: SparseCholesky) throws -> InterfaceProblem {
    let inverse = try factor.trailingFactor().inverseOfProduct()
    var position = [Int](repeating: 0, count: transport.areas.count)
    for (index, unknown) in transport.surface.enumerated() { position[unknown] = index }
    let order = factor.trailing.map { position[$0] }
    var response = DenseMatrix(rows: order.count, columns: order.count)
    for (column, node) in order.enumerated() {
      let scale = interface.widths[node] / (Constants.faraday * maximumConcentration)
      for (row, other) in order.enumerated() { response[other, node] = inverse[row, column] * scale }
    }
    // The currents of the state keep the surface about where it is.
    let driven = response.multiply(state.surfaceCurrent)
    return InterfaceProblem(
      system: interface, response: response,
      potentialAtRest: zip(transport.surface, driven).map {
        composition.potential(content: state.content[$0]) - $1
      }, start: .init(current: state.surfaceCurrent, cathodePotential: state.cathodePotential))
  }

  /// One step of the Runge-Kutta method, not controlled.
  ///
  /// - Parameter tolerance: error allowed in the solution of a stage; by default that of a run.
  package func step(from state: CellState, length: Double, drive: Drive, tolerance: Double? = nil) throws
    -> CellState
  {
    try rungeKuttaStep(from: state, length: length, drive: drive, tolerance: tolerance).state
  }

  /// The norm of a difference of lithium content that the control of steps uses.
  package func contentNorm(_ difference: [Double]) -> Double { errorNorm(difference) }
}

/// The nonlinear problem of the interface in one iterate of a stage.
package struct InterfaceProblem {
  /// The currents of the interface nodes, A/m2, and the potential of the cathode, V.
  package struct Solution {
    package var current: [Double]
    package var cathodePotential: Double
  }

  let system: InterfaceSystem
  let response: DenseMatrix
  let potentialAtRest: [Double]
  /// The state that the problem was made of.
  let start: Solution

  /// The solution under a drive, by default from the state that the problem was made of.
  package func solve(drive: Drive, from guess: Solution? = nil) throws -> Solution {
    var solution = guess ?? start
    try system.solve(
      potentialAtRest: potentialAtRest, response: response, drive: drive, current: &solution.current,
      cathodePotential: &solution.cathodePotential)
    return solution
  }
}

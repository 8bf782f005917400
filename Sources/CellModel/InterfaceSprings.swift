import Foundation
import Numerics

/// The springs that join film and electrolyte at the nodes of the interface.
///
/// First one normal spring per node, then one tangential spring per node and film copy: two where two
/// columns meet. Each face lends half its length to a spring at each of its ends. A jump is the film's
/// displacement less the electrolyte's, so a positive normal jump is an opening.
struct InterfaceSprings {
  /// Unknowns that each spring joins.
  private(set) var film: [Int32] = []
  private(set) var electrolyte: [Int32] = []
  /// Up to two faces that each spring belongs to, and the stiffness that each lends, Pa.
  private(set) var faces: [(Int, Int)] = []
  private(set) var shares: [(Double, Double)] = []
  /// The springs before this one are normal.
  let normalCount: Int

  /// The least share of its stiffness that a spring keeps, which bounds a body that nothing holds.
  static let residual = 1e-9

  var count: Int { film.count }

  /// Creates the springs of a bond.
  ///
  /// - Parameters:
  ///   - stiffness: of the bond per area, Pa/m.
  ///   - planeStrainModulus: of the electrolyte, E / (1 - nu^2), Pa.
  init(grid: StressGrid, stiffness: Double, planeStrainModulus: Double) {
    let n = grid.yCount
    normalCount = n
    let halves = grid.heights.map { 0.5 * stiffness * $0 }
    let edges = grid.heights.map {
      0.5 * $0 * Self.edgeStiffness(stiffness, length: $0, planeStrainModulus: planeStrainModulus)
    }
    for node in 0..<n {
      let below = (node + n - 1) % n
      append(grid.interfaceX[node], grid.electrolyteX[node], (below, node), (halves[below], halves[node]))
    }
    for node in 0..<n {
      let below = (node + n - 1) % n
      let other = grid.electrolyteY[node]
      if grid.interfaceYBelow[node] == grid.interfaceYAbove[node] {
        append(grid.interfaceYBelow[node], other, (below, node), (halves[below], halves[node]))
      } else {
        append(grid.interfaceYBelow[node], other, (below, below), (edges[below], 0))
        append(grid.interfaceYAbove[node], other, (node, node), (edges[node], 0))
      }
    }
  }

  /// The stiffness per area of a tangential spring at the edge of a column.
  ///
  /// Equation: k_e = 2 E / (pi h) ln(1 + pi k h / (2 E)). The gap d between two columns shears the
  /// electrolyte below by E d / (2 pi y) at a distance y from it, up to k d / 2 at the gap itself; the
  /// force on half a face is the integral of both in series. Without this the two columns would be
  /// tied to each other through their common node, however soft the electrolyte is.
  /// Symbols: k, stiffness of the bond, Pa/m; E, plane-strain modulus of the electrolyte, Pa; h, face
  /// length, m. Tends to k on fine meshes.
  /// Valid for: films much stiffer than the electrolyte. Not for: gaps wider than a face.
  /// Source: half-plane under a step of its surface displacement, Johnson, Contact Mechanics, ch. 2.
  static func edgeStiffness(_ stiffness: Double, length: Double, planeStrainModulus: Double) -> Double {
    let compliant = 2 * planeStrainModulus / (.pi * length)
    return compliant * log1p(stiffness / compliant)
  }

  private mutating func append(
    _ filmUnknown: Int32, _ electrolyteUnknown: Int32, _ pair: (Int, Int), _ share: (Double, Double)
  ) {
    film.append(filmUnknown)
    electrolyte.append(electrolyteUnknown)
    faces.append(pair)
    shares.append(share)
  }

  /// The stiffness of an intact spring per unit depth, Pa.
  func stiffness(_ spring: Int) -> Double { shares[spring].0 + shares[spring].1 }

  /// What damage takes from the stiffness of each spring, were it in tension, Pa.
  func reductions(damage: [Double]) -> [Double] {
    let lost = damage.map { min(max($0, 0), 1 - Self.residual) }
    return (0..<count).map { shares[$0].0 * lost[faces[$0].0] + shares[$0].1 * lost[faces[$0].1] }
  }

  /// The opening or slip of every spring under a displacement.
  func jumps(_ displacement: UnsafePointer<Double>) -> [Double] {
    (0..<count).map { displacement[Int(film[$0])] - displacement[Int(electrolyte[$0])] }
  }

  /// Adds pairs of forces that open the springs to a load.
  func add(forces: [Double], to load: UnsafeMutablePointer<Double>) {
    for spring in 0..<count {
      load[Int(film[spring])] += forces[spring]
      load[Int(electrolyte[spring])] -= forces[spring]
    }
  }

  /// The tractions that the film feels on each face.
  ///
  /// - Parameters:
  ///   - isOpen: whether the normal spring of each node is in tension, and so loses stiffness.
  ///   - lengths: the lengths of the faces, m.
  func tractions(jumps: [Double], damage: [Double], isOpen: [Bool], lengths: [Double]) -> (
    normal: [Double], shear: [Double]
  ) {
    var normal = [Double](repeating: 0, count: normalCount)
    var shear = normal
    for spring in 0..<count {
      let isReduced = spring >= normalCount || isOpen[spring]
      let ends = [(faces[spring].0, shares[spring].0), (faces[spring].1, shares[spring].1)]
      for (face, share) in ends {
        let kept = isReduced ? 1 - min(max(damage[face], 0), 1 - Self.residual) : 1
        let traction = share * kept * jumps[spring] / lengths[face]
        if spring < normalCount { normal[face] += traction } else { shear[face] += traction }
      }
    }
    return (normal, shear)
  }
}

/// The response of damaged springs, by updating the intact solution instead of the factor.
///
/// With K the intact stiffness, B the jumps of the springs and D the stiffness they lost,
/// (K - B D B^T) u = f has the jumps w = (I - F D)^-1 w_intact, F = B^T K^-1 B, and acts on the intact
/// structure as the forces D w. Source: Hager, SIAM Review 31, 221 (1989).
struct SpringUpdate {
  /// F, the jumps of every spring under a unit force in each.
  let flexibility: DenseMatrix
  let normalCount: Int

  /// The outcome of one update.
  struct Outcome {
    /// The forces D w, to be added to the load of the intact structure.
    var forces: [Double]
    /// Whether each normal spring is open.
    var isOpen: [Bool]
    /// Whether the set of open springs settled.
    var settled: Bool
  }

  /// Convergence in more rounds than this was never seen; two or three are the rule.
  static let rounds = 40

  /// Finds the forces of the damaged springs, and which normal ones are open: only those lose stiffness.
  ///
  /// The open set is iterated from that of the intact structure. Should it cycle, springs that still
  /// change are taken as open, which carries no tension where none can be carried.
  func solve(intactJumps: [Double], reductions: [Double]) throws -> Outcome {
    var isOpen = (0..<normalCount).map { intactJumps[$0] > 0 }
    var forces: [Double] = []
    for _ in 0..<Self.rounds {
      let jumps: [Double]
      (forces, jumps) = try evaluate(intactJumps, reductions, isOpen)
      var changed = false
      for spring in 0..<normalCount where (jumps[spring] > 0) != isOpen[spring] {
        // An undamaged spring has one stiffness: its state needs no further round.
        if reductions[spring] > 0 { changed = true }
        isOpen[spring].toggle()
      }
      if !changed { return Outcome(forces: forces, isOpen: isOpen, settled: true) }
    }
    let (_, jumps) = try evaluate(intactJumps, reductions, isOpen)
    for spring in 0..<normalCount where jumps[spring] > 0 { isOpen[spring] = true }
    (forces, _) = try evaluate(intactJumps, reductions, isOpen)
    return Outcome(forces: forces, isOpen: isOpen, settled: false)
  }

  /// Forces and jumps for a given set of open springs.
  private func evaluate(_ intactJumps: [Double], _ reductions: [Double], _ isOpen: [Bool]) throws -> (
    forces: [Double], jumps: [Double]
  ) {
    let active = reductions.indices.filter {
      reductions[$0] > 0 && ($0 >= normalCount || isOpen[$0])
    }
    var forces = [Double](repeating: 0, count: reductions.count)
    guard !active.isEmpty else { return (forces, intactJumps) }
    var matrix = DenseMatrix(rows: active.count, columns: active.count)
    matrix.values.withUnsafeMutableBufferPointer { matrix in
      flexibility.values.withUnsafeBufferPointer { flexibility in
        for (column, spring) in active.enumerated() {
          let (start, source) = (column * active.count, spring * reductions.count)
          for (row, other) in active.enumerated() {
            matrix[start + row] = -flexibility[source + other] * reductions[spring]
          }
          matrix[start + column] += 1
        }
      }
    }
    var solution = DenseMatrix(rows: active.count, columns: 1)
    for (row, spring) in active.enumerated() { solution[row, 0] = intactJumps[spring] }
    try matrix.solve(&solution)
    for (row, spring) in active.enumerated() { forces[spring] = reductions[spring] * solution[row, 0] }
    let added = flexibility.multiply(forces)
    return (forces, zip(intactJumps, added).map { $0 + $1 })
  }
}

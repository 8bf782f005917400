import Numerics

/// The springs that join film and electrolyte: on every face of the interface a normal one, then on
/// every face a tangential one.
///
/// A spring acts on the mean jump of its face, the film's displacement less the electrolyte's, so a
/// positive normal jump is an opening. Springs at the nodes would tie two columns to one and the same
/// node of the electrolyte, and so to each other, however soft the electrolyte is.
///
/// Valid for: a stiffness per area up to some ten times the electrolyte's modulus over the face length.
/// Not for: much stiffer springs, whose tractions alternate from face to face in columns with an even
/// number of faces.
struct InterfaceSprings {
  /// Four unknowns of each spring: film at the low and high end of the face, electrolyte likewise.
  private(set) var unknowns: [Int32] = []
  /// The stiffness of each intact spring per unit depth, Pa.
  private(set) var stiffness: [Double] = []
  /// The faces of the interface; springs before this one are normal.
  let faceCount: Int

  /// What a unit jump of each of the four unknowns adds to the jump of the face.
  static let weights = [0.5, 0.5, -0.5, -0.5]
  /// The least share of its stiffness that a spring keeps, which bounds a body that nothing holds.
  static let residual = 1e-9

  var count: Int { stiffness.count }

  init(grid: StressGrid, stiffness stiffnessPerArea: Double) {
    let n = grid.yCount
    faceCount = n
    for face in 0..<n {
      let above = (face + 1) % n
      unknowns += [
        grid.interfaceX[face], grid.interfaceX[above], grid.electrolyteX[face], grid.electrolyteX[above],
      ]
    }
    for face in 0..<n {
      let above = (face + 1) % n
      unknowns += [
        grid.interfaceYAbove[face], grid.interfaceYBelow[above], grid.electrolyteY[face],
        grid.electrolyteY[above],
      ]
    }
    let perFace = grid.heights.map { stiffnessPerArea * $0 }
    stiffness = perFace + perFace
  }

  /// What damage takes from the stiffness of each spring, were it in tension, Pa.
  func reductions(damage: [Double]) -> [Double] {
    (0..<count).map { stiffness[$0] * min(max(damage[$0 % faceCount], 0), 1 - Self.residual) }
  }

  /// The opening or slip of every spring under a displacement.
  func jumps(_ displacement: UnsafePointer<Double>) -> [Double] {
    (0..<count).map { spring in
      let u = (0..<4).map { displacement[Int(unknowns[4 * spring + $0])] }
      return 0.5 * (u[0] + u[1] - u[2] - u[3])
    }
  }

  /// Adds pairs of forces that open the springs to a load.
  func add(forces: [Double], to load: UnsafeMutablePointer<Double>) {
    for spring in 0..<count {
      for place in 0..<4 {
        load[Int(unknowns[4 * spring + place])] += Self.weights[place] * forces[spring]
      }
    }
  }

  /// The tractions that the film feels on each face.
  ///
  /// - Parameters:
  ///   - forces: what damage takes from the force of each spring, N/m.
  ///   - lengths: the lengths of the faces, m.
  func tractions(jumps: [Double], forces: [Double], lengths: [Double]) -> (
    normal: [Double], shear: [Double]
  ) {
    let tractions = (0..<count).map {
      (stiffness[$0] * jumps[$0] - forces[$0]) / lengths[$0 % faceCount]
    }
    return (Array(tractions[..<faceCount]), Array(tractions[faceCount...]))
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
  let faceCount: Int

  /// The outcome of one update.
  struct Outcome {
    /// The forces D w, to be added to the load of the intact structure.
    var forces: [Double]
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
    var isOpen = (0..<faceCount).map { intactJumps[$0] > 0 }
    var forces: [Double] = []
    for _ in 0..<Self.rounds {
      let jumps: [Double]
      (forces, jumps) = try evaluate(intactJumps, reductions, isOpen)
      var changed = false
      for spring in 0..<faceCount where (jumps[spring] > 0) != isOpen[spring] {
        // An undamaged spring has one stiffness: its state needs no further round.
        if reductions[spring] > 0 { changed = true }
        isOpen[spring].toggle()
      }
      if !changed { return Outcome(forces: forces, settled: true) }
    }
    let (_, jumps) = try evaluate(intactJumps, reductions, isOpen)
    for spring in 0..<faceCount where jumps[spring] > 0 { isOpen[spring] = true }
    (forces, _) = try evaluate(intactJumps, reductions, isOpen)
    return Outcome(forces: forces, settled: false)
  }

  /// Forces and jumps for a given set of open springs.
  private func evaluate(_ intactJumps: [Double], _ reductions: [Double], _ isOpen: [Bool]) throws -> (
    forces: [Double], jumps: [Double]
  ) {
    let active = reductions.indices.filter {
      reductions[$0] > 0 && ($0 >= faceCount || isOpen[$0])
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

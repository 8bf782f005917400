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
  /// The normal spring at the node of each.
  private(set) var nodes: [Int] = []
  /// Coefficient of friction of what is debonded.
  let friction: Double
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
  ///   - friction: coefficient of friction of debonded parts.
  init(grid: StressGrid, stiffness: Double, planeStrainModulus: Double, friction: Double) {
    let n = grid.yCount
    self.friction = friction
    normalCount = n
    let halves = grid.heights.map { 0.5 * stiffness * $0 }
    let edges = grid.heights.map {
      0.5 * $0 * Self.edgeStiffness(stiffness, length: $0, planeStrainModulus: planeStrainModulus)
    }
    for node in 0..<n {
      let below = (node + n - 1) % n
      append(
        grid.interfaceX[node], grid.electrolyteX[node], (below, node), (halves[below], halves[node]), node)
    }
    for node in 0..<n {
      let below = (node + n - 1) % n
      let other = grid.electrolyteY[node]
      if grid.interfaceYBelow[node] == grid.interfaceYAbove[node] {
        append(grid.interfaceYBelow[node], other, (below, node), (halves[below], halves[node]), node)
      } else {
        append(grid.interfaceYBelow[node], other, (below, below), (edges[below], 0), node)
        append(grid.interfaceYAbove[node], other, (node, node), (edges[node], 0), node)
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
    _ filmUnknown: Int32, _ electrolyteUnknown: Int32, _ pair: (Int, Int), _ share: (Double, Double),
    _ node: Int
  ) {
    film.append(filmUnknown)
    electrolyte.append(electrolyteUnknown)
    faces.append(pair)
    shares.append(share)
    nodes.append(node)
  }

  /// The stiffness of an intact spring per unit depth, Pa.
  func stiffness(_ spring: Int) -> Double { shares[spring].0 + shares[spring].1 }

  /// What damage takes from the stiffness of each spring, were it in tension, Pa.
  func reductions(damage: [Double]) -> [Double] {
    let lost = damage.map { min(max($0, 0), 1 - Self.residual) }
    return (0..<count).map { shares[$0].0 * lost[faces[$0].0] + shares[$0].1 * lost[faces[$0].1] }
  }

  /// What friction lets each tangential spring pass on through debonded parts per closing of its node, Pa.
  func grips(damage: [Double]) -> [Double] {
    (0..<count).map { spring in
      guard spring >= normalCount else { return 0 }
      let (normal, own) = (nodes[spring], faces[spring])
      let ends = [(faces[normal].0, shares[normal].0), (faces[normal].1, shares[normal].1)]
      return friction
        * ends.reduce(0) { sum, end in
          let isOwn = end.0 == own.0 || end.0 == own.1
          return isOwn ? sum + end.1 * min(max(damage[end.0], 0), 1 - Self.residual) : sum
        }
    }
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
  ///   - bond: which normal springs are open, and so lose stiffness, and what tangential ones pass on by friction.
  ///   - lengths: the lengths of the faces, m.
  func tractions(jumps: [Double], damage: [Double], bond: SpringUpdate.Outcome, lengths: [Double]) -> (
    normal: [Double], shear: [Double], friction: [Double]
  ) {
    var normal = [Double](repeating: 0, count: normalCount)
    var (shear, friction) = (normal, normal)
    for spring in 0..<count {
      let isReduced = spring >= normalCount || bond.isOpen[spring]
      let ends = [(faces[spring].0, shares[spring].0), (faces[spring].1, shares[spring].1)]
      for (face, share) in ends {
        let kept = isReduced ? 1 - min(max(damage[face], 0), 1 - Self.residual) : 1
        let traction = share * kept * jumps[spring] / lengths[face]
        if spring < normalCount { normal[face] += traction } else { shear[face] += traction }
      }
      let rubbing = bond.friction[spring]
      guard rubbing != 0 else { continue }
      // Where more is debonded more rubs.
      let lost = ends.map { $0.1 * damage[$0.0] }
      for (end, lost) in zip(ends, lost.map { $0 / (lost[0] + lost[1]) }) {
        friction[end.0] += lost * rubbing / lengths[end.0]
        shear[end.0] += lost * rubbing / lengths[end.0]
      }
    }
    return (normal, shear, friction)
  }
}

/// The response of damaged springs, by updating the intact solution instead of the factor.
///
/// With K the intact stiffness, B the jumps of the springs and D the stiffness they lost,
/// (K - B D B^T) u = f has the jumps w = (I - F D)^-1 w_intact, F = B^T K^-1 B, and acts on the intact
/// structure as the forces D w. Source: Hager, SIAM Review 31, 221 (1989).
///
/// What is debonded and pressed together rubs: up to mu |N| a tangential spring passes on what its lost stiffness
/// would, N being the compression of the debonded part, and beyond it slips at that force T, which is taken from D w.
/// Valid for: a load that grows in proportion. Not for: stick that a load before left behind.
struct SpringUpdate {
  /// F, the jumps of every spring under a unit force in each.
  let flexibility: DenseMatrix
  let normalCount: Int
  /// The normal spring at the node of each.
  let nodes: [Int]

  /// The outcome of one update.
  struct Outcome {
    /// The forces D w - T, to be added to the load of the intact structure.
    var forces: [Double]
    /// Whether each normal spring is open.
    var isOpen: [Bool]
    /// What each spring passes on by friction, N/m.
    var friction: [Double]
    /// Whether the sets of open and of sliding springs settled.
    var settled: Bool

    /// That of an interface without damage.
    static func intact(_ springs: InterfaceSprings) -> Outcome {
      let none = [Double](repeating: 0, count: springs.count)
      return Outcome(
        forces: none, isOpen: [Bool](repeating: true, count: springs.normalCount), friction: none,
        settled: true)
    }
  }

  /// Convergence in more rounds than this was never seen; two or three are the rule.
  static let rounds = 40
  /// Rounds after which a spring that still changes between holding and slipping rubs no more.
  private static let patience = 10

  /// How the springs carry: which normal ones are open, and which way tangential ones slip; zero for those held by
  /// friction.
  struct Bearing {
    var isOpen: [Bool]
    var slip: [Double]
  }

  /// The system of springs that carry in one way, factorised.
  ///
  /// Forces are R w + G w, R on the springs that lost stiffness, G from the closing of a node to what slips there.
  struct System {
    /// The springs with R, those of them with G, and the way these slip.
    let lost: [Int]
    let rubbing: [Int]
    let slip: [Double]
    /// The springs whose jumps are unknown, and the place of each among them.
    let unknowns: [Int]
    let places: [Int]
    let factors: DenseLU?
  }

  /// Where a solution ended: the next one of nearly the same jumps begins there.
  struct Memory {
    var bearing: Bearing
    var system: System?
  }

  /// Finds the forces of the damaged springs, which normal ones are open, and which tangential ones slip.
  ///
  /// The sets are iterated from those of the intact structure with all held that is pressed: Newton's method on a
  /// system that is linear but for them. Should they cycle, springs that still change are taken as without friction,
  /// and at last as open, which carries nothing that cannot be carried.
  /// - Parameters:
  ///   - reductions: see ``InterfaceSprings/reductions(damage:)``.
  ///   - grips: see ``InterfaceSprings/grips(damage:)``.
  ///   - memory: of the solution before with the same reductions and grips, if any; renewed here.
  func solve(intactJumps: [Double], reductions: [Double], grips: [Double], memory: inout Memory?) throws
    -> Outcome
  {
    var (bearing, system) = (
      memory?.bearing
        ?? Bearing(isOpen: (0..<normalCount).map { intactJumps[$0] > 0 }, slip: intactJumps.map { _ in 0 }),
      memory?.system
    )
    var (grips, isInDoubt) = (grips, false)
    for round in 0..<Self.rounds {
      let (forces, jumps) = try evaluate(intactJumps, reductions, grips, bearing, &system)
      var changed = false
      for spring in 0..<normalCount where (jumps[spring] > 0) != bearing.isOpen[spring] {
        // An undamaged spring has one stiffness: its state needs no further round.
        if reductions[spring] > 0 { changed = true }
        bearing.isOpen[spring].toggle()
      }
      var friction = [Double](repeating: 0, count: reductions.count)
      for spring in normalCount..<reductions.count where grips[spring] > 0 {
        let limit = grips[spring] * max(-jumps[nodes[spring]], 0)
        let held = reductions[spring] * jumps[spring]
        // What nothing presses slips the way it is pulled, without force.
        var slip: Double = abs(held) <= limit && limit > 0 ? 0 : held > 0 ? 1 : -1
        // What would turn back is held first: the force of a slip that is none may push far the other way.
        if slip * bearing.slip[spring] < 0 && limit > 0 { slip = 0 }
        friction[spring] = slip == 0 ? held : slip * limit
        guard slip != bearing.slip[spring] else { continue }
        (bearing.slip[spring], changed) = (slip, true)
        if round >= Self.patience { (grips[spring], friction[spring], isInDoubt) = (0, 0, true) }
      }
      if !changed {
        memory = isInDoubt ? nil : Memory(bearing: bearing, system: system)
        return Outcome(forces: forces, isOpen: bearing.isOpen, friction: friction, settled: !isInDoubt)
      }
    }
    memory = nil
    let none = reductions.map { _ in 0.0 }
    let (_, jumps) = try evaluate(intactJumps, reductions, none, bearing, &system)
    for spring in 0..<normalCount where jumps[spring] > 0 { bearing.isOpen[spring] = true }
    let (forces, _) = try evaluate(intactJumps, reductions, none, bearing, &system)
    return Outcome(forces: forces, isOpen: bearing.isOpen, friction: none, settled: false)
  }

  /// Forces and jumps for given sets, whose system is made unless it is that given.
  private func evaluate(
    _ intactJumps: [Double], _ reductions: [Double], _ grips: [Double], _ bearing: Bearing,
    _ known: inout System?
  ) throws -> (forces: [Double], jumps: [Double]) {
    let lost = reductions.indices.filter {
      reductions[$0] > 0 && ($0 < normalCount ? bearing.isOpen[$0] : grips[$0] == 0 || bearing.slip[$0] != 0)
    }
    let rubbing = lost.filter { grips[$0] > 0 && !bearing.isOpen[nodes[$0]] }
    let slip = rubbing.map { bearing.slip[$0] }
    let system: System
    if let known, known.lost == lost, known.rubbing == rubbing, known.slip == slip {
      system = known
    } else {
      system = try self.system(lost, rubbing, slip, reductions, grips)
      known = system
    }
    var forces = [Double](repeating: 0, count: reductions.count)
    guard let factors = system.factors else { return (forces, intactJumps) }
    var jumps = system.unknowns.map { intactJumps[$0] }
    factors.solve(&jumps)
    for spring in lost { forces[spring] = reductions[spring] * jumps[system.places[spring]] }
    for (spring, slip) in zip(rubbing, slip) {
      forces[spring] += grips[spring] * slip * jumps[system.places[nodes[spring]]]
    }
    let added = flexibility.multiply(forces)
    return (forces, zip(intactJumps, added).map { $0 + $1 })
  }

  private func system(
    _ lost: [Int], _ rubbing: [Int], _ slip: [Double], _ reductions: [Double], _ grips: [Double]
  ) throws -> System {
    let count = reductions.count
    var places = [Int](repeating: -1, count: count)
    var unknowns = lost
    for (place, spring) in lost.enumerated() { places[spring] = place }
    for spring in rubbing where places[nodes[spring]] < 0 {
      places[nodes[spring]] = unknowns.count
      unknowns.append(nodes[spring])
    }
    var matrix = DenseMatrix(rows: unknowns.count, columns: unknowns.count)
    matrix.values.withUnsafeMutableBufferPointer { matrix in
      flexibility.values.withUnsafeBufferPointer { flexibility in
        func add(_ factor: Double, from spring: Int, to place: Int) {
          let (start, source) = (place * unknowns.count, spring * count)
          for (row, other) in unknowns.enumerated() {
            matrix[start + row] -= flexibility[source + other] * factor
          }
        }
        for spring in lost { add(reductions[spring], from: spring, to: places[spring]) }
        for (spring, slip) in zip(rubbing, slip) {
          add(grips[spring] * slip, from: spring, to: places[nodes[spring]])
        }
        for place in unknowns.indices { matrix[place * unknowns.count + place] += 1 }
      }
    }
    return System(
      lost: lost, rubbing: rubbing, slip: slip, unknowns: unknowns, places: places,
      factors: unknowns.isEmpty ? nil : try DenseLU(matrix))
  }
}

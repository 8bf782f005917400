import CellPhysics
import Foundation
import Numerics

/// Stresses of a film with cracks, of which those beyond a separating length are resolved.
///
/// Equation: t_i = t_i0 + sum_j M_ij q_j on the faces of every crack i, zero where they gape; M_ij holds the
/// field of crack j in its crystal and what film, electrolyte and supports answer to it. K follows from q, see
/// ``CrackField`` and ``CrackContact``.
/// Symbols: t, tractions at collocation points, Pa; t_0, those of the film without cracks; q, amplitudes, Pa.
/// Valid for: straight cracks within one crystal, ligaments above a cell width or so. Not for: cracks through pores, at
/// free sides or close to longer ones, which are left to superposition as short ones are; friction that remembers
/// earlier loads.
/// Source: superposition of an analytic field and a finite element correction (van der Giessen & Needleman,
/// Modelling Simul. Mater. Sci. Eng. 3, 689 (1995)); see <doc:Discretisation>, method C.
///
/// The factor of the intact structure serves all. A crack costs one block of back-substitutions when it has
/// changed; tips are rounded to a ladder of ``step`` for that, and K is that of the true tips.
public struct ResolvedCracks {
  /// The stress of the film with its resolved cracks in one state, and the intensities at both tips of each crack:
  /// nothing for those that are not resolved.
  public typealias State = (field: StressField, intensities: [TipIntensities?])

  /// Intensities of one crack.
  public struct TipIntensities: Sendable, Equatable {
    public var back: Fracture.Intensity
    public var front: Fracture.Intensity
  }

  /// The stress model, whose counters tell the work done.
  public private(set) var model: StressModel
  /// Full length above which a crack is resolved, m.
  public static let separatingLength = 1.4e-6

  /// Ratio of neighbouring lengths of a tip.
  static let step = 1.05
  /// Length over the separating length from which a crack feels the film in full.
  static let fade = 1.5
  /// Rounds with the springs of the interface; three are the rule.
  static let rounds = 25
  /// Distance from a longer crack over the own length below which a crack is left to superposition: six terms do not
  /// follow a field that varies within it.
  static let nearest = 0.15

  /// Evaluations in which cracks or springs did not settle.
  public var unsettledEvaluations: Int { unsettledCracks + model.unsettledEvaluations }
  private var unsettledCracks = 0

  private let separatingLength: Double
  private let mesh: Mesh
  private let averagingLength: Double
  private let friction: Double
  private var resolved: [ResolvedCrack] = []
  private var contact = CrackContact()
  /// For each crack of the last update its place among the resolved ones, and how far its tips are from theirs.
  private var places: [(index: Int, beyond: SIMD2<Double>)?] = []
  /// M of all resolved cracks, row by row.
  private var coupling: [Double] = []

  /// - Parameter separatingLength: full length above which a crack is resolved, m.
  public init(
    model: StressModel, mesh: Mesh, parameters: ParameterSet,
    separatingLength: Double = ResolvedCracks.separatingLength
  ) {
    self.model = model
    self.mesh = mesh
    self.separatingLength = separatingLength
    averagingLength = parameters[.averagingLength]
    friction = parameters[.crackFriction]
  }

  /// The number of resolved cracks.
  public var count: Int { resolved.count }

  /// Whether a crack of the last update is resolved.
  public func isResolved(_ crack: Int) -> Bool { places[crack] != nil }

  /// Takes over the present cracks; only what has changed is computed.
  ///
  /// - Throws: ``NumericalError`` when a solve fails.
  public mutating func update(_ cracks: [Crack]) throws {
    let solvesBefore = model.factor.solves
    var (kept, origins): ([ResolvedCrack], [Int?]) = ([], [])
    places = []
    let isApart = apart(cracks)
    for (index, crack) in cracks.enumerated() {
      guard isApart[index] else {
        places.append(nil)
        continue
      }
      let rounded = Self.rounded(crack)
      if let old = resolved.firstIndex(where: { $0.crack == rounded }) {
        places.append((kept.count, crack.tips - rounded.tips))
        kept.append(resolved[old])
        origins.append(old)
      } else if let new = try ResolvedCrack(
        rounded, model: model, mesh: mesh, averagingLength: averagingLength)
      {
        places.append((kept.count, crack.tips - rounded.tips))
        kept.append(new)
        origins.append(nil)
      } else {
        places.append(nil)
      }
    }
    let (modes, size, oldSize) = (
      ResolvedCrack.modes, kept.count * ResolvedCrack.modes, resolved.count * ResolvedCrack.modes
    )
    let oldCoupling = coupling
    coupling = [Double](repeating: 0, count: size * size)
    for (i, crack) in kept.enumerated() {
      for (j, other) in kept.enumerated() {
        if let a = origins[i], let b = origins[j] {
          for row in 0..<modes {
            let (to, from) = ((i * modes + row) * size + j * modes, (a * modes + row) * oldSize + b * modes)
            for mode in 0..<modes { coupling[to + mode] = oldCoupling[from + mode] }
          }
        } else {
          let block = crack.tractions(
            of: other, isSelf: i == j, share: i == j ? answerShare(crack) : 1, model.system)
          for row in 0..<modes {
            for mode in 0..<modes {
              coupling[(i * modes + row) * size + j * modes + mode] = block[row * modes + mode]
            }
          }
        }
      }
    }
    if kept.count != resolved.count || origins.enumerated().contains(where: { $0 != $1 }) {
      contact = kept.isEmpty ? CrackContact() : try CrackContact(kept, coupling: coupling, friction: friction)
    }
    resolved = kept
    // As with springs: what a run that was interrupted prepares again does not count.
    model.preparingSolves += model.factor.solves - solvesBefore
  }

  /// Which cracks are long enough, and far enough from all that are longer, to be resolved.
  private func apart(_ cracks: [Crack]) -> [Bool] {
    var result = [Bool](repeating: false, count: cracks.count)
    var accepted: [Crack] = []
    let long = cracks.indices.filter { cracks[$0].length > separatingLength }
    for index in long.sorted(by: { (-cracks[$0].length, $0) < (-cracks[$1].length, $1) }) {
      let crack = cracks[index]
      guard
        !accepted.contains(where: { crack.distance(to: $0, width: mesh.width) < Self.nearest * crack.length })
      else { continue }
      accepted.append(crack)
      result[index] = true
    }
    return result
  }

  /// How much a crack feels of the answer of the film to itself.
  ///
  /// Superposition knows none. It grows with length from there, so that K does not jump when a crack is first
  /// resolved.
  private func answerShare(_ crack: ResolvedCrack) -> Double {
    return min(max((crack.crack.length / separatingLength - 1) / (Self.fade - 1), 0), 1)
  }

  /// The crack with tips on the ladder; none arrives at its limit by rounding.
  private static func rounded(_ crack: Crack) -> Crack {
    var result = crack
    for tip in 0..<2 where crack.tips[tip] > 1e-9 && crack.tips[tip] < crack.limits[tip] * (1 - 1e-9) {
      let rung = (log(crack.tips[tip] / 1e-9) / log(step)).rounded()
      let length = 1e-9 * pow(step, rung)
      result.tips[tip] = length < crack.limits[tip] * (1 - 1e-6) ? length : length / step
    }
    return result
  }

  /// The stress field and the intensities of one state, see ``states(of:interfaceDamage:)``.
  ///
  /// - Throws: ``NumericalError`` when a solve fails.
  public mutating func solve(contentChange: [Double], interfaceDamage: [Double], pressure: Double) throws
    -> State
  {
    try states(
      of: [StressLoading(contentChange: contentChange, pressure: pressure)], interfaceDamage: interfaceDamage)[
        0]
  }

  /// The stress fields and the intensities of several states of one damage.
  ///
  /// Parameters as those of ``StressModel/fields(of:interfaceDamage:)``, which this replaces.
  /// - Throws: ``NumericalError`` when a solve fails.
  /// - Parameter before: called every now and then, so that long work can be stopped by what it throws.
  public mutating func states(
    of loadings: [StressLoading], interfaceDamage: [Double], before: () throws -> Void = {}
  ) throws -> [State] {
    var result: [State] = []
    // What is held at a time is bounded, and a factor gains no more from further columns.
    for first in stride(from: 0, to: loadings.count, by: Self.batch) {
      try before()
      let part = Array(loadings[first..<min(first + Self.batch, loadings.count)])
      result +=
        resolved.isEmpty
        ? try model.fields(of: part, interfaceDamage: interfaceDamage).map { ($0, places.map { _ in nil }) }
        : try settle(part, interfaceDamage)
    }
    return result
  }

  /// States that are solved for at a time.
  private static let batch = 16

  /// A state on its way to balance of springs and cracks.
  private struct Balance {
    /// The load with that of the springs, and what the film without cracks answers to it.
    var load: NodalLoad
    var uncracked: RelaxedFilm
    /// Jumps of the intact structure.
    let intactJumps: [Double]
    var bond: SpringUpdate.Outcome
    var memory: SpringUpdate.Memory?
    var amplitudes: [Double]
    /// What the faces of the cracks pass on.
    var passed: [Double]
    var isSettled = false
  }

  private mutating func settle(_ loadings: [StressLoading], _ damage: [Double]) throws -> [State] {
    let (system, springs) = (model.system, model.system.springs)
    let atRest = loadings.map { system.nodalLoad($0) }
    let none = [Double](repeating: 0, count: ResolvedCrack.modes * resolved.count)
    var balances = zip(atRest, try model.relax(atRest)).map { load, intact in
      Balance(
        load: load, uncracked: intact, intactJumps: springs.jumps(intact.displacement),
        bond: .intact(springs), amplitudes: none, passed: none)
    }
    let isDamaged = damage.contains { $0 > 0 }
    let (reductions, grips) = (springs.reductions(damage: damage), springs.grips(damage: damage))
    // Springs and cracks in turn: each is the minimum of one convex energy with the other held.
    for _ in 0..<Self.rounds {
      let open = balances.indices.filter { !balances[$0].isSettled }
      if open.isEmpty { break }
      if isDamaged {
        let update = try model.springUpdate()
        for index in open {
          let jumps = addedJumps(balances[index].amplitudes, to: balances[index].intactJumps)
          let bond = try update.solve(
            intactJumps: jumps, reductions: reductions, grips: grips, memory: &balances[index].memory)
          (balances[index].bond, balances[index].load) = (bond, atRest[index])
          springs.add(forces: bond.forces, to: &balances[index].load.nodal)
        }
        for (index, film) in zip(open, try model.relax(open.map { balances[$0].load })) {
          balances[index].uncracked = film
        }
      }
      for index in open {
        let film = balances[index].uncracked
        let stresses = system.stresses(
          displacement: film.displacement, contentChange: loadings[index].contentChange,
          outOfPlaneStrain: film.strain)
        let before = balances[index].amplitudes
        let driving = drivingTractions(stresses)
        let areCracksSettled = contact.settle(driving, &balances[index].passed)
        let amplitudes = contact.amplitudes(driving, tractions: balances[index].passed)
        balances[index].amplitudes = amplitudes
        let change = zip(amplitudes, before).map { $0 - $1 }
        balances[index].isSettled =
          areCracksSettled
          && (!isDamaged || change.largestMagnitude <= 1e-4 * amplitudes.largestMagnitude)
      }
      // Without damage of the springs nothing changes any more.
      if !isDamaged { break }
    }
    unsettledCracks += balances.count { !$0.isSettled || !$0.bond.settled }
    let fields = try fieldsWithCracks(balances, loadings, damage)
    return zip(fields, balances).map { field, balance in
      (field, places.map { $0.map { intensities($0.index, $0.beyond, balance.amplitudes) } })
    }
  }

  private func addedJumps(_ amplitudes: [Double], to jumps: [Double]) -> [Double] {
    var result = jumps
    for (index, crack) in resolved.enumerated() {
      let added = crack.springJumps.multiply(own(index, amplitudes))
      for k in result.indices { result[k] += added[k] }
    }
    return result
  }

  private func own(_ index: Int, _ amplitudes: [Double]) -> [Double] {
    let modes = ResolvedCrack.modes
    return Array(amplitudes[index * modes..<(index + 1) * modes])
  }

  private func drivingTractions(_ stresses: [StressInCell]) -> [Double] {
    resolved.flatMap { crack in
      crack.tractions { sample in
        let s = stresses[crack.sampledCells[sample]]
        return SIMD3(s.xx, s.yy, s.xy)
      }
    }
  }

  private func fieldsWithCracks(_ balances: [Balance], _ loadings: [StressLoading], _ damage: [Double]) throws
    -> [StressField]
  {
    let loads = balances.map { balance in
      var load = balance.load
      for (index, crack) in resolved.enumerated() { crack.add(own(index, balance.amplitudes), to: &load) }
      return load
    }
    let system = model.system
    return zip(try model.relax(loads), zip(balances, loadings)).map { film, state in
      let (balance, loading) = state
      var stresses = system.stresses(
        displacement: film.displacement, contentChange: loading.contentChange, outOfPlaneStrain: film.strain)
      for (index, crack) in resolved.enumerated() {
        let region = crack.region
        let added = crack.cellStress.multiply(own(index, balance.amplitudes))
        for place in 0..<region.cellCount where region.isSolid[place] {
          let cell = region.cell(place / region.columnCount, place % region.columnCount)
          stresses[cell].xx += added[4 * place]
          stresses[cell].yy += added[4 * place + 1]
          stresses[cell].zz += added[4 * place + 2]
          stresses[cell].xy += added[4 * place + 3]
        }
      }
      return model.field(stresses, film, damage: damage, bond: balance.bond)
    }
  }

  /// Intensities at the true tips.
  private func intensities(_ index: Int, _ beyond: SIMD2<Double>, _ amplitudes: [Double]) -> TipIntensities {
    let (crack, q) = (resolved[index], own(index, amplitudes))
    let (back, front) = intensitiesAtTips(crack, q, beyond)
    // The normal of a crack points the other way than that of its field: shear changes its sign.
    func intensity(_ k: SIMD2<Double>) -> Fracture.Intensity {
      Fracture.Intensity(modeI: max(k.y, 0), modeII: -k.x)
    }
    return TipIntensities(back: intensity(back), front: intensity(front))
  }

  /// Shear and normal intensities of a crack whose tips lie a little beyond those that were prepared.
  ///
  /// It bears the traction sum_n (n + 1) U_n q_n of an infinite body, and so does the longer crack.
  private func intensitiesAtTips(_ crack: ResolvedCrack, _ q: [Double], _ beyond: SIMD2<Double>) -> (
    back: SIMD2<Double>, front: SIMD2<Double>
  ) {
    let a = crack.field.halfLength
    let (half, middle) = (a + 0.5 * beyond.sum(), 0.5 * (beyond[1] - beyond[0]))
    var (back, front) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
    let points = 2 * crack.field.terms
    for k in 0..<points {
      let cosine = cos(.pi * (Double(k) + 0.5) / Double(points))
      let x = (middle + half * cosine) / a
      var (traction, chebyshev, before) = (SIMD2<Double>.zero, 1.0, 0.0)
      for n in 0..<crack.field.terms {
        traction += Double(n + 1) * chebyshev * SIMD2(q[2 * n], q[2 * n + 1])
        (chebyshev, before) = (2 * x * chebyshev - before, chebyshev)
      }
      front += (1 + cosine) * traction
      back += (1 - cosine) * traction
    }
    let size = (.pi * half).squareRoot() / Double(points)
    return (size * back, size * front)
  }
}

extension [Double] {
  fileprivate var largestMagnitude: Double { reduce(0) { Swift.max($0, abs($1)) } }
}

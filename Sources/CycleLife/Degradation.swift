import CellModel
import CellPhysics
import Numerics

/// What the lithium of a cycle loads the film with.
struct CycleCourse: Sendable, Equatable, Codable {
  /// The states of the cycle that matter, in the order of time.
  var loadings: [StressLoading]
  /// Which of them end a step of the protocol.
  var stepEnds: [Int] = []
  /// Time since the start of the run at the end of the cycle, s.
  var time: Double
  /// See ``CycleObservation/pressedTime``.
  var pressedTime: Double
}

/// What the lithium of one state does to the cathode.
private struct StressState {
  var field: StressField
  var averaged: StressField
  var intensities: [ResolvedCracks.TipIntensities?]
}

/// The stresses of a film with its cracks, or of the particles of a composite.
private enum CathodeStresses {
  case film(ResolvedCracks, BoxAverage)
  case particles(ParticleStresses)

  /// - Throws: ``NumericalError`` when the stiffness cannot be factorised.
  init(_ mesh: Mesh, _ p: ParameterSet) throws {
    guard !mesh.isDivided else {
      self = .particles(ParticleStresses(mesh: mesh, parameters: p))
      return
    }
    let model = try NumericalError.naming("the stiffness of the film cannot be factorised") {
      try StressModel(mesh: mesh, parameters: p)
    }
    self = .film(
      ResolvedCracks(model: model, mesh: mesh, parameters: p),
      BoxAverage(length: p[.averagingLength], mesh: mesh))
  }

  /// Right-hand sides solved for.
  var solves: Int { if case .film(let cracks, _) = self { cracks.model.solves } else { 0 } }
  var unsettledEvaluations: Int {
    if case .film(let cracks, _) = self { cracks.unsettledEvaluations } else { 0 }
  }

  /// The states of several loadings, with the cracks as they are now when they are given.
  mutating func states(
    of loadings: [StressLoading], cracks: [Crack]?, interfaceDamage: [Double], before: () throws -> Void = {}
  ) throws -> [StressState] {
    switch self {
    case .film(var film, let average):
      defer { self = .film(film, average) }
      if let cracks { try film.update(cracks) }
      return try film.states(of: loadings, interfaceDamage: interfaceDamage, before: before).map {
        StressState(field: $0, averaged: average.average($0), intensities: $1)
      }
    case .particles(let particles):
      return loadings.map {
        let field = particles.field($0, interfaceDamage: interfaceDamage)
        // Smooth over any length that matters.
        return StressState(field: field, averaged: field, intensities: [])
      }
    }
  }
}

/// The stresses of a cathode, and the damage that its mechanisms do under them.
struct Degradation {
  private var stresses: CathodeStresses
  private let mechanisms: [any DegradationMechanism]
  /// Where cracks can begin.
  private let sites: NucleationSites?
  private let mesh: Mesh
  private let microstructure: Microstructure
  private let parameters: ParameterSet

  /// - Throws: ``NumericalError`` when the stiffness cannot be factorised.
  init(mesh: Mesh, microstructure: Microstructure, parameters p: ParameterSet, seed: UInt64) throws {
    stresses = try CathodeStresses(mesh, p)
    mechanisms = Mechanisms.all.map { $0.init(parameters: p) }
    sites = mesh.isDivided ? nil : NucleationSites(parameters: p, seed: seed)
    (self.mesh, self.microstructure, parameters) = (mesh, microstructure, p)
  }

  /// Right-hand sides solved for.
  var solves: Int { stresses.solves }

  /// What the states of a cycle do to a film with this damage.
  mutating func observe(_ course: CycleCourse, _ damage: Damage, _ stop: StopRequest) throws -> (
    CycleObservation, StressAudit
  ) {
    var observation = CycleObservation(mesh: mesh, microstructure: microstructure, time: course.time)
    observation.pressedTime = course.pressedTime
    observation.sites = sites
    observation.cracks = damage.cracks
    var auditor = StressAuditor(mesh: mesh, parameters: parameters)
    let unsettled = stresses.unsettledEvaluations
    let separated = damage.interfaceDamage(mesh)
    let states = try NumericalError.naming("the stresses of the film cannot be solved") {
      try stresses.states(of: course.loadings, cracks: damage.cracks, interfaceDamage: separated) {
        try stop.check()
      }
    }
    for (loading, state) in zip(course.loadings, states) {
      observation.intensities.append(state.intensities)
      auditor.take(
        state.field, averaged: state.averaged, contentChange: loading.contentChange,
        pressure: loading.pressure)
      observation.stresses.append(state.averaged)
      observation.separations.append(
        state.field.separations(damage: separated, stiffness: parameters[.interfaceStiffness]))
    }
    var audit = auditor.audit
    audit.unsettledEvaluations = stresses.unsettledEvaluations - unsettled
    return (observation, audit)
  }

  /// The averaged stresses of one state with the cracks observed last.
  mutating func stress(_ loading: StressLoading, _ damage: Damage) throws -> StressField {
    try stresses.states(of: [loading], cracks: nil, interfaceDamage: damage.interfaceDamage(mesh))[0].averaged
  }

  /// Lets the mechanisms act through a cycle, with stresses observed anew whenever the damage has changed them.
  ///
  /// - Parameter first: what was observed of the cycle with the damage that it began with.
  mutating func advance(
    _ damage: inout Damage, _ course: CycleCourse, _ first: CycleObservation, _ record: inout CycleRecord,
    _ stop: StopRequest
  ) throws {
    let (solves, unsettled) = (self.solves, stresses.unsettledEvaluations)
    let (cracks, debonded) = (damage.cracks.count, damage.debondedShare)
    var (observation, seen, left) = (first, course, 1.0)
    while true {
      let span = try span(damage, observation, limit: left)
      if span > 0 && seen.loadings.count < course.loadings.count {
        // What happened at once is over: see what it did to the other states.
        seen = course
        observation = try observe(seen, damage, stop).0
        continue
      }
      // Only states that make something happen at once are looked at again while it does.
      if span == 0 {
        let states = try seen.loadings.indices.filter {
          try self.span(damage, observation.only($0), limit: left) == 0
        }
        seen.loadings = states.map { seen.loadings[$0] }
      }
      let length = damage.crackLength
      for mechanism in mechanisms {
        damage = try NumericalError.naming(Self.consequence(mechanism)) {
          try mechanism.advance(damage, observation, span: span)
        }
      }
      let growth = damage.crackLength - length
      if span == 0 { record.fracturedLength += growth } else { record.fatiguedLength += growth }
      left -= span
      if left <= 0 { break }
      observation = try observe(seen, damage, stop).0
    }
    record.nucleatedCracks = damage.cracks.count - cracks
    record.debondedShare = damage.debondedShare - debonded
    record.interfaceFatigue = damage.interfaceFatigue
    record.solves += self.solves - solves
    record.audit.unsettledEvaluations += stresses.unsettledEvaluations - unsettled
  }

  /// How far the stresses observed hold.
  private func span(_ damage: Damage, _ observation: CycleObservation, limit: Double) throws -> Double {
    try mechanisms.reduce(limit) { limit, mechanism in
      try NumericalError.naming(Self.consequence(mechanism)) {
        try mechanism.span(damage, observation, limit: limit)
      }
    }
  }

  private static func consequence(_ mechanism: any DegradationMechanism) -> String {
    "the damage of \(type(of: mechanism).identifier) cannot be computed"
  }
}

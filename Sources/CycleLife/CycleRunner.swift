import CellModel
import CellPhysics
import Foundation
import Numerics

/// Runs a scenario: cycle after cycle, from the protocol to the damage it does.
///
/// Knows no file, clock or terminal; what it records goes to a ``RunSink``.
public struct CycleRunner {
  /// Mass of active material per geometric area, kg/m2.
  public let activeMassPerArea: Double
  /// The microstructure drawn for this run, or that of its image.
  public let microstructure: Microstructure
  /// The mesh on which it is solved.
  public let mesh: Mesh
  /// Where the run stands: after its last cycle, or at its start.
  public internal(set) var state: RunState
  /// How the last discharge of the last cycle ended at a voltage; nil when none did.
  ///
  /// Nothing that follows depends on it, so that it is no part of the state.
  public private(set) var dischargeEnd: DischargeEnd?

  let scenario: Scenario
  let cells: CellsOfProtocol
  var degradation: Degradation
  private let cracks: CrackGrowth
  let laws: CycleLaws
  private let pressureControl: PressureControl
  /// The damage of the assembled cell.
  private let pristine: Damage
  /// Share of a debonded patch that the pressure presses back: that of the state in which damage was applied.
  private var recontact = 0.0
  /// Work from which on the next cycle counts, when a jump before it has been in vain.
  var workToBook: WorkCount?
  /// Where the jump began that the cycle under way ends; nil where the cycle before was simulated.
  var jumpedFrom: JumpStart?

  /// Builds microstructure, mesh, models and initial damage.
  ///
  /// - Throws: `NumericalError` when an operator cannot be factorised.
  public init(_ scenario: Scenario) throws {
    let p = scenario.parameters
    self.scenario = scenario
    microstructure = scenario.microstructure
    cells = try CellsOfProtocol(scenario, microstructure, p)
    mesh = cells.mesh
    degradation = try Degradation(
      mesh: mesh, microstructure: microstructure, parameters: scenario.surfaceParameters, seed: scenario.seed)
    cracks = CrackGrowth(parameters: p)
    laws = CycleLaws(p)
    pressureControl = PressureControl(parameters: p, mesh: mesh)
    activeMassPerArea = p[.density] * mesh.solidArea / mesh.width
    pristine = Damage(
      parameters: scenario.surfaceParameters, microstructure: microstructure, seed: scenario.seed)
    state = RunState(cell: cells.own.uniformState(content: p[.initialContent]), damage: pristine)
    if case .uniform(let content) = scenario.stressFreeState {
      state.stressFreeContent = [Double](repeating: content, count: mesh.cellCount)
    }
    apply(state.damage, at: state.cell)
  }

  /// Continues a run from a state that it reached before.
  ///
  /// Records and states that follow are those of a run that was not interrupted, bit by bit: nothing is drawn
  /// after set-up, and no solver remembers anything from one step of the protocol to the next.
  ///
  /// - Throws: `NumericalError` as ``init(_:)``, and ``StateMismatch`` when the state is not one of this scenario.
  public init(_ scenario: Scenario, resuming state: RunState) throws {
    try self.init(scenario)
    try self.state.check(isStartOf: state, mesh: mesh)
    self.state = state
    apply(state.damage, at: state.cell)
  }

  /// The cell at its own temperature: what it says of a state holds at any.
  var cell: ElectrochemicalCell { cells.own }

  /// The damage after the last cycle.
  public var damage: Damage { state.damage }

  /// Above this ``spuriousShare`` the mesh is too coarse for the crystals' anisotropy.
  public static let spuriousShareLimit = 0.1

  /// What the mesh adds to diffusion across the layers of the worst crystal, over the slow diffusivity.
  ///
  /// For waves as long as a column is wide; zero in one dimension.
  public var spuriousShare: Double {
    cells.film == nil && !mesh.isDivided
      ? cell.spuriousShare(wavelength: scenario.parameters[.columnSpacing]) : 0
  }

  /// Effective diffusivity through the thickness with the present damage, m2/s.
  ///
  /// In one dimension that of the homogenised film, whatever its contact; not a number in particles.
  public func effectiveDiffusivity(content: Double = 0.95) throws -> Double {
    try effectiveDiffusivity(of: damage, content: content)
  }

  /// The same with a damage that has been applied to the cell.
  private func effectiveDiffusivity(of damage: Damage, content: Double = 0.95) throws -> Double {
    guard !mesh.isDivided else { return .nan }
    guard let film = cells.film else { return try cell.effectiveDiffusivity(content: content) }
    let composition = CompositionDependence(slope: scenario.parameters[.diffusivitySlope])
    return film.effectiveDiffusivity(cracks: damage.cracks, angles: crackAngles(damage))
      * composition.factor(content: content)
  }

  /// The angles of the crystals in which the cracks began, radian.
  private func crackAngles(_ damage: Damage) -> [Double] { damage.cracks.map(microstructure.crystalAngle) }

  /// Runs every cycle of the scenario that is not done yet, or until one cannot be carried out.
  ///
  /// When asked to stop, a run abandons its cycle after the current time step: it stays in the state that the
  /// cycle before left, and continues from there when it is run again.
  ///
  /// - Throws: ``CycleFailure``, ``RunInterrupted``, or what the sink throws.
  public mutating func run(into sink: inout some RunSink, stop: StopRequest = .never) throws -> RunOutcome {
    // A cycle that was abandoned left factors behind.
    apply(state.damage, at: state.cell)
    while !state.isComplete(cycles: scenario.cycles) {
      try stop.check()
      var cycle = state.completedCycles + 1
      if cell.hasContact {
        let start = state
        do {
          let record = try jump(&sink, stop) ?? step(cycle, &sink, stop)
          cycle = record.cycle
          let reference = try referenceTest(after: cycle, &sink, stop)
          try sink.record(record)
          if let reference { try sink.record(reference: reference) }
          state.end = state.end ?? end(after: record)
        } catch let infeasible as StepInfeasible {
          state.end = .infeasible(cycle: cycle, step: infeasible.step, reason: infeasible.reason)
        } catch {
          // A cycle and the reference test that follows are done both or neither.
          state = start
          if error is SolverFailure || error is NumericalError || error is BrokenLaw {
            throw CycleFailure(cycle: cycle, reason: "\(error)")
          }
          throw error
        }
      } else {
        state.end = .infeasible(
          cycle: cycle, step: scenario.protocolSteps.first?.text ?? "",
          reason: nothingInContact)
      }
      try sink.reach(state)
    }
    return state.end ?? .finished(cycles: scenario.cycles)
  }

  /// Why charge can be transferred nowhere.
  private var nothingInContact: String {
    if let composite = scenario.composite, !composite.isConnected {
      let share = String(format: "%.3g", composite.electrolyteShare)
      let conductors = String(format: "%.3g", composite.activeShare + composite.additiveShare)
      return
        "no way for ions or none for electrons leads through the composite: electrolyte has a share of \(share), "
        + "what conducts electrons one of \(conductors)"
    }
    return damage.contact(mesh, recontact: recontact).contains { $0 > 0 }
      ? "cracks have cut off from the collector all that is in contact"
      : "no part of the interface is in contact"
  }

  /// The end of a run that meets one of its criteria after a cycle.
  func end(after record: CycleRecord) -> RunOutcome? {
    scenario.stopCriteria.outcome(record, state, activeMassPerArea)
  }

  /// What a pass through steps is: a cycle that counts, or the reference test behind it.
  enum Pass { case ordinary, reference }

  /// The reference test that follows a cycle; nil when none is due, or when it cannot be carried out and ends the run.
  ///
  /// It strains the film and does damage as any cycle does, but counts for nothing else.
  private mutating func referenceTest(after cycle: Int, _ sink: inout some RunSink, _ stop: StopRequest)
    throws
    -> CycleRecord?
  {
    guard scenario.isReferenceTested(after: cycle), state.end == nil, cell.hasContact else { return nil }
    do {
      return try runCycle(cycle, .reference, &sink, stop)
    } catch let infeasible as StepInfeasible {
      state.end = .infeasible(
        cycle: cycle + 1, step: "reference test before it: \(infeasible.step)", reason: infeasible.reason)
      return nil
    }
  }

  /// One cycle, or a reference test behind it: protocol, stresses, damage, record.
  ///
  /// The state changes when all of it is done, and breaks no law: ``CycleLaws``.
  mutating func runCycle(_ cycle: Int, _ pass: Pass, _ sink: inout some RunSink, _ stop: StopRequest)
    throws -> CycleRecord
  {
    var next = state
    var end: DischargeEnd?
    var ledger = CycleLedger(
      cycle: cycle, stored: cell.storedCharge(next.cell), work: workToBook ?? work, totals: next.totals)
    workToBook = nil
    let hasFields = pass == .ordinary && scenario.fieldCycles.contains(cycle)
    var watch = DeliveryWatch(
      hasFields ? scenario.fieldCapacities : [], massPerArea: activeMassPerArea, from: next.cell)
    let (snapshots, stepEnds, pressedTime) = try runProtocol(
      &next, pass, &ledger, &end, &sink, stop, &watch)
    let course = CycleCourse(
      loadings: snapshots.map { loading(contentOfCells($0), pressure: pressure($0), next) },
      stepEnds: stepEnds,
      time: next.cell.time, pressedTime: pressedTime)
    let (observation, audit) = try degradation.observe(course, next.damage, stop)
    var record = ledger.close(
      stored: cell.storedCharge(next.cell), work: work,
      counterPotential: scenario.parameters[.counterPotential])
    next.totals = ledger.totals
    record.transportLoss = end?.transportLoss ?? .nan
    record.kineticsLoss = end?.kineticsLoss ?? .nan
    if pass == .ordinary, scenario.isMeshChecked(cycle) {
      record.meshError = try MeshTwin(scenario, microstructure, stop: stop)
        .error(of: damage, recontact: recontact)
    }
    record.audit = audit
    describeStress(observation, &record)
    if hasFields {
      let fields = fields(cycle, snapshots, stepEnds, observation)
      for fields in fields { try sink.record(fields) }
      try sink.record(try hotspots(cycle, fields, watch.states, next))
    }
    if pass == .ordinary, scenario.isAttributed(cycle) {
      record.attribution = try attribute(record.dischargeCapacity, stop)
    }
    try degradation.advance(&next.damage, course, observation, &record, stop)
    apply(next.damage, at: next.cell)
    try describe(next.damage, &record)
    try laws.check(record)
    try laws.check(next.damage, since: state.damage)
    if pass == .ordinary {
      next.completedCycles = cycle
      next.firstDischargeCapacity = next.firstDischargeCapacity ?? record.dischargeCapacity
      next.lastDischargeCapacity = record.dischargeCapacity
      next.end = nothingDelivered(record, next.cell)
      dischargeEnd = end
    }
    if scenario.jumpTolerance != nil { remember(course, record, pass, &next) }
    state = next
    return record
  }

  /// What each mechanism took from the capacity of the cycle that the state began.
  private mutating func attribute(_ capacity: Double, _ stop: StopRequest) throws -> LossAttribution {
    let (start, assembled) = (state, pristine)
    func delivered(_ damage: Damage) throws -> Double {
      guard damage != start.damage else { return capacity }
      apply(damage, at: start.cell)
      var (run, end, sink) = (start, DischargeEnd?.none, NoSink())
      var ledger = CycleLedger(
        cycle: 0, stored: cell.storedCharge(run.cell), work: work, totals: run.totals)
      var watch = DeliveryWatch([], massPerArea: activeMassPerArea, from: run.cell)
      do {
        _ = try runProtocol(&run, .ordinary, &ledger, &end, &sink, stop, &watch)
      } catch is StepInfeasible {
        // Another damage may keep the cell from what it did with its own: there is nothing to compare.
        return .nan
      }
      return ledger.close(stored: cell.storedCharge(run.cell), work: work, counterPotential: 0)
        .dischargeCapacity
    }
    let parts = try Mechanisms.all.map { mechanism in
      var damage = start.damage
      mechanism.restore(&damage, to: assembled)
      return try delivered(damage) - capacity
    }
    return LossAttribution(whole: try delivered(assembled) - capacity, parts: parts)
  }

  /// Work done since the start, stress evaluations included.
  var work: WorkCount {
    var work = cells.work
    work.solves += degradation.solves
    return work
  }

  /// Carries out the steps; returns the states at which stress is evaluated, which of them end a step, and the time
  /// weighted with the share of a debonded patch that pressure presses back.
  private func runProtocol(
    _ run: inout RunState, _ pass: Pass, _ ledger: inout CycleLedger, _ end: inout DischargeEnd?,
    _ sink: inout some RunSink, _ stop: StopRequest, _ watch: inout DeliveryWatch
  ) throws -> (snapshots: [CellState], stepEnds: [Int], pressedTime: Double) {
    let p = scenario.parameters
    var pressed = (time: 0.0, until: run.cell.time, share: recontact(at: pressure(run.cell)))
    var snapshots: [CellState] = []
    var stepEnds: [Int] = []
    for step in pass == .ordinary ? scenario.protocolSteps : scenario.referenceParts.flatMap(\.steps) {
      run.stepNumber += 1
      let number = run.stepNumber
      var current = run.cell
      var last = cell.meanContent(current)
      let limits = scenario.limits(of: step)
      var rows = RowsOfStep(step, start: current.time)
      func record(_ row: TimeSample) throws {
        if pass == .ordinary { try sink.record(row) } else { try sink.record(reference: row) }
      }
      let reached = try advance(&current, step, limits) { sample in
        try stop.check()
        let content = cell.meanContent(sample)
        ledger.add(sample, content: content, excess: cell.contentExcess(sample))
        watch.take(sample, content: contentOfCells) {
          pressureControl.pressure(insertedCharge: $0, contentOfCells: $1)
        }
        let pressure = pressure(sample)
        let share = recontact(at: pressure)
        pressed.time += 0.5 * (pressed.share + share) * (sample.time - pressed.until)
        (pressed.until, pressed.share) = (sample.time, share)
        let row = ledger.sample(
          sample, content: content, step: number, temperature: step.temperature ?? p[.temperature],
          pressure: pressure)
        if let row = rows.take(row) { try record(row) }
        if abs(content - last) >= p[.stressInterval] {
          snapshots.append(sample)
          last = content
        }
      }
      if let row = rows.last { try record(row) }
      try scenario.check(step, endedBy: reached, in: current)
      if case .voltage = step.control { ledger.holdTime += current.time - run.cell.time }
      if step.isDischarge {
        end = try dischargeEnd(current, reached) ?? end
      }
      run.cell = current
      snapshots.append(current)
      stepEnds.append(snapshots.count - 1)
    }
    if run.stressFreeContent == nil {
      // The first cycle's state of least lithium: the end of its charge. What went before has no stress yet.
      // A rest keeps the mean to round-off: the first step end that is least within 1e-9 counts.
      let least = stepEnds.map { cell.meanContent(snapshots[$0]) }.min() ?? 0
      let reference = stepEnds.first { cell.meanContent(snapshots[$0]) <= least + 1e-9 } ?? 0
      run.stressFreeContent = contentOfCells(snapshots[reference])
      snapshots.removeFirst(reference)
      stepEnds = stepEnds.map { $0 - reference }.filter { $0 >= 0 }
    }
    return (snapshots, stepEnds, pressed.time)
  }

  /// Carries out a step; throws ``StepInfeasible`` where there is no current at which the cell has the power.
  private func advance(
    _ state: inout CellState, _ step: ProtocolStep, _ limits: [CellModel.Limit],
    observe: (CellState) throws -> Void
  ) throws -> CellModel.Limit {
    do {
      return try cells[step].carryOut(step, &state, until: limits, observe: observe)
    } catch let failure as SolverFailure where step.isPower {
      let voltage = String(format: "%.3f V", failure.terminalVoltage)
      throw StepInfeasible(
        step: step.text, reason: "the cell has no such power at \(voltage): \(failure.reason)")
    }
  }

  /// How a discharge ended, when it did at a voltage that the open-circuit potential can have.
  private func dischargeEnd(_ end: CellState, _ reached: CellModel.Limit) throws -> DischargeEnd? {
    guard case .terminalVoltage(let cutoff) = reached, end.insertionCurrent > 0,
      let surface = cell.surfaceContent(end),
      let equilibrium = try cell.equilibriumContent(terminalVoltage: cutoff)
    else { return nil }
    return DischargeEnd(
      contentOfCells: contentOfCells(end), contactOfCells: damage.contact(mesh, recontact: recontact),
      meanContent: cell.meanContent(end), surfaceContent: surface, cutoffContent: equilibrium)
  }

  /// What a lithium content loads the film with, counted from the run's stress-free state.
  private func loading(_ contentOfCells: [Double], pressure: Double, _ run: RunState) -> StressLoading {
    let reference = run.stressFreeContent ?? contentOfCells
    return StressLoading(contentChange: zip(contentOfCells, reference).map { $0 - $1 }, pressure: pressure)
  }

  /// The pressure on the cell in a state, Pa.
  private func pressure(_ state: CellState) -> Double {
    pressureControl.pressure(
      insertedCharge: state.insertedCharge, contentOfCells: contentOfCells(state))
  }

  /// The fields of a cycle at its moments, in the order of time.
  private func fields(
    _ cycle: Int, _ snapshots: [CellState], _ stepEnds: [Int], _ observation: CycleObservation
  ) -> [FieldRecord] {
    let ends = stepEnds.map { (index: $0, content: cell.meanContent(snapshots[$0])) }
    // A rest keeps the mean to round-off: the first step end within 1e-9 counts.
    guard let least = ends.map(\.content).min(), let most = ends.map(\.content).max(),
      let charged = ends.first(where: { $0.content <= least + 1e-9 })?.index,
      let discharged = ends.first(where: { $0.content >= most - 1e-9 })?.index
    else { return [] }
    var moments = [(FieldRecord.Moment.charged, charged), (.discharged, discharged)]
    // A cycle that only charges, or only discharges.
    if charged == discharged { moments.remove(at: most > cell.meanContent(state.cell) ? 0 : 1) }
    return moments.sorted { $0.1 < $1.1 }.map { moment, index in
      let stress = observation.stresses[index]
      return FieldRecord(
        cycle: cycle, moment: moment, time: snapshots[index].time, mesh: mesh,
        contentOfCells: contentOfCells(snapshots[index]), stress: stress,
        contactOfCells: damage.contact(mesh, recontact: recontact),
        cracks: zip(zip(damage.cracks, crackAngles(damage)), observation.intensities[index]).map {
          LoadedCrack(
            $0.0, crystalAngle: $0.1, stress: stress, resolved: $1, mesh: mesh,
            microstructure: microstructure, parameters: scenario.parameters)
        })
    }
  }

  /// The places of largest tension in the moments of a cycle: those of its fields, and of stated capacities.
  private mutating func hotspots(
    _ cycle: Int, _ fields: [FieldRecord], _ delivered: [DeliveredState], _ run: RunState
  ) throws -> [HotspotRecord] {
    let finder = hotspotFinder
    let share = finder.defectShare
    func record(_ moment: HotspotRecord.Moment, _ stress: StressField, _ content: [Double]) -> HotspotRecord {
      HotspotRecord(
        cycle: cycle, moment: moment,
        places: finder.strongest(HotspotRecord.count, in: stress, contentOfCells: content), defectShare: share
      )
    }
    let ends = fields.map { fields in
      record(fields.moment == .charged ? .charged : .discharged, fields.stress, fields.contentOfCells)
    }
    return try ends
      + delivered.map { state in
        let stress = try degradation.stress(
          loading(state.contentOfCells, pressure: state.pressure, run), run.damage)
        return record(.delivered(state.capacity), stress, state.contentOfCells)
      }
  }

  private var hotspotFinder: HotspotFinder {
    HotspotFinder(
      mesh: mesh, microstructure: microstructure, damage: damage,
      reach: scenario.parameters[.averagingLength])
  }

  /// The only place where a damage acts on the cell; pressure closes debonded patches as it does in `state`.
  mutating func apply(_ damage: Damage, at state: CellState) {
    recontact = recontact(at: pressure(state))
    cells.setInterphase(resistance: damage.interphaseResistance)
    cells.apply(
      contact: damage.contact(mesh, recontact: recontact), cracks: damage.cracks, angles: crackAngles(damage))
  }

  /// The share of a debonded patch that a pressure presses back.
  private func recontact(at pressure: Double) -> Double {
    InterfaceFailure.recontact(
      pressure: pressure, fullContactPressure: scenario.parameters[.recontactPressure])
  }

  /// Lithium content of each cell of the section; pores hold 0.
  private func contentOfCells(_ state: CellState) -> [Double] {
    let content = cell.contentOfCells(state)
    guard cells.film != nil else { return content }
    return (0..<mesh.cellCount).map { mesh.isSolid[$0] ? content[$0 / mesh.yCount] : 0 }
  }

  private func describeStress(_ observation: CycleObservation, _ record: inout CycleRecord) {
    let hotspot = hotspotFinder.strongest(observation.stresses)
    record.peakTensileStress = hotspot.stress
    record.peakStressX = hotspot.x
    record.peakStressY = hotspot.y
    record.peakStressSite = hotspot.site.rawValue
    record.peakKOverToughness = cracks.peakRatio(damage, observation)
  }

  func describe(_ damage: Damage, _ record: inout CycleRecord) throws {
    record.contactFraction = cells.contactFraction(damage.contact(mesh, recontact: recontact))
    let density = damage.crackDensity(area: mesh.thickness * mesh.width)
    record.isolatedShare = cells.film == nil && !mesh.isDivided ? cell.isolatedShare : .nan
    record.crackCount = damage.cracks.count
    record.crackLength = damage.crackLength
    record.crackDensityParallel = density.parallel
    record.crackDensityPerpendicular = density.perpendicular
    record.interphaseResistance = damage.interphaseResistance
    record.effectiveDiffusivity = try effectiveDiffusivity(of: damage)
  }
}

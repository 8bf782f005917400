import CellPhysics
import Foundation
import Testing

@testable import CellModel
@testable import CycleLife

/// Keeps what a run records and the states it reaches.
private struct JumpSink: RunSink {
  var memory = MemorySink()
  var references: [CycleRecord] = []
  var fields: [FieldRecord] = []
  var states: [RunState] = []
  mutating func record(_ sample: TimeSample) { memory.record(sample) }
  mutating func record(_ cycle: CycleRecord) { memory.record(cycle) }
  mutating func record(_ fields: FieldRecord) { self.fields.append(fields) }
  mutating func record(reference test: CycleRecord) { references.append(test) }
  mutating func reach(_ state: RunState) { states.append(state) }
}

/// As it is written and compared, so that what is not a number equals itself.
private func text(_ value: some Encodable) throws -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting = .sortedKeys
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  return try encoder.encode(value)
}

private func jumped(_ scenario: Scenario, tolerance: Double = 0.005) throws -> (
  sink: JumpSink, outcome: RunOutcome, runner: CycleRunner
) {
  var scenario = scenario
  scenario.jumpTolerance = tolerance
  var (sink, runner) = (JumpSink(), try CycleRunner(scenario))
  let outcome = try runner.run(into: &sink)
  return (sink, outcome, runner)
}

@Suite struct CycleJumps {
  /// One dimension, in which paths do not part: cracks grow, and the interface tires.
  private func fading(cycles: Int, _ change: (inout ParameterSet) -> Void = { _ in }) -> Scenario {
    var scenario = smallScenario(cycles: cycles) {
      $0[.crackGrowthRate] = 1e-6
      change(&$0)
    }
    scenario.fidelity = .oneDimensional
    return scenario
  }

  private func simulated(_ cycles: [CycleRecord]) -> [Int] { cycles.filter(\.isSimulated).map(\.cycle) }

  /// Nothing wears: every jump is twice as long as the one before, up to the end.
  @Test func withoutMechanismsJumpsGrowToTheEnd() throws {
    let scenario = smallScenario(cycles: 60) {
      $0[.crackGrowthRate] = 0
      $0[.debondingRate] = 0
      $0[.flawDensity] = 0
      $0[.orientationSpread] = 0
    }
    let cycles = try jumped(scenario).sink.memory.cycles
    #expect(cycles.map(\.cycle) == Array(1...60))
    #expect(simulated(cycles) == [1, 2, 3, 5, 9, 17, 33, 60])
    // What a full run has before lithium is at rest: it moves by some 1e-4 from cycle 2 on.
    for cycle in cycles.dropFirst(2) {
      #expect(abs(cycle.dischargeCapacity / cycles[1].dischargeCapacity - 1) < 1e-3)
    }
  }

  /// A resistance that grows with the root of time: what the closed form says in every cycle, skipped or not.
  @Test func anInterphaseGrowsWithTheRootOfTimeThroughJumps() throws {
    let scenario = smallScenario(cycles: 24) {
      $0[.crackGrowthRate] = 0
      $0[.debondingRate] = 0
      $0[.flawDensity] = 0
      $0[.interphaseGrowth] = 3e-5
    }
    let whole = try run(scenario).sink.cycles
    let (sink, _, runner) = try jumped(scenario)
    let cycles = sink.memory.cycles
    #expect(whole[23].dischargeCapacity < 0.95 * whole[1].dischargeCapacity)
    #expect(simulated(cycles).count < 18)
    for (all, some) in zip(whole, cycles) {
      #expect(abs(some.dischargeCapacity / all.dischargeCapacity - 1) < 0.005, "cycle \(all.cycle)")
      // Time of skipped cycles is interpolated between durations that differ by the fade in a jump, 1 %.
      #expect(abs(some.interphaseResistance / all.interphaseResistance - 1) < 0.005)
    }
    let expected = Interphase.resistance(
      growth: scenario.parameters[.interphaseGrowth], time: runner.state.cell.time)
    #expect(abs(cycles[23].interphaseResistance / expected - 1) < 1e-3)
  }

  @Test func aFadingCellKeepsItsCapacityToTheTolerance() throws {
    let scenario = fading(cycles: 30) { $0[.crackGrowthRate] = 3e-6 }
    let whole = try run(scenario).sink.cycles
    let cycles = try jumped(scenario).sink.memory.cycles
    #expect(whole[29].dischargeCapacity < 0.975 * whole[1].dischargeCapacity)
    #expect(cycles.count == 30)
    #expect(simulated(cycles).count < 22)
    for (all, some) in zip(whole, cycles) {
      #expect(abs(some.dischargeCapacity / all.dischargeCapacity - 1) < 0.005, "cycle \(all.cycle)")
      // What is charged follows from what was discharged before: to the change in two cycles.
      if all.cycle > 1 { #expect(abs(some.coulombicEfficiency - all.coulombicEfficiency) < 0.005) }
    }
  }

  @Test func skippedCyclesBookTheChargeThatTheyRecord() throws {
    let (sink, _, runner) = try jumped(fading(cycles: 20))
    let cycles = sink.memory.cycles
    #expect(simulated(cycles).count < 14)
    let (charge, discharge) = cycles.reduce((0.0, 0.0)) {
      ($0.0 + $1.chargeCapacity, $0.1 + $1.dischargeCapacity)
    }
    let last = try #require(sink.memory.samples.last)
    #expect(abs(last.chargePassed / charge - 1) < 1e-9)
    #expect(abs(last.dischargePassed / discharge - 1) < 1e-9)
    #expect(last.time == runner.state.cell.time)
    #expect(zip(sink.memory.samples, sink.memory.samples.dropFirst()).allSatisfy { $0.time <= $1.time })
    // Time series of simulated cycles alone, and steps counted through all.
    #expect(Set(sink.memory.samples.map(\.cycle)) == Set(simulated(cycles)))
    #expect(last.step == 20 * 3)
    #expect(
      cycles.filter { !$0.isSimulated }.allSatisfy { $0.timeSteps == 0 && $0.lithiumBalanceError.isNaN })
  }

  /// Every state that is reached is one to go on from, whatever was skipped before it.
  @Test func aRunContinuedAfterAnyLandingIsTheWholeRun() throws {
    var scenario = fading(cycles: 15) { $0[.interphaseGrowth] = 1e-6 }
    scenario.referenceInterval = 7
    scenario.referenceParts = scenario.protocolParts
    let (whole, outcome, runner) = try jumped(scenario)
    scenario.jumpTolerance = 0.005
    #expect(whole.states.count < 14)
    for state in whole.states {
      let decoder = JSONDecoder()
      decoder.nonConformingFloatDecodingStrategy = .convertFromString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
      let stored = try decoder.decode(RunState.self, from: text(state))
      var (part, second) = (JumpSink(), try CycleRunner(scenario, resuming: stored))
      #expect(try second.run(into: &part) == outcome)
      let rest = Array(whole.memory.cycles[state.completedCycles...])
      #expect(try text(part.memory.cycles) == text(rest))
      #expect(part.memory.samples == whole.memory.samples.filter { $0.cycle > state.completedCycles })
      #expect(try text(second.state) == text(runner.state))
    }
  }

  /// A run that is stopped anywhere, also within a jump, begins that again.
  @Test(arguments: [120, 170, 260]) func aStoppedJumpIsDoneAgain(after questions: Int) throws {
    var scenario = fading(cycles: 10)
    let whole = try jumped(scenario)
    scenario.jumpTolerance = 0.005
    nonisolated(unsafe) var asked = 0
    var (sink, runner) = (JumpSink(), try CycleRunner(scenario))
    #expect(throws: RunInterrupted.self) {
      try runner.run(
        into: &sink,
        stop: StopRequest {
          asked += 1
          return asked > questions
        })
    }
    #expect(runner.state.completedCycles == sink.memory.cycles.count && sink.memory.cycles.count < 10)
    var rest = JumpSink()
    #expect(try runner.run(into: &rest) == whole.outcome)
    #expect(try text(sink.memory.cycles + rest.memory.cycles) == text(whole.sink.memory.cycles))
  }

  @Test func whatIsAskedOfACycleIsSimulatedThere() throws {
    var scenario = fading(cycles: 18)
    scenario.fieldCycles = [7, 16]
    scenario.attributionInterval = 9
    scenario.referenceInterval = 12
    scenario.referenceParts = scenario.protocolParts
    let sink = try jumped(scenario).sink
    let cycles = sink.memory.cycles
    #expect(simulated(cycles).count < 15)
    #expect(Set([7, 9, 12, 16, 18]).isSubset(of: simulated(cycles)))
    #expect(Set(sink.fields.map(\.cycle)) == [7, 16])
    #expect(cycles.filter { $0.attribution != nil }.map(\.cycle) == [9, 18])
    #expect(sink.references.map(\.cycle) == [1, 12])
  }

  @Test func aRunStopsInTheCycleInWhichAFullOneDoes() throws {
    var scenario = fading(cycles: 100) { $0[.crackGrowthRate] = 1.5e-6 }
    scenario.stopCriteria.retention = 0.975
    guard case .stopped(let cycle, _) = try run(scenario).outcome else {
      Issue.record("the full run goes on")
      return
    }
    let (sink, outcome, _) = try jumped(scenario)
    guard case .stopped(let found, _) = outcome else {
      Issue.record("the run with jumps goes on")
      return
    }
    let cycles = sink.memory.cycles
    #expect(simulated(cycles).count < cycle - 3)
    // As near as 0.5 % of capacity is in cycles, at the rate of its fade.
    let fade = 0.025 / Double(cycle)
    #expect(Double(abs(found - cycle)) <= 1 + 0.005 / fade)
    #expect(cycles.last?.isSimulated == true && cycles.last?.cycle == found)
    #expect(cycles.dropLast().allSatisfy { $0.dischargeCapacity >= 0.975 * cycles[0].dischargeCapacity })
  }

  /// Cracks that begin and run at once, in the cycle of a full run, though its lithium is not followed.
  @Test func eventsAreNotSteppedOver() throws {
    func events(_ cycles: [CycleRecord]) -> [Int] {
      cycles.filter { $0.nucleatedCracks > 0 && $0.fracturedLength > 0.5e-6 }.map(\.cycle)
    }
    let scenario = fading(cycles: 28) { $0[.nucleationStrength] = 280e6 }
    let whole = events(try run(scenario).sink.cycles)
    let (sink, _, _) = try jumped(scenario)
    let found = events(sink.memory.cycles)
    #expect(whole.count > 2 && whole.count == found.count)
    #expect(found.contains { !sink.memory.cycles[$0 - 1].isSimulated })
    for (full, jump) in zip(whole, found) { #expect(abs(full - jump) <= 1) }
  }

  @Test func withoutAToleranceEveryCycleIsSimulated() throws {
    let (sink, _, runner) = try run(fading(cycles: 3))
    #expect(sink.cycles.allSatisfy(\.isSimulated) && runner.state.jumpStart == nil)
  }

  @Test func aJumpThatCannotBeBegunIsRefused() throws {
    var scenario = fading(cycles: 3)
    scenario.jumpTolerance = 0.005
    var runner = try CycleRunner(scenario)
    var sink = JumpSink()
    _ = try runner.run(into: &sink)
    for change: (inout JumpStart) -> Void in [
      { $0.course.loadings[0].contentChange.removeLast() }, { $0.course.stepEnds[0] = 1000 },
      { $0.duration = .nan }, { $0.before.removeLast() }, { $0.distance = 0 }, { $0.wear = -1 },
    ] {
      var wrong = runner.state
      change(&wrong.jumpStart!)
      #expect(throws: StateMismatch.self) { try CycleRunner(scenario, resuming: wrong) }
    }
  }
}

@Suite struct JumpControls {
  /// Where every wear costs the same, shares are those of wear and no jump is shortened for curvature.
  @Test func aStraightCourseIsExact() {
    var control = JumpControl()
    let wear = [0.001, 0.003, 0.004]
    control.take(length: 1, wear: 0.002, loss: 0.002)
    #expect(control.shortened(wear, loss: 0.004, tolerance: 0.005) == nil)
    for (index, place) in wear.enumerated() {
      #expect(abs(JumpControl.share(of: place, cycle: index + 1, in: wear) - place / 0.004) < 1e-6)
    }
  }

  @Test func aJumpThatCostsMoreThanPredictedIsShortened() {
    var control = JumpControl()
    control.take(length: 1, wear: 0.001, loss: 0.001)
    // 4 % in four cycles: beyond four tolerances. At that slope, 10, a wear of 0.001 costs two of them.
    let length = control.shortened([0.0005, 0.001, 0.002, 0.004], loss: 0.04, tolerance: 0.005)
    #expect(length == 2)
    #expect(control.sensitivity == 10)
  }

  /// Slope 5 before, 1 over a wear of 0.004: where half of it cost 5, the middle is off by 0.008.
  @Test(arguments: [(0.0079, 1), (0.0081, nil)]) func wearThatCostsLessThanBeforeShortensAJump(
    tolerance: Double, length: Int?
  ) {
    var control = JumpControl()
    control.take(length: 1, wear: 0.01, loss: 0.05)
    #expect(control.shortened([0.002, 0.004], loss: 0.004, tolerance: tolerance) == length)
  }

  @Test func jumpsGrowByTwo() {
    var control = JumpControl()
    #expect(control.longest == 2)
    control.take(length: 1, wear: 0, loss: 0)
    control.take(length: 2, wear: 0, loss: 0)
    #expect(control.longest == 4)
    #expect(control.allows(wear: 0.01, tolerance: 0.005) && !control.allows(wear: 0.011, tolerance: 0.005))
  }
}

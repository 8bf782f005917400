import CellPhysics
import Testing

@testable import CellModel
@testable import CycleLife

/// Keeps reference tests apart.
private struct ApartSink: RunSink {
  enum Kind: Equatable { case cycle(Int), reference(Int), state(Int) }
  var samples: [TimeSample] = []
  var cycles: [CycleRecord] = []
  var referenceSamples: [TimeSample] = []
  var references: [CycleRecord] = []
  var order: [Kind] = []
  mutating func record(_ sample: TimeSample) { samples.append(sample) }
  mutating func record(_ cycle: CycleRecord) {
    cycles.append(cycle)
    order.append(.cycle(cycle.cycle))
  }
  mutating func record(reference sample: TimeSample) { referenceSamples.append(sample) }
  mutating func record(reference test: CycleRecord) {
    references.append(test)
    order.append(.reference(test.cycle))
  }
  mutating func reach(_ state: RunState) { order.append(.state(state.completedCycles)) }
}

/// Whether records are the same; in one dimension some of their values are not numbers.
private func same(_ first: [CycleRecord], _ second: [CycleRecord]) -> Bool { "\(first)" == "\(second)" }

@Suite struct ReferenceTests1D {
  private func slow(_ p: ParameterSet) -> [ProtocolPart] {
    let toTerminal = -p[.counterPotential]
    return [
      .step(
        ProtocolStep(control: .current(1.55), limits: [.voltage(4.03 + toTerminal)], text: "slow charge")),
      .step(
        ProtocolStep(control: .current(-1.55), limits: [.voltage(3.544 + toTerminal)], text: "slow discharge")
      ),
    ]
  }

  private func tested(cycles: Int, every interval: Int, _ change: (inout ParameterSet) -> Void = { _ in })
    throws
    -> (sink: ApartSink, outcome: RunOutcome, runner: CycleRunner)
  {
    var scenario = thinScenario(cycles: cycles, change)
    scenario.referenceParts = slow(scenario.parameters)
    scenario.referenceInterval = interval
    var runner = try CycleRunner(scenario)
    var sink = ApartSink()
    let outcome = try runner.run(into: &sink)
    return (sink, outcome, runner)
  }

  @Test func testsFollowTheFirstCycleAndEverySoMany() throws {
    let (sink, outcome, runner) = try tested(cycles: 4, every: 2)
    #expect(outcome == .finished(cycles: 4))
    #expect(
      sink.order == [
        .cycle(1), .reference(1), .state(1), .cycle(2), .reference(2), .state(2), .cycle(3), .state(3),
        .cycle(4), .reference(4), .state(4),
      ])
    // A slow discharge delivers more, but nothing of it counts: capacities are those of the cycles.
    for (test, cycle) in zip(sink.references, sink.cycles) {
      #expect(test.dischargeCapacity > cycle.dischargeCapacity && test.lithiumBalanceError < 1e-10)
    }
    #expect(runner.state.firstDischargeCapacity == sink.cycles[0].dischargeCapacity)
    #expect(runner.state.lastDischargeCapacity == sink.cycles[3].dischargeCapacity)
    // Time, steps and charge go on through both series, which have no row in common.
    let rows = (sink.samples + sink.referenceSamples).sorted { ($0.step, $0.time) < ($1.step, $1.time) }
    for (a, b) in zip(rows, rows.dropFirst()) {
      #expect(b.time >= a.time && b.step - a.step <= 1 && b.cycle >= a.cycle)
      #expect(b.chargePassed >= a.chargePassed && b.dischargePassed >= a.dischargePassed)
    }
    #expect(rows.last?.step == 4 * 3 + 3 * 2)
  }

  /// A test strains the film as a cycle does: cracks that grow in it are longer, and the tested cell fades faster.
  @Test func damageActsInTestsToo() throws {
    func faster(_ p: inout ParameterSet) {
      p[.crackGrowthRate] *= 3
      p[.flawDensity] *= 2
    }
    let tested = try tested(cycles: 3, every: 1, faster)
    let plain = try run(thinScenario(cycles: 3, faster))
    #expect(same([tested.sink.cycles[0]], [plain.sink.cycles[0]]))
    let growth = zip(tested.sink.references, tested.sink.cycles).map { $0.crackLength - $1.crackLength }
    #expect(growth.allSatisfy { $0 > 0 })
    #expect(tested.sink.cycles[2].crackLength > plain.sink.cycles[2].crackLength)
  }

  /// Without damage a test leaves the cell as it was but for what its slow lithium does.
  @Test func withoutDamageTestsCostNothing() throws {
    func none(_ p: inout ParameterSet) {
      p[.crackGrowthRate] = 0
      p[.debondingRate] = 0
    }
    let sink = try tested(cycles: 12, every: 3, none).sink
    // Every discharge ends in the same gradient once conditioned: the capacity of the last cycles is the same.
    let capacities = sink.cycles.suffix(4).map(\.dischargeCapacity)
    // A cycle that follows a slow discharge starts fuller and so delivers as much from the same charge end.
    for capacity in capacities { #expect(abs(capacity / capacities[0] - 1) < 1e-3) }
    let tests = sink.references.suffix(2).map(\.dischargeCapacity)
    #expect(abs(tests[1] / tests[0] - 1) < 1e-3)
  }

  @Test func aTestThatCannotBeCarriedOutEndsTheRunBehindItsCycle() throws {
    var scenario = thinScenario(cycles: 3)
    let endless = ProtocolStep(control: .rest, limits: [.voltage(1)], text: "endless")
    (scenario.referenceParts, scenario.referenceInterval) = ([.step(endless)], 2)
    var runner = try CycleRunner(scenario)
    var sink = ApartSink()
    let outcome = try runner.run(into: &sink)
    guard case .infeasible(2, "reference test before it: endless", _) = outcome else {
      Issue.record("ended as \(outcome)")
      return
    }
    #expect(sink.order == [.cycle(1), .state(1)])
  }

  /// A test that is interrupted takes its cycle with it: what is done again comes out the same.
  @Test func anInterruptedTestIsDoneAgainWithItsCycle() throws {
    var scenario = thinScenario(cycles: 2)
    (scenario.referenceParts, scenario.referenceInterval) = (slow(scenario.parameters), 1)
    var whole = ApartSink()
    var runner = try CycleRunner(scenario)
    _ = try runner.run(into: &whole)
    struct Enough: Error {}
    struct Stopping: RunSink {
      func record(_ sample: TimeSample) {}
      func record(_ cycle: CycleRecord) {}
      func record(reference sample: TimeSample) throws { if sample.cycle == 2 { throw Enough() } }
    }
    var broken = try CycleRunner(scenario)
    var stopping = Stopping()
    #expect(throws: Enough.self) { _ = try broken.run(into: &stopping) }
    #expect(broken.state.completedCycles == 1)
    var rest = ApartSink()
    #expect(try broken.run(into: &rest) == .finished(cycles: 2))
    #expect(same(rest.cycles, Array(whole.cycles.suffix(1))))
    #expect(same(rest.references, Array(whole.references.suffix(1))))
    #expect(rest.samples == whole.samples.filter { $0.cycle == 2 })
    #expect(broken.state == runner.state)
  }

  @Test func blocksAreCarriedOutInTheirOrder() {
    func step(_ text: String) -> ProtocolPart {
      .step(ProtocolStep(control: .rest, limits: [.duration(1)], text: text))
    }
    let part = ProtocolPart.block(
      repetitions: 2, [step("a"), .block(repetitions: 3, [step("b"), step("c")]), step("d")])
    #expect(part.steps.map(\.text).joined() == "abcbcbcdabcbcbcd")
    #expect(part.text == "repeat 2: [a; repeat 3: [b; c]; d]")
  }
}

@Suite struct Stopping {
  private func fading(_ change: (inout StopCriteria) -> Void) -> Scenario {
    var scenario = thinScenario(cycles: 8) {
      $0[.crackGrowthRate] *= 3
      $0[.debondingRate] *= 10
      $0[.flawDensity] *= 2
    }
    change(&scenario.stopCriteria)
    return scenario
  }

  /// The criterion stops the run in the first cycle that meets it, and changes nothing before.
  private func expectStop(
    _ name: String, _ change: (inout StopCriteria) -> Void, at isMet: (CycleRecord) -> Bool
  )
    throws
  {
    let free = try run(fading { _ in }).sink.cycles
    let met = free.firstIndex(where: isMet)
    let expected = try #require(met)
    #expect(expected > 0 && expected < free.count - 1)
    let (sink, outcome, runner) = try run(fading(change))
    guard case .stopped(let cycle, let reason) = outcome else {
      Issue.record("ended as \(outcome)")
      return
    }
    #expect(cycle == free[expected].cycle && reason.hasSuffix("(run.stop at.\(name))"), "\(outcome)")
    #expect(same(sink.cycles, Array(free[...expected])))
    #expect(runner.state.isComplete(cycles: 8))
  }

  @Test func everyCriterionStopsInItsCycle() throws {
    let free = try run(fading { _ in })
    let (cycles, mass) = (free.sink.cycles, free.runner.activeMassPerArea)
    // Between what cycles 3 and 4 show.
    func between(_ value: (CycleRecord) -> Double) -> Double { 0.5 * (value(cycles[2]) + value(cycles[3])) }
    let first = cycles[0].dischargeCapacity
    let capacity = between(\.dischargeCapacity)
    try expectStop("retention") {
      $0.retention = capacity / first
    } at: {
      $0.dischargeCapacity < capacity
    }
    try expectStop("capacity") {
      $0.capacity = .perArea(capacity)
    } at: {
      $0.dischargeCapacity < capacity
    }
    try expectStop("capacity") {
      $0.capacity = .perMass(capacity / mass)
    } at: {
      $0.dischargeCapacity < capacity
    }
    let contact = between(\.contactFraction)
    try expectStop("contact fraction") {
      $0.contactFraction = contact
    } at: {
      $0.contactFraction < contact
    }
    let length = between(\.crackLength)
    try expectStop("crack length") {
      $0.crackLength = length
    } at: {
      $0.crackLength > length
    }
  }

  @Test func aCriterionThatIsNotMetStopsNothing() throws {
    #expect(try run(fading { $0.retention = 0.01 }).outcome == .finished(cycles: 8))
  }
}

import CellPhysics
import Testing

@testable import CellModel
@testable import CycleLife

/// A film in one dimension, which takes milliseconds.
func thinScenario(cycles: Int, _ change: (inout ParameterSet) -> Void = { _ in }) -> Scenario {
  var scenario = smallScenario(cycles: cycles, change)
  scenario.fidelity = .oneDimensional
  return scenario
}

@Suite struct StepBounds {
  private func outcome(adding step: ProtocolStep, longest: Double = 86_400) throws -> (
    RunOutcome, MemorySink, Scenario
  ) {
    var scenario = thinScenario(cycles: 2)
    scenario.protocolSteps.append(step)
    scenario.longestStep = longest
    let (sink, outcome, _) = try run(scenario)
    return (outcome, sink, scenario)
  }

  /// The voltage of a cell at rest never falls so low: the step ends with the longest duration.
  @Test func aRestThatNeverGetsThereEndsTheRun() throws {
    let rest = ProtocolStep(control: .rest, limits: [.voltage(1)], text: "Rest until 1.0 V")
    let (outcome, sink, _) = try outcome(adding: rest, longest: 7200)
    guard case .infeasible(1, "Rest until 1.0 V", let reason) = outcome else {
      Issue.record("ended as \(outcome)")
      return
    }
    #expect(reason.hasPrefix("it reached none of its limits within 2 h, and stood at 3.1"))
    #expect(reason.contains("run.longest step"))
    #expect(sink.cycles.isEmpty)
    // The step is as long as that, to round-off of times of hours.
    let times = sink.samples.filter { $0.step == 4 }.map(\.time)
    let start = try #require(sink.samples.last { $0.step == 3 }?.time)
    #expect(abs(try #require(times.last) - start - 7200) < 1e-6)
  }

  @Test func aHoldThatNeverGetsThereEndsTheRun() throws {
    let hold = ProtocolStep(control: .voltage(3.2), limits: [.current(1e-12)], text: "hold")
    guard case .infeasible(1, "hold", let reason) = try outcome(adding: hold).0 else {
      Issue.record("a hold should not go on for ever")
      return
    }
    #expect(reason.hasPrefix("it reached none of its limits within 24 h, and stood at 3.200 V"))
  }

  /// A time is a limit of its own, however long.
  @Test func aDurationIsNoBound() throws {
    let rest = ProtocolStep(control: .rest, limits: [.duration(7200)], text: "rest")
    #expect(try outcome(adding: rest, longest: 3600).0 == .finished(cycles: 2))
  }

  /// More charge than the film holds: the voltage leaves what a cell of it can have.
  @Test(arguments: [(15.5, "0 to 5 V vs Li"), (-15.5, "0 to 5 V vs Li")])
  func aCurrentBeyondWhatThereIsEndsTheRun(_ density: Double, _ expected: String) throws {
    let step = ProtocolStep(control: .current(density), limits: [.duration(360_000)], text: "go on")
    let (outcome, sink, scenario) = try outcome(adding: step)
    guard case .infeasible(1, "go on", let reason) = outcome else {
      Issue.record("ended as \(outcome)")
      return
    }
    #expect(reason.contains("from \(expected)"), "\(reason)")
    let last = try #require(sink.samples.last).terminalVoltage + scenario.parameters[.counterPotential]
    // Limits are met to 1e-11 of their value.
    #expect(abs(last - (density > 0 ? 5 : 0)) < 1e-9)
  }

  /// Constant power: voltage times current in every row, and what it delivers is power times time.
  @Test func aPowerIsHeld() throws {
    let power = 40.0
    let toTerminal = -ParameterSet.defaults[.counterPotential]
    var scenario = thinScenario(cycles: 1)
    scenario.protocolSteps[0] = ProtocolStep(
      control: .power(power), limits: [.voltage(4.03 + toTerminal)], text: "charge")
    scenario.protocolSteps[2] = ProtocolStep(
      control: .power(-power), limits: [.voltage(3.544 + toTerminal)], text: "discharge")
    let (sink, outcome, _) = try run(scenario)
    #expect(outcome == .finished(cycles: 1))
    for (step, sign) in [(1, 1.0), (3, -1.0)] {
      let rows = sink.samples.filter { $0.step == step }
      #expect(rows.count > 5)
      // Stages are solved to 1e-6 of lithium content and better; the drive to 1e-12 V or a thirtieth of the first miss.
      for row in rows {
        #expect(abs(row.currentDensity * row.terminalVoltage / (sign * power) - 1) < 1e-6, "\(row)")
      }
    }
    let rows = sink.samples.filter { $0.step == 3 }
    // The energy is the integral of the same products over the stages.
    let start = try #require(sink.samples.last { $0.step == 2 }).time
    let expected = power * (try #require(rows.last).time - start)
    #expect(abs(sink.cycles[0].dischargeEnergy / expected - 1) < 1e-6)
    // The voltage falls, so that the current rises.
    #expect(try #require(rows.last).currentDensity < rows[1].currentDensity)
    #expect(sink.cycles[0].transportLoss.isFinite)
    #expect(sink.cycles[0].lithiumBalanceError < 1e-10)
  }

  /// The drop grows with the current: beyond some power more current delivers less.
  @Test func aPowerThatTheCellDoesNotHaveEndsTheRun() throws {
    let step = ProtocolStep(control: .power(-1e4), limits: [.voltage(1)], text: "too much")
    guard case .infeasible(1, "too much", let reason) = try outcome(adding: step).0 else {
      Issue.record("a cell should not deliver 1 W/cm2")
      return
    }
    #expect(reason.hasPrefix("the cell has no such power at "))
  }

  /// What lies behind already ends a step at its first moment, and the cycle goes on.
  @Test func aStepThatIsThereAlreadyIsPassedOver() throws {
    let charge = ProtocolStep(control: .current(1.55), limits: [.voltage(2)], text: "Charge until 2 V")
    let (outcome, sink, _) = try outcome(adding: charge)
    #expect(outcome == .finished(cycles: 2))
    #expect(sink.samples.count { $0.step == 4 } == 1)
  }

  /// Twice 1C takes an hour; C/100 takes 200.
  @Test func aSlowCurrentMayLastLonger() {
    let scenario = thinScenario(cycles: 1)
    func longest(_ density: Double) -> Double {
      scenario.longestDuration(of: ProtocolStep(control: .current(density), limits: [], text: ""))
    }
    #expect(longest(-15.5) == 86_400)
    // The nominal capacity is 1.55 mAh/cm2: rounded as every quotient is.
    #expect(abs(longest(0.155) / 720_000 - 1) < 1e-12)
  }

  /// The twin of the mesh check goes through the same bounds.
  @Test func boundsAreTheLastOfTheLimits() {
    let scenario = thinScenario(cycles: 1)
    #expect(
      scenario.limits(of: scenario.protocolSteps[2]) == [
        .terminalVoltage(3.544 - 0.62), .duration(86_400), .terminalVoltage(-0.62),
      ])
    #expect(scenario.limits(of: scenario.protocolSteps[1]) == [.currentMagnitude(1.55), .duration(86_400)])
  }
}

import CellPhysics
import Foundation
import Testing

@testable import CellModel
@testable import CycleLife

private let warm = 318.15

@Suite struct Temperatures {
  /// Steps that all state a temperature are a cell at that temperature, to the last bit.
  @Test(arguments: [Fidelity.oneDimensional, .twoDimensional])
  func stepsOfOneTemperatureAreACellAtIt(_ fidelity: Fidelity) throws {
    var whole = thinScenario(cycles: 2)
    whole.fidelity = fidelity
    var stepwise = whole
    whole.parameters[.temperature] = warm
    stepwise.protocolSteps = stepwise.protocolSteps.map {
      var step = $0
      step.temperature = warm
      return step
    }
    let (first, second) = (try run(whole).sink, try run(stepwise).sink)
    #expect(first.cycles.map(\.dischargeCapacity) == second.cycles.map(\.dischargeCapacity))
    #expect(first.cycles.map(\.dischargeEnergy) == second.cycles.map(\.dischargeEnergy))
    #expect(first.samples == second.samples && first.samples.allSatisfy { $0.temperature == warm })
    // What is reported of the film is that of the cell's own temperature.
    let factor = Arrhenius.factor(
      activationEnergy: whole.parameters[.diffusionEnergy], temperature: warm)
    let ratio = try CycleRunner(whole).effectiveDiffusivity() / CycleRunner(stepwise).effectiveDiffusivity()
    #expect(abs(ratio / factor - 1) < 1e-9)
  }

  /// Every resistance is thermally activated: a warmer discharge gives more, a colder one less.
  @Test func aWarmDischargeGivesMore() throws {
    func capacity(_ temperature: Double?) throws -> Double {
      var scenario = thinScenario(cycles: 1)
      scenario.protocolSteps[2].temperature = temperature
      let record = try run(scenario).sink.cycles[0]
      #expect(record.lithiumBalanceError < 1e-9)
      return record.dischargeCapacity
    }
    let (cold, own, stated, hot) = (
      try capacity(273.15), try capacity(nil), try capacity(298.15), try capacity(warm)
    )
    #expect(cold < own && own == stated && own < hot)
  }

  /// The ohmic drop falls as the conductivity rises: to round-off by the factor of Arrhenius.
  @Test func theOhmicDropFollowsItsActivationEnergy() throws {
    var scenario = thinScenario(cycles: 1)
    // Without charge transfer at the counter electrode, whose exchange current has another energy.
    scenario.parameters[.counterExchangeCurrentDensity] = 1e6
    let cold = try CycleRunner(scenario).cell.ohmicDrop(insertionCurrent: 1)
    scenario.parameters[.temperature] = warm
    let hot = try CycleRunner(scenario).cell.ohmicDrop(insertionCurrent: 1)
    let factor = Arrhenius.factor(
      activationEnergy: scenario.parameters[.conductionEnergy], temperature: warm)
    // Charge transfer at the counter electrode takes 1e-6 of the drop.
    #expect(abs(cold / hot / factor - 1) < 1e-5)
  }

  /// A run that changes its temperature goes on from a state as if it had not stopped.
  @Test func changingTemperaturesResume() throws {
    var scenario = thinScenario(cycles: 3)
    scenario.protocolSteps[0].temperature = warm
    scenario.protocolSteps[2].temperature = 283.15
    let whole = try run(scenario).sink
    var short = scenario
    short.cycles = 1
    var rest = try CycleRunner(scenario, resuming: try run(short).runner.state)
    var sink = MemorySink()
    _ = try rest.run(into: &sink)
    #expect("\(sink.cycles)" == "\(whole.cycles.dropFirst().map(\.self))")
    #expect(Set(whole.samples.map(\.temperature)) == [warm, 298.15, 283.15])
  }
}

@Suite struct Periods {
  /// Rows stand at the start of a step, at each multiple of its period and at its end; capacities stay as they are.
  @Test func rowsStandAtMultiples() throws {
    var scenario = thinScenario(cycles: 1)
    let plain = try run(scenario).sink
    scenario.protocolSteps[2].period = 60
    let sink = try run(scenario).sink
    let rows = sink.samples.filter { $0.step == 3 }
    let start = try #require(sink.samples.last { $0.step == 2 }).time
    let passed = rows.map { $0.time - start }
    // The first row is that of the first step, of 0.01 s.
    #expect(abs(passed[0] - 0.01) < 1e-9)
    let last = try #require(passed.last)
    #expect(rows.count == 2 + Int((last / 60 - 1e-9).rounded(.down)))
    for (count, time) in passed.dropFirst().dropLast().enumerated() {
      #expect(abs(time - 60 * Double(count + 1)) < 1e-6)
    }
    #expect(abs(sink.cycles[0].dischargeCapacity - rows.last!.dischargePassed) < 1e-9)
    // Both within some times the tolerance of a step, 1e-4.
    #expect(abs(sink.cycles[0].dischargeCapacity / plain.cycles[0].dischargeCapacity - 1) < 1e-3)
    // Other steps have a row for each time step.
    #expect(sink.samples.filter { $0.step == 1 } == plain.samples.filter { $0.step == 1 })
  }

  /// A period longer than a step leaves its first and last row.
  @Test func aLongPeriodLeavesBothEnds() throws {
    var scenario = thinScenario(cycles: 1)
    scenario.protocolSteps[2].period = 1e6
    let rows = try run(scenario).sink.samples.filter { $0.step == 3 }
    #expect(rows.count == 2)
  }
}

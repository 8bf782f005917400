import CellPhysics
import Foundation
import Numerics
import Testing

@testable import CellModel
@testable import CycleLife

/// Keeps what a run records and the state after each cycle.
private struct StateSink: RunSink {
  var memory = MemorySink()
  var states: [RunState] = []
  mutating func record(_ sample: TimeSample) { memory.record(sample) }
  mutating func record(_ cycle: CycleRecord) { memory.record(cycle) }
  mutating func reach(_ state: RunState) { states.append(state) }
}

/// Numbers as bits, so that NaN equals itself and 0 differs from -0.
private func bits(_ cycles: [CycleRecord]) -> [String] {
  cycles.map { cycle in
    Mirror(reflecting: cycle).children.map { child in
      (child.value as? Double).map { String($0.bitPattern) } ?? "\(child.value)"
    }.joined(separator: " ")
  }
}

/// What remains of a state when it is written and read.
private func throughJSON(_ state: RunState) throws -> RunState {
  let (encoder, decoder) = (JSONEncoder(), JSONDecoder())
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  decoder.nonConformingFloatDecodingStrategy = .convertFromString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  return try decoder.decode(RunState.self, from: encoder.encode(state))
}

@Suite struct Interruptions {
  /// Cracks grow and the interface opens much faster than by default, so that each cycle differs.
  private func scenario(_ fidelity: Fidelity = .twoDimensional, cycles: Int = 4) -> Scenario {
    var scenario = smallScenario(cycles: cycles) {
      $0[.crackGrowthRate] *= 3
      $0[.debondingRate] *= 10
      $0[.flawDensity] *= 2
      $0[.frameStiffness] = 1e12
      $0[.interphaseGrowth] = 1e-5
    }
    scenario.attributionInterval = 2
    scenario.fidelity = fidelity
    return scenario
  }

  @Test(arguments: [Fidelity.twoDimensional, .oneDimensional])
  func aRunContinuedAfterAnyCycleIsTheWholeRun(fidelity: Fidelity) throws {
    let scenario = scenario(fidelity)
    var whole = StateSink()
    var runner = try CycleRunner(scenario)
    let outcome = try runner.run(into: &whole)
    #expect(whole.states.count == 4 && whole.states.last == runner.state)
    for (done, state) in whole.states.enumerated().map({ ($0 + 1, $1) }) {
      let stored = try throughJSON(state)
      #expect(stored == state)
      var part = StateSink()
      var second = try CycleRunner(scenario, resuming: stored)
      #expect(try second.run(into: &part) == outcome)
      #expect(bits(part.memory.cycles) == bits(Array(whole.memory.cycles[done...])))
      let first = whole.memory.samples.firstIndex { $0.cycle > done } ?? whole.memory.samples.count
      #expect(part.memory.samples == Array(whole.memory.samples[first...]))
      #expect(second.state == runner.state)
    }
  }

  /// Also when the cycle it abandons is the first, in which the stress-free state is not known yet.
  @Test(arguments: [3, 60, 130]) func aStoppedRunStaysAfterItsLastCycleAndGoesOn(after questions: Int) throws
  {
    let scenario = scenario(cycles: 3)
    let whole = try run(scenario)
    var runner = try CycleRunner(scenario)
    var sink = StateSink()
    let asked = Locked(0)
    let stop = StopRequest {
      asked.withLock {
        $0 += 1
        return $0 > questions
      }
    }
    #expect(throws: RunInterrupted.self) { try runner.run(into: &sink, stop: stop) }
    #expect(runner.state.completedCycles == sink.memory.cycles.count)
    #expect(runner.state.completedCycles < 3)
    var rest = StateSink()
    #expect(try runner.run(into: &rest) == whole.outcome)
    #expect(bits(sink.memory.cycles + rest.memory.cycles) == bits(whole.sink.cycles))
    #expect(runner.state == whole.runner.state)
  }

  @Test func aCompleteRunHasNothingLeftToDo() throws {
    let whole = try run(scenario(cycles: 1))
    var again = try CycleRunner(scenario(cycles: 1), resuming: whole.runner.state)
    var sink = StateSink()
    #expect(try again.run(into: &sink) == .finished(cycles: 1))
    #expect(sink.memory.samples.isEmpty && sink.memory.cycles.isEmpty && sink.states.isEmpty)
  }

  @Test func aStateOfAnotherScenarioIsRefused() throws {
    let state = try run(scenario(cycles: 1)).runner.state
    var other = scenario(cycles: 2)
    other.seed = 2
    #expect(throws: StateMismatch.self) { try CycleRunner(other, resuming: state) }
    var finer = scenario(cycles: 2)
    finer.parameters[.depthMeshWidth] = 1.5e-6
    #expect(throws: StateMismatch.self) { try CycleRunner(finer, resuming: state) }
    // More cycles are the same run.
    #expect(try CycleRunner(scenario(cycles: 9), resuming: state).state == state)
  }

  /// What no run can have come to: a file that was tampered with must not make the program loop or trap.
  @Test func aStateBeyondItsBoundsIsRefused() throws {
    let state = try run(scenario(cycles: 1)).runner.state
    let changes: [(inout RunState) -> Void] = [
      { $0.damage.cracks[0].tips[1] = 1e3 }, { $0.damage.cracks[0].tips[0] = -1e-6 },
      { $0.damage.cracks[0].tips = 2 * $0.damage.cracks[0].limits },
      { $0.damage.cracks[0].limits[0] = .nan },
      { $0.damage.cracks.append(Crack(x: 1, y: 0, inclination: 0, tips: .zero, limits: .zero)) },
      { $0.damage.patches[0].debonded = 1.5 }, { $0.damage.patches[0].fatigue = -0.1 },
      { $0.damage.interphaseResistance = -1 },
      { $0.damage.interphaseResistance = .infinity }, { $0.stressFreeContent?[0] = .nan },
    ]
    for (index, change) in changes.enumerated() {
      var wrong = state
      change(&wrong)
      #expect(throws: StateMismatch.self, "\(index)") {
        try CycleRunner(scenario(cycles: 2), resuming: wrong)
      }
    }
  }

  @Test func aRequestMadeBeforehandRunsNothing() throws {
    var runner = try CycleRunner(scenario())
    var sink = StateSink()
    #expect(throws: RunInterrupted.self) { try runner.run(into: &sink, stop: StopRequest { true }) }
    #expect(sink.memory.samples.isEmpty)
  }
}

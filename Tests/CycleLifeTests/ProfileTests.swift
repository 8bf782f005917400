import CellPhysics
import Foundation
import Testing

@testable import CellModel
@testable import CycleLife

private func profile(_ points: [(Double, Double)]) throws -> CurrentProfile {
  try #require(CurrentProfile(points.map { .init(time: $0.0, current: $0.1) }))
}

@Suite struct CurrentProfiles {
  @Test func timesCountFromTheFirstPointAndSignChangesArePoints() throws {
    let course = try profile([(5, 2), (7, -2), (8, -2), (8, 4), (10, 4)])
    #expect(course.points.map(\.time) == [0, 1, 2, 3, 3, 5])
    #expect(course.points.map(\.current) == [2, 0, -2, -2, 4, 4])
    #expect(course.duration == 5)
    // Two triangles of 1 As; then a rectangle each.
    #expect(course.charges.positive == 9 && course.charges.negative == 3)
    #expect(course.reversed.charges.positive == 3 && course.reversed.reversed == course)
    #expect(course.segments.map(\.isJump) == [true, false, false, true])
  }

  @Test func whatTakesNoTimeOrFallsBackIsNone() {
    for times in [[], [1], [1, 1], [0, 2, 1], [0, .infinity]] as [[Double]] {
      #expect(CurrentProfile(times.map { .init(time: $0, current: 1) }) == nil)
    }
  }
}

@Suite struct ProfileSteps {
  private func cell() throws -> ElectrochemicalCell {
    let scenario = thinScenario(cycles: 1)
    return try CycleRunner(scenario).cell
  }

  /// Of triangles with pauses and jumps exactly the charge passes that the profile has, and steps end at its corners.
  @Test func theChargeOfTheProfilePasses() throws {
    let cell = try cell()
    let course = try profile([(0, 0), (10, 20), (30, -12), (40, 0), (47.5, 0), (47.5, 8), (60, 8), (61, 6)])
    var state = cell.uniformState(content: 0.7)
    let before = (time: state.time, stored: cell.storedCharge(state))
    var samples: [CellState] = []
    let reached = try cell.advance(&state, along: course, until: []) { samples.append($0) }
    #expect(reached == .duration(61))
    for point in course.points.dropFirst() {
      #expect(samples.contains { abs($0.time - point.time) < 1e-9 })
    }
    let net = course.charges.positive - course.charges.negative
    // The first 0.01 s are of first order, 1e-4 C/m2 of the slope of 2 A/(m2 s); currents are solved to 1e-5 A/m2.
    #expect(abs(state.insertedCharge - net) < 1e-3)
    #expect(abs(cell.storedCharge(state) - before.stored - state.insertedCharge) < 1e-8 * before.stored)
    // On each line the current is that of the line.
    for sample in samples {
      guard let segment = course.segments.first(where: { sample.time <= $0.end.time + 1e-9 }) else {
        continue
      }
      let share = (sample.time - segment.start.time) / (segment.end.time - segment.start.time)
      let expected = segment.start.current + share * (segment.end.current - segment.start.current)
      // The balance of the drive is solved to 1e-7 V through 0.01 ohm m2.
      #expect(abs(sample.insertionCurrent - expected) < 1e-4)
    }
  }

  /// A profile of one level is a step of constant current.
  @Test func aLevelProfileIsAConstantCurrent() throws {
    let cell = try cell()
    var (first, second) = (cell.uniformState(content: 0.7), cell.uniformState(content: 0.7))
    _ = try cell.advance(&first, drive: .insertionCurrent(15.5), until: [.duration(300)]) { _ in }
    _ = try cell.advance(&second, along: try profile([(0, 15.5), (300, 15.5)]), until: []) { _ in }
    #expect(abs(first.terminalVoltage - second.terminalVoltage) < 1e-12)
    #expect(abs(first.insertedCharge - second.insertedCharge) < 1e-9)
    // Points on a line change the steps alone: to some times their tolerance of 1e-4.
    var third = cell.uniformState(content: 0.7)
    let dense = try profile((0...60).map { (5 * Double($0), 15.5) })
    _ = try cell.advance(&third, along: dense, until: []) { _ in }
    #expect(abs(third.terminalVoltage - first.terminalVoltage) < 1e-3)
  }

  /// Without charge transfer and separator in the way, a slow ramp i = k t stores k t^2 / 2.
  @Test func aRampStoresTheSquareOfTime() throws {
    let cell = try cell()
    var state = cell.uniformState(content: 0.6)
    let before = cell.storedCharge(state)
    _ = try cell.advance(&state, along: try profile([(0, 0), (400, 10)]), until: []) { sample in
      let stored = cell.storedCharge(sample) - before
      // Currents are solved to 1e-5 A/m2: 4e-3 C/m2 at the end.
      #expect(abs(stored - 0.0125 * sample.time * sample.time) < 1e-4 * (1 + stored))
    }
  }

  @Test func aVoltageEndsAProfileFromEitherSide() throws {
    let cell = try cell()
    let start = cell.uniformState(content: 0.7)
    let course = try profile([(0, 0), (60, 30), (120, 0), (180, -30), (240, 0)])
    let limits = [start.terminalVoltage - 0.05, start.terminalVoltage + 0.05].map {
      Limit.terminalVoltage($0)
    }
    var (down, up) = (start, start)
    #expect(try cell.advance(&down, along: course, until: limits) { _ in } == limits[0])
    #expect(try cell.advance(&up, along: course.reversed, until: limits) { _ in } == limits[1])
    // Limits are located to 1e-11.
    #expect(abs(down.terminalVoltage - start.terminalVoltage + 0.05) < 1e-9)
    #expect(abs(up.terminalVoltage - start.terminalVoltage - 0.05) < 1e-9)
    // A jump may pass a limit at its first moment.
    var jumped = start
    let pulse = try profile([(0, 0), (5, 0), (5, 200), (10, 200)])
    #expect(try cell.advance(&jumped, along: pulse, until: limits) { _ in } == limits[0])
    #expect(abs(jumped.time - 5.01) < 1e-9)
  }

  private func driven(cycles: Int, _ control: ProtocolStep.Control, _ limits: [ProtocolStep.Limit] = [])
    -> Scenario
  {
    var scenario = thinScenario(cycles: cycles)
    scenario.protocolSteps.append(ProtocolStep(control: control, limits: limits, text: "Profile drive.csv"))
    return scenario
  }

  @Test func aRunWithAProfileGoesOnAsIfItHadNotStopped() throws {
    let course = try profile([(0, 5), (60, -10), (60, 0), (90, -5)])
    let scenario = driven(cycles: 3, .profile(course))
    let (whole, outcome, _) = try run(scenario)
    #expect(outcome == .finished(cycles: 3))
    var short = scenario
    short.cycles = 1
    let (_, _, half) = try run(short)
    var rest = try CycleRunner(scenario, resuming: half.state)
    var sink = MemorySink()
    _ = try rest.run(into: &sink)
    // In one dimension some values are not numbers.
    #expect("\(sink.cycles)" == "\(whole.cycles.dropFirst().map(\.self))")
    // Charge and discharge of the profile are in the capacities of the cycle.
    let plain = try run(thinScenario(cycles: 1)).sink.cycles[0]
    let passed = whole.cycles[0].dischargeCapacity - plain.dischargeCapacity
    // Currents are solved to 1e-5 A/m2, for 90 s.
    #expect(abs(passed - course.charges.negative) < 5e-3)
    #expect(abs(whole.cycles[0].chargeCapacity - plain.chargeCapacity - course.charges.positive) < 5e-3)
  }

  /// A profile may charge and discharge: it keeps to both bounds of the window, and lasts as long as it is.
  @Test func aProfileStaysWithinTheWindow() throws {
    let scenario = driven(cycles: 1, .profile(try profile([(2, -1), (9, 1)])), [.voltage(3)])
    let toTerminal = -scenario.parameters[.counterPotential]
    #expect(
      scenario.limits(of: scenario.protocolSteps[3]) == [
        .terminalVoltage(3), .duration(7), .duration(7), .terminalVoltage(toTerminal),
        .terminalVoltage(5 + toTerminal),
      ])
    #expect(scenario.longestDuration(of: scenario.protocolSteps[3]) == 7)
  }
}

import CellPhysics
import Foundation
import Testing

@testable import CellModel

/// The program against a plain solver of the same discrete equations.
@Suite struct ReferenceTests {
  /// One drive: when its voltage (or current, in a hold) is compared, and the limit that ends it.
  struct Step: Sendable {
    let drive: Drive
    let times: [Double]
    let limit: Limit
  }

  /// A small cell and what is done with it.
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// Cell edges along Y in um; the crystal angle of each cell along Y, rad, and its contact.
    let yEdges: [Double]
    let angles: [Double]
    let contact: [Double]
    var content = 0.55
    var steps = [Step(drive: .insertionCurrent(15.5), times: [10, 200], limit: .terminalVoltage(2.9))]
    var change: @Sendable (inout ParameterSet) -> Void = { _ in }

    func mesh() -> Mesh {
      let xEdges = [0, 0.6, 1.5, 3, 5, 8].map { $0 * 1e-6 }
      let (x, y) = (xEdges.count - 1, yEdges.count - 1)
      return Mesh(
        xEdges: xEdges, yEdges: yEdges.map { $0 * 1e-6 }, columnOfY: [Int](0..<y),
        isSolid: [Bool](repeating: true, count: x * y),
        crystalAngle: (0..<x * y).map { angles[$0 % y] })
    }
  }

  static let cases = [
    Case(testDescription: "one aligned column", yEdges: [0, 1], angles: [0], contact: [1]),
    Case(
      testDescription: "two tilted columns", yEdges: [0, 1, 2, 3, 4], angles: [0.2, 0.2, -0.1, -0.1],
      contact: [1, 1, 1, 1]),
    Case(
      testDescription: "contact on 60 %", yEdges: [0, 1, 2, 3, 4, 5], angles: [0, 0, 0, 0, 0],
      contact: [1, 1, 1, 0, 0]),
    Case(
      testDescription: "diffusivity that falls steeply, at 4C", yEdges: [0, 1, 2, 3],
      angles: [0.05, 0.05, -0.1],
      contact: [1, 1, 1],
      steps: [Step(drive: .insertionCurrent(62), times: [3, 60], limit: .terminalVoltage(2.7))],
      change: { $0[.diffusivitySlope] = 6 }),
    Case(
      testDescription: "charge and hold", yEdges: [0, 1, 2, 3, 4], angles: [0.1, 0.1, -0.2, -0.2],
      contact: [1, 1, 1, 0], content: 0.95,
      steps: [
        Step(drive: .insertionCurrent(-15.5), times: [10, 200], limit: .terminalVoltage(3.38)),
        Step(drive: .terminalVoltage(3.38), times: [10, 100], limit: .currentMagnitude(1.55)),
      ]),
    Case(
      testDescription: "charge and discharge at constant power", yEdges: [0, 1, 2, 3, 4],
      angles: [0.1, 0.1, -0.2, -0.2], contact: [1, 0.5, 1, 0], content: 0.8,
      steps: [
        Step(drive: .deliveredPower(-50), times: [10, 100], limit: .terminalVoltage(3.4)),
        Step(drive: .deliveredPower(60), times: [10, 100], limit: .terminalVoltage(2.9)),
      ]),
    Case(
      testDescription: "contact between 0 and 1, uneven mesh, constriction",
      yEdges: [0, 0.8, 1.2, 2.6, 3, 5],
      angles: [0.3, 0.3, -0.2, -0.2, 0], contact: [1, 0.3, 0.05, 0.7, 0],
      change: {
        // A poor conductor, so that the constriction matters.
        $0[.cathodeSideConductivity] = 1e-3
        $0[.cathodeSideThickness] = 3e-6
      }),
  ]

  /// What the program finds: at every time and limit, whichever of voltage, current and charge is not imposed.
  private func program(_ test: Case, _ p: ParameterSet) throws -> [Double] {
    let cell = try ElectrochemicalCell(mesh: test.mesh(), parameters: p)
    cell.setContact(test.contact)
    var start = cell.uniformState(content: test.content)
    var results: [Double] = []
    for step in test.steps {
      for time in step.times {
        var state = start
        _ = try cell.advance(&state, drive: step.drive, until: [.duration(time)]) { _ in }
        results.append(observed(step.drive, state.terminalVoltage, state.insertionCurrent))
      }
      _ = try cell.advance(&start, drive: step.drive, until: [step.limit]) { _ in }
      results.append(start.insertedCharge)
    }
    return results
  }

  private func reference(_ test: Case, _ p: ParameterSet, steps: Int) throws -> [Double] {
    let cell = try ReferenceCell(mesh: test.mesh(), parameters: p, contact: test.contact)
    var state = cell.uniformState(content: test.content)
    var results: [Double] = []
    for step in test.steps {
      let start = state.time
      for time in step.times {
        // The first instants under a drive are rough.
        try cell.advance(
          &state, step.drive, duration: start + time - state.time, steps: steps,
          growth: time == step.times[0] ? 3 : 1)
        results.append(observed(step.drive, state.terminalVoltage, state.meanCurrent))
      }
      try cell.advance(&state, step.drive, step: step.times.last! / Double(steps)) { state in
        switch step.limit {
        case .terminalVoltage(let voltage): state.terminalVoltage - voltage
        case .currentMagnitude(let magnitude): abs(state.meanCurrent) - magnitude
        case .duration: preconditionFailure("not used here")
        }
      }
      results.append(state.insertedCharge)
    }
    return results
  }

  private func observed(_ drive: Drive, _ voltage: Double, _ current: Double) -> Double {
    if case .terminalVoltage = drive { return current }
    return voltage
  }

  @Test(arguments: cases) func theProgramAgrees(_ test: Case) throws {
    var p = ParameterSet.defaults
    p[.relativeTolerance] = 1e-8
    test.change(&p)
    let found = try program(test, p)
    let coarse = try reference(test, p, steps: 40)
    let expected = try reference(test, p, steps: 80)
    #expect(found.count == expected.count)
    for index in expected.indices {
      // The reference knows its own error: what its last refinement still moves (9e-8 seen in the steepest case, 3e-9
      // and less in the others).
      #expect(abs(coarse[index] / expected[index] - 1) < 1e-7)
      // Twenty tolerances (seen: 7e-9 in voltages, 7e-8 in the currents of the hold, 1.2e-7 in charges).
      #expect(abs(found[index] / expected[index] - 1) < 2e-7)
    }
  }
}

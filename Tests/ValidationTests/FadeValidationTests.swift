import CellPhysics
import CycleLife
import Foundation
import RunFiles
import Testing

@testable import Validation

/// Capacities of the cycles of one run, mAh/g.
private struct Capacities: RunSink {
  var values: [Double] = []
  let activeMassPerArea: Double
  mutating func record(_ sample: TimeSample) {}
  mutating func record(_ cycle: CycleRecord) {
    values.append(CellPhysics.Unit("mAh/g")!.fromSI(cycle.dischargeCapacity / activeMassPerArea))
  }
}

@Suite struct FadeValidationTests {
  private func withDirectory(_ body: (RunDirectory) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "cyclelife-fade-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(try RunDirectory(creating: path))
  }

  /// The cell of the rows is that of the scenario without changes, in a wide section.
  @Test func theEnsembleIsOfTheDefaultCell() throws {
    let validation = try FadeValidation(try ValidationInput())
    let (scenario, defaults) = (validation.study.base.scenario, try ValidationInput().resolved.scenario)
    #expect(validation.study.base.replicates == 16 && scenario.cycles == 50 && validation.isWide)
    var expected = defaults.parameters
    expected[.filmWidth] = scenario.parameters[.filmWidth]
    #expect(scenario.parameters == expected)
    #expect(abs(scenario.parameters[.filmWidth] - 100e-6) < 1e-12)
    #expect(scenario.protocolSteps.map(\.control) == defaults.protocolSteps.map(\.control))
    #expect(scenario.protocolSteps.map(\.limits) == defaults.protocolSteps.map(\.limits))
    let other = try FadeValidation(
      try ValidationInput(overrides: [
        "cathode.width=60 um", "protocol.hold voltage=4.1 V", "run.cycles=5", "run.seed=9",
      ]), replicates: 3, cycles: 7)
    #expect(other.study.base.replicates == 3 && other.study.base.scenario.cycles == 7 && !other.isWide)
    #expect(other.study.base.scenario.seed == 9)
    #expect(
      other.study.base.scenario.protocolSteps[0].limits == [
        .voltage(4.1 - defaults.parameters[.counterPotential])
      ])
    #expect(throws: ScenarioError.self) { try FadeValidation(try ValidationInput(), cycles: 0) }
  }

  /// Medians are those of the runs one by one; what was not run is not computed.
  @Test func rowsAreMediansOfTheRuns() throws {
    let validation = try FadeValidation(
      try ValidationInput(overrides: coarse + ["cathode.width=5 um"]), replicates: 3, cycles: 2)
    var firsts: [Double] = []
    for seed in 1...3 {
      var scenario = validation.study.base.scenario
      scenario.seed = UInt64(seed)
      scenario.cycles = 1
      var runner = try CycleRunner(scenario)
      var sink = Capacities(activeMassPerArea: runner.activeMassPerArea)
      _ = try runner.run(into: &sink)
      firsts.append(sink.values[0])
    }
    try withDirectory { directory in
      let row = try StudyRun(validation.study, jobs: 2).run(in: directory) { _ in }[0]
      let report = validation.report(row)
      #expect(report.lines.map(\.target.id) == ["dense-1C-capacity", "fade-25", "fade-50"])
      #expect(report.lines.map { $0.result == .notComputed } == [false, true, true])
      guard case .number(let median) = report.lines[0].model else { return #expect(Bool(false)) }
      #expect(abs(median - firsts.sorted()[1]) < 1e-9)
      let spread = try #require(report.lines[0].spread)
      #expect(spread.lower <= median && median <= spread.upper)
      // Of three numbers a b c the median drawn again is a or c with 7/27 each: Maritz and Jarrett's error.
      let (low, high) = (firsts.min()! - median, firsts.max()! - median)
      let (mean, square) = (7.0 / 27 * (low + high), 7.0 / 27 * (low * low + high * high))
      #expect(abs(try #require(spread.standardError) - (square - mean * mean).squareRoot()) < 1e-9)
      let object = try JSONSerialization.jsonObject(with: report.json) as? [[String: Any]]
      #expect(object?[0]["standard_error"] is Double && object?[1]["standard_error"] is NSNull)
      #expect(report.csv.split(separator: "\n")[0].contains("model,standard_error,lower,upper,deviation"))
      #expect(validation.text(row).contains("cycle 1: contact 1.000, cracks 0 um"))
      let (files, warning) = try validation.write(row, in: directory, drawing: true)
      #expect(warning == nil)
      #expect(files.contains("fade.png") && files.contains("fade-targets.csv"))
      for file in files { #expect(FileManager.default.fileExists(atPath: directory.path + "/" + file)) }
      let targets = try String(contentsOfFile: directory.path + "/fade-targets.csv", encoding: .utf8)
      #expect(targets.contains("fade-50,50,62.0,nan,5.0\n"))
    }
  }
}

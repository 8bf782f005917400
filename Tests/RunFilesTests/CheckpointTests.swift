import CycleLife
import Foundation
import Testing

@testable import RunFiles

/// A small cell that fades fast, for a few cycles.
private let smallRun = """
  title: Small
  protocol: ['Charge at 1C until 4.03 V vs Li', 'Discharge at 1C until 3.544 V vs Li']
  cathode: {width: 6 um, thickness: 6 um}
  microstructure: {column spacing: 3 um}
  numerics: {mesh width: 1 um, depth mesh width: 2 um, interface mesh width: 0.5 um, mesh growth: 1.4}
  run: {cycles: 4, seed: 5, time series interval: 3}
  """

private let finalNames = ["checkpoint.json", "cycles.csv", "scenario.yaml", "timeseries.bdf.csv"]

private func request(_ yaml: String = smallRun, _ overrides: [String] = []) throws -> RequestedRun {
  try RequestedRun(readStudy(yaml, overrides), overrides: overrides)
}

private func contents(_ path: String, _ names: [String] = finalNames) throws -> [Data] {
  try names.map { try Data(contentsOf: URL(fileURLWithPath: path + "/" + $0)) }
}

private func names(_ path: String) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: path).sorted()
}

/// Computes what is left of a run; `observe` is told before each row, after each cycle and after each state.
private func carryOut(
  _ opened: OpenedRun, interval: Duration = .zero, observe: (Observed.Moment) throws -> Void = { _ in }
) throws {
  let scenario = opened.run.resolved.scenario
  var runner =
    try opened.state.map { try CycleRunner(scenario, resuming: $0) } ?? CycleRunner(scenario)
  try withoutActuallyEscaping(observe) { observe in
    let store = try RunStore(
      opened, state: runner.state, activeMassPerArea: runner.activeMassPerArea, interval: interval)
    var sink = Observed(store: store, observe: observe)
    _ = try runner.run(into: &sink)
    try sink.store.finish()
  }
}

private struct Observed: RunSink {
  enum Moment: Equatable { case row, fields, cycle, state }
  var store: RunStore
  let observe: (Moment) throws -> Void
  mutating func record(_ sample: TimeSample) throws {
    try observe(.row)
    try store.record(sample)
  }
  mutating func record(_ cycle: CycleRecord) throws {
    try store.record(cycle)
    try observe(.cycle)
  }
  mutating func record(reference sample: TimeSample) throws {
    try observe(.row)
    try store.record(reference: sample)
  }
  mutating func record(reference test: CycleRecord) throws {
    try store.record(reference: test)
    try observe(.cycle)
  }
  mutating func record(_ fields: FieldRecord) throws {
    try store.record(fields)
    try observe(.fields)
  }
  mutating func reach(_ state: RunState) throws {
    try store.reach(state)
    try observe(.state)
  }
}

private struct Enough: Error {}

/// Leaves a run of `smallRun` at `path` after so many cycles, as a kill does.
private func interrupt(_ path: String, after cycles: Int, interval: Duration = .zero) throws {
  var done = 0
  #expect(throws: Enough.self) {
    try carryOut(OpenedRun(at: path, for: request()), interval: interval) { moment in
      if moment == .state { done += 1 }
      if moment == .row, done == cycles { throw Enough() }
    }
  }
}

private func replace(_ name: String, in path: String, _ change: (inout Data) -> Void) throws {
  let file = URL(fileURLWithPath: path + "/" + name)
  var content = try Data(contentsOf: file)
  change(&content)
  try content.write(to: file)
}

@Suite struct Checkpoints {
  /// What a kill leaves is what the directory holds at that moment: it is copied at many moments of one run.
  @Test(arguments: [Duration.zero, .seconds(3600)]) func aRunKilledAtAnyMomentGoesOnToTheSameBytes(
    interval: Duration
  ) throws {
    try withTemporaryPath { path in
      let whole = path + "/whole"
      var moments = 0
      var copies: [String] = []
      try carryOut(OpenedRun(at: whole, for: request()), interval: interval) { moment in
        moments += 1
        // Every cycle and state, and some rows: 17 is prime to the number of rows in a cycle.
        guard moment != .row || moments % 17 == 1 else { return }
        copies.append("\(path)/\(copies.count)")
        try FileManager.default.copyItem(atPath: whole, toPath: copies.last!)
      }
      let expected = try contents(whole)
      #expect(copies.count > 12)
      for copy in copies {
        try carryOut(OpenedRun(at: copy, for: request()))
        #expect(try contents(copy) == expected, "\(copy)")
        #expect(try names(copy) == names(copy).filter { !$0.hasSuffix(".partial") })
      }
    }
  }

  /// Fields of the first, an inner and the last cycle, of which one stands beyond the end of the shorter run.
  @Test func fieldsComeOutAsWithoutTheInterruption() throws {
    let asked = ["run.field cycles=[1, 3, 4]"]
    try withTemporaryPath { path in
      let whole = path + "/whole"
      var copies: [String] = []
      var moments = 0
      // Checkpoints are rare, so that cycles with fields are computed again.
      try carryOut(OpenedRun(at: whole, for: request(smallRun, asked)), interval: .seconds(3600)) { moment in
        moments += 1
        guard moment != .row || moments % 37 == 1 else { return }
        copies.append("\(path)/\(copies.count)")
        try FileManager.default.copyItem(atPath: whole, toPath: copies.last!)
      }
      let files = try names(whole + "/fields")
      // Three parts of two moments of three cycles, for VTK and as tables, and the collection.
      #expect(files.count == 3 * 2 * 3 * 2 + 1 && files.contains("fields-000003-discharged.vtu"))
      let expected = try contents(whole + "/fields", files)
      #expect(copies.count > 12)
      for copy in copies {
        try carryOut(OpenedRun(at: copy, for: request(smallRun, asked)))
        #expect(try names(copy + "/fields") == files)
        #expect(try contents(copy + "/fields", files) == expected, "\(copy)")
      }
      let parts = path + "/parts"
      try carryOut(OpenedRun(at: parts, for: request(smallRun, asked + ["run.cycles=2"])))
      try carryOut(OpenedRun(resuming: parts, cycles: 4))
      #expect(try contents(parts + "/fields", files) == expected)
    }
  }

  /// Killed in a cycle, in the test behind it and between them, and extended from the cycle of a test.
  @Test(arguments: [Duration.zero, .seconds(3600)]) func referenceTestsComeOutAsWithoutTheInterruption(
    interval: Duration
  ) throws {
    let tested =
      smallRun + "\nfidelity: 1D\n"
      + "reference test: {every: 2, steps: [Charge at 1C until 4 V vs Li, Discharge at C/2 until 3 V]}\n"
    let files = finalNames + ["reference.csv", "reference.bdf.csv"]
    try withTemporaryPath { path in
      let whole = path + "/whole"
      var (moments, copies) = (0, [String]())
      try carryOut(OpenedRun(at: whole, for: request(tested)), interval: interval) { moment in
        moments += 1
        // As above; 13 is prime to the rows of a cycle and of a test.
        guard moment != .row || moments % 13 == 1 else { return }
        copies.append("\(path)/\(copies.count)")
        try FileManager.default.copyItem(atPath: whole, toPath: copies.last!)
      }
      #expect(try names(whole) == (files + ["checkpoint.previous.json"]).sorted())
      let expected = try contents(whole, files)
      // After cycles 1, 2 and 4, below the heading.
      let rows = String(decoding: expected[4], as: UTF8.self).split(separator: "\n")
      #expect(rows.map { $0.prefix { $0 != "," } } == ["Cycle Count / 1", "1", "2", "4"])
      #expect(copies.count > 12)
      for copy in copies {
        try carryOut(OpenedRun(at: copy, for: request(tested)))
        #expect(try contents(copy, files) == expected, "\(copy)")
      }
      let parts = path + "/parts"
      try carryOut(OpenedRun(at: parts, for: request(tested, ["run.cycles=2"])))
      try carryOut(OpenedRun(resuming: parts, cycles: 4))
      #expect(try contents(parts, files) == expected)
    }
  }

  @Test func aRunThatWasStoppedIsComplete() throws {
    let stopping = ["run.stop at.crack length=0.1 nm"]
    try withTemporaryPath { path in
      try carryOut(OpenedRun(at: path, for: request(smallRun, stopping)))
      let opened = try OpenedRun(at: path, for: request(smallRun, stopping))
      #expect(opened.state?.completedCycles == 1)
      guard case .stopped(1, let reason)? = opened.state?.end else {
        Issue.record("ended as \(String(describing: opened.state?.end))")
        return
      }
      #expect(reason.hasSuffix("is above 0.0001 um (run.stop at.crack length)"))
      // Another criterion is another run; how long a process may compute is not.
      #expect(throws: RunFileError.self) { _ = try OpenedRun(at: path, for: request()) }
    }
    try withTemporaryPath { path in
      try carryOut(OpenedRun(at: path, for: request(smallRun, ["run.stop at.wall time=1 h"])))
      #expect(throws: Never.self) { _ = try OpenedRun(at: path, for: request()) }
    }
  }

  @Test func anExtendedRunIsALongerRun() throws {
    try withTemporaryPath { path in
      try carryOut(OpenedRun(at: path + "/whole", for: request(smallRun, ["run.cycles=6"])))
      try carryOut(OpenedRun(at: path + "/parts", for: request()))
      try carryOut(OpenedRun(resuming: path + "/parts", cycles: 6))
      #expect(try contents(path + "/parts") == contents(path + "/whole"))
    }
  }

  @Test func aRunExtendedWhileItWasInterruptedIsToo() throws {
    try withTemporaryPath { path in
      try carryOut(OpenedRun(at: path + "/whole", for: request(smallRun, ["run.cycles=5"])))
      try interrupt(path + "/parts", after: 2)
      try carryOut(OpenedRun(resuming: path + "/parts", cycles: 5))
      #expect(try contents(path + "/parts") == contents(path + "/whole"))
    }
  }

  @Test func aDamagedCheckpointGivesWayToThePreviousOne() throws {
    try withTemporaryPath { path in
      try carryOut(OpenedRun(at: path + "/whole", for: request()))
      let changes: [(String, (inout Data) -> Void)] = [
        ("not whole", { $0.removeLast(100) }),
        ("not whole", { $0 = Data() }),
        ("checksum", { $0[$0.count / 2] ^= 1 }),
      ]
      for (index, (word, change)) in changes.enumerated() {
        let copy = "\(path)/\(index)"
        try interrupt(copy, after: 3)
        try replace(Checkpoint.fileName, in: copy, change)
        let opened = try OpenedRun(at: copy, for: request())
        #expect(opened.state?.completedCycles == 2)
        #expect(opened.warnings.count == 1 && opened.warnings[0].contains(word), "\(opened.warnings)")
        try carryOut(opened)
        #expect(try contents(copy) == contents(path + "/whole"))
      }
    }
  }

  @Test func withoutAWholeCheckpointNothingIsTouched() throws {
    try withTemporaryPath { path in
      try interrupt(path, after: 2)
      for name in [Checkpoint.fileName, Checkpoint.previousName] {
        try replace(name, in: path) { $0[$0.count / 2] ^= 1 }
      }
      let before = try contents(path, names(path))
      let error = try #require(throws: RunFileError.self) { try OpenedRun(at: path, for: request()) }
      #expect("\(error)".contains("checkpoint.json is damaged: its checksum does not fit"))
      #expect(throws: RunFileError.self) { try OpenedRun(resuming: path) }
      #expect(try contents(path, names(path)) == before)
    }
  }

  @Test func aTableThatWasCutIsNoticed() throws {
    try withTemporaryPath { path in
      try interrupt(path, after: 2)
      try replace("cycles.csv.partial", in: path) { $0.removeLast(10) }
      // The checkpoint before needs the first cycle alone.
      let opened = try OpenedRun(at: path, for: request())
      #expect(opened.state?.completedCycles == 1)
      #expect(opened.warnings.first?.hasPrefix("cycles.csv holds less than checkpoint.json says") == true)
    }
  }

  @Test func aCheckpointOfAnotherFormatIsLeftToItsProgram() throws {
    try withTemporaryPath { path in
      try interrupt(path, after: 2)
      try replace(Checkpoint.fileName, in: path) { content in
        let text = String(decoding: content, as: UTF8.self)
        content = Data(text.replacingOccurrences(of: "{\"format\":2", with: "{\"format\":9").utf8)
      }
      let error = try #require(throws: RunFileError.self) { try OpenedRun(at: path, for: request()) }
      #expect("\(error)".contains("has format 9, this program writes 2"))
    }
  }
}

@Suite struct DirectoriesOfRuns {
  /// What the user is told when another scenario is to be run in the directory of `smallRun`.
  private func refusal(_ path: String, _ yaml: String, _ overrides: [String] = []) throws -> String {
    let error = try #require(throws: RunFileError.self) {
      try OpenedRun(at: path, for: request(yaml, overrides))
    }
    guard case .cannotContinue(_, let reason) = error else { return "\(error)" }
    return reason
  }

  @Test func anotherScenarioIsRefusedWithTheDifference() throws {
    try withTemporaryPath { path in
      try interrupt(path, after: 1)
      let before = try contents(path, names(path))
      let cases: [(String, String)] = [
        ("cell.stack pressure=5 MPa", "cell.stack pressure: 10 MPa there, 5 MPa here"),
        ("run.seed=6", "run.seed: 5 there, 6 here"),
        ("run.cycles=3", "run.cycles: 4 there, 3 here"),
        ("interface.roughness=0.1 um", "interface.roughness: 0.84 um there, 0.1 um here"),
      ]
      for (override, expected) in cases {
        let found = try refusal(path, smallRun, [override])
        #expect(
          found
            == "it holds a run of another scenario: \(expected); choose another directory with --output")
      }
      let rate = smallRun.replacingOccurrences(of: "Charge at 1C", with: "Charge at C/2")
      #expect(
        try refusal(path, rate).contains(
          "protocol, step 1: 'Charge at 1C until 4.03 V vs Li' there, 'Charge at C/2 until 4.03 V vs Li' here"
        ))
      #expect(
        try refusal(path, smallRun, ["run.cycles=9"])
          == "it holds the same run of 4 cycles; 'cyclelife resume \(path) --cycles 9' extends it")
      #expect(try contents(path, names(path)) == before)
    }
  }

  /// What is the same in other words is the same.
  @Test func theSameScenarioWrittenOtherwiseIsContinued() throws {
    try withTemporaryPath { path in
      try interrupt(path, after: 1)
      let other = smallRun.replacingOccurrences(
        of: "{width: 6 um, thickness: 6 um}", with: "{width: 6e-3 mm}")
      let opened = try OpenedRun(at: path, for: request("# A comment\n" + other, ["cathode.thickness=6 um"]))
      #expect(opened.state?.completedCycles == 1 && opened.warnings.isEmpty)
    }
  }

  @Test func aScenarioChangedInTheDirectoryIsNotResumed() throws {
    try withTemporaryPath { path in
      try interrupt(path, after: 1)
      try replace("scenario.yaml", in: path) { content in
        let text = String(decoding: content, as: UTF8.self)
        content = Data(text.replacingOccurrences(of: "seed: 5", with: "seed: 7").utf8)
      }
      let error = try #require(throws: RunFileError.self) { try OpenedRun(resuming: path) }
      #expect(
        "\(error)".contains("its scenario.yaml is not the one it was begun with: run.seed: 5 there, 7 here"))
    }
  }

  @Test func onlyOneProcessComputesInADirectory() throws {
    try withTemporaryPath { path in
      let opened = try OpenedRun(at: path, for: request())
      let error = try #require(throws: RunFileError.self) { try OpenedRun(at: path, for: request()) }
      #expect("\(error)".contains("another process is computing in it"))
      withExtendedLifetime(opened) {}
    }
  }

  @Test func whatIsNoRunIsNotResumedAndNotMade() throws {
    try withTemporaryPath { path in
      #expect(throws: RunFileError.self) { try OpenedRun(resuming: path) }
      #expect(!FileManager.default.fileExists(atPath: path))
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let error = try #require(throws: RunFileError.self) { try OpenedRun(resuming: path) }
      #expect(
        "\(error)" == "cannot read '\(path)': it holds no checkpoint.json, from which a run is continued")
      try Data("mine".utf8).write(to: URL(fileURLWithPath: path + "/mine.txt"))
      #expect(throws: RunFileError.self) { try OpenedRun(at: path, for: request()) }
      #expect(try names(path) == ["mine.txt"])
    }
  }

  @Test func aRunIsNotShortenedBelowWhatIsDone() throws {
    try withTemporaryPath { path in
      try interrupt(path, after: 3)
      let error = try #require(throws: ScenarioError.self) { try OpenedRun(resuming: path, cycles: 2) }
      #expect("\(error)".contains("2 is less than the 3 cycles done"))
      #expect(throws: ScenarioError.self) { try OpenedRun(resuming: path, cycles: 0) }
      #expect(try OpenedRun(resuming: path, cycles: 3).run.resolved.scenario.cycles == 3)
    }
  }
}

import CellPhysics
import CycleLife
import Foundation
import Numerics
import Testing

@testable import RunFiles

/// Two small cells with three sections each, for two cycles.
let smallEnsemble = """
  title: Small
  protocol: ['Charge at {rate} until 4.03 V vs Li', 'Discharge at {rate} until 3.544 V vs Li']
  cathode: {width: 6 um, thickness: 6 um}
  microstructure: {column spacing: 3 um}
  numerics: {mesh width: 1 um, depth mesh width: 2 um, interface mesh width: 0.5 um, mesh growth: 1.4}
  run: {cycles: 2, seed: 5, replicates: 3}
  vary:
    rate: [0.5C, 2C]
  """

private let tableNames = ["results.csv", "replicates.csv", "trajectories.csv"]

private func files(_ path: String, _ names: [String] = tableNames) throws -> [Data] {
  try names.map { try Data(contentsOf: URL(fileURLWithPath: "\(path)/\($0)")) }
}

/// The cells of a table by heading, line by line; the labels of these studies have no comma.
private func table(_ data: Data) -> [[String: String]] {
  let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map {
    $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }
  return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
}

private func run(_ study: StudyRun, _ path: String) throws -> [StudyRow] {
  try study.run(in: RunDirectory(creating: path)) { _ in }
}

@Suite struct EnsembleRuns {
  @Test func tablesDependNeitherOnThreadsNorOnTheOrderOfWork() throws {
    var run = StudyRun(try readStudy(smallEnsemble), jobs: 1)
    var found: [[Data]] = []
    let orders: [(Int, [Int]?)] = [
      (1, nil), (2, nil), (8, nil), (1, (0..<6).reversed()), (2, [3, 0, 5, 1, 4, 2]),
    ]
    for (jobs, order) in orders {
      run = StudyRun(try readStudy(smallEnsemble), jobs: jobs)
      run.workOrder = order
      try withTemporaryPath { path in
        _ = try run.run(in: RunDirectory(creating: path)) { _ in }
        found.append(try files(path))
        #expect(try FileManager.default.contentsOfDirectory(atPath: path).sorted() == tableNames.sorted())
      }
    }
    #expect(found.allSatisfy { $0 == found[0] })
  }

  @Test func linesAreTheRunsAndTheirStatistics() throws {
    let study = StudyRun(try readStudy(smallEnsemble), jobs: 2)
    try withTemporaryPath { path in
      let rows = try run(study, path)
      #expect(rows.map(\.number) == [1, 2])
      let (results, runs, cycles) = (
        table(try files(path)[0]), table(try files(path)[1]), table(try files(path)[2])
      )
      #expect(results.count == 2 && runs.count == 6 && cycles.count == 4)
      #expect(runs.map { $0["Seed / 1"] } == ["5", "6", "7", "5", "6", "7"])
      let name = "Discharge Capacity / mAh g-1"
      func numbers(_ table: [[String: String]], _ name: String) throws -> [Double] {
        try table.map { try #require($0[name].flatMap { Double($0) }) }
      }
      let capacities = try numbers(runs, name)
      let medians = [capacities[..<3], capacities[3...]].map { $0.sorted()[1] }
      let found = try numbers(results, name)
      #expect(zip(found, medians).allSatisfy { abs($0 - $1) < 1e-9 })
      // The last cycle of the trajectories is that of the results.
      #expect(results.map { $0[name] } == [cycles[1], cycles[3]].map { $0[name] })
      #expect(results.map { $0["Retention / 1"] } == [cycles[1], cycles[3]].map { $0["Retention / 1"] })
      let errors = "Discharge Capacity Standard Error of Median / mAh g-1"
      let summary = try #require(SampleSummary(capacities[3...]))
      #expect(try abs(numbers(results, errors)[1] - #require(summary.standardError)) < 1e-9)
      let lower = try numbers(results, "Discharge Capacity 10th Percentile / mAh g-1")[1]
      let upper = try numbers(results, "Discharge Capacity 90th Percentile / mAh g-1")[1]
      #expect(abs(lower - summary.lower) < 1e-9 && abs(upper - summary.upper) < 1e-9)
      // The change is that of runs with the same seed.
      let changes = (0..<3).map { capacities[3 + $0] - capacities[$0] }
      let change = try #require(SampleSummary(changes))
      let changeName = "Median Paired Change against Case 1 / mAh g-1"
      #expect(results[0][changeName] == "" && results[0]["Paired Replicates / 1"] == "0")
      #expect(try abs(#require(Double(results[1][changeName] ?? "")) - change.median) < 1e-9)
      #expect(results[1]["Paired Replicates / 1"] == "3" && results[1]["Replicates / 1"] == "3")
      #expect(cycles.map { $0["Cycling Replicates / 1"] } == ["3", "3", "3", "3"])
      #expect(runs.allSatisfy { $0["Outcome / 1"] == "all 2 cycles done" })
    }
  }

  /// Cases that differ in rate alone have the same sections: crystals, flaws and toughness.
  @Test func casesShareTheirRandomNumbers() throws {
    let study = StudyRun(try readStudy(smallEnsemble), jobs: 1)
    let runners = try (0..<6).map { try CycleRunner(study.scenario(of: $0).scenario) }
    for replicate in 0..<3 {
      let (slow, fast) = (runners[replicate], runners[3 + replicate])
      #expect(slow.mesh.yEdges == fast.mesh.yEdges)
      #expect(!slow.damage.cracks.isEmpty && "\(slow.damage)" == "\(fast.damage)")
      #expect("\(slow.microstructure)" == "\(fast.microstructure)")
    }
    #expect("\(runners[0].damage)" != "\(runners[1].damage)")
    #expect("\(runners[1].damage)" != "\(runners[2].damage)")
  }

  /// A replicate is the run that its seed gives alone.
  @Test func aReplicateIsARun() throws {
    let study = StudyRun(try readStudy(smallEnsemble), jobs: 1)
    let single = StudyRun(try readStudy(smallEnsemble, ["run.seed=7", "run.replicates=1"]), jobs: 1)
    let (replicate, alone) = (try study.row(of: 5), try single.row(of: 1))
    #expect(replicate.seed == 7 && alone.seed == 7)
    #expect(replicate.result?.capacity == alone.result?.capacity)
    #expect(single.tableNames == ["results.csv"])
    #expect(
      !single.table.header.contains("Percentile")
        && single.table.header.hasSuffix("Retention / 1,Cycles to 80 % / 1,Outcome / 1"))
  }

  @Test func aPlainScenarioIsAnEnsembleOfOneCase() throws {
    let yaml = "title: Plain\nrun: {replicates: 4}\nfigure: {kind: fade}\n"
    let study = try readStudy(yaml)
    #expect(study.cases.isEmpty && study.base.replicates == 4)
    let run = StudyRun(study, jobs: 9)
    #expect(run.study.list == ["1: Plain"] && run.count == 4 && run.jobs == 4)
    #expect(try run.scenario(of: 3).scenario.title == "Plain" && run.scenario(of: 3).scenario.seed == 4)
    // With nothing to compare with, there is no change.
    #expect(!run.table.header.contains("Change"))
    #expect(try readStudy(study.table).base.replicates == 4 && readStudy(study.table).figure?.kind == .fade)
    // An override may make a single run of it.
    #expect(try readStudy(yaml, ["run.replicates=1"]).withCases.cases.isEmpty)
  }
}

@Suite struct EnsembleStatistics {
  /// A run of the small study, to be changed.
  private func result(_ capacities: [Double], cycles: Int) throws -> CaseResult {
    let scenario = try StudyRun(readStudy(smallStudy), jobs: 1).scenario(of: 0).scenario
    var result = try CaseResult(running: scenario, keepingField: false)
    result.cyclesRequested = cycles
    result.cycles = capacities.count
    result.cyclesFollowed = capacities.count
    result.firstCapacity = capacities.first ?? 0
    result.capacity = capacities.last ?? 0
    result.trajectory = .init(
      capacity: capacities, contactFraction: capacities.map { $0 / 10 },
      crackLength: capacities.map { 10 - $0 })
    return result
  }

  private func row(_ seed: UInt64, _ result: CaseResult?, number: Int = 1, _ outcome: String = "all done")
    -> StudyRow
  {
    StudyRow(number: number, label: "a", varied: [], seed: seed, result: result, outcome: outcome)
  }

  /// Leaving out cells that ended would give 8 in the last cycle.
  @Test func aCellThatEndedDeliversNothing() throws {
    let rows = try [
      row(1, result([10, 9, 8], cycles: 3)), row(2, result([10, 9], cycles: 3), "cycle 3, no contact"),
      row(3, result([10], cycles: 3), "cycle 2, no contact"),
    ]
    let ensemble = Ensemble(rows, against: [:])
    #expect(ensemble.cycles.map { $0.capacity?.median } == [10, 9, 0])
    #expect(ensemble.cycles.map { $0.retention?.median } == [1, 0.9, 0])
    #expect(ensemble.cycles.map(\.runs) == [3, 3, 3] && ensemble.cycles.map(\.cycling) == [3, 2, 1])
    // Damage stays as it was when the cell ended.
    #expect(ensemble.cycles.map { $0.contactFraction?.median } == [1, 0.9, 0.9])
    #expect(ensemble.cycles.map { $0.crackLength?.upper }[0] == 0)
    #expect(ensemble.capacity?.median == 0 && ensemble.capacity?.count == 3 && ensemble.failures == 0)
    let median = StudyRow(mediansOf: rows, against: [:])
    #expect(median.result?.capacity == 0 && median.retention == 0)
    #expect(median.outcome == "1 of 3 runs did all cycles; seed 2: cycle 3, no contact")
  }

  /// One replicate that ended early takes no energy from the median of the others.
  @Test func energiesGoWithTheCapacityOfTheRow() throws {
    var results = [try result([100, 90], cycles: 2), try result([100, 92], cycles: 2)]
    results.append(try result([100], cycles: 2))
    for index in results.indices { results[index].meanVoltageVsLi = 3.7 }
    let medians = CaseResult(mediansOf: results, outcome: "all done")
    let density = try #require(medians.density)
    #expect(medians.capacity > 0 && medians.hasEnded)
    #expect(medians.energyPerMass == medians.capacity * 3.7)
    #expect(medians.energyPerVolume == medians.energyPerMass * density)
  }

  /// Counting the failure as nothing delivered would give 9 instead of 10.
  @Test func aSolverFailureIsLeftOut() throws {
    let rows = try [
      row(1, result([10, 9], cycles: 2)), row(2, nil, "no step"), row(3, result([12, 11], cycles: 2)),
    ]
    let ensemble = Ensemble(rows, against: [:])
    #expect(ensemble.runs == 2 && ensemble.failures == 1 && ensemble.firstFailure?.seed == 2)
    #expect(ensemble.capacity?.median == 10 && ensemble.capacity?.count == 2)
    #expect(ensemble.cycles.map { $0.capacity?.median } == [11, 10])
    #expect(ensemble.cycles.map(\.runs) == [2, 2])
    let all = StudyRow(mediansOf: [row(1, nil, "no step"), row(2, nil, "no step")], against: [:])
    #expect(all.hasFailed && all.outcome == "no step" && all.ensemble?.cycles.isEmpty == true)
  }

  /// The medians differ by 1, but each section gains 3.
  @Test func theChangeIsThatOfPairs() throws {
    let first: [UInt64: Double] = [1: 10, 2: 20, 3: 22]
    let rows = try [
      row(1, result([13], cycles: 1), number: 2), row(2, result([23], cycles: 1), number: 2),
      row(3, result([25], cycles: 1), number: 2), row(4, result([90], cycles: 1), number: 2),
    ]
    let change = try #require(Ensemble(rows, against: first).change)
    #expect(change.median == 3 && change.standardError == 0 && change.count == 3)
    #expect(Ensemble(rows, against: [9: 1]).change == nil)
  }
}

@Suite struct StudyJournals {
  private func journal(_ study: Study, _ path: String) throws -> (RunDirectory, StudyJournal) {
    guard case .open(let directory, let journal) = try StudyJournal.open(study, in: path) else {
      throw RunFileError.cannotRead(path: path, reason: "complete")
    }
    return (directory, journal)
  }

  /// Stops `yaml` after two runs, breaks the last line and goes on; the names and contents of the tables.
  private func interrupted(_ yaml: String, _ path: String, cutting: Int) throws -> (
    rows: [StudyRow], runs: Int
  ) {
    let study = try readStudy(yaml)
    let file = path + "/" + StudyJournal.fileName
    do {
      let (directory, journal) = try journal(study, path)
      let ended = Counter()
      #expect(throws: RunInterrupted.self) {
        try StudyRun(study, jobs: 1).run(
          in: directory, journal: journal, stop: StopRequest { ended.value == 2 },
          finished: { _ in _ = ended.next() })
      }
    }
    let content = try Data(contentsOf: URL(fileURLWithPath: file))
    #expect(content.split(separator: UInt8(ascii: "\n")).count == 3)
    try content.dropLast(cutting).write(to: URL(fileURLWithPath: file))
    let runs = Counter()
    let rows: [StudyRow]
    do {
      let (directory, journal) = try journal(study, path)
      #expect(journal.count == (cutting > 0 ? 1 : 2))
      rows = try StudyRun(study, jobs: 2).run(in: directory, journal: journal) { _ in _ = runs.next() }
    }
    // The line that was broken is gone, and those after it are whole.
    let whole = try journal(study, path).1
    #expect(whole.count == 6)
    try whole.remove()
    return (rows, runs.next() - 1)
  }

  @Test(arguments: [0, 1, 40]) func anInterruptedStudyGoesOn(cutting: Int) throws {
    try withTemporaryPath { path in
      _ = try run(StudyRun(try readStudy(smallEnsemble), jobs: 2), path + "/whole")
      let (_, runs) = try interrupted(smallEnsemble, path + "/parts", cutting: cutting)
      // Only what the journal does not hold is run.
      #expect(runs == (cutting > 0 ? 5 : 4))
      #expect(try files(path + "/whole") == files(path + "/parts"))
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: path + "/parts").sorted() == tableNames.sorted())
    }
  }

  /// Without replicates too: the case that ends at once comes first.
  ///
  /// Pictures need
  /// the fields, which the journal does not hold.
  @Test(arguments: ["", "\nfigure: {kind: profiles}\n"]) func aStudyWithoutReplicatesGoesOn(figure: String)
    throws
  {
    let study = try readStudy(smallStudy + figure)
    try withTemporaryPath { path in
      var whole = StudyRun(study, jobs: 2)
      whole.workOrder = (0..<6).reversed()
      let rows = try run(whole, path + "/whole")
      do {
        let (directory, journal) = try journal(study, path + "/parts")
        let ended = Counter()
        var part = StudyRun(study, jobs: 1)
        part.workOrder = (0..<6).reversed()
        #expect(throws: RunInterrupted.self) {
          try part.run(
            in: directory, journal: journal, stop: StopRequest { ended.value == 2 },
            finished: { _ in _ = ended.next() })
        }
      }
      let (directory, journal) = try journal(study, path + "/parts")
      #expect(journal.finished.map(\.caseNumber) == (figure.isEmpty ? [6, 5] : []))
      let found = try StudyRun(study, jobs: 1).run(in: directory, journal: journal) { _ in }
      #expect(try files(path + "/whole", ["results.csv"]) == files(path + "/parts", ["results.csv"]))
      #expect(found.map { $0.result?.field != nil } == rows.map { $0.result?.field != nil })
    }
  }

  /// Numbers read back as the same, also those that JSON has no word for.
  @Test func numbersReadBack() throws {
    let study = try readStudy(smallStudy)
    try withTemporaryPath { path in
      var row = try StudyRun(study, jobs: 1).row(of: 0)
      var result = try #require(row.result)
      (result.transportLoss, result.kineticsLoss, result.contactFraction) = (.nan, -.infinity, 0.1 + 0.2)
      row = StudyRow(
        number: 1, label: row.label, varied: row.varied, seed: 1, result: result, outcome: "line\nbreak")
      do { try journal(study, path).1.append(row, replicate: 1) }
      let found = try #require(try journal(study, path).1.finished.first)
      #expect(found.result?.transportLoss.isNaN == true && found.result?.kineticsLoss == -.infinity)
      #expect(found.result?.contactFraction == 0.1 + 0.2 && found.result?.capacity == result.capacity)
      #expect(found.outcome == "line\nbreak")
    }
  }

  @Test func anotherStudyIsRefusedByWhatDiffers() throws {
    try withTemporaryPath { path in
      do { _ = try journal(try readStudy(smallEnsemble), path) }
      let names = try FileManager.default.contentsOfDirectory(atPath: path)
      let content = try Data(contentsOf: URL(fileURLWithPath: path + "/finished.jsonl"))
      let changes: [(String, String, String)] = [
        ("seed: 5", "seed: 6", "run.seed is '5' there and '6' here"),
        ("replicates: 3", "replicates: 4", "run.replicates is '3' there and '4' here"),
        ("0.5C, 2C", "0.5C, 3C", "case 2 is '2: rate 2C [rate: 2C]' there and '2: rate 3C [rate: 3C]' here"),
        ("0.5C, 2C", "0.5C", "the number of cases is '2' there and '1' here"),
        ("3.544 V", "3.6 V", "step 2 is"), ("title: Small", "title: Large", "title is 'Small' there"),
        ("vary:", "figure: {kind: fade}\nvary:", "figure is '' there and 'kind: fade' here"),
      ]
      for (old, new, message) in changes {
        do {
          _ = try StudyJournal.open(readStudy(smallEnsemble.replacing(old, with: new)), in: path)
          Issue.record("not refused: \(new)")
        } catch let RunFileError.cannotCreate(_, reason) {
          #expect(reason.hasPrefix("it holds another study: \(message)"), "\(reason)")
        }
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: path) == names)
      #expect(try Data(contentsOf: URL(fileURLWithPath: path + "/finished.jsonl")) == content)
    }
  }

  @Test func whatIsForeignStaysAsItIs() throws {
    let study = try readStudy(smallEnsemble)
    for name in ["mine.txt", "manifest.json", StudyJournal.fileName] {
      try withTemporaryPath { path in
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let file = URL(fileURLWithPath: path + "/" + name)
        try Data("mine\nand mine".utf8).write(to: file)
        #expect(throws: RunFileError.self) { try StudyJournal.open(study, in: path) }
        #expect(try Data(contentsOf: file) == Data("mine\nand mine".utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == [name])
      }
    }
  }

  @Test func twoProcessesDoNotRunOneStudyInOnePlace() throws {
    let study = try readStudy(smallEnsemble)
    try withTemporaryPath { path in
      let (_, first) = try journal(study, path)
      #expect(throws: RunFileError.self) { try StudyJournal.open(study, in: path) }
      withExtendedLifetime(first) {}
    }
  }
}

/// Counts from 1.
private final class Counter: Sendable {
  private let count = Locked(0)
  var value: Int { count.withLock { $0 } }
  func next() -> Int {
    count.withLock {
      $0 += 1
      return $0
    }
  }
}

@Suite struct FadeFigures {
  private func draw(_ yaml: String, _ check: ([String], String) throws -> Void) throws {
    try withTemporaryPath { path in
      let directory = try RunDirectory(creating: path)
      let run = StudyRun(try readStudy(yaml), jobs: 2)
      let rows = try run.run(in: directory) { _ in }
      let (files, warning) = try run.drawFigure(rows, in: directory)
      let found = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
      #expect(found == (files + run.tableNames).sorted())
      #expect(warning == nil || warning?.contains("gnuplot is not installed") == true)
      try check(files, String(contentsOfFile: path + "/fade.csv", encoding: .utf8))
    }
  }

  @Test func anEnsembleDrawsBandsUnasked() throws {
    try draw(smallEnsemble + "\nfigure: {kind: lines}\n") { files, data in
      #expect(files.contains("fade.gp") && files.contains("lines.gp"))
      let lines = data.split(separator: "\n")
      #expect(lines.count == 5 && lines.allSatisfy { $0.split(separator: ",").count == 5 })
    }
  }

  @Test func singleRunsAreLinesOnRequest() throws {
    let yaml = smallEnsemble.replacing(", replicates: 3", with: "") + "\nfigure: {kind: fade}\n"
    try draw(yaml) { _, data in
      let lines = data.split(separator: "\n")
      #expect(lines.count == 5 && lines.allSatisfy { $0.split(separator: ",").count == 3 })
      #expect(lines[1].hasPrefix("1,1,") && lines[4].hasPrefix("2,2,"))
    }
  }
}

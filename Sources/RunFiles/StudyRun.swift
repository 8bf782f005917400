import CellPhysics
import CycleLife
import Foundation
import Numerics

/// Runs the cases of a study on several threads and writes their tables.
///
/// With replicates, each case is run with as many consecutive seeds, the same for all cases: random numbers are
/// common to them, so that cases differ by what varies and not by what is drawn. What is written depends neither
/// on the number of threads nor on the order in which runs end.
public struct StudyRun: Sendable {
  /// The names of the tables: a line for each case, for each run, and for each case and cycle.
  public static let resultsName = "results.csv"
  public static let replicatesName = "replicates.csv"
  public static let trajectoriesName = "trajectories.csv"
  /// The places of largest tension in the cycles of which the base asks for fields.
  public static let hotspotsName = "hotspots.csv"

  /// The study that is run; it has at least one case.
  public let study: Study
  /// How many runs are carried out at once.
  public let jobs: Int

  let varied: [VariedQuantity]
  let table: Table<StudyRow>
  let replicateTable: Table<StudyRow>
  /// The order in which runs are begun; nil for the order of the cases.
  var workOrder: [Int]?

  /// Prepares to run `study` with so many threads.
  public init(_ study: Study, jobs: Int) {
    let study = study.withCases
    self.study = study
    self.jobs = max(1, min(jobs, study.cases.count * study.base.replicates))
    varied = study.variedQuantities
    let varies = study.cases.contains { study in
      study.settings.contains { $0.key == .key(.cycles) && $0.text != "1" }
    }
    let cycles = varies || study.base.scenario.cycles > 1
    let rows: Table<StudyRow>.Rows =
      study.base.replicates > 1 ? .ensembles(changes: study.cases.count > 1) : .cases
    table = .results(rows, varied: varied, multipleCycles: cycles)
    replicateTable = .results(.replicates, varied: varied, multipleCycles: cycles)
  }

  /// How many runs make a case.
  public var replicates: Int { study.base.replicates }
  /// How many runs the study has.
  public var count: Int { study.cases.count * replicates }

  /// The names of the tables that are written.
  public var tableNames: [String] {
    [StudyRun.resultsName]
      + (replicates > 1 ? [StudyRun.replicatesName, StudyRun.trajectoriesName] : [])
      + (study.sensitivity.isEmpty ? [] : [StudyRun.sensitivityName])
      + (study.base.scenario.fieldCycles.isEmpty ? [] : [StudyRun.hotspotsName])
  }

  /// Runs all cases and writes the tables into `directory`, rows in the order of the cases.
  ///
  /// A run that ends for a physical reason, or because the solver fails, is a row that says so.
  ///
  /// - Parameters:
  ///   - journal: keeps each finished run; what it holds already is not run again.
  ///   - stop: ends the study before its time: runs under way are abandoned, those done are in the journal.
  ///   - finished: told of each run as it ends, one call at a time, in any order.
  /// - Returns: a row for each case, with replicates their medians.
  /// - Throws: ``RunFileError`` when a row cannot be written, and `RunInterrupted` when asked to stop; no further
  ///   run is begun then.
  public func run(
    in directory: RunDirectory, journal: StudyJournal? = nil,
    stop: StopRequest = .never, finished: @Sendable (StudyRow) -> Void
  ) throws -> [StudyRow] {
    var tables = try StudyTables(self, directory)
    var isDone = [Bool](repeating: false, count: count)
    for entry in journal?.finished ?? [] {
      guard let index = index(of: entry), !isDone[index] else { continue }
      isDone[index] = true
      try tables.take(try row(of: index, result: entry.result, outcome: entry.outcome), at: index)
    }
    let work = (workOrder ?? Array(0..<count)).filter { !isDone[$0] }
    let shared = Locked(tables)
    // Rows go to the tables at once; only those of cases that are not complete stay in memory.
    _ = try ParallelCases.map(work.count, jobs: jobs) { place in
      try stop.check()
      let row = try row(of: work[place], stop: stop)
      try shared.withLock { tables in
        try journal?.append(row, replicate: work[place] % replicates + 1)
        try tables.take(row, at: work[place])
        finished(row)
      }
    }
    let rows = try shared.withLock { try $0.complete() }
    func write<Row>(_ rows: [Row], _ table: Table<Row>, to name: String) throws {
      let lines = [table.header] + rows.map { table.line($0) }
      try directory.write(Data((lines.joined(separator: "\n") + "\n").utf8), to: name)
    }
    if tableNames.contains(StudyRun.sensitivityName) {
      try write(sensitivity(rows), .sensitivity, to: StudyRun.sensitivityName)
    }
    if tableNames.contains(StudyRun.hotspotsName) {
      try write(HotspotRow.rows(rows), .hotspots(isStudy: true), to: StudyRun.hotspotsName)
    }
    return rows
  }

  /// Carries out those runs of one case that its journal does not hold, and writes no table.
  ///
  /// - Parameters: as those of ``run(in:journal:stop:finished:)``.
  public func run(
    case number: Int, journal: StudyJournal, stop: StopRequest = .never,
    finished: @Sendable (StudyRow) -> Void
  ) throws {
    let work = missing(journal).filter { $0 / replicates == number - 1 }
    let told = Locked(())
    _ = try ParallelCases.map(work.count, jobs: min(jobs, max(work.count, 1))) { place in
      try stop.check()
      let row = try row(of: work[place], stop: stop)
      try told.withLock { _ in
        try journal.append(row, replicate: work[place] % replicates + 1)
        finished(row)
      }
    }
  }

  /// The cases of which runs are not done, ascending; runs whose pictures no journal holds do not count.
  public func missingCases(_ journal: StudyJournal) -> [Int] {
    let drawn = study.figure?.kind.needsField == true
    let cases = missing(journal).filter { !drawn || $0 % replicates != 0 }.map { $0 / replicates + 1 }
    return cases.enumerated().filter { $0.offset == 0 || cases[$0.offset - 1] != $0.element }.map(\.element)
  }

  /// The runs that a journal does not hold, as ``row(of:stop:)`` counts them.
  private func missing(_ journal: StudyJournal) -> [Int] {
    let done = Set(journal.finished.compactMap { index(of: $0) })
    return (0..<count).filter { !done.contains($0) }
  }

  private func index(of entry: StudyJournal.Entry) -> Int? {
    guard (1...replicates).contains(entry.replicate), study.cases.indices.contains(entry.caseNumber - 1)
    else {
      return nil
    }
    return (entry.caseNumber - 1) * replicates + entry.replicate - 1
  }

  /// Carries out one run: `index` counts through the replicates of the first case, the second, and so on.
  func row(of index: Int, stop: StopRequest = .never) throws -> StudyRow {
    let kind = study.figure?.kind
    let keepsField = kind?.needsField == true && index % replicates == 0
    let scenario = try scenario(of: index).scenario
    do {
      let result = try CaseResult(
        running: scenario, keepingField: keepsField, keepingTrajectory: replicates > 1 || kind == .fade,
        stop: stop)
      return try row(of: index, result: result, outcome: result.outcome)
    } catch let interruption as RunInterrupted {
      throw interruption
    } catch {
      return try row(of: index, result: nil, outcome: oneLine("\(error)", limit: 300))
    }
  }

  /// The scenario of a run: that of its case, each replicate with the next seed.
  func scenario(of index: Int) throws -> (scenario: Scenario, resolved: ResolvedScenario) {
    let resolved = try study.scenario(of: study.cases[index / replicates])
    var scenario = resolved.scenario
    scenario.seed &+= UInt64(index % replicates)
    return (scenario, resolved)
  }

  private func row(of index: Int, result: CaseResult?, outcome: String) throws -> StudyRow {
    let single = study.cases[index / replicates]
    let (scenario, resolved) = try scenario(of: index)
    return StudyRow(
      number: single.number, label: single.label, varied: varied.map { $0.cell(study, single, resolved) },
      seed: scenario.seed, result: result, outcome: outcome)
  }
}

/// The tables of a study, written case by case while runs end in any order.
private struct StudyTables: Sendable {
  private let run: StudyRun
  private let results: PartialFile
  /// Only with replicates.
  private let replicates: PartialFile?
  private let trajectories: PartialFile?
  /// Runs of the cases that are not written yet, by case.
  private var waiting: [Int: [StudyRow?]] = [:]
  /// What the first case delivered with each seed, C/kg.
  private var reference: [UInt64: Double] = [:]
  /// The rows of the cases that are written.
  private var rows: [StudyRow] = []

  init(_ run: StudyRun, _ directory: RunDirectory) throws(RunFileError) {
    func file(_ name: String, _ header: String) throws(RunFileError) -> PartialFile {
      let file = try PartialFile(path: directory.path(of: name))
      try file.append(Data((header + "\n").utf8))
      return file
    }
    self.run = run
    results = try file(StudyRun.resultsName, run.table.header)
    guard run.replicates > 1 else {
      (replicates, trajectories) = (nil, nil)
      return
    }
    replicates = try file(StudyRun.replicatesName, run.replicateTable.header)
    trajectories = try file(StudyRun.trajectoriesName, Table<Ensemble.Cycle>.trajectories.header)
  }

  /// Takes a finished run; writes what is complete and whose turn it is.
  mutating func take(_ row: StudyRow, at index: Int) throws(RunFileError) {
    let count = run.replicates
    waiting[index / count, default: Array(repeating: nil, count: count)][index % count] = row
    while let runs = waiting[rows.count]?.compactMap(\.self), runs.count == count {
      waiting[rows.count] = nil
      try write(runs)
    }
  }

  private mutating func write(_ runs: [StudyRow]) throws(RunFileError) {
    guard let replicates, let trajectories else {
      rows.append(runs[0])
      return try results.append(Data((run.table.line(runs[0]) + "\n").utf8))
    }
    if rows.isEmpty {
      for run in runs { reference[run.seed] = run.result?.deliveredCapacity }
    }
    let row = StudyRow(mediansOf: runs, against: reference)
    rows.append(row)
    let lines = runs.map { run.replicateTable.line($0) + "\n" }
    let cycles = row.ensemble?.cycles.map { Table<Ensemble.Cycle>.trajectories.line($0) + "\n" } ?? []
    try replicates.append(Data(lines.joined().utf8))
    try trajectories.append(Data(cycles.joined().utf8))
    try results.append(Data((run.table.line(row) + "\n").utf8))
  }

  /// Gives the files their names; the rows of all cases.
  mutating func complete() throws(RunFileError) -> [StudyRow] {
    try replicates?.complete()
    try trajectories?.complete()
    try results.complete()
    return rows
  }
}

import CellPhysics
import CycleLife
import Foundation
import Synchronization

/// Runs the cases of a study on several threads and writes their table.
///
/// What is written does not depend on the number of threads.
public struct StudyRun: Sendable {
  /// The name of the table.
  public static let resultsName = "results.csv"

  /// The study that is run.
  public let study: Study
  /// How many cases are run at once.
  public let jobs: Int

  let varied: [VariedQuantity]
  let table: Table<StudyRow>

  /// Prepares to run `study` with so many threads.
  public init(_ study: Study, jobs: Int) {
    self.study = study
    self.jobs = jobs
    varied = study.variedQuantities
    let cycles = study.cases.contains { study in
      study.settings.contains { $0.key == .key(.cycles) && $0.text != "1" }
    }
    table = .results(study, varied: varied, multipleCycles: cycles || study.base.scenario.cycles > 1)
  }

  /// Runs all cases and writes `results.csv` into `directory`, whose rows stand in the order of the cases.
  ///
  /// A case that ends for a physical reason, or because the solver fails, is a row that says so.
  ///
  /// - Parameter finished: told of each case as it ends, one call at a time, in any order.
  /// - Throws: ``RunFileError`` when a row cannot be written; no further case is begun then.
  public func run(in directory: RunDirectory, finished: @Sendable (StudyRow) -> Void) throws -> [StudyRow] {
    let file = try PartialFile(path: directory.path(of: StudyRun.resultsName))
    try file.append(Data((table.header + "\n").utf8))
    let written = Mutex(Written(rows: [:], next: 0, failure: nil))
    let rows = try ParallelCases.map(
      study.cases.count, jobs: jobs,
      finished: { index, row in
        written.withLock { $0.take(table.line(row), at: index, file) }
        finished(row)
      },
      { index in
        if let failure = written.withLock({ $0.failure }) { throw failure }
        return try row(of: study.cases[index])
      })
    if let failure = written.withLock({ $0.failure }) { throw failure }
    try file.complete()
    return rows
  }

  /// Lines that wait for those before them.
  private struct Written {
    var rows: [Int: String]
    var next: Int
    var failure: RunFileError?

    mutating func take(_ line: String, at index: Int, _ file: PartialFile) {
      rows[index] = line
      var text = ""
      while let line = rows.removeValue(forKey: next) {
        text += line + "\n"
        next += 1
      }
      guard !text.isEmpty, failure == nil else { return }
      do {
        try file.append(Data(text.utf8))
      } catch {
        failure = error
      }
    }
  }

  /// Runs one case.
  func row(of study: Study.Case) throws -> StudyRow {
    let resolved = try self.study.scenario(of: study)
    let cells = varied.map { $0.cell(self.study, study, resolved) }
    do {
      let result = try CaseResult(
        running: resolved.scenario, keepingField: self.study.figure?.kind.needsField ?? false)
      return StudyRow(
        number: study.number, label: study.label, varied: cells, result: result, outcome: result.outcome)
    } catch {
      return StudyRow(
        number: study.number, label: study.label, varied: cells, result: nil,
        outcome: oneLine("\(error)", limit: 300))
    }
  }
}

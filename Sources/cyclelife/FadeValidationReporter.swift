import ArgumentParser
import CycleLife
import Foundation
import RunFiles
import Validation

/// Runs the ensemble of a fade validation, or what is left of it, and tells the user how it compares.
struct FadeValidationReporter {
  private let validation: FadeValidation
  private let reporter: StudyReporter
  private let json: Bool
  private let quiet: Bool
  private let noFigures: Bool

  /// Prints the rows as JSON alone when `json`, else nothing when `quiet`.
  init(_ validation: FadeValidation, jobs: Int, json: Bool, quiet: Bool, noFigures: Bool) {
    self.validation = validation
    self.json = json
    self.quiet = quiet
    self.noFigures = noFigures
    reporter = StudyReporter(validation.study, jobs: jobs, quiet: json || quiet, noFigures: noFigures)
  }

  /// Writes all results into the directory at `path`; where they are there already, prints them again.
  func carryOut(in path: String) throws {
    let directory: RunDirectory
    let journal: StudyJournal
    switch try StudyJournal.open(validation.study, in: path) {
    case .open(let place, let kept): (directory, journal) = (place, kept)
    case .complete(let exitCode):
      try printAgain(from: path)
      if exitCode != 0 { throw ExitCode(exitCode) }
      return
    }
    let run = reporter.run
    if journal.count > 0, !json, !quiet {
      Console.print("continuing: \(journal.count) of \(run.count) runs are done already")
    }
    if !validation.isWide {
      Console.warning(
        "sections narrower than \(FadeValidation.leastWidth) hold few columns: their medians say little")
    }
    Interruption.takeSignals()
    let started = Date.now
    try directory.write(validation.study.base.bytes, to: "scenario.yaml")
    func writeManifest(_ rows: [StudyRow], _ outcome: String, _ status: ExitStatus, _ files: [String]) throws
    {
      let manifest = RunManifest(
        run, rows, started: started, wallSeconds: Date.now.timeIntervalSince(started), outcome: outcome,
        exitCode: status.rawValue, files: ["scenario.yaml"] + files)
      try manifest.write(in: directory)
    }
    do {
      let rows = try reporter.runCases(in: directory, journal)
      let report = validation.report(rows[0])
      let written = try validation.write(rows[0], in: directory, drawing: !noFigures)
      // An interrupt from the keyboard ends gnuplot too: the figure is drawn when the validation is continued.
      if written.warning != nil, Interruption.hasCome { throw RunInterrupted() }
      let status = report.passes ? ExitStatus.done : .outOfTolerance
      try writeManifest(rows, rows[0].outcome, status, run.tableNames + written.files)
      try journal.remove()
      if json {
        Console.print(String(decoding: try report.json.dropLast(), as: UTF8.self))
      } else if !quiet {
        Console.print(validation.text(rows[0]))
        Console.print("results: \(path)")
      }
      if let warning = written.warning { Console.warning(warning) }
      reporter.reportReplicates(rows)
      if status != .done { throw ExitCode(status.rawValue) }
    } catch let interruption as RunInterrupted {
      try? writeManifest([], interruption.description, .interrupted, [])
      Console.warning("interrupted; the same command continues with the runs that are not done")
      throw interruption
    }
  }

  private func printAgain(from path: String) throws {
    guard json || !quiet else { return }
    let name = json ? FadeValidation.jsonName : FadeValidation.textName
    let file = "\(path)/\(name)"
    guard let content = FileManager.default.contents(atPath: file) else {
      throw RunFileError.cannotRead(path: file, reason: "a complete validation without it")
    }
    Console.print(String(decoding: content.dropLast(), as: UTF8.self))
    if !json { Console.print("complete already: \(path)") }
  }
}

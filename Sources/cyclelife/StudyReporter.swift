import ArgumentParser
import CycleLife
import Foundation
import RunFiles
import Numerics

/// Runs a study and tells the user of each finished case.
struct StudyReporter {
  private let study: Study
  let run: StudyRun
  private let quiet: Bool
  private let noFigures: Bool
  /// What was measured, to be laid over the fade.
  var measured: MeasuredFade?
  /// Whether to run nothing: results that are not there yet end the program with 75.
  var isCollecting = false

  /// Reports nothing but warnings and errors when `quiet`.
  init(_ study: Study, jobs: Int, quiet: Bool, noFigures: Bool) {
    run = StudyRun(study, jobs: jobs)
    self.study = run.study
    self.quiet = quiet
    self.noFigures = noFigures
  }

  /// The number of threads when none is asked for: what the environment grants, else all cores.
  static var defaultJobs: Int {
    for name in ["OMP_NUM_THREADS", "SLURM_CPUS_PER_TASK"] {
      // OMP_NUM_THREADS may be a list, one number for each level of nesting.
      let text = ProcessInfo.processInfo.environment[name]?.split(separator: ",").first
      if let text, let jobs = Int(text.trimmingCharacters(in: .whitespaces)), jobs > 0 { return jobs }
    }
    return ProcessInfo.processInfo.activeProcessorCount
  }

  /// Runs all cases and writes tables, figures and manifest into the directory at `path`.
  ///
  /// Goes on where the same study was interrupted; writes nothing where it is complete.
  func carryOut(in path: String) throws {
    let directory: RunDirectory
    let journal: StudyJournal
    switch try StudyJournal.open(study, in: path) {
    case .open(let place, let kept): (directory, journal) = (place, kept)
    case .complete(let exitCode):
      if !quiet { Console.print("complete: all results of this study are in \(path)") }
      if exitCode != 0 { throw ExitCode(exitCode) }
      return
    }
    if isCollecting {
      let missing = run.missingCases(journal)
      guard missing.isEmpty else {
        Console.warning(
          "\(missing.count) of \(study.cases.count) cases are not done, the first is case \(missing[0]); the same "
            + "command without --collect runs them here")
        throw ExitCode(ExitStatus.interrupted.rawValue)
      }
    } else if journal.count > 0, !quiet {
      Console.print("continuing: \(journal.count) of \(run.count) runs are done already")
    }
    for warning in study.base.warnings { Console.warning(warning) }
    Interruption.takeSignals()
    let started = Date.now
    let start = ContinuousClock.now
    try directory.write(study.base.bytes, to: "scenario.yaml")
    try study.copyInputs(into: directory)
    let inputs = ["scenario.yaml"] + study.inputNames
    func writeManifest(_ rows: [StudyRow], _ outcome: String, _ status: ExitStatus, _ files: [String]) throws
    {
      let manifest = RunManifest(
        run, rows, started: started, wallSeconds: (ContinuousClock.now - start) / .seconds(1),
        outcome: outcome,
        exitCode: status.rawValue, files: inputs + files)
      try manifest.write(in: directory)
    }
    let rows: [StudyRow]
    var files = run.tableNames
    do {
      rows = try runCases(in: directory, journal)
      if !noFigures { files += try drawFigure(rows, in: directory) }
    } catch let interruption as RunInterrupted {
      try? writeManifest([], Interruption.cause, .interrupted, [])
      Console.warning("\(Interruption.cause); the same command continues with the runs that are not done")
      throw interruption
    } catch {
      // The first error is the one to report, also when the disk is full and takes no manifest.
      try? writeManifest([], "\(error)", ExitStatus(error), [])
      throw error
    }
    let failed = rows.filter(\.hasFailed)
    let status: ExitStatus = failed.count == rows.count ? .failure : .done
    let outcome = "\(rows.count - failed.count) of \(rows.count) cases done"
    try writeManifest(rows, outcome, status, files)
    try journal.remove()
    if !quiet {
      Console.print("results: \(directory.path)")
      Console.print("ended: \(outcome)")
      for finding in run.findings(rows) { Console.print(finding) }
      if let inputs = study.base.unmeasuredInputs { Console.print(inputs) }
    }
    report(failed)
    reportReplicates(rows)
    if let worst = rows.max(by: { $0.spuriousShare < $1.spuriousShare }) {
      Console.warnOfMesh(spuriousShare: worst.spuriousShare, where: " of case \(worst.number)")
    }
    if status != .done { throw ExitCode(status.rawValue) }
  }

  /// Runs one case as a part of the study in the directory at `path`, which collects it later.
  func carryOutPart(_ number: Int, in path: String) throws {
    guard case .open(let directory, let journal) = try StudyJournal.openPart(number, of: study, in: path)
    else {
      if !quiet { Console.print("complete: all results of this study are in \(path)") }
      return
    }
    Interruption.takeSignals()
    do {
      try run.run(case: number, journal: journal, stop: Interruption.stopRequest) { row in
        guard !quiet else { return }
        let result = row.capacity.map { String(format: "%.1f mAh/g", $0) } ?? row.outcome
        Console.print("case \(number), seed \(row.seed): \(row.label): \(result)")
      }
    } catch let interruption as RunInterrupted {
      Console.warning("\(Interruption.cause); the same command continues with the runs that are not done")
      throw interruption
    }
    if !quiet { Console.print("done: case \(number) of \(study.cases.count) in \(directory.path)") }
  }

  /// Carries out the runs that the journal does not hold; tells of each as it ends.
  func runCases(in directory: RunDirectory, _ journal: StudyJournal) throws -> [StudyRow] {
    let progress = ProgressBar()
    let done = Locked(0)
    let (cases, count) = (study.cases.count, run.count - journal.count)
    let hasReplicates = run.replicates > 1
    let quiet = quiet
    defer { if !quiet { progress.clear() } }
    return try run.run(in: directory, journal: journal, stop: Interruption.stopRequest) { row in
      let finished = done.withLock {
        $0 += 1
        return $0
      }
      guard !quiet else { return }
      let result = row.capacity.map { String(format: "%.1f mAh/g", $0) } ?? row.outcome
      if !Console.isOutputTerminal {
        let seed = hasReplicates ? ", seed \(row.seed)" : ""
        Console.print("case \(row.number) of \(cases)\(seed): \(row.label): \(result)")
      }
      progress.show(finished, of: count, hasReplicates ? "run" : "case", result)
    }
  }

  private func drawFigure(_ rows: [StudyRow], in directory: RunDirectory) throws -> [String] {
    if study.figure == nil, study.asksForFigure {
      Console.warning("no figure: --set leaves it no axis")
    }
    let (files, warning) = try run.drawFigure(rows, in: directory, measured: measured)
    if let warning {
      // An interrupt from the keyboard ends gnuplot too: figures are drawn when the study is continued.
      if Interruption.hasCome { throw RunInterrupted() }
      Console.warning(warning)
    }
    return files
  }

  /// Says of cases that have a result how many of their runs have none.
  func reportReplicates(_ rows: [StudyRow]) {
    let failed = rows.filter { $0.failedReplicates > 0 && !$0.hasFailed }
    guard let first = failed.first, let failure = first.firstFailure else { return }
    let count = failed.reduce(0) { $0 + $1.failedReplicates }
    Console.warning(
      "the solver failed in \(count) runs, which are left out of the statistics; the first is case "
        + "\(first.number) (\(first.label)), seed \(failure.seed): \(failure.outcome)")
  }

  private func report(_ failed: [StudyRow]) {
    guard let first = failed.first else { return }
    let text = "the solver failed in case \(first.number) (\(first.label)): \(first.outcome)"
    if failed.count == study.cases.count {
      Console.error("no case could be run: \(text)")
    } else {
      let others = failed.count == 1 ? "" : ", and in \(failed.count - 1) more; see \(StudyRun.resultsName)"
      Console.warning(text + others)
    }
  }
}

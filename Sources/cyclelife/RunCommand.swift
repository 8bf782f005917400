import ArgumentParser
import CellPhysics
import CycleLife
import Foundation
import RunFiles

/// Runs a scenario, or all cases of a study, and writes the results.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a scenario or a study and write its results into a directory.")

  @OptionGroup var options: ScenarioOptions

  @Option(help: "The directory for the results (default: runs/ and the scenario's name).")
  var output: String?

  @Option(help: "How many cycles to run; the same as --set run.cycles=N.")
  var cycles: Int?

  @Option(help: "Seeds the random numbers; the same as --set run.seed=S.")
  var seed: Int?

  @Flag(name: .customLong("no-figures"), help: "Draw no figure.")
  var noFigures = false

  @Flag(help: "Print nothing but warnings and errors.")
  var quiet = false

  @Flag(help: "Print the cases of a study and run nothing.")
  var list = false

  @Option(name: .customLong("case"), help: "Run one case of a study alone, as an ordinary run.")
  var caseNumber: Int?

  @Option(help: "How many cases of a study are run at once (default: all cores).")
  var jobs: Int?

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs \(jobs): expected a number from 1") }
  }

  func run() throws {
    let more = cycles.map { ["run.cycles=\($0)"] } ?? []
    let study = try options.read(more + (seed.map { ["run.seed=\($0)"] } ?? [])).withCases
    if study.cases.isEmpty {
      guard !list, caseNumber == nil else {
        throw ValidationError(
          "'\(options.scenario)' is no study: it has neither vary nor cases nor replicates")
      }
      try run(study.base, output ?? "runs/\(options.stem)")
    } else if list {
      for line in study.list { Console.print(line) }
    } else if let caseNumber {
      guard (1...study.cases.count).contains(caseNumber) else {
        throw ValidationError("--case \(caseNumber): expected a number from 1 to \(study.cases.count)")
      }
      let single = study.cases[caseNumber - 1]
      let resolved = try reportingErrors { try study.scenario(of: single) }
      if resolved.replicates > 1, !quiet {
        Console.print(
          "one of \(resolved.replicates) replicates: seed \(resolved.scenario.seed); --seed runs another")
      }
      try run(resolved, output ?? "runs/\(options.stem)-case-\(caseNumber)", case: single)
    } else {
      try reportingErrors {
        let jobs = jobs ?? StudyReporter.defaultJobs
        try StudyReporter(study, jobs: jobs, quiet: quiet, noFigures: noFigures)
          .carryOut(in: output ?? "runs/\(options.stem)")
      }
    }
  }

  /// Runs one scenario, which may be a case of a study, into the directory at `path`.
  private func run(_ resolved: ResolvedScenario, _ path: String, case study: Study.Case? = nil) throws {
    try reportingErrors {
      // The directory first: it stays empty, and so usable, when the runner cannot be set up.
      let directory = try RunDirectory(creating: path)
      let runner = try CycleRunner(resolved.scenario)
      try carryOut(resolved, case: study, with: runner, in: directory)
    }
  }

  private func carryOut(
    _ resolved: ResolvedScenario, case study: Study.Case?, with runner: CycleRunner,
    in directory: RunDirectory
  ) throws {
    var runner = runner
    Console.warnOfMesh(spuriousShare: runner.spuriousShare)
    let started = Date.now
    let start = ContinuousClock.now
    try directory.write(resolved.bytes, to: "scenario.yaml")
    var reporter = CycleReporter(
      try RunRecorder(
        directory: directory, scenario: resolved.scenario, activeMassPerArea: runner.activeMassPerArea),
      activeMassPerArea: runner.activeMassPerArea, cycles: resolved.scenario.cycles, quiet: quiet)
    func writeManifest(_ outcome: String, _ status: ExitStatus, _ files: [String]) throws {
      var manifest = RunManifest(
        resolved, started: started, wallSeconds: (ContinuousClock.now - start) / .seconds(1),
        cyclesCompleted: reporter.recorder.cycleCount, outcome: outcome, exitCode: status.rawValue,
        files: ["scenario.yaml"] + files)
      manifest.caseNumber = study?.number
      manifest.caseLabel = study?.label
      try directory.write(try manifest.json, to: RunManifest.fileName)
    }
    let outcome: RunOutcome
    do {
      outcome = try runner.run(into: &reporter)
    } catch {
      reporter.clearProgress()
      // The first error is the one to report, also when the disk is full and takes no manifest.
      try? writeManifest("\(error)", ExitStatus(error), [])
      throw error
    }
    try reporter.finish()
    var files = [RunRecorder.cyclesName, RunRecorder.timeSeriesName]
    files += try drawFigure(resolved, in: directory, cycles: reporter.recorder.cycleCount)
    let status = try self.status(outcome, cyclesCompleted: reporter.recorder.cycleCount)
    try writeManifest(outcome.reason, status, files)
    if !quiet {
      Console.print("results: \(directory.path)")
      Console.print("ended: \(outcome.reason)")
      let p = resolved.scenario.parameters
      if p[.crackGrowthRate] == 0, p[.debondingRate] == 0, let conditioning = reporter.conditioning {
        Console.print(conditioning)
      }
    }
    if status != .done { throw ExitCode(status.rawValue) }
  }

  /// Draws the figure unless there is nothing to draw; the names of the files made.
  private func drawFigure(_ resolved: ResolvedScenario, in directory: RunDirectory, cycles: Int) throws
    -> [String]
  {
    guard !noFigures, cycles > 0 else { return [] }
    let title = resolved.scenario.title
    let figure = GnuplotFigure.capacity(title: title.isEmpty ? directory.path : title)
    if let warning = try figure.draw(in: directory) {
      Console.warning(warning)
      return [figure.scriptName]
    }
    return [figure.scriptName] + figure.imageNames
  }

  /// A cell that stops cycling is a result; one that never did a cycle is none.
  private func status(_ outcome: RunOutcome, cyclesCompleted: Int) throws -> ExitStatus {
    guard case .infeasible(let cycle, _, _) = outcome else { return .done }
    if cycle <= 1 || cyclesCompleted == 0 {
      Console.error("no cycle could be completed: \(outcome.reason)")
      return .failure
    }
    Console.warning("the run ended before all cycles were done: \(outcome.reason)")
    return .done
  }
}

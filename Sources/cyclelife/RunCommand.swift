import ArgumentParser
import CellPhysics
import CycleLife
import Foundation
import RunFiles

/// Runs a scenario and writes its results.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a scenario and write its results into a directory.")

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

  func run() throws {
    let more = cycles.map { ["run.cycles=\($0)"] } ?? []
    let resolved = try options.read(more + (seed.map { ["run.seed=\($0)"] } ?? []))
    let stem = URL(fileURLWithPath: options.scenario).deletingPathExtension().lastPathComponent
    try reportingErrors {
      // The directory first: it stays empty, and so usable, when the runner cannot be set up.
      let directory = try RunDirectory(creating: output ?? "runs/\(stem)")
      let runner = try CycleRunner(resolved.scenario)
      try carryOut(resolved, with: runner, in: directory)
    }
  }

  private func carryOut(
    _ resolved: ResolvedScenario, with runner: CycleRunner, in directory: RunDirectory
  ) throws {
    var runner = runner
    let started = Date.now
    let start = ContinuousClock.now
    try directory.write(resolved.bytes, to: "scenario.yaml")
    var reporter = CycleReporter(
      try RunRecorder(
        directory: directory, scenario: resolved.scenario, activeMassPerArea: runner.activeMassPerArea),
      activeMassPerArea: runner.activeMassPerArea, cycles: resolved.scenario.cycles, quiet: quiet)
    func writeManifest(_ outcome: String, _ status: ExitStatus, _ files: [String]) throws {
      let manifest = RunManifest(
        resolved, started: started, wallSeconds: (ContinuousClock.now - start) / .seconds(1),
        cyclesCompleted: reporter.recorder.cycleCount, outcome: outcome, exitCode: status.rawValue,
        files: ["scenario.yaml"] + files)
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
    let figure = CapacityFigure(title: title.isEmpty ? directory.path : title)
    if let warning = try figure.draw(in: directory) {
      Console.warning(warning)
      return [CapacityFigure.scriptName]
    }
    return [CapacityFigure.scriptName] + CapacityFigure.imageNames
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

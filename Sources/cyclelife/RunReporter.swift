import ArgumentParser
import CycleLife
import Foundation
import RunFiles

/// Computes one run in its directory, or what is left of it, and tells the user.
struct RunReporter {
  private let opened: OpenedRun
  private let options: OutputOptions
  /// What was measured, to be laid over the capacity.
  var measured: MeasuredFade?
  private var resolved: ResolvedScenario { opened.run.resolved }

  init(_ opened: OpenedRun, _ options: OutputOptions) {
    self.opened = opened
    self.options = options
  }

  /// Writes tables, figures and manifest; changes nothing when they are there already.
  func carryOut() throws {
    for warning in opened.warnings + resolved.warnings { Console.warning(warning) }
    if let completed = opened.completed, let state = opened.state {
      return try reportComplete(state, completed)
    }
    Interruption.takeSignals()
    let runner = try makeRunner()
    Console.warnOfMesh(spuriousShare: runner.spuriousShare)
    let done = runner.state.completedCycles
    if done > 0, !options.quiet {
      Console.print(
        "continuing after cycle \(done) of \(resolved.scenario.cycles) in \(opened.directory.path)")
    }
    try compute(with: runner)
  }

  /// The runner as it stands; it is set up before anything is written, so that a failure leaves no trace.
  private func makeRunner() throws -> CycleRunner {
    guard let state = opened.state else { return try CycleRunner(resolved.scenario) }
    do {
      return try CycleRunner(resolved.scenario, resuming: state)
    } catch let mismatch as StateMismatch {
      throw RunFileError.cannotContinue(path: opened.directory.path, reason: "\(mismatch)")
    }
  }

  private func compute(with runner: CycleRunner) throws {
    var runner = runner
    let clock = (started: Date.now, start: ContinuousClock.now)
    let continued = runner.state.completedCycles
    let store = try RunStore(
      opened, state: runner.state, activeMassPerArea: runner.activeMassPerArea,
      interval: .seconds(options.checkpointInterval))
    var reporter = CycleReporter(
      store, activeMassPerArea: runner.activeMassPerArea, cycles: resolved.scenario.cycles,
      state: runner.state, quiet: options.quiet)
    func writeManifest(_ outcome: String, _ status: ExitStatus, _ files: [String]) throws {
      var manifest = RunManifest(
        resolved, started: clock.started, wallSeconds: (ContinuousClock.now - clock.start) / .seconds(1),
        cyclesCompleted: runner.state.completedCycles, outcome: outcome, exitCode: status.rawValue,
        files: [RunStore.scenarioName] + resolved.inputNames + files)
      manifest.caseNumber = opened.run.studyCase?.number
      manifest.caseLabel = opened.run.studyCase?.label
      if case .stopped(let cycle, _) = runner.state.end { manifest.stoppedAfterCycle = cycle }
      manifest.continuedAfterCycle = continued > 0 ? continued : nil
      try manifest.write(in: opened.directory)
    }
    let outcome: RunOutcome
    do {
      let deadline = resolved.scenario.stopCriteria.wallTime.map { clock.start + .seconds($0) }
      outcome = try runner.run(
        into: &reporter,
        stop: StopRequest { Interruption.isDue || deadline.map { ContinuousClock.now >= $0 } ?? false })
    } catch {
      reporter.clearProgress()
      // The first error is the one to report, also when the disk is full and takes nothing more.
      try? reporter.save()
      if error is RunInterrupted {
        let cause =
          Interruption.isDue ? Interruption.cause : "interrupted by its wall time (run.stop at.wall time)"
        let place = "\(cause) after cycle \(runner.state.completedCycles) of \(resolved.scenario.cycles)"
        try? writeManifest(place, .interrupted, [])
        Console.warning(
          "\(place); the same command continues, as does 'cyclelife resume \(opened.directory.path)'")
      } else {
        try? writeManifest("\(error)", ExitStatus(error), [])
        if error is CycleFailure, runner.state.completedCycles > 0 {
          Console.warning(
            "what came before is kept in \(opened.directory.path): \(runner.state.completedCycles) cycles, "
              + "from which the same command tries again")
        }
      }
      throw error
    }
    try reporter.finish()
    let fields = RunStore.fieldNames(
      resolved.scenario, cycles: runner.state.completedCycles, in: opened.directory)
    let files = RunStore.tableNames(resolved.scenario) + fields + (try drawFigures(runner))
    let status = status(outcome, cyclesCompleted: runner.state.completedCycles)
    try writeManifest(outcome.reason, status, files)
    if !options.quiet {
      Console.print("results: \(opened.directory.path)")
      Console.print("ended: \(outcome.reason)")
      let p = resolved.scenario.parameters
      if p[.crackGrowthRate] == 0, p[.debondingRate] == 0,
        let conditioning = CycleReporter.conditioning(runner.state)
      {
        Console.print(conditioning)
      }
      if let inputs = resolved.unmeasuredInputs { Console.print(inputs) }
    }
    if status != .done { throw ExitCode(status.rawValue) }
  }

  /// Says that nothing is left to do.
  private func reportComplete(_ state: RunState, _ completed: String) throws {
    let outcome = state.end ?? .finished(cycles: resolved.scenario.cycles)
    if !options.quiet {
      Console.print(
        "complete already: \(opened.directory.path), computed \(completed); remove the directory or choose "
          + "another with --output to compute anew")
      Console.print("ended: \(outcome.reason)")
    }
    let status = status(outcome, cyclesCompleted: state.completedCycles)
    if status != .done { throw ExitCode(status.rawValue) }
  }

  /// Draws the figures unless they are not wanted; the names of the files made.
  private func drawFigures(_ runner: CycleRunner) throws -> [String] {
    guard !options.noFigures else { return [] }
    let scenario = resolved.scenario
    var figures = RunFigures(scenario, runner, in: opened.directory)
    figures.measured = measured
    let p = scenario.parameters
    figures.look = try runner.closingLook(
      fields: scenario.fieldCycles.isEmpty && scenario.architecture == .dense,
      attribution: scenario.attributionInterval == 0 && runner.state.completedCycles > 1
        && (p[.crackGrowthRate] > 0 || p[.debondingRate] > 0), stop: Interruption.stopRequest)
    let (files, warning) = try figures.draw(cycles: runner.state.completedCycles)
    guard let warning else { return files }
    // An interrupt from the keyboard ends gnuplot too: the figures are drawn when the run is continued.
    if Interruption.hasCome {
      Console.warning("interrupted while drawing the figures; the same command continues")
      throw RunInterrupted()
    }
    Console.warning(warning)
    return files
  }

  /// A cell that stops cycling is a result; one that never did a cycle is none.
  private func status(_ outcome: RunOutcome, cyclesCompleted: Int) -> ExitStatus {
    guard case .infeasible(let cycle, _, _) = outcome else { return .done }
    if cycle <= 1 || cyclesCompleted == 0 {
      Console.error("no cycle could be completed: \(outcome.reason)")
      return .failure
    }
    Console.warning("the run ended before all cycles were done: \(outcome.reason)")
    return .done
  }
}

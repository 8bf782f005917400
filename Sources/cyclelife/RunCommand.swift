import ArgumentParser
import RunFiles

/// Runs a scenario, or all cases of a study, and writes the results.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a scenario or a study and write its results into a directory.",
    discussion: """
      SIGINT, SIGTERM and the end of --max-time stop a run or study, with exit code 75; the same command continues \
      it, as after any other end.

      Examples:
        cyclelife run scenarios/dense-lco-1c.yaml --cycles 50 --fields 1,25,50
        cyclelife run my-cell.yaml --data measured.csv
        cyclelife run my-cell.yaml --set run.replicates=16 --output runs/ensemble --max-time '23 h'
        cyclelife run scenarios/stack-pressure.yaml --list
        cyclelife run scenarios/stack-pressure.yaml --launcher slurm --launcher-options '--time=4:00:00'
      """)

  @OptionGroup var options: ScenarioOptions

  @Option(help: "The directory for the results (default: runs/ and the scenario's name).")
  var output: String?

  @Option(help: "How many cycles to run; the same as --set run.cycles=N.")
  var cycles: Int?

  @Option(help: "Seeds the random numbers; the same as --set run.seed=S.")
  var seed: Int?

  @Option(
    help:
      "Cycles of which to write the fields, such as 1,25,50; the same as --set 'run.field cycles=1,25,50'.")
  var fields: String?

  @Flag(help: "Print the cases of a study and run nothing.")
  var list = false

  @Option(name: .customLong("case"), help: "Run one case of a study alone, as an ordinary run.")
  var caseNumber: Int?

  @Flag(help: "With --case: run it as a part of the study in --output, beside other processes.")
  var part = false

  @Flag(help: "Make the tables and figures of a study of parts that are all done; else exit with 75.")
  var collect = false

  @Option(help: "Submit a study as jobs of 'slurm', which run what is not done and then collect it.")
  var launcher: Launcher?

  @Option(
    name: .customLong("launcher-options"), parsing: .unconditional,
    help: ArgumentHelp("What the launcher is told besides, such as '--partition=short --time=4:00:00'."))
  var launcherOptions: String?

  @Option(help: "How many cases of a study are run at once (default: all cores).")
  var jobs: Int?

  @OptionGroup var measured: MeasuredFadeOptions

  @OptionGroup var outputOptions: OutputOptions

  func validate() throws {
    if measured.data != nil, outputOptions.noFigures {
      throw ValidationError("--data is laid over figures, which --no-figures leaves out.")
    }
    if part, caseNumber == nil || output == nil {
      throw ValidationError("--part needs --case, and --output with the directory of the study.")
    }
    if launcherOptions != nil, launcher == nil {
      throw ValidationError("--launcher-options needs --launcher.")
    }
    if [part, collect, launcher != nil].filter(\.self).count > 1 {
      throw ValidationError("--part, --collect and --launcher exclude one another.")
    }
    if let jobs, jobs < 1 { throw ValidationError("--jobs \(jobs): expected a number from 1") }
  }

  func run() throws {
    outputOptions.startClock()
    let more = [
      cycles.map { "run.cycles=\($0)" }, seed.map { "run.seed=\($0)" },
      fields.map { "run.field cycles=\($0)" },
    ].compactMap(\.self)
    let study = try options.read(more).withCases
    // Before anything is computed.
    let measured = try reportingErrors { try self.measured.read() }
    func runAlone(_ path: String, case studyCase: Study.Case? = nil) throws {
      try reportingErrors {
        let run = try RequestedRun(study, case: studyCase, overrides: options.overrides + more)
        var reporter = RunReporter(try OpenedRun(at: path, for: run), outputOptions)
        reporter.measured = measured
        try reporter.carryOut()
      }
    }
    if study.cases.isEmpty {
      guard !list, caseNumber == nil else {
        throw ValidationError(
          "'\(options.scenario)' is no study: it has neither vary nor cases nor replicates")
      }
      try runAlone(output ?? "runs/\(options.stem)")
    } else if fields != nil, caseNumber == nil, !list {
      throw ValidationError("--fields: the fields of a single run; name one of the cases with --case")
    } else if list {
      for line in study.list { Console.print(line) }
    } else if let launcher {
      try reportingErrors {
        let command = StudyCommand(
          scenario: options.scenario, overrides: options.overrides + more,
          output: output ?? "runs/\(options.stem)",
          noFigures: outputOptions.noFigures)
        try launcher.submit(study, command, options: launcherOptions, quiet: outputOptions.quiet)
      }
    } else if let caseNumber {
      guard (1...study.cases.count).contains(caseNumber) else {
        throw ValidationError("--case \(caseNumber): expected a number from 1 to \(study.cases.count)")
      }
      if part, let output {
        return try reportingErrors {
          try StudyReporter(
            study, jobs: jobs ?? StudyReporter.defaultJobs, quiet: outputOptions.quiet, noFigures: true
          ).carryOutPart(caseNumber, in: output)
        }
      }
      let single = study.cases[caseNumber - 1]
      let resolved = try reportingErrors { try study.scenario(of: single) }
      if resolved.replicates > 1, !outputOptions.quiet {
        Console.print(
          "one of \(resolved.replicates) replicates: seed \(resolved.scenario.seed); --seed runs another")
      }
      try runAlone(output ?? "runs/\(options.stem)-case-\(caseNumber)", case: single)
    } else {
      try reportingErrors {
        let jobs = jobs ?? StudyReporter.defaultJobs
        var reporter = StudyReporter(
          study, jobs: jobs, quiet: outputOptions.quiet, noFigures: outputOptions.noFigures)
        reporter.measured = measured
        reporter.isCollecting = collect
        try reporter.carryOut(in: output ?? "runs/\(options.stem)")
      }
    }
  }
}

/// How a run tells of itself and of where it stands.
struct OutputOptions: ParsableArguments {
  @Flag(name: .customLong("no-figures"), help: "Draw no figure.")
  var noFigures = false

  @Flag(help: "Print nothing but warnings and errors.")
  var quiet = false

  @Option(
    name: .customLong("checkpoint-interval"),
    help: ArgumentHelp(
      "The least time between two checkpoints of a run, in seconds; what is lost at most when it is killed, "
        + "besides the current cycle.", valueName: "seconds"))
  var checkpointInterval = 5.0

  @Option(
    name: .customLong("max-time"),
    help: ArgumentHelp(
      "How long to compute at most, such as '2 h' or '90 min'; then the run stops as by a signal, with exit code 75, "
        + "and the same command continues it.", valueName: "time"))
  var maxTime: String?

  /// Begins to count the time that is given.
  func startClock() { Interruption.stop(after: maxTime.flatMap { Duration(written: $0) }) }

  func validate() throws {
    if let maxTime, Duration(written: maxTime) == nil {
      throw ValidationError(
        "--max-time '\(maxTime)': expected a time above zero with its unit, such as '2 h'")
    }
    guard checkpointInterval >= 0, checkpointInterval <= 86_400 else {
      throw ValidationError("--checkpoint-interval \(checkpointInterval): expected 0 to 86400 seconds")
    }
  }
}

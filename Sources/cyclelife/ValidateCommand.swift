import ArgumentParser
import Foundation
import RunFiles
import Validation

/// The parameter set that rows are computed with, and how many threads compute them.
struct ValidationOptions: ParsableArguments {
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Override one default, such as 'cathode.fast diffusivity=8e-9 cm2/s', or a number of the paper's "
        + "protocol: \(PaperProtocol.Key.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")); "
        + "may be repeated.",
      valueName: "key.path=value"))
  var overrides: [String] = []

  @Option(help: "Seeds the random numbers; the same as --set run.seed=S.")
  var seed: Int?

  @Flag(help: "Print nothing but warnings and errors; with --json the rows alone.")
  var quiet = false

  @Option(help: "How many simulations run at once (default: the cores in use).")
  var jobs: Int = ProcessInfo.processInfo.activeProcessorCount

  func validate() throws {
    guard jobs > 0 else { throw ValidationError("--jobs must be at least 1.") }
  }

  /// The common parameter set; reports every mistake and exits when it has any.
  func read() throws -> ValidationInput {
    try reportingErrors {
      try ValidationInput(overrides: overrides + (seed.map { ["run.seed=\($0)"] } ?? []))
    }
  }
}

/// Compares the model with the published values.
struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Compare the model with every published value it can compute.",
    discussion: """
      Exit code 0 when every computed row is within its tolerance, else 1. Files are written into --output; \
      without --json and --only also when it is not given, into runs/validation.

      With --fade an ensemble of wide sections is cycled, which takes long, into runs/validation-fade. SIGINT and \
      SIGTERM stop it, with exit code 75; the same command continues it.

      Examples:
        cyclelife validate
        cyclelife validate --only dense-1C-capacity --json
        cyclelife validate --fade --replicates 16
      """)

  @OptionGroup var options: ValidationOptions

  @Option(
    help: "The directory for table, figures and manifest (default: runs/validation, or runs/validation-fade)."
  )
  var output: String?

  @Option(help: ArgumentHelp("Compute these rows only, by their ids.", valueName: "id,..."))
  var only: String?

  @Flag(help: "Print the rows as JSON.")
  var json = false

  @Flag(name: .customLong("no-figures"), help: "Draw no figures.")
  var noFigures = false

  @Flag(help: "Compute the rows over cycles, and those alone, as medians of an ensemble of sections.")
  var fade = false

  @Option(help: "With --fade, how many sections (default: \(FadeValidation.replicates)).")
  var replicates: Int?

  @Option(
    help:
      "With --fade, how many cycles; those beyond the last row are predictions (default: \(FadeValidation.cycles))."
  )
  var cycles: Int?

  func validate() throws {
    if fade {
      guard only == nil else { throw ValidationError("--only: not with --fade, which has rows of its own.") }
    } else if replicates != nil || cycles != nil {
      throw ValidationError("\(replicates != nil ? "--replicates" : "--cycles"): only with --fade.")
    }
    if let replicates, replicates < 2 {
      throw ValidationError("--replicates \(replicates): expected at least 2, of which there is a median.")
    }
  }

  func run() throws {
    let targets = try chosenTargets()
    let input = try options.read()
    if fade { return try validateFade(input) }
    try reportingErrors {
      // The directory first: a used one is refused before anything is computed.
      let path = output ?? (json || only != nil ? nil : "runs/validation")
      let directory = try path.map { path throws(RunFileError) in try RunDirectory(creating: path) }
      let started = Date.now
      let report = ValidationReport(
        targets, input, jobs: options.jobs, progress: showProgress("row"))
      clearProgress()
      let status = report.passes ? ExitStatus.done : .outOfTolerance
      if json {
        Console.print(String(decoding: try report.json.dropLast(), as: UTF8.self))
      } else if !options.quiet {
        Console.print(report.table)
      }
      if let directory { try write(report, input, started, status, in: directory) }
      if status != .done { throw ExitCode(status.rawValue) }
    }
  }

  private func validateFade(_ input: ValidationInput) throws {
    let validation = try reportingErrors {
      try FadeValidation(input, replicates: replicates, cycles: cycles)
    }
    guard validation.study.base.replicates > 1 else {
      throw ValidationError("run.replicates: --fade needs at least 2, of which there is a median.")
    }
    try reportingErrors {
      try FadeValidationReporter(
        validation, jobs: options.jobs, json: json, quiet: options.quiet, noFigures: noFigures
      ).carryOut(in: output ?? "runs/validation-fade")
    }
  }

  private func write(
    _ report: ValidationReport, _ input: ValidationInput, _ started: Date, _ status: ExitStatus,
    in directory: RunDirectory
  ) throws {
    try directory.write(Data(report.csv.utf8), to: "validation.csv")
    try directory.write(try report.json, to: "validation.json")
    var files = ["validation.csv", "validation.json"]
    if !noFigures {
      let figures = ValidationFigures(report, input, jobs: options.jobs, progress: showProgress("figure"))
      clearProgress()
      let made = try figures.write(in: directory)
      for warning in made.warnings { Console.warning(warning) }
      files += made.files
    }
    let manifest = ValidationManifest(
      report, input, started: started, exitCode: status.rawValue, files: files, in: directory)
    try directory.write(try manifest.json, to: RunManifest.fileName)
    if !json, !options.quiet { Console.print("results: \(directory.path)") }
  }

  private func showProgress(_ what: String) -> @Sendable (Int, Int) -> Void {
    let isShown = Console.isTerminal && !options.quiet
    return { done, all in if isShown { Console.progress("\(what) simulations: \(done) of \(all)") } }
  }

  private func clearProgress() { if Console.isTerminal, !options.quiet { Console.progress("") } }

  private func chosenTargets() throws -> [Target] {
    guard let only else { return Target.published }
    let ids = only.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    guard !ids.isEmpty else { throw ValidationError("--only names no row.") }
    for id in ids where !Target.published.contains(where: { $0.id == id }) {
      throw ValidationError(
        "There is no row '\(id)'; rows are \(Target.published.map(\.id).joined(separator: ", ")).")
    }
    return Target.published.filter { ids.contains($0.id) }
  }
}

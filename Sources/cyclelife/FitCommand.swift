import ArgumentParser
import Foundation
import RunFiles
import Validation

/// Fits parameters to a measured fade curve, or to the published values that are marked for calibration.
struct FitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit", abstract: "Fit parameters to a measured fade curve, or to published values.",
    discussion: """
      With a scenario, fits --parameters of it to the measured discharge capacities in --data; the model is the \
      median of an ensemble. SIGINT and SIGTERM stop the fit, with exit code 75; the same command continues it.

      Without a scenario, fits parameters to the published values that are marked for calibration. Starts from the \
      defaults and what --set changes in them. Takes some minutes; nothing is written unless --output is given.

      Examples:
        cyclelife fit my-cell.yaml --data fade.csv \\
          --parameters 'degradation.interface.debonding rate'
        cyclelife fit --output runs/fit
      """)

  @Argument(help: "The scenario whose parameters are fitted to a fade curve.")
  var scenario: String?

  @OptionGroup(title: "Options of a fit to a fade curve") var fade: FadeFitOptions

  @OptionGroup var options: ValidationOptions

  @Option(
    name: .customLong("free"),
    help: ArgumentHelp(
      "Without a scenario, fit this quantity; may be repeated. Default: "
        + "\(FreeQuantity.calibrated.map { "'\($0.key)'" }.joined(separator: ", ")).", valueName: "key.path"))
  var free: [String] = []

  @Option(
    name: .customLong("max-iterations"),
    help: "How many iterations to make at most (default: 20; of a simplex 200).")
  var maximumIterations: Int?

  @Option(help: "A directory for the result (default with a scenario: runs/fit- and the scenario's name).")
  var output: String?

  func validate() throws {
    guard maximumIterations ?? 1 > 0 else { throw ValidationError("--max-iterations must be at least 1.") }
    guard scenario == nil else {
      guard free.isEmpty else {
        throw ValidationError(
          "--free belongs to the fit to published values; with a scenario use --parameters.")
      }
      return try fade.validateGiven()
    }
    if let option = fade.given.first {
      throw ValidationError("\(option) belongs to the fit of a scenario to a fade curve; name the scenario.")
    }
    guard Set(free).count == free.count else { throw ValidationError("--free names a quantity twice.") }
    for key in free where FreeQuantity(key: key) == nil {
      throw ValidationError(
        "'\(key)' cannot be fitted: it is neither a positive parameter nor one of "
          + "\(FreeQuantity.calibrated.map { "'\($0.key)'" }.joined(separator: ", ")).")
    }
  }

  func run() throws {
    guard let scenario else { return try fitToPublishedValues() }
    try reportingErrors {
      let stem = URL(fileURLWithPath: scenario).deletingPathExtension().lastPathComponent
      let reader = ScenarioReader(
        overrides: options.overrides + (options.seed.map { ["run.seed=\($0)"] } ?? []))
      let request = try fade.request(try reader.read(path: scenario), maximumIterations: maximumIterations)
      try FadeFitReporter(
        request, jobs: options.jobs, quiet: options.quiet, noFigures: fade.noFigures
      ).carryOut(in: output ?? "runs/fit-\(stem)")
    }
  }

  private func fitToPublishedValues() throws {
    let input = try options.read()
    try reportingErrors {
      let directory = try output.map { path throws(RunFileError) in try RunDirectory(creating: path) }
      let quantities = free.isEmpty ? FreeQuantity.calibrated : free.compactMap { FreeQuantity(key: $0) }
      let calibration = Calibration(quantities, input, jobs: options.jobs) { done, all in
        if Console.isTerminal, !options.quiet { Console.progress("simulations: \(done) of \(all)") }
      }
      guard calibration.targets.count >= quantities.count else {
        Console.error("\(quantities.count) numbers cannot be fitted to \(calibration.targets.count) rows")
        throw ExitCode(ExitStatus.usage.rawValue)
      }
      let result = try calibration.fit(maximumIterations: maximumIterations ?? 20) { progress in
        guard !options.quiet else { return }
        if Console.isTerminal { Console.progress("") }
        Console.print(
          "iteration \(progress.iteration): chi2 " + String(format: "%.4f", progress.chiSquare) + "; "
            + zip(quantities, progress.values).map { "\($0.name) \($1)" }.joined(separator: ", "))
      }
      if !options.quiet {
        if Console.isTerminal { Console.progress("") }
        Console.print("\n" + result.text)
      }
      if let directory {
        try directory.write(Data((result.text + "\n").utf8), to: "fit.txt")
        try directory.write(Data(result.scenario.utf8), to: "fitted.yaml")
        try directory.write(Data(result.report.csv.utf8), to: "rows.csv")
      }
    }
  }
}

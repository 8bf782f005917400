import ArgumentParser
import Foundation
import RunFiles
import Validation

/// Fits parameters to the published values that are marked for calibration.
struct FitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit", abstract: "Fit parameters to the published values that are marked for calibration.",
    discussion: """
      Starts from the defaults and what --set changes in them. Takes some minutes; nothing is written unless \
      --output is given.
      """)

  @OptionGroup var options: ValidationOptions

  @Option(
    name: .customLong("free"),
    help: ArgumentHelp(
      "Fit this quantity; may be repeated. Default: "
        + "\(FreeQuantity.calibrated.map { "'\($0.key)'" }.joined(separator: ", ")).", valueName: "key.path"))
  var free: [String] = []

  @Option(name: .customLong("max-iterations"), help: "How many iterations to make at most.")
  var maximumIterations = 20

  @Option(help: "A directory for the result.")
  var output: String?

  func validate() throws {
    guard maximumIterations > 0 else { throw ValidationError("--max-iterations must be at least 1.") }
    guard Set(free).count == free.count else { throw ValidationError("--free names a quantity twice.") }
    for key in free where FreeQuantity(key: key) == nil {
      throw ValidationError(
        "'\(key)' cannot be fitted: it is neither a positive parameter nor one of "
          + "\(FreeQuantity.calibrated.map { "'\($0.key)'" }.joined(separator: ", ")).")
    }
  }

  func run() throws {
    let input = try options.read()
    try reportingErrors {
      let directory = try output.map { path throws(RunFileError) in try RunDirectory(creating: path) }
      let quantities = free.isEmpty ? FreeQuantity.calibrated : free.compactMap { FreeQuantity(key: $0) }
      let calibration = Calibration(quantities, input, jobs: options.jobs) { done, all in
        if Console.isTerminal { Console.progress("simulations: \(done) of \(all)") }
      }
      guard calibration.targets.count >= quantities.count else {
        Console.error("\(quantities.count) numbers cannot be fitted to \(calibration.targets.count) rows")
        throw ExitCode(ExitStatus.usage.rawValue)
      }
      let result = try calibration.fit(maximumIterations: maximumIterations) { progress in
        if Console.isTerminal { Console.progress("") }
        Console.print(
          "iteration \(progress.iteration): chi2 " + String(format: "%.4f", progress.chiSquare) + "; "
            + zip(quantities, progress.values).map { "\($0.name) \($1)" }.joined(separator: ", "))
      }
      if Console.isTerminal { Console.progress("") }
      Console.print("\n" + result.text)
      if let directory {
        try directory.write(Data((result.text + "\n").utf8), to: "fit.txt")
        try directory.write(Data(result.scenario.utf8), to: "fitted.yaml")
        try directory.write(Data(result.report.csv.utf8), to: "rows.csv")
      }
    }
  }
}

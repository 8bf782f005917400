import ArgumentParser
import CellPhysics
import Foundation
import RunFiles
import Numerics

/// What is fitted to a fade curve, and how.
struct FadeFitOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The measured fade curve, a CSV file with the columns 'Cycle Count / 1', 'Discharge Capacity / mAh g-1' and "
        + "'Standard Deviation / mAh g-1', or as a cycler or another program writes it.", valueName: "file"))
  var data: String?

  @OptionGroup var electrode: MeasuredElectrodeOptions

  @Option(
    help: ArgumentHelp(
      "The parameters to fit, in the logarithm, such as 'degradation.interface.debonding rate'.",
      valueName: "key.path,..."))
  var parameters: String?

  @Option(
    help: ArgumentHelp(
      "The standard deviation of all data, such as '2 mAh/g'; needed where the file has no column of it.",
      valueName: "capacity"))
  var sigma: String?

  @Option(
    help:
      "How many runs make the ensemble (default: run.replicates, or \(FadeFitRequest.defaultReplicates) when that is 1)."
  )
  var replicates: Int?

  @Option(
    help:
      "How to search: \(FadeFitRequest.methods.joined(separator: " or ")) (default: \(FadeFitRequest.methods[0]))."
  )
  var method: String?

  @Option(help: ArgumentHelp("Predict up to this cycle with the fitted values.", valueName: "cycle"))
  var predict: Int?

  @Flag(name: .customLong("no-figures"), help: "Draw no figure.")
  var noFigures = false

  /// The options that are given.
  var given: [String] {
    let all: [(String, Bool)] = [
      ("--data", data != nil), ("--data-mass", electrode.mass != nil),
      ("--data-area", electrode.area != nil), ("--parameters", parameters != nil), ("--sigma", sigma != nil),
      ("--replicates", replicates != nil), ("--method", method != nil), ("--predict", predict != nil),
      ("--no-figures", noFigures),
    ]
    return all.filter(\.1).map(\.0)
  }

  /// Throws where the options do not make the fit of a scenario.
  func validateGiven() throws {
    guard data != nil else { throw ValidationError("--data is missing: the measured fade curve.") }
    guard parameters != nil else {
      throw ValidationError("--parameters is missing: what to fit to the data.")
    }
    if let replicates, !(1...10_000).contains(replicates) {
      throw ValidationError("--replicates \(replicates): expected a number from 1 to 10000.")
    }
    _ = try standardDeviation()
    _ = try electrode.measured()
  }

  /// The fit of `scenario`; throws ``FadeFitError`` and what reading the data throws.
  func request(_ scenario: ResolvedScenario, maximumIterations: Int?) throws -> FadeFitRequest {
    let keys = (parameters ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    return try FadeFitRequest(
      scenario,
      data: try FadeData(
        try MeasuredFade(path: data ?? "", electrode: try electrode.measured()),
        sigma: try standardDeviation()), keys: keys,
      replicates: replicates, method: method ?? FadeFitRequest.methods[0],
      maximumIterations: maximumIterations,
      predictedCycles: predict)
  }

  /// The standard deviation in C/kg; nil when it is not given.
  private func standardDeviation() throws -> Double? {
    guard let sigma else { return nil }
    guard let quantity = Quantity(sigma), quantity.unit.dimension == CellPhysics.Unit("mAh/g")?.dimension,
      quantity.si > 0, quantity.si.isFinite
    else {
      throw ValidationError("--sigma '\(sigma)': expected a capacity per mass above 0, such as '2 mAh/g'.")
    }
    return quantity.si
  }
}

/// Makes a fit to a fade curve in its directory, or what is left of it, and tells the user.
struct FadeFitReporter {
  private let request: FadeFitRequest
  private let jobs: Int
  private let quiet: Bool
  private let noFigures: Bool

  /// Prints nothing but warnings when `quiet`.
  init(_ request: FadeFitRequest, jobs: Int, quiet: Bool, noFigures: Bool) {
    self.request = request
    self.quiet = quiet
    self.jobs = jobs
    self.noFigures = noFigures
  }

  /// Writes all results; changes nothing where they are there already.
  func carryOut(in path: String) throws {
    guard case .open(let directory, let journal) = try FadeFitJournal.open(request, in: path) else {
      if !quiet { Console.print("complete: all results of this fit are in \(path)") }
      return
    }
    if journal.count > 0, !quiet { Console.print("continuing: \(journal.count) runs are done already") }
    Interruption.takeSignals()
    let started = Date.now
    let start = ContinuousClock.now
    let fitting = FadeFitting(request, journal: journal, jobs: jobs, stop: Interruption.stopRequest)
    defer { clearProgress() }
    do {
      let result = try fitting.fit(show())
      clearProgress()
      let warning = try fitting.write(result, in: directory, drawing: !noFigures, started: started)
      if !quiet {
        Console.print("\n" + result.text(seconds: (ContinuousClock.now - start) / .seconds(1)))
        Console.print("\nresults: \(path)")
      }
      for warning in [warning].compactMap(\.self) + result.warnings { Console.warning(warning) }
    } catch let error as FadeFitError {
      // The next fit will be of other parameters, and is to find its place free.
      if case .undetermined = error { try journal.discard(directory) }
      throw error
    } catch let error where Interruption.hasCome {
      Console.warning("interrupted; the same command continues with the runs that are not done")
      throw error
    }
  }

  /// Shows where the fit stands: iterations as lines, runs as a bar with the time that they will still take.
  private func show() -> @Sendable (FadeFitting.Event) -> Void {
    guard !quiet else { return { _ in } }
    let bar = Locked(ProgressBar())
    let place = Locked("start")
    return { event in
      switch event {
      case .iteration(let number, let chiSquare, let values):
        clearProgress()
        let text = String(format: "chi2 %.3f", chiSquare)
        Console.print("iteration \(number): \(text); \(values)")
        place.withLock { $0 = "iteration \(number + 1), \(text)" }
      case .runs(let purpose, let done, let count, let isFirst):
        bar.withLock { bar in
          // The first call of a pool comes before its first run; what the journal held took no time.
          if isFirst { bar = ProgressBar(alreadyDone: done) }
          bar.show(done, of: count, "\(purpose) run", place.withLock { $0 })
        }
      }
    }
  }

  private func clearProgress() { if Console.isTerminal, !quiet { Console.progress("") } }
}

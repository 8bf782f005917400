import CycleLife
import Foundation

/// Makes a fit in its directory: the search, the ensemble at the fitted values, and all files.
public struct FadeFitting: Sendable {
  /// What happens while a fit is made.
  public enum Event: Sendable {
    /// So many of the runs of what is computed at the moment are done.
    ///
    /// The first time of a pool comes before its first run.
    case runs(String, done: Int, of: Int, isFirst: Bool)
    /// An iteration has ended.
    case iteration(Int, chiSquare: Double, values: String)
  }

  private let request: FadeFitRequest
  private let ensemble: FadeEnsemble

  /// Prepares to make a fit with so many threads; `stop` ends it before its time, what is done being kept.
  public init(_ request: FadeFitRequest, journal: FadeFitJournal, jobs: Int, stop: StopRequest) {
    self.request = request
    ensemble = FadeEnsemble(request: request, journal: journal, jobs: max(1, jobs), stop: stop)
  }

  /// Searches the parameters; tells `report` where it stands, one call at a time.
  ///
  /// - Throws: ``FadeFitError``, ``RunFileError``, `NumericalError`, and `RunInterrupted` when asked to stop.
  public func fit(_ report: @Sendable @escaping (Event) -> Void) throws -> FadeFitResult {
    let parameters = request.parameters
    let cycles = request.data.points.map(\.cycle)
    let fit = FadeFit(
      names: parameters.map(\.key), data: request.data.points, method: request.method,
      maximumIterations: request.maximumIterations)
    func texts(_ unknowns: [Double]) -> String {
      zip(parameters, unknowns).map { parameter, unknown in
        "\(parameter.name) \(parameter.value(unknown: unknown).map { parameter.text($0) } ?? "out of range")"
      }.joined(separator: ", ")
    }
    let solution = try fit.solve(
      from: request.unknowns,
      progress: {
        report(.iteration($0.iteration, chiSquare: $0.chiSquare, values: texts($0.unknowns)))
      },
      model: { [ensemble] purpose, points in
        // Points out of the range of a parameter are not computed.
        let values = points.map { point -> [Double]? in
          let values = zip(parameters, point).compactMap { $0.value(unknown: $1) }
          return values.count == parameters.count ? values : nil
        }
        var runs = try ensemble.runs(at: values.compactMap(\.self), cycles: request.data.lastCycle) {
          report(.runs(purpose.rawValue, done: $0, of: $1, isFirst: $2))
        }[...]
        if purpose == .start, let runs = runs.first, let failure = runs.failure, runs.count == 0 {
          throw FadeFitError.failed("the solver fails at the start: seed \(failure.seed): \(failure.outcome)")
        }
        return values.map { $0 == nil ? nil : runs.removeFirst().prediction(cycles) }
      })
    // What is printed is what is used: all that is told of the fit is computed at the rounded values.
    let values = zip(parameters, solution.unknowns).map {
      $0.value(unknown: $1, digits: 5) ?? $0.value(unknown: $1) ?? exp($1)
    }
    let final = try ensemble.runs(at: [values], cycles: request.lastCycle) {
      report(.runs("fitted", done: $0, of: $1, isFirst: $2))
    }[0]
    guard let prediction = final.prediction(cycles) else {
      throw FadeFitError.failed("the solver fails in all runs at the fitted values")
    }
    return FadeFitResult(
      request, fit, solution, values: values, prediction: prediction, final: final,
      runs: ensemble.journal.all)
  }

  /// Writes all files of `result` and removes the journal; tells of a figure that cannot be drawn.
  ///
  /// - Parameters:
  ///   - drawing: whether to draw the figure.
  ///   - started: when this process began.
  /// - Throws: ``RunFileError``, and `RunInterrupted` when asked to stop.
  public func write(_ result: FadeFitResult, in directory: RunDirectory, drawing: Bool, started: Date) throws
    -> String?
  {
    var files = ["scenario.yaml", "fitted.yaml", "evaluations.csv", "fit.txt"]
    let seconds = Date.now.timeIntervalSince(started)
    try request.start.inputs.copy(into: directory)
    files += request.start.inputNames
    try directory.write(request.start.bytes, to: files[0])
    try directory.write(Data(result.scenario.utf8), to: files[1])
    try directory.write(Data(result.evaluationTable.utf8), to: files[2])
    try directory.write(Data((result.text(seconds: seconds) + "\n").utf8), to: files[3])
    var warning: String?
    if drawing {
      let figure = result.figure
      for file in figure.data { try directory.write(Data(file.text.utf8), to: file.name) }
      files += figure.data.map(\.name) + [figure.figure.scriptName]
      warning = try figure.figure.draw(in: directory)
      // An interrupt from the keyboard ends gnuplot too: the figure is drawn when the fit is continued.
      if warning != nil { try ensemble.stop.check() } else { files += figure.figure.imageNames }
    }
    let manifest = RunManifest(
      result.fitted, started: started, wallSeconds: seconds, cyclesCompleted: result.cyclesComputed,
      outcome: result.ending, exitCode: 0, files: files + [FadeFitJournal.resultName])
    try manifest.write(in: directory)
    // Last, because it says that all others are there.
    try directory.write(try result.json, to: FadeFitJournal.resultName)
    try ensemble.journal.remove()
    return warning
  }
}

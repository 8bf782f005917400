import CycleLife
import Foundation
import Numerics

/// What a fit to a fade curve found, and how well.
public struct FadeFitResult: Sendable {
  /// A fitted parameter; values in SI units, errors and intervals of its logarithm.
  struct Estimate: Sendable {
    let parameter: FittedParameter
    let start: Double
    let value: Double
    let standardError: Double
    /// Half the width of the interval of 95 % with standard deviations as they are given, and with those scaled
    /// so that chi2 is its degrees of freedom; nil without any.
    let halfWidth: Double
    let scaledHalfWidth: Double?
    /// The same as the former with the medians of all cycles erring together, as the same sections make them.
    let correlatedHalfWidth: Double

    func interval(_ halfWidth: Double) -> ClosedRange<Double> {
      value * exp(-halfWidth)...value * exp(halfWidth)
    }
  }

  /// A point of the data beside the model; capacities in C/kg.
  struct Point: Sendable {
    let datum: FadeData.Point
    let median: Double
    let standardError: Double
    let deviation: Double

    var residual: Double { datum.capacity - median }
    var normalized: Double { residual / deviation }
  }

  let request: FadeFitRequest
  let estimates: [Estimate]
  /// Correlations of all pairs, in the order of the parameters.
  let correlations: [(first: String, second: String, value: Double)]
  let points: [Point]
  let chiSquare: Double
  let degreesOfFreedom: Int
  let isConverged: Bool
  /// How the search ended, in words.
  let ending: String
  let iterations: Int
  let renewals: Int
  let evaluations: [FadeFit.Evaluation]
  /// The sum of squared residuals of each evaluation, with the final weights.
  let evaluationChiSquares: [Double]
  /// What is to be known before the numbers are used.
  public let warnings: [String]
  /// The ensemble with the fitted values, cycle by cycle; capacities in C/kg.
  let curve: [SampleSummary?]
  let fitted: ResolvedScenario
  private let runs: [FadeFitRun]

  init(
    _ request: FadeFitRequest, _ fit: FadeFit, _ solution: FadeFit.Solution, values: [Double],
    prediction: FadePrediction, final: FadeEnsemble.Runs, runs: [FadeFitRun]
  ) {
    self.request = request
    self.runs = runs
    let deviations = fit.deviations(prediction)
    let chiSquare = fit.chiSquare(prediction, deviations)
    let degreesOfFreedom = request.data.points.count - request.parameters.count
    let covariance = solution.covariance
    let scale =
      degreesOfFreedom > 0
      ? Distribution.studentQuantile(0.975, degreesOfFreedom: degreesOfFreedom)
        * (chiSquare / Double(degreesOfFreedom)).squareRoot() : nil
    let correlated = fit.covariance(
      solution, prediction, correlationsOfMedians: final.correlations(request.data.points.map(\.cycle)))
    let normal = Distribution.normalQuantile(0.975)
    estimates = request.parameters.indices.map { index in
      let error = covariance[index, index].squareRoot()
      return Estimate(
        parameter: request.parameters[index],
        start: request.start.scenario.parameters[request.parameters[index].parameter], value: values[index],
        standardError: error, halfWidth: normal * error,
        scaledHalfWidth: scale.map { $0 * error },
        correlatedHalfWidth: normal * correlated[index, index].squareRoot())
    }
    correlations = request.parameters.indices.flatMap { first in
      request.parameters.indices.dropFirst(first + 1).map { second in
        let errors = (covariance[first, first] * covariance[second, second]).squareRoot()
        return (
          request.parameters[first].key, request.parameters[second].key, covariance[first, second] / errors
        )
      }
    }
    points = request.data.points.indices.map {
      Point(
        datum: request.data.points[$0], median: prediction.medians[$0],
        standardError: prediction.standardErrors[$0], deviation: deviations[$0])
    }
    self.chiSquare = chiSquare
    self.degreesOfFreedom = degreesOfFreedom
    isConverged = solution.ending != .iterationLimit
    ending = FadeFitResult.words(solution.ending, request.method)
    (iterations, renewals) = (solution.iterations, solution.renewals)
    evaluations = solution.evaluations
    evaluationChiSquares = solution.evaluations.map { fit.chiSquare($0.prediction, deviations) }
    curve = (1...request.lastCycle).map { final.capacity(cycle: $0) }
    fitted = request.fitted(values)
    var warnings = solution.warnings.map { "at the fitted values, \($0)" }
    if !isConverged { warnings.insert("the fit is \(ending)", at: 0) }
    if let failure = final.failure {
      let count = final.all.count - final.count
      warnings.append(
        "the solver failed in \(count) of \(final.all.count) runs at the fitted values, which are left out; the "
          + "first is seed \(failure.seed): \(failure.outcome)")
    }
    if request.start.replicates == 1 {
      warnings.append("one run has no standard error: its scatter is not in the intervals")
    }
    self.warnings = warnings
  }

  private static func words(_ ending: LeastSquares.Ending, _ method: FadeFit.Method) -> String {
    switch ending {
    case .converged:
      method == .simplex
        ? "converged: the simplex is smaller than 5 % of the standard errors"
        : "converged: no step is expected to lower chi2 by 0.02 or to move a parameter by 5 % of its standard error"
    case .settled: "settled: the last iteration lowered chi2 by less than 0.1 %"
    case .noProgress:
      "settled: no step lowers chi2 further, which is as far as the kinks of a median let it; --method simplex "
        + "goes without derivatives"
    case .iterationLimit: "NOT converged: the iterations allowed are used up"
    }
  }

  /// Cycles computed in all runs.
  var cyclesComputed: Int { runs.reduce(0) { $0 + ($1.capacities?.count ?? 0) } }

  private static let unit = Unit("mAh/g")!

  private var firstCycle: Int { request.data.points[0].cycle }

  /// What is calibrated and what is not.
  var scope: String {
    let keys = request.parameters.map(\.key).joined(separator: ", ")
    let last = request.data.lastCycle
    return
      "\(keys) \(request.parameters.count == 1 ? "is" : "are") calibrated to cycles \(firstCycle) to \(last): agreement there says how well the model "
      + "can describe these data, not that it predicts them. Cycles beyond \(last) are predictions, to which "
      + "nothing was fitted."
  }
}

// MARK: - Text

extension FadeFitResult {
  /// The whole result in words and tables; `seconds` is what this process took.
  public func text(seconds: Double) -> String {
    let (count, data) = (request.parameters.count, request.data)
    let method =
      request.method == .simplex
      ? "simplex of Nelder and Mead" : "least squares by the Levenberg-Marquardt method with a trust region"
    func counted(_ count: Int, _ name: String) -> String { "\(count) \(name)\(count == 1 ? "" : "s")" }
    let runCount = request.start.replicates
    let seed = request.start.scenario.seed
    let seeds = runCount == 1 ? "seed \(seed)" : "seeds \(seed) to \(seed &+ UInt64(runCount - 1))"
    let probability =
      degreesOfFreedom > 0
      ? String(
        format: "; a larger one has the probability %.2g",
        Distribution.chiSquareTail(above: chiSquare, degreesOfFreedom: degreesOfFreedom)) : ""
    let last = request.lastCycle
    var lines = [
      "\(counted(count, "parameter")) fitted to \(counted(data.points.count, "point")) of "
        + "\(oneLine(data.name)), cycles \(firstCycle) to \(data.lastCycle)",
      "model: median of \(counted(runCount, "run")), \(seeds), the same in every evaluation; a cell that ended counts "
        + "as 0",
      "method: \(method), in logarithms; derivatives by forward differences over 10 % of each parameter",
      "\(ending)",
      "\(counted(iterations, "iteration")), \(counted(evaluations.count + 1, "evaluation")), "
        + "\(counted(runs.count, "run")); weights renewed \(counted(renewals, "time"))",
      String(
        format: "time: %.0f s, and %.0f s of computing in all runs, those of earlier processes included",
        seconds,
        runs.reduce(0) { $0 + $1.seconds }),
      "chi2 = \(FadeFitResult.decimals(chiSquare, 3)) with \(counted(degreesOfFreedom, "degree")) of freedom\(probability)",
      "", "estimates with 95 % confidence intervals:",
    ]
    lines += FadeFitResult.aligned(
      [["parameter", "start", "estimate", "independent", "scaled", "correlated"]]
        + estimates.map { estimate in
          let parameter = estimate.parameter
          func interval(_ halfWidth: Double?) -> String {
            guard let range = halfWidth.map({ estimate.interval($0) }) else { return "-" }
            return
              "\(parameter.text(range.lowerBound, digits: 4)) to \(parameter.text(range.upperBound, digits: 4))"
          }
          return [
            parameter.key, parameter.text(estimate.start), parameter.text(estimate.value),
            interval(estimate.halfWidth), interval(estimate.scaledHalfWidth),
            interval(estimate.correlatedHalfWidth),
          ]
        })
    lines += [
      "symmetric in the logarithm, from the covariance C = (J'J)^-1 at the solution, J being central differences of",
      "the residuals over the standard error of each parameter:",
      "  independent: the deviations of the points as given (chi2 unscaled, normal distribution), independent;",
      "  scaled: all of them scaled so that chi2 is its degrees of freedom (Student's t);",
      "  correlated: as given, the medians of all cycles erring together because the same runs make them (C J' R J C,",
      "  R with the correlations of medians of runs drawn anew). This is the one to quote: few runs are a sample of",
      "  the film, and the others take its error for one that averages out over the cycles.",
    ]
    if !correlations.isEmpty {
      lines += ["", "correlations:"]
      lines += FadeFitResult.aligned(
        correlations.map { [String(format: "%+.3f", $0.value), $0.first, $0.second] })
    }
    lines += [
      "", "residuals, capacities in mAh/g (deviation: sigma and standard error of the median in quadrature):",
    ]
    lines += FadeFitResult.aligned(
      [["cycle", "measured", "sigma", "median", "its error", "residual", "over deviation"]]
        + points.map { point in
          ["\(point.datum.cycle)"]
            + [
              point.datum.capacity, point.datum.sigma, point.median, point.standardError, point.residual,
            ].map { FadeFitResult.decimals(FadeFitResult.unit.fromSI($0), 2) }
            + [FadeFitResult.decimals(point.normalized, 2)]
        }, right: true)
    lines += ["", scope]
    if last > data.lastCycle, let end = curve[last - 1] {
      let values = [end.median, end.lower, end.upper].map {
        FadeFitResult.decimals(FadeFitResult.unit.fromSI($0), 1)
      }
      lines.append(
        "predicted for cycle \(last): \(values[0]) mAh/g, 10 to 90 % of the sections \(values[1]) to \(values[2])"
      )
    }
    lines += warnings.map { "warning: \($0)" }
    return lines.joined(separator: "\n")
  }

  private static func decimals(_ value: Double, _ count: Int) -> String {
    let text = String(format: "%.\(count)f", value)
    // A residual that rounds to zero has no sign.
    return Double(text) == 0 && text.hasPrefix("-") ? String(text.dropFirst()) : text
  }

  private static func aligned(_ rows: [[String]], right: Bool = false) -> [String] {
    let columns = rows.first?.count ?? 0
    let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let line = zip(row, widths).map { cell, width in
        let blanks = String(repeating: " ", count: width - cell.count)
        return right ? blanks + cell : cell + blanks
      }.joined(separator: "  ")
      return "  " + line.replacing(/[ ]+$/, with: "")
    }
  }

  /// The scenario with the fitted values, which can be run.
  var scenario: String {
    let intervals = estimates.map { estimate in
      let range = estimate.interval(estimate.correlatedHalfWidth)
      let parameter = estimate.parameter
      return "# \(parameter.key): \(parameter.text(estimate.value)), 95 % "
        + "\(parameter.text(range.lowerBound, digits: 4)) to \(parameter.text(range.upperBound, digits: 4))\n"
    }
    return
      "# Fitted by cyclelife \(RunManifest.programVersion) to \(oneLine(request.data.name, limit: 200)), cycles "
      + "\(firstCycle) to \(request.data.lastCycle); later cycles are predictions.\n" + intervals.joined()
      + "\n" + fitted.table
  }

  /// A line for every evaluation: parameters, medians and the sum of squares with the final weights.
  var evaluationTable: String {
    let header =
      ["Evaluation / 1", "Purpose / 1"] + request.parameters.map { "\($0.key) / \($0.unit.symbol)" }
      + ["Chi-Square / 1"]
      + points.map { "Discharge Capacity in Cycle \($0.datum.cycle) / mAh g-1" }
    let lines = evaluations.enumerated().map { index, evaluation in
      let values = zip(request.parameters, evaluation.unknowns).map { parameter, unknown in
        QuantityText.plain(QuantityText.rounded(exp(unknown), digits: 15))
      }
      let isComputed = evaluation.prediction != nil
      let medians = points.indices.map { place in
        evaluation.prediction.map { FadeFitResult.unit.fromSI($0.medians[place]).description } ?? ""
      }
      return ["\(index + 1)", evaluation.purpose.rawValue] + values
        + [isComputed ? evaluationChiSquares[index].description : ""] + medians
    }
    let final =
      ["\(evaluations.count + 1)", "fitted"]
      + estimates.map { QuantityText.number($0.value, $0.parameter.unit) } + [chiSquare.description]
      + points.map { FadeFitResult.unit.fromSI($0.median).description }
    return ([header] + lines + [final]).map { $0.map { csvCell($0) }.joined(separator: ",") + "\n" }.joined()
  }
}

// MARK: - JSON

extension FadeFitResult {
  private struct File: Encodable {
    struct Interval: Encodable {
      var lower: Double
      var upper: Double
    }
    struct Estimate: Encodable {
      var key: String
      var unit: String
      var start: Double
      var value: Double
      var standardErrorOfLogarithm: Double
      var interval: Interval
      var intervalScaled: Interval?
      var intervalCorrelated: Interval
    }
    struct Correlation: Encodable {
      var first: String
      var second: String
      var value: Double
    }
    struct Point: Encodable {
      var cycle: Int
      var measured: Double
      var sigma: Double
      var median: Double
      var standardErrorOfMedian: Double
      var residual: Double
      var residualOverDeviation: Double
    }
    struct Cycle: Encodable {
      var cycle: Int
      var median: Double
      var lower: Double
      var upper: Double
      var isPrediction: Bool
    }
    var fit: FadeFitIdentity
    var estimates: [Estimate]
    var correlations: [Correlation]
    var points: [Point]
    var cycles: [Cycle]
    var capacityUnit = "mAh g-1"
    var chiSquare: Double
    var degreesOfFreedom: Int
    var isConverged: Bool
    var ending: String
    var iterations: Int
    var evaluations: Int
    var runs: Int
    var weightsRenewed: Int
    var scope: String
    var warnings: [String]
  }

  /// The result as JSON with sorted keys; it holds no time, so that it comes out the same after an interruption.
  var json: Data {
    get throws {
      let unit = FadeFitResult.unit
      let estimates = estimates.map { estimate in
        func interval(_ halfWidth: Double) -> File.Interval {
          let range = estimate.interval(halfWidth)
          return .init(
            lower: estimate.parameter.unit.fromSI(range.lowerBound),
            upper: estimate.parameter.unit.fromSI(range.upperBound))
        }
        return File.Estimate(
          key: estimate.parameter.key, unit: estimate.parameter.unit.symbol,
          start: estimate.parameter.unit.fromSI(estimate.start),
          value: estimate.parameter.unit.fromSI(estimate.value),
          standardErrorOfLogarithm: estimate.standardError, interval: interval(estimate.halfWidth),
          intervalScaled: estimate.scaledHalfWidth.map { interval($0) },
          intervalCorrelated: interval(estimate.correlatedHalfWidth))
      }
      let points = points.map {
        File.Point(
          cycle: $0.datum.cycle, measured: unit.fromSI($0.datum.capacity), sigma: unit.fromSI($0.datum.sigma),
          median: unit.fromSI($0.median), standardErrorOfMedian: unit.fromSI($0.standardError),
          residual: unit.fromSI($0.residual), residualOverDeviation: $0.normalized)
      }
      let cycles = curve.enumerated().compactMap { index, summary in
        summary.map {
          File.Cycle(
            cycle: index + 1, median: unit.fromSI($0.median), lower: unit.fromSI($0.lower),
            upper: unit.fromSI($0.upper), isPrediction: index >= request.data.lastCycle)
        }
      }
      let file = File(
        fit: request.identity, estimates: estimates,
        correlations: correlations.map { .init(first: $0.first, second: $0.second, value: $0.value) },
        points: points, cycles: cycles, chiSquare: chiSquare, degreesOfFreedom: degreesOfFreedom,
        isConverged: isConverged, ending: ending, iterations: iterations, evaluations: evaluations.count + 1,
        runs: runs.count, weightsRenewed: renewals, scope: scope, warnings: warnings)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(file) + Data("\n".utf8)
    }
  }
}

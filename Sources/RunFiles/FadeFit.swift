import Foundation
import Numerics

/// What a model says of the cycles of the data: medians of the capacity and their standard errors, C/kg.
struct FadePrediction: Sendable, Equatable {
  var medians: [Double]
  var standardErrors: [Double]
}

/// The search for the parameters that bring a model closest to a fade curve, whatever the model is.
///
/// Weighted least squares in the logarithms of the parameters. The variance of a point is that of the measurement
/// plus that of the model's median. The latter depends on the parameters, so it is held during a search and renewed
/// after it, and the search goes on from where it was until the weights no longer change.
///
/// Derivatives of the search are forward differences over 10 % of a parameter: the median of a few sections changes
/// its slope wherever another section becomes the middle one, and falls by a step where a cell ends. A difference
/// over much less would be the slope of one section instead of that of the ensemble. For the same reason the
/// covariance is that of central differences over the standard error that each parameter has by the former, from
/// 10 % to a factor of 2: intervals are to tell of the model over their width.
struct FadeFit: Sendable {
  /// How the parameters are searched.
  enum Method: String, Sendable, Codable, CaseIterable {
    case leastSquares = "least-squares"
    case simplex
  }

  /// Why evaluations were made.
  enum Purpose: String, Sendable, Codable {
    case start
    case derivatives
    case search
  }

  /// The model at one point.
  struct Evaluation: Sendable {
    var purpose: Purpose
    var unknowns: [Double]
    /// nil where the model has no value.
    var prediction: FadePrediction?
  }

  /// Where a search stands.
  struct Progress: Sendable {
    var iteration: Int
    var chiSquare: Double
    var unknowns: [Double]
  }

  struct Solution: Sendable {
    var unknowns: [Double]
    /// The derivatives of the residuals at the solution.
    var jacobian: DenseMatrix
    /// The covariance of the unknowns when the deviations of the points are what they are said to be, and
    /// independent.
    var covariance: DenseMatrix
    var ending: LeastSquares.Ending
    var iterations: Int
    /// How often the weights were renewed.
    var renewals: Int
    var evaluations: [Evaluation]
    /// What is undetermined at the solution although it was not at the start.
    var warnings: [String]
  }

  /// The model at several points, each with the logarithms of all parameters; nil where it has no value.
  typealias Model = (Purpose, [[Double]]) throws -> [FadePrediction?]

  /// The difference of logarithms over which derivatives are taken: 10 %.
  static let differenceStep = log(1.1)
  /// A correlation, of two parameters or of one with all others, that leaves them undetermined.
  static let correlationLimit = 0.98
  /// Steps that are worth no evaluation: in standard errors of the parameter, and by what chi2 is to fall.
  ///
  /// One standard error of a parameter is worth 1 of chi2.
  private static let worthlessStep = 0.05
  private static let worthlessFall = 0.02
  /// The residual of each point where the model has no value: far above any other, so that a search turns back.
  private static let beyond = 100.0

  /// What the parameters are called.
  let names: [String]
  let data: [FadeData.Point]
  let method: Method
  let maximumIterations: Int

  /// The standard deviations of the differences between the data and a prediction.
  func deviations(_ prediction: FadePrediction) -> [Double] {
    zip(data, prediction.standardErrors).map { point, error in
      (point.sigma * point.sigma + error * error).squareRoot()
    }
  }

  /// The differences, prediction less data, in these standard deviations.
  func residuals(_ prediction: FadePrediction?, _ deviations: [Double]) -> [Double] {
    guard let prediction else { return data.map { _ in FadeFit.beyond } }
    return zip(data, zip(prediction.medians, deviations)).map { ($1.0 - $0.capacity) / $1.1 }
  }

  func chiSquare(_ prediction: FadePrediction?, _ deviations: [Double]) -> Double {
    residuals(prediction, deviations).reduce(0) { $0 + $1 * $1 }
  }

  /// Searches the best parameters from `start`.
  ///
  /// - Throws: ``FadeFitError/undetermined(_:)`` when the first derivatives show that the data do not determine
  ///   the parameters, ``FadeFitError/failed(_:)`` when the model has no value at the start, and what the model
  ///   throws.
  func solve(from start: [Double], progress: (Progress) -> Void, model: @escaping Model) throws -> Solution {
    let evaluations = FadeEvaluations(model)
    guard let first = try evaluations.at([start], .start)[0] else {
      throw FadeFitError.failed("the model has no value at the start values of the parameters")
    }
    var deviations = deviations(first)
    progress(Progress(iteration: 0, chiSquare: chiSquare(first, deviations), unknowns: start))
    let problems = try undetermined(jacobian(start, deviations, evaluations))
    guard problems.isEmpty else { throw FadeFitError.undetermined(problems.joined(separator: "\n")) }
    var solution = Solution(
      unknowns: start, jacobian: DenseMatrix(rows: 0, columns: 0),
      covariance: DenseMatrix(rows: 0, columns: 0), ending: .iterationLimit, iterations: 0,
      renewals: 0, evaluations: [], warnings: [])
    search: for round in 0..<4 {
      switch method {
      case .leastSquares: try leastSquares(&solution, deviations, evaluations, progress)
      case .simplex: try simplex(&solution, deviations, evaluations, progress, isFirst: round == 0)
      }
      // A point that was evaluated for a derivative may be better than any that was searched.
      let best = evaluations.log.min {
        chiSquare($0.prediction, deviations) < chiSquare($1.prediction, deviations)
      }
      guard let best, let found = best.prediction else { break }
      let isBetter =
        chiSquare(found, deviations) + FadeFit.worthlessFall
        < chiSquare(try evaluations.at([solution.unknowns], .search)[0], deviations)
      if isBetter { solution.unknowns = best.unknowns }
      guard let last = try evaluations.at([solution.unknowns], .search)[0] else { break }
      let before = deviations
      deviations = self.deviations(last)
      solution.renewals = round + 1
      let change = zip(before, deviations).map { abs($1 / $0 - 1) }.max() ?? 0
      if change < 0.05 && !isBetter || solution.ending == .iterationLimit { break search }
    }
    let last = try centralJacobian(solution.unknowns, deviations, evaluations)
    solution.jacobian = last
    solution.covariance = try Sensitivity(last).covariance
    solution.warnings = try undetermined(last)
    solution.evaluations = evaluations.log
    return solution
  }

  /// The covariance of the unknowns of `solution` when the errors of the medians have these correlations.
  ///
  /// The weights of the fit know nothing of them, so that it is larger than that of the best weights would be.
  func covariance(
    _ solution: Solution, _ prediction: FadePrediction, correlationsOfMedians correlations: DenseMatrix
  ) -> DenseMatrix {
    let deviations = deviations(prediction)
    let count = names.count
    // The unknowns move by -C J' times the errors of the residuals.
    let moves = (0..<count).map { unknown in
      data.indices.map { row in
        (0..<count).reduce(0) { $0 + solution.covariance[unknown, $1] * solution.jacobian[row, $1] }
          / deviations[row]
      }
    }
    var result = DenseMatrix(rows: count, columns: count)
    for first in 0..<count {
      for second in 0..<count {
        for row in data.indices {
          result[first, second] += moves[first][row] * data[row].sigma * data[row].sigma * moves[second][row]
          for column in data.indices {
            result[first, second] +=
              moves[first][row] * prediction.standardErrors[row] * correlations[row, column]
              * prediction.standardErrors[column] * moves[second][column]
          }
        }
      }
    }
    return result
  }

  // MARK: Searches

  /// A point at which derivatives were taken, with the residuals there.
  private struct Base {
    var unknowns: [Double]
    var residuals: [Double]
    var jacobian: DenseMatrix
    var standardErrors: [Double]
  }

  /// What a search by least squares learns while it runs.
  private final class SearchState {
    var best: (unknowns: [Double], chiSquare: Double)
    /// Where derivatives were last taken.
    var base: Base?
    /// Points tried since then.
    var trials = 0

    init(_ unknowns: [Double]) { best = (unknowns, .infinity) }
  }

  /// Ends a search whose next step is not worth an evaluation.
  private struct Worthless: Error {}

  private func leastSquares(
    _ solution: inout Solution, _ deviations: [Double], _ evaluations: FadeEvaluations,
    _ progress: (Progress) -> Void
  ) throws {
    let state = SearchState(solution.unknowns)
    // From zero: so the first step changes no parameter by more than a third, however little the data say of it.
    let start = solution.unknowns
    func unknowns(_ steps: [Double]) -> [Double] { zip(start, steps).map(+) }
    let done = solution.iterations
    var iterations = 0
    do {
      let found = try LeastSquares.minimize(
        from: [Double](repeating: 0, count: start.count), isEvenlyScaled: true, residualCount: data.count,
        stepTolerance: 1e-6, settledBelow: 1e-3, maximumIterations: maximumIterations - done,
        progress: { iterate in
          iterations = iterate.iteration
          guard iterate.iteration > 0 else { return }
          progress(
            Progress(
              iteration: done + iterate.iteration, chiSquare: iterate.sumOfSquares,
              unknowns: unknowns(iterate.unknowns)))
        },
        residuals: { steps in
          let unknowns = unknowns(steps)
          // Steps shrink after every failure: without this, many ensembles would be run for nothing.
          if let base = state.base, isWorthless(unknowns, base) { throw Worthless() }
          state.trials += 1
          let residuals = residuals(try evaluations.at([unknowns], .search)[0], deviations)
          let chiSquare = residuals.reduce(0) { $0 + $1 * $1 }
          if chiSquare < state.best.chiSquare { state.best = (unknowns, chiSquare) }
          return residuals
        },
        jacobian: { steps in
          let unknowns = unknowns(steps)
          let jacobian = try jacobian(unknowns, deviations, evaluations)
          let covariance = try Sensitivity(jacobian).covariance
          state.base = Base(
            unknowns: unknowns, residuals: residuals(try evaluations.at([unknowns], .search)[0], deviations),
            jacobian: jacobian, standardErrors: unknowns.indices.map { covariance[$0, $0].squareRoot() })
          state.trials = 0
          return jacobian
        })
      (solution.unknowns, solution.ending) = (unknowns(found.last.unknowns), found.ending)
    } catch is Worthless {
      solution.unknowns = state.best.unknowns
      // A step is small because the minimum is near, or because longer ones failed.
      solution.ending = state.trials == 0 ? .converged : .noProgress
    }
    solution.iterations += iterations
  }

  /// Whether a step from `base` is too short, or by its derivatives lowers chi2 too little.
  private func isWorthless(_ unknowns: [Double], _ base: Base) -> Bool {
    let step = zip(unknowns, base.unknowns).map { $0 - $1 }
    let errors = zip(step, base.standardErrors).map { abs($0) / $1 }
    let expected = zip(base.residuals, base.jacobian.multiply(step)).reduce(0) {
      $0 + ($1.0 + $1.1) * ($1.0 + $1.1)
    }
    let fall = base.residuals.reduce(0) { $0 + $1 * $1 } - expected
    return (errors.max() ?? 0) < FadeFit.worthlessStep || fall < FadeFit.worthlessFall
  }

  private func simplex(
    _ solution: inout Solution, _ deviations: [Double], _ evaluations: FadeEvaluations,
    _ progress: (Progress) -> Void, isFirst: Bool
  ) throws {
    let done = solution.iterations
    // In standard errors, so that the simplex is as long in a flat valley as the valley is.
    let covariance = try Sensitivity(jacobian(solution.unknowns, deviations, evaluations)).covariance
    let scales = names.indices.map { min(max(covariance[$0, $0].squareRoot(), 0.02), log(2)) }
    func unknowns(_ scaled: [Double]) -> [Double] { zip(scaled, scales).map(*) }
    let found = try Simplex.minimize(
      from: zip(solution.unknowns, scales).map(/), step: isFirst ? 1 : 0.3, tolerance: FadeFit.worthlessStep,
      maximumIterations: maximumIterations - done,
      progress: { progress(Progress(iteration: done + $0, chiSquare: $2, unknowns: unknowns($1))) },
      { chiSquare(try evaluations.at([unknowns($0)], .search)[0], deviations) })
    solution.unknowns = unknowns(found.unknowns)
    solution.ending = found.isConverged ? .converged : .iterationLimit
    solution.iterations += found.iterations
  }

  // MARK: Derivatives

  /// The derivatives of the residuals by forward differences, a row for each point, a column for each parameter.
  ///
  /// At the end of its range a parameter is differenced backward.
  private func jacobian(_ unknowns: [Double], _ deviations: [Double], _ evaluations: FadeEvaluations) throws
    -> DenseMatrix
  {
    let step = FadeFit.differenceStep
    let forward = try evaluations.at(names.indices.map { moved(unknowns, $0, by: step) }, .derivatives)
    let blocked = names.indices.filter { forward[$0] == nil }
    _ = try evaluations.at(blocked.map { moved(unknowns, $0, by: -step) }, .derivatives)
    return try differences(unknowns, deviations, evaluations) { forward[$0] == nil ? (-step, 0) : (0, step) }
  }

  /// The derivatives of the residuals by central differences over the standard error of each parameter.
  private func centralJacobian(_ unknowns: [Double], _ deviations: [Double], _ evaluations: FadeEvaluations)
    throws -> DenseMatrix
  {
    let norms = try Sensitivity(jacobian(unknowns, deviations, evaluations)).norms
    let steps = norms.map { min(max(1 / $0, FadeFit.differenceStep), log(2)) }
    let ends = try evaluations.at(
      names.indices.flatMap { [moved(unknowns, $0, by: -steps[$0]), moved(unknowns, $0, by: steps[$0])] },
      .derivatives)
    return try differences(unknowns, deviations, evaluations) { column in
      (ends[2 * column] == nil ? 0 : -steps[column], ends[2 * column + 1] == nil ? 0 : steps[column])
    }
  }

  private func moved(_ unknowns: [Double], _ column: Int, by step: Double) -> [Double] {
    var point = unknowns
    if step != 0 { point[column] += step }
    return point
  }

  /// The difference quotients between two steps of each parameter.
  private func differences(
    _ unknowns: [Double], _ deviations: [Double], _ evaluations: FadeEvaluations,
    between steps: (Int) -> (Double, Double)
  ) throws -> DenseMatrix {
    var matrix = DenseMatrix(rows: data.count, columns: names.count)
    for column in names.indices {
      let (low, high) = steps(column)
      let ends = try evaluations.at(
        [moved(unknowns, column, by: low), moved(unknowns, column, by: high)], .derivatives)
      guard let below = ends[0], let above = ends[1], high > low else {
        throw FadeFitError.failed("the model has no value on either side of '\(names[column])'")
      }
      for row in data.indices {
        matrix[row, column] = (above.medians[row] - below.medians[row]) / ((high - low) * deviations[row])
      }
    }
    return matrix
  }

  /// What the data say too little of, by these derivatives of the residuals; empty when they determine all.
  func undetermined(_ jacobian: DenseMatrix) throws -> [String] {
    let sensitivity = try Sensitivity(jacobian)
    let weak = names.indices.filter { sensitivity.norms[$0] < 1 / log(10) }
    guard weak.isEmpty else {
      return weak.map { index in
        let norm = sensitivity.norms[index]
        return norm < 1e-3
          ? "'\(names[index])' has no effect on the capacity at the cycles of the data; do not fit it, or start "
            + "where it has one"
          : "the data do not constrain '\(names[index])': alone, it would be known to a factor of "
            + "\(String(format: norm < 0.15 ? "%.1e" : "%.0f", exp(1 / norm))) only; do not fit it, or start "
            + "where it matters more"
      }
    }
    let entangled = names.indices.filter { sensitivity.multipleCorrelations[$0] > FadeFit.correlationLimit }
    guard !entangled.isEmpty else { return [] }
    var pairs: [String] = []
    for (place, first) in entangled.enumerated() {
      for second in entangled[(place + 1)...] {
        let correlation = sensitivity.correlation(first, second)
        guard abs(correlation) > FadeFit.correlationLimit else { continue }
        pairs.append(
          "the data do not tell '\(names[first])' and '\(names[second])' apart: their correlation is "
            + "\(String(format: "%+.3f", correlation)), beyond \(FadeFit.correlationLimit); fit one of them")
      }
    }
    guard pairs.isEmpty else { return pairs }
    let list = entangled.map { "'\(names[$0])'" }.joined(separator: ", ")
    return [
      "the data do not tell \(list) apart: each correlates with the others together by more than "
        + "\(FadeFit.correlationLimit); fit fewer of them"
    ]
  }
}

/// What derivatives of residuals say of how well parameters are determined.
struct Sensitivity {
  /// The length of each column: the inverse is the standard error of the parameter if all others were known.
  let norms: [Double]
  /// The covariance of the parameters for residuals of unit variance.
  let covariance: DenseMatrix

  init(_ jacobian: DenseMatrix) throws {
    let count = jacobian.columns
    var gram = jacobian.gram()
    let norms = (0..<count).map { gram[$0, $0].squareRoot() }
    self.norms = norms
    // Scaled to unit columns, so that the smallest eigenvalue tells of dependence and not of units.
    let scales = norms.map { max($0, 1e-12) }
    for row in 0..<count { for column in 0..<count { gram[row, column] /= scales[row] * scales[column] } }
    var inverse = try SymmetricEigensystem(gram).inverse(floor: 1e-12)
    for row in 0..<count { for column in 0..<count { inverse[row, column] /= scales[row] * scales[column] } }
    covariance = inverse
  }

  /// The correlation of two parameters.
  func correlation(_ first: Int, _ second: Int) -> Double {
    covariance[first, second] / (covariance[first, first] * covariance[second, second]).squareRoot()
  }

  /// The correlation of each parameter with the best combination of all others.
  var multipleCorrelations: [Double] {
    norms.indices.map { index in
      // How many times the variance is that with the others known.
      let inflation = covariance[index, index] * norms[index] * norms[index]
      return max(0, 1 - 1 / max(inflation, 1)).squareRoot()
    }
  }
}

/// The evaluations of a model, each point once, in the order in which they were asked for.
private final class FadeEvaluations {
  private let model: FadeFit.Model
  private var places: [[Double]: Int] = [:]
  private(set) var log: [FadeFit.Evaluation] = []

  init(_ model: @escaping FadeFit.Model) { self.model = model }

  func at(_ points: [[Double]], _ purpose: FadeFit.Purpose) throws -> [FadePrediction?] {
    var new: [[Double]] = []
    for point in points where places[point] == nil && !new.contains(point) { new.append(point) }
    if !new.isEmpty {
      for (point, prediction) in zip(new, try model(purpose, new)) {
        places[point] = log.count
        log.append(.init(purpose: purpose, unknowns: point, prediction: prediction))
      }
    }
    return points.map { log[places[$0]!].prediction }
  }
}

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
/// Derivatives are forward differences over 10 % of a parameter: the median of a few sections changes its slope
/// wherever another section becomes the middle one, and falls by a step where a cell ends. A difference over much
/// less than the spread of the sections would be the slope of one section instead of that of the ensemble.
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
    /// The covariance of the unknowns when the standard deviations of the points are what they are said to be.
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
  /// A step that is worth no evaluation, in standard errors of the parameter.
  private static let worthlessStep = 0.03
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
    let problems = try undetermined(try jacobian(start, deviations, evaluations))
    guard problems.isEmpty else { throw FadeFitError.undetermined(problems.joined(separator: "\n")) }
    var solution = Solution(
      unknowns: start, covariance: DenseMatrix(rows: 0, columns: 0), ending: .iterationLimit, iterations: 0,
      renewals: 0, evaluations: [], warnings: [])
    search: for round in 0..<4 {
      switch method {
      case .leastSquares: try leastSquares(&solution, deviations, evaluations, progress)
      case .simplex: try simplex(&solution, deviations, evaluations, progress, isFirst: round == 0)
      }
      guard let found = try evaluations.at([solution.unknowns], .search)[0] else { break }
      let before = deviations
      deviations = self.deviations(found)
      solution.renewals = round + 1
      let change = zip(before, deviations).map { abs($1 / $0 - 1) }.max() ?? 0
      if change < 0.05 || solution.ending == .iterationLimit { break search }
    }
    let last = try jacobian(solution.unknowns, deviations, evaluations)
    solution.covariance = try Sensitivity(last).covariance
    solution.warnings = try undetermined(last)
    solution.evaluations = evaluations.log
    return solution
  }

  // MARK: Searches

  /// What a search by least squares learns while it runs.
  private final class SearchState {
    var best: (unknowns: [Double], chiSquare: Double)
    var standardErrors: [Double] = []
    /// Points tried since the last derivatives.
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
    let done = solution.iterations
    var iterations = 0
    do {
      let found = try LeastSquares.minimize(
        from: solution.unknowns, residualCount: data.count, stepTolerance: 1e-6, settledBelow: 1e-3,
        maximumIterations: maximumIterations - done,
        progress: { iterate in
          iterations = iterate.iteration
          guard iterate.iteration > 0 else { return }
          progress(
            Progress(
              iteration: done + iterate.iteration, chiSquare: iterate.sumOfSquares, unknowns: iterate.unknowns))
        },
        residuals: { unknowns in
          let steps = zip(zip(unknowns, state.best.unknowns), state.standardErrors).map {
            abs($0.0 - $0.1) / $1
          }
          // Steps shrink after every failure: without this, many ensembles would be run for nothing.
          if let largest = steps.max(), largest < FadeFit.worthlessStep { throw Worthless() }
          state.trials += 1
          let residuals = residuals(try evaluations.at([unknowns], .search)[0], deviations)
          let chiSquare = residuals.reduce(0) { $0 + $1 * $1 }
          if chiSquare < state.best.chiSquare { state.best = (unknowns, chiSquare) }
          return residuals
        },
        jacobian: { unknowns in
          let jacobian = try jacobian(unknowns, deviations, evaluations)
          let covariance = try Sensitivity(jacobian).covariance
          state.standardErrors = unknowns.indices.map { covariance[$0, $0].squareRoot() }
          state.trials = 0
          return jacobian
        })
      (solution.unknowns, solution.ending) = (found.last.unknowns, found.ending)
    } catch is Worthless {
      solution.unknowns = state.best.unknowns
      // A step is small because the minimum is near, or because longer ones failed.
      solution.ending = state.trials == 0 ? .converged : .noProgress
    }
    solution.iterations += iterations
  }

  private func simplex(
    _ solution: inout Solution, _ deviations: [Double], _ evaluations: FadeEvaluations,
    _ progress: (Progress) -> Void, isFirst: Bool
  ) throws {
    let done = solution.iterations
    let found = try Simplex.minimize(
      from: solution.unknowns, step: isFirst ? 0.25 : 0.05, tolerance: 2e-3,
      maximumIterations: maximumIterations - done,
      progress: { progress(Progress(iteration: done + $0, chiSquare: $2, unknowns: $1)) },
      { chiSquare(try evaluations.at([$0], .search)[0], deviations) })
    solution.unknowns = found.unknowns
    solution.ending = found.isConverged ? .converged : .iterationLimit
    solution.iterations += found.iterations
  }

  // MARK: Derivatives

  /// The derivatives of the residuals, a row for each point and a column for each parameter.
  private func jacobian(_ unknowns: [Double], _ deviations: [Double], _ evaluations: FadeEvaluations) throws
    -> DenseMatrix
  {
    func moved(_ column: Int, by step: Double) -> [Double] {
      var point = unknowns
      point[column] += step
      return point
    }
    guard let base = try evaluations.at([unknowns], .search)[0] else {
      throw FadeFitError.failed("the model has no value where its derivatives are needed")
    }
    let forward = try evaluations.at(
      names.indices.map { moved($0, by: FadeFit.differenceStep) }, .derivatives)
    // At the end of the range of a parameter the model is differenced backward.
    let blocked = names.indices.filter { forward[$0] == nil }
    let backward = try evaluations.at(
      blocked.map { moved($0, by: -FadeFit.differenceStep) }, .derivatives)
    var matrix = DenseMatrix(rows: data.count, columns: names.count)
    for column in names.indices {
      let place = blocked.firstIndex(of: column)
      guard let other = place.map({ backward[$0] }) ?? forward[column] else {
        throw FadeFitError.failed("the model has no value 10 % above and below '\(names[column])'")
      }
      let step = place == nil ? FadeFit.differenceStep : -FadeFit.differenceStep
      for row in data.indices {
        matrix[row, column] = (other.medians[row] - base.medians[row]) / (step * deviations[row])
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

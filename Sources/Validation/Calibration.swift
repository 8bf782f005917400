import CycleLife
import Foundation
import Numerics

/// The joint fit of parameters and protocol numbers to the rows of the targets that are marked for it.
///
/// Weighted least squares: the residual of a row is its deviation in units of its tolerance, logarithmic
/// where the tolerance is a factor. Derivatives are central difference quotients, all their simulations
/// computed as one pool of cases.
public struct Calibration: Sendable {
  /// The rows of the fit: seven capacities, the energies (which carry the mean voltages), one diffusivity.
  ///
  /// Volumetric energies follow from the gravimetric ones and the density, which is given.
  public static let rows = [
    "contact-1.0-1C", "contact-0.6-1C", "contact-1.0-0.1C", "contact-0.6-0.1C", "dense-0.1C-capacity",
    "dense-0.5C-capacity", "dense-1C-capacity", "dense-theory-gravimetric", "dense-0.1C-gravimetric",
    "dense-0.5C-gravimetric", "dense-1C-gravimetric", "deff-non-oriented",
  ]

  /// The rows to which a composite's quantities are fitted: one capacity and three energies.
  public static let compositeRows = [
    "composite-0.1C-90wt-capacity", "composite-0.1C-90wt-gravimetric", "composite-0.5C-70wt-gravimetric",
    "composite-1C-70wt-gravimetric",
  ]

  /// The rows that quantities are fitted to: those of the dense cell, of the composite, or both.
  static func rows(for quantities: [FreeQuantity]) -> [String] {
    let ofComposite = quantities.count { $0.key.hasPrefix("composite.") }
    return (ofComposite < quantities.count ? rows : []) + (ofComposite > 0 ? compositeRows : [])
  }

  /// The residual, in tolerances, of every row at values that cannot be simulated.
  ///
  /// Far above any that can, so that the search turns back from there.
  private static let beyond = 100.0

  /// What is fitted.
  public let quantities: [FreeQuantity]
  /// What it is fitted to.
  public let targets: [Target]

  private let start: PaperCells
  fileprivate let overrides: [String]
  fileprivate let jobs: Int
  private let simulated: @Sendable (Int, Int) -> Void

  /// Prepares a fit that starts from the values of `input`.
  ///
  /// - Parameter simulated: told how many of how many simulations of a pool are done, one call at a time.
  public init(
    _ quantities: [FreeQuantity], _ input: ValidationInput, jobs: Int,
    simulated: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
  ) {
    self.quantities = quantities
    let rows = Calibration.rows(for: quantities)
    targets = Target.published.filter { rows.contains($0.id) }
    start = PaperCells(input)
    overrides = input.overrides
    self.jobs = jobs
    self.simulated = simulated
  }

  /// The state of the fit after an iteration.
  public struct Progress: Sendable {
    public let iteration: Int
    /// Sum of the squared residuals.
    public let chiSquare: Double
    /// The values of the quantities with their units.
    public let values: [String]
  }

  /// Searches the values with the least sum of squared residuals.
  ///
  /// - Throws: `NumericalError`, or ``SimulationFailure`` when the start cannot be simulated.
  public func fit(maximumIterations: Int, progress: (Progress) -> Void) throws -> CalibrationResult {
    let first = quantities.map { $0.unknown(value: $0.value(in: start)) }
    let solution = try LeastSquares.minimize(
      from: first, residualCount: targets.count, stepTolerance: 1e-4, settledBelow: 5e-3,
      maximumIterations: maximumIterations,
      progress: { iterate in
        progress(
          Progress(
            iteration: iterate.iteration, chiSquare: iterate.sumOfSquares,
            values: zip(quantities, iterate.unknowns).map { $0.text($0.value(unknown: $1)) }))
      },
      residuals: { unknowns in
        let residuals = residuals(at: [unknowns])[0]
        // The first values have no others to turn back to.
        if unknowns == first, case .failure(let failure) = residuals { throw failure }
        return (try? residuals.get()) ?? targets.map { _ in Calibration.beyond }
      }, jacobian: { try jacobian(at: $0) })
    return try CalibrationResult(self, solution)
  }

  /// The cells with the values of unknowns; nil when one is outside its range.
  func cells(_ unknowns: [Double]) -> PaperCells? {
    cells(values: zip(quantities, unknowns).map { $0.value(unknown: $1) })
  }

  func cells(values: [Double]) -> PaperCells? {
    var cells = start
    for (quantity, value) in zip(quantities, values) {
      guard quantity.put(value, into: &cells) else { return nil }
    }
    return cells
  }

  /// The residuals at several points, with the simulations of all of them as one pool of cases.
  private func residuals(at points: [[Double]]) -> [Result<[Double], SimulationFailure>] {
    let rows = points.map { point in cells(point).map { cells in targets.map { cells.row($0.id)! } } }
    var observations = rows.flatMap { ($0 ?? []).flatMap(\.simulations) }.observe(
      jobs: jobs, progress: simulated)[...]
    return rows.map { rows in
      guard let rows else { return .failure(SimulationFailure(reason: "a value is outside its range")) }
      var residuals: [Double] = []
      var failure: SimulationFailure?
      for (row, target) in zip(rows, targets) {
        let own = observations.prefix(row.simulations.count)
        observations = observations.dropFirst(row.simulations.count)
        do throws(SimulationFailure) {
          var observed: [Observation] = []
          for result in own { observed.append(try result.get()) }
          guard let residual = target.deviation(of: row.evaluate(observed)) else {
            throw SimulationFailure(reason: "\(target.id) has no value")
          }
          residuals.append(residual)
        } catch { failure = failure ?? error }
      }
      return failure.map { .failure($0) } ?? .success(residuals)
    }
  }

  private func jacobian(at unknowns: [Double]) throws -> DenseMatrix {
    let points = quantities.indices.flatMap { column in
      [-1.0, 1.0].map { sign in
        var point = unknowns
        point[column] += sign * quantities[column].step
        return point
      }
    }
    let residuals = try residuals(at: points).map { try $0.get() }
    var matrix = DenseMatrix(rows: targets.count, columns: quantities.count)
    for column in quantities.indices {
      for row in targets.indices {
        matrix[row, column] =
          (residuals[2 * column + 1][row] - residuals[2 * column][row]) / (2 * quantities[column].step)
      }
    }
    return matrix
  }
}

// MARK: - Result

/// What a fit found, and how well.
public struct CalibrationResult: Sendable {
  /// A fitted quantity.
  public struct Fitted: Sendable {
    public let quantity: FreeQuantity
    /// Value and value before the fit, in the unit of the quantity.
    public let value: Double
    public let startValue: Double
    /// The standard error of the value, or of its logarithm where that is fitted.
    public let standardError: Double
  }

  public let fitted: [Fitted]
  /// Correlations of all pairs of quantities, the strongest first.
  public let correlations: [(first: String, second: String, value: Double)]
  /// Every row of the fit at the fitted values, rounded as they are printed.
  public let report: ValidationReport
  /// Sum of the squared residuals, and what it is divided by to judge it: rows less quantities.
  public let chiSquare: Double
  public let degreesOfFreedom: Int
  public let iterations: Int
  public let ending: LeastSquares.Ending

  private let paperProtocol: PaperProtocol
  private let overrides: [String]

  init(_ calibration: Calibration, _ solution: LeastSquares.Solution) throws {
    let quantities = calibration.quantities
    chiSquare = solution.last.sumOfSquares
    degreesOfFreedom = calibration.targets.count - quantities.count
    // A tolerance counts as one standard deviation of its row, or as more when the scatter about the fit
    // is larger than the tolerances say.
    let variance = degreesOfFreedom > 0 ? max(1, chiSquare / Double(degreesOfFreedom)) : 1
    let covariance = solution.covariance
    let start = calibration.cells(values: [])!
    fitted = quantities.indices.map { index in
      let value = quantities[index].value(unknown: solution.last.unknowns[index])
      return Fitted(
        quantity: quantities[index], value: Double(FreeQuantity.digits(value))!,
        startValue: quantities[index].value(in: start),
        standardError: (variance * covariance[index, index]).squareRoot())
    }
    var correlations: [(first: String, second: String, value: Double)] = []
    for i in quantities.indices {
      for j in quantities.indices.dropFirst(i + 1) {
        let value = covariance[i, j] / (covariance[i, i] * covariance[j, j]).squareRoot()
        if value.isFinite { correlations.append((quantities[i].key, quantities[j].key, value)) }
      }
    }
    self.correlations = correlations.sorted { abs($0.value) > abs($1.value) }
    guard let cells = calibration.cells(values: fitted.map(\.value)) else {
      throw SimulationFailure(reason: "a fitted value is outside its range")
    }
    report = ValidationReport(calibration.targets, cells, jobs: calibration.jobs)
    (iterations, ending) = (solution.last.iteration, solution.ending)
    (paperProtocol, overrides) = (cells.paperProtocol, calibration.overrides)
  }

  // MARK: Text

  /// The whole result in words and tables.
  public var text: String {
    let end =
      switch ending {
      case .converged: "converged"
      case .settled: "settled: the last iteration lowered chi2 by less than 0.5 %"
      case .noProgress: "settled: no step lowers chi2 further, which is as far as the solver's noise lets it"
      case .iterationLimit: "NOT converged: the iterations allowed are used up"
      }
    var lines = [
      "\(fitted.count) numbers fitted to \(report.lines.count) rows, which leaves \(degreesOfFreedom) degrees "
        + "of freedom; \(end), \(iterations) iterations",
      String(format: "chi2 = %.3f, the sum of squared deviations in tolerances", chiSquare),
    ]
    lines += ["", "fitted values with standard errors (a tolerance taken as one standard deviation):"]
    lines += aligned(
      fitted.map {
        [
          $0.quantity.key, $0.quantity.text($0.value), $0.quantity.errorText($0.standardError),
          "from \($0.quantity.text($0.startValue))",
        ]
      })
    lines += ["", "strongest correlations:"]
    lines += aligned(
      correlations.prefix(6).map { [String(format: "%+.3f", $0.value), $0.first, $0.second] })
    lines += ["", "rows at these values:", report.table, "", "as part of a scenario:", "", scenario]
    lines += ["to see every row with them:", "", "cyclelife validate \(options)"]
    return lines.joined(separator: "\n")
  }

  /// The fitted values as lines of a scenario.
  public var scenario: String {
    var text = ""
    var open = ""
    for item in fitted.sorted(by: { $0.quantity.key < $1.quantity.key })
    where PaperProtocol.Key(rawValue: item.quantity.key) == nil {
      var path = item.quantity.key.split(separator: ".").map(String.init)
      let leaf = path.removeLast()
      if path.joined(separator: ".") != open {
        open = path.joined(separator: ".")
        for (depth, section) in path.enumerated() {
          text += String(repeating: "  ", count: depth) + "\(section):\n"
        }
      }
      text += String(repeating: "  ", count: path.count) + "\(leaf): \(item.quantity.text(item.value))\n"
    }
    let hold = FreeQuantity.digits(paperProtocol.holdVoltage)
    return text + """

      # Lithium content of the charged cell at rest, for the rate rows: \(paperProtocol.chargedContent)
      protocol:
        - Charge at 1C until \(hold) V vs Li
        - Hold at \(hold) V vs Li until C/10
        - Discharge at 1C until \(FreeQuantity.digits(paperProtocol.cutoffVoltage)) V vs Li

      """
  }

  /// The options that give `validate` the fitted values, and what else was changed for the fit.
  private var options: String {
    let keys = fitted.map { "\($0.quantity.key)=" }
    let others = overrides.filter { override in !keys.contains { override.hasPrefix($0) } }
    return (others + fitted.map { "\($0.quantity.key)=\($0.quantity.text($0.value))" })
      .map { "--set '\($0)'" }.joined(separator: " ")
  }

  private func aligned(_ rows: [[String]]) -> [String] {
    let columns = rows.first?.count ?? 0
    let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      "  "
        + zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(
          separator: "  "
        )
        .trimmingCharacters(in: .whitespaces)
    }
  }
}

import CGSL

/// Nonlinear least squares: the unknowns that make a sum of squared residuals smallest.
public enum LeastSquares {
  /// Why a search ended.
  public enum Ending: Sendable, Equatable {
    /// Step or gradient fell below its tolerance.
    case converged
    /// The last iteration lowered the sum of squares by less than its tolerance.
    case settled
    /// No step lowers the sum of squares, as happens at the level of the residuals' noise.
    case noProgress
    /// The iterations allowed are used up.
    case iterationLimit
  }

  /// The state of a search after an iteration.
  public struct Iterate: Sendable, Equatable {
    /// How many iterations were made; 0 at the start.
    public var iteration: Int
    public var unknowns: [Double]
    public var residuals: [Double]

    /// The sum of the squared residuals.
    public var sumOfSquares: Double { residuals.reduce(0) { $0 + $1 * $1 } }
  }

  /// What a search found.
  public struct Solution: Sendable {
    public var last: Iterate
    public var ending: Ending
    /// Inverse of J'J at the solution: the covariance of the unknowns for residuals of unit variance.
    public var covariance: DenseMatrix
  }

  /// The functions that GSL calls back, and what they threw.
  private final class Context {
    let residuals: ([Double]) throws -> [Double]
    let jacobian: ([Double]) throws -> DenseMatrix
    var failure: (any Error)?

    init(
      _ residuals: @escaping ([Double]) throws -> [Double],
      _ jacobian: @escaping ([Double]) throws -> DenseMatrix
    ) {
      self.residuals = residuals
      self.jacobian = jacobian
    }

    /// Runs `body` once; an error is kept for the caller of GSL.
    func attempt(_ body: () throws -> Void) -> Int32 {
      guard failure == nil else { return Int32(GSL_EBADFUNC) }
      do {
        try body()
        return Int32(GSL_SUCCESS)
      } catch {
        failure = error
        return Int32(GSL_EBADFUNC)
      }
    }
  }

  /// Minimises the sum of squares by the Levenberg-Marquardt method with a trust region.
  ///
  /// - Parameters:
  ///   - start: first guess of the unknowns.
  ///   - isEvenlyScaled: whether a step of one is as long in every unknown, as in logarithms. Then no first step is longer
  ///     than 0.3, or 0.3 times the norm of `start` where that is above one, and a later one at most three times as long
  ///     as one that went well. Else steps are measured by what they change: an unknown that changes little may go far.
  ///   - residualCount: how many residuals there are, at least as many as unknowns.
  ///   - stepTolerance: bound on the last step of each unknown, relative to the unknown.
  ///   - settledBelow: a relative decrease of the sum of squares that is not worth another iteration.
  ///   - maximumIterations: iterations allowed, each with one Jacobian.
  ///   - progress: told of the start and of every iteration.
  ///   - residuals: the residuals at given unknowns.
  ///   - jacobian: their derivatives at given unknowns, one column per unknown.
  /// - Throws: what the functions throw, or ``NumericalError``.
  public static func minimize(
    from start: [Double], isEvenlyScaled: Bool = false, residualCount: Int, stepTolerance: Double = 1e-8,
    settledBelow: Double = 0,
    maximumIterations: Int = 100, progress: (Iterate) -> Void = { _ in },
    residuals: @escaping ([Double]) throws -> [Double],
    jacobian: @escaping ([Double]) throws -> DenseMatrix
  ) throws -> Solution {
    _ = Library.ready
    let reason = "\(residualCount) residuals for \(start.count) unknowns"
    var parameters = gsl_multifit_nlinear_default_parameters()
    if isEvenlyScaled { parameters.scale = cgsl_multifit_nlinear_scale_levenberg() }
    guard !start.isEmpty, residualCount >= start.count,
      let solver = gsl_multifit_nlinear_alloc(
        cgsl_multifit_nlinear_trust(), &parameters, residualCount, start.count)
    else { throw NumericalError(routine: "gsl_multifit_nlinear_alloc", reason: reason) }
    defer { gsl_multifit_nlinear_free(solver) }
    let context = Context(residuals, jacobian)
    // The solver keeps a pointer to the system, which therefore needs a stable address.
    let system = UnsafeMutablePointer<gsl_multifit_nlinear_fdf>.allocate(capacity: 1)
    defer { system.deallocate() }
    system.initialize(to: callbacks(context, residualCount: residualCount, unknownCount: start.count))
    return try withExtendedLifetime(context) {
      let status = start.withUnsafeBufferPointer { start in
        var view = gsl_vector_const_view_array(start.baseAddress, start.count)
        return gsl_multifit_nlinear_init(&view.vector, system, solver)
      }
      if let failure = context.failure { throw failure }
      try Library.check(status, "gsl_multifit_nlinear_init", reason)
      var iterate = Iterate(
        iteration: 0, unknowns: values(gsl_multifit_nlinear_position(solver)),
        residuals: values(gsl_multifit_nlinear_residual(solver)))
      progress(iterate)
      var ending = Ending.iterationLimit
      search: while iterate.iteration < maximumIterations {
        let before = iterate.sumOfSquares
        let status = gsl_multifit_nlinear_iterate(solver)
        if let failure = context.failure { throw failure }
        if status == Int32(GSL_ENOPROG) {
          ending = .noProgress
          break search
        }
        try Library.check(status, "gsl_multifit_nlinear_iterate", "no step at \(iterate.unknowns)")
        iterate.iteration += 1
        iterate.unknowns = values(gsl_multifit_nlinear_position(solver))
        iterate.residuals = values(gsl_multifit_nlinear_residual(solver))
        progress(iterate)
        var info: Int32 = 0
        if gsl_multifit_nlinear_test(stepTolerance, 1e-12, 0, &info, solver) == Int32(GSL_SUCCESS) {
          ending = .converged
          break search
        }
        if before - iterate.sumOfSquares < settledBelow * before {
          ending = .settled
          break search
        }
      }
      return Solution(last: iterate, ending: ending, covariance: try covariance(solver, start.count))
    }
  }

  private static func callbacks(_ context: Context, residualCount: Int, unknownCount: Int)
    -> gsl_multifit_nlinear_fdf
  {
    var system = gsl_multifit_nlinear_fdf()
    system.n = residualCount
    system.p = unknownCount
    system.params = Unmanaged.passUnretained(context).toOpaque()
    system.f = { unknowns, parameters, result in
      let context = Unmanaged<Context>.fromOpaque(parameters!).takeUnretainedValue()
      return context.attempt {
        let residuals = try context.residuals(LeastSquares.values(unknowns))
        try LeastSquares.require(residuals.count == result!.pointee.size, "residuals")
        for (index, value) in residuals.enumerated() { gsl_vector_set(result, index, value) }
      }
    }
    system.df = { unknowns, parameters, result in
      let context = Unmanaged<Context>.fromOpaque(parameters!).takeUnretainedValue()
      return context.attempt {
        let jacobian = try context.jacobian(LeastSquares.values(unknowns))
        try LeastSquares.require(
          jacobian.rows == result!.pointee.size1 && jacobian.columns == result!.pointee.size2, "Jacobian")
        for row in 0..<jacobian.rows {
          for column in 0..<jacobian.columns { gsl_matrix_set(result, row, column, jacobian[row, column]) }
        }
      }
    }
    return system
  }

  private static func covariance(_ solver: UnsafeMutablePointer<gsl_multifit_nlinear_workspace>, _ count: Int)
    throws -> DenseMatrix
  {
    let matrix = gsl_matrix_alloc(count, count)
    defer { gsl_matrix_free(matrix) }
    // Columns of J that are zero to round-off leave their unknown undetermined: variance 0 by GSL's rule.
    let status = gsl_multifit_nlinear_covar(gsl_multifit_nlinear_jac(solver), 1e-14, matrix)
    try Library.check(status, "gsl_multifit_nlinear_covar", "no covariance of \(count) unknowns")
    var result = DenseMatrix(rows: count, columns: count)
    for row in 0..<count {
      for column in 0..<count { result[row, column] = gsl_matrix_get(matrix, row, column) }
    }
    return result
  }

  private static func values(_ vector: UnsafePointer<gsl_vector>?) -> [Double] {
    guard let vector else { return [] }
    return (0..<vector.pointee.size).map { gsl_vector_get(vector, $0) }
  }

  private static func values(_ vector: UnsafeMutablePointer<gsl_vector>?) -> [Double] {
    values(UnsafePointer(vector))
  }

  private static func require(_ holds: Bool, _ what: String) throws {
    guard holds else {
      throw NumericalError(
        routine: "LeastSquares.minimize", reason: "the \(what) have another size than stated")
    }
  }
}

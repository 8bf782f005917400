import CGSL

/// The minimum of a function of several variables without derivatives, by the simplex of Nelder and Mead.
public enum Simplex {
  /// What a search found.
  public struct Solution: Sendable, Equatable {
    public var unknowns: [Double]
    /// The function there.
    public var value: Double
    public var iterations: Int
    /// Whether the simplex shrank to its tolerance.
    public var isConverged: Bool
  }

  private final class Context {
    let function: ([Double]) throws -> Double
    var failure: (any Error)?

    init(_ function: @escaping ([Double]) throws -> Double) { self.function = function }

    func evaluate(_ unknowns: UnsafePointer<gsl_vector>?) -> Double {
      guard failure == nil, let unknowns else { return .infinity }
      do {
        return try function((0..<unknowns.pointee.size).map { gsl_vector_get(unknowns, $0) })
      } catch {
        failure = error
        return .infinity
      }
    }
  }

  /// Minimises `function` (`gsl_multimin_fminimizer_nmsimplex2`).
  ///
  /// - Parameters:
  ///   - start: one corner of the first simplex.
  ///   - step: how far the other corners lie from it, each along one unknown.
  ///   - tolerance: the size of the simplex, the mean distance of its corners from their centre, that is
  ///     small enough.
  ///   - maximumIterations: iterations allowed, each with one or two evaluations, or one for each unknown.
  ///   - progress: told of the number of every iteration, and the best unknowns and value so far.
  /// - Throws: what `function` throws, or ``NumericalError``.
  public static func minimize(
    from start: [Double], step: Double, tolerance: Double, maximumIterations: Int,
    progress: (Int, [Double], Double) -> Void = { _, _, _ in },
    _ function: @escaping ([Double]) throws -> Double
  ) throws -> Solution {
    _ = Library.ready
    guard !start.isEmpty,
      let solver = gsl_multimin_fminimizer_alloc(cgsl_multimin_fminimizer_nmsimplex2(), start.count),
      let steps = gsl_vector_alloc(start.count)
    else {
      throw NumericalError(
        routine: "gsl_multimin_fminimizer_alloc", reason: "no simplex of \(start.count) unknowns")
    }
    defer {
      gsl_multimin_fminimizer_free(solver)
      gsl_vector_free(steps)
    }
    gsl_vector_set_all(steps, step)
    let context = Context(function)
    return try withExtendedLifetime(context) {
      // The solver keeps a pointer to the function, which therefore needs a stable address.
      let target = UnsafeMutablePointer<gsl_multimin_function>.allocate(capacity: 1)
      defer { target.deallocate() }
      target.initialize(
        to: gsl_multimin_function(
          f: { unknowns, parameters in
            Unmanaged<Context>.fromOpaque(parameters!).takeUnretainedValue().evaluate(unknowns)
          }, n: start.count, params: Unmanaged.passUnretained(context).toOpaque()))
      let status = start.withUnsafeBufferPointer { start in
        var view = gsl_vector_const_view_array(start.baseAddress, start.count)
        return gsl_multimin_fminimizer_set(solver, target, &view.vector, steps)
      }
      if let failure = context.failure { throw failure }
      try Library.check(status, "gsl_multimin_fminimizer_set", "no simplex at \(start)")
      func best() -> [Double] { (0..<start.count).map { gsl_vector_get(solver.pointee.x, $0) } }
      var iterations = 0
      var isConverged = false
      while iterations < maximumIterations, !isConverged {
        let status = gsl_multimin_fminimizer_iterate(solver)
        if let failure = context.failure { throw failure }
        try Library.check(status, "gsl_multimin_fminimizer_iterate", "no step at \(best())")
        iterations += 1
        progress(iterations, best(), solver.pointee.fval)
        isConverged = gsl_multimin_fminimizer_size(solver) < tolerance
      }
      return Solution(
        unknowns: best(), value: solver.pointee.fval, iterations: iterations, isConverged: isConverged)
    }
  }
}

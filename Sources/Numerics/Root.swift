import CGSL

/// Roots of a function of one variable.
public enum Root {
  private final class Context {
    let function: (Double) throws -> Double
    var failure: (any Error)?
    /// The point evaluated last, and the value there.
    var last = (x: Double.nan, value: Double.nan)

    init(_ function: @escaping (Double) throws -> Double) { self.function = function }

    func evaluate(_ x: Double) -> Double {
      if failure != nil { return 0 }
      do {
        last = (x, try function(x))
        return last.value
      } catch {
        failure = error
        return 0
      }
    }
  }

  /// Finds a root of `function` inside `bracket` by Brent's method.
  ///
  /// - Parameters:
  ///   - bracket: an interval at whose ends the function has opposite signs.
  ///   - tolerance: the width of the interval at which the search stops.
  ///   - isRoot: ends the search at the point evaluated last when its residual is small enough.
  /// - Throws: what `function` throws, or ``NumericalError`` without a sign change.
  public static func brent(
    in bracket: ClosedRange<Double>, tolerance: Double,
    isRoot: @escaping (Double) -> Bool = { $0 == 0 },
    _ function: @escaping (Double) throws -> Double
  ) throws -> Double {
    _ = Library.ready
    let context = Context(function)
    let solver = gsl_root_fsolver_alloc(cgsl_root_fsolver_brent())
    defer { gsl_root_fsolver_free(solver) }
    return try withExtendedLifetime(context) {
      var target = gsl_function(
        function: { x, parameters in
          let context = Unmanaged<Context>.fromOpaque(parameters!).takeUnretainedValue()
          return context.evaluate(x)
        }, params: Unmanaged.passUnretained(context).toOpaque())
      let status = gsl_root_fsolver_set(solver, &target, bracket.lowerBound, bracket.upperBound)
      if let failure = context.failure { throw failure }
      try Library.check(status, "gsl_root_fsolver_set", "no sign change in \(bracket)")
      for _ in 0..<100 {
        try Library.check(gsl_root_fsolver_iterate(solver), "gsl_root_fsolver_iterate", "no root")
        if let failure = context.failure { throw failure }
        let width = gsl_root_fsolver_x_upper(solver) - gsl_root_fsolver_x_lower(solver)
        if width <= tolerance { break }
        if isRoot(context.last.value) { return context.last.x }
      }
      return gsl_root_fsolver_root(solver)
    }
  }
}

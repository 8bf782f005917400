import CGSL

/// A monotone piecewise-cubic interpolant through tabulated points (Steffen's method).
///
/// Steffen's interpolant has no overshoot between table points, so a tabulated equilibrium
/// potential that falls everywhere also falls between its points.
/// Source: M. Steffen, Astron. Astrophys. 239, 443 (1990); `gsl_interp_steffen`.
public final class MonotoneInterpolant: @unchecked Sendable {
  // Immutable after init, and evaluated without an accelerator: safe to share between threads.
  private let x: [Double]
  private let y: [Double]
  private let interpolation: UnsafeMutablePointer<gsl_interp>

  /// Creates the interpolant through `points`, whose abscissae must increase strictly.
  ///
  /// - Throws: ``NumericalError`` if there are fewer than three points or they are not in order.
  public init(_ points: [(x: Double, y: Double)]) throws {
    _ = Library.ready
    x = points.map(\.x)
    y = points.map(\.y)
    guard points.count >= 3, zip(x, x.dropFirst()).allSatisfy({ $0 < $1 }),
      let allocated = gsl_interp_alloc(cgsl_interp_steffen(), points.count)
    else {
      throw NumericalError(
        routine: "gsl_interp_alloc", reason: "three or more points with rising abscissae are needed")
    }
    interpolation = allocated
    try Library.check(
      gsl_interp_init(allocated, x, y, points.count), "gsl_interp_init", "cannot interpolate")
  }

  deinit { gsl_interp_free(interpolation) }

  /// The range of abscissae that the table covers.
  public var domain: ClosedRange<Double> { x[0]...x[x.count - 1] }

  /// The value and first derivative at `point`; outside the table the end tangent is continued.
  ///
  /// Not numbers where GSL cannot say, as for a point that is none: solvers see it and shorten their step.
  public func evaluate(_ point: Double) -> (value: Double, slope: Double) {
    let inside = min(max(point, domain.lowerBound), domain.upperBound)
    var value = 0.0
    var slope = 0.0
    guard gsl_interp_eval_e(interpolation, x, y, inside, nil, &value) == Int32(GSL_SUCCESS),
      gsl_interp_eval_deriv_e(interpolation, x, y, inside, nil, &slope) == Int32(GSL_SUCCESS)
    else { return (.nan, .nan) }
    return (value + slope * (point - inside), slope)
  }
}

import CGSL

/// Initial-value problems of a few unknowns, integrated adaptively by GSL.
public enum OrdinaryDifferentialEquation {
  private final class Context {
    let derivative: (Double, UnsafePointer<Double>, UnsafeMutablePointer<Double>) throws -> Void
    var failure: (any Error)?

    init(
      _ derivative:
        @escaping (Double, UnsafePointer<Double>, UnsafeMutablePointer<Double>) throws -> Void
    ) {
      self.derivative = derivative
    }
  }

  /// Integrates dy/dt = f(t, y) from `start` to `end` with Runge-Kutta-Fehlberg 4(5).
  ///
  /// - Parameters:
  ///   - state: y, advanced in place.
  ///   - relativeTolerance: bound on the local error relative to |y|.
  ///   - absoluteTolerance: bound on the local error in the units of y.
  ///   - derivative: writes dy/dt for a given t and y.
  /// - Throws: what `derivative` throws, or ``NumericalError`` when the step size vanishes.
  public static func integrate(
    _ state: inout [Double], from start: Double, to end: Double, relativeTolerance: Double,
    absoluteTolerance: Double,
    derivative:
      @escaping (Double, UnsafePointer<Double>, UnsafeMutablePointer<Double>) throws -> Void
  ) throws {
    _ = Library.ready
    let context = Context(derivative)
    // The driver keeps a pointer to the system, which therefore needs a stable address.
    let system = UnsafeMutablePointer<gsl_odeiv2_system>.allocate(capacity: 1)
    defer { system.deallocate() }
    system.initialize(
      to: gsl_odeiv2_system(
        function: { time, state, derivative, parameters in
          let context = Unmanaged<Context>.fromOpaque(parameters!).takeUnretainedValue()
          do {
            try context.derivative(time, state!, derivative!)
            return Int32(GSL_SUCCESS)
          } catch {
            context.failure = error
            return Int32(GSL_EBADFUNC)
          }
        }, jacobian: nil, dimension: state.count,
        params: Unmanaged.passUnretained(context).toOpaque()))
    let driver = gsl_odeiv2_driver_alloc_y_new(
      system, cgsl_odeiv2_step_rkf45(), (end - start) / 8, absoluteTolerance, relativeTolerance)
    defer { gsl_odeiv2_driver_free(driver) }
    gsl_odeiv2_driver_set_nmax(driver, 100_000)
    var time = start
    let status = withExtendedLifetime(context) {
      gsl_odeiv2_driver_apply(driver, &time, end, &state)
    }
    if let failure = context.failure { throw failure }
    try Library.check(status, "gsl_odeiv2_driver_apply", "integration stopped at t = \(time)")
  }
}

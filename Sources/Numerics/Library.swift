import CGSL
import CLAPACK

/// Process-wide settings of the C libraries, made once before their first use.
public enum Library {
  /// Turns off GSL's aborting error handler and pins OpenBLAS to one thread.
  ///
  /// One BLAS thread, because runs are made parallel over cases, and because results then do not
  /// depend on the number of cores.
  static let ready: Void = {
    gsl_set_error_handler_off()
    openblas_set_num_threads(1)
  }()

  /// How many threads OpenBLAS works with: one.
  public static var blasThreads: Int {
    _ = ready
    return Int(openblas_get_num_threads())
  }

  /// The version of the GNU Scientific Library in use.
  public static var gslVersion: String { String(cString: cgsl_version()) }

  /// Throws the GSL error that `status` stands for, with the `reason` it matters; returns on success.
  static func check(_ status: Int32, _ routine: String, _ reason: @autoclosure () -> String) throws {
    guard status != Int32(GSL_SUCCESS) else { return }
    throw NumericalError(
      routine: routine, code: Int(status),
      reason: "\(reason()): \(String(cString: gsl_strerror(status)))")
  }
}

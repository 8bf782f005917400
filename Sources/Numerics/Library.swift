import CGSL
import CLAPACK
import Foundation

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

  /// Keeps loops that CHOLMOD shares among threads of OpenMP on the calling thread.
  ///
  /// They are too short to be shared: waking threads takes more time than they do. The setting belongs to a thread, and
  /// is no more than a store. A CHOLMOD without OpenMP needs none.
  static func serialise() { setMaxActiveLevels?(0) }

  private static let setMaxActiveLevels: (@convention(c) (Int32) -> Void)? = {
    guard let symbol = dlsym(nil, "omp_set_max_active_levels") else { return nil }
    return unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Void).self)
  }()

  /// How many threads OpenBLAS works with: one.
  public static var blasThreads: Int {
    _ = ready
    return Int(openblas_get_num_threads())
  }

  /// The processor whose kernels OpenBLAS computes with, such as "SkylakeX".
  ///
  /// The last digits of results depend on it. A release older than the processor falls back to kernels of twenty years
  /// ago, "Prescott", unless the environment names others in `OPENBLAS_CORETYPE`.
  public static var blasKernels: String { String(cString: openblas_get_corename()) }

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

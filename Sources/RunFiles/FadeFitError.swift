/// Why parameters are not fitted to a fade curve.
public enum FadeFitError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was asked for makes no fit.
  case usage(String)
  /// The data do not determine the parameters.
  case undetermined(String)
  /// The model has no value where the fit needs one.
  case failed(String)

  public var description: String {
    switch self {
    case .usage(let reason), .undetermined(let reason), .failed(let reason): reason
    }
  }
}

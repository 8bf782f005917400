/// A failure reported by one of the numerical libraries, or by a solver built on them.
public struct NumericalError: Error, Equatable, CustomStringConvertible {
  /// The routine that failed, as its library names it.
  public var routine: String
  /// The library's status code.
  public var code: Int
  /// What was being computed, in words a user can act on.
  public var reason: String

  /// Creates an error of `routine` with the library's `code` and a `reason` in words.
  public init(routine: String, code: Int = 0, reason: String) {
    self.routine = routine
    self.code = code
    self.reason = reason
  }

  public var description: String { "\(routine): \(reason) (status \(code))" }
}

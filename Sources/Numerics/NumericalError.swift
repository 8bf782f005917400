/// A failure reported by one of the numerical libraries, or by a solver built on them.
public struct NumericalError: Error, Equatable, CustomStringConvertible {
  /// The routine that failed, as its library names it.
  public var routine: String
  /// The library's status code.
  public var code: Int
  /// What was being computed, in words a user can act on.
  public var reason: String
  /// What cannot be known for it, in words of what is simulated; nil where nobody has said so yet.
  public var consequence: String?

  /// Creates an error of `routine` with the library's `code` and a `reason` in words.
  public init(routine: String, code: Int = 0, reason: String) {
    self.routine = routine
    self.code = code
    self.reason = reason
  }

  public var description: String {
    (consequence.map { "\($0): " } ?? "") + "\(routine): \(reason) (status \(code))"
  }

  /// Says in words of what is simulated what a failure within `body` keeps from being known.
  public static func naming<Result>(_ consequence: @autoclosure () -> String, _ body: () throws -> Result)
    throws
    -> Result
  {
    do {
      return try body()
    } catch var error as NumericalError {
      error.consequence = consequence()
      throw error
    }
  }
}

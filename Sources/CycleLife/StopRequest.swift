/// How a run learns that it is to stop before its end.
public struct StopRequest: Sendable {
  private let isMade: @Sendable () -> Bool

  /// Asks `isMade` after every time step and stress evaluation, on the thread of the run.
  public init(_ isMade: @escaping @Sendable () -> Bool) { self.isMade = isMade }

  /// Lets a run come to its end.
  public static let never = StopRequest { false }

  /// Throws ``RunInterrupted`` once the request is made.
  public func check() throws(RunInterrupted) { if isMade() { throw RunInterrupted() } }
}

/// A run was asked to stop; it can be continued from its state.
public struct RunInterrupted: Error, Sendable, Equatable, CustomStringConvertible {
  public init() {}

  public var description: String { "interrupted" }
}

import Foundation

/// A value that threads use one after the other.
///
/// In place of `Mutex` of the standard library, which on Linux the sanitizer of threads does not see: it reports what
/// two threads do in turn under it as a race. It does see the lock of Foundation.
public final class Locked<Value>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  public init(_ value: sending Value) { self.value = value }

  /// What `body` makes of the value, which it may change; other threads wait until it is done.
  public func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }
}

import Dispatch
import Numerics

/// Independent cases on several threads.
public enum ParallelCases {
  private struct Progress<Result> {
    var next = 0
    var results: [Result?]
    var failure: (index: Int, error: any Error)?
  }

  /// The results of `body` for 0 ..< `count`, in that order.
  ///
  /// Each thread takes the next case when it is free, so that results depend neither on the number of
  /// threads nor on how long a case takes. After a failure no new case is begun.
  ///
  /// - Parameters:
  ///   - jobs: how many threads work at once, at least one.
  ///   - finished: told of every result as it comes, one call at a time, in any order.
  /// - Throws: the error of the first failed case, in the order of the cases.
  public static func map<Result: Sendable>(
    _ count: Int, jobs: Int, finished: @Sendable (Int, Result) -> Void = { _, _ in },
    _ body: @Sendable (Int) throws -> Result
  ) throws -> [Result] {
    let progress = Locked(Progress<Result>(results: [Result?](repeating: nil, count: count)))
    DispatchQueue.concurrentPerform(iterations: max(1, min(jobs, count))) { _ in
      while true {
        let index: Int? = progress.withLock { progress in
          guard progress.failure == nil, progress.next < count else { return nil }
          progress.next += 1
          return progress.next - 1
        }
        guard let index else { return }
        do {
          let result = try body(index)
          progress.withLock { progress in
            progress.results[index] = result
            finished(index, result)
          }
        } catch {
          progress.withLock { progress in
            if index < progress.failure?.index ?? .max { progress.failure = (index, error) }
          }
        }
      }
    }
    return try progress.withLock { progress in
      if let failure = progress.failure { throw failure.error }
      return progress.results.map { $0! }
    }
  }
}

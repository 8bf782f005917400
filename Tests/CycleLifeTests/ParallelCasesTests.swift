import CycleLife
import Numerics
import Testing

@Suite struct Parallel {
  private struct Failure: Error, Equatable { var index: Int }

  /// Work that takes longest for the first cases, so that they end last.
  private func work(_ index: Int) -> Int {
    var sum = index
    for step in 0..<(20_000 / (index + 1)) { sum = (sum &* 31 &+ step) % 1_000_003 }
    return sum
  }

  @Test(arguments: [1, 2, 8, 1000]) func resultsStandInTheOrderOfTheCases(jobs: Int) throws {
    let told = Locked<[Int]>([])
    let results = try ParallelCases.map(
      200, jobs: jobs, finished: { index, _ in told.withLock { $0.append(index) } }, { work($0) })
    #expect(results == (0..<200).map(work))
    #expect(told.withLock { $0.sorted() } == Array(0..<200))
  }

  @Test(arguments: [1, 2, 8]) func theFirstErrorOfTheCasesWins(jobs: Int) {
    let begun = Locked(0)
    #expect(throws: Failure(index: 3)) {
      try ParallelCases.map(1000, jobs: jobs) { index in
        begun.withLock { $0 += 1 }
        let result = work(index)
        if index >= 3 { throw Failure(index: index) }
        return result
      }
    }
    // Case 3 fails whoever is first; threads that have begun a case end it, and none begins another.
    #expect(begun.withLock { $0 } <= 4 + jobs)
  }

  @Test func noCasesGiveNoResults() throws {
    #expect(try ParallelCases.map(0, jobs: 4) { $0 }.isEmpty)
  }
}

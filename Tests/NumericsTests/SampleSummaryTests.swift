import Foundation
import Numerics
import Testing

@Suite struct SampleSummaries {
  @Test func quantilesInterpolateBetweenOrderStatistics() throws {
    let summary = try #require(SampleSummary([5, 1, 4, 2, 3]))
    #expect(summary.count == 5 && summary.median == 3)
    #expect(abs(summary.lower - 1.4) < 1e-14 && abs(summary.upper - 4.6) < 1e-14)
    #expect(SampleSummary([4, 1, 2, 3])?.median == 2.5)
  }

  @Test func whatIsNoNumberIsLeftOut() {
    #expect(SampleSummary([.nan, 2, .nan, 1, 3]) == SampleSummary([1, 2, 3]))
    #expect(SampleSummary([.nan]) == nil && SampleSummary([]) == nil)
  }

  @Test func oneNumberHasNoStandardError() throws {
    let summary = try #require(SampleSummary([7]))
    #expect(summary.median == 7 && summary.lower == 7 && summary.upper == 7)
    #expect(summary.standardError == nil)
  }

  /// Of three draws from three numbers the middle one is the smallest, middle and largest number with the
  /// probabilities 7/27, 13/27 and 7/27.
  @Test func threeNumbersHaveKnownWeights() throws {
    let found = try #require(SampleSummary([10, 0, 1])?.standardError)
    let mean = 83.0 / 27
    let square = 713.0 / 27
    #expect(abs(found - (square - mean * mean).squareRoot()) < 1e-12)
  }

  /// Two draws have the mean of a pair as median: a quarter of pairs at either number, half between.
  @Test func twoNumbers() throws {
    #expect(try abs(#require(SampleSummary([1, 3])?.standardError) - 0.5.squareRoot()) < 1e-14)
  }

  /// Every sample that can be drawn from the numbers, one by one.
  @Test(arguments: [2, 3, 4, 5, 6, 7]) func theBootstrapIsExact(count: Int) throws {
    let numbers = (0..<count).map { 100 + pow(1.7, Double($0)) - 3 * Double($0 % 3) }
    let samples = (0..<Int(pow(Double(count), Double(count)))).map { index in
      var rest = index
      return (0..<count).map { _ in
        defer { rest /= count }
        return numbers[rest % count]
      }.sorted()
    }
    let medians = samples.map { ($0[(count - 1) / 2] + $0[count / 2]) / 2 - 100 }
    let mean = medians.reduce(0, +) / Double(medians.count)
    let variance = medians.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(medians.count)
    let found = try #require(SampleSummary(numbers)?.standardError)
    #expect(abs(found / variance.squareRoot() - 1) < 1e-10)
  }

  /// The median of n uniform numbers has the standard deviation 1 / (2 sqrt(n + 2)); numbers at the means of
  /// order statistics are as uniform as n can be.
  @Test(arguments: [99, 100, 999, 5000]) func uniformOrderStatistics(count: Int) throws {
    let numbers = (1...count).map { Double($0) / Double(count + 1) }
    let found = try #require(SampleSummary(numbers)?.standardError)
    #expect(abs(found * 2 * Double(count + 2).squareRoot() - 1) < 1.5 / Double(count))
  }

  /// 1.2533 sigma / sqrt(n) for the normal distribution, here at its own quantiles.
  @Test(arguments: [1001, 10_000]) func aLargeNormalSample(count: Int) throws {
    let numbers = (0..<count).map {
      RandomStream.gaussianQuantile((Double($0) + 0.5) / Double(count), standardDeviation: 3)
    }
    let found = try #require(SampleSummary(numbers.reversed())?.standardError)
    #expect(abs(found / (1.2533 * 3 / Double(count).squareRoot()) - 1) < 0.005)
  }

  @Test func equalNumbersHaveNoError() { #expect(SampleSummary([2, 2, 2, 2])?.standardError == 0) }

  /// Linear algebra on one thread: cases run at once, and results do not depend on the machine's cores.
  @Test func linearAlgebraRunsOnOneThread() { #expect(Library.blasThreads == 1) }
}

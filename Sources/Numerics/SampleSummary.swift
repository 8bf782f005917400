import CGSL
import Foundation

/// What a sample says of the distribution it was drawn from: median, 10 to 90 % band, and how sure the median is.
///
/// Quantiles interpolate linearly between order statistics, of which the smallest is the quantile 0 and the
/// largest the quantile 1 (`gsl_stats_quantile_from_sorted_data`).
public struct SampleSummary: Sendable, Equatable {
  /// How many numbers the sample has.
  public let count: Int
  public let median: Double
  /// The 10th and the 90th percentile.
  public let lower: Double
  public let upper: Double
  /// The standard error of the median, in the unit of the sample; nil for a single number.
  ///
  /// The standard deviation that medians of samples of this size have when drawn, with replacement, from this
  /// sample: the bootstrap carried out exactly, without random numbers. It assumes independent numbers and no
  /// distribution; below about ten of them it is itself uncertain by a third or more, and where many are equal
  /// it may be 0. Source: J. S. Maritz & R. G. Jarrett, J. Am. Stat. Assoc. 73, 194 (1978).
  public let standardError: Double?

  /// Summarises `values`, which may stand in any order; nil when there is none.
  ///
  /// Values that are not a number are left out.
  public init?(_ values: some Sequence<Double>) {
    _ = Library.ready
    let sorted = values.filter { !$0.isNaN }.sorted()
    guard !sorted.isEmpty else { return nil }
    count = sorted.count
    median = gsl_stats_median_from_sorted_data(sorted, 1, sorted.count)
    lower = gsl_stats_quantile_from_sorted_data(sorted, 1, sorted.count, 0.1)
    upper = gsl_stats_quantile_from_sorted_data(sorted, 1, sorted.count, 0.9)
    standardError = SampleSummary.standardError(sorted, about: median)
  }

  /// The standard deviation of the median of as many draws from `sorted` as it has numbers.
  ///
  /// The draw of rank k is one of the i smallest numbers with the probability I(i/n; k, n - k + 1), the
  /// incomplete beta function. For odd n the median is the draw of rank (n + 1)/2. For even n it is the mean of
  /// those of ranks k = n/2 and k + 1, which either are the same number, or the k smaller draws end at number i
  /// and the k larger ones lie above it.
  private static func standardError(_ sorted: [Double], about median: Double) -> Double? {
    let n = sorted.count
    guard n > 1 else { return nil }
    // Numbers about the median, so that no digits are lost in the difference of squares.
    let x = sorted.map { $0 - median }
    let k = (n + 1) / 2
    var (mean, square) = (0.0, 0.0)
    // Mean and mean square of the smallest of the k larger draws, when all of them lie above number i.
    var above = (mean: 0.0, square: 0.0)
    var upTo = 1.0
    for i in stride(from: n, through: 1, by: -1) {
      let value = x[i - 1]
      let upToPrevious = gsl_cdf_beta_P(Double(i - 1) / Double(n), Double(k), Double(n - k + 1))
      var single = upTo - upToPrevious
      upTo = upToPrevious
      if n % 2 == 0 {
        let apart =
          gsl_ran_binomial_pdf(UInt32(k), Double(i) / Double(n), UInt32(n))
          * (1 - pow(Double(i - 1) / Double(i), Double(k)))
        single -= apart
        mean += apart * (value + above.mean) / 2
        square += apart * (value * value + 2 * value * above.mean + above.square) / 4
        let stay = pow(Double(n - i) / Double(n - i + 1), Double(k))
        above.mean = stay * above.mean + (1 - stay) * value
        above.square = stay * above.square + (1 - stay) * value * value
      }
      mean += single * value
      square += single * value * value
    }
    return max(square - mean * mean, 0).squareRoot()
  }
}

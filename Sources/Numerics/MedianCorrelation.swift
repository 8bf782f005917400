/// How the medians of several quantities, measured on the same sample, err together.
public enum MedianCorrelation {
  /// The correlations of the medians of `samples`, of which each holds one quantity of every member.
  ///
  /// Those of the medians of 2000 samples of the same size drawn from the members with replacement: the bootstrap
  /// of Efron. The draws are the same in every call. A median that is the same in all of them errs alone.
  public static func matrix(_ samples: [[Double]]) -> DenseMatrix {
    let (count, members) = (samples.count, samples.first?.count ?? 0)
    var result = DenseMatrix(rows: count, columns: count)
    for index in 0..<count { result[index, index] = 1 }
    guard members > 1 else { return result }
    let stream = RandomStream(seed: 1, name: "bootstrap of medians")
    let draws = 2000
    // Numbers about a constant, so that no digits are lost in the sums of squares.
    let centres = samples.map { SampleSummary($0)?.median ?? 0 }
    var sums = [Double](repeating: 0, count: count)
    var products = DenseMatrix(rows: count, columns: count)
    for _ in 0..<draws {
      let drawn = (0..<members).map { _ in Int(stream.uniform() * Double(members)) }
      let medians = samples.indices.map { quantity in
        let sorted = drawn.map { samples[quantity][$0] }.sorted()
        return (sorted[(members - 1) / 2] + sorted[members / 2]) / 2 - centres[quantity]
      }
      for row in 0..<count {
        sums[row] += medians[row]
        for column in 0...row { products[row, column] += medians[row] * medians[column] }
      }
    }
    func covariance(_ row: Int, _ column: Int) -> Double {
      products[row, column] / Double(draws) - sums[row] * sums[column] / Double(draws * draws)
    }
    for row in 0..<count {
      for column in 0..<row {
        let value = covariance(row, column) / (covariance(row, row) * covariance(column, column)).squareRoot()
        guard value.isFinite else { continue }
        result[row, column] = value
        result[column, row] = value
      }
    }
    return result
  }
}

import Foundation
import Numerics
import Testing

@Suite struct LeastSquaresTests {
  /// A line through five points, whose fit and covariance are known in closed form.
  private let points = [(0.0, 1.1), (1, 2.9), (2, 5.2), (3, 6.8), (4, 9.0)].map { (x: $0.0, y: $0.1) }

  @Test func aLineAgreesWithTheNormalEquations() throws {
    let points = points
    let solution = try LeastSquares.minimize(
      from: [0, 0], residualCount: points.count,
      residuals: { q in points.map { q[0] + q[1] * $0.x - $0.y } },
      jacobian: { _ in
        var matrix = DenseMatrix(rows: points.count, columns: 2)
        for (row, point) in points.enumerated() { (matrix[row, 0], matrix[row, 1]) = (1, point.x) }
        return matrix
      })
    #expect(solution.ending == .converged)
    // n = 5, sum x = 10, sum x^2 = 30, sum y = 25, sum xy = 69.7: b = (5 * 69.7 - 250) / 50, a = 5 - 2 b.
    #expect(abs(solution.last.unknowns[1] - 1.97) < 1e-9)
    #expect(abs(solution.last.unknowns[0] - 1.06) < 1e-9)
    // (J'J)^-1 = [[30, -10], [-10, 5]] / 50, exact but for round-off.
    for (row, column, value) in [(0, 0, 0.6), (0, 1, -0.2), (1, 0, -0.2), (1, 1, 0.1)] {
      #expect(abs(solution.covariance[row, column] - value) < 1e-12)
    }
    #expect(
      abs(solution.last.sumOfSquares - points.reduce(0) { $0 + pow(1.06 + 1.97 * $1.x - $1.y, 2) }) < 1e-12)
  }

  @Test func rosenbrocksValleyEndsAtItsMinimum() throws {
    var iterations: [Int] = []
    let solution = try LeastSquares.minimize(
      from: [-1.2, 1], residualCount: 2, progress: { iterations.append($0.iteration) },
      residuals: { q in [10 * (q[1] - q[0] * q[0]), 1 - q[0]] },
      jacobian: { q in
        var matrix = DenseMatrix(rows: 2, columns: 2)
        (matrix[0, 0], matrix[0, 1], matrix[1, 0]) = (-20 * q[0], 10, -1)
        return matrix
      })
    // The sum of squares vanishes at (1, 1), so that convergence is quadratic to round-off.
    #expect(abs(solution.last.unknowns[0] - 1) < 1e-9 && abs(solution.last.unknowns[1] - 1) < 1e-9)
    #expect(iterations == Array(0...solution.last.iteration))
  }

  /// An unknown that the residuals hardly feel is where a search goes astray.
  @Test func stepsInEvenlyScaledUnknownsAreBounded() throws {
    func farthest(isEvenlyScaled: Bool) throws -> (step: Double, end: [Double]) {
      var tried: [[Double]] = []
      let solution = try LeastSquares.minimize(
        from: [0, 0], isEvenlyScaled: isEvenlyScaled, residualCount: 2,
        residuals: { q in
          tried.append(q)
          return [q[0] - 0.1, 1e-3 * (q[1] - 5)]
        },
        jacobian: { _ in
          var matrix = DenseMatrix(rows: 2, columns: 2)
          (matrix[0, 0], matrix[1, 1]) = (1, 1e-3)
          return matrix
        })
      return (abs(tried[1][1]), solution.last.unknowns)
    }
    let (even, uneven) = try (farthest(isEvenlyScaled: true), farthest(isEvenlyScaled: false))
    #expect(even.step <= 0.3 + 1e-12)
    #expect(uneven.step > 1)
    // Both get there: the residuals are linear.
    for end in [even.end, uneven.end] { #expect(abs(end[0] - 0.1) < 1e-6 && abs(end[1] - 5) < 1e-3) }
  }

  @Test func theIterationLimitEndsTheSearch() throws {
    let solution = try LeastSquares.minimize(
      from: [-1.2, 1], residualCount: 2, maximumIterations: 1,
      residuals: { q in [10 * (q[1] - q[0] * q[0]), 1 - q[0]] },
      jacobian: { q in
        var matrix = DenseMatrix(rows: 2, columns: 2)
        (matrix[0, 0], matrix[0, 1], matrix[1, 0]) = (-20 * q[0], 10, -1)
        return matrix
      })
    #expect(solution.ending == .iterationLimit && solution.last.iteration == 1)
  }

  @Test func anErrorOfTheResidualsIsThrownOn() {
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try LeastSquares.minimize(
        from: [1], residualCount: 1, residuals: { _ in throw Stop() },
        jacobian: { _ in DenseMatrix(rows: 1, columns: 1) })
    }
  }

  @Test func fewerResidualsThanUnknownsAreRefused() {
    #expect(throws: NumericalError.self) {
      try LeastSquares.minimize(
        from: [1, 2], residualCount: 1, residuals: { _ in [0] },
        jacobian: { _ in DenseMatrix(rows: 1, columns: 2) })
    }
  }
}

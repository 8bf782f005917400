import Foundation
import Numerics
import Testing

@Suite struct SimplexTests {
  @Test func rosenbrocksValleyEndsAtItsMinimum() throws {
    var values: [Double] = []
    let solution = try Simplex.minimize(
      from: [-1.2, 1], step: 0.5, tolerance: 1e-7, maximumIterations: 500,
      progress: { values.append($2) },
      { q in pow(10 * (q[1] - q[0] * q[0]), 2) + pow(1 - q[0], 2) })
    #expect(solution.isConverged && solution.iterations == values.count)
    #expect(abs(solution.unknowns[0] - 1) < 1e-5 && abs(solution.unknowns[1] - 1) < 1e-5)
    #expect(zip(values, values.dropFirst()).allSatisfy { $0 >= $1 })
  }

  @Test func theIterationLimitEndsTheSearch() throws {
    let solution = try Simplex.minimize(
      from: [3], step: 1, tolerance: 1e-9, maximumIterations: 2, { $0[0] * $0[0] })
    #expect(!solution.isConverged && solution.iterations == 2)
  }

  @Test func anErrorOfTheFunctionIsThrownOn() {
    struct Stop: Error {}
    var count = 0
    #expect(throws: Stop.self) {
      try Simplex.minimize(from: [1, 1], step: 1, tolerance: 1e-9, maximumIterations: 9) { q in
        count += 1
        if count == 4 { throw Stop() }
        return q[0] * q[0] + q[1] * q[1]
      }
    }
    #expect(count == 4)
  }
}

@Suite struct DistributionTests {
  /// Table values of any book.
  @Test func quantilesAndTails() {
    #expect(abs(Distribution.normalQuantile(0.975) - 1.959964) < 1e-6)
    #expect(abs(Distribution.studentQuantile(0.975, degreesOfFreedom: 3) - 3.182446) < 1e-6)
    #expect(abs(Distribution.chiSquareTail(above: 11.0705, degreesOfFreedom: 5) - 0.05) < 1e-6)
  }
}

@Suite struct SymmetricEigensystemTests {
  /// [[2, 1], [1, 2]] has the eigenvalues 1 and 3; its inverse is [[2, -1], [-1, 2]] / 3.
  @Test func aMatrixOfTwo() throws {
    var matrix = DenseMatrix(rows: 2, columns: 2)
    matrix.values = [2, 1, 1, 2]
    let system = try SymmetricEigensystem(matrix)
    #expect(abs(system.values[0] - 1) < 1e-14 && abs(system.values[1] - 3) < 1e-14)
    let inverse = system.inverse(floor: 1e-9)
    #expect(abs(inverse[0, 0] - 2 / 3.0) < 1e-14 && abs(inverse[0, 1] + 1 / 3.0) < 1e-14)
    // [[1, 1], [1, 1]] is singular: its smaller eigenvalue counts as the floor.
    matrix.values = [1, 1, 1, 1]
    #expect(abs(try SymmetricEigensystem(matrix).inverse(floor: 0.1)[0, 0] - 5.25) < 1e-12)
  }
}

@Suite struct MedianCorrelationTests {
  @Test func whatMovesTogetherIsCorrelated() {
    let stream = RandomStream(seed: 3, name: "test")
    let first = (0..<200).map { _ in stream.gaussian(standardDeviation: 1) }
    let other = (0..<200).map { _ in stream.gaussian(standardDeviation: 1) }
    let matrix = MedianCorrelation.matrix([first, first.map { 5 - 2 * $0 }, other, first.map { _ in 7 }])
    #expect(abs(matrix[0, 1] + 1) < 1e-9 && matrix[0, 1] == matrix[1, 0])
    #expect(abs(matrix[0, 2]) < 0.2)
    // What never moves errs alone.
    #expect(matrix[0, 3] == 0 && matrix[3, 3] == 1)
    #expect(MedianCorrelation.matrix([[1], [2]])[0, 1] == 0)
  }
}

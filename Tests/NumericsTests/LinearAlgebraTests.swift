import Foundation
import Numerics
import Testing

/// A five-point Laplacian plus `shift` on an n by n grid: positive definite, with a known pattern.
private func laplacian(_ n: Int, shift: Double) -> SparseSymmetricMatrix {
  var entries: [SparseSymmetricMatrix.Entry] = []
  for i in 0..<n {
    for j in 0..<n {
      let k = i * n + j
      entries.append(.init(k, k, 4 + shift))
      if j + 1 < n { entries.append(.init(k, k + 1, -1)) }
      if i + 1 < n { entries.append(.init(k + n, k, -1)) }
    }
  }
  return SparseSymmetricMatrix(count: n * n, entries: entries)
}

private func product(_ matrix: SparseSymmetricMatrix, _ x: [Double]) -> [Double] {
  var y = [Double](repeating: 0, count: x.count)
  matrix.multiply(x, into: &y)
  return y
}

/// The solution with a condensed factor.
private func solve(_ factor: CondensedFactor, _ load: [Double]) -> [Double] {
  var solution = load
  solution.withUnsafeMutableBufferPointer {
    factor.solve($0.baseAddress!) { factor.solveTrailing($0) }
  }
  return solution
}

@Suite struct LinearAlgebraTests {
  @Test(arguments: [SparseCholesky.Storage.simplicial, .supernodal])
  func solvesToRoundOff(storage: SparseCholesky.Storage) throws {
    let matrix = laplacian(12, shift: 0.1)
    let truth = (0..<144).map { sin(Double($0)) }
    let solution = try SparseCholesky(matrix, storage: storage).solve(product(matrix, truth))
    // Condition number about 50: 1e-12 leaves room for it.
    #expect(zip(solution, truth).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test func refactorisesNewValuesOnTheSamePattern() throws {
    let factor = try SparseCholesky(laplacian(9, shift: 0.1))
    let changed = laplacian(9, shift: 3)
    try factor.factorize(changed)
    let truth = (0..<81).map { cos(Double($0)) }
    let solution = try factor.solve(product(changed, truth))
    #expect(zip(solution, truth).allSatisfy { abs($0 - $1) < 1e-13 })
    #expect(factor.factorizations == 2)
    #expect(factor.solves == 1)
  }

  /// The larger matrix is eliminated in blocks.
  @Test(arguments: [9, 90])
  func aCondensedFactorStaysThatOfItsOwnMatrix(side: Int) throws {
    let trailing = [3, 40, 41]
    let (matrix, changed) = (laplacian(side, shift: 0.1), laplacian(side, shift: 3))
    let elimination = try SparseCholesky(matrix, trailing: trailing)
    let first = elimination.condensed()
    try elimination.factorize(changed)
    let second = elimination.condensed()
    let load = (0..<side * side).map { cos(Double($0)) }
    // The same ordering and the same numbers: nothing is left to round differently.
    for (condensed, matrix) in [(first, matrix), (second, changed)] {
      let alone = try SparseCholesky(matrix, trailing: trailing).condensed()
      #expect(condensed.trailing == trailing)
      #expect(condensed.trailingFactor == alone.trailingFactor)
      #expect(solve(condensed, load) == solve(alone, load))
    }
  }

  @Test func severalRightHandSidesAtOnce() throws {
    let matrix = laplacian(6, shift: 1)
    let factor = try SparseCholesky(matrix, storage: .supernodal)
    var both = (0..<72).map { Double($0 % 7) }
    let separate = try factor.solve(Array(both[..<36])) + factor.solve(Array(both[36...]))
    try both.withUnsafeMutableBufferPointer { try factor.solve($0.baseAddress!, columns: 2) }
    #expect(zip(both, separate).allSatisfy { abs($0 - $1) < 1e-14 })
    #expect(factor.solves == 4)
  }

  @Test(arguments: [8, 90])
  func trailingFactorIsTheSchurComplement(side: Int) throws {
    let matrix = laplacian(side, shift: 0.5)
    let trailing = [3, 11, 19, 40]
    let factor = try SparseCholesky(matrix, trailing: trailing)
    #expect(Set(factor.trailing) == Set(trailing))
    // The inverse of the Schur complement is the trailing block of the inverse.
    let inverse = try factor.condensed().trailingFactor.inverseOfProduct()
    for (column, unknown) in factor.trailing.enumerated() {
      var unit = [Double](repeating: 0, count: side * side)
      unit[unknown] = 1
      let solution = try factor.solve(unit)
      for (row, other) in factor.trailing.enumerated() {
        #expect(abs(inverse[row, column] - solution[other]) < 1e-14)
      }
    }
  }

  /// Equal to the last bit: orderings must not depend on what other threads do at the same time.
  @Test func factorsDoNotDependOnOtherThreads() throws {
    let matrix = laplacian(60, shift: 0.5)
    let start = (0..<3600).map { sin(1.7 * Double($0)) }
    let alone = try SparseCholesky(matrix, trailing: Array(0..<60)).solve(start)
    let differing = Locked(0)
    DispatchQueue.concurrentPerform(iterations: 24) { _ in
      let solution = try? SparseCholesky(matrix, trailing: Array(0..<60)).solve(start)
      if solution != alone { differing.withLock { $0 += 1 } }
    }
    #expect(differing.withLock { $0 } == 0)
  }

  /// Small and large matrices, with panels of one column and of many; the largest is eliminated in blocks.
  @Test(arguments: [3, 8, 40, 90]) func panelsSolveToSixDigits(side: Int) throws {
    let matrix = laplacian(side, shift: 0.5)
    let factor = try SparseCholesky(matrix, trailing: Array(0..<side)).condensed()
    // No scale is too large or too small for single precision.
    for scale in [1, 1e-45, 1e60] {
      let truth = (0..<side * side).map { scale * sin(1.7 * Double($0)) }
      var solution = product(matrix, truth)
      solution = solve(factor, solution)
      // The condition of the matrix is 17, a number in single precision is off by 6e-8.
      #expect(zip(solution, truth).allSatisfy { abs($0 - $1) < 17 * 6e-8 * scale })
    }
    #expect(solve(factor, [Double](repeating: 0, count: side * side)).allSatisfy { $0 == 0 })
  }

  @Test func whatTheTrailingUnknownsAreSetToDecidesTheOthers() throws {
    let matrix = laplacian(8, shift: 0.5)
    let factor = try SparseCholesky(matrix, trailing: Array(0..<8))
    let start = (0..<64).map { sin(1.7 * Double($0)) }
    let direct = try factor.solve(start)
    let condensed = factor.condensed()
    var (solution, left) = (start, [Double]())
    solution.withUnsafeMutableBufferPointer {
      condensed.solve($0.baseAddress!) {
        left = $0
        return factor.trailing.map { 3 * Double($0) }
      }
    }
    // Left of the right-hand side is what the trailing solution makes of it.
    let trailing = condensed.solveTrailing(left)
    for (row, unknown) in factor.trailing.enumerated() {
      #expect(abs(trailing[row] - direct[unknown]) < 1e-6)
      #expect(solution[unknown] == 3 * Double(unknown))
    }
    // All other equations hold.
    let residual = product(matrix, solution)
    let others = Set(0..<64).subtracting(factor.trailing)
    #expect(others.allSatisfy { abs(residual[$0] - start[$0]) < 1e-4 })
  }

  @Test(arguments: [9, 90]) func afterAnIndefiniteMatrixOfThePatternOthersAreFactorised(side: Int) throws {
    let matrix = laplacian(side, shift: 0.1)
    let elimination = try SparseCholesky(matrix, trailing: [3, 40, 41])
    let (before, load) = (elimination.condensed(), (0..<side * side).map { cos(Double($0)) })
    #expect(throws: NumericalError.self) { try elimination.factorize(laplacian(side, shift: -5)) }
    try elimination.factorize(matrix)
    #expect(solve(elimination.condensed(), load) == solve(before, load))
  }

  @Test func anIndefiniteMatrixIsAnError() {
    #expect(throws: NumericalError.self) { try SparseCholesky(laplacian(5, shift: -5)) }
  }

  @Test func aSingularDenseSystemIsAnError() {
    #expect(throws: NumericalError.self) {
      var rightHandSide = DenseMatrix(rows: 3, columns: 1)
      try DenseMatrix(rows: 3, columns: 3).solve(&rightHandSide)
    }
  }

  @Test func denseSolveAndGram() throws {
    var matrix = DenseMatrix(rows: 3, columns: 3)
    for (index, value) in [2.0, 1, 0, -1, 3, 1, 0.5, 0, 4].enumerated() { matrix.values[index] = value }
    var solution = DenseMatrix(rows: 3, columns: 1)
    solution.values = matrix.multiply([1, -2, 3])
    try matrix.solve(&solution)
    for (value, truth) in zip(solution.values, [1.0, -2, 3]) { #expect(abs(value - truth) < 1e-14) }
    let gram = matrix.gram()
    #expect(abs(gram[0, 1] - (2 * -1 + 1 * 3 + 0)) < 1e-15)
    #expect(gram[0, 1] == gram[1, 0])
  }
}

import CLAPACK

/// A dense matrix of `rows` by `columns` numbers, stored column by column.
public struct DenseMatrix: Sendable, Equatable {
  public let rows: Int
  public let columns: Int
  /// The entries, column after column.
  public var values: [Double]

  /// A matrix of zeros.
  public init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    values = [Double](repeating: 0, count: rows * columns)
  }

  public subscript(row: Int, column: Int) -> Double {
    get { values[column * rows + row] }
    set { values[column * rows + row] = newValue }
  }

  /// Solves A X = B by LU factorisation with partial pivoting.
  ///
  /// - Parameter rightHandSides: `rows` by any number of columns; replaced by the solutions.
  /// - Throws: ``NumericalError`` when the matrix is singular.
  public consuming func solve(_ rightHandSides: inout DenseMatrix) throws {
    let factors = try DenseLU(self)
    factors.solve(&rightHandSides.values, columns: rightHandSides.columns)
  }

  /// Solves L x = b for this lower triangle L.
  public func solve(_ rightHandSide: [Double]) -> [Double] {
    triangularSolve(rightHandSide, CblasNoTrans)
  }

  /// Solves Lᵀ x = b for this lower triangle L.
  public func solveTransposed(_ rightHandSide: [Double]) -> [Double] {
    triangularSolve(rightHandSide, CblasTrans)
  }

  private func triangularSolve(_ rightHandSide: [Double], _ transposition: CBLAS_TRANSPOSE) -> [Double] {
    _ = Library.ready
    var solution = rightHandSide
    cblas_dtrsv(
      CblasColMajor, CblasLower, transposition, CblasNonUnit, Int32(rows), values, Int32(rows), &solution, 1)
    return solution
  }

  /// The inverse of L Lᵀ for this lower triangle L.
  ///
  /// - Throws: ``NumericalError`` when a diagonal entry is zero.
  public consuming func inverseOfProduct() throws -> DenseMatrix {
    _ = Library.ready
    let size = Int32(rows)
    let status = LAPACKE_dpotri(LAPACK_COL_MAJOR, Int8(UInt8(ascii: "L")), size, &values, size)
    guard status == 0 else {
      throw NumericalError(
        routine: "dpotri", code: Int(status), reason: "a triangle of \(rows) rows is singular")
    }
    for column in 0..<columns {
      for row in (column + 1)..<max(rows, column + 1) {
        values[row * rows + column] = values[column * rows + row]
      }
    }
    return self
  }

  /// The symmetric product AᵀA.
  public func gram() -> DenseMatrix {
    _ = Library.ready
    var result = DenseMatrix(rows: columns, columns: columns)
    cblas_dsyrk(
      CblasColMajor, CblasLower, CblasTrans, Int32(columns), Int32(rows), 1, values, Int32(rows),
      0, &result.values, Int32(columns))
    for column in 0..<columns {
      for row in (column + 1)..<max(columns, column + 1) {
        result.values[row * columns + column] = result.values[column * columns + row]
      }
    }
    return result
  }

  /// The product of the matrix with a vector.
  public func multiply(_ vector: [Double]) -> [Double] {
    _ = Library.ready
    var result = [Double](repeating: 0, count: rows)
    cblas_dgemv(
      CblasColMajor, CblasNoTrans, Int32(rows), Int32(columns), 1, values, Int32(rows), vector, 1,
      0, &result, 1)
    return result
  }
}

/// The LU factors of a square dense matrix, with partial pivoting.
public struct DenseLU: Sendable {
  private let factors: DenseMatrix
  private let pivots: [Int32]

  /// Factorises `matrix`.
  ///
  /// - Throws: ``NumericalError`` when it is singular.
  public init(_ matrix: consuming DenseMatrix) throws {
    _ = Library.ready
    let size = Int32(matrix.rows)
    var pivots = [Int32](repeating: 0, count: matrix.rows)
    let status = LAPACKE_dgetrf_work(LAPACK_COL_MAJOR, size, size, &matrix.values, size, &pivots)
    guard status == 0 else {
      throw NumericalError(
        routine: "dgetrf", code: Int(status), reason: "a dense system of \(size) is singular")
    }
    factors = matrix
    self.pivots = pivots
  }

  /// Solves for `columns` right-hand sides stored one after another, in place.
  public func solve(_ values: inout [Double], columns: Int = 1) {
    let size = Int32(factors.rows)
    _ = LAPACKE_dgetrs_work(
      LAPACK_COL_MAJOR, Int8(UInt8(ascii: "N")), size, Int32(columns), factors.values, size, pivots,
      &values, size)
  }
}

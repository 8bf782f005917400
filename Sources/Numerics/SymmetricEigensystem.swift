import CLAPACK

/// Eigenvalues and eigenvectors of a symmetric matrix.
public struct SymmetricEigensystem: Sendable {
  /// The eigenvalues, the smallest first.
  public let values: [Double]
  /// The eigenvectors, of unit length, one column each.
  public let vectors: DenseMatrix

  /// Decomposes `matrix`, of which the lower triangle is read.
  ///
  /// - Throws: ``NumericalError`` when the iteration does not converge.
  public init(_ matrix: consuming DenseMatrix) throws {
    _ = Library.ready
    let size = Int32(matrix.rows)
    var values = [Double](repeating: 0, count: matrix.rows)
    let status = LAPACKE_dsyev(
      LAPACK_COL_MAJOR, Int8(UInt8(ascii: "V")), Int8(UInt8(ascii: "L")), size, &matrix.values, size, &values)
    guard status == 0 else {
      throw NumericalError(
        routine: "dsyev", code: Int(status), reason: "no eigenvalues of a matrix of \(matrix.rows) rows")
    }
    self.values = values
    vectors = matrix
  }

  /// The inverse of the matrix, eigenvalues below `floor` taken as that.
  public func inverse(floor: Double) -> DenseMatrix {
    let count = values.count
    var result = DenseMatrix(rows: count, columns: count)
    for row in 0..<count {
      for column in 0..<count {
        result[row, column] = (0..<count).reduce(0) {
          $0 + vectors[row, $1] * vectors[column, $1] / max(values[$1], floor)
        }
      }
    }
    return result
  }
}

/// A sparse symmetric matrix: its lower triangle in compressed columns, row indices ascending.
public struct SparseSymmetricMatrix: Sendable {
  /// The number of rows.
  public let count: Int
  /// `count + 1` offsets into `rowIndices` and `values`, one per column.
  public let columnPointers: [Int32]
  /// The row of each stored entry; the first entry of every column is its diagonal.
  public let rowIndices: [Int32]
  /// The stored entries.
  public var values: [Double]

  /// One entry of the lower triangle; entries at the same place are added up.
  public struct Entry: Sendable {
    public var row: Int32
    public var column: Int32
    public var value: Double

    /// An entry at (`row`, `column`), mirrored into the lower triangle.
    public init(_ row: Int, _ column: Int, _ value: Double) {
      self.row = Int32(max(row, column))
      self.column = Int32(min(row, column))
      self.value = value
    }
  }

  /// Assembles a matrix of `count` rows; every diagonal entry is stored, if only as zero.
  ///
  /// Each off-diagonal pair is to be given once, as (i, j) or as (j, i).
  public init(count: Int, entries: [Entry]) {
    self.count = count
    // Counting sort by column, then an insertion of each column's rows in order.
    var starts = [Int](repeating: 0, count: count + 1)
    for entry in entries { starts[Int(entry.column) + 1] += 1 }
    for column in 0..<count { starts[column + 1] += starts[column] }
    var order = [Int32](repeating: 0, count: entries.count)
    var next = starts
    for (index, entry) in entries.enumerated() {
      order[next[Int(entry.column)]] = Int32(index)
      next[Int(entry.column)] += 1
    }
    var pointers: [Int32] = [0]
    var rows: [Int32] = []
    var stored: [Double] = []
    pointers.reserveCapacity(count + 1)
    rows.reserveCapacity(entries.count / 2)
    stored.reserveCapacity(entries.count / 2)
    for column in 0..<count {
      rows.append(Int32(column))
      stored.append(0)
      let inColumn = order[starts[column]..<starts[column + 1]].sorted {
        entries[Int($0)].row < entries[Int($1)].row
      }
      for index in inColumn {
        let entry = entries[Int(index)]
        if rows[rows.count - 1] == entry.row {
          stored[stored.count - 1] += entry.value
        } else {
          rows.append(entry.row)
          stored.append(entry.value)
        }
      }
      pointers.append(Int32(rows.count))
    }
    columnPointers = pointers
    rowIndices = rows
    values = stored
  }

  /// The product of the matrix with `vector`.
  ///
  /// - Parameter result: receives `count` values.
  public func multiply(_ vector: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    for row in 0..<count { result[row] = 0 }
    columnPointers.withUnsafeBufferPointer { pointers in
      rowIndices.withUnsafeBufferPointer { rows in
        values.withUnsafeBufferPointer { values in
          for column in 0..<count {
            let x = vector[column]
            let first = Int(pointers[column])
            var sum = values[first] * x
            for k in (first + 1)..<Int(pointers[column + 1]) {
              let row = Int(rows[k])
              result[row] += values[k] * x
              sum += values[k] * vector[row]
            }
            result[column] += sum
          }
        }
      }
    }
  }
}

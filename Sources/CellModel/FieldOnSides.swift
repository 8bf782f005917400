/// The stress functions and displacements of a crack at the nodes of a region, and means of the former on the
/// sides of its cells.
struct FieldOnSides {
  private let modes: Int
  private let columns: Int
  private var nodes: [Double]
  private var alongY: [Double]
  private var alongX: [Double]

  /// Strips into which Simpson's rule divides a side.
  private static let strips = 4

  init(_ field: CrackField, _ region: CrystalRegion) {
    modes = field.modes
    columns = region.columnCount
    let rows = region.rowCount
    nodes = [Double](repeating: 0, count: 4 * modes * (rows + 1) * (columns + 1))
    alongY = [Double](repeating: 0, count: 2 * modes * (rows + 1) * columns)
    alongX = [Double](repeating: 0, count: 2 * modes * rows * (columns + 1))
    var work = [Double](repeating: 0, count: 4 * modes)
    func place(_ row: Int, _ column: Int) -> SIMD2<Double> {
      SIMD2(region.xEdges[row], region.yEdges[column])
    }
    for row in 0...rows {
      for column in 0...columns {
        nodes.withUnsafeMutableBufferPointer {
          field.evaluate(
            at: place(row, column),
            into: $0.baseAddress! + 4 * field.modes * (row * (region.columnCount + 1) + column))
        }
      }
    }
    for row in 0...rows {
      for column in 0..<columns {
        mean(field, place, (row, column), (row, column + 1), &work)
        alongY.replaceSubrange(Self.block(2 * modes, row * columns + column), with: work[0..<2 * modes])
      }
    }
    for row in 0..<rows {
      for column in 0...columns {
        mean(field, place, (row, column), (row + 1, column), &work)
        alongX.replaceSubrange(Self.block(2 * modes, row * (columns + 1) + column), with: work[0..<2 * modes])
      }
    }
  }

  private static func block(_ size: Int, _ index: Int) -> Range<Int> { size * index..<size * (index + 1) }

  /// The mean of the stress functions between two nodes, in the first places of `work`.
  private func mean(
    _ field: CrackField, _ place: (Int, Int) -> SIMD2<Double>, _ from: (Int, Int), _ to: (Int, Int),
    _ work: inout [Double]
  ) {
    let (a, b) = (place(from.0, from.1), place(to.0, to.1))
    var sum = (0..<2 * modes).map { node(from.0, from.1, $0) + node(to.0, to.1, $0) }
    for k in 1..<Self.strips {
      let share = Double(k) / Double(Self.strips)
      work.withUnsafeMutableBufferPointer { field.evaluate(at: a + share * (b - a), into: $0.baseAddress!) }
      for slot in sum.indices { sum[slot] += (k % 2 == 1 ? 4 : 2) * work[slot] }
    }
    for slot in sum.indices { work[slot] = sum[slot] / Double(3 * Self.strips) }
  }

  /// Stress functions, then displacements, at a node.
  func node(_ row: Int, _ column: Int, _ slot: Int) -> Double {
    nodes[4 * modes * (row * (columns + 1) + column) + slot]
  }
  /// Mean stress function on the side along Y that begins at a node.
  func along(_ row: Int, _ column: Int, _ slot: Int) -> Double {
    alongY[2 * modes * (row * columns + column) + slot]
  }
  /// Mean stress function on the side along X that begins at a node.
  func across(_ row: Int, _ column: Int, _ slot: Int) -> Double {
    alongX[2 * modes * (row * (columns + 1) + column) + slot]
  }
}

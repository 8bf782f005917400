/// The nodes, displacement unknowns and elements of film and electrolyte.
///
/// Elements are the film's cells in the order of the mesh, then the electrolyte's from the interface
/// outwards. Fixed displacements share the index ``count``, one past the last unknown, so that loops
/// over elements need no branches: vectors have one more place, which is kept at zero.
struct StressGrid {
  /// Film cells through the thickness and in plane; electrolyte cells through its depth.
  let xCount: Int
  let yCount: Int
  let electrolyteCount: Int
  /// Widths of the cells along X: the film's, then the electrolyte's.
  let widths: [Double]
  let heights: [Double]
  /// The number of free displacements.
  private(set) var count = 0
  /// Eight unknowns of each element, in the order of ``PlaneElement``.
  private(set) var unknowns: [Int32] = []
  /// Film unknowns at the interface: shared X; Y of the copy below and above each node.
  private(set) var interfaceX: [Int32] = []
  private(set) var interfaceYBelow: [Int32] = []
  private(set) var interfaceYAbove: [Int32] = []
  /// Film Y unknowns at the collector, likewise.
  private(set) var backYBelow: [Int32] = []
  private(set) var backYAbove: [Int32] = []
  /// Electrolyte unknowns at the interface, and X unknowns on its far face.
  private(set) var electrolyteX: [Int32] = []
  private(set) var electrolyteY: [Int32] = []
  private(set) var farX: [Int32] = []

  /// The unknowns of one line of nodes along Y.
  ///
  /// Y displacements are those of the cells around each node: with X below and above the line, and on either
  /// side of it with the lower and the higher Y. Cells of one column share theirs.
  private struct Line {
    var x: [Int32] = []
    var yBefore: (low: [Int32], high: [Int32]) = ([], [])
    var yAfter: (low: [Int32], high: [Int32]) = ([], [])
  }

  init(mesh: Mesh, electrolyteDepth: Double) {
    xCount = mesh.xCount
    yCount = mesh.yCount
    // Growth 1.3: strains of the columns decay over a column width, which stays resolved.
    let edges = Mesh.gradedEdges(
      length: electrolyteDepth, first: mesh.xWidth(0), largest: electrolyteDepth, growth: 1.3)
    electrolyteCount = edges.count - 1
    widths =
      (0..<mesh.xCount).map { mesh.xWidth($0) } + (1..<edges.count).map { edges[$0] - edges[$0 - 1] }
    heights = (0..<mesh.yCount).map { mesh.yWidth($0) }
    unknowns.reserveCapacity(8 * widths.count * yCount)

    func columns(_ i: Int) -> ArraySlice<Int>? {
      i >= 0 && i < xCount ? mesh.columnOfCell[i * yCount..<(i + 1) * yCount] : nil
    }
    var left = makeLine(before: nil, after: columns(0))
    (interfaceX, interfaceYBelow, interfaceYAbove) = (left.x, left.yAfter.low, left.yAfter.high)
    for i in 0..<xCount {
      // The collector is a roller: no X unknowns in the last line.
      let right = makeLine(before: columns(i), after: columns(i + 1), isRoller: i == xCount - 1)
      appendElements(from: left, to: right)
      left = right
    }
    (backYBelow, backYAbove) = (left.yBefore.low, left.yBefore.high)

    let joined = [Int](repeating: 0, count: yCount)[...]
    var right = makeLine(before: joined, after: nil)
    (electrolyteX, electrolyteY) = (right.x, right.yBefore.high)
    for _ in 0..<electrolyteCount {
      let left = makeLine(before: joined, after: joined)
      appendElements(from: left, to: right)
      right = left
    }
    farX = right.x
    for index in unknowns.indices where unknowns[index] < 0 { unknowns[index] = Int32(count) }
  }

  private mutating func next() -> Int32 {
    count += 1
    return Int32(count - 1)
  }

  /// A line of nodes between two rows of cells with these columns; nil where there is no row.
  private mutating func makeLine(before: ArraySlice<Int>?, after: ArraySlice<Int>?, isRoller: Bool = false)
    -> Line
  {
    var line = Line()
    for node in 0..<yCount {
      line.x.append(isRoller ? -1 : next())
      // At most four columns meet in a node.
      var found: [(column: Int, unknown: Int32)] = []
      func unknown(_ row: ArraySlice<Int>?, _ cell: Int, _ next: () -> Int32) -> Int32 {
        guard let row else { return -1 }
        let column = row[row.startIndex + cell]
        if let known = found.first(where: { $0.column == column }) { return known.unknown }
        found.append((column, next()))
        return found[found.count - 1].unknown
      }
      let low = (node + yCount - 1) % yCount
      line.yBefore.low.append(unknown(before, low) { next() })
      line.yAfter.low.append(unknown(after, low) { next() })
      line.yBefore.high.append(unknown(before, node) { next() })
      line.yAfter.high.append(unknown(after, node) { next() })
    }
    return line
  }

  private mutating func appendElements(from left: Line, to right: Line) {
    for j in 0..<yCount {
      let above = (j + 1) % yCount
      unknowns += [
        left.x[j], left.yAfter.high[j], right.x[j], right.yBefore.high[j], right.x[above],
        right.yBefore.low[above], left.x[above], left.yAfter.low[above],
      ]
    }
  }

  /// The length of interface or collector that each node carries, m.
  func nodeLength(_ node: Int) -> Double {
    0.5 * (heights[(node + yCount - 1) % yCount] + heights[node])
  }
}

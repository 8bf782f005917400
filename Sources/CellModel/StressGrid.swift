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
  private struct Line {
    var x: [Int32]
    /// Y displacement of the cell below (lower Y) and of the cell above each node.
    var yBelow: [Int32]
    var yAbove: [Int32]
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

    let isSplit = (0..<yCount).map { node in
      mesh.columnOfY[(node + yCount - 1) % yCount] != mesh.columnOfY[node]
    }
    var left = makeLine(isSplit: isSplit)
    (interfaceX, interfaceYBelow, interfaceYAbove) = (left.x, left.yBelow, left.yAbove)
    for i in 0..<xCount {
      // The collector is a roller: no X unknowns in the last line.
      let right = makeLine(isSplit: isSplit, isRoller: i == xCount - 1)
      appendElements(from: left, to: right)
      left = right
    }
    (backYBelow, backYAbove) = (left.yBelow, left.yAbove)

    let joined = [Bool](repeating: false, count: yCount)
    var right = makeLine(isSplit: joined)
    (electrolyteX, electrolyteY) = (right.x, right.yAbove)
    for _ in 0..<electrolyteCount {
      let left = makeLine(isSplit: joined)
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

  private mutating func makeLine(isSplit: [Bool], isRoller: Bool = false) -> Line {
    var line = Line(x: [], yBelow: [], yAbove: [])
    for split in isSplit {
      line.x.append(isRoller ? -1 : next())
      line.yBelow.append(next())
      line.yAbove.append(split ? next() : line.yBelow[line.yBelow.count - 1])
    }
    return line
  }

  private mutating func appendElements(from left: Line, to right: Line) {
    for j in 0..<yCount {
      let above = (j + 1) % yCount
      unknowns += [
        left.x[j], left.yAbove[j], right.x[j], right.yAbove[j], right.x[above], right.yBelow[above],
        left.x[above], left.yBelow[above],
      ]
    }
  }

  /// The length of interface or collector that each node carries, m.
  func nodeLength(_ node: Int) -> Double {
    0.5 * (heights[(node + yCount - 1) % yCount] + heights[node])
  }
}

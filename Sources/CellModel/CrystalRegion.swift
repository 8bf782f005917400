import CellPhysics

/// The crystal around a crack: a rectangle of cells with one orientation, less its pores; of a crystal of
/// another shape the rectangle as high as it is at the crack.
///
/// Y is unwrapped so that the crack lies within. A film of one column, which is continuous and periodic, is
/// cut at the line farthest from the crack.
struct CrystalRegion {
  let rows: Range<Int>
  let firstColumn: Int
  /// Edges of the cells, m; those along Y are unwrapped.
  let xEdges: [Double]
  let yEdges: [Double]
  /// Whether each cell is crystal: index `row * columnCount + column` within the region.
  let isSolid: [Bool]
  /// Whether the crystal ends at a column boundary on both sides.
  let isColumn: Bool
  private let period: Double
  private let yCount: Int

  var rowCount: Int { xEdges.count - 1 }
  var columnCount: Int { yEdges.count - 1 }
  var cellCount: Int { rowCount * columnCount }

  init(around point: SIMD2<Double>, mesh: Mesh) {
    let (n, width) = (mesh.yCount, mesh.width)
    let turns = (point.y / width).rounded(.down)
    let row = cellIndex(point.x, mesh.xEdges)
    let home = cellIndex(point.y - turns * width, mesh.yEdges)
    let (column, angle) = (mesh.columnOfCell[row * n + home], mesh.crystalAngle[row * n + home])
    func isOfColumn(_ i: Int, _ j: Int) -> Bool { mesh.columnOfCell[i * n + j] == column }
    func isOfCrystal(_ i: Int, _ j: Int) -> Bool { isOfColumn(i, j) && mesh.crystalAngle[i * n + j] == angle }
    var (first, last) = (row, row + 1)
    while first > 0, isOfCrystal(first - 1, home) { first -= 1 }
    while last < mesh.xCount, isOfCrystal(last, home) { last += 1 }
    let found = first..<last
    var edges = [mesh.yEdges[home] + turns * width, mesh.yEdges[home + 1] + turns * width]
    var (low, high) = (home, home)
    while edges.count <= n {
      let (below, above) = ((low + n - 1) % n, (high + 1) % n)
      let (canGoDown, canGoUp) = (
        found.allSatisfy { isOfCrystal($0, below) }, found.allSatisfy { isOfCrystal($0, above) }
      )
      guard canGoDown || canGoUp else { break }
      if canGoDown, !canGoUp || point.y - edges[0] < edges[edges.count - 1] - point.y {
        edges.insert(edges[0] - mesh.yWidth(below), at: 0)
        low = below
      } else {
        edges.append(edges[edges.count - 1] + mesh.yWidth(above))
        high = above
      }
    }
    rows = found
    firstColumn = low
    xEdges = Array(mesh.xEdges[first...last])
    yEdges = edges
    isColumn =
      edges.count <= n
      && found.allSatisfy { !isOfColumn($0, (low + n - 1) % n) && !isOfColumn($0, (high + 1) % n) }
    (period, yCount) = (width, n)
    let columns = edges.count - 1
    isSolid = (0..<(last - first) * columns).map {
      mesh.isSolid[(first + $0 / columns) * n + (low + $0 % columns) % n]
    }
  }

  /// The cell of the mesh at a place in the region.
  func cell(_ row: Int, _ column: Int) -> Int {
    (rows.lowerBound + row) * yCount + (firstColumn + column) % yCount
  }

  /// The index within the region of a cell of the mesh.
  func index(ofCell cell: Int) -> Int? {
    let (row, column) = (cell / yCount, (cell % yCount - firstColumn + yCount) % yCount)
    guard rows.contains(row), column < columnCount else { return nil }
    return (row - rows.lowerBound) * columnCount + column
  }

  /// The image of a point nearest to the region's Y, or nothing when it lies outside.
  func unwrapped(_ point: SIMD2<Double>) -> SIMD2<Double>? {
    let slack = 1e-9 * period
    let y = point.y - period * ((point.y - yEdges[0] + slack) / period).rounded(.down)
    guard point.x >= xEdges[0] - slack, point.x <= xEdges[rowCount] + slack, y <= yEdges[columnCount] + slack
    else { return nil }
    return SIMD2(point.x, y)
  }

  /// Whether crystal fills the cell at a place in the region, and the place is in the region.
  func hasCrystal(_ row: Int, _ column: Int) -> Bool {
    row >= 0 && row < rowCount && column >= 0 && column < columnCount && isSolid[row * columnCount + column]
  }

  /// Whether a node of the region touches a cell that is not of the crystal.
  func isRim(_ row: Int, _ column: Int) -> Bool {
    !(hasCrystal(row, column) && hasCrystal(row - 1, column) && hasCrystal(row, column - 1)
      && hasCrystal(row - 1, column - 1))
  }
}

/// Weights of cell means that give the stress at a point: the mean over a length around it.
///
/// A length of one cell is linear interpolation between cell centres. Near an end the mean is extrapolated, so that
/// linear stress stays exact.
struct LineMean {
  private(set) var weights: [Double]

  init(at point: Double, length: Double, edges: [Double]) {
    let end = edges.count - 1
    let home = cellIndex(point, edges)
    let span = min(max(length, edges[home + 1] - edges[home]), edges[end] - edges[0])
    weights = [Double](repeating: 0, count: end)
    let inside = min(max(point, edges[0] + 0.5 * span), edges[end] - 0.5 * span)
    let beyond = (point - inside) / span
    let inner = inside - (beyond < 0 ? -span : span)
    let canExtrapolate = inner >= edges[0] + 0.5 * span && inner <= edges[end] - 0.5 * span
    let share = canExtrapolate ? abs(beyond) : 0
    for (middle, weight) in [(inside, 1 + share), (inner, -share)] where weight != 0 {
      for cell in 0..<end {
        let overlap =
          min(middle + 0.5 * span, edges[cell + 1]) - max(middle - 0.5 * span, edges[cell])
        if overlap > 0 { weights[cell] += weight * overlap / span }
      }
    }
  }
}

import CellPhysics

/// A tensor-product mesh of the cathode.
///
/// Of a film, X runs through the thickness (0 at the electrolyte), Y in plane and periodic. Of particles, see
/// ``init(particles:patches:parameters:)``. Cell (i, j) has the index `i * yCount + j`.
public struct Mesh: Sendable, Equatable {
  /// Cell edges through the thickness in m, from 0 to the collector.
  public let xEdges: [Double]
  /// Cell edges in plane in m, from 0 to the periodic width.
  public let yEdges: [Double]
  /// The column that each cell belongs to: crystals that hold together.
  ///
  /// Different columns share their displacement along X and pass on no force along Y.
  public let columnOfCell: [Int]
  /// Whether each cell is crystal; false inside a pore.
  public let isSolid: [Bool]
  /// Angle of the c axis from Y in each cell, radian.
  public let crystalAngle: [Double]
  /// How much more crystal there is at each depth i than in a film as wide; 1 in films.
  let spread: [Double]
  /// Whether cells that lie side by side along Y share nothing: those of different particles.
  public let isDivided: Bool

  public var xCount: Int { xEdges.count - 1 }
  public var yCount: Int { yEdges.count - 1 }
  public var cellCount: Int { xCount * yCount }
  /// Film thickness and periodic width, m.
  public var thickness: Double { xEdges[xCount] }
  public var width: Double { yEdges[yCount] }

  /// Creates a mesh from its edges and what fills its cells.
  public init(
    xEdges: [Double], yEdges: [Double], columnOfCell: [Int], isSolid: [Bool], crystalAngle: [Double]
  ) {
    self.init(
      xEdges: xEdges, yEdges: yEdges, columnOfCell: columnOfCell, isSolid: isSolid,
      crystalAngle: crystalAngle, spread: [Double](repeating: 1, count: xEdges.count - 1), isDivided: false)
  }

  private init(
    xEdges: [Double], yEdges: [Double], columnOfCell: [Int], isSolid: [Bool], crystalAngle: [Double],
    spread: [Double], isDivided: Bool
  ) {
    precondition(isSolid.count == (xEdges.count - 1) * (yEdges.count - 1))
    precondition(crystalAngle.count == isSolid.count && columnOfCell.count == isSolid.count)
    self.xEdges = xEdges
    self.yEdges = yEdges
    self.columnOfCell = columnOfCell
    self.isSolid = isSolid
    self.crystalAngle = crystalAngle
    self.spread = spread
    self.isDivided = isDivided
  }

  /// Creates the mesh of the particles of a composite cathode.
  ///
  /// X runs from the surface of a particle to its centre, Y from the separator to the collector; each cell along Y
  /// stands for the particles there. Areas of shells are their volumes per area of electrode times the thickness L:
  ///
  ///     spread(r) = 3 phi L r^2 / R^3,   so that all shells together have phi L L, as a film of thickness phi L and width L.
  ///
  /// What is then per in-plane width and per interface of a film is per area of electrode here.
  public init(
    particles composite: CompositeCathode, patches: [(start: Double, end: Double)], parameters p: ParameterSet
  ) {
    let radius = composite.particleRadius
    let xEdges = Mesh.gradedEdges(
      length: radius, first: p[.interfaceMeshWidth], largest: p[.depthMeshWidth], growth: p[.meshGrowth])
    let yEdges = patches.reduce(into: [0.0]) {
      $0 += Mesh.edges(from: $1.start, to: $1.end, largest: p[.depthMeshWidth], refinements: [])
    }
    func volume(_ depth: Double) -> Double {
      let inside = 1 - depth / radius
      return inside * inside * inside
    }
    let shells = zip(xEdges, xEdges.dropFirst()).map { outer, inner in
      (volume(outer) - volume(inner)) * radius / (inner - outer)
    }
    let count = (xEdges.count - 1) * (yEdges.count - 1)
    self.init(
      xEdges: xEdges, yEdges: yEdges, columnOfCell: [Int](repeating: 0, count: count),
      isSolid: [Bool](repeating: true, count: count), crystalAngle: [Double](repeating: 0, count: count),
      spread: shells.map { composite.activeShare * composite.thickness / radius * $0 }, isDivided: true)
  }

  /// Creates a mesh of columns through the whole thickness, `columnOfY` telling that of each in-plane cell.
  public init(
    xEdges: [Double], yEdges: [Double], columnOfY: [Int], isSolid: [Bool], crystalAngle: [Double]
  ) {
    precondition(columnOfY.count == yEdges.count - 1)
    self.init(
      xEdges: xEdges, yEdges: yEdges, columnOfCell: (1..<xEdges.count).flatMap { _ in columnOfY },
      isSolid: isSolid, crystalAngle: crystalAngle)
  }

  /// Cell widths through the thickness and in plane, m.
  public func xWidth(_ i: Int) -> Double { xEdges[i + 1] - xEdges[i] }
  public func yWidth(_ j: Int) -> Double { yEdges[j + 1] - yEdges[j] }
  /// Cell centres, m.
  public func xCentre(_ i: Int) -> Double { 0.5 * (xEdges[i] + xEdges[i + 1]) }
  public func yCentre(_ j: Int) -> Double { 0.5 * (yEdges[j] + yEdges[j + 1]) }
  /// Area of cell (i, j), m2; of shells their share of it.
  public func area(_ i: Int, _ j: Int) -> Double { xWidth(i) * spread[i] * yWidth(j) }
  /// The in-plane node with which cell j ends: that with which the next begins, or its own.
  func endNode(_ j: Int) -> Int { isDivided ? j : (j + 1) % yCount }
  /// The nodes `I * yCount + J` at the corners of a cell: (i, j), (i + 1, j), (i, j + 1), (i + 1, j + 1).
  func corners(of cell: Int) -> SIMD4<Int> {
    let (i, j) = (cell / yCount, cell % yCount)
    let end = endNode(j)
    return SIMD4(i * yCount + j, (i + 1) * yCount + j, i * yCount + end, (i + 1) * yCount + end)
  }
  /// Area of crystal, m2.
  public var solidArea: Double {
    var sum = 0.0
    for i in 0..<xCount { for j in 0..<yCount where isSolid[i * yCount + j] { sum += area(i, j) } }
    return sum
  }

  /// The cell between two of `edges` that contains `value`, clamped to the mesh.
  public func cell(containing value: Double, _ edges: [Double]) -> Int { cellIndex(value, edges) }

  /// Edges in (`start`, `end`], no cell wider than `largest`.
  ///
  /// - Parameter refinements: points in m and the width of cells there, which grow away from them by two
  ///   fifths of the distance.
  public static func edges(
    from start: Double, to end: Double, largest: Double, refinements: [(point: Double, width: Double)]
  ) -> [Double] {
    func wanted(_ y: Double) -> Double {
      refinements.reduce(largest) { width, at in
        min(width, at.width + 0.4 * max(abs(at.point - y) - 0.5 * at.width, 0))
      }
    }
    // How many cells of the wanted width lie below each of many points; edges cut that number into equal parts.
    let samples = 200
    var count = [0.0]
    for sample in 0..<samples {
      let middle = start + (end - start) * (Double(sample) + 0.5) / Double(samples)
      count.append(count[sample] + (end - start) / Double(samples) / wanted(middle))
    }
    // A hair more than a whole number of cells is that number.
    let cells = max(1, Int((count[samples] * (1 - 1e-9)).rounded(.up)))
    var sample = 0
    return (1...cells).map { cell in
      guard cell < cells else { return end }
      let target = count[samples] * Double(cell) / Double(cells)
      while count[sample + 1] < target { sample += 1 }
      let share = (target - count[sample]) / (count[sample + 1] - count[sample])
      return start + (end - start) * (Double(sample) + share) / Double(samples)
    }
  }

  /// Edges from 0 to `length` whose first cell is `first` wide and that grow by `growth` up to
  /// `largest`.
  ///
  /// All cells are scaled by one factor at most a cell's share away from 1, to end at `length`.
  public static func gradedEdges(length: Double, first: Double, largest: Double, growth: Double)
    -> [Double]
  {
    var edges = [0.0]
    var width = min(first, largest)
    while edges[edges.count - 1] < length {
      edges.append(edges[edges.count - 1] + width)
      width = min(width * growth, largest)
    }
    let scale = length / edges[edges.count - 1]
    return edges.dropLast().map { $0 * scale } + [length]
  }
}

import CellPhysics
import Foundation
import Numerics

/// What the film is made of: columns of one crystal each, and pores.
public struct Microstructure: Sendable, Equatable {
  /// A full-thickness crystal between two vertical boundaries.
  public struct Column: Sendable, Equatable {
    /// Where the column begins and ends in plane, m.
    public let start: Double
    public let end: Double
    /// Angle of its c axis from Y, radian.
    public let angle: Double

    public init(start: Double, end: Double, angle: Double) {
      self.start = start
      self.end = end
      self.angle = angle
    }
  }

  /// A round hole; X and Y of its centre and its radius in m.
  public struct Pore: Sendable, Equatable {
    public let x: Double
    public let y: Double
    public let radius: Double
  }

  public let columns: [Column]
  public let pores: [Pore]

  public init(columns: [Column], pores: [Pore] = []) {
    self.columns = columns
    self.pores = pores
  }

  /// Draws the microstructure of a seeded run.
  ///
  /// Column widths are lognormal, scaled together to fill the width exactly; angles are normal;
  /// pore centres are uniform, redrawn where pores would touch one another, the interface or the collector.
  public init(parameters p: ParameterSet, seed: UInt64) {
    let spacing = RandomStream(seed: seed, name: "column spacing")
    let orientation = RandomStream(seed: seed, name: "crystal orientation")
    var widths: [Double] = []
    while widths.reduce(0, +) < p[.filmWidth] {
      widths.append(
        spacing.lognormal(median: p[.columnSpacing], logDeviation: p[.columnSpacingSpread]))
    }
    // The last column is kept when that leaves the total nearer to the width wanted.
    if widths.count > 1, widths.reduce(0, +) - p[.filmWidth] > widths[widths.count - 1] / 2 {
      widths.removeLast()
    }
    let scale = p[.filmWidth] / widths.reduce(0, +)
    var position = 0.0
    var columns: [Column] = []
    for (index, width) in widths.enumerated() {
      let end = index == widths.count - 1 ? p[.filmWidth] : position + scale * width
      let angle = p[.crystalAngle] + orientation.gaussian(standardDeviation: p[.orientationSpread])
      columns.append(Column(start: position, end: end, angle: angle))
      position = end
    }
    self.columns = columns
    pores = Microstructure.drawPores(p, RandomStream(seed: seed, name: "pores"))
  }

  private static func drawPores(_ p: ParameterSet, _ stream: RandomStream) -> [Pore] {
    let (thickness, width, radius) = (p[.filmThickness], p[.filmWidth], p[.poreRadius])
    let wanted = Int((p[.poreFraction] * thickness * width / (.pi * radius * radius)).rounded())
    let margin = 2 * radius
    guard wanted > 0, thickness > 2 * margin, width > 2 * margin else { return [] }
    var pores: [Pore] = []
    // Random sequential placement; dense packings stop it before the last pore fits.
    for _ in 0..<(1000 * wanted) where pores.count < wanted {
      let pore = Pore(
        x: margin + stream.uniform() * (thickness - 2 * margin), y: stream.uniform() * width, radius: radius)
      let isFree = pores.allSatisfy { other in
        let apart = abs(other.y - pore.y)
        return hypot(other.x - pore.x, min(apart, width - apart)) > 3 * radius
      }
      if isFree { pores.append(pore) }
    }
    return pores
  }

  /// The patches of the interface, as pairs of start and end in m: equal parts of each column.
  public func patches(length: Double) -> [(start: Double, end: Double)] {
    columns.flatMap { column in
      let width = column.end - column.start
      let count = max(1, Int((width / length).rounded()))
      func edge(_ index: Int) -> Double {
        index == count ? column.end : column.start + width * Double(index) / Double(count)
      }
      return (0..<count).map { (edge($0), edge($0 + 1)) }
    }
  }

  /// The mesh that resolves this microstructure, refined toward the interface.
  ///
  /// Columns and patches end on mesh lines: an edge of contact inside a cell would lend the contact up to
  /// one cell too much reach.
  public func mesh(parameters p: ParameterSet) -> Mesh {
    let xEdges = Mesh.gradedEdges(
      length: p[.filmThickness], first: p[.interfaceMeshWidth], largest: p[.depthMeshWidth],
      growth: p[.meshGrowth])
    var yEdges = [0.0]
    var columnOfY: [Int] = []
    for patch in patches(length: p[.patchLength]) {
      let width = patch.end - patch.start
      // A hair more than a multiple of the width is that multiple.
      let count = max(1, Int((width / p[.meshWidth] * (1 - 1e-9)).rounded(.up)))
      let column = columns.firstIndex { patch.start < $0.end } ?? columns.count - 1
      for cell in 1...count {
        yEdges.append(cell == count ? patch.end : patch.start + width * Double(cell) / Double(count))
        columnOfY.append(column)
      }
    }
    let period = p[.filmWidth]
    var isSolid: [Bool] = []
    var angles: [Double] = []
    for i in 0..<(xEdges.count - 1) {
      for j in 0..<columnOfY.count {
        let x = 0.5 * (xEdges[i] + xEdges[i + 1])
        let y = 0.5 * (yEdges[j] + yEdges[j + 1])
        isSolid.append(
          pores.allSatisfy {
            let apart = abs($0.y - y)
            return hypot($0.x - x, min(apart, period - apart)) >= $0.radius
          })
        angles.append(columns[columnOfY[j]].angle)
      }
    }
    return Mesh(
      xEdges: xEdges, yEdges: yEdges, columnOfY: columnOfY, isSolid: isSolid, crystalAngle: angles)
  }
}

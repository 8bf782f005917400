import CellPhysics
import Foundation

/// A straight crack: a line through its origin with one tip at each end.
///
/// The crack's plane is normal to the section. Its line makes the angle `inclination` with Y: 0 is
/// parallel to the collector and blocks the flux, 90 degrees is perpendicular to it.
public struct Crack: Sendable, Equatable {
  /// Where the flaw began, m.
  public var x: Double
  public var y: Double
  /// Angle of the crack line from Y, radian.
  public var inclination: Double
  /// Distances of the two tips from the origin, m: against and along the direction of the line.
  public var tips: SIMD2<Double>
  /// The distances at which a boundary of the crystal or the film stops each tip, m.
  public var limits: SIMD2<Double>

  public init(x: Double, y: Double, inclination: Double, tips: SIMD2<Double>, limits: SIMD2<Double>) {
    self.x = x
    self.y = y
    self.inclination = inclination
    self.tips = tips
    self.limits = limits
  }

  /// Total length, m.
  public var length: Double { tips[0] + tips[1] }
  /// Half the length, m.
  public var halfLength: Double { 0.5 * length }
  /// Unit vector along the line, (X, Y).
  public var direction: SIMD2<Double> { SIMD2(sin(inclination), cos(inclination)) }
  /// Unit normal of the crack, (X, Y).
  public var normal: SIMD2<Double> { SIMD2(cos(inclination), -sin(inclination)) }
  /// The point at a signed distance along the line from the origin, (X, Y) in m.
  public func point(at distance: Double) -> SIMD2<Double> { SIMD2(x, y) + distance * direction }
}

/// What cracks do to diffusion in the elements that they touch.
///
/// A crack that lies across the fast direction of its crystal (n . D n above a tenth of the trace of D,
/// n its normal) cuts the two edges through which it passes a crossed element, and so parts the nodes on
/// its two sides exactly. Where it ends in an element, and wherever a crack lies along the fast
/// direction, it adds to the element's inverse diffusivity the resistivity rho n n' of a slit: the crack
/// covers the share phi of its chord w and has the resistance of a slit in a strip of width w, in the
/// dilute limit pi a^2 / (A sqrt(det D)).
struct CrackResistivity {
  private var sums: [Int: PlaneTensor] = [:]
  private var cuts: [Int: CutEdges] = [:]
  /// The cells in which blocking cracks end.
  private var ends: Set<Int> = []

  /// The edges of an element that cracks cut: at the lower and upper X, at the lower and upper Y.
  struct CutEdges: OptionSet {
    let rawValue: Int
    static let lowerX = CutEdges(rawValue: 1)
    static let upperX = CutEdges(rawValue: 2)
    static let lowerY = CutEdges(rawValue: 4)
    static let upperY = CutEdges(rawValue: 8)
  }

  /// No cracks.
  init(mesh: Mesh) {}

  /// The resistivity of insulating `cracks` in cells of the given uncracked diffusivity.
  init(mesh: Mesh, cracks: [Crack], diffusivity: [PlaneTensor]) {
    for crack in cracks {
      let normal = crack.normal
      CrackResistivity.forEachCrossing(of: crack, mesh: mesh) { cell, inside, chord, edges in
        guard mesh.isSolid[cell] else { return }
        let tensor = diffusivity[cell]
        let (nx, ny) = (normal.x, normal.y)
        let across = tensor.xx * nx * nx + 2 * tensor.xy * nx * ny + tensor.yy * ny * ny
        let isBlocking = across > 0.1 * (tensor.xx + tensor.yy)
        if isBlocking {
          // A hair less than the chord counts as all of it: round-off must not leave a gap.
          if inside >= chord * (1 - 1e-9) {
            cuts[cell, default: []].formUnion(edges)
            return
          }
          ends.insert(cell)
        }
        // A crack along the fast direction never closes an element: its neighbours pass the flux on.
        let share = min(inside / chord, isBlocking ? 1 : 0.9)
        let resistance = Diffusion.crackResistance(
          width: chord, blockedShare: share, determinant: tensor.determinant)
        let area = mesh.area(cell / mesh.yCount, cell % mesh.yCount)
        sums[cell, default: PlaneTensor(xx: 0, xy: 0, yy: 0)].add(resistance * chord / area, normal)
      }
    }
  }

  /// The edges of a cell that cracks cut.
  func cutEdges(_ cell: Int) -> CutEdges { cuts[cell] ?? [] }

  /// The cells in which blocking cracks end or which share a node with a cell that one crosses.
  func neighbourhood(_ mesh: Mesh) -> [Bool] {
    var isNear = [Bool](repeating: false, count: mesh.cellCount)
    for cell in ends { isNear[cell] = true }
    for cell in cuts.keys {
      let (i, j) = (cell / mesh.yCount, cell % mesh.yCount)
      for row in max(i - 1, 0)...min(i + 1, mesh.xCount - 1) {
        for step in [mesh.yCount - 1, 0, 1] { isNear[row * mesh.yCount + (j + step) % mesh.yCount] = true }
      }
    }
    return isNear
  }

  /// The diffusivity of a cell with the cracks that end in it or lie along its fast direction.
  func diffusivity(of cell: Int, uncracked: PlaneTensor) -> PlaneTensor {
    guard let sum = sums[cell] else { return uncracked }
    var inverse = uncracked.inverse
    inverse.xx += sum.xx
    inverse.xy += sum.xy
    inverse.yy += sum.yy
    return inverse.inverse
  }

  /// Calls `body` with every cell the crack touches, the length of crack inside, the length that the
  /// unlimited crack line has inside, and the edges through which that line passes.
  private static func forEachCrossing(
    of crack: Crack, mesh: Mesh, _ body: (Int, Double, Double, CutEdges) -> Void
  ) {
    let direction = crack.direction
    let ends = [crack.point(at: -crack.tips[0]), crack.point(at: crack.tips[1])]
    let (low, high) = (pointwiseMin(ends[0], ends[1]), pointwiseMax(ends[0], ends[1]))
    guard crack.length > 0 else { return }
    let rows = cellIndex(low.x, mesh.xEdges)...cellIndex(high.x, mesh.xEdges)
    for shift in [-mesh.width, 0, mesh.width] where low.y + shift < mesh.width && high.y + shift > 0 {
      let columns =
        cellIndex(max(low.y + shift, 0), mesh.yEdges)...cellIndex(high.y + shift, mesh.yEdges)
      for i in rows {
        for j in columns {
          // Clip the line against the cell: the distances along it at which it is inside.
          var (from, to) = (-Double.infinity, Double.infinity)
          var (entry, exit): (CutEdges, CutEdges) = ([], [])
          for (origin, slope, first, last, lower, upper) in [
            (crack.x, direction.x, mesh.xEdges[i], mesh.xEdges[i + 1], CutEdges.lowerX, CutEdges.upperX),
            (
              crack.y + shift, direction.y, mesh.yEdges[j], mesh.yEdges[j + 1], CutEdges.lowerY,
              CutEdges.upperY
            ),
          ] {
            if abs(slope) < 1e-9 {
              if origin < first || origin >= last { to = -.infinity }
              continue
            }
            let (a, b) = ((first - origin) / slope, (last - origin) / slope)
            if min(a, b) > from { (from, entry) = (min(a, b), a < b ? lower : upper) }
            if max(a, b) < to { (to, exit) = (max(a, b), a < b ? upper : lower) }
          }
          let inside = min(to, crack.tips[1]) - max(from, -crack.tips[0])
          if to > from && inside > 0 {
            body(i * mesh.yCount + j, inside, to - from, entry.union(exit))
          }
        }
      }
    }
  }
}

extension PlaneTensor {
  /// Adds `value` times the dyad of a unit vector with itself.
  fileprivate mutating func add(_ value: Double, _ vector: SIMD2<Double>) {
    xx += value * vector.x * vector.x
    xy += value * vector.x * vector.y
    yy += value * vector.y * vector.y
  }
}

/// The cell that contains `value`, clamped to the mesh.
func cellIndex(_ value: Double, _ edges: [Double]) -> Int {
  var (low, high) = (0, edges.count - 1)
  while high - low > 1 {
    let middle = (low + high) / 2
    if edges[middle] <= value { low = middle } else { high = middle }
  }
  return low
}

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

/// The resistivity that cracks add to the elements they cross, s/m2.
///
/// An element with a crack of normal n has D_e^-1 = D^-1 + rho n n'. A crack that covers the share phi
/// of its chord w through the element has the resistance of a slit in a strip of width w, which is the
/// dilute limit pi a^2 / (A sqrt(det D)) for a flaw far smaller than the element and blocks the normal
/// flux altogether when the crack crosses the element.
struct CrackResistivity {
  private var sums: [Int: PlaneTensor] = [:]

  /// No cracks.
  init(mesh: Mesh) {}

  /// The resistivity of insulating `cracks` in cells of the given uncracked diffusivity.
  init(mesh: Mesh, cracks: [Crack], diffusivity: [PlaneTensor]) {
    for crack in cracks {
      let normal = crack.normal
      CrackResistivity.forEachCrossing(of: crack, mesh: mesh) { cell, inside, chord in
        guard mesh.isSolid[cell] else { return }
        let tensor = diffusivity[cell]
        let resistance = Diffusion.crackResistance(
          width: chord, blockedShare: inside / chord, determinant: tensor.determinant)
        let area = mesh.area(cell / mesh.yCount, cell % mesh.yCount)
        // Blocked: 1e8 times the largest resistivity of the crystal lets 1e-8 of the flux through.
        let largest = 1e8 * (tensor.xx + tensor.yy) / tensor.determinant
        let resistivity = min(resistance * chord / area, largest)
        sums[cell, default: PlaneTensor(xx: 0, xy: 0, yy: 0)].add(resistivity, normal)
      }
    }
  }

  /// Whether any crack crosses a cell.
  func isCracked(_ cell: Int) -> Bool { sums[cell] != nil }

  /// The diffusivity of a cell with its cracks.
  func diffusivity(of cell: Int, uncracked: PlaneTensor) -> PlaneTensor {
    guard let sum = sums[cell] else { return uncracked }
    var inverse = uncracked.inverse
    inverse.xx += sum.xx
    inverse.xy += sum.xy
    inverse.yy += sum.yy
    return inverse.inverse
  }

  /// Calls `body` with every cell the crack touches, the length of crack inside, and the length that
  /// the unlimited crack line has inside.
  private static func forEachCrossing(of crack: Crack, mesh: Mesh, _ body: (Int, Double, Double) -> Void) {
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
          for (origin, slope, first, last) in [
            (crack.x, direction.x, mesh.xEdges[i], mesh.xEdges[i + 1]),
            (crack.y + shift, direction.y, mesh.yEdges[j], mesh.yEdges[j + 1]),
          ] {
            if abs(slope) < 1e-9 {
              if origin < first || origin >= last { to = -.infinity }
            } else {
              let (a, b) = ((first - origin) / slope, (last - origin) / slope)
              (from, to) = (max(from, min(a, b)), min(to, max(a, b)))
            }
          }
          let inside = min(to, crack.tips[1]) - max(from, -crack.tips[0])
          if to > from && inside > 0 { body(i * mesh.yCount + j, inside, to - from) }
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

import CellModel
import CellPhysics
import Foundation

/// A place of large tension in the film, and the feature it belongs to.
public struct Hotspot: Sendable, Equatable, Codable {
  /// Largest principal stress, averaged over the stated length, Pa.
  public internal(set) var stress = 0.0
  /// Depth from the electrolyte and position along the film, m.
  public internal(set) var x = 0.0
  public internal(set) var y = 0.0
  public internal(set) var site = Site.none
  /// Lithium content of the place.
  public internal(set) var content = Double.nan

  /// The features at which stress concentrates, the first that fits naming the place.
  public enum Site: String, Sendable, Codable {
    case none = "none"
    case pore = "pore edge"
    case voidEdge = "void edge"
    case crackTip = "crack tip"
    case columnFoot = "column foot"
    case columnBoundary = "column boundary"
    case interface = "interface"
    case collector = "collector"
    case crystal = "crystal"

    /// Whether it is a defect: a pore, a crack or lost contact, rather than part of a sound film.
    public var isDefect: Bool { [.pore, .voidEdge, .crackTip].contains(self) }
  }
}

/// Finds and names the places of large tension in one section with its damage.
struct HotspotFinder {
  let mesh: Mesh
  let microstructure: Microstructure
  let damage: Damage
  /// How near a feature has to be to give its name, and how far places are apart, m.
  let reach: Double

  /// The place of largest tension in a sequence of stress fields.
  func strongest(_ stresses: [StressField]) -> Hotspot {
    var (place, largest) = (Int?.none, 0.0)
    for field in stresses {
      for cell in field.xx.indices where mesh.isSolid[cell] {
        let principal = tension(field, cell)
        if principal > largest { (place, largest) = (cell, principal) }
      }
    }
    return place.map { hotspot($0, stress: largest) } ?? Hotspot()
  }

  /// Up to so many places of largest tension in one field, the largest first, none within reach of another.
  func strongest(_ count: Int, in field: StressField, contentOfCells: [Double]) -> [Hotspot] {
    let tensions = field.xx.indices.map { mesh.isSolid[$0] ? tension(field, $0) : 0 }
    // Equal stresses keep the order of the mesh.
    let order = tensions.indices.filter { tensions[$0] > 0 }
      .sorted { (tensions[$0], $1) > (tensions[$1], $0) }
    var found: [Hotspot] = []
    for cell in order where found.count < count {
      let (x, y) = (mesh.xCentre(cell / mesh.yCount), mesh.yCentre(cell % mesh.yCount))
      guard found.allSatisfy({ hypot($0.x - x, apart($0.y, y)) > reach }) else { continue }
      var hotspot = hotspot(cell, stress: tensions[cell])
      hotspot.content = contentOfCells[cell]
      found.append(hotspot)
    }
    return found
  }

  /// Share of the section that lies at a defect: what the share of places drawn at random would be.
  var defectShare: Double {
    var (near, all) = (0.0, 0.0)
    for cell in 0..<mesh.cellCount where mesh.isSolid[cell] {
      let (i, j) = (cell / mesh.yCount, cell % mesh.yCount)
      let area = mesh.area(i, j)
      all += area
      if site(mesh.xCentre(i), mesh.yCentre(j)).isDefect { near += area }
    }
    return near / all
  }

  private func tension(_ field: StressField, _ cell: Int) -> Double {
    StressInCell(xx: field.xx[cell], yy: field.yy[cell], zz: field.zz[cell], xy: field.xy[cell])
      .principalInPlane.largest
  }

  private func hotspot(_ cell: Int, stress: Double) -> Hotspot {
    let (x, y) = (mesh.xCentre(cell / mesh.yCount), mesh.yCentre(cell % mesh.yCount))
    return Hotspot(stress: stress, x: x, y: y, site: site(x, y))
  }

  /// How far two positions along the periodic film are apart.
  private func apart(_ a: Double, _ b: Double) -> Double {
    let direct = abs(a - b)
    return min(direct, mesh.width - direct)
  }

  private func site(_ x: Double, _ y: Double) -> Hotspot.Site {
    // Within a particle there is its surface, and what lies below.
    if mesh.isDivided { return x <= reach ? .interface : .crystal }
    let place = SIMD2(x, y)
    if microstructure.isNearPore(place, reach: reach) { return .pore }
    let isNearVoidEdge =
      x <= reach
      && damage.patches.indices.contains { index in
        let next = damage.patches[(index + 1) % damage.patches.count]
        let isEdge = damage.patches[index].isBonded != next.isBonded
        return isEdge && apart(damage.patches[index].end, y) <= reach
      }
    if isNearVoidEdge { return .voidEdge }
    let isNearTip = damage.cracks.contains { crack in
      [crack.point(at: -crack.tips[0]), crack.point(at: crack.tips[1])].contains {
        hypot($0.x - x, apart($0.y, y)) <= reach
      }
    }
    if isNearTip { return .crackTip }
    if microstructure.isNearSide(place, reach: reach) { return x <= reach ? .columnFoot : .columnBoundary }
    if x <= reach { return .interface }
    return mesh.thickness - x <= reach ? .collector : .crystal
  }
}

extension InterfacePatch {
  /// Whether more of the patch is bonded than not.
  fileprivate var isBonded: Bool { bondedShare > 0.5 }
}

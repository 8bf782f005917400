import CellModel
import CellPhysics
import Foundation

/// The place of largest tension in the film, and the feature it belongs to.
struct Hotspot {
  /// Largest principal stress, averaged over the stated length, Pa.
  var stress = 0.0
  var x = 0.0
  var y = 0.0
  var site = Site.none

  /// The features at which stress concentrates, the first that fits naming the place.
  enum Site: String {
    case none = "none"
    case pore = "pore edge"
    case voidEdge = "void edge"
    case crackTip = "crack tip"
    case columnFoot = "column foot"
    case columnBoundary = "column boundary"
    case interface = "interface"
    case collector = "collector"
    case crystal = "crystal"
  }

  /// The hotspot of a sequence of stress fields; `reach` is how near a feature has to be, m.
  init(_ stresses: [StressField], mesh: Mesh, microstructure: Microstructure, damage: Damage, reach: Double) {
    for field in stresses {
      for cell in field.xx.indices where mesh.isSolid[cell] {
        let principal = StressInCell(
          xx: field.xx[cell], yy: field.yy[cell], zz: field.zz[cell], xy: field.xy[cell]
        ).principalInPlane.largest
        if principal > stress {
          stress = principal
          x = mesh.xCentre(cell / mesh.yCount)
          y = mesh.yCentre(cell % mesh.yCount)
        }
      }
    }
    guard stress > 0 else { return }
    site = name(mesh: mesh, microstructure: microstructure, damage: damage, reach: reach)
  }

  private func name(mesh: Mesh, microstructure: Microstructure, damage: Damage, reach: Double) -> Site {
    func apart(_ a: Double, _ b: Double) -> Double {
      let direct = abs(a - b)
      return min(direct, mesh.width - direct)
    }
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

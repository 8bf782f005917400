import CellPhysics
import Foundation

/// What the line of a crack meets next: the end of a crystal, of the film, or a pore.
public struct CrackObstacle: Sendable, Equatable {
  /// Distance from the origin of the crack, m.
  public let distance: Double
  /// Angles of the crystals before and behind it, radian; the latter is nil where none is bonded to it.
  ///
  /// Neighbouring columns are not: they pass on neither tension nor the opening of a crack.
  public let angle: Double
  public let angleAhead: Double?
  /// Angle between the crack and the boundary, 0 to 90 degrees, radian.
  public let incidence: Double
}

extension Microstructure {
  /// What stops a tip beyond a distance from the origin of its crack.
  ///
  /// - Parameters:
  ///   - tip: 0 against the direction of the line, 1 along it.
  ///   - start: the distance from which to look, m.
  ///   - thickness: that of the film, m.
  public func obstacle(to crack: Crack, tip: Int, from start: Double, thickness: Double) -> CrackObstacle {
    let sign = tip == 0 ? -1.0 : 1.0
    let direction = sign * crack.direction
    // A hair beyond the boundary at which the crack may stand.
    let begin = start + 1e-12
    let point = crack.point(at: sign * begin)
    let width = columns[columns.count - 1].end
    let y = point.y - width * (point.y / width).rounded(.down)
    let index = columns.firstIndex { y < $0.end } ?? columns.count - 1
    let column = columns[index]
    let (top, grain) = column.grain(atDepth: point.x)
    let bottom = min(grain.end, thickness)
    let depth = way(from: point.x, direction.x, top, bottom)
    let side = way(from: y, direction.y, column.start, column.end)
    let nearest = min(depth, side)
    if let pore = wayToPore(from: SIMD2(point.x, y), direction, width), pore < nearest {
      return CrackObstacle(
        distance: begin + pore, angle: grain.angle, angleAhead: nil, incidence: .pi / 2)
    }
    let isSide = side < depth
    var ahead: Double?
    if !isSide && (direction.x > 0 ? grain.end < thickness : top > 0) {
      ahead = column.grain(atDepth: direction.x > 0 ? grain.end : top.nextDown).grain.angle
    }
    // Sides of columns run along X, ends of grains along Y.
    return CrackObstacle(
      distance: begin + max(nearest, 0), angle: grain.angle, angleAhead: ahead,
      incidence: acos(min(abs(isSide ? direction.x : direction.y), 1)))
  }

  /// Distance to the end of an interval along one axis, m.
  private func way(from origin: Double, _ slope: Double, _ low: Double, _ high: Double) -> Double {
    abs(slope) > 1e-12 ? ((slope > 0 ? high : low) - origin) / slope : .infinity
  }

  /// Distance at which a line enters the first pore, m; nil when it enters none.
  private func wayToPore(from point: SIMD2<Double>, _ direction: SIMD2<Double>, _ width: Double) -> Double? {
    pores.flatMap { pore in
      [-width, 0, width].compactMap { shift -> Double? in
        let centre = SIMD2(pore.x, pore.y + shift) - point
        let along = (centre * direction).sum()
        let square = pore.radius * pore.radius - (centre * centre).sum() + along * along
        guard square > 0 else { return nil }
        let entry = along - square.squareRoot()
        return entry >= 0 ? entry : nil
      }
    }.min()
  }
}

extension Crack {
  /// The least distance from a crack of a section of this width to points along this one, m.
  func distance(to other: Crack, width: Double) -> Double {
    let steps = 12
    return (0...steps).reduce(.infinity) { nearest, step in
      let point = point(at: -tips[0] + length * Double(step) / Double(steps))
      var way = point - SIMD2(other.x, other.y)
      way.y -= width * (way.y / width).rounded()
      let along = Swift.min(Swift.max((way * other.direction).sum(), -other.tips[0]), other.tips[1])
      let apart = way - along * other.direction
      return Swift.min(nearest, (apart * apart).sum().squareRoot())
    }
  }
}

extension [Crack] {
  /// The distances from its origin at which the tips of each crack meet another crack of a section of this width, m.
  ///
  /// Infinite where the line of a crack meets none beyond a tip.
  public func meetings(width: Double) -> [SIMD2<Double>] {
    let directions = map(\.direction)
    return indices.map { index in
      SIMD2(meeting(of: index, tip: 0, width, directions), meeting(of: index, tip: 1, width, directions))
    }
  }

  private func meeting(of index: Int, tip: Int, _ width: Double, _ directions: [SIMD2<Double>]) -> Double {
    let crack = self[index]
    let direction = (tip == 0 ? -1.0 : 1.0) * directions[index]
    var nearest = Double.infinity
    for (other, line) in enumerated() where other != index {
      // Solves crack + s direction = line + r along.
      let along = directions[other]
      let cross = direction.x * along.y - direction.y * along.x
      guard abs(cross) > 1e-9 else { continue }
      for shift in [-width, 0, width] {
        let apart = SIMD2(line.x - crack.x, line.y + shift - crack.y)
        let s = (apart.x * along.y - apart.y * along.x) / cross
        let r = (apart.x * direction.y - apart.y * direction.x) / cross
        // A tip that has arrived stays; cracks that crossed from the start do not stop each other.
        guard s >= crack.tips[tip] - 1e-12, r >= -line.tips[0], r <= line.tips[1] else { continue }
        nearest = Swift.min(nearest, s)
      }
    }
    return nearest
  }
}

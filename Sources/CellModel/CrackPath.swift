/// What the line of a crack meets next: the end of a crystal, of the film, or a pore.
public struct CrackObstacle: Sendable, Equatable {
  /// Distance from the origin of the crack, m.
  public internal(set) var distance: Double
  /// Angles of the crystals before and behind it, radian; the latter is nil where none is bonded to it.
  ///
  /// Neighbouring columns are not: they pass on neither tension nor the opening of a crack.
  public let angle: Double
  public let angleAhead: Double?
  /// Angle between the crack and the boundary, 0 to 90 degrees, radian.
  public let incidence: Double
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
  /// Infinite where the line of a crack meets none between a tip and its limit.
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
      let reach = crack.limits[tip] + Swift.max(line.tips[0], line.tips[1])
      for shift in [-width, 0, width] {
        let apart = SIMD2(line.x - crack.x, line.y + shift - crack.y)
        // Nearly all others are out of reach.
        guard (apart * apart).sum() <= reach * reach else { continue }
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

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
  /// Infinite where the line of a crack meets none between a tip and its limit. Cracks begin within the section.
  public func meetings(width: Double) -> [SIMD2<Double>] {
    indices.map { meetings(of: self[$0], but: $0, width: width) }
  }

  /// The same of one crack and all of these but that at `index`.
  public func meetings(of crack: Crack, but index: Int, width: Double) -> SIMD2<Double> {
    let (own, normal) = (crack.direction, crack.normal)
    return withUnsafeBufferPointer { lines in
      var nearest = SIMD2(repeating: Double.infinity)
      for other in lines.indices where other != index {
        let line = lines[other]
        // Nearly all others are farther from the line of this one than they are long; round-off is allowed for.
        let half = line.tips.max()
        for shift in [-width, 0, width] {
          let apart = SIMD2(line.x - crack.x, line.y + shift - crack.y)
          guard abs((apart * normal).sum()) <= half * (1 + 1e-9) + 1e-15 else { continue }
          nearest = pointwiseMin(nearest, crack.meeting(with: line, apart: apart, along: own))
        }
      }
      return nearest
    }
  }
}

extension Crack {
  /// The distances from its origin at which both tips meet a line that begins `apart` from there; infinite where one
  /// does not.
  fileprivate func meeting(with line: Crack, apart: SIMD2<Double>, along own: SIMD2<Double>) -> SIMD2<Double>
  {
    var nearest = SIMD2(repeating: Double.infinity)
    let along = line.direction
    for tip in 0..<2 {
      let reach = limits[tip] + line.tips.max()
      guard (apart * apart).sum() <= reach * reach else { continue }
      // Solves crack + s direction = line + r along.
      let direction = tip == 0 ? -own : own
      let cross = direction.x * along.y - direction.y * along.x
      guard abs(cross) > 1e-9 else { continue }
      let s = (apart.x * along.y - apart.y * along.x) / cross
      let r = (apart.x * direction.y - apart.y * direction.x) / cross
      // A tip that has arrived stays; cracks that crossed from the start do not stop each other.
      guard s >= tips[tip] - 1e-12, r >= -line.tips[0], r <= line.tips[1] else { continue }
      nearest[tip] = s
    }
    return nearest
  }
}

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

extension [Crack] {
  /// The distance from its origin at which a tip meets another crack of a section of this width, m; infinite when
  /// its line meets none beyond the tip.
  public func meeting(of index: Int, tip: Int, width: Double) -> Double {
    let crack = self[index]
    let sign = tip == 0 ? -1.0 : 1.0
    let direction = sign * crack.direction
    var nearest = Double.infinity
    for (other, line) in enumerated() where other != index {
      // Solves crack + s direction = line + r line.direction.
      let cross = direction.x * line.direction.y - direction.y * line.direction.x
      guard abs(cross) > 1e-9 else { continue }
      for shift in [-width, 0, width] {
        let apart = SIMD2(line.x - crack.x, line.y + shift - crack.y)
        let s = (apart.x * line.direction.y - apart.y * line.direction.x) / cross
        let r = (apart.x * direction.y - apart.y * direction.x) / cross
        // A tip that has arrived stays; cracks that crossed from the start do not stop each other.
        guard s >= crack.tips[tip] - 1e-12, r >= -line.tips[0], r <= line.tips[1] else { continue }
        nearest = Swift.min(nearest, s)
      }
    }
    return nearest
  }
}

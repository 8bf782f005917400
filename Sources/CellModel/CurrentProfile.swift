/// A current density prescribed over the time since a step began: straight lines between points.
///
/// Two points at one time are a jump. Which sign inserts lithium is the caller's affair.
public struct CurrentProfile: Sendable, Equatable {
  /// Time since the first point, s, and current density, A/m2.
  public struct Point: Sendable, Equatable {
    public let time: Double
    public let current: Double

    public init(time: Double, current: Double) {
      self.time = time
      self.current = current
    }
  }

  /// A straight line between two points.
  struct Segment {
    let start: Point
    let end: Point
    /// Whether the current jumps at its start, as it does where a profile begins.
    let isJump: Bool
  }

  /// The points in the order of time, the first at 0; where the current changes its sign there is one of no current.
  public let points: [Point]

  /// Takes points in the order of time, counted from the first; nil when they span none, or are not in order.
  ///
  /// The points where the current changes its sign are added, so that no time step charges and discharges.
  public init?(_ points: [Point]) {
    guard let first = points.first, let last = points.last, last.time > first.time,
      points.allSatisfy({ $0.time.isFinite && $0.current.isFinite }),
      zip(points, points.dropFirst()).allSatisfy({ $0.time <= $1.time })
    else { return nil }
    var all: [Point] = []
    for point in points {
      let next = Point(time: point.time - first.time, current: point.current)
      if let before = all.last, before.current * next.current < 0 {
        let share = before.current / (before.current - next.current)
        let crossing = before.time + share * (next.time - before.time)
        if crossing > before.time, crossing < next.time { all.append(Point(time: crossing, current: 0)) }
      }
      all.append(next)
    }
    self.points = all
  }

  private init(all points: [Point]) { self.points = points }

  /// How long it is, s.
  public var duration: Double { points[points.count - 1].time }

  /// The profile with all currents reversed.
  public var reversed: CurrentProfile {
    CurrentProfile(all: points.map { Point(time: $0.time, current: -$0.current) })
  }

  /// What passes with a positive and with a negative current, both above 0, C/m2.
  public var charges: (positive: Double, negative: Double) {
    segments.reduce(into: (0, 0)) { sums, segment in
      let passed =
        0.5 * (segment.start.current + segment.end.current) * (segment.end.time - segment.start.time)
      if passed > 0 { sums.0 += passed } else { sums.1 -= passed }
    }
  }

  /// The lines that take time, one after the other.
  var segments: [Segment] {
    var before: Point?
    return zip(points, points.dropFirst()).compactMap { start, end in
      guard end.time > start.time else { return nil }
      defer { before = end }
      return Segment(start: start, end: end, isJump: before?.current != start.current)
    }
  }
}

/// What is imposed while a step of the integrator lasts.
enum Imposed {
  case constant(Drive)
  /// A current density that inserts lithium, along the line between two points whose time is that of the cell.
  case ramp(from: CurrentProfile.Point, to: CurrentProfile.Point)

  /// A line of a profile that began at a time of the cell.
  init(_ segment: CurrentProfile.Segment, from start: Double) {
    func placed(_ point: CurrentProfile.Point) -> CurrentProfile.Point {
      .init(time: start + point.time, current: point.current)
    }
    self = .ramp(from: placed(segment.start), to: placed(segment.end))
  }

  /// What the cell has to meet at a time.
  func drive(at time: Double) -> Drive {
    switch self {
    case .constant(let drive): return drive
    case .ramp(let from, let to):
      let share = min(max((time - from.time) / (to.time - from.time), 0), 1)
      return .insertionCurrent(from.current + share * (to.current - from.current))
    }
  }
}

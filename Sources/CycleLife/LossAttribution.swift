/// What each mechanism has taken from the capacity of one cycle.
///
/// The cycle is repeated from the state it began in, with the damage of one mechanism taken back to that of the
/// assembled cell, then with that of all. With Q for the discharge capacities,
///
///     whole = Q(all taken back) - Q,   part of m = Q(m taken back) - Q,   interaction = whole - sum of parts
///
/// The lithium that damage has stranded in earlier cycles stays where it is: the parts say what the damage costs
/// now, not what a cell that never had it would deliver.
public struct LossAttribution: Sendable, Equatable, Codable {
  /// Loss of discharge capacity, C/m2.
  public let whole: Double
  /// The loss that each of ``Mechanisms/all`` causes alone, C/m2.
  public let parts: [Double]

  /// What the mechanisms cause together beyond their parts, C/m2; negative where one hides the other.
  public var interaction: Double { whole - parts.reduce(0, +) }
}

/// Forgets what it is told.
struct NoSink: RunSink {
  func record(_ sample: TimeSample) {}
  func record(_ cycle: CycleRecord) {}
}

/// The open-circuit potential of a cathode material against lithium at 25 °C, as a table.
///
/// Symbols: x, lithium content (1: discharged); U, potential in V against Li/Li+.
public struct OpenCircuitPotential: Sendable, Equatable {
  /// A line of the table.
  public struct Point: Sendable, Equatable {
    /// Lithium content.
    public var x: Double
    /// Potential in V.
    public var y: Double

    public init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// The table, contents ascending and potentials falling.
  public let points: [Point]

  /// A table of at least three points; contents ascend and potentials fall.
  public init(_ points: [Point]) { self.points = points }

  /// LixCoO2.
  ///
  /// Valid for: 0.45 < x < 0.999; the last two points extend the table so that a discharge ends at any
  /// cutoff. Not for: the two-phase plateau (0.75 < x < 0.94), which the data slope slightly.
  /// Source: the LiCoO2 set of Ai et al., JES 167, 013512 (2020), after Rieger et al. (2016).
  public static let lithiumCobaltOxide: OpenCircuitPotential = OpenCircuitPotential(
    [
      (0.45057, 4.2513), (0.47590, 4.2040), (0.49996, 4.1616), (0.52528, 4.1192), (0.54935, 4.0818),
      (0.57467, 4.0480), (0.60000, 4.0173), (0.62533, 3.9902), (0.65065, 3.9667), (0.67598, 3.9465),
      (0.70004, 3.9303), (0.72537, 3.9164), (0.74943, 3.9061), (0.77476, 3.8992), (0.80008, 3.8952),
      (0.82541, 3.8923), (0.84947, 3.8891), (0.87480, 3.8839), (0.90013, 3.8749), (0.92039, 3.8625),
      (0.94065, 3.8393), (0.95078, 3.8188), (0.96091, 3.7883), (0.97104, 3.7501), (0.97991, 3.7139),
      (0.98497, 3.6895), (0.99004, 3.6566), (0.99637, 3.5572), (0.99890, 3.4089), (0.9995, 3.0),
      (1.0, 1.5),
    ].map { Point(x: $0.0, y: $0.1) })
}

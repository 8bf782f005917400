/// What crystals and pores fill a section: what the rest of the program asks of a microstructure, however it
/// came about.
///
/// X runs through the thickness from the electrolyte, Y in plane with the period ``width``; lengths in m.
protocol SectionGeometry: Sendable {
  /// The periodic width, m.
  var width: Double { get }

  /// Where columns meet at the interface, or upright over much of the thickness; tilted ones have layers that lead
  /// apart or together.
  var seams: [(y: Double, isTilted: Bool)] { get }

  /// The angle of the crystal at a place, radian; nil where there is none.
  func crystalAngle(at place: SIMD2<Double>) -> Double?

  /// What a line meets first, at its distance from where it starts; Y may lie outside the period.
  func obstacle(from start: SIMD2<Double>, along direction: SIMD2<Double>, thickness: Double) -> CrackObstacle

  /// What fills the cells of a mesh with these edges, in the order of ``Mesh``.
  func filling(xEdges: [Double], yEdges: [Double]) -> SectionFilling

  /// Whether the edge of a pore, or the side of a column, lies within `reach` of a place.
  func isNearPore(_ place: SIMD2<Double>, reach: Double) -> Bool
  func isNearSide(_ place: SIMD2<Double>, reach: Double) -> Bool

  /// The section as rectangles of one crystal each, and of the pores that are made of rectangles.
  func areas(thickness: Double) -> [SectionArea]

  /// The boundaries between crystals, and of those pores, as straight lines.
  func boundaries(thickness: Double) -> [SectionLine]
}

/// What fills the cells of a mesh.
struct SectionFilling: Equatable {
  var columnOfCell: [Int] = []
  var isSolid: [Bool] = []
  var crystalAngle: [Double] = []
}

/// A rectangle of a section within one crystal, or within a pore.
public struct SectionArea: Sendable, Equatable {
  /// Its ends through the thickness and in plane, m.
  public var x: ClosedRange<Double>
  public var y: ClosedRange<Double>
  /// The column of the crystal, from 0, and its angle, radian; nil in a pore.
  public var crystal: Crystal?

  /// A crystal, as far as pictures tell it.
  public struct Crystal: Sendable, Equatable {
    public var column: Int
    public var angle: Double
  }
}

/// A straight line in a section; X and Y of its ends in m.
public struct SectionLine: Sendable, Equatable {
  public var from: SIMD2<Double>
  public var to: SIMD2<Double>
}

extension Microstructure {
  /// The section of a film of this thickness, m, as rectangles; round pores are left out.
  public func areas(thickness: Double) -> [SectionArea] { geometry.areas(thickness: thickness) }

  /// The boundaries between the crystals of a film of this thickness, m, and of all pores but round ones.
  public func boundaries(thickness: Double) -> [SectionLine] { geometry.boundaries(thickness: thickness) }
}

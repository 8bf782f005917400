import CellPhysics
import Foundation
import Numerics

/// What the film is made of, crystals and pores, and where it touches the electrolyte.
///
/// It is drawn from the seed of a run, in columns, or seen in the image of a section. All else asks it the same
/// questions, see ``SectionGeometry``.
public struct Microstructure: Sendable, Equatable {
  /// The crystals between two vertical boundaries: one through the whole thickness, or several on top of
  /// one another.
  public struct Column: Sendable, Equatable {
    /// A crystal; from where the one before it ends to `end`, X in m.
    public struct Grain: Sendable, Equatable {
      public let end: Double
      /// Angle of its c axis from Y, radian.
      public let angle: Double
    }

    /// Where the column begins and ends in plane, m.
    public let start: Double
    public let end: Double
    /// Its crystals from the electrolyte to the collector; the last one ends beyond the film.
    public let grains: [Grain]

    public init(start: Double, end: Double, grains: [Grain]) {
      self.start = start
      self.end = end
      self.grains = grains
    }

    /// A column of one crystal.
    public init(start: Double, end: Double, angle: Double) {
      self.init(start: start, end: end, grains: [Grain(end: .infinity, angle: angle)])
    }

    /// The crystal at a depth, and where it begins, X in m.
    public func grain(atDepth x: Double) -> (start: Double, grain: Grain) {
      let index = grains.firstIndex { x < $0.end } ?? grains.count - 1
      return (index == 0 ? 0 : grains[index - 1].end, grains[index])
    }
  }

  /// A part of the interface in contact before cycling, m along Y.
  public struct ContactZone: Sendable, Equatable {
    public let start: Double
    public let end: Double
  }

  /// A round hole; X and Y of its centre and its radius in m.
  public struct Pore: Sendable, Equatable {
    public let x: Double
    public let y: Double
    public let radius: Double
  }

  private enum Section: Sendable, Equatable {
    case drawn(ColumnSection)
    case image(SectionImage)
  }

  private let section: Section
  /// Where film and electrolyte touch before cycling; nil where they touch everywhere.
  public let contactZones: [ContactZone]?

  /// A microstructure of columns; the last one ends at the width of the film.
  public init(columns: [Column], pores: [Pore] = [], contactZones: [ContactZone]? = nil) {
    section = .drawn(ColumnSection(columns: columns, pores: pores))
    self.contactZones = contactZones
  }

  /// The microstructure that an image shows.
  public init(image: SectionImage) {
    section = .image(image)
    contactZones = image.contactZones
  }

  var geometry: any SectionGeometry {
    switch section {
    case .drawn(let section): section
    case .image(let image): image
    }
  }

  /// The columns and the pores that were drawn; nil where the section is that of an image.
  public var drawn: (columns: [Column], pores: [Pore])? {
    guard case .drawn(let section) = section else { return nil }
    return (section.columns, section.pores)
  }

  /// Draws the microstructure of a seeded run.
  ///
  /// Column widths and grain heights are lognormal, scaled together to fill the film exactly. Angles are
  /// normal; those of disoriented grains are uniform. All are stratified, so that a narrow section already
  /// has the spread of a wide film and seeds differ in the arrangement more than in the sum. Pore centres
  /// are uniform, redrawn where pores would touch one another, the interface or the collector. Contact
  /// zones are regular.
  public init(parameters p: ParameterSet, seed: UInt64) {
    func stream(_ name: String) -> RandomStream { RandomStream(seed: seed, name: name) }
    let heights = stream("grain height")
    let columnEnds = Microstructure.cut(
      p[.filmWidth], median: p[.columnSpacing], spread: p[.columnSpacingSpread], stream("column spacing"))
    let grainEnds = columnEnds.map { _ in
      p[.grainHeight] < p[.filmThickness]
        ? Microstructure.cut(
          p[.filmThickness], median: p[.grainHeight], spread: p[.columnSpacingSpread], heights)
        : [p[.filmThickness]]
    }
    var angles = Microstructure.angles(
      grainEnds.reduce(0) { $0 + $1.count }, p, stream("crystal orientation"), stream("disorientation"))[...]
    let columns = columnEnds.indices.map { index in
      let ends = grainEnds[index].dropLast() + [.infinity]
      let grains = zip(ends, angles).map { Column.Grain(end: $0, angle: $1) }
      angles = angles.dropFirst(grains.count)
      return Column(start: index == 0 ? 0 : columnEnds[index - 1], end: columnEnds[index], grains: grains)
    }
    self.init(
      columns: columns, pores: Microstructure.drawPores(p, stream("pores")),
      contactZones: Microstructure.contactZones(p))
  }

  /// The ends of lognormal pieces that fill a length, m; their number is the nearest to the expected one.
  private static func cut(_ length: Double, median: Double, spread: Double, _ stream: RandomStream)
    -> [Double]
  {
    let expected = length / (median * exp(spread * spread / 2))
    let pieces = stream.stratified(max(1, Int(expected.rounded()))).map {
      exp(RandomStream.gaussianQuantile($0, standardDeviation: max(spread, 1e-12)))
    }
    let scale = length / pieces.reduce(0, +)
    var position = 0.0
    return pieces.indices.map { index in
      position = index == pieces.count - 1 ? length : position + scale * pieces[index]
      return position
    }
  }

  private static func angles(
    _ count: Int, _ p: ParameterSet, _ orientation: RandomStream, _ disorientation: RandomStream
  ) -> [Double] {
    let isDisoriented = disorientation.stratified(count).map { $0 < p[.disorientedFraction] }
    let random = disorientation.stratified(isDisoriented.count { $0 }).map { ($0 - 0.5) * .pi }
    let tilts = orientation.stratified(count).map {
      RandomStream.gaussianQuantile($0, standardDeviation: max(p[.orientationSpread], 1e-300))
    }
    var next = 0
    return isDisoriented.indices.map { index in
      guard isDisoriented[index] else { return p[.crystalAngle] + tilts[index] }
      next += 1
      return random[next - 1]
    }
  }

  /// The first part of every period; periods are fitted to the width, so that the film stays periodic.
  private static func contactZones(_ p: ParameterSet) -> [ContactZone]? {
    guard p[.contactFraction] < 1 else { return nil }
    let count = max(1, (p[.filmWidth] / p[.contactZonePeriod]).rounded())
    let period = p[.filmWidth] / count
    return (0..<Int(count)).map { index in
      let start = Double(index) * period
      return ContactZone(start: start, end: start + p[.contactFraction] * period)
    }
  }

  /// Whether film and electrolyte touch at `y` before cycling, m.
  public func isInContact(at y: Double) -> Bool {
    contactZones?.contains { $0.start <= y && y < $0.end } ?? true
  }

  private static func drawPores(_ p: ParameterSet, _ stream: RandomStream) -> [Pore] {
    let (thickness, width, radius) = (p[.filmThickness], p[.filmWidth], p[.poreRadius])
    let wanted = Int((p[.poreFraction] * thickness * width / (.pi * radius * radius)).rounded())
    let margin = 2 * radius
    guard wanted > 0, thickness > 2 * margin, width > 2 * margin else { return [] }
    var pores: [Pore] = []
    // Random sequential placement; dense packings stop it before the last pore fits.
    for _ in 0..<(1000 * wanted) where pores.count < wanted {
      let pore = Pore(
        x: margin + stream.uniform() * (thickness - 2 * margin), y: stream.uniform() * width, radius: radius)
      let isFree = pores.allSatisfy { other in
        let apart = abs(other.y - pore.y)
        return hypot(other.x - pore.x, min(apart, width - apart)) > 3 * radius
      }
      if isFree { pores.append(pore) }
    }
    return pores
  }

  /// The angle of the crystal in which a crack began, radian.
  public func crystalAngle(of crack: Crack) -> Double {
    geometry.crystalAngle(at: SIMD2(crack.x, crack.y)) ?? 0
  }

  /// The angle of the crystal at a place, X and Y in m, radian; nil in the pores of an image.
  public func crystalAngle(at place: SIMD2<Double>) -> Double? { geometry.crystalAngle(at: place) }

  /// What stops a tip beyond a distance from the origin of its crack.
  ///
  /// - Parameters:
  ///   - tip: 0 against the direction of the line, 1 along it.
  ///   - start: the distance from which to look, m.
  ///   - thickness: that of the film, m.
  public func obstacle(to crack: Crack, tip: Int, from start: Double, thickness: Double) -> CrackObstacle {
    let sign = tip == 0 ? -1.0 : 1.0
    // A hair beyond the boundary at which the crack may stand.
    let begin = start + 1e-12
    var found = geometry.obstacle(
      from: crack.point(at: sign * begin), along: sign * crack.direction, thickness: thickness)
    found.distance += begin
    return found
  }

  /// Whether a place lies within `reach` of the edge of a pore, m.
  public func isNearPore(_ place: SIMD2<Double>, reach: Double) -> Bool {
    geometry.isNearPore(place, reach: reach)
  }

  /// Whether a place lies within `reach` of the side of a column, m.
  public func isNearSide(_ place: SIMD2<Double>, reach: Double) -> Bool {
    geometry.isNearSide(place, reach: reach)
  }

  /// The patches of the interface, as pairs of start and end in m: equal parts of what lies between two
  /// edges of columns or contact zones.
  public func patches(length: Double) -> [(start: Double, end: Double)] {
    let width = geometry.width
    let inner = geometry.seams.map(\.y) + contactEdges
    let edges = Set(inner.filter { $0 > 0 && $0 < width } + [0, width]).sorted()
    return zip(edges, edges.dropFirst()).flatMap { start, end in
      let count = max(1, Int(((end - start) / length).rounded()))
      func edge(_ index: Int) -> Double {
        index == count ? end : start + (end - start) * Double(index) / Double(count)
      }
      return (0..<count).map { (edge($0), edge($0 + 1)) }
    }
  }

  /// Where contact begins or ends, m.
  private var contactEdges: [Double] { (contactZones ?? []).flatMap { [$0.start, $0.end] } }

  /// Where the mesh is fine in plane, and how fine, m: at edges of contact, and between columns whose layers
  /// lead apart or together.
  private func refinements(_ p: ParameterSet) -> [(point: Double, width: Double)] {
    let contact = contactEdges.map { (point: $0, width: p[.contactEdgeMeshWidth]) }
    let tilted = geometry.seams.filter(\.isTilted).map { (point: $0.y, width: p[.columnEdgeMeshWidth]) }
    // What lies at 0 lies at the end of the period as well.
    return (contact + tilted).flatMap { edge in
      edge.point == 0 ? [edge, (point: p[.filmWidth], width: edge.width)] : [edge]
    }
  }

  /// The mesh that resolves this microstructure, refined toward the interface, the edges of contact and
  /// the boundaries of columns.
  ///
  /// Upright sides of columns and patches end on mesh lines: an edge of contact inside a cell would lend the
  /// contact up to one cell too much reach. Other boundaries follow the nearest mesh lines.
  public func mesh(parameters p: ParameterSet) -> Mesh {
    let xEdges = Mesh.gradedEdges(
      length: p[.filmThickness], first: p[.interfaceMeshWidth], largest: p[.depthMeshWidth],
      growth: p[.meshGrowth])
    let refinements = self.refinements(p)
    var yEdges = [0.0]
    for patch in patches(length: p[.patchLength]) {
      yEdges += Mesh.edges(
        from: patch.start, to: patch.end, largest: p[.meshWidth], refinements: refinements)
    }
    let filling = geometry.filling(xEdges: xEdges, yEdges: yEdges)
    return Mesh(
      xEdges: xEdges, yEdges: yEdges, columnOfCell: filling.columnOfCell, isSolid: filling.isSolid,
      crystalAngle: filling.crystalAngle)
  }
}

import CellPhysics
import Foundation

/// A section that an image shows, pixel by pixel: which crystal fills each, where pores are, and where it
/// touches the electrolyte.
///
/// Rows run through the thickness, the first one at the electrolyte; columns run in plane and are periodic.
///
/// - Crystals are connected regions of one label (over the four faces of a pixel, across the period too).
/// - **Columns** are what holds together. Two crystals do where their common boundary runs more in plane than
///   through the thickness, in sum over its length: where its faces along Y are no shorter than those along X,
///   which for a straight boundary means 45 degrees or less. What is steeper is a side between columns and
///   passes on neither tension nor cracks, unless both belong to one column by way of others. A column that does
///   not reach the collector is one with the neighbour that it shares most with.
/// - Crystals that no way through crystals joins with both interface and collector take no part: they count as
///   pores.
///
/// Valid for: columnar films, and stacks of crystals in columns. Not for: films of crystals without preferred
/// direction, in which this rule makes one column of almost everything, whose steep boundaries then hold.
public struct SectionImage: Sendable, Equatable {
  /// What a label stands for.
  public enum Material: Sendable, Equatable {
    /// A crystal with its c axis at an angle from Y, radian.
    case crystal(angle: Double)
    case pore
    /// In the first row: the electrolyte touches what is below, or does not.
    case electrolyte
    case gap
  }

  /// A connected region of one label.
  struct Crystal: Equatable {
    var angle: Double
    var column: Int
  }

  /// Why an image makes no film.
  public struct Problem: Error, Equatable {
    public let message: String
  }

  /// The side of a pixel, m.
  public let pixelSize: Double
  /// How many columns hold together, see above.
  public let columnCount: Int
  /// Share of the film that is no crystal of the film, and of that the part that are crystals without connection.
  public let poreFraction: Double
  public let isolatedFraction: Double

  let grid: LabelGrid
  let crystals: [Crystal]
  /// The crystal of each pixel; in a pore the nearest one.
  let crystalOfPixel: [Int32]
  let isSolid: [Bool]
  /// Whether each pixel of the first row touches the electrolyte.
  private let isTouching: [Bool]

  /// Takes an image apart.
  ///
  /// - Parameters:
  ///   - labels: row by row, whole rows of `width` pixels.
  ///   - pixelSize: the side of a pixel, m.
  ///   - legend: what each label stands for. With `electrolyte` or `gap` in it the first row tells the contact
  ///     and is no part of the film, which is in contact where crystal lies under electrolyte; without, it is
  ///     wherever the first row is crystal.
  public init(labels: [Int], width: Int, pixelSize: Double, legend: [Int: Material]) throws(Problem) {
    let isContactLabel = legend.filter { $0.value == .electrolyte || $0.value == .gap }
    var (labels, isUnderElectrolyte) = (labels[...], [Bool](repeating: true, count: width))
    if !isContactLabel.isEmpty {
      isUnderElectrolyte = try labels.prefix(width).map { label throws(Problem) in
        guard let material = isContactLabel[label] else {
          throw Problem(
            message:
              "the first row has label \(label); beside electrolyte or gap in the legend it holds nothing else"
          )
        }
        return material == .electrolyte
      }
      labels = labels.dropFirst(width)
      if let label = labels.first(where: { isContactLabel[$0] != nil }) {
        throw Problem(message: "label \(label), electrolyte or gap, is accepted in the first row alone")
      }
    }
    guard !labels.isEmpty else { throw Problem(message: "no row is left for the film") }
    let film = Array(labels)
    let grid = LabelGrid(rowCount: film.count / width, columnCount: width)
    let isCrystal = film.map { legend[$0] != .pore }
    let isSolid = grid.spanning(isCrystal)
    guard isSolid.contains(true) else {
      throw Problem(
        message: "no way through crystals joins the interface, its first row, with the collector, its last")
    }
    let (region, count) = grid.regions { isSolid[$0] ? film[$0] : nil }
    var angles = [Double](repeating: 0, count: count)
    for pixel in film.indices where region[pixel] >= 0 {
      if case .crystal(let angle) = legend[film[pixel]] { angles[region[pixel]] = angle }
    }
    let columns = SectionImage.columns(grid, region, count)
    crystals = zip(angles, columns.ofCrystal).map { Crystal(angle: $0, column: $1) }
    columnCount = columns.count
    crystalOfPixel = grid.filled(region).map { Int32($0) }
    isTouching = (0..<width).map { isUnderElectrolyte[$0] && isSolid[$0] }
    let share = 1 / Double(grid.count)
    poreFraction = share * Double(isSolid.count { !$0 })
    isolatedFraction = share * Double(zip(isCrystal, isSolid).count { $0 && !$1 })
    self.grid = grid
    self.isSolid = isSolid
    self.pixelSize = pixelSize
  }

  /// The column of each crystal, by the rule above; columns are numbered in the order of their first pixels.
  private static func columns(_ grid: LabelGrid, _ region: [Int], _ count: Int) -> (
    ofCrystal: [Int], count: Int
  ) {
    var isHeld = [Bool](repeating: false, count: count)
    for crystal in region.suffix(grid.columnCount) where crystal >= 0 { isHeld[crystal] = true }
    var parts = PartJoining(count: count, isHeld: isHeld)
    // Faces along Y less those along X between each two crystals.
    var flatness: [SIMD2<Int32>: Int] = [:]
    grid.forEachFace { first, second, isAlongY in
      let (a, b) = (region[first], region[second])
      guard a != b, a >= 0, b >= 0 else { return }
      parts.addBorder(a, b, length: 1)
      flatness[SIMD2(Int32(min(a, b)), Int32(max(a, b))), default: 0] += isAlongY ? 1 : -1
    }
    for (pair, difference) in flatness where difference >= 0 { parts.join(Int(pair.x), Int(pair.y)) }
    parts.holdAll()
    var numbers: [Int: Int] = [:]
    let ofCrystal = (0..<count).map { crystal in
      let part = parts.find(crystal)
      if numbers[part] == nil { numbers[part] = numbers.count }
      return numbers[part] ?? 0
    }
    return (ofCrystal, numbers.count)
  }

  /// Pixels through the thickness and in plane, a row that tells the contact left out.
  public var rowCount: Int { grid.rowCount }
  public var pixelsInPlane: Int { grid.columnCount }
  /// The film's thickness and width, m.
  public var thickness: Double { Double(grid.rowCount) * pixelSize }
  public var width: Double { Double(grid.columnCount) * pixelSize }
  public var crystalCount: Int { crystals.count }
  /// Share of the first row that touches the electrolyte.
  public var contactFraction: Double { Double(isTouching.count { $0 }) / Double(isTouching.count) }

  /// Mean width of the crystals along Y, m.
  public var crystalWidth: Double {
    var faces = 0
    grid.forEachFace { first, second, isAlongY in
      if !isAlongY, crystalOfPixel[first] != crystalOfPixel[second] { faces += 1 }
    }
    return width / max(1, Double(faces) / Double(grid.rowCount))
  }

  /// Sets what the image says: thickness, width, width of the columns, pores and contact.
  public func apply(to parameters: inout ParameterSet) {
    parameters[.filmThickness] = thickness
    parameters[.filmWidth] = width
    parameters[.columnSpacing] = crystalWidth
    parameters[.poreFraction] = poreFraction
    parameters[.contactFraction] = contactFraction
  }

  /// Where the first row touches the electrolyte; nil where it does everywhere.
  var contactZones: [Microstructure.ContactZone]? {
    guard isTouching.contains(false) else { return nil }
    return runs(isTouching.map { $0 ? 1 : nil }).map {
      .init(start: Double($0.range.lowerBound) * pixelSize, end: Double($0.range.upperBound) * pixelSize)
    }
  }

  /// Runs of equal values; nil makes none.
  private func runs<Value: Equatable>(_ values: [Value?]) -> [(range: Range<Int>, value: Value)] {
    var (found, start) = ([(range: Range<Int>, value: Value)](), 0)
    for index in values.indices where index + 1 == values.count || values[index + 1] != values[index] {
      if let value = values[index] { found.append((start..<(index + 1), value)) }
      start = index + 1
    }
    return found
  }
}

// MARK: - Geometry

extension SectionImage: SectionGeometry {
  /// The crystal and the column of a pixel.
  private func crystal(_ pixel: Int) -> Crystal { crystals[Int(crystalOfPixel[pixel])] }

  private func row(_ x: Double) -> Int { min(max(Int((x / pixelSize).rounded(.down)), 0), rowCount - 1) }

  private func column(_ y: Double) -> Int { wrapped(Int((y / pixelSize).rounded(.down))) }

  private func wrapped(_ column: Int) -> Int {
    let count = pixelsInPlane
    return (column % count + count) % count
  }

  private func pixel(_ row: Int, _ column: Int) -> Int { row * pixelsInPlane + wrapped(column) }

  /// Lines between pixels where columns meet at the interface, or crystals over a quarter of the thickness.
  ///
  /// Tilted are those along which over a quarter of the thickness crystals of different angles meet.
  var seams: [(y: Double, isTilted: Bool)] {
    let quarter = (rowCount + 3) / 4
    return (0..<pixelsInPlane).compactMap { line in
      var (met, tilted) = (0, 0)
      for row in 0..<rowCount {
        let (low, high) = (pixel(row, line - 1), pixel(row, line))
        guard crystalOfPixel[low] != crystalOfPixel[high], isSolid[low], isSolid[high] else { continue }
        if crystal(low).column != crystal(high).column { met += 1 }
        if crystal(low).angle != crystal(high).angle { tilted += 1 }
      }
      let isFoot = crystal(pixel(0, line - 1)).column != crystal(pixel(0, line)).column
      guard isFoot || met >= quarter || tilted >= quarter else { return nil }
      return (Double(line) * pixelSize, tilted >= quarter)
    }
  }

  func crystalAngle(at place: SIMD2<Double>) -> Double? {
    let here = pixel(row(place.x), column(place.y))
    return isSolid[here] ? crystal(here).angle : nil
  }

  /// Walks from pixel to pixel along the line.
  ///
  /// Method: Amanatides & Woo, Eurographics '87, 3: exact, whatever the size of the pixels.
  func obstacle(from start: SIMD2<Double>, along direction: SIMD2<Double>, thickness: Double)
    -> CrackObstacle
  {
    var here = SIMD2(row(start.x), Int((start.y / pixelSize).rounded(.down)))
    let angle = crystal(pixel(here.x, here.y)).angle
    func end(_ distance: Double, _ ahead: Double?, _ incidence: Double) -> CrackObstacle {
      CrackObstacle(distance: max(distance, 0), angle: angle, angleAhead: ahead, incidence: incidence)
    }
    guard isSolid[pixel(here.x, here.y)] else { return end(0, nil, .pi / 2) }
    let step = SIMD2(direction.x > 0 ? 1 : -1, direction.y > 0 ? 1 : -1)
    /// Distance to the next line between pixels along one axis.
    func next(_ axis: Int) -> Double {
      guard abs(direction[axis]) > 1e-12 else { return .infinity }
      let line = Double(here[axis] + (step[axis] > 0 ? 1 : 0)) * pixelSize
      return (line - start[axis]) / direction[axis]
    }
    // In a crystal that goes all the way round, a crack ends where it has.
    for _ in 0..<(rowCount + pixelsInPlane) {
      let axis = next(0) <= next(1) ? 0 : 1
      let distance = next(axis)
      let from = here
      here[axis] += step[axis]
      let alongAxis = acos(min(abs(direction[1 - axis]), 1))
      guard here.x >= 0, here.x < rowCount else { return end(distance, nil, alongAxis) }
      let (before, ahead) = (pixel(from.x, from.y), pixel(here.x, here.y))
      if !isSolid[ahead] { return end(distance, nil, .pi / 2) }
      if crystalOfPixel[ahead] != crystalOfPixel[before] {
        let incidence = self.incidence(direction, at: from, before, ahead) ?? alongAxis
        let isBonded = crystal(ahead).column == crystal(before).column
        return end(distance, isBonded ? crystal(ahead).angle : nil, incidence)
      }
      if abs(here.y - Int((start.y / pixelSize).rounded(.down))) >= pixelsInPlane {
        return end(distance, nil, .pi / 2)
      }
    }
    return end(next(next(0) <= next(1) ? 0 : 1), nil, .pi / 2)
  }

  /// The angle between a line and the boundary of two crystals around a pixel, 0 to 90 degrees, radian.
  ///
  /// The boundary is that of the pixels within four: the sum of its faces is normal to a straight one. Nil where
  /// they cancel.
  private func incidence(_ direction: SIMD2<Double>, at place: SIMD2<Int>, _ before: Int, _ ahead: Int)
    -> Double?
  {
    let (own, other) = (crystalOfPixel[before], crystalOfPixel[ahead])
    var normal = SIMD2<Double>.zero
    for row in max(place.x - 4, 0)...min(place.x + 4, rowCount - 1) {
      for column in (place.y - 4)...(place.y + 4) {
        let here = pixel(row, column)
        guard crystalOfPixel[here] == own, isSolid[here] else { continue }
        for (side, face) in [
          (SIMD2(-1, 0), SIMD2(-1.0, 0)), (SIMD2(1, 0), SIMD2(1, 0)), (SIMD2(0, -1), SIMD2(0, -1)),
          (SIMD2(0, 1), SIMD2(0, 1)),
        ] where row + side.x >= 0 && row + side.x < rowCount {
          let next = pixel(row + side.x, column + side.y)
          if crystalOfPixel[next] == other, isSolid[next] { normal += face }
        }
      }
    }
    let length = (normal * normal).sum().squareRoot()
    guard length > 0 else { return nil }
    return asin(min(abs((normal * direction).sum()) / length, 1))
  }

  /// Pore where more than half of a cell is, else the crystal with the largest share of it.
  ///
  /// What the mesh cuts off from interface or collector is pore too, and what it leaves of a column without hold
  /// is joined to a neighbour, as in the image.
  func filling(xEdges: [Double], yEdges: [Double]) -> SectionFilling {
    let (rows, columns) = (overlaps(xEdges, rowCount), overlaps(yEdges, pixelsInPlane))
    var filling = SectionFilling()
    for row in rows {
      for column in columns {
        var (solid, pore) = (0.0, 0.0)
        var shares: [(crystal: Int32, area: Double)] = []
        for (x, high) in row {
          for (y, wide) in column {
            let here = pixel(x, y)
            if isSolid[here] { solid += high * wide } else { pore += high * wide }
            // Under a pore a crystal counts too little to win over one that is there.
            let area = high * wide * (isSolid[here] ? 1 : 1e-9)
            if let known = shares.firstIndex(where: { $0.crystal == crystalOfPixel[here] }) {
              shares[known].area += area
            } else {
              shares.append((crystalOfPixel[here], area))
            }
          }
        }
        // Of equal shares the first, up and left.
        let largest = shares.reduce(shares[0]) { $1.area > $0.area * (1 + 1e-9) ? $1 : $0 }
        let crystal = crystals[Int(largest.crystal)]
        filling.isSolid.append(solid >= pore)
        filling.columnOfCell.append(crystal.column)
        filling.crystalAngle.append(crystal.angle)
      }
    }
    let cells = LabelGrid(rowCount: rows.count, columnCount: columns.count)
    let spanning = cells.spanning(filling.isSolid)
    // A mesh too coarse for any connection says so by itself: nothing is changed then.
    if spanning.contains(true) { filling.isSolid = spanning }
    filling.columnOfCell = SectionImage.held(filling.columnOfCell, cells, xEdges, yEdges)
    return filling
  }

  /// The pixels under each interval between edges, and how far they lie in it, in pixels.
  private func overlaps(_ edges: [Double], _ count: Int) -> [[(index: Int, length: Double)]] {
    zip(edges, edges.dropFirst()).map { start, end in
      let (low, high) = (start / pixelSize, end / pixelSize)
      // A hair of round-off beyond a line between pixels is none.
      let (first, last) = (Int((low + 1e-9).rounded(.down)), Int((high - 1e-9).rounded(.down)))
      return (max(first, 0)...min(max(last, first), count - 1)).map { index in
        (index, max(min(high, Double(index + 1)) - max(low, Double(index)), 0))
      }
    }
  }

  /// Columns as the cells of a mesh show them: in one piece each, and with a hold at the collector.
  private static func held(_ columns: [Int], _ cells: LabelGrid, _ xEdges: [Double], _ yEdges: [Double])
    -> [Int]
  {
    let (part, count) = cells.regions { columns[$0] }
    var isHeld = [Bool](repeating: false, count: count)
    for part in part.suffix(cells.columnCount) { isHeld[part] = true }
    guard isHeld.contains(false) else { return part }
    var parts = PartJoining(count: count, isHeld: isHeld)
    cells.forEachFace { first, second, isAlongY in
      guard part[first] != part[second] else { return }
      let (i, j) = (first / cells.columnCount, first % cells.columnCount)
      let length = isAlongY ? yEdges[j + 1] - yEdges[j] : xEdges[i + 1] - xEdges[i]
      parts.addBorder(part[first], part[second], length: length)
    }
    parts.holdAll()
    return part.map { parts.find($0) }
  }

  func isNearPore(_ place: SIMD2<Double>, reach: Double) -> Bool {
    let span = Int((reach / pixelSize).rounded(.up))
    let (home, start) = (row(place.x), Int((place.y / pixelSize).rounded(.down)))
    for row in max(home - span, 0)...min(home + span, rowCount - 1) {
      for column in (start - span)...(start + span) where !isSolid[pixel(row, column)] {
        // The nearest point of the pixel.
        let x = min(max(place.x, Double(row) * pixelSize), Double(row + 1) * pixelSize)
        let y = min(max(place.y, Double(column) * pixelSize), Double(column + 1) * pixelSize)
        if hypot(x - place.x, y - place.y) <= reach { return true }
      }
    }
    return false
  }

  func isNearSide(_ place: SIMD2<Double>, reach: Double) -> Bool {
    let home = row(place.x)
    let lines =
      Int(
        ((place.y - reach) / pixelSize).rounded(.up))...max(
        Int(((place.y - reach) / pixelSize).rounded(.up)), Int(((place.y + reach) / pixelSize).rounded(.down))
      )
    return lines.contains { line in
      abs(Double(line) * pixelSize - place.y) <= reach
        && crystal(pixel(home, line - 1)).column != crystal(pixel(home, line)).column
    }
  }

  /// Runs of one crystal or of pore, as high as rows repeat them.
  func areas(thickness: Double) -> [SectionArea] {
    var areas: [SectionArea] = []
    var open: [(range: Range<Int>, value: Int32, top: Int)] = []
    func close(_ run: (range: Range<Int>, value: Int32, top: Int), _ bottom: Int) {
      areas.append(
        SectionArea(
          x: (Double(run.top) * pixelSize)...(Double(bottom) * pixelSize),
          y: (Double(run.range.lowerBound) * pixelSize)...(Double(run.range.upperBound) * pixelSize),
          crystal: run.value < 0
            ? nil
            : .init(column: crystals[Int(run.value)].column, angle: crystals[Int(run.value)].angle)))
    }
    for row in 0..<rowCount {
      let values = (0..<pixelsInPlane).map { isSolid[pixel(row, $0)] ? crystalOfPixel[pixel(row, $0)] : -1 }
      let found = runs(values.map { Optional($0) })
      let isRepeated =
        found.count == open.count
        && zip(found, open).allSatisfy { $0.range == $1.range && $0.value == $1.value }
      guard !isRepeated else { continue }
      for run in open { close(run, row) }
      open = found.map { ($0.range, $0.value, row) }
    }
    for run in open { close(run, rowCount) }
    return areas
  }

  func boundaries(thickness: Double) -> [SectionLine] {
    func differ(_ a: Int, _ b: Int) -> Int? {
      let isPore = !isSolid[a] && !isSolid[b]
      return !isPore && (isSolid[a] != isSolid[b] || crystalOfPixel[a] != crystalOfPixel[b]) ? 1 : nil
    }
    var lines: [SectionLine] = []
    for row in 1..<max(rowCount, 1) {
      let faces = (0..<pixelsInPlane).map { differ(pixel(row - 1, $0), pixel(row, $0)) }
      lines += runs(faces).map { run in
        SectionLine(
          from: pixelSize * SIMD2(Double(row), Double(run.range.lowerBound)),
          to: pixelSize * SIMD2(Double(row), Double(run.range.upperBound)))
      }
    }
    for line in 0..<pixelsInPlane {
      let faces = (0..<rowCount).map { differ(pixel($0, line - 1), pixel($0, line)) }
      lines += runs(faces).map { run in
        SectionLine(
          from: pixelSize * SIMD2(Double(run.range.lowerBound), Double(line)),
          to: pixelSize * SIMD2(Double(run.range.upperBound), Double(line)))
      }
    }
    return lines
  }
}

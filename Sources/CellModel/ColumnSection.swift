import CellPhysics
import Foundation

/// A section of upright columns, each of one crystal or several on top of one another, with round pores.
struct ColumnSection: SectionGeometry, Equatable {
  let columns: [Microstructure.Column]
  let pores: [Microstructure.Pore]

  var width: Double { columns[columns.count - 1].end }

  var seams: [(y: Double, isTilted: Bool)] {
    columns.indices.map { index in
      let before = columns[(index + columns.count - 1) % columns.count]
      return (columns[index].start, before.grains != columns[index].grains)
    }
  }

  func column(at y: Double) -> Int { columns.firstIndex { y < $0.end } ?? columns.count - 1 }

  func crystalAngle(at place: SIMD2<Double>) -> Double? {
    columns[column(at: place.y)].grain(atDepth: place.x).grain.angle
  }

  func obstacle(from start: SIMD2<Double>, along direction: SIMD2<Double>, thickness: Double)
    -> CrackObstacle
  {
    let y = start.y - width * (start.y / width).rounded(.down)
    let column = columns[column(at: y)]
    let (top, grain) = column.grain(atDepth: start.x)
    let bottom = min(grain.end, thickness)
    let depth = way(from: start.x, direction.x, top, bottom)
    let side = way(from: y, direction.y, column.start, column.end)
    let nearest = min(depth, side)
    if let pore = wayToPore(from: SIMD2(start.x, y), direction), pore < nearest {
      return CrackObstacle(distance: pore, angle: grain.angle, angleAhead: nil, incidence: .pi / 2)
    }
    let isSide = side < depth
    var ahead: Double?
    if !isSide && (direction.x > 0 ? grain.end < thickness : top > 0) {
      ahead = column.grain(atDepth: direction.x > 0 ? grain.end : top.nextDown).grain.angle
    }
    // Sides of columns run along X, ends of grains along Y.
    return CrackObstacle(
      distance: max(nearest, 0), angle: grain.angle, angleAhead: ahead,
      incidence: acos(min(abs(isSide ? direction.x : direction.y), 1)))
  }

  /// Distance to the end of an interval along one axis, m.
  private func way(from origin: Double, _ slope: Double, _ low: Double, _ high: Double) -> Double {
    abs(slope) > 1e-12 ? ((slope > 0 ? high : low) - origin) / slope : .infinity
  }

  /// Distance at which a line enters the first pore, m; nil when it enters none.
  private func wayToPore(from point: SIMD2<Double>, _ direction: SIMD2<Double>) -> Double? {
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

  func filling(xEdges: [Double], yEdges: [Double]) -> SectionFilling {
    // Columns end on edges in plane.
    let columnOfY = yEdges.dropLast().map { column(at: $0) }
    var filling = SectionFilling()
    for i in 0..<(xEdges.count - 1) {
      filling.columnOfCell += columnOfY
      for j in columnOfY.indices {
        let x = 0.5 * (xEdges[i] + xEdges[i + 1])
        let y = 0.5 * (yEdges[j] + yEdges[j + 1])
        filling.isSolid.append(!isInPore(SIMD2(x, y)))
        filling.crystalAngle.append(columns[columnOfY[j]].grain(atDepth: x).grain.angle)
      }
    }
    return filling
  }

  /// Distance along Y, the shorter way round, m.
  private func apart(_ a: Double, _ b: Double) -> Double {
    let direct = abs(a - b)
    return min(direct, width - direct)
  }

  func isInPore(_ place: SIMD2<Double>) -> Bool {
    pores.contains { hypot($0.x - place.x, apart($0.y, place.y)) < $0.radius }
  }

  func isNearPore(_ place: SIMD2<Double>, reach: Double) -> Bool {
    pores.contains { abs(hypot($0.x - place.x, apart($0.y, place.y)) - $0.radius) <= reach }
  }

  func isNearSide(_ place: SIMD2<Double>, reach: Double) -> Bool {
    columns.contains { apart($0.start, place.y) <= reach }
  }

  func areas(thickness: Double) -> [SectionArea] {
    columns.enumerated().flatMap { index, column in
      var top = 0.0
      return column.grains.map { grain in
        let bottom = min(grain.end, thickness)
        defer { top = bottom }
        return SectionArea(
          x: top...bottom, y: column.start...column.end, crystal: .init(column: index, angle: grain.angle))
      }
    }
  }

  func boundaries(thickness: Double) -> [SectionLine] {
    let sides = columns.map { SectionLine(from: SIMD2(0, $0.start), to: SIMD2(thickness, $0.start)) }
    let ends = columns.flatMap { column in
      column.grains.filter { $0.end < thickness }.map {
        SectionLine(from: SIMD2($0.end, column.start), to: SIMD2($0.end, column.end))
      }
    }
    return sides + ends
  }
}

extension Microstructure {
  /// A picture of what was drawn, in square pixels of this size, m: what lies at the centre of a pixel fills it.
  ///
  /// Thickness and width are those of the parameters, to the nearest whole number of pixels. Every crystal has a
  /// label of its own from 1; pores have 0. Where contact is not everywhere, a first row tells where it is. Nil
  /// for a microstructure of an image.
  public func pixels(ofSize size: Double, parameters p: ParameterSet) -> (
    labels: [Int], columnCount: Int, legend: [Int: SectionImage.Material]
  )? {
    guard let section = geometry as? ColumnSection else { return nil }
    let columns = section.columns
    let rows = max(1, Int((p[.filmThickness] / size).rounded()))
    let columnCount = max(1, Int((p[.filmWidth] / size).rounded()))
    func centre(_ index: Int) -> Double { (Double(index) + 0.5) * size }
    var legend: [Int: SectionImage.Material] = [:]
    var firstLabels: [Int] = []
    for column in columns {
      firstLabels.append(legend.count + 1)
      for grain in column.grains {
        // An axis has no sense: half a turn is none.
        legend[legend.count + 1] = .crystal(angle: grain.angle - .pi * (grain.angle / .pi).rounded())
      }
    }
    let crystalCount = legend.count
    let places = (0..<columnCount).map { min(centre($0), p[.filmWidth].nextDown) }
    var labels: [Int] = []
    if contactZones != nil {
      (legend[crystalCount + 1], legend[crystalCount + 2]) = (.electrolyte, .gap)
      labels = places.map { isInContact(at: $0) ? crystalCount + 1 : crystalCount + 2 }
    }
    for row in 0..<rows {
      for y in places {
        let place = SIMD2(centre(row), y)
        let column = section.column(at: y)
        let grain = columns[column].grains.firstIndex { place.x < $0.end } ?? columns[column].grains.count - 1
        labels.append(section.isInPore(place) ? 0 : firstLabels[column] + grain)
      }
    }
    if labels.contains(0) { legend[0] = .pore }
    let used = Set(labels)
    return (labels, columnCount, legend.filter { used.contains($0.key) })
  }
}

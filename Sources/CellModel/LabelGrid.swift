/// A grid of rows through the thickness and columns in plane, periodic in plane; cell (row, column) has the index
/// `row * columnCount + column`.
///
/// Cells are neighbours where they share a face.
struct LabelGrid: Equatable {
  let rowCount: Int
  let columnCount: Int

  var count: Int { rowCount * columnCount }

  /// The neighbours of a cell: across the faces along Y, then across those along X.
  @inline(__always)
  func forEachNeighbour(of cell: Int, _ body: (Int) -> Void) {
    let column = cell % columnCount
    if cell >= columnCount { body(cell - columnCount) }
    if cell < count - columnCount { body(cell + columnCount) }
    body(column == 0 ? cell + columnCount - 1 : cell - 1)
    body(column == columnCount - 1 ? cell - columnCount + 1 : cell + 1)
  }

  /// Each face within the grid once: its two cells, and whether it lies along Y.
  @inline(__always)
  func forEachFace(_ body: (_ first: Int, _ second: Int, _ isAlongY: Bool) -> Void) {
    for cell in 0..<count {
      if cell < count - columnCount { body(cell, cell + columnCount, true) }
      let next = cell % columnCount == columnCount - 1 ? cell - columnCount + 1 : cell + 1
      if next != cell { body(cell, next, false) }
    }
  }

  /// Numbers the connected regions of equal labels in the order of their first cells; -1 where the label is nil.
  func regions(_ label: (Int) -> Int?) -> (regionOfCell: [Int], count: Int) {
    var region = [Int](repeating: -1, count: count)
    var (regionCount, waiting) = (0, [Int]())
    for start in 0..<count where region[start] < 0 {
      guard let own = label(start) else { continue }
      region[start] = regionCount
      waiting.append(start)
      while let cell = waiting.popLast() {
        forEachNeighbour(of: cell) { next in
          if region[next] < 0, label(next) == own {
            region[next] = regionCount
            waiting.append(next)
          }
        }
      }
      regionCount += 1
    }
    return (region, regionCount)
  }

  /// The cells of `isSolid` that a way through such cells joins with the first and with the last row.
  func spanning(_ isSolid: [Bool]) -> [Bool] {
    let (region, regionCount) = regions { isSolid[$0] ? 1 : nil }
    var (isFirst, isLast) = (
      [Bool](repeating: false, count: regionCount), [Bool](repeating: false, count: regionCount)
    )
    for column in 0..<columnCount {
      if region[column] >= 0 { isFirst[region[column]] = true }
      let last = region[count - columnCount + column]
      if last >= 0 { isLast[last] = true }
    }
    return region.map { $0 >= 0 && isFirst[$0] && isLast[$0] }
  }

  /// Gives each cell with a negative value that of the nearest other cell, counted in steps over faces.
  func filled(_ values: [Int]) -> [Int] {
    var values = values
    var front = values.indices.filter { values[$0] >= 0 }
    while !front.isEmpty, front.count < count {
      var next: [Int] = []
      for cell in front {
        forEachNeighbour(of: cell) { other in
          guard values[other] < 0 else { return }
          values[other] = values[cell]
          next.append(other)
        }
      }
      front = next
    }
    return values
  }
}

/// Joins parts of a section that have no hold of their own to the neighbour with which they share most.
struct PartJoining {
  /// The part that each part has become one with; itself where it has not.
  private var root: [Int]
  /// Lengths of the boundaries with the others.
  private var borders: [[Int: Double]]
  private var isHeld: [Bool]

  init(count: Int, isHeld: [Bool]) {
    root = Array(0..<count)
    borders = [[Int: Double]](repeating: [:], count: count)
    self.isHeld = isHeld
  }

  mutating func addBorder(_ a: Int, _ b: Int, length: Double) {
    borders[a][b, default: 0] += length
    borders[b][a, default: 0] += length
  }

  func find(_ part: Int) -> Int {
    var part = part
    while root[part] != part { part = root[part] }
    return part
  }

  /// Makes two parts one.
  mutating func join(_ a: Int, _ b: Int) {
    let (a, b) = (find(a), find(b))
    guard a != b else { return }
    // The part with fewer neighbours moves.
    let (from, into) = borders[a].count < borders[b].count ? (a, b) : (b, a)
    for (other, length) in borders[from] {
      borders[other][from] = nil
      guard other != into else { continue }
      borders[other][into, default: 0] += length
      borders[into][other, default: 0] += length
    }
    borders[from] = [:]
    root[from] = into
    isHeld[into] = isHeld[into] || isHeld[from]
  }

  /// Joins every part that is not held to its neighbour with the longest boundary, until all are held.
  mutating func holdAll() {
    for part in root.indices {
      while true {
        let own = find(part)
        // Equal lengths are told apart by number, so that the outcome does not depend on the order of a
        // dictionary.
        guard !isHeld[own],
          let longest = borders[own].max(by: { ($0.value, -$0.key) < ($1.value, -$1.key) })
        else { break }
        join(own, longest.key)
      }
    }
  }
}

/// What cracks have cut off from the collector, through which electrons come.
///
/// Cracks, pores and the electrolyte insulate, boundaries between crystals and columns conduct. An island is cut off
/// only where cracks and other insulators close around it, so that of each crack only the part counts that lies
/// between two such joints: what ends in the crystal is a dead end, and electrons pass through a gap of any width.
/// Cracks join where they are nearer than ``reach``. What is left cuts the lines of the mesh that it crosses, and
/// nodes from which no line leads to the collector are isolated. The boundary of an island is found to half a cell.
/// Not for: gaps between two islands narrower than a cell; the resistance of long detours; the poor conductivity of
/// crystals close to full.
struct ElectronicIsolation {
  /// Distance below which two cracks have met, m: less than the c axis of the crystal is long.
  static let reach = 1e-9

  /// Whether each node, I * yCount + J, is cut off; empty when none is.
  private(set) var isIsolated: [Bool] = []

  init() {}

  init(mesh: Mesh, cracks: [Crack]) {
    let walls = Self.walls(mesh, cracks)
    guard !walls.isEmpty else { return }
    let cuts = MeshCuts(mesh, walls)
    let connected = cuts.nodes(connectedTo: (0..<mesh.yCount).map { mesh.xCount * mesh.yCount + $0 }, mesh)
    guard connected.contains(false) else { return }
    isIsolated = connected.map { !$0 }
  }

  /// Whether a node is cut off.
  func contains(_ node: Int) -> Bool { !isIsolated.isEmpty && isIsolated[node] }

  /// A straight piece of a crack, its ends in m.
  private struct Wall {
    var from: SIMD2<Double>
    var to: SIMD2<Double>
  }

  /// Where two cracks join: one at a distance along itself with another at a distance along that.
  private struct Joint {
    let crack: Int
    let place: Double
    let other: Int
    let otherPlace: Double
  }

  /// The parts of cracks that lie between joints with other cracks, pores or the electrolyte.
  private static func walls(_ mesh: Mesh, _ cracks: [Crack]) -> [Wall] {
    let joints = joints(cracks, width: mesh.width)
    let held = cracks.map { crack in (0..<2).map { hold(of: crack, tip: $0, mesh) } }
    // What counts of each crack so far, from low to high; nil when nothing does.
    var parts: [ClosedRange<Double>?] = cracks.map { -$0.tips[0]...$0.tips[1] }
    func isAt(_ place: Double, _ index: Int) -> Bool {
      parts[index].map { place >= $0.lowerBound - reach && place <= $0.upperBound + reach } ?? false
    }
    var hasChanged = true
    while hasChanged {
      hasChanged = false
      for (index, crack) in cracks.enumerated() {
        guard let part = parts[index] else { continue }
        var places = joints[index].filter { isAt($0.place, index) && isAt($0.otherPlace, $0.other) }.map(
          \.place)
        if held[index][0] != nil { places.append(-crack.tips[0]) }
        if held[index][1] != nil { places.append(crack.tips[1]) }
        let shorter: ClosedRange<Double>? =
          if let low = places.min(), let high = places.max(), high > low { low...high } else { nil }
        if shorter != part {
          parts[index] = shorter
          hasChanged = true
        }
      }
    }
    return cracks.indices.compactMap { index in
      guard let part = parts[index] else { return nil }
      let crack = cracks[index]
      // A hair beyond a joint.
      func beyond(_ tip: Int, _ place: Double) -> Double {
        abs(abs(place) - crack.tips[tip]) <= reach ? held[index][tip] ?? reach : reach
      }
      return Wall(
        from: crack.point(at: part.lowerBound - beyond(0, part.lowerBound)),
        to: crack.point(at: part.upperBound + beyond(1, part.upperBound)))
    }
  }

  /// How far beyond a tip the electrolyte or a pore begins that it has come to, m; nil for other tips.
  private static func hold(of crack: Crack, tip: Int, _ mesh: Mesh) -> Double? {
    let sign = tip == 0 ? -1.0 : 1.0
    let end = crack.point(at: sign * crack.tips[tip])
    if end.x <= reach { return 2 * reach }
    guard crack.tips[tip] >= crack.limits[tip] - reach, end.x < mesh.thickness - reach else { return nil }
    // Pores are made of whole cells: their edge on the mesh may lie up to a cell behind that which stopped the crack.
    let cell = mesh.cell(at: end)
    let size = mesh.xWidth(cell / mesh.yCount) + mesh.yWidth(cell % mesh.yCount)
    return (0...8).lazy.map { reach + Double($0) / 8 * size }.first { distance in
      let place = crack.point(at: sign * (crack.tips[tip] + distance))
      return place.x > 0 && place.x < mesh.thickness && !mesh.isSolid[mesh.cell(at: place)]
    }
  }

  /// The cracks that each crack meets.
  static func neighbours(_ cracks: [Crack], width: Double) -> [[Int]] {
    joints(cracks, width: width).map { $0.map(\.other) }
  }

  /// The joints of each crack, with images of the others and of itself across the period.
  private static func joints(_ cracks: [Crack], width: Double) -> [[Joint]] {
    var joints = [[Joint]](repeating: [], count: cracks.count)
    let directions = cracks.map(\.direction)
    for index in cracks.indices {
      for other in index..<cracks.count {
        for shift in [-width, 0, width] where other != index || shift > 0 {
          let (crack, line) = (cracks[index], cracks[other])
          let (direction, along) = (directions[index], directions[other])
          // From the origin of the first crack to that of the other.
          let apart = SIMD2(line.x - crack.x, line.y + shift - crack.y)
          let farthest = crack.tips.max() + line.tips.max() + reach
          guard (apart * apart).sum() <= farthest * farthest else { continue }
          func add(_ place: Double, _ otherPlace: Double) {
            let isOn =
              place >= -crack.tips[0] - reach && place <= crack.tips[1] + reach
              && otherPlace >= -line.tips[0] - reach && otherPlace <= line.tips[1] + reach
            guard isOn else { return }
            joints[index].append(Joint(crack: index, place: place, other: other, otherPlace: otherPlace))
            joints[other].append(Joint(crack: other, place: otherPlace, other: index, otherPlace: place))
          }
          let cross = direction.x * along.y - direction.y * along.x
          if abs(cross) > 1e-9 {
            add(
              (apart.x * along.y - apart.y * along.x) / cross,
              (apart.x * direction.y - apart.y * direction.x) / cross)
          }
          // Tips that touch, whatever the angle.
          for tip in [-crack.tips[0], crack.tips[1]] {
            let way = tip * direction - apart
            let place = min(max((way * along).sum(), -line.tips[0]), line.tips[1])
            if distance(way, place * along) <= reach { add(tip, place) }
          }
          for tip in [-line.tips[0], line.tips[1]] {
            let way = apart + tip * along
            let place = min(max((way * direction).sum(), -crack.tips[0]), crack.tips[1])
            if distance(way, place * direction) <= reach { add(place, tip) }
          }
        }
      }
    }
    return joints
  }

  private static func distance(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> Double {
    ((a - b) * (a - b)).sum().squareRoot()
  }

  /// The lines between nodes that walls cross.
  private struct MeshCuts {
    /// From node (i, j) to (i + 1, j) and to (i, j + 1), index i * yCount + j.
    private var alongX: Set<Int> = []
    private var alongY: Set<Int> = []

    init(_ mesh: Mesh, _ walls: [Wall]) {
      for wall in walls {
        // Off all nodes, so that a wall along a line of the mesh passes them all on one side.
        let nudge = SIMD2(1.3e-12, 0.7e-12)
        let (from, way) = (wall.from + nudge, wall.to - wall.from)
        for period in Int(
          (min(wall.from.y, wall.to.y) / mesh.width).rounded(.down))...Int(
            (max(wall.from.y, wall.to.y) / mesh.width).rounded(.down))
        {
          let shift = Double(period) * mesh.width
          for j in 0..<mesh.yCount {
            let share = (mesh.yEdges[j] + shift - from.y) / way.y
            guard share >= 0, share <= 1 else { continue }
            let x = from.x + share * way.x
            guard x > 0, x < mesh.thickness else { continue }
            alongX.insert(mesh.cell(containing: x, mesh.xEdges) * mesh.yCount + j)
          }
        }
        for i in 0...mesh.xCount {
          let share = (mesh.xEdges[i] - from.x) / way.x
          guard share >= 0, share <= 1 else { continue }
          let y = from.y + share * way.y
          let inside = y - mesh.width * (y / mesh.width).rounded(.down)
          alongY.insert(i * mesh.yCount + mesh.cell(containing: inside, mesh.yEdges))
        }
      }
    }

    /// Which nodes lines of crystal join with given ones; true for those within pores.
    func nodes(connectedTo seeds: [Int], _ mesh: Mesh) -> [Bool] {
      let (xCount, yCount) = (mesh.xCount, mesh.yCount)
      func isSolid(_ i: Int, _ j: Int) -> Bool {
        i >= 0 && i < xCount && mesh.isSolid[i * yCount + (j + yCount) % yCount]
      }
      var isReached = [Bool](repeating: false, count: (xCount + 1) * yCount)
      for node in isReached.indices {
        let (i, j) = (node / yCount, node % yCount)
        isReached[node] = ![isSolid(i - 1, j - 1), isSolid(i - 1, j), isSolid(i, j - 1), isSolid(i, j)]
          .contains(true)
      }
      var front = seeds.filter { !isReached[$0] }
      for node in front { isReached[node] = true }
      func reach(_ node: Int) {
        guard !isReached[node] else { return }
        isReached[node] = true
        front.append(node)
      }
      while let node = front.popLast() {
        let (i, j) = (node / yCount, node % yCount)
        let (before, after) = ((j + yCount - 1) % yCount, (j + 1) % yCount)
        if isSolid(i, j - 1) || isSolid(i, j), !alongX.contains(node) { reach(node + yCount) }
        if isSolid(i - 1, j - 1) || isSolid(i - 1, j), !alongX.contains(node - yCount) {
          reach(node - yCount)
        }
        if isSolid(i - 1, j) || isSolid(i, j), !alongY.contains(node) { reach(i * yCount + after) }
        if isSolid(i - 1, before) || isSolid(i, before), !alongY.contains(i * yCount + before) {
          reach(i * yCount + before)
        }
      }
      return isReached
    }
  }
}

extension Mesh {
  /// The cell at a place, X and Y in m; Y may lie outside the period.
  func cell(at place: SIMD2<Double>) -> Int {
    cell(containing: place.x, xEdges) * yCount
      + cell(containing: place.y - width * (place.y / width).rounded(.down), yEdges)
  }
}

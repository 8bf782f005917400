import CellPhysics
import Foundation

/// The faces of cracks and pores that an electrolyte has come to, away from the interface.
///
/// Pores and the sides of columns are open to it; sides are too thin to count as surface. A crack fills when it meets
/// one of these, the interface or a crack that is filled. Both of its faces then exchange lithium with the electrolyte,
/// as do the walls of pores. A piece of a face belongs to the nodes of its cell on its side of the crack, in the shares
/// of bilinear interpolation, so that the lengths sum to that of the faces. Nodes lie up to a cell behind a face, and
/// lithium crosses the crystal between: a distance d takes d / (n . D n) of Kirchhoff potential per flux, n the normal.
struct InfiltratedFaces: Equatable {
  /// The part of the faces that a node stands for.
  struct Part: Equatable {
    /// Length, m.
    fileprivate(set) var length = 0.0
    /// Length times the distance of the node behind it over the diffusivity along its normal, s.
    fileprivate var weightedDepth = 0.0

    /// What lithium takes of Kirchhoff potential from face to node per flux, s/m.
    var resistance: Double { weightedDepth / length }
  }

  /// The part of each node `I * yCount + J` that has one.
  private(set) var parts: [Int: Part] = [:]

  /// No faces.
  init() {}

  /// - Parameter diffusivity: of each cell at lithium content 0.75, m2/s.
  init(mesh: Mesh, cracks: [Crack], diffusivity: [PlaneTensor]) {
    for cell in 0..<mesh.cellCount where mesh.isSolid[cell] { addWalls(cell, mesh) }
    for index in Self.filled(cracks, mesh) { addFaces(cracks[index], mesh, diffusivity) }
  }

  /// Length of all faces, m.
  var length: Double { parts.values.reduce(0) { $0 + $1.length } }

  /// The sides that a cell has in common with pores.
  private mutating func addWalls(_ cell: Int, _ mesh: Mesh) {
    let (i, j) = (cell / mesh.yCount, cell % mesh.yCount)
    let nodes = mesh.corners(of: cell)
    func add(_ a: Int, _ b: Int, _ length: Double) {
      for node in [nodes[a], nodes[b]] { parts[node, default: Part()].length += length / 2 }
    }
    let (before, after) = ((j + mesh.yCount - 1) % mesh.yCount, (j + 1) % mesh.yCount)
    if i > 0, !mesh.isSolid[cell - mesh.yCount] { add(0, 2, mesh.yWidth(j)) }
    if i + 1 < mesh.xCount, !mesh.isSolid[cell + mesh.yCount] { add(1, 3, mesh.yWidth(j)) }
    if !mesh.isSolid[i * mesh.yCount + before] { add(0, 1, mesh.xWidth(i)) }
    if !mesh.isSolid[i * mesh.yCount + after] { add(2, 3, mesh.xWidth(i)) }
  }

  /// Pieces into which a crack is cut, per shortest side of the cells on its way.
  private static let pieces = 4.0
  /// The share of a piece below which a node has none of it.
  private static let negligible = 1e-6

  /// Both faces of a crack.
  private mutating func addFaces(_ crack: Crack, _ mesh: Mesh, _ diffusivity: [PlaneTensor]) {
    let (normal, length) = (crack.normal, crack.length)
    let home = mesh.cell(at: SIMD2(crack.x, crack.y))
    let size = min(mesh.xWidth(home / mesh.yCount), mesh.yWidth(home % mesh.yCount))
    let count = max(1, Int((Self.pieces * length / size).rounded(.up)))
    let piece = length / Double(count)
    for index in 0..<count {
      let point = crack.point(at: -crack.tips[0] + (Double(index) + 0.5) * piece)
      guard point.x > 0, point.x < mesh.thickness else { continue }
      let cell = mesh.cell(at: point)
      // A crack may touch a pore or lie along its wall.
      guard mesh.isSolid[cell] else { continue }
      let (i, j) = (cell / mesh.yCount, cell % mesh.yCount)
      let (hx, hy) = (mesh.xWidth(i), mesh.yWidth(j))
      let place = SIMD2(
        (point.x - mesh.xEdges[i]) / hx,
        (point.y - mesh.width * (point.y / mesh.width).rounded(.down) - mesh.yEdges[j]) / hy)
      let nodes = mesh.corners(of: cell)
      let d = diffusivity[cell]
      let across = d.xx * normal.x * normal.x + 2 * d.xy * normal.x * normal.y + d.yy * normal.y * normal.y
      var (near, far, depth) = (SIMD4<Double>.zero, SIMD4<Double>.zero, SIMD4<Double>.zero)
      for corner in 0..<4 {
        let way = SIMD2(Double(corner % 2), Double(corner / 2)) - place
        let share = (1 - abs(way.x)) * (1 - abs(way.y))
        // Nodes that hardly count would only be more of them.
        guard share > Self.negligible else { continue }
        depth[corner] = (way * SIMD2(hx, hy) * normal).sum()
        if depth[corner] < 0 { near[corner] = share } else { far[corner] = share }
      }
      for side in [near, far] {
        // Along a line of the mesh all that counts may lie on one side.
        let shares = side.sum() > 0 ? side : near + far
        for corner in 0..<4 where shares[corner] > 0 {
          let part = piece * shares[corner] / shares.sum()
          parts[nodes[corner], default: Part()].length += part
          parts[nodes[corner], default: Part()].weightedDepth += part * abs(depth[corner]) / across
        }
      }
    }
  }

  /// The cracks that the electrolyte reaches.
  static func filled(_ cracks: [Crack], _ mesh: Mesh) -> [Int] {
    let neighbours = ElectronicIsolation.neighbours(cracks, width: mesh.width)
    var isFilled = cracks.map { crack in (0..<2).contains { isOpen(crack, tip: $0, mesh) } }
    var front = cracks.indices.filter { isFilled[$0] }
    while let index = front.popLast() {
      for other in neighbours[index] where !isFilled[other] {
        isFilled[other] = true
        front.append(other)
      }
    }
    return cracks.indices.filter { isFilled[$0] }
  }

  /// Whether a tip has come to the interface, a pore or the side of its column.
  private static func isOpen(_ crack: Crack, tip: Int, _ mesh: Mesh) -> Bool {
    let reach = ElectronicIsolation.reach
    guard crack.tips[tip] >= crack.limits[tip] - reach else { return false }
    let sign = tip == 0 ? -1.0 : 1.0
    let end = crack.point(at: sign * crack.tips[tip])
    if end.x <= reach { return true }
    guard end.x < mesh.thickness - reach else { return false }
    let inside = mesh.cell(at: crack.point(at: sign * (crack.tips[tip] - 2 * reach)))
    // Pores are made of whole cells: their edge on the mesh may lie up to a cell behind that which stopped the crack.
    let size = mesh.xWidth(inside / mesh.yCount) + mesh.yWidth(inside % mesh.yCount)
    return (0...8).contains { step in
      let place = crack.point(at: sign * (crack.tips[tip] + 2 * reach + Double(step) / 8 * size))
      guard place.x > 0, place.x < mesh.thickness else { return false }
      let beyond = mesh.cell(at: place)
      return !mesh.isSolid[beyond] || (step == 0 && mesh.columnOfCell[beyond] != mesh.columnOfCell[inside])
    }
  }
}

import CellPhysics
import Foundation

/// A straight crack: a line through its origin with one tip at each end.
///
/// The crack's plane is normal to the section. Its line makes the angle `inclination` with Y: 0 is
/// parallel to the collector and blocks the flux, 90 degrees is perpendicular to it.
public struct Crack: Sendable, Equatable, Codable {
  /// Where the flaw began, m.
  public var x: Double
  public var y: Double
  /// Angle of the crack line from Y, radian.
  public var inclination: Double
  /// Distances of the two tips from the origin, m: against and along the direction of the line.
  public var tips: SIMD2<Double>
  /// The distances at which a boundary of the crystal or the film stops each tip, m.
  public var limits: SIMD2<Double>

  public init(x: Double, y: Double, inclination: Double, tips: SIMD2<Double>, limits: SIMD2<Double>) {
    self.x = x
    self.y = y
    self.inclination = inclination
    self.tips = tips
    self.limits = limits
  }

  /// Total length, m.
  public var length: Double { tips[0] + tips[1] }
  /// Half the length, m.
  public var halfLength: Double { 0.5 * length }
  /// Unit vector along the line, (X, Y).
  public var direction: SIMD2<Double> { SIMD2(sin(inclination), cos(inclination)) }
  /// Unit normal of the crack, (X, Y).
  public var normal: SIMD2<Double> { SIMD2(cos(inclination), -sin(inclination)) }

  /// Whether it lies across the fast direction of a crystal.
  ///
  /// That is, n . D n is above a tenth of the trace of D, n the normal.
  public func isBlocking(in d: PlaneTensor) -> Bool {
    let flux = d.xx * normal.x * normal.x + 2 * d.xy * normal.x * normal.y + d.yy * normal.y * normal.y
    return flux > 0.1 * (d.xx + d.yy)
  }

  /// Whether a film can hold it: it begins there, and is not absurdly long.
  public func isPossible(in mesh: Mesh) -> Bool {
    let longest = 2 * (mesh.thickness + mesh.width)
    return (0...mesh.thickness).contains(x) && (0...mesh.width).contains(y) && inclination.isFinite
      && (0..<2).allSatisfy { (0...longest).contains(tips[$0]) && limits[$0] >= tips[$0] * (1 - 1e-9) }
  }

  /// The point at a signed distance along the line from the origin, (X, Y) in m.
  public func point(at distance: Double) -> SIMD2<Double> { SIMD2(x, y) + distance * direction }
}

/// How much of its flux each edge of the mesh still passes, beside cracks.
///
/// An edge joins two nodes and conducts for the strip of crystal around it. Among elements of conductances c
/// along the flux and c' across it, beta = sqrt(c / c'), n cut edges of strips h wide act like a crack of
/// half-length
///
///     a_n = (n - 1) h / 2 + h sqrt(w / (2 beta arctan(1 / beta))),  a_0 = 0
///     w = 1 + (w_f - 1) beta / (beta + 2.7),  w_f = 2 / (1 + (r / sqrt(q)) arsinh(sqrt(q / r)))
///     r = s / 3,  q = 1 - r,  s = det D / (D_XX D_YY)
///
/// w = 1 is a network of edges, for which a_1 is exact; w_f is exact for flat cells (beta to infinity), where
/// elements spread the flux over neighbouring lines; 2.7 is fitted to computed cracks (0.1 < beta < 30). A
/// crack whose projection has the half-length a, a_n < a < a_(n+1), cuts the n edges around its middle and
/// leaves the next one the share
///
///     (1 - kappa) (1 - t) / (1 - kappa (1 - t)),  t = (a^2 - a_n^2) / (a_(n+1)^2 - a_n^2),
///     1 - kappa = (2 / pi) arctan(1 / beta) / w
///
/// of its conductance, so that its effect is the dilute limit D^-1 + pi a^2 / (A sqrt(det D)) n n' below the
/// mesh and grows continuously.
/// Source: resistance between neighbours of an anisotropic square lattice (Kirkpatrick, Rev. Mod. Phys.
/// 45, 574 (1973); van der Pol & Bremmer); w_f from the same integral for rows of these elements.
/// The projection is seen along the flux D e_x, which follows the layers of a tilted crystal.
/// Where the cut edges of an inclined crack step from one row of cells to the next, the edges between pass no more
/// than the larger share of the two, so that the wall is closed and closes continuously. Only a crack that cuts no edge along X is taken by those along Y.
/// Cracks along the fast direction of their crystal, ``Crack/isBlocking(in:)``, block only the strips that run
/// along X.
struct CrackedEdges {
  /// Shares passed along X, from node (i, j) to (i + 1, j): index `i * yCount + j`.
  private(set) var alongX: [Int: Double] = [:]
  /// Shares passed along Y, from node (i, j) to (i, j + 1): index `i * yCount + j`.
  private(set) var alongY: [Int: Double] = [:]

  /// The share t below which a crack is left out: a hundredth of the effect of one cut edge.
  static let negligible = 0.01

  /// No cracks.
  init() {}

  /// The edges left by insulating `cracks` in cells of the given uncracked diffusivity.
  init(mesh: Mesh, cracks: [Crack], diffusivity: [PlaneTensor]) {
    let xStrips = Strips(edges: mesh.xEdges, isPeriodic: false)
    let yStrips = Strips(edges: mesh.yEdges, isPeriodic: true)
    for crack in cracks {
      let (normal, direction) = (crack.normal, crack.direction)
      let middle = crack.point(at: 0.5 * (crack.tips[1] - crack.tips[0]))
      let (row, column) = (cellIndex(middle.x, mesh.xEdges), mesh.column(at: middle.y))
      let home = diffusivity[row * mesh.yCount + column]
      // Lithium driven along X follows the layers of a tilted crystal and meets the crack from there. The mesh
      // shows that itself as far as the crack runs over several rows of cells.
      let run = 2 * crack.halfLength * abs(direction.x)
      let slope = home.xy / home.xx * min(1, mesh.xWidth(row) / max(run, 1e-300))
      let half = crack.halfLength * SIMD2(abs(normal.y), abs(normal.x + normal.y * slope))
      let anisotropy = home.xx / home.determinant.squareRoot()
      let coupling = home.determinant / (home.xx * home.yy)
      let along = yStrips.taken(
        middle: middle.y, half: half.y, anisotropy: anisotropy / mesh.xWidth(row), coupling: coupling)
      let across = xStrips.taken(
        middle: middle.x, half: half.x, anisotropy: 1 / (anisotropy * mesh.yWidth(column)), coupling: coupling
      )
      let isBlocking = crack.isBlocking(in: home)
      let isFalling = normal.x + normal.y * slope < 0
      // Each strip's line meets the crack in one cell: the row for a line along X, the column for one along Y.
      let rows = along.map { strip in
        let way = half.y > 0 ? (strip.place - middle.y) / half.y * crack.halfLength : 0
        return cellIndex(middle.x + (isFalling ? -way : way) * direction.x, mesh.xEdges)
      }
      let columns = across.map { strip in
        let way = half.x > 0 ? (strip.place - middle.x) / half.x * crack.halfLength : 0
        return mesh.column(at: middle.y + (direction.x < 0 ? -way : way) * direction.y)
      }
      for (strip, row) in zip(along, rows) { blockX(row, strip.node, strip.passed, mesh) }
      guard isBlocking else { continue }
      if along.contains(where: { $0.passed == 0 }) {
        closeAlongY(along, rows, mesh)
      } else {
        for (strip, column) in zip(across, columns) { blockY(strip.node, column, strip.passed, mesh) }
        closeAlongX(across, columns, mesh)
      }
    }
  }

  private mutating func blockX(_ i: Int, _ j: Int, _ passed: Double, _ mesh: Mesh) {
    guard i < mesh.xCount else { return }
    alongX[i * mesh.yCount + j] = min(passed, alongX[i * mesh.yCount + j] ?? 1)
  }

  private mutating func blockY(_ i: Int, _ j: Int, _ passed: Double, _ mesh: Mesh) {
    alongY[i * mesh.yCount + j] = min(passed, alongY[i * mesh.yCount + j] ?? 1)
  }

  /// Cuts the edges along Y between neighbouring lines along X that are cut in different rows, as far as both are.
  private mutating func closeAlongY(_ strips: [Strips.Taken], _ rows: [Int], _ mesh: Mesh) {
    for k in strips.indices.dropFirst() {
      let passed = max(strips[k - 1].passed, strips[k].passed)
      let (low, high) = (min(rows[k - 1], rows[k]), max(rows[k - 1], rows[k]))
      for i in low..<high { blockY(i + 1, strips[k - 1].node, passed, mesh) }
    }
  }

  /// Cuts the edges along X between neighbouring lines along Y that are cut in different columns, as far as both are.
  private mutating func closeAlongX(_ strips: [Strips.Taken], _ columns: [Int], _ mesh: Mesh) {
    for k in strips.indices.dropFirst() {
      let passed = max(strips[k - 1].passed, strips[k].passed)
      // Columns are periodic: the shorter way round joins two of them.
      let count = mesh.yCount
      let forward = (columns[k] - columns[k - 1] + count) % count
      let (first, steps) = forward <= count / 2 ? (columns[k - 1], forward) : (columns[k], count - forward)
      for step in 0..<steps { blockX(strips[k - 1].node, (first + step + 1) % count, passed, mesh) }
    }
  }

  /// Cuts all edges between crystal that is electronically isolated and the rest.
  ///
  /// A crack there may leave a part of an edge open; a wall that electrons do not pass, lithium does not either.
  mutating func cut(around isolation: ElectronicIsolation, _ mesh: Mesh) {
    guard !isolation.isIsolated.isEmpty else { return }
    for node in isolation.isIsolated.indices {
      let (i, j) = (node / mesh.yCount, node % mesh.yCount)
      let isIsolated = isolation.isIsolated[node]
      if i < mesh.xCount, isolation.isIsolated[node + mesh.yCount] != isIsolated { blockX(i, j, 0, mesh) }
      if isolation.isIsolated[i * mesh.yCount + (j + 1) % mesh.yCount] != isIsolated { blockY(i, j, 0, mesh) }
    }
  }

  /// The share of its own element that a cell keeps; a network of its edges takes the rest.
  ///
  /// It is the smallest share that an edge of the cell passes. The network has what is left of the edges.
  func shareKept(_ cell: SIMD4<Int>) -> Double {
    min(alongX[cell[0]] ?? 1, alongX[cell[2]] ?? 1, alongY[cell[0]] ?? 1, alongY[cell[1]] ?? 1)
  }
}

/// The strips of crystal around the lines of a mesh: half a cell to either side.
struct Strips {
  let widths: [Double]
  private let lines: [Double]
  private let period: Double?

  init(edges: [Double], isPeriodic: Bool) {
    let cells = edges.count - 1
    let length = edges[cells]
    period = isPeriodic ? length : nil
    lines = isPeriodic ? Array(edges.dropLast()) : edges
    widths = lines.indices.map { node in
      let before = node > 0 ? edges[node] - edges[node - 1] : isPeriodic ? length - edges[cells - 1] : 0
      let after = node < cells ? edges[node + 1] - edges[node] : 0
      return (before + after) / 2
    }
  }

  /// A strip that a crack takes in whole or in part.
  struct Taken {
    let node: Int
    /// The place of its line within the crack's projection, not wrapped, m.
    let place: Double
    /// The share of its flux that is left.
    let passed: Double
  }

  /// The strips that a crack takes, in their order along the axis.
  ///
  /// - Parameters:
  ///   - anisotropy: beta over the width of a strip, 1/m.
  ///   - coupling: s of the elements around the crack.
  func taken(middle: Double, half: Double, anisotropy: Double, coupling: Double) -> [Taken] {
    guard half > 0 else { return [] }
    let home = nearest(middle)
    let width = widths[home]
    let beta = anisotropy * width
    let (r, q) = (coupling / 3, 1 - coupling / 3)
    let flat = 2 / (1 + r / q.squareRoot() * asinh((q / r).squareRoot()))
    let widening = 1 + (flat - 1) * beta / (beta + 2.7)
    // kappa, the share by which an edge sees itself.
    let own = 1 - 2 / Double.pi * atan(1 / beta) / widening
    let first = width * (widening / (2 * beta * atan(1 / beta))).squareRoot()
    func halfLength(_ strips: Int) -> Double { strips == 0 ? 0 : Double(strips - 1) * width / 2 + first }
    // a_n <= a < a_(n+1).
    let blocked = half < first ? 0 : 1 + Int(2 * (half - first) / width)
    let (inner, outer) = (halfLength(blocked), halfLength(blocked + 1))
    let share = (half * half - inner * inner) / (outer * outer - inner * inner)
    let passed = (1 - own) * (1 - share) / (1 - own * (1 - share))
    // The home strip, then the next ones to the nearer side and to the other in turn.
    let isAbove = middle > position(home, near: middle)
    return (0...blocked).compactMap { index -> (step: Int, taken: Taken)? in
      let step = (index + 1) / 2 * ((index % 2 == 1) == isAbove ? 1 : -1)
      guard let node = shifted(home, by: step) else { return nil }
      let place = position(home, near: middle) + Double(step) * width
      let inside = min(max(place, middle - half), middle + half)
      if index == blocked && share < CrackedEdges.negligible { return nil }
      return (step, Taken(node: node, place: inside, passed: index < blocked ? 0 : passed))
    }.sorted { $0.step < $1.step }.map(\.taken)
  }

  private func nearest(_ value: Double) -> Int {
    let wrapped = period.map { value - $0 * (value / $0).rounded(.down) } ?? value
    var best = cellIndex(wrapped, lines + (period.map { [$0] } ?? []))
    let next = (best + 1) % lines.count
    if distance(next, wrapped) < distance(best, wrapped) { best = next }
    return best
  }

  private func distance(_ node: Int, _ value: Double) -> Double { abs(position(node, near: value) - value) }

  /// The place of a line, or of the periodic image of it that is nearest to `value`.
  private func position(_ node: Int, near value: Double) -> Double {
    guard let period else { return lines[node] }
    return lines[node] + period * ((value - lines[node]) / period).rounded()
  }

  private func shifted(_ node: Int, by step: Int) -> Int? {
    guard period == nil else { return (node + step % lines.count + lines.count) % lines.count }
    return lines.indices.contains(node + step) ? node + step : nil
  }
}

/// The cell that contains `value`, clamped to the mesh.
func cellIndex(_ value: Double, _ edges: [Double]) -> Int {
  var (low, high) = (0, edges.count - 1)
  while high - low > 1 {
    let middle = (low + high) / 2
    if edges[middle] <= value { low = middle } else { high = middle }
  }
  return low
}

extension Mesh {
  /// The in-plane cell at `y`, which may lie outside the period, m.
  fileprivate func column(at y: Double) -> Int {
    cellIndex(y - width * (y / width).rounded(.down), yEdges)
  }
}

import Foundation
import Numerics

/// The unilateral contact with Coulomb friction of one crack under given tractions.
///
/// Equation: at each point, either t = 0 and the gap opens, or the gap is shut and t_n <= 0 with
/// |t_s| <= mu |t_n|, equal to it where the faces slide; t = e + M q, jump = J q.
/// Symbols: t, tractions (shear, normal), Pa; e, those of all but the crack itself, Pa; q, amplitudes of its
/// modes, Pa; mu, friction coefficient.
/// Valid for: a load that grows in proportion. Not for: stick that a load before left behind.
/// Source: active sets on the collocation points.
struct CrackContact {
  /// M and J, row by row.
  private let own: [Double]
  private let jumps: [Double]
  private let open: DenseLU
  private let friction: Double
  private let jumpScale: Double
  private let modes: Int
  private var isClosed: [Bool]
  /// Direction of sliding; zero sticks.
  private var slip: [Double]

  init(own: [Double], _ crack: ResolvedCrack, friction: Double) throws {
    let modes = ResolvedCrack.modes
    self.modes = modes
    self.own = own
    self.friction = friction
    var jumps = [Double](repeating: 0, count: modes * modes)
    let (a, l) = (crack.field.halfLength, crack.field.compliance)
    for (k, angle) in crack.angles.enumerated() {
      for n in 0..<crack.field.terms {
        let size = 2 * a * sin(Double(n + 1) * angle)
        jumps[2 * k * modes + 2 * n] = size * l[0]
        jumps[2 * k * modes + 2 * n + 1] = size * l[1]
        jumps[(2 * k + 1) * modes + 2 * n] = size * l[1]
        jumps[(2 * k + 1) * modes + 2 * n + 1] = size * l[2]
      }
    }
    self.jumps = jumps
    jumpScale = 2 * a * l[2]
    open = try DenseLU(Self.matrix(own, modes))
    isClosed = [Bool](repeating: false, count: modes / 2)
    slip = [Double](repeating: 0, count: modes / 2)
  }

  private static func matrix(_ rows: [Double], _ modes: Int) -> DenseMatrix {
    var matrix = DenseMatrix(rows: modes, columns: modes)
    for row in 0..<modes { for column in 0..<modes { matrix[row, column] = rows[row * modes + column] } }
    return matrix
  }

  private static func multiply(_ rows: [Double], _ row: Int, _ q: [Double]) -> Double {
    var sum = 0.0
    for column in q.indices { sum += rows[row * q.count + column] * q[column] }
    return sum
  }

  /// Opens all points, so that what follows does not depend on what went before.
  mutating func reset() {
    for k in isClosed.indices {
      isClosed[k] = false
      slip[k] = 0
    }
  }

  /// Why a point must change, by how much of the load, and to what.
  private struct Change {
    let point: Int
    let violation: Double
    let isClosed: Bool
    let slip: Double
  }

  /// The amplitudes under tractions `e`.
  mutating func solve(_ e: [Double]) throws -> [Double] {
    let scale = e.reduce(0) { max($0, abs($1)) }
    guard scale > 0 else { return e }
    var q = e
    // All points change at once, until that goes on for too long: then one at a time.
    for round in 0..<Self.rounds {
      if isClosed.contains(true) {
        q = try solveMixed(e)
      } else {
        q = e.map { -$0 }
        open.solve(&q)
      }
      let changes = isClosed.indices.compactMap { change(of: $0, e, q, scale) }
      guard let worst = changes.max(by: { $0.violation < $1.violation }) else { return q }
      for change in round < Self.rounds / 4 ? changes : [worst] {
        isClosed[change.point] = change.isClosed
        slip[change.point] = change.slip
      }
    }
    return q
  }

  private static let rounds = 60

  /// What one point must change to under amplitudes `q`, if anything.
  private func change(of k: Int, _ e: [Double], _ q: [Double], _ scale: Double) -> Change? {
    let tolerance = 1e-9
    func jump(_ row: Int) -> Double { Self.multiply(jumps, 2 * k + row, q) / (jumpScale * scale) }
    func traction(_ row: Int) -> Double { (e[2 * k + row] + Self.multiply(own, 2 * k + row, q)) / scale }
    guard isClosed[k] else {
      let overlap = -jump(1)
      guard overlap > tolerance else { return nil }
      // A face that touches goes on sliding as it did.
      return Change(point: k, violation: overlap, isClosed: true, slip: jump(0) < 0 ? -1 : 1)
    }
    let normal = traction(1)
    if normal > tolerance { return Change(point: k, violation: normal, isClosed: false, slip: 0) }
    if slip[k] == 0 {
      let shear = traction(0)
      let excess = abs(shear) - friction * abs(normal)
      guard excess > tolerance else { return nil }
      return Change(point: k, violation: excess, isClosed: true, slip: shear < 0 ? -1 : 1)
    }
    let reversed = -slip[k] * jump(0)
    return reversed > tolerance ? Change(point: k, violation: reversed, isClosed: true, slip: 0) : nil
  }

  private func solveMixed(_ e: [Double]) throws -> [Double] {
    var matrix = Self.matrix(own, modes)
    var right = DenseMatrix(rows: modes, columns: 1)
    for row in 0..<modes { right[row, 0] = -e[row] }
    for k in isClosed.indices where isClosed[k] {
      for column in 0..<modes {
        matrix[2 * k + 1, column] = jumps[(2 * k + 1) * modes + column] / jumpScale
        matrix[2 * k, column] =
          slip[k] == 0
          ? jumps[2 * k * modes + column] / jumpScale
            // Sliding faces carry t_s = -slip mu t_n, which is positive for slip = 1.
          : own[2 * k * modes + column] + slip[k] * friction * own[(2 * k + 1) * modes + column]
      }
      right[2 * k + 1, 0] = 0
      right[2 * k, 0] = slip[k] == 0 ? 0 : -e[2 * k] - slip[k] * friction * e[2 * k + 1]
    }
    try matrix.solve(&right)
    return right.values
  }
}

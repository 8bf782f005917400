import Foundation
import Numerics

/// The unilateral contact with Coulomb friction of all resolved cracks.
///
/// Equation: t = e + M q, g = J q, so that g = A (e - t) with A = -J M^-1. At each point, either t = 0 and g_n >= 0, or
/// g_n = 0, t_n <= 0 and |t_s| <= mu |t_n|, equal to it and of the sign of g_s where the faces slide.
/// Symbols: t, tractions that the faces pass on (shear, normal), Pa; e, those that a film without cracks bears there,
/// Pa; q, amplitudes of the modes, Pa; g, gaps, m; A, compliance, m/Pa; mu, friction coefficient.
/// Valid for: a load that grows in proportion. Not for: stick that a load before left behind.
/// Source: nonsmooth contact by sweeps over the points (Jean, Comput. Methods Appl. Mech. Eng. 177, 235 (1999)).
///
/// Whatever ends the sweeps, no face pulls on the other or rubs harder than friction allows.
struct CrackContact {
  /// The compliance over its largest element column by column, and M^-1 row by row.
  private let compliance: [Double]
  private let inverse: [Double]
  private let friction: Double
  private let size: Int

  /// No cracks.
  init() { (compliance, inverse, friction, size) = ([], [], 0, 0) }

  /// - Parameter coupling: M, row by row.
  init(_ cracks: [ResolvedCrack], coupling: [Double], friction: Double) throws {
    let (modes, size) = (ResolvedCrack.modes, cracks.count * ResolvedCrack.modes)
    self.size = size
    self.friction = friction
    var (matrix, unit) = (DenseMatrix(rows: size, columns: size), DenseMatrix(rows: size, columns: size))
    for row in 0..<size {
      for column in 0..<size { matrix[row, column] = coupling[row * size + column] }
      unit[row, row] = 1
    }
    try matrix.solve(&unit)
    var (compliance, inverse) = (
      [Double](repeating: 0, count: size * size), [Double](repeating: 0, count: size * size)
    )
    unit.values.withUnsafeBufferPointer { unit in
      for column in 0..<size {
        for row in 0..<size { inverse[row * size + column] = unit[column * size + row] }
        for (i, crack) in cracks.enumerated() {
          let (first, l) = (column * size + i * modes, crack.field.compliance)
          for (k, angle) in crack.angles.enumerated() {
            var gap = SIMD2<Double>.zero
            for n in 0..<crack.field.terms {
              let (shear, normal) = (unit[first + 2 * n], unit[first + 2 * n + 1])
              let size = crack.field.halfLength * sin(Double(n + 1) * angle)
              gap.x -= size * (l[0] * shear + l[1] * normal)
              gap.y -= size * (l[1] * shear + l[2] * normal)
            }
            compliance[first + 2 * k] = gap.x
            compliance[first + 2 * k + 1] = gap.y
          }
        }
      }
    }
    let largest = compliance.reduce(0) { max($0, abs($1)) }
    self.compliance = compliance.map { $0 / largest }
    self.inverse = inverse
  }

  /// The amplitudes when the faces pass on given tractions.
  func amplitudes(_ e: [Double], tractions: [Double]) -> [Double] {
    let load = zip(tractions, e).map { $0 - $1 }
    return inverse.withUnsafeBufferPointer { inverse in
      (0..<size).map { row in
        let line = inverse.baseAddress! + row * size
        return load.indices.reduce(0) { $0 + line[$1] * load[$1] }
      }
    }
  }

  /// Settles the tractions that the faces pass on, from those given; returns whether they did.
  func settle(_ e: [Double], _ tractions: inout [Double]) -> Bool {
    let scale = e.reduce(0) { max($0, abs($1)) }
    var gaps = [Double](repeating: 0, count: size)
    for column in 0..<size { add(column, e[column] - tractions[column], to: &gaps) }
    let modes = ResolvedCrack.modes
    for _ in 0..<Self.sweeps {
      var change = 0.0
      for first in stride(from: 0, to: size, by: modes) {
        let before = Array(tractions[first..<first + modes])
        settleOne(first, &tractions, gaps)
        for k in 0..<modes where tractions[first + k] != before[k] {
          let step = tractions[first + k] - before[k]
          change = max(change, abs(step))
          add(first + k, -step, to: &gaps)
        }
      }
      if change <= Self.tolerance * scale { return true }
    }
    return false
  }

  private static let sweeps = 200
  private static let tolerance = 1e-8

  private func add(_ column: Int, _ load: Double, to gaps: inout [Double]) {
    guard load != 0 else { return }
    compliance.withUnsafeBufferPointer { compliance in
      gaps.withUnsafeMutableBufferPointer { gaps in
        let line = compliance.baseAddress! + column * size
        for row in 0..<size { gaps[row] += load * line[row] }
      }
    }
  }

  /// Settles one crack with those of all others held.
  private func settleOne(_ first: Int, _ tractions: inout [Double], _ gaps: [Double]) {
    let modes = ResolvedCrack.modes
    var own = Array(gaps[first..<first + modes])
    let limit = Self.tolerance * tractions[first..<first + modes].reduce(0) { max($0, abs($1)) }
    for _ in 0..<Self.sweeps {
      var (change, largest) = (0.0, limit)
      for point in 0..<modes / 2 {
        let (s, n) = (first + 2 * point, first + 2 * point + 1)
        func element(_ row: Int, _ column: Int) -> Double { compliance[column * size + row] }
        let (ss, sn, ns, nn) = (element(s, s), element(s, n), element(n, s), element(n, n))
        // The gaps with no traction at this point.
        let shear = own[2 * point] + ss * tractions[s] + sn * tractions[n]
        let normal = own[2 * point + 1] + ns * tractions[s] + nn * tractions[n]
        var (t, p) = (0.0, 0.0)
        if normal < 0 {
          let determinant = ss * nn - sn * ns
          (t, p) = ((nn * shear - sn * normal) / determinant, (ss * normal - ns * shear) / determinant)
          if p > 0 || abs(t) > -friction * p {
            let direction: Double = t < 0 ? -1 : 1
            p = min(normal / (nn - direction * friction * ns), 0)
            t = -direction * friction * p
          }
        }
        let (dt, dp) = (t - tractions[s], p - tractions[n])
        guard dt != 0 || dp != 0 else { continue }
        for row in 0..<modes { own[row] -= element(first + row, s) * dt + element(first + row, n) * dp }
        (tractions[s], tractions[n]) = (t, p)
        change = max(change, abs(dt), abs(dp))
        largest = max(largest, Self.tolerance * abs(p))
      }
      if change <= largest { return }
    }
  }
}

import Foundation
import Testing

@testable import Numerics

@Suite struct AndersonTests {
  /// The map z <- z - p (a z - b) with diagonal a and p: it contracts by |1 - p a| in each place.
  private let stiffness = (0..<40).map { 1 + 0.8 * Double($0) / 39 }

  private func residual(_ z: [Double]) -> [Double] { zip(stiffness, z).map { 1 - $0 * $1 } }

  private func iterationsTo(_ goal: Double, depth: Int) -> Int {
    var z = [Double](repeating: 0, count: 40)
    var acceleration = AndersonAcceleration(count: 40, measured: 40, depth: depth)
    for iteration in 1...200 {
      let change = residual(z).map { $0 / 1.8 }
      for k in z.indices { z[k] += change[k] }
      if change.allSatisfy({ abs($0) < goal }) { return iteration }
      if depth > 0 { acceleration.accelerate(&z, change: change) }
    }
    return 200
  }

  @Test func aSpreadOfEigenvaluesCostsLittle() {
    // Plain iteration gains 1 - 1 / 1.8 = 0.44 a time, GMRES on a condition of 1.8 gains (sqrt 1.8 - 1) / (sqrt
    // 1.8 + 1) = 0.15: 26 and 11 for nine digits; restarts cost two or three more.
    #expect((24...28).contains(iterationsTo(1e-9, depth: 0)))
    #expect(iterationsTo(1e-9, depth: 4) <= 14)
  }

  @Test func aLinearMapOfFewEigenvaluesIsSolvedExactly() {
    // Three distinct eigenvalues: three differences span the error.
    let stiffness = [1.0, 1.0, 0.7, 0.7, 0.4]
    var z = [Double](repeating: 0, count: 5)
    var acceleration = AndersonAcceleration(count: 5, measured: 5, depth: 4)
    for _ in 0..<4 {
      let change = zip(stiffness, z).map { 1 - $0 * $1 }
      for k in z.indices { z[k] += change[k] }
      acceleration.accelerate(&z, change: change)
    }
    // Round-off of the orthonormal differences, some digits above that of one operation.
    for k in z.indices { #expect(abs(z[k] - 1 / stiffness[k]) < 1e-12) }
  }

  @Test func whatEveryImageSatisfiesLinearlyStays() {
    // Images keep the sum of the first two numbers minus the third, which is not measured, at 5.
    var acceleration = AndersonAcceleration(count: 3, measured: 2, depth: 3)
    var z = [0.0, 0, -5]
    for _ in 0..<5 {
      let change = [0.3 * (1 - z[0]), 0.6 * (2 + z[0] * z[0] - z[1])]
      z[0] += change[0]
      z[1] += change[1]
      z[2] = z[0] + z[1] - 5
      acceleration.accelerate(&z, change: change)
      #expect(abs(z[0] + z[1] - z[2] - 5) < 1e-14)
    }
  }
}

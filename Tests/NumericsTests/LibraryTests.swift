import Foundation
import Numerics
import Testing

@Suite struct LibraryTests {
  @Test func interpolantIsMonotoneAndExactAtItsPoints() throws {
    let points = [(0.0, 5.0), (1, 4), (1.1, 1), (3, 0.9), (4, 0)].map { (x: $0.0, y: $0.1) }
    let curve = try MonotoneInterpolant(points)
    for point in points { #expect(abs(curve.evaluate(point.x).value - point.y) < 1e-14) }
    var previous = Double.infinity
    for k in 0...400 {
      let value = curve.evaluate(Double(k) / 100).value
      #expect(value <= previous + 1e-14)
      previous = value
    }
    // Beyond the table the end tangent continues.
    let end = curve.evaluate(4)
    #expect(abs(curve.evaluate(5).value - (end.value + end.slope)) < 1e-14)
  }

  @Test func interpolantRefusesATableOutOfOrder() {
    #expect(throws: NumericalError.self) { try MonotoneInterpolant([(0, 1), (2, 3), (1, 2)]) }
  }

  @Test func rootOfTheCosine() throws {
    let root = try Root.brent(in: 0...3, tolerance: 1e-13) { cos($0) }
    #expect(abs(root - .pi / 2) < 1e-12)
  }

  @Test func rootWithoutSignChangeIsAnError() {
    #expect(throws: NumericalError.self) { try Root.brent(in: 0...1, tolerance: 1e-9) { 1 + $0 } }
  }

  @Test func decayAgreesWithTheExponential() throws {
    var state = [1.0, 2.0]
    try OrdinaryDifferentialEquation.integrate(
      &state, from: 0, to: 2, relativeTolerance: 1e-10, absoluteTolerance: 1e-14
    ) { _, y, dy in
      dy[0] = -y[0]
      dy[1] = -3 * y[1]
    }
    // Ten times the local tolerance, for the errors of some tens of steps.
    #expect(abs(state[0] - exp(-2)) < 1e-9)
    #expect(abs(state[1] - 2 * exp(-6)) < 1e-9)
  }

  @Test func anErrorOfTheDerivativeIsThrownOn() {
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      var state = [1.0]
      try OrdinaryDifferentialEquation.integrate(
        &state, from: 0, to: 1, relativeTolerance: 1e-6, absoluteTolerance: 1e-9
      ) { _, _, _ in throw Stop() }
    }
  }

  @Test func streamsRepeatAndDiffer() {
    func draws(_ seed: UInt64, _ name: String) -> [Double] {
      let stream = RandomStream(seed: seed, name: name)
      return (0..<20).map { _ in stream.uniform() }
    }
    #expect(draws(1, "flaws") == draws(1, "flaws"))
    #expect(draws(1, "flaws") != draws(1, "pores"))
    #expect(draws(1, "flaws") != draws(2, "flaws"))
    // All 64 bits of the seed count; GSL's own seeding would take 32.
    #expect(draws(1, "flaws") != draws(1 + 1 << 32, "flaws"))
  }

  @Test func momentsOfTheDistributions() {
    let stream = RandomStream(seed: 7, name: "moments")
    let count = 40_000
    func mean(_ draw: () -> Double) -> Double {
      (0..<count).reduce(0.0) { sum, _ in sum + draw() } / Double(count)
    }
    // Five standard errors of each mean.
    #expect(abs(mean { stream.uniform() } - 0.5) < 5 * 0.289 / 200)
    #expect(abs(mean { stream.gaussian(standardDeviation: 2) }) < 5 * 2.0 / 200)
    #expect(abs(mean { log(stream.lognormal(median: 3, logDeviation: 0.5)) } - log(3)) < 5 * 0.5 / 200)
    #expect(abs(mean { stream.weibull(scale: 1, modulus: 1) } - 1) < 5 * 1.0 / 200)
    #expect(abs(mean { Double(stream.poisson(mean: 4)) } - 4) < 5 * 2.0 / 200)
  }
}

import CellPhysics
import Foundation
import Testing

@Suite struct NucleationLaws {
  /// Tension along a direction at `angle` from X towards Y.
  private func uniaxial(_ tension: Double, angle: Double) -> StressInCell {
    let (s, c) = (sin(angle), cos(angle))
    return StressInCell(xx: tension * c * c, yy: tension * s * s, zz: 0, xy: tension * s * c)
  }

  @Test(arguments: Array(stride(from: -1.5, through: 1.5, by: 0.23)))
  func withOneToughnessThePrincipalPlaneIsTheWeakest(angle: Double) {
    let stress = StressInCell(xx: 3e8 * cos(angle), yy: -1e8, zz: 0, xy: 2e8 * sin(angle))
    let found = Nucleation.weakestPlane(stress, angle: 0.4, alongLayers: 1e6, acrossLayers: 1e6)
    let principal = stress.principalInPlane
    // A cosine sampled at steps h of its argument: the parabola through three points is off by h^4 / 400, h = 0.17.
    #expect(abs(found.tension - principal.largest) < 1e-4 * (principal.largest - principal.smallest))
    #expect(abs(sin(found.normalAngle - principal.angle)) < 2e-4)
  }

  /// The normal of the layers makes 90 degrees less the angle of the c axis with X.
  @Test(arguments: [0, 0.2, -0.7, 1.4])
  func tensionOnTheLayersIsTakenAsItIs(angle: Double) {
    let stress = uniaxial(5e8, angle: .pi / 2 - angle)
    let found = Nucleation.weakestPlane(stress, angle: angle, alongLayers: 0.64e6, acrossLayers: 1.1e6)
    #expect(abs(found.tension / 5e8 - 1) < 1e-3)
    #expect(abs(sin(found.normalAngle - (.pi / 2 - angle))) < 1e-3)
    // Along the layers the toughness across them is to be overcome, unless a slanted plane is weaker.
    let along = Nucleation.weakestPlane(
      uniaxial(5e8, angle: -angle), angle: angle, alongLayers: 0.64e6, acrossLayers: 0.7e6)
    #expect(abs(along.tension / (5e8 * 0.64 / 0.7) - 1) < 1e-3)
    // The largest on planes a thousandth of a degree apart.
    let slanted = uniaxial(5e8, angle: .pi / 2 - angle + 0.5)
    let largest = (0..<180_000).reduce(0.0) { largest, step in
      let normal = Double(step) * .pi / 180_000
      let toughness = Fracture.toughness(
        angle: normal - (.pi / 2 - angle), alongLayers: 0.64e6, acrossLayers: 1.1e6)
      return max(largest, slanted.traction(normalAngle: normal).normal * 0.64e6 / toughness)
    }
    let tension = Nucleation.weakestPlane(slanted, angle: angle, alongLayers: 0.64e6, acrossLayers: 1.1e6)
      .tension
    #expect(abs(tension / largest - 1) < 1e-3)
  }

  @Test func underPressureNoPlaneIsInTension() {
    let pressure = StressInCell(xx: -1e8, yy: -3e8, zz: 0, xy: 0.5e8)
    #expect(Nucleation.weakestPlane(pressure, angle: 0.3, alongLayers: 1e6, acrossLayers: 2e6).tension < 0)
  }

  @Test func chanceDoesNotDependOnHowAnAreaIsCut() {
    func survival(_ area: Double, _ stress: Double) -> Double {
      exp(-pow(stress / Nucleation.strengthScale(reference: 1e9, modulus: 8, area: area), 8))
    }
    for stress in [0.5e9, 1e9, 1.3e9] {
      #expect(abs(pow(survival(0.25e-12, stress), 4) / survival(1e-12, stress) - 1) < 1e-12)
    }
    #expect(abs(survival(1e-12, 1e9) - exp(-1)) < 1e-12)
  }

  @Test func aFlawRunsAtItsStrength() {
    let half = Nucleation.flawHalfLength(strength: 8e8, toughness: 0.64e6)
    let (back, front) = Fracture.intensities(halfLength: half, friction: 0.3) { _ in SIMD2(8e8, 0) }
    #expect(abs(back.effective / 0.64e6 - 1) < 1e-12 && abs(front.effective / 0.64e6 - 1) < 1e-12)
    // The default strength is that of 0.05 um at the default toughness.
    let p = ParameterSet.defaults
    let ofDefault = Nucleation.flawHalfLength(
      strength: p[.nucleationStrength], toughness: p[.cleavageToughness])
    #expect(abs(ofDefault / 0.05e-6 - 1) < 0.02)
  }
}

import Foundation
import Testing

@testable import CellPhysics

@Suite struct CompositeLaws {
  private func composite(_ content: Double, _ change: (inout ParameterSet) -> Void = { _ in })
    -> CompositeCathode
  {
    var p = ParameterSet.defaults
    p[.activeWeight] = content
    change(&p)
    return CompositeCathode(p)
  }

  /// 1 cm3 of 4.79, 1.82 and 1.75 g/cm3 mixed by hand; the paper's densities follow to the digits that it gives.
  @Test(arguments: [
    (0.6, 2.89, 0.36, 0.57, 63.8), (0.7, 3.21, 0.47, 0.46, 49.3), (0.8, 3.60, 0.60, 0.32, 38.4),
    (0.9, 4.11, 0.77, 0.135, 30.0), (0.95, 4.41, 0.875, 0.02, 26.4),
  ])
  func compositionGivesDensityAndThickness(
    content: Double, density: Double, active: Double, electrolyte: Double, thickness: Double
  ) {
    let composite = composite(content)
    // Half of the last digit, and what its neighbours' rounding adds.
    #expect(abs(composite.density / 1000 - density) < 0.01)
    #expect(abs(composite.activeShare - active) < 0.006)
    #expect(abs(composite.electrolyteShare - electrolyte) < 0.006)
    #expect(abs(composite.thickness * 1e6 - thickness) < 0.15)
    #expect(abs(composite.activeShare + composite.electrolyteShare + composite.additiveShare - 1) < 1e-12)
    // The active mass of the dense film, whatever the content: 23.1 um of 4.79 g/cm3.
    #expect(abs(composite.activeMassPerArea / (23.1e-6 * 4790) - 1) < 1e-12)
  }

  @Test func poresTakeTheirShare() {
    let composite = composite(0.8) { $0[.compositePorosity] = 0.2 }
    let solid = composite.activeShare + composite.electrolyteShare + composite.additiveShare
    #expect(abs(solid - 0.8) < 1e-12)
    #expect(abs(composite.density / self.composite(0.8).density - 0.8) < 1e-12)
  }

  @Test func networksFallApartAtTheirThresholds() {
    let above = composite(0.9), below = composite(0.95)
    #expect(above.isConnected && !below.isConnected)
    #expect(below.ionicConductivity == 0 && below.areaRatio == 0)
    let share = (above.electrolyteShare - 0.08) / 0.92
    #expect(abs(above.ionicConductivity / (0.16 * share * share) - 1) < 1e-12)
    let area = 3 * above.activeShare / 2.3e-6 * above.thickness * 0.5 * pow(share, 0.41)
    #expect(abs(above.areaRatio / area - 1) < 1e-12)
    // Without carbon and with little active material no electron passes.
    let insulating = composite(0.3) { $0[.additiveWeight] = 0 }
    #expect(insulating.electronicConductivity == 0 && !insulating.isConnected)
  }
}

@Suite struct ParticleElasticityLaw {
  private let elasticity = ParticleElasticity(.defaults)

  /// An isotropic crystal is its own average.
  @Test func anIsotropicCrystalKeepsItsModuli() {
    var p = ParameterSet.defaults
    let (modulus, ratio) = (190e9, 0.25)
    let lambda = modulus * ratio / ((1 + ratio) * (1 - 2 * ratio)), mu = modulus / (2 * (1 + ratio))
    (p[.stiffness11], p[.stiffness33]) = (lambda + 2 * mu, lambda + 2 * mu)
    (p[.stiffness12], p[.stiffness13], p[.stiffness44]) = (lambda, lambda, mu)
    let elasticity = ParticleElasticity(p)
    #expect(abs(elasticity.modulus / modulus - 1) < 1e-12)
    #expect(abs(elasticity.poissonRatio / ratio - 1) < 1e-12)
  }

  /// With e = c r^2 the mean within r is 3 c r^2 / 5: equilibrium d(r^2 s_r)/dr = 2 r s_h holds at every place.
  @Test func stressesOfAParabolaAreInEquilibrium() {
    let (traction, c) = (-3e7, 4e-3)
    func stress(_ r: Double) -> (radial: Double, hoop: Double) {
      elasticity.stress(traction: traction, whole: 0.6 * c, inside: 0.6 * c * r * r, here: c * r * r)
    }
    #expect(abs(stress(1).radial - traction) < 1e-6 * abs(traction))
    for r in [0.1, 0.4, 0.7, 0.95] {
      let h = 1e-4
      let slope =
        ((r + h) * (r + h) * stress(r + h).radial - (r - h) * (r - h) * stress(r - h).radial) / (2 * h)
      // Central differences of a quartic: h^2 of its third derivative.
      #expect(abs(slope - 2 * r * stress(r).hoop) < 1e-6 * abs(slope))
    }
    // The mean of the trace over the sphere is that of the traction.
    let count = 2000
    let mean = (0..<count).reduce(0.0) { sum, k in
      let r = (Double(k) + 0.5) / Double(count)
      let s = stress(r)
      return sum + (s.radial + 2 * s.hoop) * r * r / Double(count)
    }
    #expect(abs(mean - traction) < 1e-5 * abs(traction))
    // Larger swelling outside: the surface is compressed along itself, the centre pulled.
    #expect(stress(1).hoop < traction && stress(0).radial > traction)
  }

  @Test func theSurfaceBearsWhatTheElectrolyteResists() {
    // Pressure alone, in electrolyte as stiff as the particle and without a soft bond: the same everywhere.
    var p = ParameterSet.defaults
    let bulk = elasticity.bulkModulus
    p[.electrolyteModulus] = 3 * bulk * (1 - 2 * p[.electrolytePoissonRatio])
    let alike = ParticleElasticity(p)
    let traction = alike.surfaceTraction(meanStrain: 0, pressure: 5e7, radius: 1e-6, bond: 1e30)
    #expect(abs(traction / -5e7 - 1) < 1e-9)
    // Shrinking in electrolyte far softer: -4 G_e e, Lame's cavity.
    p[.electrolyteModulus] = 1e6
    let soft = ParticleElasticity(p)
    let pulled = soft.surfaceTraction(meanStrain: -0.01, pressure: 0, radius: 1e-6, bond: 1e30)
    // The particle gives way by 4 G_e / 3 K, some 1e-5.
    #expect(abs(pulled / (4 * soft.electrolyteShear * 0.01) - 1) < 1e-4)
    // A bond that is gone bears nothing, and pressure lowers tension.
    #expect(
      elasticity.surfaceTraction(meanStrain: -0.01, pressure: 0, radius: 1e-6, bond: 1) < 1e-3 * pulled)
    let bonded = { elasticity.surfaceTraction(meanStrain: -0.005, pressure: $0, radius: 3e-6, bond: 4e17) }
    #expect(bonded(0) > bonded(5e7))
  }
}

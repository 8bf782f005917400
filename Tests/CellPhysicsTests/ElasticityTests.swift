import CellPhysics
import Foundation
import Testing

@Suite struct ElasticityTests {
  let crystal = StiffnessInCrystal(c11: 350e9, c12: 110e9, c13: 75e9, c33: 230e9, c44: 50e9)
  let strain = StrainInCell(xx: 1e-3, yy: -2e-3, zz: 0.5e-3, shear: 1.5e-3)

  /// The components of a stiffness, row by row.
  func components(_ stiffness: StiffnessInCell) -> [Double] {
    [stiffness.xx, stiffness.yy, stiffness.zz, stiffness.xy].flatMap { row in (0..<4).map { row[$0] } }
  }

  func energy(_ stiffness: StiffnessInCell, _ strain: StrainInCell) -> Double {
    let stress = stiffness.stress(of: strain)
    return 0.5
      * (stress.xx * strain.xx + stress.yy * strain.yy + stress.zz * strain.zz + stress.xy * strain.shear)
  }

  // Products of a few terms of 1e11 Pa: round-off stays below 1e-14 of them.
  let roundOff = 1e-14 * 350e9

  @Test func unrotatedCrystalHasItsAxisInPlane() {
    let stiffness = Elasticity.stiffnessInCell(crystal, angle: 0)
    #expect(stiffness.xx == SIMD4(350e9, 75e9, 110e9, 0))
    #expect(stiffness.yy == SIMD4(75e9, 230e9, 75e9, 0))
    #expect(stiffness.zz == SIMD4(110e9, 75e9, 350e9, 0))
    #expect(stiffness.xy == SIMD4(0, 0, 0, 50e9))
  }

  @Test func quarterTurnSwapsTheAxes() {
    let straight = components(Elasticity.stiffnessInCell(crystal, angle: 0))
    let turned = components(Elasticity.stiffnessInCell(crystal, angle: .pi / 2))
    let swap = [1, 0, 2, 3]
    for row in 0..<4 {
      for column in 0..<4 {
        #expect(abs(turned[4 * row + column] - straight[4 * swap[row] + swap[column]]) < roundOff)
      }
    }
  }

  @Test(arguments: [0.1, 0.7, -1.2]) func fullTurnIsTheIdentityAndTheMatrixSymmetric(angle: Double) {
    let once = components(Elasticity.stiffnessInCell(crystal, angle: angle))
    let again = components(Elasticity.stiffnessInCell(crystal, angle: angle + 2 * .pi))
    for row in 0..<4 {
      for column in 0..<4 {
        // The angle itself is rounded: 1e-15 rad of 350 GPa, a few times over.
        #expect(abs(once[4 * row + column] - again[4 * row + column]) < 10 * roundOff)
        #expect(abs(once[4 * row + column] - once[4 * column + row]) < roundOff)
      }
    }
  }

  @Test(arguments: [0.3, -0.8, 1.4]) func energyDoesNotDependOnTheFrame(angle: Double) {
    // A strain turned with the crystal: angles count from Y towards X, so by -angle from X to Y.
    let (s, c) = (sin(angle), cos(angle))
    let turned = StrainInCell(
      xx: c * c * strain.xx + s * s * strain.yy + s * c * strain.shear,
      yy: s * s * strain.xx + c * c * strain.yy - s * c * strain.shear, zz: strain.zz,
      shear: 2 * s * c * (strain.yy - strain.xx) + (c * c - s * s) * strain.shear)
    let reference = energy(Elasticity.stiffnessInCell(crystal, angle: 0), strain)
    let rotated = energy(Elasticity.stiffnessInCell(crystal, angle: angle), turned)
    #expect(abs(rotated - reference) < 1e-13 * reference)
  }

  @Test func isotropicConstantsGiveAnIsotropicStiffness() {
    let (modulus, ratio) = (20e9, 0.37)
    let lambda = modulus * ratio / ((1 + ratio) * (1 - 2 * ratio))
    let mu = modulus / (2 * (1 + ratio))
    let same = StiffnessInCrystal(
      c11: lambda + 2 * mu, c12: lambda, c13: lambda, c33: lambda + 2 * mu, c44: mu)
    let expected = components(Elasticity.stiffnessInCell(modulus: modulus, poissonRatio: ratio))
    for angle in [0.0, 0.4, 1.1] {
      for (left, right) in zip(components(Elasticity.stiffnessInCell(same, angle: angle)), expected) {
        #expect(abs(left - right) < roundOff)
      }
    }
    // Uniaxial stress: E along the pull, -nu across.
    let stress = Elasticity.stiffnessInCell(modulus: modulus, poissonRatio: ratio).stress(
      of: StrainInCell(xx: 1, yy: -ratio, zz: -ratio, shear: 0))
    #expect(abs(stress.xx - modulus) < roundOff)
    #expect(abs(stress.yy) < roundOff)
  }

  @Test func chargingStretchesTheAxisAndShrinksTheLayers() {
    // Lithium content 1 to 0.5: c grows by 2.6 %, a shrinks by 0.3 % (lattice table).
    let along = Elasticity.chemicalStrainInCell(
      contentChange: -0.5, betaA: 0.0064, betaC: -0.052, angle: 0)
    #expect(abs(along.yy - 0.026) < 1e-15)
    #expect(abs(along.xx + 0.0032) < 1e-15 && along.zz == along.xx && along.shear == 0)
    let turned = Elasticity.chemicalStrainInCell(
      contentChange: -0.5, betaA: 0.0064, betaC: -0.052, angle: .pi / 2)
    #expect(abs(turned.xx - 0.026) < 1e-15)
    let tilted = Elasticity.chemicalStrainInCell(
      contentChange: -0.5, betaA: 0.0064, betaC: -0.052, angle: 0.3)
    // The area change belongs to no frame.
    #expect(abs(tilted.xx + tilted.yy - along.xx - along.yy) < 1e-15)
    // The stretched axis (sin q, cos q) leans towards +X +Y: positive shear.
    #expect(tilted.shear > 0)
  }

  @Test func principalStressesAreThoseOfTheirPlanes() {
    let stress = StressInCell(xx: 30e6, yy: -50e6, zz: 7e6, xy: 60e6)
    let principal = stress.principalInPlane
    let onPlane = stress.traction(normalAngle: principal.angle)
    // A few operations on 1e8 Pa.
    #expect(abs(onPlane.normal - principal.largest) < 1e-6)
    #expect(abs(onPlane.shear) < 1e-6)
    #expect(abs(principal.largest + principal.smallest - stress.xx - stress.yy) < 1e-6)
    let across = stress.traction(normalAngle: principal.angle + .pi / 2)
    #expect(abs(across.normal - principal.smallest) < 1e-6)
    #expect(stress.traction(normalAngle: 0).normal == stress.xx)
    #expect(stress.traction(normalAngle: 0).shear == stress.xy)
  }
}

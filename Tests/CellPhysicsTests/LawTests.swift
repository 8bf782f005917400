import CellPhysics
import Foundation
import Testing

@Suite struct KineticsTests {
  @Test func smallCurrentsSeeTheLinearResistance() {
    let (value, slope) = Kinetics.overpotential(current: 1e-6, exchange: 0.7, temperature: 298.15)
    let resistance = Constants.gas * 298.15 / (Constants.faraday * 0.7)
    // asinh(z) = z - z^3/6: exact to 1e-12 at z = 1e-6.
    #expect(abs(value / (1e-6 * resistance) - 1) < 1e-11)
    #expect(abs(slope / resistance - 1) < 1e-11)
  }

  @Test func largeCurrentsFollowTafel() {
    let decade = { Kinetics.overpotential(current: $0, exchange: 1e-3, temperature: 298.15).value }
    let perDecade = 2 * Constants.gas * 298.15 / Constants.faraday * log(10)
    #expect(abs(decade(100) - decade(10) - perDecade) < 1e-9)
  }

  @Test func exchangeCurrentIsItsReferenceAtHalf() {
    #expect(Kinetics.exchangeCurrentDensity(content: 0.5, reference: 0.72) == 0.72)
    #expect(Kinetics.exchangeCurrentDensity(content: 1, reference: 0.72) == 0)
  }

  /// The integral of sqrt(1 + slope^2) over the Rayleigh distribution of slopes, by the midpoint rule.
  @Test(arguments: [0.02, 0.049, 0.051, 0.3, 1.5, 4.3])
  func areaRatioIsTheMeanOverTheSlopes(rms: Double) {
    let (count, largest) = (200_000, 12 * rms)
    var sum = 0.0
    for k in 0..<count {
      let slope = (Double(k) + 0.5) / Double(count) * largest
      sum += (1 + slope * slope).squareRoot() * 2 * slope / (rms * rms) * exp(-slope * slope / (rms * rms))
    }
    let mean = sum * largest / Double(count)
    // The midpoint rule is exact to 1e-9 here; so is the series used for small slopes.
    #expect(abs(Kinetics.activeAreaRatio(roughness: rms / 2, correlationLength: 1) - mean) < 2e-9)
  }

  @Test func roughnessOfThePaperGivesFourTimesTheArea() {
    #expect(abs(Kinetics.activeAreaRatio(roughness: 0.84, correlationLength: 0.389) - 4) < 0.01)
  }
}

@Suite struct DiffusionTests {
  @Test func rotationKeepsDeterminantAndMirrors() {
    for angle in [0.0, 0.1, 0.7, 1.5] {
      let tensor = Diffusion.diffusivityInCell(fast: 3, slow: 0.01, angle: angle)
      let mirrored = Diffusion.diffusivityInCell(fast: 3, slow: 0.01, angle: -angle)
      #expect(abs(tensor.determinant - 0.03) < 1e-14)
      #expect(tensor.xx == mirrored.xx && tensor.xy == -mirrored.xy)
    }
    let aligned = Diffusion.diffusivityInCell(fast: 3, slow: 0.01, angle: 0)
    #expect(aligned == PlaneTensor(xx: 3, xy: 0, yy: 0.01))
  }

  @Test func fastDirectionIsNormalToTheCAxis() {
    let angle = 0.4
    let tensor = Diffusion.diffusivityInCell(fast: 3, slow: 0.01, angle: angle)
    let (cx, cy) = (sin(angle), cos(angle))
    #expect(abs(tensor.xx * cx + tensor.xy * cy - 0.01 * cx) < 1e-15)
    #expect(abs(tensor.xy * cx + tensor.yy * cy - 0.01 * cy) < 1e-15)
  }

  @Test(arguments: [0.0, 2.984, -3, 8])
  func kirchhoffPotentialInvertsAndHasTheFactorAsSlope(slope: Double) {
    let composition = CompositionDependence(slope: slope)
    #expect(abs(composition.factor(content: 0.75) - 1) < 1e-15)
    for content in [0.1, 0.5, 0.93] {
      let potential = composition.potential(content: content)
      #expect(abs(composition.content(potential: potential) - content) < 1e-9)
      let difference =
        (composition.potential(content: content + 1e-6) - composition.potential(content: content - 1e-6))
        / 2e-6
      #expect(abs(difference / composition.factor(content: content) - 1) < 1e-5)
    }
  }
}

@Suite struct SeparatorTests {
  let separator = Separator(cathodeSide: (125e-6, 0.12), anodeSide: (125e-6, 0.16))

  @Test func uniformCurrentSeesBothLayersInSeries() {
    #expect(abs(separator.resistance - (125e-6 / 0.12 + 125e-6 / 0.16)) < 1e-18)
    #expect(abs(separator.impedance(waveNumber: 1) / separator.resistance - 1) < 1e-7)
  }

  @Test func narrowPatternsSeeTheConstrictionOfTheNearLayer() {
    let waveNumber = 2 * Double.pi / 10e-6
    #expect(abs(separator.impedance(waveNumber: waveNumber) * 0.12 * waveNumber - 1) < 1e-12)
  }

  @Test func equalLayersAreOneLayer() {
    let split = Separator(cathodeSide: (60e-6, 0.1), anodeSide: (140e-6, 0.1))
    let whole = Separator(cathodeSide: (200e-6, 0.1), anodeSide: (0, 0.1))
    for waveNumber in [1e3, 1e4, 1e5] {
      #expect(
        abs(split.impedance(waveNumber: waveNumber) / whole.impedance(waveNumber: waveNumber) - 1) < 1e-12)
    }
  }
}

@Suite struct SaltTests {
  /// 1 mol/L in 25 um, 7e-11 m2/s, a transference number of 0.4.
  let separator = Separator(
    cathodeSide: (20e-6, 0.28), anodeSide: (5e-6, 0.28), salt: (0.4, 1000, 7e-11))

  /// Of a linear profile of salt the potential is the logarithm of the ratio of its ends.
  @Test(arguments: [-300.0, -15.5, 0, 1e-3, 15.5, 400]) func aLinearProfileGivesThePolarisation(
    current: Double
  ) {
    let drop = current * (1 - 0.4) * 25e-6 / (Constants.faraday * 7e-11)
    let (anode, cathode) = (1000 + drop / 2, 1000 - drop / 2)
    let expected = 2 * (1 - 0.4) * Constants.gas * 298.15 / Constants.faraday * log(anode / cathode)
    let result = separator.polarisation(current: current, temperature: 298.15)
    #expect(abs(result.value - expected) < 1e-12)
    let step = 1e-3
    let difference =
      (separator.polarisation(current: current + step, temperature: 298.15).value
        - separator.polarisation(current: current - step, temperature: 298.15).value) / (2 * step)
    #expect(abs(result.slope / difference - 1) < 1e-6)
  }

  @Test func theLimitingCurrentUsesUpTheSalt() {
    let limit = separator.limitingCurrent
    #expect(abs(limit * (1 - 0.4) * 25e-6 / (Constants.faraday * 7e-11) / 2000 - 1) < 1e-12)
    // Beyond it the voltage goes on falling, with a slope that Newton's method can follow.
    let (at, beyond) = (
      separator.polarisation(current: limit, temperature: 298.15),
      separator.polarisation(current: 1.01 * limit, temperature: 298.15)
    )
    #expect(at.value > 0.2 && beyond.value > at.value + 1 && beyond.slope == at.slope)
  }

  @Test func lithiumIonsAloneMakeNoGradient() {
    let solid = Separator(cathodeSide: (125e-6, 0.12), anodeSide: (125e-6, 0.16))
    #expect(solid.polarisation(current: 1e6, temperature: 298.15) == (0, 0))
    #expect(solid.limitingCurrent == .infinity)
  }
}

@Suite struct FractureTests {
  @Test func uniformTensionGivesTheTextbookIntensity() {
    let (back, front) = Fracture.intensities(halfLength: 0.3e-6, friction: 0.3) { _ in SIMD2(80e6, 30e6) }
    let unit = (Double.pi * 0.3e-6).squareRoot()
    for tip in [back, front] {
      #expect(abs(tip.modeI / (80e6 * unit) - 1) < 1e-14)
      #expect(abs(tip.modeII / (30e6 * unit) - 1) < 1e-14)
    }
  }

  @Test func linearTensionOpensOneTipMore() {
    // sigma = sigma0 + sigma1 s/a: K = (sigma0 +- sigma1/2) sqrt(pi a).
    let a = 1e-6
    let (back, front) = Fracture.intensities(halfLength: a, friction: 0) { SIMD2(100e6 + 40e6 * $0 / a, 0) }
    let unit = (Double.pi * a).squareRoot()
    #expect(abs(front.modeI / (120e6 * unit) - 1) < 1e-13)
    #expect(abs(back.modeI / (80e6 * unit) - 1) < 1e-13)
  }

  @Test func edgeCracksGiveTheHandbookIntensities() {
    let unit = (Double.pi * 1e-6).squareRoot()
    func edge(_ traction: (Double) -> SIMD2<Double>) -> Fracture.Intensity {
      Fracture.edgeIntensity(length: 1e-6, friction: 0.3, traction: traction)
    }
    // Uniform 1.1215; a load that grows from none at the side to one at the tip 0.6829. The weight function is good
    // to 1 %.
    let uniform = edge { _ in SIMD2(100e6, 40e6) }
    #expect(abs(uniform.modeI / (100e6 * unit) - 1.1215) < 0.01 * 1.1215)
    #expect(abs(uniform.modeII / (40e6 * unit) - 1.1215) < 0.01 * 1.1215)
    let growing = edge { SIMD2(100e6 * $0 / 1e-6, 0) }
    #expect(abs(growing.modeI / (100e6 * unit) - 0.6829) < 0.01 * 0.6829)
    // Shut by pressure, held by friction.
    #expect(edge { _ in SIMD2(-200e6, 40e6) }.effective == 0)
  }

  @Test(arguments: [0.0, 0.3]) func closedCracksSlideAgainstFriction(friction: Double) {
    let (back, front) = Fracture.intensities(halfLength: 1e-6, friction: friction) { _ in SIMD2(-100e6, -50e6)
    }
    let unit = (Double.pi * 1e-6).squareRoot()
    #expect(front.modeI == 0 && back.modeI == 0)
    #expect(abs(front.modeII + (50e6 - friction * 100e6) * unit) < 1)
    let stuck = Fracture.intensities(halfLength: 1e-6, friction: 0.6) { _ in SIMD2(-100e6, -50e6) }
    #expect(stuck.front.effective == 0)
  }

  @Test func branchesHaveTheIntensitiesOfTheirDirection() {
    // In tension G(w) = cos^4(w / 2): a quarter at a right angle. By symmetry either sense releases the same.
    let tension = Fracture.Intensity(modeI: 1e6, modeII: 0)
    for degrees in [0.0, 30, 60, 90] {
      let angle = degrees * .pi / 180
      for sense in [angle, -angle] {
        let branch = Fracture.branch(of: tension, angle: sense)
        #expect(abs(pow(branch.effective / 1e6, 2) - pow(cos(angle / 2), 4)) < 1e-14)
      }
    }
    // Under shear the branch of most tension leaves at 70.5 degrees, away from it: sin(w/2) + sin(3w/2) is largest at
    // cos w = 1/3, where k_I = 2 / sqrt(3) K_II.
    let shear = Fracture.Intensity(modeI: 0, modeII: 1e6)
    let best = -acos(1.0 / 3)
    #expect(abs(Fracture.branch(of: shear, angle: best).modeI / 1e6 - 2 / 3.0.squareRoot()) < 1e-14)
    #expect(Fracture.branch(of: shear, angle: best - 0.01).modeI < 2e6 / 3.0.squareRoot())
    #expect(Fracture.branch(of: shear, angle: best + 0.01).modeI < 2e6 / 3.0.squareRoot())
    #expect(Fracture.branch(of: shear, angle: -best).modeI < 0)
  }

  @Test func growthFollowsParisAndForman() {
    func rate(_ range: Double, _ maximum: Double) -> Double {
      Fracture.growthPerCycle(
        range: range, maximum: maximum, rate: 0.62e-6, exponent: 2.2, threshold: 0.05e6, toughness: 0.9e6)
    }
    #expect(rate(0.05e6, 0) == 0)
    #expect(abs(rate(0.3e6, 0) / (0.62e-6 * pow(0.3, 2.2)) - 1) < 1e-14)
    #expect(abs(rate(0.3e6, 0.45e6) / rate(0.3e6, 0) - 2) < 1e-12)
    #expect(rate(0.9e6, 0.9e6).isFinite)
    // The published constant in the units of this law: 3.9e-20 m (Pa m^0.5)^-2.2.
    #expect(abs(rate(1e6, 0) / (3.9e-20 * pow(1e6, 2.2)) - 1) < 0.01)
  }
}

@Suite struct InterfaceFailureTests {
  @Test func tensionAndShearAddCompressionDoesNot() {
    func force(_ normal: Double, _ shear: Double) -> Double {
      InterfaceFailure.drivingForce(
        normal: normal, shear: shear, patchLength: 0.5e-6, modulus: 40e9, toughnessModeI: 1,
        toughnessModeII: 4,
        areaRatio: 4)
    }
    // pi (l/2) t^2 / E* over A_r G.
    #expect(abs(force(100e6, 0) / (.pi * 0.25e-6 * 1e16 / 40e9 / 4) - 1) < 1e-12)
    #expect(abs(force(0, 200e6) / force(100e6, 0) - 1) < 1e-12)
    #expect(force(-300e6, 0) == 0)
    #expect(abs(force(100e6, 200e6) - force(100e6, 0) - force(0, 200e6)) < 1e-15)
  }

  @Test func damageAndRecontact() {
    #expect(InterfaceFailure.fatiguePerCycle(drivingForce: 1, rate: 0.3, exponent: 2.7) == 0.3)
    #expect(InterfaceFailure.fatiguePerCycle(drivingForce: 0, rate: 0.3, exponent: 2.7) == 0)
    #expect(InterfaceFailure.recontact(pressure: 0, fullContactPressure: 800e6) == 0)
    // A liquid needs no pressure.
    #expect(InterfaceFailure.recontact(pressure: 0, fullContactPressure: 0) == 1)
    #expect(abs(InterfaceFailure.recontact(pressure: 8e6, fullContactPressure: 800e6) - 0.1) < 1e-15)
    #expect(InterfaceFailure.recontact(pressure: 900e6, fullContactPressure: 800e6) == 1)
    // Above the toughness the law of fatigue knows no more than at it.
    #expect(InterfaceFailure.fatiguePerCycle(drivingForce: 7, rate: 0.3, exponent: 2.7) == 0.3)
    #expect(InterfaceFailure.fatiguePerCycle(drivingForce: 0.5, rate: 0.3, exponent: 2) == 0.075)
  }

  @Test func debondedSharesHealWithTheTimeTheyArePressed() {
    #expect(
      abs(InterfaceFailure.healed(share: 0.8, pressedTime: 7200, healingTime: 3600) - 0.8 * exp(-2.0))
        < 1e-15)
    #expect(InterfaceFailure.healed(share: 0.8, pressedTime: 0, healingTime: 3600) == 0.8)
    #expect(InterfaceFailure.healed(share: 0.8, pressedTime: 7200, healingTime: 0) == 0.8)
  }
}

@Suite struct CohesiveLawTests {
  private let bond = CohesiveLaw(
    stiffness: 4e17, normalStrength: 400e6, shearStrength: 1000e6, toughnessModeI: 4, toughnessModeII: 16)

  /// The separation at an angle from opening towards slip at which the bond begins to break.
  private func onset(_ angle: Double) -> Double {
    1
      / (4e17
        * ((cos(angle) / 400e6) * (cos(angle) / 400e6) + (sin(angle) / 1e9) * (sin(angle) / 1e9)).squareRoot())
  }

  @Test func damageBeginsOnTheQuadraticLocus() {
    for degrees in stride(from: 0.0, through: 90, by: 15) {
      let angle = degrees * .pi / 180
      let length = onset(angle)
      func damage(_ factor: Double) -> Double {
        bond.damage(opening: factor * length * cos(angle), slip: -factor * length * sin(angle))
      }
      #expect(damage(0.999999) == 0)
      #expect(damage(1.000001) > 0)
      #expect(
        abs(bond.onset(normal: 4e17 * length * cos(angle), shear: 4e17 * length * sin(angle)) - 1) < 1e-12)
    }
    #expect(abs(onset(0) - 1e-9) < 1e-18 && abs(onset(.pi / 2) - 2.5e-9) < 1e-18)
  }

  /// Mode I 4 J/m2, mode II 16 J/m2, and G with cos^2 G / 4 + sin^2 G / 16 = 1 between.
  @Test(arguments: [0.0, 20, 45, 70, 90]) func breakingTakesTheToughness(degrees: Double) {
    let angle = degrees * .pi / 180
    let toughness = 1 / (cos(angle) * cos(angle) / 4 + sin(angle) * sin(angle) / 16)
    #expect(abs(bond.toughness(opening: cos(angle), slip: sin(angle)) / toughness - 1) < 1e-12)
    let (steps, step) = (40_000, 1e-12)
    var (energy, modeI, broken, before) = (0.0, 0.0, 0.0, SIMD2<Double>.zero)
    for k in 1...steps {
      let (opening, slip) = (Double(k) * step * cos(angle), Double(k) * step * sin(angle))
      broken = max(broken, bond.damage(opening: opening, slip: slip))
      let traction = bond.traction(opening: opening, slip: slip, damage: broken)
      let mean = 0.5 * (SIMD2(traction.normal, traction.shear) + before)
      modeI += mean.x * step * cos(angle)
      energy += (mean * SIMD2(cos(angle), sin(angle))).sum() * step
      before = SIMD2(traction.normal, traction.shear)
    }
    #expect(broken == 1)
    // Tractions are linear but for two kinks, at each of which a step of the trapezoidal rule is off: by less than
    // strength times step, 1e9 * 1e-12, of 4 J/m2.
    #expect(abs(energy / toughness - 1) < 5e-4)
    #expect(abs(modeI / toughness - cos(angle) * cos(angle)) < 5e-4)
  }

  @Test func compressionAloneBreaksNothing() {
    #expect(bond.damage(opening: -1e-6, slip: 0) == 0)
    #expect(bond.onset(normal: -1e12, shear: 0) == 0)
    // It adds nothing to shear, and what is broken bears it in full.
    #expect(bond.damage(opening: -1e-6, slip: 5e-9) == bond.damage(opening: 0, slip: 5e-9))
    #expect(bond.traction(opening: -1e-9, slip: 0, damage: 1).normal == -400e6)
  }

  @Test func unloadingAndReloadingBreaksNoMore() {
    let broken = bond.damage(opening: 4e-9, slip: 0)
    // On the falling branch between 1 and 20 nm: 400 MPa * 16/19.
    #expect(abs(bond.traction(opening: 4e-9, slip: 0, damage: broken).normal / (400e6 * 16 / 19) - 1) < 1e-12)
    for share in [0.0, 0.3, 0.7, 0.999] {
      #expect(bond.damage(opening: share * 4e-9, slip: 0) < broken)
      // A straight line to the origin.
      let traction = bond.traction(opening: share * 4e-9, slip: 0, damage: broken).normal
      #expect(abs(traction - share * 400e6 * 16 / 19) < 1)
    }
    #expect(bond.damage(opening: 4.001e-9, slip: 0) > broken)
  }

  @Test func aTougherBondHasTheSameShape() {
    let tougher = bond.scaled(toughness: 2.25)
    for (opening, slip) in [(3e-9, 0.0), (2e-9, -4e-9), (0, 1e-8)] {
      let (damage, other) = (
        bond.damage(opening: opening, slip: slip), tougher.damage(opening: 1.5 * opening, slip: 1.5 * slip)
      )
      #expect(damage > 0 && abs(other - damage) < 1e-12)
      #expect(
        abs(
          tougher.toughness(opening: opening, slip: slip) / bond.toughness(opening: opening, slip: slip)
            - 2.25)
          < 1e-12)
    }
  }

  @Test func aStrongBondOfLittleToughnessBreaksAtOnset() {
    let brittle = CohesiveLaw(
      stiffness: 4e17, normalStrength: 4e9, shearStrength: 4e9, toughnessModeI: 1, toughnessModeII: 1)
    #expect(brittle.damage(opening: 0.9999e-8, slip: 0) == 0)
    #expect(brittle.damage(opening: 1.0001e-8, slip: 0) == 1)
  }
}

@Suite struct PressureAndInterphaseTests {
  @Test func aFrameStretchesAsTheCellGrows() {
    // 1 MPa/um over 2.5 um.
    #expect(abs(StackPressure.inFrame(assembled: 10e6, stiffness: 1e12, growth: 2.5e-6) - 12.5e6) < 1e-3)
    #expect(StackPressure.inFrame(assembled: 10e6, stiffness: 0, growth: 1) == 10e6)
    // A cell that shrinks away from its frame feels nothing.
    #expect(StackPressure.inFrame(assembled: 1e6, stiffness: 1e12, growth: -2e-6) == 0)
  }

  @Test func chargingThickensTheCounterElectrode() {
    // 0.95 mAh/cm2 of charging into In: 2.8 um.
    let growth = StackPressure.counterElectrodeGrowth(insertedCharge: -0.95 * 36_000, molarExpansion: 7.8e-6)
    #expect(abs(growth - 34_200 / 96_485.33 * 7.8e-6) < 1e-12)
    #expect(abs(growth - 2.8e-6) < 0.05e-6)
  }

  @Test func anInterphaseGrowsWithTheRootOfTime() {
    // 130 ohm cm2 d^-0.5 over 25 days: 650 ohm cm2.
    let growth = 130e-4 / 86_400.0.squareRoot()
    #expect(abs(Interphase.resistance(growth: growth, time: 25 * 86_400) - 650e-4) < 1e-12)
    #expect(Interphase.resistance(growth: growth, time: 0) == 0)
  }
}

@Suite struct CrackDirections {
  @Test func layersAreWeakest() {
    func toughness(_ degrees: Double) -> Double {
      Fracture.toughness(angle: degrees * .pi / 180, alongLayers: 0.6, acrossLayers: 1.2)
    }
    #expect(abs(toughness(0) - 0.6) < 1e-15 && abs(toughness(180) - 0.6) < 1e-12)
    #expect(abs(toughness(90) - 1.2) < 1e-15)
    // Energies, squares of toughness, are 0.36 and 1.44: half way between lies 0.9.
    #expect(abs(toughness(45) * toughness(45) - 0.9) < 1e-12)
    #expect(abs(toughness(-45) - toughness(45)) < 1e-15)
  }

  /// At a right angle a boundary takes the crack when the crystal ahead has more than four times its energy.
  @Test func aWeakBoundaryTakesTheCrack() {
    func isDeflected(energies ratio: Double, _ degrees: Double = 90) -> Bool {
      Fracture.isDeflected(boundary: 1, ahead: ratio.squareRoot(), incidence: degrees * .pi / 180)
    }
    #expect(isDeflected(energies: 10) && !isDeflected(energies: 2.5))
    #expect(isDeflected(energies: 4.01) && !isDeflected(energies: 3.99))
    // A boundary that the crack follows already takes it when it is the weaker one at all.
    #expect(isDeflected(energies: 1.01, 0) && !isDeflected(energies: 0.99, 0))
  }
}

@Suite struct ArrheniusLaw {
  @Test func theLogarithmIsLinearInTheInverseTemperature() {
    let energy = 40e3
    for temperature in [223.15, 273.15, 318.15, 423.15] {
      let factor = Arrhenius.factor(activationEnergy: energy, temperature: temperature)
      let slope = log(factor) / (1 / temperature - 1 / 298.15)
      #expect(abs(slope / (-energy / 8.314462618) - 1) < 1e-9)
    }
    // A rate of 53 kJ/mol doubles from 25 to 35 degC, the rule of thumb: ln 2 R T1 T2 / 10 K = 52.95 kJ/mol.
    #expect(abs(Arrhenius.factor(activationEnergy: 52_950, temperature: 308.15) - 2) < 1e-3)
  }

  @Test func ratesAreThoseOfTheScenarioAt25DegC() {
    let cell = ParameterSet.defaults
    #expect(cell.at(temperature: Arrhenius.reference) == cell)
    let warm = cell.at(temperature: 318.15)
    let changed = Parameter.allCases.filter { warm[$0] != cell[$0] }
    #expect(
      Set(changed) == [
        .temperature, .fastDiffusivity, .slowDiffusivity, .particleDiffusivity, .exchangeCurrentDensity,
        .counterExchangeCurrentDensity, .cathodeSideConductivity, .anodeSideConductivity,
        .electrolyteConductivity, .saltDiffusivity,
      ])
    #expect(changed.allSatisfy { warm[$0] > cell[$0] })
  }
}

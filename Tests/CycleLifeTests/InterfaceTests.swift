import CellPhysics
import Foundation
import Testing

@testable import CellModel
@testable import CycleLife

@Suite struct InterfaceTests {
  private let patch = InterfacePatch(start: 0, end: 10e-6, initialContact: 1, debonded: 0, toughness: 1)

  private func damage(_ debonded: Double = 0, toughness: Double = 1) -> Damage {
    var patch = patch
    (patch.debonded, patch.toughness) = (debonded, toughness)
    return Damage(cracks: [], patches: [patch])
  }

  /// States with these separations on the whole interface.
  private func observation(_ separations: [SIMD2<Double>], _ p: ParameterSet) -> CycleObservation {
    let mesh = Microstructure(columns: [.init(start: 0, end: p[.filmWidth], angle: 0)]).mesh(parameters: p)
    var observation = CycleObservation(mesh: mesh)
    observation.separations = separations.map { [SIMD2<Double>](repeating: $0, count: mesh.yCount) }
    return observation
  }

  /// A film whose rates leave the bond alone.
  private var parameters: ParameterSet {
    var p = smallScenario(cycles: 1).parameters
    p[.debondingRate] = 1e-12
    return p
  }

  @Test func onlyWhatExceedsTheStrengthBreaksAtOnce() throws {
    let p = parameters
    let (mechanism, bond) = (InterfaceDebonding(parameters: p), CohesiveLaw(p))
    let onset = bond.separationAtOnset
    let below = observation([.zero, 0.99 * onset], p)
    #expect(mechanism.span(damage(), below, limit: 1) == 1)
    #expect(mechanism.advance(damage(), below, span: 1).patches[0].debonded == 0)
    let beyond = observation([.zero, 1.5 * onset, 0.5 * onset], p)
    #expect(mechanism.span(damage(), beyond, limit: 1) == 0)
    let broken = mechanism.advance(damage(), beyond, span: 0)
    #expect(broken.patches[0].debonded == bond.damage(opening: 1.5 * onset.x, slip: 1.5 * onset.y))
    // Once it has broken, the same separation breaks nothing more, and a patch of 2.3 times the toughness holds it.
    #expect(mechanism.span(broken, beyond, limit: 1) == 1)
    #expect(mechanism.advance(broken, beyond, span: 0) == broken)
    #expect(mechanism.span(damage(toughness: 2.3), beyond, limit: 1) == 1)
    #expect(mechanism.advance(damage(toughness: 2.3), beyond, span: 0) == damage(toughness: 2.3))
  }

  /// A patch in a compliant body: w = c (s - t), t = K (1 - D) w.
  @Test(arguments: [1.2, 1.5, 2.2]) func aPatchSoftensUntilItsSurroundingsHoldIt(load: Double) throws {
    let p = parameters
    let (mechanism, bond) = (InterfaceDebonding(parameters: p), CohesiveLaw(p))
    // Opening: strength T at l_0, no traction from l_f.
    let strength = bond.stiffness * bond.openingAtOnset
    let last = 2 * bond.toughness(opening: 1, slip: 0) / strength
    let compliance = 0.5 * (last - bond.openingAtOnset) / strength
    func opening(_ debonded: Double) -> Double {
      load * strength * compliance / (1 + compliance * bond.stiffness * (1 - debonded))
    }
    var (state, rounds) = (damage(), 0)
    while true {
      let seen = observation([SIMD2(opening(state.patches[0].debonded), 0)], p)
      guard mechanism.span(state, seen, limit: 1) == 0 else { break }
      let next = mechanism.advance(state, seen, span: 0)
      #expect(next.patches[0].debonded > state.patches[0].debonded)
      (state, rounds) = (next, rounds + 1)
    }
    // The branch falls as T (l_f - w) / (l_f - l_0), the body bears s - w / c; they meet at w, or the bond is gone.
    let slope = strength / (last - bond.openingAtOnset)
    let balance = (load * strength - slope * last) / (1 / compliance - slope)
    let expected = bond.damage(opening: min(balance, last), slip: 0)
    let reached = state.patches[0].debonded
    // The map that is iterated has this slope: steps below `settled` leave 1 / (1 - slope) of it, and half as much
    // again for its curvature.
    let mapSlope =
      last * bond.openingAtOnset * compliance * bond.stiffness
      / (min(balance, last) * (last - bond.openingAtOnset)
        * (1 + compliance * bond.stiffness * (1 - expected)))
    #expect(reached <= expected + 1e-12)
    #expect(expected - reached < 1.5 * InterfaceDebonding.settled / (1 - mapSlope))
    #expect(rounds > 1 && rounds < 100)
  }

  /// Under a steady traction t a patch tires by B g^m per cycle and breaks once (t / T)^2 > 1 - F, not before.
  @Test(arguments: [0.3, 0.6, 0.9]) func aTiredPatchBreaksWhenWhatIsLeftNoLongerHoldsItsLoad(load: Double)
    throws
  {
    var p = parameters
    p[.debondingRate] = 0.05
    let (mechanism, bond) = (InterfaceDebonding(parameters: p), CohesiveLaw(p))
    let seen = observation([SIMD2(load * bond.openingAtOnset, 0)], p)
    let perCycle = mechanism.advance(damage(), seen, span: 1).patches[0].fatigue
    // Round-off, and the traction of a bond that holds.
    let traction = load * bond.stiffness * bond.openingAtOnset
    let modulus = { (p: ParameterSet) in
      let crystal = p[.stiffness11] - p[.stiffness13] * p[.stiffness13] / p[.stiffness33]
      let poisson = p[.electrolytePoissonRatio]
      return 2 / (1 / crystal + (1 - poisson * poisson) / p[.electrolyteModulus])
    }(p)
    let roughness = Kinetics.activeAreaRatio(
      roughness: p[.roughness], correlationLength: p[.roughnessLength])
    let force = .pi / 2 * p[.patchLength] * traction * traction / (modulus * p[.toughnessModeI] * roughness)
    #expect(abs(perCycle / (0.05 * pow(min(force, 1), p[.debondingExponent])) - 1) < 1e-12)

    let life = Int(((1 - load * load) / perCycle).rounded(.up))
    var (state, cycles) = (damage(), 0)
    while state.patches[0].debonded == 0 && cycles <= life + 1 {
      let next = mechanism.advance(state, seen, span: 1)
      #expect(next.patches[0].fatigue >= state.patches[0].fatigue)
      (state, cycles) = (next, cycles + 1)
    }
    // Damage is looked for before the cycle adds its fatigue.
    #expect(cycles == life + 1)
  }

  @Test func debondedShareHealsWhileItIsPressed() {
    var p = parameters
    p[.healingTime] = 7200
    let mechanism = InterfaceDebonding(parameters: p)
    var seen = observation([.zero], p)
    seen.pressedTime = 3600
    let half = mechanism.advance(damage(0.5), seen, span: 0.5).patches[0].debonded
    #expect(abs(half - 0.5 * exp(-0.25)) < 1e-12)
    // Also what has debonded altogether; what never touched does not begin to.
    #expect(abs(mechanism.advance(damage(1), seen, span: 1).patches[0].debonded - exp(-0.5)) < 1e-12)
    #expect(mechanism.advance(damage(0.5), seen, span: 0) == damage(0.5))
    #expect(mechanism.advance(damage(), seen, span: 1).patches[0].debonded >= 0)
    // Fatigue heals as well: what bonds anew is as strong as before.
    var tired = damage(0.5)
    tired.patches[0].fatigue = 0.4
    #expect(abs(mechanism.advance(tired, seen, span: 1).patches[0].fatigue - 0.4 * exp(-0.5)) < 1e-12)
  }

  /// At constant pressure a cycle of the duration T heals the share 1 - exp(-sqrt(p / p_c) T / tau).
  @Test func aCycleHealsForAsLongAsItTakes() throws {
    func cycle(_ healingTime: Double) throws -> (runner: CycleRunner, time: Double) {
      let result = try run(
        smallScenario(cycles: 1) {
          $0[.healingTime] = healingTime
          $0[.crackGrowthRate] = 0
          // So weak that some of it breaks at once.
          $0[.interfaceNormalStrength] *= 0.1
          $0[.interfaceShearStrength] *= 0.1
        })
      return (result.runner, try #require(result.sink.samples.last).time)
    }
    let (healed, time) = try cycle(10 * 3600)
    let (torn, _) = try cycle(0)
    let p = ParameterSet.defaults
    let share = exp(-(p[.stackPressure] / p[.recontactPressure]).squareRoot() * time / 36_000)
    #expect(torn.damage.debondedShare > 0)
    for (new, old) in zip(healed.damage.patches, torn.damage.patches) {
      // Round-off of the sum over some hundred time steps.
      #expect(abs(new.debonded - share * old.debonded) <= 1e-12 * old.debonded)
    }
  }

  @Test func weakBondsBreakInTheFirstCycleAndStrongOnesTire() throws {
    func first(_ factor: Double) throws -> CycleRecord {
      try run(
        smallScenario(cycles: 2) {
          $0[.interfaceNormalStrength] *= factor
          $0[.interfaceShearStrength] *= factor
          $0[.crackGrowthRate] = 0
        }
      ).sink.cycles[0]
    }
    let (strong, weak) = try (first(100), first(0.1))
    #expect(strong.debondedShare == 0 && strong.contactFraction == 1 && strong.interfaceFatigue > 0)
    #expect(weak.debondedShare > 0.01)
    // All that was lost, less what pressure closes again.
    let p = ParameterSet.defaults
    let kept = 1 - (p[.stackPressure] / p[.recontactPressure]).squareRoot()
    #expect(abs(1 - weak.contactFraction - kept * weak.debondedShare) < 1e-12)
  }
}

extension CohesiveLaw {
  /// Where pure opening begins to break the bond, m, found by bisection.
  fileprivate var openingAtOnset: Double {
    var (low, high) = (0.0, 1e-6)
    for _ in 0..<200 {
      let middle = 0.5 * (low + high)
      if onset(normal: stiffness * middle, shear: 0) > 1 { high = middle } else { low = middle }
    }
    return high
  }

  /// One of the separations in mixed mode at which the bond begins to break, m.
  fileprivate var separationAtOnset: SIMD2<Double> {
    let mixed = SIMD2(1e-9, 2e-9)
    return mixed / onset(normal: stiffness * mixed.x, shear: stiffness * mixed.y).squareRoot()
  }
}

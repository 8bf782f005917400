import CellPhysics
import Foundation
import Testing

@testable import CellModel
@testable import CycleLife

/// Keeps what a run records.
struct MemorySink: RunSink {
  var samples: [TimeSample] = []
  var cycles: [CycleRecord] = []
  mutating func record(_ sample: TimeSample) { samples.append(sample) }
  mutating func record(_ cycle: CycleRecord) { cycles.append(cycle) }
}

/// The cell of the paper, narrow and coarse enough for a test.
func smallScenario(cycles: Int, _ change: (inout ParameterSet) -> Void = { _ in }) -> Scenario {
  var p = ParameterSet.defaults
  // Numbers that a calibration may move at any time.
  (p[.flawDensity], p[.flawSpread]) = (0.3e12, 0.7)
  (p[.crackGrowthRate], p[.debondingRate]) = (0.55e-6, 1)
  p[.filmWidth] = 10e-6
  p[.meshWidth] = 1e-6
  p[.depthMeshWidth] = 2e-6
  p[.interfaceMeshWidth] = 0.4e-6
  p[.meshGrowth] = 1.3
  change(&p)
  let toTerminal = -p[.counterPotential]
  return Scenario(
    parameters: p,
    protocolSteps: [
      ProtocolStep(control: .current(15.5), limits: [.voltage(4.03 + toTerminal)], text: "charge"),
      ProtocolStep(control: .voltage(4.03 + toTerminal), limits: [.current(1.55)], text: "hold"),
      ProtocolStep(control: .current(-15.5), limits: [.voltage(3.544 + toTerminal)], text: "discharge"),
    ], cycles: cycles, seed: 1)
}

func run(_ scenario: Scenario) throws -> (sink: MemorySink, outcome: RunOutcome, runner: CycleRunner) {
  var runner = try CycleRunner(scenario)
  var sink = MemorySink()
  let outcome = try runner.run(into: &sink)
  return (sink, outcome, runner)
}

@Suite struct CycleRunnerTests {
  @Test func capacityFallsAndEachMechanismHasItsShare() throws {
    // Rates far above the shipped ones, so that a few cycles tell.
    func last(_ crack: Double, _ interface: Double) throws -> Double {
      let scenario = smallScenario(cycles: 5) {
        $0[.crackGrowthRate] *= 3 * crack
        $0[.debondingRate] *= 10 * interface
        $0[.flawDensity] *= 2
      }
      return try run(scenario).sink.cycles.last!.dischargeCapacity
    }
    let both = try last(1, 1)
    let none = try last(0, 0)
    #expect(both < 0.99 * none)
    #expect(try last(0, 1) > both)
    #expect(try last(1, 0) > both)
  }

  @Test func withoutMechanismsThereIsNoFade() throws {
    let scenario = smallScenario(cycles: 12) {
      $0[.crackGrowthRate] = 0
      $0[.debondingRate] = 0
      $0[.flawDensity] = 0
      $0[.orientationSpread] = 0
    }
    let capacities = try run(scenario).sink.cycles.map(\.dischargeCapacity)
    // Steps are as long as their errors allow: where one is at its bound, round-off decides, and the next cycle differs
    // by the error of a step, 1e-6 of the capacity. What fades loses more in three cycles.
    for capacity in capacities[9...] { #expect(abs(capacity / capacities[9] - 1) < 5e-6) }
  }

  @Test func lithiumIsConservedInEveryCycle() throws {
    let cycles = try run(smallScenario(cycles: 3)).sink.cycles
    for cycle in cycles { #expect(cycle.lithiumBalanceError < 1e-10) }
  }

  @Test func sameSeedSameRecordsOtherSeedOthers() throws {
    let first = try run(smallScenario(cycles: 2)).sink
    #expect(try run(smallScenario(cycles: 2)).sink.cycles == first.cycles)
    var other = smallScenario(cycles: 2)
    other.seed = 2
    #expect(try run(other).sink.cycles != first.cycles)
  }

  @Test func damageOnlyGrowsAndStaysWithinItsBounds() throws {
    var runner = try CycleRunner(
      smallScenario(cycles: 4) {
        $0[.crackGrowthRate] *= 30
        $0[.debondingRate] *= 30
      })
    let before = runner.damage
    var sink = MemorySink()
    _ = try runner.run(into: &sink)
    for (old, new) in zip(before.cracks, runner.damage.cracks) {
      for tip in 0..<2 { #expect(new.tips[tip] >= old.tips[tip] && new.tips[tip] <= new.limits[tip]) }
    }
    for (old, new) in zip(before.patches, runner.damage.patches) {
      #expect(new.debonded >= old.debonded && new.debonded <= 1)
      #expect(new.fatigue >= old.fatigue && new.fatigue <= 1)
    }
    let (first, last) = (sink.cycles.first!, sink.cycles.last!)
    #expect(last.crackLength > first.crackLength)
    #expect(last.contactFraction < first.contactFraction)
    #expect(last.effectiveDiffusivity < first.effectiveDiffusivity)
  }

  @Test func booksAgreeWithOneAnother() throws {
    let (sink, outcome, _) = try run(smallScenario(cycles: 2))
    #expect(outcome == .finished(cycles: 2))
    // One substitution per Newton iteration, and those of the stresses.
    #expect(sink.cycles.allSatisfy { $0.solves > $0.newtonIterations && $0.newtonIterations > $0.timeSteps })
    let last = sink.samples.last!
    let charge = sink.cycles.reduce(0) { $0 + $1.chargeCapacity }
    let discharge = sink.cycles.reduce(0) { $0 + $1.dischargeCapacity }
    #expect(abs(last.chargePassed / charge - 1) < 1e-12)
    #expect(abs(last.dischargePassed / discharge - 1) < 1e-12)
    for (a, b) in zip(sink.samples, sink.samples.dropFirst()) {
      #expect(b.time >= a.time && b.step >= a.step && b.cycle >= a.cycle)
    }
    // Charging raises the voltage and takes lithium out; discharge the reverse.
    let charging = sink.samples.filter { $0.step == 1 }
    #expect(charging.allSatisfy { $0.currentDensity > 0 })
    #expect(charging.last!.terminalVoltage > charging.first!.terminalVoltage)
    #expect(charging.last!.meanContent < charging.first!.meanContent)
    for cycle in sink.cycles { #expect(cycle.dischargeEnergy < cycle.chargeEnergy) }
  }

  @Test func aUniformFilmCarriesThePressureEverywhere() throws {
    let p = smallScenario(cycles: 1) {
      $0[.orientationSpread] = 0
      $0[.columnSpacing] = 100e-6
    }.parameters
    let mesh = Microstructure(columns: [.init(start: 0, end: p[.filmWidth], angle: 0)]).mesh(parameters: p)
    var model = try StressModel(mesh: mesh, parameters: p)
    // Lithium that varies through the depth alone.
    let change = (0..<mesh.cellCount).map { 0.4 - 0.3 * mesh.xCentre($0 / mesh.yCount) / mesh.thickness }
    let field = try model.solve(
      contentChange: change, interfaceDamage: [Double](repeating: 0, count: mesh.yCount), pressure: 10e6)
    // Relative to stresses of gigapascals in the other directions.
    for stress in field.xx { #expect(abs(stress + 10e6) < 1e-3 * 10e6) }
  }

  @Test func aCellThatDeliversNothingEndsTheRunWithItsReason() throws {
    let scenario = smallScenario(cycles: 3) { $0[.cathodeSideConductivity] = 1e-4 }
    let outcome = try run(scenario).outcome
    guard case .infeasible(let cycle, _, let reason) = outcome else {
      Issue.record("the run should end in its first cycle, not as \(outcome)")
      return
    }
    #expect(cycle == 1)
    #expect(!reason.isEmpty)
  }
}

@Suite struct OddCellTests {
  @Test func withoutContactTheRunEndsWithItsReason() throws {
    let outcome = try run(smallScenario(cycles: 3) { $0[.contactFraction] = 0 }).outcome
    #expect(
      outcome
        == .infeasible(cycle: 1, step: "charge", reason: "no part of the interface is in contact"))
  }

  @Test func whatDebondsAtOnceWithoutPressureEndsTheRunToo() throws {
    let (sink, outcome, _) = try run(
      smallScenario(cycles: 5) {
        $0[.debondingRate] = 1e9
        $0[.stackPressure] = 0
      })
    guard case .infeasible(let cycle, _, _) = outcome else {
      Issue.record("the run should end without contact, not as \(outcome)")
      return
    }
    #expect(cycle == sink.cycles.count + 1)
    #expect(sink.cycles.last!.contactFraction == 0)
  }

  @Test func poresTakePartInCyclingAndNameTheirEdges() throws {
    let (sink, outcome, runner) = try run(
      smallScenario(cycles: 2) {
        $0[.poreFraction] = 0.06
        $0[.poreRadius] = 1.2e-6
        $0[.meshWidth] = 0.5e-6
        $0[.depthMeshWidth] = 0.5e-6
      })
    #expect(try !#require(runner.microstructure.drawn).pores.isEmpty)
    #expect(outcome == .finished(cycles: 2))
    for cycle in sink.cycles { #expect(cycle.lithiumBalanceError < 1e-10) }
  }
}

@Suite struct MechanismTests {
  private func observation(_ xx: Double, _ yy: Double, _ p: ParameterSet) -> (CycleObservation, Mesh) {
    let mesh = Microstructure(columns: [.init(start: 0, end: p[.filmWidth], angle: 0)]).mesh(parameters: p)
    func field(_ share: Double) -> StressField {
      StressField(
        xx: [Double](repeating: share * xx, count: mesh.cellCount),
        yy: [Double](repeating: share * yy, count: mesh.cellCount),
        xy: [Double](repeating: 0, count: mesh.cellCount), zz: [Double](repeating: 0, count: mesh.cellCount),
        interfaceNormal: [Double](repeating: share * xx, count: mesh.yCount),
        interfaceShear: [Double](repeating: 0, count: mesh.yCount), outOfPlaneStrain: 0)
    }
    var observation = CycleObservation(mesh: mesh)
    observation.stresses = [field(0), field(1)]
    let separation = SIMD2(xx / p[.interfaceStiffness], 0)
    observation.separations = [0, 1].map { [SIMD2<Double>](repeating: $0 * separation, count: mesh.yCount) }
    return (observation, mesh)
  }

  private let patch = InterfacePatch(start: 0, end: 10e-6, initialContact: 1, debonded: 0, toughness: 1)

  @Test func growthAgreesWithTheIntegralOfParisLaw() throws {
    var p = smallScenario(cycles: 1).parameters
    p[.fractureToughness] = 1e12  // Forman's correction off: the closed form is Paris' law
    p[.crackThreshold] = 0
    let stress = 150e6
    let (observation, _) = observation(stress, 0, p)
    let a0 = 0.2e-6
    var damage = Damage(
      cracks: [
        Crack(x: 10e-6, y: 5e-6, inclination: 0, tips: SIMD2(a0, a0), limits: SIMD2(4e-6, 4e-6))
      ], patches: [patch])
    let growth = CrackGrowth(parameters: p)
    for _ in 0..<20 { damage = try growth.advance(damage, observation) }
    // N = (a0^(1 - m/2) - a^(1 - m/2)) / ((m/2 - 1) A (s sqrt(pi) / K0)^m).
    let m = p[.crackGrowthExponent]
    let rate = p[.crackGrowthRate] * pow(stress * Double.pi.squareRoot() / 1e6, m)
    let power = 1 - m / 2
    let a = pow(pow(a0, power) - 20 * (m / 2 - 1) * rate, 1 / power)
    // Ten times the tolerance of the integration.
    #expect(abs(damage.cracks[0].tips[0] / a - 1) < 1e-5)
    #expect(abs(damage.cracks[0].tips[0] / damage.cracks[0].tips[1] - 1) < 1e-12)
  }

  /// A tip whose growth sets in as the other one lengthens the crack.
  ///
  /// The rate jumps within a step of the integration, whose weights are of both signs. Three of these stresses would shorten the crack by some 1e-11 m.
  @Test func aTipAtItsThresholdDoesNotRecede() throws {
    let p = smallScenario(cycles: 1).parameters
    let (none, mesh) = observation(0, 0, p)
    let a = 0.23e-6
    // Across the boundary of two cells, of which one has a few per cent more stress.
    let y = mesh.yEdges[mesh.yEdges.count / 2]
    let crack = Crack(x: 10e-6, y: y, inclination: 0, tips: SIMD2(a, a), limits: SIMD2(4e-6, 4e-6))
    let rest = none.stresses[0]
    func grown(_ factor: Double) throws -> SIMD2<Double> {
      let stress = factor * p[.crackThreshold] / (.pi * a).squareRoot()
      var observation = none
      observation.stresses[1] = StressField(
        xx: (0..<mesh.cellCount).map { mesh.yEdges[$0 % mesh.yCount] < y ? 0.98 * stress : 1.02 * stress },
        yy: rest.yy, xy: rest.xy, zz: rest.zz, interfaceNormal: rest.interfaceNormal,
        interfaceShear: rest.interfaceShear, outOfPlaneStrain: 0)
      return try CrackGrowth(parameters: p).advance(
        Damage(cracks: [crack], patches: [patch]), observation
      ).cracks[0].tips - crack.tips
    }
    var (rests, grows) = (0.9, 1.1)
    while grows - rests > 1e-7 {
      let middle = 0.5 * (rests + grows)
      if try grown(middle)[0] > 0 { grows = middle } else { rests = middle }
    }
    #expect(try grown(rests)[1] > 0)
    for step in -500...500 {
      let growth = try grown(rests + 2e-6 * Double(step))
      #expect(growth[0] >= 0 && growth[1] > 0, "\(step): \(growth)")
    }
  }

  @Test func cracksAboveTheToughnessRunToTheirBoundary() throws {
    let p = smallScenario(cycles: 1).parameters
    let (observation, _) = observation(2e9, 0, p)
    let crack = Crack(
      x: 10e-6, y: 5e-6, inclination: 0, tips: SIMD2(0.3e-6, 0.3e-6), limits: SIMD2(2e-6, 3e-6))
    let damage = try CrackGrowth(parameters: p).advance(
      Damage(cracks: [crack], patches: [patch]), observation)
    #expect(damage.cracks[0].tips == SIMD2(2e-6, 3e-6))
  }

  /// What was seen of one resolved crack whose K at both tips swings from zero to `modeI`.
  private func resolved(_ crack: Crack, modeI: Double, _ p: ParameterSet) -> CycleObservation {
    var (observation, _) = observation(0, 0, p)
    func intensities(_ share: Double) -> ResolvedCracks.TipIntensities {
      let tip = Fracture.Intensity(modeI: share * modeI, modeII: 0)
      return ResolvedCracks.TipIntensities(back: tip, front: tip)
    }
    observation.intensities = [[intensities(0)], [intensities(1)]]
    observation.cracks = [crack]
    return observation
  }

  @Test func resolvedCracksTireByAFifthBeforeStressesAreAskedForAgain() throws {
    var p = smallScenario(cycles: 1).parameters
    (p[.fractureToughness], p[.cleavageToughness], p[.crackGrowthRate]) = (1e12, 1e12, 1e-6)
    let crack = Crack(
      x: 10e-6, y: 5e-6, inclination: 0, tips: SIMD2(1e-6, 1e-6), limits: SIMD2(4e-6, 4e-6))
    let (growth, start) = (CrackGrowth(parameters: p), Damage(cracks: [crack], patches: []))
    let observation = resolved(crack, modeI: 1e6, p)
    let span = try growth.span(start, observation, limit: 1)
    let grown = try growth.advance(start, observation, span: span)
    // K = K_1 sqrt(a / a_1) integrates as Paris' law does; m = 2.2, A = 1 um at K_1.
    let power = 1 - p[.crackGrowthExponent] / 2
    let a = 1e-6 * pow(1 + power * span * p[.crackGrowthRate] / 1e-6, 1 / power)
    // Ten times the tolerance of the integration.
    #expect(abs(grown.cracks[0].tips[0] / a - 1) < 1e-5)
    #expect(span == 0.125)
    #expect(grown.cracks[0].length <= 1.2 * crack.length)
    // What another mechanism leaves it is less still, and no time at all tires nothing.
    #expect(try growth.span(start, observation, limit: 0.03) == 0.03)
    #expect(try growth.span(start, observation, limit: 0) == 0)
    #expect(try growth.advance(start, observation, span: 0) == start)
  }

  @Test func resolvedCracksAboveTheToughnessRunByATenthAtOnce() throws {
    let p = smallScenario(cycles: 1).parameters
    let crack = Crack(
      x: 10e-6, y: 5e-6, inclination: 0, tips: SIMD2(1e-6, 1e-6), limits: SIMD2(1.1e-6, 4e-6))
    let (growth, start) = (CrackGrowth(parameters: p), Damage(cracks: [crack], patches: []))
    let observation = resolved(crack, modeI: 1.2 * p[.fractureToughness], p)
    #expect(try growth.span(start, observation, limit: 1) == 0)
    let grown = try growth.advance(start, observation, span: 0)
    #expect(grown.cracks[0].tips == SIMD2(1.1e-6, 1e-6 + 0.1 * 2e-6))
    // Relieved, it tires.
    let relieved = resolved(grown.cracks[0], modeI: 0.3e6, p)
    #expect(try growth.span(grown, relieved, limit: 0.01) == 0.01)
    let tired = try growth.advance(grown, relieved, span: 0.01)
    #expect(tired.cracks[0].tips[1] > grown.cracks[0].tips[1])
  }

  @Test func cracksFromAFreeSideAreEdgeCracks() throws {
    var p = smallScenario(cycles: 1).parameters
    (p[.fractureToughness], p[.cleavageToughness]) = (1e12, 1e12)
    var (observation, mesh) = observation(0, 100e6, p)
    let microstructure = Microstructure(columns: [.init(start: 0, end: p[.filmWidth], angle: 0)])
    observation = {
      var seen = CycleObservation(mesh: mesh, microstructure: microstructure)
      seen.stresses = observation.stresses
      return seen
    }()
    // Along X from the face of the film, and the same within it.
    func ratio(_ limits: SIMD2<Double>) -> Double {
      let crack = Crack(
        x: 0.5e-6, y: 0.5 * p[.filmWidth], inclination: .pi / 2, tips: SIMD2(0.5e-6, 0.5e-6), limits: limits)
      return CrackGrowth(parameters: p).peakRatio(Damage(cracks: [crack], patches: []), observation) * 1e12
    }
    let unit = 100e6 * (Double.pi * 1e-6).squareRoot()
    // The weight function is good to 1 %.
    #expect(abs(ratio(SIMD2(0.5e-6, 4e-6)) / unit - 1.1215) < 0.01 * 1.1215)
    #expect(abs(ratio(SIMD2(0.6e-6, 4e-6)) / unit - 0.5.squareRoot()) < 1e-9)
    // Through the film: no tip is left.
    #expect(ratio(SIMD2(0.5e-6, 0.5e-6)) < 0.01 * unit)
  }

  @Test func compressionOpensNoCrackAndNoPatch() throws {
    let p = smallScenario(cycles: 1).parameters
    let (observation, _) = observation(-500e6, 0, p)
    let crack = Crack(x: 10e-6, y: 5e-6, inclination: 0, tips: SIMD2(1e-6, 1e-6), limits: SIMD2(2e-6, 2e-6))
    let damage = Damage(cracks: [crack], patches: [patch])
    #expect(try CrackGrowth(parameters: p).advance(damage, observation) == damage)
    #expect(try InterfaceDebonding(parameters: p).advance(damage, observation) == damage)
  }

  @Test func patchesTireByTheirLaw() throws {
    let p = smallScenario(cycles: 1).parameters
    let (observation, _) = observation(50e6, 0, p)
    let damage = try InterfaceDebonding(parameters: p).advance(
      Damage(
        cracks: [],
        patches: [
          patch, InterfacePatch(start: 0, end: 10e-6, initialContact: 1, debonded: 0, toughness: 0.5),
        ]),
      observation)
    // Half the toughness: 2^m times the fatigue.
    let ratio = damage.patches[1].fatigue / damage.patches[0].fatigue
    #expect(abs(ratio / pow(2, p[.debondingExponent]) - 1) < 1e-12)
  }

  @Test func zeroRatesAreTheIdentity() throws {
    var p = smallScenario(cycles: 1).parameters
    p[.crackGrowthRate] = 0
    p[.debondingRate] = 0
    let (observation, _) = observation(2e9, 2e9, p)
    let crack = Crack(x: 10e-6, y: 5e-6, inclination: 0, tips: SIMD2(1e-6, 1e-6), limits: SIMD2(2e-6, 2e-6))
    let damage = Damage(cracks: [crack], patches: [patch])
    for mechanism in Mechanisms.all {
      #expect(try mechanism.init(parameters: p).advance(damage, observation) == damage)
    }
  }

  @Test func flawsLieInTheFilmAndMostlyOnCleavagePlanes() {
    var p = ParameterSet.defaults
    p[.filmWidth] = 200e-6
    let microstructure = Microstructure(parameters: p, seed: 5)
    let damage = Damage(parameters: p, microstructure: microstructure, seed: 5)
    let expected = p[.flawDensity] * p[.filmThickness] * p[.filmWidth]
    // Five standard deviations of a Poisson count.
    #expect(abs(Double(damage.cracks.count) - expected) < 5 * expected.squareRoot())
    for crack in damage.cracks {
      for tip in [crack.point(at: -crack.tips[0]), crack.point(at: crack.tips[1])] {
        #expect(tip.x >= -1e-12 && tip.x <= p[.filmThickness] + 1e-12)
      }
    }
    let density = damage.crackDensity(area: p[.filmThickness] * p[.filmWidth])
    #expect(density.perpendicular > 5 * density.parallel)
  }

  @Test func contactZonesHaveTheShareAskedFor() {
    var p = ParameterSet.defaults
    p[.contactFraction] = 0.6
    let microstructure = Microstructure(parameters: p, seed: 1)
    let mesh = microstructure.mesh(parameters: p)
    let damage = Damage(parameters: p, microstructure: microstructure, seed: 1)
    let contact = damage.contact(mesh, recontact: 0)
    let mean = (0..<mesh.yCount).reduce(0) { $0 + contact[$1] * mesh.yWidth($1) } / mesh.width
    #expect(abs(mean - 0.6) < 1e-12)
  }
}

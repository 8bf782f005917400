import CellPhysics
import Foundation
import Testing

@testable import CellModel
@testable import CycleLife

/// Cracks that begin where no flaw was drawn.
@Suite struct CracksThatBegin {
  /// A film of one crystal with layers along the thickness, so that tension along Y is tension on layers.
  private func parameters(_ change: (inout ParameterSet) -> Void = { _ in }) -> ParameterSet {
    smallScenario(cycles: 1) {
      $0[.filmThickness] = 20e-6
      $0[.filmWidth] = 20e-6
      $0[.nucleationStrength] = 500e6
      // A third of the default, so that flaws are shorter than sites.
      $0[.cleavageToughness] /= 3
      $0[.fractureToughness] /= 3
      change(&$0)
    }.parameters
  }

  private func section(_ p: ParameterSet, pores: [Microstructure.Pore] = []) -> Microstructure {
    Microstructure(columns: [.init(start: 0, end: p[.filmWidth], angle: 0)], pores: pores)
  }

  private func observation(
    _ p: ParameterSet, seed: UInt64 = 1, pores: [Microstructure.Pore] = [],
    stress: (_ x: Double, _ y: Double) -> (xx: Double, yy: Double)
  ) -> CycleObservation {
    let section = section(p, pores: pores)
    let mesh = section.mesh(parameters: p)
    let none = [Double](repeating: 0, count: mesh.cellCount)
    let stresses = (0..<mesh.cellCount).map {
      mesh.isSolid[$0]
        ? stress(mesh.xCentre($0 / mesh.yCount), mesh.yCentre($0 % mesh.yCount)) : (xx: 0, yy: 0)
    }
    let faces = [Double](repeating: 0, count: mesh.yCount)
    let field = StressField(
      xx: stresses.map(\.xx), yy: stresses.map(\.yy), xy: none, zz: none, interfaceNormal: faces,
      interfaceShear: faces, outOfPlaneStrain: 0)
    var result = CycleObservation(stresses: [field], mesh: mesh, microstructure: section)
    result.sites = NucleationSites(parameters: p, seed: seed)
    return result
  }

  /// The sites at which cracks would begin, one after another, did they not grow.
  private func begun(_ p: ParameterSet, _ observation: CycleObservation) -> [Crack] {
    let nucleation = CrackNucleation(toughness: CrackToughness(p), thickness: p[.filmThickness])
    var cracks: [Crack] = []
    while case let next = nucleation.begun(cracks, observation), !next.isEmpty { cracks += next }
    return cracks
  }

  /// The number of sites weaker than a stress is binomial; its variance is that of Poisson at most.
  @Test(arguments: [0.5, 0.25])
  func asManyBeginAsWeakestLinksHaveItWhateverTheSites(side: Double) {
    // 400 um2 at 350 of 500 MPa: 400 (0.7)^8 = 23.06 links fail; of large sites some hold two of them.
    let links: Double = 400 * pow(0.7, 8)
    var (found, expected) = (0.0, 0.0)
    for seed in UInt64(1)...40 {
      let p = parameters { $0[.averagingLength] = side * 1e-6 }
      let sites = NucleationSites(parameters: p, seed: seed)
      #expect(abs(sites.sides.x / (side * 1e-6) - 1) < 1e-12)
      found += Double(sites.strengths.count { $0 < 350e6 })
      let count = Double(sites.strengths.count)
      expected += count * (1 - exp(-links / count))
    }
    // Three standard deviations. The two site sizes expect the same to 1 %.
    #expect(abs(found - expected) < 3 * expected.squareRoot())
    #expect(abs(expected / (40 * links) - 1) < 0.01)
  }

  @Test func cracksBeginWhereTensionExceedsTheStrengthAndNowhereElse() {
    let p = parameters()
    let observation = observation(p) { _, _ in (0, 350e6) }
    let sites = observation.sites!
    let cracks = begun(p, observation)
    let weak = sites.strengths.indices.filter { sites.strengths[$0] < 350e6 }
    #expect(!weak.isEmpty)
    // Each weak site begins once, or is crossed by the flaw of a weaker neighbour.
    #expect(
      weak.allSatisfy { site in cracks.contains { sites.isCrossed(site, by: $0) } }
        && cracks.allSatisfy { crack in weak.contains { sites.centre($0) == SIMD2(crack.x, crack.y) } })
    for crack in cracks {
      // Along the layers, which run along X, as the flaw that fails at this strength.
      #expect(abs(crack.direction.y) < 1e-3)
      let site = weak.first { sites.centre($0) == SIMD2(crack.x, crack.y) }!
      let critical = sites.strengths[site] * (.pi * crack.halfLength).squareRoot()
      #expect(crack.tips.min() < crack.limits.min() && abs(critical / p[.cleavageToughness] - 1) < 1e-9)
    }
    // Under tension along the layers the toughness across them counts: 0.64 / 1.1 of 590 MPa is 343 MPa.
    #expect(begun(p, self.observation(p) { _, _ in (350e6, 0) }).count < cracks.count)
    #expect(begun(p, self.observation(p) { _, _ in (-350e6, -350e6) }).isEmpty)
  }

  /// A field that varies over 5 um has the same value at a site on any mesh that resolves it, but for half a cell.
  @Test func whereCracksBeginDoesNotDependOnTheMesh() {
    func stress(_ x: Double, _ y: Double) -> (xx: Double, yy: Double) {
      (0, 400e6 + 100e6 * sin(2 * .pi * x / 5e-6) * cos(2 * .pi * y / 5e-6))
    }
    func places(_ width: Double) -> Set<SIMD2<Double>> {
      let p = parameters {
        $0[.filmThickness] = 10e-6
        $0[.filmWidth] = 10e-6
        $0[.meshWidth] = width
        $0[.depthMeshWidth] = width
        $0[.interfaceMeshWidth] = width
      }
      return Set(begun(p, observation(p, stress: stress)).map { SIMD2($0.x, $0.y) })
    }
    let (coarse, fine) = (places(0.25e-6), places(0.125e-6))
    #expect(fine.count > 20)
    // Stresses differ by up to 100 MPa * 2 pi / 5 um * 0.125 um = 16 MPa of 500, the chance by its eighth power: a
    // third at most, an eighth on average over the field, in either direction.
    #expect(Double(coarse.symmetricDifference(fine).count) < 0.15 * Double(fine.count))
  }

  @Test func poresAndCrossedSitesHoldNone() {
    let p = parameters {
      $0[.filmThickness] = 10e-6
      $0[.filmWidth] = 10e-6
      $0[.nucleationStrength] = 100e6
    }
    let pore = Microstructure.Pore(x: 5e-6, y: 0.5e-6, radius: 2e-6)
    let observation = observation(p, pores: [pore]) { _, _ in (0, 1e9) }
    let cracks = begun(p, observation)
    #expect(cracks.count > 40)
    for crack in cracks {
      let y = crack.y > 5e-6 ? crack.y - 10e-6 : crack.y
      #expect(hypot(crack.x - pore.x, y - pore.y) >= pore.radius)
    }
    let sites = observation.sites!
    // A crack from corner to corner crosses the sites on the diagonal, also across the period.
    let diagonal = Crack(
      x: 5e-6, y: 10e-6, inclination: .pi / 4, tips: SIMD2(repeating: 5e-6 * 2.0.squareRoot()),
      limits: .zero)
    for site in sites.strengths.indices {
      let centre = sites.centre(site)
      let apart = centre.y - centre.x - 5e-6
      let distance = abs(apart - 10e-6 * (apart / 10e-6).rounded())
      // On the diagonal, or touching it at a corner, which round-off decides.
      if abs(distance - 0.5e-6) > 1e-9 {
        #expect(sites.isCrossed(site, by: diagonal) == (distance < 0.5e-6), "\(centre)")
      }
    }
  }

  @Test func aCrackThatBeginsRunsAtOnceAndTakesNoTime() throws {
    let p = parameters { $0[.crackGrowthExponent] = 2 }
    let growth = CrackGrowth(parameters: p)
    let observation = observation(p) { _, _ in (0, 350e6) }
    let before = Damage(cracks: [], patches: [])
    #expect(try growth.span(before, observation, limit: 1) == 0)
    let first = try growth.advance(before, observation, span: 0)
    // One column, one crack; existing ones keep their places.
    #expect(first.cracks.count == 1)
    #expect(try growth.span(first, observation, limit: 1) == 0)
    let second = try growth.advance(first, observation, span: 0)
    // As long as one runs no other begins.
    #expect(second.cracks.count == 1 && second.crackLength > first.crackLength)
    #expect(SIMD2(second.cracks[0].x, second.cracks[0].y) == SIMD2(first.cracks[0].x, first.cracks[0].y))
    var restored = second
    CrackGrowth.restore(&restored, to: before)
    #expect(restored == before)
    // Without growth there is no beginning either.
    let idle = CrackGrowth(parameters: parameters { $0[.crackGrowthRate] = 0 })
    #expect(try idle.advance(before, observation) == before)
  }

  @Test func aRunCountsThemAndContinuesWithThem() throws {
    let scenario = smallScenario(cycles: 2) {
      $0[.nucleationStrength] = 300e6
      $0[.orientationSpread] = 0.15
    }
    let (sink, _, runner) = try run(scenario)
    let drawn = try CycleRunner(scenario).damage.cracks
    let begun = sink.cycles.reduce(0) { $0 + $1.nucleatedCracks }
    #expect(begun > 0 && runner.damage.cracks.count == drawn.count + begun)
    #expect(sink.cycles.last!.crackCount == runner.damage.cracks.count)
    for (flaw, crack) in zip(drawn, runner.damage.cracks) {
      #expect(flaw.x == crack.x && flaw.y == crack.y && flaw.inclination == crack.inclination)
    }
    // Strengths are drawn anew, the same.
    var half = scenario
    half.cycles = 1
    let start = try run(half)
    var resumed = try CycleRunner(scenario, resuming: start.runner.state)
    var rest = MemorySink()
    _ = try resumed.run(into: &rest)
    #expect(resumed.damage == runner.damage && rest.cycles == Array(sink.cycles.dropFirst()))
    // Flaws are drawn as before, whatever the strength.
    #expect(
      try CycleRunner(smallScenario(cycles: 1) { $0[.nucleationStrength] = 1e12 }).damage.cracks
        == CycleRunner(smallScenario(cycles: 1)).damage.cracks)
  }
}

import CellPhysics
import Foundation
import Testing

@testable import CellModel
@testable import CycleLife

/// Cracks that turn onto the layers of their crystal, or do not.
@Suite struct CrackTurning {
  private let width = 20e-6

  /// One crystal whose layers stand at an inclination, under a uniform stress from none to `stress`.
  private func observation(
    layers inclination: Double, _ p: ParameterSet, xx: Double = 0, yy: Double = 0, xy: Double = 0
  ) -> CycleObservation {
    let section = Microstructure(columns: [
      .init(start: 0, end: p[.filmWidth], angle: inclination - .pi / 2)
    ])
    let mesh = section.mesh(parameters: p)
    func field(_ share: Double) -> StressField {
      func all(_ value: Double) -> [Double] { [Double](repeating: share * value, count: mesh.cellCount) }
      let faces = [Double](repeating: 0, count: mesh.yCount)
      return StressField(
        xx: all(xx), yy: all(yy), xy: all(xy), zz: all(0), interfaceNormal: faces, interfaceShear: faces,
        outOfPlaneStrain: 0)
    }
    return CycleObservation(stresses: [field(0), field(1)], mesh: mesh, microstructure: section)
  }

  private func parameters(energyRatio: Double = 3) -> ParameterSet {
    smallScenario(cycles: 1) {
      ($0[.filmWidth], $0[.filmThickness]) = (width, 20e-6)
      ($0[.cleavageToughness], $0[.largestKink]) = (1e6, .pi / 2)
      $0[.fractureToughness] = energyRatio.squareRoot() * 1e6
      ($0[.crackThreshold], $0[.crackGrowthRate]) = (0, 0.6e-6)
    }.parameters
  }

  private func flaw(_ inclination: Double, half: Double = 0.5e-6, _ observation: CycleObservation) -> Crack {
    var crack = Crack(
      x: 10e-6, y: 10e-6, inclination: inclination, tips: SIMD2(half, half), limits: .zero)
    for tip in 0..<2 {
      crack.limits[tip] =
        observation.microstructure!.obstacle(to: crack, tip: tip, from: 0, thickness: 20e-6).distance
    }
    return crack
  }

  private func ends(_ crack: Crack) -> (back: SIMD2<Double>, front: SIMD2<Double>) {
    (crack.point(at: -crack.tips[0]), crack.point(at: crack.tips[1]))
  }

  /// In tension a branch at a right angle releases a quarter of the energy.
  @Test(arguments: [(3.9, false), (4.1, true)])
  func aCrackAcrossTheLayersTurnsAboveAnEnergyRatioOfFour(ratio: Double, turns: Bool) throws {
    let p = parameters(energyRatio: ratio)
    let observation = observation(layers: .pi / 2, p, xx: 100e6)
    let start = Damage(cracks: [flaw(0, observation)], patches: [])
    let grown = try CrackGrowth(parameters: p).advance(start, observation).cracks[0]
    #expect(grown.length > start.cracks[0].length)
    let before = ends(start.cracks[0])
    let way = ends(grown).front - before.front
    if turns {
      // Along the layers, which stand along X.
      #expect(abs(way.x) > 1e-9 && abs(way.y) < 1e-6 * abs(way.x))
    } else {
      #expect(way.x == 0 && way.y > 1e-9)
    }
  }

  /// A flaw between its layers and the plane of largest tension leaves its line at both ends.
  @Test func anInclinedFlawGrowsAlongItsLayers() throws {
    let p = parameters()
    let observation = observation(layers: .pi / 2, p, yy: 150e6)
    let start = flaw(.pi / 4, observation)
    let grown = try CrackGrowth(parameters: p).advance(Damage(cracks: [start], patches: []), observation)
      .cracks[0]
    let (before, after) = (ends(start), ends(grown))
    // Tips go along X in opposite senses, as far as the branch grows by Paris' law; the uniform load is symmetric.
    for (way, sense) in [(after.front - before.front, 1.0), (after.back - before.back, -1.0)] {
      #expect(sense * way.x > 1e-9)
      #expect(abs(way.y) < 1e-6 * abs(way.x))
    }
    #expect(abs(grown.tips[0] / grown.tips[1] - 1) < 1e-9)
    #expect(abs(grown.x - start.x) < 1e-15 && abs(grown.y - start.y) < 1e-15)
    #expect(grown.inclination > start.inclination && grown.inclination < .pi / 2)
    // Growth over a thousandth of the cycle, in which lengths hardly change, is that of the branch.
    let span = 1e-3
    let short = try CrackGrowth(parameters: p).advance(
      Damage(cracks: [start], patches: []), observation, span: span
    ).cracks[0]
    let intensity = Fracture.Intensity(
      modeI: 75e6 * (Double.pi * 0.5e-6).squareRoot(), modeII: 75e6 * (Double.pi * 0.5e-6).squareRoot())
    let energies = [.pi / 4, -.pi / 4].map { Fracture.branch(of: intensity, angle: $0).effective }
    let expected =
      span
      * Fracture.growthPerCycle(
        range: energies.max()!, maximum: energies.max()!, rate: p[.crackGrowthRate],
        exponent: p[.crackGrowthExponent], threshold: 0, toughness: 1e6)
    let way = ends(short).front - before.front
    // The load is sampled and the branch a thousandth of a cycle long: its intensity changes by as much.
    #expect(abs((way * way).sum().squareRoot() / expected - 1) < 1e-3)
  }

  /// The further it grows, the more of it lies along the layers; nothing of it is taken back.
  @Test func aTurnedCrackComesToLieAlongItsLayers() throws {
    let p = parameters()
    let observation = observation(layers: .pi / 2, p, yy: 150e6)
    var crack = flaw(0.6, observation)
    let growth = CrackGrowth(parameters: p)
    var inclinations = [crack.inclination]
    for _ in 0..<40 {
      let grown = try growth.advance(Damage(cracks: [crack], patches: []), observation).cracks[0]
      #expect(grown.tips[0] >= crack.tips[0] && grown.tips[1] >= crack.tips[1])
      #expect(grown.limits[0] >= grown.tips[0] && grown.limits[1] >= grown.tips[1])
      // What blocked lithium goes on to do so: its width across the flux does not fall.
      #expect(ends(grown).front.y - ends(grown).back.y >= ends(crack).front.y - ends(crack).back.y - 1e-15)
      crack = grown
      inclinations.append(crack.inclination)
    }
    #expect(zip(inclinations, inclinations.dropFirst()).allSatisfy { $0 <= $1 + 1e-12 })
    #expect(inclinations.last! > 1.2 && inclinations.last! < .pi / 2)
  }

  /// A branch ends at the crack that lies across its way, and at the side of its column.
  @Test func branchesEndAtCracksAndSides() throws {
    let p = parameters()
    let observation = observation(layers: 0, p, xx: 400e6)
    let start = flaw(.pi / 4, observation)
    // Layers along Y: the front goes toward growing Y, where a wall stands 1 um on.
    let front = ends(start).front
    let wall = Crack(
      x: front.x, y: front.y + 1e-6, inclination: .pi / 2, tips: SIMD2(2e-6, 2e-6), limits: SIMD2(2e-6, 2e-6))
    var damage = Damage(cracks: [start, wall], patches: [])
    let growth = CrackGrowth(parameters: p)
    for _ in 0..<30 { damage = try growth.advance(damage, observation) }
    let end = ends(damage.cracks[0]).front
    #expect(abs(end.y - wall.y) < 1e-9, "\(end) \(wall.y)")
    // The side of the only column is where its period begins: the other tip comes to it.
    #expect(abs(ends(damage.cracks[0]).back.y) < 1e-9)
  }
}

import CellPhysics
import Foundation
import Testing

@testable import CellModel
@testable import CycleLife

/// Cracks that come upon the boundary between two crystals of a column, cycle after cycle.
@Suite struct CrackDeflections {
  /// The crystals meet in this depth, m: layers along X above, along Y below, which the crack has to cut.
  private let boundary = 5e-6

  /// How deep a crack along X gets in four cycles of 1 GPa, where the crystal ahead has so many times the toughness of
  /// the boundary.
  private func depth(toughnessRatio: Double, degrees: Double = 0) throws -> Double {
    let p = smallScenario(cycles: 1) {
      $0[.filmThickness] = 10e-6
      $0[.boundaryToughness] = 0.5e6
      // Layers so tough that a crack that has passed does not turn onto them.
      $0[.cleavageToughness] = 0.51 * toughnessRatio * 0.5e6
      $0[.fractureToughness] = toughnessRatio * 0.5e6
    }.parameters
    let section = Microstructure(columns: [
      .init(
        start: 0, end: p[.filmWidth],
        grains: [.init(end: boundary, angle: 0), .init(end: .infinity, angle: .pi / 2)])
    ])
    let mesh = section.mesh(parameters: p)
    func field(_ stress: Double) -> StressField {
      let (none, all) = (
        [Double](repeating: 0, count: mesh.cellCount), [Double](repeating: stress, count: mesh.cellCount)
      )
      let faces = [Double](repeating: 0, count: mesh.yCount)
      return StressField(
        xx: none, yy: all, xy: none, zz: none, interfaceNormal: faces, interfaceShear: faces,
        outOfPlaneStrain: 0)
    }
    let observation = CycleObservation(stresses: [field(0), field(1e9)], mesh: mesh, microstructure: section)
    var crack = Crack(
      x: 3e-6, y: 0.4 * p[.filmWidth], inclination: .pi / 2, tips: SIMD2(0.5e-6, 0.5e-6), limits: .zero)
    for tip in 0..<2 {
      crack.limits[tip] =
        section.obstacle(to: crack, tip: tip, from: 0, thickness: p[.filmThickness]).distance
    }
    #expect(abs(crack.limits[1] - (boundary - crack.x)) < 1e-12)
    var damage = Damage(cracks: [crack], patches: [])
    let growth = CrackGrowth(parameters: p)
    for _ in 0..<4 { damage = try growth.advance(damage, observation) }
    return damage.cracks[0].x + damage.cracks[0].tips[1]
  }

  /// The ratios are those of energies, G = K^2 / E: a boundary takes the crack above 4 and lets it pass below.
  ///
  /// Of stress intensities the limit is 2, so that a ratio of 2.5 in K, 6.25 in energy, deflects as well.
  @Test(arguments: [(10.0, true), (6.25, true), (4.01, true), (3.99, false), (2.5, false), (1, false)])
  func aBoundaryTakesTheCrackOrLetsItPass(energyRatio: Double, isDeflected: Bool) throws {
    let depth = try depth(toughnessRatio: energyRatio.squareRoot())
    if isDeflected {
      #expect(abs(depth - boundary) < 1e-12)
    } else {
      #expect(depth > boundary + 1e-6)
    }
  }
}

import CellModel
import CellPhysics
import Foundation
import Numerics

/// All lasting change of a cell: what the mechanisms advance and the cell feels.
public struct Damage: Sendable, Equatable, Codable {
  /// The cracks, in the order in which their flaws were drawn, then in that in which others began.
  public var cracks: [Crack]
  /// The patches of the interface, along Y.
  public var patches: [InterfacePatch]
  /// Resistance of the interphase per true area, ohm m2.
  public var interphaseResistance = 0.0

  /// Total length of all cracks, m.
  public var crackLength: Double { cracks.reduce(0) { $0 + $1.length } }

  /// Share of the interface that touched the electrolyte once and has debonded.
  public var debondedShare: Double {
    let width = patches.reduce(0) { $0 + $1.end - $1.start }
    return patches.reduce(0) { $0 + ($1.end - $1.start) * $1.initialContact * $1.debonded }
      / max(width, 1e-12)
  }

  /// The mean share of its toughness that fatigue has taken from what is bonded; 0 where nothing is.
  public var interfaceFatigue: Double {
    let bonded = patches.map { ($0.end - $0.start) * $0.bondedShare }
    return zip(patches, bonded).reduce(0) { $0 + $1.1 * $1.0.fatigue } / max(bonded.reduce(0, +), 1e-12)
  }

  /// Sum of squared half-lengths over `area`, projected parallel and perpendicular to the collector.
  public func crackDensity(area: Double) -> (parallel: Double, perpendicular: Double) {
    var density = (parallel: 0.0, perpendicular: 0.0)
    for crack in cracks {
      let square = crack.halfLength * crack.halfLength / area
      density.parallel += square * crack.normal.x * crack.normal.x
      density.perpendicular += square * crack.normal.y * crack.normal.y
    }
    return density
  }
}

/// A patch of the interface, the unit in which it debonds.
public struct InterfacePatch: Sendable, Equatable, Codable {
  /// Where the patch begins and ends in plane, m.
  public var start: Double
  public var end: Double
  /// Share of the patch that touched the electrolyte before cycling.
  public var initialContact: Double
  /// Share of that part that has debonded, 0 to 1.
  public var debonded: Double
  /// Share of its toughness that fatigue has taken from the rest, 0 to 1.
  public var fatigue = 0.0
  /// Toughness of this patch over the mean toughness.
  public var toughness: Double
}

extension Damage {
  /// The flaws and the interface of an assembled cell, drawn from the run's random streams.
  public init(parameters p: ParameterSet, microstructure: Microstructure, seed: UInt64) {
    cracks = Damage.drawFlaws(p, microstructure, seed)
    let toughness = RandomStream(seed: seed, name: "interface toughness")
    patches = microstructure.patches(length: p[.patchLength]).map { start, end in
      InterfacePatch(
        start: start, end: end, initialContact: microstructure.isInContact(at: 0.5 * (start + end)) ? 1 : 0,
        debonded: 0,
        toughness: toughness.weibull(
          scale: 1 / tgamma(1 + 1 / p[.toughnessModulus]), modulus: p[.toughnessModulus]))
    }
  }

  private static func drawFlaws(_ p: ParameterSet, _ microstructure: Microstructure, _ seed: UInt64)
    -> [Crack]
  {
    func stream(_ name: String) -> RandomStream { RandomStream(seed: seed, name: name) }
    let (number, position, length, direction) = (
      stream("flaw number"), stream("flaw position"), stream("flaw length"), stream("flaw direction")
    )
    let count = number.poisson(mean: p[.flawDensity] * p[.filmThickness] * p[.filmWidth])
    return (0..<count).compactMap { _ in
      let x = position.uniform() * p[.filmThickness]
      let y = position.uniform() * p[.filmWidth]
      let isCleavage = direction.uniform() < p[.cleavageFraction]
      let misalignment = direction.gaussian(standardDeviation: p[.cleavageMisalignment])
      let random = p[.flawInclination] + p[.flawInclinationSpread] * (2 * direction.uniform() - 1)
      let half = length.lognormal(median: p[.flawHalfLength], logDeviation: p[.flawSpread])
      // Drawn with the others, so that these stay the same.
      guard let angle = microstructure.crystalAngle(at: SIMD2(x, y)) else { return nil }
      // A (003) plane is normal to the c axis: its trace makes 90 degrees plus the crystal angle with Y.
      let inclination = isCleavage ? angle + .pi / 2 + misalignment : random
      var crack = Crack(x: x, y: y, inclination: inclination, tips: .zero, limits: .zero)
      for tip in 0..<2 {
        crack.limits[tip] =
          microstructure.obstacle(to: crack, tip: tip, from: 0, thickness: p[.filmThickness]).distance
      }
      crack.tips = pointwiseMin(SIMD2(half, half), crack.limits)
      return crack
    }
  }
}

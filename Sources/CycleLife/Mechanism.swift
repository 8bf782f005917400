import CellModel
import CellPhysics

/// A cause of degradation, advanced cycle by cycle.
///
/// A mechanism owns one part of ``Damage`` and leaves the others alone. It is the identity when its
/// rate is zero; its damage stays within its bounds, and grows only, but for what heals.
///
/// Stresses hold until some damage has changed them. So every mechanism first says how far they hold for it, and then
/// all advance as far as the shortest answer.
public protocol DegradationMechanism: Sendable {
  /// The name that scenarios and records use.
  static var identifier: String { get }
  /// Creates the mechanism with the parameters it needs.
  init(parameters: ParameterSet)
  /// The share of a cycle, `limit` at most, after which the damage will have changed the stresses observed; zero when
  /// something happens at once.
  func span(_ damage: Damage, _ observation: CycleObservation, limit: Double) throws -> Double
  /// The damage after a share of a cycle in which `observation` was made, no longer than ``span(_:_:limit:)`` says.
  ///
  /// Without time, at a span of zero, only what happens at once does, and a part of it: stresses are observed again.
  func advance(_ damage: Damage, _ observation: CycleObservation, span: Double) throws -> Damage
  /// Takes back what this mechanism did since `pristine`.
  static func restore(_ damage: inout Damage, to pristine: Damage)
}

extension DegradationMechanism {
  /// The whole limit: nothing that the mechanism does changes stresses before it is over.
  public func span(_ damage: Damage, _ observation: CycleObservation, limit: Double) throws -> Double {
    limit
  }

  /// The damage after a whole cycle in which the stresses stay those observed.
  package func advance(_ damage: Damage, _ observation: CycleObservation) throws -> Damage {
    var (result, left) = (damage, 1.0)
    while left > 0 {
      let span = try span(result, observation, limit: left)
      result = try advance(result, observation, span: span)
      left -= span
    }
    return result
  }
}

/// All mechanisms, in the order of columns and figures; results do not depend on it.
public enum Mechanisms {
  static let all: [any DegradationMechanism.Type] = [
    CrackGrowth.self, InterfaceDebonding.self, InterphaseGrowth.self,
  ]

  /// Their names, in that order.
  public static var identifiers: [String] { all.map { $0.identifier } }
}

/// What the mechanisms are told of a cycle.
public struct CycleObservation: Sendable {
  /// Averaged stresses at the states of the cycle that matter, in the order of time.
  public internal(set) var stresses: [StressField] = []
  /// Normal and shear separation of the bond on each in-plane face of the interface at the same states, m.
  public internal(set) var separations: [[SIMD2<Double>]] = []
  /// Intensities of the resolved cracks at the same states, crack by crack; empty when no crack is resolved.
  public internal(set) var intensities: [[ResolvedCracks.TipIntensities?]] = []
  /// The cracks for which they hold.
  var cracks: [Crack] = []
  /// The mesh on which the stresses are given.
  public let mesh: Mesh
  /// What the film is made of; without it cracks stay in their crystals.
  let microstructure: Microstructure?
  /// Where cracks can begin; without them none do.
  var sites: NucleationSites?
  /// Time since the start of the run at the end of the cycle, s.
  public internal(set) var time: Double
  /// Time of the cycle, each moment counted by the share of a debonded patch that its pressure presses back, s.
  public internal(set) var pressedTime = 0.0

  package init(
    stresses: [StressField] = [], mesh: Mesh, microstructure: Microstructure? = nil, time: Double = 0
  ) {
    self.stresses = stresses
    self.mesh = mesh
    self.microstructure = microstructure
    self.time = time
  }

  /// What was observed in one of the states alone.
  func only(_ state: Int) -> CycleObservation {
    var result = self
    result.stresses = [stresses[state]]
    result.separations = separations.isEmpty ? [] : [separations[state]]
    result.intensities = intensities.isEmpty ? [] : [intensities[state]]
    return result
  }
}

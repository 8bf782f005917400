import CellModel
import CellPhysics

/// A cause of degradation, advanced cycle by cycle.
///
/// A mechanism owns one part of ``Damage`` and leaves the others alone. It is the identity when its
/// rate is zero; its damage grows only, within its bounds.
public protocol DegradationMechanism: Sendable {
  /// The name that scenarios and records use.
  static var identifier: String { get }
  /// Creates the mechanism with the parameters it needs.
  init(parameters: ParameterSet)
  /// The damage after one more cycle, or a share of it, in which `observation` was made.
  ///
  /// - Parameter span: the share of a cycle to advance. A mechanism whose damage changes the stresses before that
  ///   is over shortens it, to zero when something happens at once; those after it advance as far as it did.
  func advance(_ damage: Damage, _ observation: CycleObservation, span: inout Double) throws -> Damage
  /// Takes back what this mechanism did since `pristine`.
  static func restore(_ damage: inout Damage, to pristine: Damage)
}

extension DegradationMechanism {
  /// The damage after a whole cycle in which the stresses stay those observed.
  package func advance(_ damage: Damage, _ observation: CycleObservation) throws -> Damage {
    var (result, left) = (damage, 1.0)
    while left > 0 {
      var span = left
      result = try advance(result, observation, span: &span)
      left -= span
    }
    return result
  }
}

/// All mechanisms, in the order in which they act: that which shortens a span is the first.
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
  public let time: Double

  package init(
    stresses: [StressField] = [], mesh: Mesh, microstructure: Microstructure? = nil, time: Double = 0
  ) {
    self.stresses = stresses
    self.mesh = mesh
    self.microstructure = microstructure
    self.time = time
  }
}

import CellModel
import CellPhysics

/// A cause of degradation, advanced once per cycle.
///
/// A mechanism owns one part of ``Damage`` and leaves the others alone. It is the identity when its
/// rate is zero; its damage grows only, within its bounds.
public protocol DegradationMechanism: Sendable {
  /// The name that scenarios and records use.
  static var identifier: String { get }
  /// Creates the mechanism with the parameters it needs.
  init(parameters: ParameterSet)
  /// The damage after one more cycle in which `observation` was made.
  func advance(_ damage: Damage, _ observation: CycleObservation) throws -> Damage
}

/// All mechanisms, in the order in which they act.
public enum Mechanisms {
  static let all: [any DegradationMechanism.Type] = [CrackGrowth.self, InterfaceDebonding.self]
}

/// What the mechanisms are told of a cycle.
public struct CycleObservation: Sendable {
  /// Averaged stresses at the states of the cycle that matter, in the order of time.
  public internal(set) var stresses: [StressField] = []
  /// The mesh on which the stresses are given.
  public let mesh: Mesh

  package init(stresses: [StressField] = [], mesh: Mesh) {
    self.stresses = stresses
    self.mesh = mesh
  }
}

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
  /// Takes back what this mechanism did since `pristine`.
  static func restore(_ damage: inout Damage, to pristine: Damage)
}

/// All mechanisms, in the order in which they act.
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
  /// The mesh on which the stresses are given.
  public let mesh: Mesh
  /// Time since the start of the run at the end of the cycle, s.
  public let time: Double

  package init(stresses: [StressField] = [], mesh: Mesh, time: Double = 0) {
    self.stresses = stresses
    self.mesh = mesh
    self.time = time
  }
}

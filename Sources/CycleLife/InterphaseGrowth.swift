import CellPhysics

/// Growth of the interphase between cathode and electrolyte; law: ``CellPhysics/Interphase``.
public struct InterphaseGrowth: DegradationMechanism {
  public static let identifier = "interphase"

  private let growth: Double

  public init(parameters p: ParameterSet) { growth = p[.interphaseGrowth] }

  public func advance(_ damage: Damage, _ observation: CycleObservation, span: Double) -> Damage {
    var result = damage
    result.interphaseResistance = Interphase.resistance(growth: growth, time: observation.time)
    return result
  }

  public static func restore(_ damage: inout Damage, to pristine: Damage) {
    damage.interphaseResistance = pristine.interphaseResistance
  }
}

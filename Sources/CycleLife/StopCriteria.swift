import CellPhysics
import Foundation

/// What ends a run before all its cycles are done, each looked at after every cycle; nil for never.
public struct StopCriteria: Sendable, Equatable {
  /// A discharge capacity by mass of active material in C/kg, or by geometric area in C/m2.
  public enum Capacity: Sendable, Equatable {
    case perMass(Double)
    case perArea(Double)
  }

  /// Share of the first cycle's measured discharge capacity below which the run stops.
  public var retention: Double?
  /// Discharge capacity below which it stops.
  public var capacity: Capacity?
  /// Share of the interface in contact below which it stops.
  public var contactFraction: Double?
  /// Total length of the cracks beyond which it stops, m.
  public var crackLength: Double?
  /// Time that a process may compute, s.
  ///
  /// The caller sees to it: what has passed depends on the machine, and a run that it stops is not at its end.
  public var wallTime: Double?

  public init() {}

  /// The end of a run that meets a criterion in the cycle of `record`; nil for one that goes on.
  func outcome(_ record: CycleRecord, _ state: RunState, _ activeMassPerArea: Double) -> RunOutcome? {
    let capacity = record.dischargeCapacity
    func text(_ value: Double, _ unit: String) -> String {
      String(format: "%.4g ", Unit(unit)!.fromSI(value)) + unit
    }
    func percent(_ share: Double) -> String { String(format: "%.4g %%", 100 * share) }
    func stopped(_ reason: String) -> RunOutcome { .stopped(cycle: record.cycle, reason: reason) }
    if let retention, let first = state.firstDischargeCapacity, capacity < retention * first {
      return stopped(
        "retention \(percent(capacity / first)) is below \(percent(retention)) (run.stop at.retention)")
    }
    switch self.capacity {
    case .perMass(let least) where capacity / activeMassPerArea < least:
      let found = text(capacity / activeMassPerArea, "mAh/g")
      return stopped("capacity \(found) is below \(text(least, "mAh/g")) (run.stop at.capacity)")
    case .perArea(let least) where capacity < least:
      let found = text(capacity, "mAh/cm2")
      return stopped("capacity \(found) is below \(text(least, "mAh/cm2")) (run.stop at.capacity)")
    default: break
    }
    if let contactFraction, record.contactFraction < contactFraction {
      return stopped(
        "contact fraction \(percent(record.contactFraction)) is below \(percent(contactFraction)) "
          + "(run.stop at.contact fraction)")
    }
    if let crackLength, record.crackLength > crackLength {
      return stopped(
        "crack length \(text(record.crackLength, "um")) is above \(text(crackLength, "um")) "
          + "(run.stop at.crack length)")
    }
    return nil
  }
}

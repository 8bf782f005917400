import CellModel
import CellPhysics
import Foundation

/// What ends every step, whatever its own limits are.
///
/// A step with a `for` lasts no longer than that. Any other may last ``Scenario/longestStep``; one of constant current
/// or power may last twice the time in which it passes the nominal capacity, where that is longer. A step that charges
/// or discharges stays within ``voltageWindow``, as a cycler's safety limits would have it. A step that comes to such
/// a bound before any limit of its own cannot be carried out: the run ends, and says so.
///
/// A limit that is met at the first moment of a step ends it there: such a step is passed over.
extension Scenario {
  /// Voltages against Li, V, between which steps charge and discharge: beyond them no law of the cell means anything.
  public static let voltageWindow = 0.0...5.0

  /// The longest that a step may last, s.
  public func longestDuration(of step: ProtocolStep) -> Double {
    let durations = step.ends.compactMap { if case .duration(let seconds) = $0 { seconds } else { nil } }
    if let duration = durations.min() { return duration }
    switch step.control {
    case .current(let density) where density != 0:
      return max(longestStep, 2 * parameters[.nominalCapacity] / abs(density))
    case .power(let density) where density != 0:
      // At the largest voltage of the window, at which the current is least.
      let highest = Scenario.voltageWindow.upperBound - parameters[.counterPotential]
      return max(longestStep, 2 * parameters[.nominalCapacity] * highest / abs(density))
    default: return longestStep
    }
  }

  /// Everything that ends a step in the terms of the cell, its own limits first.
  func limits(of step: ProtocolStep) -> [CellModel.Limit] {
    let window = Scenario.voltageWindow
    var limits = step.ends.map(\.limit) + [.duration(longestDuration(of: step))]
    switch step.drive {
    case nil:
      // A profile may charge and discharge.
      limits += [window.lowerBound, window.upperBound].map {
        .terminalVoltage($0 - parameters[.counterPotential])
      }
    case .insertionCurrent(let inserting) where inserting != 0,
      .deliveredPower(let inserting) where inserting != 0:
      let bound = inserting > 0 ? window.lowerBound : window.upperBound
      limits.append(.terminalVoltage(bound - parameters[.counterPotential]))
    default: break
    }
    return limits
  }

  /// Throws ``StepInfeasible`` unless a step was ended by one of its own limits.
  func check(_ step: ProtocolStep, endedBy reached: CellModel.Limit, in state: CellState)
    throws(StepInfeasible)
  {
    guard !step.ends.contains(where: { $0.limit == reached }) else { return }
    let vsLi = state.terminalVoltage + parameters[.counterPotential]
    let current = String(format: " and %.3g mA/cm2", Unit("mA/cm2")!.fromSI(-state.insertionCurrent))
    let place =
      String(format: "%.3f V (%.3f V vs Li)", state.terminalVoltage, vsLi)
      + (step.control == .rest ? "" : current)
    switch reached {
    case .duration(let seconds):
      let hours = String(format: "%.4g", seconds / 3600)
      throw StepInfeasible(
        step: step.text,
        reason: "it reached none of its limits within \(hours) h, and stood at \(place); "
          + "run.longest step allows more, and 'for' ends it after a time")
    default:
      let window = Scenario.voltageWindow
      throw StepInfeasible(
        step: step.text,
        reason:
          "it left the window from \(Int(window.lowerBound)) to \(Int(window.upperBound)) V vs Li before it "
          + "reached a limit, and stood at \(place)")
    }
  }
}

/// A step of the protocol that cannot be carried out.
struct StepInfeasible: Error, Equatable {
  let step: String
  let reason: String
}

extension CycleRunner {
  /// The outcome of a cycle that delivered no charge to speak of, with its cause.
  func nothingDelivered(_ record: CycleRecord, _ end: CellState) -> RunOutcome? {
    let nominal = scenario.parameters[.nominalCapacity]
    guard record.dischargeCapacity < 1e-4 * nominal else { return nil }
    guard let discharge = scenario.protocolSteps.first(where: \.isDischarge) else { return nil }
    let current: Double
    switch discharge.control {
    case .current(let density): current = -density
    // About the least that the power asks for.
    case .power(let power): current = -power / max(end.terminalVoltage, 1)
    case .profile(let profile): current = -(profile.points.map(\.current).min() ?? 0)
    case .voltage, .rest: return nil
    }
    let cell = cells[discharge]
    let drop = String(format: "%.2g", cell.ohmicDrop(insertionCurrent: current))
    let transfer = String(format: "%.2g", cell.kineticDrop(end, insertionCurrent: current))
    return .infeasible(
      cycle: record.cycle, step: discharge.text,
      reason: "cutoff reached at once: the ohmic drop alone is \(drop) V, charge transfer takes \(transfer) V"
    )
  }
}

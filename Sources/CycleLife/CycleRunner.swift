// REPLACED
import CellPhysics
import Foundation

/// Temporary: made-up cycles that exercise the writers, the figure and the command line.
public struct CycleRunner {
  /// Mass of active material per geometric area, kg/m2.
  public let activeMassPerArea: Double
  private let scenario: Scenario

  public init(_ scenario: Scenario) throws {
    self.scenario = scenario
    activeMassPerArea = scenario.parameters[.density] * scenario.parameters[.filmThickness]
  }

  public mutating func run(into sink: inout some RunSink) throws -> RunOutcome {
    var passed = (charge: 0.0, discharge: 0.0)
    var time = 0.0
    for cycle in 1...scenario.cycles {
      let fade = exp(-0.006 * Double(cycle - 1))
      var record = CycleRecord()
      record.cycle = cycle
      record.dischargeCapacity = 310 * activeMassPerArea * 1000 * fade
      record.chargeCapacity = record.dischargeCapacity * (cycle == 1 ? 1.12 : 1.0006)
      record.chargeEnergy = record.chargeCapacity * 3.4
      record.dischargeEnergy = record.dischargeCapacity * 3.1
      record.meanDischargeVoltageVsLi = 3.72
      record.contactFraction = fade
      record.crackCount = 280
      record.crackLength = 2e-4
      record.peakTensileStress = 1.4e8
      record.peakStressSite = "column boundary"
      for (index, current) in [15.5, -15.5].enumerated() {
        for sample in 0...20 {
          if sample > 0 { time += 90 }
          if sample > 0, current > 0 { passed.charge += record.chargeCapacity / 20 }
          if sample > 0, current < 0 { passed.discharge += record.dischargeCapacity / 20 }
          try sink.record(
            TimeSample(
              time: time, cycle: cycle, step: 2 * cycle + index - 1, currentDensity: current,
              terminalVoltage: 3.2, chargePassed: passed.charge, dischargePassed: passed.discharge,
              meanContent: 0.8, pressure: scenario.parameters[.stackPressure]))
        }
      }
      try sink.record(record)
    }
    return .finished(cycles: scenario.cycles)
  }
}

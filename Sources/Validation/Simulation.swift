import CellPhysics
import CycleLife
import Foundation
import Synchronization

import struct CellPhysics.Unit

/// One thing to simulate: a cell, and what is done with it.
struct Simulation: Sendable, Equatable {
  enum Experiment: Sendable, Equatable {
    /// Runs the scenario.
    case cycle
    /// Measures the effective diffusivity of the cell as it is assembled, at a lithium content.
    case effectiveDiffusivity(content: Double)
  }

  var scenario: Scenario
  var experiment: Experiment

  /// Carries it out; throws `NumericalError`, `SolverFailure` or ``SimulationFailure``.
  func observe() throws -> Observation {
    var runner = try CycleRunner(scenario)
    let composite = scenario.composite
    var observation = Observation(
      density: composite?.density ?? runner.activeMassPerArea / scenario.parameters[.filmThickness],
      activeShare: composite?.activeWeight ?? 1)
    switch experiment {
    case .effectiveDiffusivity(let content):
      observation.effectiveDiffusivity = try runner.effectiveDiffusivity(content: content)
    case .cycle:
      var recording = Recording()
      let outcome = try runner.run(into: &recording)
      // A cell whose limit is reached at once has a record all the same: it delivers nothing.
      guard let record = recording.record else {
        // Nor does a composite without a way for ions; it cannot even begin.
        guard composite?.isConnected == false else { throw SimulationFailure(reason: outcome.reason) }
        observation.capacity = 0
        return observation
      }
      observation.capacity = record.dischargeCapacity / runner.activeMassPerArea
      if let first = recording.first, case .finished = outcome {
        observation.retention = record.dischargeCapacity / first.dischargeCapacity
      }
      observation.meanVoltage = record.meanDischargeVoltageVsLi
      observation.transportLoss = record.transportLoss
      observation.kineticsLoss = record.kineticsLoss
      let counter = scenario.parameters[.counterPotential]
      observation.curve = recording.samples.map {
        (capacity: $0.dischargePassed / runner.activeMassPerArea, voltage: $0.terminalVoltage + counter)
      }
    }
    return observation
  }

  private struct Recording: RunSink {
    var first: CycleRecord?
    var record: CycleRecord?
    /// The discharge of the last cycle.
    var samples: [TimeSample] = []
    mutating func record(_ sample: TimeSample) {
      if sample.cycle != samples.last?.cycle { samples = [] }
      if sample.currentDensity < 0 { samples.append(sample) }
    }
    mutating func record(_ cycle: CycleRecord) {
      first = first ?? cycle
      record = cycle
    }
  }
}

/// What a simulation showed, in SI units; not a number where it says nothing of a quantity.
struct Observation: Sendable {
  /// Density of the cathode, pores included, kg/m3.
  var density: Double
  /// Share of its mass that is active.
  var activeShare = 1.0
  /// Discharge capacity per mass of active material, C/kg.
  var capacity = Double.nan
  /// That of the last cycle over that of the first, of runs that come to their end.
  var retention = Double.nan
  /// Mean discharge voltage against Li, V.
  var meanVoltage = Double.nan
  /// What transport and what kinetics left unfilled, in lithium content.
  var transportLoss = Double.nan
  var kineticsLoss = Double.nan
  /// Effective diffusivity through the thickness, m2/s.
  var effectiveDiffusivity = Double.nan
  /// The discharge: capacity in C/kg and voltage against Li in V.
  var curve: [(capacity: Double, voltage: Double)] = []

  /// Discharge capacity in mAh/g.
  var capacityPerGram: Double { Unit("mAh/g")!.fromSI(capacity) }
  /// Energy of the discharge per mass of cathode, Wh/kg.
  var energyPerMass: Double { activeShare * capacityPerGram * meanVoltage }
  /// The same per volume of cathode, Wh/L.
  var energyPerVolume: Double { energyPerMass * Unit("g/cm3")!.fromSI(density) }
}

/// Why there is no observation.
public struct SimulationFailure: Error, CustomStringConvertible {
  public let reason: String
  public var description: String { reason }

  init(reason: String) { self.reason = reason }
  init(_ error: any Error) { reason = "\(error)" }
}

extension [Simulation] {
  /// Carries all out, equal ones once, on several threads; the results in the order of the simulations.
  ///
  /// - Parameter progress: told how many of how many distinct simulations are done.
  func observe(jobs: Int, progress: @Sendable (Int, Int) -> Void = { _, _ in })
    -> [Result<Observation, SimulationFailure>]
  {
    var distinct: [Simulation] = []
    let places = map { simulation in
      if let place = distinct.firstIndex(of: simulation) { return place }
      distinct.append(simulation)
      return distinct.count - 1
    }
    let work = distinct
    let done = Atomic(0)
    // A failure is a result like any other, so that nothing is thrown and the other cases go on.
    let results = try? ParallelCases.map(
      work.count, jobs: jobs,
      finished: { _, _ in progress(done.wrappingAdd(1, ordering: .relaxed).newValue, work.count) }
    ) { index -> Result<Observation, SimulationFailure> in
      do { return .success(try work[index].observe()) } catch { return .failure(SimulationFailure(error)) }
    }
    return places.map { results![$0] }
  }
}

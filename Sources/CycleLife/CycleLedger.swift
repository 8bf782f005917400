import CellModel

/// The accounts of a run: what passed in the current cycle, and since the start.
struct CycleLedger {
  /// Time spent in steps of the current cycle that hold a voltage, s.
  var holdTime = 0.0

  private var cycle = 0
  private var storedAtStart = 0.0
  private var workAtStart = WorkCount()
  private var insertedAtStart = 0.0
  private var previous: (charge: Double, energy: Double) = (0, 0)
  /// Charge in C/m2 and energy in J/m2 of the current cycle.
  private var charge = (passed: 0.0, energy: 0.0)
  private var discharge = (passed: 0.0, energy: 0.0)
  /// Charge since the start of the run, C/m2.
  private var total = (charge: 0.0, discharge: 0.0)
  private var contentExcess = 0.0
  private var contents = (minimum: Double.infinity, maximum: -Double.infinity)

  /// Opens the books of a cycle.
  ///
  /// - Parameter stored: lithium in the cathode as charge, C/m2.
  mutating func open(cycle: Int, stored: Double, work: WorkCount) {
    self.cycle = cycle
    storedAtStart = stored
    workAtStart = work
    insertedAtStart = previous.charge
    holdTime = 0
    contentExcess = 0
    charge = (0, 0)
    discharge = (0, 0)
    contents = (.infinity, -.infinity)
  }

  /// Books what passed since the last state.
  mutating func add(_ state: CellState, content: Double, excess: Double) {
    contentExcess = max(contentExcess, excess)
    let passed = state.insertedCharge - previous.charge
    let energy = state.deliveredEnergy - previous.energy
    if passed >= 0 {
      discharge.passed += passed
      discharge.energy += energy
      total.discharge += passed
    } else {
      charge.passed -= passed
      charge.energy -= energy
      total.charge -= passed
    }
    contents = (min(contents.minimum, content), max(contents.maximum, content))
    previous = (state.insertedCharge, state.deliveredEnergy)
  }

  /// A row of the time series.
  func sample(_ state: CellState, content: Double, step: Int, pressure: Double) -> TimeSample {
    TimeSample(
      time: state.time, cycle: cycle, step: step, currentDensity: -state.insertionCurrent,
      terminalVoltage: state.terminalVoltage, chargePassed: total.charge, dischargePassed: total.discharge,
      meanContent: content, pressure: pressure)
  }

  /// Closes the books: the electrochemical part of the cycle's record.
  func close(stored: Double, work: WorkCount, counterPotential: Double) -> CycleRecord {
    var record = CycleRecord()
    record.cycle = cycle
    record.chargeCapacity = charge.passed
    record.dischargeCapacity = discharge.passed
    record.chargeEnergy = charge.energy
    record.dischargeEnergy = discharge.energy
    record.meanDischargeVoltageVsLi =
      discharge.passed > 0 ? discharge.energy / discharge.passed + counterPotential : .nan
    record.holdTime = holdTime
    record.minimumContent = contents.minimum
    record.maximumContent = contents.maximum
    record.contentExcess = contentExcess
    // Stored against passed, in relation to all the lithium there is.
    record.lithiumBalanceError =
      abs(stored - storedAtStart - (previous.charge - insertedAtStart)) / storedAtStart
    record.timeSteps = work.steps - workAtStart.steps
    record.newtonIterations = work.newtonIterations - workAtStart.newtonIterations
    record.factorizations = work.factorizations - workAtStart.factorizations
    record.solves = work.solves - workAtStart.solves
    return record
  }
}

extension ProtocolStep {
  /// What the step imposes on the cell.
  var drive: Drive {
    switch control {
    case .current(let density): .insertionCurrent(-density)
    case .voltage(let voltage): .terminalVoltage(voltage)
    case .rest: .insertionCurrent(0)
    }
  }
}

extension ProtocolStep.Limit {
  /// The limit in the terms of the cell.
  var limit: CellModel.Limit {
    switch self {
    case .voltage(let voltage): .terminalVoltage(voltage)
    case .current(let density): .currentMagnitude(density)
    case .duration(let seconds): .duration(seconds)
    }
  }
}

import CellModel

/// What passed since the start of a run: the accounts that go on from cycle to cycle.
struct ChargeTotals: Sendable, Equatable, Codable {
  /// Charge in C/m2 and energy in J/m2 of the state booked last.
  var inserted = 0.0
  var delivered = 0.0
  /// Charge passed while charging and discharging, C/m2.
  var charge = 0.0
  var discharge = 0.0
}

extension ChargeTotals {
  /// Books what passed in cycles that were not followed; the lithium in the cathode is what it was before them.
  mutating func skip(_ passed: Double) {
    charge += passed
    discharge += passed
  }
}

/// The accounts of one cycle, and what they add to those of the run.
struct CycleLedger {
  /// Time spent in steps that hold a voltage, s.
  var holdTime = 0.0
  /// What passed since the start of the run.
  private(set) var totals: ChargeTotals

  private let cycle: Int
  private let storedAtStart: Double
  private let workAtStart: WorkCount
  private let insertedAtStart: Double
  /// Charge in C/m2 and energy in J/m2 of the cycle.
  private var charge = (passed: 0.0, energy: 0.0)
  private var discharge = (passed: 0.0, energy: 0.0)
  private var contentExcess = 0.0
  private var contents = (minimum: Double.infinity, maximum: -Double.infinity)

  /// Opens the books of a cycle.
  ///
  /// - Parameter stored: lithium in the cathode as charge, C/m2.
  init(cycle: Int, stored: Double, work: WorkCount, totals: ChargeTotals) {
    self.cycle = cycle
    self.totals = totals
    storedAtStart = stored
    workAtStart = work
    insertedAtStart = totals.inserted
  }

  /// Books what passed since the last state.
  mutating func add(_ state: CellState, content: Double, excess: Double) {
    contentExcess = max(contentExcess, excess)
    let passed = state.insertedCharge - totals.inserted
    let energy = state.deliveredEnergy - totals.delivered
    if passed >= 0 {
      discharge.passed += passed
      discharge.energy += energy
      totals.discharge += passed
    } else {
      charge.passed -= passed
      charge.energy -= energy
      totals.charge -= passed
    }
    contents = (min(contents.minimum, content), max(contents.maximum, content))
    (totals.inserted, totals.delivered) = (state.insertedCharge, state.deliveredEnergy)
  }

  /// A row of the time series.
  func sample(_ state: CellState, content: Double, step: Int, temperature: Double, pressure: Double)
    -> TimeSample
  {
    TimeSample(
      time: state.time, cycle: cycle, step: step, temperature: temperature,
      currentDensity: -state.insertionCurrent,
      terminalVoltage: state.terminalVoltage, chargePassed: totals.charge, dischargePassed: totals.discharge,
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
      abs(stored - storedAtStart - (totals.inserted - insertedAtStart)) / storedAtStart
    record.timeSteps = work.steps - workAtStart.steps
    record.newtonIterations = work.newtonIterations - workAtStart.newtonIterations
    record.factorizations = work.factorizations - workAtStart.factorizations
    record.solves = work.solves - workAtStart.solves
    return record
  }
}

/// Which rows of a step the time series keeps: all without a period, else its first, its last and those in between.
struct RowsOfStep {
  private let period: Double?
  private let start: Double
  private var isFirst = true
  /// The row taken last, if it was not kept.
  private(set) var last: TimeSample?

  init(_ step: ProtocolStep, start: Double) {
    (period, self.start) = (step.period, start)
  }

  /// Returns a row that is kept.
  mutating func take(_ row: TimeSample) -> TimeSample? {
    defer { isFirst = false }
    let passed = row.time - start
    // Time steps end at multiples of the period to round-off, and no period is shorter than 1 ms.
    let isDue = period.map { abs(passed - (passed / $0).rounded() * $0) < 1e-6 } ?? true
    last = isDue || isFirst ? nil : row
    return last == nil ? row : nil
  }
}

extension ProtocolStep {
  /// What the step holds constant in the cell; nil for a profile.
  var drive: Drive? {
    switch control {
    case .current(let density): .insertionCurrent(-density)
    case .voltage(let voltage): .terminalVoltage(voltage)
    case .power(let density): .deliveredPower(-density)
    case .rest: .insertionCurrent(0)
    case .profile: nil
    }
  }

  /// All that ends the step as it is meant to: its limits, and the end of its profile.
  var ends: [Limit] {
    if case .profile(let profile) = control { limits + [.duration(profile.duration)] } else { limits }
  }
}

extension ElectrochemicalCell {
  /// Carries out a step until the first of `limits`, which it returns; throws what the solver throws.
  func carryOut(
    _ step: ProtocolStep, _ state: inout CellState, until limits: [CellModel.Limit],
    observe: (CellState) throws -> Void
  ) throws -> CellModel.Limit {
    if case .profile(let profile) = step.control {
      return try advance(
        &state, along: profile.reversed, until: limits, every: step.period, observe: observe)
    }
    return try advance(
      &state, drive: step.drive ?? .insertionCurrent(0), until: limits, every: step.period, observe: observe)
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

/// What is recorded of one cycle, in SI units per geometric electrode area.
public struct CycleRecord: Sendable, Equatable, Codable {
  /// The number of the cycle, from 1.
  public var cycle = 0
  /// Whether its lithium was followed; else it was skipped in a jump, and what damage does not tell is interpolated.
  public var isSimulated = true
  /// Charge passed while charging and discharging, C/m2.
  public var chargeCapacity = 0.0
  public var dischargeCapacity = 0.0
  /// Energy taken up and delivered at the terminals, J/m2.
  public var chargeEnergy = 0.0
  public var dischargeEnergy = 0.0
  /// Mean discharge voltage against Li (terminal voltage plus the counter electrode's potential), V.
  public var meanDischargeVoltageVsLi = 0.0
  /// Time spent in steps that hold a voltage, s.
  public var holdTime = 0.0
  /// Extremes over the cycle of the cathode's mean lithium content.
  public var minimumContent = 0.0
  public var maximumContent = 0.0
  /// What the last discharge to a voltage left unfilled when it ended, in lithium content.
  ///
  /// The parts of transport and of kinetics, defined with ``DischargeEnd``; not a number without such a
  /// discharge.
  public var transportLoss = Double.nan
  public var kineticsLoss = Double.nan
  /// Share of the interface in contact at the end of the cycle.
  public var contactFraction = 0.0
  /// Share of the interface that debonded in this cycle, less what healed.
  public var debondedShare = 0.0
  /// The mean share of its toughness that fatigue has taken from what is bonded at the end of the cycle.
  public var interfaceFatigue = 0.0
  /// Share of the crystal that has no way for electrons to the collector at the end of the cycle; not a number in
  /// one dimension.
  public var isolatedShare = 0.0
  /// Cracks, their total length in m, and their density (sum of squared half-lengths over the
  /// area) projected parallel and perpendicular to the collector, at the end of the cycle.
  public var crackCount = 0
  public var crackLength = 0.0
  /// Cracks that began in this cycle.
  public var nucleatedCracks = 0
  /// By how much cracks grew in this cycle, m: at once, above their toughness or as they began, and by fatigue.
  ///
  /// In the first cycle these are the cracks of formation.
  public var fracturedLength = 0.0
  public var fatiguedLength = 0.0
  public var crackDensityParallel = 0.0
  public var crackDensityPerpendicular = 0.0
  /// Effective diffusivity through the thickness at lithium content 0.95, m2/s.
  public var effectiveDiffusivity = 0.0
  /// Resistance of the interphase per true area at the end of the cycle, ohm m2.
  public var interphaseResistance = 0.0
  /// Largest averaged tensile principal stress of the cycle in Pa, where (m) and at what feature.
  public var peakTensileStress = 0.0
  public var peakStressX = 0.0
  public var peakStressY = 0.0
  public var peakStressSite = ""
  /// Largest stress intensity over toughness of any crack tip.
  public var peakKOverToughness = 0.0
  /// |change of stored lithium - charge passed / F| over the lithium inventory.
  public var lithiumBalanceError = 0.0
  /// Largest excursion of the lithium content of any node beyond [0, 1]: a discretisation error.
  public var contentExcess = 0.0
  /// Discharge capacity on this mesh over that on one with half the cell width and the same damage, less 1;
  /// nil in cycles that are not checked.
  public var meshError: Double?
  /// Whether forces balance, and whether the film could bear the stresses of the cycle.
  public var audit = StressAudit()
  /// What each mechanism took from the discharge capacity; nil in cycles where it was not asked for.
  public var attribution: LossAttribution?
  /// Work done: accepted time steps, Newton iterations, factorisations, and right-hand sides solved for in
  /// time steps and stress evaluations.
  public var timeSteps = 0
  public var newtonIterations = 0
  public var factorizations = 0
  public var solves = 0

  public init() {}

  /// Discharged over charged, in charge and in energy; not a number in a cycle that did not charge.
  public var coulombicEfficiency: Double { chargeCapacity > 0 ? dischargeCapacity / chargeCapacity : .nan }
  public var energyEfficiency: Double { chargeEnergy > 0 ? dischargeEnergy / chargeEnergy : .nan }
}

/// The lithium in the cathode when a discharge to a voltage ended.
///
/// The film could take up lithium until its open-circuit potential equals the cutoff, at the content x_c.
/// It ends at a mean content x_m, with a mean content x_s of the surface in contact. The loss x_c - x_m is
/// the sum of
///
///     transport: x_s - x_m        kinetics: x_c - x_s
///
/// The former is a gradient in the film, the latter what overpotential and resistance take from the voltage.
public struct DischargeEnd: Sendable, Equatable {
  /// Lithium content of each mesh cell; pores hold 0.
  public let contentOfCells: [Double]
  /// Share of each in-plane cell of the interface that was in contact.
  public let contactOfCells: [Double]
  /// Mean lithium content of the film, and of the surface weighted with its contact.
  public let meanContent: Double
  public let surfaceContent: Double
  /// The content at which the open-circuit potential equals the cutoff.
  public let cutoffContent: Double

  public var transportLoss: Double { surfaceContent - meanContent }
  public var kineticsLoss: Double { cutoffContent - surfaceContent }
}

/// One row of the time series, in SI units per geometric electrode area.
public struct TimeSample: Sendable, Equatable {
  /// Time since the start of the run, s.
  public var time: Double
  public var cycle: Int
  /// The number of the step since the start of the run, from 1; never reset.
  public var step: Int
  /// Temperature of the cell, K.
  public var temperature: Double
  /// Current density, positive when the cell is charged, A/m2.
  public var currentDensity: Double
  /// Voltage against the counter electrode, V.
  public var terminalVoltage: Double
  /// Charge passed since the start of the run while charging and while discharging, C/m2.
  public var chargePassed: Double
  public var dischargePassed: Double
  /// Mean lithium content of the cathode.
  public var meanContent: Double
  /// Applied stack pressure, Pa.
  public var pressure: Double

  public init(
    time: Double, cycle: Int, step: Int, temperature: Double, currentDensity: Double, terminalVoltage: Double,
    chargePassed: Double, dischargePassed: Double, meanContent: Double, pressure: Double
  ) {
    self.time = time
    self.cycle = cycle
    self.step = step
    self.temperature = temperature
    self.currentDensity = currentDensity
    self.terminalVoltage = terminalVoltage
    self.chargePassed = chargePassed
    self.dischargePassed = dischargePassed
    self.meanContent = meanContent
    self.pressure = pressure
  }
}

/// Takes what a run records; implemented where the files are written.
///
/// After each cycle comes its record, then the state it left; after a jump the records of all its cycles, then the
/// state that the last left.
public protocol RunSink {
  /// Takes one row of the time series.
  mutating func record(_ sample: TimeSample) throws
  /// Takes one finished cycle.
  mutating func record(_ cycle: CycleRecord) throws
  /// Takes the fields of a moment of the cycle whose record comes next, where the scenario asks for them.
  mutating func record(_ fields: FieldRecord) throws
  /// Takes the places of largest tension at the moments of that cycle.
  mutating func record(_ hotspots: [HotspotRecord]) throws
  /// Takes one row of the time series of a reference test, and one finished reference test; its cycle is the one
  /// that it follows, whose record comes before.
  mutating func record(reference sample: TimeSample) throws
  mutating func record(reference test: CycleRecord) throws
  /// Takes a state from which the run can be continued; everything up to it has been recorded.
  mutating func reach(_ state: RunState) throws
}

extension RunSink {
  /// Lets the fields go.
  public mutating func record(_ fields: FieldRecord) {}
  /// Lets the places go.
  public mutating func record(_ hotspots: [HotspotRecord]) {}
  /// Lets reference tests go.
  public mutating func record(reference sample: TimeSample) {}
  public mutating func record(reference test: CycleRecord) {}
  /// Lets the state go.
  public mutating func reach(_ state: RunState) {}
}

/// Why a run ended.
public enum RunOutcome: Sendable, Equatable, Codable {
  /// All cycles asked for were run.
  case finished(cycles: Int)
  /// The scenario asked to stop after this cycle.
  case stopped(cycle: Int, reason: String)
  /// A step of the protocol could not be carried out.
  case infeasible(cycle: Int, step: String, reason: String)

  /// The reason in words.
  public var reason: String {
    switch self {
    case .finished(let cycles): "all \(cycles) cycles done"
    case .stopped(let cycle, let reason): "stopped after cycle \(cycle): \(reason)"
    case .infeasible(let cycle, let step, let reason):
      "cycle \(cycle), step '\(step)': \(reason)"
    }
  }
}

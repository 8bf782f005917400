import CellModel
import CellPhysics

/// Everything that defines a run, in SI units: what a scenario file says once it is resolved.
public struct Scenario: Sendable, Equatable {
  /// One line that names the run in figures and tables.
  public var title: String
  /// The value of every parameter.
  public var parameters: ParameterSet
  /// What touches the cathode: whose defaults the parameters have.
  public var electrolyte: CathodeElectrolyte
  /// The material of the counter electrode: whose defaults the parameters have.
  public var counterElectrode = CounterElectrode.lithiumIndium
  /// What the crystals of the cathode are made of: whose defaults and potential the parameters have.
  public var material = CathodeMaterial.lithiumCobaltOxide
  /// How the active material is arranged.
  public var architecture = CathodeArchitecture.dense
  /// The image whose microstructure the film has; nil where it is drawn from the seed.
  public var image: SectionImage?
  /// In how many dimensions lithium is followed.
  public var fidelity: Fidelity
  /// The state in which the cathode is free of stress.
  public var stressFreeState: StressFreeState
  /// What one cycle consists of: steps, and blocks of them that repeat.
  public var protocolParts: [ProtocolPart]
  /// A reference test follows the first cycle and every so many; 0: none does.
  public var referenceInterval: Int
  /// What a reference test consists of.
  public var referenceParts: [ProtocolPart]
  /// The longest that a step without a duration of its own may last, s: see ``longestDuration(of:)``.
  public var longestStep: Double
  /// How many cycles to run.
  public var cycles: Int
  /// What ends the run before that.
  public var stopCriteria = StopCriteria()
  /// Seeds every random stream of the run.
  public var seed: UInt64
  /// The mesh is checked against a finer one in the first cycle and every so many; 0: never.
  public var meshCheckInterval: Int
  /// Cycles are skipped where their capacity is known to this relative error; nil: all are simulated.
  public var jumpTolerance: Double?
  /// What each mechanism costs is computed every so many cycles; 0: never.
  public var attributionInterval: Int
  /// Time series are kept of the first cycle, the last and every so many; 0: of those two.
  public var timeSeriesInterval: Int
  /// The cycles of which fields are recorded, ascending; those beyond the last cycle are not reached.
  public var fieldCycles: [Int]
  /// Capacities of a discharge in C/kg, ascending, at which the places of largest tension are recorded in those
  /// cycles; those beyond what is delivered are not reached.
  public var fieldCapacities: [Double]

  /// Creates a scenario; the defaults are those of the documentation.
  public init(
    title: String = "", parameters: ParameterSet = .defaults, electrolyte: CathodeElectrolyte = .halide,
    image: SectionImage? = nil, fidelity: Fidelity = .twoDimensional,
    stressFreeState: StressFreeState = .endOfFirstCharge, protocolSteps: [ProtocolStep],
    referenceInterval: Int = 0, referenceParts: [ProtocolPart] = [], longestStep: Double = 86_400,
    cycles: Int = 75, seed: UInt64 = 1, meshCheckInterval: Int = 0, attributionInterval: Int = 0,
    timeSeriesInterval: Int = 10,
    fieldCycles: [Int] = [], fieldCapacities: [Double] = [], architecture: CathodeArchitecture = .dense
  ) {
    self.title = title
    self.parameters = parameters
    self.electrolyte = electrolyte
    self.image = image
    self.fidelity = fidelity
    self.stressFreeState = stressFreeState
    protocolParts = protocolSteps.map { .step($0) }
    self.referenceInterval = referenceInterval
    self.referenceParts = referenceParts
    self.longestStep = longestStep
    self.cycles = cycles
    self.seed = seed
    self.meshCheckInterval = meshCheckInterval
    self.attributionInterval = attributionInterval
    self.timeSeriesInterval = timeSeriesInterval
    self.fieldCycles = fieldCycles
    self.fieldCapacities = fieldCapacities
    self.architecture = architecture
  }

  /// The table row of a parameter with the materials of the scenario.
  public func entry(_ parameter: Parameter) -> Parameter.Entry {
    material.rows[parameter]
      ?? (CounterElectrode.sets(parameter)
        ? counterElectrode.entry(parameter) : electrolyte.entry(parameter))
  }

  /// The steps of one cycle in their order, every repetition of a block among them.
  public var protocolSteps: [ProtocolStep] {
    get { protocolParts.flatMap(\.steps) }
    set { protocolParts = newValue.map { .step($0) } }
  }

  /// Whether a reference test follows a cycle.
  public func isReferenceTested(after cycle: Int) -> Bool {
    referenceInterval > 0 && (cycle == 1 || cycle % referenceInterval == 0)
  }

  /// The microstructure of the film; of a composite its depth alone.
  public var microstructure: Microstructure {
    if let composite {
      return Microstructure(columns: [Microstructure.Column(start: 0, end: composite.thickness, angle: 0)])
    }
    return image.map { Microstructure(image: $0) } ?? Microstructure(parameters: parameters, seed: seed)
  }

  /// What the composition makes of a composite cathode; nil for a dense one.
  public var composite: CompositeCathode? {
    architecture == .composite ? CompositeCathode(parameters) : nil
  }

  /// The parameters of the crystals and their surface: particles have no flaws that are followed, and surface as they
  /// have area.
  var surfaceParameters: ParameterSet {
    guard architecture == .composite else { return parameters }
    var result = parameters
    (result[.flawDensity], result[.roughness]) = (0, 0)
    return result
  }

  /// The mesh of a microstructure of this scenario.
  ///
  /// - Parameter parameters: those of the scenario, but for the numerics.
  func mesh(_ microstructure: Microstructure, _ p: ParameterSet) -> Mesh {
    composite.map {
      Mesh(particles: $0, patches: microstructure.patches(length: p[.patchLength]), parameters: p)
    } ?? microstructure.mesh(parameters: p)
  }

  /// How many cells the mesh of the section has.
  public var meshSize: Int { mesh(microstructure, parameters).cellCount }

  /// Whether the loss of capacity is attributed in a cycle.
  func isAttributed(_ cycle: Int) -> Bool { attributionInterval > 0 && cycle % attributionInterval == 0 }

  /// Whether the time series of a cycle is kept, also when it is not the last.
  public func keepsTimeSeries(_ cycle: Int) -> Bool {
    cycle == 1 || (timeSeriesInterval > 0 && cycle % timeSeriesInterval == 0)
  }

  /// Whether the mesh is checked in a cycle; in one dimension there is nothing in plane to resolve.
  func isMeshChecked(_ cycle: Int) -> Bool {
    guard meshCheckInterval > 0, fidelity == .twoDimensional else { return false }
    return cycle == 1 || cycle % meshCheckInterval == 0
  }
}

/// In how many dimensions the lithium of a scenario is followed; all else stays the same.
public enum Fidelity: String, Sendable, Equatable, CaseIterable {
  /// Through the thickness alone, by the laws of the homogenised film.
  case oneDimensional = "1D"
  /// In the section, with every column, crack and contact zone.
  case twoDimensional = "2D"
}

/// The state from which chemical strains are counted.
public enum StressFreeState: Sendable, Equatable {
  /// The lithium field at the end of the first charge, hold included: the end of the step of the first
  /// cycle that leaves the least lithium in the cathode.
  case endOfFirstCharge
  /// A uniform lithium content.
  case uniform(Double)
}

/// A part of a cycle.
public indirect enum ProtocolPart: Sendable, Equatable {
  case step(ProtocolStep)
  /// Parts that are carried out so many times, one after the other.
  case block(repetitions: Int, [ProtocolPart])

  /// The steps in their order.
  public var steps: [ProtocolStep] {
    switch self {
    case .step(let step): [step]
    case .block(let repetitions, let parts):
      Array([[ProtocolStep]](repeating: parts.flatMap(\.steps), count: repetitions).joined())
    }
  }

  /// The part on one line: a step as it is written, or `repeat 3: [Rest for 1 h; ...]`.
  public var text: String {
    switch self {
    case .step(let step): step.text
    case .block(let repetitions, let parts):
      "repeat \(repetitions): [\(parts.map(\.text).joined(separator: "; "))]"
    }
  }
}

/// One step of a cycle: what is controlled, and what ends it.
///
/// Current densities are per geometric area and positive when the cell is charged; voltages are
/// terminal voltages against the counter electrode.
public struct ProtocolStep: Sendable, Equatable {
  /// What the cycler imposes.
  public enum Control: Sendable, Equatable {
    /// A current density in A/m2, positive on charge.
    case current(Double)
    /// A terminal voltage in V.
    case voltage(Double)
    /// Terminal voltage times current density in W/m2, positive on charge.
    case power(Double)
    /// A current density that follows a measured course, positive on charge; the step ends with it.
    case profile(CurrentProfile)
    /// No current.
    case rest
  }

  /// Whether it holds a power.
  var isPower: Bool { if case .power = control { true } else { false } }

  /// Whether the step charges, at a constant current or power.
  public var charges: Bool {
    switch control {
    case .current(let value), .power(let value): value > 0
    case .voltage, .rest, .profile: false
    }
  }

  /// Whether the step delivers charge; a profile if it does on the whole.
  var isDischarge: Bool {
    switch control {
    case .current(let value), .power(let value): value < 0
    case .profile(let profile): profile.charges.negative > profile.charges.positive
    case .voltage, .rest: false
    }
  }

  /// What ends a step; the first limit reached does.
  public enum Limit: Sendable, Equatable {
    /// The terminal voltage in V is reached, from whichever side the step comes.
    case voltage(Double)
    /// The magnitude of the current density has fallen to this many A/m2.
    case current(Double)
    /// This many seconds have passed.
    case duration(Double)
  }

  public var control: Control
  public var limits: [Limit]
  /// The step as the scenario writes it.
  public var text: String
  /// Temperature during the step, K; nil for that of the cell.
  public var temperature: Double?
  /// Time between the rows that the time series has of the step, s; nil for one row per time step.
  public var period: Double?

  public init(
    control: Control, limits: [Limit], text: String, temperature: Double? = nil, period: Double? = nil
  ) {
    self.control = control
    self.limits = limits
    self.text = text
    self.temperature = temperature
    self.period = period
  }
}

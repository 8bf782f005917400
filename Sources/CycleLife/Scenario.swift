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
  /// The image whose microstructure the film has; nil where it is drawn from the seed.
  public var image: SectionImage?
  /// In how many dimensions lithium is followed.
  public var fidelity: Fidelity
  /// The state in which the cathode is free of stress.
  public var stressFreeState: StressFreeState
  /// The steps of one cycle.
  public var protocolSteps: [ProtocolStep]
  /// How many cycles to run.
  public var cycles: Int
  /// Seeds every random stream of the run.
  public var seed: UInt64
  /// The mesh is checked against a finer one in the first cycle and every so many; 0: never.
  public var meshCheckInterval: Int
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
    cycles: Int = 75, seed: UInt64 = 1, meshCheckInterval: Int = 0, attributionInterval: Int = 0,
    timeSeriesInterval: Int = 10,
    fieldCycles: [Int] = [], fieldCapacities: [Double] = []
  ) {
    self.title = title
    self.parameters = parameters
    self.electrolyte = electrolyte
    self.image = image
    self.fidelity = fidelity
    self.stressFreeState = stressFreeState
    self.protocolSteps = protocolSteps
    self.cycles = cycles
    self.seed = seed
    self.meshCheckInterval = meshCheckInterval
    self.attributionInterval = attributionInterval
    self.timeSeriesInterval = timeSeriesInterval
    self.fieldCycles = fieldCycles
    self.fieldCapacities = fieldCapacities
  }

  /// The microstructure of the film.
  public var microstructure: Microstructure {
    image.map { Microstructure(image: $0) } ?? Microstructure(parameters: parameters, seed: seed)
  }

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

/// One step of a cycle: what is controlled, and what ends it.
///
/// Current densities are per geometric area and positive when the cell is charged; voltages are
/// terminal voltages against the counter electrode.
public struct ProtocolStep: Sendable, Equatable {
  /// What the cycler holds constant.
  public enum Control: Sendable, Equatable {
    /// A current density in A/m2, positive on charge.
    case current(Double)
    /// A terminal voltage in V.
    case voltage(Double)
    /// No current.
    case rest
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

  public init(control: Control, limits: [Limit], text: String) {
    self.control = control
    self.limits = limits
    self.text = text
  }
}

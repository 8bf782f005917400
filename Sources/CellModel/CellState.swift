/// The electrochemical state of a cell at one time: a value, so that a rejected step costs nothing.
public struct CellState: Sendable, Equatable, Codable {
  /// Time since the start of the run, s.
  public internal(set) var time = 0.0
  /// Lithium content at each node that touches crystal.
  public internal(set) var content: [Double]
  /// Current density that inserts lithium at each node that exchanges it, A/m2 of geometric area: those of the interface,
  /// then those of infiltrated faces.
  public internal(set) var surfaceCurrent: [Double]
  /// Rate of change of the lithium content, 1/s.
  var rate: [Double]
  /// Potential of the cathode against the electrolyte's mean potential along the interface, V.
  var cathodePotential = 0.0
  /// Mean current density, positive when lithium enters the cathode (discharge), A/m2.
  public internal(set) var insertionCurrent = 0.0
  /// Voltage against the counter electrode, V.
  public internal(set) var terminalVoltage = 0.0
  /// The integral of ``insertionCurrent`` since the start of the run, C/m2.
  public internal(set) var insertedCharge = 0.0
  /// The integral of terminal voltage times ``insertionCurrent`` since the start of the run, J/m2.
  public internal(set) var deliveredEnergy = 0.0

  /// Whether all values are such as a cell can come to: contents within the bounds of a time step, the rest finite.
  public var isPossible: Bool {
    let numbers = [
      time, cathodePotential, insertionCurrent, terminalVoltage, insertedCharge, deliveredEnergy,
    ]
    return time >= 0 && (numbers + rate + surfaceCurrent).allSatisfy(\.isFinite)
      && content.allSatisfy { Self.contentBounds.contains($0) }
  }

  /// Beside a sharp front the content may swing past [0, 1] by a part of the jump; beyond this a step has gone wrong.
  static let contentBounds = -1.0...2

  /// Lets time pass in which the state stays what it is, s.
  package mutating func wait(_ seconds: Double) { time += seconds }

  /// Whether this state has as many values in the crystal as another, as all states of one cell have.
  ///
  /// Nodes that exchange lithium come and go with the faces that an electrolyte reaches.
  public func hasShape(of other: CellState) -> Bool {
    content.count == other.content.count && rate.count == other.rate.count
  }
}

/// What the cycler imposes on the cell.
public enum Drive: Sendable, Equatable {
  /// A current density that inserts lithium into the cathode, A/m2 (negative on charge).
  case insertionCurrent(Double)
  /// A voltage against the counter electrode, V.
  case terminalVoltage(Double)
  /// Terminal voltage times the current density that inserts lithium, W/m2 (negative on charge).
  case deliveredPower(Double)
}

/// Work done by the solver.
public struct WorkCount: Sendable, Equatable {
  public internal(set) var steps = 0
  public internal(set) var rejectedSteps = 0
  public internal(set) var newtonIterations = 0
  public internal(set) var factorizations = 0
  /// Right-hand sides solved for with a sparse factor, of a time step or of a stress evaluation.
  public package(set) var solves = 0

  /// No work done.
  public init() {}

  /// Adds work done elsewhere.
  package static func += (sum: inout WorkCount, other: WorkCount) {
    sum.steps += other.steps
    sum.rejectedSteps += other.rejectedSteps
    sum.newtonIterations += other.newtonIterations
    sum.factorizations += other.factorizations
    sum.solves += other.solves
  }
}

import CellModel

/// Everything that changes in a run, between two cycles: with its scenario, all it takes to continue.
///
/// A value made of plain numbers. What is drawn at random is drawn again from the seed at set-up, and nothing
/// is drawn later, so that random streams have no state.
public struct RunState: Sendable, Equatable, Codable {
  /// Cycles done and recorded.
  public internal(set) var completedCycles = 0
  /// Discharge capacity of the first and the last cycle, C/m2; nil before the first.
  public internal(set) var firstDischargeCapacity: Double?
  public internal(set) var lastDischargeCapacity: Double?
  /// Why the run ended before its time; nil as long as the cell follows its protocol.
  public internal(set) var end: RunOutcome?
  /// Cracks and interface.
  public internal(set) var damage: Damage
  var cell: CellState
  /// Lithium content of each mesh cell in the stress-free state, once it is known.
  var stressFreeContent: [Double]?
  /// Steps of the protocol carried out.
  var stepNumber = 0
  var totals = ChargeTotals()
  /// Where the next jump begins; nil in a run that simulates every cycle, and before it may jump.
  var jumpStart: JumpStart?

  /// The state of an assembled cell.
  init(cell: CellState, damage: Damage) {
    self.cell = cell
    self.damage = damage
  }

  /// Whether nothing is left to do in a run of so many cycles.
  public func isComplete(cycles: Int) -> Bool { end != nil || completedCycles >= max(cycles, 1) }
}

/// A cycle that could not be computed; the state before it is kept.
public struct CycleFailure: Error, Sendable, CustomStringConvertible {
  /// The cycle, from 1.
  public let cycle: Int
  /// What could not be solved, and what its solver says.
  public let reason: String

  public var description: String { "cycle \(cycle): \(reason)" }
}

/// A state that was not reached in the scenario that it is to be continued in.
public struct StateMismatch: Error, Sendable, CustomStringConvertible {
  /// What does not fit.
  public let reason: String

  public var description: String { "the stored state is not one of this scenario: \(reason)" }
}

extension RunState {
  /// Checks that a run that begins with this state can have come to `later`.
  ///
  /// What never changes must be what was drawn anew, up to the last digits, in which machines differ; what changes
  /// must be within its bounds.
  ///
  /// - Throws: ``StateMismatch``.
  func check(isStartOf later: RunState, mesh: Mesh) throws(StateMismatch) {
    func require(_ condition: Bool, _ reason: String) throws(StateMismatch) {
      guard condition else { throw StateMismatch(reason: reason) }
    }
    let (flaws, cracks) = (damage.cracks, later.damage.cracks)
    // Others began in the run.
    try require(
      flaws.count <= cracks.count, "\(cracks.count) cracks in it, \(flaws.count) drawn from the seed")
    for (index, (flaw, crack)) in zip(flaws, cracks).enumerated() {
      let pairs = [
        (flaw.x, crack.x), (flaw.y, crack.y), (flaw.inclination, crack.inclination),
      ]
      try require(pairs.allSatisfy(isSame), "crack \(index + 1) differs from the flaw drawn from the seed")
    }
    let (assembled, patches) = (damage.patches, later.damage.patches)
    try require(assembled.count == patches.count, "the interface has another number of patches")
    for (index, (new, old)) in zip(assembled, patches).enumerated() {
      let pairs = [
        (new.start, old.start), (new.end, old.end), (new.initialContact, old.initialContact),
        (new.toughness, old.toughness),
      ]
      try require(pairs.allSatisfy(isSame), "patch \(index + 1) differs from the one drawn from the seed")
    }
    try require(
      later.cell.hasShape(of: cell)
        && (later.stressFreeContent?.count ?? mesh.cellCount) == mesh.cellCount,
      "it was computed on another mesh")
    for (index, crack) in cracks.enumerated() {
      try require(crack.isPossible(in: mesh), "crack \(index + 1) does not fit into the film")
    }
    try require(
      patches.allSatisfy { (0...1).contains($0.debonded) && (0...1).contains($0.fatigue) }
        && later.damage.interphaseResistance.isFinite && later.damage.interphaseResistance >= 0,
      "the interface is damaged beyond its bounds")
    try require(
      later.cell.isPossible && (later.stressFreeContent ?? []).allSatisfy(\.isFinite),
      "a content, current or voltage is none that a cell can have")
    try require(
      later.jumpStart?.isPossible(cells: mesh.cellCount) ?? true, "the cycle that a jump begins with is none")
  }
}

/// Whether two numbers are the same but for round-off.
private func isSame(_ first: Double, _ second: Double) -> Bool {
  first == second || abs(first - second) <= 1e-9 * max(abs(first), abs(second))
}

import CellPhysics

/// A law that a cycle broke: what was simulated is wrong, whatever the solvers say.
struct BrokenLaw: Error, Equatable, CustomStringConvertible {
  let description: String
}

/// What holds in every cycle, and is looked at in every cycle.
///
/// The bounds lie far above the errors of sound solvers, which are round-off, and below what a figure would show: a
/// cycle beyond them has no record, and the run ends in the state before it.
struct CycleLaws {
  /// Of all the lithium there is, how much may be lost or made in a cycle; solvers stay below 1e-9.
  static let lithiumTolerance = 1e-6
  /// Of the largest stress, by how much forces may be out of balance; round-off and what pores bear stay below 1e-5.
  static let forceTolerance = 1e-3

  private let heals: Bool
  /// How far a mean content may be out of its bounds: ten steps that each err as much as they may.
  private let contentTolerance: Double

  init(_ p: ParameterSet) {
    heals = p[.healingTime] > 0
    contentTolerance = 10 * p[.relativeTolerance]
  }

  /// Checks what was recorded of a simulated cycle.
  ///
  /// What a kind of cell does not have is not a number, such as forces between particles.
  func check(_ record: CycleRecord) throws(BrokenLaw) {
    try require(
      record.lithiumBalanceError <= Self.lithiumTolerance,
      "lithium is not conserved: stored and passed differ by \(record.lithiumBalanceError) of all there is")
    let forces = record.audit.forceBalanceError
    try require(
      forces.isNaN || forces <= Self.forceTolerance,
      "forces do not balance: they differ by \(forces) of the largest stress")
    let contents = (record.minimumContent, record.maximumContent)
    try require(
      -contentTolerance <= contents.0 && contents.0 <= contents.1 && contents.1 <= 1 + contentTolerance,
      "the mean lithium content goes from \(contents.0) to \(contents.1), out of 0 to 1")
    for (name, share) in [
      ("share of the interface in contact", record.contactFraction),
      ("share without a way for electrons", record.isolatedShare),
    ] {
      // Round-off of a sum over the interface, or over the section.
      try require(share.isNaN || (-1e-9...1 + 1e-9).contains(share), "the \(name) is \(share), out of 0 to 1")
    }
    for (name, value) in [
      ("charge capacity", record.chargeCapacity), ("discharge capacity", record.dischargeCapacity),
      ("crack length", record.crackLength), ("interphase resistance", record.interphaseResistance),
    ] {
      try require(value.isFinite && value >= 0, "the \(name) is \(value)")
    }
  }

  /// Checks that damage only grew, but for what heals.
  func check(_ after: Damage, since before: Damage) throws(BrokenLaw) {
    try require(
      after.cracks.count >= before.cracks.count && after.patches.count == before.patches.count,
      "cracks or patches of the interface are gone")
    for (index, (old, new)) in zip(before.cracks, after.cracks).enumerated() {
      try require(
        new.tips[0] >= old.tips[0] && new.tips[1] >= old.tips[1],
        "crack \(index + 1) became shorter: its tips were \(old.tips) m from its origin and are \(new.tips) m"
      )
    }
    for (index, (old, new)) in zip(before.patches, after.patches).enumerated() {
      try require(
        (0...1).contains(new.debonded) && (heals || new.debonded >= old.debonded),
        "patch \(index + 1) of the interface was debonded to \(old.debonded) and is to \(new.debonded)")
      try require(
        (0...1).contains(new.fatigue) && (heals || new.fatigue >= old.fatigue),
        "patch \(index + 1) of the interface was tired to \(old.fatigue) and is to \(new.fatigue)")
    }
    try require(
      after.interphaseResistance >= before.interphaseResistance,
      "the interphase resistance fell from \(before.interphaseResistance) to \(after.interphaseResistance)")
  }

  private func require(_ holds: Bool, _ reason: @autoclosure () -> String) throws(BrokenLaw) {
    guard holds else { throw BrokenLaw(description: reason()) }
  }
}

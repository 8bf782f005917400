import CellPhysics
import CycleLife
import Foundation
import RunFiles

/// Writes the files of a run and tells the user of each finished cycle.
struct CycleReporter: RunSink {
  private var store: RunStore
  private let activeMassPerArea: Double
  private let cycles: Int
  private let quiet: Bool
  private let progress: ProgressBar
  private var lastCycleEnd = ContinuousClock.now
  /// Discharge capacity of the first cycle, C/m2.
  private var firstCapacity: Double?

  /// Reports a run that begins in `state`, to nobody when `quiet`; `activeMassPerArea` in kg/m2.
  init(_ store: RunStore, activeMassPerArea: Double, cycles: Int, state: RunState, quiet: Bool) {
    self.store = store
    progress = ProgressBar(alreadyDone: state.completedCycles)
    firstCapacity = state.firstDischargeCapacity
    self.activeMassPerArea = activeMassPerArea
    self.cycles = cycles
    self.quiet = quiet
  }

  mutating func record(_ sample: TimeSample) throws { try store.record(sample) }

  mutating func record(_ cycle: CycleRecord) throws {
    try store.record(cycle)
    let now = ContinuousClock.now
    defer { lastCycleEnd = now }
    let capacity = Unit("mAh/g")!.fromSI(cycle.dischargeCapacity / activeMassPerArea)
    let first = firstCapacity ?? cycle.dischargeCapacity
    firstCapacity = first
    guard !quiet else { return }
    if !Console.isOutputTerminal {
      let seconds = (now - lastCycleEnd) / .seconds(1)
      Console.print(
        line(cycle, capacity: capacity, retention: cycle.dischargeCapacity / first, seconds: seconds))
    }
    if cycle.cycle == 1 { reportFirst(cycle) }
    if Console.isTerminal {
      progress.show(cycle.cycle, of: cycles, "cycle", String(format: "%.1f mAh/g", capacity))
    }
  }

  mutating func record(reference sample: TimeSample) throws { try store.record(reference: sample) }

  mutating func record(reference test: CycleRecord) throws {
    try store.record(reference: test)
    guard !quiet, !Console.isOutputTerminal else { return }
    Console.print(
      String(
        format: "reference test after cycle %d: %.1f mAh/g", test.cycle,
        Unit("mAh/g")!.fromSI(test.dischargeCapacity / activeMassPerArea)))
  }

  mutating func record(_ fields: FieldRecord) throws { try store.record(fields) }

  mutating func record(_ hotspots: [HotspotRecord]) throws { try store.record(hotspots) }

  /// Says after the first cycle whether a film could bear its stresses, and which cracks formed.
  private func reportFirst(_ cycle: CycleRecord) {
    let audit = cycle.audit
    progress.clear()
    Console.print(
      String(
        format:
          "audit of cycle 1: largest K over toughness %.2f, %.2g %% of the interface above its strength, "
          + "%.2g %% of the section above 1 GPa",
        cycle.peakKOverToughness, 100 * audit.overloadedShare,
        100 * audit.highStressShare))
    Console.print(
      String(
        format:
          "formation cracks: %d began, %.2f um ran at once, %.2f um grew by fatigue; density parallel to the "
          + "collector %.2g",
        cycle.nucleatedCracks, Unit("um")!.fromSI(cycle.fracturedLength),
        Unit("um")!.fromSI(cycle.fatiguedLength),
        cycle.crackDensityParallel))
    Console.print(
      String(
        format: "interface: %.2g %% debonded; what holds has lost %.2g %% of its toughness to fatigue",
        100 * cycle.debondedShare, 100 * cycle.interfaceFatigue))
    if audit.highStressShare > CycleReporter.shatteringShare {
      Console.warning(
        "stresses above 1 GPa in more than 5 % of the section: a real film would shatter in this cycle; see "
          + "'mechanics.stress-free state', 'microstructure.column spacing' and 'orientation spread'")
    }
  }

  /// Share of the section above 1 GPa beyond which a film is said to shatter.
  private static let shatteringShare = 0.05

  mutating func reach(_ state: RunState) throws { try store.reach(state) }

  /// Writes a checkpoint of the last cycle.
  mutating func save() throws { try store.save() }

  /// Completes the files and clears the progress bar.
  mutating func finish() throws {
    clearProgress()
    try store.finish()
  }

  /// What capacity did in a run without damage: lithium in slow zones relaxing, which is no fade.
  static func conditioning(_ state: RunState) -> String? {
    guard let first = state.firstDischargeCapacity, let last = state.lastDischargeCapacity, first > 0 else {
      return nil
    }
    return String(
      format: "conditioning: without any damage, capacity moved by %+.2g %% since cycle 1",
      100 * (last / first - 1))
  }

  /// Removes the progress bar.
  func clearProgress() { if !quiet { progress.clear() } }

  private func line(_ cycle: CycleRecord, capacity: Double, retention: Double, seconds: Double) -> String {
    String(
      format: "cycle %d: %.1f mAh/g, retention %.1f %%, CE %.4f, contact %.3f, cracks %.0f um, "
        + "peak stress %.0f MPa (%@), %.1f s%@",
      cycle.cycle, capacity, 100 * retention, cycle.coulombicEfficiency,
      cycle.contactFraction, Unit("um")!.fromSI(cycle.crackLength),
      Unit("MPa")!.fromSI(cycle.peakTensileStress),
      cycle.peakStressSite.isEmpty ? "nowhere" : cycle.peakStressSite, seconds,
      cycle.isSimulated ? "" : ", skipped")
  }
}

import CellModel
import CellPhysics

/// The cycle that would follow the last one of a run: what its figures show of the end.
///
/// It is what that cycle would be if the run went on; the run itself stays as it is.
public struct ClosingLook: Sendable {
  /// The cycle, with the share of each mechanism in what it lost where that was asked for.
  public let record: CycleRecord
  /// Its fields where they were asked for, in the order of time, and their places of largest tension.
  public let fields: [FieldRecord]
  public let hotspots: [HotspotRecord]
}

extension CycleRunner {
  /// Looks at the cycle after the last.
  ///
  /// - Returns: nil when there was no cycle, or the next one cannot be carried out.
  /// - Throws: `NumericalError`, and ``RunInterrupted`` when asked to stop.
  public func closingLook(fields: Bool, attribution: Bool, stop: StopRequest = .never) throws -> ClosingLook?
  {
    guard state.completedCycles > 0, fields || attribution else { return nil }
    let cycle = state.completedCycles + 1
    var next = scenario
    next.cycles = cycle
    next.fieldCycles = fields ? [cycle] : []
    next.fieldCapacities = []
    next.attributionInterval = attribution ? cycle : 0
    next.meshCheckInterval = 0
    next.referenceInterval = 0
    next.jumpTolerance = nil
    next.stopCriteria = StopCriteria()
    var start = state
    start.end = nil
    var runner = try CycleRunner(next, resuming: start)
    var sink = LookSink()
    do {
      if case .infeasible = try runner.run(into: &sink, stop: stop) { return nil }
    } catch is CycleFailure {
      return nil
    }
    return sink.record.map { ClosingLook(record: $0, fields: sink.fields, hotspots: sink.hotspots) }
  }
}

/// Keeps one cycle and its fields.
private struct LookSink: RunSink {
  var record: CycleRecord?
  var fields: [FieldRecord] = []
  var hotspots: [HotspotRecord] = []

  mutating func record(_ sample: TimeSample) {}
  mutating func record(_ cycle: CycleRecord) { record = cycle }
  mutating func record(_ fields: FieldRecord) { self.fields.append(fields) }
  mutating func record(_ hotspots: [HotspotRecord]) { self.hotspots = hotspots }
}

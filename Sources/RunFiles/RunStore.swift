import CycleLife
import Foundation

/// Writes what a run records, with checkpoints from which it can be continued.
///
/// At every moment the directory holds a checkpoint and at least those bytes of the tables that belong to it.
/// What follows them is computed again, to the same bytes.
public struct RunStore: RunSink {
  /// The names of what the directory holds: the scenario as it was given, and the tables.
  public static let scenarioName = "scenario.yaml"
  public static func tableNames(_ scenario: Scenario) -> [String] {
    let reference = [RunRecorder.referenceName, RunRecorder.referenceTimeSeriesName]
    return [RunRecorder.cyclesName, RunRecorder.timeSeriesName]
      + (scenario.referenceInterval > 0 ? reference : [])
  }
  /// The names of the files of fields in the directory of a run that did so many cycles.
  public static func fieldNames(_ scenario: Scenario, cycles: Int, in directory: RunDirectory) -> [String] {
    FieldFiles(in: directory).names(scenario.fieldCycles.filter { $0 <= cycles })
  }

  private let opened: OpenedRun
  private let interval: Duration
  private var recorder: RunRecorder
  private let fields: FieldFiles
  private var checkpoint: Checkpoint
  private var lastWrite = ContinuousClock.now
  /// Whether the checkpoint is on the disk.
  private var isWritten = true

  /// Cycles recorded so far, also by earlier processes.
  public var cycleCount: Int { recorder.cycleCount }

  /// Begins or continues a run.
  ///
  /// `activeMassPerArea` in kg/m2 is the mass that capacities in mAh/g refer to, `state` where the run stands, and
  /// `interval` the shortest time between two checkpoints. Throws ``RunFileError``.
  public init(_ opened: OpenedRun, state: RunState, activeMassPerArea: Double, interval: Duration)
    throws(RunFileError)
  {
    self.opened = opened
    self.interval = interval
    let (directory, resolved) = (opened.directory, opened.run.resolved)
    fields = FieldFiles(in: directory)
    let stored = opened.checkpoint
    checkpoint = Checkpoint(
      environment: RunManifest.Environment(), request: stored?.request ?? opened.run.request,
      scenario: ScenarioValues(resolved), cyclesLength: stored?.cyclesLength ?? 0,
      timeSeriesLength: stored?.timeSeriesLength ?? 0, lastTimeSeries: stored?.lastTimeSeries ?? "",
      referenceLengths: stored?.referenceLengths,
      state: state)
    // One that is of no use must not take the place of the previous one.
    if opened.isLastUseless { try directory.remove(Checkpoint.fileName) }
    // Before all else: from here on the directory is known as that of this run, whatever else is missing.
    if checkpoint.isNewer(than: stored) { try checkpoint.write(in: directory) }
    // What describes a run at its end; one that goes on has none.
    for name in [RunManifest.fileName] + RunFigures.closing(resolved.scenario) { try directory.remove(name) }
    if directory.length(of: RunStore.scenarioName) == nil {
      try directory.write(Data(checkpoint.request.file.utf8), to: RunStore.scenarioName)
    }
    try resolved.inputs.copy(into: directory)
    recorder = try RunRecorder(
      directory: directory, scenario: resolved.scenario, activeMassPerArea: activeMassPerArea,
      continuing: checkpoint)
    try directory.synchronize()
  }

  public mutating func record(_ sample: TimeSample) throws { try recorder.record(sample) }

  public mutating func record(_ cycle: CycleRecord) throws { try recorder.record(cycle) }

  public mutating func record(reference sample: TimeSample) throws { try recorder.record(reference: sample) }

  public mutating func record(reference test: CycleRecord) throws { try recorder.record(reference: test) }

  public mutating func record(_ fields: FieldRecord) throws { try self.fields.write(fields) }

  public mutating func record(_ hotspots: [HotspotRecord]) throws { try fields.write(hotspots) }

  public mutating func reach(_ state: RunState) throws {
    let lengths = try recorder.lengths()
    (checkpoint.cyclesLength, checkpoint.timeSeriesLength) = (
      lengths.cycles.cycles, lengths.cycles.timeSeries
    )
    checkpoint.referenceLengths = lengths.reference
    checkpoint.lastTimeSeries = recorder.lastTimeSeries
    checkpoint.state = state
    isWritten = false
    let isLast = state.isComplete(cycles: opened.run.resolved.scenario.cycles)
    if isLast || ContinuousClock.now - lastWrite >= interval { try save() }
  }

  /// Writes a checkpoint of the last state, unless the one on the disk is.
  public mutating func save() throws(RunFileError) {
    guard !isWritten else { return }
    try recorder.synchronize()
    try checkpoint.write(in: opened.directory)
    isWritten = true
    lastWrite = .now
  }

  /// Completes the tables under their own names.
  public mutating func finish() throws(RunFileError) {
    try save()
    try recorder.finish()
    try opened.directory.synchronize()
  }

  /// The name of a table that holds less than a checkpoint says; nil when all is there.
  static func missingTable(_ checkpoint: Checkpoint, in directory: RunDirectory) -> String? {
    let tables = [
      (RunRecorder.cyclesName, checkpoint.cyclesLength),
      (RunRecorder.timeSeriesName, checkpoint.timeSeriesLength),
      (RunRecorder.referenceName, checkpoint.referenceLengths?.cycles ?? 0),
      (RunRecorder.referenceTimeSeriesName, checkpoint.referenceLengths?.timeSeries ?? 0),
    ]
    return tables.first { name, length in
      (directory.length(of: name + ".partial") ?? directory.length(of: name) ?? 0) < length
    }?.0
  }
}

extension Checkpoint {
  /// Whether this one has to be written where `stored` is on the disk.
  fileprivate func isNewer(than stored: Checkpoint?) -> Bool {
    guard let stored else { return true }
    // The state is that of the stored one; comparing it would also stumble over what is not a number.
    return stored.scenario != scenario || stored.environment != environment
  }
}

import CellPhysics
import CycleLife
import Foundation

/// Writes `cycles.csv` and `timeseries.bdf.csv` while a run goes on, and the same of its reference tests.
///
/// All are `.partial` until ``finish()``; each finished cycle is handed to the system at once, so
/// that a run can be followed. The time series of a cycle that is kept only because it is the last one waits here
/// until the run ends or goes on; those of reference tests are all kept.
package struct RunRecorder {
  /// The names of the files written.
  package static let cyclesName = "cycles.csv"
  static let timeSeriesName = "timeseries.bdf.csv"
  /// The names of those of reference tests.
  static let referenceName = "reference.csv"
  static let referenceTimeSeriesName = "reference.bdf.csv"

  /// How many bytes of two files belong to the cycles done.
  struct Lengths: Sendable, Equatable, Codable {
    var cycles = 0
    var timeSeries = 0
  }

  /// Cycles recorded so far.
  private(set) var cycleCount = 0

  private var cycles: Files
  /// Nil without reference tests.
  private var reference: Files?
  /// What the file lacks of the time series so far.
  var lastTimeSeries: String { cycles.lastTimeSeries }

  /// Opens the files in `directory`.
  ///
  /// `activeMassPerArea` in kg/m2 is the mass that capacities in mAh/g refer to. Throws
  /// ``RunFileError``.
  package init(directory: RunDirectory, scenario: Scenario, activeMassPerArea: Double) throws(RunFileError) {
    try self.init(
      directory: directory, scenario: scenario, activeMassPerArea: activeMassPerArea, continuing: nil)
  }

  /// The same, to go on where `checkpoint` was made unless that is nil.
  init(
    directory: RunDirectory, scenario: Scenario, activeMassPerArea: Double, continuing checkpoint: Checkpoint?
  ) throws(RunFileError) {
    cycleCount = checkpoint?.state.completedCycles ?? 0
    let tables = (
      cycles: Table.cycles(scenario, activeMassPerArea: activeMassPerArea), time: Table.timeSeries(scenario)
    )
    cycles = try Files(
      directory: directory, names: (RunRecorder.cyclesName, RunRecorder.timeSeriesName), tables,
      lengths: checkpoint?.lengths, held: checkpoint?.lastTimeSeries,
      keepsTimeSeries: { scenario.keepsTimeSeries($0) })
    guard scenario.referenceInterval > 0 else { return }
    reference = try Files(
      directory: directory, names: (RunRecorder.referenceName, RunRecorder.referenceTimeSeriesName), tables,
      lengths: checkpoint?.referenceLengths, held: nil, keepsTimeSeries: { _ in true })
  }

  mutating func record(_ sample: TimeSample) throws(RunFileError) { try cycles.record(sample) }

  package mutating func record(_ cycle: CycleRecord) throws(RunFileError) {
    cycleCount += 1
    try cycles.record(cycle)
  }

  mutating func record(reference sample: TimeSample) throws(RunFileError) { try reference?.record(sample) }

  mutating func record(reference test: CycleRecord) throws(RunFileError) { try reference?.record(test) }

  /// How many bytes each file has, with all that was recorded; nil for files that are not written.
  mutating func lengths() throws(RunFileError) -> (cycles: Lengths, reference: Lengths?) {
    // A test that could not be carried out left rows behind.
    try reference?.flushTimeSeries()
    return (try cycles.lengths(), try reference?.lengths())
  }

  /// Brings what was handed to the system to the disk.
  func synchronize() throws(RunFileError) {
    try cycles.synchronize()
    try reference?.synchronize()
  }

  /// Completes the files under their own names.
  mutating func finish() throws(RunFileError) {
    try cycles.finish()
    try reference?.finish()
  }
}

/// A table with a row for each cycle, and the time series that belongs to it.
private struct Files: Sendable {
  private let cycleTable: Table<CycleRecord>
  private let timeTable: Table<TimeSample>
  private let cycles: PartialFile
  private let timeSeries: PartialFile
  private let keepsTimeSeries: @Sendable (_ cycle: Int) -> Bool
  /// Rows of the cycle that goes on.
  private var pendingRows = ""
  /// Those of the last finished cycle, unless they are in the file.
  private var heldRows: String
  /// What the file lacks of the time series so far.
  var lastTimeSeries: String { heldRows + pendingRows }

  init(
    directory: RunDirectory, names: (cycles: String, timeSeries: String),
    _ tables: (cycles: Table<CycleRecord>, time: Table<TimeSample>), lengths: RunRecorder.Lengths?,
    held: String?, keepsTimeSeries: @escaping @Sendable (_ cycle: Int) -> Bool
  ) throws(RunFileError) {
    (cycleTable, timeTable) = tables
    self.keepsTimeSeries = keepsTimeSeries
    heldRows = held ?? ""
    func open(_ name: String, header: String, keeping length: Int) throws(RunFileError) -> PartialFile {
      let file = try PartialFile(path: directory.path(of: name), keeping: length)
      if length == 0 { try file.append(Data((header + "\n").utf8)) }
      return file
    }
    cycles = try open(names.cycles, header: cycleTable.header, keeping: lengths?.cycles ?? 0)
    timeSeries = try open(names.timeSeries, header: timeTable.header, keeping: lengths?.timeSeries ?? 0)
  }

  mutating func record(_ sample: TimeSample) throws(RunFileError) {
    pendingRows += timeTable.line(sample) + "\n"
    // Bounds the memory of a long cycle.
    if pendingRows.utf8.count > 1 << 16, keepsTimeSeries(sample.cycle) { try flushTimeSeries() }
  }

  mutating func record(_ cycle: CycleRecord) throws(RunFileError) {
    if keepsTimeSeries(cycle.cycle) {
      heldRows = ""
      try flushTimeSeries()
    } else {
      (heldRows, pendingRows) = (pendingRows, "")
    }
    try cycles.append(Data((cycleTable.line(cycle) + "\n").utf8))
  }

  func lengths() throws(RunFileError) -> RunRecorder.Lengths {
    .init(cycles: try cycles.length, timeSeries: try timeSeries.length)
  }

  func synchronize() throws(RunFileError) {
    try cycles.synchronize()
    try timeSeries.synchronize()
  }

  mutating func finish() throws(RunFileError) {
    (pendingRows, heldRows) = (heldRows + pendingRows, "")
    try flushTimeSeries()
    try timeSeries.complete()
    try cycles.complete()
  }

  mutating func flushTimeSeries() throws(RunFileError) {
    guard !pendingRows.isEmpty else { return }
    try timeSeries.append(Data(pendingRows.utf8))
    pendingRows = ""
  }
}

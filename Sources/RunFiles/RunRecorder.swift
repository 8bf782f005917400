import CellPhysics
import CycleLife
import Foundation

/// Writes `cycles.csv` and `timeseries.bdf.csv` while a run goes on.
///
/// Both are `.partial` until ``finish()``; each finished cycle is handed to the system at once, so
/// that a run can be followed. The time series of a cycle that is kept only because it is the last one waits here
/// until the run ends or goes on.
package struct RunRecorder {
  /// The names of the files written.
  package static let cyclesName = "cycles.csv"
  static let timeSeriesName = "timeseries.bdf.csv"

  /// Cycles recorded so far.
  private(set) var cycleCount = 0

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

  /// Opens both files in `directory`.
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
    keepsTimeSeries = { scenario.keepsTimeSeries($0) }
    heldRows = checkpoint?.lastTimeSeries ?? ""
    cycleTable = .cycles(scenario, activeMassPerArea: activeMassPerArea)
    timeTable = .timeSeries(scenario)
    cycleCount = checkpoint?.state.completedCycles ?? 0
    func open(_ name: String, header: String, keeping length: Int) throws(RunFileError) -> PartialFile {
      let file = try PartialFile(path: directory.path(of: name), keeping: length)
      if length == 0 { try file.append(Data((header + "\n").utf8)) }
      return file
    }
    cycles = try open(
      RunRecorder.cyclesName, header: cycleTable.header, keeping: checkpoint?.cyclesLength ?? 0)
    timeSeries = try open(
      RunRecorder.timeSeriesName, header: timeTable.header, keeping: checkpoint?.timeSeriesLength ?? 0)
  }

  mutating func record(_ sample: TimeSample) throws(RunFileError) {
    pendingRows += timeTable.line(sample) + "\n"
    // Bounds the memory of a long cycle.
    if pendingRows.utf8.count > 1 << 16, keepsTimeSeries(sample.cycle) { try flushTimeSeries() }
  }

  package mutating func record(_ cycle: CycleRecord) throws(RunFileError) {
    cycleCount += 1
    if keepsTimeSeries(cycle.cycle) {
      heldRows = ""
      try flushTimeSeries()
    } else {
      (heldRows, pendingRows) = (pendingRows, "")
    }
    try cycles.append(Data((cycleTable.line(cycle) + "\n").utf8))
  }

  /// How many bytes each file has, with all that was recorded.
  func lengths() throws(RunFileError) -> (cycles: Int, timeSeries: Int) {
    return (try cycles.length, try timeSeries.length)
  }

  /// Brings what was handed to the system to the disk.
  func synchronize() throws(RunFileError) {
    try cycles.synchronize()
    try timeSeries.synchronize()
  }

  /// Completes both files under their own names.
  mutating func finish() throws(RunFileError) {
    (pendingRows, heldRows) = (heldRows + pendingRows, "")
    try flushTimeSeries()
    try timeSeries.complete()
    try cycles.complete()
  }

  private mutating func flushTimeSeries() throws(RunFileError) {
    guard !pendingRows.isEmpty else { return }
    try timeSeries.append(Data(pendingRows.utf8))
    pendingRows = ""
  }
}

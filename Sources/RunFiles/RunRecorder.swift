import CellPhysics
import CycleLife
import Foundation

/// Writes `cycles.csv` and `timeseries.bdf.csv` while a run goes on.
///
/// Both are `.partial` until ``finish()``; each finished cycle is handed to the system at once, so
/// that a run can be followed and nothing but the current cycle is lost when it is killed.
public struct RunRecorder: RunSink {
  /// The names of the files written.
  public static let cyclesName = "cycles.csv"
  public static let timeSeriesName = "timeseries.bdf.csv"

  /// Cycles recorded so far.
  public private(set) var cycleCount = 0

  private let cycleTable: Table<CycleRecord>
  private let timeTable: Table<TimeSample>
  private let cycles: PartialFile
  private let timeSeries: PartialFile
  private var pendingRows = ""

  /// Opens both files in `directory`.
  ///
  /// `activeMassPerArea` in kg/m2 is the mass that capacities in mAh/g refer to. Throws
  /// ``RunFileError``.
  public init(directory: RunDirectory, scenario: Scenario, activeMassPerArea: Double)
    throws(RunFileError)
  {
    cycleTable = .cycles(scenario, activeMassPerArea: activeMassPerArea)
    timeTable = .timeSeries(scenario)
    cycles = try PartialFile(path: directory.path(of: RunRecorder.cyclesName))
    timeSeries = try PartialFile(path: directory.path(of: RunRecorder.timeSeriesName))
    try cycles.append(Data((cycleTable.header + "\n").utf8))
    try timeSeries.append(Data((timeTable.header + "\n").utf8))
  }

  public mutating func record(_ sample: TimeSample) throws(RunFileError) {
    pendingRows += timeTable.line(sample) + "\n"
    // Bounds the memory of a long cycle.
    if pendingRows.utf8.count > 1 << 16 { try flushTimeSeries() }
  }

  public mutating func record(_ cycle: CycleRecord) throws(RunFileError) {
    cycleCount += 1
    try flushTimeSeries()
    try cycles.append(Data((cycleTable.line(cycle) + "\n").utf8))
  }

  /// Completes both files under their own names.
  public mutating func finish() throws(RunFileError) {
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

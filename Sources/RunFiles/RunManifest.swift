import CellPhysics
import CycleLife
import Foundation
import Numerics

/// What it takes to know where results come from: written as `manifest.json` beside them.
public struct RunManifest: Sendable, Codable, Equatable {
  /// The version of the program.
  public static let programVersion = "0.1.0"
  /// The name of the file.
  public static let fileName = "manifest.json"

  /// The software and the machine of a run.
  public struct Environment: Sendable, Codable, Equatable {
    public var program = "cyclelife"
    public var version = RunManifest.programVersion
    /// The oldest release of the compiler that can have built the program.
    public var swiftCompiler = RunManifest.compiler
    public var gsl = Library.gslVersion
    public var libc = RunManifest.libcVersion
    /// The kernels that OpenBLAS has chosen for the processor; nil in files of earlier versions.
    public var blasKernels: String? = Library.blasKernels
    public var processor = RunManifest.processorModel

    public init() {}
  }

  /// One file of the run directory, with the units of its columns.
  public struct OutputFile: Sendable, Codable, Equatable {
    public struct Column: Sendable, Codable, Equatable {
      public var name: String
      public var unit: String
    }
    public var name: String
    public var columns: [Column]
    /// Digest of the content, as `sha256sum` prints it; nil for figures and what was not written.
    public var sha256: String?
  }

  /// A file that the run depends on, as the directory keeps it.
  public struct Input: Sendable, Codable, Equatable {
    public var name: String
    /// 64 hexadecimal digits.
    public var sha256: String
  }

  public var environment = Environment()
  public var title: String
  /// Start and end of the run, ISO 8601 in UTC.
  public var started: String
  public var ended: String
  public var wallSeconds: Double
  public var cpuSeconds: Double
  /// Largest resident memory, MiB.
  public var peakMemoryMiB: Double
  public var filmWidthMicrometre: Double
  public var seed: UInt64
  public var cyclesRequested: Int
  public var cyclesCompleted: Int
  /// Cycles that earlier processes had done.
  ///
  /// Times are those of the last process. Nil for none.
  public var continuedAfterCycle: Int?
  /// Why the run ended.
  public var outcome: String
  /// The last cycle of a run that a criterion stopped, whose cell could go on; nil for others.
  public var stoppedAfterCycle: Int?
  public var exitCode: Int32
  /// Cases and threads of a study; nil for a single run.
  public var cases: Int?
  public var jobs: Int?
  /// Runs of each case of a study that have seeds of their own; nil without replicates.
  public var replicates: Int?
  /// What makes the study the one it is; nil for a single run.
  var study: StudyIdentity?
  /// Which case of a study was run alone; nil for others.
  public var caseNumber: Int?
  public var caseLabel: String?
  public var scenario: [ResolvedScenario.Row]
  public var protocolSteps: [String]
  /// The image of the section and the profiles of current; nil for none.
  public var inputs: [Input]?
  /// Key paths of the parameters in use whose value was fitted.
  public var fittedParameters: [String]
  /// What a study shows, in words; nil for a single run.
  public var findings: [String]?
  public var files: [OutputFile]

  /// Describes a run that ends now.
  public init(
    _ resolved: ResolvedScenario, started: Date, wallSeconds: Double, cyclesCompleted: Int,
    outcome: String, exitCode: Int32, files: [String]
  ) {
    let scenario = resolved.scenario
    let usage = RunManifest.resourceUsage
    title = scenario.title
    self.started = started.formatted(.iso8601)
    ended = Date.now.formatted(.iso8601)
    self.wallSeconds = wallSeconds
    cpuSeconds = usage.cpuSeconds
    peakMemoryMiB = usage.peakMemoryMiB
    filmWidthMicrometre = Unit("um")!.fromSI(scenario.parameters[.filmWidth])
    seed = scenario.seed
    cyclesRequested = scenario.cycles
    self.cyclesCompleted = cyclesCompleted
    self.outcome = outcome
    self.exitCode = exitCode
    self.scenario = resolved.rows
    protocolSteps = resolved.stepTexts
    let records = resolved.inputs.records
    inputs = records.isEmpty ? nil : records
    fittedParameters = resolved.fittedParameters
    self.files = files.map { OutputFile(name: $0, columns: RunManifest.columns(of: $0, scenario)) }
  }

  /// Describes a study that ends now; its scenario is the one without cases.
  public init(
    _ run: StudyRun, _ rows: [StudyRow], started: Date, wallSeconds: Double, outcome: String,
    exitCode: Int32, files: [String]
  ) {
    let study = run.study
    self.init(
      study.base, started: started, wallSeconds: wallSeconds,
      cyclesCompleted: rows.reduce(0) { $0 + $1.cycles }, outcome: outcome, exitCode: exitCode, files: files)
    protocolSteps = study.base.stepTexts(written: study.template.writtenSteps)
    let records = study.inputRecords
    inputs = records.isEmpty ? nil : records
    cases = study.cases.count
    jobs = run.jobs
    replicates = run.replicates > 1 ? run.replicates : nil
    self.study = StudyIdentity(study)
    findings = run.findings(rows)
    for index in self.files.indices {
      switch self.files[index].name {
      case StudyRun.resultsName: self.files[index].columns = run.table.manifestColumns
      case StudyRun.replicatesName: self.files[index].columns = run.replicateTable.manifestColumns
      case StudyRun.trajectoriesName:
        self.files[index].columns = Table<Ensemble.Cycle>.trajectories.manifestColumns
      case StudyRun.sensitivityName:
        self.files[index].columns = Table<SensitivityRow>.sensitivity.manifestColumns
      case StudyRun.hotspotsName:
        self.files[index].columns = Table<HotspotRow>.hotspots(isStudy: true).manifestColumns
      default: break
      }
    }
  }

  /// Writes the manifest beside the files that it lists, with the digests of inputs, tables and fields.
  ///
  /// Throws ``RunFileError``.
  public func write(in directory: RunDirectory) throws {
    var manifest = self
    let digests = directory.digests(of: files.map(\.name))
    for index in files.indices { manifest.files[index].sha256 = digests[files[index].name] }
    try directory.write(try manifest.json, to: RunManifest.fileName)
  }

  /// The manifest as JSON with sorted keys.
  public var json: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(self) + Data("\n".utf8)
    }
  }

  private static func columns(of file: String, _ scenario: Scenario) -> [OutputFile.Column] {
    switch file {
    case RunRecorder.cyclesName, RunRecorder.referenceName:
      Table<CycleRecord>.cycles(scenario, activeMassPerArea: 1).manifestColumns
    case RunRecorder.timeSeriesName, RunRecorder.referenceTimeSeriesName:
      Table<TimeSample>.timeSeries(scenario).manifestColumns
    default: []
    }
  }
}

extension Table {
  /// The columns as the manifest lists them.
  fileprivate var manifestColumns: [RunManifest.OutputFile.Column] {
    columns.map { .init(name: $0.name, unit: $0.unit.symbol) }
  }
}

// MARK: - What the system knows

extension RunManifest {
  private static var compiler: String {
    #if compiler(>=6.4)
      "6.4 or later"
    #elseif compiler(>=6.3)
      "6.3"
    #elseif compiler(>=6.2)
      "6.2"
    #else
      "6.1"
    #endif
  }

  private static var libcVersion: String {
    var buffer = [UInt8](repeating: 0, count: 128)
    let length = buffer.withUnsafeMutableBytes {
      confstr(Int32(_CS_GNU_LIBC_VERSION), $0.baseAddress, $0.count)
    }
    guard length > 0 else { return "unknown" }
    return String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
  }

  private static var processorModel: String { kernelValue("model name", in: "/proc/cpuinfo") ?? "unknown" }

  /// What the first line of a name says in a file of the kernel; nil where there is none.
  private static func kernelValue(_ name: String, in path: String) -> String? {
    // Files of /proc have no size, so they are read as a stream.
    guard let bytes = try? FileHandle(forReadingAtPath: path)?.readToEnd() else { return nil }
    let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(name) }
    return line?.split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces)
  }

  private static var resourceUsage: (cpuSeconds: Double, peakMemoryMiB: Double) {
    var usage = rusage()
    guard getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return (0, 0) }
    let times = [usage.ru_utime, usage.ru_stime]
    let seconds = times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) * 1e-6 }
    // In KiB. That of rusage includes what started the program held.
    let own = kernelValue("VmHWM", in: "/proc/self/status").flatMap { Double($0.prefix { $0.isNumber }) }
    return (seconds, (own ?? Double(usage.ru_maxrss)) / 1024)
  }
}

extension RunDirectory {
  /// The SHA-256 of the inputs and results among these files; figures are drawn from those and can be drawn again.
  ///
  /// A file that cannot be read back, as it is too large for that, goes without.
  public func digests(of names: [String]) -> [String: String] {
    let numbers = [".yaml", ".pgm", ".csv", ".json", ".vtu", ".vtp", ".pvd"]
    var digests: [String: String] = [:]
    for name in names where numbers.contains(where: { name.hasSuffix($0) }) {
      digests[name] = content(of: name).map { Digest($0).text }
    }
    return digests
  }
}

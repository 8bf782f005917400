import CycleLife
import Foundation
import Numerics

/// A run and the directory that it is to be computed in, which nobody else can use meanwhile.
///
/// The directory is new, or holds the same run: interrupted at any moment, or complete.
public struct OpenedRun: Sendable {
  public let directory: RunDirectory
  public let run: RequestedRun
  /// When the run was completed, ISO 8601 in UTC; nil while something is left to do.
  public let completed: String?
  /// What the user should know.
  public private(set) var warnings: [String]

  /// Where the run is to be continued; nil for a new one.
  let checkpoint: Checkpoint?
  /// Whether it is not the last one, which cannot be used.
  let isLastUseless: Bool
  private let lock: DirectoryLock

  /// Where the run stands; nil before it has begun.
  public var state: RunState? { checkpoint?.state }

  /// Opens the directory at `path`, which is made if need be, for a run.
  ///
  /// Throws ``RunFileError`` when the directory holds anything but the same run: `cannotCreate`, or
  /// `cannotContinue` with what differs. It is left as it was then.
  public init(at path: String, for run: RequestedRun) throws(RunFileError) {
    let directory = try RunDirectory(path)
    let lock = try DirectoryLock(directory)
    var warnings: [String] = []
    guard let found = try Found(in: directory, &warnings) else {
      // Nothing but a first checkpoint that was never completed.
      let own: Set = [Checkpoint.fileName + ".partial"]
      guard try directory.names().isSubset(of: own) else { throw directory.inUse }
      self.init(directory, lock, run, nil, warnings)
      return
    }
    let (here, there) = (ScenarioValues(run.resolved), found.checkpoint.scenario)
    let differences = here.differences(from: there)
    if !differences.isEmpty {
      throw .cannotContinue(path: path, reason: OpenedRun.refusal(differences, here, there, path))
    }
    self.init(directory, lock, run, found, warnings)
  }

  /// Opens the run in the directory at `path`, with another number of cycles unless that is nil.
  ///
  /// Throws ``RunFileError`` when there is no run to continue, and ``ScenarioError`` when `cycles` is no number of
  /// cycles that the run can have.
  public init(resuming path: String, cycles: Int? = nil) throws {
    func noRun(_ reason: String) -> RunFileError { .cannotRead(path: path, reason: reason) }
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw noRun("there is no such directory")
    }
    guard isDirectory.boolValue else {
      throw noRun("not a directory; give the directory of a run, or 'cyclelife run' a scenario")
    }
    let directory = try RunDirectory(path)
    let lock = try DirectoryLock(directory)
    var warnings: [String] = []
    guard let found = try Found(in: directory, &warnings) else {
      throw noRun("it holds no \(Checkpoint.fileName), from which a run is continued")
    }
    // The file beside it is what users see: when it was changed, it is not to be passed over.
    let file = directory.path(of: RunStore.scenarioName)
    let checkpoint = found.checkpoint
    var request = checkpoint.request
    if let bytes = directory.content(of: RunStore.scenarioName, limit: ScenarioReader.sizeLimit),
      let text = String(validating: bytes, as: UTF8.self)
    {
      request.file = text
    }
    let before = checkpoint.scenario.cycles ?? 0
    let asWritten = try RequestedRun(request, name: file, inputDirectory: path).running(cycles: before)
    let differences = ScenarioValues(asWritten.resolved).differences(from: checkpoint.scenario)
    guard differences.isEmpty else {
      throw RunFileError.cannotContinue(
        path: path,
        reason: OpenedRun.refusal(
          differences, "its \(RunStore.scenarioName) is not the one it was begun with"))
    }
    request.file = checkpoint.request.file
    let run = try RequestedRun(request, name: file, inputDirectory: path).running(cycles: cycles ?? before)
    if let cycles { try OpenedRun.check(cycles, checkpoint.state) }
    self.init(directory, lock, run, found, warnings)
  }

  private init(
    _ directory: RunDirectory, _ lock: DirectoryLock, _ run: RequestedRun, _ found: Found?,
    _ warnings: [String]
  ) {
    let checkpoint = found?.checkpoint
    self.directory = directory
    self.lock = lock
    self.run = run
    self.checkpoint = checkpoint
    isLastUseless = found?.isPrevious ?? false
    self.warnings = warnings
    if let problem = lock.problem {
      self.warnings.append(
        "'\(directory.path)' cannot be locked (\(problem)); see that nothing else computes in it")
    }
    let cycles = run.resolved.scenario.cycles
    let isDone =
      checkpoint.map { $0.state.isComplete(cycles: cycles) && $0.scenario.cycles == cycles } ?? false
    completed = isDone ? OpenedRun.endOfRun(run.resolved.scenario, in: directory) : nil
    if completed == nil, let checkpoint, let other = OpenedRun.difference(checkpoint.environment) {
      self.warnings.append("begun with \(other); the last digits of results may depend on it")
    }
  }
}

// MARK: - What is found in a directory

extension OpenedRun {
  /// The newest checkpoint of a directory that is whole, as are the tables that belong to it.
  private struct Found {
    let checkpoint: Checkpoint
    let isPrevious: Bool

    /// Nil where there is none.
    init?(in directory: RunDirectory, _ warnings: inout [String]) throws(RunFileError) {
      var problem: String?
      for name in [Checkpoint.fileName, Checkpoint.previousName] {
        switch Checkpoint.read(name, in: directory) {
        case .missing: continue
        case .damaged(let reason): problem = problem ?? "\(name) is damaged: \(reason)"
        case .foreign(let format):
          throw .cannotContinue(
            path: directory.path,
            reason:
              "its \(name) has format \(format), this program writes \(Checkpoint.format); continue with the "
              + "version that began it, or compute anew with another --output")
        case .valid(let checkpoint):
          if let short = RunStore.missingTable(checkpoint, in: directory) {
            problem = problem ?? "\(short) holds less than \(name) says"
            continue
          }
          if let problem {
            warnings.append(
              "\(problem); going on from \(name), after cycle \(checkpoint.state.completedCycles)")
          }
          self.checkpoint = checkpoint
          isPrevious = name == Checkpoint.previousName
          return
        }
      }
      if let problem {
        throw .cannotContinue(
          path: directory.path,
          reason: "\(problem); compute anew with another --output, or remove the directory")
      }
      return nil
    }
  }

  /// When the run in a directory ended; nil when its tables or its manifest are not complete.
  private static func endOfRun(_ scenario: Scenario, in directory: RunDirectory) -> String? {
    // A run whose last files could not be written has a manifest that says so.
    guard RunStore.tableNames(scenario).allSatisfy({ directory.length(of: $0) != nil }) else { return nil }
    struct End: Decodable { var ended: String }
    return directory.content(of: RunManifest.fileName)
      .flatMap { try? JSONDecoder().decode(End.self, from: $0).ended }
  }

  /// The software or machine that a run was computed with, where it is another than this.
  private static func difference(_ stored: RunManifest.Environment) -> String? {
    let here = RunManifest.Environment()
    let pairs = [
      (stored.program + " " + stored.version, here.program + " " + here.version),
      ("Swift \(stored.swiftCompiler)", "Swift \(here.swiftCompiler)"),
      ("GSL \(stored.gsl)", "GSL \(here.gsl)"),
      (stored.libc, here.libc), (stored.processor, here.processor),
      // Checkpoints of earlier versions do not say.
      (
        "OpenBLAS kernels \(stored.blasKernels ?? Library.blasKernels)",
        "OpenBLAS kernels \(Library.blasKernels)"
      ),
    ]
    return pairs.first { $0.0 != $0.1 }.map { "\($0.0), going on with \($0.1)" }
  }

  private static func refusal(
    _ differences: [String], _ here: ScenarioValues, _ there: ScenarioValues, _ path: String
  ) -> String {
    if differences.count == 1, let more = here.cycles, let fewer = there.cycles, more > fewer {
      return
        "it holds the same run of \(fewer) cycles; 'cyclelife resume \(path) --cycles \(more)' extends it"
    }
    return refusal(differences, "it holds a run of another scenario")
      + "; choose another directory with --output"
  }

  private static func refusal(_ differences: [String], _ what: String) -> String {
    let shown = differences.prefix(4).joined(separator: "; ")
    let left = differences.count - 4
    return "\(what): \(shown)" + (left > 0 ? "; and \(left) more" : "")
  }

  /// Checks that a run can be given so many cycles.
  private static func check(_ cycles: Int, _ state: RunState) throws(ScenarioError) {
    let range = ScenarioResolver.cycleRange
    let done = state.completedCycles
    let message =
      !range.contains(cycles)
      ? "\(cycles) is out of range: \(range.lowerBound) to \(range.upperBound)"
      : cycles < done ? "\(cycles) is less than the \(done) cycles done" : nil
    guard let message else { return }
    throw ScenarioError(problems: [.init(place: InputPlace(file: "--cycles"), keyPath: "", message: message)])
  }
}

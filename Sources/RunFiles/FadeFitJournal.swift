import CycleLife
import Foundation
import Numerics

/// One run of a fit.
struct FadeFitRun: Codable, Sendable, Equatable {
  /// What a run is made again from, and found again by.
  struct Key: Codable, Sendable, Hashable {
    /// The fitted parameters, in SI units.
    var parameters: [Double]
    var seed: UInt64
    var cycles: Int
  }

  var key: Key
  /// Discharge capacity of each cycle, C/kg, as far as the cell went; nil when the solver failed.
  var capacities: [Double]?
  var outcome: String
  /// How long it took.
  var seconds: Double
}

/// Keeps the finished runs of a fit, a line each, so that a fit that was killed goes on where it was.
///
/// The first line says which fit it is. The file lies in the fit's directory until all results are written.
public final class FadeFitJournal: Sendable {
  /// The names of the journal and of the result, which is written last.
  public static let fileName = "finished.jsonl"
  static let resultName = "fit.json"

  /// What a directory is to a fit.
  public enum Place: Sendable {
    /// The fit is to be made here; the journal may hold runs already.
    case open(RunDirectory, FadeFitJournal)
    /// All its results are here.
    case complete
  }

  /// How many runs were finished before.
  public var count: Int { file.entries.count }

  private let file: JournalFile<FadeFitIdentity, FadeFitRun>
  private let runs: Locked<[FadeFitRun.Key: FadeFitRun]>

  /// Makes the directory at `path` for a fit, or goes on in one that holds a part of the same fit.
  ///
  /// Throws ``RunFileError/cannotCreate(path:reason:)`` when the directory holds another fit, which is named, or
  /// anything else, or when another process is at work in it; what exists is left untouched then.
  public static func open(_ request: FadeFitRequest, in path: String) throws(RunFileError) -> Place {
    let identity = request.identity
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    if names.contains(fileName) {
      let directory = RunDirectory(existing: path)
      return .open(directory, try FadeFitJournal(identity, in: directory))
    }
    let result = RunDirectory(existing: path).content(of: resultName)
    if let result, let there = try? JSONDecoder().decode(Written.self, from: result) {
      if let difference = there.fit.difference(from: identity) {
        throw .cannotCreate(path: path, reason: refusal(difference))
      }
      return .complete
    }
    // Killed while the first line was written: nothing else is there yet.
    let isBegun = names == [fileName + ".partial"]
    let directory = isBegun ? RunDirectory(existing: path) : try RunDirectory(creating: path)
    try JournalFile<FadeFitIdentity, FadeFitRun>.begin(identity, in: directory, name: fileName)
    return .open(directory, try FadeFitJournal(identity, in: directory))
  }

  /// The part of the result that says which fit it is of.
  private struct Written: Decodable { var fit: FadeFitIdentity }

  private init(_ identity: FadeFitIdentity, in directory: RunDirectory) throws(RunFileError) {
    file = try JournalFile(in: directory, name: FadeFitJournal.fileName, work: "the fit") {
      $0.difference(from: identity).map { FadeFitJournal.refusal($0) }
    }
    runs = Locked(Dictionary(file.entries.map { ($0.key, $0) }) { first, _ in first })
  }

  /// The finished run with this key; nil when there is none.
  func run(_ key: FadeFitRun.Key) -> FadeFitRun? { runs.withLock { $0[key] } }

  /// All finished runs.
  var all: [FadeFitRun] { runs.withLock { Array($0.values) } }

  /// Adds a finished run and hands it to the operating system.
  func append(_ run: FadeFitRun) throws(RunFileError) {
    try runs.withLock { runs throws(RunFileError) in
      try file.append(run)
      runs[run.key] = run
    }
  }

  /// Removes the journal, once all results are written.
  func remove() throws(RunFileError) { try file.remove() }

  /// Removes the journal, and `directory` when nothing else is in it: of a fit that is refused.
  public func discard(_ directory: RunDirectory) throws(RunFileError) {
    try remove()
    _ = rmdir(directory.path)
  }

  private static func refusal(_ difference: String) -> String {
    "it holds another fit: \(difference); choose another with --output"
  }
}

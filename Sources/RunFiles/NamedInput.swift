import Foundation
import Numerics

/// A file that a scenario names, and that the directory of a run keeps a copy of.
protocol NamedInput: Sendable {
  /// What it is, in a word.
  static var kind: String { get }
  /// The largest file read, in bytes.
  static var sizeLimit: Int { get }
  /// The path as the scenario says it.
  var path: String { get }
  var bytes: Data { get }
  /// The SHA-256 of the file.
  var digest: String { get }

  /// Reads the bytes of the file found at `place`, called `path` in the scenario; throws ``ValueProblem`` with the
  /// place of the mistake.
  init(_ bytes: Data, path: String, place: String) throws(ValueProblem)
}

extension NamedInput {
  /// The name of the file without its folders.
  var fileName: String { (path as NSString).lastPathComponent }
  /// The name under which the directory of a run keeps the file, which no result there has.
  var storedName: String { Self.storedName(path) }
  /// The key of its identity among the values of a scenario.
  var identityKey: String { "\(Self.kind) \(fileName)" }

  static func storedName(_ path: String) -> String { "\(kind)-" + (path as NSString).lastPathComponent }

  /// Puts the file into a directory, unless it is there.
  func copy(into directory: RunDirectory) throws(RunFileError) {
    if directory.length(of: storedName) == nil { try directory.write(bytes, to: storedName) }
  }
}

/// The files of a kind that a scenario, or the cases of a study, name; each is read once.
final class NamedInputs<File: NamedInput>: Sendable {
  private let scenario: String
  /// The directory that holds them under their stored names; nil for where the scenario says.
  private let directory: String?
  private let read = Locked<[String: Result<File, ValueProblem>]>([:])

  /// Paths are relative to the folder of the file `scenario`.
  init(of scenario: String, in directory: String?) {
    self.scenario = scenario
    self.directory = directory
  }

  /// All that were read, in the order of their names.
  var all: [File] {
    read.withLock { $0.values.compactMap { try? $0.get() } }.sorted { $0.path < $1.path }
  }

  /// The file at a path as the scenario says it.
  func file(_ path: String) throws(ValueProblem) -> File {
    let result = read.withLock { read in
      if let known = read[path] { return known }
      let result = Result { () throws(ValueProblem) in try load(path, read) }
      read[path] = result
      return result
    }
    return try result.get()
  }

  private func load(_ path: String, _ read: [String: Result<File, ValueProblem>]) throws(ValueProblem) -> File
  {
    let found = place(of: path)
    let bytes: Data
    do {
      bytes = try InputFile.bytes(at: found, limit: File.sizeLimit)
    } catch {
      throw ValueProblem(message: "\(error)")
    }
    let file = try File(bytes, path: path, place: found)
    // The directory of a run keeps them side by side.
    let others = read.values.compactMap { try? $0.get() }
    if let other = others.first(where: {
      $0.fileName.lowercased() == file.fileName.lowercased() && $0.digest != file.digest
    }) {
      throw ValueProblem(
        message:
          "'\(oneLine(other.path))' and '\(oneLine(path))' are different \(File.kind)s of one name; rename one"
      )
    }
    return file
  }

  /// Where the file lies: what the directory of a run keeps comes before results of the same name there.
  private func place(of path: String) -> String {
    let stored = File.storedName(path)
    if let directory { return (directory as NSString).appendingPathComponent(stored) }
    let folder = (scenario as NSString).deletingLastPathComponent as NSString
    let kept = folder.appendingPathComponent(stored)
    let named = path.hasPrefix("/") ? path : folder.appendingPathComponent(path)
    let files = FileManager.default
    let isRun = files.fileExists(atPath: folder.appendingPathComponent(Checkpoint.fileName))
    let beside = folder.appendingPathComponent((path as NSString).lastPathComponent)
    let places = (isRun ? [kept] : []) + [named, kept, beside]
    return places.first { files.fileExists(atPath: $0) } ?? named
  }
}

/// The files that the values of a scenario name, as they are read.
struct NamedFiles: Sendable {
  let profiles: NamedInputs<ProfileFile>
  let materials: NamedInputs<MaterialFile>

  /// Paths are relative to the folder of the file `scenario`, unless `directory` holds copies.
  init(of scenario: String, in directory: String?) {
    profiles = NamedInputs(of: scenario, in: directory)
    materials = NamedInputs(of: scenario, in: directory)
  }
}

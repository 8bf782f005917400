import CycleLife
import Foundation

/// What makes a study the one it is: with the same, the same tables and figures come out.
struct StudyIdentity: Codable, Equatable {
  var version: String
  /// Every value that all cases share, by key.
  var values: [String: String]
  var protocolSteps: [String]
  /// The cases as `--list` prints them.
  var cases: [String]
  var figure: String

  init(_ study: Study) {
    version = RunManifest.programVersion
    values = Dictionary(
      uniqueKeysWithValues: study.base.rows.map { row in
        (row.key, row.value + (["", "1"].contains(row.unit) ? "" : " \(row.unit)"))
      })
    protocolSteps = study.template.writtenSteps ?? study.base.scenario.protocolSteps.map(\.text)
    cases = study.list
    figure = study.figure?.written.map { "\($0.key): \($0.value)" }.joined(separator: ", ") ?? ""
  }

  /// The first difference between this study and another that is to be run in its place, in words; nil for none.
  func difference(from other: StudyIdentity) -> String? {
    func told(_ name: String, _ there: String, _ here: String) -> String {
      "\(name) is '\(oneLine(there))' there and '\(oneLine(here))' here"
    }
    if version != other.version { return told("the version of the program", version, other.version) }
    let keys = ScenarioKey.all.map(\.path).filter { values[$0] != other.values[$0] }
    if let key = keys.first { return told(key, values[key] ?? "", other.values[key] ?? "") }
    for (name, there, here) in [("step", protocolSteps, other.protocolSteps), ("case", cases, other.cases)] {
      if let place = zip(there, here).enumerated().first(where: { $1.0 != $1.1 })?.offset {
        return told("\(name) \(place + 1)", there[place], here[place])
      }
      if there.count != here.count {
        return told("the number of \(name)s", "\(there.count)", "\(here.count)")
      }
    }
    return figure == other.figure ? nil : told("figure", figure, other.figure)
  }
}

/// Keeps the finished runs of a study, a line each, so that a study that was killed goes on where it was.
///
/// The first line says which study it is. The file lies in the study's directory until all results are written.
public struct StudyJournal: Sendable {
  /// The name of the file.
  public static let fileName = "finished.jsonl"

  /// One finished run.
  struct Entry: Codable {
    var caseNumber: Int
    /// The number of the replicate, from 1.
    var replicate: Int
    /// nil when the solver failed.
    var result: CaseResult?
    var outcome: String
  }

  /// What a directory is to a study.
  public enum Place: Sendable {
    /// The study is to be run here; the journal may hold runs already.
    case open(RunDirectory, StudyJournal)
    /// All its results are here; `exitCode` is that of the run that wrote them.
    case complete(exitCode: Int32)
  }

  /// The runs that were finished before.
  let finished: [Entry]
  /// How many runs were finished before.
  public var count: Int { finished.count }

  private let path: String
  private let file: FileHandle

  /// Makes the directory at `path` for `study`, or goes on in one that holds a part of the same study.
  ///
  /// Throws ``RunFileError/cannotCreate(path:reason:)`` when the directory holds another study, which is named,
  /// or anything else, or when another process is at work in it; what exists is left untouched then.
  public static func open(_ study: Study, in path: String) throws(RunFileError) -> Place {
    let study = study.withCases
    let identity = StudyIdentity(study)
    let name = RunDirectory(existing: path).path(of: fileName)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    if names.contains(fileName) {
      return .open(RunDirectory(existing: path), try StudyJournal(path: name, identity, directory: path))
    }
    let manifest = FileManager.default.contents(
      atPath: RunDirectory(existing: path).path(of: RunManifest.fileName))
    if let manifest, let written = try? JSONDecoder().decode(RunManifest.self, from: manifest),
      let there = written.study
    {
      if let difference = there.difference(from: identity) {
        throw .cannotCreate(path: path, reason: refusal(difference))
      }
      return .complete(exitCode: written.exitCode)
    }
    // Killed while the first line was written: nothing else is there yet.
    let isBegun = names == [fileName + ".partial"]
    let directory = isBegun ? RunDirectory(existing: path) : try RunDirectory(creating: path)
    try directory.write(try line(identity, path: name), to: fileName)
    return .open(directory, try StudyJournal(path: name, identity, directory: path))
  }

  /// Opens the journal at `path` and reads what it holds; drops from the first line on that is not whole.
  private init(path: String, _ identity: StudyIdentity, directory: String) throws(RunFileError) {
    func refused(_ reason: String) -> RunFileError { .cannotCreate(path: directory, reason: reason) }
    let descriptor = Foundation.open(path, O_RDWR | O_APPEND | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw refused("\(StudyJournal.fileName): \(String(cString: strerror(errno)))")
    }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw refused("another process is running the study in it")
    }
    let content = (try? file.readToEnd()) ?? Data()
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = StudyJournal.decoding
    var lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    // What follows the last line break is empty, or the line during which the process was killed.
    lines.removeLast()
    guard let first = lines.first, let there = try? decoder.decode(StudyIdentity.self, from: first) else {
      throw refused("it exists and is not empty; choose another with --output")
    }
    if let difference = there.difference(from: identity) { throw refused(StudyJournal.refusal(difference)) }
    var entries: [Entry] = []
    var length = first.count + 1
    for line in lines.dropFirst() {
      guard let entry = try? decoder.decode(Entry.self, from: line) else { break }
      entries.append(entry)
      length += line.count + 1
    }
    guard ftruncate(descriptor, off_t(length)) == 0 else {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
    finished = entries
    self.path = path
    self.file = file
  }

  /// Adds a finished run and hands it to the operating system.
  ///
  /// A run whose pictures are to be drawn is not added, because the journal does not hold them: it is done again.
  func append(_ row: StudyRow, replicate: Int) throws(RunFileError) {
    guard row.result?.field == nil else { return }
    let entry = Entry(caseNumber: row.number, replicate: replicate, result: row.result, outcome: row.outcome)
    let line = try StudyJournal.line(entry, path: path)
    do {
      try file.write(contentsOf: line)
    } catch {
      throw .cannotWrite(path: path, reason: error.localizedDescription)
    }
  }

  /// Removes the journal, once all results are written.
  public func remove() throws(RunFileError) {
    guard unlink(path) == 0 else {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
  }

  private static func refusal(_ difference: String) -> String {
    "it holds another study: \(difference); choose another with --output"
  }

  /// One line of JSON; numbers read back as the same numbers.
  private static func line(_ value: some Encodable, path: String) throws(RunFileError) -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return try encoder.encode(value) + Data("\n".utf8)
    } catch {
      throw .cannotWrite(path: path, reason: "\(error)")
    }
  }

  private static let decoding = JSONDecoder.NonConformingFloatDecodingStrategy.convertFromString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
}

extension RunDirectory {
  /// A directory that exists, whatever it holds.
  fileprivate init(existing path: String) { self.path = path }
}

import CycleLife
import Foundation

/// What makes a study the one it is: with the same, the same tables and figures come out.
struct StudyIdentity: Codable, Equatable, Sendable {
  var version: String
  /// Every value that all cases share, by key.
  var values: [String: String]
  var protocolSteps: [String]
  /// The cases as `--list` prints them.
  var cases: [String]
  var figure: String

  init(_ study: Study) {
    version = RunManifest.programVersion
    values = study.base.values
    for profile in study.template.files.profiles.all { values[profile.identityKey] = profile.identity }
    for material in study.template.files.materials.all { values[material.identityKey] = material.identity }
    protocolSteps = study.base.stepTexts(written: study.template.writtenSteps)
    cases = study.list
    figure = study.figure?.written.map { "\($0.key): \($0.value)" }.joined(separator: ", ") ?? ""
  }

  /// The first difference between this study and another that is to be run in its place, in words; nil for none.
  func difference(from other: StudyIdentity) -> String? {
    func told(_ name: String, _ there: String, _ here: String) -> String {
      "\(name) is '\(oneLine(there))' there and '\(oneLine(here))' here"
    }
    if version != other.version { return told("the version of the program", version, other.version) }
    let known = ScenarioKey.all.map(\.path)
    let others = Set(values.keys).union(other.values.keys).subtracting(known).sorted()
    let keys = (known + others).filter { values[$0] != other.values[$0] }
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
/// Cases that other processes run, here or on other machines, have journals of their own beside it, its parts.
public struct StudyJournal: Sendable {
  /// The name of the file.
  public static let fileName = "finished.jsonl"

  /// One finished run.
  struct Entry: Codable, Sendable {
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

  /// The runs that were finished before, also as parts.
  let finished: [Entry]
  /// How many runs were finished before.
  public var count: Int { finished.count }

  private let directory: RunDirectory
  private let file: JournalFile<StudyIdentity, Entry>

  /// Makes the directory at `path` for `study`, or goes on in one that holds a part of the same study.
  ///
  /// Throws ``RunFileError/cannotCreate(path:reason:)`` when the directory holds another study, which is named,
  /// or anything else, or when another process is at work in it; what exists is left untouched then.
  public static func open(_ study: Study, in path: String) throws(RunFileError) -> Place {
    let study = study.withCases
    let identity = StudyIdentity(study)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    if names.contains(fileName) {
      let directory = RunDirectory(existing: path)
      return .open(directory, try StudyJournal(identity, in: directory))
    }
    let manifest = RunDirectory(existing: path).content(of: RunManifest.fileName)
    if let manifest, let written = try? JSONDecoder().decode(RunManifest.self, from: manifest),
      let there = written.study
    {
      if let difference = there.difference(from: identity) {
        throw .cannotCreate(path: path, reason: refusal(difference))
      }
      return .complete(exitCode: written.exitCode)
    }
    // Killed while the first line was written, or parts have been run before.
    let isBegun = !names.isEmpty && names.allSatisfy { $0 == fileName + ".partial" || isPart($0) }
    let directory = isBegun ? RunDirectory(existing: path) : try RunDirectory(creating: path)
    try JournalFile<StudyIdentity, Entry>.begin(identity, in: directory, name: fileName)
    return .open(directory, try StudyJournal(identity, in: directory))
  }

  /// Makes the directory at `path` for one case of `study`, or goes on with that case.
  ///
  /// As many processes as there are cases may do so at once. Throws as ``open(_:in:)``.
  public static func openPart(_ number: Int, of study: Study, in path: String) throws(RunFileError) -> Place {
    let study = study.withCases
    let identity = StudyIdentity(study)
    let directory = try RunDirectory(path)
    let names = try directory.names()
    if names.contains(RunManifest.fileName), !names.contains(fileName) {
      return try open(study, in: path)
    }
    let name = partName(number)
    if !names.contains(name) {
      guard names.contains(fileName) || names.allSatisfy({ $0 == fileName + ".partial" || isPart($0) }) else {
        throw directory.inUse
      }
      try JournalFile<StudyIdentity, Entry>.begin(identity, in: directory, name: name)
    }
    let part = try StudyJournal.file(identity, in: directory, name: name, work: "case \(number) of the study")
    return .open(directory, StudyJournal(finished: part.entries, directory: directory, file: part))
  }

  private init(_ identity: StudyIdentity, in directory: RunDirectory) throws(RunFileError) {
    let file = try StudyJournal.file(identity, in: directory, name: StudyJournal.fileName, work: "the study")
    var finished = file.entries
    for name in try directory.names().filter(StudyJournal.isPart).sorted() {
      // Let go of at once: there may be more of them than files that a process may hold open.
      let part = try StudyJournal.file(identity, in: directory, name: name, work: "a case of the study")
      finished += part.entries
    }
    self.init(finished: finished, directory: directory, file: file)
  }

  private init(finished: [Entry], directory: RunDirectory, file: JournalFile<StudyIdentity, Entry>) {
    (self.finished, self.directory, self.file) = (finished, directory, file)
  }

  private static func file(
    _ identity: StudyIdentity, in directory: RunDirectory, name: String, work: String
  ) throws(RunFileError) -> JournalFile<StudyIdentity, Entry> {
    try JournalFile(in: directory, name: name, work: work) {
      $0.difference(from: identity).map { StudyJournal.refusal($0) }
    }
  }

  private static func partName(_ number: Int) -> String { "finished-\(number).jsonl" }
  /// Whether a file is a part, or one that was being begun.
  private static func isPart(_ name: String) -> Bool {
    name.wholeMatch(of: /finished-\d+\.jsonl(\.partial)?/) != nil
  }

  /// Adds a finished run and hands it to the operating system.
  ///
  /// A run whose pictures are to be drawn is not added, because the journal does not hold them: it is done again.
  func append(_ row: StudyRow, replicate: Int) throws(RunFileError) {
    guard row.result?.field == nil else { return }
    try file.append(
      Entry(caseNumber: row.number, replicate: replicate, result: row.result, outcome: row.outcome))
  }

  /// Removes the journal and its parts, once all results are written.
  public func remove() throws(RunFileError) {
    try file.remove()
    for name in try directory.names() where StudyJournal.isPart(name) { try directory.remove(name) }
  }

  private static func refusal(_ difference: String) -> String {
    "it holds another study: \(difference); choose another with --output"
  }
}

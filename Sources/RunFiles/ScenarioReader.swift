import Foundation

/// Reads scenario files; whatever a file does not say takes its default.
///
/// All mistakes of a file are reported at once, and no input is trusted: aliases, files above
/// ``sizeLimit`` and unknown keys are refused.
public struct ScenarioReader: Sendable {
  /// The largest file read, in bytes; a scenario of every key is a hundredth of it.
  public static let sizeLimit = 1 << 20

  /// Overrides in the form `key.path=value`; they win over the file, a later one over an earlier.
  public var overrides: [String]

  /// The directory that holds the image of a scenario and its profiles, as a run keeps them; nil for where the scenario says.
  var inputDirectory: String?

  /// Creates a reader that applies `overrides`, each in the form `key.path=value`.
  public init(overrides: [String] = []) {
    self.overrides = overrides
  }

  /// Reads the study or plain scenario in the file at `path`.
  ///
  /// Throws ``RunFileError`` when the file cannot be read and ``ScenarioError`` when what it says
  /// is not a scenario.
  public func readStudy(path: String) throws -> Study {
    let bytes = try InputFile.bytes(at: path, limit: ScenarioReader.sizeLimit)
    return try readStudy(bytes, name: path)
  }

  /// Reads a study or a plain scenario from the bytes of a file called `name`; throws ``ScenarioError``.
  public func readStudy(_ bytes: Data, name: String) throws -> Study {
    func refused(_ message: String) -> ScenarioError {
      ScenarioError(problems: [.init(place: InputPlace(file: name), keyPath: "", message: message)])
    }
    guard bytes.count <= ScenarioReader.sizeLimit else {
      throw refused("larger than 1 MiB; a scenario is a short text")
    }
    guard !bytes.contains(0) else { throw refused("a binary file; a scenario is YAML text") }
    guard var text = String(validating: bytes, as: UTF8.self) else {
      throw refused("not UTF-8 text; save the file as UTF-8")
    }
    if text.hasPrefix("\u{FEFF}") { text.removeFirst() }
    var tree = WrittenScenario(file: name)
    tree.read(yaml: text)
    // Without the tree, every further message would be a consequence of the first.
    if !tree.isReadable { try tree.problems.throwIfAny() }
    for override in overrides { tree.read(override: override) }
    var resolver = StudyResolver(
      written: tree, file: name, bytes: bytes, inputDirectory: inputDirectory)
    return try resolver.resolve()
  }

  /// Reads a plain scenario, which varies nothing; throws ``ScenarioError``.
  public func read(_ bytes: Data, name: String) throws -> ResolvedScenario {
    try plain(try readStudy(bytes, name: name), name)
  }

  /// Reads a plain scenario, which varies nothing, from the file at `path`.
  ///
  /// Throws as ``readStudy(path:)``, and ``ScenarioError`` for a study.
  public func read(path: String) throws -> ResolvedScenario {
    try plain(try readStudy(path: path), path)
  }

  private func plain(_ study: Study, _ name: String) throws(ScenarioError) -> ResolvedScenario {
    guard study.cases.isEmpty else {
      throw ScenarioError(problems: [
        .init(
          place: InputPlace(file: name), keyPath: "",
          message: "a study of \(study.cases.count) cases; expected one scenario, without vary and cases")
      ])
    }
    return study.base
  }
}

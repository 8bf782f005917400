import CellPhysics
import CycleLife
import Foundation
import Numerics

/// A scenario made of a file of BPX, with what became of every value of the file.
///
/// The file is not trusted: it is refused, with the way to what is wrong in it, or read.
public struct BPXImport: Sendable {
  /// What became of a value.
  enum Fate: String, CaseIterable, Sendable {
    case used
    case assumed
    case ignored
  }

  struct Note: Sendable, Equatable {
    var fate: Fate
    /// Where the value stands in the file, or the key path of what is assumed.
    var place: String
    var text: String
  }

  let notes: [Note]
  /// The scenario, a commented YAML file.
  public let scenario: String

  /// Reads the file at `path`; throws ``RunFileError`` when it cannot be read, and ``ScenarioError`` otherwise.
  public init(path: String) throws {
    try self.init(try InputFile.bytes(at: path, limit: BPXNode.sizeLimit), name: path)
  }

  /// Reads the bytes of the file called `name`; throws ``ScenarioError``.
  init(_ bytes: Data, name: String) throws {
    var reader = BPXReader()
    try reader.read(BPXNode(bytes, file: name))
    notes = reader.notes
    scenario = reader.scenario(of: name)
    // What has been checked value by value may still not fit together.
    do {
      _ = try ScenarioReader().read(Data(scenario.utf8), name: name)
    } catch let error as ScenarioError {
      throw ScenarioError(
        problems: error.problems.map {
          .init(place: InputPlace(file: name), keyPath: "as a scenario: \($0.keyPath)", message: $0.message)
        })
    }
  }

  /// What was used, assumed and ignored, as lines.
  public var lines: [String] { BPXImport.lines(notes) }

  static func lines(_ notes: [Note]) -> [String] {
    Fate.allCases.flatMap { fate -> [String] in
      let all = notes.filter { $0.fate == fate }
      guard !all.isEmpty else { return [] }
      let shown = all.prefix(100).map { "  \($0.place): \($0.text)" }
      return ["\(fate.rawValue):"] + shown
        + (all.count > shown.count ? ["  and \(all.count - shown.count) more"] : [])
    }
  }

  /// Writes the scenario to a new file; throws ``RunFileError``: `wouldReplace` when it is there.
  public func write(to path: String) throws(RunFileError) { try writeNewFile(Data(scenario.utf8), to: path) }
}

extension BPXReader {
  /// The scenario of a file of this name, as a commented YAML file.
  func scenario(of file: String) -> String {
    let name = oneLine(URL(fileURLWithPath: file).lastPathComponent)
    var lines = [
      "# Made by 'cyclelife import-bpx' of \(name), BPX \(oneLine(version)).",
      "# 'cyclelife check' prints every value of it with its source.", "#",
    ]
    lines += BPXImport.lines(notes).map { "# " + oneLine($0, limit: 300, indented: true) }
    lines += ["", "title: \(yamlQuoted(title ?? name))"]
    if let description, !description.isEmpty { lines.append("description: \(yamlQuoted(description))") }
    var open: [Substring] = []
    let values = Parameter.allCases.compactMap { parameter in
      parameters[parameter].map {
        (path: parameter.rawValue, text: QuantityText.text($0.si, parameter.entry.unit))
      }
    }
    let all =
      values
      + (stressFreeContent.map { [(path: BPXKey.stressFreeState, text: QuantityText.plain($0))] } ?? [])
    for section in ScenarioKey.all.map(\.path) {
      guard let value = all.first(where: { $0.path == section }) else { continue }
      var sections = value.path.split(separator: ".")
      let leaf = sections.removeLast()
      let shared = zip(sections, open).prefix { $0 == $1 }.count
      if shared == 0 { lines.append("") }
      for depth in shared..<max(sections.count, shared) {
        lines.append(String(repeating: "  ", count: depth) + "\(sections[depth]):")
      }
      open = sections
      lines.append(String(repeating: "  ", count: sections.count) + "\(leaf): \(value.text)")
    }
    if !steps.isEmpty { lines += ["", "protocol:"] + steps.map { "  - \($0)" } }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// The text on one line, with the blanks before it.
private func oneLine(_ text: String, limit: Int, indented: Bool) -> String {
  String(text.prefix { $0 == " " }) + oneLine(text, limit: limit)
}

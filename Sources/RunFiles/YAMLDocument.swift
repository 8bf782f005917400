import Yams

/// The nodes of a YAML text that holds nothing strange.
enum YAMLDocument {
  /// Why a text is none.
  struct Problem: Error {
    var place: InputPlace
    /// The key it belongs to; empty when it belongs to none.
    var keyPath: String
    var message: String
  }

  /// The root node of a text that is the content of `file`; nil for one without any.
  static func root(of yaml: String, file: String) throws(Problem) -> Node? {
    if let objection = YAMLInspection.firstObjection(in: yaml) {
      let place = InputPlace(file: file, line: objection.line, column: objection.column)
      throw Problem(place: place, keyPath: "", message: objection.message)
    }
    do {
      // Texts are understood here, not by the rules of YAML, whose expressions take most of the time.
      let parser = try Parser(yaml: yaml, resolver: .basic, encoding: .utf8)
      return try parser.singleRoot()
    } catch {
      throw problem(error, in: yaml, file: file)
    }
  }

  /// What the YAML library says, as a problem on one line.
  private static func problem(_ error: any Error, in yaml: String, file: String) -> Problem {
    switch error as? YamlError {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let place = InputPlace(file: file, line: mark.line, column: mark.column)
      let found = [context?.text, problem].compactMap(\.self).joined(separator: ", ")
      return Problem(place: place, keyPath: "", message: "not valid YAML: \(oneLine(found, limit: 200))")
    case .reader(let problem, let offset, _, _):
      let line = offset.map { yaml.prefix($0).count(where: \.isNewline) + 1 }
      return Problem(
        place: InputPlace(file: file, line: line), keyPath: "",
        message: "not valid YAML: \(oneLine(problem, limit: 200))")
    case .duplicatedKeysInMapping(let keys, let context):
      let place = InputPlace(file: file, line: context.mark.line, column: context.mark.column)
      let key = keys.sorted().first ?? ""
      return Problem(
        place: place, keyPath: oneLine(enclosingSections(of: context.mark, in: yaml) + key),
        message: "written more than once in the same section")
    default:
      return Problem(
        place: InputPlace(file: file), keyPath: "",
        message: "not valid YAML: \(oneLine("\(error)", limit: 200))")
    }
  }

  /// The sections around a key, `degradation.cracks.`, as the indentation tells them.
  ///
  /// The YAML library gives no tree when a key is written twice.
  private static func enclosingSections(of mark: Mark, in yaml: String) -> String {
    var column = mark.column - 1
    var sections: [String] = []
    for line in yaml.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .prefix(mark.line - 1).reversed()
    {
      let indentation = line.prefix { $0 == " " }.count
      let content = line.dropFirst(indentation)
      guard indentation < column, !content.isEmpty, !content.hasPrefix("#") else { continue }
      guard let colon = content.firstIndex(of: ":") else { break }
      sections.insert(String(content[..<colon]), at: 0)
      column = indentation
    }
    let path = sections.joined(separator: ".")
    return ScenarioKey.sections.contains(path) ? path + "." : ""
  }
}

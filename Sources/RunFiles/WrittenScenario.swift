import CellPhysics
import CycleLife
import Foundation
import Yams

/// What a scenario file and the overrides say, key by key, before it is understood.
struct WrittenScenario {
  /// The text of one key, and where it stands.
  struct Value {
    enum Content {
      case text(String)
      case steps([WrittenPart])
      case legend([LegendEntry])
    }
    var content: Content
    var place: InputPlace
    var origin: ResolvedScenario.Origin
  }

  /// What a label of an image stands for: `0: pore`, or `1: {crystal: 30 deg}`.
  struct LegendEntry {
    var label: String
    var labelPlace: InputPlace
    /// The word, and what stands behind it; nil for nothing.
    var word: String
    var detail: String?
    var place: InputPlace
  }

  /// The most steps that a cycle may have.
  static let stepLimit = 1000

  private let file: String
  private(set) var values: [ScenarioKey: Value] = [:]
  /// What overrides give to the names in braces of the protocol.
  private(set) var names: [String: Value] = [:]
  var study = WrittenStudy()
  var problems = ProblemList()
  /// Whether the file is a mapping of keys to values, right or wrong.
  private(set) var isReadable = false

  init(file: String) { self.file = file }

  /// Takes all keys of a YAML document.
  mutating func read(yaml: String) {
    do throws(YAMLDocument.Problem) {
      read(root: try YAMLDocument.root(of: yaml, file: file))
    } catch {
      problems.add(error.place, error.keyPath, error.message)
    }
  }

  private mutating func read(root: Node?) {
    guard let root, !isMissing(root) else {
      problems.add(InputPlace(file: file), "", "the file is empty; even a title makes a scenario")
      return
    }
    guard case .mapping(let mapping) = root else {
      problems.add(
        place(root), "", "expected a mapping of keys to values, such as 'cathode:' with keys below it")
      return
    }
    isReadable = true
    read(mapping, section: "")
  }

  /// Takes one `key.path=value`.
  mutating func read(override: String) {
    let place = InputPlace.overrides
    guard let equals = override.firstIndex(of: "=") else {
      problems.add(place, "", "'\(oneLine(override))': expected key.path=value")
      return
    }
    let path = override[..<equals].trimmingCharacters(in: .whitespaces)
    let text = override[override.index(after: equals)...].trimmingCharacters(in: .whitespaces)
    if stepNames.contains(path), !text.isEmpty {
      names[path] = Value(content: .text(text), place: place, origin: .override)
      return
    }
    guard let key = ScenarioKey(path: path) else {
      problems.add(place, oneLine(path), unknownKey(path))
      return
    }
    guard !key.isSteps else {
      problems.add(place, path, "a list of steps; write it in the scenario file")
      return
    }
    guard key != .labels else {
      problems.add(place, path, "a legend; write it in the scenario file")
      return
    }
    guard !text.isEmpty else {
      problems.add(place, path, "the value is missing")
      return
    }
    values[key] = Value(content: .text(text), place: place, origin: .override)
  }

  private mutating func read(_ mapping: Node.Mapping, section: String) {
    for (keyNode, node) in mapping {
      // A long list of unknown keys is not searched for hints to its end.
      guard !problems.isFull else { return }
      guard case .scalar(let scalar) = keyNode else {
        problems.add(place(keyNode), section, "a key must be text")
        continue
      }
      let path = section.isEmpty ? scalar.string : "\(section).\(scalar.string)"
      if section.isEmpty, let part = WrittenStudy.Part(rawValue: path) {
        readStudy(part, node, place(keyNode))
      } else if scalar.string.contains(".") {
        problems.add(
          place(keyNode), oneLine(path),
          "a key has no period; write each section on its own line with its keys indented below")
      } else if ScenarioKey.sections.contains(path) {
        readSection(node, path)
      } else if let key = ScenarioKey(path: path) {
        readValue(node, key)
      } else {
        problems.add(place(keyNode), oneLine(path), unknownKey(path))
      }
    }
  }

  private mutating func readSection(_ node: Node, _ path: String) {
    // A section whose keys are all commented out is as good as none.
    guard !isMissing(node) else { return }
    guard case .mapping(let mapping) = node else {
      problems.add(place(node), path, "expected a mapping: keys of this section, indented below it")
      return
    }
    read(mapping, section: path)
  }

  private mutating func readValue(_ node: Node, _ key: ScenarioKey) {
    guard !isMissing(node) else {
      problems.add(place(node), key.path, "the value is missing")
      return
    }
    let content: Value.Content
    switch (node, key) {
    case (.mapping(let mapping), .labels):
      content = .legend(mapping.compactMap { legendEntry($0, $1) })
    case (_, .labels):
      problems.add(
        place(node), key.path,
        "expected what each label of the image stands for, such as '0: pore' and '1: {crystal: 0 deg}'")
      return
    case (.scalar(let scalar), _) where !key.isSteps:
      content = .text(scalar.string)
    case (.sequence(let sequence), _) where key.isSteps:
      guard sequence.count <= WrittenScenario.stepLimit else {
        problems.add(
          place(node), key.path, "\(sequence.count) steps; expected no more than \(WrittenScenario.stepLimit)"
        )
        return
      }
      if sequence.isEmpty { problems.add(place(node), key.path, "a cycle needs at least one step") }
      content = .steps(parts(sequence, key, depth: 0))
    case (.sequence(let sequence), .fieldCycles), (.sequence(let sequence), .fieldCapacities):
      // An item that is no scalar is no value, and reported as such.
      content = .text("[" + sequence.map { $0.scalar?.string ?? "a list" }.joined(separator: ", ") + "]")
    case _ where key.isSteps:
      problems.add(
        place(node), key.path,
        "expected a list of steps, each on a line of its own that starts with '- '")
      return
    default:
      problems.add(place(node), key.path, "expected a single value, not a list or a mapping")
      return
    }
    values[key] = Value(content: content, place: place(node), origin: .scenario)
  }

  /// The deepest that blocks of a protocol nest.
  private static let deepestBlock = 8

  /// The parts of a protocol: texts of steps, and blocks `repeat: 3` with `steps:`.
  private mutating func parts(_ sequence: Node.Sequence, _ key: ScenarioKey, depth: Int) -> [WrittenPart] {
    sequence.compactMap { item in
      switch item {
      case .scalar(let scalar): .step(text: scalar.string, place: place(item))
      case .mapping(let mapping): block(mapping, item, key, depth: depth + 1)
      default:
        refuse(
          item, key, "expected the text of one step in each line of the list, or 'repeat: 3' with 'steps:'")
      }
    }
  }

  private mutating func block(_ mapping: Node.Mapping, _ item: Node, _ key: ScenarioKey, depth: Int)
    -> WrittenPart?
  {
    guard depth <= Self.deepestBlock else {
      return refuse(item, key, "blocks nest at most \(Self.deepestBlock) deep")
    }
    var (count, steps) = ((text: String, place: InputPlace)?.none, [WrittenPart]?.none)
    for (name, node) in mapping {
      switch (name.scalar?.string ?? "", node) {
      case ("repeat", .scalar(let scalar)): count = (scalar.string, place(node))
      case ("repeat", _):
        return refuse(node, key, "expected a whole number of repetitions, such as 'repeat: 3'")
      case ("steps", .sequence(let sequence)):
        if sequence.isEmpty { problems.add(place(node), key.path, "a block needs at least one step") }
        steps = parts(sequence, key, depth: depth)
      case ("steps", _):
        return refuse(node, key, "expected a list of steps, each on a line of its own that starts with '- '")
      case (let other, _):
        let hint =
          ScenarioKey.nearest(to: other, among: ["repeat", "steps"]).map { "; nearest: \($0)" } ?? ""
        return refuse(
          name, key, "'\(oneLine(other))' is no key of a block; expected 'repeat: 3' with 'steps:'\(hint)")
      }
    }
    guard let count, let steps else {
      return refuse(item, key, "a block needs both 'repeat: 3', the repetitions, and 'steps:', a list")
    }
    return .block(count: count.text, countPlace: count.place, steps)
  }

  private mutating func refuse(_ node: Node, _ key: ScenarioKey, _ message: String) -> WrittenPart? {
    problems.add(place(node), key.path, message)
    return nil
  }

  private mutating func legendEntry(_ key: Node, _ node: Node) -> LegendEntry? {
    let label = key.scalar?.string ?? "a list"
    func entry(_ word: String, _ detail: String?) -> LegendEntry {
      LegendEntry(label: label, labelPlace: place(key), word: word, detail: detail, place: place(node))
    }
    if case .scalar(let word) = node { return entry(word.string, nil) }
    if case .mapping(let mapping) = node, mapping.count == 1,
      let (word, detail) = mapping.first.map({ ($0.key, $0.value) }),
      let word = word.scalar?.string, let detail = detail.scalar?.string
    {
      return entry(word, detail)
    }
    problems.add(
      place(node), "\(ScenarioKey.labels.path).\(oneLine(label))",
      "expected pore, electrolyte, gap or {crystal: ANGLE}, such as {crystal: 30 deg}")
    return nil
  }

  /// The names in braces of the protocol, which the cases of a study fill in.
  var stepNames: [String] {
    ScenarioKey.steps.flatMap { key in
      guard case .steps(let parts) = values[key]?.content else { return [String]() }
      return parts.flatMap(\.names)
    }
  }

  private func unknownKey(_ path: String) -> String {
    if ScenarioKey.sections.contains(path) {
      let keys = ScenarioKey.all.map(\.path).filter { $0.hasPrefix(path + ".") }
      let named = keys.prefix(3).joined(separator: ", ")
      return "a section, no key; its keys: \(named)" + (keys.count > 3 ? " and \(keys.count - 3) more" : "")
    }
    guard
      let nearest = ScenarioKey.nearest(to: path, or: stepNames + WrittenStudy.Part.allCases.map(\.rawValue))
    else { return "unknown key" }
    return "unknown key; nearest valid key: \(nearest)"
  }

  func place(_ node: Node) -> InputPlace {
    InputPlace(file: file, line: node.mark?.line, column: node.mark?.column)
  }

  func isMissing(_ node: Node) -> Bool {
    guard case .scalar(let scalar) = node, scalar.style == .plain else { return false }
    return ["", "~", "null"].contains(scalar.string)
  }
}

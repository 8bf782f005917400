import Yams

/// What `vary`, `cases` and `figure` of a file say, before their keys are looked up.
struct WrittenStudy {
  /// The keys of a file that make it a study.
  enum Part: String, CaseIterable {
    case vary
    case cases
    case sensitivity
    case figure
  }

  /// A value given to a key path or to a name in braces of the protocol.
  struct Setting {
    var path: String
    var keyPlace: InputPlace
    var text: String
    var place: InputPlace
  }

  /// Settings that belong together.
  struct Choice {
    /// The name it has in the file; nil for a value in a list.
    var label: String?
    var settings: [Setting]
  }

  /// One dimension of the grid.
  struct Axis {
    /// The name the file gives to a set of named choices; nil for lists of values.
    var name: String?
    var choices: [Choice]
    var place: InputPlace
  }

  var axes: [Axis] = []
  var cases: [Choice] = []
  var figure: [Setting] = []
  var figurePlace: InputPlace?
  /// The inputs of a sensitivity, each with its low and its high value.
  var sensitivity: [Axis] = []
  var sensitivityPlace: InputPlace?
  var varyPlace: InputPlace?
}

// MARK: - Reading

extension WrittenScenario {
  private static let values = "a list of values, such as [0.1C, 1C]"

  /// Takes one of the keys that make a file a study.
  mutating func readStudy(_ part: WrittenStudy.Part, _ node: Node, _ keyPlace: InputPlace) {
    guard !isMissing(node) else { return }
    guard case .mapping(let mapping) = node else {
      let expected =
        switch part {
        case .vary: "keys to vary, each with \(Self.values)"
        case .cases: "names of cases, each with a mapping of keys to values"
        case .sensitivity: "inputs, each with its low and its high value, such as [2 um, 10 um]"
        case .figure: "'kind: map' or another kind of figure"
        }
      problems.add(place(node), part.rawValue, "expected a mapping: \(expected)")
      return
    }
    switch part {
    case .vary:
      study.varyPlace = keyPlace
      readAxes(mapping, section: "")
    case .cases: study.cases = choices(mapping, of: "cases")
    case .sensitivity:
      study.sensitivityPlace = keyPlace
      readInputs(mapping, section: "")
    case .figure:
      study.figurePlace = keyPlace
      study.figure = settings(mapping, section: "", of: "figure")
    }
  }

  private mutating func readAxes(_ mapping: Node.Mapping, section: String) {
    for (keyNode, node) in mapping {
      guard !problems.isFull else { return }
      switch (keyNode, node) {
      case (.sequence(let keys), _): readRows(keys, place(keyNode), node)
      case (.scalar(let key), .mapping(let content)):
        let path = section + key.string
        if ScenarioKey.sections.contains(path) {
          readAxes(content, section: path + ".")
        } else {
          addAxis(
            .init(name: oneLine(path), choices: choices(content, of: "vary.\(path)"), place: place(keyNode)))
        }
      case (.scalar(let key), .sequence(let values)):
        let path = section + key.string
        let settings = values.compactMap { setting(path, place(keyNode), $0, of: "vary") }
        addAxis(.init(choices: settings.map { .init(settings: [$0]) }, place: place(keyNode)))
      case (.scalar(let key), _):
        problems.add(place(node), "vary.\(oneLine(section + key.string))", "expected \(Self.values)")
      default: problems.add(place(keyNode), "vary", "expected a key, or keys that vary together: [key, key]")
      }
    }
  }

  /// Inputs with two values each.
  private mutating func readInputs(_ mapping: Node.Mapping, section: String) {
    for (keyNode, node) in mapping {
      guard !problems.isFull else { return }
      guard case .scalar(let key) = keyNode else {
        problems.add(place(keyNode), "sensitivity", "a key must be text")
        continue
      }
      let path = section + key.string
      if case .mapping(let content) = node, ScenarioKey.sections.contains(path) {
        readInputs(content, section: path + ".")
        continue
      }
      guard case .sequence(let values) = node, values.count == 2 else {
        problems.add(
          place(node), "sensitivity.\(oneLine(path))",
          "expected a low and a high value, such as [2 um, 10 um]")
        continue
      }
      let settings = values.compactMap { setting(path, place(keyNode), $0, of: "sensitivity") }
      if settings.count == 2 {
        study.sensitivity.append(
          .init(choices: settings.map { .init(settings: [$0]) }, place: place(keyNode)))
      }
    }
  }

  /// Keys that vary together: a list of keys with a list of rows, one value for each key.
  private mutating func readRows(_ keys: Node.Sequence, _ keyPlace: InputPlace, _ node: Node) {
    let paths = keys.compactMap { if case .scalar(let scalar) = $0 { scalar.string } else { nil } }
    guard paths.count == keys.count, !paths.isEmpty, case .sequence(let rows) = node else {
      problems.add(keyPlace, "vary", "expected keys that vary together: '[key, key]: [[value, value], ...]'")
      return
    }
    let name = "vary.[\(oneLine(paths.joined(separator: ", ")))]"
    var choices: [WrittenStudy.Choice] = []
    for row in rows {
      guard case .sequence(let values) = row, values.count == paths.count else {
        problems.add(
          place(row), name, "expected \(paths.count) values, one for each key, such as [1 um, 2 um]")
        continue
      }
      let settings = zip(zip(paths, keys), values).compactMap { key, value in
        setting(key.0, place(key.1), value, of: "vary")
      }
      choices.append(.init(settings: settings))
    }
    addAxis(.init(choices: choices, place: keyPlace))
  }

  private mutating func addAxis(_ axis: WrittenStudy.Axis) {
    guard !axis.choices.isEmpty else {
      // A list whose every value was refused is reported already.
      if problems.problems.isEmpty { problems.add(axis.place, "vary", "the list is empty; expected values") }
      return
    }
    study.axes.append(axis)
  }

  /// Named choices: a mapping of names to mappings of keys to values.
  private mutating func choices(_ mapping: Node.Mapping, of part: String) -> [WrittenStudy.Choice] {
    var choices: [WrittenStudy.Choice] = []
    for (keyNode, node) in mapping {
      guard case .scalar(let label) = keyNode else {
        problems.add(place(keyNode), part, "a name must be text")
        continue
      }
      let name = oneLine(label.string)
      switch node {
      case .mapping(let content):
        choices.append(.init(label: name, settings: settings(content, section: "", of: "\(part).\(name)")))
      case _ where isMissing(node): choices.append(.init(label: name, settings: []))
      default:
        problems.add(
          place(node), "\(part).\(name)", "expected a mapping of keys to values, such as {rate: 1C}")
      }
    }
    return choices
  }

  private mutating func settings(_ mapping: Node.Mapping, section: String, of part: String)
    -> [WrittenStudy.Setting]
  {
    var found: [WrittenStudy.Setting] = []
    for (keyNode, node) in mapping {
      guard case .scalar(let key) = keyNode else {
        problems.add(place(keyNode), part, "a key must be text")
        continue
      }
      let path = section + key.string
      if case .mapping(let content) = node, ScenarioKey.sections.contains(path) {
        found += settings(content, section: path + ".", of: part)
      } else if let setting = setting(path, place(keyNode), node, of: part) {
        found.append(setting)
      }
    }
    return found
  }

  private mutating func setting(_ path: String, _ keyPlace: InputPlace, _ node: Node, of part: String)
    -> WrittenStudy.Setting?
  {
    guard !isMissing(node) else {
      problems.add(place(node), "\(part).\(oneLine(path))", "the value is missing")
      return nil
    }
    guard case .scalar(let scalar) = node else {
      problems.add(
        place(node), "\(part).\(oneLine(path))", "expected a single value, not a list or a mapping")
      return nil
    }
    return .init(path: path, keyPlace: keyPlace, text: scalar.string, place: place(node))
  }
}

/// Names in braces of a protocol's steps: `Discharge at {rate} until 2.5 V`.
enum StepNames {
  // Made once; matching changes nothing in it.
  private nonisolated(unsafe) static let form = /\{([^{}]+)\}/

  /// The names in the order in which they stand; none in a text that is too long for a step.
  static func names(in step: String) -> [String] {
    guard step.utf8.count <= QuantityText.longest else { return [] }
    return step.matches(of: form).map { $0.output.1.trimmingCharacters(in: .whitespaces) }
  }

  /// The step with each name replaced by its value.
  static func fill(_ step: String, _ value: (String) -> String) -> String {
    guard step.utf8.count <= QuantityText.longest else { return step }
    return step.replacing(form) { value($0.output.1.trimmingCharacters(in: .whitespaces)) }
  }
}

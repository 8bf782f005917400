import CellPhysics
import Foundation
import Yams

/// A material of the cathode as data: its open-circuit potential, and each value with what it rests on.
struct MaterialFile: NamedInput {
  static let kind = "material"
  static let sizeLimit = 1 << 20
  /// The most points of a potential.
  static let pointLimit = 10_000

  let path: String
  let bytes: Data
  let digest: String
  /// What the file says.
  let material: CathodeMaterial
  /// The chemical formula; empty where none is given.
  let formula: String
  /// What the potential rests on.
  let potentialSource: String
  /// Whether the file is one of the user's, not one that comes with the program.
  private(set) var isOwn = true

  /// What makes the file the one it is, in words.
  var identity: String { "\(material.name), SHA-256 \(digest)" }

  /// The material that a scenario calls `name`: one that comes with the program, nil for LiCoO2, or else a file.
  static func named(_ name: String, among files: NamedInputs<MaterialFile>) throws(ValueProblem)
    -> MaterialFile?
  {
    let known = name.lowercased()
    if known == CathodeMaterial.lithiumCobaltOxide.name { return nil }
    if let file = shipped[known] { return file }
    if known.hasSuffix(".yaml") || known.hasSuffix(".yml") { return try files.file(name) }
    let hint = ScenarioKey.nearest(to: name, among: shippedNames).map { "; nearest: \($0)" } ?? ""
    throw ValueProblem(
      message:
        "'\(oneLine(name))' is not accepted; expected \(alternatives(shippedNames)), or the path of a file "
        + "such as my-material.yaml\(hint)")
  }

  /// The names of the materials that come with the program; LiCoO2, of which the parameter table speaks, first.
  static let shippedNames = [CathodeMaterial.lithiumCobaltOxide.name, "nmc811", "nmc622", "nca"]

  /// The materials that come with the program as files, by their names.
  static let shipped: [String: MaterialFile] = {
    let files = [
      ("nmc811", PackageResources.nmc811_yaml), ("nmc622", PackageResources.nmc622_yaml),
      ("nca", PackageResources.nca_yaml),
    ]
    return Dictionary(
      uniqueKeysWithValues: files.map { name, bytes in
        // Tests read each of them.
        var file = try! MaterialFile(Data(bytes), path: name + ".yaml", place: name + ".yaml")
        file.isOwn = false
        return (name, file)
      })
  }()
}

// MARK: - Reading

extension MaterialFile {
  init(_ bytes: Data, path: String, place file: String) throws(ValueProblem) {
    guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
      throw ValueProblem(message: "not UTF-8 text; expected a YAML file", place: InputPlace(file: file))
    }
    var reader = MaterialReader(file: file)
    try reader.read(text)
    self.path = path
    self.bytes = bytes
    digest = Digest(bytes).text
    formula = reader.formula
    (material, potentialSource) = try reader.material()
  }
}

/// Understands the nodes of a material file; the first mistake ends it.
private struct MaterialReader {
  let file: String
  private(set) var formula = ""
  private var name: String?
  private var potential: (curve: OpenCircuitPotential, source: String)?
  private var rows: [Parameter: Parameter.Entry] = [:]
  private var unknown: Set<Parameter> = []

  private static let nameKey = "material"
  private static let formulaKey = "formula"
  private static let potentialKey = "open-circuit potential"
  private static let notKnown = "not known"
  private static let parameters = Dictionary(
    uniqueKeysWithValues: CathodeMaterial.parameters.map { ($0.rawValue, $0) })
  /// The paths that hold keys of a material: `degradation`, `degradation.cracks`.
  private static let sections = ScenarioKey.sections.filter { section in
    parameters.keys.contains { $0.hasPrefix(section + ".") }
  }

  init(file: String) { self.file = file }

  private func problem(_ node: Node?, _ key: String, _ message: String) -> ValueProblem {
    ValueProblem(
      message: (key.isEmpty ? "" : "\(oneLine(key)): ") + message,
      place: InputPlace(file: file, line: node?.mark?.line, column: node?.mark?.column))
  }

  mutating func read(_ text: String) throws(ValueProblem) {
    let root: Node?
    do {
      root = try YAMLDocument.root(of: text, file: file)
    } catch {
      throw ValueProblem(
        message: (error.keyPath.isEmpty ? "" : "\(error.keyPath): ") + error.message, place: error.place)
    }
    guard case .mapping(let mapping)? = root else {
      throw problem(root, "", "expected a mapping of keys to values, such as 'material: NMC811'")
    }
    try read(mapping, section: "")
  }

  private mutating func read(_ mapping: Node.Mapping, section: String) throws(ValueProblem) {
    for (key, node) in mapping {
      guard let word = key.scalar?.string else { throw problem(key, section, "a key must be text") }
      let path = section.isEmpty ? word : "\(section).\(word)"
      switch path {
      case Self.nameKey: name = try shortWord(node, path)
      case Self.formulaKey: formula = try shortWord(node, path)
      case Self.potentialKey: potential = try readPotential(node, path)
      default:
        if Self.sections.contains(path) {
          guard case .mapping(let keys) = node else {
            throw problem(node, path, "expected a mapping: keys of this section, indented below it")
          }
          try read(keys, section: path)
        } else if let parameter = Self.parameters[path] {
          try read(node, parameter)
        } else if ScenarioKey(path: path) != nil {
          throw problem(key, path, "says nothing of a material; expected it in the scenario")
        } else {
          let names = Self.parameters.keys.sorted() + [Self.nameKey, Self.formulaKey, Self.potentialKey]
          let hint = ScenarioKey.nearest(to: path, among: names).map { "; nearest valid key: \($0)" } ?? ""
          throw problem(key, path, "unknown key\(hint)")
        }
      }
    }
  }

  private func shortWord(_ node: Node, _ path: String) throws(ValueProblem) -> String {
    guard let text = node.scalar?.string, !text.isEmpty, text.count <= 40 else {
      throw problem(node, path, "expected a word of at most 40 letters")
    }
    return oneLine(text)
  }

  /// The texts of `kind`, `source` and a third key below a key.
  private func statement(_ node: Node, _ path: String, with third: String) throws(ValueProblem)
    -> (provenance: Parameter.Provenance, source: String, value: Node)
  {
    let expected = "expected \(third), kind and source below it"
    guard case .mapping(let mapping) = node else { throw problem(node, path, expected) }
    var (kind, source, value) = (Parameter.Provenance?.none, String?.none, Node?.none)
    for (key, node) in mapping {
      switch key.scalar?.string {
      case "kind":
        kind = node.scalar.flatMap { Parameter.Provenance(rawValue: $0.string) }
        guard kind != nil else {
          throw problem(
            node, path, "expected a kind of \(alternatives(Parameter.Provenance.allCases.map(\.rawValue)))")
        }
      case "source":
        source = node.scalar.map { oneLine($0.string, limit: 1000) }
      case third: value = node
      case let other:
        throw problem(key, path, "'\(oneLine(other ?? "a list"))' is no key of a value; \(expected)")
      }
    }
    guard let kind, let source, !source.isEmpty, let value else { throw problem(node, path, expected) }
    return (kind, source, value)
  }

  private mutating func read(_ node: Node, _ parameter: Parameter) throws(ValueProblem) {
    let path = parameter.rawValue
    if let word = node.scalar?.string {
      guard word == Self.notKnown else {
        throw problem(
          node, path,
          "'\(oneLine(word))' has no source; expected {value: ..., kind: ..., source: ...}, or \(Self.notKnown)"
        )
      }
      unknown.insert(parameter)
      return
    }
    let (kind, source, value) = try statement(node, path, with: "value")
    guard let text = value.scalar?.string else { throw problem(value, path, "expected a single value") }
    do {
      let number = try QuantityText.value(text, for: parameter)
      let unit = parameter.entry.unit
      rows[parameter] = parameter.entry.with(
        "\(QuantityText.number(number, unit)) \(unit.symbol)", kind, source)
    } catch {
      throw problem(value, path, error.message)
    }
  }

  private func readPotential(_ node: Node, _ path: String) throws(ValueProblem) -> (
    OpenCircuitPotential, String
  ) {
    let (kind, source, value) = try statement(node, path, with: "points")
    guard case .sequence(let lines) = value, (3...MaterialFile.pointLimit).contains(lines.count) else {
      throw problem(
        value, path, "expected a list of 3 to \(MaterialFile.pointLimit) points, such as '- [0.5, 4.1]'")
    }
    var points: [OpenCircuitPotential.Point] = []
    for line in lines {
      let numbers = line.sequence?.compactMap { $0.scalar.flatMap { Double($0.string) } } ?? []
      guard numbers.count == 2, line.sequence?.count == 2, (0...1).contains(numbers[0]),
        (-1...10).contains(numbers[1])
      else {
        throw problem(
          line, path,
          "expected a lithium content from 0 to 1 and a potential from -1 to 10 V, such as [0.5, 4.1]")
      }
      if let last = points.last {
        guard numbers[0] >= last.x + 1e-6 else { throw problem(line, path, "the content does not rise") }
        guard numbers[1] <= last.y - 1e-6 else { throw problem(line, path, "the potential does not fall") }
      }
      points.append(.init(x: numbers[0], y: numbers[1]))
    }
    guard points[points.count - 1].x == 1 else {
      throw problem(
        lines[lines.count - 1], path,
        "ends at content \(QuantityText.plain(points[points.count - 1].x)); expected a last point at 1, below every cutoff"
      )
    }
    return (OpenCircuitPotential(points), "\(kind.rawValue): \(source)")
  }

  /// The material, once all is read.
  func material() throws(ValueProblem) -> (CathodeMaterial, String) {
    guard let name else { throw problem(nil, Self.nameKey, "missing; expected the name of the material") }
    guard let potential else {
      throw problem(nil, Self.potentialKey, "missing; expected points, kind and source")
    }
    for parameter in CathodeMaterial.parameters where rows[parameter] == nil && !unknown.contains(parameter) {
      throw problem(
        nil, parameter.rawValue,
        "missing; expected {value: ..., kind: ..., source: ...}, or \(Self.notKnown), which the scenario must supply"
      )
    }
    if let content = rows[.initialContent]?.defaultSI, content < potential.curve.points[0].x {
      throw problem(nil, Parameter.initialContent.rawValue, "below all contents of the \(Self.potentialKey)")
    }
    return (
      CathodeMaterial(name: name, openCircuit: potential.curve, rows: rows, unknown: unknown),
      potential.source
    )
  }
}

import CellPhysics
import CycleLife
import Foundation

/// A scenario with where each value comes from.
public struct ResolvedScenario: Sendable {
  /// Where a value was given.
  public enum Origin: String, Sendable, Codable {
    case scenario
    case override = "--set"
    case study = "case"
    case fit
    case image
    case `default`
  }

  /// One value as text: key path, value with its unit, origin, and what the default rests on.
  public struct Row: Sendable, Equatable, Codable {
    public var key: String
    /// The number, or the text of a value that has no unit.
    public var value: String
    /// The unit; empty for text, `1` for plain numbers.
    public var unit: String
    public var origin: Origin
    /// What kind of knowledge the value is; nil for values that were given and for keys that are no parameters.
    public var provenance: Parameter.Provenance?
    public var source: String
  }

  /// The file as the user named it.
  public let name: String
  /// The content of that file, byte by byte.
  public let bytes: Data
  /// The scenario, in SI units.
  public let scenario: Scenario
  /// How many runs with consecutive seeds make an ensemble of it; 1 for a single run.
  public let replicates: Int

  /// The file of the section's image; nil where the section is drawn.
  public let image: SectionFile?

  let origins: [ScenarioKey: Origin]

  init(
    name: String, bytes: Data, scenario: Scenario, replicates: Int, origins: [ScenarioKey: Origin],
    image: SectionFile?
  ) {
    self.name = name
    self.bytes = bytes
    self.scenario = scenario
    self.replicates = replicates
    self.origins = origins
    self.image = image
  }

  /// Where the value of `key` was given.
  public func origin(of key: ScenarioKey) -> Origin {
    if image != nil, [.parameter(.filmThickness), .parameter(.filmWidth)].contains(key) { return .image }
    return origins[key] ?? .default
  }

  /// Every value but the protocol as text, by key path: what runs are compared by.
  ///
  /// An image counts by what it shows, not by where it lies.
  var values: [String: String] {
    var values = Dictionary(
      uniqueKeysWithValues: rows.map { row in
        (row.key, row.value + (["", "1"].contains(row.unit) ? "" : " \(row.unit)"))
      })
    if let image { values[ScenarioKey.image.path] = image.identity }
    return values
  }

  /// Every value but the protocol, in the order of the parameter table.
  public var rows: [Row] {
    ScenarioKey.all.compactMap { key in
      let origin = origin(of: key)
      if image != nil, ScenarioKey.drawn.contains(key) { return nil }
      switch key {
      case .description, .protocolSteps: return nil
      case .title:
        return Row(key: key.path, value: scenario.title, unit: "", origin: origin, source: "")
      case .fidelity:
        return Row(
          key: key.path, value: scenario.fidelity.rawValue, unit: "", origin: origin, source: "convention")
      case .parameter(let parameter): return row(parameter, origin)
      case .image, .pixelSize, .labels: return image?.row(key, origin)
      case .electrolyte:
        return Row(
          key: key.path, value: scenario.electrolyte.rawValue, unit: "", origin: origin,
          source: "halide or sulfide; sets the defaults that name it")
      case .stressFreeState:
        let (value, unit) =
          switch scenario.stressFreeState {
          case .endOfFirstCharge: ("end of first charge", "")
          case .uniform(let content): (QuantityText.plain(content), "1")
          }
        return Row(key: key.path, value: value, unit: unit, origin: origin, source: "convention")
      case .cycles:
        return Row(
          key: key.path, value: String(scenario.cycles), unit: "1", origin: origin, source: "convention")
      case .seed:
        return Row(
          key: key.path, value: String(scenario.seed), unit: "1", origin: origin, source: "convention")
      case .replicates:
        return Row(
          key: key.path, value: String(replicates), unit: "1", origin: origin,
          source: "runs with consecutive seeds; 1: no ensemble")
      case .meshCheckInterval:
        return Row(
          key: key.path, value: String(scenario.meshCheckInterval), unit: "1", origin: origin,
          source: "0: the mesh is not checked against a finer one")
      case .attributionInterval:
        return Row(
          key: key.path, value: String(scenario.attributionInterval), unit: "1", origin: origin,
          source: "0: losses are not attributed to mechanisms")
      case .timeSeriesInterval:
        return Row(
          key: key.path, value: String(scenario.timeSeriesInterval), unit: "1", origin: origin,
          source: "time series are kept of the first cycle, the last and every so many; 1: of all")
      case .fieldCycles:
        return Row(
          key: key.path, value: "\(scenario.fieldCycles)", unit: "", origin: origin,
          source: "cycles of which fields and places of largest tension are written")
      case .fieldCapacities:
        let unit = Unit("mAh/g")!
        let texts = scenario.fieldCapacities.map { QuantityText.text($0, unit) }
        return Row(
          key: key.path, value: "[\(texts.joined(separator: ", "))]", unit: "", origin: origin,
          source: "delivered capacities at which those places are written, besides the ends of steps")
      }
    }
  }

  /// Key paths of the parameters whose value in use is a default that was fitted.
  public var fittedParameters: [String] {
    Parameter.allCases.filter { parameter in
      provenance(of: parameter) == .calibrated
    }.map(\.rawValue)
  }

  /// What kind of knowledge the value of a parameter is; nil for one that is not the default.
  private func provenance(of parameter: Parameter) -> Parameter.Provenance? {
    let entry = scenario.electrolyte.entry(parameter)
    return scenario.parameters[parameter] == entry.defaultSI ? entry.provenance : nil
  }

  /// One or two lines that name what fade rests on without a measurement; nil for a single cycle, which has none.
  ///
  /// Named are inputs of degradation and mechanics whose value in use is a default.
  public var unmeasuredInputs: String? { FadeInputs(rows, cycles: scenario.cycles)?.line }

  private func row(_ parameter: Parameter, _ origin: Origin) -> Row {
    let entry = scenario.electrolyte.entry(parameter)
    let value = scenario.parameters[parameter]
    // The source speaks of the default; beside another value, the default has to be named.
    let named =
      value == entry.defaultSI ? nil : "default \(QuantityText.text(entry.defaultSI, entry.unit))"
    let preset =
      CathodeElectrolyte.parameters.contains(parameter) ? "preset \(scenario.electrolyte.rawValue)" : nil
    let remarks = [named, preset].compactMap(\.self).joined(separator: ", ")
    let source = remarks.isEmpty ? entry.source : "\(remarks): \(entry.source)"
    return Row(
      key: parameter.rawValue, value: QuantityText.number(value, entry.unit), unit: entry.unit.symbol,
      origin: origin, provenance: provenance(of: parameter), source: source)
  }
}

// MARK: - Printing

extension ResolvedScenario {
  /// The scenario as an aligned table that is also a scenario file: read back, it gives the same run.
  ///
  /// Comments say where each value was given (`scenario`, `--set` or `default`), what the default
  /// rests on, and what the steps of the protocol mean for this cell.
  public var table: String { table(steps: nil) }

  /// The table with the steps as they are written when they have names in braces.
  func table(steps: [String]?) -> String {
    var lines: [(text: String, comment: String)] = []
    var openSections: [Substring] = []
    for row in rows {
      var sections = row.key.split(separator: ".")
      let leaf = sections.removeLast()
      if row.key == ScenarioKey.cycles.path { lines += protocolLines(steps) }
      let shared = zip(sections, openSections).prefix { $0 == $1 }.count
      if shared == 0, !lines.isEmpty { lines.append(("", "")) }
      for depth in shared..<max(sections.count, shared) {
        lines.append((indent(depth) + "\(sections[depth]):", ""))
      }
      openSections = sections
      let key = (indent(sections.count) + "\(leaf):").padded(to: 34)
      if row.key == ScenarioKey.labels.path, let image {
        lines.append((key, row.origin.rawValue.padded(to: 10) + row.source))
        lines += image.legendLines.map { (indent(sections.count + 1) + $0, "") }
        continue
      }
      let value =
        [ScenarioKey.title.path, ScenarioKey.image.path].contains(row.key)
        ? yamlQuoted(row.value) : row.value + (["", "1"].contains(row.unit) ? "" : " \(row.unit)")
      let kind = row.provenance.map { "\($0.rawValue): " } ?? ""
      lines.append((key + value, row.origin.rawValue.padded(to: 10) + kind + row.source))
    }
    let width = lines.filter { !$0.comment.isEmpty }.map(\.text.count).max() ?? 0
    return lines.map { line in
      guard !line.comment.isEmpty else { return line.text + "\n" }
      let comment = line.comment.trimmingCharacters(in: .whitespaces)
      return line.text.padded(to: min(width, 56)) + "  # \(comment)\n"
    }.joined()
  }

  private func protocolLines(_ written: [String]?) -> [(text: String, comment: String)] {
    let origin = origin(of: .protocolSteps).rawValue.padded(to: 10)
    let lines = scenario.protocolSteps.enumerated().map { index, step in
      guard let text = written?[index], text.contains("{") else {
        return ("  - \(step.text)", origin + meaning(of: step))
      }
      return ("  - \(text)", origin + "for each case")
    }
    return [("", ""), ("protocol:", "")] + lines
  }

  /// A step in numbers: current density, and voltages at the terminals and against Li.
  private func meaning(of step: ProtocolStep) -> String {
    func decimals(_ value: Double, _ count: Int) -> String { String(format: "%.\(count)f", value) }
    func density(_ value: Double) -> String {
      QuantityText.plain(QuantityText.rounded(Unit("mA/cm2")!.fromSI(value), digits: 4)) + " mA/cm2"
    }
    func volts(_ terminal: Double) -> String {
      let vsLi = terminal + scenario.parameters[.counterPotential]
      return "\(decimals(terminal, 3)) V (\(decimals(vsLi, 3)) V vs Li)"
    }
    let control =
      switch step.control {
      case .current(let value): density(value)
      case .voltage(let value): volts(value)
      case .rest: "no current"
      }
    let limits = step.limits.map { limit in
      switch limit {
      case .voltage(let value): "until \(volts(value))"
      case .current(let value): "until \(density(value))"
      case .duration(let value): "for \(QuantityText.plain(value)) s"
      }
    }
    return "\(control) \(limits.joined(separator: " or "))"
  }

  private func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth) }

}

/// A text in the double quotes of YAML.
func yamlQuoted(_ text: String) -> String {
  "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
}

extension String {
  /// The text filled up with blanks; at least one follows it.
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}

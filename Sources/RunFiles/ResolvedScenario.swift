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
  /// The profiles that its steps follow, each once.
  let profiles: [ProfileFile]
  /// The file of the cathode material; nil for one that comes with the program.
  let material: MaterialFile?

  let origins: [ScenarioKey: Origin]

  init(
    name: String, bytes: Data, scenario: Scenario, replicates: Int, origins: [ScenarioKey: Origin],
    image: SectionFile?, profiles: [ProfileFile], material: MaterialFile?
  ) {
    self.name = name
    self.bytes = bytes
    self.scenario = scenario
    self.replicates = replicates
    self.origins = origins
    self.image = image
    self.profiles = profiles
    self.material = material
  }

  /// Where the value of `key` was given.
  public func origin(of key: ScenarioKey) -> Origin {
    if image != nil, [.parameter(.filmThickness), .parameter(.filmWidth)].contains(key) { return .image }
    return origins[key] ?? .default
  }

  /// Every value but the protocol as text, by key path: what runs are compared by.
  ///
  /// An image counts by what it shows, profiles and materials by their bytes, not by where they lie.
  /// How long a process may compute is no value of the run.
  var values: [String: String] {
    var values = Dictionary(
      uniqueKeysWithValues: rows.map { row in
        (row.key, row.value + (["", "1"].contains(row.unit) ? "" : " \(row.unit)"))
      })
    values[ScenarioKey.stop(.wallTime).path] = nil
    if let image { values[ScenarioKey.image.path] = image.identity }
    for profile in profiles { values[profile.identityKey] = profile.identity }
    if let material { values[ScenarioKey.material.path] = material.identity }
    return values
  }

  /// The files besides the scenario that a run of it depends on.
  var inputs: InputFiles {
    InputFiles(
      image: image, named: profiles as [any NamedInput] + [material].compactMap(\.self))
  }
  /// The names under which the directory of a run keeps those files.
  public var inputNames: [String] { inputs.files.map(\.name) }

  /// Every value but the protocol, in the order of the parameter table.
  public var rows: [Row] {
    ScenarioKey.all.compactMap { key in
      let origin = origin(of: key)
      if image != nil, ScenarioKey.drawn.contains(key) { return nil }
      if key.isForeign(to: scenario.architecture) { return nil }
      switch key {
      case .description, .protocolSteps, .referenceSteps: return nil
      case .title:
        return Row(key: key.path, value: scenario.title, unit: "", origin: origin, source: "")
      case .fidelity:
        return Row(
          key: key.path, value: scenario.fidelity.rawValue, unit: "", origin: origin, source: "convention")
      case .parameter(let parameter): return row(parameter, origin)
      case .image, .pixelSize, .labels: return image?.row(key, origin)
      case .architecture:
        return Row(
          key: key.path, value: scenario.architecture.rawValue, unit: "", origin: origin,
          source: "dense or composite; a composite has the active mass of the dense film of that thickness")
      case .material:
        return Row(
          key: key.path, value: material?.path ?? scenario.material.name, unit: "", origin: origin,
          source: "\(alternatives(MaterialFile.shippedNames)), or a file; sets the defaults that name it")
      case .electrolyte:
        return Row(
          key: key.path, value: scenario.electrolyte.rawValue, unit: "", origin: origin,
          source:
            "\(alternatives(CathodeElectrolyte.allCases.map(\.rawValue))); sets the defaults that name it")
      case .counterElectrode:
        return Row(
          key: key.path, value: scenario.counterElectrode.rawValue, unit: "", origin: origin,
          source: "\(alternatives(CounterElectrode.allCases.map(\.rawValue))); sets the defaults that name it"
        )
      case .stressFreeState:
        let (value, unit) =
          switch scenario.stressFreeState {
          case .endOfFirstCharge: ("end of first charge", "")
          case .uniform(let content): (QuantityText.plain(content), "1")
          }
        return Row(key: key.path, value: value, unit: unit, origin: origin, source: "convention")
      case .referenceInterval:
        return Row(
          key: key.path, value: String(scenario.referenceInterval), unit: "1", origin: origin,
          source: "a reference test after the first cycle and after every so many; 0: none")
      case .stop(let stop):
        let (value, unit) = written(stop)
        return Row(
          key: key.path, value: value, unit: unit, origin: origin, source: ResolvedScenario.meaning(of: stop))
      case .longestStep:
        return Row(
          key: key.path, value: QuantityText.plain(scenario.longestStep / 3600), unit: "h", origin: origin,
          source: "a step without 'for' that reaches no limit so long ends the run")
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
      case .jumpTolerance:
        let written = scenario.jumpTolerance.map { QuantityText.number($0, Unit("%")!) }
        return Row(
          key: key.path, value: written ?? "none", unit: written == nil ? "" : "%", origin: origin,
          source: written == nil
            ? "every cycle is simulated; a share such as 0.5 % lets cycles be skipped"
            : "cycle jumps are on: cycles whose capacity is known to about this are skipped")
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
    let entry = scenario.entry(parameter)
    guard !scenario.material.unknown.contains(parameter) else { return nil }
    return scenario.parameters[parameter] == entry.defaultSI ? entry.provenance : nil
  }

  /// One or two lines that name what fade rests on without a measurement; nil for a single cycle, which has none.
  ///
  /// Named are inputs of degradation and mechanics whose value in use is a default.
  public var unmeasuredInputs: String? { FadeInputs(rows, cycles: scenario.cycles)?.line }

  /// A limit of `run.stop at` as text with its unit.
  private func written(_ stop: StopKey) -> (value: String, unit: String) {
    let criteria = scenario.stopCriteria
    if stop == .capacity, case .perArea(let capacity)? = criteria.capacity {
      return (QuantityText.number(capacity, Unit("mAh/cm2")!), "mAh/cm2")
    }
    let value: Double? =
      switch stop {
      case .retention: criteria.retention
      case .capacity: if case .perMass(let capacity)? = criteria.capacity { capacity } else { nil }
      case .contactFraction: criteria.contactFraction
      case .crackLength: criteria.crackLength
      case .wallTime: criteria.wallTime
      }
    guard let value else { return ("none", "") }
    return (QuantityText.number(value, Unit(stop.unit)!), stop.unit)
  }

  private static func meaning(of stop: StopKey) -> String {
    switch stop {
    case .retention: "stops below this share of the first cycle's measured discharge capacity"
    case .capacity: "stops below this discharge capacity"
    case .contactFraction: "stops when less of the interface is in contact"
    case .crackLength: "stops when cracks are longer in all"
    case .wallTime: "interrupts a process that has computed so long; the same command continues"
    }
  }

  /// Every part of a cycle as text, and of the reference test if there is one: what runs are compared by.
  var stepTexts: [String] { stepTexts(written: { _ in nil }) }

  /// The same with parts as they are written, where they are.
  func stepTexts(written: (ScenarioKey) -> [WrittenPart]?) -> [String] {
    let cycle = written(.protocolSteps)?.map(\.text) ?? scenario.protocolParts.map(\.text)
    guard scenario.referenceInterval > 0 else { return cycle }
    let test = written(.referenceSteps)?.map(\.text) ?? scenario.referenceParts.map(\.text)
    return cycle + test.map { "reference test: \($0)" }
  }

  /// What is probably not meant as it is written.
  public var warnings: [String] {
    let reader = ProtocolReader(scenario.parameters)
    var seen: Set<String> = []
    let steps = scenario.protocolSteps + scenario.referenceParts.flatMap(\.steps)
    return steps.flatMap { reader.doubts($0.text) }.filter { seen.insert($0).inserted }
  }

  private func row(_ parameter: Parameter, _ origin: Origin) -> Row {
    let entry = scenario.entry(parameter)
    let value = scenario.parameters[parameter]
    // The source speaks of the default; beside another value, the default has to be named.
    let isUnknown = scenario.material.unknown.contains(parameter)
    let named =
      value == entry.defaultSI || isUnknown
      ? nil : "default \(QuantityText.text(entry.defaultSI, entry.unit))"
    let preset =
      isUnknown || scenario.material.rows[parameter] != nil
      ? "material \(scenario.material.name)"
      : CathodeElectrolyte.sets(parameter)
        ? "preset \(scenario.electrolyte.rawValue)"
        : CounterElectrode.sets(parameter)
          ? "preset \(scenario.counterElectrode.rawValue)" : nil
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
  public var table: String { table { _ in nil } }

  /// The table with the steps as they are written when they have names in braces.
  func table(written: (ScenarioKey) -> [WrittenPart]?) -> String {
    var lines: [(text: String, comment: String)] = []
    var openSections: [Substring] = []
    for row in rows {
      var sections = row.key.split(separator: ".")
      let leaf = sections.removeLast()
      if row.key == ScenarioKey.referenceInterval.path {
        lines += [("", ""), ("protocol:", "")]
        lines += stepLines(scenario.protocolParts, written(.protocolSteps), .protocolSteps, depth: 1)
      }
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
        [.title, .image, .material].map(\ScenarioKey.path).contains(row.key)
        ? yamlQuoted(row.value) : row.value + (["", "1"].contains(row.unit) ? "" : " \(row.unit)")
      let kind = row.provenance.map { "\($0.rawValue): " } ?? ""
      lines.append((key + value, row.origin.rawValue.padded(to: 10) + kind + row.source))
      if row.key == ScenarioKey.referenceInterval.path, scenario.referenceInterval > 0 {
        lines.append((indent(1) + "steps:", ""))
        lines += stepLines(scenario.referenceParts, written(.referenceSteps), .referenceSteps, depth: 2)
      }
    }
    let width = lines.filter { !$0.comment.isEmpty }.map(\.text.count).max() ?? 0
    return lines.map { line in
      guard !line.comment.isEmpty else { return line.text + "\n" }
      let comment = line.comment.trimmingCharacters(in: .whitespaces)
      return line.text.padded(to: min(width, 56)) + "  # \(comment)\n"
    }.joined()
  }

  /// The lines of a list of steps, blocks indented below their repetitions.
  private func stepLines(_ parts: [ProtocolPart], _ written: [WrittenPart]?, _ key: ScenarioKey, depth: Int)
    -> [(text: String, comment: String)]
  {
    let origin = origin(of: key).rawValue.padded(to: 10)
    return parts.enumerated().flatMap { index, part -> [(text: String, comment: String)] in
      switch (part, written?[index]) {
      case (.step, .step(let text, _)?) where text.contains("{"):
        return [(indent(depth) + "- \(oneLine(text, limit: QuantityText.longest))", origin + "for each case")]
      case (.step(let step), _): return [(indent(depth) + "- \(step.text)", origin + meaning(of: step))]
      case (.block(let repetitions, let inner), let block):
        var (count, parts) = ("\(repetitions)", [WrittenPart]?.none)
        if case .block(let text, _, let within)? = block {
          parts = within
          if text.contains("{") { count = yamlQuoted(oneLine(text)) }
        }
        return [(indent(depth) + "- repeat: \(count)", ""), (indent(depth) + "  steps:", "")]
          + stepLines(inner, parts, key, depth: depth + 2)
      }
    }
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
      case .power(let value):
        QuantityText.plain(QuantityText.rounded(Unit("mW/cm2")!.fromSI(value), digits: 4)) + " mW/cm2"
      case .rest: "no current"
      case .profile(let profile):
        "\(profile.points.count) points over \(QuantityText.plain(QuantityText.rounded(profile.duration, digits: 6))) s, "
          + "\(density(profile.points.map(\.current).min() ?? 0)) to \(density(profile.points.map(\.current).max() ?? 0))"
      }
    let limits = step.limits.map { limit in
      switch limit {
      case .voltage(let value): "until \(volts(value))"
      case .current(let value): "until \(density(value))"
      case .duration(let value): "for \(QuantityText.plain(value)) s"
      }
    }
    return ([control] + (limits.isEmpty ? [] : [limits.joined(separator: " or ")])).joined(separator: " ")
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

/// Words of which one is expected: `a, b or c`.
func alternatives(_ words: [String]) -> String {
  words.count > 1
    ? words.dropLast().joined(separator: ", ") + " or " + words[words.count - 1] : words.joined()
}

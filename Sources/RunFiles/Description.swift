import CellPhysics
import CycleLife
import Foundation

/// A subject of `cyclelife describe`, made of the tables that the program itself works with.
public struct Description: Sendable {
  /// One thing that is described.
  public struct Entry: Sendable, Equatable {
    public var name: String
    /// What stands behind the name.
    public var head: String
    /// What follows, a line each.
    public var details: [String]

    public init(name: String, head: String, details: [String] = []) {
      self.name = name
      self.head = head
      self.details = details
    }
  }

  /// The word that asks for it.
  public let topic: String
  /// What is described, in words.
  public let abstract: String
  public let entries: [Entry]

  public init(topic: String, abstract: String, entries: [Entry]) {
    self.topic = topic
    self.abstract = abstract
    self.entries = entries
  }

  /// The entries that `name` means; none when it means nothing.
  ///
  /// An entry is meant by its name, by the last part of it, or by the section that it is in; upper and lower case
  /// are the same.
  public func entries(named name: String) -> [Entry] {
    let wanted = name.lowercased()
    func matches(_ test: (String) -> Bool) -> [Entry] { entries.filter { test($0.name.lowercased()) } }
    let whole = matches { $0 == wanted || $0.hasPrefix(wanted + " / ") }
    if !whole.isEmpty { return whole }
    let inSection = matches { $0.hasPrefix(wanted + ".") }
    return inSection.isEmpty ? matches { $0.hasSuffix("." + wanted) } : inSection
  }

  /// The names that `name` may stand for, one at most unless they hold it; none when none is similar.
  public func suggestions(for name: String) -> [String] {
    let (names, wanted) = (entries.map(\.name), name.lowercased())
    let holding = names.filter { !wanted.isEmpty && $0.lowercased().contains(wanted) }
    if (1...4).contains(holding.count) { return holding }
    // Headings are known without their units.
    let short = names.map { $0.components(separatedBy: " / ")[0] }
    return ScenarioKey.nearest(to: name, among: short).map { [$0] } ?? []
  }

  /// The entries as text: heads below one another, details indented; lines are broken at `width` unless it is nil.
  public static func lines(_ entries: [Entry], width: Int? = nil) -> [String] {
    let indent = (entries.map(\.name.count).max() ?? 0) + 2
    return entries.flatMap { entry in
      var lines = [entry.name.padding(toLength: indent, withPad: " ", startingAt: 0)]
      for word in entry.head.split(separator: " ") {
        let last = lines[lines.count - 1]
        let isFirst = last.count <= indent
        if !isFirst, let width, last.count + 1 + word.count > width {
          lines.append(String(repeating: " ", count: indent) + word)
        } else {
          lines[lines.count - 1] += (isFirst ? "" : " ") + word
        }
      }
      return lines + entry.details.map { "    \($0)" }
    }
  }
}

extension Description {
  /// The parameters of scenarios: default and range, what kind of knowledge the default is, meaning and source.
  public static let parameters = Description(
    topic: "parameters", abstract: "every number of a scenario: default, range, meaning and source",
    entries: Parameter.allCases.map { parameter in
      let entry = parameter.entry
      let range = QuantityText.rangeText(entry.range, entry.unit)
      return Entry(
        name: parameter.rawValue,
        head: "\(QuantityText.text(entry.defaultSI, entry.unit)), \(range), \(entry.provenance.rawValue)",
        details: [entry.meaning, "source: \(entry.source)"])
    })

  /// The mechanisms of degradation with the parameters that are theirs.
  public static let mechanisms = Description(
    topic: "mechanisms", abstract: "what damages the cell from cycle to cycle, in the order in which it acts",
    entries: Mechanisms.identifiers.map { identifier in
      let (head, equations, keys) = mechanism(identifier)
      return Entry(
        name: identifier, head: head,
        details: ["equations: \(equations) of GoverningEquations.md"]
          + keys.map { "\($0.rawValue) = \(QuantityText.text($0.entry.defaultSI, $0.entry.unit))" })
    })

  /// What a mechanism does, its equations, and its parameters; the first that is zero turns it off.
  private static func mechanism(_ identifier: String) -> (String, String, [Parameter]) {
    func below(_ section: String, first: Parameter) -> [Parameter] {
      [first] + Parameter.allCases.filter { $0.rawValue.hasPrefix(section) && $0 != first }
    }
    switch identifier {
    case "cracks":
      return (
        "flaws grow into cracks by fatigue, and at once above the toughness; off at growth rate 0",
        "E16 to E18d", below("degradation.cracks.", first: .crackGrowthRate)
      )
    case "interface":
      return (
        "patches of the interface debond at once and by fatigue, and heal; off at debonding rate 0",
        "E19 to E21",
        below("degradation.interface.", first: .debondingRate)
          + [.recontactPressure, .interfaceFriction, .healingTime]
      )
    case "interphase":
      return (
        "the interphase grows with the root of time and adds resistance; off at growth 0", "E10b",
        [.interphaseGrowth]
      )
    default: return ("", "", [])
    }
  }

  /// The materials that `interface.electrolyte` and `counter electrode.material` name, with the defaults that they set.
  public static let materials = Description(
    topic: "materials",
    abstract:
      "cathode materials (cathode.material), electrolytes (interface.electrolyte), counter electrodes "
      + "(counter electrode.material), the defaults that they set",
    entries: cathodes + materials(CathodeElectrolyte.self, .electrolyte)
      + materials(CounterElectrode.self, .counterElectrode))

  private static let cathodes: [Entry] = MaterialFile.shippedNames.map { name in
    guard let file = MaterialFile.shipped[name] else {
      return Entry(
        name: name, head: "\(ScenarioKey.material.path), the default",
        details: [
          "LiCoO2: the defaults of all parameters, and the potential of Ai et al., JES 167, 013512 (2020)"
        ])
    }
    let material = file.material
    let points = material.openCircuit.points
    let potential =
      "open-circuit potential: \(points.count) points from content \(QuantityText.plain(points[0].x)) at "
      + "\(QuantityText.plain(points[0].y)) V, \(file.potentialSource)"
    let known = CathodeMaterial.parameters.compactMap { parameter in
      material.rows[parameter].map { entry in
        let value = QuantityText.text(entry.defaultSI, entry.unit)
        return "\(parameter.rawValue) = \(value), \(entry.provenance.rawValue): \(entry.source)"
      }
    }
    let unknown = CathodeMaterial.parameters.filter(material.unknown.contains).map(\.rawValue)
    return Entry(
      name: name, head: "\(ScenarioKey.material.path), \(file.formula)",
      details: [potential] + known
        + ["not known, so that a scenario must supply it: \(unknown.joined(separator: ", "))"])
  }

  private static func materials<Material: MaterialPreset>(_: Material.Type, _ key: ScenarioKey)
    -> [Entry]
  {
    Material.allCases.map { material in
      Entry(
        name: material.rawValue,
        head: key.path + (Material.rows[material] == nil ? ", the default" : ""),
        details: Material.parameters.map { parameter in
          let entry = material.entry(parameter)
          let value = QuantityText.text(entry.defaultSI, entry.unit)
          return "\(parameter.rawValue) = \(value), \(entry.provenance.rawValue): \(entry.source)"
        })
    }
  }

  /// The columns of the tables of a run.
  public static let columns: Description = {
    var scenario = Scenario(protocolSteps: [])
    // Columns that are there on request are described as well.
    scenario.jumpTolerance = 0.005
    func entries<Row>(_ table: Table<Row>, _ file: String, _ meanings: KeyValuePairs<String, String>)
      -> [Entry]
    {
      table.columns.map { column in
        let meaning = meanings.first { $0.key == column.heading }?.value ?? ""
        return Entry(name: column.heading, head: meaning, details: ["in \(file)"])
      }
    }
    return Description(
      topic: "columns", abstract: "the columns of the tables of a run: heading with unit, and meaning",
      entries: entries(
        .cycles(scenario, activeMassPerArea: 1), RunRecorder.cyclesName, ColumnMeanings.cycles)
        + entries(.timeSeries(scenario), RunRecorder.timeSeriesName, ColumnMeanings.timeSeries))
  }()
}

/// What the columns of the tables of a run mean, by heading.
enum ColumnMeanings {
  static let cycles: KeyValuePairs = [
    "Cycle Count / 1": "number of the cycle, from 1",
    "Charge Capacity / mAh g-1": "charge passed while charging, per mass of active material",
    "Discharge Capacity / mAh g-1": "charge passed while discharging, per mass of active material",
    "Discharge Capacity / mAh cm-2": "the same per geometric area",
    "Coulombic Efficiency / 1": "discharge over charge, in charge",
    "Energy Efficiency / 1": "discharge over charge, in energy",
    "Mean Discharge Voltage vs Li / V": "energy over charge of the discharge, against Li",
    "Hold Time / s": "time spent at held voltages",
    "Minimum Lithium Content / 1": "least mean lithium content of the cathode in the cycle",
    "Maximum Lithium Content / 1": "largest mean lithium content of the cathode in the cycle",
    "Contact Fraction / 1": "share of the interface in contact at the end of the cycle",
    "Debonded / 1": "share of the interface that debonded in the cycle, less what healed",
    "Interface Fatigue / 1":
      "mean share of its toughness that fatigue has taken from what is bonded, at the end of the cycle",
    "Isolated Share / 1":
      "share of the crystal that cracks have cut off from the collector at the end of the cycle; `nan` in one dimension",
    "Crack Count / 1": "number of cracks",
    "Crack Length / um": "total length of the cracks",
    "Nucleated Cracks / 1": "cracks that began in the cycle, where no flaw was drawn",
    "Fractured Length / um":
      "what cracks grew in the cycle at once, above their toughness; in cycle 1 cracks of formation",
    "Fatigued Length / um": "what cracks grew in the cycle by fatigue; in cycle 1 cracks of formation",
    "Crack Density Parallel / 1": "sum of squared half-lengths over the area, projected on the collector",
    "Crack Density Perpendicular / 1": "the same, projected on the normal of the collector",
    "Effective Diffusivity / cm2 s-1": "through the thickness, at lithium content 0.95",
    "Peak Tensile Stress / MPa": "largest averaged principal stress of the cycle",
    "Peak Stress X / um": "its depth from the electrolyte",
    "Peak Stress Y / um": "its position along the film",
    "Peak K over Kc / 1": "largest stress intensity over toughness of any crack tip",
    "Lithium Balance Error / 1": "lithium lost by the numerical method, over the inventory",
    "Mean Discharge Voltage / V": "energy over charge of the discharge, at the terminals",
    "Peak Stress Site / 1": "the feature at the place of the peak stress, in words",
    "Content Excess / 1":
      "largest excursion of the lithium content of any node beyond [0, 1]: a discretisation error",
    "Transport Loss / mAh g-1":
      "what the last discharge left unfilled by transport: surface less mean content",
    "Kinetics Loss / mAh g-1":
      "what it left by kinetics: content at which open circuit meets the cutoff, less surface content",
    "Mesh Error / 1":
      "discharge capacity over that on cells half as wide with the same damage, less 1; where `run.mesh check interval` asks for it",
    "Mean In-Plane Stress / MPa": "mean stress YY of the film, where largest",
    "In-Plane Moment / N":
      "of stress YY about half the thickness, per width, where largest; tension at the electrolyte is positive",
    "Mean In-Plane Strain / 1": "free strain that foil and electrolyte follow, where largest",
    "Force Balance Error / 1":
      "force along X through any plane against that of the pressure, over the largest stress XX",
    "Area above 1 GPa / 1": "share of the section that a real film would hardly bear",
    "Interface above Strength / 1": "share of the interface that a real one would hardly bear",
    "Unsettled Evaluations / 1":
      "stress evaluations in which contact of cracks or of the interface did not settle; should be 0",
    "Interphase Resistance / ohm cm2": "per true area, at the end of the cycle",
    "Attributed Loss / mAh g-1":
      "what the cycle would deliver more with all damage taken back; where `run.attribution interval` asks for it",
    "Loss by Cracks / mAh g-1": "the same with the damage of cracks alone taken back",
    "Loss by Interface / mAh g-1": "the same of the interface",
    "Loss by Interphase / mAh g-1": "the same of the interphase",
    "Loss by Interaction / mAh g-1": "what is lost beyond the sum of the parts",
    "Time Steps / 1": "accepted time steps",
    "Newton Iterations / 1": "Newton iterations of the time steps",
    "Factorizations / 1": "factorisations",
    "Solves / 1": "right-hand sides solved for, those of stresses included",
    "Simulated / 1":
      "1, or 0 for a cycle that was skipped and is interpolated; only where `run.cycle jump.tolerance` lets cycles be skipped",
  ]

  static let timeSeries: KeyValuePairs = [
    "Test Time / s": "time since the start of the run",
    "Voltage / V": "terminal voltage against the counter electrode",
    "Current / A": "current of the electrode area, positive when the cell is charged",
    "Cycle Count / 1": "number of the cycle, from 1",
    "Step Count / 1": "number of the step since the start of the run, never reset",
    "Ambient Temperature / degC": "temperature of the cell",
    "Charging Capacity / Ah": "charge passed while charging since the start of the run, never reset",
    "Discharging Capacity / Ah": "charge passed while discharging since the start of the run, never reset",
    "Applied Pressure / Pa": "stack pressure",
    "Voltage vs Li / V": "the voltage plus the potential of the counter electrode",
    "Mean Lithium Content / 1": "mean lithium content of the cathode",
  ]
}

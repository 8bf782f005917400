import CellPhysics
import CycleLife
import Foundation

/// The columns of a CSV file: the only place where its names, units and contents stand.
struct Table<Row>: Sendable {
  /// What a column takes from a row; numbers in SI units.
  enum Content: Sendable {
    case number(@Sendable (Row) -> Double)
    /// Empty where there is no number.
    case optional(@Sendable (Row) -> Double?)
    case count(@Sendable (Row) -> Int)
    case text(@Sendable (Row) -> String)
  }

  struct Column: Sendable {
    let name: String
    let unit: Unit
    let content: Content

    /// The heading in the form of the Battery Data Format: `Quantity / unit`.
    var heading: String { "\(name) / \(unit.symbol)" }
  }

  let columns: [Column]

  init(_ columns: [(heading: String, content: Content)]) {
    self.columns = columns.map { heading, content in
      let parts = heading.split(separator: " / ", maxSplits: 1)
      // The headings are constants of this file and the tests read them all.
      return Column(name: String(parts[0]), unit: Unit(String(parts[1]))!, content: content)
    }
  }

  init(columns: [Column]) { self.columns = columns }

  /// The header line.
  var header: String { columns.map { csvCell($0.heading) }.joined(separator: ",") }

  /// One line of the file, numbers in the shortest form that reads back as the same number.
  func line(_ row: Row) -> String {
    columns.map { column in
      switch column.content {
      case .number(let value): column.unit.fromSI(value(row)).description
      case .optional(let value):
        value(row).flatMap { $0.isNaN ? nil : column.unit.fromSI($0).description } ?? ""
      case .count(let value): String(value(row))
      case .text(let value): csvCell(value(row))
      }
    }.joined(separator: ",")
  }
}

/// A text as a cell of a CSV file, in quotes where it needs them.
func csvCell(_ text: String) -> String {
  guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
  return "\"\(text.replacing("\"", with: "\"\""))\""
}

/// The cells of a line of a CSV file, without blanks around them and quotes, and the columns at which they begin.
///
/// `isClosed` is false when a quote has no end.
func csvCells(_ line: Substring) -> (cells: [(text: String, column: Int)], isClosed: Bool) {
  var cells: [(text: String, column: Int)] = []
  var (text, start, isQuoted, wasQuote) = ("", 1, false, false)
  for (offset, character) in line.enumerated() {
    if character == "\"" {
      // A quote in quotes is written twice.
      if !isQuoted, wasQuote { text.append(character) }
      isQuoted.toggle()
      wasQuote = !isQuoted
      continue
    }
    wasQuote = false
    if character == ",", !isQuoted {
      cells.append((text.trimmingCharacters(in: .whitespaces), start))
      (text, start) = ("", offset + 2)
    } else {
      text.append(character)
    }
  }
  return (cells + [(text.trimmingCharacters(in: .whitespaces), start)], !isQuoted)
}

extension Table<CycleRecord> {
  /// The heading of the last column of a run that may skip cycles.
  static let simulatedHeading = "Simulated / 1"

  /// The columns of `cycles.csv`; capacities in mAh/g refer to `activeMassPerArea` in kg/m2.
  static func cycles(_ scenario: Scenario, activeMassPerArea: Double) -> Table {
    let counterPotential = scenario.parameters[.counterPotential]
    // Lithium content as charge per mass: 273.8 mAh/g for LiCoO2.
    let chargeOfContent = Constants.faraday / scenario.parameters[.molarMass]
    let first: [(heading: String, content: Content)] = [
      ("Cycle Count / 1", .count { $0.cycle }),
      ("Charge Capacity / mAh g-1", .number { $0.chargeCapacity / activeMassPerArea }),
      ("Discharge Capacity / mAh g-1", .number { $0.dischargeCapacity / activeMassPerArea }),
      ("Discharge Capacity / mAh cm-2", .number { $0.dischargeCapacity }),
      ("Coulombic Efficiency / 1", .number { $0.coulombicEfficiency }),
      ("Energy Efficiency / 1", .number { $0.energyEfficiency }),
      ("Mean Discharge Voltage vs Li / V", .number { $0.meanDischargeVoltageVsLi }),
      ("Hold Time / s", .number { $0.holdTime }),
      ("Minimum Lithium Content / 1", .number { $0.minimumContent }),
      ("Maximum Lithium Content / 1", .number { $0.maximumContent }),
      ("Contact Fraction / 1", .number { $0.contactFraction }),
      ("Debonded / 1", .number { $0.debondedShare }),
      ("Interface Fatigue / 1", .number { $0.interfaceFatigue }),
      ("Isolated Share / 1", .number { $0.isolatedShare }),
      ("Crack Count / 1", .count { $0.crackCount }),
      ("Crack Length / um", .number { $0.crackLength }),
      ("Nucleated Cracks / 1", .count { $0.nucleatedCracks }),
      ("Fractured Length / um", .number { $0.fracturedLength }),
      ("Fatigued Length / um", .number { $0.fatiguedLength }),
      ("Crack Density Parallel / 1", .number { $0.crackDensityParallel }),
      ("Crack Density Perpendicular / 1", .number { $0.crackDensityPerpendicular }),
      ("Effective Diffusivity / cm2 s-1", .number { $0.effectiveDiffusivity }),
      ("Peak Tensile Stress / MPa", .number { $0.peakTensileStress }),
      ("Peak Stress X / um", .number { $0.peakStressX }),
      ("Peak Stress Y / um", .number { $0.peakStressY }),
      ("Peak K over Kc / 1", .number { $0.peakKOverToughness }),
      ("Lithium Balance Error / 1", .number { $0.lithiumBalanceError }),
      ("Mean Discharge Voltage / V", .number { $0.meanDischargeVoltageVsLi - counterPotential }),
      ("Peak Stress Site / 1", .text { $0.peakStressSite }),
      ("Content Excess / 1", .number { $0.contentExcess }),
      ("Transport Loss / mAh g-1", .number { $0.transportLoss * chargeOfContent }),
      ("Kinetics Loss / mAh g-1", .number { $0.kineticsLoss * chargeOfContent }),
      ("Mesh Error / 1", .number { $0.meshError ?? .nan }),
      ("Mean In-Plane Stress / MPa", .number { $0.audit.meanInPlaneStress }),
      ("In-Plane Moment / N", .number { $0.audit.inPlaneMoment }),
      ("Mean In-Plane Strain / 1", .number { $0.audit.meanInPlaneStrain }),
      ("Force Balance Error / 1", .number { $0.audit.forceBalanceError }),
      ("Area above 1 GPa / 1", .number { $0.audit.highStressShare }),
      ("Interface above Strength / 1", .number { $0.audit.overloadedShare }),
      ("Unsettled Evaluations / 1", .count { $0.audit.unsettledEvaluations }),
      ("Interphase Resistance / ohm cm2", .number { $0.interphaseResistance }),
      ("Attributed Loss / mAh g-1", .number { ($0.attribution?.whole ?? .nan) / activeMassPerArea }),
    ]
    let parts = Mechanisms.identifiers.enumerated().map { index, name in
      (
        "Loss by \(name.capitalized) / mAh g-1",
        Content.number { ($0.attribution?.parts[index] ?? .nan) / activeMassPerArea }
      )
    }
    let last: [(heading: String, content: Content)] = [
      (
        "Loss by Interaction / mAh g-1", .number { ($0.attribution?.interaction ?? .nan) / activeMassPerArea }
      ),
      ("Time Steps / 1", .count { $0.timeSteps }),
      ("Newton Iterations / 1", .count { $0.newtonIterations }),
      ("Factorizations / 1", .count { $0.factorizations }),
      ("Solves / 1", .count { $0.solves }),
    ]
    let jumps: [(heading: String, content: Content)] =
      scenario.jumpTolerance == nil ? [] : [(Table.simulatedHeading, .count { $0.isSimulated ? 1 : 0 })]
    return Table(first + parts.map { ($0.0, $0.1) } + last + jumps)
  }
}

extension Table<TimeSample> {
  /// The columns of the time series in the Battery Data Format; positive currents charge the cell.
  static func timeSeries(_ scenario: Scenario) -> Table {
    let area = scenario.parameters[.electrodeArea]
    let counterPotential = scenario.parameters[.counterPotential]
    return Table([
      ("Test Time / s", .number { $0.time }),
      ("Voltage / V", .number { $0.terminalVoltage }),
      ("Current / A", .number { $0.currentDensity * area }),
      ("Cycle Count / 1", .count { $0.cycle }),
      ("Step Count / 1", .count { $0.step }),
      ("Ambient Temperature / degC", .number { $0.temperature }),
      ("Charging Capacity / Ah", .number { $0.chargePassed * area }),
      ("Discharging Capacity / Ah", .number { $0.dischargePassed * area }),
      ("Applied Pressure / Pa", .number { $0.pressure }),
      ("Voltage vs Li / V", .number { $0.terminalVoltage + counterPotential }),
      ("Mean Lithium Content / 1", .number { $0.meanContent }),
    ])
  }
}

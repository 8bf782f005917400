import CellPhysics

/// How a program or cycler writes discharge capacities: which columns hold them, and what their numbers count.
///
/// A heading is a name with a unit: `Name / unit`, `Name(unit)` or `Name [unit]`. Names are compared without regard to
/// case, and `_` is a blank.
struct FadeLayout: Sendable {
  /// What the numbers of the capacity are.
  enum Counting: Sendable {
    /// The discharge capacity of a cycle, one line for each.
    case cycle
    /// Of a counter that only discharge moves, whenever it is set back; a capacity where each cycle has one line.
    case counter
    /// A current in A, positive while it charges, to be integrated over the column of this name.
    case current(time: String)
  }

  /// Whose layout it is.
  let name: String
  /// Names of the column of the cycle, and of those of the capacity with the unit they have when they state none.
  let cycles: [String]
  let values: [(name: String, unit: String?)]
  let counting: Counting
  /// A column that tells this layout from another with the same columns.
  var mark: String? = nil

  /// All that are understood, in the order in which a file is compared with them.
  static let all = [
    FadeLayout(
      name: "cycle table", cycles: ["Cycle Count"],
      values: [("Discharge Capacity", nil), ("Cycle Discharging Capacity", nil)], counting: .cycle),
    FadeLayout(
      name: "Battery Data Format", cycles: ["Cycle Count"],
      values: [("Discharging Capacity", nil), ("discharging_capacity_ah", "Ah")], counting: .counter),
    FadeLayout(
      name: "Battery Data Format", cycles: ["Cycle Count"], values: [("Current", nil)],
      counting: .current(time: "Test Time")),
    FadeLayout(
      name: "Battery Data Format", cycles: ["Cycle Count"], values: [("current_ampere", "A")],
      counting: .current(time: "test_time_second")),
    // What stands per mass is taken first.
    FadeLayout(
      name: "cellpy summary", cycles: ["cycle_index"],
      values: [("discharge_capacity_gravimetric", "mAh/g"), ("discharge_capacity_areal", "mAh/cm2")],
      counting: .cycle),
    FadeLayout(
      name: "Arbin, or summary of BEEP", cycles: ["Cycle_Index"], values: [("discharge_capacity", "Ah")],
      counting: .counter),
    FadeLayout(
      name: "Neware", cycles: ["Cycle ID", "Cycle Index"],
      values: [("Capacitance_DChg", nil), ("DChg. Cap.", nil), ("DChg. Spec. Cap.", nil)], counting: .counter),
    FadeLayout(
      name: "PyBaMM summary variables", cycles: ["Cycle number"], values: [("Capacity", nil)],
      counting: .cycle),
    FadeLayout(
      name: "PyProBE summary", cycles: ["Cycle"], values: [("Discharge Capacity", nil)], counting: .cycle),
    FadeLayout(
      name: "PyProBE", cycles: ["Cycle"], values: [("Current", nil)], counting: .current(time: "Time"),
      mark: "Event"),
  ]

  /// The layout with the headings it was looked for by.
  var description: String {
    var columns = [cycles[0], values[0].name]
    if case .current(let time) = counting { columns.append(time) }
    return "\(name) (\((columns + [mark].compactMap(\.self)).map { "'\($0)'" }.joined(separator: ", ")))"
  }

  /// The name of a heading as names are compared, and the unit that it states.
  static func parts(_ heading: String) -> (name: String, unit: String?) {
    func plain(_ text: some StringProtocol) -> String {
      text.lowercased().replacing("_", with: " ").trimmingCharacters(in: .whitespaces)
    }
    if let slash = heading.firstIndex(of: "/"), !heading[..<slash].contains(where: { "([".contains($0) }) {
      let unit = heading[heading.index(after: slash)...].trimmingCharacters(in: .whitespaces)
      return (plain(heading[..<slash]), unit)
    }
    for (opening, closing) in [("[", "]"), ("(", ")")] as [(Character, Character)] {
      guard heading.last == closing, let start = heading.lastIndex(of: opening) else { continue }
      let unit = heading[heading.index(after: start)...].dropLast().trimmingCharacters(in: .whitespaces)
      return (plain(heading[..<start]), unit)
    }
    return (plain(heading), nil)
  }
}

/// How large the measured electrode was: what relates absolute capacities to those per mass.
public struct MeasuredElectrode: Sendable, Equatable {
  /// The mass of active material, kg; nil when it is not known.
  var mass: Double?
  /// The same per geometric area, kg/m2.
  var loading: Double?
  /// The geometric area, m2.
  var area: Double?

  /// An electrode of which nothing is known.
  public init() {}

  /// Reads a mass or a mass per area, and an area; nil when one has another dimension or is not above 0.
  public init?(mass: String?, area: String?) {
    func value(_ text: String, _ unit: String) -> Double? {
      guard let quantity = Quantity(text), quantity.unit.dimension == Unit(unit)!.dimension,
        quantity.si > 0, quantity.si.isFinite
      else { return nil }
      return quantity.si
    }
    if let mass {
      self.mass = value(mass, "mg")
      loading = value(mass, "mg/cm2")
      guard self.mass != nil || loading != nil else { return nil }
    }
    if let area {
      self.area = value(area, "cm2")
      guard self.area != nil else { return nil }
    }
  }

  /// What one SI unit of a capacity of this dimension is in C/kg; nil when that is not known.
  func perMass(_ dimension: Dimension) -> Double? {
    switch MeasuredElectrode.basis(dimension) {
    case .mass: 1
    case .cell: (mass ?? loading.flatMap { loading in area.map { loading * $0 } }).map { 1 / $0 }
    case .area: (loading ?? mass.flatMap { mass in area.map { mass / $0 } }).map { 1 / $0 }
    case nil: nil
    }
  }

  /// What a capacity is given of.
  enum Basis { case mass, cell, area }

  static func basis(_ dimension: Dimension) -> Basis? {
    switch dimension {
    case Unit("C/kg")!.dimension: .mass
    case Unit("C")!.dimension: .cell
    case Unit("C/m2")!.dimension: .area
    default: nil
    }
  }
}

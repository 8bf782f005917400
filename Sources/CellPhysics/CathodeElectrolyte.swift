/// The kind of solid electrolyte that touches the cathode: what it stands for in the parameter table.
///
/// Its values are defaults: a scenario that names one keeps what it states besides.
public enum CathodeElectrolyte: String, Sendable, Codable, CaseIterable {
  /// Pressed Li3InCl6, or another halide; the rows of the parameter table are its own.
  case halide
  /// Pressed Li6PS5Cl.
  case sulfide

  /// The parameters whose default depends on the electrolyte.
  public static let parameters = Parameter.allCases.filter { sulfideRows[$0] != nil }

  /// The table row of a parameter with this electrolyte.
  public func entry(_ parameter: Parameter) -> Parameter.Entry {
    guard self == .sulfide, let row = Self.sulfideRows[parameter] else { return parameter.entry }
    return row
  }

  /// The default of every parameter with this electrolyte.
  public var defaults: ParameterSet {
    Self.parameters.reduce(into: .defaults) { $0[$1] = entry($1).defaultSI }
  }

  private static let sulfideRows: [Parameter: Parameter.Entry] = {
    func row(
      _ parameter: Parameter, _ defaultText: String, _ provenance: Parameter.Provenance, _ source: String
    ) -> (Parameter, Parameter.Entry) {
      let table = parameter.entry
      return (
        parameter,
        Parameter.Entry(
          defaultText: defaultText, range: table.range, meaning: table.meaning, provenance: provenance,
          source: source)
      )
    }
    let rows = [
      row(
        .recontactPressure, "300 MPa", .assumed,
        "plateau of pressed sulfides above 200-250 MPa, Cronau et al. (2021); exponent: arXiv 2501.00600"),
      row(
        .healingTime, "100 h", .assumed,
        "softer than a halide, but no creep law found; 10 h would undo all that debonds"),
      row(
        .interphaseGrowth, "130 ohm cm2 d^-0.5", .assumed,
        "estimated from bare Li6PS5Cl, from 342 to 982 ohm cm2 in about 25 days, Yun et al. (2023)"),
      row(
        .cathodeSideConductivity, "1.6 mS/cm", .literature, "Li6PS5Cl, Yun et al. (2023)"),
      row(
        .electrolyteModulus, "15 GPa", .literature,
        "effective, pressed Li6PS5Cl: 5 for porous pellets, 22 by first principles, 29 by indentation"),
      row(.electrolytePoissonRatio, "0.37 1", .literature, "Li6PS5Cl, first principles"),
      row(.interfaceStiffness, "3e17 Pa/m", .assumed, "electrolyte modulus over 0.05 um"),
    ]
    return Dictionary(uniqueKeysWithValues: rows)
  }()
}

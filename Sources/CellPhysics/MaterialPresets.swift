/// A material that a scenario names, and the defaults that it stands for: a scenario that states a value keeps it.
public protocol MaterialPreset: RawRepresentable<String>, CaseIterable, Hashable, Sendable, Codable {
  /// The rows in place of those of the parameter table, which are those of the default material.
  static var rows: [Self: [Parameter: Parameter.Entry]] { get }
  /// The parameters whose default depends on the material.
  static var parameters: [Parameter] { get }
}

extension MaterialPreset {
  /// Whether the default of a parameter depends on the material.
  public static func sets(_ parameter: Parameter) -> Bool { parameters.contains(parameter) }

  /// The parameters that rows give, in the order of the table.
  fileprivate static func given(by rows: [Self: [Parameter: Parameter.Entry]]) -> [Parameter] {
    Parameter.allCases.filter { parameter in rows.values.contains { $0[parameter] != nil } }
  }

  /// The table row of a parameter with this material.
  public func entry(_ parameter: Parameter) -> Parameter.Entry {
    Self.rows[self]?[parameter] ?? parameter.entry
  }

  /// Gives the parameters that depend on the material their defaults.
  public func apply(to parameters: inout ParameterSet) {
    for parameter in Self.parameters { parameters[parameter] = entry(parameter).defaultSI }
  }

  /// The default of every parameter with this material.
  public var defaults: ParameterSet {
    var parameters = ParameterSet.defaults
    apply(to: &parameters)
    return parameters
  }
}

/// A row in place of that of the table, of the same meaning and range.
private func row(
  _ parameter: Parameter, _ defaultText: String, _ provenance: Parameter.Provenance, _ source: String
) -> (Parameter, Parameter.Entry) {
  (parameter, parameter.entry.with(defaultText, provenance, source))
}

/// The kind of solid electrolyte that touches the cathode.
public enum CathodeElectrolyte: String, MaterialPreset {
  /// Pressed Li3InCl6, or another halide; the rows of the parameter table are its own.
  case halide
  /// Pressed Li6PS5Cl.
  case sulfide
  /// Pressed Li3PS4, a glass of 75 Li2S and 25 P2S5.
  case thiophosphate
  /// Sintered Li7La3Zr2O12, doped.
  case garnet
  /// 1 mol/L LiPF6 in EC:DMC in a porous separator, which wets all that it reaches and holds nothing.
  case liquid

  public static let parameters = given(by: rows)
  public static let rows: [CathodeElectrolyte: [Parameter: Parameter.Entry]] = [
    .sulfide: Dictionary(uniqueKeysWithValues: [
      row(
        .recontactPressure, "300 MPa", .assumed,
        "plateau of pressed sulfides above 200-250 MPa, Cronau et al. (2021); exponent: arXiv 2501.00600"),
      row(
        .healingTime, "100 h", .assumed,
        "softer than a halide, but no creep law found; 10 h would undo all that debonds"),
      row(
        .interphaseGrowth, "130 ohm cm2 d^-0.5", .assumed,
        "estimated from bare Li6PS5Cl, from 342 to 982 ohm cm2 in about 25 days, Yun et al. (2023)"),
      row(.cathodeSideConductivity, "1.6 mS/cm", .literature, "Li6PS5Cl, Yun et al. (2023)"),
      row(
        .electrolyteModulus, "15 GPa", .literature,
        "effective, pressed Li6PS5Cl: 5 for porous pellets, 22 by first principles, 29 by indentation"),
      row(.electrolytePoissonRatio, "0.37 1", .literature, "Li6PS5Cl, first principles"),
      row(.interfaceStiffness, "3e17 Pa/m", .assumed, "electrolyte modulus over 0.05 um"),
    ]),
    .thiophosphate: Dictionary(uniqueKeysWithValues: [
      row(.recontactPressure, "300 MPa", .assumed, "as Li6PS5Cl: no measurement found"),
      row(.healingTime, "100 h", .assumed, "as Li6PS5Cl: no measurement found"),
      row(.interphaseGrowth, "130 ohm cm2 d^-0.5", .assumed, "as bare Li6PS5Cl: no measurement found"),
      row(
        .cathodeSideConductivity, "0.3 mS/cm", .literature,
        "glass of 75 Li2S and 25 P2S5; 0.2 to 0.5 mS/cm as it is pressed, from memory"),
      row(
        .electrolyteModulus, "16 GPa", .literature,
        "cold-pressed Li2S-P2S5 14-17, hot-pressed 18-25: Sakuda et al., Sci. Rep. 3, 2261 (2013)"),
      row(.electrolytePoissonRatio, "0.37 1", .assumed, "as Li6PS5Cl: no measurement found"),
      row(.interfaceStiffness, "3.2e17 Pa/m", .assumed, "electrolyte modulus over 0.05 um"),
    ]),
    .garnet: Dictionary(uniqueKeysWithValues: [
      row(
        .recontactPressure, "1400 MPa", .assumed,
        "that of Li6PS5Cl times the ratio of hardnesses, 6.3 over 1.34 GPa; no measurement found"),
      row(.healingTime, "0 h", .assumed, "a hard ceramic, taken as elastic"),
      row(
        .interphaseGrowth, "0 ohm cm2 d^-0.5", .assumed,
        "stable against the cathode at room temperature; what sintering leaves is not counted"),
      row(
        .cathodeSideConductivity, "0.45 mS/cm", .literature,
        "hot-pressed Li6.4La3Zr1.4Ta0.6O12 of 98 % density, Chin. Phys. Lett."),
      row(
        .electrolyteModulus, "150 GPa", .literature,
        "hot-pressed cubic LLZO with 3 % pores, by resonance: Ni et al., J. Mater. Sci. 47, 7978 (2012)"),
      row(.electrolytePoissonRatio, "0.26 1", .literature, "cubic LLZO, from memory"),
      row(.interfaceStiffness, "3e18 Pa/m", .assumed, "electrolyte modulus over 0.05 um"),
    ]),
    .liquid: Dictionary(uniqueKeysWithValues: [
      row(
        .exchangeCurrentDensity, "0.76 A/m2", .literature,
        "LiCoO2 in 1 mol/L LiPF6, Ai et al., J. Electrochem. Soc. 167, 013512 (2020); others 0.5 to 1.8"),
      row(.recontactPressure, "0 MPa", .literature, "a liquid wets at any pressure"),
      row(.interfaceFriction, "0 1", .literature, "a liquid"),
      row(.healingTime, "0 h", .literature, "nothing bonds"),
      row(
        .interphaseGrowth, "0 ohm cm2 d^-0.5", .assumed, "that of solid electrolytes; a film is not counted"),
      row(
        .infiltratedShare, "1 1", .assumed,
        "cracks and pores fill; smooth faces, though real ones are rougher"),
      row(.anodeSideThickness, "0 um", .assumed, "one layer"),
      row(.cathodeSideThickness, "25 um", .assumed, "usual of porous separators"),
      row(
        .cathodeSideConductivity, "2.8 mS/cm", .literature,
        "11.0 mS/cm of 1 mol/L LiPF6 in EC:DMC, Marquis et al. (2019), in 40 % pores: times 0.4^1.5"),
      row(
        .transferenceNumber, "0.38 1", .literature,
        "LiPF6 in EC:DMC, Ai et al., J. Electrochem. Soc. 167, 013512 (2020)"),
      row(.electrolyteModulus, "0.1 GPa", .assumed, "order of a wet polyolefin separator under compression"),
      row(.electrolytePoissonRatio, "0.3 1", .assumed, "hardly matters"),
      row(.interfaceStiffness, "2e15 Pa/m", .assumed, "electrolyte modulus over 0.05 um"),
      row(.toughnessModeI, "1e-6 J/m2", .literature, "a liquid holds nothing; the least value there is"),
      row(.toughnessModeII, "1e-6 J/m2", .literature, "likewise"),
      row(.interfaceNormalStrength, "0.01 MPa", .literature, "likewise"),
      row(.interfaceShearStrength, "0.01 MPa", .literature, "likewise"),
    ]),
  ]
}

/// The material of the counter electrode, where its potential does not depend on the state of charge.
public enum CounterElectrode: String, MaterialPreset {
  /// Indium with its first lithium phase; the rows of the parameter table are its own.
  case lithiumIndium = "lithium-indium"
  /// Lithium metal.
  case lithium

  public static let parameters = given(by: rows)
  public static let rows: [CounterElectrode: [Parameter: Parameter.Entry]] = [
    .lithium: Dictionary(uniqueKeysWithValues: [
      row(.counterPotential, "0 V", .literature, "the reference itself"),
      row(
        .counterExchangeCurrentDensity, "25.7 A/m2", .assumed,
        "10 ohm cm2, as Li-In; with pressure from 1 to 25 MPa cells fell from 500 to 32 ohm, Doux et al. (2020)"
      ),
      row(.counterExpansion, "13 cm3/mol", .literature, "6.94 g/mol over 0.534 g/cm3"),
    ])
  ]
}

import CellPhysics
import Testing

@testable import RunFiles

typealias Unit = CellPhysics.Unit

@Suite struct Quantities {
  /// A unit of the parameter table, its value in SI units worked out by hand, and a product of SI
  /// units of the same dimension.
  @Test(arguments: [
    ("MPa", 1e6, "kg m-1 s-2"), ("degC", 1, "K"), ("mAh/cm2", 3.6e4, "A s m-2"), ("cm2", 1e-4, "m2"),
    ("um", 1e-6, "m"), ("g/cm3", 1e3, "kg m-3"), ("g/mol", 1e-3, "kg/mol"), ("cm2/s", 1e-4, "m2/s"),
    ("1", 1, "1"), ("V", 1, "kg m2 s-3 A-1"), ("A/m2", 1, "A m-2"), ("deg", 0.017453292519943295, "1"),
    ("%", 0.01, "1"), ("mS/cm", 0.1, "A2 s3 kg-1 m-3"), ("GPa", 1e9, "kg m-1 s-2"),
    ("Pa/m", 1, "kg m-2 s-2"), ("/um2", 1e12, "m-2"), ("MPa m^0.5", 1e6, "kg m^-0.5 s-2"),
    ("J/m2", 1, "kg s-2"), ("MPa/um", 1e12, "kg m-2 s-2"), ("cm3/mol", 1e-6, "m3/mol"),
    ("ohm cm2 d^-0.5", 3.402069087198859e-07, "kg m4 s^-3.5 A-2"),
    ("kJ/mol", 1e3, "kg m2 s-2/mol"), ("mol/L", 1e3, "mol/m3"),
    // Of the output files.
    ("mAh g-1", 3600, "A s kg-1"), ("mAh cm-2", 3.6e4, "A s m-2"), ("cm2 s-1", 1e-4, "m2 s-1"),
    ("Ah", 3600, "A s"), ("h", 3600, "s"), ("Pa", 1, "kg m-1 s-2"),
  ])
  func factorAndDimension(_ symbol: String, _ factor: Double, _ dimension: String) throws {
    let unit = try #require(Unit(symbol))
    #expect(abs(unit.factor / factor - 1) < 1e-14)
    #expect(unit.dimension == Unit(dimension)?.dimension)
    #expect(unit.offset == (symbol == "degC" ? 273.15 : 0))
  }

  /// The units of the parameter table that stand above.
  private static let tested: Set<String> = [
    "MPa", "degC", "mAh/cm2", "cm2", "um", "g/cm3", "g/mol", "cm2/s", "1", "V", "A/m2", "deg", "%",
    "mS/cm", "GPa", "Pa/m", "/um2", "MPa m^0.5", "J/m2", "MPa/um", "cm3/mol",
    "ohm cm2 d^-0.5", "h", "kJ/mol", "mol/L",
  ]

  @Test(arguments: Parameter.allCases)
  func everyDefaultIsValid(_ parameter: Parameter) throws {
    let entry = parameter.entry
    #expect(try QuantityText.value(entry.defaultText, for: parameter) == entry.defaultSI)
    #expect(entry.rangeSI.contains(entry.defaultSI))
    let text = QuantityText.text(entry.defaultSI, entry.unit)
    #expect(try QuantityText.value(text, for: parameter) == entry.defaultSI)
    #expect(QuantityText.kindName(entry.unit) != nil, "no word for what \(entry.unit.symbol) measures")
    #expect(Self.tested.contains(entry.unit.symbol), "\(entry.unit.symbol) has no hand value above")
  }

  @Test(arguments: [
    "m1e300", "m+inf", "m-nan", "m^", "^2", "/", "//", "m2.", "m^0.25", "-", "m-99999999999999999999",
  ])
  func oddUnitsAreRefusedOrRead(_ text: String) {
    // Must not trap; the few that can be read are read as something finite.
    if let unit = Unit(text) { #expect(unit.factor.isFinite) }
  }

  @Test(arguments: [
    (23.1e-6, "um", "23.1 um"), (1e13, "Pa/m", "1e13 Pa/m"), (3.523e-13, "cm2/s", "3.523e-9 cm2/s"),
    (0.0064, "1", "0.0064"), (298.15, "degC", "25 degC"), (0, "um", "0 um"), (3.5e11, "GPa", "350 GPa"),
  ])
  func quantitiesAreShort(_ si: Double, _ unit: String, _ expected: String) throws {
    let unit = try #require(Unit(unit))
    // The SI value is rounded as the reader rounds it.
    let read = unit.toSI(QuantityText.rounded(unit.fromSI(si), digits: 15))
    #expect(QuantityText.text(read, unit) == expected)
  }
}

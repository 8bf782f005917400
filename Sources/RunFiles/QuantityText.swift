import CellPhysics
import Foundation

// Foundation has types of these names.
typealias Unit = CellPhysics.Unit
typealias Dimension = CellPhysics.Dimension

/// A message for the user about one value; the caller knows where the value stands.
struct ValueProblem: Error {
  var message: String
  /// Where it stands, when that is in another file than the value.
  var place: InputPlace?
}

extension Duration {
  /// The longest time that can be asked for, s: a century.
  private static let longest = 100 * 365.25 * 86_400

  /// A time as it is written, with its unit: `2 h`, `90 min`; nil where it is none, or not above zero.
  public init?(written text: String) {
    guard let (number, unitText) = try? QuantityText.leadingNumber(text, expected: ""),
      let unit = Unit(unitText), unit.dimension == Unit("s")?.dimension
    else { return nil }
    let seconds = unit.toSI(number)
    guard seconds > 0, seconds <= Duration.longest else { return nil }
    self = .seconds(seconds)
  }
}

/// Quantities as text: read with all checks, and written so that they read back exactly.
enum QuantityText {
  /// No number with a unit is longer; what is longer is not looked at.
  static let longest = 200

  /// What a unit measures, as far as scenarios tell kinds of quantities apart.
  ///
  /// Angles are dimensionless in SI, but a bare number must not be taken for radians.
  private enum Kind: Equatable {
    case number
    case angle
    case dimensional(Dimension)

    init(_ unit: Unit) {
      if unit.symbol == "deg" || unit.symbol == "rad" {
        self = .angle
      } else if unit.dimension == .none {
        self = .number
      } else {
        self = .dimensional(unit.dimension)
      }
    }
  }

  private static let kindNames: [(unit: String, name: String)] = [
    ("m", "length"), ("m2", "area"), ("/m2", "number per area"), ("s", "time"), ("Pa", "pressure"),
    ("degC", "temperature"), ("V", "voltage"), ("A", "current"), ("A/m2", "current density"),
    ("C", "charge"), ("C/m2", "charge per area"), ("kg/m3", "density"), ("kg/mol", "molar mass"),
    ("mol/m3", "concentration"),
    ("kg", "mass"), ("m2/s", "diffusivity"), ("S/m", "conductivity"), ("Pa/m", "stiffness per area"),
    ("Pa m^0.5", "stress intensity"), ("J/m2", "energy per area"), ("J", "energy"),
    ("m3/mol", "molar volume"), ("J/mol", "molar energy"), ("ohm m2", "resistance of an area"),
    ("ohm m2 s^-0.5", "resistance of an area per root of time"),
  ]

  /// What a unit measures in words: `length`; nil for a kind that no parameter has.
  static func kindName(_ unit: Unit) -> String? {
    switch Kind(unit) {
    case .number: "number"
    case .angle: "angle"
    case .dimensional(let dimension):
      kindNames.first { Unit($0.unit)?.dimension == dimension }?.name
    }
  }

  /// The SI value that `text` gives a parameter.
  ///
  /// The value is kept to 15 digits in the unit of the parameter table, which makes the printed
  /// value and the value used the same however it was written.
  static func value(_ text: String, for parameter: Parameter) throws(ValueProblem) -> Double {
    let entry = parameter.entry
    let table = entry.unit
    // Worked out for a message only.
    var expected: String { expectation(of: entry) }
    var shown: String { oneLine(text) }
    let (number, unitText) = try leadingNumber(text, expected: expected)
    if unitText.isEmpty, Kind(table) != .number {
      throw ValueProblem(message: "\(shown) has no unit; expected \(expected)")
    }
    guard let unit = Unit(unitText.isEmpty ? "1" : unitText) else {
      throw ValueProblem(message: "unknown unit '\(oneLine(unitText))'; expected \(expected)")
    }
    guard Kind(unit) == Kind(table) else {
      let kind = kindName(unit).map { " is a value of \($0)" } ?? " has another dimension"
      throw ValueProblem(message: "\(shown)\(kind); expected \(expected)")
    }
    // Adding zero takes the sign from -0.
    let inTable = rounded(table.fromSI(unit.toSI(number)), digits: 15) + 0
    guard inTable.isFinite, entry.range.contains(inTable) else {
      throw ValueProblem(message: "\(shown) is out of range: \(rangeText(entry.range, table))")
    }
    return table.toSI(inTable)
  }

  /// What is expected of a parameter, with its default as the example.
  private static func expectation(of entry: Parameter.Entry) -> String {
    let example = text(entry.defaultSI, entry.unit)
    return switch Kind(entry.unit) {
    case .number: "a number, such as \(example) (the default)"
    default:
      "a value with a unit of \(kindName(entry.unit) ?? entry.unit.symbol), such as \(example) (the default)"
    }
  }

  /// Splits a value into its number and the unit behind it; an empty unit when there is none.
  static func leadingNumber(_ text: String, expected: @autoclosure () -> String) throws(ValueProblem)
    -> (number: Double, unit: String)
  {
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard trimmed.utf8.count <= longest else {
      throw ValueProblem(message: "'\(oneLine(trimmed))' is too long; expected \(expected())")
    }
    let digits = trimmed.utf8.prefix(numberLength(trimmed.utf8))
    guard let number = Double(Substring(digits)) else {
      let word = trimmed.lowercased().trimmingCharacters(in: CharacterSet(charactersIn: "+-."))
      let what = word.hasPrefix("nan") || word.hasPrefix("inf") ? "finite number" : "number"
      throw ValueProblem(message: "'\(oneLine(trimmed))' is not a \(what); expected \(expected())")
    }
    guard number.isFinite else {
      throw ValueProblem(message: "'\(oneLine(trimmed))' is not a finite number; expected \(expected())")
    }
    let rest = trimmed[digits.endIndex...].trimmingCharacters(in: .whitespaces)
    return (number, rest)
  }

  /// The length of the decimal number that `text` begins with; what it covers need not be a number.
  private static func numberLength(_ text: String.UTF8View) -> Int {
    let bytes = Array(text)
    func isDigit(_ index: Int) -> Bool {
      index < bytes.count && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index])
    }
    func isSign(_ index: Int) -> Bool {
      index < bytes.count && (bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-"))
    }
    var end = isSign(0) ? 1 : 0
    while isDigit(end) { end += 1 }
    if end < bytes.count, bytes[end] == UInt8(ascii: ".") { end += 1 }
    while isDigit(end) { end += 1 }
    // An e belongs to the number only when an exponent follows it.
    if end < bytes.count, bytes[end] | 0x20 == UInt8(ascii: "e") {
      let exponent = isSign(end + 1) ? end + 2 : end + 1
      if isDigit(exponent) {
        end = exponent
        while isDigit(end) { end += 1 }
      }
    }
    return end
  }

  /// An SI value as text in `unit`: the shortest decimal that reads back as the same SI value.
  static func text(_ si: Double, _ unit: Unit) -> String {
    let number = self.number(si, unit)
    return unit.symbol == "1" ? number : "\(number) \(unit.symbol)"
  }

  /// The number of ``text(_:_:)`` without the unit.
  static func number(_ si: Double, _ unit: Unit) -> String {
    let value = unit.fromSI(si)
    guard value.isFinite else { return value.description }
    let digits = (1...17).first { unit.toSI(rounded(value, digits: $0)) == si } ?? 17
    return plain(rounded(value, digits: digits))
  }

  /// The shortest decimal that reads back as `value`: `350`, `0.0001`, `3.523e-9`, `1e13`.
  static func plain(_ value: Double) -> String {
    guard abs(value) >= 1e7 || abs(value) < 1e-4, value != 0, value.isFinite else {
      let text = value.description
      return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
    let shortest = (0...16).lazy.map { String(format: "%.\($0)e", value) }.first { Double($0) == value }
    return (shortest ?? value.description).replacing(/e([+-])0*([0-9]+)$/) { match in
      "e\(match.output.1 == "-" ? "-" : "")\(match.output.2)"
    }
  }

  static func rangeText(_ range: ClosedRange<Double>, _ unit: Unit) -> String {
    let symbol = unit.symbol == "1" ? "" : " \(unit.symbol)"
    return "\(plain(range.lowerBound)) to \(plain(range.upperBound))\(symbol)"
  }

  static func rounded(_ value: Double, digits: Int) -> Double {
    guard value.isFinite else { return value }
    return Double(String(format: "%.\(digits - 1)e", value)) ?? value
  }
}

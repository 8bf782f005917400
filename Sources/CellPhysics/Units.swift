import Foundation

/// A physical dimension: exponents of metre, kilogram, second, ampere, kelvin and mole.
///
/// Exponents are doubled, so that the half powers of stress intensity stay integers.
public struct Dimension: Equatable, Sendable {
  var halves: SIMD8<Int>

  /// That of a number.
  public static let none = Dimension(halves: .zero)

  init(halves: SIMD8<Int>) { self.halves = halves }

  init(
    metre: Int = 0, kilogram: Int = 0, second: Int = 0, ampere: Int = 0, kelvin: Int = 0,
    mole: Int = 0
  ) {
    halves = SIMD8(
      2 * metre, 2 * kilogram, 2 * second, 2 * ampere, 2 * kelvin, 2 * mole, 0, 0)
  }
}

/// A unit as researchers write it: `um`, `mA/cm2`, `MPa m^0.5`, `J m-2`, `degC`, `%`, `1`.
public struct Unit: Equatable, Sendable {
  /// The number of SI units in one of this unit.
  public let factor: Double
  /// The SI value of zero on this scale; non-zero for `degC` alone.
  public let offset: Double
  /// The dimension of the quantity.
  public let dimension: Dimension
  /// The unit as it was written.
  public let symbol: String

  /// Reads a product of unit symbols with optional powers; nil when a symbol is unknown.
  ///
  /// Factors are separated by a space, `.` or `*`; what follows a `/` divides; powers are written
  /// `m2`, `m^2`, `m-2` or `m^0.5`.
  public init?(_ text: String) {
    let trimmed = text.trimmingCharacters(in: .whitespaces)
    symbol = trimmed
    if trimmed == "degC" || trimmed == "°C" {
      (factor, offset, dimension) = (1, 273.15, Dimension(kelvin: 1))
      return
    }
    var factor = 1.0
    var halves = SIMD8<Int>.zero
    var sign = 1
    var token = ""
    func flush() -> Bool {
      defer { token = "" }
      guard !token.isEmpty else { return true }
      guard let (base, power) = Unit.splitPower(token), let known = Unit.known(base) else {
        return false
      }
      let exponent = Double(sign) * power
      factor *= pow(known.factor, exponent)
      let doubled = 2 * exponent
      // Also refuses infinite and absurd powers, which do not fit the stored exponents.
      guard abs(doubled) <= 32, doubled == doubled.rounded() else { return false }
      halves &+= known.dimension.halves &* Int(doubled)
      // The stored exponents are doubled already, the power was doubled to stay an integer.
      return true
    }
    // A period separates factors unless it is the decimal point of a power.
    var previous: Character = " "
    for (position, character) in trimmed.enumerated() {
      let index = trimmed.index(trimmed.startIndex, offsetBy: position)
      let next = trimmed.index(after: index)
      let decimalPoint =
        character == "." && previous.isNumber && next < trimmed.endIndex && trimmed[next].isNumber
      if character == "/" {
        guard flush() else { return nil }
        sign = -1
      } else if character == " " || character == "*" || (character == "." && !decimalPoint) {
        guard flush() else { return nil }
      } else {
        token.append(character)
      }
      previous = character
    }
    guard !trimmed.isEmpty, flush() else { return nil }
    for index in 0..<8 where halves[index] % 2 != 0 { return nil }
    for index in 0..<8 { halves[index] /= 2 }
    self.factor = factor
    self.offset = 0
    dimension = Dimension(halves: halves)
  }

  /// The SI value of `value` in this unit.
  public func toSI(_ value: Double) -> Double { value * factor + offset }

  /// The value in this unit of an SI `value`.
  public func fromSI(_ value: Double) -> Double { (value - offset) / factor }

  /// Splits `cm2`, `m^-0.5` or `s-1` into base and power.
  private static func splitPower(_ token: String) -> (String, Double)? {
    if token == "1" { return ("1", 1) }
    guard let start = token.firstIndex(where: { "^-+0123456789".contains($0) }) else {
      return (token, 1)
    }
    let power = token[start...].drop(while: { $0 == "^" })
    guard start > token.startIndex, let exponent = Double(power) else { return nil }
    return (String(token[..<start]), exponent)
  }

  private static func known(_ symbol: String) -> (factor: Double, dimension: Dimension)? {
    if let exact = symbols[symbol] { return exact }
    for (prefix, scale) in prefixes where symbol.hasPrefix(prefix) {
      if let base = symbols[String(symbol.dropFirst(prefix.count))],
        prefixable.contains(String(symbol.dropFirst(prefix.count)))
      {
        return (scale * base.factor, base.dimension)
      }
    }
    return nil
  }

  private static let prefixes: [(String, Double)] = [
    ("n", 1e-9), ("u", 1e-6), ("µ", 1e-6), ("μ", 1e-6), ("m", 1e-3), ("c", 1e-2), ("k", 1e3),
    ("M", 1e6), ("G", 1e9),
  ]

  private static let prefixable: Set<String> = [
    "m", "g", "L", "s", "A", "V", "Pa", "J", "N", "S", "ohm", "mol", "W", "Ah", "Wh", "K",
  ]

  private static let symbols: [String: (factor: Double, dimension: Dimension)] = {
    let volt = Dimension(metre: 2, kilogram: 1, second: -3, ampere: -1)
    let pascal = Dimension(metre: -1, kilogram: 1, second: -2)
    let joule = Dimension(metre: 2, kilogram: 1, second: -2)
    return [
      "1": (1, .none), "%": (0.01, .none), "rad": (1, .none), "deg": (.pi / 180, .none),
      "cycle": (1, .none), "cycles": (1, .none),
      "m": (1, Dimension(metre: 1)), "g": (1e-3, Dimension(kilogram: 1)),
      "L": (1e-3, Dimension(metre: 3)), "s": (1, Dimension(second: 1)), "min": (60, Dimension(second: 1)),
      "h": (3600, Dimension(second: 1)), "d": (86400, Dimension(second: 1)),
      "A": (1, Dimension(ampere: 1)), "K": (1, Dimension(kelvin: 1)),
      "mol": (1, Dimension(mole: 1)), "C": (1, Dimension(second: 1, ampere: 1)),
      "Ah": (3600, Dimension(second: 1, ampere: 1)),
      "V": (1, volt), "Pa": (1, pascal), "J": (1, joule), "Wh": (3600, joule),
      "N": (1, Dimension(metre: 1, kilogram: 1, second: -2)),
      "W": (1, Dimension(metre: 2, kilogram: 1, second: -3)),
      "S": (1, Dimension(metre: -2, kilogram: -1, second: 3, ampere: 2)),
      "ohm": (1, Dimension(metre: 2, kilogram: 1, second: -3, ampere: -2)),
    ]
  }()
}

/// A number with its unit, as written in a scenario: `23.1 um`.
public struct Quantity: Equatable, Sendable {
  /// The number in front of the unit.
  public let value: Double
  /// The unit behind it; `1` when none was written.
  public let unit: Unit

  /// Reads a number, optional blanks and a unit; nil when either cannot be read.
  public init?(_ text: String) {
    let scanner = Scanner(string: text)
    scanner.locale = Locale(identifier: "en_US_POSIX")
    guard let value = scanner.scanDouble() else { return nil }
    let rest = String(text[scanner.currentIndex...]).trimmingCharacters(in: .whitespaces)
    guard let unit = Unit(rest.isEmpty ? "1" : rest) else { return nil }
    self.value = value
    self.unit = unit
  }

  /// The quantity in SI units.
  public var si: Double { unit.toSI(value) }
}

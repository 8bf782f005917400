import CellPhysics
import Foundation

/// An axis of a figure: what it shows, and how its values are spaced.
///
/// Axes that span more than a decade are logarithmic. Scripts place points at `f(value)` of their own
/// function, because gnuplot interpolates maps and contours in the coordinates it is given.
struct FigureAxis {
  let title: String
  let unit: Unit
  /// The smallest and largest value.
  let range: ClosedRange<Double>
  let isLogarithmic: Bool

  init(title: String, unit: Unit, values: [Double]) {
    self.title = title
    self.unit = unit
    let finite = values.filter(\.isFinite)
    let (low, high) = (finite.min() ?? 0, finite.max() ?? 1)
    range = low...high
    isLogarithmic = low > 0 && high > 10 * low
  }

  /// The label, `Quantity / unit`.
  var label: String { "\(title) / \(FigureAxis.symbol(unit))" }

  /// Where a value stands on the axis.
  func position(_ value: Double) -> Double { isLogarithmic ? log10(value) : value }

  /// The place at a share of the axis, from 0 to 1.
  func position(share: Double) -> Double {
    let (low, high) = (position(range.lowerBound), position(range.upperBound))
    return low + share * (high - low)
  }

  /// Where a value stands between the ends of the axis, from 0 to 1.
  func share(_ value: Double) -> Double {
    let (low, high) = (position(range.lowerBound), position(range.upperBound))
    return high > low ? (position(value) - low) / (high - low) : 0.5
  }

  /// The commands for this axis, called x or y; `margin` is the share of its length left free at both ends.
  func commands(_ name: String, margin: Double) -> String {
    let (low, high) = (position(range.lowerBound), position(range.upperBound))
    // Round-off must not put the outermost points outside.
    let free = high > low ? max(margin, 1e-6) * (high - low) : 0.5
    let body = isLogarithmic ? "log10(value)" : "value"
    return """
      f\(name)(value) = \(body)
      set \(name)label \(GnuplotFigure.quoted(label))
      set \(name)range [\(low - free):\(high + free)]
      \(isLogarithmic ? "set \(name)tics (\(logarithmicTics))" : "set m\(name)tics 2")
      """
  }

  /// Labelled marks at 1, 2 and 5 of each decade, or at decades only when there are many; small ones between.
  private var logarithmicTics: String {
    let decades = Int(log10(range.lowerBound).rounded(.down))...Int(log10(range.upperBound).rounded(.up))
    let isWide = log10(range.upperBound / range.lowerBound) > 2.5
    return decades.flatMap { decade in
      (1...9).map { digit in
        let place = "log10(\(digit)e\(decade))"
        let isPlain = (-3...3).contains(decade)
        guard digit == 1 || isPlain && !isWide && (digit == 2 || digit == 5) else { return "'' \(place) 1" }
        let text =
          isPlain
          ? QuantityText.plain(QuantityText.rounded(Double(digit) * pow(10, Double(decade)), digits: 3))
          : "10^{\(decade)}"
        return "'\(text)' \(place)"
      }
    }.joined(separator: ", ")
  }

  /// A unit as it is printed: `cm² s⁻¹`.
  static func symbol(_ unit: Unit) -> String {
    if unit.symbol == "deg" { return "°" }
    let superscripts: [Character: Character] = [
      "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "-": "⁻", ".": "·",
    ]
    var factors: [String] = []
    for (index, side) in unit.symbol.split(separator: "/").enumerated() {
      for factor in side.split(separator: " ") where factor != "1" {
        let base = factor.prefix { !"-^0123456789".contains($0) }.replacing("um", with: "µm")
        var power = factor.drop { !"-^0123456789".contains($0) }.replacing("^", with: "")
        if index > 0 { power = "-" + (power.isEmpty ? "1" : power) }
        factors.append(base + String(power.map { superscripts[$0] ?? $0 }))
      }
    }
    return factors.isEmpty ? "1" : factors.joined(separator: " ")
  }
}

/// Colours of figures.
enum FigureColours {
  /// The map viridis, which is uniform to the eye and readable without colour vision.
  private static let viridis = [
    0x440154, 0x482878, 0x3E4A89, 0x31688E, 0x26828E, 0x1F9E89, 0x35B779, 0x6DCD59, 0xB4DE2C, 0xFDE725,
  ]
  /// The map vik of Crameri (Scientific colour maps), two colours around a light middle, uniform to the eye.
  private static let vik = [
    0x001261, 0x02397A, 0x116496, 0x5496B7, 0xA7C9DA, 0xECE5E0, 0xE1B8A0, 0xCC875F, 0xB75A26, 0x852206,
    0x590008,
  ]
  /// The map vikO of Crameri, the same for what is cyclic: both ends are one colour.
  private static let vikO = [
    0x4F1A3D, 0x3F2C5B, 0x334B7F, 0x4575A1, 0x759EBC, 0xAEBDC8, 0xD5BEB3, 0xD7A387, 0xC57C56, 0xA14B2C,
    0x7A251E,
    0x611627, 0x50193C,
  ]
  /// The set of Okabe and Ito, which readers of any colour vision tell apart.
  private static let categories = [
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000",
  ]

  /// The command that makes viridis the palette.
  static let palette = palette(of: viridis)
  /// The commands that make vik and vikO the palette.
  static let divergingPalette = palette(of: vik)
  static let cyclicPalette = palette(of: vikO)

  private static func palette(of colours: [Int]) -> String {
    "set palette defined ("
      + colours.enumerated().map { "\($0) '#\(String(format: "%06X", $1))'" }.joined(separator: ", ") + ")"
  }

  /// Colours for so many lines: from dark to light when they are ordered, else as different as possible.
  static func lines(_ count: Int, ordered: Bool) -> [String] {
    guard ordered, count > 2 else { return (0..<count).map { categories[$0 % categories.count] } }
    return (0..<count).map { index in
      // The lightest yellow is not seen on white.
      let place = 0.88 * Double(viridis.count - 1) * Double(index) / Double(count - 1)
      let (below, share) = (Int(place), place - place.rounded(.down))
      let above = min(below + 1, viridis.count - 1)
      let mixed = [16, 8, 0].map { shift in
        let (a, b) = (Double(viridis[below] >> shift & 255), Double(viridis[above] >> shift & 255))
        return String(format: "%02X", Int((a + share * (b - a)).rounded()))
      }
      return "#" + mixed.joined()
    }
  }

  /// About so many round steps over a range: 1, 2 or 5 times a power of ten.
  static func step(over range: Double, count: Double) -> Double {
    guard range > 0 else { return 1 }
    let raw = range / count
    let decade = pow(10, log10(raw).rounded(.down))
    return decade * (raw / decade < 1.5 ? 1 : raw / decade < 3.5 ? 2 : raw / decade < 7.5 ? 5 : 10)
  }
}

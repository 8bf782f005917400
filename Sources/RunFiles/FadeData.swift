import CellPhysics
import Foundation

/// A measured fade curve: discharge capacities of some cycles with their uncertainties, in SI units.
public struct FadeData: Sendable, Equatable {
  /// One measured cycle.
  public struct Point: Sendable, Equatable, Codable {
    /// The number of the cycle, from 1.
    public var cycle: Int
    /// Discharge capacity and its standard deviation, C/kg.
    public var capacity: Double
    public var sigma: Double
  }

  /// The largest file read, in bytes.
  static let sizeLimit = 1 << 24

  /// What the quantity is called in a heading, and what else it may be called.
  private enum Quantity: CaseIterable {
    case cycle, capacity, sigma

    var names: [String] {
      switch self {
      case .cycle: ["Cycle Count"]
      case .capacity: ["Discharge Capacity"]
      case .sigma: ["Standard Deviation", "Uncertainty"]
      }
    }

    var unit: String { self == .cycle ? "1" : "mAh g-1" }
    var heading: String { "\(names[0]) / \(unit)" }
  }

  /// The file as the user named it.
  public let name: String
  /// The points in the order of their cycles, each cycle once; never empty.
  public let points: [Point]
  /// The last measured cycle.
  public var lastCycle: Int { points.last?.cycle ?? 0 }

  init(name: String, points: [Point]) {
    self.name = name
    self.points = points
  }

  /// Reads the CSV file at `path`, whose columns are headed `Quantity / unit`.
  ///
  /// `Cycle Count / 1` and `Discharge Capacity / mAh g-1` are needed, `Standard Deviation / mAh g-1` or
  /// `Uncertainty / mAh g-1` unless `sigma` gives one value, in C/kg, to all points. Other columns are passed
  /// over, and other units of the same dimension understood.
  ///
  /// Throws ``RunFileError`` when the file cannot be read, ``ScenarioError`` for a mistake in it, with its
  /// place, and ``FadeFitError/usage(_:)`` when the uncertainty is given twice or not at all.
  public init(path: String, sigma: Double?) throws {
    let bytes = try InputFile.bytes(at: path, limit: FadeData.sizeLimit)
    try self.init(bytes, name: path, sigma: sigma)
  }

  /// Reads the bytes of a file called `name`.
  init(_ bytes: Data, name: String, sigma: Double?) throws {
    let reader = Reader(name: name)
    guard bytes.count <= FadeData.sizeLimit else { throw reader.problem("larger than 16 MiB") }
    guard var text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
      throw reader.problem("not UTF-8 text; expected a CSV file")
    }
    if text.hasPrefix("\u{FEFF}") { text.removeFirst() }
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
      .filter { !$0.element.allSatisfy(\.isWhitespace) }.map { (number: $0.offset + 1, text: $0.element) }
    guard let header = lines.first else {
      throw reader.problem("the file is empty; expected the headings \(FadeData.expected)")
    }
    let headings = try reader.cells(header.text, line: header.number)
    let places = try reader.columns(headings, line: header.number)
    guard (places[.sigma] == nil) != (sigma == nil) else {
      throw FadeFitError.usage(
        sigma == nil
          ? "'\(oneLine(name))' has no column '\(Quantity.sigma.heading)': give the standard deviation of the "
            + "data with --sigma, such as --sigma '2 mAh/g'"
          : "'\(oneLine(name))' has a column '\(headings[places[.sigma]!.index].text)': leave out --sigma")
    }
    var points: [Point] = []
    var lineOfCycle: [Int: Int] = [:]
    for line in lines.dropFirst() {
      let cells = try reader.cells(line.text, line: line.number)
      guard cells.count == headings.count else {
        throw reader.problem(
          "\(cells.count) cells; expected \(headings.count), as many as there are headings", line.number,
          min(cells.count, headings.count) == cells.count ? nil : cells[headings.count].column)
      }
      func number(_ quantity: Quantity, _ expected: String, _ isValid: (Double) -> Bool) throws -> Double {
        let place = places[quantity]!
        let cell = cells[place.index]
        guard let value = Double(cell.text), isValid(value) else {
          throw reader.problem(
            "\(quantity.names[0]): '\(oneLine(cell.text))' is not accepted; expected \(expected)",
            line.number,
            cell.column)
        }
        return place.unit.toSI(value)
      }
      let range = ScenarioResolver.cycleRange
      let cycle = Int(
        try number(.cycle, "a whole number from 1 to \(range.upperBound)") {
          $0 == $0.rounded() && $0 >= 1 && $0 <= Double(range.upperBound)
        })
      if let earlier = lineOfCycle.updateValue(line.number, forKey: cycle) {
        throw reader.problem(
          "cycle \(cycle) stands in line \(earlier) already; give the mean of several cells and its standard "
            + "deviation", line.number, cells[places[.cycle]!.index].column)
      }
      points.append(
        Point(
          cycle: cycle,
          capacity: try number(.capacity, "a number from 0") { $0.isFinite && $0 >= 0 },
          sigma: try sigma ?? number(.sigma, "a number above 0") { $0.isFinite && $0 > 0 }))
    }
    guard !points.isEmpty else {
      throw reader.problem(
        "no line follows the headings; expected one for each measured cycle", header.number)
    }
    self.init(name: name, points: points.sorted { $0.cycle < $1.cycle })
  }

  private static let expected = Quantity.allCases.prefix(2).map { "'\($0.heading)'" }.joined(
    separator: " and ")

  /// Takes lines apart, and says where something is wrong.
  private struct Reader {
    let name: String

    func problem(_ message: String, _ line: Int? = nil, _ column: Int? = nil) -> ScenarioError {
      ScenarioError(problems: [
        .init(place: InputPlace(file: name, line: line, column: column), keyPath: "", message: message)
      ])
    }

    /// The cells of a line, without blanks around them and quotes, and the columns at which they begin.
    func cells(_ line: Substring, line number: Int) throws -> [(text: String, column: Int)] {
      let (cells, isClosed) = csvCells(line)
      guard isClosed else { throw problem("a quote is not closed", number, cells.last?.column) }
      return cells
    }

    /// Where each quantity stands and its unit; those without a column are missing.
    func columns(_ headings: [(text: String, column: Int)], line: Int) throws -> [Quantity: (
      index: Int, unit: Unit
    )] {
      var found: [Quantity: (index: Int, unit: Unit)] = [:]
      for quantity in Quantity.allCases {
        let named = headings.indices.compactMap { index -> (index: Int, unit: String)? in
          let parts = headings[index].text.split(separator: "/", maxSplits: 1).map {
            $0.trimmingCharacters(in: .whitespaces)
          }
          guard let name = parts.first, quantity.names.contains(name) else { return nil }
          return (index, parts.count > 1 ? parts[1] : "")
        }
        // A capacity per area may stand beside the one per mass.
        let fitting = named.compactMap { place in
          Unit(place.unit).flatMap { unit in
            unit.dimension == Unit(quantity.unit)!.dimension ? (index: place.index, unit: unit) : nil
          }
        }
        if let second = fitting.dropFirst().first {
          throw problem("a second column of \(quantity.names[0])", line, headings[second.index].column)
        }
        if let first = fitting.first {
          found[quantity] = first
        } else if let wrong = named.first {
          throw problem(
            "'\(oneLine(headings[wrong.index].text))' has no unit that fits; expected '\(quantity.heading)'",
            line, headings[wrong.index].column)
        } else if quantity != .sigma {
          throw problem("no column '\(quantity.heading)'; expected \(FadeData.expected)", line, 1)
        }
      }
      return found
    }
  }
}

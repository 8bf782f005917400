import CellPhysics
import Foundation

/// A measured fade curve: discharge capacities of some cycles, where known with their uncertainties, in SI units.
public struct MeasuredFade: Sendable, Equatable {
  /// One measured cycle.
  struct Point: Sendable, Equatable {
    /// The number of the cycle, from 1.
    var cycle: Int
    /// Discharge capacity and its standard deviation, C/kg; no deviation where the file has none.
    var capacity: Double
    var sigma: Double?
  }

  /// The largest file read, in bytes.
  static let sizeLimit = 1 << 24

  /// What else may be said of a capacity.
  private static let deviations = ["Standard Deviation", "Uncertainty"]

  /// The file as the user named it.
  public let name: String
  /// The points in the order of their cycles, each cycle once; never empty.
  let points: [Point]
  /// The heading of the standard deviation; nil where there is none.
  let deviation: String?
  /// The SHA-256 of the file.
  let digest: String

  /// Reads the CSV file at `path`, in one of the layouts of ``FadeLayout``.
  ///
  /// Of a time series the discharge capacity of each cycle is taken: what a counter of discharge gained in it,
  /// however often it was set back, or the integral of the discharge current. Capacities of the cell or per area
  /// need the `electrode`. Cycles that are counted from 0 are counted from 1.
  ///
  /// Throws ``RunFileError`` when the file cannot be read, and ``ScenarioError`` for a mistake in it, with its place.
  public init(path: String, electrode: MeasuredElectrode = MeasuredElectrode()) throws {
    let bytes = try InputFile.bytes(at: path, limit: MeasuredFade.sizeLimit)
    try self.init(bytes, name: path, electrode: electrode)
  }

  /// Reads the bytes of a file called `name`.
  init(_ bytes: Data, name: String, electrode: MeasuredElectrode = MeasuredElectrode()) throws {
    let reader = Reader(name: name)
    guard bytes.count <= MeasuredFade.sizeLimit else { throw reader.problem("larger than 16 MiB") }
    guard var text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
      throw reader.problem("not UTF-8 text; expected a CSV file")
    }
    if text.hasPrefix("\u{FEFF}") { text.removeFirst() }
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
      .filter { !$0.element.allSatisfy(\.isWhitespace) }.map { (number: $0.offset + 1, text: $0.element) }
    guard let header = lines.first else {
      throw reader.problem("the file is empty; expected the headings \(MeasuredFade.expected)")
    }
    let headings = try reader.cells(header.text, line: header.number)
    let columns = try reader.columns(headings, line: header.number, electrode)
    var rows: [Row] = []
    for line in lines.dropFirst() {
      let cells = try reader.cells(line.text, line: line.number)
      guard cells.count == headings.count else {
        throw reader.problem(
          "\(cells.count) cells; expected \(headings.count), as many as there are headings", line.number,
          min(cells.count, headings.count) == cells.count ? nil : cells[headings.count].column)
      }
      func number(_ column: Column, _ expected: String, _ isValid: (Double) -> Bool) throws -> Double {
        let cell = cells[column.index]
        guard let value = Double(cell.text), isValid(value), (value * column.factor).isFinite else {
          throw reader.problem(
            "\(column.name): '\(oneLine(cell.text))' is not accepted; expected \(expected)", line.number,
            cell.column)
        }
        return value * column.factor
      }
      let last = ScenarioResolver.cycleRange.upperBound
      let cycle = try number(columns.cycle, "a whole number from 0 to \(last)") {
        $0 == $0.rounded() && $0 >= 0 && $0 <= Double(last)
      }
      let isCurrent = columns.time != nil
      rows.append(
        Row(
          line: line.number, column: cells[columns.cycle.index].column, cycle: Int(cycle),
          value: try number(columns.value, isCurrent ? "a number" : "a number from 0") {
            $0.isFinite && (isCurrent || $0 >= 0)
          },
          time: try columns.time.map { try number($0, "a number") { $0.isFinite } },
          sigma: try columns.sigma.map { try number($0, "a number above 0") { $0.isFinite && $0 > 0 } }))
    }
    guard !rows.isEmpty else {
      throw reader.problem(
        "no line follows the headings; expected one for each measured cycle", header.number)
    }
    var points = try reader.points(rows, columns.layout.counting)
    guard !points.isEmpty else { throw reader.problem("nothing is discharged in any of its cycles") }
    if points.contains(where: { $0.cycle == 0 }) {
      for index in points.indices { points[index].cycle += 1 }
    }
    self.name = name
    self.points = points.sorted { $0.cycle < $1.cycle }
    // What is summed up from many lines has no deviation of its own.
    deviation = points.contains { $0.sigma != nil } ? columns.sigma.map { headings[$0.index].text } : nil
    digest = Digest(bytes).text
  }

  private static let expected = "'Cycle Count / 1' and 'Discharge Capacity / mAh g-1'"

  /// A column, and what one of its unit is in SI units or, of a capacity, in C/kg.
  private struct Column {
    var index: Int
    var name: String
    var factor = 1.0
  }

  /// The columns that matter.
  private struct Columns {
    var layout: FadeLayout
    var cycle: Column
    var value: Column
    var time: Column?
    var sigma: Column?
  }

  /// What a line says.
  private struct Row {
    var line: Int
    /// Where its cycle stands.
    var column: Int
    var cycle: Int
    var value: Double
    var time: Double?
    var sigma: Double?
  }

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

    /// The layout that the headings belong to, and where its columns stand.
    func columns(_ headings: [(text: String, column: Int)], line: Int, _ electrode: MeasuredElectrode) throws
      -> Columns
    {
      let parts = headings.map { FadeLayout.parts($0.text) }
      func places(_ name: String) -> [Int] {
        let plain = FadeLayout.parts(name).name
        return parts.indices.filter { parts[$0].name == plain }
      }
      func only(_ name: String) throws -> Int? {
        let found = places(name)
        guard found.count < 2 else {
          throw problem("a second column of \(name)", line, headings[found[1]].column)
        }
        return found.first
      }
      let found = FadeLayout.all.first { layout in
        guard layout.mark.map({ !places($0).isEmpty }) ?? true else { return false }
        if case .current(let time) = layout.counting, places(time).isEmpty { return false }
        return layout.cycles.contains { !places($0).isEmpty }
          && layout.values.contains { !places($0.name).isEmpty }
      }
      guard let layout = found else {
        let here = headings.map { "'\(oneLine($0.text))'" }.prefix(20).joined(separator: ", ")
        throw problem(
          "no layout with these headings is known: \(here); looked for "
            + FadeLayout.all.map(\.description).joined(separator: ", "), line, 1)
      }
      let cycle = try layout.cycles.lazy.compactMap { name in
        try only(name).map { Column(index: $0, name: name) }
      }.first!
      if case .current(let time) = layout.counting {
        guard let current = try only(layout.values[0].name), let clock = try only(time) else {
          throw problem("no column '\(time)'", line, 1)
        }
        let amperes = try factor(headings[current], parts[current].unit ?? layout.values[0].unit, "A", line)
        let seconds = try factor(
          headings[clock], parts[clock].unit ?? (time.hasSuffix("second") ? "s" : nil), "s", line)
        guard let perMass = electrode.perMass(Unit("C")!.dimension) else {
          throw unknownMass(headings[current], .cell, line)
        }
        return Columns(
          layout: layout, cycle: cycle,
          value: Column(index: current, name: "Current", factor: amperes * perMass),
          time: Column(index: clock, name: time, factor: seconds))
      }
      let (value, isKnown) = try capacity(layout.values, parts, headings, line, electrode)
      guard isKnown else {
        let dimension = Unit(parts[value.index].unit ?? "Ah").map(\.dimension)
        throw unknownMass(headings[value.index], dimension.flatMap(MeasuredElectrode.basis) ?? .cell, line)
      }
      // Deviations of another unit than any capacity are those of something else.
      let sigma = try capacity(
        MeasuredFade.deviations.map { ($0, nil) }, parts, headings, line, electrode, isNeeded: false)
      return Columns(
        layout: layout, cycle: cycle, value: value, sigma: sigma.isKnown ? sigma.column : nil)
    }

    /// The column among those of `names` that comes to a capacity per mass; the last that would, were the mass known.
    private func capacity(
      _ names: [(name: String, unit: String?)], _ parts: [(name: String, unit: String?)],
      _ headings: [(text: String, column: Int)], _ line: Int, _ electrode: MeasuredElectrode,
      isNeeded: Bool = true
    ) throws -> (column: Column, isKnown: Bool) {
      let candidates = names.flatMap { name in
        parts.indices.filter { parts[$0].name == FadeLayout.parts(name.name).name }.map { index in
          (index: index, name: name.name, unit: (parts[index].unit ?? name.unit).flatMap { Unit($0) })
        }
      }
      let capacities = candidates.filter { $0.unit.flatMap { MeasuredElectrode.basis($0.dimension) } != nil }
      for basis in [MeasuredElectrode.Basis.mass, .cell, .area] {
        let fitting = capacities.filter { MeasuredElectrode.basis($0.unit!.dimension) == basis }
        guard let first = fitting.first, let perMass = electrode.perMass(first.unit!.dimension) else {
          continue
        }
        if fitting.count > 1 {
          throw problem("a second column of \(first.name)", line, headings[fitting[1].index].column)
        }
        return (Column(index: first.index, name: first.name, factor: first.unit!.factor * perMass), true)
      }
      if let first = capacities.first { return (Column(index: first.index, name: first.name), false) }
      guard let wrong = candidates.first, isNeeded else { return (Column(index: 0, name: ""), false) }
      throw problem(
        "'\(oneLine(headings[wrong.index].text))' has no unit that fits; expected '\(wrong.name) / mAh g-1', "
          + "or another unit of a capacity", line, headings[wrong.index].column)
    }

    private func factor(
      _ heading: (text: String, column: Int), _ unit: String?, _ expected: String, _ line: Int
    ) throws -> Double {
      guard let unit = unit.flatMap({ Unit($0) }), unit.dimension == Unit(expected)!.dimension else {
        throw problem(
          "'\(oneLine(heading.text))' has no unit that fits; expected \(expected)", line, heading.column)
      }
      return unit.factor
    }

    private func unknownMass(
      _ heading: (text: String, column: Int), _ basis: MeasuredElectrode.Basis, _ line: Int
    ) -> ScenarioError {
      problem(
        basis == .area
          ? "'\(oneLine(heading.text))' is per area; give the active mass per area, such as --data-mass '11 mg/cm2', "
            + "or the mass and --data-area"
          : "'\(oneLine(heading.text))' is of the whole cell; give the mass of its active material, such as "
            + "--data-mass '11 mg', or its mass per area and --data-area", line, heading.column)
    }

    /// The capacity of each cycle that discharges.
    func points(_ rows: [Row], _ counting: FadeLayout.Counting) throws -> [Point] {
      var lineOfCycle: [Int: Int] = [:]
      let second = rows.first { lineOfCycle.updateValue($0.line, forKey: $0.cycle) != nil }
      switch counting {
      case .cycle:
        if let second {
          let earlier = rows.first { $0.cycle == second.cycle }!.line
          throw problem(
            "cycle \(second.cycle) stands in line \(earlier) already; give the mean of several cells and its "
              + "standard deviation", second.line, second.column)
        }
        return rows.map { Point(cycle: $0.cycle, capacity: $0.value, sigma: $0.sigma) }
      case .counter where second == nil:
        return rows.map { Point(cycle: $0.cycle, capacity: $0.value, sigma: $0.sigma) }
      case .counter, .current:
        var capacities: [Int: Double] = [:]
        for (before, row) in zip(rows, rows.dropFirst()) {
          guard row.cycle >= before.cycle else {
            throw problem(
              "cycle \(row.cycle) follows cycle \(before.cycle); expected the lines in the order of time",
              row.line,
              row.column)
          }
          capacities[row.cycle, default: 0] += try gain(before, row)
        }
        if case .counter = counting, let first = rows.first {
          // What the first line has counted belongs to its cycle unless it is a part of a longer file.
          if first.cycle <= 1 { capacities[first.cycle, default: 0] += first.value }
        }
        return capacities.filter { $0.value > 0 }.map { Point(cycle: $0.key, capacity: $0.value, sigma: nil) }
      }
    }

    /// What was discharged between two lines, C/kg.
    private func gain(_ before: Row, _ row: Row) throws -> Double {
      if let start = before.time, let end = row.time {
        guard end >= start else {
          throw problem("the time falls; expected the lines in its order", row.line)
        }
        // A current that charges is positive.
        return (end - start) * (max(0, -before.value) + max(0, -row.value)) / 2
      }
      // A fall of more than a hundredth sets the counter back to 0, less is noise.
      if row.value < 0.99 * before.value { return row.value }
      // Cycles that are missing between the two lines have counted too.
      return row.cycle > before.cycle + 1 ? 0 : row.value - before.value
    }
  }
}

/// A measured fade curve whose points all have an uncertainty, as a fit needs it, in SI units.
public struct FadeData: Sendable, Equatable {
  /// One measured cycle.
  public struct Point: Sendable, Equatable, Codable {
    /// The number of the cycle, from 1.
    public var cycle: Int
    /// Discharge capacity and its standard deviation, C/kg.
    public var capacity: Double
    public var sigma: Double
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

  /// Takes a measured curve, with `sigma`, in C/kg, for all points where the file has no deviations.
  ///
  /// Throws ``FadeFitError/usage(_:)`` when the uncertainty is given twice or not at all.
  public init(_ measured: MeasuredFade, sigma: Double?) throws(FadeFitError) {
    name = measured.name
    guard (measured.deviation == nil) != (sigma == nil) else {
      throw .usage(
        measured.deviation.map { "'\(oneLine(measured.name))' has a column '\($0)': leave out --sigma" }
          ?? "'\(oneLine(measured.name))' has no column 'Standard Deviation / mAh g-1': give the standard deviation "
          + "of the data with --sigma, such as --sigma '2 mAh/g'")
    }
    points = measured.points.map {
      Point(cycle: $0.cycle, capacity: $0.capacity, sigma: $0.sigma ?? sigma ?? .nan)
    }
  }
}

import Foundation

/// The targets beside what the model gives for them.
public struct ValidationReport: Sendable {
  /// One target with the model's answer.
  public struct Line: Sendable {
    /// What became of a target.
    public enum Result: Sendable, Equatable {
      case computed(Target.Value)
      /// The model lacks what the row takes.
      case notComputed
      /// The simulation failed.
      case failed(reason: String)
    }

    public let target: Target
    public let result: Result
    /// How runs with other seeds scatter, when the value is their median.
    public var spread: Spread?

    /// The model's value, if there is one.
    public var model: Target.Value? { if case .computed(let value) = result { value } else { nil } }

    /// Whether the target is met; nil when nothing was computed.
    public var passes: Bool? {
      switch result {
      case .computed(let value): target.accepts(value)
      case .notComputed: nil
      case .failed: false
      }
    }
  }

  /// What a median rests on, in the unit of the target.
  public struct Spread: Sendable, Equatable {
    /// The standard error of the median; nil for a single run.
    public let standardError: Double?
    /// The 10th and the 90th percentile.
    public let lower: Double
    public let upper: Double
  }

  public let lines: [Line]

  /// Whether every computed row is within its tolerance, but for those that the model is known to miss.
  public var passes: Bool { lines.allSatisfy { $0.passes != false || $0.target.knownShortfall != nil } }

  /// Simulates what `targets` ask for on `jobs` threads.
  ///
  /// - Parameter progress: told how many of how many simulations are done, one call at a time.
  public init(
    _ targets: [Target], _ input: ValidationInput, jobs: Int,
    progress: @Sendable (Int, Int) -> Void = { _, _ in }
  ) {
    self.init(targets, PaperCells(input), jobs: jobs, progress: progress)
  }

  /// A report of lines made elsewhere.
  init(lines: [Line]) { self.lines = lines }

  /// Whether values are medians over runs.
  private var hasSpreads: Bool { lines.contains { $0.spread != nil } }

  init(
    _ targets: [Target], _ cells: PaperCells, jobs: Int, progress: @Sendable (Int, Int) -> Void = { _, _ in }
  ) {
    let rows = targets.map { cells.row($0.id) }
    var observations = rows.flatMap { $0?.simulations ?? [] }.observe(jobs: jobs, progress: progress)[...]
    lines = zip(targets, rows).map { target, row in
      guard let row else { return Line(target: target, result: .notComputed) }
      let own = observations.prefix(row.simulations.count)
      observations = observations.dropFirst(row.simulations.count)
      do throws(SimulationFailure) {
        var observed: [Observation] = []
        for result in own { observed.append(try result.get()) }
        let value = row.evaluate(observed)
        if case .number(let number) = value, !number.isFinite {
          throw SimulationFailure(reason: "the discharge gives no value of this quantity")
        }
        return Line(target: target, result: .computed(value))
      } catch {
        return Line(target: target, result: .failed(reason: error.reason))
      }
    }
  }

  // MARK: Text

  /// The report as an aligned table, with a summary for each use.
  public var table: String {
    let spread = hasSpreads
    let heading =
      ["row", "figure", "paper", spread ? "median ± error" : "model"] + (spread ? ["10-90 %"] : [])
      + ["deviation", "use", "result"]
    let cells =
      [heading]
      + lines.map { line in
        [line.target.id, line.target.figure, line.paperText, line.modelText]
          + (spread ? [line.bandText] : [])
          + [line.deviationText, line.target.use.rawValue, line.resultText]
      }
    let widths = heading.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    let body = cells.map { row in
      zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: "  ")
        .trimmingCharacters(in: .whitespaces)
    }
    return (body + [""] + summary + shortfalls).joined(separator: "\n")
  }

  /// How many of the computed rows of each use are within their tolerance.
  public var summary: [String] {
    Target.Use.allCases.compactMap { use in
      let rows = lines.filter { $0.target.use == use }
      guard !rows.isEmpty else { return nil }
      let computed = rows.filter { $0.passes != nil }
      let passed = computed.filter { $0.passes == true }
      let missing = rows.count - computed.count
      return (use == .calibrate ? "calibrated" : "predicted") + " rows within tolerance: "
        + "\(passed.count) of \(computed.count)" + (missing > 0 ? " (\(missing) not computed)" : "")
    }
  }

  /// The known reasons why rows are missed, each with its rows.
  private var shortfalls: [String] {
    let missed = lines.filter { $0.passes == false }
    return Target.Shortfall.allCases.compactMap { shortfall in
      let rows = missed.filter { $0.target.knownShortfall == shortfall }.map(\.target.id)
      return rows.isEmpty ? nil : "known: \(shortfall.rawValue) (\(rows.joined(separator: ", ")))"
    }
  }

  /// The report as CSV, a header line and a line per row.
  public var csv: String {
    let spread = hasSpreads
    let header =
      "id,figure,quantity,condition,paper,tolerance,tolerance_kind,unit,model,"
      + (spread ? "standard_error,lower,upper," : "") + "deviation,use,result"
    let rows = lines.map { line in
      let texts = [
        line.target.id, line.target.figure, line.target.quantity, line.target.condition,
        plain(line.target.value), line.target.tolerance.description, line.target.toleranceKind.rawValue,
        line.target.unit, line.model.map(plain) ?? "",
      ]
      let spreads = [line.spread?.standardError, line.spread?.lower, line.spread?.upper]
      return
        (texts + (spread ? spreads.map { $0?.description ?? "" } : [])
        + [line.deviation?.description ?? "", line.target.use.rawValue, line.resultText])
        .map(CommaSeparated.field).joined(separator: ",")
    }
    return ([header] + rows).joined(separator: "\n") + "\n"
  }

  private func plain(_ value: Target.Value) -> String {
    switch value {
    case .number(let number): number.description
    case .label(let label): label
    }
  }

  /// The report as a JSON array with one object per row.
  ///
  /// Keys are `id`, `paper`, `model`, `tolerance`, `tolerance_kind`, `unit`, `use` and `pass`; `model` is
  /// null where there is no value, `pass` where nothing was computed. Medians over runs have `standard_error` besides.
  public var json: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      let spread = hasSpreads
      return try encoder.encode(lines.map { JSONRow(line: $0, hasError: spread) }) + Data("\n".utf8)
    }
  }

  private struct JSONRow: Encodable {
    let line: Line
    let hasError: Bool

    enum CodingKeys: String, CodingKey {
      case id, paper, model, tolerance, unit, use, pass
      case toleranceKind = "tolerance_kind"
      case standardError = "standard_error"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(line.target.id, forKey: .id)
      try encode(line.target.value, .paper, &container)
      try encode(line.model, .model, &container)
      try container.encode(line.target.tolerance, forKey: .tolerance)
      try container.encode(line.target.toleranceKind.rawValue, forKey: .toleranceKind)
      try container.encode(line.target.unit, forKey: .unit)
      try container.encode(line.target.use.rawValue, forKey: .use)
      // Not encodeIfPresent: a reader finds every key in every object.
      try container.encode(line.passes, forKey: .pass)
      if hasError { try container.encode(line.spread?.standardError, forKey: .standardError) }
    }

    private func encode(
      _ value: Target.Value?, _ key: CodingKeys, _ container: inout KeyedEncodingContainer<CodingKeys>
    ) throws {
      switch value {
      case .number(let number): try container.encode(number, forKey: key)
      case .label(let label): try container.encode(label, forKey: key)
      case nil: try container.encodeNil(forKey: key)
      }
    }
  }
}

extension ValidationReport.Line {
  /// The deviation in units of the tolerance, see ``Target/deviation(of:)``.
  var deviation: Double? { model.flatMap { target.deviation(of: $0) } }

  fileprivate var paperText: String {
    let tolerance = target.tolerance
    switch target.value {
    case .label(let label): return label
    case .number(let number):
      let value = short(number)
      let text =
        switch target.toleranceKind {
        case .absolute: "\(value) ± \(short(tolerance))"
        case .factor: "\(value) ×/÷ \(short(tolerance))"
        case .atMost: "≤ \(value)"
        case .atLeast: "≥ \(value)"
        case .equal: value
        }
      return target.unit == "1" ? text : "\(text) \(target.unit)"
    }
  }

  fileprivate var modelText: String {
    switch model {
    case .number(let number):
      short(number) + (spread?.standardError.map { String(format: " ± %.2g", $0) } ?? "")
    case .label(let label): label
    case nil: "-"
    }
  }

  /// The range of most runs.
  fileprivate var bandText: String { spread.map { "\(short($0.lower)) to \(short($0.upper))" } ?? "" }

  /// The difference in the unit of the target and in tolerances, or the ratio where that is judged.
  fileprivate var deviationText: String {
    guard case .number(let paper) = target.value, case .number(let number) = model else { return "" }
    switch target.toleranceKind {
    case .factor: return "× \(short(number / paper))"
    case .absolute:
      let tolerances = deviation.map { String(format: " (%+.2f tol)", $0) } ?? ""
      return (number >= paper ? "+" : "") + short(number - paper) + tolerances
    case .atMost, .atLeast, .equal: return (number >= paper ? "+" : "") + short(number - paper)
    }
  }

  fileprivate var resultText: String {
    switch result {
    case .computed: passes == true ? "pass" : target.knownShortfall == nil ? "FAIL" : "FAIL (known)"
    case .notComputed: "not computed"
    case .failed(let reason): "FAIL: \(reason)"
    }
  }

  private func short(_ value: Double) -> String { String(format: "%.4g", value) }
}

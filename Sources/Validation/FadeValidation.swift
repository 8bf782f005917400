import CellPhysics
import CycleLife
import Foundation
import Numerics
import RunFiles

import struct CellPhysics.Unit

/// The fade of the default cell beside the capacities that the paper gives over cycles.
///
/// An ensemble of wide sections with consecutive seeds; what is compared are medians.
public struct FadeValidation: Sendable {
  /// The rows over cycles, and the cycle that each is of.
  static let rows = [("dense-1C-capacity", 1), ("fade-25", 25), ("fade-50", 50)]
  /// Sections and cycles when nothing else is asked for.
  public static let replicates = 16
  public static let cycles = 50
  /// Narrower sections than this hold so few columns that their medians say little.
  public static let leastWidth = "100 um"

  /// The ensemble.
  public let study: Study

  /// Prepares the ensemble; what the input changes of the defaults wins over width, cycles and sections.
  ///
  /// Throws `ScenarioError`.
  public init(_ input: ValidationInput, replicates: Int? = nil, cycles: Int? = nil) throws {
    let steps = input.paperProtocol.cycle(rate: 1, input.resolved.scenario.parameters)
    let text = """
      title: Fade of the dense cathode at 1C
      cathode: {width: \(Self.leastWidth)}
      protocol:
      \(steps.map { "  - \($0.text)" }.joined(separator: "\n"))
      run: {cycles: \(Self.cycles), replicates: \(Self.replicates)}

      """
    let more = [replicates.map { "run.replicates=\($0)" }, cycles.map { "run.cycles=\($0)" }]
    let reader = ScenarioReader(overrides: input.scenarioOverrides + more.compactMap(\.self))
    study = try reader.readStudy(Data(text.utf8), name: "defaults").withCases
  }

  /// Whether the sections are as wide as they should be.
  public var isWide: Bool { study.base.scenario.parameters[.filmWidth] >= Quantity(Self.leastWidth)!.si }

  // MARK: Report

  /// The rows beside the medians of the ensemble; those of cycles that were not run are not computed.
  public func report(_ row: StudyRow) -> ValidationReport {
    ValidationReport(
      lines: Self.rows.compactMap { id, cycle in
        guard let target = Target.published.first(where: { $0.id == id }) else { return nil }
        guard cycle <= study.base.scenario.cycles else {
          return ValidationReport.Line(target: target, result: .notComputed)
        }
        guard let capacity = summary(row, cycle)?.capacity else {
          return ValidationReport.Line(target: target, result: .failed(reason: row.outcome))
        }
        let unit = Unit("mAh/g")!
        return ValidationReport.Line(
          target: target, result: .computed(.number(unit.fromSI(capacity.median))),
          spread: ValidationReport.Spread(
            standardError: capacity.standardError.map { unit.fromSI($0) },
            lower: unit.fromSI(capacity.lower), upper: unit.fromSI(capacity.upper)))
      })
  }

  /// Report, and what the medians of contact and cracks were in its cycles, which the paper gives no numbers for.
  public func text(_ row: StudyRow) -> String {
    var lines = [report(row).table, ""]
    let shown = Self.rows.compactMap { summary(row, $0.1) }
    for cycle in shown {
      func median(_ summary: SampleSummary?, _ format: String, _ unit: String = "1") -> String {
        summary.map { String(format: format, Unit(unit)!.fromSI($0.median)) } ?? "-"
      }
      lines.append(
        "cycle \(cycle.cycle): contact \(median(cycle.contactFraction, "%.3f")), "
          + "cracks \(median(cycle.crackLength, "%.0f", "um")) um, "
          + "density parallel to the collector \(median(cycle.crackDensityParallel, "%.4f")), "
          + "\(cycle.cycling) of \(cycle.runs) cells cycling")
    }
    if let first = shown.first?.crackDensityParallel, let end = shown.last, shown.count > 1, first.median > 0,
      let last = end.crackDensityParallel
    {
      lines.append(
        String(
          format: "parallel crack density in cycle \(end.cycle) over that of the first: %.2f (no row)",
          last.median / first.median))
    }
    return lines.joined(separator: "\n")
  }

  private func summary(_ row: StudyRow, _ cycle: Int) -> Ensemble.Cycle? {
    guard let cycles = row.ensemble?.cycles, cycles.indices.contains(cycle - 1) else { return nil }
    return cycles[cycle - 1]
  }

  // MARK: Files

  /// Writes rows and figure into `directory`; the names of all files made, and a warning when it was not drawn.
  public func write(_ row: StudyRow, in directory: RunDirectory, drawing: Bool) throws
    -> (files: [String], warning: String?)
  {
    let report = report(row)
    var files: [String] = []
    func put(_ name: String, _ content: Data) throws {
      try directory.write(content, to: name)
      files.append(name)
    }
    try put(Self.textName, Data((text(row) + "\n").utf8))
    try put("validation.csv", Data(report.csv.utf8))
    try put(Self.jsonName, try report.json)
    guard drawing, let last = row.ensemble?.cycles.last, last.cycle > 1, last.capacity != nil else {
      return (files, nil)
    }
    try put("fade.csv", Data(curve(row).utf8))
    try put("fade-targets.csv", Data(targets.utf8))
    let figure = figure(runs: last.runs, end: last.cycle)
    let warning = try figure.draw(in: directory)
    return (files + [figure.scriptName] + (warning == nil ? figure.imageNames : []), warning)
  }

  /// The names of the report as text and as JSON.
  public static let textName = "validation.txt"
  public static let jsonName = "validation.json"

  /// The last cycle that the paper says anything of.
  private static let lastCycle = rows.map(\.1).max()!

  private func curve(_ row: StudyRow) -> String {
    let unit = Unit("mAh/g")!
    let cycles = row.ensemble?.cycles ?? []
    func block(_ range: some Sequence<Ensemble.Cycle>) -> String {
      range.compactMap { cycle in
        cycle.capacity.map { summary in
          let values = [summary.median, summary.lower, summary.upper, summary.standardError ?? .nan]
          return "\(cycle.cycle)," + values.map { unit.fromSI($0).description }.joined(separator: ",") + "\n"
        }
      }.joined()
    }
    // Two blank lines begin the prediction, which starts where the rows end.
    let beyond = cycles.count > Self.lastCycle ? [block(cycles.dropFirst(Self.lastCycle - 1))] : []
    return "Cycle Count / 1,Discharge Capacity / mAh g-1,Discharge Capacity 10th Percentile / mAh g-1,"
      + "Discharge Capacity 90th Percentile / mAh g-1,Discharge Capacity Standard Error of Median / mAh g-1\n"
      + ([block(cycles.prefix(Self.lastCycle))] + beyond).joined(separator: "\n\n")
  }

  /// The rows, each in the column of its use; the other is not a number.
  private var targets: String {
    let lines = Self.rows.compactMap { id, cycle -> String? in
      guard let target = Target.published.first(where: { $0.id == id }),
        case .number(let value) = target.value
      else { return nil }
      let columns = target.use == .calibrate ? "\(value),nan" : "nan,\(value)"
      return "\(id),\(cycle),\(columns),\(target.tolerance)\n"
    }
    return "Row / 1,Cycle Count / 1,Calibrated / mAh g-1,Predicted / mAh g-1,Tolerance / mAh g-1\n"
      + lines.joined()
  }

  private func figure(runs: Int, end: Int) -> GnuplotFigure {
    let last = max(end, Self.lastCycle)
    let isPredicted = end > Self.lastCycle
    func band(_ index: Int, opacity: Double, title: String) -> String {
      "'fade.csv' skip 1 index \(index) using 1:3:4 with filledcurves fillcolor rgb '#0072B2' "
        + "fillstyle transparent solid \(opacity) noborder \(title), "
    }
    let uses = Set(Self.rows.compactMap { id, _ in Target.published.first { $0.id == id }?.use })
    func marks(_ use: Target.Use, column: Int, style: Int, title: String) -> String {
      uses.contains(use)
        ? ", 'fade-targets.csv' skip 1 using 2:\(column):5 with yerrorbars linestyle \(style) title '\(title)'"
        : ""
    }
    return GnuplotFigure(
      name: "fade", width: 760, height: 540,
      content: "Discharge capacity against cycle, from fade.csv, and the paper's with their tolerances, from "
        + "fade-targets.csv.",
      settings: """
        set datafile missing NaN
        set border 3
        set xlabel 'Cycle / 1'
        set ylabel 'Discharge capacity / mAh g⁻¹'
        stats 'fade.csv' skip 1 using 4 nooutput
        set yrange [0:(STATS_max > 90 ? 1.1 * STATS_max : 100)]
        set xrange [0:\(1.03 * Double(last))]
        set mxtics 2
        set mytics 2
        set grid xtics ytics linetype 1 dashtype solid linewidth 0.6 linecolor rgb '#E0E0E0'
        set key bottom left Left reverse samplen 2.5 spacing 1.25 opaque
        set style line 1 linecolor rgb '#0072B2' linewidth 2.5
        set style line 2 linecolor rgb '#0072B2' linewidth 2.5 dashtype (6, 4)
        set style line 3 linecolor rgb '#000000' linewidth 1.4 pointtype 7 pointsize 0.8
        set style line 4 linecolor rgb '#D55E00' linewidth 1.4 pointtype 12 pointsize 1.1
        set bars 0.6
        \(isPredicted ? Self.endOfRows : "")
        drawing = "plot \(band(0, opacity: 0.2, title: "title '10–90 % of the runs'"))" \\
          . "\(isPredicted ? band(1, opacity: 0.1, title: "notitle") : "")" \\
          . "'fade.csv' skip 1 index 0 using 1:2 with lines linestyle 1 title 'Median of \(runs) runs'" \\
          . "\(isPredicted ? ", 'fade.csv' skip 1 index 1 using 1:2 with lines linestyle 2 title 'Prediction'" : "")" \\
          . "\(marks(.calibrate, column: 3, style: 3, title: "Paper, for calibration, with tolerance"))" \\
          . "\(marks(.predict, column: 4, style: 4, title: "Paper, for prediction, with tolerance"))"
        """, drawing: "eval drawing")
  }

  /// The line behind which the paper says nothing.
  private static var endOfRows: String {
    """
    set arrow from first \(lastCycle), graph 0 to first \(lastCycle), graph 1 nohead back \\
      linecolor rgb '#888888' linewidth 1 dashtype (2, 3)
    set label ' prediction' at first \(lastCycle), graph 0.97 left textcolor rgb '#555555'
    """
  }
}

import CellPhysics
import Foundation
import RunFiles

import struct CellPhysics.Unit

/// The figures of a validation and the data they are drawn from.
public struct ValidationFigures: Sendable {
  private static let rates = [0.1, 0.2, 0.33, 0.5, 1]

  /// The cells of the capacity figure, in the order of its columns.
  private static let series: [(name: String, changes: PaperCells.Changes)] = [
    ("contact 1, rough", PaperCells.fabricated), ("contact 1, flat", PaperCells.flat),
    ("contact 0.6, rough", PaperCells.roughContact60), ("contact 0.6, flat", PaperCells.flatContact60),
  ]

  /// The capacities of the paper that the figures show, with their rate and the series they belong to.
  private static let paperCapacities: [(id: String, rate: Double, series: Int)] = [
    ("dense-0.1C-capacity", 0.1, 0), ("dense-0.5C-capacity", 0.5, 0), ("dense-1C-capacity", 1, 0),
    ("contact-1.0-0.1C", 0.1, 1), ("contact-1.0-1C", 1, 1), ("contact-0.6-0.1C", 0.1, 3),
    ("contact-0.6-1C", 1, 3),
  ]

  private let report: ValidationReport
  /// For each series and rate, nil where the simulation failed.
  private let discharges: [[Observation?]]
  /// The discharges of the fabricated cell in short time steps.
  private let curves: [Observation?]
  private let cutoffVoltage: Double

  /// Simulates what the figures show beyond the rows of `report`.
  public init(
    _ report: ValidationReport, _ input: ValidationInput, jobs: Int,
    progress: @Sendable (Int, Int) -> Void = { _, _ in }
  ) {
    let cells = PaperCells(input)
    let capacities = Self.series.flatMap { series in
      Self.rates.map { cells.discharge(series.changes, rate: $0) }
    }
    // The default tolerance takes so few steps that straight lines between them show.
    let curves = Self.rates.map { rate in
      var simulation = cells.discharge(PaperCells.fabricated, rate: rate)
      let tolerance = simulation.scenario.parameters[.relativeTolerance]
      simulation.scenario.parameters[.relativeTolerance] = min(tolerance, 1e-6)
      return simulation
    }
    let results = (capacities + curves).observe(jobs: jobs, progress: progress).map { try? $0.get() }
    discharges = Self.series.indices.map { index in
      Array(results[index * Self.rates.count..<(index + 1) * Self.rates.count])
    }
    self.curves = Array(results.suffix(Self.rates.count))
    self.report = report
    cutoffVoltage = input.paperProtocol.cutoffVoltage
  }

  /// Writes data and scripts and draws; the names of all files made, and a warning for each figure not drawn.
  public func write(in directory: RunDirectory) throws(RunFileError) -> (files: [String], warnings: [String])
  {
    var (files, warnings): ([String], [String]) = ([], [])
    for (name, content) in [
      ("deviations.csv", deviations), ("discharge-curves.csv", curveTable),
      ("rate-capability.csv", capacities),
      ("paper-capacities.csv", paperCapacities),
    ] {
      try directory.write(Data(content.utf8), to: name)
      files.append(name)
    }
    let hasNumbers = report.lines.contains { $0.deviation != nil }
    for figure in (hasNumbers ? [deviationFigure] : []) + [curveFigure, capacityFigure] {
      if let warning = try figure.draw(in: directory) {
        warnings.append(warning)
        files.append(figure.scriptName)
      } else {
        files += [figure.scriptName] + figure.imageNames
      }
    }
    return (files, warnings)
  }

  // MARK: Data

  /// One line per numeric row, with the deviation in tolerances in the column of its use.
  private var deviations: String {
    table(
      "Row / 1,Calibrated / tolerance,Predicted / tolerance",
      report.lines.compactMap { line in
        line.deviation.map { deviation in
          let bound =
            switch line.target.toleranceKind {
            case .atMost: " (≤)"
            case .atLeast: " (≥)"
            case .absolute, .factor, .equal: ""
            }
          let isCalibrated = line.target.use == .calibrate
          return "\(line.target.id)\(bound),"
            + (isCalibrated ? "\(deviation),nan" : "nan,\(deviation)")
        }
      })
  }

  private var curveTable: String {
    table(
      "C-rate / 1,Discharge Capacity / mAh g-1,Voltage vs Li / V",
      zip(Self.rates, curves).flatMap { rate, observation in
        (observation?.curve ?? []).map { "\(rate),\(Unit("mAh/g")!.fromSI($0.capacity)),\($0.voltage)" }
      })
  }

  private var capacities: String {
    table(
      "C-rate / 1," + Self.series.map { "\"\($0.name) / mAh g-1\"" }.joined(separator: ","),
      Self.rates.indices.map { index in
        ([Self.rates[index]] + discharges.map { $0[index]?.capacityPerGram ?? .nan })
          .map(\.description).joined(separator: ",")
      })
  }

  private var paperCapacities: String {
    table(
      "Row / 1,C-rate / 1,Discharge Capacity / mAh g-1,Tolerance / mAh g-1,Series / 1",
      Self.paperCapacities.compactMap { id, rate, series in
        guard let target = Target.published.first(where: { $0.id == id }),
          case .number(let value) = target.value
        else { return nil }
        return "\(id),\(rate),\(value),\(target.tolerance),\(series)"
      })
  }

  /// A rate without decimals that say nothing.
  private func text(_ rate: Double) -> String { String(format: "%g", rate) }

  private func table(_ header: String, _ rows: [String]) -> String {
    ([header] + rows).joined(separator: "\n") + "\n"
  }

  // MARK: Figures

  // Colours are of the colour-blind safe set of Okabe and Ito, those of the rates a section of viridis; no
  // distinction rests on colour alone.

  private var deviationFigure: GnuplotFigure {
    let count = report.lines.count { $0.deviation != nil }
    let reach = report.lines.compactMap { $0.deviation.map { abs($0) } }.max() ?? 0
    return GnuplotFigure(
      name: "deviations", width: 900, height: max(300, 110 + 22 * count),
      content: "How far each row is off in units of its tolerance; for a bound, the model over the bound.",
      settings: """
        set border 3
        limit = \(max(1.6, 1.12 * reach))
        set xrange [-limit:limit]
        set yrange [\(count).5:0.5]
        set xlabel 'Deviation from the paper / tolerance (shaded: accepted)'
        set ytics scale 0
        set mxtics 2
        set grid ytics linetype 1 dashtype solid linewidth 0.6 linecolor rgb '#E0E0E0'
        set object 1 rectangle from -1, graph 0 to 1, graph 1 behind fillstyle solid noborder \\
          fillcolor rgb '#E8F1F8'
        set arrow 1 from 0, graph 0 to 0, graph 1 nohead linewidth 1 linecolor rgb '#888888' back
        set key outside top center horizontal Left reverse samplen 1
        set style line 1 linecolor rgb '#0072B2' pointtype 7 pointsize 0.9
        set style line 2 linecolor rgb '#D55E00' pointtype 12 pointsize 1.2 linewidth 1.5
        drawing = "plot 'deviations.csv' skip 1 using 2:($0+1):yticlabels(1) with points linestyle 1 " \\
          . "title 'calibrated', '' skip 1 using 3:($0+1):yticlabels(1) with points linestyle 2 " \\
          . "title 'predicted'"
        """, drawing: "eval drawing")
  }

  private var curveFigure: GnuplotFigure {
    let colors = ["#440154", "#3B528B", "#21908C", "#5DB05A", "#B39B00"]
    let curves = zip(Self.rates, colors).map { rate, color in
      "'discharge-curves.csv' skip 1 using ($1 == \(rate) ? $2 : NaN):3 with lines linewidth 2 "
        + "linecolor rgb '\(color)' title '\(text(rate))C'"
    }
    let marks = zip(Self.rates, colors).map { rate, color in
      "'paper-capacities.csv' skip 1 using ($2 == \(rate) && $5 == 0 ? $3 : NaN):(foot):4 with xerrorbars "
        + "pointtype 9 pointsize 1.1 linewidth 1.5 linecolor rgb '\(color)' notitle"
    }
    return GnuplotFigure(
      name: "discharge-curves", width: 800, height: 550,
      content:
        "Discharge of the fabricated cell from the charged state at rest, the form of Fig. 3c; the marks "
        + "are the paper's capacities with their tolerance (at 1C that of a cycle).",
      settings: """
        set border 3
        set datafile missing NaN
        cutoff = \(cutoffVoltage)
        foot = cutoff - 0.02
        set xrange [0:135]
        set yrange [cutoff - 0.05:4.1]
        set xlabel 'Discharge capacity / mAh g⁻¹'
        set ylabel 'Voltage vs Li / V'
        set format y '%.1f'
        set mxtics 2
        set mytics 2
        set grid xtics ytics linetype 1 dashtype solid linewidth 0.6 linecolor rgb '#E0E0E0'
        set arrow 1 from graph 0, first cutoff to graph 1, first cutoff nohead dashtype (6, 6) \\
          linecolor rgb '#888888' back
        set bars small
        set key top right Left reverse samplen 2 spacing 1.15
        drawing = "plot \((curves + marks).joined(separator: ", "))" \\
          . ", NaN with points pointtype 9 pointsize 1.1 linecolor rgb '#000000' title 'paper, with tolerance'"
        """, drawing: "eval drawing")
  }

  private var capacityFigure: GnuplotFigure {
    let styles = [
      ("#0072B2", "solid", 7, 0.0), ("#0072B2", "(6, 4)", 6, 0.0), ("#D55E00", "solid", 5, 0.0),
      ("#D55E00", "(6, 4)", 4, 0.0),
    ]
    let lines = Self.series.indices.map { index in
      let (color, dash, point, _) = styles[index]
      return "'rate-capability.csv' skip 1 using 1:\(index + 2) with linespoints linewidth 1.7 "
        + "linecolor rgb '\(color)' dashtype \(dash) pointtype \(point) pointsize 0.8 "
        + "title '\(Self.series[index].name)'"
    }
    // Beside the model's points, so that bars and symbols do not hide each other.
    let marks = [(0, 0.955), (1, 1.045), (3, 1.045)].map { series, shift in
      "'paper-capacities.csv' skip 1 using ($5 == \(series) ? $2 * \(shift) : NaN):3:4 with yerrorbars "
        + "linewidth 1.4 linecolor rgb '#000000' pointtype \(styles[series].2) pointsize 0.8 "
        + (series == 0 ? "title 'paper, with tolerance'" : "notitle")
    }
    return GnuplotFigure(
      name: "rate-capability", width: 800, height: 550,
      content: "Capacity against rate, the form of Fig. 4e; the paper's points stand a little beside their "
        + "rate and have the symbol of the series they belong to.",
      settings: """
        set border 3
        set datafile missing NaN
        set logscale x
        set xrange [0.085:1.2]
        set yrange [0:140]
        set xtics (\(Self.rates.map { "'\(text($0))' \($0)" }.joined(separator: ", ")))
        set mytics 2
        set xlabel 'Discharge rate / C'
        set ylabel 'Discharge capacity / mAh g⁻¹'
        set grid xtics ytics linetype 1 dashtype solid linewidth 0.6 linecolor rgb '#E0E0E0'
        set bars small
        set key at graph 0.03, graph 0.04 left bottom Left reverse samplen 2.5 spacing 1.15
        drawing = "plot \((lines + marks).joined(separator: ", "))"
        """, drawing: "eval drawing")
  }
}

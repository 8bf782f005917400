import CellPhysics
import Foundation

/// Curves of discharge capacity against cycle, drawn into one figure.
struct FadeCurves {
  /// One curve.
  struct Curve {
    /// A number for the data file, and what the legend says.
    var number: Int
    var label: String
    /// For each cycle from 1 the capacity; with bands median, 10th and 90th percentile, mAh/g.
    var points: [[Double]]
  }

  /// Those that have points, in the order of the legend.
  let curves: [Curve]
  let title: String
  /// What stands above the legend.
  let keyTitle: String
  /// Whether the curves follow the values of one quantity.
  let isOrdered: Bool
  /// Whether points have percentiles.
  let hasBands: Bool
  /// What was measured, to be laid over them.
  var measured: MeasuredFade?

  /// The figure with its data; nil when no curve has several cycles.
  var drawing: StudyDrawing? {
    let cycles = curves.map(\.points.count).max() ?? 0
    guard cycles > 1 else { return nil }
    let percentiles =
      hasBands
      ? ",Discharge Capacity 10th Percentile / mAh g-1,Discharge Capacity 90th Percentile / mAh g-1" : ""
    let blocks = curves.map { curve in
      curve.points.enumerated().map { index, values in
        let cells = [String(curve.number), String(index + 1)] + values.map { StudyRun.cell($0) }
        return cells.joined(separator: ",") + "\n"
      }.joined()
    }
    // Two blank lines begin a new curve.
    let data =
      "Case Number / 1,Cycle Count / 1,Discharge Capacity / mAh g-1\(percentiles)\n"
      + blocks.joined(separator: "\n\n")
    return StudyDrawing(
      figure: figure(cycles: max(cycles, measured?.points.last?.cycle ?? 0)),
      data: [("fade.csv", data)] + (measured.map { [(MeasuredFade.tableName, $0.table)] } ?? []))
  }

  /// Whether a legend in the lower left corner would lie on a curve.
  private var isLegendInTheWay: Bool {
    let lines = curves.count + (keyTitle.isEmpty ? 0 : 1) + (measured == nil ? 0 : 1)
    // A line of the legend takes a twentieth of the height, which is 1.08 times the largest value.
    let height = 0.055 * Double(lines) + 0.04
    let values = curves.flatMap(\.points).map { ($0.min() ?? .nan, $0.max() ?? .nan) }.filter {
      $0.0.isFinite
    }
    let top = max(values.map(\.1).max() ?? 0, measured?.top ?? 0)
    return values.contains { $0.0 < 1.08 * top * height }
  }

  private func figure(cycles: Int) -> GnuplotFigure {
    let count = curves.count
    let isBeside = isLegendInTheWay
    let colours = FigureColours.lines(count, ordered: isOrdered)
    let styles = colours.enumerated().map { index, colour in
      "set style line \(index + 1) linecolor rgb '\(colour)' linewidth 2.5 "
        + "pointtype \([7, 5, 9, 11, 13][index % 5]) pointsize 0.7"
    }
    let labels = curves.map { GnuplotFigure.quoted($0.label) }
    // Single cycles are marked while they can be told apart.
    let style = cycles <= 20 ? "linespoints" : "lines"
    let bands =
      hasBands
      ? """
      for [curve = 1:\(count)] 'fade.csv' skip 1 index curve - 1 using 2:4:5 \\
            with filledcurves fillcolor rgb colours[curve] fillstyle transparent solid \(count > 3 ? "0.06" : "0.18") noborder notitle, \\
          for [curve = 1:\(count)] for [limit = 4:5] '' skip 1 index curve - 1 using 2:limit \\
            with lines linecolor rgb colours[curve] linewidth 0.6 notitle, \\
          
      """ : ""
    // Bars may reach above all curves.
    let top = measured.map { "STATS_max = STATS_max > \($0.top) ? STATS_max : \($0.top)\n" } ?? ""
    return GnuplotFigure(
      name: "fade", width: isBeside ? 1000 : 760, height: 540,
      content:
        "Discharge capacity against cycle, from fade.csv\(measured == nil ? "" : " and measured.csv").",
      settings: """
        set xlabel 'Cycle / 1'
        set ylabel 'Discharge capacity / mAh g⁻¹'
        stats 'fade.csv' skip 1 using \(hasBands ? 5 : 3) nooutput
        \(top)set yrange [0:(STATS_max > 0 ? 1.08 * STATS_max : 1)]
        set xrange [\(cycles > 20 ? "0" : "0.5"):\(Double(cycles) * (cycles > 20 ? 1.01 : 1) + (cycles > 20 ? 0 : 0.5))]
        \(cycles <= 20 ? "set xtics 1" : "set mxtics 2")
        set mytics 2
        set border 3
        set grid xtics ytics linetype 1 dashtype solid linewidth 0.6 linecolor rgb '#E0E0E0'
        set title \(GnuplotFigure.quoted(title)) noenhanced
        set key \(isBeside ? "outside right center" : "bottom left") Left reverse samplen 2.5 spacing 1.25 noenhanced
        set key title \(GnuplotFigure.quoted(keyTitle)) left
        \(count == 1 && !hasBands && measured == nil ? "unset key" : "")
        \(styles.joined(separator: "\n"))
        array labels[\(count)] = [\(labels.joined(separator: ", "))]
        array colours[\(count)] = [\(colours.map { "'\($0)'" }.joined(separator: ", "))]
        """,
      drawing: """
        plot \(bands)for [curve = 1:\(count)] 'fade.csv' skip 1 index curve - 1 using 2:3 \\
            with \(style) linestyle curve title labels[curve]\(measured.map { ", \\\n    \($0.plot)" } ?? "")
        """)
  }
}

extension StudyRun {
  /// Discharge capacity against cycle, a line for each case; of replicates the median in its 10-90 % band.
  ///
  /// Nil when no case has several cycles. What was measured is laid over them.
  func fadeFigure(_ rows: [StudyRow], measured: MeasuredFade? = nil) -> StudyDrawing? {
    let unit = Unit("mAh/g")!
    let curves = rows.map { row -> FadeCurves.Curve in
      let runs = row.ensemble?.runs ?? replicates
      let fewer = runs < replicates ? " (\(runs) runs)" : ""
      let label = (study.cases.count == 1 ? "Median" : row.label) + fewer
      let points =
        if let ensemble = row.ensemble {
          ensemble.cycles.compactMap { cycle in
            cycle.capacity.map { [$0.median, $0.lower, $0.upper].map { unit.fromSI($0) } }
          }
        } else {
          (row.result?.trajectory?.capacity ?? []).map { [unit.fromSI($0)] }
        }
      return FadeCurves.Curve(number: row.number, label: label, points: points)
    }
    let isOrdered =
      study.axes.count == 1 && study.axes[0].name == nil && !study.cases.contains(where: \.isNamed)
    return FadeCurves(
      curves: curves.filter { !$0.points.isEmpty }, title: study.base.scenario.title,
      keyTitle: replicates > 1 ? "Median and 10–90 % of \(replicates) runs" : "", isOrdered: isOrdered,
      hasBands: replicates > 1, measured: measured
    ).drawing
  }
}

import Numerics

extension FadeFitResult {
  /// Measured capacities with their standard deviations, and the fitted ensemble: median in its 10-90 % band.
  ///
  /// Cycles beyond the data are drawn as the prediction that they are.
  var figure: StudyDrawing {
    let unit = Unit("mAh/g")!
    let (last, end) = (request.data.lastCycle, request.lastCycle)
    func block(_ cycles: ClosedRange<Int>) -> String {
      cycles.compactMap { cycle in
        curve[cycle - 1].map { summary in
          let values = [summary.median, summary.lower, summary.upper].map { unit.fromSI($0).description }
          let error = StudyRun.cell(summary.standardError.map { unit.fromSI($0) })
          return ([String(cycle)] + values + [error]).joined(separator: ",") + "\n"
        }
      }.joined()
    }
    // Two blank lines begin the prediction, which starts where the calibrated part ends.
    let model =
      "Cycle Count / 1,Discharge Capacity / mAh g-1,Discharge Capacity 10th Percentile / mAh g-1,"
      + "Discharge Capacity 90th Percentile / mAh g-1,Discharge Capacity Standard Error of Median / mAh g-1\n"
      + ([block(1...last)] + (end > last ? [block(last...end)] : [])).joined(separator: "\n\n")
    let measured =
      "Cycle Count / 1,Discharge Capacity / mAh g-1,Standard Deviation / mAh g-1\n"
      + points.map {
        "\($0.datum.cycle),\(unit.fromSI($0.datum.capacity)),\(unit.fromSI($0.datum.sigma))\n"
      }.joined()
    return StudyDrawing(
      figure: graph(last: last, end: end), data: [("fade.csv", model), ("fade-data.csv", measured)])
  }

  private func graph(last: Int, end: Int) -> GnuplotFigure {
    let runs = request.start.replicates
    let hasBand = runs > 1
    let name = hasBand ? "Fitted model: median and 10–90 % of \(runs) runs" : "Fitted model"
    let isPredicted = end > last
    let few = end <= 20
    let band = """
      with filledcurves fillcolor rgb '#0072B2' fillstyle transparent solid
      """
    let bands =
      hasBand
      ? "'fade.csv' skip 1 index 0 using 1:3:4 \\\n      \(band) 0.20 noborder notitle, \\\n    "
        + (isPredicted
          ? "'fade.csv' skip 1 index 1 using 1:3:4 \\\n      \(band) 0.10 noborder notitle, \\\n    " : "")
      : ""
    let prediction =
      isPredicted
      ? "'fade.csv' skip 1 index 1 using 1:2 with lines linestyle 2 title 'Prediction', \\\n    " : ""
    return GnuplotFigure(
      name: "fade", width: 760, height: 540,
      content: "Measured and fitted discharge capacity against cycle, from fade-data.csv and fade.csv.",
      settings: """
        set xlabel 'Cycle / 1'
        set ylabel 'Discharge capacity / mAh g⁻¹'
        stats 'fade.csv' skip 1 using 4 nooutput
        top = STATS_max
        stats 'fade-data.csv' skip 1 using ($2 + $3) nooutput
        top = top > STATS_max ? top : STATS_max
        set yrange [0:(top > 0 ? 1.08 * top : 1)]
        set xrange [\(few ? "0.5" : "0"):\(few ? Double(end) + 0.5 : 1.01 * Double(end))]
        \(few ? "set xtics 1" : "set mxtics 2")
        set mytics 2
        set border 3
        set grid xtics ytics linetype 1 dashtype solid linewidth 0.6 linecolor rgb '#E0E0E0'
        set title \(GnuplotFigure.quoted(request.start.scenario.title)) noenhanced
        set key bottom left Left reverse samplen 2.5 spacing 1.25 noenhanced opaque
        set style line 1 linecolor rgb '#0072B2' linewidth 2.5
        set style line 2 linecolor rgb '#0072B2' linewidth 2.5 dashtype (6, 4)
        set style line 3 linecolor rgb '#000000' linewidth 1.3 pointtype 7 pointsize 0.6
        set bars 0.6
        \(isPredicted ? lastCycleMark(last) : "")
        """,
      drawing: """
        plot \(bands)'fade.csv' skip 1 index 0 using 1:2 \\
              with lines linestyle 1 title \(GnuplotFigure.quoted(name)), \\
            \(prediction)'fade-data.csv' skip 1 using 1:2:3 \\
              with yerrorbars linestyle 3 title 'Measured, ± 1 standard deviation'
        """)
  }

  /// The line behind which nothing was fitted.
  private func lastCycleMark(_ cycle: Int) -> String {
    """
    set arrow from first \(cycle), graph 0 to first \(cycle), graph 1 nohead back \\
      linecolor rgb '#888888' linewidth 1 dashtype (2, 3)
    set label 'calibrated ' at first \(cycle), graph 0.97 right textcolor rgb '#555555'
    set label ' predicted' at first \(cycle), graph 0.97 left textcolor rgb '#555555'
    """
  }
}

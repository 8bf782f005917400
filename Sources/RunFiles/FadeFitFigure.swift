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
    let isPredicted = end > last
    let few = end <= 20
    func band(_ index: Int, opacity: Double, title: String) -> String {
      """
      'fade.csv' skip 1 index \(index) using 1:3:4 with filledcurves \\
            fillcolor rgb '#0072B2' fillstyle transparent solid \(opacity) noborder \(title), \\
          
      """
    }
    let bands =
      hasBand
      ? band(0, opacity: 0.2, title: "title '10–90 % of the runs'")
        + (isPredicted ? band(1, opacity: 0.1, title: "notitle") : "") : ""
    let prediction =
      isPredicted
      ? ", \\\n    'fade.csv' skip 1 index 1 using 1:2 with lines linestyle 2 title 'Prediction'" : ""
    let name = hasBand ? "Fitted model, median of \(runs) runs" : "Fitted model"
    return GnuplotFigure(
      name: "fade", width: 760, height: 540,
      content: "Measured and fitted discharge capacity against cycle, from fade-data.csv and fade.csv.",
      settings: """
        set xlabel 'Cycle / 1'
        set ylabel 'Discharge capacity / mAh g⁻¹'
        # From zero, unless all lies well above it; below is room for the key.
        stats 'fade.csv' skip 1 using 3:4 nooutput
        bottom = STATS_min_x
        top = STATS_max_y
        stats 'fade-data.csv' skip 1 using ($2 - $3):($2 + $3) nooutput
        bottom = bottom < STATS_min_x ? bottom : STATS_min_x
        top = top > STATS_max_y ? top : STATS_max_y
        span = top - bottom
        set yrange [(bottom > 0.5 * top ? bottom - 0.5 * span : 0):(top > 0 ? top + 0.15 * span : 1)]
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
        plot \(bands)'fade.csv' skip 1 index 0 using 1:2 with lines linestyle 1 \\
              title \(GnuplotFigure.quoted(name))\(prediction), \\
            'fade-data.csv' skip 1 using 1:2:3 with yerrorbars linestyle 3 \\
              title 'Measured, ± 1 standard deviation'
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

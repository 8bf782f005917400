extension GnuplotFigure {
  /// The figure of capacity and Coulombic efficiency against cycle, with a heading on one line.
  ///
  /// Colours are two of the colour-blind safe set of Okabe and Ito.
  ///
  /// - Parameters:
  ///   - simulated: the column that tells simulated cycles, which are points then; nil where all are.
  ///   - measured: what is laid over them.
  static func capacity(title: String, simulated: Int? = nil, measured: MeasuredFade? = nil) -> GnuplotFigure {
    let data = RunRecorder.cyclesName
    let points = simulated.map { column in
      """
      , \\
          '' skip 1 using 1:(column(\(column)) == 1 ? column(capacity) : NaN) axes x1y1 \\
            with points linestyle 1 title 'Simulated cycles', \\
          '' skip 1 using 1:(column(\(column)) == 1 ? 100 * column(efficiency) : NaN) axes x1y2 \\
            with points linestyle 2 notitle
      """
    }
    let style = simulated == nil ? "linespoints" : "lines"
    let interval = simulated == nil ? " pointinterval interval" : ""
    return GnuplotFigure(
      name: "capacity", width: 800, height: 550,
      content: "Discharge capacity and Coulombic efficiency against cycle, from \(data)"
        + (measured == nil ? "." : " and \(MeasuredFade.tableName)."),
      settings: """
        # Discharge capacity in mAh/g, Coulombic efficiency.
        capacity = 3
        efficiency = 5
        stats '\(data)' skip 1 using capacity nooutput
        largest = STATS_max
        cycles = STATS_records
        stats '\(data)' skip 1 every ::0::0 using capacity nooutput
        limit = 0.8 * STATS_max

        # Few cycles are marked one by one; of many, every so many are.
        interval = cycles > 60 ? int(cycles / 30) : 1
        last = cycles > 1 ? cycles : 2
        \(measured.map { "last = last > \($0.lastCycle) ? last : \($0.lastCycle)\nlargest = largest > \($0.top) ? largest : \($0.top)" } ?? "")
        set xrange [0:last + 0.02 * last]
        set yrange [0:(largest > 0 ? 1.3 * largest : 1)]
        set y2range [0:110]
        if (cycles < 12) set xtics 1
        set y2tics out 0, 20, 100
        if (cycles >= 12) set mxtics 2
        set mytics 2
        set grid xtics ytics linetype 1 dashtype solid linewidth 0.6 linecolor rgb '#E0E0E0'
        set border 11
        set xlabel 'Cycle / 1'
        set ylabel 'Discharge capacity / mAh g⁻¹' textcolor rgb '#0072B2'
        set y2label 'Coulombic efficiency / %' textcolor rgb '#D55E00'
        set title \(quoted(title)) noenhanced
        set key at graph 0.03, graph 0.06 left bottom Left reverse samplen 2.5 spacing 1.2
        set style line 1 linecolor rgb '#0072B2' linewidth 2 pointtype 7 pointsize 0.7
        set style line 2 linecolor rgb '#D55E00' linewidth 1.5 pointtype 4 pointsize 0.6
        set style line 3 linecolor rgb '#555555' linewidth 2 dashtype (9, 6)
        """,
      drawing: """
        plot '\(data)' skip 1 using 1:capacity axes x1y1 \\
            with \(style) linestyle 1\(interval) title 'Discharge capacity', \\
          '' skip 1 using 1:(100 * column(efficiency)) axes x1y2 \\
            with \(style) linestyle 2\(interval) title 'Coulombic efficiency (right)', \\
          limit axes x1y1 with lines linestyle 3 title sprintf('80 %% of cycle 1 (%.1f mAh g⁻¹)', limit)\(points ?? "")\(measured.map { ", \\\n  \($0.plot)" } ?? "")
        """)
  }
}

import Foundation

extension StudyRun {
  /// What each input of a sensitivity moves: cycles to 80 %, and retention at the last cycle beside it.
  ///
  /// Nil when the solver failed in the base or for all inputs.
  func tornadoFigure(_ rows: [StudyRow]) -> StudyDrawing? {
    let inputs = sensitivity(rows)
    guard let base = inputs.first?.base else { return nil }
    let cycles = study.base.scenario.cycles
    // From below, so that the widest stands on top.
    let drawn = Array(inputs.reversed())
    // Everything at its place: the low value in the upper half of a row, the high one in the lower.
    let data = drawn.enumerated().map { index, input in
      [(input.low, 0.19), (input.high, -0.19)].enumerated().map { side, value in
        let (response, shift) = value
        let numbers: [Double?] = [
          Double(index + 1) + shift, Double(side), response.cycles, response.cyclesError ?? 0,
          response.isCensored ? 1 : 0, response.retention.map { 100 * $0 },
          100 * (response.retentionError ?? 0),
        ]
        let label = response.text.replacing(/\bum\b/, with: "µm")
        return numbers.map { StudyRun.cell($0) }.joined(separator: ",") + ",\(csvCell(label))\n"
      }.joined()
    }.joined()
    let header =
      "Row / 1,Side / 1,Cycles to 80 % / 1,Standard Error / 1,Not Reached / 1,Retention / %,"
      + "Standard Error / %,Value / 1\n"
    return StudyDrawing(
      figure: tornadoGraph(drawn, base: base, cycles: cycles), data: [("tornado.csv", header + data)])
  }

  private func tornadoGraph(_ drawn: [SensitivityRow], base: SensitivityRow.Response, cycles: Int)
    -> GnuplotFigure
  {
    let tics = drawn.enumerated().map { index, input in
      let leaf = input.name.split(separator: ".").last.map(String.init) ?? input.name
      return "\(GnuplotFigure.quoted(leaf)) \(index + 1)"
    }
    let (top, height) = (Double(drawn.count) + 0.55, 162 + 62 * drawn.count)
    let retentions = drawn.flatMap { [$0.base, $0.low, $0.high] }.compactMap(\.retention).map { 100 * $0 }
    let step = FigureColours.step(over: (retentions.max() ?? 0) - (retentions.min() ?? 0), count: 3)
    let lives = drawn.flatMap { [$0.base, $0.low, $0.high] }.map(\.cycles)
    let lifeStep = FigureColours.step(over: (lives.max() ?? 0) - (lives.min() ?? 0), count: 5)
    let hasOpenEnds = drawn.contains { $0.low.isCensored || $0.high.isCensored }
    let notes =
      ["upper bar: low, lower bar: high value"]
      + (replicates > 1 ? ["medians of \(replicates) runs ± standard error"] : [])
      + (hasOpenEnds ? ["→: beyond cycle \(cycles)"] : [])
    let retention = 100 * (base.retention ?? .nan)
    let bars = { (column: Int) in
      """
      plot for [side = 0:1] 'tornado.csv' skip 1 \\
            using ($2 == side ? $\(column) : NaN):1:(base < $\(column) ? base : $\(column)): \\
            (base < $\(column) ? $\(column) : base):($1 - 0.17):($1 + 0.17) \\
            with boxxyerror fillcolor rgb colours[side + 1] notitle, \\
          '' skip 1 using ($\(column + 1) > 0 ? $\(column) : NaN):1:\(column + 1) \\
            with xerrorbars pointsize 0 linewidth 1.2 linecolor rgb '#000000' notitle
      """
    }
    return GnuplotFigure(
      name: "tornado", width: 960, height: height,
      content: "What each input moves, from tornado.csv; the numbers are those of sensitivity.csv.",
      settings: """
        array colours[2] = ['#56B4E9', '#E69F00']
        set style fill solid 0.9 noborder
        set yrange [0.45:\(top)]
        set ytics (\(tics.joined(separator: ", "))) scale 0
        set border 1
        set mxtics 2
        set grid xtics linetype 1 dashtype solid linewidth 0.6 linecolor rgb '#E0E0E0'
        unset key
        tip(value, base) = value >= base ? 1 : -1
        """,
      drawing: """
        set multiplot
        set label 1 \(GnuplotFigure.quoted(study.base.scenario.title)) at screen 0.5, screen \(1 - 22 / Double(height)) \\
          center noenhanced
        set label 2 '\(notes.joined(separator: "; "))' \\
          at screen 0.5, screen \(1 - 44 / Double(height)) center textcolor rgb '#555555'
        set lmargin at screen 0.22
        set rmargin at screen 0.66
        set tmargin at screen \(1 - 64 / Double(height))
        set bmargin at screen \(72 / Double(height))
        base = \(base.cycles)
        set arrow 1 from base, graph 0 to base, graph 1 nohead linewidth 1.5 linecolor rgb '#000000' front
        set xtics 0, \(lifeStep)
        set xlabel 'Cycles to 80 %\(base.isCensored ? " (base not reached)" : "") / 1'
        stats 'tornado.csv' skip 1 using 3 nooutput
        low = STATS_min < base ? STATS_min : base
        high = STATS_max > base ? STATS_max : base
        room = high > low ? 0.3 * (high - low) : 1
        set xrange [low - room:high + room]
        \(bars(3)), \\
          '' skip 1 using ($3 >= base ? $3 + $4 : NaN):1:(strcol(8) . ($5 > 0 ? ' →' : '')) \\
            with labels left offset 0.8, 0 noenhanced notitle, \\
          '' skip 1 using ($3 < base ? $3 - $4 : NaN):1:(strcol(8) . ($5 > 0 ? ' →' : '')) \\
            with labels right offset -0.8, 0 noenhanced notitle
        unset label
        set lmargin at screen 0.70
        set rmargin at screen 0.97
        unset ytics
        set xlabel 'Retention at cycle \(cycles) / %'
        base = \(retention)
        set arrow 1 from base, graph 0 to base, graph 1 nohead linewidth 1.5 linecolor rgb '#000000' front
        set xrange [*:*]
        set xtics \(step)
        set offsets graph 0.05, graph 0.05, 0, 0
        \(bars(6))
        unset multiplot
        unset arrow
        set ytics
        set offsets
        """)
  }
}

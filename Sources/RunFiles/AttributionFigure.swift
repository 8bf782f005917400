import CycleLife

extension GnuplotFigure {
  /// What each mechanism takes from the capacity of the attributed cycles, one upon the other.
  ///
  /// Shares below zero hang below the axis; the points are the whole, which is the sum of all.
  ///
  /// The columns of `data` are those of the table of cycles, in which every `interval`th is attributed.
  static func attribution(title: String, _ scenario: Scenario, data: String, interval: Int) -> GnuplotFigure {
    let columns = Table<CycleRecord>.cycles(scenario, activeMassPerArea: 1).columns.map(\.name)
    func column(_ name: String) -> Int { (columns.firstIndex(of: name) ?? 0) + 1 }
    let names = Mechanisms.identifiers.map(\.capitalized) + ["Interaction"]
    let places = names.map { String(column("Loss by \($0)")) }
    // Okabe and Ito; the remainder is grey.
    let colours = ["#0072B2", "#E69F00", "#009E73"].prefix(names.count - 1) + ["#999999"]
    let titles = names.map { $0 == "Interaction" ? "Interaction of these" : $0 }
    func list(_ texts: some Sequence<String>) -> String { texts.map { quoted($0) }.joined(separator: ", ") }
    return GnuplotFigure(
      name: "attribution", width: 800, height: 550,
      content: "Lost discharge capacity by mechanism against cycle, from \(data).",
      settings: """
        # Columns of the shares, and of the whole.
        array share[\(names.count)] = [\(places.joined(separator: ", "))]
        whole = \(column("Attributed Loss"))
        array names[\(names.count)] = [\(list(titles))]
        array colours[\(names.count)] = [\(list(colours))]

        # Shares of one sign stand upon each other, so that none hides another.
        same(k, value) = value * column(share[k]) > 0 ? column(share[k]) : 0
        before(k, value) = k > 1 ? (sum [j = 1:k - 1] same(j, value)) : 0
        own(k) = column(share[k])
        half = \(0.38 * Double(interval))

        stats '\(data)' skip 1 using 1:(column(whole)) nooutput
        set xrange [\(interval == 1 ? "STATS_min_x - 1.5" : "0"):STATS_max_x + \(interval == 1 ? 1.5 : 0.6 * Double(interval))]
        \(interval == 1 ? "set xtics 1" : "")
        set yrange [*:*]
        # Room below zero only where something hangs there.
        stats '\(data)' skip 1 using (sum [j = 1:\(names.count)] same(j, -1)) nooutput
        least = STATS_min
        stats '\(data)' skip 1 using whole nooutput
        if (least > -0.02 * STATS_max) set yrange [0:*]
        set offsets 0, 0, graph 0.05, 0
        set mxtics 2
        set mytics 2
        set grid ytics linetype 1 dashtype solid linewidth 0.6 linecolor rgb '#E0E0E0'
        set border 3
        set xzeroaxis linetype 1 linewidth 1 linecolor rgb '#000000'
        set xlabel 'Cycle / 1'
        set ylabel 'Lost discharge capacity / mAh g⁻¹'
        set title \(quoted(title)) noenhanced
        set key below horizontal Left reverse samplen 1.5 spacing 1.25
        set style fill solid 0.9 noborder
        """,
      drawing: """
        plot for [k = 1:\(names.count)] '\(data)' skip 1 \\
            using 1:(before(k, own(k))):($1 - half):($1 + half): \\
            (before(k, own(k))):(before(k, own(k)) + own(k)) \\
            with boxxyerror fillcolor rgb colours[k] title names[k], \\
          '' skip 1 using 1:(column(whole)) \\
            with points pointtype 7 pointsize 0.8 linecolor rgb '#000000' title 'All damage'
        """)
  }
}

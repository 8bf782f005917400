import CellPhysics
import CycleLife

extension GnuplotFigure {
  private static let grid = "set grid linetype 1 dashtype solid linewidth 0.6 linecolor rgb '#E0E0E0'"

  /// Voltage against the capacity of the cycle, and what a discharge delivers per voltage, coloured by cycle.
  static func voltage(title: String, _ scenario: Scenario) -> GnuplotFigure {
    let (data, cycles) = (RunRecorder.timeSeriesName, RunRecorder.cyclesName)
    let table = Table<TimeSample>.timeSeries(scenario).columns.map(\.heading)
    func column(_ heading: String) -> Int { (table.firstIndex(of: heading) ?? 0) + 1 }
    return GnuplotFigure(
      name: "voltage", width: 1000, height: 480,
      content:
        "Voltage against capacity, and capacity per voltage, of the cycles whose time series \(data) keeps.",
      settings: """
        current = \(column("Current / A"))
        cycle = \(column("Cycle Count / 1"))
        voltage = \(column("Voltage vs Li / V"))
        # Capacity per area over capacity per mass is mass per area, in g/cm2.
        stats '\(cycles)' skip 1 every ::0::0 using ($4 / $3) nooutput
        mass = \(QuantityText.plain(scenario.parameters[.electrodeArea] * 1e4)) * STATS_mean
        stats '\(data)' skip 1 using cycle nooutput
        last = STATS_max > 1 ? STATS_max : 2
        stats '\(data)' skip 1 using (column(current) < 0 ? column(voltage) : NaN) nooutput
        least = STATS_min
        most = STATS_max

        # What passed in a cycle is counted from its first row; rows of the other direction break the line.
        seen = 0
        start = 0
        since(capacity) = (isNew = column(cycle) != seen, seen = column(cycle), \\
          start = isNew ? column(capacity) : start, 1000 * (column(capacity) - start) / mass)
        charged(way) = (q = since(\(column("Charging Capacity / Ah"))), column(current) > 0 ? q : NaN)
        discharged(way) = (q = since(\(column("Discharging Capacity / Ah"))), column(current) < 0 ? q : NaN)
        # Between two rows of one discharge, at the voltage half way.
        before = NaN
        above = NaN
        slope(way) = (q = discharged(way), s = (q - before) / (above - column(voltage)), \\
          middle = 0.5 * (above + column(voltage)), before = q, above = column(voltage), s)

        \(FigureColours.palette)
        set cbrange [1:last]
        set cblabel 'Cycle / 1'
        set mxtics 2
        set mytics 2
        \(grid)
        """,
      drawing: """
        set multiplot layout 1,2 margins 0.08,0.9,0.18,0.88 spacing 0.12 title \(quoted(title)) noenhanced
        unset colorbox
        set xlabel 'Capacity of the cycle / mAh g⁻¹'
        set ylabel 'Voltage vs Li / V' offset 0.5
        set xrange [0:*]
        set xtics autofreq
        plot '\(data)' skip 1 using (charged(1)):(column(voltage)):(column(cycle)) \\
            with lines linewidth 0.8 linecolor palette notitle, \\
          '' skip 1 using (discharged(1)):(column(voltage)):(column(cycle)) \\
            with lines linewidth 1.8 linecolor palette notitle
        set colorbox
        set xlabel 'Voltage vs Li / V'
        set ylabel '−dQ/dV of the discharge / mAh g⁻¹ V⁻¹' offset 0.5
        set xrange [least:most]
        set xtics 0.1
        plot '\(data)' skip 1 using (s = slope(1), middle):(s > 0 ? s : NaN):(column(cycle)) \\
            with lines linewidth 1.8 linecolor palette notitle
        unset multiplot
        """)
  }

  /// What the mechanisms did to the cell against cycle: contact, diffusivity, cracks.
  static func damage(title: String, _ scenario: Scenario) -> GnuplotFigure {
    let data = RunRecorder.cyclesName
    let table = Table<CycleRecord>.cycles(scenario, activeMassPerArea: 1).columns.map(\.heading)
    func column(_ heading: String) -> Int { (table.firstIndex(of: heading) ?? 0) + 1 }
    func line(_ heading: String, _ colour: String, _ title: String? = nil) -> String {
      "'\(data)' skip 1 using 1:\(column(heading)) with lines linewidth 2 linecolor rgb '\(colour)' "
        + (title.map { "title '\($0)'" } ?? "notitle")
    }
    let colours = FigureColours.lines(2, ordered: false)
    let against = """
      stats '\(data)' skip 1 using 1 nooutput
      set xrange [0:STATS_max > 1 ? STATS_max : 2]
      set mxtics 2
      set mytics 2
      \(grid)
      """
    guard scenario.architecture == .dense else {
      return GnuplotFigure(
        name: "damage", width: 1000, height: 420,
        content: "Contact of the particles and their largest tension against cycle, from \(data).",
        settings: against,
        drawing: """
          set multiplot layout 1,2 margins 0.08,0.97,0.18,0.9 spacing 0.15,0.14 title \(quoted(title)) noenhanced
          set xlabel 'Cycle / 1'
          set yrange [0:1.05]
          set ylabel 'Surface in contact / 1' offset 0.5
          plot \(line("Contact Fraction / 1", colours[0]))
          set yrange [0:*]
          set ylabel 'Largest tension / MPa' offset 1
          plot \(line("Peak Tensile Stress / MPa", colours[0]))
          unset multiplot
          """)
    }
    return GnuplotFigure(
      name: "damage", width: 1000, height: 700,
      content: "Contact, effective diffusivity and cracks against cycle, from \(data).",
      settings: against + "\nset key top left Left reverse samplen 2",
      drawing: """
        set multiplot layout 2,2 margins 0.09,0.97,0.1,0.93 spacing 0.17,0.14 title \(quoted(title)) noenhanced
        set xlabel 'Cycle / 1'
        set yrange [0:1.05]
        set key bottom left
        set ylabel 'Share / 1' offset 0.5
        plot \(line("Contact Fraction / 1", colours[0], "interface in contact")), \\
          \(line("Isolated Share / 1", colours[1], "crystal cut off by cracks"))
        set yrange [0:*]
        set ylabel 'Effective diffusivity / cm² s⁻¹' offset 1
        set format y '%.1te%T'
        plot \(line("Effective Diffusivity / cm2 s-1", colours[0]))
        set format y '%g'
        set ylabel 'Crack length / µm' offset 0.5
        plot \(line("Crack Length / um", colours[0]))
        set key top left
        set ylabel 'Crack density / 1' offset 0.5
        plot \(line("Crack Density Parallel / 1", colours[0], "parallel to the collector")), \\
          \(line("Crack Density Perpendicular / 1", colours[1], "perpendicular to it"))
        unset multiplot
        """)
  }
}

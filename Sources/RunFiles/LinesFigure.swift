import CellPhysics

extension StudyRun {
  /// Capacity, or energy, against the first axis, a line for each value of the second.
  ///
  /// Named cases are points where they have a value on the axis, and dashed lines across where not.
  func linesFigure(_ request: StudyFigure, _ rows: [StudyRow]) -> StudyDrawing? {
    guard let x = request.x, rows.contains(where: { !$0.hasFailed }) else { return nil }
    let xCount = study.axes[request.xAxis].choices.count
    let others = study.axes.count > 1 ? study.axes[1 - request.xAxis].choices : []
    func row(_ point: Int, _ line: Int) -> StudyRow {
      self.row(
        at: study.axes.count == 1 ? [point] : request.xAxis == 0 ? [point, line] : [line, point], rows)
    }
    let named = study.cases.filter(\.isNamed)
    let shown = request.shown
    func shownValue(_ row: StudyRow) -> Double? { row.result.map { shown.unit.fromSI(shown.value($0)) } }
    let places = (0..<xCount).map { value(x, row($0, 0)) }
    let marked = named.filter { has(x, $0) }.map { value(x, rows[$0.number - 1]) }
    let axis = axis(x, places + marked)
    let titles =
      others.isEmpty
      ? [shown.title] : others.map { lineTitle($0, of: study.axes[1 - request.xAxis]) }

    // Ascending, so that lines do not run back and forth.
    let order = places.indices.sorted { places[$0] < places[$1] }
    let bands =
      replicates > 1 && shown == .capacity
      ? titles.flatMap { ["\($0), 10th percentile", "\($0), 90th percentile"] } : []
    var lines = ([axis.label] + titles + bands).map { csvCell($0) }.joined(separator: ",") + "\n"
    for point in order {
      let capacities = titles.indices.map { StudyRun.cell(shownValue(row(point, $0))) }
      let limits = titles.indices.flatMap { line in
        let capacity = row(point, line).ensemble?.capacity
        return [capacity?.lower, capacity?.upper].map { StudyRun.cell($0.map { Unit("mAh/g")!.fromSI($0) }) }
      }
      let cells = [places[point].description] + capacities + (bands.isEmpty ? [] : limits)
      lines += cells.joined(separator: ",") + "\n"
    }
    var data = [(name: "lines.csv", text: lines)]
    let across = named.filter { !has(x, $0) }.map(\.label.count).max() ?? 0
    if !named.isEmpty {
      let text = named.map { study in
        let row = rows[study.number - 1]
        // gnuplot would skip a line that has no number here.
        let place = has(x, study) ? StudyRun.cell(value(x, row)) : "-"
        return "\(place),\(StudyRun.cell(shownValue(row))),\(csvCell(study.label))\n"
      }
      data.append(
        (
          "lines-cases.csv",
          "\(csvCell(axis.label)),\(shown.title) / \(shown.unit.symbol),Case / 1\n" + text.joined()
        ))
    }
    // Where lines are high, there is room below them.
    let falls = (shownValue(row(order[0], 0)) ?? 0) >= (shownValue(row(order[order.count - 1], 0)) ?? 0)
    let graph = lineGraph(
      axis, titles, named: !named.isEmpty, request, keyPlace: falls ? "left" : "right", margin: across)
    return StudyDrawing(figure: graph, data: data)
  }

  /// The title of a line: its value under the name of what varies, or its own name.
  private func lineTitle(_ choice: Study.Choice, of axis: Study.Axis) -> String {
    guard axis.name == nil, let text = choice.settings.first?.text else { return choice.label }
    return oneLine(text).replacing(/\bum\b/, with: "µm")
  }

  private func lineGraph(
    _ axis: FigureAxis, _ titles: [String], named: Bool, _ request: StudyFigure, keyPlace: String, margin: Int
  ) -> GnuplotFigure {
    let other = study.axes.count > 1 ? study.axes[1 - request.xAxis] : nil
    let keyTitle =
      other.flatMap { $0.name == nil ? varied.first { $0.key == other?.keys.first }?.title : nil } ?? ""
    let place = titles.count > 6 ? "outside right top" : "\(keyPlace) bottom"
    let isOrdered = study.axes.count > 1 && study.axes[1 - request.xAxis].name == nil
    let styles = FigureColours.lines(titles.count, ordered: isOrdered).enumerated().map {
      "set style line \($0 + 1) linecolor rgb '\($1)' linewidth 2 "
        + "pointtype \([7, 5, 9, 11, 13][$0 % 5]) pointsize 0.7"
    }
    let cases =
      named
      ? """
      , \\
          'lines-cases.csv' skip 1 using (strcol(1) eq '-' ? left : NaN):2:(right - left):(0) \\
            with vectors nohead linecolor rgb '#555555' linewidth 1.5 dashtype (8, 5) notitle, \\
          '' skip 1 using (strcol(1) eq '-' ? right : NaN):2:3 \\
            with labels left offset 1.2, 0 textcolor rgb '#555555' noenhanced notitle, \\
          '' skip 1 using (fx($1)):2 \\
            with points pointtype 6 pointsize 1.2 linewidth 2 linecolor rgb '#000000' notitle, \\
          '' skip 1 using (fx($1)):2:3 with labels left offset 1, 0.4 noenhanced notitle
      """ : ""
    let count = titles.count
    let bars =
      replicates > 1 && request.shown == .capacity
      ? """
      for [line = 1:\(count)] 'lines.csv' \\
            using (fx($1)):(column(line + 1)):(column(\(count) + 2 * line)):(column(\(count) + 2 * line + 1)) \\
            with yerrorbars linestyle line linewidth 1 pointsize 0 notitle, \\
          
      """ : ""
    return GnuplotFigure(
      name: "lines", width: 720, height: 540,
      content:
        "\(request.shown.title) in the last cycle, from lines.csv\(named ? " and lines-cases.csv" : "").",
      settings: """
        \(axis.commands("x", margin: 0.03))
        set ylabel '\(request.shown.title)\(bars.isEmpty ? "" : ", bars 10–90 %") / \(request.shown.label)'
        set yrange [0:*]
        set mytics 2
        set border 3
        set grid xtics ytics linetype 1 dashtype solid linewidth 0.6 linecolor rgb '#E0E0E0'
        set title \(heading) noenhanced
        set key \(place) Left reverse samplen 2 spacing 1.25 noenhanced opaque
        set key title \(GnuplotFigure.quoted(keyTitle)) left
        array labels[\(titles.count)] = [\(titles.map { GnuplotFigure.quoted($0) }.joined(separator: ", "))]
        \(titles.count == 1 ? "unset key" : "")
        \(styles.joined(separator: "\n"))
        \(margin > 0 ? "set rmargin \(margin + 2)" : "")
        # The ends of dashed lines.
        left = \(axis.position(axis.range.lowerBound))
        right = \(axis.position(axis.range.upperBound))
        """,
      drawing: """
        plot \(bars)for [line = 1:\(titles.count)] 'lines.csv' using (fx($1)):(column(line + 1)) \\
            with linespoints linestyle line title labels[line]\(cases)
        """)
  }
}

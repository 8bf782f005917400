import CellPhysics

extension StudyRun {
  /// Capacity, or what limits it, as a heat map over two axes.
  func mapFigure(_ request: StudyFigure, _ rows: [StudyRow]) -> StudyDrawing? {
    guard let x = request.x, let y = request.y else { return nil }
    let loss = request.kind == .limitation
    let counts = [study.axes[request.xAxis].choices.count, study.axes[1 - request.xAxis].choices.count]
    let grid = (0..<counts[0]).map { i in
      (0..<counts[1]).map { j in self.row(at: request.xAxis == 0 ? [i, j] : [j, i], rows) }
    }
    func quantity(_ row: StudyRow) -> Double {
      guard let result = row.result else { return .nan }
      let value = loss ? result.transportLoss + result.kineticsLoss : result.capacity
      return Unit("mAh/g")!.fromSI(value)
    }
    let named = study.cases.filter { $0.isNamed && has(x, $0) && has(y, $0) }.map { rows[$0.number - 1] }
    let all = grid.flatMap { $0 } + named
    let xAxis = axis(x, all.map { value(x, $0) })
    let yAxis = axis(y, all.map { value(y, $0) })
    let found = grid.flatMap { $0 }.map(quantity).filter(\.isFinite)
    guard let low = found.min(), let high = found.max() else { return nil }

    let points = grid.map {
      $0.map { MapPoint(x: value(x, $0), y: value(y, $0), value: quantity($0), row: $0) }
    }
    let step = FigureColours.step(over: high - low, count: 7)
    let levels = stride(from: (low / step).rounded(.up) * step, through: high, by: step).filter { $0 > low }
    let name = request.kind.rawValue
    let heading = "\(csvCell(xAxis.label)),\(csvCell(yAxis.label))"
    var data = [(name: "\(name).csv", text: mapData(points, heading, loss: loss))]
    let regions = loss ? regions(points, xAxis, yAxis) : []
    var texts = regions.flatMap { region in [-0.07, 0, 0.07].map { (x: region.x + $0, y: region.y) } }
    for row in named {
      // The text ends at the marker.
      let (x, y) = (xAxis.share(value(x, row)), yAxis.share(value(y, row)))
      let length = 0.013 * Double(row.label.count + 4)
      texts += stride(from: 0, through: length, by: 0.05).map { (x: x - $0, y: y) }
    }
    let levelLabels = labels(levels, points, xAxis, yAxis, around: texts)
    data.append(("\(name)-levels.csv", "\(heading),Level / mAh g-1\n" + levelLabels))
    if loss {
      let text = regions.map { "\(xAxis.position(share: $0.x)),\(yAxis.position(share: $0.y)),\($0.name)\n" }
      data.append(("\(name)-regions.csv", "\(heading),Limitation / 1\n" + text.joined()))
    }
    if !named.isEmpty {
      let text = named.map {
        "\(StudyRun.cell(value(x, $0))),\(StudyRun.cell(value(y, $0))),\(StudyRun.cell(quantity($0))),"
          + csvCell($0.label) + "\n"
      }
      data.append(("\(name)-cases.csv", "\(heading),Discharge Capacity / mAh g-1,Case / 1\n" + text.joined()))
    }
    let graph = mapGraph(
      name, loss: loss, named: !named.isEmpty, xAxis, yAxis, levels: levels,
      scale: (loss ? (low / step).rounded(.down) * step : 0)...max((high / step).rounded(.up), 1) * step,
      counts: counts)
    return StudyDrawing(figure: graph, data: data)
  }

  struct MapPoint {
    let x: Double
    let y: Double
    let value: Double
    let row: StudyRow
  }

  /// The grid, scan by scan.
  private func mapData(_ points: [[MapPoint]], _ heading: String, loss: Bool) -> String {
    let unit = Unit("mAh/g")!
    let columns =
      loss
      ? "Total Loss / mAh g-1,Transport Loss / mAh g-1,Kinetics Loss / mAh g-1"
      : "Discharge Capacity / mAh g-1"
    let scans = points.map { scan in
      scan.map { point in
        var cells = [point.x, point.y, point.value]
        if loss {
          cells += [point.row.result?.transportLoss, point.row.result?.kineticsLoss].map {
            $0.map { unit.fromSI($0) } ?? .nan
          }
        }
        return cells.map { StudyRun.cell($0) }.joined(separator: ",") + "\n"
      }.joined()
    }
    return "\(heading),\(columns)\n" + scans.joined(separator: "\n")
  }

  /// Where the lines of equal value are labelled: on a line of the grid, apart from one another and from
  /// the places `around`, which are shares of the axes.
  private func labels(
    _ levels: [Double], _ points: [[MapPoint]], _ xAxis: FigureAxis, _ yAxis: FigureAxis,
    around taken: [(x: Double, y: Double)]
  ) -> String {
    var placed = taken
    func distance(_ x: Double, _ y: Double) -> Double {
      placed.map { max(abs($0.x - x), 1.5 * abs($0.y - y)) }.min() ?? 1
    }
    var lines = ""
    for level in levels {
      var best: (score: Double, x: Double, y: Double)?
      for (a, b) in edges(points) where (a.value - level) * (b.value - level) < 0 {
        let share = (level - a.value) / (b.value - a.value)
        let x = xAxis.share(a.x) + share * (xAxis.share(b.x) - xAxis.share(a.x))
        let y = yAxis.share(a.y) + share * (yAxis.share(b.y) - yAxis.share(a.y))
        let margin = min(min(x, 1 - x), min(y, 1 - y))
        // Neither beside another label nor at the frame, and rather near the middle.
        guard margin > 0.035, distance(x, y) > 0.06 else { continue }
        let score =
          min(distance(x, y), 0.16) + 3 * min(margin, 0.08) - 0.15 * (abs(x - 0.5) + abs(y - 0.5))
        if score > best?.score ?? -1 { best = (score, x, y) }
      }
      guard let best else { continue }
      placed.append((best.x, best.y))
      let text = QuantityText.plain(QuantityText.rounded(level, digits: 6))
      lines += "\(xAxis.position(share: best.x)),\(yAxis.position(share: best.y)),\(text)\n"
    }
    return lines
  }

  private func edges(_ points: [[MapPoint]]) -> [(MapPoint, MapPoint)] {
    let along = zip(points, points.dropFirst()).flatMap { Array(zip($0, $1)) }
    return along + points.flatMap { Array(zip($0, $0.dropFirst())) }
  }

  /// The names of the regions, each at the point of the grid that is farthest from the other region and the
  /// frame; places as shares of the axes.
  private func regions(_ points: [[MapPoint]], _ xAxis: FigureAxis, _ yAxis: FigureAxis) -> [(
    name: String, x: Double, y: Double
  )] {
    let flat = points.flatMap { $0 }
    return ["transport", "kinetics"].compactMap { name in
      let own = flat.filter { $0.row.result?.limitation == name }
      let other = flat.filter { $0.row.result?.limitation != name }
      func room(_ point: MapPoint) -> Double {
        let (x, y) = (xAxis.share(point.x), yAxis.share(point.y))
        let frame = min(min(x, 1 - x) / 2, min(y, 1 - y))
        let border = other.map { max(abs(xAxis.share($0.x) - x) / 2, abs(yAxis.share($0.y) - y)) }.min() ?? 1
        return min(frame, border)
      }
      guard let place = own.max(by: { room($0) < room($1) }) else { return nil }
      // The text stays inside the frame.
      return (name, min(max(xAxis.share(place.x), 0.1), 0.9), min(max(yAxis.share(place.y), 0.04), 0.96))
    }
  }

  private func mapGraph(
    _ name: String, loss: Bool, named: Bool, _ xAxis: FigureAxis, _ yAxis: FigureAxis, levels: [Double],
    scale: ClosedRange<Double>, counts: [Int]
  ) -> GnuplotFigure {
    let interpolation = counts.map { max(1, 120 / max($0 - 1, 1)) }
    let contours =
      levels.map { QuantityText.plain(QuantityText.rounded($0, digits: 6)) } + (loss ? ["apart"] : [])
    let quantity = loss ? "Transport and kinetics loss / mAh g⁻¹" : "Discharge capacity / mAh g⁻¹"
    let border =
      loss
      ? """
      '' skip 1 using (fx($1)):(fy($2)):($4 - $5 + apart) \\
            with lines nosurface linewidth 3 linecolor rgb 'white' notitle, \\
          '\(name)-regions.csv' skip 1 using 1:2:(0):3 with labels boxed font ',13' nocontour notitle, \\
          
      """ : ""
    let cases =
      named
      ? """
      , \\
          '\(name)-cases.csv' skip 1 using (fx($1)):(fy($2)):(0) with points pointtype 7 pointsize 1.9 \\
            linecolor rgb 'white' nocontour notitle, \\
          '' skip 1 using (fx($1)):(fy($2)):(0) with points pointtype 7 pointsize 1.6 \\
            linecolor rgb 'black' nocontour notitle, \\
          '' skip 1 using (fx($1)):(fy($2)):(0):3 with points pointtype 7 pointsize 1.1 \\
            linecolor palette nocontour notitle, \\
          '' skip 1 using (fx($1)):(fy($2)):(0):(sprintf('%s: %.0f', strcol(4), $3)) \\
            with labels boxed right offset -1.2, 0 font ',11' noenhanced nocontour notitle
      """ : ""
    let lossMeaning = """
      # Transport loss, when the discharge ends: lithium content of the surface in contact less mean content.
      # Kinetics loss: content at which open circuit equals the cutoff, less that of the surface.
      # Both times 273.8 mAh/g. The white line is where they are equal.
      """
    return GnuplotFigure(
      name: name, width: 760, height: 560,
      content:
        "\(loss ? "What limits the capacity" : "Discharge capacity of the last cycle"), from \(name)*.csv.",
      settings: """
        \(loss ? lossMeaning : "# Dots are computed; colours and lines between them are interpolated.")
        \(xAxis.commands("x", margin: named ? 0.02 : 0))
        \(yAxis.commands("y", margin: named ? 0.04 : 0))
        set title \(heading) noenhanced
        set view map
        \(FigureColours.palette)
        set cblabel '\(quantity)' offset 1, 0
        set cbrange [\(scale.lowerBound):\(scale.upperBound)]
        set pm3d interpolate \(interpolation[0]), \(interpolation[1]) corners2color mean
        # Labels of logarithmic axes would not make room for their marks.
        set ylabel ''
        set label 1 \(GnuplotFigure.quoted(yAxis.label)) at screen 0.022, 0.525 center rotate by 90
        set lmargin at screen 0.15
        set rmargin at screen 0.8
        set tmargin at screen \(replicates > 1 ? 0.88 : 0.9)
        set bmargin at screen 0.15
        set contour base
        # The border of the limitations is drawn as the contour of a sum far from all losses.
        apart = 1e6
        set cntrparam linear
        set cntrparam levels discrete \(contours.joined(separator: ", "))
        set cntrlabel onecolor
        set style textbox opaque fillcolor rgb 'white' noborder margins 0.4, 0.3
        unset key
        """,
      drawing: """
        splot '\(name).csv' skip 1 using (fx($1)):(fy($2)):3 with pm3d nocontour notitle, \\
            '' skip 1 using (fx($1)):(fy($2)):3 \\
              with lines nosurface linewidth 1 linecolor rgb 'white' notitle, \\
            '' skip 1 using (fx($1)):(fy($2)):3 \\
              with points pointtype 7 pointsize 0.25 linecolor rgb 'white' nocontour notitle, \\
            \(border)'\(name)-levels.csv' skip 1 using 1:2:(0):(strcol(3)) \\
              with labels boxed font ',10' nocontour notitle\(cases)
        """)
  }
}

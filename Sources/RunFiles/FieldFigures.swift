import CellPhysics

extension StudyRun {
  private var micrometre: Unit { Unit("um")! }

  /// Utilisation over depth at the end of the discharge, a line for each case.
  func profilesFigure(_ rows: [StudyRow]) -> StudyDrawing? {
    let drawn = rows.filter { $0.result?.field != nil }
    guard !drawn.isEmpty else { return nil }
    var text = "Case Number / 1,Depth / um,Utilisation / 1\n"
    for row in drawn {
      guard let field = row.result?.field else { continue }
      let lines = zip(field.depths, field.utilisation).map {
        "\(row.number),\(StudyRun.cell(micrometre.fromSI($0))),\(StudyRun.cell($1))\n"
      }
      // Two blank lines begin a new curve.
      text += (row.number == drawn[0].number ? "" : "\n\n") + lines.joined()
    }
    let depth = micrometre.fromSI(drawn.compactMap { $0.result?.field?.depth }.max() ?? 1)
    let composites = drawn.count { $0.result?.field?.mesh.isDivided == true }
    let side =
      composites == 0 ? "electrolyte" : composites == drawn.count ? "separator" : "electrolyte or separator"
    let isOrdered =
      study.axes.count == 1 && study.axes[0].name == nil && !study.cases.contains(where: \.isNamed)
    let labels = drawn.map { GnuplotFigure.quoted($0.label) }
    let styles = FigureColours.lines(drawn.count, ordered: isOrdered).enumerated().map {
      "set style line \($0 + 1) linecolor rgb '\($1)' linewidth 2.5 dashtype \([1, 2, 4, 5][$0 / 7 % 4])"
    }
    let figure = GnuplotFigure(
      name: "profiles", width: 720, height: 520,
      content: "Utilisation over depth at the end of the discharge, from profiles.csv.",
      settings: """
        # Utilisation: (content - initial content) / (cutoff content - initial content), mean over the width, or over the
        # particles; the cutoff content is that at which open circuit equals the cutoff.
        set xlabel 'Depth from the \(side) / µm'
        set ylabel "Utilisation  (x − x_{initial}) / (x_{cutoff} − x_{initial}) / 1"
        set xrange [0:\(depth)]
        set yrange [0:1]
        set mxtics 2
        set mytics 2
        set border 3
        set grid xtics ytics linetype 1 dashtype solid linewidth 0.6 linecolor rgb '#E0E0E0'
        set title \(cellHeading) noenhanced
        set key bottom left Left reverse samplen 2.5 spacing 1.25 noenhanced
        \(styles.joined(separator: "\n"))
        array labels[\(drawn.count)] = [\(labels.joined(separator: ", "))]
        """,
      drawing: """
        plot for [curve = 1:\(drawn.count)] 'profiles.csv' skip 1 index curve - 1 using 2:3 \\
            with lines linestyle curve title labels[curve]
        """)
    return StudyDrawing(figure: figure, data: [("profiles.csv", text)])
  }

  /// The lithium content at the end of the discharge, a picture for each case.
  func fieldFigure(_ rows: [StudyRow]) -> StudyDrawing? {
    let drawn = rows.compactMap { row in row.result?.field.map { (row: row, field: $0) } }
    guard !drawn.isEmpty else { return nil }
    var cells: [String] = []
    var contacts: [String] = []
    for (row, field) in drawn {
      let (mesh, end) = (field.mesh, field.end)
      func um(_ value: Double) -> String { StudyRun.cell(micrometre.fromSI(value)) }
      cells.append(
        (0..<mesh.xCount).flatMap { i in
          (0..<mesh.yCount).filter { mesh.isSolid[i * mesh.yCount + $0] }.map { j in
            "\(row.number),\(um(mesh.yEdges[j])),\(um(mesh.yEdges[j + 1])),\(um(mesh.xEdges[i])),"
              + "\(um(mesh.xEdges[i + 1])),\(StudyRun.cell(end.contentOfCells[i * mesh.yCount + j]))\n"
          }
        }.joined())
      contacts.append(
        (0..<mesh.yCount).map { j in
          "\(row.number),\(um(mesh.yEdges[j])),\(um(mesh.yEdges[j + 1])),"
            + "\(StudyRun.cell(end.contactOfCells[j]))\n"
        }.joined())
    }
    let contents = drawn.flatMap { drawn in
      drawn.field.end.contentOfCells.enumerated().filter { drawn.field.mesh.isSolid[$0.offset] }.map(
        \.element)
    }
    let step = FigureColours.step(over: (contents.max() ?? 1) - (contents.min() ?? 0), count: 5)
    let low = ((contents.min() ?? 0) / step).rounded(.down) * step
    let high = ((contents.max() ?? 1) / step).rounded(.up) * step
    let width = micrometre.fromSI(drawn.map { $0.field.mesh.width }.max() ?? 1)
    let depth = micrometre.fromSI(drawn.map { $0.field.mesh.thickness }.max() ?? 1)
    let composites = drawn.count { $0.field.mesh.isDivided }
    // Pictures share their axes; what is the depth of a composite lies along them.
    let axes =
      composites == 0
      ? (along: "Position along the film", down: "Depth")
      : composites == drawn.count
        ? (along: "Depth from the separator", down: "Depth in the particle")
        : (along: "Position, or depth of a composite", down: "Depth in film or particle")
    let figure = fieldGraph(
      drawn.map(\.row.label), width: width, depth: depth, axes: axes, scale: low...high)
    return StudyDrawing(
      figure: figure,
      data: [
        (
          "field.csv",
          "Case Number / 1,Position From / um,Position To / um,Depth From / um,Depth To / um,"
            + "Lithium Content / 1\n" + cells.joined(separator: "\n\n")
        ),
        (
          "field-contact.csv",
          "Case Number / 1,Position From / um,Position To / um,Contact / 1\n"
            + contacts.joined(separator: "\n\n")
        ),
      ])
  }

  /// Pictures below one another at one scale, with one colour bar.
  private func fieldGraph(
    _ labels: [String], width: Double, depth: Double, axes: (along: String, down: String),
    scale: ClosedRange<Double>
  ) -> GnuplotFigure {
    // One picture is 500 points wide; around it are labels and the colour bar.
    let (left, picture, right, top, gap, bottom) = (80.0, 500.0, 150.0, 50.0, 44.0, 75.0)
    let pictureHeight = picture * (depth + 1.6) / width
    let total = (
      width: left + picture + right, height: top + Double(labels.count) * (pictureHeight + gap) + bottom
    )
    let labelled = "set xlabel '\(axes.along) / µm'; set format x '%g'"
    let panels = labels.indices.map { index -> String in
      let upper = total.height - top - Double(index) * (pictureHeight + gap)
      let isLast = index == labels.count - 1
      return """
        set tmargin at screen \(upper / total.height)
        set bmargin at screen \((upper - pictureHeight) / total.height)
        \(isLast ? labelled : "unset xlabel; set format x ''")
        \(index == labels.count / 2 ? "set colorbox" : "unset colorbox")
        set title labels[\(index + 1)] noenhanced offset 0, -0.6
        plot 'field.csv' skip 1 index \(index) using 2:4:2:($3 + overlap):4:($5 + overlap):6 \\
            with boxxyerror fillstyle solid 1 noborder linecolor palette notitle, \\
          'field-contact.csv' skip 1 index \(index) using 2:(-0.8):2:($3 + overlap):(-1.2):(-0.3):(shade($4)) \\
            with boxxyerror fillstyle solid 1 noborder linecolor rgb variable notitle, \\
          0 with lines linewidth 1.2 linecolor rgb 'black' notitle
        """
    }
    return GnuplotFigure(
      name: "field", width: Int(total.width), height: Int(total.height),
      content: "Lithium content at the end of the discharge, from field.csv and field-contact.csv.",
      settings: """
        # The electrolyte is above; the bar marks the interface.
        set label 1 'Bar at the interface: black in contact, light without contact' \\
          at screen \(left / total.width), \(12 / total.height) left font ',10'
        array labels[\(labels.count)] = [\(labels.map { GnuplotFigure.quoted($0) }.joined(separator: ", "))]
        # Without it, light shows between neighbouring cells.
        overlap = 0.05
        shade(contact) = 65793 * int(220 * (1 - contact))
        \(FigureColours.palette)
        set cbrange [\(scale.lowerBound):\(scale.upperBound)]
        set cblabel 'Lithium content / 1' offset 1, 0
        set ylabel '\(axes.down) / µm' offset 1, 0
        set xrange [0:\(width)]
        set yrange [\(depth):-1.6]
        set border 15
        set ytics 0, \(FigureColours.step(over: depth, count: 4))
        set lmargin at screen \(left / total.width)
        set rmargin at screen \((left + picture) / total.width)
        """,
      drawing: """
        set multiplot
        \(panels.joined(separator: "\n"))
        unset multiplot
        """)
  }
}

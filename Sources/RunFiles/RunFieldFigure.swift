import CellPhysics
import CycleLife
import Foundation

extension RunFigures {
  /// The numbers that the pictures of a run have in common, so that they compare.
  private struct Limits {
    var content = (low: Double.infinity, high: -Double.infinity)
    /// The magnitude that a stress exceeds in a hundredth of a picture, the largest of all pictures, MPa.
    var stress = 0.0
    /// The largest magnitude of any stress shown, MPa.
    var largestStress = 0.0

    /// Takes what a table of fields holds.
    mutating func take(_ table: String) {
      let rows = table.split(separator: "\n").dropFirst().map { line in
        line.split(separator: ",").map { Double($0) ?? .nan }
      }.filter { $0.count > 7 }
      let areas = rows.map { ($0[1] - $0[0]) * ($0[3] - $0[2]) }
      for row in rows { content = (min(content.low, row[4]), max(content.high, row[4])) }
      for column in 5...7 {
        var rest = 0.01 * areas.reduce(0, +)
        let magnitudes = zip(rows, areas).map { (stress: abs($0[column]), area: $1) }
          .sorted { $0.stress > $1.stress }
        largestStress = max(largestStress, magnitudes.first?.stress ?? 0)
        let ordinary = magnitudes.first { cell in
          rest -= cell.area
          return rest < 0
        }
        stress = max(stress, ordinary?.stress ?? 0)
      }
    }
  }

  /// A figure for each cycle of which fields were written: content and stresses at its moments.
  func fieldFigures(_ files: FieldFiles, of cycles: [Int]) throws(RunFileError) -> [StudyDrawing] {
    let drawn =
      cycles
      .map { (cycle: $0, moments: files.moments(of: $0)) }.filter { !$0.moments.isEmpty }
    var limits = Limits()
    for (cycle, moments) in drawn {
      for moment in moments {
        let path = "\(files.path)/\(FieldFiles.Part.fields.name(cycle, moment)).csv"
        guard let table = try? String(contentsOfFile: path, encoding: .utf8) else {
          throw .cannotRead(path: path, reason: "it was there before")
        }
        limits.take(table)
      }
    }
    let p = scenario.parameters
    let crystals = CrystalTable(microstructure, thickness: p[.filmThickness], ideal: p[.crystalAngle])
    return drawn.enumerated().map { index, drawn in
      StudyDrawing(
        figure: fieldGraph(drawn.cycle, drawn.moments, limits),
        data: index == 0
          ? [(RunFigures.crystalsName, crystals.text), (RunFigures.boundariesName, crystals.boundaries)] : [])
    }
  }

  /// Room for what is written above and below a picture, points.
  private static let headingWidth = 210.0
  private static let crystalsName = "crystals.csv"
  private static let boundariesName = "boundaries.csv"

  private static let entries: [SectionLegend.Entry] = [
    .init(styles: [11, 13], text: "blocking crack, open"),
    .init(styles: [11, 12], text: "blocking crack, closed"),
    .init(styles: [14, 16], text: "crack along the layers, open"),
    .init(styles: [14, 15], text: "crack along the layers, closed"),
    .init(styles: [17], text: "crystal boundary"), .init(colour: "black", text: "contact"),
    .init(colour: "#DCDCDC", text: "no contact"),
  ]

  /// Rows of pictures, one row for each moment.
  private func fieldGraph(_ cycle: Int, _ moments: [FieldRecord.Moment], _ limits: Limits) -> GnuplotFigure {
    let p = scenario.parameters
    let section = SectionDrawing(
      width: p[.filmWidth], thickness: p[.filmThickness], within: (width: 290, height: 320))
    let size = section.size
    // Narrow sections stand apart, so that the headings have room.
    let spare = max(0, RunFigures.headingWidth - size.width)
    let (left, right, top, rowGap) = (100.0, 26 + spare / 2, 74.0, 22.0)
    let gap = max(32, spare)
    let width = left + 4 * size.width + 3 * gap + right
    let legend = SectionLegend(RunFigures.entries, within: width - left)
    let bottom = 148 + legend.height
    let quantities = ["Lithium content", "Stress σ_{XX}", "Stress σ_{YY}", "Largest principal stress"]
    let page = (
      width: width, height: top + Double(moments.count) * (size.height + rowGap) - rowGap + bottom
    )
    func x(_ column: Int) -> Double { left + Double(column) * (size.width + gap) }
    let contentStep = FigureColours.step(over: max(limits.content.high - limits.content.low, 1e-6), count: 4)
    let lowest = (limits.content.low / contentStep).rounded(.down)
    let highest = max((limits.content.high / contentStep).rounded(.up), lowest + 1)
    let content = (low: lowest * contentStep, high: highest * contentStep)
    let stressStep = FigureColours.step(over: max(limits.stress, 1e-3), count: 3)
    let stress = (max(limits.stress, 1e-3) / stressStep).rounded(.up) * stressStep

    var panels: [String] = []
    for (row, moment) in moments.enumerated() {
      let upper = page.height - top - Double(row) * (size.height + rowGap)
      let (isFirst, isLast) = (row == 0, row == moments.count - 1)
      let name = moment.rawValue.prefix(1).uppercased() + moment.rawValue.dropFirst()
      let middle = (upper - 0.5 * size.height) / page.height
      let rowLabel = "set label '\(name)' at screen \(22 / page.width), \(middle) center rotate"
      func file(_ part: FieldFiles.Part) -> String { "\(part.name(cycle, moment)).csv" }
      for (column, quantity) in quantities.enumerated() {
        let curves = [
          """
          '\(file(.fields))' skip 1 using 1:3:1:($2 + overlap):3:($4 + overlap):\(5 + column) \\
                with boxxyerror fillstyle solid 1 noborder linecolor palette notitle
          """,
          CrystalTable.outlines(RunFigures.boundariesName),
          section.cracks(
            file(.cracks),
            [
              ("$9 == 0", [14]), ("$9 == 0 && $8 == 0", [15]), ("$9 == 0 && $8 == 1", [16]),
              ("$9 == 1", [11]), ("$9 == 1 && $8 == 0", [12]), ("$9 == 1 && $8 == 1", [13]),
            ]), section.bar(file(.interface), contact: 5),
          "0 with lines linewidth 1 linecolor rgb 'black' notitle",
        ]
        panels.append(
          """
          set lmargin at screen \(x(column) / page.width)
          set rmargin at screen \((x(column) + size.width) / page.width)
          set tmargin at screen \(upper / page.height)
          set bmargin at screen \((upper - size.height) / page.height)
          \(isFirst ? "set title '\(quantity)' offset 0, -0.5" : "unset title")
          \(isLast ? "set xlabel 'Position / µm' offset 0, 0.8; set format x '%g'" : "unset xlabel; set format x ''")
          \(column == 0 ? "set ylabel 'Depth / µm' offset 1, 0; \(rowLabel); set format y '%g'" : "unset ylabel; set format y ''")
          \(column == 0 ? FigureColours.palette : FigureColours.divergingPalette)
          set cbrange [\(column == 0 ? "\(content.low):\(content.high)" : "\(-stress):\(stress)")]
          \(isLast && column < 2 ? colourBar(column, x, size.width, bottom, page, [contentStep, stressStep], limits) : "unset colorbox")
          plot \(curves.joined(separator: ", \\\n    "))
          """)
      }
    }
    let heading = GnuplotFigure.quoted("\(title), cycle \(cycle)")
    return GnuplotFigure(
      name: FieldFiles.Part.fields.name(cycle), width: Int(page.width), height: Int(page.height),
      content:
        "Lithium content and stresses in cycle \(cycle); scales are the same in all cycles of the run.",
      settings: """
        # Charged: the state of least lithium in the cycle; discharged: that of most. Stresses beyond the scale,
        # which is exceeded in a hundredth of a picture at most, have the colours of its ends.
        \(section.settings)
        unset key
        set tics font ',11'
        """,
      drawing: """
        set label \(heading) at screen 0.5, \((page.height - 20) / page.height) center font ',14' noenhanced
        \(legend.commands(left: left, bottom: 8, page: page))
        set multiplot
        \(panels.joined(separator: "\nunset label; unset arrow; unset object\n"))
        unset multiplot
        """)
  }

  /// A bar for the content below its pictures, one for all stresses below theirs.
  private func colourBar(
    _ column: Int, _ x: (Int) -> Double, _ width: Double, _ bottom: Double,
    _ page: (width: Double, height: Double), _ steps: [Double], _ limits: Limits
  ) -> String {
    let middle = x(0) + 0.5 * width
    let half = 0.5 * max(width, RunFigures.headingWidth)
    let place =
      column == 0 ? (middle - half)...(middle + half) : (x(1) + 0.5 * width)...(x(3) + 0.5 * width)
    let largest = "largest magnitude \(String(format: "%.0f", limits.largestStress))"
    let label =
      column == 0 ? "Lithium content / 1" : "Stress / MPa (tension positive; \(largest))"
    return """
      set colorbox horizontal user origin screen \(place.lowerBound / page.width), screen \((bottom - 77) / page.height) \
      size screen \((place.upperBound - place.lowerBound) / page.width), screen \(11 / page.height)
      set cbtics \(steps[column]) offset 0, 0.6
      set cblabel '\(label)' offset 0, 1.2
      """
  }
}

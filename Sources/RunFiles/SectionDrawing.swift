import CellModel
import CellPhysics

/// What pictures of the section have in common: its outline on paper, and how cracks and contact are drawn.
///
/// The film lies along the horizontal axis, the electrolyte above it.
struct SectionDrawing {
  /// Width and thickness of the section, um.
  let width: Double
  let depth: Double
  /// Points on paper per um.
  let scale: Double

  /// Height above the film for the bar that marks contact, um.
  var barRoom: Double { 17 / scale }
  /// The size of a picture in points, the bar included.
  var size: (width: Double, height: Double) { (scale * width, scale * (depth + barRoom)) }

  /// A section of a mesh, in m, that fits into so many points.
  init(width: Double, thickness: Double, within points: (width: Double, height: Double)) {
    let um = Unit("um")!
    (self.width, depth) = (um.fromSI(width), um.fromSI(thickness))
    scale = min(points.width / self.width, points.height / depth)
  }

  /// The commands for the axes and for what ``cracks(_:_:)`` and ``bar(_:contact:)`` use.
  var settings: String {
    """
    # Without it, light shows between neighbouring cells.
    overlap = \(QuantityText.rounded(0.4 / scale, digits: 2))
    shade(contact) = 65793 * int(220 * (1 - contact))
    set xrange [0:\(width)]
    set yrange [\(depth):\(-barRoom)]
    set xtics 0, \(FigureColours.step(over: width, count: 4))
    set ytics 0, \(FigureColours.step(over: depth, count: 4))
    set border 15 linewidth 0.8
    # Cracks with a white rim: thick where they block lithium, thin along the layers; open ones in colour.
    set style line 11 linecolor rgb 'white' linewidth 3
    set style line 12 linecolor rgb 'black' linewidth 1.6
    set style line 13 linecolor rgb '#E6007E' linewidth 1.6
    set style line 14 linecolor rgb 'white' linewidth 1.8
    set style line 15 linecolor rgb 'black' linewidth 0.8
    set style line 16 linecolor rgb '#E6007E' linewidth 0.8
    # Boundaries of crystals.
    set style line 17 linecolor rgb '#404040' linewidth 0.5
    """
  }

  /// The bar at the interface from a table of positions and contact, columns 1, 2 and `contact`.
  func bar(_ file: String, contact: Int) -> String {
    let (low, middle, high) = (-0.85 * barRoom, -0.5 * barRoom, -0.2 * barRoom)
    func text(_ value: Double) -> String { QuantityText.plain(QuantityText.rounded(value, digits: 4)) }
    return """
      '\(file)' skip 1 using 1:(\(text(middle))):1:($2 + overlap):(\(text(low))):(\(text(high))):(shade($\(contact))) \\
            with boxxyerror fillstyle solid 1 noborder linecolor rgb variable notitle
      """
  }

  /// Lines from a table of ends, columns 1 to 4, one curve for each rim and core; `classes` are conditions.
  func cracks(_ file: String, _ classes: [(condition: String, styles: [Int])]) -> String {
    classes.flatMap { condition, styles in
      styles.map { style in
        """
        '\(file)' skip 1 using (\(condition) ? $1 : NaN):3:($2 - $1):($4 - $3) \\
              with vectors nohead linestyle \(style) notitle
        """
      }
    }.joined(separator: ", \\\n    ")
  }
}

/// What lines and boxes of a picture mean, below it.
struct SectionLegend {
  struct Entry {
    var styles: [Int] = []
    /// A filled box instead of a line.
    var colour: String?
    let text: String

    /// Room for the sample, the text and what follows, points.
    fileprivate var width: Double { 54 + 6.2 * Double(text.count) }
  }

  private var rows: [[Entry]] = [[]]

  /// A legend of as many rows as fit into so many points.
  init(_ entries: [Entry], within width: Double) {
    for entry in entries {
      let used = rows[rows.count - 1].reduce(0) { $0 + $1.width }
      if used > 0, used + entry.width > width { rows.append([]) }
      rows[rows.count - 1].append(entry)
    }
  }

  /// The height of the rows, points.
  var height: Double { 18 * Double(rows.count) }

  /// The commands that draw it on a page of this size, from `left` and up from `bottom`, points.
  func commands(left: Double, bottom: Double, page: (width: Double, height: Double)) -> String {
    var commands: [String] = []
    for (index, row) in rows.enumerated() {
      let y = (bottom + height - 18 * (Double(index) + 0.5)) / page.height
      var x = left
      for entry in row {
        let (from, to) = (x / page.width, (x + 26) / page.width)
        for style in entry.styles {
          commands.append(
            "set arrow from screen \(from), \(y) to screen \(to), \(y) nohead front linestyle \(style)")
        }
        if let colour = entry.colour {
          let half = 4 / page.height
          commands.append(
            "set object rectangle from screen \(from), \(y - half) to screen \(to), \(y + half) front "
              + "fillstyle solid 1 border linecolor rgb 'black' linewidth 0.5 fillcolor rgb '\(colour)'")
        }
        commands.append(
          "set label \(GnuplotFigure.quoted(entry.text)) at screen \((x + 33) / page.width), \(y) left "
            + "font ',10'")
        x += entry.width
      }
    }
    return commands.joined(separator: "\n")
  }
}

/// The crystals of a section as boxes, and their boundaries as lines, for pictures.
struct CrystalTable {
  let text: String
  /// The boundaries between crystals.
  let boundaries: String
  /// The largest deviation of a crystal from the ideal angle, degrees.
  let largestDeviation: Double

  /// The crystals of a film of this thickness, in m; `ideal` is the mean crystal angle, radian.
  init(_ microstructure: Microstructure, thickness: Double, ideal: Double) {
    let (um, degree) = (Unit("um")!, Unit("deg")!)
    var lines =
      "Position From / um,Position To / um,Depth From / um,Depth To / um,Column / 1,Crystal Angle / deg,"
      + "Deviation / deg\n"
    var largest = 0.0
    for area in microstructure.areas(thickness: thickness) {
      guard let crystal = area.crystal else { continue }
      // An axis has no sense: half a turn is none.
      let apart = degree.fromSI(crystal.angle - ideal)
      let deviation = apart - 180 * (apart / 180).rounded()
      largest = max(largest, abs(deviation))
      lines +=
        "\(CrystalTable.places(area)),\(crystal.column + 1),\(degree.fromSI(crystal.angle)),\(deviation)\n"
    }
    text = lines
    largestDeviation = largest
    let ends = microstructure.boundaries(thickness: thickness).map { line in
      [line.from.y, line.to.y, line.from.x, line.to.x].map { um.fromSI($0).description }.joined(
        separator: ",")
        + "\n"
    }
    boundaries = "Position From / um,Position To / um,Depth From / um,Depth To / um\n" + ends.joined()
  }

  /// The place of an area in the first four columns of a table.
  static func places(_ area: SectionArea) -> String {
    [area.y.lowerBound, area.y.upperBound, area.x.lowerBound, area.x.upperBound]
      .map { Unit("um")!.fromSI($0).description }.joined(separator: ",")
  }

  /// The boundaries of the crystals, from the table in `file`.
  static func outlines(_ file: String) -> String {
    "'\(file)' skip 1 using 1:3:($2 - $1):($4 - $3) with vectors nohead linestyle 17 notitle"
  }
}

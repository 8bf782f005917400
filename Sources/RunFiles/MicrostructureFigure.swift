import CellModel
import CellPhysics
import CycleLife

extension RunFigures {
  /// The section as it was assembled: crystals by their angle, pores, flaws and contact.
  func microstructureFigure() -> StudyDrawing {
    let p = scenario.parameters
    let section = SectionDrawing(
      width: p[.filmWidth], thickness: p[.filmThickness], within: (width: 640, height: 520))
    let crystals = CrystalTable(microstructure, thickness: p[.filmThickness], ideal: p[.crystalAngle])
    let flaws = Damage(parameters: p, microstructure: microstructure, seed: scenario.seed).cracks
    let name = RunFigures.microstructureName
    var data = [
      (name: "\(name).csv", text: crystals.text), (name: "\(name)-boundaries.csv", text: crystals.boundaries),
    ]
    var curves = [
      """
      '\(name).csv' skip 1 using 1:3:1:($2 + overlap):3:($4 + overlap):(ideal + $7) \\
            with boxxyerror fillstyle solid 1 noborder linecolor palette notitle
      """, CrystalTable.outlines("\(name)-boundaries.csv"),
    ]
    let pores = poreCurve
    if let pores {
      data.append((pores.file, pores.table))
      // Outlines end at round pores, and go round those of an image.
      curves.insert(pores.curve, at: pores.isRound ? 2 : 1)
    }
    if !flaws.isEmpty {
      data.append(("\(name)-flaws.csv", flawTable(flaws)))
      curves.append(
        section.cracks("\(name)-flaws.csv", [("$7 == 0", [14, 15]), ("$7 == 1", [11, 12])]))
    }
    data.append(("\(name)-contact.csv", contactTable))
    curves.append(section.bar("\(name)-contact.csv", contact: 3))
    return StudyDrawing(
      figure: microstructureGraph(
        section, crystals.largestDeviation, curves, hasPores: pores != nil,
        hasFlaws: !flaws.isEmpty),
      data: data)
  }

  /// The pores: round ones that were drawn, or those of an image; nil without.
  private var poreCurve: (file: String, table: String, curve: String, isRound: Bool)? {
    let (width, thickness) = (scenario.parameters[.filmWidth], scenario.parameters[.filmThickness])
    let (file, um) = ("\(RunFigures.microstructureName)-pores.csv", Unit("um")!)
    if let round = microstructure.drawn?.pores, !round.isEmpty {
      // What lies across the end of the period is drawn at both ends.
      let pores = round.flatMap { pore in [-1, 0, 1].map { (pore, y: pore.y + $0 * width) } }
        .filter { $1 > -$0.radius && $1 < width + $0.radius }
      let lines = pores.map { pore, y in
        [y, pore.x, pore.radius].map { um.fromSI($0).description }.joined(separator: ",") + "\n"
      }
      return (
        file, "Position / um,Depth / um,Radius / um\n" + lines.joined(),
        """
        '\(file)' skip 1 using 1:2:3 with circles fillcolor rgb 'white' fillstyle solid 1 \\
              border linecolor rgb 'black' linewidth 0.8 notitle
        """, true
      )
    }
    let areas = microstructure.areas(thickness: thickness).filter { $0.crystal == nil }
    guard !areas.isEmpty else { return nil }
    let lines = areas.map { CrystalTable.places($0) + "\n" }
    return (
      file, "Position From / um,Position To / um,Depth From / um,Depth To / um\n" + lines.joined(),
      """
      '\(file)' skip 1 using 1:3:1:2:3:4 with boxxyerror fillstyle solid 1 noborder linecolor rgb 'white' notitle
      """, false
    )
  }

  private func flawTable(_ flaws: [Crack]) -> String {
    let (p, um) = (scenario.parameters, Unit("um")!)
    let lines = flaws.map { flaw in
      let (back, front) = (flaw.point(at: -flaw.tips[0]), flaw.point(at: flaw.tips[1]))
      let crystal = Diffusion.diffusivityInCell(
        fast: p[.fastDiffusivity], slow: p[.slowDiffusivity], angle: microstructure.crystalAngle(of: flaw))
      let numbers = [back.y, front.y, back.x, front.x, flaw.halfLength].map { um.fromSI($0).description }
      return numbers.joined(separator: ",") + ",\(Unit("deg")!.fromSI(flaw.inclination)),"
        + "\(flaw.isBlocking(in: crystal) ? 1 : 0)\n"
    }
    return "Position From / um,Position To / um,Depth From / um,Depth To / um,Half-Length / um,"
      + "Inclination / deg,Blocking / 1\n" + lines.joined()
  }

  /// Contact before cycling, zone by zone.
  private var contactTable: String {
    let (width, um) = (scenario.parameters[.filmWidth], Unit("um")!)
    let inner = (microstructure.contactZones ?? []).flatMap { [$0.start, $0.end] }
    let edges = Set(inner.filter { $0 > 0 && $0 < width } + [0, width]).sorted()
    let lines = zip(edges, edges.dropFirst()).map { start, end in
      "\(um.fromSI(start)),\(um.fromSI(end)),"
        + "\(microstructure.isInContact(at: 0.5 * (start + end)) ? 1 : 0)\n"
    }
    return "Position From / um,Position To / um,Contact / 1\n" + lines.joined()
  }

  private func microstructureGraph(
    _ section: SectionDrawing, _ deviation: Double, _ curves: [String], hasPores: Bool, hasFlaws: Bool
  ) -> GnuplotFigure {
    // Small deviations have their own scale; where crystals may lie in any way the map closes.
    let isCyclic = deviation > 30
    let step = FigureColours.step(over: max(deviation, 1), count: 3)
    let limit = isCyclic ? 90 : (max(deviation, 1) / step).rounded(.up) * step
    let (left, right, top) = (70.0, 120.0, 46.0)
    let ideal = Unit("deg")!.fromSI(scenario.parameters[.crystalAngle])
    var entries = [
      SectionLegend.Entry(colour: "black", text: "contact"),
      SectionLegend.Entry(colour: "#DCDCDC", text: "no contact"),
    ]
    if hasPores { entries.append(.init(colour: "white", text: "pore")) }
    if hasFlaws {
      entries += [
        .init(styles: [11, 12], text: "flaw, blocking"),
        .init(styles: [14, 15], text: "flaw along the layers"),
      ]
    }
    let width = max(left + section.size.width + right, 400)
    let legend = SectionLegend(entries, within: width - left)
    let bottom = 70 + legend.height
    let page = (width: width, height: top + section.size.height + bottom)
    return GnuplotFigure(
      name: RunFigures.microstructureName, width: Int(page.width), height: Int(page.height),
      content: "The section as it was assembled, from \(RunFigures.microstructureName)*.csv.",
      settings: """
        \(section.settings)
        \(isCyclic ? FigureColours.cyclicPalette : FigureColours.divergingPalette)
        # Angles are shown within half a turn around that of the ideal crystal.
        ideal = \(ideal)
        set cbrange [\(ideal - limit):\(ideal + limit)]
        set cbtics \(isCyclic ? 30 : step)
        set cblabel 'Crystal angle (c axis from the film plane) / °' offset 1, 0
        set colorbox user origin screen \((left + section.size.width + 18) / page.width), \
        screen \(bottom / page.height) size screen \(14 / page.width), screen \(section.scale * section.depth / page.height)
        set xlabel 'Position along the film / µm' offset 0, 0.3
        set ylabel 'Depth / µm' offset 1, 0
        set title \(GnuplotFigure.quoted(title)) noenhanced
        unset key
        set lmargin at screen \(left / page.width)
        set rmargin at screen \((left + section.size.width) / page.width)
        set tmargin at screen \((page.height - top) / page.height)
        set bmargin at screen \(bottom / page.height)
        \(legend.commands(left: left, bottom: 6, page: page))
        """,
      drawing: "plot \(curves.joined(separator: ", \\\n    ")), \\\n    "
        + "0 with lines linewidth 1.2 linecolor rgb 'black' notitle")
  }
}

import CellPhysics
import Foundation
import Numerics
import Testing

@testable import CellModel

@Suite struct SectionImages {
  /// An image of letters with pixels of 1 um: `.` pore, `e` electrolyte, `g` gap, others crystals.
  private func image(_ rows: [String], angles: [Character: Double] = [:]) throws -> SectionImage {
    let letters = rows.flatMap { Array($0) }
    var legend: [Int: SectionImage.Material] = [:]
    for letter in letters {
      legend[label(letter)] =
        switch letter {
        case ".": .pore
        case "e": .electrolyte
        case "g": .gap
        default: .crystal(angle: angles[letter] ?? 0.01 * Double(label(letter)))
        }
    }
    return try SectionImage(labels: letters.map(label), width: rows[0].count, pixelSize: 1e-6, legend: legend)
  }

  private func label(_ letter: Character) -> Int { Int(letter.asciiValue ?? 0) }

  private func crack(_ x: Double, _ y: Double, degrees: Double) -> Crack {
    Crack(x: x * 1e-6, y: y * 1e-6, inclination: degrees * .pi / 180, tips: .zero, limits: .zero)
  }

  // MARK: - Crystals and columns

  @Test func regionsOfALabelAreCrystalsAlsoAcrossThePeriod() throws {
    // The region of a goes round the period; two regions of b meet at a corner only.
    let seen = try image(["abaa", "aaba", "cccc"])
    #expect(seen.crystalCount == 4)
    #expect(seen.rowCount == 3 && seen.pixelsInPlane == 4)
    #expect(seen.thickness == 3e-6 && seen.width == 4e-6)
    #expect(seen.crystalOfPixel[0] == seen.crystalOfPixel[3])
    #expect(seen.crystalOfPixel[1] != seen.crystalOfPixel[6])
  }

  @Test func flatBoundariesHoldAndSteepOnesDoNot() throws {
    #expect(try image(["aabb", "aabb", "aabb"]).columnCount == 2)
    // Crystals on top of one another make one column, also beside another stack whose boundary lies elsewhere.
    let stacks = try image(["aaabbb", "aaabbb", "cccbbb", "cccbbb", "cccddd", "cccddd"])
    #expect(stacks.crystalCount == 4 && stacks.columnCount == 2)
    #expect(stacks.crystals[0].column == stacks.crystals[2].column)
    #expect(stacks.crystals[0].column != stacks.crystals[1].column)
  }

  /// A band of one crystal between two parallel boundaries at an angle to the collector.
  private func slanted(_ degrees: Double, rows: Int = 40, columns: Int = 120) throws -> SectionImage {
    let labels = (0..<rows * columns).map { pixel in
      let shift = (Double(pixel / columns) + 0.5) / tan(degrees * .pi / 180)
      let place = (Double(pixel % columns) + 0.5 - shift) / Double(columns)
      return place - place.rounded(.down) < 0.5 ? 1 : 2
    }
    return try SectionImage(
      labels: labels, width: columns, pixelSize: 1e-6,
      legend: [1: .crystal(angle: 0), 2: .crystal(angle: 0.5)])
  }

  @Test(arguments: [(30.0, 1), (40, 1), (50, 2), (60, 2), (120, 2), (140, 1)])
  func theLimitIsAt45Degrees(degrees: Double, columns: Int) throws {
    let seen = try slanted(degrees)
    #expect(seen.crystalCount == 2 && seen.columnCount == columns)
  }

  @Test func aColumnWithoutHoldIsOneWithItsNeighbour() throws {
    // b has steep sides alone, but does not reach the collector; it shares most with a.
    let seen = try image(["aaccc", "abccc", "abccc", "abccc", "aaccc"])
    #expect(seen.crystalCount == 3 && seen.columnCount == 2)
    #expect(seen.crystals[0].column == seen.crystals[2].column)
  }

  @Test func whatIsCutOffIsPore() throws {
    let seen = try image(["aaaaaa", "a...aa", "a.b.aa", "a...aa", "aaaaaa"])
    #expect(seen.crystalCount == 1)
    #expect(abs(seen.poreFraction - 9 / 30.0) < 1e-15 && abs(seen.isolatedFraction - 1 / 30.0) < 1e-15)
    #expect(seen.crystalAngle(at: SIMD2(2.5e-6, 2.5e-6)) == nil)
    #expect(throws: SectionImage.Problem.self) { try image(["aaa", "...", "aaa"]) }
  }

  @Test func theFirstRowTellsTheContact() throws {
    let seen = try image(["eegeg", "aa.aa", "aaaaa"])
    #expect(seen.rowCount == 2 && seen.contactFraction == 0.6)
    #expect(seen.contactZones == [.init(start: 0, end: 2e-6), .init(start: 3e-6, end: 4e-6)])
    // Without it contact is where the first row is crystal.
    let zones = try #require(try image(["aa.aa", "aaaaa"]).contactZones)
    #expect(
      zones.map { ($0.start * 1e6).rounded() } == [0, 3] && zones.map { ($0.end * 1e6).rounded() } == [2, 5])
    #expect(try image(["aaaaa"]).contactZones == nil)
    #expect(
      throws: SectionImage.Problem(
        message: "label 103, electrolyte or gap, is accepted in the first row alone")
    ) {
      try image(["eee", "aga", "aaa"])
    }
    #expect(throws: SectionImage.Problem.self) { try image(["eea", "aaa"]) }
    #expect(throws: SectionImage.Problem(message: "no row is left for the film")) { try image(["eee"]) }
  }

  // MARK: - As a microstructure

  /// Two columns of 5 um whose boundaries lie between pixels of 0.5 um.
  private let drawn = Microstructure(
    columns: [
      .init(start: 0, end: 5e-6, angle: 0.1),
      .init(
        start: 5e-6, end: 10e-6, grains: [.init(end: 8e-6, angle: 0.2), .init(end: .infinity, angle: 0.3)]),
    ], contactZones: [.init(start: 1e-6, end: 4e-6)])

  private func parameters() -> ParameterSet {
    var p = ParameterSet.defaults
    (p[.filmThickness], p[.filmWidth]) = (20e-6, 10e-6)
    return p
  }

  private func pictured() throws -> Microstructure {
    let pixels = try #require(drawn.pixels(ofSize: 0.5e-6, parameters: parameters()))
    return Microstructure(
      image: try SectionImage(
        labels: pixels.labels, width: pixels.columnCount, pixelSize: 0.5e-6, legend: pixels.legend))
  }

  @Test func theImageOfADrawnSectionGivesItsMesh() throws {
    let (there, here) = (drawn.mesh(parameters: parameters()), try pictured().mesh(parameters: parameters()))
    // Round-off of a place counted in pixels.
    func isNear(_ a: [Double], _ b: [Double]) -> Bool {
      a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-18 }
    }
    #expect(isNear(there.xEdges, here.xEdges) && isNear(there.yEdges, here.yEdges))
    #expect(there.isSolid == here.isSolid)
    // A cell with its middle on one side of a boundary lies on that side with the larger part.
    #expect(isNear(there.crystalAngle, here.crystalAngle))
    #expect(there.columnOfCell == here.columnOfCell)
  }

  @Test func theImageOfADrawnSectionStopsCracksInTheSamePlaces() throws {
    let (seen, stream) = (try pictured(), RandomStream(seed: 1, name: "cracks"))
    for _ in 0..<500 {
      let line = crack(20 * stream.uniform(), 10 * stream.uniform(), degrees: 180 * stream.uniform())
      for tip in 0..<2 {
        let there = drawn.obstacle(to: line, tip: tip, from: 0, thickness: 20e-6)
        let here = seen.obstacle(to: line, tip: tip, from: 0, thickness: 20e-6)
        // Exact but for round-off.
        #expect(abs(there.distance - here.distance) < 1e-18)
        #expect(abs(there.angle - here.angle) < 1e-12 && abs(there.incidence - here.incidence) < 1e-9)
        #expect((there.angleAhead == nil) == (here.angleAhead == nil))
        #expect(abs((there.angleAhead ?? 0) - (here.angleAhead ?? 0)) < 1e-12)
        guard there.angleAhead != nil else { continue }
        // Beyond the boundary the next one is found.
        let beyond = [drawn, seen].map {
          $0.obstacle(to: line, tip: tip, from: there.distance, thickness: 20e-6).distance
        }
        #expect(abs(beyond[0] - beyond[1]) < 1e-18 && beyond[1] > there.distance)
      }
    }
  }

  @Test func patchesAndContactAreThoseOfTheDrawnSection() throws {
    let seen = try pictured()
    let (there, here) = (drawn.patches(length: 0.7e-6), seen.patches(length: 0.7e-6))
    #expect(there.count == here.count)
    #expect(zip(there, here).allSatisfy { abs($0.start - $1.start) < 1e-18 && abs($0.end - $1.end) < 1e-18 })
    for y in stride(from: 0.05e-6, to: 10e-6, by: 0.1e-6) {
      #expect(drawn.isInContact(at: y) == seen.isInContact(at: y))
    }
  }

  @Test func aSlantedBoundaryIsMetAtItsAngle() throws {
    for degrees in [60.0, 75, 110] {
      // Along the collector in the middle of the film: the boundary is met at its own angle.
      let found = Microstructure(image: try slanted(degrees))
        .obstacle(to: crack(20.3, 40, degrees: 0), tip: 1, from: 0, thickness: 40e-6)
      #expect(found.angleAhead == nil)
      // Nine rows of pixels tell a slope to about one pixel in nine.
      let met = min(degrees, 180 - degrees)
      #expect(abs(found.incidence * 180 / .pi - met) < 7, "\(degrees): \(found.incidence * 180 / .pi)")
      // The line lies 20.3 um deep, in the row of which the middle is 20.5: half a pixel of a boundary.
      let edge = 60 + 20.5 / tan(degrees * .pi / 180)
      #expect(abs(found.distance * 1e6 - (edge - 40)) <= 0.5 + 1e-9)
    }
  }

  @Test func poresAndTheWayRoundStopACrack() throws {
    let seen = Microstructure(image: try image(["aaaaaa", "aaa.aa", "aaaaaa"]))
    let pore = seen.obstacle(to: crack(1.5, 0.5, degrees: 0), tip: 1, from: 0, thickness: 3e-6)
    #expect(abs(pore.distance - 2.5e-6) < 1e-18 && pore.angleAhead == nil)
    // Backwards across the period to the other side of the pore, at 4 um.
    let behind = seen.obstacle(to: crack(1.5, 0.5, degrees: 0), tip: 0, from: 0, thickness: 3e-6)
    #expect(abs(behind.distance - 2.5e-6) < 1e-18)
    let face = seen.obstacle(to: crack(1.5, 0.5, degrees: 90), tip: 1, from: 0, thickness: 3e-6)
    #expect(abs(face.distance - 1.5e-6) < 1e-18 && abs(face.incidence - .pi / 2) < 1e-12)
    // A crystal all the way round: no line is longer than the period.
    let round = seen.obstacle(to: crack(0.5, 0.5, degrees: 0), tip: 1, from: 0, thickness: 3e-6)
    #expect(abs(round.distance - 6e-6) <= 0.5e-6 + 1e-18 && round.angleAhead == nil)
    #expect(seen.isNearPore(SIMD2(1.5e-6, 2.6e-6), reach: 0.5e-6))
    #expect(!seen.isNearPore(SIMD2(1.5e-6, 2.4e-6), reach: 0.5e-6))
    let columns = Microstructure(image: try image(["aaabbb", "aaabbb"]))
    #expect(columns.isNearSide(SIMD2(1e-6, 5.8e-6), reach: 0.3e-6))
    #expect(!columns.isNearSide(SIMD2(1e-6, 4.5e-6), reach: 0.3e-6))
  }

  // MARK: - On the mesh

  @Test func aCellTakesTheLargestPart() throws {
    let seen = try image(["aabb", "a..b", "aabb"])
    // Cells of two pixels: half pore counts as crystal, more than half does not.
    let halves = seen.filling(xEdges: [0, 3e-6], yEdges: [0, 1.4e-6, 4e-6])
    #expect(halves.isSolid == [true, true])
    #expect(halves.crystalAngle == [0.97, 0.98])
    // The pores of a fine mesh are those of the image.
    let edges = (0...6).map { 0.5e-6 * Double($0) }
    let fine = seen.filling(xEdges: edges, yEdges: (0...8).map { 0.5e-6 * Double($0) })
    #expect(fine.isSolid.count { !$0 } == 8)
    #expect(fine.columnOfCell.count { $0 == fine.columnOfCell[0] } == 24)
  }

  /// Two steps of a side: columns share no force along Y, wherever the side stands.
  @Test func aSteppedSideCarriesNoTension() throws {
    var p = ParameterSet.defaults
    // Strain along c, which is Y, alone; nothing else holds the film.
    (p[.chemicalStrainA], p[.foilStiffness]) = (0, 1e6)
    let (xCount, yCount) = (9, 12)
    func peak(isOneColumn: Bool) throws -> Double {
      let columns = (0..<xCount * yCount).map { cell in
        cell % yCount < 5 + cell / yCount / 3 ? 0 : 1
      }
      let mesh = Mesh(
        xEdges: (0...xCount).map { 1e-6 * Double($0) }, yEdges: (0...yCount).map { 1e-6 * Double($0) },
        columnOfCell: isOneColumn ? columns.map { _ in 0 } : columns,
        isSolid: columns.map { _ in true }, crystalAngle: columns.map { _ in 0 })
      var model = try StressModel(mesh: mesh, parameters: p)
      let field = try model.solve(
        contentChange: columns.map { $0 == 0 ? 0.4 : 0 },
        interfaceDamage: [Double](repeating: 1, count: yCount), pressure: 0)
      return [field.xx, field.yy, field.xy].flatMap { $0 }.map(abs).max() ?? 0
    }
    // C33 times the strain by which the columns differ.
    let scale = 230e9 * 0.052 * 0.4
    // Exact but for the weak foil, and the condition of the matrix with it.
    #expect(try peak(isOneColumn: false) < 1e-5 * scale)
    #expect(try peak(isOneColumn: true) > 0.2 * scale)
  }

  @Test func averagesStayWithinAColumnOfAnyShape() {
    let columns = (0..<9 * 12).map { cell in cell % 12 < 5 + cell / 12 / 3 ? 1 : 2 }
    let mesh = Mesh(
      xEdges: (0...9).map { 1e-6 * Double($0) }, yEdges: (0...12).map { 1e-6 * Double($0) },
      columnOfCell: columns, isSolid: columns.map { _ in true }, crystalAngle: columns.map { _ in 0 })
    let values = columns.map { Double($0) }
    let faces = [Double](repeating: 0, count: 12)
    let field = StressField(
      xx: values, yy: values, xy: values, zz: values, interfaceNormal: faces, interfaceShear: faces,
      outOfPlaneStrain: 0)
    for length in [0.5e-6, 2.3e-6, 50e-6] {
      let averaged = field.averaged(over: length, mesh: mesh)
      // Weighted means of equal numbers.
      #expect(zip(averaged.xx, values).allSatisfy { abs($0 - $1) < 1e-12 })
    }
  }
}

import CellPhysics
import Foundation
import Testing

@testable import CellModel

/// What a liquid reaches, and cells whose faces stand in for an interface.
@Suite struct InfiltrationTests {
  private let thickness = 10e-6

  private func mesh(cell: Double = 0.5e-6, pore: (x: ClosedRange<Double>, y: ClosedRange<Double>)? = nil)
    -> Mesh
  {
    squareCells(cell, columns: 2, pore: pore)
  }

  private func crack(_ from: (Double, Double), _ to: (Double, Double)) -> Crack { arrivedCrack(from, to) }

  private func filling(_ mesh: Mesh, _ cracks: [Crack]) -> InfiltratedFaces {
    let crystal = PlaneTensor(xx: 1e-13, xy: 0, yy: 1e-15)
    return InfiltratedFaces(
      mesh: mesh, cracks: cracks, diffusivity: [PlaneTensor](repeating: crystal, count: mesh.cellCount))
  }

  // MARK: What is reached

  @Test func cracksFillFromTheInterfaceTheSidesOfColumnsPoresAndEachOther() {
    let mesh = mesh(pore: (x: 6e-6...7e-6, y: 1e-6...2e-6))
    let cracks = [
      crack((0, 1), (2, 2)),  // from the interface
      crack((3, 2), (4, 4)),  // to the side of its column
      crack((3, 5), (4, 8)),  // likewise, across the period
      crack((6.5, 2), (6.5, 3)),  // from a pore
      crack((1, 1.5), (1, 3)),  // from the first one
      crack((1, 3), (2.5, 3)),  // from that
      crack((8, 1), (8, 2)),  // alone
      crack((9, 1), (10, 2)),  // at the collector, which is no way in
      crack((8, 5), (8, 6)),  // two that have met, and nothing else
      crack((7, 6), (8, 6)),
    ]
    #expect(InfiltratedFaces.filled(cracks, mesh) == [0, 1, 2, 3, 4, 5])
    // One that has not arrived where it is bound for.
    var short = cracks[1]
    short.limits += SIMD2(repeating: 0.1e-6)
    #expect(InfiltratedFaces.filled([short], mesh).isEmpty)
  }

  /// Both faces of a crack count whole, whatever its place on the mesh, along lines of the mesh as well.
  @Test(arguments: [
    (0.0, 1.0, 3.3, 2.9), (0, 2, 5, 2), (4, 0, 4, 4), (4.13, 0, 4.13, 4), (2, 4, 7.7, 6.1),
    (0, 0.21, 0.07, 0.26),
  ]) func lengthsSumToBothFaces(_ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double) {
    let faces = filling(mesh(), [crack((x0, y0), (x1, y1))])
    #expect(abs(faces.length / (2e-6 * hypot(x1 - x0, y1 - y0)) - 1) < 1e-12)
  }

  /// A crack along a row of nodes is half a cell from them on average, on cells of any place.
  @Test(arguments: [3.0, 3.1, 3.25, 3.4]) func nodesAreBehindTheFaceByTheirDistance(depth: Double) {
    let mesh = mesh()
    let parts = filling(mesh, [crack((depth, 0), (depth, 4))]).parts
    #expect(!parts.isEmpty)
    for (node, part) in parts where depth != 3 {
      let distance = abs(mesh.xEdges[node / mesh.yCount] - depth * 1e-6)
      #expect(abs(part.resistance - distance / 1e-13) < 1e-9 * distance / 1e-13)
    }
    // On a line of the mesh the nodes there stand for both faces.
    if depth == 3 {
      #expect(parts.allSatisfy { $1.resistance < 1e-12 * 0.5e-6 / 1e-13 && $0 / mesh.yCount == 6 })
    }
  }

  @Test func wallsOfPoresSumToTheirOutline() {
    let faces = filling(mesh(pore: (x: 6e-6...8e-6, y: 1e-6...2e-6)), [])
    #expect(abs(faces.length / 6e-6 - 1) < 1e-12)
    // At the interface it is open there; across the period it goes on.
    let open = filling(mesh(pore: (x: 0...2e-6, y: 0...1e-6)), [])
    #expect(abs(open.length / 5e-6 - 1) < 1e-12)
  }

  // MARK: What faces do

  /// Nothing but kinetics and diffusion in the crystal takes voltage.
  private func parameters(diffusivity: Double) -> ParameterSet {
    var p = ParameterSet.defaults
    p[.fastDiffusivity] = diffusivity
    p[.slowDiffusivity] = diffusivity
    p[.roughness] = 0
    p[.counterExchangeCurrentDensity] = 1e9
    p[.cathodeSideConductivity] = 1e9
    p[.anodeSideConductivity] = 1e9
    p[.infiltratedShare] = 1
    p[.relativeTolerance] = 1e-5
    return p
  }

  private func slab(_ thickness: Double, cell: Double, _ p: ParameterSet) throws -> ElectrochemicalCell {
    let count = Int((thickness / cell).rounded())
    return try ElectrochemicalCell(
      mesh: Mesh(
        xEdges: (0...count).map { thickness * Double($0) / Double(count) }, yEdges: [0, 1e-6], columnOfY: [0],
        isSolid: [Bool](repeating: true, count: count), crystalAngle: [Double](repeating: 0, count: count)),
      parameters: p)
  }

  /// The lithium content to which a cell is discharged at 1C per crystal, from a content of 0.5.
  private func content(_ cell: ElectrochemicalCell, crystal: Double, _ p: ParameterSet) throws -> Double {
    var state = cell.uniformState(content: 0.5)
    let current = Constants.faraday * cell.maximumConcentration * crystal * 0.5 / 3600
    _ = try cell.advance(
      &state, drive: .insertionCurrent(current), until: [.terminalVoltage(3.5 - p[.counterPotential])]
    ) { _ in }
    #expect(
      abs(
        state.insertedCharge - (cell.storedCharge(state) - cell.storedCharge(cell.uniformState(content: 0.5)))
      )
        < 1e-9 * state.insertedCharge)
    return 0.5 + state.insertedCharge / (Constants.faraday * cell.maximumConcentration * crystal)
  }

  /// A crack across a film cuts off what lies before it, and its far face is the interface of the rest.
  @Test(arguments: [(0.5, 0.02), (0.25, 0.01)])
  func aFilledCrackAcrossAFilmIsTheInterfaceOfTheRest(cell: Double, tolerance: Double) throws {
    let p = parameters(diffusivity: 2e-14)
    let film = try ElectrochemicalCell(mesh: mesh(cell: cell * 1e-6), parameters: p)
    let depth = 3 + cell / 2
    film.setCracks([crack((depth, 0), (depth, 4)), crack((depth, 4), (depth, 8))])
    #expect(abs(film.isolatedShare - depth / 10) < 1e-9)
    let rest = thickness - depth * 1e-6
    let reached = try content(film, crystal: rest, p)
    let expected = try content(slab(rest, cell: 0.05e-6, p), crystal: rest, p)
    // Diffusion counts: at a hundredth of the rate the content would be 0.95.
    #expect(expected > 0.6 && expected < 0.85)
    #expect(abs(reached - expected) < tolerance * (expected - 0.5))
  }

  /// Cracks through the whole thickness, and no contact at the interface: crystals between two faces, half as thick each.
  @Test(arguments: [(0.5, 0.02), (0.25, 0.01)])
  func filledCracksThroughAFilmFeedItFromTheirFaces(cell: Double, tolerance: Double) throws {
    let p = parameters(diffusivity: 1e-15)
    let film = try ElectrochemicalCell(mesh: mesh(cell: cell * 1e-6), parameters: p)
    // In the middle of cells, every 4 um.
    film.setCracks([1, 5].map { crack((0, $0 + cell / 2), (10, $0 + cell / 2)) })
    film.setContact([Double](repeating: 0, count: film.mesh.yCount))
    let reached = try content(film, crystal: thickness, p)
    let half = 2e-6
    let expected = try content(slab(half, cell: 0.02e-6, p), crystal: half, p)
    #expect(expected > 0.6 && expected < 0.85)
    #expect(abs(reached - expected) < tolerance * (expected - 0.5))
  }

  /// What the same cracks take when the electrolyte stays outside, and give when it comes in.
  @Test func fillingTurnsALossIntoAGain() throws {
    func reached(_ share: Double, _ cracks: [Crack]) throws -> Double {
      var p = parameters(diffusivity: 2e-14)
      p[.infiltratedShare] = share
      let film = try ElectrochemicalCell(mesh: mesh(), parameters: p)
      film.setCracks(cracks)
      return try content(film, crystal: thickness, p)
    }
    let cracks = [crack((3.25, 0), (3.25, 4))]
    let (whole, blocked, filled) = (try reached(0, []), try reached(0, cracks), try reached(1, cracks))
    #expect(blocked < whole - 0.01)
    #expect(filled > whole + 0.01)
    // Without cracks nothing is there to be filled, to the last digit.
    #expect(try reached(1, []) == whole)
  }

  /// A state made with other faces goes on: lithium is what counts, currents are a first guess.
  @Test func aStateOutlivesTheFacesItWasMadeWith() throws {
    let p = parameters(diffusivity: 2e-14)
    let film = try ElectrochemicalCell(mesh: mesh(), parameters: p)
    var state = film.uniformState(content: 0.5)
    let interface = state.surfaceCurrent.count
    _ = try film.advance(&state, drive: .insertionCurrent(2), until: [.duration(100)]) { _ in }
    // The second has as many nodes as the first, elsewhere.
    for cracks in [
      [crack((0, 1), (3, 2))], [crack((0, 5), (3, 6))], [crack((0, 1), (6, 2)), crack((2, 4), (2, 6))], [],
    ] {
      film.setCracks(cracks)
      let before = film.storedCharge(state)
      let charge = state.insertedCharge
      _ = try film.advance(&state, drive: .insertionCurrent(2), until: [.duration(100)]) { _ in }
      #expect(abs(film.storedCharge(state) - before - 200) < 1e-9 * before)
      #expect(abs(state.insertedCharge - charge - 200) < 1e-9)
      #expect((state.surfaceCurrent.count > interface) == !cracks.isEmpty)
    }
  }
}

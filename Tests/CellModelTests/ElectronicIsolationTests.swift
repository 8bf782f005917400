import CellPhysics
import Foundation
import Testing

@testable import CellModel

@Suite struct ElectronicIsolationTests {

  private func mesh(cell: Double = 0.5e-6, pore: (x: ClosedRange<Double>, y: ClosedRange<Double>)? = nil)
    -> Mesh
  {
    squareCells(cell, pore: pore)
  }

  private func crack(_ from: (Double, Double), _ to: (Double, Double)) -> Crack { arrivedCrack(from, to) }

  private func share(_ cracks: [Crack], _ mesh: Mesh) throws -> Double {
    let cell = try ElectrochemicalCell(mesh: mesh, parameters: .defaults)
    cell.setCracks(cracks)
    return cell.isolatedShare
  }

  @Test(arguments: [0.5, 0.25, 0.2])
  func aCrackAcrossTheFilmIsolatesAllInFrontOfIt(cell: Double) throws {
    let mesh = mesh(cell: cell * 1e-6)
    for depth in [0.3, 2.6, 5, 7.77, 9.9] {
      // Nodes stand for half a cell to either side.
      let share = try share([crack((depth, 0), (depth, 8))], mesh)
      #expect(abs(share - depth / 10) <= 0.5 * cell / 10 + 1e-12, "\(depth)")
    }
  }

  @Test func sidesOfColumnsConduct() throws {
    // Tips end at the same side, across the period, 10 nm apart in depth: not where the other one does.
    #expect(try share([crack((4, 0), (4.01, 8))], mesh()) == 0)
    // Two columns, each crossed as a whole in another depth; in the same depth they join.
    #expect(try share([crack((4, 0), (4, 3)), crack((4.1, 3), (4.1, 8))], mesh()) == 0)
    #expect(abs(try share([crack((4, 0), (4, 3)), crack((4, 3), (4, 8))], mesh()) - 0.4) <= 0.025 + 1e-12)
  }

  /// Gaps are a hundredth of a cell wide.
  @Test func cracksThatDoNotJoinIsolateNothing() throws {
    for end in [7.995, 8] {
      let share = try share([crack((3, 0), (3, 4)), crack((3, 4), (3, end))], mesh())
      #expect(abs(share - (end == 8 ? 0.3 : 0)) <= 0.025 + 1e-12)
    }
    // Three sides of a triangle, of which the last may fall short of the first.
    for y in [1.005, 1] {
      let share = try share(
        [crack((3, 1), (7, 3)), crack((7, 3), (3, 5)), crack((3, 5), (3, y))], mesh(cell: 0.2e-6))
      // Half of 4 um by 4 um.
      #expect(abs(share - (y == 1 ? 0.1 : 0)) <= 0.01)
    }
  }

  /// A wedge between the interface and two cracks that meet, one of which goes on beyond as a dead end.
  @Test func aWedgeAtTheInterfaceConvergesToItsArea() throws {
    let wedge = [crack((0, 1.03), (3.1, 4.13)), crack((0, 6.13), (4, 2.13))]
    // They meet where x = y - 1.03 = 6.13 - y: 2.55 um deep on a base of 5.1 um.
    let exact = 0.5 * 2.55 * 5.1 / 80
    for (cell, tolerance) in [(0.5, 0.02), (0.25, 0.01), (0.1, 0.004), (0.05, 0.002)] {
      // Half a cell along both cracks at most.
      #expect(abs(try share(wedge, mesh(cell: cell * 1e-6)) - exact) < tolerance)
    }
    // Without the electrolyte's face it is none.
    let lifted = [crack((0.2, 1.23), (3.1, 4.13)), crack((0, 6.13), (4, 2.13))]
    #expect(try share(lifted, mesh(cell: 0.1e-6)) == 0)
  }

  @Test func aPoreClosesAnIsland() throws {
    let mesh = mesh(cell: 0.2e-6, pore: (x: 4e-6...6e-6, y: 2e-6...3e-6))
    // From one side of the pore round to the other, across the period.
    let around = crack((5, 3), (5, 10))
    // The share refers to crystal alone.
    let exact = (5.0 * 8 - 1) / 78
    #expect(abs(try share([around], mesh) - exact) <= 0.5 * 0.2 * 7 / 78 + 1e-12)
    // One that stops short of the pore isolates nothing.
    var short = crack((5, 3.01), (5, 10))
    short.limits[0] += 0.01e-6
    #expect(try share([short], mesh) == 0)
  }

  @Test func whatIsCutOffKeepsItsLithium() throws {
    let mesh = mesh()
    let cell = try ElectrochemicalCell(mesh: mesh, parameters: .defaults)
    let cracks = [crack((0, 1.03), (2.55, 3.58)), crack((0, 6.13), (2.55, 3.58))]
    cell.setCracks(cracks)
    #expect(cell.hasContact)
    var state = cell.uniformState(content: 0.6)
    let island = (0..<mesh.cellCount).filter { index in
      let (x, y) = (mesh.xCentre(index / mesh.yCount) * 1e6, mesh.yCentre(index % mesh.yCount) * 1e6)
      return x < y - 1.03 - 1 && x < 6.13 - y - 1
    }
    #expect(island.count > 3)
    let before = cell.storedCharge(state)
    _ = try cell.advance(&state, drive: .insertionCurrent(5), until: [.duration(600)]) { _ in }
    let content = cell.contentOfCells(state)
    // Not even what passes through edges that cracks leave open in part.
    for index in island { #expect(abs(content[index] - 0.6) < 1e-12) }
    #expect(content.max()! > 0.65)
    // The charge went into the rest: conserved to round-off.
    #expect(abs((cell.storedCharge(state) - before) / (5 * 600) - 1) < 1e-9)
    // Healed, as when damage is taken back, it takes part again.
    cell.setCracks([])
    #expect(cell.isolatedShare == 0)
    _ = try cell.advance(&state, drive: .insertionCurrent(5), until: [.duration(600)]) { _ in }
    #expect(cell.contentOfCells(state)[island[0]] > 0.61)
  }

  @Test func aFilmCutOffAsAWholeHasNoContact() throws {
    let cell = try ElectrochemicalCell(mesh: mesh(), parameters: .defaults)
    cell.setCracks([crack((4, 0), (4, 8))])
    #expect(!cell.hasContact)
  }
}

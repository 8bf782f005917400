import CellPhysics
import Foundation
import Testing

@testable import CellModel

/// Parameters of a cell without orientation spread whose separator and counter electrode lose nothing.
func lossless(_ change: (inout ParameterSet) -> Void = { _ in }) -> ParameterSet {
  var p = ParameterSet.defaults
  p[.orientationSpread] = 0
  p[.counterExchangeCurrentDensity] = 1e7
  p[.cathodeSideConductivity] = 1e6
  p[.anodeSideConductivity] = 1e6
  change(&p)
  return p
}

@Suite struct CellTests {
  @Test func limitsAreMetExactlyAndLithiumIsConserved() throws {
    let p = lossless { $0[.filmWidth] = 6e-6 }
    let mesh = Microstructure(parameters: p, seed: 3).mesh(parameters: p)
    let cell = try ElectrochemicalCell(mesh: mesh, parameters: p)
    var state = cell.uniformState(content: 0.9)
    let stored = cell.storedCharge(state)
    let first = try cell.advance(
      &state, drive: .insertionCurrent(-15.5), until: [.terminalVoltage(3.39), .duration(1e5)]
    ) { _ in }
    #expect(first == .terminalVoltage(3.39))
    #expect(abs(state.terminalVoltage - 3.39) < 1e-8)
    let hold = try cell.advance(
      &state, drive: .terminalVoltage(3.39), until: [.currentMagnitude(1.55), .duration(1e6)]
    ) { _ in }
    #expect(hold == .currentMagnitude(1.55))
    #expect(abs(abs(state.insertionCurrent) - 1.55) < 1e-8)
    let before = state.time
    let rest = try cell.advance(&state, drive: .insertionCurrent(0), until: [.duration(600)]) { _ in }
    #expect(rest == .duration(600))
    #expect(abs(state.time - before - 600) < 1e-6)
    // Round-off of some hundred updates.
    #expect(abs(cell.storedCharge(state) - stored - state.insertedCharge) < 1e-11 * stored)
  }

  @Test func lostContactLowersCapacity() throws {
    var p = ParameterSet.defaults
    p[.filmWidth] = 10e-6
    p[.orientationSpread] = 0
    let mesh = Microstructure(parameters: p, seed: 1).mesh(parameters: p)
    var previous = 0.0
    for share in [0.0, 0.4, 0.7, 1] {
      let cell = try ElectrochemicalCell(mesh: mesh, parameters: p)
      cell.setContact((0..<mesh.yCount).map { mesh.yCentre($0) < share * mesh.width ? 1 : 0.0 })
      var state = cell.uniformState(content: 0.55)
      guard share > 0 else { continue }
      _ = try cell.advance(&state, drive: .insertionCurrent(15.5), until: [.terminalVoltage(2.924)]) { _ in }
      #expect(state.insertedCharge > previous)
      previous = state.insertedCharge
    }
  }

  @Test(arguments: [1, 2, 3]) func theDefaultMeshAddsLittleAcrossTheLayers(seed: UInt64) throws {
    let p = ParameterSet.defaults
    let mesh = Microstructure(parameters: p, seed: seed).mesh(parameters: p)
    let cell = try ElectrochemicalCell(mesh: mesh, parameters: p)
    // A hundredth of the slow diffusivity is what the documentation states; 0.3 % are usual.
    #expect(cell.spuriousShare(wavelength: p[.columnSpacing]) < 0.01)
    // Shorter waves feel the fourth power: with a tenth of the length nothing is left of the accuracy.
    #expect(cell.spuriousShare(wavelength: 0.1 * p[.columnSpacing]) > 0.1)
  }

  @Test func gradedEdgesEndWhereTheyShouldAndGrow() {
    let edges = Mesh.gradedEdges(length: 23.1, first: 0.1, largest: 0.6, growth: 1.15)
    #expect(edges.first == 0 && edges.last == 23.1)
    let widths = zip(edges.dropFirst(), edges).map { $0 - $1 }
    #expect(widths.max()! <= 0.6 * (1 + 1e-12))
    #expect(zip(widths.dropFirst(), widths).allSatisfy { $0 >= $1 * (1 - 1e-9) && $0 <= $1 * 1.1501 })
  }
}

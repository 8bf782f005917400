import CellPhysics
import Foundation
import Testing

@testable import CellModel

@Suite struct CellTests {
  /// A small cell without orientation spread whose separator and counter electrode lose nothing.
  private func lossless(_ change: (inout ParameterSet) -> Void = { _ in }) -> ParameterSet {
    var p = ParameterSet.defaults
    p[.orientationSpread] = 0
    p[.counterExchangeCurrentDensity] = 1e6
    p[.cathodeSideConductivity] = 1e3
    p[.anodeSideConductivity] = 1e3
    change(&p)
    return p
  }

  /// Constant diffusivity, flat interface, full contact: the series solution of the slab.
  @Test(arguments: [0.5, 1, 2]) func timeToCutoffAgreesWithTheClosedForm(rate: Double) throws {
    var p = ParameterSet.defaults
    p[.diffusivitySlope] = 0
    p[.fastDiffusivity] = 1.44e-13
    p[.roughness] = 0
    p[.exchangeCurrentDensity] = 4 * 0.061
    p[.potentialOffset] = 0
    p[.interfaceMeshWidth] = 0.05e-6
    p[.depthMeshWidth] = 0.25e-6
    p[.meshGrowth] = 1.1
    p[.relativeTolerance] = 1e-6
    let edges = Mesh.gradedEdges(length: p[.filmThickness], first: 0.05e-6, largest: 0.25e-6, growth: 1.1)
    let count = edges.count - 1
    let mesh = Mesh(
      xEdges: edges, yEdges: [0, 1e-6], columnOfY: [0], isSolid: [Bool](repeating: true, count: count),
      crystalAngle: [Double](repeating: 0, count: count))
    let cell = try ElectrochemicalCell(mesh: mesh, parameters: p)
    var state = cell.uniformState(content: 0.548)
    let current = 15.5 * rate
    let cutoff = 3.486 - p[.counterPotential]
    _ = try cell.advance(&state, drive: .insertionCurrent(current), until: [.terminalVoltage(cutoff)]) { _ in
    }

    // x_s(t) = x0 + i t / (F c L) + (i L / (F c D)) (1/3 - 2/pi^2 sum exp(-n^2 pi^2 D t / L^2) / n^2).
    let (thickness, diffusivity) = (p[.filmThickness], p[.fastDiffusivity])
    let density = Constants.faraday * cell.maximumConcentration
    func voltage(_ time: Double) -> Double {
      var sum = 1.0 / 3
      for n in 1...400 {
        let m = Double(n * n)
        sum -= 2 / (.pi * .pi) / m * exp(-m * .pi * .pi * diffusivity * time / (thickness * thickness))
      }
      let surface =
        0.548 + current * time / (density * thickness) + current * thickness / (density * diffusivity) * sum
      let exchange = Kinetics.exchangeCurrentDensity(content: surface, reference: p[.exchangeCurrentDensity])
      let kinetic = Kinetics.overpotential(current: current, exchange: exchange, temperature: p[.temperature])
      return cell.interface.terminalVoltage(
        cathodePotential: cell.interface.openCircuitPotential(surface).value - kinetic.value,
        meanCurrent: current
      ).value
    }
    var (low, high) = (1.0, density * thickness * 0.45 / current)
    for _ in 0..<60 {
      let middle = 0.5 * (low + high)
      if voltage(middle) > cutoff { low = middle } else { high = middle }
    }
    // 0.1 %: what the mesh of this test and the tolerance allow.
    #expect(abs(state.time / low - 1) < 1e-3)
  }

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

  @Test func restRelaxesToTheOpenCircuitPotential() throws {
    let p = lossless { $0[.filmWidth] = 2e-6 }
    let cell = try ElectrochemicalCell(
      mesh: Microstructure(parameters: p, seed: 1).mesh(parameters: p), parameters: p)
    var state = cell.uniformState(content: 0.6)
    _ = try cell.advance(&state, drive: .insertionCurrent(15.5), until: [.duration(900)]) { _ in }
    _ = try cell.advance(&state, drive: .insertionCurrent(0), until: [.duration(2e5)]) { _ in }
    let mean = cell.meanContent(state)
    let equilibrium = cell.interface.openCircuitPotential(mean).value - p[.counterPotential]
    // 2e5 s are 13 times the slowest relaxation time L^2 / (pi^2 D) times ten: below a microvolt.
    #expect(abs(state.terminalVoltage - equilibrium) < 1e-6)
  }

  @Test func ohmicDropOfTheSeparatorIsExact() throws {
    var p = ParameterSet.defaults
    p[.filmWidth] = 2e-6
    p[.orientationSpread] = 0
    func voltage(_ p: ParameterSet) throws -> Double {
      let cell = try ElectrochemicalCell(
        mesh: Microstructure(parameters: p, seed: 1).mesh(parameters: p), parameters: p)
      var state = cell.uniformState(content: 0.6)
      _ = try cell.advance(&state, drive: .insertionCurrent(15.5), until: [.duration(100)]) { _ in }
      return state.terminalVoltage
    }
    let resistance = 125e-6 / 0.12 + 125e-6 / 0.16
    let with = try voltage(p)
    p[.cathodeSideConductivity] = 1e9
    p[.anodeSideConductivity] = 1e9
    let without = try voltage(p)
    #expect(abs(without - with - 15.5 * resistance) < 1e-10)
  }

  @Test func mirrorImagesGiveTheSameCell() throws {
    var p = ParameterSet.defaults
    p[.relativeTolerance] = 1e-4
    func capacity(_ sign: Double) throws -> Double {
      let columns = [(0.0, 2e-6, 0.2), (2e-6, 5e-6, -0.1)].map {
        Microstructure.Column(start: $0.0, end: $0.1, angle: sign * $0.2)
      }
      var parameters = p
      parameters[.filmWidth] = 5e-6
      let mesh = Microstructure(columns: columns).mesh(parameters: parameters)
      let cell = try ElectrochemicalCell(mesh: mesh, parameters: parameters)
      var state = cell.uniformState(content: 0.55)
      _ = try cell.advance(&state, drive: .insertionCurrent(15.5), until: [.terminalVoltage(2.924)]) { _ in }
      return state.insertedCharge
    }
    // Two columns of constant angle are symmetric about their middles: mirroring is a change of sign.
    #expect(abs(try capacity(1) / capacity(-1) - 1) < 1e-9)
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

  @Test func gradedEdgesEndWhereTheyShouldAndGrow() {
    let edges = Mesh.gradedEdges(length: 23.1, first: 0.1, largest: 0.6, growth: 1.15)
    #expect(edges.first == 0 && edges.last == 23.1)
    let widths = zip(edges.dropFirst(), edges).map { $0 - $1 }
    #expect(widths.max()! <= 0.6 * (1 + 1e-12))
    #expect(zip(widths.dropFirst(), widths).allSatisfy { $0 >= $1 * (1 - 1e-9) && $0 <= $1 * 1.1501 })
  }
}

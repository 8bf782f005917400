import CellPhysics
import Foundation
import Numerics
import Testing

@testable import CellModel

/// Cells whose behaviour is known in closed form.
@Suite struct ClosedFormTests {
  /// One crystal, one cell wide.
  private func slab(_ xEdges: [Double], _ p: ParameterSet) throws -> ElectrochemicalCell {
    let count = xEdges.count - 1
    return try ElectrochemicalCell(
      mesh: Mesh(
        xEdges: xEdges, yEdges: [0, 1e-6], columnOfY: [0], isSolid: [Bool](repeating: true, count: count),
        crystalAngle: [Double](repeating: 0, count: count)), parameters: p)
  }

  /// Constant diffusivity, and neither kinetics nor electrolyte lose any voltage.
  private func lossless() -> ParameterSet {
    var p = ParameterSet.defaults
    p[.diffusivitySlope] = 0
    p[.exchangeCurrentDensity] = 1e6
    p[.counterExchangeCurrentDensity] = 1e9
    p[.cathodeSideConductivity] = 1e9
    p[.anodeSideConductivity] = 1e9
    return p
  }

  /// The terminal voltage at equilibrium with a lithium content.
  private func equilibrium(_ cell: ElectrochemicalCell, _ content: Double) -> Double {
    cell.interface.terminalVoltage(
      cathodePotential: cell.interface.openCircuitPotential(content).value, meanCurrent: 0
    ).value
  }

  // MARK: Constant current

  /// Constant diffusivity, flat interface, full contact: the series solution of the slab.
  @Test(arguments: [0.5, 1, 2]) func slabUnderConstantCurrent(rate: Double) throws {
    var p = ParameterSet.defaults
    p[.diffusivitySlope] = 0
    p[.fastDiffusivity] = 1.44e-13
    p[.roughness] = 0
    p[.exchangeCurrentDensity] = 4 * 0.061
    p[.potentialOffset] = 0
    p[.relativeTolerance] = 1e-6
    let cell = try slab(
      Mesh.gradedEdges(length: p[.filmThickness], first: 0.05e-6, largest: 0.25e-6, growth: 1.1), p)
    let current = 15.5 * rate
    let cutoff = 3.486 - p[.counterPotential]

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
    var state = cell.uniformState(content: 0.548)
    var (worst, compared) = (0.0, 0)
    _ = try cell.advance(&state, drive: .insertionCurrent(current), until: [.terminalVoltage(cutoff)]) {
      // The first seconds are spent in the first few cells; in the last the voltage falls steeply.
      guard $0.time > 10, $0.terminalVoltage > cutoff + 0.1 else { return }
      worst = max(worst, abs($0.terminalVoltage - voltage($0.time)))
      compared += 1
    }
    #expect(compared > 10)
    // The mesh: 0.02 to 0.1 mV seen.
    #expect(worst < 2e-4)
    var (low, high) = (1.0, density * thickness * 0.45 / current)
    for _ in 0..<60 {
      let middle = 0.5 * (low + high)
      // Beyond a content of 1 the voltage is not a number, which counts as below the limit.
      if voltage(middle) > cutoff { low = middle } else { high = middle }
    }
    let end = low
    // The mesh again: 7e-6 to 1.3e-4 seen, the largest at the highest rate, whose layer is the thinnest.
    #expect(abs(state.time / end - 1) < 3e-4)
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

  // MARK: Constant voltage

  /// Cottrell's law: i sqrt(t) = F c (x_s - x_0) sqrt(D / pi) while the layer is thin.
  @Test(arguments: [0.5, 0.7]) func currentAfterAPotentialStepFollowsCottrell(target: Double) throws {
    var p = lossless()
    p[.relativeTolerance] = 1e-7
    let cell = try slab(
      Mesh.gradedEdges(length: p[.filmThickness], first: 0.05e-6, largest: 0.25e-6, growth: 1.1), p)
    var state = cell.uniformState(content: 0.6)
    let law =
      Constants.faraday * cell.maximumConcentration * (target - 0.6)
      * (p[.fastDiffusivity] / .pi).squareRoot()
    var (worst, compared) = (0.0, 0)
    _ = try cell.advance(
      &state, drive: .terminalVoltage(equilibrium(cell, target)), until: [.duration(30)]
    ) {
      // At 1 s the layer sqrt(D t) is 0.9 um thick, at 30 s a fifth of the film.
      guard $0.time > 1 else { return }
      worst = max(worst, abs($0.insertionCurrent * $0.time.squareRoot() / law - 1))
      compared += 1
    }
    #expect(compared > 10)
    // The mesh at the first times: 4e-4 seen.
    #expect(worst < 1e-3)
  }

  /// All lithium that a held voltage asks for arrives, wherever the crystals are tilted or out of contact.
  @Test func aHoldPassesTheInventory() throws {
    var p = ParameterSet.defaults
    p[.relativeTolerance] = 1e-7
    let yEdges = [0.0, 1, 2, 3, 4].map { $0 * 1e-6 }
    let xEdges = Mesh.gradedEdges(length: p[.filmThickness], first: 0.5e-6, largest: 2e-6, growth: 1.3)
    let count = 4 * (xEdges.count - 1)
    let cell = try ElectrochemicalCell(
      mesh: Mesh(
        xEdges: xEdges, yEdges: yEdges, columnOfY: [0, 0, 1, 1],
        isSolid: [Bool](repeating: true, count: count),
        crystalAngle: (0..<count).map { $0 % 4 < 2 ? 0.1 : -0.2 }), parameters: p)
    cell.setContact([1, 0.5, 1, 0])
    for (start, end) in [(0.95, 0.55), (0.55, 0.95)] {
      var state = cell.uniformState(content: start)
      // Seven times what lithium needs across a column in the slow direction, W^2 / D_s.
      _ = try cell.advance(&state, drive: .terminalVoltage(equilibrium(cell, end)), until: [.duration(3e5)]) {
        _ in
      }
      let inventory = Constants.faraday * cell.maximumConcentration * p[.filmThickness] * (end - start)
      // Stages are solved to 1e-11 of content; some 1e-10 are left (2e-10 seen).
      #expect(abs(state.insertedCharge / inventory - 1) < 1e-9)
    }
  }

  // MARK: Open circuit

  /// A film of 200 equal cells, and of its mode of n half waves: the rate n^2 pi^2 D / L^2 and the rate on the mesh.
  private func modes(_ n: Int) throws -> (
    cell: ElectrochemicalCell, shape: [Double], rate: Double, rateOnMesh: Double
  ) {
    var p = lossless()
    p[.relativeTolerance] = 1e-9
    let cells = 200
    let (thickness, diffusivity) = (p[.filmThickness], p[.fastDiffusivity])
    let waveNumber = Double(n) * .pi / thickness
    // A cosine is an eigenvector of the mesh as well, whose rate is lower by (k h)^2 / 12.
    let width = thickness / Double(cells)
    return (
      try slab((0...cells).map { width * Double($0) }, p),
      (0...cells).map { cos(waveNumber * width * Double($0)) },
      diffusivity * waveNumber * waveNumber,
      diffusivity * pow(2 / width * sin(waveNumber * width / 2), 2)
    )
  }

  /// A cosine of n half waves decays with exp(-n^2 pi^2 D t / L^2) and keeps its shape.
  @Test(arguments: [1, 2, 3]) func aCosineOfLithiumDecaysAtItsRate(n: Int) throws {
    let (cell, shape, rate, rateOnMesh) = try modes(n)
    var state = cell.uniformState(content: 0.6)
    for node in shape.indices { state.content[node] += 0.01 * shape[node] }
    _ = try cell.advance(&state, drive: .insertionCurrent(0), until: [.duration(1 / rate)]) { _ in }
    func error(_ share: Double) -> Double {
      zip(state.content, shape).reduce(0) { max($0, abs($1.0 - 0.6 - 0.01 * share * $1.1)) }
    }
    // Ten tolerances (2e-9 seen); and what (3 pi / 200)^2 / 12 takes of 0.01 / e, 7e-7.
    #expect(error(exp(-rateOnMesh / rate)) < 1e-8)
    #expect(error(exp(-1)) < 1e-6)
    // The voltage follows the surface.
    #expect(abs(state.terminalVoltage - equilibrium(cell, state.content[0])) < 1e-8)
  }

  /// Every mode that a pulse of current leaves decays at its own rate.
  @Test(arguments: [1, 2, 3]) func theModesOfAPulseDecayAtTheirRates(n: Int) throws {
    let (cell, shape, rate, rateOnMesh) = try modes(n)
    var state = cell.uniformState(content: 0.6)
    /// The share of the mode in the contents: cosines are orthogonal under the areas of the nodes.
    func amplitude() -> Double {
      let areas = cell.transport.areas
      let norm = zip(areas, shape).reduce(0) { $0 + $1.0 * $1.1 * $1.1 }
      return shape.indices.reduce(0) { $0 + areas[$1] * shape[$1] * state.content[$1] } / norm
    }
    _ = try cell.advance(&state, drive: .insertionCurrent(15.5), until: [.duration(30)]) { _ in }
    let before = amplitude()
    _ = try cell.advance(&state, drive: .insertionCurrent(0), until: [.duration(1 / rate)]) { _ in }
    // Ten tolerances over the amplitude, which is a few thousandths.
    #expect(before > 1e-3)
    #expect(abs(amplitude() - before * exp(-rateOnMesh / rate)) < 1e-8)
  }

  @Test func restRelaxesToTheOpenCircuitPotential() throws {
    var p = ParameterSet.defaults
    p[.filmWidth] = 2e-6
    p[.orientationSpread] = 0
    let cell = try ElectrochemicalCell(
      mesh: Microstructure(parameters: p, seed: 1).mesh(parameters: p), parameters: p)
    var state = cell.uniformState(content: 0.6)
    _ = try cell.advance(&state, drive: .insertionCurrent(15.5), until: [.duration(900)]) { _ in }
    _ = try cell.advance(&state, drive: .insertionCurrent(0), until: [.duration(2e5)]) { _ in }
    // 2e5 s are some 2000 times the slowest relaxation time L^2 / (pi^2 D): below a microvolt.
    #expect(abs(state.terminalVoltage - equilibrium(cell, cell.meanContent(state))) < 1e-6)
  }
}

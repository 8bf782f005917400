import CellPhysics
import Foundation
import Testing

@testable import CellModel

@Suite struct CompositeCells {
  /// A composite of 70 %.
  private func parameters(_ change: (inout ParameterSet) -> Void = { _ in }) -> ParameterSet {
    lossless {
      $0[.activeWeight] = 0.7
      change(&$0)
    }
  }

  private func cell(_ p: ParameterSet, slabs: Int) throws -> (CompositeCathode, ElectrochemicalCell) {
    let composite = CompositeCathode(p)
    let width = composite.thickness / Double(slabs)
    let patches = (0..<slabs).map { (start: Double($0) * width, end: Double($0 + 1) * width) }
    var coarse = p
    coarse[.depthMeshWidth] = max(p[.depthMeshWidth], width)
    let mesh = Mesh(particles: composite, patches: patches, parameters: coarse)
    return (composite, try ElectrochemicalCell(composite: composite, mesh: mesh, parameters: p))
  }

  @Test func allLithiumIsThatOfTheActiveMass() throws {
    let p = parameters()
    let (composite, cell) = try cell(p, slabs: 8)
    let state = cell.uniformState(content: 0.6)
    let expected = 0.6 * Constants.faraday * composite.activeMassPerArea / p[.molarMass]
    #expect(abs(cell.storedCharge(state) / expected - 1) < 1e-12)
    #expect(abs(cell.meanContent(state) - 0.6) < 1e-12)
  }

  @Test func limitsAreMetAndLithiumIsConserved() throws {
    let (_, cell) = try cell(parameters(), slabs: 20)
    var state = cell.uniformState(content: 0.55)
    let stored = cell.storedCharge(state)
    let end = try cell.advance(
      &state, drive: .insertionCurrent(15.5), until: [.terminalVoltage(2.924), .duration(1e5)]
    ) { _ in }
    #expect(end == .terminalVoltage(2.924))
    #expect(state.insertedCharge > 0.3 * stored)
    // Round-off of some hundred updates.
    #expect(abs(cell.storedCharge(state) - stored - state.insertedCharge) < 1e-11 * stored)
  }

  /// A sphere filled at a constant rate: surface less mean comes to (dx/dt) R^2 / (15 D).
  @Test func spheresFillAsFickSays() throws {
    func error(_ width: Double) throws -> Double {
      let p = parameters {
        $0[.diffusivitySlope] = 0
        // No losses between the particles, so that all fill alike; one slab says it all.
        ($0[.electrolyteConductivity], $0[.electronicConductivity]) = (1e6, 1e6)
        ($0[.interfaceMeshWidth], $0[.depthMeshWidth], $0[.meshGrowth]) = (width, width, 1)
        $0[.relativeTolerance] = 1e-7
      }
      let (composite, cell) = try cell(p, slabs: 1)
      var state = cell.uniformState(content: 0.6)
      // Transients are gone after half a diffusion time: exp(-20 D t / R^2).
      let radius = composite.particleRadius, diffusivity = composite.particleDiffusivity
      _ = try cell.advance(
        &state, drive: .insertionCurrent(1), until: [.duration(1.5 * radius * radius / diffusivity)]
      ) { _ in }
      let rate = 1 / (Constants.faraday * composite.activeMassPerArea / p[.molarMass])
      let expected = rate * radius * radius / (15 * diffusivity)
      let found = try #require(cell.surfaceContent(state)) - cell.meanContent(state)
      return found / expected - 1
    }
    let (coarse, fine) = (try error(0.23e-6), try error(0.115e-6))
    #expect(abs(fine) < 0.01)
    // Second order; a first-order share from lumping at the surface would show.
    #expect(abs(coarse / fine) > 3.5 && abs(coarse / fine) < 4.5)
  }

  /// The area resistance of a porous electrode with linear kinetics, before any lithium has moved.
  ///
  ///     R = L / (kappa + sigma) (1 + (2 + (sigma/kappa + kappa/sigma) cosh v) / (v sinh v)),  v^2 = (L/kappa + L/sigma) / R_ct
  ///
  /// Source: Newman & Thomas-Alyea, Electrochemical Systems, 3rd ed., sec. 22.4.
  @Test(arguments: [(0.16, 1.0), (0.01, 1.0), (0.002, 0.004), (1.0, 0.003)])
  func theReactionSpreadsAsNewmanSays(ions: Double, electrons: Double) throws {
    func found(_ slabs: Int) throws -> (resistance: Double, expected: Double) {
      let p = parameters {
        ($0[.electrolyteConductivity], $0[.electronicConductivity]) = (ions, electrons)
        // Fast enough that contents stay what they are.
        $0[.particleDiffusivity] = 1e-8
      }
      let (composite, cell) = try cell(p, slabs: slabs)
      let content = 0.6
      var state = cell.uniformState(content: content)
      let rest = state.terminalVoltage
      let current = 1e-4
      _ = try cell.advance(&state, drive: .insertionCurrent(current), until: [.duration(1e-3)]) { _ in }
      let exchange = Kinetics.exchangeCurrentDensity(
        content: content, reference: p[.exchangeCurrentDensity])
      let transfer =
        Constants.gas * p[.temperature] / (Constants.faraday * exchange * composite.areaRatio)
      let (kappa, sigma, length) = (
        composite.ionicConductivity, composite.electronicConductivity, composite.thickness
      )
      let v = ((length / kappa + length / sigma) / transfer).squareRoot()
      let expected =
        length / (kappa + sigma)
        * (1 + (2 + (sigma / kappa + kappa / sigma) * cosh(v)) / (v * sinh(v)))
      return ((rest - state.terminalVoltage) / current, expected)
    }
    let coarse = try found(20), fine = try found(40)
    let (before, after) = (
      coarse.resistance / coarse.expected - 1, fine.resistance / fine.expected - 1
    )
    // Slabs of constant current: second order, up to what lithium that moves in a millisecond adds.
    #expect(abs(after) < 3e-3)
    #expect(abs(after) < 0.3 * abs(before) || abs(after) < 2e-4, "\(before) \(after)")
  }

  @Test func particlesThatHaveDebondedCarryNothing() throws {
    let p = parameters()
    let (composite, cell) = try cell(p, slabs: 10)
    let stresses = ParticleStresses(mesh: cell.mesh, parameters: p)
    let loading = StressLoading(
      contentChange: [Double](repeating: 0.3, count: cell.mesh.cellCount), pressure: 5e6)
    let damage = (0..<cell.mesh.yCount).map { $0 < 5 ? 0.0 : 1 }
    let field = stresses.field(loading, interfaceDamage: damage)
    // Lithium shrinks the crystals: the bond is pulled where there is one.
    #expect(field.interfaceNormal[0] > 1e7 && field.interfaceNormal[9] < 1e-4 * field.interfaceNormal[0])
    let elasticity = ParticleElasticity(p)
    let expected = elasticity.surfaceTraction(
      meanStrain: 0.3 * elasticity.strainPerContent, pressure: 5e6, radius: composite.particleRadius,
      bond: p[.interfaceStiffness])
    #expect(abs(field.interfaceNormal[0] / expected - 1) < 1e-12)
    // A uniform content strains a sphere evenly.
    for cell in 0..<5 {
      #expect(abs(field.xx[cell] / expected - 1) < 1e-9 && abs(field.yy[cell] / expected - 1) < 1e-9)
    }
  }

  /// Capacity in mAh/g and voltages at charges by PyBaMM's DFN with a single-ion conductor.
  ///
  /// Made by `Sources/CellModel/CellModel.docc/composite.py` with PyBaMM 26.10.1.1; its own error is 0.007 mAh/g.
  @Test(arguments: [
    (
      0.6, 0.1, 120.884,
      [(12.088, 3.90502), (36.265, 3.81759), (60.442, 3.77088), (84.619, 3.75642), (108.796, 3.70386)]
    ),
    (
      0.6, 0.5, 110.801,
      [(11.080, 3.86620), (33.240, 3.78678), (55.401, 3.74266), (77.561, 3.72577), (99.721, 3.67616)]
    ),
    (
      0.8, 0.1, 120.595,
      [(12.059, 3.90323), (36.178, 3.81583), (60.297, 3.76887), (84.416, 3.75397), (108.535, 3.70167)]
    ),
    (
      0.8, 0.5, 109.996,
      [(11.000, 3.85804), (32.999, 3.77863), (54.998, 3.73397), (76.997, 3.71563), (98.996, 3.66677)]
    ),
  ])
  func dischargesAreThoseOfAnIndependentCode(
    content: Double, rate: Double, capacity: Double, voltages: [(Double, Double)]
  ) throws {
    let p = parameters {
      $0[.activeWeight] = content
      $0[.counterPotential] = 0
    }
    let (composite, cell) = try cell(p, slabs: 60)
    var state = cell.uniformState(content: 0.5366)
    let current = 15.5 * rate
    // C/m2 per mAh/g.
    let scale = 3600 * composite.activeMassPerArea
    for (charge, voltage) in voltages {
      let duration = (charge * scale - state.insertedCharge) / current
      _ = try cell.advance(&state, drive: .insertionCurrent(current), until: [.duration(duration)]) { _ in }
      // Both codes' own errors are a tenth of this.
      #expect(abs(state.terminalVoltage - voltage) < 1.5e-3, "\(charge): \(state.terminalVoltage)")
    }
    _ = try cell.advance(&state, drive: .insertionCurrent(current), until: [.terminalVoltage(3.544)]) { _ in }
    #expect(abs(state.insertedCharge / scale / capacity - 1) < 2e-3, "\(state.insertedCharge / scale)")
  }
}

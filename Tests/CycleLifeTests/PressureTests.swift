import CellPhysics
import Testing

@testable import CellModel
@testable import CycleLife

@Suite struct PressureAndLosses {
  /// Without chemical strain of the crystals the counter electrode alone moves the frame.
  @Test func theFrameFollowsTheChargePassed() throws {
    let scenario = smallScenario(cycles: 1) {
      $0[.frameStiffness] = 2e12
      $0[.chemicalStrainA] = 0
      $0[.chemicalStrainC] = 0
    }
    let p = scenario.parameters
    for sample in try run(scenario).sink.samples {
      let inserted = sample.dischargePassed - sample.chargePassed
      let expected = p[.stackPressure] - 2e12 * p[.counterExpansion] * inserted / Constants.faraday
      // Charges are sums of steps.
      #expect(abs(sample.pressure / expected - 1) < 1e-9)
    }
  }

  /// Oriented crystals: the layers along the thickness shrink by beta_a times the content they lose.
  @Test func theCathodeShrinksAsItIsCharged() throws {
    let p = smallScenario(cycles: 1) {
      $0[.frameStiffness] = 1e12
      $0[.counterExpansion] = 0
    }.parameters
    let mesh = Microstructure(columns: [.init(start: 0, end: p[.filmWidth], angle: 0)]).mesh(parameters: p)
    let control = PressureControl(parameters: p, mesh: mesh)
    let content = [Double](repeating: p[.initialContent] - 0.4, count: mesh.cellCount)
    let expected = p[.stackPressure] - 1e12 * 0.4 * p[.chemicalStrainA] * p[.filmThickness]
    #expect(abs(control.pressure(insertedCharge: -1e4, contentOfCells: content) / expected - 1) < 1e-12)
  }

  /// Zero but for the round-off of a solve with 1e4 unknowns; pores are filled with next to no stiffness.
  @Test(arguments: [(0.0, 1e-10), (0.05, 1e-6)]) func forcesBalanceInEveryCycle(pores: Double, error: Double)
    throws
  {
    let scenario = smallScenario(cycles: 2) {
      $0[.frameStiffness] = 1e12
      $0[.debondingRate] *= 100
      $0[.poreFraction] = pores
    }
    for cycle in try run(scenario).sink.cycles {
      #expect(cycle.audit.forceBalanceError < error)
      #expect(cycle.audit.meanInPlaneStrain < -0.01)
      #expect((0...1).contains(cycle.audit.highStressShare) && (0...1).contains(cycle.audit.overloadedShare))
    }
  }

  /// A continuous film held at its mean strain: no force in plane, and the moment of the closed form of its stress.
  @Test func theMomentOfAClampedLayerIsAudited() throws {
    let p = smallScenario(cycles: 1).parameters
    let mesh = Microstructure(columns: [.init(start: 0, end: p[.filmWidth], angle: 0)]).mesh(parameters: p)
    let change = (0..<mesh.cellCount).map { -0.4 + 0.3 * mesh.xCentre($0 / mesh.yCount) / mesh.thickness }
    var model = try StressModel(mesh: mesh, parameters: p)
    let field = try model.solve(
      contentChange: change, interfaceDamage: [Double](repeating: 0, count: mesh.yCount), pressure: 0)
    var auditor = StressAuditor(mesh: mesh, parameters: p)
    auditor.take(field, averaged: field, contentChange: change, pressure: 0)
    // s_YY = [(C33 - C13^2 / C11) b_c + C13 (1 - C12 / C11) b_a] (mean - content).
    let (c11, c12, c13, c33) = (p[.stiffness11], p[.stiffness12], p[.stiffness13], p[.stiffness33])
    let modulus =
      (c33 - c13 * c13 / c11) * p[.chemicalStrainC] + c13 * (1 - c12 / c11) * p[.chemicalStrainA]
    let areas = change.indices.map { mesh.area($0 / mesh.yCount, $0 % mesh.yCount) }
    let mean = zip(change, areas).reduce(0) { $0 + $1.0 * $1.1 } / (mesh.width * mesh.thickness)
    let moment = change.indices.reduce(0) { sum, cell in
      let arm = 0.5 * mesh.thickness - mesh.xCentre(cell / mesh.yCount)
      return sum + areas[cell] * modulus * (mean - change[cell]) * arm / mesh.width
    }
    // Round-off of stresses of gigapascals.
    #expect(abs(auditor.audit.inPlaneMoment / moment - 1) < 1e-10)
    #expect(abs(auditor.audit.meanInPlaneStress) < 1e-10 * field.yy.map(abs).max()!)
    #expect(abs(auditor.audit.meanInPlaneStrain / (mean * p[.chemicalStrainC]) - 1) < 1e-12)
  }

  @Test func aWeakInterfaceIsAudited() throws {
    func share(_ strength: Double) throws -> Double {
      try run(
        smallScenario(cycles: 1) {
          $0[.interfaceNormalStrength] = strength
          $0[.interfaceShearStrength] = strength
        }
      ).sink.cycles[0].audit.overloadedShare
    }
    #expect(try share(1e4) > 0.9)
    #expect(try share(1e11) == 0)
  }

  /// At a small current the resistance adds i R / (f A_r) to the overpotential.
  @Test func theInterphaseTakesItsOhmicDrop() throws {
    let scenario = smallScenario(cycles: 1)
    let runner = try CycleRunner(scenario)
    let cell = try ElectrochemicalCell(mesh: runner.mesh, parameters: scenario.parameters)
    func voltage(_ resistance: Double) throws -> Double {
      cell.setInterphase(resistance: resistance)
      var state = cell.uniformState(content: 0.7)
      _ = try cell.advance(&state, drive: .insertionCurrent(1), until: [.duration(0.01)]) { _ in }
      return state.terminalVoltage
    }
    let p = scenario.parameters
    let ratio = Kinetics.activeAreaRatio(roughness: p[.roughness], correlationLength: p[.roughnessLength])
    let drop = try voltage(0) - voltage(20e-4)
    // The current spreads evenly over a fresh film but for its columns.
    #expect(abs(drop / (20e-4 / ratio) - 1) < 1e-3)
  }

  @Test func theInterphaseGrowsFromCycleToCycle() throws {
    let scenario = smallScenario(cycles: 3) { $0[.interphaseGrowth] = 130e-4 / 86_400.0.squareRoot() }
    let cycles = try run(scenario).sink.cycles
    #expect(zip(cycles, cycles.dropFirst()).allSatisfy { $0.interphaseResistance < $1.interphaseResistance })
    #expect(cycles[2].dischargeCapacity < 0.99 * cycles[0].dischargeCapacity)
  }

  private func attributed(_ interval: Int, _ change: @escaping (inout ParameterSet) -> Void) throws -> (
    MemorySink, CycleRunner
  ) {
    var scenario = smallScenario(cycles: 3) {
      // So fast that much debonds in the second cycle and the third.
      $0[.debondingRate] = 1000
      $0[.crackGrowthRate] *= 3
      $0[.interphaseGrowth] = 10e-4 / 86_400.0.squareRoot()
      change(&$0)
    }
    scenario.attributionInterval = interval
    let result = try run(scenario)
    return (result.sink, result.runner)
  }

  @Test func attributionChangesNothingElse() throws {
    let (with, first) = try attributed(1) { _ in }
    let (without, second) = try attributed(0) { _ in }
    #expect(with.samples == without.samples && first.state == second.state)
    #expect(with.cycles.map(\.dischargeCapacity) == without.cycles.map(\.dischargeCapacity))
    #expect(with.cycles.map(\.solves) == without.cycles.map(\.solves))
    #expect(without.cycles.allSatisfy { $0.attribution == nil })
    // In its first cycle a cell has its pristine damage.
    let losses = try with.cycles.map { try #require($0.attribution) }
    #expect(losses[0] == LossAttribution(whole: 0, parts: [0, 0, 0]))
    #expect(losses[2].parts.allSatisfy { $0 > 0 } && losses[2].whole > losses[1].whole)
    // Small losses add up.
    #expect(abs(losses[2].interaction) < 0.2 * losses[2].whole)
  }

  @Test func aSoleMechanismTakesTheWholeLoss() throws {
    let (sink, _) = try attributed(3) {
      $0[.crackGrowthRate] = 0
      $0[.interphaseGrowth] = 0
    }
    let loss = try #require(sink.cycles[2].attribution)
    #expect(loss.parts[0] == 0 && loss.parts[2] == 0)
    #expect(loss.parts[1] == loss.whole && loss.whole > 0 && loss.interaction == 0)
  }
}

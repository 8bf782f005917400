import CellPhysics
import Foundation
import Testing

@testable import CellModel
@testable import CycleLife

/// One dimension against two, and cells at the limits of what a scenario may say.
@Suite struct FidelityTests {
  /// One discharge at a multiple of 1C from the charged cell at rest, C/m2, with the end of the run.
  private func discharge(
    _ fidelity: Fidelity, rate: Double = 1, _ change: (inout ParameterSet) -> Void
  ) throws -> (records: [CycleRecord], outcome: RunOutcome, runner: CycleRunner) {
    var scenario = smallScenario(cycles: 1) {
      $0[.initialContent] = 0.532
      $0[.crackGrowthRate] = 0
      $0[.debondingRate] = 0
      change(&$0)
    }
    scenario.fidelity = fidelity
    scenario.protocolSteps = [
      ProtocolStep(
        control: .current(-15.5 * rate), limits: [.voltage(3.544 - scenario.parameters[.counterPotential])],
        text: "Discharge at \(rate)C until 3.544 V vs Li")
    ]
    let (sink, outcome, runner) = try run(scenario)
    return (sink.cycles, outcome, runner)
  }

  @Test func anAlignedCrystalIsOneDimensional() throws {
    let uniform: (inout ParameterSet) -> Void = {
      $0[.orientationSpread] = 0
      $0[.flawDensity] = 0
    }
    let section = try discharge(.twoDimensional, uniform).records[0]
    let line = try discharge(.oneDimensional, uniform).records[0]
    // The same equations on the same mesh lines; what is left is where the solvers stop, 1e-6 of the content in a stage.
    #expect(abs(line.dischargeCapacity / section.dischargeCapacity - 1) < 2e-6)
    #expect(abs(line.effectiveDiffusivity / section.effectiveDiffusivity - 1) < 1e-9)
    #expect(abs(line.transportLoss - section.transportLoss) < 2e-6)
  }

  @Test func homogenisationForgetsShadowsOnly() throws {
    let section = try discharge(.twoDimensional) { _ in }.records[0]
    let line = try discharge(.oneDimensional) { _ in }.records[0]
    // What one dimension leaves out, starved wedges and shadows of flaws, can only cost capacity.
    #expect(line.dischargeCapacity > section.dischargeCapacity)
    #expect(line.dischargeCapacity < 1.15 * section.dischargeCapacity)
    // Steady flux feels flaws through their density tensor: 10 % is how far the dilute sum is off here.
    #expect(abs(line.effectiveDiffusivity / section.effectiveDiffusivity - 1) < 0.1)
  }

  @Test func poresThinTheInventoryInBothDimensions() throws {
    let porous: (inout ParameterSet) -> Void = {
      $0[.poreFraction] = 0.05
      $0[.flawDensity] = 0
    }
    let section = try discharge(.twoDimensional, rate: 0.005, porous)
    let line = try discharge(.oneDimensional, rate: 0.005, porous)
    #expect(section.runner.activeMassPerArea == line.runner.activeMassPerArea)
    // One dimension was averaged from this very section, pores included.
    let diffusivities = try [section, line].map { try $0.runner.effectiveDiffusivity() }
    #expect(abs(diffusivities[1] / diffusivities[0] - 1) < 1e-9)
    // So slow that both are filled until the voltage of a uniform film is at its cutoff: 1 % of gradients are left.
    #expect(abs(line.records[0].dischargeCapacity / section.records[0].dischargeCapacity - 1) < 0.01)
    // Currents balance to 1e-7 A/m2, which 200 hours add up.
    #expect(line.records[0].lithiumBalanceError < 1e-9)
  }

  @Test func cracksLowerTheDiffusivityByTheirDensity() throws {
    var p = ParameterSet.defaults
    p[.orientationSpread] = 0
    let mesh = Microstructure(columns: [.init(start: 0, end: 40e-6, angle: 0)]).mesh(parameters: p)
    let film = try HomogenisedFilm(mesh, parameters: p)
    let half = 0.5e-6
    func crack(_ inclination: Double) -> Crack {
      Crack(x: 1e-5, y: 1e-5, inclination: inclination, tips: SIMD2(half, half), limits: SIMD2(1, 1))
    }
    let area = mesh.thickness * mesh.width
    let (fast, slow) = (p[.fastDiffusivity], p[.slowDiffusivity])
    let blocked = film.diffusivity(cracks: [crack(0)], angles: [0])[0].xx
    let expected = 1 / (1 / fast + .pi * half * half / area / (fast * slow).squareRoot())
    #expect(abs(blocked / expected - 1) < 1e-9)
    // Along the layers, also of a tilted crystal, a crack blocks nothing.
    #expect(abs(film.diffusivity(cracks: [crack(.pi / 2)], angles: [0])[0].xx / fast - 1) < 1e-9)
    #expect(abs(film.diffusivity(cracks: [crack(.pi / 2 + 0.3)], angles: [0.3])[0].xx / fast - 1) < 1e-9)
  }

  @Test(arguments: Fidelity.allCases) func limitsEndInAResultOrAPhysicalReason(fidelity: Fidelity) throws {
    let corners: [(rate: Double, change: (inout ParameterSet) -> Void, reason: String?)] = [
      (1, { $0[.contactFraction] = 0 }, "no part of the interface is in contact"),
      (1, { $0[.roughness] = 0 }, nil),
      (1, { $0[.columnSpacing] = 1e-3 }, nil),
      (1, { $0[.fastDiffusivity] = 1e-14 }, nil),
      (10, { _ in }, "cutoff reached at once: the ohmic drop alone is 0.38 V"),
      (10, { $0[.fastDiffusivity] = 1e-14 }, "cutoff reached at once"),
      (
        5,
        {
          $0[.roughness] = 0; $0[.contactFraction] = 0.05
        }, "cutoff reached at once"
      ),
    ]
    for (rate, change, reason) in corners {
      let end = try discharge(fidelity, rate: rate, change)
      if let reason {
        guard case .infeasible(_, _, let words) = end.outcome else {
          Issue.record("ended with \(end.outcome)")
          continue
        }
        #expect(words.contains(reason))
      } else {
        #expect(end.outcome == .finished(cycles: 1))
        #expect(end.records[0].dischargeCapacity > 0)
      }
    }
  }
}

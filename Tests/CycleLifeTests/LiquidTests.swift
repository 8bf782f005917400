import CellModel
import CellPhysics
import Testing

@testable import CycleLife

/// The film in a liquid electrolyte: all of it wet, nothing bonded, cracks filled.
@Suite struct LiquidTests {
  /// Flaws enough, and rates far above the shipped ones, so that cracks come to the sides of columns within a few cycles.
  private func scenario(cycles: Int, infiltrated: Double? = nil) -> Scenario {
    var scenario = smallScenario(cycles: cycles) {
      CathodeElectrolyte.liquid.apply(to: &$0)
      CounterElectrode.lithium.apply(to: &$0)
      $0[.crackGrowthRate] = 10e-6
      $0[.flawDensity] = 0.2e12
      $0[.cleavageFraction] = 0
      $0[.orientationSpread] = 0.2
      if let infiltrated { $0[.infiltratedShare] = infiltrated }
    }
    scenario.electrolyte = .liquid
    scenario.counterElectrode = .lithium
    return scenario
  }

  @Test func allStaysWetThoughNothingIsBonded() throws {
    let result = try run(scenario(cycles: 1))
    #expect(result.outcome == .finished(cycles: 1))
    // What holds 0.04 MPa breaks under any load, and that changes nothing.
    #expect(result.runner.damage.patches.contains { $0.debonded > 0.9 })
    #expect(result.sink.cycles.allSatisfy { $0.contactFraction > 1 - 1e-12 })
    // Without a stiff electrolyte to pull at, a film of well aligned crystals swells freely.
    let solid = try run(smallScenario(cycles: 1))
    let liquid = try run(smallScenario(cycles: 1) { CathodeElectrolyte.liquid.apply(to: &$0) })
    #expect(liquid.sink.cycles[0].peakTensileStress < 0.5 * solid.sink.cycles[0].peakTensileStress)
  }

  @Test func filledCracksTakeLessThanDryOnes() throws {
    let filled = try run(scenario(cycles: 3))
    let dry = try run(scenario(cycles: 3, infiltrated: 0))
    let arrived = filled.runner.damage.cracks.filter { crack in
      (0..<2).contains { crack.tips[$0] >= crack.limits[$0] - 1e-9 }
    }
    #expect(!arrived.isEmpty && arrived.count < filled.runner.damage.cracks.count)
    #expect(filled.sink.cycles[2].dischargeCapacity > 1.005 * dry.sink.cycles[2].dischargeCapacity)
    // Lithium that comes in through cracks is counted.
    #expect(filled.sink.cycles.allSatisfy { $0.lithiumBalanceError < 1e-9 })
  }

  /// Nodes of faces come and go with the cracks that fill; what a state says of them is a first guess.
  @Test func aRunContinuedAfterAnyCycleIsTheWholeRun() throws {
    let scenario = scenario(cycles: 3)
    let whole = try run(scenario)
    for done in 1..<3 {
      var shorter = scenario
      shorter.cycles = done
      let part = try run(shorter)
      var rest = MemorySink()
      var runner = try CycleRunner(scenario, resuming: part.runner.state)
      #expect(try runner.run(into: &rest) == whole.outcome)
      #expect(rest.cycles.map(\.dischargeCapacity) == whole.sink.cycles[done...].map(\.dischargeCapacity))
      #expect(runner.state == whole.runner.state)
    }
  }
}

import CellPhysics
import Foundation
import Testing

@testable import CellModel
@testable import CycleLife

private struct HotspotSink: RunSink {
  var cycles: [CycleRecord] = []
  var records: [HotspotRecord] = []
  mutating func record(_ sample: TimeSample) {}
  mutating func record(_ cycle: CycleRecord) { cycles.append(cycle) }
  mutating func record(_ hotspots: [HotspotRecord]) { records += hotspots }
}

@Suite struct Hotspots {
  private func run(_ scenario: Scenario) throws -> HotspotSink {
    var runner = try CycleRunner(scenario)
    var sink = HotspotSink()
    _ = try runner.run(into: &sink)
    return sink
  }

  @Test func theyAreThoseOfTheMomentsAndOfDeliveredCapacities() throws {
    var scenario = smallScenario(cycles: 2)
    scenario.fieldCycles = [2]
    // 20 and 40 mAh/g; the last is more than there is.
    scenario.fieldCapacities = [72_000, 144_000, 3_600_000]
    let sink = try run(scenario)
    #expect(
      sink.records.map(\.moment) == [.charged, .discharged, .delivered(72_000), .delivered(144_000)])
    #expect(sink.records.allSatisfy { $0.cycle == 2 && (0...1).contains($0.defectShare) })
    for record in sink.records {
      let stresses = record.places.map(\.stress)
      #expect(!stresses.isEmpty && stresses.count <= HotspotRecord.count)
      #expect(zip(stresses, stresses.dropFirst()).allSatisfy { $0 >= $1 } && stresses.allSatisfy { $0 > 0 })
      #expect(record.places.allSatisfy { (0...1).contains($0.content) && $0.site != .none })
      // No two are nearer than the averaging length, along the periodic film too.
      for (index, one) in record.places.enumerated() {
        for other in record.places[..<index] {
          let direct = abs(one.y - other.y)
          let apart = hypot(one.x - other.x, min(direct, scenario.parameters[.filmWidth] - direct))
          #expect(apart > scenario.parameters[.averagingLength])
        }
      }
    }
    // The end of the discharge is one of the states that the record of the cycle looks at.
    let largest = try #require(sink.records[1].places.first).stress
    #expect(largest <= sink.cycles[1].peakTensileStress)
  }

  /// They are looked at and leave everything as it was.
  @Test func lookingChangesNothing() throws {
    let plain = smallScenario(cycles: 2)
    var watched = plain
    watched.fieldCycles = [1, 2]
    watched.fieldCapacities = [72_000]
    // Records hold numbers that are not one and would differ from themselves.
    #expect(try "\(run(plain).cycles)" == "\(run(watched).cycles)")
  }

  /// The content of a film that fills evenly in the charge passed, whatever the steps.
  @Test func betweenTwoStatesTheContentIsInterpolatedInTheCharge() throws {
    let cell = try CycleRunner(smallScenario(cycles: 1)).state.cell
    func state(_ charge: Double) -> CellState {
      var state = cell
      state.insertedCharge = charge
      return state
    }
    // 10 C/m2 of charge, then 100 of discharge in two steps, with 2 kg/m2.
    var watch = DeliveryWatch([5, 30, 45, 51], massPerArea: 2, from: state(0))
    for charge in [-10.0, 30, 90] {
      watch.take(state(charge), content: { [$0.insertedCharge] }, pressure: { $0 + $1[0] })
    }
    #expect(watch.states.map(\.capacity) == [5, 30, 45])
    // Delivered is counted from the end of the charge: inserted is 2 x capacity - 10.
    let expected = [0.0, 50, 80]
    #expect(zip(watch.states, expected).allSatisfy { abs($0.contentOfCells[0] - $1) < 1e-12 })
    #expect(zip(watch.states, expected).allSatisfy { abs($0.pressure - 2 * $1) < 1e-12 })
  }

  @Test func defectsAreTipsPoresAndEdgesOfLostContact() throws {
    let sites: [Hotspot.Site] = [
      .none, .pore, .voidEdge, .crackTip, .columnFoot, .columnBoundary, .interface, .collector, .crystal,
    ]
    #expect(sites.filter(\.isDefect) == [.pore, .voidEdge, .crackTip])
    // Without flaws, pores and damage there are none.
    let scenario = smallScenario(cycles: 1) { $0[.flawDensity] = 0 }
    let runner = try CycleRunner(scenario)
    func share(_ damage: Damage) -> Double {
      HotspotFinder(mesh: runner.mesh, microstructure: runner.microstructure, damage: damage, reach: 1e-6)
        .defectShare
    }
    #expect(share(runner.damage) == 0)
    // One crack in the middle, whose tips are 4 um apart: two discs of 1 um, up to the cells of 2 by 1 um.
    var damage = runner.damage
    damage.cracks = [
      Crack(x: 11e-6, y: 5e-6, inclination: 0, tips: SIMD2(repeating: 2e-6), limits: SIMD2(repeating: 9e-6))
    ]
    let discs = 2 * Double.pi / (23.1 * 10)
    #expect(abs(share(damage) / discs - 1) < 0.6)
  }
}

import CellPhysics
import CycleLife
import Foundation
import Testing

@testable import RunFiles

/// Every file in `scenarios` is read and run for two cycles on a coarse mesh.
@Suite struct ShippedScenarios {
  static let files: [String] = {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("scenarios")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".yaml") }.sorted().map { folder.appendingPathComponent($0).path }
  }()

  private struct Records: RunSink {
    var cycles: [CycleRecord] = []
    mutating func record(_ sample: TimeSample) {}
    mutating func record(_ cycle: CycleRecord) { cycles.append(cycle) }
  }

  @Test func thereAreSome() { #expect(!Self.files.isEmpty) }

  /// A plain scenario as it is, and the first and last case of a study.
  @Test(arguments: files) func runs(path: String) throws {
    let coarse = [
      "numerics.mesh width=1 um", "numerics.depth mesh width=2 um", "numerics.interface mesh width=0.4 um",
      "numerics.mesh growth=1.3", "run.cycles=2",
    ]
    // Studies are as narrow as their columns allow, which saves time and leaves out nothing that could fail.
    let isStudy = try !ScenarioReader().readStudy(path: path).cases.isEmpty
    let overrides = coarse + (isStudy ? ["cathode.width=12 um"] : [])
    let study = try ScenarioReader(overrides: overrides).readStudy(path: path)
    guard let first = study.cases.first, let last = study.cases.last else {
      return try check(study.base.scenario, cycles: 2, path)
    }
    // The figure is asked for, and the coarse mesh leaves it its axes.
    #expect(study.figure != nil)
    for single in [first, last] {
      var scenario = try study.scenario(of: single).scenario
      // Studies discharge only, which makes no second cycle.
      scenario.cycles = 1
      try check(scenario, cycles: 1, path)
    }
  }

  private func check(_ scenario: Scenario, cycles: Int, _ path: String) throws {
    var records = Records()
    var runner = try CycleRunner(scenario)
    let end = try runner.run(into: &records)
    // A composite whose electrolyte has fallen apart is a case of its study: it cannot even begin.
    if case .infeasible = end, scenario.composite?.isConnected == false { return }
    #expect(end == .finished(cycles: cycles))
    for cycle in records.cycles {
      #expect(cycle.lithiumBalanceError < 1e-10)
      // Crystals at all angles need a finer mesh than columns for the same excess: 0.06 in the worst case.
      #expect(cycle.contentExcess < 0.1)
      // A mesh three times as coarse is still the same cell: within 10 % of the 86 mAh/g of the fine one.
      let capacity = cycle.dischargeCapacity / 3600 / runner.activeMassPerArea
      if path.hasSuffix("dense-lco-1c.yaml") { #expect(abs(capacity / 86 - 1) < 0.1) }
    }
  }
}

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

  @Test(arguments: files) func runs(path: String) throws {
    let coarse = [
      "numerics.mesh width=1 um", "numerics.depth mesh width=2 um", "numerics.interface mesh width=0.4 um",
      "numerics.mesh growth=1.3", "run.cycles=2",
    ]
    let scenario = try ScenarioReader(overrides: coarse).read(path: path).scenario
    var records = Records()
    var runner = try CycleRunner(scenario)
    #expect(try runner.run(into: &records) == .finished(cycles: 2))
    for cycle in records.cycles {
      #expect(cycle.lithiumBalanceError < 1e-10)
      #expect(cycle.contentExcess < 0.05)
      // A mesh three times as coarse is still the same cell: within 10 % of the 86 mAh/g of the fine one.
      let capacity = cycle.dischargeCapacity / 3600 / runner.activeMassPerArea
      if path.hasSuffix("dense-lco-1c.yaml") { #expect(abs(capacity / 86 - 1) < 0.1) }
    }
  }
}

import Foundation
import RunFiles
import Testing

@testable import cyclelife_bench

@Suite struct Inputs {
  /// What a debug build reads in seconds; `cyclelife-bench inputs` reads fifty thousand.
  @Test(arguments: UntrustedInput.allCases) func mutatedInputsAreReadOrRefused(_ reader: UntrustedInput)
    throws
  {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
      "cyclelife-inputs-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    let trial = try InputTrial(reader, 0..<150, seed: 1, in: directory.path)
    #expect(trial.errors.isEmpty, "\(trial.errors)")
    // Inputs that were all refused, or all accepted, would try nothing behind the first check.
    #expect(trial.accepted > 0 && trial.refused > trial.accepted)
  }

  @Test func mutationsDependOnTheirNumberAlone() {
    let text = Data("cathode: {width: 6 um}".utf8)
    func mutated(_ number: Int) -> Data { Mutation(seed: 1, of: "scenario", number: number)(text) }
    let all = (0..<100).map(mutated)
    #expect(all[7] == mutated(7))
    // The few that remain the same replaced a byte by itself, or found nothing to change.
    #expect(Set(all).count > 80)
  }
}

import CycleLife
import Foundation

/// How long runs take on one core, from the size of their meshes.
///
///     t = 0.5 s (n / 8600)^1.3 s / 3   per cycle
///
/// n: cells of the mesh; s: steps of a cycle. Read off sections of 10, 20, 40 and 80 um, 20 cycles each: 0.08, 0.24,
/// 0.46 and 1.4 s a cycle on a shared virtual core. Valid within a factor of two on such a core; more where many cracks have
/// grown, less where cycles are skipped.
struct CostEstimate {
  /// Of one run, s.
  let perCycle: Double
  let perRun: Double
  /// Of all runs of a study, s.
  let total: Double
  let runs: Int

  /// At most so many cases are looked at, evenly through the study.
  private static let sample = 8

  init(_ study: Study) throws {
    let count = study.cases.count
    let chosen = (0..<min(count, Self.sample)).map { study.cases[$0 * count / min(count, Self.sample)] }
    let scenarios =
      try chosen.isEmpty ? [study.base.scenario] : chosen.map { try study.scenario(of: $0).scenario }
    let costs = scenarios.map { (cycle: Self.seconds(of: $0), cycles: Double($0.cycles)) }
    perCycle = costs.map(\.cycle).reduce(0, +) / Double(costs.count)
    perRun = costs.map { $0.cycle * $0.cycles }.reduce(0, +) / Double(costs.count)
    runs = max(count, 1) * study.base.replicates
    total = perRun * Double(runs)
  }

  /// Computing time of one cycle, s.
  private static func seconds(of scenario: Scenario) -> Double {
    let cells = Double(scenario.meshSize)
    return 0.5 * pow(cells / 8600, 1.3) * max(Double(scenario.protocolSteps.count) / 3, 1)
  }

  /// One line in words.
  var text: String {
    let run = "\(Self.time(perCycle)) a cycle, \(Self.time(perRun)) a run"
    let all = runs > 1 ? ", \(Self.time(total)) for \(runs) runs" : ""
    return "computing time on one core, within a factor of two: \(run)\(all)"
  }

  /// Two digits with a unit that suits.
  private static func time(_ seconds: Double) -> String {
    let units = [(86_400.0, "d"), (3600, "h"), (60, "min"), (1, "s")]
    let (size, name) = units.first { seconds >= 2 * $0.0 } ?? (1, "s")
    return "\(QuantityText.plain(QuantityText.rounded(seconds / size, digits: 2))) \(name)"
  }
}

extension Study {
  /// How long its runs take, in words; nil where a case has a mistake.
  public var cost: String? { try? CostEstimate(self).text }
}

import Foundation
import RunFiles

/// What it takes to know where the results of a validation come from: `manifest.json` beside them.
public struct ValidationManifest: Sendable, Codable, Equatable {
  public var environment = RunManifest.Environment()
  /// Start and end, ISO 8601 in UTC.
  public var started: String
  public var ended: String
  public var wallSeconds: Double
  public var seed: UInt64
  public var rows: Int
  /// The summary of the report, a line for each use.
  public var summary: [String]
  public var exitCode: Int32
  /// The common parameter set.
  public var scenario: [ResolvedScenario.Row]
  /// The numbers of the paper's protocol by their keys, in SI units (voltages in V against Li).
  public var paperProtocol: [String: Double]
  public var files: [String]
  /// The SHA-256 of the tables among them, by name.
  public var sha256: [String: String]

  /// Describes a validation that ends now, whose files are in `directory`.
  public init(
    _ report: ValidationReport, _ input: ValidationInput, started: Date, exitCode: Int32, files: [String],
    in directory: RunDirectory
  ) {
    let now = Date.now
    self.started = started.formatted(.iso8601)
    ended = now.formatted(.iso8601)
    wallSeconds = now.timeIntervalSince(started)
    seed = input.resolved.scenario.seed
    rows = report.lines.count
    summary = report.summary
    self.exitCode = exitCode
    // The number of cycles is not used: each row has its own protocol, carried out once.
    scenario =
      input.resolved.rows.filter { $0.key != ScenarioKey.cycles.path }
      + input.composite.rows.filter { $0.key.hasPrefix("composite.") }
    paperProtocol = Dictionary(
      uniqueKeysWithValues: PaperProtocol.Key.allCases.map { ($0.rawValue, input.paperProtocol[$0]) })
    self.files = files
    sha256 = directory.digests(of: files)
  }

  /// The manifest as JSON with sorted keys.
  public var json: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(self) + Data("\n".utf8)
    }
  }
}

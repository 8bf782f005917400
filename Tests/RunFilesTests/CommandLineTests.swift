import Foundation
import Testing

/// Runs the program that was built beside the tests.
private func cyclelife(_ arguments: String...) throws -> (status: Int32, output: String, errors: String) {
  let executable = try URL(
    fileURLWithPath: FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
  let process = Process()
  process.executableURL = executable.deletingLastPathComponent().appendingPathComponent("cyclelife")
  process.arguments = arguments
  let (output, errors) = (Pipe(), Pipe())
  process.standardOutput = output
  process.standardError = errors
  try process.run()
  // The messages of these tests fit into the buffer of a pipe, so one can be read after the other.
  let outputText = try output.fileHandleForReading.readToEnd() ?? Data()
  let errorText = try errors.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  return (
    process.terminationStatus, String(decoding: outputText, as: UTF8.self),
    String(decoding: errorText, as: UTF8.self)
  )
}

@Suite struct CommandLine {
  @Test func usageErrorsGive64() throws {
    #expect(try cyclelife("run").status == 64)
    #expect(try cyclelife("jump").status == 64)
  }

  @Test func aMissingScenarioGives66() throws {
    let result = try cyclelife("check", "/nonexistent.yaml")
    #expect(result.status == 66)
    #expect(result.errors == "cyclelife: error: cannot read '/nonexistent.yaml': No such file or directory\n")
  }

  @Test func aWrongScenarioGives65AndEveryMistake() throws {
    try withTemporaryPath { path in
      try Data("cathode:\n  width: 5 Pa\n  thicknes: 2 um\n".utf8).write(to: URL(fileURLWithPath: path))
      let result = try cyclelife("run", path)
      #expect(result.status == 65)
      let lines = result.errors.split(separator: "\n")
      #expect(lines.count == 2)
      #expect(lines.allSatisfy { $0.hasPrefix("cyclelife: error: \(path):") })
      #expect(result.output == "")
    }
  }

  @Test func aUsedDirectoryGives73AndABlockedOneToo() throws {
    try withTemporaryPath { path in
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let scenario = path + "/scenario.yaml"
      try paperScenario.write(to: URL(fileURLWithPath: scenario))
      #expect(try cyclelife("run", scenario, "--output", path).status == 73)
      #expect(try cyclelife("run", scenario, "--output", scenario).status == 73)
      #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["scenario.yaml"])
      #expect(try Data(contentsOf: URL(fileURLWithPath: scenario)) == paperScenario)
    }
  }

  @Test func checkPrintsAScenarioAndGives0() throws {
    try withTemporaryPath { path in
      try paperScenario.write(to: URL(fileURLWithPath: path))
      let result = try cyclelife("check", path, "--set", "run.cycles=3")
      #expect(result.status == 0 && result.errors == "")
      #expect(
        try read(result.output).scenario
          == read(String(decoding: paperScenario, as: UTF8.self), ["run.cycles=3"]).scenario)
    }
  }
}

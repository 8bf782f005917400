import Foundation
import Testing

/// Runs the program that was built beside the tests.
private func cyclelife(_ arguments: String...) throws -> (status: Int32, output: Data, errors: String) {
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
  let outputData = try output.fileHandleForReading.readToEnd() ?? Data()
  let errorData = try errors.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  return (process.terminationStatus, outputData, String(decoding: errorData, as: UTF8.self))
}

private let cheap = "roughness-active-area,theory-dense-gravimetric"

@Suite struct ValidateCommandLine {
  @Test func jsonIsAllThereIsOnStandardOutput() throws {
    let result = try cyclelife("validate", "--json", "--only", cheap)
    #expect(result.status == 0 && result.errors == "")
    let rows = try #require(try JSONSerialization.jsonObject(with: result.output) as? [[String: Any]])
    #expect(rows.map { $0["id"] as? String } == ["theory-dense-gravimetric", "roughness-active-area"])
  }

  @Test func aRowOutOfToleranceGives1() throws {
    let result = try cyclelife("validate", "--only", cheap, "--set", "interface.roughness=0.3 um")
    #expect(result.status == 1)
    #expect(String(decoding: result.output, as: UTF8.self).contains("FAIL"))
  }

  @Test func wrongArgumentsGive64AndWrongValues65() throws {
    #expect(try cyclelife("validate", "--only", "no-such-row").status == 64)
    #expect(try cyclelife("validate", "--jobs", "0").status == 64)
    #expect(try cyclelife("validate", "--only", cheap, "--set", "cathode.thicknes=1 um").status == 65)
    let result = try cyclelife("validate", "--only", cheap, "--set", "protocol.cutoff voltage=9 V")
    #expect(result.status == 65)
    #expect(result.errors.contains("protocol.cutoff voltage: '9 V' is not accepted; expected 2.5 to 4.5 V"))
    #expect(try cyclelife("fit", "--free", "interface.roughness").status == 64)
  }

  @Test func filesAreWrittenAndAUsedDirectoryIsRefused() throws {
    let path = NSTemporaryDirectory() + "cyclelife-validation-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try cyclelife("validate", "--only", cheap, "--no-figures", "--output", path).status == 0)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        == ["manifest.json", "validation.csv", "validation.json"])
    #expect(try cyclelife("validate", "--only", cheap, "--no-figures", "--output", path).status == 73)
  }
}

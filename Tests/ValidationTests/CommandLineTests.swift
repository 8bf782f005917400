import Foundation
import Testing

/// Runs the program that was built beside the tests.
private func cyclelife(_ arguments: String...) throws -> (status: Int32, output: Data, errors: String) {
  try cyclelife(arguments)
}

private func cyclelife(_ arguments: [String]) throws -> (status: Int32, output: Data, errors: String) {
  let process = try prepared(arguments)
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

private func prepared(_ arguments: [String]) throws -> Process {
  let executable = try URL(
    fileURLWithPath: FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
  let process = Process()
  process.executableURL = executable.deletingLastPathComponent().appendingPathComponent("cyclelife")
  process.arguments = arguments
  return process
}

/// The program at work, its output thrown away.
private func started(_ arguments: [String]) throws -> Process {
  let process = try prepared(arguments)
  process.standardOutput = FileHandle.nullDevice
  process.standardError = FileHandle.nullDevice
  try process.run()
  return process
}

private let cheap = "roughness-active-area,theory-dense-gravimetric"

@Suite struct ValidateCommandLine {
  @Test func jsonIsAllThereIsOnStandardOutput() throws {
    let result = try cyclelife("validate", "--json", "--only", cheap)
    #expect(result.status == 0 && result.errors == "")
    let rows = try #require(try JSONSerialization.jsonObject(with: result.output) as? [[String: Any]])
    #expect(rows.map { $0["id"] as? String } == ["theory-dense-gravimetric", "roughness-active-area"])
  }

  @Test func quietLeavesTheExitCode() throws {
    let good = try cyclelife("validate", "--quiet", "--only", cheap)
    #expect(good.status == 0 && good.output.isEmpty && good.errors == "")
    let bad = try cyclelife("validate", "--quiet", "--only", cheap, "--set", "interface.roughness=0.3 um")
    #expect(bad.status == 1 && bad.output.isEmpty)
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
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path + "/manifest.json"))
    let manifest = try JSONSerialization.jsonObject(with: bytes) as? [String: Any]
    let digests = try #require(manifest?["sha256"] as? [String: String])
    #expect(digests.keys.sorted() == ["validation.csv", "validation.json"])
    #expect(digests.values.allSatisfy { $0.count == 64 })
    #expect(try cyclelife("validate", "--only", cheap, "--no-figures", "--output", path).status == 73)
  }

  /// Two narrow sections for two cycles on a coarse mesh; the nominal capacity, and with it the current, decides whether
  /// the first row passes.
  private func fade(_ path: String, _ more: [String]) throws -> (status: Int32, output: Data, errors: String)
  {
    let sets = (coarse + ["cathode.width=5 um"]).flatMap { ["--set", $0] }
    return try cyclelife(
      ["validate", "--fade", "--replicates", "2", "--cycles", "2", "--no-figures", "--output", path] + sets
        + more)
  }

  @Test func fadePassesAndFails() throws {
    let path = NSTemporaryDirectory() + "cyclelife-fade-\(UUID().uuidString)"
    defer { for end in ["", "-fast"] { try? FileManager.default.removeItem(atPath: path + end) } }
    let moderate = ["--set", "cell.nominal capacity=1.85 mAh/cm2"]
    let passed = try fade(path, moderate)
    let text = String(decoding: passed.output, as: UTF8.self)
    #expect(passed.status == 0, "\(text)")
    #expect(
      text.contains("pass") && text.contains("calibrated rows within tolerance: 1 of 1 (2 not computed)"))
    #expect(passed.errors.contains("sections narrower than 100 um"))
    // What is complete is told again; other numbers are refused there.
    let again = try fade(path, moderate + ["--json"])
    #expect(again.status == 0)
    let rows = try #require(try JSONSerialization.jsonObject(with: again.output) as? [[String: Any]])
    #expect(rows.map { $0["pass"] as? Bool } == [true, nil, nil])
    #expect(try fade(path, ["--set", "cell.stack pressure=5 MPa"]).status == 73)
    // A larger nominal capacity is a larger current, which leaves more of the film unfilled.
    let failed = try fade(path + "-fast", ["--set", "cell.nominal capacity=3 mAh/cm2"])
    #expect(failed.status == 1)
    #expect(String(decoding: failed.output, as: UTF8.self).contains("FAIL"))
    #expect(try fade(path + "-fast", ["--set", "cell.nominal capacity=3 mAh/cm2"]).status == 1)
  }

  @Test func aFadeThatWasInterruptedGoesOn() throws {
    let path = NSTemporaryDirectory() + "cyclelife-fade-\(UUID().uuidString)"
    defer { for end in ["", "-parts"] { try? FileManager.default.removeItem(atPath: path + end) } }
    let names = ["validation.json", "validation.txt", "trajectories.csv"]
    let whole = try fade(path, [])
    let parts = path + "-parts"
    let process = try started(
      [
        "validate", "--fade", "--replicates", "2", "--cycles", "2", "--no-figures", "--output", parts,
        "--jobs", "1",
      ]
        + (coarse + ["cathode.width=5 um"]).flatMap { ["--set", $0] })
    // One run is done once the journal has its line beside the first.
    while process.isRunning {
      let journal = FileManager.default.contents(atPath: parts + "/finished.jsonl") ?? Data()
      if journal.count(where: { $0 == UInt8(ascii: "\n") }) > 1 { break }
      usleep(2000)
    }
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationStatus == 75)
    let rest = try fade(parts, [])
    #expect(rest.status == whole.status)
    #expect(
      String(decoding: rest.output, as: UTF8.self).hasPrefix("continuing: 1 of 2 runs are done already"))
    for name in names {
      #expect(
        FileManager.default.contents(atPath: "\(parts)/\(name)")
          == FileManager.default.contents(atPath: "\(path)/\(name)"))
    }
  }

  @Test func optionsOfFadeBelongToIt() throws {
    #expect(try cyclelife("validate", "--replicates", "4").status == 64)
    #expect(try cyclelife("validate", "--cycles", "4").status == 64)
    #expect(try cyclelife("validate", "--fade", "--only", "fade-25").status == 64)
    #expect(try cyclelife("validate", "--fade", "--replicates", "1").status == 64)
    #expect(try cyclelife("validate", "--fade", "--set", "run.replicates=1").status == 64)
    #expect(try cyclelife("validate", "--fade", "--cycles", "0").status == 65)
  }
}

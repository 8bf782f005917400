import Foundation
import Testing

/// A small cell, for more cycles than a test waits for.
private let longRun = smallCell("cycles: 40, seed: 5")

/// The program at work.
struct Running {
  let process = Process()
  private let errors = Pipe()

  init(_ arguments: [String]) throws {
    process.executableURL = try builtProgram()
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
  }

  /// Waits until a file is there and has so many lines, or the process ends.
  func wait(for file: String, lines: Int) {
    while process.isRunning {
      if let content = FileManager.default.contents(atPath: file),
        content.split(separator: UInt8(ascii: "\n")).count >= lines
      {
        return
      }
      usleep(2000)
    }
  }

  func end(_ signal: Int32) -> (status: Int32, reason: Process.TerminationReason, errors: String) {
    kill(process.processIdentifier, signal)
    let text = (try? errors.fileHandleForReading.readToEnd()) ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, process.terminationReason, String(decoding: text, as: UTF8.self))
  }
}

@Suite struct Signals {
  private let names = ["checkpoint.json", "cycles.csv", "scenario.yaml", "timeseries.bdf.csv"]

  private func contents(_ path: String, _ names: [String]) throws -> [Data] {
    try names.map { try Data(contentsOf: URL(fileURLWithPath: path + "/" + $0)) }
  }

  /// Writes `yaml` and runs it to its end; the command of that run but for its directory, and the directory.
  private func whole(_ yaml: String, _ path: String) throws -> (command: [String], directory: String) {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try Data(yaml.utf8).write(to: URL(fileURLWithPath: path + "/small.yaml"))
    let command = ["run", path + "/small.yaml", "--no-figures", "--output"]
    let result = try cyclelife(command + [path + "/whole"])
    #expect(result.status == 0, "\(result.errors)")
    return (command, path + "/whole")
  }

  @Test(arguments: [SIGTERM, SIGINT]) func aSignalStopsARunThatCanBeContinued(signal: Int32) throws {
    try withTemporaryPath { path in
      let (command, whole) = try whole(longRun, path)
      let parts = path + "/parts"
      let running = try Running(command + [parts])
      running.wait(for: parts + "/cycles.csv.partial", lines: 3)
      let start = ContinuousClock.now
      let end = running.end(signal)
      // A time step of this cell takes milliseconds.
      #expect(ContinuousClock.now - start < .seconds(5))
      #expect(end.reason == .exit && end.status == 75)
      #expect(end.errors.contains("cyclelife: warning: interrupted after cycle "), "\(end.errors)")
      #expect(end.errors.contains("the same command continues, as does 'cyclelife resume \(parts)'"))
      let manifest = try String(contentsOfFile: parts + "/manifest.json", encoding: .utf8)
      #expect(manifest.contains("\"exitCode\" : 75"))
      #expect(try cyclelife("resume", parts, "--no-figures").status == 0)
      #expect(try contents(parts, names) == contents(whole, names))
      // What is complete stays as it is.
      let before = try Data(contentsOf: URL(fileURLWithPath: parts + "/manifest.json"))
      let again = try cyclelife(command + [parts])
      #expect(again.status == 0 && again.output.hasPrefix("complete already: \(parts), computed "))
      #expect(try Data(contentsOf: URL(fileURLWithPath: parts + "/manifest.json")) == before)
    }
  }

  /// Each process has time for about a cycle or less, and none of the last is lost that a checkpoint holds.
  @Test func theEndOfItsTimeStopsARunThatCanBeContinued() throws {
    try withTemporaryPath { path in
      let yaml = smallCell("cycles: 8, seed: 5")
      let (command, whole) = try whole(yaml, path)
      let parts = path + "/parts"
      let first = try cyclelife(command + [parts, "--max-time", "1 ms"])
      #expect(first.status == 75)
      #expect(first.errors.contains("stopped by --max-time after cycle 0 of 8"), "\(first.errors)")
      let manifest = try String(contentsOfFile: parts + "/manifest.json", encoding: .utf8)
      #expect(
        manifest.contains("\"exitCode\" : 75")
          && manifest.contains("stopped by --max-time after cycle 0 of 8"))
      let second = try cyclelife("resume", parts, "--no-figures", "--max-time", "0.001 h")
      #expect([0, 75].contains(second.status))
      let third = try cyclelife("resume", parts, "--no-figures", "--max-time", "1 d")
      #expect(third.status == 0)
      #expect(try contents(parts, names) == contents(whole, names))
      for wrong in ["0 s", "-1 h", "5", "1 um", "nan s", "1e308 h", "soon"] {
        let refused = try cyclelife("resume", parts, "--max-time=" + wrong)
        #expect(refused.status == 64 && refused.errors.contains("such as '2 h'"), "\(refused.errors)")
      }
    }
  }

  @Test func theEndOfItsTimeStopsAStudy() throws {
    let yaml = smallCell("cycles: 1, replicates: 3, seed: 5")
    try withTemporaryPath { path in
      let (command, whole) = try whole(yaml, path)
      let parts = path + "/parts"
      let first = try cyclelife(command + [parts, "--max-time", "1 ms"])
      #expect(
        first.status == 75 && first.errors.contains("stopped by --max-time; the same command continues"))
      #expect(try cyclelife(command + [parts]).status == 0)
      #expect(try contents(parts, ["results.csv"]) == contents(whole, ["results.csv"]))
    }
  }

  @Test func aRunKilledAtRandomMomentsGoesOnToTheSameBytes() throws {
    try killAtRandomMoments("cycles: 12, seed: 5", results: names) { attempt in
      ["--checkpoint-interval", ["0", "0.1", "5"][attempt % 3]]
    }
  }

  @Test func aStudyKilledAtRandomMomentsGoesOnToTheSameBytes() throws {
    let tables = ["replicates.csv", "results.csv", "trajectories.csv"]
    try killAtRandomMoments("cycles: 2, replicates: 6, seed: 5", results: tables + ["scenario.yaml"]) {
      attempt in ["--jobs", "\(1 + attempt % 2)"]
    }
  }

  /// Kills a small cell and lets it go on, one to three times in a directory, until it has its results.
  ///
  /// `CYCLELIFE_KILLS` asks for more kills than the few of every test run.
  private func killAtRandomMoments(_ run: String, results: [String], options: (_ attempt: Int) -> [String])
    throws
  {
    let kills = ProcessInfo.processInfo.environment["CYCLELIFE_KILLS"].flatMap { Int($0) } ?? 4
    try withTemporaryPath { path in
      let start = ContinuousClock.now
      let (command, whole) = try whole(smallCell(run), path)
      let duration = (ContinuousClock.now - start) / .seconds(1)
      var random = SystemRandomNumberGenerator()
      var (done, begun) = (0, 0)
      for attempt in 0..<(10 * kills) where done < kills {
        let parts = path + "/\(attempt)"
        for _ in 0...attempt % 3 where done < kills {
          let running = try Running(command + [parts] + options(attempt))
          usleep(UInt32(1e6 * Double.random(in: 0..<duration, using: &random)))
          if running.end(SIGKILL).reason == .uncaughtSignal { done += 1 }
          begun += 1
          try checkFinalNames(parts, whole)
        }
        let rest = try cyclelife(command + [parts] + options(attempt + 1))
        #expect(rest.status == 0, "\(rest.errors)")
        #expect(try contents(parts, results) == contents(whole, results))
        let left = try FileManager.default.contentsOfDirectory(atPath: parts)
        #expect(!left.contains { $0.hasSuffix(".partial") || $0.hasSuffix(".jsonl") }, "\(left)")
        try FileManager.default.removeItem(atPath: parts)
      }
      #expect(done == kills)
      print("kills: \(done) of \(begun) processes, \(run)")
    }
  }

  /// What has its final name is whole: a table has all its rows, what is JSON can be read.
  ///
  /// The journal of a study is written line by line: only its last line may be broken.
  private func checkFinalNames(_ parts: String, _ whole: String) throws {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: parts)) ?? []
    where !name.hasSuffix(".partial") {
      let content = try contents(parts, [name])[0]
      if name.hasSuffix(".json") {
        #expect((try? JSONSerialization.jsonObject(with: content)) != nil, "\(name)")
      } else if name.hasSuffix(".jsonl") {
        let lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
        #expect(!lines.isEmpty)
        for line in lines { #expect((try? JSONSerialization.jsonObject(with: line)) != nil) }
      } else {
        #expect(try content == contents(whole, [name])[0], "\(name)")
      }
    }
  }

  @Test func aStudyStopsAndGoesOn() throws {
    let yaml = smallCell("cycles: 4, replicates: 6, seed: 5")
    let names = ["replicates.csv", "results.csv", "scenario.yaml", "trajectories.csv"]
    try withTemporaryPath { path in
      let (command, whole) = try whole(yaml, path)
      let parts = path + "/parts"
      let running = try Running(command + [parts, "--jobs", "2"])
      running.wait(for: parts + "/finished.jsonl", lines: 2)
      let end = running.end(SIGTERM)
      #expect(end.reason == .exit && end.status == 75)
      #expect(end.errors.contains("interrupted; the same command continues"), "\(end.errors)")
      let rest = try cyclelife(command + [parts, "--jobs", "1"])
      #expect(rest.status == 0 && rest.output.hasPrefix("continuing: "), "\(rest.output)")
      #expect(try contents(parts, names) == contents(whole, names))
    }
  }

  @Test func anotherScenarioInTheSameDirectoryGives73() throws {
    try withTemporaryPath { path in
      let yaml = smallCell("cycles: 1, seed: 5")
      let (command, whole) = try whole(yaml, path)
      let other = try cyclelife(command + [whole, "--set", "cell.stack pressure=5 MPa"])
      #expect(other.status == 73)
      #expect(
        other.errors
          == "cyclelife: error: cannot continue in '\(whole)': it holds a run of another scenario: cell.stack "
          + "pressure: 10 MPa there, 5 MPa here; choose another directory with --output\n")
      #expect(try cyclelife("resume", whole, "--cycles", "2", "--no-figures").status == 0)
      let cycles = try String(contentsOfFile: whole + "/cycles.csv", encoding: .utf8)
      #expect(cycles.split(separator: "\n").count == 3)
    }
  }
}

import Foundation
import Testing

@testable import RunFiles

/// The program that was built beside the tests.
func builtProgram() throws -> URL {
  let executable = try URL(
    fileURLWithPath: FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
  return executable.deletingLastPathComponent().appendingPathComponent("cyclelife")
}

/// Runs the program to its end.
func cyclelife(_ arguments: String...) throws -> (status: Int32, output: String, errors: String) {
  try cyclelife(arguments)
}

func cyclelife(_ arguments: [String]) throws -> (status: Int32, output: String, errors: String) {
  let process = Process()
  process.executableURL = try builtProgram()
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

  @Test func aStudyListsRunsAndRunsOneCase() throws {
    try withTemporaryPath { path in
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let file = path + "/small.yaml"
      try Data(smallStudy.utf8).write(to: URL(fileURLWithPath: file))
      let list = try cyclelife("run", file, "--list")
      #expect(list.status == 0 && list.errors == "")
      #expect(list.output.split(separator: "\n").count == 6)
      #expect(
        list.output.hasPrefix("1: rate 0.2C, roughness 0 um  [rate: 0.2C, interface.roughness: 0 um]\n"))

      let all = try cyclelife("run", file, "--output", path + "/all", "--jobs", "2", "--no-figures")
      #expect(all.status == 0 && all.output.hasSuffix("ended: 6 of 6 cases done\n"))
      let names = try FileManager.default.contentsOfDirectory(atPath: path + "/all").sorted()
      #expect(names == ["manifest.json", "results.csv", "scenario.yaml"])
      // What is complete stays as it is, and no other study takes its place.
      let manifest = try Data(contentsOf: URL(fileURLWithPath: path + "/all/manifest.json"))
      let again = try cyclelife("run", file, "--output", path + "/all")
      #expect(again.status == 0)
      #expect(again.output == "complete: all results of this study are in \(path)/all\n")
      let other = try cyclelife("run", file, "--output", path + "/all", "--seed", "2")
      #expect(other.status == 73)
      #expect(other.errors.contains("it holds another study: run.seed is '1' there and '2' here"))
      #expect(try Data(contentsOf: URL(fileURLWithPath: path + "/all/manifest.json")) == manifest)
      #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/all").sorted() == names)

      let one = try cyclelife(
        "run", file, "--output", path + "/one", "--case", "2", "--no-figures", "--quiet")
      #expect(one.status == 0 && one.output == "")
      func row(_ name: String, _ line: Int) throws -> [Substring] {
        let text = try String(contentsOfFile: path + name, encoding: .utf8)
        return text.split(separator: "\n")[line].split(separator: ",", omittingEmptySubsequences: false)
      }
      // Discharge capacity in mAh/g: the third column of a run; the label of a case has a comma.
      #expect(try row("/one/cycles.csv", 1)[2] == row("/all/results.csv", 2)[6])

      #expect(try cyclelife("run", file, "--case", "7").status == 64)
      #expect(try cyclelife("run", file, "--jobs", "0").status == 64)
      let overridden = try cyclelife("run", file, "--list", "--set", "rate=1C")
      #expect(overridden.output.hasPrefix("1: roughness 0 um  [interface.roughness: 0 um]\n"))
      let checked = try cyclelife("check", file)
      #expect(checked.status == 0)
      #expect(try readStudy(checked.output).list == readStudy(smallStudy).list)
    }
  }

  @Test func anEnsembleIsAStudyOfOneCase() throws {
    try withTemporaryPath { path in
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let file = path + "/plain.yaml"
      let plain = smallStudy.components(separatedBy: "vary:")[0]
      try Data(plain.replacing("{rate}", with: "1C").utf8).write(to: URL(fileURLWithPath: file))
      let ensemble = ["run", file, "--set", "run.replicates=3", "--no-figures"]
      #expect(try cyclelife(ensemble + ["--list"]).output == "1: Small\n")
      let all = try cyclelife(ensemble + ["--output", path + "/all"])
      #expect(all.status == 0 && all.output.contains("case 1 of 1, seed 3: Small: "))
      let names = try FileManager.default.contentsOfDirectory(atPath: path + "/all").sorted()
      #expect(
        names == ["manifest.json", "replicates.csv", "results.csv", "scenario.yaml", "trajectories.csv"])
      let one = try cyclelife(ensemble + ["--output", path + "/one", "--case", "1", "--seed", "3"])
      #expect(one.status == 0 && one.output.hasPrefix("one of 3 replicates: seed 3; --seed runs another\n"))
      func cells(_ name: String, _ line: Int) throws -> [Substring] {
        let text = try String(contentsOfFile: path + name, encoding: .utf8)
        return text.split(separator: "\n")[line].split(separator: ",", omittingEmptySubsequences: false)
      }
      // Case number, case and seed come before the capacity of a replicate.
      #expect(try cells("/one/cycles.csv", 1)[2] == cells("/all/replicates.csv", 3)[3])
    }
  }

  /// Of a run they stand on its capacity, of an ensemble on its fade, however often the same command is given.
  @Test(arguments: [("1", "capacity"), ("2", "fade")])
  func measuredCapacitiesAreLaidOverTheFade(_ replicates: String, _ figure: String) throws {
    try withTemporaryPath { path in
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let (file, data) = (path + "/plain.yaml", path + "/cell-7.csv")
      let plain = smallStudy.components(separatedBy: "vary:")[0].replacing("{rate}", with: "1C")
      try Data(plain.utf8).write(to: URL(fileURLWithPath: file))
      let table =
        "Cycle Count / 1,Discharge Capacity / mAh g-1,Standard Deviation / mAh g-1\n1,86,2\n3,81,2\n"
      try Data(table.utf8).write(to: URL(fileURLWithPath: data))
      let command = [
        "run", file, "--cycles", "2", "--set", "run.replicates=\(replicates)", "--data", data, "--output",
        path + "/run",
      ]
      let result = try cyclelife(command)
      #expect(result.status == 0, "\(result.errors)")
      func text(_ name: String) throws -> String {
        try String(contentsOfFile: path + "/run/" + name, encoding: .utf8)
      }
      let points = try MeasuredFade(path: path + "/run/measured.csv")
      #expect(try points.points == MeasuredFade(path: data).points && points.points.count == 2)
      let script = try text(figure + ".gp")
      #expect(script.contains("title 'Measured, ± 1 standard deviation: cell-7.csv'"))
      #expect(script.contains("'measured.csv' skip 1 using 1:2:3 with yerrorbars"))
      #expect(try text("manifest.json").contains("\"measured.csv\""))
      #expect(try cyclelife(command).status == 0)

      // Mistakes are told before anything is computed.
      let none = ["run", file, "--output", path + "/none", "--data"]
      #expect(try cyclelife(none + [path + "/nowhere.csv"]).status == 66)
      #expect(try cyclelife(none + [file]).status == 65)
      #expect(try cyclelife(none + [data, "--no-figures"]).status == 64)
      #expect(try cyclelife(["run", file, "--data-area", "1 cm2"]).status == 64)
      #expect(!FileManager.default.fileExists(atPath: path + "/none"))
    }
  }

  /// A run that asks for no fields and shares looks at the cycle that would follow: what a longer run finds there.
  @Test func figuresShowTheCycleAfterTheLast() throws {
    try withTemporaryPath { path in
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let file = path + "/plain.yaml"
      let small = """
        protocol: ['Charge at 1C until 4.03 V vs Li', 'Discharge at 1C until 3.544 V vs Li']
        cathode: {width: 8 um}
        numerics: {mesh width: 1 um, depth mesh width: 2 um, interface mesh width: 0.5 um}
        run: {seed: 5}

        """
      try Data(small.utf8).write(to: URL(fileURLWithPath: file))
      let (short, long) = (path + "/short", path + "/long")
      let common = ["run", file, "--set", "degradation.cracks.growth rate=5 um", "--quiet", "--cycles"]
      #expect(try cyclelife(common + ["2", "--output", short]).status == 0)
      #expect(
        try cyclelife(
          common + ["3", "--fields", "3", "--set", "run.attribution interval=3", "--output", long]
        ).status == 0)
      for name in ["fields", "cracks", "interface"].flatMap({
        ["\($0)-000003-charged", "\($0)-000003-discharged"]
      }) {
        let contents = try [short, long].map {
          try Data(contentsOf: URL(fileURLWithPath: "\($0)/fields/\(name).csv"))
        }
        #expect(contents[0] == contents[1], "\(name)")
      }
      func row(_ name: String) throws -> [Substring] {
        let text = try String(contentsOfFile: name, encoding: .utf8)
        return text.split(separator: "\n").last?.split(separator: ",", omittingEmptySubsequences: false) ?? []
      }
      // All but the counts of work, as caches are filled otherwise.
      let (looked, ran) = (try row(short + "/attribution.csv"), try row(long + "/cycles.csv"))
      #expect(looked.count == ran.count && looked[0] == "3" && looked[2] == ran[2])
      #expect(looked.suffix(20) == ran.suffix(20))
      let names = try String(contentsOfFile: short + "/manifest.json", encoding: .utf8)
      #expect(names.contains("fields/fields-000003.png") && names.contains("attribution.png"))
      #expect(
        try String(contentsOfFile: short + "/cycles.csv", encoding: .utf8).split(separator: "\n").count == 3)
    }
  }

  @Test func aPlainScenarioHasNoCases() throws {
    try withTemporaryPath { path in
      try paperScenario.write(to: URL(fileURLWithPath: path))
      #expect(try cyclelife("run", path, "--list").status == 64)
      #expect(try cyclelife("run", path, "--case", "1").status == 64)
    }
  }
}

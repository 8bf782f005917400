import Foundation
import Testing

@testable import RunFiles

private func contents(_ path: String, _ names: [String]) throws -> [Data] {
  try names.map { try Data(contentsOf: URL(fileURLWithPath: path + "/" + $0)) }
}

/// Cases that are run one by one, as any scheduler would have them run, and then collected.
@Suite struct StudyParts {
  private let tables = ["results.csv", "replicates.csv", "trajectories.csv", "lines.csv", "fade.csv"]

  /// Two cases of two runs each.
  private func withStudy(_ body: (_ file: String, _ path: String) throws -> Void) throws {
    try withTemporaryPath { path in
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let file = path + "/study.yaml"
      let base = smallStudy.components(separatedBy: "vary:")[0].replacing("{rate}", with: "1C")
      let study =
        base + "vary: {cell.stack pressure: [1 MPa, 50 MPa]}\nfigure: {kind: lines}\n"
      try Data(study.utf8).write(to: URL(fileURLWithPath: file))
      try body(file, path)
    }
  }

  private func run(_ file: String, _ output: String, _ more: String...) throws -> (
    status: Int32, output: String, errors: String
  ) {
    try cyclelife(
      ["run", file, "--set", "run.replicates=2", "--cycles", "2", "--output", output] + more)
  }

  @Test func partsMakeTheTablesOfTheWhole() throws {
    try withStudy { file, path in
      let (whole, parts) = (path + "/whole", path + "/parts")
      #expect(try run(file, whole, "--quiet").status == 0)
      // The second case first, in a directory that nobody has made.
      let second = try run(file, parts, "--case", "2", "--part")
      #expect(second.status == 0 && second.output.hasSuffix("done: case 2 of 2 in \(parts)\n"), "\(second)")
      let early = try run(file, parts, "--collect")
      #expect(early.status == 75)
      #expect(early.errors.contains("1 of 2 cases are not done, the first is case 1"))
      #expect(try run(file, parts, "--case", "1", "--part", "--quiet").output == "")
      // One that is done is passed over.
      #expect(try run(file, parts, "--case", "1", "--part").status == 0)
      let collected = try run(file, parts, "--collect")
      #expect(collected.status == 0, "\(collected.errors)")
      #expect(try contents(whole, tables) == contents(parts, tables))
      let names = try FileManager.default.contentsOfDirectory(atPath: parts)
      #expect(!names.contains { $0.hasPrefix("finished") })
      let again = try run(file, parts, "--case", "1", "--part")
      #expect(again.status == 0 && again.output.hasPrefix("complete: "))
    }
  }

  /// A study that is run whole takes over what parts have done.
  @Test func theWholeContinuesParts() throws {
    try withStudy { file, path in
      let (whole, parts) = (path + "/whole", path + "/parts")
      #expect(try run(file, whole, "--quiet").status == 0)
      #expect(try run(file, parts, "--case", "2", "--part").status == 0)
      let rest = try run(file, parts)
      #expect(rest.status == 0 && rest.output.hasPrefix("continuing: 2 of 4 runs are done already\n"))
      #expect(try contents(whole, tables) == contents(parts, tables))
    }
  }

  @Test func partsOfAnotherStudyAreRefused() throws {
    try withStudy { file, path in
      let parts = path + "/parts"
      #expect(try run(file, parts, "--case", "1", "--part").status == 0)
      let other = try run(file, parts, "--case", "1", "--part", "--seed", "9")
      #expect(other.status == 73 && other.errors.contains("run.seed is '"), "\(other.errors)")
      #expect(try run(file, parts, "--seed", "9").status == 73)
      // What a part is beside is no directory of anything else.
      let foreign = path + "/foreign"
      try FileManager.default.createDirectory(atPath: foreign, withIntermediateDirectories: true)
      try Data().write(to: URL(fileURLWithPath: foreign + "/notes.txt"))
      #expect(try run(file, foreign, "--case", "1", "--part").status == 73)
      #expect(try FileManager.default.contentsOfDirectory(atPath: foreign) == ["notes.txt"])
    }
  }

  /// Two processes never do the same case, and nobody collects one that is under way.
  @Test func aCaseUnderWayIsNotTaken() throws {
    try withStudy { file, path in
      let study = try ScenarioReader(overrides: ["run.replicates=2", "run.cycles=2"]).readStudy(path: file)
      guard case .open(_, let held) = try StudyJournal.openPart(1, of: study, in: path + "/parts") else {
        Issue.record("a new part is complete")
        return
      }
      try withExtendedLifetime(held) {
        for more in [["--case", "1", "--part"], ["--collect"], []] {
          let result = try cyclelife(
            ["run", file, "--set", "run.replicates=2", "--cycles", "2", "--output", path + "/parts"] + more)
          #expect(result.status == 73 && result.errors.contains("another process is running"))
        }
        #expect(try run(file, path + "/parts", "--case", "2", "--part").status == 0)
      }
    }
  }

  @Test func mistakesAreUsageErrors() throws {
    try withStudy { (file, path) throws in
      #expect(try cyclelife("run", file, "--part").status == 64)
      #expect(try cyclelife("run", file, "--case", "1", "--part").status == 64)
      #expect(try run(file, path + "/x", "--case", "3", "--part").status == 64)
      #expect(try run(file, path + "/x", "--collect", "--launcher", "slurm").status == 64)
      #expect(try run(file, path + "/x", "--launcher", "pigeon").status == 64)
      #expect(try run(file, path + "/x", "--launcher-options=--time=1").status == 64)
    }
  }

  /// With a program in the place of `sbatch` that keeps what it is told.
  @Test func slurmIsTold() throws {
    try withStudy { file, path in
      let environment = ProcessInfo.processInfo.environment
      let sbatch = path + "/sbatch"
      try Data("#!/bin/sh\necho \"$@\" >> \(path)/told\necho \"4$(wc -l < \(path)/told);one\"\n".utf8).write(
        to: URL(fileURLWithPath: sbatch))
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: sbatch)
      let study = path + "/it's"
      func submit(_ search: String) throws -> (status: Int32, errors: String) {
        let process = Process()
        process.executableURL = try builtProgram()
        process.arguments = [
          "run", file, "--set", "run.replicates=2", "--cycles", "2", "--output", study, "--launcher", "slurm",
          "--launcher-options", "--partition=short --time=10", "--quiet",
        ]
        process.environment = environment.merging(["PATH": search]) { $1 }
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let text = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: text, as: UTF8.self))
      }
      func told() throws -> [String] {
        try String(contentsOfFile: path + "/told", encoding: .utf8).split(separator: "\n").map(String.init)
      }
      #expect(try submit(path + ":/usr/bin:/bin").status == 0)
      let scripts = study + "/slurm/"
      #expect(
        try told() == [
          "--parsable --array=0-1 --partition=short --time=10 \(scripts)array-1.sh",
          "--parsable --dependency=afterany:41 --partition=short --time=10 \(scripts)collect.sh",
        ])
      #expect(try contents(scripts, ["cases-1.txt"]) == [Data("1\n2\n".utf8)])
      // Only what is missing is submitted again; the script does its work, also where a name has a quote.
      let task = Process()
      task.executableURL = URL(fileURLWithPath: "/bin/bash")
      task.arguments = [scripts + "array-1.sh"]
      task.environment = environment.merging(["SLURM_ARRAY_TASK_ID": "1"]) { $1 }
      try task.run()
      task.waitUntilExit()
      #expect(task.terminationStatus == 0)
      #expect(try submit(path + ":/usr/bin:/bin").status == 0)
      #expect(try contents(scripts, ["cases-2.txt"]) == [Data("1\n".utf8)])
      #expect(try told()[2].hasSuffix("--array=0-0 --partition=short --time=10 \(scripts)array-2.sh"))
      // Where there is none it says so; a real one of this machine is never called.
      let none = try submit(path + "/nowhere")
      #expect(none.status == 70 && none.errors.contains("sbatch has not taken the job: "), "\(none)")
    }
  }
}

import CellPhysics
import CycleLife
import Foundation
import Testing

@testable import CellModel
@testable import RunFiles

private let drive = "Test Time / s,Current / mA cm-2\n100,1\n130,-2\n130,0\n160,-1\n"

private let drivenRun = """
  title: Driven
  protocol:
    - Charge at 1C until 4.03 V vs Li
    - Profile data/drive.csv until 2.5 V
    - Discharge at 1C until 3.544 V vs Li
  cathode: {width: 6 um, thickness: 6 um}
  microstructure: {column spacing: 3 um}
  numerics: {mesh width: 1 um, depth mesh width: 2 um, interface mesh width: 0.5 um, mesh growth: 1.4}
  run: {cycles: 2, seed: 5}
  """

private func write(_ text: String, _ path: String) throws {
  try Data(text.utf8).write(to: URL(fileURLWithPath: path))
}

/// Calls `body` with a folder that holds `data/drive.csv` and the scenario `x.yaml`.
private func withProfile(
  _ text: String = drive, scenario: String = drivenRun, _ body: (_ folder: String) throws -> Void
) throws {
  try withTemporaryPath { path in
    try FileManager.default.createDirectory(atPath: path + "/data", withIntermediateDirectories: true)
    try write(text, path + "/data/drive.csv")
    try write(scenario, path + "/x.yaml")
    try body(path)
  }
}

@Suite struct ProfileFileTests {
  private func file(_ text: String) throws(ValueProblem) -> ProfileFile {
    try ProfileFile(Data(text.utf8), path: "data/drive.csv", place: "drive.csv")
  }

  @Test(arguments: [
    drive,
    "time [h] , CURRENT(A/m2)\n0,10\n\n0.00833333333333333333,-20\n0.00833333333333333333,0\n0.01666666666666666666,-10\n",
    "\u{FEFF}Note,test_time_second,\"Current / A m-2\"\r\n\"a, b\",0,10\r\n,30,-20\r\n,30,0\r\n,60,-10\r\n",
  ]) func columnsAreFoundByTheirNamesAndUnits(text: String) throws {
    let read = try file(text)
    #expect(read.isPerArea)
    let profile = try #require(read.profile(area: 1e-4))
    // Times in hours have a round-off of 1e-14 s; the change of sign stands at a third of 30 s.
    for (point, expected) in zip(profile.points, [(0.0, 10.0), (10, 0), (30, -20), (30, 0), (60, -10)]) {
      #expect(abs(point.time - expected.0) < 1e-9 && abs(point.current - expected.1) < 1e-9)
    }
  }

  @Test func currentsOfACellArePerElectrodeArea() throws {
    let read = try file("test_time_second,current_ampere\n0,-1e-3\n10,-2e-3\n")
    #expect(!read.isPerArea)
    let profile = try #require(read.profile(area: 2e-4))
    #expect(profile.points.map(\.current) == [-1e-3 / 2e-4, -2e-3 / 2e-4])
  }

  @Test(arguments: [
    ("", "drive.csv: the file is empty; expected the headings 'Test Time / s' and 'Current / A'"),
    (
      "Time / s,Voltage / V\n0,1\n",
      "drive.csv:1:1: no column of Current: 'Time / s', 'Voltage / V'; expected the headings 'Test Time / s' and "
        + "'Current / A' or 'Current / mA cm-2'"
    ),
    (
      "Time / s,Current / V\n0,1\n",
      "drive.csv:1:10: 'Current / V' has no unit that fits; expected A or mA cm-2, or another unit of it"
    ),
    ("Time / s,Current / A,Current / mA\n0,1,1\n", "drive.csv:1:22: a second column of Current"),
    (
      "Time / s,Current / A\n0,1\n1,x\n", "drive.csv:3:3: Current / A: 'x' is not accepted; expected a number"
    ),
    (
      "Time / s,Current / A\n0,1\n1,nan\n",
      "drive.csv:3:3: Current / A: 'nan' is not accepted; expected a number"
    ),
    (
      "Time / s,Current / A\n0,1\n1,2,3\n",
      "drive.csv:3:5: 3 cells; expected 2, as many as there are headings"
    ),
    ("Time / s,Current / A\n1,1\n0.5,2\n", "drive.csv:3:1: the time falls; expected the lines in its order"),
    (
      "Time / s,Current / A\n1,1\n1.0001,2\n",
      "drive.csv:3:1: less than 1 ms after the line before; expected a longer time, or the same for a jump"
    ),
    (
      "Time / s,Current / A\n1,1\n1,2\n1,3\n",
      "drive.csv:4:1: a third line of the same time; expected two, before and after a jump"
    ),
    (
      "Time / s,Current / A\n1,1\n",
      "drive.csv:3: it takes no time; expected at least two lines of different times"
    ),
    ("Time / s,\"Current / A\n1,1\n", "drive.csv:1:10: a quote is not closed"),
    ("Time / s,Current / A\n0,1\n1e9,1\n", "drive.csv:4: longer than ten years"),
  ]) func mistakesHaveTheirPlace(text: String, message: String) {
    do throws(ValueProblem) {
      _ = try file(text)
      Issue.record("accepted")
    } catch {
      let problem = ScenarioError.Problem(
        place: error.place ?? InputPlace(file: "?"), keyPath: "", message: error.message)
      #expect(problem.description == message)
    }
  }

  @Test(arguments: [
    ("Profile data/drive.csv", "data/drive.csv", ""),
    ("PROFILE my drive 2.CSV until 3 V", "my drive 2.CSV", "until 3 V"),
    ("profile  a.csv for 10 s or until 2.5 V", "a.csv", "for 10 s or until 2.5 V"),
  ]) func aStepNamesItsFile(step: String, path: String, rest: String) {
    #expect(ProtocolReader.profilePath(step) == path)
    // Its voltages are known without the file.
    let volts = ProtocolReader(.defaults).voltages(in: step)
    #expect(volts == (rest.hasSuffix("3 V") ? [3] : rest.hasSuffix("2.5 V") ? [2.5] : []))
  }

  @Test(arguments: [
    (
      "Profile drive",
      "'Profile drive' names no file; expected a step such as 'Profile drive.csv until 2.5 V'"
    ),
    ("Profile a;b.csv", "'Profile a;b.csv' names no file; expected"),
    ("Profile gone.csv", "cannot read 'gone.csv': No such file or directory"),
    ("Profile data/drive.csv at 3 V", "cannot read 'Profile data/drive.csv at 3 V'; expected a step such as"),
    (
      "Profile data/drive.csv until C/10",
      "'Profile data/drive.csv until C/10': expected a voltage after 'until'"
    ),
    (
      "Profile data/drive.csv for 2 min",
      "'Profile data/drive.csv for 2 min': the profile lasts no longer than 60 s; expected a shorter 'for', or none"
    ),
  ]) func stepsThatCannotBeReadAreRefused(step: String, message: String) throws {
    try withProfile(scenario: "protocol:\n  - \(step)\n") { folder in
      do {
        _ = try ScenarioReader().read(path: folder + "/x.yaml")
        Issue.record("accepted")
      } catch let error as ScenarioError {
        let text = error.description.replacing(folder + "/", with: "")
        #expect(text.hasPrefix("x.yaml:2:5: protocol: \(message)"))
      }
    }
  }

  @Test func aMistakeInAProfileIsReportedOnceAndThere() throws {
    let steps = "protocol:\n  - Profile data/drive.csv\n  - Profile data/drive.csv until 2.5 V\n"
    try withProfile("Time / s,Current / A\n0,1\n1,one\n", scenario: steps) { folder in
      do {
        _ = try ScenarioReader().read(path: folder + "/x.yaml")
        Issue.record("accepted")
      } catch let error as ScenarioError {
        #expect(
          error.description.replacing(folder + "/", with: "")
            == "data/drive.csv:3:3: protocol: Current / A: 'one' is not accepted; expected a number")
      }
    }
  }

  @Test func aScenarioSaysWhatItsProfileIs() throws {
    try withProfile { folder in
      let resolved = try ScenarioReader().read(path: folder + "/x.yaml")
      guard case .profile(let course) = resolved.scenario.protocolSteps[1].control else {
        Issue.record("no profile")
        return
      }
      #expect(course.duration == 60 && course.points.last?.current == -10)
      #expect(resolved.scenario.protocolSteps[1].limits == [.voltage(2.5)])
      #expect(
        resolved.table.contains("- Profile data/drive.csv until 2.5 V")
          && resolved.table.contains("5 points over 60 s, -2 mA/cm2 to 1 mA/cm2 until 2.500 V"))
      let digest = Digest(Data(drive.utf8)).text
      #expect(resolved.values["profile drive.csv"] == "4 lines, SHA-256 \(digest)")
      let manifest = RunManifest(
        resolved, started: .now, wallSeconds: 1, cyclesCompleted: 1, outcome: "", exitCode: 0, files: [])
      #expect(manifest.inputs == [.init(name: "profile-drive.csv", sha256: digest)])
    }
  }

  @Test func casesMayVaryTheProfileButNotTwoOfOneName() throws {
    let study = """
      protocol: [Charge at 1C until 4 V vs Li, 'Profile {drive} until 2.5 V']
      run: {cycles: 1}
      vary: {drive: [data/drive.csv, other.csv]}

      """
    try withProfile(scenario: study) { folder in
      try write(drive.replacing(",-2", with: ",-3"), folder + "/other.csv")
      let read = try ScenarioReader().readStudy(path: folder + "/x.yaml")
      #expect(read.inputNames == ["profile-drive.csv", "profile-other.csv"])
      let identity = StudyIdentity(read)
      // Of the second case, which the base does not name.
      try write(drive, folder + "/other.csv")
      let changed = StudyIdentity(try ScenarioReader().readStudy(path: folder + "/x.yaml"))
      #expect(changed.difference(from: identity)?.hasPrefix("profile other.csv is '4 lines, SHA-256") == true)
      try write(study.replacing("other.csv", with: "drive.csv"), folder + "/y.yaml")
      try write(drive.replacing(",-2", with: ",-3"), folder + "/drive.csv")
      #expect(throws: ScenarioError.self) { try ScenarioReader().readStudy(path: folder + "/y.yaml") }
    }
  }

  @Test func aRunGoesOnFromItsDirectoryAloneAndAChangedProfileIsAnother() throws {
    try withProfile { folder in
      let file = folder + "/x.yaml"
      let (whole, parts) = (folder + "/whole", folder + "/parts")
      #expect(try cyclelife("run", file, "--output", whole, "--quiet", "--no-figures").status == 0)
      #expect(
        try cyclelife("run", file, "--output", parts, "--quiet", "--no-figures", "--cycles", "1").status == 0)
      let changed = drive.replacing(",-2", with: ",-3")
      try write(changed, folder + "/data/drive.csv")
      let other = try cyclelife("run", file, "--output", whole, "--quiet")
      #expect(other.status == 73)
      #expect(other.errors.contains("profile drive.csv: 4 lines, SHA-256 "))
      try FileManager.default.removeItem(atPath: folder + "/data")
      #expect(try cyclelife("resume", parts, "--cycles", "2", "--quiet", "--no-figures").status == 0)
      func content(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: name)) }
      for name in ["cycles.csv", "timeseries.bdf.csv", "checkpoint.json", "profile-drive.csv"] {
        #expect(try content(whole + "/" + name) == content(parts + "/" + name), "\(name)")
      }
      // The scenario in the directory finds the profile beside it; cut-offs of its steps are in the exported cell.
      #expect(try cyclelife("check", parts + "/scenario.yaml").status == 0)
      let export = try BPXExport(run: parts)
      #expect(String(decoding: export.json, as: UTF8.self).contains("\"Lower voltage cut-off [V]\" : 2.5"))
      try write(changed, parts + "/profile-drive.csv")
      #expect(try cyclelife("resume", parts, "--cycles", "3", "--quiet").status == 73)
    }
  }
}

import Foundation
import Testing

private let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

private func text(_ page: String) throws -> String {
  try String(contentsOf: package.appendingPathComponent(page), encoding: .utf8)
}

/// What a trial finds wrong with a page.
private func problems(of page: String) throws -> [String] {
  var problems: [String] = []
  try withTemporaryPath { path in
    let programs = try builtProgram().deletingLastPathComponent()
    var trial = try PageTrial(in: path, programs: programs, package: package)
    try trial.carryOut(page: page)
    problems = trial.problems
  }
  return problems
}

private let folder = "Sources/RunFiles/RunFiles.docc"

/// The code on the pages for users does what they say.
@Suite struct Pages {
  @Test(arguments: [
    "README.md", folder + "/Tutorial.md", folder + "/FadePrediction.md", folder + "/StackPressure.md",
    folder + "/CrackOrientation.md", folder + "/Extending.md",
  ])
  func everyBlockCanBeCarriedOut(page: String) throws {
    let content = try text(page)
    let blocks = PageBlock.blocks(of: content)
    #expect(blocks.count >= 2)
    // Python is carried out on one page alone.
    #expect(!blocks.contains { $0.language == "python" })
    #expect(try problems(of: content) == [])
  }

  /// Each of the three questions has its figure, and every picture that is named is in the package.
  @Test func picturesOfTheReadmeAreThere() throws {
    let paths = try text("README.md").matches(of: /!\[[^\]]+\]\(([^)]+)\)/).map { String($0.output.1) }
    #expect(paths.count == 4)
    for path in paths {
      let start = try FileHandle(forReadingFrom: package.appendingPathComponent(path)).read(upToCount: 4)
      #expect(start == Data([0x89, 0x50, 0x4E, 0x47]), "\(path)")
    }
  }

  @Test func theMistakeInTheReadmeIsReportedSo() throws {
    let yaml = String(repeating: "\n", count: 10) + "cathode:\n  thicknes: 30 um\n"
    let message = try #require(problems(yaml).first)
    #expect(message == "x.yaml:12:3: cathode.thicknes: unknown key; nearest valid key: cathode.thickness")
    #expect(try text("README.md").contains("`\(message)`"))
  }

  /// A page with one mistake has one problem, which names it.
  @Test(arguments: [
    ("    cyclelife run scenarios/dense-lco-1c.yaml --cyles 3", "--cyles"),
    ("    cyclelife run scenarios/dense-lco-2c.yaml", "66"),
    ("    cyclelife run scenarios/dense-lco-1c.yaml --set 'cathode.thicknes=3 um'", "cathode.thickness"),
    ("    cyclelife run scenarios/stack-pressure.yaml --max-time 23", "--max-time"),
    ("    cyclelife fit scenarios/dense-lco-1c.yaml --data cell-8.csv --parameters x", "66"),
    ("    cyclelife validate --fade --replicate 16", "--replicate"),
    ("    cyclelife report runs/nothing", "66"),
    ("    cyclelive run scenarios/dense-lco-1c.yaml", "no command"),
    ("    swift run -c release cyclelife-bench work --upgrade", "--upgrade"),
    ("```yaml\ncathode: {thicknes: 3 um}\n```", "cathode.thickness"),
    ("```csv\nCycle Count / 1,Charge / Ah\n1,2\n```", "65"),
    ("```text\nresults: runs/nothing\n```", "prints no line"),
    ("```swift\nstruct NoSuchMechanism {}\n```", "in no file"),
    ("Use `cyclelife run FILE --cyles 3`.", "--cyles"),
    ("Use `swift test --filter NoSuchTest`.", "NoSuchTest"),
  ])
  func aMistakeIsFound(block: String, named: String) throws {
    let found = try problems(of: "Text\n\n\(block)\n")
    #expect(found.count == 1)
    #expect(found.first?.contains(named) == true, "\(found)")
  }
}

@Suite struct Completion {
  @Test(arguments: ["bash", "zsh", "fish"])
  func scriptsKnowTheCommands(shell: String) throws {
    let script = try cyclelife("--generate-completion-script", shell)
    #expect(script.status == 0 && script.errors == "")
    for word in ["run", "resume", "validate", "report", "import-bpx", "max-time"] {
      #expect(script.output.contains(word), "\(word)")
    }
    guard shell == "bash" else { return }
    try withTemporaryPath { path in
      try Data(script.output.utf8).write(to: URL(fileURLWithPath: path))
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/bash")
      process.arguments = ["-n", path]
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
    }
  }
}

import CycleLife
import Foundation
import Testing

@testable import RunFiles

/// How long `body` takes, s.
private func seconds(_ body: () -> Void) -> Double {
  let start = ContinuousClock.now
  body()
  return (ContinuousClock.now - start) / .seconds(1)
}

/// Ten levels of nine aliases each: 9^9 values in 400 bytes.
private let laughs: String = {
  let names = "abcdefghij".map(String.init)
  let lists = zip(names, names.dropFirst()).map { inner, outer in
    "\(outer): &\(outer) [\([String](repeating: "*\(inner)", count: 9).joined(separator: ","))]\n"
  }
  return "a: &a [1,1,1,1,1,1,1,1,1]\n" + lists.joined()
}()

private let noAliases = "anchors and aliases (& and *) are not accepted; write the value out"
private let noTags = "tags (!) are not accepted; write the value alone"

/// A hundred seeds for each of as many numbers of cycles, and one more.
private let grid: String = {
  let list = (1...101).map(String.init).joined(separator: ",")
  return "vary: {run.seed: [\(list)], run.cycles: [\(list)]}"
}()

private func numbered(_ count: Int, _ separator: String, _ text: (Int) -> String) -> String {
  (0..<count).map(text).joined(separator: separator)
}

/// Each took more than a second, or did not end, in a release build.
private let longTexts: [String] = [
  "{" + numbered(140_000, ",") { String($0) } + "}",
  "vary: {cell.stack pressure: [" + numbered(60_000, ",") { "\($0 % 30) MPa" } + "]}",
  "cases: {A: {" + numbered(60_000, ", ") { "key\($0): 1" } + "}}",
  "protocol: ['Charge at " + String(repeating: "{a}", count: 300_000) + "']",
  "protocol:\n" + String(repeating: "- Rest for 10 {a}\n", count: 40_000)
    + numbered(60, "") { "k\($0): 1\n" },
]

@Suite struct UntrustedText {
  static let mistakes: [(yaml: String, expected: String)] = [
    (laughs, "x.yaml:1:4: \(noAliases)"),
    // As a key, whose comparison with others would visit every value.
    (laughs + "? *j\n: 1\n", "x.yaml:1:4: \(noAliases)"),
    ("? *a\n: 1\n", "x.yaml:1:3: \(noAliases)"),
    ("title: *a\n", "x.yaml:1:8: \(noAliases)"),
    ("title: !!str 5\n", "x.yaml:1:8: \(noTags)"),
    // One key to its writer, two to YAML.
    ("!a title: 5\n!b title: 6\n", "x.yaml:1:1: \(noTags)"),
    ("title: 5\n\"title\": 6\n", "x.yaml:1:1: title: written more than once in the same section"),
    ("1: 5\n'1': 6\n", "x.yaml:1:1: 1: written more than once in the same section"),
    (String(repeating: "- ", count: 33) + "1\n", "x.yaml:1:65: nested deeper than 32 levels"),
    (String(repeating: "? ", count: 5000), "x.yaml:1:65: nested deeper than 32 levels"),
    (
      "protocol:\n" + String(repeating: "- Rest for 1 min\n", count: 1001),
      "x.yaml:2:1: protocol: 1001 steps; expected no more than 1000"
    ),
    (grid, "x.yaml:1:1: vary: more than 10000 cases; expected fewer values or keys"),
    (
      "cases:\n" + numbered(10_001, "") { "  c\($0): {run.seed: 1}\n" },
      "x.yaml: cases: more than 10000 cases; expected fewer values or keys"
    ),
  ]

  @Test(arguments: mistakes.indices) func isRefused(index: Int) {
    let (yaml, expected) = UntrustedText.mistakes[index]
    var first: String?
    let time = seconds { first = problems(yaml).first }
    #expect(first == expected)
    #expect(time < 5)
  }

  @Test(arguments: longTexts.indices) func aLongTextIsRefusedSoon(index: Int) {
    let yaml = longTexts[index]
    #expect(yaml.utf8.count < ScenarioReader.sizeLimit)
    var count = 0
    let time = seconds { count = problems(yaml).count }
    #expect(count > 0)
    // A debug build is some ten times slower; before, none of them ended within a minute there.
    #expect(time < 15)
  }
}

@Suite struct UntrustedFiles {
  /// Sparse: nothing of it is on the disk, and nothing is read.
  @Test func aFileOfAGigabyteIsRefusedByItsSize() throws {
    try withTemporaryPath { path in
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      for name in ["large.yaml", "large.csv", "large.pgm"] {
        #expect(FileManager.default.createFile(atPath: "\(path)/\(name)", contents: nil))
        #expect(truncate("\(path)/\(name)", 1 << 30) == 0)
      }
      let large = "\(path)/large"
      func message(_ body: () throws -> Void) -> String {
        do {
          try body()
          return ""
        } catch { return "\(error)" }
      }
      let image = "microstructure: {image: \(large).pgm, pixel size: 1 um, labels: {1: {crystal: 0 deg}}}"
      var errors: [String] = []
      let time = seconds {
        errors = [
          message { _ = try ScenarioReader().readStudy(path: large + ".yaml") },
          message { _ = try MeasuredFade(path: large + ".csv") },
          message { _ = try read(image) },
        ]
      }
      #expect(
        errors == [
          "cannot read '\(large).yaml': larger than 1 MiB", "cannot read '\(large).csv': larger than 16 MiB",
          "x.yaml:1:25: microstructure.image: cannot read '\(large).pgm': larger than 24 MiB",
        ])
      #expect(time < 1)
    }
  }

  @Test func aPipeIsReadAndADeviceIsNot() throws {
    try withTemporaryPath { path in
      #expect(mkfifo(path, 0o644) == 0)
      let writer = Thread {
        if let pipe = FileHandle(forWritingAtPath: path) {
          try? pipe.write(contentsOf: Data("title: piped\n".utf8))
          try? pipe.close()
        }
      }
      writer.start()
      let piped = try ScenarioReader().read(path: path)
      #expect(piped.scenario.title == "piped")
    }
    for (path, reason) in [("/dev/zero", "it is not a file"), ("/tmp", "it is a directory")] {
      #expect(throws: RunFileError.cannotRead(path: path, reason: reason)) {
        try ScenarioReader().readStudy(path: path)
      }
    }
  }

  @Test func whatIsStoredIsReadFromPlainFilesInTheDirectoryAlone() throws {
    try withTemporaryPath { path in
      let directory = try RunDirectory(path + "/run")
      let secret = Data("secret".utf8)
      try secret.write(to: URL(fileURLWithPath: path + "/secret"))
      try directory.write(secret, to: "plain")
      #expect(symlink("../secret", directory.path(of: "link")) == 0)
      #expect(mkfifo(directory.path(of: "pipe"), 0o644) == 0)
      #expect(directory.content(of: "plain") == secret)
      for name in ["link", "pipe", "../secret", path + "/secret", "a/../../secret", "", "."] {
        #expect(directory.content(of: name) == nil, "\(name)")
      }
      #expect(directory.content(of: "plain", limit: 5) == nil)
    }
  }

  /// What is written goes into the directory, whatever somebody put there.
  @Test(arguments: ["cycles.csv", "cycles.csv.partial"]) func linksAndDevicesAreNotWrittenTo(name: String)
    throws
  {
    try withTemporaryPath { path in
      let directory = try RunDirectory(path + "/run")
      let (target, place) = (path + "/target", directory.path(of: name))
      let content = Data("kept".utf8)
      try content.write(to: URL(fileURLWithPath: target))
      func checkRefusal() {
        let error = #expect(throws: RunFileError.self) {
          try directory.write(Data("new".utf8), to: "cycles.csv")
        }
        #expect(error.map { if case .cannotWrite = $0 { true } else { false } } == true)
        #expect((try? Data(contentsOf: URL(fileURLWithPath: target))) == content)
        #expect(unlink(place) == 0 || rmdir(place) == 0)
      }
      #expect(symlink(target, place) == 0)
      checkRefusal()
      #expect(symlink(path + "/nowhere", place) == 0)
      checkRefusal()
      #expect(!FileManager.default.fileExists(atPath: path + "/nowhere"))
      #expect(mkfifo(place, 0o644) == 0)
      checkRefusal()
      #expect(mkdir(place, 0o755) == 0)
      checkRefusal()
      if name.hasSuffix(".partial") {
        #expect(link(target, place) == 0)
        checkRefusal()
      }
      // The same name without anything in its way.
      try directory.write(Data("new".utf8), to: "cycles.csv")
    }
  }

  @Test func fieldsAreNotWrittenThroughALink() throws {
    try withTemporaryPath { path in
      let directory = try RunDirectory(path + "/run")
      #expect(mkdir(path + "/elsewhere", 0o755) == 0)
      #expect(symlink("../elsewhere", directory.path(of: FieldFiles.directoryName)) == 0)
      #expect(throws: RunFileError.self) { try directory.subdirectory(FieldFiles.directoryName) }
    }
  }

  @Test func theProgramRefusesThemToo() throws {
    try withTemporaryPath { path in
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try Data((laughs + "? *j\n: 1\n").utf8).write(to: URL(fileURLWithPath: path + "/laughs.yaml"))
      let laughed = try cyclelife("check", path + "/laughs.yaml")
      #expect(laughed.status == 65 && laughed.errors.contains("laughs.yaml:1:4: anchors and aliases"))
      #expect(try cyclelife("check", "/dev/zero").status == 66)
      // A link as the output of `section` and of `new`.
      let scenario = path + "/small.yaml"
      try Data("cathode: {width: 6 um, thickness: 6 um}\n".utf8).write(to: URL(fileURLWithPath: scenario))
      #expect(symlink(path + "/nowhere.pgm", path + "/link.pgm") == 0)
      #expect(try cyclelife("section", scenario, "--output", path + "/link.pgm").status == 74)
      #expect(symlink(path + "/nowhere.yaml", path + "/new.yaml") == 0)
      #expect(try cyclelife("new", path + "/new.yaml").status == 73)
      #expect(try FileManager.default.contentsOfDirectory(atPath: path).count == 4)
    }
  }
}

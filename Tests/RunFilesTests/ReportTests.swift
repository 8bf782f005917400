import CycleLife
import Foundation
import Testing

@testable import RunFiles

/// Writes what a run of one cell leaves behind that delivered these capacities, mAh/g.
private func makeRun(
  _ path: String, _ capacities: [Double], yaml: String = "title: A cell\n", _ overrides: [String] = [],
  outcome: String = "all cycles done"
) throws {
  let count = overrides.contains { $0.hasPrefix("run.cycles=") } ? [] : ["run.cycles=\(capacities.count)"]
  let resolved = try read(yaml, overrides + count)
  let directory = try RunDirectory(creating: path)
  try directory.write(Data(yaml.utf8), to: "scenario.yaml")
  var recorder = try RunRecorder(directory: directory, scenario: resolved.scenario, activeMassPerArea: 0.1)
  for (index, capacity) in capacities.enumerated() {
    var record = CycleRecord()
    record.cycle = index + 1
    // 1 mAh/g is 3600 C/kg.
    record.dischargeCapacity = 360 * capacity
    record.chargeCapacity = record.dischargeCapacity
    try recorder.record(record)
  }
  try recorder.finish()
  let manifest = RunManifest(
    resolved, started: .now, wallSeconds: 1.5, cyclesCompleted: capacities.count, outcome: outcome,
    exitCode: 0, files: ["scenario.yaml", "cycles.csv"])
  try directory.write(try manifest.json, to: "manifest.json")
}

/// Writes what a small study leaves behind: two rates, three sections of each, two cycles.
private func makeEnsemble(_ path: String, _ overrides: [String] = []) throws {
  let run = StudyRun(try readStudy(smallEnsemble, overrides), jobs: 1)
  let directory = try RunDirectory(creating: path)
  let rows = try run.run(in: directory) { _ in }
  let manifest = RunManifest(
    run, rows, started: .now, wallSeconds: 1, outcome: "2 of 2 cases done", exitCode: 0, files: run.tableNames
  )
  try directory.write(Data(smallEnsemble.utf8), to: "scenario.yaml")
  try directory.write(try manifest.json, to: "manifest.json")
}

/// The numbers of a text, with their standard errors; names in quotes are passed over.
private func numbers(_ text: String) -> [String] {
  text.replacing(/'[^']*'/, with: "").matches(of: /[0-9]+\.[0-9]+(\u{A0}±\u{A0}[0-9.]+)?/).map {
    String($0.output.0)
  }
}

private func fade(_ count: Int, _ ratio: Double) -> [Double] {
  (0..<count).map { 90 * pow(ratio, Double($0)) }
}

@Suite struct HTMLPieces {
  @Test func textIsEscapedAndMarkupIsNot() {
    let text = "<b title=\"x\">'&\u{202E}\u{0}\u{7}"
    let piece: HTML = "<p title=\"\(text)\">\(text)</p>"
    let escaped = "&lt;b title=&quot;x&quot;&gt;&#39;&amp;"
    #expect(piece.markup == "<p title=\"\(escaped)\">\(escaped)</p>")
    #expect(("\(piece)\(3)" as HTML).markup == piece.markup + "3")
    #expect(["\(text)", "<br>"].joined("<hr>").markup == escaped + "<hr><br>")
  }

  @Test func aTableSaysWhatItsCellsBelongTo() {
    let table = HTMLTable(caption: "A & B", headings: ["Key", "<Value>"], rows: [["a", "\("<1>")"]])
    #expect(table.html.markup.contains("<caption>A &amp; B</caption>"))
    #expect(
      table.html.markup.contains(
        "<tr><th scope=\"col\">Key</th><th scope=\"col\">&lt;Value&gt;</th></tr>"))
    #expect(table.html.markup.contains("<tr><th scope=\"row\">a</th><td>&lt;1&gt;</td></tr>"))
  }
}

@Suite struct Digests {
  /// Vectors of FIPS 180-4, and lengths about the ends of a block as `sha256sum` gives them.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (String(repeating: "a", count: 55), "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"),
    (String(repeating: "a", count: 64), "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"),
    (String(repeating: "a", count: 119), "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb"),
    (String(repeating: "a", count: 1000), "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"),
  ]) func agreeWithPublishedOnes(text: String, expected: String) {
    #expect(Digest(text.utf8).text == expected)
  }
}

@Suite struct Estimates {
  @Test func decimalsFollowTheError() {
    #expect(Estimate(66.64).text == "66.6")
    #expect(Estimate(66.64, standardError: 1.26).text == "66.6\u{A0}±\u{A0}1.3")
    #expect(Estimate(66.64, standardError: 0.0421).text == "66.64\u{A0}±\u{A0}0.04")
    #expect(Estimate(66.64, standardError: 0).text == "66.6\u{A0}±\u{A0}0.0")
    #expect(Estimate(66.64, standardError: .nan).text == "66.6")
  }

  @Test func whatWasNotReachedIsMore() {
    #expect(Estimate(.infinity, standardError: .nan, limit: 60).text == "more than 60")
    #expect(Estimate(31, band: (20, .infinity), limit: 60).bandText == "20.0 to more than 60")
    #expect(Estimate(.infinity, band: (.infinity, .infinity), limit: 60).bandText == nil)
    #expect(Estimate(0.5, standardError: 0.1, band: (0.25, 0.75)).times(100).bandText == "25.0 to 75.0")
  }
}

@Suite struct Reports {
  /// Points are drawn beside the curve, also of a run that has drawn its own, and the page says whose they are.
  @Test func whatWasMeasuredIsLaidOverTheFade() throws {
    try withTemporaryPath { path in
      try makeRun(path, fade(5, 0.98))
      let text = "Cycle Count / 1,Discharge Capacity / mAh g-1,Uncertainty / mAh g-1\n1,91,2\n8,80,2.5\n"
      let measured = try MeasuredFade(Data(text.utf8), name: "lab/cell<7>.csv")
      let curve = FadeCurves.Curve(number: 1, label: "A", points: fade(5, 0.98).map { [$0] })
      let drawing = try #require(
        FadeCurves(
          curves: [curve], title: "", keyTitle: "", isOrdered: false, hasBands: false, measured: measured
        ).drawing)
      #expect(
        drawing.data.last?.text
          == "Cycle Count / 1,Discharge Capacity / mAh g-1,Standard Deviation / mAh g-1\n1,91.0,2.0\n8,80.0,2.5\n"
      )
      #expect(drawing.figure.script.contains("1:2:3 with yerrorbars"))
      // The axes hold every point with its bar.
      #expect(drawing.figure.script.contains("STATS_max = STATS_max > 93.0 ? STATS_max : 93.0"))
      #expect(drawing.figure.script.contains("set xrange [0.5:8.5]"))
      let page = try Report([path], measured: measured).html
      #expect(page.contains("Points: measured, from lab/cell&lt;7&gt;.csv."))
      #expect(page.contains("SHA-256 of lab/cell&lt;7&gt;.csv") && page.contains(measured.digest.prefix(16)))
    }
  }

  @Test func aRunIsAnsweredWithTheNumbersOfItsTable() throws {
    try withTemporaryPath { path in
      // 0.98^11 = 0.8007 and 0.98^12 = 0.7847: 80 % between cycles 12 and 13.
      let capacities = fade(20, 0.98)
      try makeRun(path, capacities)
      let report = try Report([path])
      let life = 12 + (capacities[11] - 72) / (capacities[11] - capacities[12])
      let expected = [capacities[19], 100 * capacities[19] / 90, 90, life].map { String(format: "%.1f", $0) }
      #expect(numbers(report.answer[0]) == expected)
      let row = report.numbersTable.rows[0].map(\.markup)
      #expect(Array(row.dropFirst().prefix(4)) == [expected[2], expected[0], expected[1], expected[3]])
      #expect(report.answer[1].contains("one section"))
      #expect(report.question == "How does the capacity of this cell fade over 20 cycles?")
      #expect(report.html.contains("<title>A cell</title>"))
    }
  }

  /// A cell that ended delivers nothing in the cycles that were asked for after it.
  @Test func aCellThatEndedDeliversNothing() throws {
    try withTemporaryPath { path in
      try makeRun(path, [90, 89], ["run.cycles=10"], outcome: "cycle 3, step 'x': no")
      let report = try Report([path])
      #expect(report.lastCycle == 10)
      #expect(
        report.answer[0].contains("delivers nothing in cycle 10") && report.answer[0].contains("step 'x'"))
      // From 89 in cycle 2 to nothing in cycle 3, 72 is passed in between.
      #expect(report.entries[0].reported.eighty?.text == String(format: "%.1f", 2 + 17.0 / 89))
    }
  }

  @Test func anEnsembleIsAnsweredWithMediansAndTheirErrors() throws {
    try withTemporaryPath { path in
      try makeEnsemble(path)
      let report = try Report([path])
      let rows = report.numbersTable.rows.map { $0.map(\.markup) }
      #expect(rows.map { $0[0] } == ["rate 0.5C", "rate 2C"])
      #expect(report.numbersTable.headings.contains("Runs") && rows.allSatisfy { $0.contains("3") })
      // Every number of the answer stands in the table, and those of the table are the medians of the files.
      let said = numbers(report.answer[0])
      #expect(said.count == 4 && said.allSatisfy { number in rows.joined().contains(number) }, "\(said)")
      #expect(said.allSatisfy { $0.contains("±") })
      let directory = RunDirectory(existing: path)
      let table = try #require(ReadTable("results.csv", in: directory))
      let medians = table.numbers("Discharge Capacity / mAh g-1").compactMap(\.self)
      for (row, median) in zip(rows, medians) {
        #expect(row.contains { $0.hasPrefix(String(format: "%.1f", median)) }, "\(median) in \(row)")
      }
      #expect(report.answer[1].contains("standard error"))
      #expect(report.question == "What does rate do to the fade of the cell?")
      // The curves of the cases were drawn, or the page says why not.
      #expect(report.fade != nil || report.missing.contains { $0.contains("gnuplot") })
    }
  }

  @Test func onlyWhatDiffersIsCompared() throws {
    try withTemporaryPath { path in
      try makeRun(path + "/soft", fade(5, 0.98))
      try makeRun(path + "/stiff", fade(5, 0.99), ["cell.stack pressure=3e7 Pa", "run.seed=2"])
      let report = try Report([path + "/soft", path + "/stiff"])
      // Values are those resolved, in the unit of the parameter table.
      #expect(
        report.differences == [
          .init(key: "cell.stack pressure", values: ["10 MPa", "30 MPa"]),
          .init(key: "run.seed", values: ["1", "2"]),
        ])
      #expect(report.labels == ["stack pressure 10 MPa", "stack pressure 30 MPa"])
      #expect(report.question == "What does a change of stack pressure do to the cell?")
      #expect(report.answer[0].contains("'stack pressure 30 MPa' keeps most"))
      let said = numbers(report.answer[0])
      let cells = report.numbersTable.rows.joined().map(\.markup)
      #expect(said.count == 4 && said.allSatisfy { cells.contains($0) }, "\(said)")
      let same = try Report([path + "/soft", path + "/soft"])
      #expect(same.differences.isEmpty && Set(same.labels).count == 2)
      #expect(same.html.contains("All values of these runs are the same"))
    }
  }

  /// A study of single discharges, one case of which cannot follow its protocol.
  @Test func aStudyOfOneCycleIsAnsweredWithCapacities() throws {
    try withTemporaryPath { path in
      let run = StudyRun(try readStudy(smallStudy), jobs: 1)
      let directory = try RunDirectory(creating: path)
      let rows = try run.run(in: directory) { _ in }
      let manifest = RunManifest(
        run, rows, started: .now, wallSeconds: 1, outcome: "6 of 6 cases done", exitCode: 0,
        files: run.tableNames)
      try directory.write(try manifest.json, to: "manifest.json")
      let report = try Report([path])
      #expect(report.question.hasPrefix("What do rate, roughness and fast diffusivity do to the capacity"))
      let best = try #require(rows.max { ($0.capacity ?? 0) < ($1.capacity ?? 0) })
      let capacity = String(format: "%.1f", best.capacity ?? 0)
      #expect(report.answer[0].contains("'\(best.label)' delivers most, \(capacity)\u{A0}mAh/g"))
      let table = report.numbersTable
      #expect(table.rows.count == 6 && !table.headings.contains { $0.hasPrefix("Retention") })
      #expect(table.rows[best.number - 1].map(\.markup).contains(capacity))
    }
  }

  /// Cases with other numbers of cycles are compared in the last that all have.
  @Test func casesAreComparedInACommonCycle() throws {
    try withTemporaryPath { path in
      try makeRun(path + "/a", fade(5, 0.98))
      try makeRun(path + "/b", fade(9, 0.99), yaml: "title: Another\n")
      let report = try Report([path + "/a", path + "/b"])
      #expect(report.lastCycle == 5 && report.labels == ["A cell", "Another"])
      #expect(report.numbersTable.rows[1].map(\.markup).contains(String(format: "%.1f", fade(9, 0.99)[4])))
    }
  }

  @Test func whatTheUserWroteIsNoMarkup() throws {
    try withTemporaryPath { path in
      let title = "<script>alert(1)</script> & \\\" 'x'"
      let yaml = "# <img src=x onerror=alert(2)>\ntitle: \"\(title)\"\ndescription: \"</details><b>\"\n"
      try makeRun(path, fade(3, 0.9), yaml: yaml, outcome: "<i>done</i>")
      let page = try Report([path]).html
      let images = page.components(separatedBy: "<img").count - 1
      let drawn = page.components(separatedBy: "<img src=\"data:image/png;base64,").count - 1
      #expect(images == drawn)
      #expect(page.components(separatedBy: "<script").count == 2)
      #expect(!page.contains("<b>") && !page.contains("<i>"))
      #expect(page.contains("<title>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot; &#39;x&#39;</title>"))
      #expect(page.contains("&lt;img src=x onerror=alert(2)&gt;") && page.contains("&lt;i&gt;done&lt;/i&gt;"))
    }
  }

  @Test func thePageLoadsNothingAndIsWellBuilt() throws {
    try withTemporaryPath { path in
      try makeRun(path + "/a", fade(3, 0.9))
      try makeRun(path + "/b", fade(3, 0.8), ["cell.temperature=40 degC"])
      let page = try Report([path + "/a", path + "/b"]).html
      for link in page.matches(of: /(?:src|href)="([^"]*)"/).map(\.output.1) {
        #expect(link.hasPrefix("#") || link.hasPrefix("data:"), "\(link.prefix(60))")
      }
      #expect(!page.contains("url(") && !page.contains("@import"))
      // Links within the page lead somewhere, and every name is given once.
      let ids = page.matches(of: /\ id="([^"]*)"/).map { String($0.output.1) }
      #expect(Set(ids).count == ids.count)
      for target in page.matches(of: /(?:href="#|for="|aria-labelledby="|list=")([^"]*)"/) {
        #expect(ids.contains(String(target.output.1)))
      }
      for heading in page.matches(of: /<th[ >][^>]*/) { #expect(heading.output.contains("scope=")) }
      for image in page.matches(of: /<img [^>]*>/) { #expect(image.output.contains(/\ alt="[^"]{20,}"/)) }
      for part in ["<html lang=\"en\">", "<main>", "<header>", "<nav aria-label", "<footer>", "<h1>"] {
        #expect(page.components(separatedBy: part).count == 2, "\(part)")
      }
      // What opens is closed.
      for element in [
        "section", "div", "figure", "table", "details", "ul", "ol", "p", "h2", "h3", "tr", "td",
      ] {
        let open = page.matches(of: try Regex("<\(element)[ >]")).count
        #expect(open == page.components(separatedBy: "</\(element)>").count - 1, "\(element)")
      }
    }
  }

  /// Contrast by WCAG 2.1, 1.4.3: 4.5 for text, in light, dark and print.
  @Test func coloursHaveContrast() throws {
    let themes = Report.style.markup.matches(of: /:root \{([^}]*)\}/).map { String($0.output.1) }
    #expect(themes.count == 3)
    for theme in themes {
      let colours = Dictionary(
        uniqueKeysWithValues: theme.matches(of: /--([a-z]+): #([0-9a-f]+)/).map {
          (String($0.output.1), luminance(String($0.output.2)))
        })
      func contrast(_ text: String, _ ground: String) throws -> Double {
        let (one, other) = (try #require(colours[text]), try #require(colours[ground]))
        return (max(one, other) + 0.05) / (min(one, other) + 0.05)
      }
      for text in ["ink", "soft", "accent"] {
        for ground in ["paper", "panel"] {
          #expect(try contrast(text, ground) >= 4.5, "\(text) on \(ground)")
        }
      }
    }
  }

  /// The relative luminance of a colour in three or six hexadecimal digits.
  private func luminance(_ digits: String) -> Double {
    let full = digits.count == 3 ? digits.map { "\($0)\($0)" }.joined() : digits
    let parts = stride(from: 0, to: 6, by: 2).map { place -> Double in
      let start = full.index(full.startIndex, offsetBy: place)
      let value = Double(Int(full[start..<full.index(start, offsetBy: 2)], radix: 16) ?? 0) / 255
      return value <= 0.03928 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
  }

  @Test func unmeasuredInputsAreNamed() throws {
    try withTemporaryPath { path in
      try makeRun(path, fade(3, 0.9), ["degradation.cracks.growth rate=2 um"])
      let page = try Report([path]).html
      let calibrated = try #require(page.components(separatedBy: "Calibrated values").last)
        .components(separatedBy: "</table>")[0]
      // A value that was given is not that which was calibrated.
      #expect(calibrated.contains("debonding rate") && !calibrated.contains("growth rate"))
      let rows = try ReportedRun(path: path).manifest.scenario
      let unmeasured = try #require(FadeInputs(rows, cycles: 3))
      #expect(page.contains("\(unmeasured.assumed.count) inputs of degradation"))
      for row in unmeasured.assumed { #expect(page.contains(row.source.replacing("'", with: "&#39;"))) }
    }
  }

  @Test func whatIsNoFinishedRunIsRefused() throws {
    try withTemporaryPath { path in
      #expect(throws: RunFileError.cannotRead(path: path, reason: "No such file or directory")) {
        try Report([path])
      }
      let directory = try RunDirectory(creating: path)
      func reason() -> String {
        do { _ = try Report([path]) } catch RunFileError.notARun(_, let reason) { return reason } catch {}
        return ""
      }
      #expect(reason().hasPrefix("it holds no manifest.json"))
      try directory.write(Data("{}".utf8), to: "checkpoint.json")
      #expect(reason() == "the run is not finished; the same command continues it")
      try directory.write(Data("{\"title\": 1}".utf8), to: "manifest.json")
      #expect(reason() == "its manifest.json is not that of a run")
      try withTemporaryPath { other in
        try makeRun(other, fade(3, 0.9), outcome: "interrupted after cycle 2")
        try FileManager.default.removeItem(atPath: other + "/cycles.csv")
        #expect {
          try Report([other])
        } throws: {
          "\($0)".contains("no cycles.csv") && "\($0)".hasSuffix("interrupted after cycle 2")
        }
      }
    }
  }

  @Test func aReportReplacesReportsAlone() throws {
    try withTemporaryPath { path in
      try makeRun(path + "/run", fade(3, 0.9))
      let report = try Report([path + "/run"])
      let file = path + "/page.html"
      try report.write(to: file)
      let first = try Data(contentsOf: URL(fileURLWithPath: file))
      try Report([path + "/run"]).write(to: file)
      #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == first)
      let mine = path + "/mine.txt"
      try Data("mine".utf8).write(to: URL(fileURLWithPath: mine))
      for taken in [mine, path] { #expect(throws: RunFileError.self) { try report.write(to: taken) } }
      #expect(try String(contentsOfFile: mine, encoding: .utf8) == "mine")
      #expect(try FileManager.default.contentsOfDirectory(atPath: path).count == 3)
    }
  }

  @Test func aDrawingIsKnownByItsFirstBytes() {
    let start: [UInt8] = [
      0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52,
    ]
    let png = Data(start + [0, 0, 6, 64, 0, 0, 4, 76])
    let size = ReportedRun.Picture(name: "x", png: png).size
    #expect(size?.width == 1600 && size?.height == 1100)
    #expect(ReportedRun.Picture(name: "x", png: Data("<svg>".utf8)).size == nil)
  }
}

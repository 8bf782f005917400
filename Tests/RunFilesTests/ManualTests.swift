import CellPhysics
import CycleLife
import Foundation
import Testing

@testable import RunFiles

private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

/// What the program says of itself, and that the README says the same.
@Suite struct Manual {
  private func readme() throws -> String {
    try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
  }

  @Test func everyColumnHasAMeaning() {
    var scenario = Scenario(protocolSteps: [])
    scenario.jumpTolerance = 0.005
    #expect(
      ColumnMeanings.cycles.map(\.key)
        == Table<CycleRecord>.cycles(scenario, activeMassPerArea: 1).columns.map(\.heading))
    #expect(
      ColumnMeanings.timeSeries.map(\.key) == Table<TimeSample>.timeSeries(scenario).columns.map(\.heading))
  }

  @Test func theReadmeListsTheColumns() throws {
    let rows = Description.columns.entries.filter { $0.details == ["in cycles.csv"] }.map { entry in
      let parts = entry.name.components(separatedBy: " / ")
      return "| \(parts[0]) | \(parts[1]) | \(entry.head) |"
    }
    #expect(rows.count == ColumnMeanings.cycles.count)
    #expect(try readme().contains("| --- | --- | --- |\n" + rows.joined(separator: "\n") + "\n\n"))
  }

  @Test func theReadmeListsTheExitCodes() throws {
    let described = try cyclelife("describe", "exit-codes")
    #expect(described.status == 0 && described.errors == "")
    let rows = described.output.split(separator: "\n").map { line in
      let code = line.prefix { $0 != " " }
      return "| \(code) | \(line.dropFirst(code.count).trimmingCharacters(in: .whitespaces)) |"
    }
    #expect(rows.count == 9)
    #expect(try readme().contains("| --- | --- |\n" + rows.joined(separator: "\n") + "\n\n"))
  }

  @Test func everyParameterIsDescribed() throws {
    let text = try cyclelife("describe", "parameters").output
    for parameter in Parameter.allCases {
      for part in [parameter.entry.meaning, parameter.entry.source, parameter.entry.provenance.rawValue] {
        #expect(text.contains(part), "\(parameter)")
      }
      let entry = Description.parameters.entries(named: parameter.rawValue)
      #expect(entry.count == 1)
      #expect(
        entry[0].head.hasPrefix(QuantityText.text(parameter.entry.defaultSI, parameter.entry.unit) + ", "))
    }
  }

  @Test func everyMechanismIsDescribed() {
    let described = Description.mechanisms.entries
    #expect(described.map(\.name) == Mechanisms.identifiers)
    for mechanism in described {
      #expect(!mechanism.head.isEmpty && mechanism.details.count > 1)
      // Its equations stand on the page.
      #expect(mechanism.details[0].contains(/E[0-9]+[a-d]? (to E[0-9]+[a-d]? )?of GoverningEquations/))
    }
    // Every parameter of degradation belongs to one of them.
    let keys = described.flatMap(\.details)
    for parameter in Parameter.allCases where parameter.rawValue.hasPrefix("degradation.") {
      #expect(keys.contains { $0.hasPrefix("\(parameter.rawValue) = ") }, "\(parameter.rawValue)")
    }
  }

  @Test func everyMaterialIsDescribed() throws {
    let all = Description.materials.entries
    #expect(all.prefix(MaterialFile.shippedNames.count).map(\.name) == MaterialFile.shippedNames)
    let described = Array(all.dropFirst(MaterialFile.shippedNames.count))
    let electrolytes = CathodeElectrolyte.allCases.map {
      ("interface: {electrolyte: \($0.rawValue)}\n", $0.rawValue)
    }
    let counters = CounterElectrode.allCases.map {
      ("counter electrode: {material: \($0.rawValue)}\n", $0.rawValue)
    }
    #expect(described.map(\.name) == (electrolytes + counters).map(\.1))
    #expect(
      described.filter { $0.head.hasSuffix(", the default") }.map(\.name) == ["halide", "lithium-indium"])
    for (material, (yaml, _)) in zip(described, electrolytes + counters) {
      // What is described is what a scenario that names it resolves to.
      let rows = try read(yaml).rows
      let parameters =
        yaml.hasPrefix("interface") ? CathodeElectrolyte.parameters : CounterElectrode.parameters
      #expect(material.details.count == parameters.count)
      for (line, parameter) in zip(material.details, parameters) {
        let row = try #require(rows.first { $0.key == parameter.rawValue })
        let unit = row.unit == "1" ? "" : " \(row.unit)"
        #expect(
          line.hasPrefix("\(row.key) = \(row.value)\(unit), \(row.provenance?.rawValue ?? "-"): "), "\(line)")
      }
    }
  }

  @Test func namesAreFoundByWholeLeafAndSection() {
    let parameters = Description.parameters
    #expect(parameters.entries(named: "Cell.Stack Pressure").map(\.name) == ["cell.stack pressure"])
    #expect(parameters.entries(named: "stack pressure").map(\.name) == ["cell.stack pressure"])
    #expect(parameters.entries(named: "degradation.interface").count == 8)
    #expect(Description.columns.entries(named: "discharge capacity").count == 2)
    #expect(parameters.entries(named: "stack presure").isEmpty)
    #expect(parameters.suggestions(for: "stack presure") == ["cell.stack pressure"])
    #expect(parameters.suggestions(for: "stack").contains("cell.stack pressure"))
    #expect(Description.columns.suggestions(for: "Contact Fracton") == ["Contact Fraction"])
  }

  @Test func aWrongNameGives64AndAHint() throws {
    let wrong = try cyclelife("describe", "parameters", "cathode.thicknes")
    #expect(wrong.status == 64 && wrong.output == "" && wrong.errors.contains("cathode.thickness"))
    let topic = try cyclelife("describe", "colums")
    #expect(topic.status == 64 && topic.errors.contains("nearest name: columns"))
    #expect(try cyclelife("describe").output.split(separator: "\n").count == 5)
  }

  @Test func linesAreBrokenBelowTheirHeads() {
    let lines = Description.lines([.init(name: "65", head: "one two three")], width: 12)
    #expect(lines == ["65  one two", "    three"])
  }

  @Test func everyCommandHasAnExample() throws {
    let help = try cyclelife("--help")
    #expect(help.status == 0)
    let commands =
      help.output.components(separatedBy: "SUBCOMMANDS:\n").last?.split(separator: "\n")
      .compactMap { $0.firstMatch(of: /^\ \ ([a-z-]+)\ /)?.output.1 } ?? []
    #expect(commands.count == 11)
    for command in commands {
      let text = try cyclelife(String(command), "--help").output
      #expect(
        text.contains(/Examples?:\n  cyclelife/) && text.contains("\n  cyclelife \(command)"), "\(command)")
    }
  }
}

@Suite struct NewScenarios {
  @Test func theyAreThoseInTheFolder() throws {
    let folder = root.appendingPathComponent("scenarios").path
    // The one of an image needs the image beside it.
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
      $0.hasSuffix(".yaml") && $0 != "section-image.yaml"
    }
    #expect(Set(ShippedScenario.all.map { $0.name + ".yaml" }) == Set(names))
    for scenario in ShippedScenario.all {
      #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(scenario.name).yaml")) == scenario.bytes)
      #expect(!scenario.title.isEmpty)
    }
  }

  @Test func theBeginningOfANameWillDo() {
    #expect(ShippedScenario(named: "dense-lco")?.name == "dense-lco-1c")
    // Of several there is none.
    #expect(ShippedScenario(named: "map") == nil && ShippedScenario(named: "") == nil)
    #expect(ShippedScenario.nearest(to: "stack-presure") == "stack-pressure")
  }

  @Test func aNewOneIsWrittenOnce() throws {
    try withTemporaryPath { path in
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let made = try cyclelife("new", path + "/mine", "--from", "dense-lco")
      #expect(made.status == 0 && made.errors == "")
      let file = URL(fileURLWithPath: path + "/mine.yaml")
      #expect(try Data(contentsOf: file) == paperScenario)
      try Data("mine".utf8).write(to: file)
      let again = try cyclelife("new", path + "/mine")
      #expect(again.status == 73 && again.output == "")
      #expect(again.errors.contains("does not replace '\(path)/mine.yaml'"))
      #expect(try Data(contentsOf: file) == Data("mine".utf8))
      let wrong = try cyclelife("new", path + "/other", "--from", "dense-lc0")
      #expect(wrong.status == 64 && wrong.errors.contains("nearest name: dense-lco-1c"))
      #expect(try cyclelife("new").status == 64)
      #expect(try cyclelife("new", path + "/no/such").status == 74)
      let list = try cyclelife("new", "--list").output.split(separator: "\n")
      #expect(list.count == ShippedScenario.all.count)
      let material = try cyclelife("new", path + "/stuff", "--material", "nca")
      #expect(material.status == 0 && material.output.hasPrefix("written: \(path)/stuff.yaml, from nca"))
      #expect(
        try Data(contentsOf: URL(fileURLWithPath: path + "/stuff.yaml")) == MaterialFile.shipped["nca"]!.bytes
      )
      let unknown = try cyclelife("new", path + "/stuff", "--material", "lco")
      #expect(unknown.status == 64 && unknown.errors.contains("there are nmc811, nmc622, nca"))
    }
  }
}

@Suite struct ReportCommands {
  @Test func exitCodesTellWhatIsWrong() throws {
    try withTemporaryPath { path in
      try FileManager.default.createDirectory(atPath: path + "/empty", withIntermediateDirectories: true)
      #expect(try cyclelife("report").status == 64)
      let missing = try cyclelife("report", path + "/none")
      #expect(missing.status == 66 && missing.errors.contains("cannot read '\(path)/none'"))
      let empty = try cyclelife("report", path + "/empty", "--output", path + "/x.html")
      #expect(empty.status == 65 && empty.errors.contains("holds no finished run"))
      #expect(!FileManager.default.fileExists(atPath: path + "/x.html"))
    }
  }

  /// Without gnuplot the page is written all the same, and names what it lacks.
  @Test func withoutGnuplotThePageSaysWhatItLacks() throws {
    try withTemporaryPath { path in
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let file = path + "/small.yaml"
      let plain = smallEnsemble.components(separatedBy: "vary:")[0].replacing("{rate}", with: "1C")
      try Data(plain.replacing("replicates: 3", with: "replicates: 1").utf8).write(
        to: URL(fileURLWithPath: file))
      var environment = ProcessInfo.processInfo.environment
      environment["PATH"] = "/nonexistent"
      func program(_ arguments: [String]) throws -> (status: Int32, errors: String) {
        let process = Process()
        process.executableURL = try builtProgram()
        process.arguments = arguments
        process.environment = environment
        let errors = Pipe()
        process.standardError = errors
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let text = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: text, as: UTF8.self))
      }
      #expect(try program(["run", file, "--output", path + "/run"]).status == 0)
      let made = try program(["report", path + "/run", "--output", path + "/page.html"])
      #expect(made.status == 0)
      #expect(made.errors.contains("the report lacks capacity: not drawn"))
      let page = try String(contentsOfFile: path + "/page.html", encoding: .utf8)
      #expect(
        page.contains("<li>capacity: not drawn;") && page.contains("<li>fade: gnuplot is not installed"))
      #expect(!page.contains("<img"))
    }
  }
}

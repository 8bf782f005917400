import CycleLife
import Foundation
import Testing

@testable import RunFiles

private let smallSensitivity = """
  title: Small
  cathode: {width: 6 um, thickness: 6 um}
  numerics: {mesh width: 1 um, depth mesh width: 2 um, interface mesh width: 0.5 um, mesh growth: 1.4}
  run: {cycles: 2, seed: 5, replicates: 2, field cycles: [1], field capacities: [10 mAh/g]}
  sensitivity:
    microstructure: {column spacing: [3 um, 6 um]}
    mechanics.stress-free state: [0.7, 0.98]
  """

@Suite struct Sensitivities {
  @Test func casesAreTheBaseAndTheTwoValuesOfEachInput() throws {
    let study = try readStudy(smallSensitivity)
    #expect(
      study.list == [
        "1: Base",
        "2: column spacing 3 um  [microstructure.column spacing: 3 um]",
        "3: column spacing 6 um  [microstructure.column spacing: 6 um]",
        "4: stress-free state 0.7  [mechanics.stress-free state: 0.7]",
        "5: stress-free state 0.98  [mechanics.stress-free state: 0.98]",
      ])
    #expect(study.sensitivity.map { [$0.low, $0.high] } == [[2, 3], [4, 5]])
    #expect(try study.scenario(of: study.cases[0]).scenario.parameters == study.base.scenario.parameters)
    #expect(try study.scenario(of: study.cases[4]).scenario.stressFreeState == .uniform(0.98))
    let again = try readStudy(study.table)
    #expect(again.list == study.list && again.sensitivity.map(\.low) == [2, 4])
    // What is set does not vary.
    let one = try readStudy(smallSensitivity, ["microstructure.column spacing=4 um"])
    #expect(one.list.count == 3 && one.sensitivity.map(\.key.path) == ["mechanics.stress-free state"])
  }

  private static let mistakes: [(String, String)] = [
    (
      "sensitivity: {cathode.thickness: [1 um, 2 um, 3 um]}\n",
      "x.yaml:1:34: sensitivity.cathode.thickness: expected a low and a high value, such as [2 um, 10 um]"
    ),
    (
      "sensitivity: {cathode.thicknes: [1 um, 2 um]}\n",
      "x.yaml:1:15: sensitivity.cathode.thicknes: neither a key of a scenario nor a name in braces of the protocol; "
        + "nearest valid name: cathode.thickness"
    ),
    (
      "sensitivity: {cathode.thickness: [10 um, 2 Pa]}\n",
      "x.yaml:1:42: cathode.thickness: 2 Pa is a value of pressure; expected a value with a unit of length, such as "
        + "23.1 um (the default)"
    ),
    (
      "sensitivity: {cathode.thickness: [1 um, 2 um]}\nvary: {run.seed: [1]}\n",
      "x.yaml:1:1: sensitivity: moves one input at a time from one base; expected neither vary nor cases beside it"
    ),
    (
      "sensitivity: 3\n",
      "x.yaml:1:14: sensitivity: expected a mapping: inputs, each with its low and its high value, such as "
        + "[2 um, 10 um]"
    ),
    (
      "vary: {run.seed: [1, 2]}\nfigure: {kind: tornado}\n",
      "x.yaml:2:16: figure.kind: a tornado shows a sensitivity; expected 'sensitivity:' with inputs in the file"
    ),
    (
      "run: {field capacities: [20 mAh/g]}\n",
      "x.yaml:1:25: run.field capacities: no cycle is named; expected run.field cycles beside it, such as [1, 25]"
    ),
    (
      "run: {field cycles: [1], field capacities: [20 um]}\n",
      "x.yaml:1:44: run.field capacities: '20 um' is no charge per mass; expected different capacities above 0, such as "
        + "[20 mAh/g, 40 mAh/g]"
    ),
    (
      "run: {field cycles: [1], field capacities: [0 mAh/g]}\n",
      "x.yaml:1:44: run.field capacities: '0 mAh/g' is not accepted; expected different capacities above 0, such as "
        + "[20 mAh/g, 40 mAh/g]"
    ),
  ]

  @Test(arguments: mistakes) func message(_ yaml: String, _ expected: String) {
    do {
      _ = try readStudy(yaml)
      Issue.record("accepted")
    } catch {
      #expect("\(error)".split(separator: "\n").first.map(String.init) == expected)
    }
  }

  /// A row with a life and a retention, or the life that was not reached.
  private func row(_ number: Int, life: Double?, retention: Double) throws -> StudyRow {
    let scenario = try StudyRun(readStudy(smallStudy), jobs: 1).scenario(of: 0).scenario
    var result = try CaseResult(running: scenario, keepingField: false)
    (result.firstCapacity, result.capacity, result.cyclesToEighty) = (1, retention, life)
    return StudyRow(number: number, label: "", varied: [], seed: 1, result: result, outcome: "")
  }

  @Test func theWidestComesFirst() throws {
    let yaml = smallSensitivity.replacing("cycles: 2,", with: "cycles: 50,")
      .replacing(" replicates: 2,", with: "")
    let run = StudyRun(try readStudy(yaml), jobs: 1)
    let rows = try [
      row(1, life: 30, retention: 0.7), row(2, life: 28, retention: 0.6), row(3, life: 31, retention: 0.8),
      row(4, life: nil, retention: 0.9), row(5, life: 20, retention: 0.3),
    ]
    let found = run.sensitivity(rows)
    #expect(found.map(\.name) == ["mechanics.stress-free state", "microstructure.column spacing"])
    // A life that was not reached counts with the cycles that were run.
    #expect(found.map(\.swing) == [30, 3] && found[0].low.isCensored && found[0].low.cycles == 50)
    #expect(found[0].low.text == "0.7" && found[0].base.text == "end of first charge")
    #expect(found[1].base.text == "5 um" && abs(found[1].retentionSwing - 0.2) < 1e-12)
    #expect(found[0].low.cyclesError == nil)
    let line = Table<SensitivityRow>.sensitivity.line(found[0])
    #expect(
      line.hasPrefix("mechanics.stress-free state,30.0,0.6")
        && line.contains(",0.7,50.0,,1,0.9,,0.98,20.0,,0,0.3,"))
  }

  @Test func tablesAndFigureAreWrittenAndDoNotDependOnJobs() throws {
    var tables: [[Data]] = []
    for jobs in [1, 2] {
      let run = StudyRun(try readStudy(smallSensitivity), jobs: jobs)
      #expect(
        run.tableNames == [
          "results.csv", "replicates.csv", "trajectories.csv", "sensitivity.csv", "hotspots.csv",
        ])
      try withTemporaryPath { path in
        let directory = try RunDirectory(creating: path)
        let rows = try run.run(in: directory) { _ in }
        tables.append(try run.tableNames.map { try Data(contentsOf: URL(fileURLWithPath: "\(path)/\($0)")) })
        guard jobs == 1 else { return }
        let text = String(decoding: tables[0][3], as: UTF8.self).split(separator: "\n")
        #expect(text.count == 3 && text[0].hasPrefix("Input / 1,Swing / 1,"))
        // Two seeds, five cases; each moment has at most so many places.
        let places = String(decoding: tables[0][4], as: UTF8.self).split(separator: "\n").dropFirst()
        #expect(places.count > 100 && places.count <= 10 * 3 * HotspotRecord.count)
        #expect(places.contains { $0.contains(",delivered,10.0,1,") })
        let findings = run.findings(rows)
        #expect(
          findings.count == 2
            && findings[0].hasPrefix("peak tensile stress at 10 mAh/g delivered in cycle 1: "))
        let (files, warning) = try run.drawFigure(rows, in: directory)
        #expect(files.starts(with: ["tornado.csv", "tornado.gp"]))
        if let warning { #expect(warning.contains("gnuplot is not installed")) }
        // What the journal keeps gives the same tables.
        let copies = try JSONDecoder().decode(
          [CaseResult].self, from: JSONEncoder().encode(rows.flatMap(\.runs).map(\.result)))
        #expect(copies.compactMap(\.hotspots) == rows.flatMap(\.runs).compactMap(\.result.hotspots))
      }
    }
    #expect(tables[0] == tables[1])
  }
}

@Suite struct AttributionFigures {
  /// A figure of two attributed cycles; the script finds the columns by their place.
  @Test func sharesAreFoundAndDrawn() throws {
    var scenario = try StudyRun(readStudy(smallStudy), jobs: 1).scenario(of: 2).scenario
    (scenario.attributionInterval, scenario.cycles) = (2, 4)
    let figure = GnuplotFigure.attribution(title: "It's", scenario, data: "cycles.csv", interval: 2)
    let headings = Table<CycleRecord>.cycles(scenario, activeMassPerArea: 1).header.split(separator: ",")
    let places = ["Cracks", "Interface", "Interphase", "Interaction"].map { name in
      (headings.firstIndex { $0.hasPrefix("Loss by \(name) / ") } ?? -1) + 1
    }
    #expect(figure.settings.contains("array share[4] = [\(places.map(String.init).joined(separator: ", "))]"))
    #expect(RunFigures.closing(scenario).contains("attribution.png"))
    try withTemporaryPath { path in
      let directory = try RunDirectory(creating: path)
      var runner = try CycleRunner(scenario)
      var recorder = try RunRecorder(
        directory: directory, scenario: scenario, activeMassPerArea: runner.activeMassPerArea)
      struct Sink: RunSink {
        var cycles: [CycleRecord] = []
        mutating func record(_ sample: TimeSample) {}
        mutating func record(_ cycle: CycleRecord) { cycles.append(cycle) }
      }
      var sink = Sink()
      _ = try runner.run(into: &sink)
      for cycle in sink.cycles { try recorder.record(cycle) }
      try recorder.finish()
      let warning = try figure.draw(in: directory)
      #expect(warning == nil || warning?.contains("gnuplot is not installed") == true)
    }
  }
}

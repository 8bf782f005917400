import CellPhysics
import CycleLife
import Foundation
import Testing

@testable import RunFiles

/// Six small cells, one of which cannot follow its protocol.
let smallStudy = """
  title: Small
  protocol: ['Discharge at {rate} until 3.544 V vs Li']
  cathode: {initial lithium content: 0.532, width: 6 um, thickness: 6 um}
  microstructure: {column spacing: 3 um}
  numerics: {mesh width: 1 um, depth mesh width: 2 um, interface mesh width: 0.5 um, mesh growth: 1.4}
  run: {cycles: 1}
  vary:
    rate: [0.2C, 2C]
    interface.roughness: [0 um, 0.84 um]
  cases:
    Slow: {rate: 1C, cathode.fast diffusivity: 1e-10 cm2/s}
    Far too fast: {rate: 20C}
  """

private func lines(_ path: String) throws -> [String] {
  try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
}

private struct LastCycle: RunSink {
  var cycle = CycleRecord()
  mutating func record(_ sample: TimeSample) {}
  mutating func record(_ cycle: CycleRecord) { self.cycle = cycle }
}

@Suite struct StudyRuns {
  @Test func resultsDoNotDependOnTheNumberOfThreads() throws {
    let study = try readStudy(smallStudy)
    var tables: [Data] = []
    for jobs in [1, 2, 8] {
      try withTemporaryPath { path in
        _ = try StudyRun(study, jobs: jobs).run(in: RunDirectory(creating: path)) { _ in }
        tables.append(try Data(contentsOf: URL(fileURLWithPath: path + "/results.csv")))
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["results.csv"])
      }
    }
    #expect(tables[0] == tables[1] && tables[0] == tables[2])
  }

  @Test func aRowIsTheCaseRunAlone() throws {
    let study = try readStudy(smallStudy)
    let run = StudyRun(study, jobs: 1)
    for number in [1, 4, 5] {
      let row = try #require(try run.row(of: number - 1).result)
      let scenario = try study.scenario(of: study.cases[number - 1]).scenario
      var runner = try CycleRunner(scenario)
      #expect(try row.effectiveDiffusivity == runner.effectiveDiffusivity())
      var sink = LastCycle()
      #expect(try runner.run(into: &sink).reason == row.outcome)
      #expect(row.capacityPerArea == sink.cycle.dischargeCapacity)
      #expect(row.meanVoltageVsLi == sink.cycle.meanDischargeVoltageVsLi)
      // 273.8 mAh/g per unit of lithium content.
      #expect(abs(row.transportLoss / (sink.cycle.transportLoss * 273.8 * 3.6) * 1e-3 - 1) < 1e-3)
      // What is left unfilled and what was filled make up the window from the initial content to the cutoff.
      let end = try #require(runner.dischargeEnd)
      let window =
        (end.cutoffContent - scenario.parameters[.initialContent]) * Constants.faraday
        / scenario.parameters[.molarMass]
      // The initial state is exact; the capacity carries the error of the time steps.
      #expect(abs((row.capacity + row.transportLoss + row.kineticsLoss) / window - 1) < 1e-6)
    }
  }

  /// What a composite has taken in at each depth adds up to what it delivered, and the depths to its thickness.
  @Test func theProfileOfACompositeHoldsItsCapacity() throws {
    let study = try readStudy(
      """
      protocol: [Discharge at 1C until 3.544 V vs Li]
      cathode: {architecture: composite, initial lithium content: 0.5366}
      run: {cycles: 1}

      """)
    let scenario = study.base.scenario
    let result = try CaseResult(running: scenario, keepingField: true)
    let field = try #require(result.field)
    let composite = try #require(scenario.composite)
    #expect(abs(field.depth / composite.thickness - 1) < 1e-12)
    #expect(field.depths.count == field.mesh.yCount && field.depths.max()! < field.depth)
    let taken = zip(field.utilisation, 0...).reduce(0) { $0 + $1.0 * field.mesh.yWidth($1.1) } / field.depth
    let window =
      (field.end.cutoffContent - field.initialContent) * Constants.faraday / scenario.parameters[.molarMass]
    // Means of cells hold the lithium of their nodes to round-off; the capacity carries the error of the time steps.
    #expect(abs(taken * window / result.capacity - 1) < 1e-3)
    // At 1C less gets to the depth of 80 %.
    #expect(field.utilisation.first! > 1.05 * field.utilisation.last!)
  }

  @Test func aPhysicalEndIsARow() throws {
    let study = try readStudy(smallStudy)
    try withTemporaryPath { path in
      let rows = try StudyRun(study, jobs: 2).run(in: RunDirectory(creating: path)) { _ in }
      #expect(rows.map(\.number) == Array(1...6))
      // What passes before the cutoff is noticed: a hundredth of a second of 20C is 0.01 mAh/g.
      #expect(try !rows[5].hasFailed && #require(rows[5].capacity) < 0.1)
      #expect(rows[5].outcome.hasPrefix("cycle 1, step 'Discharge at 20C until 3.544 V vs Li'"))
      let table = try lines(path + "/results.csv")
      #expect(table.count == 7)
      #expect(
        table[0]
          == "Case Number / 1,Case / 1,rate / h-1,interface.roughness / um,cathode.fast diffusivity / cm2/s,"
          + "Discharge Capacity / mAh g-1,Discharge Capacity / mAh cm-2,Mean Discharge Voltage vs Li / V,"
          + "Cathode Energy / Wh kg-1,Cathode Energy / Wh L-1,Effective Diffusivity Before Cycling / cm2 s-1,Transport Loss / mAh g-1,Kinetics Loss / mAh g-1,"
          + "Limitation / 1,Contact Fraction / 1,Peak Tensile Stress / MPa,Outcome / 1")
      #expect(table[3].hasPrefix("3,\"rate 2C, roughness 0 um\",2,0,"))
      #expect(table[5].contains(",transport,"))
      #expect(table[6].hasPrefix("6,Far too fast,20,0.84,"))
    }
  }

  @Test func severalCyclesHaveARetention() throws {
    let study = try readStudy(smallStudy.replacing("cycles: 1}", with: "cycles: 2}"), ["rate=1C"])
    let header = StudyRun(study, jobs: 1).table.header
    #expect(
      header.contains("First Discharge Capacity / mAh g-1,Retention / 1,Cycles to 80 % / 1,Outcome / 1"))
  }

  /// Failures have empty numbers, which no column of text hides.
  @Test func aFailureIsARowWithoutNumbers() throws {
    let study = try readStudy(smallStudy)
    let run = StudyRun(study, jobs: 1)
    let row = StudyRow(
      number: 3, label: "a", varied: ["1", "2", "3"], seed: 1, result: nil, outcome: "no step, at all")
    #expect(run.table.line(row) == "3,a,1,2,3,,,,,,,,,,,,\"no step, at all\"")
    try withTemporaryPath { path in
      let rows = Array(repeating: row, count: 6)
      let drawn = try run.drawFigure(rows, in: RunDirectory(creating: path))
      #expect(drawn.files.isEmpty && drawn.warning == nil)
    }
  }

  @Test(arguments: ["lines", "map", "limitation", "profiles", "field"])
  func everyFigureIsDrawn(kind: String) throws {
    // The first kinds need numbers of all cases; pictures of a case that delivers nothing are left out.
    for cycles in ["cycles: 1}", "cycles: 1, replicates: 2}"] {
      let yaml = smallStudy.replacing("cycles: 1}", with: cycles) + "\nfigure: {kind: \(kind)}\n"
      let run = StudyRun(try readStudy(yaml), jobs: 2)
      try withTemporaryPath { path in
        let directory = try RunDirectory(creating: path)
        let rows = try run.run(in: directory) { _ in }
        let (files, warning) = try run.drawFigure(rows, in: directory)
        let found = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        #expect(found == (files + run.tableNames).sorted())
        if let warning {
          #expect(warning.contains("gnuplot is not installed"))
        } else {
          #expect(files.contains("\(kind).png") && files.contains("\(kind).svg"))
        }
      }
    }
  }

  @Test func theManifestCountsCasesAndJobs() throws {
    let study = try readStudy(smallStudy)
    let run = StudyRun(study, jobs: 3)
    let manifest = RunManifest(
      run, [], started: .now, wallSeconds: 1, outcome: "", exitCode: 0,
      files: ["scenario.yaml", "results.csv"])
    #expect(manifest.cases == 6 && manifest.jobs == 3)
    #expect(manifest.protocolSteps == ["Discharge at {rate} until 3.544 V vs Li"])
    #expect(manifest.files[1].columns.count == run.table.columns.count)
    #expect(try JSONDecoder().decode(RunManifest.self, from: manifest.json) == manifest)
  }
}

@Suite struct Lifetimes {
  @Test func theCrossingLiesBetweenTwoCycles() {
    // 100, 90, 70: 80 is reached half way between cycles 2 and 3.
    #expect(CaseResult.crossing(of: [100, 90, 70, 95], share: 0.8) == 2.5)
    #expect(CaseResult.crossing(of: [100, 80, 80.1], share: 0.8) == nil)
    #expect(
      CaseResult.crossing(of: [], share: 0.8) == nil && CaseResult.crossing(of: [0, 0], share: 0.8) == nil)
    // A cell that ended delivers nothing in the next cycle.
    #expect(CaseResult.crossing(of: [100, 0], share: 0.8) == 1.2)
  }
}

import CellPhysics
import CycleLife
import Foundation
import Testing

@testable import RunFiles

/// Runs `body` with the path of a directory that does not exist yet; removes it afterwards.
func withTemporaryPath(_ body: (String) throws -> Void) throws {
  let path = NSTemporaryDirectory() + "cyclelife-test-\(UUID().uuidString)"
  defer { try? FileManager.default.removeItem(atPath: path) }
  try body(path)
}

private func text(_ path: String) throws -> String {
  try String(contentsOfFile: path, encoding: .utf8)
}

/// A cycle whose capacities fade by 1 % each.
private func cycleRecord(_ cycle: Int) -> CycleRecord {
  var record = CycleRecord()
  record.cycle = cycle
  record.dischargeCapacity = 36_000 * pow(0.99, Double(cycle - 1))
  record.chargeCapacity = 2 * record.dischargeCapacity
  record.dischargeEnergy = 3
  record.chargeEnergy = 4
  record.meanDischargeVoltageVsLi = 3.72
  record.crackLength = 2.5e-4
  record.effectiveDiffusivity = 1e-13
  record.peakTensileStress = 1.4e8
  record.peakStressSite = "column boundary"
  record.timeSteps = 7
  return record
}

private func sample(_ time: Double) -> TimeSample {
  TimeSample(
    time: time, cycle: 1, step: 1 + Int(time / 20), temperature: 298.15, currentDensity: 15.5,
    terminalVoltage: 3.25,
    chargePassed: 15.5 * time, dischargePassed: 0, meanContent: 0.75, pressure: 1e7)
}

@Suite struct Tables {
  private let scenario = Scenario(protocolSteps: [])

  @Test func headerOfCycles() {
    #expect(
      Table<CycleRecord>.cycles(scenario, activeMassPerArea: 0.1).header
        == "Cycle Count / 1,Charge Capacity / mAh g-1,Discharge Capacity / mAh g-1,Discharge Capacity / mAh cm-2,Coulombic Efficiency / 1,Energy Efficiency / 1,Mean Discharge Voltage vs Li / V,Hold Time / s,Minimum Lithium Content / 1,Maximum Lithium Content / 1,Contact Fraction / 1,Debonded / 1,Interface Fatigue / 1,Isolated Share / 1,Crack Count / 1,Crack Length / um,Nucleated Cracks / 1,Fractured Length / um,Fatigued Length / um,Crack Density Parallel / 1,Crack Density Perpendicular / 1,Effective Diffusivity / cm2 s-1,Peak Tensile Stress / MPa,Peak Stress X / um,Peak Stress Y / um,Peak K over Kc / 1,Lithium Balance Error / 1,Mean Discharge Voltage / V,Peak Stress Site / 1,Content Excess / 1,Transport Loss / mAh g-1,Kinetics Loss / mAh g-1,Mesh Error / 1,Mean In-Plane Stress / MPa,In-Plane Moment / N,Mean In-Plane Strain / 1,Force Balance Error / 1,Area above 1 GPa / 1,Interface above Strength / 1,Unsettled Evaluations / 1,Interphase Resistance / ohm cm2,Attributed Loss / mAh g-1,Loss by Cracks / mAh g-1,Loss by Interface / mAh g-1,Loss by Interphase / mAh g-1,Loss by Interaction / mAh g-1,Time Steps / 1,Newton Iterations / 1,Factorizations / 1,Solves / 1"
    )
  }

  @Test func headerOfTheTimeSeries() {
    #expect(
      Table<TimeSample>.timeSeries(scenario).header
        == "Test Time / s,Voltage / V,Current / A,Cycle Count / 1,Step Count / 1,Ambient Temperature / degC,Charging Capacity / Ah,Discharging Capacity / Ah,Applied Pressure / Pa,Voltage vs Li / V,Mean Lithium Content / 1"
    )
  }

  @Test func valuesOfACycle() throws {
    // 36000 C/m2 = 1 mAh/cm2 = 100 mAh/g at 0.1 kg/m2.
    let table = Table<CycleRecord>.cycles(scenario, activeMassPerArea: 0.1)
    let cells = table.line(cycleRecord(1)).split(separator: ",", omittingEmptySubsequences: false)
    let values = Dictionary(uniqueKeysWithValues: zip(table.columns.map(\.heading), cells))
    func number(_ heading: String) throws -> Double {
      try #require(values[heading].flatMap { Double($0) })
    }
    let expected: [String: Double] = [
      "Cycle Count / 1": 1, "Charge Capacity / mAh g-1": 200, "Discharge Capacity / mAh g-1": 100,
      "Discharge Capacity / mAh cm-2": 1, "Coulombic Efficiency / 1": 0.5,
      "Energy Efficiency / 1": 0.75, "Mean Discharge Voltage / V": 3.1, "Crack Length / um": 250,
      "Effective Diffusivity / cm2 s-1": 1e-9, "Peak Tensile Stress / MPa": 140, "Time Steps / 1": 7,
    ]
    for (heading, value) in expected {
      #expect(abs(try number(heading) / value - 1) < 1e-12, "\(heading)")
    }
    #expect(values["Cycle Count / 1"] == "1")
    #expect(values["Peak Stress Site / 1"] == "column boundary")
  }

  /// The last column says which cycles were skipped, where any can be; else the table is as it was.
  @Test func skippedCyclesAreMarked() {
    var jumping = scenario
    jumping.jumpTolerance = 0.005
    let table = Table<CycleRecord>.cycles(jumping, activeMassPerArea: 1)
    #expect(
      table.header == Table<CycleRecord>.cycles(scenario, activeMassPerArea: 1).header + ",Simulated / 1")
    var record = cycleRecord(1)
    #expect(table.line(record).hasSuffix(",1"))
    record.isSimulated = false
    #expect(table.line(record).hasSuffix(",0"))
  }

  @Test func textWithACommaIsQuoted() {
    var record = cycleRecord(1)
    record.peakStressSite = "pore, \"left\""
    let line = Table<CycleRecord>.cycles(scenario, activeMassPerArea: 1).line(record)
    #expect(line.contains(",\"pore, \"\"left\"\"\","))
  }

  @Test func valuesOfTheTimeSeries() throws {
    // 15.5 A/m2 on 1 cm2 charge the cell with 1.55 mA; an hour of it is 1.55 mAh.
    let cells = Table<TimeSample>.timeSeries(scenario).line(sample(3600)).split(separator: ",")
    let found = try cells.map { try #require(Double($0)) }
    let expected = [3600, 3.25, 1.55e-3, 1, 181, 25, 1.55e-3, 0, 1e7, 3.87, 0.75]
    #expect(found.count == expected.count)
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-12 * abs($1) }, "\(found)")
  }
}

@Suite struct RunDirectories {
  private let scenario = Scenario(protocolSteps: [])

  @Test func aUsedDirectoryIsRefusedAndLeftUntouched() throws {
    try withTemporaryPath { path in
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let file = path + "/mine.txt"
      try Data("mine".utf8).write(to: URL(fileURLWithPath: file))
      #expect(throws: RunFileError.self) { try RunDirectory(creating: path) }
      #expect(throws: RunFileError.self) { try RunDirectory(creating: file) }
      #expect(throws: RunFileError.self) { try RunDirectory(creating: file + "/below") }
      #expect(try text(file) == "mine")
      #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["mine.txt"])
    }
  }

  @Test func anEmptyDirectoryIsUsedAndParentsAreMade() throws {
    try withTemporaryPath { path in
      _ = try RunDirectory(creating: path + "/a/b")
      let directory = try RunDirectory(creating: path + "/a/b")
      try directory.write(Data("text".utf8), to: "file.txt")
      #expect(try text(path + "/a/b/file.txt") == "text")
      #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/a/b") == ["file.txt"])
    }
  }

  @Test func filesArePartialUntilFinished() throws {
    try withTemporaryPath { path in
      let directory = try RunDirectory(creating: path)
      var recorder = try RunRecorder(directory: directory, scenario: scenario, activeMassPerArea: 0.1)
      for time in stride(from: 0.0, through: 60, by: 10) { try recorder.record(sample(time)) }
      try recorder.record(cycleRecord(1))
      let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
      #expect(names == ["cycles.csv.partial", "timeseries.bdf.csv.partial"])
      #expect(try text(path + "/cycles.csv.partial").split(separator: "\n").count == 2)
      #expect(try text(path + "/timeseries.bdf.csv.partial").split(separator: "\n").count == 8)
      try recorder.finish()
      #expect(recorder.cycleCount == 1)
      let finished = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
      #expect(finished == ["cycles.csv", "timeseries.bdf.csv"])
      // The columns of the Battery Data Format that must never decrease.
      let rows = try text(path + "/timeseries.bdf.csv").split(separator: "\n").dropFirst().map {
        $0.split(separator: ",").compactMap { Double($0) }
      }
      for column in [0, 3, 4, 6, 7] {
        #expect(zip(rows, rows.dropFirst()).allSatisfy { $0[column] <= $1[column] })
      }
    }
  }

  @Test func timeSeriesAreKeptOfTheFirstTheLastAndEverySoManyCycles() throws {
    try withTemporaryPath { path in
      let directory = try RunDirectory(creating: path)
      var scenario = scenario
      scenario.timeSeriesInterval = 3
      var recorder = try RunRecorder(directory: directory, scenario: scenario, activeMassPerArea: 0.1)
      for cycle in 1...8 {
        for time in [0.0, 10, 20] {
          var row = sample(100 * Double(cycle) + time)
          row.cycle = cycle
          try recorder.record(row)
        }
        try recorder.record(cycleRecord(cycle))
      }
      try recorder.finish()
      let rows = try text(path + "/timeseries.bdf.csv").split(separator: "\n")
      let column = rows[0].split(separator: ",").firstIndex { $0.hasPrefix("Cycle Count") }!
      let cycles = rows.dropFirst().map { Int($0.split(separator: ",")[column])! }
      #expect(cycles == [1, 3, 6, 8].flatMap { [$0, $0, $0] })
      #expect(try text(path + "/cycles.csv").split(separator: "\n").count == 9)
    }
  }

  @Test func theManifestReadsBack() throws {
    let resolved = try read("title: A title\ncathode: {width: 30 um}\n", ["run.cycles=3"])
    let manifest = RunManifest(
      resolved, started: .now, wallSeconds: 1.5, cyclesCompleted: 2, outcome: "a reason", exitCode: 0,
      files: ["scenario.yaml", RunRecorder.cyclesName])
    #expect(try JSONDecoder().decode(RunManifest.self, from: manifest.json) == manifest)
    #expect(manifest.filmWidthMicrometre == 30 && manifest.cyclesRequested == 3)
    // Nothing of a composite is said of a dense cathode.
    #expect(manifest.scenario.count == Parameter.allCases.count - ScenarioKey.composite.count + 23)
    #expect(manifest.files[1].columns.count == 50)
    #expect(manifest.environment.libc.hasPrefix("glibc "))
    #expect(manifest.environment.processor != "")
    #expect(manifest.peakMemoryMiB > 1)
  }

  @Test(arguments: [nil, 0.005]) func figuresAreDrawnOrMissedWithAWarning(jumpTolerance: Double?) throws {
    var scenario = scenario
    scenario.jumpTolerance = jumpTolerance
    let simulated = Table<CycleRecord>.cycles(scenario, activeMassPerArea: 1).columns.firstIndex {
      $0.heading == Table<CycleRecord>.simulatedHeading
    }
    #expect((simulated == nil) == (jumpTolerance == nil))
    try withTemporaryPath { path in
      let directory = try RunDirectory(creating: path)
      var recorder = try RunRecorder(directory: directory, scenario: scenario, activeMassPerArea: 0.1)
      for cycle in 1...3 {
        for step in 0..<8 {
          var row = sample(1000 * Double(cycle) + 100 * Double(step))
          row.cycle = cycle
          row.currentDensity = step < 4 ? 10 : -10
          row.terminalVoltage = step < 4 ? 3 + 0.1 * Double(step) : 3.6 - 0.1 * Double(step)
          row.dischargePassed = 4000 * Double(cycle) + 1000 * Double(max(step - 4, 0))
          try recorder.record(row)
        }
        var record = cycleRecord(cycle)
        // As in one dimension.
        record.isolatedShare = .nan
        record.isSimulated = cycle != 2
        try recorder.record(record)
      }
      try recorder.finish()
      // A heading must not be able to end the string it stands in.
      let title = "it's {1} _x_ \"quoted\" \\"
      for figure in [
        GnuplotFigure.capacity(title: title, simulated: simulated.map { $0 + 1 }),
        .voltage(title: title, scenario),
        .damage(title: title, scenario),
      ] {
        let warning = try figure.draw(in: directory)
        let names = Set(try FileManager.default.contentsOfDirectory(atPath: path))
        #expect(names.contains(figure.scriptName))
        if let warning {
          #expect(warning.contains("gnuplot is not installed"))
        } else {
          #expect(names.isSuperset(of: figure.imageNames))
          #expect(!names.contains { $0.hasSuffix(".partial") })
        }
      }
    }
  }
}

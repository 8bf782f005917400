@testable import CellModel
import CellPhysics
import CycleLife
import Foundation
import Testing

@testable import RunFiles

private let nca = String(decoding: MaterialFile.shipped["nca"]!.bytes, as: UTF8.self)

/// What is not known of NCA and needed in a film, made up.
private let supplied = """
  mechanics: {C11: 300 GPa, C12: 100 GPa, C13: 60 GPa, C33: 200 GPa, C44: 60 GPa}
  degradation:
    cracks:
      toughness: 1 MPa m^0.5
      cleavage toughness: 0.6 MPa m^0.5
      boundary toughness: 0.7 MPa m^0.5
      growth rate: 0.5 um
      growth exponent: 2
      threshold: 0.1 MPa m^0.5
      nucleation strength: 2000 MPa
      nucleation modulus: 10

  """

private func filmOf(_ material: String) -> String {
  """
  title: A film of it
  protocol:
    - Charge at C/2 until 4.1 V vs Li
    - Discharge at C/2 until 3.5 V vs Li
  cathode: {material: \(material), width: 6 um, thickness: 6 um, fast diffusivity: 1e-9 cm2/s, slow diffusivity: 1e-11 cm2/s}
  microstructure: {column spacing: 3 um}
  numerics: {mesh width: 1 um, depth mesh width: 2 um, interface mesh width: 0.5 um, mesh growth: 1.4}
  run: {cycles: 1, seed: 5}
  \(supplied)
  """
}

@Suite struct MaterialFileTests {
  private func file(_ text: String) throws(ValueProblem) -> MaterialFile {
    try MaterialFile(Data(text.utf8), path: "my.yaml", place: "my.yaml")
  }

  @Test(arguments: MaterialFile.shippedNames.dropFirst()) func shippedMaterialsSpeakOfEveryParameter(
    name: String
  )
    throws
  {
    let shipped = try #require(MaterialFile.shipped[name])
    #expect(!shipped.isOwn && shipped.material.name.lowercased() == name && !shipped.formula.isEmpty)
    let material = shipped.material
    #expect(
      Set(material.rows.keys).isDisjoint(with: material.unknown)
        && Set(material.rows.keys).union(material.unknown) == Set(CathodeMaterial.parameters))
    for entry in material.rows.values { #expect(!entry.source.isEmpty && entry.provenance != .calibrated) }
    // The file among the scenarios is the one in the program.
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    #expect(
      try Data(contentsOf: root.appendingPathComponent("scenarios/materials/\(name).yaml")) == shipped.bytes)
  }

  @Test func aScenarioTakesWhatTheMaterialSaysAndKeepsWhatItSaysItself() throws {
    let text = filmOf("NCA").replacing("width: 6 um", with: "width: 6 um, density: 4.5 g/cm3")
    let resolved = try ScenarioReader().read(Data(text.utf8), name: "x.yaml")
    let parameters = resolved.scenario.parameters
    #expect(
      parameters[.molarMass] == Unit("g/mol")!.toSI(96.08) && parameters[.density] == Unit("g/cm3")!.toSI(4.5)
    )
    #expect(parameters.openCircuit == MaterialFile.shipped["nca"]!.material.openCircuit)
    let rows = Dictionary(uniqueKeysWithValues: resolved.rows.map { ($0.key, $0) })
    #expect(rows["cathode.molar mass"]?.source == "material NCA: atomic masses")
    #expect(rows["cathode.density"]?.source.hasPrefix("default 4.75 g/cm3, material NCA: lattice") == true)
    // What nobody knows has no default to be named.
    #expect(
      rows["mechanics.C11"]?.source.contains("default") == false && rows["mechanics.C11"]?.provenance == nil)
    let again = try ScenarioReader().read(Data(resolved.table.utf8), name: "x.yaml")
    #expect(again.scenario == resolved.scenario)
  }

  @Test func aCellAtRestHasThePotentialOfItsMaterial() throws {
    let scenario = try ScenarioReader().read(Data(filmOf("nca").utf8), name: "x.yaml").scenario
    let points = scenario.parameters.openCircuit.points
    for index in [0, 12, 25, 33] {
      let cell = try ElectrochemicalCell(
        mesh: scenario.microstructure.mesh(parameters: scenario.parameters), parameters: scenario.parameters)
      // The table has no offset; the interpolant passes through its points.
      #expect(abs(cell.uniformState(content: points[index].x).cathodePotential - points[index].y) < 1e-12)
    }
  }

  /// A shorter potential ends a discharge earlier: its capacity is what the table holds between the voltages.
  @Test func aSlowDischargeDeliversWhatTheTableHolds() throws {
    let text = filmOf("nca").replacing("C/2", with: "C/100").replacing("1e-11 cm2/s", with: "1e-9 cm2/s")
      .replacing("cycles: 1", with: "cycles: 1, longest step: 60 h")
    let scenario = try ScenarioReader().read(Data(text.utf8), name: "x.yaml").scenario
    var runner = try CycleRunner(scenario)
    var sink = CapacitySink()
    _ = try runner.run(into: &sink)
    // Contents at 4.1 and 3.5 V, on the straight lines between points.
    let low = 0.4267 + 0.0130 * (4.1029 - 4.1) / (4.1029 - 4.0803)
    let high = 0.9580 + 0.0072 * (3.5095 - 3.5) / (3.5095 - 3.4953)
    let parameters = scenario.parameters
    let theory =
      (high - low) * Constants.faraday / parameters[.molarMass] * parameters[.density]
      * parameters[.filmThickness]
    // At this rate 1 mV is lost to resistances, worth 6e-4 of content at 4.1 V and 5e-4 at 3.5 V, of 0.53 in all.
    #expect(abs(sink.capacity / theory - 1) < 4e-3, "\(sink.capacity), \(theory)")
  }

  /// The manifest of a run says of which material it is; the file keeps its potential, as it is exchanged.
  @Test func anExportedRunHasThePotentialOfItsMaterial() throws {
    let resolved = try ScenarioReader().read(Data(filmOf("nca").utf8), name: "x.yaml")
    let manifest = RunManifest(
      resolved, started: .init(timeIntervalSince1970: 0), wallSeconds: 1, cyclesCompleted: 1,
      outcome: "made up",
      exitCode: 0, files: [])
    let text = String(decoding: try BPXExport(manifest).json, as: UTF8.self)
    // The first of the table, and none of LiCoO2.
    #expect(text.contains("4.2104") && !text.contains("4.2513"))
  }

  @Test func whatIsNotKnownHasToBeSupplied() {
    let text = "cathode: {material: nca, fast diffusivity: 1e-9 cm2/s}\n" + supplied
    #expect {
      try ScenarioReader().read(Data(text.utf8), name: "x.yaml")
    } throws: { error in
      "\(error)"
        == "x.yaml:1:21: cathode.slow diffusivity: not known of NCA; expected a value of it in the scenario"
    }
    // A composite needs no number of the film.
    let composite =
      "cathode: {material: nca, architecture: composite}\n" + supplied.prefix { $0 != "\n" } + "\n"
    #expect(throws: Never.self) { try ScenarioReader().read(Data(composite.utf8), name: "x.yaml") }
  }

  @Test func aWrongNameHasANeighbour() {
    #expect {
      try ScenarioReader().read(Data("cathode: {material: nmc81}\n".utf8), name: "x.yaml")
    } throws: { error in
      "\(error)"
        == "x.yaml:1:21: cathode.material: 'nmc81' is not accepted; expected lco, nmc811, nmc622 or nca, or the path "
        + "of a file such as my-material.yaml; nearest: nmc811"
    }
  }

  @Test(arguments: [
    ("material: NCA\n", "", "my.yaml: material: missing; expected the name of the material"),
    (
      "    - [0.3758, 4.1982]", "    - [0.3758, 4.2182]",
      "my.yaml:12:7: open-circuit potential: the potential does not fall"
    ),
    (
      "    - [0.3758, 4.1982]", "    - [0.3658, 4.1982]",
      "my.yaml:12:7: open-circuit potential: the content does not rise"
    ),
    (
      "    - [0.3758, 4.1982]", "    - [0.3758, 4.1982, 0]",
      "my.yaml:12:7: open-circuit potential: expected a lithium content from 0 to 1 and a potential from -1 to 10 V, "
        + "such as [0.5, 4.1]"
    ),
    (
      "    - [1.0000, 1.5000]\n", "",
      "my.yaml:49:7: open-circuit potential: ends at content 0.9934; expected a last point at 1, below every cutoff"
    ),
    (
      "value: 4.75 g/cm3", "value: 4.75 um",
      "my.yaml:52:20: cathode.density: 4.75 um is a value of length; expected a value with a unit of density, such as "
        + "4.79 g/cm3 (the default)"
    ),
    (
      "value: 96.08 g/mol, kind: literature", "value: 96.08 g/mol, kind: hearsay",
      "my.yaml:54:42: cathode.molar mass: expected a kind of measured, literature, calibrated or assumed"
    ),
    (
      "kind: literature, source: \"atomic masses\"", "kind: literature",
      "my.yaml:54:15: cathode.molar mass: expected value, kind and source below it"
    ),
    (
      "  fast diffusivity: not known", "  fast diffusivity: 1e-9 cm2/s",
      "my.yaml:55:21: cathode.fast diffusivity: '1e-9 cm2/s' has no source; expected {value: ..., kind: ..., source: "
        + "...}, or not known"
    ),
    (
      "  fast diffusivity: not known\n", "",
      "my.yaml: cathode.fast diffusivity: missing; expected {value: ..., kind: ..., source: ...}, or not known, which "
        + "the scenario must supply"
    ),
    (
      "  fast diffusivity: not known", "  fast difusivity: not known",
      "my.yaml:55:3: cathode.fast difusivity: unknown key; nearest valid key: cathode.fast diffusivity"
    ),
    (
      "  fast diffusivity: not known", "  width: 3 um",
      "my.yaml:55:3: cathode.width: says nothing of a material; expected it in the scenario"
    ),
  ]) func mistakesHaveTheirPlace(part: String, change: String, message: String) throws {
    let text = nca.replacing(part, with: change)
    try #require(text != nca)
    do throws(ValueProblem) {
      _ = try file(text)
      Issue.record("accepted")
    } catch {
      let problem = ScenarioError.Problem(
        place: error.place ?? InputPlace(file: "?"), keyPath: "", message: error.message)
      #expect(problem.description == message)
    }
  }

  /// The directory of a run holds the material: what is read from it is the same cell, whatever became of the file.
  @Test func aRunKeepsItsMaterial() throws {
    try withTemporaryPath { path in
      try FileManager.default.createDirectory(atPath: path + "/data", withIntermediateDirectories: true)
      let own = URL(fileURLWithPath: path + "/data/my.yaml")
      try Data(nca.replacing("material: NCA", with: "material: Mine").utf8).write(to: own)
      let text = Data(filmOf("data/my.yaml").utf8)
      let study = try ScenarioReader().readStudy(text, name: path + "/x.yaml")
      #expect(study.base.scenario.material.name == "Mine" && study.inputNames == ["material-my.yaml"])
      let directory = try RunDirectory(creating: path + "/run")
      try study.copyInputs(into: directory)
      try Data("material: [".utf8).write(to: own)
      #expect {
        try ScenarioReader().readStudy(text, name: path + "/x.yaml")
      } throws: { error in
        "\(error)".hasPrefix("\(path)/data/my.yaml:2:1: cathode.material: not valid YAML:")
      }
      var reader = ScenarioReader()
      reader.inputDirectory = path + "/run"
      let kept = try reader.readStudy(text, name: "x.yaml")
      #expect(kept.base.scenario == study.base.scenario && kept.base.values == study.base.values)
    }
  }
}

/// Keeps the capacity of the last discharge, C/m2.
private struct CapacitySink: RunSink {
  var capacity = 0.0
  mutating func record(_ sample: TimeSample) {}
  mutating func record(_ cycle: CycleRecord) { capacity = cycle.dischargeCapacity }
  mutating func reach(_ state: RunState) {}
}

import CellPhysics
import CycleLife
import Foundation
import Testing

@testable import RunFiles

/// Reads `yaml` as the file `x.yaml`.
func read(_ yaml: String, _ overrides: [String] = []) throws -> ResolvedScenario {
  try ScenarioReader(overrides: overrides).read(Data(yaml.utf8), name: "x.yaml")
}

/// The problems of `yaml`, one text each; none when it is a scenario.
func problems(_ yaml: String, _ overrides: [String] = []) -> [String] {
  do {
    _ = try read(yaml, overrides)
    return []
  } catch let error as ScenarioError {
    return error.problems.map(\.description)
  } catch {
    return ["not a ScenarioError: \(error)"]
  }
}

/// The scenario file that comes with the program.
let paperScenario: Data = {
  let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  return (try? Data(contentsOf: root.appendingPathComponent("scenarios/dense-lco-1c.yaml"))) ?? Data()
}()

@Suite struct ScenarioMistakes {
  @Test(arguments: [
    (
      "cathode:\n  thicknes: 20 um\n",
      "x.yaml:2:3: cathode.thicknes: unknown key; nearest valid key: cathode.thickness"
    ),
    (
      "cell:\n  thickness: 20 um\n",
      "x.yaml:2:3: cell.thickness: unknown key; nearest valid key: cathode.thickness"
    ),
    (
      "degradation:\n  growth rate: 1 um\n",
      "x.yaml:2:3: degradation.growth rate: unknown key; nearest valid key: "
        + "degradation.cracks.growth rate"
    ),
    ("catode:\n  width: 20 um\n", "x.yaml:1:1: catode: unknown key; nearest valid key: cathode"),
    ("zzzzzzzzzzzzzzzz: 1\n", "x.yaml:1:1: zzzzzzzzzzzzzzzz: unknown key"),
    (
      "interface:\n  electrolyte: sulphide\n",
      "x.yaml:2:16: interface.electrolyte: 'sulphide' is not accepted; expected halide, sulfide, thiophosphate, garnet or liquid; nearest: "
        + "sulfide"
    ),
    (
      "cathode.thickness: 20 um\n",
      "x.yaml:1:1: cathode.thickness: a key has no period; write each section on its own line with "
        + "its keys indented below"
    ),
    (
      "cathode:\n  thickness: 5 Pa\n",
      "x.yaml:2:14: cathode.thickness: 5 Pa is a value of pressure; expected a value with a unit of "
        + "length, such as 23.1 um (the default)"
    ),
    (
      "cathode:\n  thickness: 20\n",
      "x.yaml:2:14: cathode.thickness: 20 has no unit; expected a value with a unit of length, such "
        + "as 23.1 um (the default)"
    ),
    (
      "cathode:\n  thickness: 20 ells\n",
      "x.yaml:2:14: cathode.thickness: unknown unit 'ells'; expected a value with a unit of length, "
        + "such as 23.1 um (the default)"
    ),
    (
      "cathode:\n  thickness: -3 um\n",
      "x.yaml:2:14: cathode.thickness: -3 um is out of range: 0.5 to 500 um"
    ),
    (
      "interface:\n  contact fraction: 1.2\n",
      "x.yaml:2:21: interface.contact fraction: 1.2 is out of range: 0 to 1"
    ),
    (
      "cathode:\n  width: wide\n",
      "x.yaml:2:10: cathode.width: 'wide' is not a number; expected a value with a unit of length, "
        + "such as 40 um (the default)"
    ),
    (
      "cathode:\n  width: .nan\n",
      "x.yaml:2:10: cathode.width: '.nan' is not a finite number; expected a value with a unit of "
        + "length, such as 40 um (the default)"
    ),
    (
      "cathode:\n  width: inf um\n",
      "x.yaml:2:10: cathode.width: 'inf um' is not a finite number; expected a value with a unit of "
        + "length, such as 40 um (the default)"
    ),
    (
      "cathode:\n  width: 1e999 um\n",
      "x.yaml:2:10: cathode.width: '1e999 um' is not a finite number; expected a value with a unit "
        + "of length, such as 40 um (the default)"
    ),
    (
      "microstructure:\n  orientation spread: 0.5\n",
      "x.yaml:2:23: microstructure.orientation spread: 0.5 has no unit; expected a value with a unit "
        + "of angle, such as 3 deg (the default)"
    ),
    (
      "cathode: 5 um\n",
      "x.yaml:1:10: cathode: expected a mapping: keys of this section, indented below it"
    ),
    (
      "cathode:\n  width: [1, 2]\n",
      "x.yaml:2:10: cathode.width: expected a single value, not a list or a mapping"
    ),
    ("cathode:\n  width:\n", "x.yaml:2:9: cathode.width: the value is missing"),
    (
      "protocol: Rest for 1 h\n",
      "x.yaml:1:11: protocol: expected a list of steps, each on a line of its own that starts with '- '"
    ),
    ("protocol: []\n", "x.yaml:1:11: protocol: a cycle needs at least one step"),
    (
      "run:\n  cycles: 0\n",
      "x.yaml:2:11: run.cycles: '0' is not accepted; expected a whole number from 1 to 1000000"
    ),
    (
      "run:\n  seed: 9223372036854775808\n",
      "x.yaml:2:9: run.seed: '9223372036854775808' is not accepted; expected a whole number from 0 "
        + "to 9223372036854775807"
    ),
    (
      "mechanics:\n  stress-free state: 0.1\n",
      "x.yaml:2:22: mechanics.stress-free state: '0.1' is not accepted; expected 'end of first "
        + "charge' or a lithium content from 0.4 to 1"
    ),
    (
      "cathode:\n  width: 1 um\n  width: 2 um\n",
      "x.yaml:2:3: cathode.width: written more than once in the same section"
    ),
    (
      "degradation:\n  # a comment\n  cracks:\n\n    flaw spread: 1\n    flaw spread: 2\n",
      "x.yaml:5:5: degradation.cracks.flaw spread: written more than once in the same section"
    ),
    ("title: a\ntitle: b\n", "x.yaml:1:1: title: written more than once in the same section"),
    (
      "cathode:\n  width: &w 20 um\n  thickness: *w\n",
      "x.yaml:2:10: anchors and aliases (& and *) are not accepted; write the value out"
    ),
    (
      "cathode:\n  thickness: 2 um\n  width: 2 um\nnumerics:\n  mesh width: 2 um\n",
      "x.yaml:5:15: numerics.mesh width: 2 um is not smaller than cathode.thickness, which is 2 um"
    ),
    (
      "just text\n",
      "x.yaml:1:1: expected a mapping of keys to values, such as 'cathode:' with keys below it"
    ),
    ("", "x.yaml: the file is empty; even a title makes a scenario"),
    ("# nothing\n", "x.yaml: the file is empty; even a title makes a scenario"),
  ])
  func message(_ yaml: String, _ expected: String) {
    #expect(problems(yaml).first == expected)
  }

  @Test func yamlSyntaxHasALine() throws {
    let problem = try #require(problems("title: a\ncell: [1, 2\n").first)
    #expect(problem.hasPrefix("x.yaml:3:1: not valid YAML: "))
    #expect(try #require(problems("cell:\n\t- 1\n").first).hasPrefix("x.yaml:2:1: not valid YAML: "))
  }

  @Test func unreadableTextIsRefused() {
    func first(_ bytes: [UInt8]) -> String {
      do {
        _ = try ScenarioReader().read(Data(bytes), name: "x.yaml")
        return ""
      } catch { return "\(error)" }
    }
    #expect(first([0x89, 0x50, 0, 1]) == "x.yaml: a binary file; a scenario is YAML text")
    #expect(first([0x74, 0xFF, 0xFE]) == "x.yaml: not UTF-8 text; save the file as UTF-8")
    let long = [UInt8](repeating: 0x23, count: ScenarioReader.sizeLimit + 1)
    #expect(first(long) == "x.yaml: larger than 1 MiB; a scenario is a short text")
  }

  @Test func missingFileAndDirectoryCannotBeRead() {
    for path in ["/nonexistent/x.yaml", NSTemporaryDirectory()] {
      do {
        _ = try ScenarioReader().read(path: path)
        Issue.record("read \(path)")
      } catch RunFileError.cannotRead(path, _) {
      } catch { Issue.record("\(error)") }
    }
  }

  @Test func allProblemsAreReportedInOrder() {
    let yaml = "run:\n  cycles: no\ncathode:\n  width: 5 Pa\n  nonsense: 1\nprotocol:\n  - Jump\n"
    let lines = problems(yaml, ["cell.temperature=5 V"]).map { $0.split(separator: ":")[1] }
    #expect(lines == ["2", "4", "5", "7", " cell.temperature"])
  }

  @Test func aFloodOfProblemsIsCut() {
    let yaml = (0..<5000).map { "key\($0): 1\n" }.joined()
    #expect(problems(yaml).count == ProblemList.limit)
  }

  @Test func deepNestingIsRefused() {
    #expect(problems(String(repeating: "[", count: 200_000)).count == 1)
    #expect(problems(String(repeating: "{a: ", count: 200_000)).count == 1)
  }

  /// Twenty times 250 mutations, the same on each machine.
  @Test(arguments: 1...20)
  func mutationsGiveAScenarioOrAScenarioError(seed: UInt64) {
    var state = seed
    func random(_ bound: Int) -> Int {
      // A linear congruential generator with Knuth's MMIX constants.
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    let reader = ScenarioReader()
    var accepted = 0
    for _ in 0..<250 {
      var bytes = paperScenario
      for _ in 0...random(4) {
        let position = random(bytes.count)
        switch random(3) {
        case 0: bytes[position] = UInt8(random(256))
        case 1: bytes.remove(at: position)
        default: bytes.insert(UInt8(32 + random(95)), at: position)
        }
      }
      do {
        _ = try reader.read(bytes, name: "x.yaml")
        accepted += 1
      } catch let error as ScenarioError {
        if error.problems.isEmpty { Issue.record("an error without a problem") }
      } catch { Issue.record("\(error)") }
    }
    #expect(accepted > 0 && accepted < 250)
  }
}

@Suite struct ScenarioValues {
  @Test func unwrittenValuesAreDefaults() throws {
    let scenario = try read("title: only a title\ncell:\n").scenario
    #expect(scenario.parameters == .defaults)
    #expect(scenario.title == "only a title")
    #expect(scenario.stressFreeState == .endOfFirstCharge)
    #expect(scenario.cycles == 75 && scenario.seed == 1)
    #expect(scenario.protocolSteps.map(\.text) == ProtocolReader.defaultSteps)
  }

  @Test func theScenarioOfThePaperIsTheDefault() throws {
    let scenario = try ScenarioReader().read(paperScenario, name: "x.yaml").scenario
    #expect(scenario.parameters == .defaults)
    #expect(scenario.protocolSteps.map(\.text) == ProtocolReader.defaultSteps)
    #expect(scenario.cycles == 75 && scenario.seed == 1)
  }

  @Test func anyUnitOfTheDimensionWorks() throws {
    let yaml = """
      cathode: {thickness: 0.0231 mm, initial lithium content: 0.9}
      cell: {temperature: 298.15 K, stack pressure: 0.01 GPa}
      degradation: {cracks: {cleavage fraction: 0.9, toughness: 1100000 Pa m^0.5}}
      mechanics: {stress-free state: 0.95}
      run: {seed: 9223372036854775807}
      """
    let scenario = try read(yaml).scenario
    var expected = ParameterSet.defaults
    expected[.initialContent] = 0.9
    #expect(scenario.parameters == expected)
    #expect(scenario.stressFreeState == .uniform(0.95))
    #expect(scenario.seed == UInt64(Int.max))
  }

  @Test func overridesWinAndAreChecked() throws {
    let yaml = "cathode:\n  width: 30 um\n"
    let resolved = try read(
      yaml,
      [
        "cathode.width=20 um", "run.cycles=3", "run.seed = 5", "mechanics.stress-free state=0.9",
        "run.cycles=4",
      ])
    #expect(resolved.scenario.parameters[.filmWidth] == Parameter.filmWidth.entry.unit.toSI(20))
    #expect(resolved.scenario.cycles == 4 && resolved.scenario.seed == 5)
    #expect(resolved.scenario.stressFreeState == .uniform(0.9))
    #expect(resolved.origin(of: .parameter(.filmWidth)) == .override)
    #expect(resolved.origin(of: .parameter(.filmThickness)) == .default)
    #expect(
      problems(yaml, ["cathode.widht=20 um"]) == [
        "--set: cathode.widht: unknown key; nearest valid key: cathode.width"
      ])
    #expect(
      problems(yaml, ["cathode.width=20"]).first?.hasPrefix("--set: cathode.width: 20 has no unit")
        == true)
    #expect(problems(yaml, ["cathode.width"]) == ["--set: 'cathode.width': expected key.path=value"])
    #expect(problems(yaml, ["cathode.width="]) == ["--set: cathode.width: the value is missing"])
    #expect(
      problems(yaml, ["run.cycle jump=1 %"]) == [
        "--set: run.cycle jump: a section, no key; its keys: run.cycle jump.tolerance"
      ])
    #expect(
      problems(yaml, ["run.stop at=1"]).first?.hasPrefix(
        "--set: run.stop at: a section, no key; its keys: run.stop at.") == true)
    #expect(
      problems(yaml, ["protocol=Rest for 1 h"]) == [
        "--set: protocol: a list of steps; write it in the scenario file"
      ])
  }

  @Test(arguments: [
    "title: plain\n",
    "title: 'quotes \" and \\ and # and: colon'\n",
    "title: \"control \\x07 \\u2028 \\n character\"\ncathode: {width: 33.333333333333336 um}\n",
    "cell: {temperature: 300 K, stack pressure: 1e-7 GPa}\nmechanics: {stress-free state: 0.87}\n",
    "cathode: {fast diffusivity: 1.234567890123456789e-13 m2/s, width: 0.1234567 mm}\n",
    "protocol:\n- Charge at C/3 until 4.2 V vs. Li\n- rest for 3 min\n- DISCHARGE AT 2 MA UNTIL 2.5 V\n",
    "protocol: [{repeat: 3, steps: [Rest for 1 h, {repeat: 2, steps: [Rest for 2 h]}]}, Rest for 3 h]\n",
    "reference test: {every: 25}\n", "reference test: {every: 0}\n",
    "reference test:\n  every: 10\n  steps:\n    - repeat: 2\n      steps: [Rest for 1 min]\n    - Rest for 1 h\n",
    "run: {stop at: {retention: 80 %, contact fraction: 0.3, crack length: 0.3333333333333333 mm}}\n",
    "run: {stop at: {capacity: 40.123456789012345 mAh/g, wall time: 100 s}, longest step: 1234567 s}\n",
    "run: {stop at: {capacity: 0.5 mAh/cm2, retention: none}}\n",
    "run: {cycle jump: {tolerance: 0.25%}}\n", "run: {cycle jump: {tolerance: none}}\n",
  ])
  func theTableIsTheSameScenario(_ yaml: String) throws {
    let resolved = try read(yaml, ["run.cycles=12", "cell.electrode area=2.5 cm2"])
    let again = try read(resolved.table)
    #expect(again.scenario == resolved.scenario)
    #expect(try read(again.table).scenario == resolved.scenario)
  }

  @Test func limitsOfTheRunAreRead() throws {
    let yaml = """
      reference test: {every: 25}
      run:
        longest step: 2 d
        stop at: {retention: 80%, capacity: 40 mAh/g, contact fraction: 0.5, crack length: 300 um, wall time: 2 h}
      """
    let scenario = try read(yaml).scenario
    #expect(scenario.longestStep == 172_800 && scenario.referenceInterval == 25)
    #expect(scenario.referenceParts.map(\.text) == ProtocolReader.defaultReferenceSteps)
    let criteria = scenario.stopCriteria
    #expect(criteria.retention == 0.8 && criteria.contactFraction == 0.5 && criteria.wallTime == 7200)
    #expect(criteria.capacity == .perMass(144_000))
    // 300 um is not a sum of powers of two.
    #expect(abs(try #require(criteria.crackLength) / 300e-6 - 1) < 1e-15)
    let none = try read("title: a\n").scenario
    #expect(none.stopCriteria == StopCriteria() && none.longestStep == 86_400 && none.referenceInterval == 0)
  }

  @Test func cycleJumpsAreReadAndSaid() throws {
    let resolved = try read("run: {cycle jump: {tolerance: 0.5%}}\n")
    #expect(resolved.scenario.jumpTolerance == 0.005)
    #expect(resolved.table.contains("cycle jumps are on"))
    #expect(try read("title: a\n", ["run.cycle jump.tolerance=1 %"]).scenario.jumpTolerance == 0.01)
    let none = try read("title: a\n")
    #expect(none.scenario.jumpTolerance == nil && !none.table.contains("cycle jumps are on"))
  }

  @Test func theTableSaysWhereValuesComeFrom() throws {
    let table = try read("cathode:\n  width: 30 um\n", ["cathode.thickness=0.02 mm"]).table
    let lines = table.split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true) }
    #expect(lines.contains { $0.starts(with: ["width:", "30", "um", "#", "scenario"]) })
    #expect(lines.contains { $0.starts(with: ["thickness:", "20", "um", "#", "--set"]) })
    #expect(lines.contains { $0.starts(with: ["density:", "4.79", "g/cm3", "#", "default"]) })
    #expect(table.contains("# default   1.55 mA/cm2 until 3.410 V (4.030 V vs Li)"))
  }

  @Test func anElectrolyteSetsItsDefaultsAndNoMore() throws {
    let halide = try read("interface: {electrolyte: halide}\n").scenario
    #expect(halide.parameters == .defaults)
    #expect(try read("title: None\n").scenario.electrolyte == .halide)
    let resolved = try read(
      "interface: {electrolyte: Sulfide, recontact pressure: 500 MPa}\n",
      ["mechanics.electrolyte modulus=25 GPa"])
    let p = resolved.scenario.parameters
    // In the units of the preset; written values win over it.
    #expect(p[.healingTime] == 360_000 && p[.recontactPressure] == 500e6 && p[.electrolyteModulus] == 25e9)
    #expect(abs(p[.interphaseGrowth] / (130e-4 / 86_400.0.squareRoot()) - 1) < 1e-12)
    #expect(p[.cathodeSideConductivity] == p[.anodeSideConductivity])
    let others = Parameter.allCases.filter { !CathodeElectrolyte.parameters.contains($0) }
    #expect(others.allSatisfy { p[$0] == ParameterSet.defaults[$0] })
    func row(_ key: String) throws -> ResolvedScenario.Row {
      try #require(resolved.rows.first { $0.key == key })
    }
    #expect(try row("interface.healing time").source.hasPrefix("preset sulfide: "))
    #expect(try row("interface.healing time").origin == .default)
    #expect(try row("interface.recontact pressure").source.hasPrefix("default 300 MPa, preset sulfide: "))
    #expect(try row("interface.recontact pressure").provenance == nil)
    // What check prints reads back as the same run.
    #expect(try read(resolved.table).scenario == resolved.scenario)
  }

  @Test(arguments: [
    ("fidelity: 1D", "fidelity"), ("cathode: {architecture: composite}", "cathode.architecture"),
  ])
  func aLiquidIsFollowedIntoCracksOfASectionAlone(line: String, key: String) throws {
    let liquid = "interface: {electrolyte: liquid}\n"
    let error = #expect(throws: ScenarioError.self) { try read(liquid + line + "\n") }
    let words =
      "interface.infiltrated share: a liquid is followed into cracks in the section of a dense film alone; write 0, "
      + "or leave out '\(key)'"
    #expect(error.map { "\($0)".contains(words) } == true)
    // Outside of cracks it may be anywhere.
    _ = try read("interface: {electrolyte: liquid, infiltrated share: 0}\n" + line + "\n")
  }

  @Test func presetsAreWithinTheirRange() throws {
    let rows = CathodeElectrolyte.rows.values.flatMap(\.self) + CounterElectrode.rows.values.flatMap(\.self)
    #expect(rows.count == 3 * 7 + 17 + 3)
    for (parameter, entry) in rows {
      #expect(
        entry.rangeSI.contains(entry.defaultSI) && entry.unit.dimension == parameter.entry.unit.dimension)
      #expect(try QuantityText.value(entry.defaultText, for: parameter) == entry.defaultSI)
      // The provenance is judged from the text of the source, as that of the table.
      if entry.source.contains("no measurement found") { #expect(entry.provenance == .assumed) }
    }
    // Each solid says all that any solid does, and the liquid that besides.
    let electrolytes = CathodeElectrolyte.rows.mapValues { Set($0.keys) }
    let liquid = try #require(electrolytes[.liquid])
    let solids = electrolytes.filter { $0.key != .liquid }.values
    #expect(Set(solids).count == 1 && solids.allSatisfy { $0.isSubset(of: liquid) })
    #expect(liquid == Set(CathodeElectrolyte.parameters))
  }

  @Test func aCounterElectrodeSetsItsDefaultsAndNoMore() throws {
    let lithium = try read(
      "counter electrode: {material: lithium}\n", ["interface.electrolyte=garnet"])
    let p = lithium.scenario.parameters
    #expect(p[.counterPotential] == 0 && abs(p[.counterExpansion] - 13e-6) < 1e-18)
    #expect(p[.electrolyteModulus] == 150e9)
    // Voltages against Li are those of the terminals.
    #expect(lithium.scenario.protocolSteps[0].limits == [.voltage(4.03)])
    #expect(try read(lithium.table).scenario == lithium.scenario)
    let stated = try read("counter electrode: {material: lithium, potential: 0.01 V}\n")
    #expect(stated.scenario.parameters[.counterPotential] == 0.01)
    let row = try #require(stated.rows.first { $0.key == "counter electrode.potential" })
    #expect(row.source == "default 0 V, preset lithium: the reference itself")
    #expect(
      throws: ScenarioError.self, performing: { try read("counter electrode: {material: graphite}\n") })
  }

  @Test func fittedParametersAreNamed() throws {
    let fitted = try read("title: a\n", ["cathode.potential offset=0 V"]).fittedParameters
    #expect(fitted.contains("cathode.fast diffusivity"))
    #expect(!fitted.contains("cathode.potential offset"))
    #expect(!fitted.contains("cathode.thickness"))
  }
}

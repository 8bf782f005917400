import CellPhysics
import CycleLife
import Foundation
import Testing

@testable import RunFiles

/// Reads `yaml` as the study `x.yaml`.
func readStudy(_ yaml: String, _ overrides: [String] = []) throws -> Study {
  try ScenarioReader(overrides: overrides).readStudy(Data(yaml.utf8), name: "x.yaml")
}

@Suite struct StudiesOfBlocks {
  /// Names in braces may stand anywhere in a block and in the reference test.
  @Test func namesAreFilledInWithinBlocks() throws {
    let yaml = """
      protocol:
        - repeat: '{count}'
          steps: ['Discharge at {rate} until 2.5 V', 'Rest for {pause}']
      reference test: {every: 5, steps: ['Charge at {rate} until 3.4 V']}
      vary: {rate: [1C, C/2], count: [2, 3]}
      cases: {Long: {rate: C/5, count: 1, pause: 1 h}}
      """
    let study = try readStudy(yaml, ["pause=1 min"])
    let last = try study.scenario(of: study.cases[3]).scenario
    #expect(last.protocolSteps.count == 6 && last.protocolSteps[4].text == "Discharge at C/2 until 2.5 V")
    #expect(last.protocolSteps[5].text == "Rest for 1 min")
    #expect(last.referenceParts.map(\.text) == ["Charge at C/2 until 3.4 V"])
    #expect(
      study.table.contains(
        "  - repeat: \"{count}\"\n    steps:\n      - Discharge at {rate} until 2.5 V"), "\(study.table)")
    #expect(try readStudy(study.table, ["pause=1 min"]).list == study.list)
    #expect(
      studyProblems("vary: {run.stop at.retention: [80 %, 90 %]}\n").first?.contains(
        "vary.run.stop at.retention: runs of a study") ?? false)
  }
}

private func studyProblems(_ yaml: String, _ overrides: [String] = []) -> [String] {
  do {
    _ = try readStudy(yaml, overrides)
    return []
  } catch let error as ScenarioError {
    return error.problems.map(\.description)
  } catch { return ["not a ScenarioError: \(error)"] }
}

private let discharge = "protocol: ['Discharge at {rate} until 3.544 V vs Li']\n"

@Suite struct StudyMistakes {
  private static let mistakes: [(String, String)] = [
    (
      discharge,
      "x.yaml:1:12: protocol: {rate} has no value; give it in vary, in cases or with --set 'rate=VALUE'"
    ),
    (
      discharge + "cases: {Thin: {cathode.thickness: 5 um}}\n",
      "x.yaml:1:12: protocol: case 'Thin' gives {rate} no value; give it in vary, in cases or with "
        + "--set 'rate=VALUE'"
    ),
    (
      discharge + "vary: {rat: [1C]}\n",
      "x.yaml:2:8: vary.rat: neither a key of a scenario nor a name in braces of the protocol; nearest valid "
        + "name: rate"
    ),
    (
      "vary: {cathode.thicknes: [1 um]}\n",
      "x.yaml:1:8: vary.cathode.thicknes: neither a key of a scenario nor a name in braces of the protocol; "
        + "nearest valid name: cathode.thickness"
    ),
    (
      discharge + "vary:\n  rate: [1C, fast]\n",
      "x.yaml:3:14: protocol: 'Discharge at fast until 3.544 V vs Li': 'fast' is not a number; expected a "
        + "current such as 1C, C/2, 1.55 mA/cm2 or 2 mA"
    ),
    (
      "vary:\n  cathode.thickness: [10 um, 10 Pa]\n",
      "x.yaml:2:30: cathode.thickness: 10 Pa is a value of pressure; expected a value with a unit of length, "
        + "such as 23.1 um (the default)"
    ),
    (
      "cases:\n  A:\n    cathode: {width: 0 um}\n",
      "x.yaml:3:22: cathode.width: 0 um is out of range: 1 to 1000 um"
    ),
    (
      "vary: {run.seed: 3}\n", "x.yaml:1:18: vary.run.seed: expected a list of values, such as [0.1C, 1C]"
    ),
    ("vary: {run.seed: []}\n", "x.yaml:1:8: vary: the list is empty; expected values"),
    (
      "vary: {run.seed: [1, ]}\ncases: {A: 3}\n",
      "x.yaml:2:12: cases.A: expected a mapping of keys to values, such as {rate: 1C}"
    ),
    ("vary: {run.seed: [1, ~]}\n", "x.yaml:1:22: vary.run.seed: the value is missing"),
    (
      "vary: {run.seed: [[1]]}\n",
      "x.yaml:1:19: vary.run.seed: expected a single value, not a list or a mapping"
    ),
    (
      "vary: {[run.seed, run.cycles]: [[1, 2], [3]]}\n",
      "x.yaml:1:41: vary.[run.seed, run.cycles]: expected 2 values, one for each key, such as [1 um, 2 um]"
    ),
    (
      "vary: {run.seed: [1], run: {seed: [2]}}\n", "x.yaml:1:29: vary.run.seed: varied more than once"
    ),
    (
      "vary: {protocol: [a]}\n",
      "x.yaml:1:8: vary.protocol: a list of steps cannot vary; write a name in braces into a step and vary that"
    ),
    (
      "vary: [1, 2]\n",
      "x.yaml:1:7: vary: expected a mapping: keys to vary, each with a list of values, such as [0.1C, 1C]"
    ),
    (
      "vary: {run.seed: &a [1], run.cycles: *a}\n",
      "x.yaml:1:18: anchors and aliases (& and *) are not accepted; write the value out"
    ),
    ("vray: {run.seed: [1]}\n", "x.yaml:1:1: vray: unknown key; nearest valid key: vary"),
    (
      "figure: {kind: map}\n",
      "x.yaml:1:1: figure: a figure belongs to a study; expected vary, cases or run.replicates above 1"
    ),
    (
      "vary: {run.replicates: [1, 2]}\n",
      "x.yaml:1:8: vary.run.replicates: all cases have as many runs, so that they compare; write it in 'run', "
        + "or use --set"
    ),
    (
      "run: {replicates: 0}\n",
      "x.yaml:1:19: run.replicates: '0' is not accepted; expected a whole number from 1 to 10000"
    ),
    (
      "vary: {run.seed: [1]}\nfigure: {kind: mop}\n",
      "x.yaml:2:16: figure.kind: unknown kind 'mop'; nearest valid kind: map"
    ),
    (
      "vary: {run.seed: [1]}\nfigure: {x: run.seed}\n",
      "x.yaml:2:1: figure: the kind is missing; expected kind: and one of lines, map, limitation, profiles, field, fade, "
        + "tornado"
    ),
    (
      "vary: {run.seed: [1]}\nfigure: {kind: map}\n",
      "x.yaml:2:16: figure.kind: map needs 2 lists of values in vary; found 1"
    ),
    (
      "vary: {run.seed: [1], run.cycles: [1]}\nfigure: {kind: map, x: run.sed}\n",
      "x.yaml:2:24: figure.x: 'run.sed' is neither varied in a list nor a result; nearest valid name: run.seed"
    ),
    (
      "vary: {title: [a], run.seed: [1]}\nfigure: {kind: lines, x: title}\n",
      "x.yaml:2:26: figure.x: an axis needs numbers; 'title' has other values"
    ),
    (
      "vary: {run.seed: [1]}\nfigure: {kind: lines, z: 1}\n",
      "x.yaml:2:23: figure.z: unknown key; valid keys of a figure: kind, x, y"
    ),
  ]

  @Test(arguments: mistakes)
  func message(_ yaml: String, _ expected: String) {
    #expect(studyProblems(yaml).first == expected)
  }

  @Test func tooManyCasesAreRefused() {
    func list(_ count: Int) -> String { Array(repeating: "1", count: count).joined(separator: ",") }
    #expect(
      studyProblems("vary: {run.seed: [\(list(400))], run.cycles: [\(list(26))]}\n") == [
        "x.yaml:1:1: vary: more than 10000 cases; expected fewer values or keys"
      ])
  }

  @Test func aMistakeOfEveryCaseIsReportedOnce() {
    #expect(studyProblems("cathode: {width: 5 Pa}\nvary: {run.seed: [1, 2, 3]}\n").count == 1)
    #expect(studyProblems("protocol: ['Jump {a} far']\nvary: {a: [1, 2]}\n").count == 2)
  }

  @Test func aStudyIsNoPlainScenario() {
    #expect(throws: ScenarioError.self) { try read("vary: {run.seed: [1, 2]}\n") }
  }
}

@Suite struct StudyCases {
  private let yaml = """
    title: T
    protocol:
      - Discharge at {rate} until {end}
    vary:
      rate: [0.1C, C/2]
      [cathode.thickness, cell.nominal capacity]: [[10 um, 0.67 mAh/cm2], [20 um, 1.34 mAh/cm2]]
      run: {seed: [1, 2]}
    cases:
      Random crystals: {rate: 1C, microstructure: {crystal angle: 45 deg}}
    """

  @Test func theGridComesFirstAndItsLastAxisIsFastest() throws {
    let study = try readStudy(yaml, ["end=2.5 V"])
    #expect(study.cases.map(\.number) == Array(1...9))
    #expect(
      study.cases.map(\.label) == [
        "rate 0.1C, thickness 10 um, seed 1", "rate 0.1C, thickness 10 um, seed 2",
        "rate 0.1C, thickness 20 um, seed 1", "rate 0.1C, thickness 20 um, seed 2",
        "rate C/2, thickness 10 um, seed 1", "rate C/2, thickness 10 um, seed 2",
        "rate C/2, thickness 20 um, seed 1", "rate C/2, thickness 20 um, seed 2", "Random crystals",
      ])
    #expect(study.list[8] == "9: Random crystals  [rate: 1C, microstructure.crystal angle: 45 deg]")
    let fourth = try study.scenario(of: study.cases[3]).scenario
    #expect(fourth.title == "T: rate 0.1C, thickness 20 um, seed 2")
    #expect(fourth.parameters[.filmThickness] == Unit("um")!.toSI(20))
    #expect(fourth.seed == 2)
    #expect(fourth.protocolSteps.map(\.text) == ["Discharge at 0.1C until 2.5 V"])
    // 1C is the nominal capacity of this case.
    #expect(fourth.protocolSteps[0].control == .current(-1.34))
    let last = try study.scenario(of: study.cases[8])
    #expect(last.scenario.parameters[.filmThickness] == ParameterSet.defaults[.filmThickness])
    #expect(last.origin(of: .parameter(.crystalAngle)) == .study)
  }

  @Test func overridesWin() throws {
    let overridden = try readStudy(yaml, ["end=2.5 V", "rate=1C", "cathode.thickness=30 um", "run.seed=7"])
    // What is overridden does not vary; the other key of its row still does.
    #expect(
      overridden.cases.map(\.values) == [
        "cell.nominal capacity: 0.67 mAh/cm2", "cell.nominal capacity: 1.34 mAh/cm2",
        "microstructure.crystal angle: 45 deg",
      ])
    let plain = try readStudy(discharge, ["rate=1C"])
    #expect(plain.cases.isEmpty)
    #expect(plain.base.scenario.protocolSteps.map(\.text) == ["Discharge at 1C until 3.544 V vs Li"])
    #expect(try read(plain.base.table).scenario == plain.base.scenario)
  }

  @Test func namedChoicesMakeAnAxis() throws {
    let study = try readStudy(
      "vary:\n  Cell:\n    Plain:\n    Hot: {cell: {temperature: 60 degC}, cathode.width: 20 um}\n  run.seed: [1, 2]\n"
    )
    #expect(study.cases.map(\.label) == ["Plain, seed 1", "Plain, seed 2", "Hot, seed 1", "Hot, seed 2"])
    #expect(study.variedQuantities.map(\.name) == ["Cell", "cell.temperature", "cathode.width", "run.seed"])
    let scenarios = try study.cases.map { try study.scenario(of: $0).scenario }
    #expect(scenarios[0].parameters == .defaults)
    #expect(scenarios[3].parameters[.filmWidth] == Unit("um")!.toSI(20) && scenarios[3].seed == 2)
  }

  @Test func whatCheckPrintsIsTheSameStudy() throws {
    let full = yaml + "\nfigure: {kind: profiles}\n"
    for text in [full, full.replacing("Random crystals", with: "'a: \"b\" # c'")] {
      let study = try readStudy(text, ["end=4.1 V vs Li"])
      let again = try readStudy(study.table, ["end=4.1 V vs Li"])
      #expect(again.list == study.list)
      #expect(again.figure?.kind == .profiles)
      for (one, other) in zip(study.cases, again.cases) {
        #expect(try study.scenario(of: one).scenario == again.scenario(of: other).scenario)
      }
    }
  }

  @Test func valuesBecomeColumns() throws {
    let study = try readStudy(
      "protocol: ['Discharge at {rate} for {time} or until {end}']\nvary:\n"
        + "  rate: [C/4, 2C]\n  time: [90 s, 1 h]\n  end: [2.5 V, 3.1 V vs Li]\n  mechanics.stress-free state: [0.9]\n"
    )
    #expect(
      study.variedQuantities.map { "\($0.name) / \($0.unit.symbol)" } == [
        "rate / h-1", "time / s", "end / 1", "mechanics.stress-free state / 1",
      ])
    let last = study.cases[7]
    let resolved = try study.scenario(of: last)
    #expect(
      study.variedQuantities.map { $0.cell(study, last, resolved) } == ["2", "3600", "3.1 V vs Li", "0.9"])
  }
}

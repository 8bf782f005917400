import CellPhysics
import CycleLife
import Testing

@testable import RunFiles

@Suite struct Protocols {
  /// 1C is 15.5 A/m2, the counter electrode stands at 0.62 V, and the area is 2 cm2.
  private let reader: ProtocolReader = {
    var parameters = ParameterSet.defaults
    parameters[.electrodeArea] = 2e-4
    return ProtocolReader(parameters)
  }()

  private func close(_ value: Double, _ expected: Double) -> Bool {
    abs(value - expected) <= 1e-12 * abs(expected)
  }

  private func numbers(_ step: ProtocolStep) -> [Double] {
    let control: [Double] =
      switch step.control {
      case .current(let value), .voltage(let value), .power(let value): [value]
      case .rest, .profile: []
      }
    return control
      + step.limits.map { limit in
        switch limit {
        case .voltage(let value), .current(let value), .duration(let value): value
        }
      }
  }

  @Test(arguments: [
    ("Charge at 1C until 4.01 V vs Li", [15.5, 3.39]),
    ("charge AT 1 c UNTIL 4.01v VS. LI", [15.5, 3.39]),
    ("Charge at C until 4010 mV vs Li/Li+", [15.5, 3.39]),
    ("Hold at 4.01 V vs Li until C/10", [3.39, 1.55]),
    ("Hold at 3.39 V for 30 min or until 50 uA/cm2", [3.39, 1800, 0.5]),
    ("Discharge at C/2 until 2.5 V", [-7.75, 2.5]),
    ("Discharge at C / 2 until 2.5 V", [-7.75, 2.5]),
    ("Discharge at 1.55 mA/cm2 for 2 hours or until 2.5 V", [-15.5, 7200, 2.5]),
    ("Discharge at 15.5 A/m2 until 2.5 V or for 1 h", [-15.5, 2.5, 3600]),
    ("Charge at 2 mA until 3.4 V", [10, 3.4]),
    ("CHARGE AT 0.002 A UNTIL 3.4 V", [10, 3.4]),
    ("Discharge at 0.5C for 90 seconds", [-7.75, 90]),
    ("Rest for 10 minutes", [600]),
    ("Discharge at 5 mW/cm2 until 2.5 V", [-50, 2.5]),
    ("Charge at 2 mW until 3.4 V", [10, 3.4]),
    ("discharge at 0.002 W for 1 h or until 2.5 V", [-10, 3600, 2.5]),
    ("rest for 1 hour or until -0.1 V", [3600, -0.1]),
    ("Rest for 5s", [5]),
  ])
  func wording(_ text: String, _ expected: [Double]) throws {
    let step = try reader.step(text)
    let found = numbers(step)
    #expect(found.count == expected.count)
    #expect(zip(found, expected).allSatisfy(close), "\(found)")
    #expect(step.text == text)
  }

  /// What PyBaMM writes behind a step, in its spelling and ours.
  @Test(
    arguments: [
      ("Discharge at C/3 for 2 hours or until 2.5 V at 26oC", 299.15, nil),
      ("Charge at 2 mA for 45 minutes at 10.2oC (1 minute period)", 283.35, 60),
      ("Rest for 10 minutes (5 minute period)", nil, 300),
      ("Rest for 10 minutes AT -5.1 degC", 268.05, nil),
      ("Hold at 3.39 V until C/10 at 318.15 K (0.5 s period)", 318.15, 0.5),
      ("Charge at 1 C until 4.01 V vs Li at 45 °C", 318.15, nil),
      ("Charge at 1 C until 4.01 V vs Li", nil, nil),
    ] as [(String, Double?, Double?)])
  func surroundings(_ text: String, _ temperature: Double?, _ period: Double?) throws {
    let step = try reader.step(text)
    #expect(step.text == text && step.period == period)
    #expect((step.temperature == nil) == (temperature == nil))
    if let temperature { #expect(close(step.temperature ?? 0, temperature)) }
    // The rest is the step as it would be without.
    let bare = text.replacing(#/ \(.*\)$/#, with: "").replacing(
      #/ (?i:at) [-0-9.]+ ?(oC|degC|°C|K)$/#, with: "")
    let plain = try reader.step(bare)
    #expect(plain.control == step.control && plain.limits == step.limits)
  }

  @Test(arguments: [
    ("Rest for 1 h at 200 degC", "200 degC is out of range: -50 to 150 degC"),
    ("Rest for 1 h at 1.2.3 oC", "unknown unit '.3 degC'"),
    ("Rest for 1 h (0 s period)", "'0 s' must be above zero"),
    ("Rest for 1 h (10 us period)", "cannot read '10 us'"),
    ("Rest for 1 h (0.0001 s period)", "'0.0001 s' is shorter than the shortest period, 1 ms"),
    ("Rest for 1 h (1 minute period) at 45 degC", "cannot read '1 h (1 minute period)'"),
  ])
  func surroundingsThatAreRefused(_ text: String, _ reason: String) throws {
    let problem = try #require(throws: ValueProblem.self) { try reader.step(text) }
    #expect(problem.message.contains(reason), "\(problem.message)")
  }

  @Test func kindsOfLimits() throws {
    let step = try reader.step("Discharge at 1C for 2 hours or until 2.5 V")
    #expect(step.limits == [.duration(7200), .voltage(2.5)])
    #expect(try reader.step("Rest for 1 s").control == .rest)
    guard case .current = try reader.step("Hold at 3 V until C/10").limits[0] else {
      Issue.record("a hold ends at a current")
      return
    }
  }

  @Test(arguments: [
    ("Jump at 1C until 4 V", "cannot read 'Jump at 1C until 4 V'"),
    ("", "cannot read ''"),
    ("Charge 1C until 4 V", "cannot read"),
    ("Charge at 1C", "has no end; add 'for' a time or 'until' a voltage"),
    ("Hold at 4 V", "has no end; add 'for' a time or 'until' a current"),
    ("Rest", "has no end"),
    ("Hold at 4 V until 3 V", "a hold ends at a current"),
    ("Charge at 1C until C/10", "expected a voltage after 'until'"),
    ("Charge at 1C until 4", "expected a voltage after 'until'"),
    ("Charge at 1C until 40 V", "'40 v' is out of range: -0.62 to 4.38 V, which is 0 to 5 V vs Li"),
    ("Hold at 5.1 V vs Li until C/10", "'5.1 v vs li' is out of range: 0 to 5 V vs Li"),
    ("Rest for 90000 h", "'90000 h' is longer than ten years"),
    ("Charge at 1C until 4 V or C/10", "cannot read"),
    ("Charge at 0C until 4 V", "must be above zero"),
    ("Charge at C/0 until 4 V", "must be above zero"),
    ("Charge at -1 mA until 4 V", "must be above zero"),
    ("Charge at 1.2.3C until 4 V", "cannot read '1.2.3c'"),
    ("Charge at 1 W/g until 4 V", "cannot read '1 w/g'; expected a power"),
    ("Charge at 0 W until 4 V", "must be above zero"),
    ("Charge at 1C for 3 fortnights", "cannot read '3 fortnights'"),
    ("Charge at 1C for 0 s", "must be above zero"),
    ("Charge at nan mA until 4 V", "not a finite number"),
    ("Charge at 1C until", "cannot read"),
    ("Rest at 1C for 1 h", "cannot read"),
  ])
  func mistakes(_ text: String, _ expected: String) {
    do {
      _ = try reader.step(text)
      Issue.record("read '\(text)'")
    } catch {
      #expect(error.message.contains(expected), "\(error.message)")
    }
  }

  /// A voltage that is usual on the other scale alone; the counter electrode stands at 0.62 V.
  @Test(
    arguments: [
      ("Charge at 1C until 4.2 V", "4.2 V is the terminal voltage, 4.82 V vs Li, which is unusual"),
      ("Hold at 4030 mV for 2 h or until C/10", "write '4.03 V vs Li' if that is meant"),
      ("Discharge at C/2 until 1.9 V vs Li", "is the terminal voltage, 2.52 V vs Li"),
      ("Charge at 1C until 4.2 V vs Li", nil), ("Discharge at 1C until 3.0 V", nil),
      ("Discharge at 1C until 1.9 V", nil), ("Hold at 3.41 V until C/10", nil), ("Rest for 1 h", nil),
      ("Discharge at 1C until 0.1 V", nil),
    ] as [(String, String?)]) func theOtherScaleIsDoubted(_ text: String, _ expected: String?)
  {
    let doubts = reader.doubts(text)
    #expect(doubts.count == (expected == nil ? 0 : 1))
    if let expected { #expect(doubts.first?.contains(expected) ?? false, "\(doubts)") }
    // Against lithium the scales are the same.
    var parameters = ParameterSet.defaults
    parameters[.counterPotential] = 0
    #expect(ProtocolReader(parameters).doubts(text).isEmpty)
  }

  @Test func aMistakeNamesTheLine() {
    let yaml = "protocol:\n  - Rest for 1 h\n  - Jump\n  - [Rest for 1 h]\n"
    let found = problems(yaml)
    #expect(found.count == 2)
    #expect(found[0].hasPrefix("x.yaml:3:5: protocol: cannot read 'Jump'; expected a step such as"))
    #expect(found[1].hasPrefix("x.yaml:4:5: protocol: expected the text of one step"))
  }

  @Test func blocksRepeatAndNest() throws {
    let yaml = """
      protocol:
        - Rest for 1 s
        - repeat: 2
          steps:
            - Rest for 2 s
            - steps: [Rest for 3 s]
              repeat: 3
        - Rest for 4 s
      """
    let resolved = try read(yaml)
    #expect(
      resolved.scenario.protocolSteps.map(\.text).map { $0.dropFirst(9).prefix(1) }.joined() == "1233323334")
    #expect(resolved.stepTexts[1] == "repeat 2: [Rest for 2 s; repeat 3: [Rest for 3 s]]")
    #expect(resolved.table.contains("  - repeat: 2\n    steps:\n      - Rest for 2 s"))
  }

  @Test(arguments: [
    (
      "- repeat: 0\n    steps: [Rest for 1 s]",
      "2:13: protocol.repeat: '0' is not accepted; expected a whole number"
    ),
    ("- repeat: 2", "2:5: protocol: a block needs both 'repeat: 3', the repetitions, and 'steps:', a list"),
    ("- steps: [Rest for 1 s]", "2:5: protocol: a block needs both"),
    (
      "- repaet: 2\n    steps: [Rest for 1 s]",
      "2:5: protocol: 'repaet' is no key of a block; expected "
        + "'repeat: 3' with 'steps:'; nearest: repeat"
    ),
    ("- repeat: 2\n    steps: []", "3:12: protocol: a block needs at least one step"),
    ("- repeat: 2\n    steps: Rest for 1 s", "3:12: protocol: expected a list of steps"),
    ("- repeat: [2]\n    steps: [Rest for 1 s]", "2:13: protocol: expected a whole number of repetitions"),
    ("- repeat: 2\n    steps: [Rest for 1 s, Jump]", "3:27: protocol: cannot read 'Jump'"),
    (
      "- repeat: 10000\n    steps: [{repeat: 10000, steps: [Rest for 1 s]}]",
      "2:3: protocol: more than 10000 steps with all repetitions; expected fewer, or more cycles"
    ),
    (
      "- " + String(repeating: "{repeat: 2, steps: [", count: 9) + "Rest for 1 s"
        + String(repeating: "]}", count: 9), "protocol: blocks nest at most 8 deep"
    ),
  ]) func mistakesInBlocks(_ yaml: String, _ expected: String) {
    let found = problems("protocol:\n  \(yaml)\n")
    #expect(found.first?.contains(expected) ?? false, "\(found)")
  }

  @Test(arguments: [
    (
      "reference test: {steps: [Rest for 1 h]}",
      "1:25: reference test.steps: never carried out; expected reference "
        + "test.every beside it, such as 'every: 25'"
    ),
    (
      "reference test: {evry: 2}",
      "1:18: reference test.evry: unknown key; nearest valid key: reference test.every"
    ),
    (
      "reference test: {every: -1}",
      "1:25: reference test.every: '-1' is not accepted; expected a whole number"
    ),
    ("reference test: {every: 2, steps: [Jump]}", "1:36: reference test.steps: cannot read 'Jump'"),
    (
      "run: {stop at: {retention: 80}}",
      "1:28: run.stop at.retention: '80' is not accepted; expected a share such as "
        + "80 %, or none"
    ),
    (
      "run: {stop at: {capacity: 40 um}}",
      "1:27: run.stop at.capacity: '40 um' is not accepted; expected a capacity"
    ),
    (
      "run: {stop at: {wall time: 0 s}}",
      "1:28: run.stop at.wall time: '0 s' is not accepted; expected a time such"
    ),
    ("run: {stop at: {retension: 80 %}}", "unknown key; nearest valid key: run.stop at.retention"),
    (
      "run: {cycle jump: {tolerance: 50 %}}",
      "1:31: run.cycle jump.tolerance: '50 %' is not accepted; expected a share from 0.01 % to 5 % such as 0.5 %"
    ),
    ("run: {cycle jump: {tolerence: 1 %}}", "unknown key; nearest valid key: run.cycle jump.tolerance"),
    (
      "run: {cycle jump: {tolerance: 1 %}, time series interval: 1}",
      "1:59: run.time series interval: skipped cycles have no time series"
    ),
    (
      "run: {cycle jump: {tolerance: 1 %}}\nprotocol: [Rest for 1 h, Discharge at 1C until 3 V, Charge at 1C until 3.4 V]",
      "1:31: run.cycle jump.tolerance: cycles can be skipped where each begins with a charge"
    ),
    ("run: {longest step: 24}", "1:21: run.longest step: '24' is not accepted; expected a time from 1 s"),
    (
      "run: {stop at: {retention: 80 %}, replicates: 4}",
      "1:28: run.stop at.retention: runs of a study and of an "
        + "ensemble are compared in the same cycles"
    ),
  ]) func mistakesInTheRun(_ yaml: String, _ expected: String) {
    let found = problems(yaml + "\n")
    #expect(found.first?.contains(expected) ?? false, "\(found)")
  }
}

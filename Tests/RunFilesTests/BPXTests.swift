import CellPhysics
import CycleLife
import Foundation
import Testing

@testable import RunFiles

/// A file of BPX with `parameterisation`, JSON without its braces.
private func file(_ parameterisation: String, version: String = "\"1.1.0\"", more: String = "") -> Data {
  Data("{\"Header\": {\"BPX\": \(version)}, \"Parameterisation\": {\(parameterisation)}\(more)}".utf8)
}

/// What an import says of `bytes` when it refuses them.
private func refusal(_ bytes: Data) -> String {
  do {
    _ = try BPXImport(bytes, name: "x.json")
    return "accepted"
  } catch {
    return "\(error)"
  }
}

/// The parameters of the scenario that is made of `bytes`, and what is said of them.
private func imported(_ bytes: Data) throws -> (parameters: ParameterSet, notes: [BPXImport.Note]) {
  let made = try BPXImport(bytes, name: "x.json")
  let resolved = try ScenarioReader().read(Data(made.scenario.utf8), name: "x.yaml")
  return (resolved.scenario.parameters, made.notes)
}

private func isClose(_ value: Double, _ expected: Double) -> Bool {
  // Values are kept to 12 digits where arithmetic made more of them.
  abs(value - expected) <= 2e-12 * abs(expected)
}

@Suite struct BPXExpressions {
  @Test(
    arguments: [
      ("1.5e-3", 0, 1.5e-3), ("2 * x + 1", 3, 7), ("-x**2", 3, -9), ("(-x)**2", 3, 9), ("2**3**2", 0, 512),
      ("2 ** -1", 0, 0.5), ("1 - 2 - 3", 0, -4), ("8 / 4 / 2", 0, 1), ("--x", 2, 2), ("1 - -x", 2, 3),
      ("exp(-x) * tanh(2 * x) + cosh(x)", 0.5, exp(-0.5) * tanh(1.0) + cosh(0.5)),
      ("0.1297 * (x / 1000) ** 3 - 2.51 * (x / 1000) ** 1.5", 2000, 0.1297 * 8 - 2.51 * pow(2, 1.5)),
      ("\t.5 + 1. ", 0, 1.5), ("x*-x", 3, -9),
    ] as [(String, Double, Double)]) func haveTheValueOfPython(text: String, x: Double, expected: Double)
    throws
  {
    // Exact but for the last digit of functions, which is the same here and there.
    #expect(try BPXExpression(text)(x) == expected)
  }

  @Test(arguments: [
    ("", "the end of the expression is not expected; expected a number, x or a function"),
    ("1 +", "the end of the expression is not expected; expected a number, x or a function"),
    ("2x", "'x' at character 2 is not expected"),
    ("x y", "'y' at character 3 is not expected"),
    ("sin(x)", "'sin' at character 1 is not known; expected x, exp, tanh, cosh"),
    ("xx", "'xx' at character 1 is not known; expected x, exp, tanh, cosh"),
    ("exp x", "'x' at character 5 is not expected; expected '(' behind exp"),
    ("(x", "the end of the expression is not expected; expected ')'"),
    ("x)", "')' at character 2 is not expected"),
    ("1..2", "'1..2' at character 1 is not expected; expected a number, x or a function"),
    ("1e999", "'1e999' at character 1 is not expected; expected a number, x or a function"),
    ("x ^ 2", "'^ 2' at character 3 is not expected"),
    (
      String(repeating: "(", count: 5000) + "x" + String(repeating: ")", count: 5000),
      "an expression of more than 10000 characters"
    ),
    (String(repeating: "-", count: 5000) + "x", "an expression nested deeper than 100 levels"),
    (String(repeating: "x**", count: 3000) + "x", "an expression nested deeper than 100 levels"),
    (String(repeating: "exp(", count: 1000), "an expression nested deeper than 100 levels"),
  ]) func areRefusedWithThePlace(text: String, message: String) {
    #expect {
      try BPXExpression(text)
    } throws: { ($0 as? ValueProblem)?.message == message }
  }

  @Test func tablesAreStraightBetweenTheirPointsAndEndThere() {
    let table = BPXFunction.table(x: [0, 0.5, 1], y: [1, 2, 0])
    #expect([0, 0.25, 0.5, 0.75, 1].map { table($0) } == [1, 1.5, 2, 1, 0])
    #expect(table(-0.1) == nil && table(1.1) == nil && table(.nan) == nil)
    #expect(BPXFunction.table(x: [2], y: [3])(2) == 3)
    #expect(BPXFunction.constant(4)(0.5) == 4)
  }
}

@Suite struct BPXImports {
  @Test(
    arguments: [
      (Data("{".utf8), "x.json: not JSON: Unexpected end of file during JSON parse."),
      (Data("{\"a\": 1,\n \"b\" 2}".utf8), "x.json:2:6: not JSON: invalid value"),
      (Data("[1]".utf8), "x.json: a list; expected an object, as BPX has it"),
      (Data([0xFF, 0xFE, 0x7B]), "x.json:"),
      (Data("{}".utf8), "x.json: no Header; expected a file of BPX, version 0.x or 1.x"),
      (
        Data("{\"Header\": {\"BPX\": \"1.0\"}}".utf8),
        "x.json: no Parameterisation; expected one"
      ),
      (
        Data("{\"Header\": {}}".utf8),
        "x.json: Header: no version 'BPX'; expected 0.x or 1.x, such as \"1.1.0\""
      ),
      (file("", version: "\"2.0\""), "x.json: Header > BPX: version '2.0' is not known; expected 0.x or 1.x"),
      (file("\"Cell\": 5"), "x.json: Parameterisation > Cell: a number; expected an object"),
      (
        file("\"Positive electrode\": {\"Thickness [m]\": \"thick\"}"),
        "x.json: Parameterisation > Positive electrode > Thickness [m]: 'thick' is not a number; expected one"
      ),
      (
        file("\"Positive electrode\": {\"Thickness [m]\": -1e-6}"),
        "x.json: Parameterisation > Positive electrode > Thickness [m]: -1e-6 is not above 0"
      ),
      (
        file("\"Positive electrode\": {\"Thickness [m]\": 1e999}"),
        "x.json: Parameterisation > Positive electrode > Thickness [m]: a number beyond 1e308, or a text that is not "
          + "UTF-8"
      ),
      (
        file("\"Positive electrode\": {\"Diffusivity [m2.s-1]\": {\"x\": [0, 1], \"y\": [1]}}"),
        "x.json: Parameterisation > Positive electrode > Diffusivity [m2.s-1]: a table of 2 x and 1 y; expected as many "
          + "of both"
      ),
      (
        file("\"Positive electrode\": {\"OCP [V]\": {\"x\": [0, 1, 1], \"y\": [1, 2, 3]}}"),
        "x.json: Parameterisation > Positive electrode > OCP [V]: x of a table does not rise behind its value 2; expected "
          + "ascending x"
      ),
      (
        file("\"Positive electrode\": {\"OCP [V]\": \"4 - sin(x)\"}"),
        "x.json: Parameterisation > Positive electrode > OCP [V]: '4 - sin(x)': 'sin' at character 5 is not known; "
          + "expected x, exp, tanh, cosh"
      ),
      (
        file("\"User-defined\": {\"CycleLife\": {\"cathode.widht [m]\": 1e-6}}"),
        "x.json: Parameterisation > User-defined > CycleLife > cathode.widht [m]: not a name that this program writes; "
          + "nearest: cathode.width [m]"
      ),
      (
        file("\"Cell\": {\"Lower voltage cut-off [V]\": 4, \"Upper voltage cut-off [V]\": 3}"),
        "x.json: Parameterisation > Cell: cut-offs of 4 and 3 V; expected the lower one below the upper one, from -5 to "
          + "10 V"
      ),
      (
        file("", more: ", \"a\": " + String(repeating: "[", count: 40) + String(repeating: "]", count: 40)),
        "x.json: nested deeper than 32 levels"
      ),
    ] as [(Data, String)]) func mistakesAreNamedWithTheWayToThem(bytes: Data, message: String)
  {
    let said = refusal(bytes)
    #expect(message.hasSuffix(":") ? said.hasPrefix(message) : said == message)
  }

  @Test func moreThanAnyoneHasIsRefused() {
    #expect(refusal(Data(count: BPXNode.sizeLimit + 1)) == "x.json: larger than 8 MiB")
    let list = String(repeating: "1,", count: BPXNode.valueLimit)
    #expect(refusal(file("", more: ", \"a\": [" + list + "1]")) == "x.json: more than 300000 values")
  }

  /// Brackets and quotes in texts nest nothing.
  @Test func textsAreNotCounted() throws {
    let text = String(repeating: "[{", count: 50) + "\\\"" + String(repeating: "[", count: 50)
    let (_, notes) = try imported(
      Data("{\"Header\": {\"BPX\": \"1.1\", \"References\": \"\(text)\"}, \"Parameterisation\": {}}".utf8))
    #expect(notes.contains { $0.place == "Header > References" && $0.fate == .ignored })
  }

  private static let porous = file(
    """
    "Cell": {"Electrode area [m2]": 0.0168, "Nominal cell capacity [A.h]": 12.5,
      "Number of electrode pairs connected in parallel to make a cell": 34, "Ambient temperature [K]": 310.15,
      "Lower voltage cut-off [V]": 2.7, "Upper voltage cut-off [V]": 4.2},
    "Electrolyte": {"Initial concentration [mol.m-3]": 1000,
      "Conductivity [S.m-1]": "0.1297 * (x / 1000) ** 3 - 2.51 * (x / 1000) ** 1.5 + 3.329 * (x / 1000)"},
    "Negative electrode": {"Thickness [m]": 5e-5},
    "Positive electrode": {"Thickness [m]": 52.3e-6, "Particle radius [m]": 4.6e-6,
      "Surface area per unit volume [m-1]": 432072, "Maximum concentration [mol.m-3]": 51555,
      "Minimum stoichiometry": 0.4, "Maximum stoichiometry": 0.96, "Reaction rate constant [mol.m-2.s-1]": 2e-5,
      "Diffusivity [m2.s-1]": "1e-14 * exp(-1.5 * (x - 0.5))", "OCP [V]": "4 - 0.4 * tanh(x)"},
    "Separator": {"Thickness [m]": 2e-5, "Porosity": 0.47, "Transport efficiency": 0.3222},
    "User-defined": {"Positive electrode Young's modulus [Pa]": 375e9, "Positive electrode Poisson's ratio": 0.2,
      "Positive electrode partial molar volume [m3.mol-1]": -7.28e-7, "Weather": 3}
    """, version: "0.4")

  @Test func aPorousCellGivesWhatAScenarioCanTake() throws {
    let (parameters, notes) = try imported(Self.porous)
    let expected: [(Parameter, Double)] = [
      (.electrodeArea, 34 * 0.0168), (.nominalCapacity, 12.5 * 3600 / (34 * 0.0168)), (.temperature, 310.15),
      (.filmThickness, 52.3e-6), (.density, 51555 * 0.097873), (.initialContent, 0.96),
      (.fastDiffusivity, 1e-14 * exp(-0.375)), (.diffusivitySlope, 1.5),
      (.exchangeCurrentDensity, Constants.faraday * 2e-5 / 2), (.anodeSideThickness, 1e-5),
      (.cathodeSideThickness, 1e-5), (.cathodeSideConductivity, (0.1297 - 2.51 + 3.329) * 0.3222),
      // E (1 - v) / ((1 + v) (1 - 2 v)), E v / ((1 + v) (1 - 2 v)) and E / (2 (1 + v)).
      (.stiffness11, 375e9 * 0.8 / 0.72), (.stiffness33, 375e9 * 0.8 / 0.72),
      (.stiffness12, 375e9 * 0.2 / 0.72),
      (.stiffness13, 375e9 * 0.2 / 0.72), (.stiffness44, 375e9 / 2.4),
      (.chemicalStrainA, -7.28e-7 * 51555 / 3), (.chemicalStrainC, -7.28e-7 * 51555 / 3),
    ]
    for (parameter, value) in expected {
      #expect(isClose(parameters[parameter], value), "\(parameter.rawValue): \(parameters[parameter])")
    }
    // All others keep their defaults.
    let read = Set(expected.map(\.0) + [.anodeSideConductivity])
    for parameter in Parameter.allCases where !read.contains(parameter) {
      #expect(parameters[parameter] == parameter.entry.defaultSI, "\(parameter.rawValue)")
    }
    let electrode = "Parameterisation > Positive electrode > "
    func fate(_ place: String) -> [BPXImport.Fate] { notes.filter { $0.place == place }.map(\.fate) }
    #expect(fate(electrode + "OCP [V]") == [.ignored])
    #expect(fate(electrode + "Particle radius [m]") == [.ignored])
    #expect(fate(electrode + "Minimum stoichiometry") == [.ignored])
    #expect(fate(electrode + "Diffusivity [m2.s-1]") == [.used, .used])
    #expect(fate("Parameterisation > Cell > Upper voltage cut-off [V]") == [.ignored])
    #expect(fate("Parameterisation > Negative electrode") == [.ignored])
    #expect(fate("Parameterisation > User-defined > Weather") == [.ignored])
    #expect(fate("cathode.slow diffusivity") == [.assumed])
    // The particles fill 432072 * 4.6e-6 / 3 of the electrode.
    #expect(notes.contains { $0.place == "cathode.thickness" && $0.text.contains("66.3 %") })
  }

  /// Nothing of a file is passed over in silence.
  @Test func everyValueIsUsedOrIgnored() throws {
    let resolved = try ScenarioReader().read(Data("title: x".utf8), name: "x.yaml")
    let manifest = RunManifest(
      resolved, started: .now, wallSeconds: 1, cyclesCompleted: 1, outcome: "made up", exitCode: 0, files: [])
    let more = """
      , "State": {"Initial conditions": {"Initial state-of-charge": 0.5, "Initial temperature [K]": 300},
        "Degradation": {"LLI": 0.1}}, "Validation": {"C/20": {"Time [s]": [0]}}, "Weather": 1
      """
    for bytes in try [
      Self.porous, Self.porous.dropLast() + Data((more + "}").utf8), BPXExport(manifest).json,
    ] {
      let (_, notes) = try imported(bytes)
      let places = Set(notes.filter { $0.fate != .assumed }.map(\.place))
      let ignored = Set(notes.filter { $0.fate == .ignored }.map(\.place))
      #expect(ignored.isDisjoint(with: notes.filter { $0.fate == .used }.map(\.place)))
      func check(_ node: BPXNode) throws {
        if places.contains(node.place) || node.place == "Header > BPX" { return }
        guard case .object = node.value else {
          Issue.record("\(node.place): neither used nor ignored")
          return
        }
        for member in try node.members() { try check(member) }
      }
      for section in try BPXNode(bytes, file: "x.json").members() { try check(section) }
    }
  }

  /// Currents before 0.3 are half of what later versions mean by the same constant.
  @Test(arguments: [("0.1", 4.0), ("\"0.2.0\"", 4), ("0.3", 2), ("\"0.10\"", 2), ("\"1.0.0\"", 2)])
  func theRateConstantMeansWhatItsVersionSays(version: String, divisor: Double) throws {
    let (parameters, _) = try imported(
      file("\"Positive electrode\": {\"Reaction rate constant [mol.m-2.s-1]\": 3e-5}", version: version))
    #expect(isClose(parameters[.exchangeCurrentDensity], Constants.faraday * 3e-5 / divisor))
  }

  @Test func aPotentialThatDiffersByAConstantGivesTheOffset() throws {
    let table = OpenCircuitPotential.lithiumCobaltOxide.points
    func electrode(_ y: [Double]) -> Data {
      file("\"Positive electrode\": {\"OCP [V]\": {\"x\": \(table.map(\.x)), \"y\": \(y)}}")
    }
    let (parameters, _) = try imported(electrode(table.map { $0.y + 0.0123 }))
    #expect(isClose(parameters[.potentialOffset], 0.0123))
    let (kept, notes) = try imported(electrode(table.map { $0.y * 1.02 }))
    #expect(kept[.potentialOffset] == Parameter.potentialOffset.entry.defaultSI)
    #expect(notes.contains { $0.fate == .ignored && $0.text.contains("mV off besides a constant") })
  }

  @Test func theStateOfChargeGivesTheContent() throws {
    let (parameters, _) = try imported(
      file(
        "\"Positive electrode\": {\"Minimum stoichiometry\": 0.5, \"Maximum stoichiometry\": 0.9}",
        more: ", \"State\": {\"Initial conditions\": {\"Initial state-of-charge\": 0.25}}"))
    #expect(isClose(parameters[.initialContent], 0.8))
  }

  @Test func whatIsOutOfRangeIsIgnoredWithTheRange() throws {
    let (parameters, notes) = try imported(file("\"Positive electrode\": {\"Thickness [m]\": 2e-3}"))
    #expect(parameters[.filmThickness] == Parameter.filmThickness.entry.defaultSI)
    #expect(
      notes.contains {
        $0.fate == .ignored
          && $0.text == "2000 um is outside of what a scenario takes as cathode.thickness: 0.5 to 500 um"
      })
  }

  @Test func theScenarioTellsWhatBecameOfEachValue() throws {
    let made = try BPXImport(Self.porous, name: "a/b.json")
    let text = made.scenario
    #expect(text.hasPrefix("# Made by 'cyclelife import-bpx' of b.json, BPX 0.4.\n"))
    for line in made.lines { #expect(text.contains("# \(line)\n"), "\(line)") }
  }
}

@Suite struct BPXExports {
  @Test func everyParameterHasANameWithItsUnit() {
    for parameter in Parameter.allCases {
      let unit = BPXKey.siUnit(of: parameter)
      let table = parameter.entry.unit
      #expect(unit.isEmpty == (table.symbol == "1" || table.symbol == "%"), "\(parameter.rawValue)")
      if !unit.isEmpty {
        #expect(Unit(unit)?.dimension == table.dimension && Unit(unit)?.factor == 1, "\(parameter.rawValue)")
      }
    }
    #expect(Set(BPXKey.ownParameters.map { BPXKey.name(of: $0) }).count == BPXKey.ownParameters.count)
  }

  /// Whether the file of a dense film has the parameter, under whatever name.
  private static func isWritten(_ parameter: Parameter) -> Bool {
    !parameter.rawValue.hasPrefix("numerics.") && !ScenarioKey.parameter(parameter).isForeign(to: .dense)
  }

  /// A scenario in which no value is the default, as a run would leave its manifest.
  private func manifest(_ more: [String] = []) throws -> (manifest: RunManifest, resolved: ResolvedScenario) {
    var overrides: [String] = []
    for parameter in Parameter.allCases where Self.isWritten(parameter) {
      let (entry, unit) = (parameter.entry, parameter.entry.unit)
      let value = unit.fromSI(entry.defaultSI)
      // A tenth more or less, whichever is in the range; zero becomes one.
      let candidates = [value * 1.1, value * 0.9, 1].map { QuantityText.rounded($0, digits: 12) }
      let other = candidates.first {
        $0 != QuantityText.rounded(value, digits: 12) && entry.range.contains($0)
      }
      overrides.append(
        "\(parameter.rawValue)=\(try #require(other)) \(unit.symbol == "1" ? "" : unit.symbol)")
    }
    let resolved = try ScenarioReader(overrides: overrides + more).read(
      Data(
        """
        title: 'All "other"'
        protocol:
          - repeat: 2
            steps: [Charge at C/3 until 4.1 V vs Li, Rest for 1 h]
          - Hold at 4.1 V vs Li until C/20
          - Discharge at C/3 until 2.75 V or for 9 h
        """.utf8), name: "x.yaml")
    return (
      RunManifest(
        resolved, started: .now, wallSeconds: 1, cyclesCompleted: 1, outcome: "made up", exitCode: 0,
        files: []),
      resolved
    )
  }

  @Test(arguments: [[], ["mechanics.stress-free state=0.85"]])
  func anExportedRunComesBackWithItsValues(more: [String]) throws {
    let (manifest, resolved) = try manifest(more)
    let made = try BPXImport(BPXExport(manifest).json, name: "x.json")
    let back = try ScenarioReader().read(Data(made.scenario.utf8), name: "back.yaml")
    for parameter in Parameter.allCases where Self.isWritten(parameter) {
      let (value, before) = (back.scenario.parameters[parameter], resolved.scenario.parameters[parameter])
      #expect(isClose(value, before), "\(parameter.rawValue): \(value) instead of \(before)")
      #expect(back.origin(of: .parameter(parameter)) == .scenario)
    }
    #expect(back.scenario.stressFreeState == resolved.scenario.stressFreeState)
    #expect(back.scenario.title == resolved.scenario.title)
    let potential = resolved.scenario.parameters[.counterPotential]
    let upper = QuantityText.plain(QuantityText.rounded(4.1 - potential, digits: 12))
    #expect(
      back.scenario.protocolSteps.map(\.text) == [
        "Charge at 1C until \(upper) V", "Hold at \(upper) V until C/10", "Discharge at 1C until 2.75 V",
      ])
  }

  @Test func compositesAreRefused() throws {
    let resolved = try ScenarioReader(overrides: ["cathode.architecture=composite"])
      .read(Data("title: x".utf8), name: "x.yaml")
    let manifest = RunManifest(
      resolved, started: .now, wallSeconds: 1, cyclesCompleted: 1, outcome: "made up", exitCode: 0, files: [])
    #expect(
      throws: RunFileError.notARun(
        path: "run", reason: "a composite cathode; as BPX only dense films are written so far")
    ) { try BPXExport(manifest, path: "run") }
  }

  /// What readers of BPX make of the electrode: F K sqrt(x (1 - x)) on a surface, spheres that fill a / (3 / R).
  @Test func theElectrodeHasCapacityAndChargeTransferOfTheFilm() throws {
    let (manifest, resolved) = try manifest()
    let parameters = resolved.scenario.parameters
    let file = try BPXNode(BPXExport(manifest).json, file: "x.json")
    let electrode = try #require(
      try file.member(BPXKey.parameterisation)?.member(BPXKey.positiveElectrode))
    func number(_ key: String) throws -> Double { try #require(try electrode.member(key)).number() }
    let (surface, thickness) = (try number(BPXKey.surface), try number(BPXKey.thickness))
    #expect(isClose(surface * (try number(BPXKey.radius)) / 3, 1))
    // Lithium per area: the film's density over its molar mass, times its thickness.
    #expect(
      isClose(
        try number(BPXKey.maximumConcentration) * thickness,
        parameters[.density] / parameters[.molarMass] * parameters[.filmThickness]))
    // Exchange current per geometric area at content 0.3.
    let film =
      Kinetics.exchangeCurrentDensity(content: 0.3, reference: parameters[.exchangeCurrentDensity])
      * Kinetics.activeAreaRatio(
        roughness: parameters[.roughness], correlationLength: parameters[.roughnessLength])
      * parameters[.contactFraction]
    let theirs =
      Constants.faraday * (try number(BPXKey.rateConstant)) * (0.3 * 0.7).squareRoot() * surface * thickness
    #expect(isClose(theirs, film))
    let potential = try #require(try electrode.member(BPXKey.potential)).function()
    for point in OpenCircuitPotential.lithiumCobaltOxide.points {
      #expect(isClose(try #require(potential(point.x)), point.y + parameters[.potentialOffset]))
    }
    // The content that rests at the upper cut-off; straight lines between points of the table.
    let charged = try number(BPXKey.minimumContent)
    #expect(abs(try #require(potential(charged)) - 4.1) < 1e-9)
  }
}

@Suite struct BPXCommands {
  @Test func exitCodesAreThoseOfTheManual() throws {
    try withTemporaryPath { path in
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let (source, made) = (path + "/cell.json", path + "/cell.yaml")
      try file("\"Positive electrode\": {\"Thickness [m]\": 3e-5}").write(to: URL(fileURLWithPath: source))
      let first = try cyclelife("import-bpx", source, "--output", made)
      #expect(first.status == 0 && first.errors == "")
      #expect(
        first.output.hasPrefix("used:\n  Parameterisation > Positive electrode > Thickness [m]: cathode."))
      #expect(try cyclelife("check", made).output.contains("thickness:                      30 um"))
      let again = try cyclelife("import-bpx", source, "--output", made)
      #expect(again.status == 73)
      #expect(
        again.errors == "cyclelife: error: does not replace '\(made)': it exists; choose another name\n")
      // Without an output the scenario is what is printed.
      let printed = try cyclelife("import-bpx", source)
      #expect(try printed.output == String(contentsOfFile: made, encoding: .utf8))
      try Data("{\"Header\": {\"BPX\": 7}}".utf8).write(to: URL(fileURLWithPath: source))
      let wrong = try cyclelife("import-bpx", source)
      #expect(wrong.status == 65)
      #expect(
        wrong.errors
          == "cyclelife: error: \(source): Header > BPX: version '7' is not known; expected 0.x or 1.x\n")
      #expect(try cyclelife("import-bpx", path + "/none.json").status == 66)
      #expect(try cyclelife("export", path).status == 64)
      let noRun = try cyclelife("export", path, "--bpx")
      #expect(noRun.status == 65 && noRun.errors.contains("holds no finished run"))
    }
  }
}

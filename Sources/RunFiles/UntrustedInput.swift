import CellPhysics
import CycleLife
import Foundation

/// Every reader of files that may come from elsewhere, behind one call: for trials with inputs that nobody would
/// write.
package enum UntrustedInput: String, CaseIterable, Sendable {
  case scenario
  case image
  case profile
  case material
  case fadeData = "fade data"
  case checkpoint
  case studyJournal = "study journal"
  case fitJournal = "fit journal"
  case report = "tables and manifest"
  case exchange = "BPX"

  /// Inputs that are accepted, from which others are made.
  package func examples() throws -> [Data] {
    switch self {
    case .scenario:
      return [
        UntrustedInput.cell, UntrustedInput.study, UntrustedInput.imaged, UntrustedInput.sensitivity,
      ].map { Data($0.utf8) } + ShippedScenario.all.filter { $0.name != "section-image" }.map(\.bytes)
    case .image:
      let graymap = UntrustedInput.graymap
      let plain = "P2\n# made up\n24 16 255\n" + graymap.pixels.map(String.init).joined(separator: " ")
      return [graymap.data(comments: ["made up"]), Data(plain.utf8)]
    case .fadeData:
      let plain = """
        Cycle Count / 1,Discharge Capacity / mAh g-1,Standard Deviation / mAh g-1
        1,141.2,1.5
        10,138.9,1.5
        25,130,2e0

        """
      let quoted =
        "\u{FEFF}\"Note\",Discharge Capacity / C kg-1,Cycle Count / 1,Uncertainty / C/kg\r\n"
        + "\"a, \"\"b\"\"\",5e5,3,1e3\r\n,4e5,7,1e3\r\n"
      let series =
        "Test Time / s,Voltage / V,Current / A,Cycle Count / 1\n0,3.9,-1e-3,1\n3600,3.5,-1e-3,1\n7200,3.9,-1e-3,2\n"
      let counter = "Cycle_Index,Discharge_Capacity(Ah)\n1,0\n1,0.001\n2,0\n2,0.0009\n"
      return [plain, quoted, series, counter].map { Data($0.utf8) }
    case .profile:
      return [
        "Test Time / s,Current / mA cm-2\n0,1.5\n60,1.5\n60,-1.5\n120.5,0\n",
        "\u{FEFF}\"Note\",Time [min],Current(mA)\r\n\"a, \"\"b\"\"\",5,3\r\n,6,-1e0\r\n",
        "test_time_second,current_ampere\n0,1e-3\n1,2e-3\n",
      ].map { Data($0.utf8) }
    case .material:
      return MaterialFile.shipped.values.map(\.bytes).sorted { $0.count < $1.count }
    case .checkpoint:
      let resolved = try UntrustedInput.resolvedCell.get()
      let runner = try CycleRunner(resolved.scenario)
      return [
        try Checkpoint(
          environment: .init(),
          request: RunRequest(file: UntrustedInput.cell, overrides: ["run.seed=3"]),
          scenario: ScenarioValues(resolved), cyclesLength: 0, timeSeriesLength: 0, state: runner.state
        ).data
      ]
    case .studyJournal:
      let study = try UntrustedInput.readStudy.get()
      let result = try CaseResult(
        running: study.scenario(of: study.cases[0]).scenario, keepingField: false, keepingTrajectory: true)
      let entries = (1...3).map { number in
        StudyJournal.Entry(
          caseNumber: number, replicate: 1, result: number == 2 ? nil : result, outcome: "made up")
      }
      return [try UntrustedInput.lines(StudyIdentity(study), entries)]
    case .fitJournal:
      let run = FadeFitRun(
        key: .init(parameters: [0.25, .infinity], seed: 1, cycles: 5), capacities: [5e5, 4.5e5, .nan],
        outcome: "made up", seconds: 1.5)
      let other = FadeFitRun(
        key: .init(parameters: [1], seed: .max, cycles: 1), capacities: nil, outcome: "", seconds: 0)
      return [try UntrustedInput.lines(["scenario": "made up"], [run, other])]
    case .report:
      return [try UntrustedInput.finishedRun]
    case .exchange:
      return [
        Data(UntrustedInput.porousCell.utf8),
        // Of the cell below, as it would be exported.
        try BPXExport(
          JSONDecoder().decode(RunManifest.self, from: UntrustedInput.parts(UntrustedInput.finishedRun).0)
        ).json,
      ]
    }
  }

  /// Reads `bytes`, with files where it takes any in `directory`; whether they were accepted.
  ///
  /// Throws what no reader may throw: an error that is no refusal of its input. Nothing else may happen.
  package func accepts(_ bytes: Data, in directory: String) throws -> Bool {
    let place = RunDirectory(existing: directory)
    func put(_ bytes: Data, _ name: String) throws {
      // File systems bring to the disk at once what takes the place of something.
      try place.remove(name)
      try bytes.write(to: URL(fileURLWithPath: place.path(of: name)))
    }
    do {
      switch self {
      case .scenario:
        if place.length(of: UntrustedInput.imageName) == nil {
          try place.write(UntrustedInput.graymap.data(comments: []), to: UntrustedInput.imageName)
        }
        let study = try ScenarioReader().readStudy(bytes, name: place.path(of: "scenario.yaml"))
        _ = study.table
        for single in study.cases.prefix(3) { _ = try study.scenario(of: single) }
      case .image:
        try put(bytes, UntrustedInput.imageName)
        _ = try ScenarioReader().read(
          Data(UntrustedInput.imaged.utf8), name: place.path(of: "scenario.yaml"))
      case .profile:
        try put(bytes, UntrustedInput.profileName)
        _ = try ScenarioReader().read(
          Data(UntrustedInput.profiled.utf8), name: place.path(of: "scenario.yaml"))
      case .material:
        try put(bytes, UntrustedInput.materialName)
        _ = try ScenarioReader().read(
          Data(UntrustedInput.ofMaterial.utf8), name: place.path(of: "scenario.yaml"))
      case .fadeData:
        let electrode = MeasuredElectrode(mass: "11 mg/cm2", area: "1 cm2")
        let measured = try MeasuredFade(bytes, name: "fade.csv", electrode: electrode ?? MeasuredElectrode())
        _ = try FadeData(measured, sigma: measured.deviation == nil ? 3600 : nil)
      case .checkpoint:
        guard case .valid(let checkpoint) = Checkpoint.read(bytes) else { return false }
        let run = try RequestedRun(checkpoint.request, name: "scenario.yaml", inputDirectory: directory)
        guard try run.resolved.scenario == UntrustedInput.resolvedCell.get().scenario else { return false }
        _ = try CycleRunner(run.resolved.scenario, resuming: checkpoint.state)
      case .studyJournal:
        try put(bytes, StudyJournal.fileName)
        guard
          case .open(_, let journal) = try StudyJournal.open(UntrustedInput.readStudy.get(), in: directory)
        else {
          return false
        }
        return journal.count > 0
      case .fitJournal:
        try put(bytes, FadeFitJournal.fileName)
        let file = try JournalFile<[String: String], FadeFitRun>(
          in: place, name: FadeFitJournal.fileName, work: "the fit"
        ) { _ in nil }
        return file.entries.count > 0
      case .report:
        let (manifest, tables) = UntrustedInput.parts(bytes)
        try put(manifest, RunManifest.fileName)
        try put(tables, RunRecorder.cyclesName)
        _ = try ReportedRun(path: directory)
        _ = try BPXExport(run: directory)
      case .exchange:
        _ = try BPXImport(bytes, name: "cell.json").lines
      }
      return true
    } catch is ScenarioError {
      return false
    } catch is StateMismatch {
      return false
    } catch FadeFitError.usage {
      // The file says nothing of its uncertainty, or twice.
      return false
    } catch let error as RunFileError {
      if case .cannotWrite = error { throw error }
      return false
    }
  }

  /// The input with what vouches for it set right, so that what lies behind is read too.
  package func vouched(_ bytes: Data) -> Data {
    self == .checkpoint ? Checkpoint.sealed(Checkpoint.content(of: bytes)) : bytes
  }

  // MARK: - What examples are made of

  private static func lines(_ identity: some Encodable, _ entries: [some Encodable]) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let lines = try [try encoder.encode(identity)] + entries.map { try encoder.encode($0) }
    return Data(lines.joined(separator: [10])) + [10]
  }

  /// A manifest and the table of its cycles, apart by a zero.
  private static var finishedRun: Data {
    get throws {
      let resolved = try resolvedCell.get()
      let manifest = RunManifest(
        resolved, started: .init(timeIntervalSince1970: 0), wallSeconds: 1, cyclesCompleted: 2,
        outcome: "made up", exitCode: 0, files: [RunRecorder.cyclesName, "capacity.png"])
      let table = Table<CycleRecord>.cycles(resolved.scenario, activeMassPerArea: 1)
      let row = csvCells(table.header[...]).cells.map { _ in "1.5" }.joined(separator: ",")
      return try manifest.json + [0] + Data([table.header, row, row, ""].joined(separator: "\n").utf8)
    }
  }

  private static func parts(_ bytes: Data) -> (Data, Data) {
    let end = bytes.firstIndex(of: 0) ?? bytes.endIndex
    return (Data(bytes[..<end]), Data(bytes[end...].dropFirst()))
  }

  private static let resolvedCell = Result {
    try ScenarioReader(overrides: ["run.seed=3"]).read(Data(cell.utf8), name: "scenario.yaml")
  }

  private static let readStudy = Result {
    try ScenarioReader().readStudy(Data(study.utf8), name: "scenario.yaml")
  }

  private static let mesh =
    "{mesh width: 1 um, depth mesh width: 2 um, interface mesh width: 0.5 um, mesh growth: 1.4}"

  private static let cell = """
    title: Small  # a comment
    description: >
      In two lines,
      which are folded.
    protocol: ['Charge at 1C until 4.03 V vs Li', "Discharge at C/2 for 2 hours or until 3.544 V vs Li"]
    cathode: {width: 6 um, thickness: 0.006 mm}
    microstructure: {column spacing: 3 um}
    interface: {electrolyte: sulfide, contact fraction: 80 %}
    mechanics: {stress-free state: 0.9}
    degradation:
      cracks:
        flaw density: 1e12 /m2
        # another
        growth rate: 0.5 um
    numerics: \(mesh)
    run: {cycles: 4, seed: 5, field cycles: [1, 3], field capacities: [20 mAh/g]}

    """

  /// A cell of version 0.1, with all that BPX can be written in.
  private static let porousCell = """
    {"Header": {"BPX": 0.1, "Title": "Porous \\u00e9", "Model": "DFN", "References": "made up"},
     "Parameterisation": {
      "Cell": {"Ambient temperature [K]": 298.15, "Initial temperature [K]": 298.15,
       "Electrode area [m2]": 0.0168, "Lower voltage cut-off [V]": 2.5, "Upper voltage cut-off [V]": 4.2,
       "Number of electrode pairs connected in parallel to make a cell": 34, "Nominal cell capacity [A.h]": 12.5},
      "Electrolyte": {"Initial concentration [mol.m-3]": 1000, "Cation transference number": 0.26,
       "Conductivity [S.m-1]": "0.1297 * (x / 1000) ** 3 - 2.51 * (x / 1000) ** 1.5 + 3.329 * (x / 1000)"},
      "Negative electrode": {"Thickness [m]": 5.6e-5, "OCP [V]": "9.47e-2 + 0.8 * exp(-36.9 * x)"},
      "Positive electrode": {"Thickness [m]": 5.23e-05, "Conductivity [S.m-1]": 0.789, "Porosity": 0.277,
       "Transport efficiency": 0.1462, "Particle": {"Only": {"Diffusivity [m2.s-1]": "1e-14 * exp(-1.5 * (x - 0.5))",
       "OCP [V]": "-3.4 * x + 0.4 * tanh(2 * x - 1.4) + 8.4 / cosh(x) ** 2 - -1", "Particle radius [m]": 4.6e-06,
       "Entropic change coefficient [V.K-1]": {"x": [0, 0.5, 1.0], "y": [-9e-5, -1E-4, -2e-05]},
       "Surface area per unit volume [m-1]": 432072, "Reaction rate constant [mol.m-2.s-1]": 2.305e-05,
       "Minimum stoichiometry": 0.42424, "Maximum stoichiometry": 0.96210,
       "Maximum concentration [mol.m-3]": 46200}}},
      "Separator": {"Thickness [m]": 2e-05, "Porosity": 0.47, "Transport efficiency": 0.3222},
      "User-defined": {"Positive electrode Young's modulus [Pa]": 3.75e11, "Positive electrode Poisson's ratio": 0.2,
       "Positive electrode partial molar volume [m3.mol-1]": -7.28e-07, "more": {"a": [true, null, "b"]}}},
     "State": {"Initial conditions": {"Initial state-of-charge": 0.5}},
     "Validation": {"C/20": {"Time [s]": [0, 1000], "Current [A]": [-0.6, -0.6], "Voltage [V]": [4.2, 4.1]}}}

    """

  private static let study = """
    title: "Study \\u00e9"
    fidelity: 1D
    protocol:
    - Discharge at {rate} until 3.544 V vs Li
    cathode: {initial lithium content: 0.5366, width: 6 um, thickness: 6 um}
    numerics: \(mesh)
    run: {cycles: 1}
    vary:
      rate: [0.1C, C/2]
      [cathode.thickness, cell.nominal capacity]: [[10 um, 0.67 mAh/cm2], [20 um, 1.34 mAh/cm2]]
    cases:
      Rotated: {rate: 1C, microstructure.crystal angle: 45 deg}
    figure: {kind: map}

    """

  private static let sensitivity = """
    run: {replicates: 4}
    sensitivity:
      microstructure.column spacing: [2 um, 10 um]
      mechanics: {stress-free state: [0.7, 0.98]}

    """

  private static let imageName = "section.pgm"

  private static let profileName = "drive.csv"
  private static let profiled =
    "protocol: [Charge at 1C until 4 V vs Li, Profile \(profileName) until 2.5 V]\n"

  private static let materialName = "my-material.yaml"
  private static let ofMaterial: String = {
    let unknown = Set(MaterialFile.shipped.values.flatMap(\.material.unknown))
    let given = CathodeMaterial.parameters.filter(unknown.contains).map { parameter in
      (
        key: parameter.rawValue.split(separator: "."),
        value: QuantityText.text(parameter.entry.defaultSI, parameter.entry.unit)
      )
    }
    // Keys of a section of their own, and those of the section within it.
    var lines = ["cathode:", "  material: \(materialName)"]
    func section(_ name: [Substring], _ indent: String) {
      lines += given.filter { $0.key.dropLast() == name[...] }.map {
        "\(indent)\($0.key.last ?? ""): \($0.value)"
      }
    }
    section(["cathode"], "  ")
    lines.append("mechanics:")
    section(["mechanics"], "  ")
    lines += ["degradation:", "  cracks:"]
    section(["degradation", "cracks"], "    ")
    return lines.joined(separator: "\n") + "\n"
  }()

  private static let graymap = GraymapFile(
    width: 24,
    pixels: (0..<16 * 24).map { pixel in
      pixel < 24 ? 3 + pixel / 20 : pixel % 24 < 2 && pixel > 200 ? 0 : 1 + pixel % 24 / 12
    })

  private static let imaged = """
    microstructure:
      image: \(imageName)
      pixel size: 0.25 um
      labels:
        0: pore
        1: {crystal: 0 deg}
        2: {crystal: 30 deg}
        3: electrolyte
        4: gap

    """
}

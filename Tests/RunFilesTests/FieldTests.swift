import CycleLife
import Foundation
import Testing

@testable import CellModel
@testable import RunFiles

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Reads the arrays of a VTK file back, as numbers.
private final class ArrayReader: NSObject, XMLParserDelegate {
  private(set) var arrays: [String: [Double]] = [:]
  private(set) var elements: [String: [String: String]] = [:]
  private var open: (name: String, type: String)?
  private var text = ""

  init(_ content: Data) throws {
    super.init()
    let parser = XMLParser(data: content)
    parser.delegate = self
    try #require(parser.parse(), "\(parser.parserError?.localizedDescription ?? "")")
  }

  func parser(
    _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    elements[element] = attributes
    guard element == "DataArray" else { return }
    open = (attributes["Name"] ?? "", attributes["type"] ?? "")
    text = ""
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

  func parser(
    _ parser: XMLParser, didEndElement element: String, namespaceURI: String?, qualifiedName: String?
  ) {
    guard element == "DataArray", let open, let bytes = Data(base64Encoded: text) else { return }
    let content = bytes.dropFirst(8)
    let size = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    guard size == content.count else { return }
    func values<Number: BitwiseCopyable>(_ type: Number.Type) -> [Number] {
      [UInt8](content).withUnsafeBytes { buffer in
        stride(from: 0, to: buffer.count, by: MemoryLayout<Number>.size).map {
          buffer.loadUnaligned(fromByteOffset: $0, as: type)
        }
      }
    }
    arrays[open.name] =
      switch open.type {
      case "Float64": values(Double.self)
      case "Int64": values(Int64.self).map { Double($0) }
      case "Int32": values(Int32.self).map { Double($0) }
      case "UInt8": values(UInt8.self).map { Double($0) }
      default: []
      }
    self.open = nil
  }
}

/// Two columns of cells, three deep, with a pore in the middle of the second.
private func fieldRecord(time: Double = 1.1, contact: [Double] = [1, 0.25]) -> FieldRecord {
  let mesh = Mesh(
    xEdges: [0, 0.5e-6, 2e-6, 5e-6], yEdges: [0, 1e-6, 4e-6], columnOfY: [0, 1],
    isSolid: [true, true, true, false, true, true],
    crystalAngle: [0, 0.5, 0, 0.5, 0, 0.5])
  let ramp = (0..<6).map { Double($0) }
  let stress = StressField(
    xx: ramp.map { 1e6 * $0 }, yy: ramp.map { -1e6 * $0 / 3 }, xy: ramp.map { _ in 0 },
    zz: ramp, interfaceNormal: [1e6, 2e6], interfaceShear: [0, 3e6], outOfPlaneStrain: 0)
  func crack(_ x: Double, open: Bool, blocking: Bool) -> LoadedCrack {
    LoadedCrack(
      crack: Crack(x: x, y: 2e-6, inclination: .pi / 2, tips: SIMD2(0.25e-6, 0.75e-6), limits: .zero),
      intensity: 0.5e6, isOpen: open, isBlocking: blocking)
  }
  return FieldRecord(
    cycle: 25, moment: .charged, time: time, mesh: mesh, contentOfCells: ramp.map { 0.5 + $0 / 7 },
    stress: stress, contactOfCells: contact,
    cracks: [crack(1e-6, open: true, blocking: false), crack(3e-6, open: false, blocking: true)])
}

@Suite struct FieldFormat {
  @Test func fieldsReadBackAsTheyWere() throws {
    let record = fieldRecord()
    let file = try ArrayReader(FieldPicture(.fields, of: record).vtk.data)
    #expect(file.elements["VTKFile"]?["type"] == "UnstructuredGrid")
    // The pore is no cell.
    #expect(file.elements["Piece"] == ["NumberOfPoints": "12", "NumberOfCells": "5"])
    let solid = [0, 1, 2, 4, 5]
    #expect(file.arrays["Lithium Content / 1"] == solid.map { 0.5 + Double($0) / 7 })
    #expect(file.arrays["Stress XX / MPa"] == [0, 1, 2, 4, 5])
    #expect(file.arrays["Largest Principal Stress / MPa"] == [0, 1, 2, 4, 5])
    #expect(file.arrays["types"] == [9, 9, 9, 9, 9])
    #expect(file.arrays["offsets"] == [4, 8, 12, 16, 20])
    // The corners of a cell go around it and span its area.
    let points = try #require(file.arrays["Points"])
    let corners = try #require(file.arrays["connectivity"]).map { Int($0) }
    for (index, cell) in solid.enumerated() {
      let around = corners[(4 * index)..<(4 * index + 4)].map { SIMD2(points[3 * $0], points[3 * $0 + 1]) }
      let area = zip(around, around.dropFirst() + around.prefix(1)).reduce(0) {
        $0 + ($1.0.x * $1.1.y - $1.1.x * $1.0.y) / 2
      }
      #expect(abs(area - 1e12 * record.mesh.area(cell / 2, cell % 2)) < 1e-9)
    }
  }

  @Test func cracksAndInterfaceReadBackAsTheyWere() throws {
    let cracks = try ArrayReader(FieldPicture(.cracks, of: fieldRecord()).vtk.data)
    #expect(cracks.elements["VTKFile"]?["type"] == "PolyData")
    #expect(cracks.elements["Piece"] == ["NumberOfPoints": "4", "NumberOfLines": "2"])
    #expect(cracks.arrays["Open / 1"] == [1, 0] && cracks.arrays["Blocking / 1"] == [0, 1])
    #expect(cracks.arrays["Half-Length / um"] == [0.5, 0.5])
    #expect(cracks.arrays["Inclination / deg"] == [90, 90])
    #expect(cracks.arrays["Stress Intensity / MPa m^0.5"] == [0.5, 0.5])
    let expected = [0.75, 2, 0, 1.75, 2, 0, 2.75, 2, 0, 3.75, 2, 0]
    let points = try #require(cracks.arrays["Points"])
    #expect(points.count == 12 && zip(points, expected).allSatisfy { abs($0 - $1) < 1e-12 })
    let interface = try ArrayReader(FieldPicture(.interface, of: fieldRecord()).vtk.data)
    #expect(interface.arrays["Contact / 1"] == [1, 0.25])
    #expect(interface.arrays["Stress XY / MPa"] == [0, 3])
    #expect(interface.arrays["Points"] == [0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 4, 0])
  }

  @Test func aTableHoldsTheSame() {
    let lines = FieldPicture(.interface, of: fieldRecord()).table.split(separator: "\n")
    #expect(
      lines == [
        "Position From / um,Position To / um,Depth From / um,Depth To / um,Contact / 1,Stress XX / MPa,Stress XY / MPa",
        "0.0,1.0,0.0,0.0,1.0,1.0,0.0", "1.0,4.0,0.0,0.0,0.25,2.0,3.0",
      ])
  }

  @Test func theCollectionIsThatOfTheTimesBefore() {
    var collection = FieldCollection()
    collection.add(["a.vtu", "a.vtp"], time: 0.1)
    collection.add(["b.vtu"], time: 1e-5 + 1)
    let before = collection
    #expect(FieldCollection(collection.text) == before)
    collection.add(["c.vtu"], time: 3)
    // Computed again from there.
    collection.add(["b.vtu"], time: 1e-5 + 1)
    #expect(collection == before)
    #expect(FieldCollection("half of a fi").entries.isEmpty)
  }
}

@Suite struct FieldCycles {
  @Test(arguments: [
    ("[1, 25, 50]", [1, 25, 50]), ("[50, 1]", [1, 50]), ("25", [25]), ("[]", []), ("1, 2", [1, 2]),
  ]) func cyclesAreRead(text: String, expected: [Int]) throws {
    #expect(
      try read("run: {field cycles: \(text.contains("[") ? text : "'\(text)'")}").scenario.fieldCycles
        == expected)
    #expect(try read("title: x", ["run.field cycles=\(text)"]).scenario.fieldCycles == expected)
  }

  @Test func noneByDefaultAndCheckPrintsThemAsTheyAreRead() throws {
    #expect(try read("title: x").scenario.fieldCycles.isEmpty)
    let resolved = try read("run: {field cycles: [9, 3]}")
    #expect(try read(resolved.table).scenario == resolved.scenario)
  }

  @Test(arguments: ["0", "1, 1", "1.5", "a", "[[1]]", "{a: 1}"]) func mistakesAreNamed(text: String) {
    let found = problems("run:\n  field cycles: [\(text)]\n")
    #expect(found.count == 1 && found[0].hasPrefix("x.yaml:2:17: run.field cycles: "), "\(found)")
    #expect(problems("title: x", ["run.field cycles=1,"]).count == 1)
  }
}

/// A narrow cell of small crystals that lie in any way, with pores and half a contact.
private let disorientedRun = """
  title: It's small
  protocol: ['Charge at C/2 until 4.0 V vs Li', 'Discharge at C/2 until 3.6 V vs Li']
  cathode: {width: 8 um, thickness: 8 um}
  microstructure: {column spacing: 1.8 um, grain height: 2 um, disoriented fraction: 60 %, pore fraction: 5 %, pore radius: 0.5 um}
  interface: {contact fraction: 0.5}
  numerics: {mesh width: 1 um, depth mesh width: 2 um, interface mesh width: 0.5 um, mesh growth: 1.4}
  run: {cycles: 2, seed: 5, field cycles: [1, 2, 9]}
  """

/// Carries the run out in a new directory and draws its figures.
private func drawn(
  _ yaml: String, _ body: (RunDirectory, CycleRunner, (files: [String], warning: String?)) throws -> Void
) throws {
  try withTemporaryPath { path in
    let opened = try OpenedRun(at: path, for: RequestedRun(readStudy(yaml), overrides: []))
    let scenario = opened.run.resolved.scenario
    var runner = try CycleRunner(scenario)
    var store = try RunStore(
      opened, state: runner.state, activeMassPerArea: runner.activeMassPerArea, interval: .zero)
    _ = try runner.run(into: &store)
    try store.finish()
    let figures = RunFigures(scenario, runner, in: opened.directory)
    try body(opened.directory, runner, try figures.draw(cycles: runner.state.completedCycles))
  }
}

private func text(_ directory: RunDirectory, _ name: String) throws -> String {
  try String(contentsOfFile: directory.path(of: name), encoding: .utf8)
}

/// The numbers of a table without its heading.
private func numbers(_ directory: RunDirectory, _ name: String) throws -> [[Double]] {
  try text(directory, name).split(separator: "\n").dropFirst().map { line in
    line.split(separator: ",").map { Double($0) ?? .nan }
  }
}

@Suite struct SectionFigures {
  @Test func picturesHoldTheSectionAndTheFields() throws {
    try drawn(disorientedRun) { directory, runner, made in
      let microstructure = runner.microstructure
      for name in made.files { #expect(directory.length(of: name) ?? 0 > 0, "\(name)") }
      if let warning = made.warning { #expect(warning.contains("gnuplot is not installed")) }

      // Every crystal with its angle; together they fill the film.
      let crystals = try numbers(directory, "microstructure.csv")
      let (columns, pores) = try #require(microstructure.drawn)
      let grains = columns.flatMap(\.grains)
      #expect(crystals.count == grains.count && grains.count > 4)
      #expect(zip(crystals, grains).allSatisfy { abs($0[5] - $1.angle * 180 / .pi) < 1e-9 })
      #expect(abs(crystals.reduce(0) { $0 + ($1[1] - $1[0]) * ($1[3] - $1[2]) } - 64) < 1e-9)
      #expect(crystals.contains { abs($0[6]) > 30 } && crystals.allSatisfy { abs($0[6]) <= 90 })
      #expect(try numbers(directory, "microstructure-pores.csv").count >= pores.count)
      let contact = try numbers(directory, "microstructure-contact.csv")
      #expect(contact.reduce(0) { $0 + ($1[1] - $1[0]) * $1[2] } == 4)
      let flaws = try numbers(directory, "microstructure-flaws.csv")
      #expect(flaws.count == runner.damage.cracks.count)
      let script = try text(directory, "microstructure.gp")
      // Where crystals lie in any way, the map closes.
      #expect(script.contains(FigureColours.cyclicPalette) && script.contains("set cbrange [-90.0:90.0]"))
      #expect(script.contains("set title 'It''s small' noenhanced"))

      // One figure for each cycle that was reached, on the same scales, centred on zero.
      let scripts = try [1, 2].map { try text(directory, "fields/fields-00000\($0).gp") }
      #expect(directory.length(of: "fields/fields-000009.gp") == nil)
      func scales(_ script: String) -> [Substring] {
        script.split(separator: "\n").filter { $0.contains("set cbrange") }
      }
      #expect(scales(scripts[0]) == scales(scripts[1]) && scales(scripts[0]).count == 8)
      let stress = try #require(scripts[0].firstMatch(of: /set cbrange \[-([0-9.]+):([0-9.]+)\]/))
      #expect(stress.output.1 == stress.output.2)
      for moment in ["charged", "discharged"] {
        for column in 5...8 {
          #expect(
            scripts[1].contains(
              "'fields-000002-\(moment).csv' skip 1 using 1:3:1:($2 + overlap):3:($4 + overlap):\(column) "))
        }
        let cells = try numbers(directory, "fields/fields-000002-\(moment).csv")
        #expect(cells.count == runner.mesh.isSolid.count { $0 })
      }
      #expect(
        try text(directory, "fields/fields-000002-charged.csv").hasPrefix(
          "Position From / um,Position To / um,Depth From / um,Depth To / um,Lithium Content / 1,Stress XX / MPa,"
            + "Stress YY / MPa,Largest Principal Stress / MPa,"))
    }
  }

  @Test func smallDeviationsHaveTheirOwnScaleAndNoFieldsAreDrawnUnasked() throws {
    let yaml = disorientedRun.replacing("disoriented fraction: 60 %", with: "crystal angle: 80 deg")
      .replacing(", field cycles: [1, 2, 9]", with: "")
    try drawn(yaml) { directory, _, _ in
      let script = try text(directory, "microstructure.gp")
      #expect(script.contains(FigureColours.divergingPalette))
      let scale = try #require(script.firstMatch(of: /set cbrange \[([0-9.]+):([0-9.]+)\]/))
      #expect(abs(try #require(Double(scale.output.1)) + #require(Double(scale.output.2)) - 160) < 1e-9)
      #expect(try !directory.names().contains("fields"))
    }
  }
}

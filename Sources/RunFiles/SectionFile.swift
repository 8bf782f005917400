import CellModel
import CellPhysics
import Foundation

/// The image of a section that a scenario names, and what it shows.
public struct SectionFile: Sendable {
  /// The path as the scenario says it, and the content of the file.
  let path: String
  let bytes: Data
  /// What the image shows.
  public let section: SectionImage
  private let pixelSize: String
  private let legend: [(label: Int, material: SectionImage.Material)]

  /// The name of the file without its folders.
  public var fileName: String { (path as NSString).lastPathComponent }

  /// The scenario's section of a film as an image of it: the path of the file and the lines of the legend.
  static func lines(image: String, pixelSize: String, legend: [Int: SectionImage.Material]) -> [String] {
    ["microstructure:", "  image: \(yamlQuoted(image))", "  pixel size: \(pixelSize)", "  labels:"]
      + legend.sorted { $0.key < $1.key }.map { "    \($0.key): \(text($0.value))" }
  }

  private static func text(_ material: SectionImage.Material) -> String {
    switch material {
    case .crystal(let angle): "{crystal: \(QuantityText.text(angle, Unit("deg")!))}"
    case .pore: "pore"
    case .electrolyte: "electrolyte"
    case .gap: "gap"
    }
  }

  /// The legend, a line for each label.
  var legendLines: [String] { legend.map { "\($0.label): \(SectionFile.text($0.material))" } }

  /// What makes the image the one it is, in words.
  var identity: String {
    "\(section.pixelsInPlane) x \(section.rowCount) pixels, checksum \(Checkpoint.checksum(bytes))"
  }

  /// Puts the image under its own name into a directory, unless one is there.
  public func copy(into directory: RunDirectory) throws(RunFileError) {
    if directory.length(of: fileName) == nil { try directory.write(bytes, to: fileName) }
  }

  /// How a key of the image is printed.
  func row(_ key: ScenarioKey, _ origin: ResolvedScenario.Origin) -> ResolvedScenario.Row? {
    func row(_ value: String, _ unit: String, _ source: String) -> ResolvedScenario.Row {
      ResolvedScenario.Row(key: key.path, value: value, unit: unit, origin: origin, source: source)
    }
    func percent(_ share: Double) -> String {
      QuantityText.plain(QuantityText.rounded(100 * share, digits: 3))
    }
    switch key {
    case .image:
      return row(
        path, "", "\(section.pixelsInPlane) x \(section.rowCount) pixels; first row at the electrolyte")
    case .pixelSize:
      return row(pixelSize, "um", "cathode.thickness and cathode.width are those of the image")
    case .labels:
      let isolated = section.isolatedFraction
      let parts = [
        "\(section.crystalCount) crystals in \(section.columnCount) columns",
        "pores \(percent(section.poreFraction)) %"
          + (isolated > 0 ? " (\(percent(isolated)) % crystals cut off from interface or collector)" : ""),
        "contact \(percent(section.contactFraction)) %",
      ]
      return row("{\(legendLines.joined(separator: ", "))}", "", parts.joined(separator: ", "))
    default: return nil
    }
  }
}

// MARK: - Reading

extension SectionFile {
  /// Reads the image that a scenario names; nil, with every problem noted, where it names none or a wrong one.
  ///
  /// Paths are relative to the folder of the scenario's `file`. Where nothing is there, as beside the scenario
  /// in the directory of a run, the file of the same name beside the scenario is taken. `directory`, unless it
  /// is nil, holds the image under its own name whatever the path says.
  init?(
    _ written: [ScenarioKey: WrittenScenario.Value], of file: String, in directory: String?,
    _ problems: inout ProblemList
  ) {
    guard let image = written[.image], case .text(let path) = image.content else {
      for key in ScenarioKey.imaged {
        guard let place = written[key]?.place else { continue }
        problems.add(place, key.path, "belongs to an image; give its file as microstructure.image")
      }
      return nil
    }
    let problemsBefore = problems.problems.count
    let pixelSize = SectionFile.pixelSize(written, image, &problems)
    let legend = SectionFile.legend(written, image, &problems)
    let read = SectionFile.read(path, of: file, in: directory, image.place, &problems)
    guard let pixelSize, let read, problems.problems.count == problemsBefore else { return nil }
    let (bytes, graymap) = read
    let known = Dictionary(uniqueKeysWithValues: legend.map { ($0.label, $0.material) })
    guard SectionFile.check(graymap, legend, image.place, &problems) else { return nil }
    do {
      section = try SectionImage(
        labels: graymap.pixels, width: graymap.width, pixelSize: pixelSize, legend: known)
    } catch {
      problems.add(image.place, ScenarioKey.image.path, "'\(oneLine(path))': \(error.message)")
      return nil
    }
    self.path = path
    self.bytes = bytes
    self.pixelSize = QuantityText.number(pixelSize, Unit("um")!)
    self.legend = legend.sorted { $0.label < $1.label }.map { ($0.label, $0.material) }
  }

  private static let expectedSize = "the side of a pixel, such as 0.25 um"

  private static func pixelSize(
    _ written: [ScenarioKey: WrittenScenario.Value], _ image: WrittenScenario.Value,
    _ problems: inout ProblemList
  ) -> Double? {
    let key = ScenarioKey.pixelSize.path
    guard let value = written[.pixelSize], case .text(let text) = value.content else {
      problems.add(image.place, key, "missing beside microstructure.image; expected \(expectedSize)")
      return nil
    }
    do {
      return try QuantityText.pixelSize(text)
    } catch {
      problems.add(value.place, key, error.message)
      return nil
    }
  }

  private typealias Entry = (label: Int, material: SectionImage.Material, place: InputPlace)

  private static func legend(
    _ written: [ScenarioKey: WrittenScenario.Value], _ image: WrittenScenario.Value,
    _ problems: inout ProblemList
  ) -> [Entry] {
    let key = ScenarioKey.labels.path
    guard let value = written[.labels], case .legend(let entries) = value.content else {
      if written[.labels] == nil {
        problems.add(
          image.place, key,
          "missing beside microstructure.image; expected what each label stands for, such as '0: pore'")
      }
      return []
    }
    var legend: [Entry] = []
    var labels: Set<Int> = []
    for entry in entries {
      guard let label = Int(entry.label), (0...65535).contains(label),
        labels.insert(label).inserted
      else {
        problems.add(
          entry.labelPlace, key,
          "'\(oneLine(entry.label))' is not accepted; expected different labels from 0 to 65535")
        continue
      }
      do throws(ValueProblem) {
        legend.append((label, try material(entry), entry.labelPlace))
      } catch {
        problems.add(entry.place, "\(key).\(label)", error.message)
      }
    }
    return legend
  }

  private static func material(_ entry: WrittenScenario.LegendEntry) throws(ValueProblem)
    -> SectionImage.Material
  {
    switch (entry.word, entry.detail) {
    case ("crystal", let angle?):
      return .crystal(angle: try QuantityText.value(angle, for: .crystalAngle))
    case ("pore", nil): return .pore
    case ("electrolyte", nil): return .electrolyte
    case ("gap", nil): return .gap
    case ("crystal", nil):
      throw ValueProblem(
        message: "a crystal needs its angle; expected {crystal: ANGLE}, such as {crystal: 30 deg}")
    default:
      let words = ["crystal", "pore", "electrolyte", "gap"]
      let hint = ScenarioKey.nearest(to: entry.word, among: words).map { "; nearest: \($0)" } ?? ""
      throw ValueProblem(
        message:
          "'\(oneLine(entry.word))' is not accepted; expected pore, electrolyte, gap or {crystal: ANGLE}\(hint)"
      )
    }
  }

  private static func read(
    _ path: String, of file: String, in directory: String?, _ place: InputPlace, _ problems: inout ProblemList
  ) -> (Data, GraymapFile)? {
    func problem(_ message: String) { problems.add(place, ScenarioKey.image.path, message) }
    let shown = oneLine(path, limit: 200)
    let name = (path as NSString).lastPathComponent
    // The copy in the directory of a run must not take the name of another file there.
    guard name.lowercased().hasSuffix(".pgm"), name.count > 4 else {
      problem("'\(shown)' is no graymap; expected a file whose name ends in .pgm")
      return nil
    }
    let folder = (file as NSString).deletingLastPathComponent as NSString
    let beside = folder.appendingPathComponent(name)
    var places = [path.hasPrefix("/") ? path : folder.appendingPathComponent(path), beside]
    if let directory { places = [(directory as NSString).appendingPathComponent(name)] }
    let found = places.first { FileManager.default.fileExists(atPath: $0) } ?? places[0]
    do {
      let bytes = try InputFile.bytes(at: found, limit: GraymapFile.sizeLimit)
      do throws(ValueProblem) {
        return (bytes, try GraymapFile(bytes))
      } catch {
        problem("'\(oneLine(found, limit: 200))': \(error.message)")
      }
    } catch {
      problem("\(error)")
    }
    return nil
  }

  /// Whether labels and legend fit each other; notes each label that does not.
  private static func check(
    _ graymap: GraymapFile, _ legend: [Entry], _ place: InputPlace, _ problems: inout ProblemList
  ) -> Bool {
    var counts: [Int: (count: Int, first: Int)] = [:]
    for (pixel, label) in graymap.pixels.enumerated() { counts[label, default: (0, pixel)].count += 1 }
    let key = ScenarioKey.labels.path
    let known = Set(legend.map(\.label))
    let missing = counts.keys.filter { !known.contains($0) }.sorted()
    for label in missing {
      let (count, first) = counts[label] ?? (0, 0)
      problems.add(
        place, key,
        "label \(label) of the image is not in the legend; \(count) pixels have it, the first in row "
          + "\(first / graymap.width + 1), column \(first % graymap.width + 1)")
    }
    let idle = legend.filter { counts[$0.label] == nil }
    for entry in idle {
      problems.add(
        entry.place, "\(key).\(entry.label)",
        "no pixel of the image has this label; its labels are "
          + oneLine(counts.keys.sorted().map(String.init).joined(separator: ", ")))
    }
    return missing.isEmpty && idle.isEmpty
  }
}

extension QuantityText {
  /// The side of a pixel in m.
  static func pixelSize(_ text: String) throws(ValueProblem) -> Double {
    let expected = "the side of a pixel from 0.001 to 100 um, such as 0.25 um"
    let (number, unitText) = try leadingNumber(text, expected: expected)
    guard let unit = Unit(unitText), unit.dimension == Unit("m")?.dimension else {
      throw ValueProblem(message: "'\(oneLine(text))' is not a length; expected \(expected)")
    }
    let um = Unit("um")!
    let size = rounded(um.fromSI(unit.toSI(number)), digits: 15)
    guard (0.001...100).contains(size) else {
      throw ValueProblem(message: "'\(oneLine(text))' is out of range; expected \(expected)")
    }
    return um.toSI(size)
  }
}

// MARK: - Writing

/// An image of a drawn section with the legend that a scenario needs.
public struct DrawnSection {
  private let graymap: GraymapFile
  private let legend: [Int: SectionImage.Material]
  private let pixelSize: Double
  /// The scenario, its seed and what overrides it.
  private let origin: [String]

  /// Pictures the section of a scenario; throws ``ScenarioError`` where it is that of an image, or no pixels
  /// make it.
  ///
  /// - Parameters:
  ///   - resolved: a plain scenario, read with `overrides`, which the image names with it.
  ///   - text: the side of a pixel.
  public init(_ resolved: ResolvedScenario, overrides: [String], pixelSize text: String) throws(ScenarioError)
  {
    func refused(_ message: String, _ file: String = "--pixel-size") -> ScenarioError {
      ScenarioError(problems: [.init(place: InputPlace(file: file), keyPath: "", message: message)])
    }
    let size: Double
    do throws(ValueProblem) {
      size = try QuantityText.pixelSize(text)
    } catch {
      throw refused(error.message)
    }
    let p = resolved.scenario.parameters
    let sides = [p[.filmWidth], p[.filmThickness]].map { $0 / size }
    guard sides.allSatisfy({ $0 >= 1 && $0 < Double(GraymapFile.sideLimit) }),
      sides[0] * sides[1] < Double(GraymapFile.pixelLimit)
    else {
      throw refused("\(oneLine(text)) makes more pixels of the section, or fewer, than an image can have")
    }
    guard
      let pixels = resolved.scenario.microstructure.pixels(ofSize: size, parameters: p)
    else { throw refused("its section is that of an image already", resolved.name) }
    guard pixels.legend.count <= 65536 else { throw refused("more crystals than an image can tell apart") }
    graymap = GraymapFile(width: pixels.columnCount, pixels: pixels.labels)
    // Microscopes tell no more of an angle.
    legend = pixels.legend.mapValues { material in
      guard case .crystal(let angle) = material else { return material }
      let degree = Unit("deg")!
      return .crystal(angle: degree.toSI((100 * degree.fromSI(angle)).rounded() / 100))
    }
    pixelSize = size
    origin =
      ["Scenario: \((resolved.name as NSString).lastPathComponent), seed \(resolved.scenario.seed)"]
      + overrides.map { "--set '\($0)'" }
  }

  /// Writes the image, which says in its heading that it is no measurement, into a new file.
  public func write(to path: String) throws(RunFileError) {
    guard access(path, F_OK) != 0 else {
      throw .cannotWrite(path: path, reason: "it exists; choose another --output")
    }
    let file = try PartialFile(path: path)
    try file.append(
      graymap.data(
        comments: ["Drawn by cyclelife \(RunManifest.programVersion), not measured."] + origin + [
          "Pixel size: \(QuantityText.text(pixelSize, Unit("um")!)); labels: see the legend in the scenario"
        ]))
    try file.complete()
  }

  /// The lines of a scenario that name the image, in a file of this name, and tell what its labels stand for.
  public func lines(image: String) -> [String] {
    SectionFile.lines(image: image, pixelSize: QuantityText.text(pixelSize, Unit("um")!), legend: legend)
  }
}

import CellPhysics
import CycleLife
import Foundation
import Numerics

/// A number as a report states it, with how sure it is.
struct Estimate: Sendable, Equatable {
  /// The number, of several runs the median; infinite where it was not reached.
  var value: Double
  /// The standard error of the median; nil for a single run.
  var standardError: Double?
  /// The 10th and the 90th percentile of the runs; nil for a single run.
  var band: (lower: Double, upper: Double)?
  /// Up to which number it was looked for.
  var limit: Double?

  init(_ value: Double, standardError: Double? = nil, band: (Double, Double)? = nil, limit: Double? = nil) {
    self.value = value
    self.standardError = standardError.flatMap { $0.isFinite ? $0 : nil }
    self.band = band.map { (lower: $0.0, upper: $0.1) }
    self.limit = limit
  }

  static func == (left: Estimate, right: Estimate) -> Bool {
    left.text == right.text && left.bandText == right.bandText
  }

  /// `66.6 ± 0.5`; `more than 60` where nothing was reached.
  var text: String {
    // Blanks at which no line is broken.
    let error = standardError.map { "\u{A0}±\u{A0}" + Estimate.text($0, decimals) } ?? ""
    return shown(value) + (value.isFinite ? error : "")
  }

  /// `64.0 to 68.9`; nil where there are no percentiles, or none was reached.
  var bandText: String? {
    band.flatMap { $0.lower.isFinite ? "\(shown($0.lower)) to \(shown($0.upper))" : nil }
  }

  /// The same number in another unit, `factor` of which make one of this.
  func times(_ factor: Double) -> Estimate {
    Estimate(
      value * factor, standardError: standardError.map { $0 * factor },
      band: band.map { ($0.lower * factor, $0.upper * factor) }, limit: limit.map { $0 * factor })
  }

  /// As many decimals as the error has something to say about.
  private var decimals: Int {
    guard let standardError, standardError > 0 else { return 1 }
    return standardError >= 0.095 ? 1 : standardError >= 0.0095 ? 2 : 3
  }

  private func shown(_ value: Double) -> String {
    guard value.isFinite else { return "more than " + (limit.map { Estimate.text($0, 0) } ?? "was run") }
    return Estimate.text(value, decimals)
  }

  private static func text(_ value: Double, _ decimals: Int) -> String {
    String(format: "%.\(decimals)f", value)
  }
}

/// What a report says of one cell, or of the runs of one case.
struct ReportedCase: Sendable {
  /// What one cycle delivered.
  struct Point: Sendable {
    /// Discharge capacity, mAh/g, and what it is of the first cycle's, %.
    var capacity: Estimate
    var retention: Estimate?
    /// Share of the interface in contact at its end, %, and the total length of the cracks, um.
    var contact: Estimate?
    var cracks: Estimate?
  }

  var number = 1
  var label: String
  /// Cycles that were asked for, and runs that the numbers are of.
  var requested: Int
  var runs = 1
  var outcome: String
  /// The cycles from the first; those after its end are missing in a single run, all where none were kept.
  var points: [Point] = []
  /// The last cycle, where only that was kept.
  var last: Point?
  /// The first discharge capacity, mAh/g.
  var first: Estimate?
  /// The cycle at which the capacity has fallen to 80 % of the first; nil where it cannot be said.
  var eighty: Estimate?

  /// What a cycle that was asked for delivered; nothing where the cell had ended, nil where it was not kept.
  func point(_ cycle: Int) -> Point? {
    if points.isEmpty { return cycle == requested ? last : nil }
    if points.indices.contains(cycle - 1) { return points[cycle - 1] }
    return cycle <= requested ? Point(capacity: Estimate(0), retention: Estimate(0)) : nil
  }
}

/// The directory of a finished run, ensemble or study, as a report reads it.
struct ReportedRun: Sendable {
  /// A drawing of the run, with what it is called.
  struct Picture: Sendable {
    /// The name without extension: `capacity`.
    var name: String
    var png: Data
  }

  /// The directory as the user named it.
  let path: String
  let manifest: RunManifest
  /// The cells, one of a single run; never empty.
  let cases: [ReportedCase]
  /// What `cycles.csv` says of a single run; nil of a study.
  let cycles: ReadTable?
  /// What varies between the cases of a study: key paths, or names.
  let varied: [String]
  /// What the scenario says about itself, paragraph by paragraph.
  let remarks: [String]
  /// The drawings that are there, and names of those that should be.
  let pictures: [Picture]
  let missingPictures: [String]
  /// The fields of a single run by cycle.
  let fields: [(cycle: Int, picture: Picture)]
  /// Names and digests of the scenario and the tables.
  let digests: [(name: String, digest: String)]
  /// The input of a sensitivity that moves most, in words.
  let widest: String?

  var isStudy: Bool { manifest.cases != nil }
  /// The last part of the path.
  var name: String { URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent }
  var title: String { manifest.title.isEmpty ? name : oneLine(manifest.title, limit: QuantityText.longest) }
  /// Whether another seed would draw another section; a composite has none.
  var hasSections: Bool {
    !manifest.scenario.contains {
      $0.key == ScenarioKey.architecture.path && $0.value == CathodeArchitecture.composite.rawValue
    }
  }
  /// The last deviation of the capacity from that on a finer mesh, with its cycle; nil where none was looked at.
  var meshError: (cycle: String, share: Double)? {
    guard let cycles else { return nil }
    return zip(cycles.texts("Cycle Count / 1"), cycles.numbers("Mesh Error / 1")).reversed()
      .first { $0.1 != nil }.map { ($0.0, $0.1 ?? .nan) }
  }

  /// Reads the directory at `path`.
  ///
  /// Throws ``RunFileError``: `cannotRead` when there is none, `notARun` when it holds no finished run.
  init(path: String) throws(RunFileError) {
    self.path = path
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw .cannotRead(path: path, reason: String(cString: strerror(ENOENT)))
    }
    guard isDirectory.boolValue else {
      throw .notARun(path: path, reason: "a file; expected the directory that 'cyclelife run' fills")
    }
    let directory = RunDirectory(existing: path)
    manifest = try ReportedRun.manifest(directory)
    cycles = manifest.cases == nil ? ReadTable(RunRecorder.cyclesName, in: directory) : nil
    let table = manifest.cases == nil ? RunRecorder.cyclesName : StudyRun.resultsName
    var varied: [String] = []
    if let cycles {
      cases = [ReportedCase(cycles, manifest)]
    } else if manifest.cases != nil, let results = ReadTable(StudyRun.resultsName, in: directory) {
      cases = ReportedRun.cases(results, manifest, directory)
      // They stand between what names a case and what it gave.
      varied = results.headings.drop { $0 != "Case / 1" }.dropFirst()
        .prefix { !$0.hasPrefix("Discharge Capacity / ") }
        .map { $0.components(separatedBy: " / ").first ?? $0 }
    } else {
      cases = []
    }
    guard !cases.isEmpty else {
      throw .notARun(
        path: path,
        reason: "it holds no \(table), which a run or study writes as it ends; it says: \(manifest.outcome)")
    }
    self.varied = varied
    remarks = ReportedRun.remarks(directory)
    (pictures, missingPictures) = ReportedRun.pictures(directory, manifest)
    fields = ReportedRun.fields(directory)
    let tables = [table, StudyRun.replicatesName, StudyRun.trajectoriesName]
    digests = ([RunStore.scenarioName] + tables).compactMap { name in
      directory.content(of: name).map { (name, Digest($0).text) }
    }
    widest = ReadTable(StudyRun.sensitivityName, in: directory).flatMap { table in
      guard let input = table.texts("Input / 1").first, let swing = table.numbers("Swing / 1").first ?? nil,
        let kept = table.numbers("Retention Swing / 1").first ?? nil
      else { return nil }
      return String(
        format:
          "the input that moves most is %@: by %.1f cycles to 80 %%, and by %.1f %% of the first capacity",
        input, swing, 100 * kept)
    }
  }

  private static func manifest(_ directory: RunDirectory) throws(RunFileError) -> RunManifest {
    func refused(_ reason: String) -> RunFileError { .notARun(path: directory.path, reason: reason) }
    guard let bytes = directory.content(of: RunManifest.fileName) else {
      let isBegun = [Checkpoint.fileName, StudyJournal.fileName].contains { directory.length(of: $0) != nil }
      throw refused(
        isBegun
          ? "the run is not finished; the same command continues it"
          : "it holds no \(RunManifest.fileName), which a run writes as it ends")
    }
    guard let manifest = try? JSONDecoder().decode(RunManifest.self, from: bytes) else {
      throw refused("its \(RunManifest.fileName) is not that of a run")
    }
    return manifest
  }
}

// MARK: - Numbers

extension ReportedCase {
  /// The only cell of a single run.
  fileprivate init(_ cycles: ReadTable, _ manifest: RunManifest) {
    let capacities = cycles.numbers("Discharge Capacity / mAh g-1").map { $0 ?? 0 }
    let first = capacities.first ?? 0
    self.init(
      label: manifest.caseLabel ?? oneLine(manifest.title, limit: QuantityText.longest),
      requested: manifest.cyclesRequested, outcome: manifest.outcome)
    let contacts = cycles.numbers("Contact Fraction / 1")
    let cracks = cycles.numbers("Crack Length / um")
    points = capacities.indices.map { place in
      Point(
        capacity: Estimate(capacities[place]),
        retention: first > 0 ? Estimate(100 * capacities[place] / first) : nil,
        contact: contacts[place].map { Estimate(100 * $0) }, cracks: cracks[place].map { Estimate($0) })
    }
    self.first = capacities.first.map { Estimate($0) }
    let hasEnded = capacities.count < manifest.cyclesRequested && manifest.stoppedAfterCycle == nil
    let crossing = CaseResult.crossing(of: capacities + (hasEnded ? [0] : []), share: 0.8)
    eighty =
      manifest.cyclesRequested > 1
      ? Estimate(crossing ?? .infinity, limit: Double(capacities.count)) : nil
  }
}

extension ReportedRun {
  private static let (median, lower, upper, error) = (
    "", " 10th Percentile", " 90th Percentile", " Standard Error of Median"
  )

  /// The estimates in the columns of a quantity; nil in rows without a number.
  private static func estimates(_ table: ReadTable, _ quantity: String, _ unit: String) -> [Estimate?] {
    let columns = [median, lower, upper, error].map { table.numbers("\(quantity)\($0) / \(unit)") }
    return table.rows.indices.map { row in
      columns[0][row].map { value in
        let band: (Double, Double)? =
          if let lower = columns[1][row], let upper = columns[2][row] { (lower, upper) } else { nil }
        return Estimate(value, standardError: columns[3][row], band: band)
      }
    }
  }

  /// The cases of a study in the rows of its results.
  private static func cases(_ results: ReadTable, _ manifest: RunManifest, _ directory: RunDirectory)
    -> [ReportedCase]
  {
    let trajectories =
      ReadTable(StudyRun.trajectoriesName, in: directory) ?? ReadTable("fade.csv", in: directory)
    let replicates = ReadTable(StudyRun.replicatesName, in: directory)
    let (numbers, labels) = (results.texts("Case Number / 1"), results.texts("Case / 1"))
    let capacities = estimates(results, "Discharge Capacity", "mAh g-1")
    let firsts = results.numbers("First Discharge Capacity / mAh g-1")
    let retentions = results.numbers("Retention / 1")
    let lives = results.numbers("Cycles to 80 % / 1")
    let outcomes = results.texts("Outcome / 1")
    return results.rows.indices.map { row in
      var reported = ReportedCase(
        number: Int(numbers[row]) ?? row + 1, label: labels[row], requested: manifest.cyclesRequested,
        runs: results.numbers("Replicates / 1")[row].map { Int($0) } ?? 1, outcome: outcomes[row])
      // A case in which the solver failed has no number at all.
      guard let capacity = capacities[row] else { return reported }
      reported.last = .init(
        capacity: capacity, retention: retentions[row].map { Estimate(100 * $0) })
      reported.first = firsts[row].map { Estimate($0) } ?? (manifest.cyclesRequested == 1 ? capacity : nil)
      if let own = trajectories?.filtered("Case Number / 1", numbers[row]), !own.rows.isEmpty {
        let first = own.numbers("Discharge Capacity / mAh g-1").first ?? nil
        let capacities = estimates(own, "Discharge Capacity", "mAh g-1")
        let kept = estimates(own, "Retention", "1")
        let contacts = estimates(own, "Contact Fraction", "1")
        let cracks = estimates(own, "Crack Length", "um")
        reported.points = capacities.indices.map { place in
          let share = capacities[place].flatMap { capacity in first.map { Estimate(capacity.value / $0) } }
          return .init(
            capacity: capacities[place] ?? Estimate(0), retention: (kept[place] ?? share)?.times(100),
            contact: contacts[place]?.times(100), cracks: cracks[place])
        }
        reported.first = reported.points.first?.capacity
      }
      guard manifest.cyclesRequested > 1 else { return reported }
      let limit = Double(manifest.cyclesRequested)
      if let own = replicates?.filtered("Case Number / 1", numbers[row]) {
        // Runs that never fell so far come last, those in which the solver failed say nothing.
        let reached = zip(own.numbers("Cycles to 80 % / 1"), own.numbers("Discharge Capacity / mAh g-1"))
          .compactMap { life, capacity in capacity.map { _ in life ?? .infinity } }
        reported.eighty = SampleSummary(reached).map {
          Estimate($0.median, standardError: $0.standardError, band: ($0.lower, $0.upper), limit: limit)
        }
      } else {
        reported.eighty = Estimate(lives[row] ?? .infinity, limit: limit)
      }
      return reported
    }
  }
}

// MARK: - Words and pictures

extension ReportedRun {
  /// The comment at the head of the scenario, and its description.
  private static func remarks(_ directory: RunDirectory) -> [String] {
    guard let bytes = directory.content(of: RunStore.scenarioName),
      bytes.count <= ScenarioReader.sizeLimit
    else { return [] }
    let text = String(decoding: bytes, as: UTF8.self)
    let comment = text.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("#") }
      .map { $0.dropFirst().trimmingCharacters(in: .whitespaces) }
    let paragraphs = comment.split(separator: "").map { $0.joined(separator: " ") }
    var written = WrittenScenario(file: RunStore.scenarioName)
    written.read(yaml: text)
    guard case .text(let description) = written.values[.description]?.content else { return paragraphs }
    return paragraphs + [description]
  }

  /// The drawings in a directory in the order in which they are read, and those that are missing.
  private static func pictures(_ directory: RunDirectory, _ manifest: RunManifest)
    -> (there: [Picture], missing: [String])
  {
    let names = (try? directory.names()) ?? []
    func stems(_ files: some Sequence<String>, _ ending: String) -> [String] {
      files.filter { $0.hasSuffix(ending) && !$0.contains("/") }.map { String($0.dropLast(ending.count)) }
    }
    let wanted = Set(stems(names, ".gp") + stems(manifest.files.map(\.name), ".png"))
    func rank(_ name: String) -> Int { Figures.order.firstIndex(of: name) ?? Figures.order.count }
    var (there, missing) = ([Picture](), [String]())
    for name in wanted.sorted(by: { (rank($0), $0) < (rank($1), $1) }) {
      if let picture = picture(name, in: directory) { there.append(picture) } else { missing.append(name) }
    }
    return (there, missing)
  }

  /// The drawings of fields in the order of their cycles.
  private static func fields(_ directory: RunDirectory) -> [(cycle: Int, picture: Picture)] {
    let fields = RunDirectory(existing: directory.path(of: FieldFiles.directoryName))
    let names = ((try? fields.names()) ?? []).filter { $0.hasSuffix(".png") }.sorted()
    return names.compactMap { file in
      guard let number = file.wholeMatch(of: /fields-([0-9]+)\.png/)?.output.1, let cycle = Int(number),
        let picture = picture(String(file.dropLast(4)), in: fields)
      else { return nil }
      return (cycle, picture)
    }
  }

  /// A drawing; nil where there is none, or not a whole one.
  static func picture(_ name: String, in directory: RunDirectory) -> Picture? {
    guard let png = directory.content(of: name + ".png") else {
      return nil
    }
    let picture = Picture(name: name, png: png)
    return picture.size == nil ? nil : picture
  }
}

extension ReportedRun.Picture {
  /// Width and height in pixels, from the first chunk of the file; nil for what is no PNG.
  var size: (width: Int, height: Int)? {
    let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    let bytes = [UInt8](png.prefix(24))
    guard bytes.count == 24, bytes.starts(with: signature) else { return nil }
    func number(_ from: Int) -> Int { bytes[from..<from + 4].reduce(0) { $0 << 8 | Int($1) } }
    return (number(16), number(20))
  }
}

/// What is known of the drawings of runs and studies: what a reader sees who cannot see them.
enum Figures {
  /// From what matters most to the reader.
  static let order = [
    "capacity", "fade", "voltage", "damage", "tornado", "lines", "map", "limitation", "profiles", "field",
    "attribution", "microstructure",
  ]

  /// What a drawing shows, in words.
  static func content(_ name: String, hasBands: Bool) -> String {
    let band = "span the 10th to the 90th percentile of the runs."
    return switch name {
    case "capacity": "Discharge capacity and Coulombic efficiency against cycle, with the 80 % line."
    case "voltage":
      "Voltage against the capacity of the cycle, charge thin, and capacity per voltage of the discharge, by cycle."
    case "damage": "Contact, effective diffusivity, length and density of cracks against cycle."
    case "fade": "Discharge capacity against cycle\(hasBands ? "; bands \(band)" : ".")"
    case "tornado": "What each input moves between its low and its high value, the widest on top."
    case "lines": "Discharge capacity against what varies\(hasBands ? "; bars \(band)" : ".")"
    case "map": "Discharge capacity over the two quantities that vary, with the computed points."
    case "limitation":
      "Transport loss and kinetics loss over the two quantities that vary, and where they are equal."
    case "profiles": "Utilisation over depth at the end of the last discharge, a line for each case."
    case "field": "Lithium content at the end of the last discharge, a picture for each case."
    case "attribution": "Lost capacity by the mechanism that took it."
    case "microstructure":
      "The section before cycling: crystals coloured by the angle of their c axis, pores, flaws and contact."
    default: name
    }
  }
}

import CellModel
import CellPhysics
import CycleLife
import Foundation

/// The figures of a run, drawn at its end from its files and its microstructure.
public struct RunFigures {
  static let microstructureName = "microstructure"

  let scenario: Scenario
  let microstructure: Microstructure
  /// The heading on one line.
  let title: String
  /// What was measured, to be laid over the capacity.
  public var measured: MeasuredFade?
  /// The cycle after the last, where the scenario asks for no fields or shares of its own.
  public var look: ClosingLook?
  /// Mass of active material per geometric area, kg/m2.
  private let activeMassPerArea: Double
  private let directory: RunDirectory
  private let files: FieldFiles

  /// Figures of a run in `directory`, which also names it where the scenario has no title.
  public init(_ scenario: Scenario, _ runner: CycleRunner, in directory: RunDirectory) {
    self.scenario = scenario
    microstructure = runner.microstructure
    activeMassPerArea = runner.activeMassPerArea
    self.directory = directory
    title = scenario.title.isEmpty ? directory.path : scenario.title
    files = FieldFiles(in: directory)
  }

  /// Draws what a run of so many cycles has to show.
  ///
  /// Returns the names of the files made, and a warning when gnuplot is missing or fails. Throws
  /// ``RunFileError`` when a file cannot be written or read.
  public func draw(cycles: Int) throws(RunFileError) -> (files: [String], warning: String?) {
    // Particles have no section to be drawn.
    let isFilm = scenario.architecture == .dense
    let drawn: (files: [String], warning: String?) =
      isFilm ? try microstructureFigure().draw(in: directory) : ([], nil)
    var (names, warning) = (drawn.files, drawn.warning)
    func add(_ drawn: (files: [String], warning: String?), _ prefix: String = "") {
      names += drawn.files.map { prefix + $0 }
      warning = warning ?? drawn.warning
    }
    for figure in cycles > 0 ? courseFigures : [] {
      let data = figure.name == "capacity" ? measured.map { [(MeasuredFade.tableName, $0.table)] } : nil
      add(try StudyDrawing(figure: figure, data: data ?? []).draw(in: directory))
    }
    if let drawing = attributionFigure(cycles: cycles) { add(try drawing.draw(in: directory)) }
    var drawnCycles = scenario.fieldCycles.filter { $0 <= cycles }
    if let look, !look.fields.isEmpty {
      for fields in look.fields { try files.write(fields) }
      try files.write(look.hotspots)
      drawnCycles.append(look.record.cycle)
      names += files.names([look.record.cycle])
    }
    let fields = isFilm ? try fieldFigures(files, of: drawnCycles) : []
    if !fields.isEmpty {
      let directory = try RunDirectory(files.path)
      for field in fields { add(try field.draw(in: directory), FieldFiles.directoryName + "/") }
    }
    return (names, warning)
  }

  /// What each mechanism costs: in the cycles that the scenario asks for, else in the one after the last.
  private func attributionFigure(cycles: Int) -> StudyDrawing? {
    if scenario.attributionInterval > 0 {
      guard cycles >= scenario.attributionInterval else { return nil }
      return StudyDrawing(
        figure: .attribution(
          title: title, scenario, data: RunRecorder.cyclesName, interval: scenario.attributionInterval),
        data: [])
    }
    guard let look, look.record.attribution != nil else { return nil }
    let table = Table<CycleRecord>.cycles(scenario, activeMassPerArea: activeMassPerArea)
    return StudyDrawing(
      figure: .attribution(title: title, scenario, data: Self.attributionName, interval: 1),
      data: [(Self.attributionName, table.header + "\n" + table.line(look.record) + "\n")])
  }

  private static let attributionName = "attribution.csv"

  /// What a run went through, from its tables.
  private var courseFigures: [GnuplotFigure] {
    let discharges = scenario.protocolSteps.contains { step in
      if case .current(let density) = step.control { density < 0 } else { false }
    }
    let columns = Table<CycleRecord>.cycles(scenario, activeMassPerArea: 1).columns.map(\.heading)
    let simulated = columns.firstIndex(of: Table<CycleRecord>.simulatedHeading).map { $0 + 1 }
    return [
      .capacity(title: title, simulated: simulated, measured: measured), .damage(title: title, scenario),
    ]
      + (discharges ? [.voltage(title: title, scenario)] : [])
  }

  /// The names of scripts and drawings that a run of this scenario may have; data stay.
  static func closing(_ scenario: Scenario) -> [String] {
    let names =
      ["capacity", "voltage", "damage", microstructureName, "attribution"]
      + scenario.fieldCycles.map { "\(FieldFiles.directoryName)/\(FieldFiles.Part.fields.name($0))" }
    return names.flatMap { name in ["gp", "png", "svg"].map { "\(name).\($0)" } }
  }
}

extension StudyDrawing {
  /// Writes the data and draws the figure; the names of the files made, and a warning as ``GnuplotFigure``.
  func draw(in directory: RunDirectory) throws(RunFileError) -> (files: [String], warning: String?) {
    for file in data { try directory.write(Data(file.text.utf8), to: file.name) }
    let warning = try figure.draw(in: directory)
    return (data.map(\.name) + [figure.scriptName] + (warning == nil ? figure.imageNames : []), warning)
  }
}

import CellPhysics
import Foundation

/// A figure with the data files it is drawn from.
struct StudyDrawing {
  var figure: GnuplotFigure
  /// The data, by file name.
  var data: [(name: String, text: String)]
}

extension StudyRun {
  /// Draws the figure that the study asks for from the rows of its table, and the fade of replicates.
  ///
  /// Returns the names of the files made, none when there is nothing to draw, and a warning when gnuplot is
  /// missing or fails. Throws ``RunFileError`` when a file cannot be written.
  public func drawFigure(
    _ rows: [StudyRow], in directory: RunDirectory, measured: MeasuredFade? = nil
  ) throws(RunFileError) -> (files: [String], warning: String?) {
    var drawings: [StudyDrawing?] = study.figure.map { [drawing($0, rows, measured)] } ?? []
    if study.figure?.kind != .tornado, !study.sensitivity.isEmpty { drawings.append(tornadoFigure(rows)) }
    if study.figure?.kind != .fade,
      measured != nil || replicates > 1 && study.cases.count <= StudyFigure.bandLimit,
      let fade = fadeFigure(rows, measured: measured)
    {
      drawings.append(fade)
    }
    var (files, warning) = ([String](), String?.none)
    for drawing in drawings {
      guard let drawing else {
        let missing = study.figure?.kind == .fade ? "several cycles" : "a result"
        warning = "no figure: no case gave \(missing) to draw"
        continue
      }
      let drawn = try drawing.draw(in: directory)
      files += drawn.files
      warning = drawn.warning ?? warning
    }
    return (files, warning)
  }

  private func drawing(_ request: StudyFigure, _ rows: [StudyRow], _ measured: MeasuredFade?) -> StudyDrawing?
  {
    switch request.kind {
    case .lines: linesFigure(request, rows)
    case .map, .limitation: mapFigure(request, rows)
    case .profiles: profilesFigure(rows)
    case .field: fieldFigure(rows)
    case .fade: fadeFigure(rows, measured: measured)
    case .tornado: tornadoFigure(rows)
    }
  }

  /// The heading of a figure of the tables' numbers, for gnuplot; those of replicates are medians.
  var heading: String { heading(of: "Median of \(replicates) runs") }

  /// The heading of a figure of single cells, for gnuplot; of replicates, those with the first seed.
  var cellHeading: String { heading(of: "First of \(replicates) runs") }

  private func heading(of replicates: String) -> String {
    let title = GnuplotFigure.quoted(study.base.scenario.title)
    return self.replicates > 1 ? "\(title).\"\\n\".'\(replicates)'" : title
  }

  /// The value of a coordinate in a row; not a number where it has none.
  func value(_ coordinate: StudyFigure.Coordinate, _ row: StudyRow) -> Double {
    switch coordinate {
    case .key(let key): quantity(key).flatMap { Double(row.varied[$0.index]) } ?? .nan
    case .result(let result): row.result.map { result.value($0) } ?? .nan
    }
  }

  /// The axis that shows `values` of a coordinate.
  func axis(_ coordinate: StudyFigure.Coordinate, _ values: [Double]) -> FigureAxis {
    switch coordinate {
    case .key(let key):
      FigureAxis(
        title: quantity(key)?.quantity.title ?? key.path, unit: quantity(key)?.quantity.unit ?? Unit("1")!,
        values: values)
    case .result(let result):
      FigureAxis(
        title: result.rawValue.prefix(1).uppercased() + result.rawValue.dropFirst(), unit: result.unit,
        values: values)
    }
  }

  /// Whether a named case is drawn at a coordinate: it gives the key a value of its own, or it is a result.
  func has(_ coordinate: StudyFigure.Coordinate, _ study: Study.Case) -> Bool {
    switch coordinate {
    case .key(let key): study.settings.contains { $0.key == key }
    case .result: true
    }
  }

  private func quantity(_ key: StudyKey) -> (index: Int, quantity: VariedQuantity)? {
    varied.firstIndex { $0.key == key }.map { ($0, varied[$0]) }
  }

  /// The row of the grid at these places on its axes.
  func row(at position: [Int], _ rows: [StudyRow]) -> StudyRow {
    rows[zip(position, study.axes).reduce(0) { $0 * $1.1.choices.count + $1.0 }]
  }

  /// A number of a data file; gnuplot leaves a gap where there is none.
  static func cell(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "nan" }
    return value.description
  }
}

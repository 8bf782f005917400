import CellPhysics
import Foundation

/// A figure of a study with the data files it is drawn from.
struct StudyDrawing {
  var figure: GnuplotFigure
  /// The data, by file name.
  var data: [(name: String, text: String)]
}

extension StudyRun {
  /// Draws the figure that the study asks for from the rows of its table.
  ///
  /// Returns the names of the files made, none when no figure is asked for, and a warning when gnuplot is
  /// missing or fails. Throws ``RunFileError`` when a file cannot be written.
  public func drawFigure(_ rows: [StudyRow], in directory: RunDirectory) throws(RunFileError)
    -> (files: [String], warning: String?)
  {
    guard let request = study.figure else { return ([], nil) }
    let drawing: StudyDrawing? =
      switch request.kind {
      case .lines: linesFigure(request, rows)
      case .map, .limitation: mapFigure(request, rows)
      case .profiles: profilesFigure(rows)
      case .field: fieldFigure(rows)
      }
    guard let drawing else { return ([], "no figure: no case gave a result to draw") }
    for file in drawing.data { try directory.write(Data(file.text.utf8), to: file.name) }
    let files = drawing.data.map(\.name) + [drawing.figure.scriptName]
    if let warning = try drawing.figure.draw(in: directory) { return (files, warning) }
    return (files + drawing.figure.imageNames, nil)
  }

  /// The heading of the figure.
  var title: String { study.base.scenario.title }

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

import Foundation

/// A CSV file of a run directory, read back.
struct ReadTable {
  let headings: [String]
  /// Rows with as many cells as there are headings; others, such as one that is cut off, are left out.
  let rows: [[String]]

  /// Nil where there is no such file, or nothing in it.
  init?(_ name: String, in directory: RunDirectory) {
    guard let bytes = directory.content(of: name) else { return nil }
    self.init(String(decoding: bytes, as: UTF8.self))
  }

  init?(_ text: String) {
    let lines = text.split(separator: "\n").map { csvCells($0).cells.map(\.text) }
    guard let first = lines.first else { return nil }
    headings = first
    rows = lines.dropFirst().filter { $0.count == first.count }
  }

  /// The column with this heading, which may stand more than once: then the first.
  private func place(_ heading: String) -> Int? { headings.firstIndex(of: heading) }

  func has(_ heading: String) -> Bool { place(heading) != nil }

  /// The cells below a heading; empty texts where it is missing.
  func texts(_ heading: String) -> [String] {
    guard let place = place(heading) else { return rows.map { _ in "" } }
    return rows.map { $0[place] }
  }

  /// The finite numbers below a heading; nil where there is none.
  func numbers(_ heading: String) -> [Double?] {
    texts(heading).map { Double($0).flatMap { $0.isFinite ? $0 : nil } }
  }

  /// The rows whose cell below `heading` is `text`.
  func filtered(_ heading: String, _ text: String) -> ReadTable {
    guard let place = place(heading) else { return self }
    return ReadTable(headings: headings, rows: rows.filter { $0[place] == text })
  }

  private init(headings: [String], rows: [[String]]) {
    self.headings = headings
    self.rows = rows
  }
}

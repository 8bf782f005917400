import CellModel
import CellPhysics
import Foundation
import Numerics

/// A measured course of the current that a step follows: a CSV file of time and current.
///
/// Currents are positive when they charge. Between two lines the current is on the straight line; two lines of one time
/// are a jump.
struct ProfileFile: NamedInput, Equatable {
  static let kind = "profile"
  static let sizeLimit = 1 << 24
  /// The most lines: each takes a time step in every cycle.
  static let lineLimit = 100_000
  /// The shortest time between two lines that is no jump, s.
  static let shortestLine = 1e-3

  let path: String
  let bytes: Data
  let digest: String
  /// Times in s and currents in A, or in A/m2 where they are per area.
  let points: [CurrentProfile.Point]
  let isPerArea: Bool

  /// What makes the file the one it is, in words.
  var identity: String { "\(points.count) lines, SHA-256 \(digest)" }

  /// The profile on an electrode of an area in m2; nil when currents per area leave the range of numbers.
  func profile(area: Double) -> CurrentProfile? {
    CurrentProfile(
      points.map { .init(time: $0.time, current: isPerArea ? $0.current : $0.current / area) })
  }
}

// MARK: - Reading

extension ProfileFile {
  private static let times = ["test time", "test time second", "time"]
  private static let currents = ["current", "current ampere", "current density"]

  /// Reads the bytes of the file found at `place`, called `path` in the scenario; throws ``ValueProblem`` with the
  /// place of the mistake.
  init(_ bytes: Data, path: String, place file: String) throws(ValueProblem) {
    func problem(_ message: String, _ line: Int? = nil, _ column: Int? = nil) -> ValueProblem {
      ValueProblem(message: message, place: InputPlace(file: file, line: line, column: column))
    }
    guard var text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
      throw problem("not UTF-8 text; expected a CSV file")
    }
    if text.hasPrefix("\u{FEFF}") { text.removeFirst() }
    var columns: Columns?
    var points: [CurrentProfile.Point] = []
    var number = 0
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      number += 1
      guard !line.allSatisfy(\.isWhitespace) else { continue }
      let (cells, isClosed) = csvCells(line)
      guard isClosed else { throw problem("a quote is not closed", number, cells.last?.column) }
      guard let columns else {
        columns = try Columns(cells) { problem($0, number, $1) }
        continue
      }
      guard cells.count == columns.count else {
        let surplus = cells.count > columns.count ? cells[columns.count].column : nil
        throw problem(
          "\(cells.count) cells; expected \(columns.count), as many as there are headings", number, surplus)
      }
      func value(_ column: Columns.Column) throws(ValueProblem) -> Double {
        let cell = cells[column.index]
        guard let value = Double(cell.text), (value * column.factor).isFinite else {
          throw problem(
            "\(column.name): '\(oneLine(cell.text))' is not accepted; expected a number", number, cell.column)
        }
        return value * column.factor
      }
      let point = CurrentProfile.Point(time: try value(columns.time), current: try value(columns.current))
      if let before = points.last {
        let column = cells[columns.time.index].column
        let passed = point.time - before.time
        guard passed >= 0 else {
          throw problem("the time falls; expected the lines in its order", number, column)
        }
        guard passed == 0 || passed >= ProfileFile.shortestLine * (1 - 1e-6) else {
          throw problem(
            "less than 1 ms after the line before; expected a longer time, or the same for a jump", number,
            column)
        }
        if passed == 0, points.count > 1, points[points.count - 2].time == point.time {
          throw problem(
            "a third line of the same time; expected two, before and after a jump", number, column)
        }
      }
      points.append(point)
      guard points.count <= ProfileFile.lineLimit else {
        throw problem(
          "more than \(ProfileFile.lineLimit) lines; expected fewer, each takes a time step", number)
      }
    }
    guard let columns else {
      throw problem("the file is empty; expected the headings 'Test Time / s' and 'Current / A'")
    }
    guard let first = points.first, let last = points.last, last.time > first.time else {
      throw problem("it takes no time; expected at least two lines of different times", number)
    }
    guard last.time - first.time <= ProtocolReader.longestDuration else {
      throw problem("longer than ten years", number)
    }
    self.path = path
    self.bytes = bytes
    self.points = points
    isPerArea = columns.isPerArea
    digest = Digest(bytes).text
  }

  /// Where time and current stand, and what one of their units is in SI units.
  private struct Columns {
    struct Column {
      var index: Int
      var name: String
      var factor: Double
    }
    let time: Column
    let current: Column
    let isPerArea: Bool
    let count: Int

    init(
      _ headings: [(text: String, column: Int)], _ problem: (String, Int?) -> ValueProblem
    ) throws(ValueProblem) {
      let parts = headings.map { FadeLayout.parts($0.text) }
      func column(_ names: [String], own unit: (name: String, unit: String), _ expected: [String])
        throws(ValueProblem) -> (Column, Unit)
      {
        let found = names.lazy.map { name in parts.indices.filter { parts[$0].name == name } }
          .first { !$0.isEmpty }
        guard let found else {
          let here = headings.prefix(20).map { "'\(oneLine($0.text))'" }.joined(separator: ", ")
          throw problem(
            "no column of \(names[0].capitalized): \(here); expected the headings 'Test Time / s' and "
              + "'Current / A' or 'Current / mA cm-2'", 1)
        }
        let heading = headings[found[0]]
        guard found.count == 1 else {
          throw problem("a second column of \(parts[found[0]].name.capitalized)", headings[found[1]].column)
        }
        let written = parts[found[0]].unit ?? (parts[found[0]].name == unit.name ? unit.unit : nil)
        guard let known = written.flatMap({ Unit($0) }),
          expected.contains(where: { Unit($0)!.dimension == known.dimension })
        else {
          throw problem(
            "'\(oneLine(heading.text))' has no unit that fits; expected "
              + expected.joined(separator: " or ") + ", or another unit of it", heading.column)
        }
        return (Column(index: found[0], name: oneLine(heading.text), factor: known.factor), known)
      }
      time = try column(times, own: ("test time second", "s"), ["s"]).0
      let unit: Unit
      (current, unit) = try column(currents, own: ("current ampere", "A"), ["A", "mA cm-2"])
      isPerArea = unit.dimension != Unit("A")!.dimension
      count = headings.count
    }
  }
}

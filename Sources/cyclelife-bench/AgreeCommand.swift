import ArgumentParser
import Foundation

/// How far the numbers of two tables of the same shape are apart.
struct Agreement: Equatable {
  /// The largest difference, over the magnitude of the larger number, and where it is.
  private(set) var difference = 0.0
  private(set) var place = ""
  /// How many numbers were compared.
  private(set) var count = 0

  /// What two tables differ in beside numbers.
  struct Mismatch: Error, Equatable, CustomStringConvertible {
    let description: String
  }

  /// Compares tables of comma-separated values, a heading before them; numbers below `floor`
  /// in magnitude are compared with it.
  ///
  /// - Throws: ``Mismatch`` where a cell that is no number differs, or the shape does.
  init(_ first: String, _ second: String, floor: Double) throws {
    func rows(_ text: String) -> [[Substring]] {
      text.split(whereSeparator: \.isNewline).map {
        $0.split(separator: ",", omittingEmptySubsequences: false)
      }
    }
    let (left, right) = (rows(first), rows(second))
    guard left.map(\.count) == right.map(\.count), let header = left.first, header == right.first else {
      throw Mismatch(description: "they have other rows or columns")
    }
    for (line, (left, right)) in zip(left, right).enumerated().dropFirst() {
      for (column, (left, right)) in zip(left, right).enumerated() where left != right {
        let place =
          "line \(line + 1), \(column < header.count ? String(header[column]) : "column \(column + 1)")"
        guard let left = Double(left), let right = Double(right), left.isFinite, right.isFinite else {
          throw Mismatch(description: "\(place): '\(left)' and '\(right)'")
        }
        let difference = abs(left - right) / max(abs(left), abs(right), floor)
        if difference > self.difference { (self.difference, self.place) = (difference, place) }
      }
      count += left.count { Double($0) != nil }
    }
  }
}

/// Compares the results of two runs number by number.
struct AgreeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agree", abstract: "Compare cycles.csv of two runs number by number.",
    discussion: """
      Exits with 1 when a number differs by more than --tolerance of itself, or anything else differs. Numbers below \
      1e-6 in magnitude, errors among them, are compared with 1e-6.
      """)

  @Argument(help: "The directories of the two runs.")
  var runs: [String]

  @Option(help: "By how much numbers may differ, over their magnitude.")
  var tolerance = 1e-10

  func validate() throws {
    guard runs.count == 2 else { throw ValidationError("two directories are needed") }
    guard tolerance >= 0 else { throw ValidationError("--tolerance: expected a number from 0") }
  }

  func run() throws {
    let tables = try runs.map { try String(contentsOfFile: $0 + "/cycles.csv", encoding: .utf8) }
    let agreement = try Agreement(tables[0], tables[1], floor: 1e-6)
    let place = agreement.place.isEmpty ? "" : " (\(agreement.place))"
    print(
      String(format: "%d numbers, the largest difference is %.1e", agreement.count, agreement.difference)
        + place)
    if agreement.difference > tolerance { throw ExitCode(1) }
  }
}

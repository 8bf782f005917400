import Foundation

/// Work counters of jobs: what a run costs, whatever the machine.
struct WorkTable: Equatable {
  /// One job: its counters by name, in the order of the file.
  struct Row: Equatable {
    let job: String
    let counts: [Count]

    subscript(counter: String) -> Int? { counts.first { $0.counter == counter }?.value }
  }

  struct Count: Equatable {
    let counter: String
    let value: Int
  }

  var rows: [Row]

  init(rows: [Row]) { self.rows = rows }

  /// Reads a table: a header of counters, then a line for each job.
  init(csv: String) throws {
    var lines = csv.split(whereSeparator: \.isNewline).map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    guard !lines.isEmpty, lines[0].first == "job" else { throw WorkTableError(line: 1) }
    let counters = lines.removeFirst().dropFirst()
    rows = try lines.enumerated().map { index, cells in
      let values = cells.dropFirst().compactMap { Int($0) }
      guard values.count == counters.count, cells.count == counters.count + 1 else {
        throw WorkTableError(line: index + 2)
      }
      return Row(job: cells[0], counts: zip(counters, values).map { Count(counter: $0, value: $1) })
    }
  }

  /// The table as text; every row has the counters of the first.
  var csv: String {
    let counters = rows.first?.counts.map(\.counter) ?? []
    let lines = rows.map { row in
      ([row.job] + row.counts.map { String($0.value) }).joined(separator: ",")
    }
    return ([(["job"] + counters).joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
  }

  /// How one counter of one job compares with its reference; nil where a side has no such counter.
  struct Comparison: Equatable {
    let job: String
    let counter: String
    let measured: Int?
    let reference: Int?

    /// Measured over reference, less 1; nil without a reference to divide by.
    var deviation: Double? {
      guard let measured, let reference, reference != 0 else { return nil }
      return Double(measured) / Double(reference) - 1
    }

    /// Whether the counter is as it should be: within `tolerance`, or zero where zero is expected.
    func isWithin(_ tolerance: Double) -> Bool {
      guard let measured, let reference else { return false }
      // In whole numbers: 10 % of 20 is 2, whatever round-off makes of 22 / 20 - 1.
      return Double(abs(measured - reference)) <= tolerance * Double(abs(reference)) * (1 + 1e-12)
    }
  }

  /// Compares every counter that either table has, in the order of this one, then of the reference.
  func compared(with reference: WorkTable) -> [Comparison] {
    func keys(_ table: WorkTable) -> [[String]] {
      table.rows.flatMap { row in row.counts.map { [row.job, $0.counter] } }
    }
    func value(_ table: WorkTable, _ key: [String]) -> Int? {
      table.rows.first { $0.job == key[0] }?[key[1]]
    }
    let own = keys(self)
    return (own + keys(reference).filter { !own.contains($0) }).map { key in
      Comparison(
        job: key[0], counter: key[1], measured: value(self, key), reference: value(reference, key))
    }
  }
}

/// A line of the references that is no row of counters.
struct WorkTableError: Error, Equatable, CustomStringConvertible {
  let line: Int
  var description: String { "work.csv:\(line): not a job with one whole number for each counter" }
}

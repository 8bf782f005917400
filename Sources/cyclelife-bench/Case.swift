import Benchmark
import Foundation

/// One line of the table: what is timed, and the errors and the work to print beside the time.
final class Case: AnyBenchmark {
  /// What a case does once it is prepared.
  struct Prepared {
    /// What is timed.
    let body: () throws -> Void
    /// The errors of its result; computed once, outside the time.
    let errors: () throws -> [ErrorOf]
    /// The work of the last time it was done; nil where nothing is counted.
    var work: () -> Work? = { nil }
  }

  let name: String
  let settings: [any BenchmarkSetting]
  /// What stopped the case; the library itself would end the program.
  private(set) var failure: (any Error)?

  private let prepare: () throws -> Prepared
  private var prepared: Prepared?

  /// Makes a case whose preparation is neither timed nor done before it is needed.
  init(_ name: String, settings: [any BenchmarkSetting] = [], prepare: @escaping () throws -> Prepared) {
    self.name = name
    self.settings = settings
    self.prepare = prepare
  }

  func setUp() {}
  func tearDown() {}

  func run(_ state: inout BenchmarkState) throws {
    do {
      let prepared = try self.prepared ?? prepare()
      self.prepared = prepared
      state.start()
      if failure == nil { try prepared.body() }
    } catch {
      failure = error
    }
    try state.end()
  }

  /// The line of the case from the times of its runs, ns.
  func line(suite: String, nanoseconds: [Double]) throws -> Line {
    if let failure { throw failure }
    let sorted = nanoseconds.sorted()
    let middle = sorted.count / 2
    let median = sorted.count % 2 == 1 ? sorted[middle] : 0.5 * (sorted[middle - 1] + sorted[middle])
    // A quartile instead of a deviation: other work on the machine makes a few runs very slow.
    let upper = sorted[3 * sorted.count / 4]
    return Line(
      name: "\(suite).\(name)", seconds: 1e-9 * median, upperQuartile: 1e-9 * upper, runs: sorted.count,
      errors: try prepared?.errors() ?? [], work: prepared?.work())
  }
}

/// An error beside a time: how large, and of what against what.
struct ErrorOf: Codable {
  let value: Double
  let of: String

  init(_ value: Double, _ of: String) {
    self.value = value
    self.of = of
  }
}

/// The work of a job.
struct Work: Codable {
  var steps = 0
  var newtonIterations = 0
  var factorizations = 0
  var solves = 0

  static func + (left: Work, right: Work) -> Work {
    Work(
      steps: left.steps + right.steps, newtonIterations: left.newtonIterations + right.newtonIterations,
      factorizations: left.factorizations + right.factorizations, solves: left.solves + right.solves)
  }

  /// The counters by the names that the references use.
  var counts: [WorkTable.Count] {
    [
      .init(counter: "steps", value: steps), .init(counter: "newton iterations", value: newtonIterations),
      .init(counter: "factorizations", value: factorizations), .init(counter: "solves", value: solves),
    ]
  }
}

/// One line of the table of measurements.
struct Line: Codable {
  let name: String
  /// Median and upper quartile of the times, s.
  let seconds: Double
  let upperQuartile: Double
  let runs: Int
  let errors: [ErrorOf]
  let work: Work?
}

import ArgumentParser
import Benchmark
import Foundation

@main
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cyclelife-bench",
    abstract: "How long the parts of a simulation take, and how wrong they are.",
    subcommands: [
      MeasureCommand.self, GoalsCommand.self, WorkCommand.self, InputsCommand.self, EnduranceCommand.self,
      AgreeCommand.self,
    ],
    defaultSubcommand: MeasureCommand.self)
}

/// Times kernels and jobs, and prints their errors beside.
struct MeasureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure", abstract: "Time kernels and jobs; errors and work stand beside the times.")

  @Option(help: "Measure only what matches a regular expression, such as 'kernels.*solve' or 'jobs'.")
  var filter: String?

  @Option(help: "Time every kernel for at least so long, s.")
  var minTime = 0.5

  @Flag(help: "Print an array of objects instead of a table.")
  var json = false

  func validate() throws {
    guard minTime > 0 else { throw ValidationError("--min-time: a positive time is needed") }
    if let filter, (try? NSRegularExpression(pattern: filter)) == nil {
      throw ValidationError("--filter: '\(filter)' is no regular expression")
    }
    var isDebug = false
    assert(
      {
        isDebug = true
        return true
      }())
    if isDebug { throw ValidationError("times of a debug build say nothing; use 'swift run -c release'") }
  }

  func run() throws {
    let cases = ["kernels": Kernels().all, "jobs": Job.all.map(\.benchmark)]
    let suites = ["kernels", "jobs"].map { name in
      let suite = BenchmarkSuite(name: name)
      for benchmark in cases[name]! { suite.register(benchmark: benchmark) }
      return suite
    }
    // The library measures; it has no place for an error in words, so that the table is printed here.
    var runner = BenchmarkRunner(
      suites: suites, settings: filter.map { [Filter($0)] } ?? [],
      customDefaults: [Format(.none), MinTime(seconds: minTime), WarmupIterations(1)])
    try runner.run()
    let lines = try runner.results.map { result in
      try cases[result.suiteName]!.first { $0.name == result.benchmarkName }!
        .line(suite: result.suiteName, nanoseconds: result.measurements)
    }
    guard !lines.isEmpty else { throw ValidationError("nothing matches '\(filter ?? "")'") }
    guard json else { return print(Text.machine + "\n" + Text.measurements(lines)) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    print(String(decoding: try encoder.encode(lines), as: UTF8.self))
  }
}

/// Runs every job once and compares its work with the references.
struct WorkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "work",
    abstract: "Run every job once and compare the work done with the references.",
    discussion: "Exits with 1 when a counter is off by more than 10 %, be it for the better.")

  /// Round-off moves a counter by a few between machines; a change of the method by more.
  static let tolerance = 0.1
  static let path = "Sources/cyclelife-bench/Resources/work.csv"

  @Flag(help: "Write what was measured into \(path), seen from the working directory.")
  var update = false

  func run() throws {
    let references = try WorkTable(csv: String(decoding: PackageResources.work_csv, as: UTF8.self))
    let measured = try WorkTable(
      rows: Job.all.map { WorkTable.Row(job: $0.name, counts: try $0.result().work.counts) })
    let comparisons = measured.compared(with: references)
    print(Text.comparisons(comparisons, tolerance: Self.tolerance))
    if update {
      guard FileManager.default.fileExists(atPath: Self.path) else {
        throw ValidationError("no \(Self.path) here; run it from the package's directory")
      }
      try measured.csv.write(toFile: Self.path, atomically: true, encoding: .utf8)
      print("references written: \(Self.path)")
      return
    }
    let off = comparisons.filter { !$0.isWithin(Self.tolerance) }
    guard off.isEmpty else {
      let names = off.map { "\($0.job): \($0.counter)" }.joined(separator: ", ")
      print("off by more than \(Int(100 * Self.tolerance)) %: \(names)")
      print("if that is meant: swift run -c release cyclelife-bench work --update")
      throw ExitCode(1)
    }
  }
}

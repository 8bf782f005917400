import ArgumentParser
import CycleLife
import Foundation
import RunFiles

/// A small cell that is cycled for long, with all the files that a run writes.
struct Endurance {
  /// What was seen when a cycle was done.
  struct Mark: Equatable {
    let cycle: Int
    /// Memory that the program holds, bytes.
    let memory: Int
    /// Median over the cycles before, as many as ``window`` at most: processor time, s, and right-hand sides solved for.
    let seconds: Double
    let solves: Int
    /// Median processor time of the first cycles of the same cell when they are run again among these, s.
    let reference: Double
    /// The time of a cycle over that of the first ones.
    ///
    /// The median over pieces of the window, each held against the first cycles right after it: other programs make a
    /// processor slower, from one second to the next.
    let ratio: Double
    /// Discharge capacity over that of the first cycle.
    let retention: Double
  }

  /// Over so many cycles a time is taken.
  static let window = 100
  /// Cycles of a piece of it, and of the first ones.
  static let piece = 10
  static let firstCycles = 5
  /// By so much memory may grow from the first mark on, and the time of a cycle.
  static let memoryGrowth = 0.05
  static let timeGrowth = 0.2

  private(set) var marks: [Mark]
  let outcome: RunOutcome

  /// Runs so many cycles in `directory` and looks at the cycles of `marks`.
  init(cycles: Int, fidelity: String, marks: [Int], in directory: String) throws {
    let text = """
      title: Endurance
      fidelity: \(fidelity)
      cell: {nominal capacity: 0.403 mAh/cm2}
      protocol: ['Charge at 1C until 4.03 V vs Li', 'Discharge at 1C until 3.544 V vs Li']
      cathode: {width: 6 um, thickness: 6 um}
      microstructure: {column spacing: 3 um}
      numerics: {mesh width: 1 um, depth mesh width: 2 um, interface mesh width: 0.5 um, mesh growth: 1.4}
      run: {cycles: \(cycles), seed: 5}
      """
    let study = try ScenarioReader().readStudy(Data(text.utf8), name: "endurance.yaml")
    let opened = try OpenedRun(at: directory, for: RequestedRun(study, overrides: []))
    var runner = try CycleRunner(opened.run.resolved.scenario)
    var reference = opened.run.resolved.scenario
    reference.cycles = min(cycles, Endurance.firstCycles)
    var sink = WatchedStore(
      store: try RunStore(
        opened, state: runner.state, activeMassPerArea: runner.activeMassPerArea, interval: .seconds(5)),
      wanted: Set(marks + [cycles]), reference: reference)
    outcome = try runner.run(into: &sink)
    try sink.store.finish()
    self.marks = sink.marks
  }

  /// What is not as it should be, in words; times are not judged when `memoryOnly`.
  static func problems(_ marks: [Mark], _ outcome: RunOutcome, memoryOnly: Bool = false) -> [String] {
    var problems: [String] = []
    if case .finished = outcome {} else { problems.append("the run ended early: \(outcome.reason)") }
    guard let first = marks.first else { return problems + ["no cycle was looked at"] }
    for mark in marks.dropFirst() {
      let growth = Double(mark.memory) / Double(first.memory) - 1
      if growth > memoryGrowth {
        problems.append("cycle \(mark.cycle): memory grew by \(Int(100 * growth)) %")
      }
      let slowing = mark.ratio / first.ratio - 1
      if slowing > timeGrowth, !memoryOnly {
        problems.append("cycle \(mark.cycle): a cycle takes \(Int(100 * slowing)) % longer")
      }
    }
    return problems
  }
}

/// Writes a run as ever, and looks at the program meanwhile.
private struct WatchedStore: RunSink {
  var store: RunStore
  let wanted: Set<Int>
  let reference: Scenario
  var marks: [Endurance.Mark] = []
  private var clock = CycleClock()
  private var times = Times()
  private var solves: [Int] = []
  private var firstCapacity: Double?

  /// What was measured since the window before a mark began, s.
  private struct Times {
    var piece: [Double] = []
    var cycles: [Double] = []
    var references: [Double] = []
    var ratios: [Double] = []
  }

  init(store: RunStore, wanted: Set<Int>, reference: Scenario) {
    (self.store, self.wanted, self.reference) = (store, wanted, reference)
  }

  mutating func record(_ sample: TimeSample) throws { try store.record(sample) }

  mutating func record(_ cycle: CycleRecord) throws {
    try store.record(cycle)
    let seconds = clock.tick()
    solves = (solves + [cycle.solves]).suffix(Endurance.window)
    firstCapacity = firstCapacity ?? cycle.dischargeCapacity
    guard let mark = wanted.filter({ $0 >= cycle.cycle }).min(), mark < cycle.cycle + Endurance.window else {
      return
    }
    times.piece.append(seconds)
    times.cycles.append(seconds)
    guard times.piece.count == Endurance.piece || cycle.cycle == mark else { return }
    let again = try timeOfFirstCycles()
    times.references.append(again)
    times.ratios.append(median(times.piece) / again)
    times.piece = []
    if cycle.cycle == mark {
      marks.append(
        Endurance.Mark(
          cycle: mark, memory: residentMemory(), seconds: median(times.cycles),
          solves: solves.sorted()[solves.count / 2], reference: median(times.references),
          ratio: median(times.ratios), retention: cycle.dischargeCapacity / (firstCapacity ?? .nan)))
      times = Times()
    }
    clock.start()
  }

  mutating func reach(_ state: RunState) throws { try store.reach(state) }

  private func timeOfFirstCycles() throws -> Double {
    var (runner, sink) = (try CycleRunner(reference), ReferenceSink())
    sink.clock.start()
    _ = try runner.run(into: &sink)
    return median(sink.seconds)
  }
}

/// Keeps nothing but the time of cycles.
private struct ReferenceSink: RunSink {
  var clock = CycleClock()
  var seconds: [Double] = []
  mutating func record(_ sample: TimeSample) {}
  mutating func record(_ cycle: CycleRecord) { seconds.append(clock.tick()) }
}

/// The processor time of one cycle after the other.
private struct CycleClock {
  private var last = processorTime()

  /// Begins a cycle now.
  mutating func start() { last = processorTime() }

  /// Ends a cycle, and begins the next; how long it took, s.
  mutating func tick() -> Double {
    let now = processorTime()
    defer { last = now }
    return now - last
  }
}

/// The upper one of two in the middle; not a number of none.
private func median(_ values: [Double]) -> Double {
  values.isEmpty ? .nan : values.sorted()[values.count / 2]
}

/// Time that all threads of the program have computed, s.
func processorTime() -> Double {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.seconds
}

extension rusage {
  /// Processor time in the program and in the system for it, s.
  var seconds: Double {
    Double(ru_utime.tv_sec + ru_stime.tv_sec) + 1e-6 * Double(ru_utime.tv_usec + ru_stime.tv_usec)
  }
}

/// Memory that the program holds now, bytes; 0 where the system does not tell.
private func residentMemory() -> Int {
  let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
  return (pages.flatMap { $0.count > 1 ? Int($0[1]) : nil } ?? 0) * Int(getpagesize())
}

/// Cycles a small cell for thousands of cycles.
struct EnduranceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "endurance",
    abstract: "Cycle a small cell for thousands of cycles; watch memory, time and solver.",
    discussion: """
      Exits with 1 when memory grows by more than 5 % after cycle 100, the time of a cycle by more than 20 %, or the \
      run ends before its last cycle. Times are held against those of the first cycles, which are run again beside, so \
      that other programs do not count.
      """)

  @Option(help: "How many cycles.")
  var cycles = 5000

  @Option(help: "In how many dimensions: 1D or 2D.")
  var fidelity = "2D"

  @Flag(name: .customLong("memory-only"), help: "Print times, but do not judge by them.")
  var memoryOnly = false

  func validate() throws {
    guard cycles >= Endurance.window else {
      throw ValidationError("--cycles: at least \(Endurance.window) are needed")
    }
    guard ["1D", "2D"].contains(fidelity) else { throw ValidationError("--fidelity: expected 1D or 2D") }
  }

  func run() throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
      "cyclelife-endurance-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    let marks = [100] + Array(stride(from: 1000, to: cycles, by: 1000))
    let endurance = try Endurance(cycles: cycles, fidelity: fidelity, marks: marks, in: directory.path)
    print(Text.marks(endurance.marks))
    print("ended: \(endurance.outcome.reason)")
    let problems = Endurance.problems(endurance.marks, endurance.outcome, memoryOnly: memoryOnly)
    for problem in problems { print(problem) }
    if !problems.isEmpty { throw ExitCode(1) }
  }
}

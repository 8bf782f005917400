import Benchmark
import CellPhysics
import CycleLife
import Foundation

/// A piece of work as a user would ask for it: one run, or several at once.
struct Job: Sendable {
  let name: String
  let scenarios: [Scenario]
  /// How often it is timed.
  let iterations: Int
  /// Whether the error of the mesh is measured too, at several times the cost.
  let hasMeshError: Bool

  /// The capacity of the last discharge of each run, C/m2, and the work of all.
  struct Result: Sendable {
    let capacities: [Double]
    let work: Work

    /// The largest deviation of a capacity from that of a better result, with its sign.
    func deviation(from reference: Result) -> Double {
      zip(capacities, reference.capacities).map { $0 / $1 - 1 }.max { abs($0) < abs($1) } ?? 0
    }
  }

  /// Carries the job out; `change` first alters the parameters of every run.
  func result(_ change: (inout ParameterSet) -> Void = { _ in }) throws -> Result {
    let changed = scenarios.map { scenario in
      var scenario = scenario
      change(&scenario.parameters)
      return scenario
    }
    let threads = ProcessInfo.processInfo.activeProcessorCount
    let runs = try ParallelCases.map(changed.count, jobs: threads) { index in
      var runner = try CycleRunner(changed[index])
      var sink = Sink()
      let outcome = try runner.run(into: &sink)
      guard case .finished = outcome else { throw JobFailure(description: outcome.reason) }
      return sink
    }
    return Result(capacities: runs.map(\.capacity), work: runs.map(\.work).reduce(Work(), +))
  }

  /// The job as a line of the table.
  var benchmark: Case {
    Case(name, settings: [Iterations(iterations), WarmupIterations(0)]) {
      var last: Result?
      return Case.Prepared(
        body: { last = try result() },
        errors: {
          guard let last else { return [] }
          let finer = try result { $0[.relativeTolerance] /= 100 }
          let timeError = ErrorOf(last.deviation(from: finer), "time")
          guard hasMeshError else { return [timeError] }
          let twin = try result { $0 = $0.withHalfTheCellWidth }
          return [timeError, ErrorOf(last.deviation(from: twin), "mesh")]
        }, work: { last?.work })
    }
  }

  private struct Sink: RunSink {
    var capacity = 0.0
    var work = Work()
    mutating func record(_ sample: TimeSample) {}
    mutating func record(_ cycle: CycleRecord) {
      capacity = cycle.dischargeCapacity
      work =
        work
        + Work(
          steps: cycle.timeSteps, newtonIterations: cycle.newtonIterations,
          factorizations: cycle.factorizations, solves: cycle.solves)
    }
  }
}

/// A job that could not be carried out to its end.
struct JobFailure: Error, CustomStringConvertible {
  let description: String
}

extension Job {
  /// All jobs, in the order of the table.
  static let all = [
    Job(
      name: "discharge at 1C",
      scenarios: [
        scenario([step(.discharge)], stressFree: .uniform(chargedContent)) {
          $0[.initialContent] = chargedContent
        }
      ], iterations: 5, hasMeshError: true),
    Job(name: "one cycle", scenarios: [scenario()], iterations: 5, hasMeshError: true),
    Job(name: "ten cycles", scenarios: [scenario(cycles: 10)], iterations: 1, hasMeshError: false),
    Job(
      name: "ten cycles in 1D", scenarios: [scenario(cycles: 10, fidelity: .oneDimensional)], iterations: 1,
      hasMeshError: false),
    Job(
      name: "ensemble of 4", scenarios: (1...4).map { scenario(seed: $0) }, iterations: 1, hasMeshError: false
    ),
  ]

  /// Content of the charged cathode from which the validation discharges.
  static let chargedContent = 0.5366

  enum Step { case charge, hold, discharge }

  /// A step of the default protocol; potentials are against Li.
  static func step(_ step: Step) -> ProtocolStep {
    let p = ParameterSet.defaults
    let current = p[.nominalCapacity] / 3600
    let (high, low) = (4.03 - p[.counterPotential], 3.544 - p[.counterPotential])
    return switch step {
    case .charge: ProtocolStep(control: .current(current), limits: [.voltage(high)], text: "charge")
    case .hold: ProtocolStep(control: .voltage(high), limits: [.current(current / 10)], text: "hold")
    case .discharge: ProtocolStep(control: .current(-current), limits: [.voltage(low)], text: "discharge")
    }
  }

  /// The default cell.
  static func scenario(
    _ steps: [ProtocolStep] = [step(.charge), step(.hold), step(.discharge)], cycles: Int = 1,
    seed: UInt64 = 1, fidelity: Fidelity = .twoDimensional, stressFree: StressFreeState = .endOfFirstCharge,
    _ change: (inout ParameterSet) -> Void = { _ in }
  ) -> Scenario {
    var p = ParameterSet.defaults
    change(&p)
    return Scenario(
      parameters: p, fidelity: fidelity, stressFreeState: stressFree, protocolSteps: steps, cycles: cycles,
      seed: seed)
  }
}

import CycleLife
import Foundation
import Numerics

/// The model of a fit: the ensemble of one scenario with other values of the fitted parameters.
///
/// The seeds are the same at all values, so that two ensembles differ by the parameters and not by what is drawn.
struct FadeEnsemble: Sendable {
  /// The runs of an ensemble; those whose solver failed are left out of the statistics.
  struct Runs: Sendable {
    var all: [FadeFitRun]

    /// The capacity over the runs in a cycle, C/kg; a cell that ended before delivers nothing.
    func capacity(cycle: Int) -> SampleSummary? { SampleSummary(capacities(cycle: cycle)) }

    private func capacities(cycle: Int) -> [Double] {
      all.compactMap(\.capacities).map { $0.count < cycle ? 0 : $0[cycle - 1] }
    }

    /// The correlations of the errors of the medians in `cycles`: the same sections make all of them.
    func correlations(_ cycles: [Int]) -> DenseMatrix {
      MedianCorrelation.matrix(cycles.map { capacities(cycle: $0) })
    }

    /// The medians in `cycles` with their standard errors; nil when the solver failed in all runs.
    func prediction(_ cycles: [Int]) -> FadePrediction? {
      let summaries = cycles.compactMap { capacity(cycle: $0) }
      guard summaries.count == cycles.count else { return nil }
      return FadePrediction(
        medians: summaries.map(\.median), standardErrors: summaries.map { $0.standardError ?? 0 })
    }

    /// Runs in the statistics, and how the first of the others failed.
    var count: Int { all.count { $0.capacities != nil } }
    var failure: (seed: UInt64, outcome: String)? {
      all.first { $0.capacities == nil }.map { ($0.key.seed, $0.outcome) }
    }
  }

  let request: FadeFitRequest
  let journal: FadeFitJournal
  let jobs: Int
  let stop: StopRequest

  /// The ensembles at several values of the parameters, all runs as one pool; what the journal holds is not run.
  ///
  /// - Parameter finished: told how many of how many runs are done, before the first and after each.
  func runs(
    at values: [[Double]], cycles: Int, finished: @Sendable (_ done: Int, _ all: Int, _ isFirst: Bool) -> Void
  )
    throws -> [Runs]
  {
    let scenario = request.start.scenario
    let keys = values.map { values in
      (0..<request.start.replicates).map {
        FadeFitRun.Key(parameters: values, seed: scenario.seed &+ UInt64($0), cycles: cycles)
      }
    }
    let work = keys.joined().filter { journal.run($0) == nil }
    let all = values.count * request.start.replicates
    if !work.isEmpty { finished(all - work.count, all, true) }
    let done = Locked(all - work.count)
    _ = try ParallelCases.map(
      work.count, jobs: jobs,
      finished: { _, _ in
        done.withLock { done in
          done += 1
          finished(done, all, false)
        }
      }
    ) { place in
      try stop.check()
      try journal.append(try run(work[place]))
    }
    return keys.map { Runs(all: $0.compactMap { journal.run($0) }) }
  }

  private func run(_ key: FadeFitRun.Key) throws -> FadeFitRun {
    var scenario = request.start.scenario
    for (parameter, value) in zip(request.parameters, key.parameters) {
      scenario.parameters[parameter.parameter] = value
    }
    scenario.seed = key.seed
    scenario.cycles = key.cycles
    let start = ContinuousClock.now
    func ended(_ capacities: [Double]?, _ outcome: String) -> FadeFitRun {
      FadeFitRun(
        key: key, capacities: capacities, outcome: outcome,
        seconds: (ContinuousClock.now - start) / .seconds(1))
    }
    do {
      let result = try CaseResult(
        running: scenario, keepingField: false, keepingTrajectory: true, stop: stop)
      return ended(result.trajectory?.capacity ?? [], result.outcome)
    } catch let interruption as RunInterrupted {
      throw interruption
    } catch {
      return ended(nil, oneLine("\(error)", limit: 300))
    }
  }
}

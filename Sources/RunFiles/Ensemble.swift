import Numerics

/// What the replicates of a case show together, in SI units.
///
/// A replicate whose cell could no longer follow its protocol delivers nothing afterwards, and counts with a
/// capacity of 0 in the later cycles: a median of the survivors alone would rise as cells end. Its contact and
/// cracks stay as they were. A replicate in which the solver failed says nothing and is left out.
public struct Ensemble: Sendable {
  /// The statistics of one cycle.
  public struct Cycle: Sendable {
    /// The case and its label.
    let number: Int
    let label: String
    /// The number of the cycle, from 1.
    public let cycle: Int
    /// Discharge capacity, C/kg, and its share of the first cycle's.
    public let capacity: SampleSummary?
    public let retention: SampleSummary?
    public let contactFraction: SampleSummary?
    /// Total length of the cracks, m.
    public let crackLength: SampleSummary?
    /// Sum of the squared half-lengths over the area, projected on the collector.
    public let crackDensityParallel: SampleSummary?
    /// Runs in the statistics, and those whose cell still followed the protocol in this cycle.
    public let runs: Int
    public let cycling: Int
  }

  /// Runs in the statistics.
  public let runs: Int
  /// Runs in which the solver failed, and the first of them.
  let failures: Int
  let firstFailure: (seed: UInt64, outcome: String)?
  /// Discharge capacity of the last cycle, C/kg, and its share of the first cycle's.
  let capacity: SampleSummary?
  let retention: SampleSummary?
  /// Cycles until the capacity has fallen to 80 % of the first; infinite in runs in which it never did.
  let cyclesToEighty: SampleSummary?
  /// Capacity less that of the first case with the same seed, C/kg; nil without common seeds.
  let change: SampleSummary?
  public let cycles: [Cycle]
  /// The runs in the statistics, with their seeds in ascending order.
  let members: [(seed: UInt64, result: CaseResult)]

  /// The statistics over `replicates` of a case; `reference` is what the first case delivered with each seed.
  init(_ replicates: [StudyRow], against reference: [UInt64: Double]) {
    members = replicates.compactMap { row in row.result.map { (row.seed, $0) } }
    let results = members.map(\.result)
    runs = results.count
    failures = replicates.count - results.count
    firstFailure = replicates.first(where: \.hasFailed).map { ($0.seed, $0.outcome) }
    capacity = SampleSummary(results.map(\.deliveredCapacity))
    retention = SampleSummary(results.map { share($0.deliveredCapacity, of: $0.firstCapacity) })
    cyclesToEighty = SampleSummary(results.map { $0.cyclesToEighty ?? .infinity })
    change = SampleSummary(
      replicates.compactMap { row in
        guard let result = row.result, let first = reference[row.seed] else { return nil }
        return result.deliveredCapacity - first
      })
    let number = replicates.first?.number ?? 0
    let label = replicates.first?.label ?? ""
    let last = results.map(\.cyclesRequested).max() ?? 0
    cycles = (0..<last).map { index in
      let delivered = results.map { result in
        result.trajectory.map { index < $0.capacity.count ? $0.capacity[index] : 0 } ?? .nan
      }
      func summary(_ values: (CaseResult.Trajectory) -> [Double]) -> SampleSummary? {
        SampleSummary(
          results.map { result in
            guard let values = result.trajectory.map(values), let end = values.last else { return .nan }
            return index < values.count ? values[index] : end
          })
      }
      return Cycle(
        number: number, label: label, cycle: index + 1, capacity: SampleSummary(delivered),
        retention: SampleSummary(zip(delivered, results).map { share($0, of: $1.firstCapacity) }),
        contactFraction: summary(\.contactFraction), crackLength: summary(\.crackLength),
        crackDensityParallel: summary(\.crackDensityParallel), runs: results.count,
        cycling: results.count { index < $0.cyclesFollowed })
    }
  }
}

/// A capacity over the first; a cell that never delivered anything has kept nothing.
private func share(_ capacity: Double, of first: Double) -> Double { first > 0 ? capacity / first : 0 }

extension StudyRow {
  /// The medians over `replicates` of a case, of which there is at least one, with their statistics.
  ///
  /// `reference` is what the first case delivered with each seed, C/kg.
  init(mediansOf replicates: [StudyRow], against reference: [UInt64: Double]) {
    let first = replicates[0]
    let results = replicates.compactMap(\.result)
    outcome = StudyRow.outcome(of: replicates)
    number = first.number
    label = first.label
    varied = first.varied
    seed = first.seed
    ensemble = Ensemble(replicates, against: reference)
    guard !results.isEmpty else {
      result = nil
      return
    }
    var medians = CaseResult(mediansOf: results, outcome: outcome)
    // Pictures show one cell.
    medians.field = first.result?.field
    result = medians
  }

  /// How the runs of a case ended: in what all share, or how many went to the end and how the first other did not.
  private static func outcome(of replicates: [StudyRow]) -> String {
    let outcomes = replicates.map(\.outcome)
    if Set(outcomes).count == 1 { return outcomes[0] }
    func isDone(_ row: StudyRow) -> Bool {
      row.result.map { $0.cyclesFollowed == $0.cyclesRequested } ?? false
    }
    let done = replicates.count(where: isDone)
    let other = replicates.first { !isDone($0) }.map { "; seed \($0.seed): \($0.outcome)" } ?? ""
    return "\(done) of \(replicates.count) runs did all cycles\(other)"
  }
}

extension Ensemble {
  /// The columns that `results.csv` has for replicates alone.
  static func columns(changes: Bool) -> [(String, Table<StudyRow>.Content)] {
    typealias Content = Table<StudyRow>.Content
    func capacity(_ value: @escaping @Sendable (SampleSummary) -> Double?) -> Content {
      .optional { $0.ensemble?.capacity.flatMap(value) }
    }
    func lifetime(_ value: @escaping @Sendable (SampleSummary) -> Double) -> Content {
      .optional { $0.ensemble?.cyclesToEighty.map(value).flatMap { $0.isFinite ? $0 : nil } }
    }
    func change(_ value: @escaping @Sendable (SampleSummary) -> Double?) -> Content {
      // The change of the first case against itself says nothing.
      .optional { $0.number == 1 ? nil : $0.ensemble?.change.flatMap(value) }
    }
    let name = "Discharge Capacity"
    let own: [(String, Content)] = [
      ("\(name) 10th Percentile / mAh g-1", capacity(\.lower)),
      ("\(name) 90th Percentile / mAh g-1", capacity(\.upper)),
      ("\(name) Standard Error of Median / mAh g-1", capacity(\.standardError)),
      ("Cycles to 80 % 10th Percentile / 1", lifetime(\.lower)),
      ("Cycles to 80 % 90th Percentile / 1", lifetime(\.upper)),
      ("Replicates / 1", .count { $0.ensemble?.runs ?? 0 }),
      ("Failed Replicates / 1", .count { $0.ensemble?.failures ?? 0 }),
    ]
    guard changes else { return own }
    return own + [
      ("Median Paired Change against Case 1 / mAh g-1", change(\.median)),
      ("Median Paired Change Standard Error / mAh g-1", change(\.standardError)),
      ("Paired Replicates / 1", .count { $0.number == 1 ? 0 : $0.ensemble?.change?.count ?? 0 }),
    ]
  }
}

extension Table<Ensemble.Cycle> {
  /// The columns of `trajectories.csv`.
  static let trajectories: Table = {
    func statistics(_ name: String, _ unit: String, _ value: @escaping @Sendable (Row) -> SampleSummary?)
      -> [(String, Content)]
    {
      [
        ("\(name) / \(unit)", .optional { value($0)?.median }),
        ("\(name) 10th Percentile / \(unit)", .optional { value($0)?.lower }),
        ("\(name) 90th Percentile / \(unit)", .optional { value($0)?.upper }),
        ("\(name) Standard Error of Median / \(unit)", .optional { value($0)?.standardError }),
      ]
    }
    let names: [(String, Content)] = [
      ("Case Number / 1", .count { $0.number }), ("Case / 1", .text { $0.label }),
      ("Cycle Count / 1", .count { $0.cycle }),
    ]
    let counts: [(String, Content)] = [
      ("Replicates / 1", .count { $0.runs }), ("Cycling Replicates / 1", .count { $0.cycling }),
    ]
    return Table(
      names + statistics("Discharge Capacity", "mAh g-1") { $0.capacity }
        + statistics("Retention", "1") { $0.retention }
        + statistics("Contact Fraction", "1") { $0.contactFraction }
        + statistics("Crack Length", "um") { $0.crackLength }
        + statistics("Crack Density Parallel", "1") { $0.crackDensityParallel } + counts)
  }()
}

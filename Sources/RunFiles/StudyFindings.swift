import CellPhysics
import CycleLife
import Foundation
import Numerics

/// Where more of a quantity no longer gains, judged seed by seed.
struct Saturation: Equatable {
  /// The place of the lowest value from which no higher one gains.
  let place: Int
  /// The higher value that gains most over it, with the median gain and its standard error; nil for the highest.
  let best: Gain?

  struct Gain: Equatable {
    let place: Int
    let median: Double
    let standardError: Double

    /// Nil when the two values share fewer than two seeds.
    init?(_ measures: [[UInt64: Double]], _ higher: Int, over lower: Int) {
      let differences = measures[higher].compactMap { seed, value in measures[lower][seed].map { value - $0 }
      }
      guard let summary = SampleSummary(differences), let error = summary.standardError else { return nil }
      (place, median, standardError) = (higher, summary.median, error)
    }
  }

  /// Judges a measure of which more is better, for ascending values of a quantity, by seed.
  ///
  /// A value gains over another when the median of the differences between runs with the same seed exceeds twice
  /// its standard error (``SampleSummary/standardError``). Nil when two values share fewer than two seeds.
  init?(_ measures: [[UInt64: Double]]) {
    // What is less is round-off of the solver.
    let least = 1e-9 * (measures.joined().map { abs($0.value) }.max() ?? 0)
    for place in measures.indices {
      var best: Gain?
      var isSettled = true
      for higher in measures.indices where higher > place {
        guard let gain = Gain(measures, higher, over: place) else { return nil }
        if best.map({ gain.median > $0.median }) ?? true { best = gain }
        if gain.median > max(2 * gain.standardError, least) { isSettled = false }
      }
      if isSettled {
        (self.place, self.best) = (place, best)
        return
      }
    }
    return nil
  }
}

/// What a study over one parameter shows, seed by seed, up to the last cycle that all its runs were asked for.
struct ParameterTrend {
  /// The parameter, and the places of its values in the tables.
  let parameter: Parameter
  private let rows: [StudyRow]
  /// Ascending, in SI units.
  let values: [Double]
  let lastCycle: Int

  /// Nil for a study that is no ensemble over the values of one parameter.
  init?(_ run: StudyRun, _ rows: [StudyRow]) {
    guard run.replicates > 1, run.study.axes.count == 1, run.study.axes[0].name == nil,
      case .key(.parameter(let parameter)) = run.study.axes[0].keys.first,
      !run.study.cases.contains(where: \.isNamed), rows.count > 1, !rows.contains(where: \.hasFailed)
    else { return nil }
    self.parameter = parameter
    let place = run.varied.firstIndex { $0.key == .key(.parameter(parameter)) } ?? 0
    let pairs = rows.map { row in
      (row, Double(row.varied[place]).map { parameter.entry.unit.toSI($0) } ?? .nan)
    }
    .sorted { $0.1 < $1.1 }
    (self.rows, values) = (pairs.map(\.0), pairs.map(\.1))
    lastCycle = rows.flatMap(\.runs).map(\.result.cyclesRequested).min() ?? 1
  }

  /// What each case gives by seed; runs that give nothing are left out.
  func bySeed(_ value: (CaseResult) -> Double?) -> [[UInt64: Double]] {
    rows.map { row in
      Dictionary(
        uniqueKeysWithValues: row.runs.compactMap { seed, result in
          value(result).flatMap { $0.isFinite ? (seed, $0) : nil }
        })
    }
  }

  /// The lines that a study prints.
  var findings: [String] {
    [saturation].compactMap(\.self) + (parameter == .stackPressure ? pressurePlausibility : [])
  }

  private func text(_ place: Int) -> String { QuantityText.text(values[place], parameter.entry.unit) }

  private var saturation: String? {
    let lives = bySeed(\.cyclesToEighty)
    let isComplete = zip(lives, rows).allSatisfy { $0.count == $1.runs.count }
    let capacity = Unit("mAh/g")!
    let measures = isComplete ? lives : bySeed { $0.capacity(cycle: lastCycle).map { capacity.fromSI($0) } }
    guard let found = Saturation(measures) else { return nil }
    let measure = isComplete ? "cycles to 80 %" : "capacity of cycle \(lastCycle)"
    func gain(_ gain: Saturation.Gain, over place: Int) -> String {
      let number = String(format: "%+.2g ± %.2g", gain.median, gain.standardError)
      return "\(number)\(isComplete ? " cycles" : " mAh/g") from \(text(place)) to \(text(gain.place))"
    }
    guard let best = found.best else {
      return Saturation.Gain(measures, found.place, over: found.place - 1).map {
        "\(parameter.rawValue): no further gain beyond: none in range (\(measure): "
          + "\(gain($0, over: found.place - 1)))"
      }
    }
    return "\(parameter.rawValue): no further gain beyond \(text(found.place))"
      + " (\(measure): at most \(gain(best, over: found.place)), not above twice the standard error)"
  }
}

// MARK: - Pressure

extension ParameterTrend {
  private var pressurePlausibility: [String] {
    guard lastCycle > 1 else { return [] }
    return [lossRatioText, exponentText].compactMap(\.self)
  }

  /// Capacity lost at 2 MPa over that lost at 30 MPa, with its standard error.
  ///
  /// Losses between studied pressures are interpolated linearly in the logarithm of the pressure. The ratio is that
  /// of the medians; its error is that of the median of (loss at 2 MPa - ratio x loss at 30 MPa) over the seeds.
  var lossRatio: (value: Double, standardError: Double)? {
    let losses = bySeed { result in result.capacity(cycle: lastCycle).map { result.firstCapacity - $0 } }
    guard let low = interpolated(losses, at: 2e6), let high = interpolated(losses, at: 30e6) else {
      return nil
    }
    let seeds = low.keys.filter { high[$0] != nil }.sorted()
    guard let lowMedian = SampleSummary(seeds.map { low[$0]! })?.median,
      let highMedian = SampleSummary(seeds.map { high[$0]! })?.median, highMedian > 0
    else { return nil }
    let ratio = lowMedian / highMedian
    let error = SampleSummary(seeds.map { low[$0]! - ratio * high[$0]! })?.standardError
    return error.map { (ratio, $0 / highMedian) }
  }

  /// The values at a pressure by seed; nil outside the studied range.
  private func interpolated(_ measures: [[UInt64: Double]], at pressure: Double) -> [UInt64: Double]? {
    guard let above = values.firstIndex(where: { $0 >= pressure * (1 - 1e-12) }) else { return nil }
    if values[above] <= pressure * (1 + 1e-12) { return measures[above] }
    guard above > 0, values[above - 1] > 0 else { return nil }
    let share = log(pressure / values[above - 1]) / log(values[above] / values[above - 1])
    return measures[above - 1].reduce(into: [:]) { found, entry in
      if let high = measures[above][entry.key] {
        found[entry.key] = entry.value + share * (high - entry.value)
      }
    }
  }

  private var lossRatioText: String? {
    guard let ratio = lossRatio else { return nil }
    let place = Self.place(ratio.value, 2 * ratio.standardError, of: 1.5...4)
    return String(
      format:
        "loss of capacity by cycle %d at 2 MPa over that at 30 MPa: %.2f ± %.2f, %@ the 1.5 to 4 of NCM in "
        + "Li6PS5Cl (Zhou et al., ACS Energy Lett. 2025, second hand)", lastCycle, ratio.value,
      ratio.standardError, place)
  }

  /// The exponent of the pressure in the resistance of the interface, median over the seeds, with its error.
  ///
  /// Charge transfer and interphase act on true area in contact, so that their resistance per area of the cell goes
  /// as 1 / contact fraction. The exponent is the slope of -ln(contact) against ln(pressure), by least squares for
  /// each seed; damage differs between the pressures as the run made it.
  var resistanceExponent: (value: Double, standardError: Double)? {
    let contacts = bySeed { $0.contactFraction(cycle: lastCycle) }
    let places = values.indices.filter { values[$0] > 0 }
    let slopes = contacts[places.first ?? 0].keys.sorted().compactMap { seed -> Double? in
      let points = places.compactMap { place in
        contacts[place][seed].flatMap { $0 > 0 ? (x: log(values[place]), y: -log($0)) : nil }
      }
      guard points.count == places.count, points.count > 1 else { return nil }
      let (x, y) = (points.map(\.x).mean, points.map(\.y).mean)
      let square = points.reduce(0) { $0 + ($1.x - x) * ($1.x - x) }
      return points.reduce(0) { $0 + ($1.x - x) * ($1.y - y) } / square
    }
    guard let summary = SampleSummary(slopes), let error = summary.standardError else { return nil }
    return (summary.median, error)
  }

  private var exponentText: String? {
    guard let exponent = resistanceExponent else { return nil }
    let contacts = bySeed { $0.contactFraction(cycle: lastCycle) }.compactMap {
      SampleSummary($0.values)?.median
    }
    guard let lowest = contacts.first, let highest = contacts.last else { return nil }
    let place = Self.place(exponent.value, 2 * exponent.standardError, of: -0.55...(-0.45))
    let reason =
      place == "compatible with"
      ? ""
      : "; the model does not show it: only what is debonded feels the pressure, and what is bonded stays"
    return String(
      format:
        "resistance of the interface in cycle %d goes as pressure to the %.3f ± %.3f (contact %.3f to %.3f), "
        + "%@ the about -0.5 of pressed Li6PS5Cl contacts (arXiv 2501.00600)%@", lastCycle, exponent.value,
      exponent.standardError, lowest, highest, place, reason)
  }

  /// Where a value with a margin stands to a range.
  private static func place(_ value: Double, _ margin: Double, of range: ClosedRange<Double>) -> String {
    value + margin < range.lowerBound
      ? "below" : value - margin > range.upperBound ? "above" : "compatible with"
  }
}

extension [Double] {
  fileprivate var mean: Double { reduce(0, +) / Double(count) }
}

// MARK: - All findings

extension StudyRun {
  /// What the rows say in words, beyond the tables.
  public func findings(_ rows: [StudyRow]) -> [String] {
    (ParameterTrend(self, rows)?.findings ?? []) + hotspotFindings(rows)
  }

  /// The peaks at equal delivered capacity with their commonest site, case by case, and where the strongest are.
  private func hotspotFindings(_ rows: [StudyRow]) -> [String] {
    let records = rows.flatMap { row in
      row.runs.flatMap { run in (run.result.hotspots ?? []).map { (row: row, record: $0) } }
    }
    guard let last = records.map(\.record.cycle).max() else { return [] }
    let capacities = Set(records.compactMap(\.record.moment.deliveredCapacity)).sorted()
    let lines = capacities.map { capacity -> String in
      let cases = rows.map { row -> String in
        let found = records.filter {
          $0.row.number == row.number && $0.record.cycle == last && $0.record.moment == .delivered(capacity)
        }
        let strongest = found.compactMap(\.record.places.first)
        guard let peak = SampleSummary(strongest.map(\.stress))?.median else {
          return "\(row.label) not delivered"
        }
        let sites = Dictionary(grouping: strongest, by: \.site.rawValue).mapValues(\.count)
        let site = sites.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
        return String(format: "%@ %.0f MPa (%@)", row.label, Unit("MPa")!.fromSI(peak), site)
      }
      return
        "peak tensile stress at \(QuantityText.text(capacity, Unit("mAh/g")!)) delivered in cycle \(last): "
        + cases.joined(separator: ", ")
    }
    // At the end of a charge that leaves no stress the strongest places are none.
    let counted = records.map(\.record).filter { capacities.isEmpty || $0.moment.deliveredCapacity != nil }
    return lines + (counted.isEmpty ? [] : [defectShare(counted)])
  }

  /// How many of the strongest places lie at defects, beside how many would by chance.
  private func defectShare(_ records: [HotspotRecord]) -> String {
    let places = records.reduce(0) { $0 + $1.places.count }
    let atDefects = records.reduce(0) { $0 + $1.places.count { $0.site.isDefect } }
    let area = records.reduce(0) { $0 + $1.defectShare } / Double(max(records.count, 1))
    return String(
      format:
        "%.0f %% of the %d strongest places of each of %d moments lie at tips of cracks, pores or edges of lost "
        + "contact, as does %.0f %% of the section", 100 * Double(atDefects) / Double(max(places, 1)),
      HotspotRecord.count, records.count, 100 * area)
  }
}

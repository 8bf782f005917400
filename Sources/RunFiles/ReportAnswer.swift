import Foundation

/// What a report says in words, with the numbers of its table.
extension Report {
  /// The question that the runs were made for, as far as they tell.
  var question: String {
    if runs.count > 1 {
      // How long, how often and what was recorded is no part of the question where there is another.
      let own = differences.filter { !$0.key.hasPrefix("run.") }
      let names = (own.isEmpty ? differences : own).map(\.name)
      guard (1...3).contains(names.count) else { return "What do the differences between these runs change?" }
      return "What does a change of \(Report.listed(names)) do to the cell?"
    }
    let run = runs[0]
    if run.widest != nil { return "Which of these inputs moves the fade of the cell most?" }
    if run.cases.count > 1, !run.varied.isEmpty {
      let names = run.varied.map { $0.split(separator: ".").last.map(String.init) ?? $0 }
      let subject = "\(names.count == 1 ? "does" : "do") \(Report.listed(names))"
      return "What \(subject) do to the \(lastCycle > 1 ? "fade" : "capacity") of the cell?"
    }
    let spread = run.cases[0].runs > 1 ? ", and how far do sections differ" : ""
    return lastCycle > 1
      ? "How does the capacity of this cell fade over \(lastCycle) cycles\(spread)?"
      : "What does this cell deliver\(spread)?"
  }

  /// The answer in sentences.
  var answer: [String] {
    let ranked = self.ranked
    guard let best = ranked.first, let worst = ranked.last else {
      return ["No run gave a result: \(entries.first?.reported.outcome ?? "")."]
    }
    if ranked.count == 1 { return single(best) }
    let failed = entries.count - ranked.count
    let failures = failed > 0 ? ["\(failed) of \(entries.count) cases gave no result."] : []
    return comparison(best, worst, of: ranked.count) + [certainty(best, worst)] + failures
  }

  /// The cases that gave a result, best first: by cycles to 80 % where any got there, else by what they kept.
  private var ranked: [Entry] {
    let cases = entries.filter { $0.reported.point(lastCycle) != nil || $0.reported.last != nil }
    let isAged = cases.contains { $0.reported.eighty?.value.isFinite == true }
    func rank(_ entry: Entry) -> (Double, Double) {
      let point = entry.reported.point(lastCycle) ?? entry.reported.last
      let kept = lastCycle > 1 ? point?.retention?.value : nil
      return (isAged ? entry.reported.eighty?.value ?? 0 : 0, kept ?? point?.capacity.value ?? 0)
    }
    return cases.enumerated().sorted { left, right in
      let (a, b) = (rank(left.element), rank(right.element))
      return a == b ? left.offset < right.offset : a > b
    }.map(\.element)
  }

  private func single(_ entry: Entry) -> [String] {
    let reported = entry.reported
    let subject = reported.runs > 1 ? "The median of \(reported.runs) sections" : "The cell"
    guard lastCycle > 1, let point = reported.point(lastCycle), let first = reported.first else {
      let capacity = (reported.point(lastCycle) ?? reported.last)?.capacity
      return ["\(subject) delivers \(capacity?.text ?? "nothing")\u{A0}mAh/g in the discharge of cycle 1."]
        + spread(reported, capacity)
    }
    guard point.capacity.value > 0 else {
      return [
        "\(subject) delivers nothing in cycle \(lastCycle), after \(first.text)\u{A0}mAh/g in the first: "
          + "\(reported.outcome)."
      ]
    }
    let kept =
      point.retention.map { ", \($0.text)\u{A0}% of the \(first.text)\u{A0}mAh/g of its first discharge" }
      ?? ""
    let life =
      reported.eighty.map { eighty in
        eighty.value.isFinite
          ? "It falls to 80 % of that after \(eighty.text) cycles."
          : "It takes \(eighty.text) cycles to fall to 80 % of that."
      } ?? ""
    return ["\(subject) delivers \(point.capacity.text)\u{A0}mAh/g after \(lastCycle) cycles\(kept). \(life)"]
      + spread(reported, point.capacity)
  }

  /// How sure the number of a single case is.
  private func spread(_ reported: ReportedCase, _ capacity: Estimate?) -> [String] {
    if let band = capacity?.bandText {
      return [
        "Between sections it varies: the middle 80 % of them lie at \(band)\u{A0}mAh/g. Errors are standard errors of the median."
      ]
    }
    let mesh = runs[0].meshError.map {
      String(
        format: " A mesh of half the cell width moves the capacity of cycle \($0.cycle) by %.2g %%.",
        100 * abs($0.share))
    }
    guard runs[0].hasSections else {
      return ["Nothing of a composite is drawn at random: another seed gives the same numbers.\(mesh ?? "")"]
    }
    return [
      "This is one section, drawn at random: how far another would differ it cannot say; run.replicates makes an "
        + "ensemble.\(mesh ?? "")"
    ]
  }

  private func comparison(_ best: Entry, _ worst: Entry, of count: Int) -> [String] {
    func capacity(_ entry: Entry) -> String {
      (entry.reported.point(lastCycle) ?? entry.reported.last)?.capacity.text ?? "nothing"
    }
    guard lastCycle > 1 else {
      return [
        "Of \(count) cases, '\(best.label)' delivers most, \(capacity(best))\u{A0}mAh/g, and '\(worst.label)' least, "
          + "\(capacity(worst))\u{A0}mAh/g."
      ]
    }
    func retention(_ entry: Entry) -> String {
      entry.reported.point(lastCycle)?.retention.map { " (\($0.text)\u{A0}% of its first discharge)" } ?? ""
    }
    let after =
      "After \(lastCycle) cycles they deliver \(capacity(best))\u{A0}mAh/g\(retention(best)) and "
      + "\(capacity(worst))\u{A0}mAh/g\(retention(worst))."
    guard let long = best.reported.eighty, let short = worst.reported.eighty, short.value.isFinite else {
      return [
        "Of \(count) cases, '\(best.label)' keeps most of its capacity and '\(worst.label)' least. \(after)"
      ]
    }
    return [
      "Of \(count) cases, '\(best.label)' lasts longest, \(long.text) cycles to 80 % of its first discharge, and "
        + "'\(worst.label)' shortest, \(short.text) cycles. \(after)"
    ]
  }

  /// Whether the two differ by more than chance.
  private func certainty(_ best: Entry, _ worst: Entry) -> String {
    func capacity(_ entry: Entry) -> Estimate? {
      (entry.reported.point(lastCycle) ?? entry.reported.last)?.capacity
    }
    guard let high = capacity(best), let low = capacity(worst), let one = high.standardError,
      let other = low.standardError
    else {
      guard runs.contains(where: \.hasSections) else {
        return "Nothing of a composite is drawn at random, so that these differences are all the model's."
      }
      return
        "A case of a single section cannot say whether a difference exceeds that between sections; run.replicates "
        + "makes ensembles."
    }
    let difference = Estimate(
      high.value - low.value, standardError: (one * one + other * other).squareRoot())
    let isClear = abs(difference.value) > 2 * (difference.standardError ?? 0)
    return
      "These capacities differ by \(difference.text)\u{A0}mAh/g, \(isClear ? "more" : "no more") than twice the standard "
      + "error. That takes sections as independent, which is cautious where both cases have the same ones."
  }

  /// `a`, `a and b`, `a, b and c`.
  private static func listed(_ names: [String]) -> String {
    names.count < 2 ? names.joined() : names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
  }
}

// MARK: - What differs

extension Report {
  /// A value that is not the same in all runs.
  struct Difference: Equatable {
    var key: String
    /// The value of each run with its unit; nil where the run has no such key.
    var values: [String?]

    /// The last part of the key.
    var name: String { key.split(separator: ".").last.map(String.init) ?? key }
  }

  /// All values but the title that are not the same in all runs, in the order in which scenarios are printed.
  static func differences(_ runs: [ReportedRun]) -> [Difference] {
    guard runs.count > 1 else { return [] }
    let values = runs.map { run in
      Dictionary(
        run.manifest.scenario.map { row in
          (row.key, row.value + (["", "1"].contains(row.unit) ? "" : " \(row.unit)"))
        } + [(ScenarioKey.protocolSteps.path, run.manifest.protocolSteps.joined(separator: "; "))],
        uniquingKeysWith: { first, _ in first })
    }
    let known = ScenarioKey.all.map(\.path)
    let others = Set(values.flatMap(\.keys)).subtracting(known).sorted()
    return (known + others).filter { $0 != ScenarioKey.title.path }.compactMap { key in
      let each = values.map { $0[key] }
      return Set(each).count > 1 ? Difference(key: key, values: each) : nil
    }
  }
}

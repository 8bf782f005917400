import CellPhysics

/// The inputs of degradation and mechanics that fade rests on and nobody measured, in the order of their sections.
struct FadeInputs {
  /// Fitted, or set by hand until results agreed.
  let calibrated: [ResolvedScenario.Row]
  let assumed: [ResolvedScenario.Row]

  /// Without effect within reason.
  private static let inert: Set<Parameter> = [.foilStiffness, .electrolyteDepth]

  /// Looks through the values of a scenario; nil for a single cycle, which has no fade, or when there is none.
  init?(_ rows: [ResolvedScenario.Row], cycles: Int) {
    guard cycles > 1 else { return nil }
    let sections = ["degradation.", "mechanics."].flatMap { section in
      rows.filter { row in
        row.key.hasPrefix(section) && !(Parameter(rawValue: row.key).map(Self.inert.contains) ?? false)
      }
    }
    calibrated = sections.filter { $0.provenance == .calibrated }
    assumed = sections.filter { $0.provenance == .assumed }
    if calibrated.isEmpty, assumed.isEmpty { return nil }
  }

  /// One or two lines that name them.
  var line: String {
    func names(_ rows: some Sequence<ResolvedScenario.Row>) -> String {
      rows.map { $0.key.split(separator: ".").last.map(String.init) ?? $0.key }.joined(separator: ", ")
    }
    func line(_ shown: Int) -> String {
      let left = assumed.count - shown
      let chosen =
        assumed.isEmpty
        ? nil
        : "\(assumed.count) assumed inputs (" + names(assumed.prefix(shown))
          + (left > 0 ? " and \(left) more, see 'check')" : ")")
      let fitted = calibrated.isEmpty ? nil : "\(calibrated.count) calibrated (" + names(calibrated) + ")"
      return "fade rests on " + [chosen, fitted].compactMap(\.self).joined(separator: " and ")
        + "; scenarios/sensitivity.yaml shows what they move"
    }
    // As many names as two lines of a terminal hold.
    let shown = (1...max(assumed.count, 1)).last { line($0).count <= 2 * 115 } ?? 1
    return line(min(shown, assumed.count))
  }
}

/// A study as text for its reader.
extension Study {
  /// The cases, one on a line: number, label and what is set.
  public var list: [String] {
    cases.map { study in
      "\(study.number): \(study.label)" + (study.values.isEmpty ? "" : "  [\(study.values)]")
    }
  }

  /// The base scenario and what makes cases of it, as a file that gives the same study.
  ///
  /// Comments list the cases. A plain scenario is printed as ``ResolvedScenario/table``.
  public var table: String {
    guard !cases.isEmpty || figure != nil else { return base.table }
    var lines = [String]()
    if !axes.isEmpty { lines += ["", "vary:"] + axes.flatMap(axisLines) }
    let named = sensitivity.isEmpty ? cases.filter(\.isNamed) : []
    if !sensitivity.isEmpty {
      lines += ["", "sensitivity:"]
      lines += sensitivity.map { input in
        let values = [input.low, input.high].flatMap { cases[$0 - 1].settings.map { yamlText($0.text) } }
        return "  \(yamlText(input.key.path)): [\(values.joined(separator: ", "))]"
      }
    }
    if !named.isEmpty {
      lines += ["", "cases:"] + named.map { "  \(yamlText($0.label)): \(mapping($0.settings))" }
    }
    if let figure {
      lines += ["", "figure:"] + figure.written.map { "  \($0): \(yamlText($1))" }
    }
    if !cases.isEmpty { lines += ["", "# \(cases.count) cases:"] + list.map { "# \($0)" } }
    return base.table(written: template.writtenSteps) + lines.joined(separator: "\n") + "\n"
  }

  private func axisLines(_ axis: Axis) -> [String] {
    if let name = axis.name {
      return ["  \(yamlText(name)):"]
        + axis.choices.map { "    \(yamlText($0.label)): \(mapping($0.settings))" }
    }
    let rows = axis.choices.map { $0.settings.map { yamlText($0.text) }.joined(separator: ", ") }
    let keys = axis.keys.map { yamlText($0.path) }.joined(separator: ", ")
    return axis.keys.count == 1
      ? ["  \(keys): [\(rows.joined(separator: ", "))]"]
      : ["  [\(keys)]: [\(rows.map { "[\($0)]" }.joined(separator: ", "))]"]
  }

  private func mapping(_ settings: [Setting]) -> String {
    "{" + settings.map { "\(yamlText($0.key.path)): \(yamlText($0.text))" }.joined(separator: ", ") + "}"
  }

  // Made once, as making it takes longer than matching.
  private nonisolated(unsafe) static let plainForm = /[A-Za-z0-9][A-Za-z0-9 ._%+\/^-]*/

  /// A text of YAML on one line, in quotes unless it is plain beyond doubt.
  private func yamlText(_ text: String) -> String {
    let clean = oneLine(text, limit: QuantityText.longest)
    let isPlain = clean.wholeMatch(of: Study.plainForm) != nil
    return isPlain && !["null", "true", "false"].contains(clean) ? clean : yamlQuoted(clean)
  }
}

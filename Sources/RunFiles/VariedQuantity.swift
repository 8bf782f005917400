import CellPhysics
import CycleLife

/// What differs between the cases of a study, as a column of its results and an axis of its figure.
struct VariedQuantity: Sendable {
  /// How the values are understood.
  enum Form: Sendable {
    case parameter(Parameter)
    /// Rates such as `C/2`, as multiples of 1C.
    case rate
    /// Numbers with units of one dimension.
    case quantity(Unit)
    case text
    /// The named choice of this axis.
    case choice(Int)
  }

  /// What varies; nil for a named choice.
  let key: StudyKey?
  let form: Form
  /// The heading of the column without its unit: the key path, or the name.
  let name: String
  /// The name in figures.
  let title: String

  /// Understands the values that the cases of `study` give to `key`.
  init(_ key: StudyKey, in study: Study) {
    self.key = key
    name = key.path
    // Keys of the scenario are understood without looking at their values.
    var seen: Set<String> = []
    let texts: [String] =
      if case .name = key {
        study.cases.map { study.text(of: key, in: $0) }.filter { seen.insert($0).inserted }
      } else { [] }
    form = VariedQuantity.form(key, texts)
    title = if case .rate = form { "C-rate" } else { key.leaf.prefix(1).uppercased() + key.leaf.dropFirst() }
  }

  /// The named choices of an axis.
  init(choiceOf axis: Int, name: String) {
    key = nil
    form = .choice(axis)
    self.name = name
    title = name
  }

  /// Whether `key` has numbers for values, when they are `texts`.
  static func isNumber(_ key: StudyKey, _ texts: [String]) -> Bool {
    if case .text = form(key, texts) { false } else { true }
  }

  private static func form(_ key: StudyKey, _ texts: [String]) -> Form {
    switch key {
    case .key(.parameter(let parameter)): return .parameter(parameter)
    case .key(.cycles), .key(.seed), .key(.meshCheckInterval), .key(.attributionInterval),
      .key(.timeSeriesInterval), .key(.referenceInterval):
      return .quantity(Unit("1")!)
    case .key: return .text
    case .name: break
    }
    if texts.allSatisfy({ ProtocolReader.rate($0) != nil }) { return .rate }
    let units = texts.compactMap { text -> Unit? in
      guard let parts = try? QuantityText.leadingNumber(text, expected: "") else { return nil }
      return Unit(parts.unit.isEmpty ? "1" : parts.unit)
    }
    guard let unit = units.first, units.count == texts.count,
      units.allSatisfy({ $0.dimension == unit.dimension })
    else { return .text }
    return .quantity(unit)
  }

  /// The unit of the column; a rate of 1C is one nominal capacity in an hour.
  var unit: Unit {
    switch form {
    case .parameter(let parameter): parameter.entry.unit
    case .rate: Unit("h-1")!
    case .quantity(let unit): unit
    case .text, .choice: Unit("1")!
    }
  }

  /// The value in a case as text without its unit; `resolved` is the scenario of the case.
  func cell(_ study: Study, _ case: Study.Case, _ resolved: ResolvedScenario) -> String {
    switch form {
    case .parameter(let parameter):
      return QuantityText.number(resolved.scenario.parameters[parameter], parameter.entry.unit)
    case .choice(let axis): return `case`.position.map { study.axes[axis].choices[$0[axis]].label } ?? ""
    case .rate, .quantity, .text:
      guard let key else { return "" }
      let text =
        switch key {
        case .key(let key): resolved.rows.first { $0.key == key.path }?.value ?? ""
        case .name: study.text(of: key, in: `case`)
        }
      return number(text).map { QuantityText.plain(QuantityText.rounded($0, digits: 15)) } ?? oneLine(text)
    }
  }

  private func number(_ text: String) -> Double? {
    switch form {
    case .rate: return ProtocolReader.rate(text).map { $0.multiple / $0.divisor }
    case .quantity(let unit):
      guard let parts = try? QuantityText.leadingNumber(text, expected: ""),
        let written = Unit(parts.unit.isEmpty ? "1" : parts.unit)
      else { return nil }
      return unit.fromSI(written.toSI(parts.number))
    default: return nil
    }
  }
}

extension Study {
  /// The text that a case gives to a name in braces; empty when it gives none.
  func text(of key: StudyKey, in study: Case) -> String {
    if let setting = study.settings.last(where: { $0.key == key }) { return setting.text }
    guard case .name(let name) = key, case .text(let text) = template.names[name]?.content else { return "" }
    return text
  }

  /// The varied quantities: named choices of the axes first, then keys as they are written.
  var variedQuantities: [VariedQuantity] {
    let choices = axes.indices.compactMap { index in
      axes[index].name.map { VariedQuantity(choiceOf: index, name: $0) }
    }
    return choices + variedKeys.map { VariedQuantity($0, in: self) }
  }
}

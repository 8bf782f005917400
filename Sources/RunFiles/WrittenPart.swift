/// A part of a protocol as it is written: the text of a step, or a block that repeats.
indirect enum WrittenPart: Sendable {
  case step(text: String, place: InputPlace)
  case block(count: String, countPlace: InputPlace, [WrittenPart])

  /// The names in braces in it.
  var names: [String] {
    switch self {
    case .step(let text, _): StepNames.names(in: text)
    case .block(let count, _, let parts): StepNames.names(in: count) + parts.flatMap(\.names)
    }
  }

  /// The part on one line, as ``ProtocolPart/text``.
  var text: String {
    switch self {
    case .step(let text, _): oneLine(text, limit: QuantityText.longest)
    case .block(let count, _, let parts):
      "repeat \(oneLine(count)): [\(parts.map(\.text).joined(separator: "; "))]"
    }
  }

  /// The part with every text of it replaced, a place with it.
  func filled(_ fill: (String, InputPlace) -> (text: String, place: InputPlace)) -> WrittenPart {
    switch self {
    case .step(let text, let place):
      let filled = fill(text, place)
      return .step(text: filled.text, place: filled.place)
    case .block(let count, let countPlace, let parts):
      let filled = fill(count, countPlace)
      return .block(count: filled.text, countPlace: filled.place, parts.map { $0.filled(fill) })
    }
  }
}

import CellPhysics

/// What a study asks to be drawn: the `figure` of its file.
public struct StudyFigure: Sendable {
  /// The kinds of figures.
  public enum Kind: String, Sendable, CaseIterable {
    /// Capacity against one varied key, a line for each value of another.
    case lines
    /// Capacity as a heat map over two axes.
    case map
    /// What limits the capacity, as a map over two axes.
    case limitation
    /// Utilisation over depth at the end of the discharge, a line for each case.
    case profiles
    /// The lithium content at the end of the discharge, a picture for each case.
    case field
    /// Capacity against cycle, a line for each case, with a band where there are replicates.
    case fade
    /// What each input of a sensitivity moves, the widest first.
    case tornado

    /// Whether the lithium content in the film is drawn.
    var needsField: Bool { self == .profiles || self == .field }
    /// How many axes the grid must have.
    fileprivate var axes: ClosedRange<Int>? {
      switch self {
      case .lines: 1...2
      case .map, .limitation: 2...2
      case .profiles, .field, .fade, .tornado: nil
      }
    }
  }

  /// Results that can be an axis.
  enum Result: String, CaseIterable {
    case effectiveDiffusivity = "effective diffusivity"

    var unit: Unit { Unit("cm2/s")! }
    func value(_ result: CaseResult) -> Double { unit.fromSI(result.effectiveDiffusivity) }
  }

  /// What lines can show of the last discharge of a case.
  enum Shown: String, CaseIterable {
    case capacity = "discharge capacity"
    case gravimetricEnergy = "gravimetric energy"
    case volumetricEnergy = "volumetric energy"
    case contactFraction = "contact fraction"
    case peakStress = "peak stress"

    var unit: Unit {
      switch self {
      case .capacity: Unit("mAh/g")!
      case .gravimetricEnergy: Unit("Wh/kg")!
      case .volumetricEnergy: Unit("Wh/L")!
      case .contactFraction: Unit("1")!
      case .peakStress: Unit("MPa")!
      }
    }
    /// The name of the axis, with its unit as figures and headings write it.
    var title: String {
      switch self {
      case .capacity: "Discharge capacity"
      case .gravimetricEnergy: "Energy per mass of cathode"
      case .volumetricEnergy: "Energy per volume of cathode"
      case .contactFraction: "Contact fraction"
      case .peakStress: "Largest tensile stress"
      }
    }
    /// The unit as figures write it.
    var label: String {
      switch self {
      case .capacity: "mAh g⁻¹"
      case .gravimetricEnergy: "Wh kg⁻¹"
      case .volumetricEnergy: "Wh L⁻¹"
      case .contactFraction: "1"
      case .peakStress: "MPa"
      }
    }
    /// In SI units.
    func value(_ result: CaseResult) -> Double {
      switch self {
      case .capacity: result.capacity
      case .gravimetricEnergy: result.energyPerMass
      case .volumetricEnergy: result.energyPerVolume
      case .contactFraction: result.contactFraction
      case .peakStress: result.peakStress ?? .nan
      }
    }
  }

  /// What an axis shows.
  enum Coordinate {
    case key(StudyKey)
    case result(Result)
  }

  /// A mistake in the request: at the key `path` of `figure`, or at its value.
  struct Problem: Error {
    var path: String
    var isKey = false
    var message: String
  }

  /// What is drawn.
  public let kind: Kind
  /// The request as it is written, key by key.
  let written: [(key: String, value: String)]
  /// The axes of lines and maps.
  let x: Coordinate?
  let y: Coordinate?
  /// What lines show.
  let shown: Shown
  /// The axis of the grid along x; the other one makes the lines, or runs along y.
  let xAxis: Int

  /// More pictures, or bands upon each other, than this are no figure.
  private static let pictureLimit = 12
  static let bandLimit = 8

  /// Understands what is written for a study of so many cases.
  init(_ settings: [WrittenStudy.Setting], axes: [Study.Axis], caseCount: Int, isSensitivity: Bool)
    throws(Problem)
  {
    var texts: [String: String] = [:]
    for setting in settings {
      guard ["kind", "x", "y"].contains(setting.path) else {
        throw Problem(
          path: setting.path, isKey: true, message: "unknown key; valid keys of a figure: kind, x, y")
      }
      texts[setting.path] = setting.text
    }
    let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
    guard let kindText = texts["kind"] else {
      throw Problem(path: "", message: "the kind is missing; expected kind: and one of \(kinds)")
    }
    guard let kind = Kind(rawValue: kindText) else {
      let nearest = ScenarioKey.nearest(to: kindText, among: Kind.allCases.map(\.rawValue))
      throw Problem(
        path: "kind",
        message: "unknown kind '\(oneLine(kindText))'; "
          + (nearest.map { "nearest valid kind: \($0)" } ?? "expected one of \(kinds)"))
    }
    self.kind = kind
    self.written = settings.map { ($0.path, $0.text) }
    shown = kind == .lines ? try Self.shown(texts["y"]) : .capacity
    guard let range = kind.axes else {
      guard texts.count == 1 else {
        throw Problem(
          path: texts["x"] == nil ? "y" : "x", isKey: true, message: "a figure of \(kind) has no such axis")
      }
      guard kind != .tornado || isSensitivity else {
        throw Problem(
          path: "kind",
          message: "a tornado shows a sensitivity; expected 'sensitivity:' with inputs in the file")
      }
      let limit = kind == .fade ? Self.bandLimit : kind == .tornado ? .max : Self.pictureLimit
      guard caseCount <= limit else {
        throw Problem(
          path: "kind", message: "\(caseCount) cases do not fit a figure; expected at most \(limit)")
      }
      (x, y, xAxis) = (nil, nil, 0)
      return
    }
    guard range.contains(axes.count) else {
      let expected = range.count == 1 ? "2 lists" : "1 or 2 lists"
      throw Problem(path: "kind", message: "\(kind) needs \(expected) of values in vary; found \(axes.count)")
    }
    var xKey: (key: StudyKey, axis: Int)?
    if let text = texts["x"] {
      xKey = try Self.key(text, "x", axes)
    } else {
      let axis = axes.firstIndex { $0.name == nil } ?? 0
      xKey = (axes[axis].keys[0], axis)
    }
    guard let xKey else { throw Problem(path: "x", message: "only y can be a result") }
    try Self.checkNumbers(xKey.key, "x", axes[xKey.axis])
    xAxis = xKey.axis
    x = .key(xKey.key)
    guard kind != .lines else {
      y = nil
      return
    }
    if let text = texts["y"] {
      guard let yKey = try Self.key(text, "y", axes) else {
        y = .result(Result(rawValue: text)!)
        return
      }
      guard yKey.axis != xAxis else { throw Problem(path: "y", message: "varies together with x") }
      try Self.checkNumbers(yKey.key, "y", axes[yKey.axis])
      y = .key(yKey.key)
    } else {
      let key = axes[1 - xAxis].keys[0]
      try Self.checkNumbers(key, "y", axes[1 - xAxis])
      y = .key(key)
    }
  }

  private static func shown(_ text: String?) throws(Problem) -> Shown {
    guard let text else { return .capacity }
    guard let shown = Shown(rawValue: oneLine(text).lowercased()) else {
      let names = Shown.allCases.map(\.rawValue)
      let hint = ScenarioKey.nearest(to: text, among: names).map { "; nearest: \($0)" } ?? ""
      throw Problem(
        path: "y",
        message: "lines cannot show '\(oneLine(text))'; expected \(names.joined(separator: ", "))\(hint)")
    }
    return shown
  }

  /// The varied key called `text` with its axis; nil when it is a result.
  private static func key(_ text: String, _ path: String, _ axes: [Study.Axis]) throws(Problem)
    -> (key: StudyKey, axis: Int)?
  {
    for (index, axis) in axes.enumerated() {
      if let key = axis.keys.first(where: { $0.path == text }) { return (key, index) }
    }
    if Result(rawValue: text) != nil { return nil }
    let valid = axes.flatMap(\.keys).map(\.path) + Result.allCases.map(\.rawValue)
    let hint = ScenarioKey.nearest(to: text, among: valid) ?? valid.joined(separator: ", ")
    throw Problem(
      path: path,
      message: "'\(oneLine(text))' is neither varied in a list nor a result; nearest valid name: \(hint)")
  }

  private static func checkNumbers(_ key: StudyKey, _ path: String, _ axis: Study.Axis) throws(Problem) {
    let texts = axis.choices.compactMap { choice in choice.settings.first { $0.key == key }?.text }
    guard axis.name == nil, texts.count == axis.choices.count, VariedQuantity.isNumber(key, texts) else {
      throw Problem(
        path: path, message: "an axis needs numbers; '\(oneLine(axis.name ?? key.path))' has other values")
    }
  }
}

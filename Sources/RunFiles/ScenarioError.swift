/// Where something stands in an input: a file, or the command line.
public struct InputPlace: Sendable, Equatable {
  /// The file as the user named it, or `--set`.
  public var file: String
  /// Line and column from 1; nil where the input has none.
  public var line: Int?
  public var column: Int?

  static let overrides = InputPlace(file: "--set")

  init(file: String, line: Int? = nil, column: Int? = nil) {
    self.file = file
    self.line = line
    self.column = column
  }
}

/// Everything that is wrong with a scenario, in the order in which it is written.
public struct ScenarioError: Error, Sendable, Equatable, CustomStringConvertible {
  /// One mistake.
  public struct Problem: Sendable, Equatable, CustomStringConvertible {
    public var place: InputPlace
    /// The key the mistake belongs to, such as `cathode.thickness`; empty when it belongs to none.
    public var keyPath: String
    /// What is wrong and what is expected instead.
    public var message: String

    /// The mistake on one line, in the form editors jump to: `file:line:column: key: message`.
    public var description: String {
      var text = place.file
      if let line = place.line { text += ":\(line)" }
      if let column = place.column { text += ":\(column)" }
      return text + ": " + (keyPath.isEmpty ? "" : "\(keyPath): ") + message
    }
  }

  /// The mistakes, first one first; never empty.
  public var problems: [Problem]

  /// The mistakes, one on a line.
  public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// Gathers problems while a scenario is read, so that all can be reported at once.
struct ProblemList {
  /// More than this many are not listed: what follows is rarely a mistake of its own.
  static let limit = 50

  private(set) var problems: [ScenarioError.Problem] = []
  private var unlisted = 0

  var isFull: Bool { problems.count >= ProblemList.limit }

  mutating func add(_ place: InputPlace, _ keyPath: String, _ message: String) {
    guard !isFull else {
      unlisted += 1
      return
    }
    problems.append(.init(place: place, keyPath: keyPath, message: message))
  }

  /// Throws what was gathered, sorted by place; returns when nothing was.
  func throwIfAny() throws(ScenarioError) {
    guard let first = problems.first else { return }
    func position(_ place: InputPlace) -> (Int, Int, Int) {
      // Overrides come after the file they override.
      (place.file == InputPlace.overrides.file ? 1 : 0, place.line ?? 0, place.column ?? 0)
    }
    var sorted = problems.enumerated().sorted { left, right in
      let (a, b) = (position(left.element.place), position(right.element.place))
      return a == b ? left.offset < right.offset : a < b
    }.map(\.element)
    if unlisted > 0 {
      sorted.append(
        .init(
          place: InputPlace(file: first.place.file), keyPath: "",
          message: "\(unlisted) more problems are not listed"))
    }
    throw ScenarioError(problems: sorted)
  }
}

/// The text on one line without control characters, cut to `limit` characters; safe in messages.
func oneLine(_ text: String, limit: Int = 60) -> String {
  let spaced = String(
    String.UnicodeScalarView(
      text.unicodeScalars.map { scalar in
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: " "
        default: scalar
        }
      }))
  let words = spaced.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  return words.count > limit ? words.prefix(limit) + "..." : words
}

import Foundation

/// A value of JSON.
enum JSONValue: Sendable, Codable {
  case null
  case bool(Bool)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let bool = try? container.decode(Bool.self) {
      self = .bool(bool)
    } else if container.decodeNil() {
      self = .null
    } else if var list = try? decoder.unkeyedContainer() {
      var values: [JSONValue] = []
      while !list.isAtEnd { values.append(try list.decode(JSONValue.self)) }
      self = .list(values)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .list(let values): try container.encode(values)
    case .object(let members): try container.encode(members)
    }
  }

  /// What it is, in words.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a truth value"
    case .number: "a number"
    case .text: "a text"
    case .list: "a list"
    case .object: "an object"
    }
  }
}

/// A value of a BPX file with where it stands, which messages name.
struct BPXNode: Sendable {
  /// The largest file that is read, in bytes: with hours of measured data in it.
  static let sizeLimit = 1 << 23
  /// More levels or values are not read.
  static let depthLimit = 32
  static let valueLimit = 300_000

  let file: String
  /// The keys that lead to the value, outermost first.
  let path: [String]
  let value: JSONValue

  /// Reads the bytes of the file called `file`; throws ``ScenarioError`` when they are not JSON of an object.
  init(_ bytes: Data, file: String) throws(ScenarioError) {
    self.file = file
    path = []
    func problem(_ message: String, _ path: String = "", line: Int? = nil, column: Int? = nil)
      -> ScenarioError
    {
      ScenarioError(problems: [
        .init(place: InputPlace(file: file, line: line, column: column), keyPath: path, message: message)
      ])
    }
    guard bytes.count <= BPXNode.sizeLimit else {
      throw problem("larger than \(BPXNode.sizeLimit >> 20) MiB")
    }
    guard !bytes.contains(0) else { throw problem("a binary file; BPX is JSON text") }
    if let message = BPXNode.excess(bytes) { throw problem(message) }
    do {
      value = try JSONDecoder().decode(JSONValue.self, from: bytes)
    } catch DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty {
      let (message, place) = BPXNode.mistake(in: bytes)
      throw problem(message, line: place?.line, column: place?.column)
    } catch DecodingError.typeMismatch(_, let context) {
      // What is none of the kinds of values is a number that does not fit, or a text that is no text.
      throw problem(
        "a number beyond 1e308, or a text that is not UTF-8",
        BPXNode.text(context.codingPath.map(\.stringValue)))
    } catch {
      throw problem("not JSON: \(oneLine("\(error)", limit: 120))")
    }
    guard case .object = value else { throw problem("\(value.kind); expected an object, as BPX has it") }
  }

  private init(file: String, path: [String], value: JSONValue) {
    self.file = file
    self.path = path
    self.value = value
  }

  /// What keeps `bytes` from being JSON, and where, as far as Foundation tells.
  private static func mistake(in bytes: Data) -> (message: String, place: (line: Int, column: Int)?) {
    var detail = ""
    do { _ = try JSONSerialization.jsonObject(with: bytes) } catch {
      detail = (error as NSError).userInfo["NSDebugDescription"] as? String ?? ""
    }
    guard let match = detail.firstMatch(of: /^(.*?),? around character (\d+)\.$/),
      let offset = Int(match.output.2), offset <= bytes.count
    else { return ("not JSON" + (detail.isEmpty ? "" : ": \(oneLine(detail))"), nil) }
    let before = bytes.prefix(offset)
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    let column = before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count + 1
    return ("not JSON: \(oneLine(String(match.output.1)).lowercased())", (line, column))
  }

  /// What is too much in `bytes`, read as JSON; nil when nothing is.
  ///
  /// The decoder descends once for each level, and keeps what it meets.
  private static func excess(_ bytes: Data) -> String? {
    var (depth, values, isText, isEscaped) = (0, 0, false, false)
    for byte in bytes {
      if isText {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isText = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isText = true
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: ","), UInt8(ascii: ":"): values += 1
      default: continue
      }
      if depth > depthLimit { return "nested deeper than \(depthLimit) levels" }
      if values > valueLimit { return "more than \(valueLimit) values" }
    }
    return nil
  }

  /// The way to the value in words: `Parameterisation > Cell > Electrode area [m2]`.
  var place: String { BPXNode.text(path) }

  private static func text(_ path: [String]) -> String {
    path.map { oneLine($0) }.joined(separator: " > ")
  }

  /// What is wrong here.
  func problem(_ message: String) -> ScenarioError {
    ScenarioError(problems: [.init(place: InputPlace(file: file), keyPath: place, message: message)])
  }

  /// The values of an object, by key in the order of the alphabet.
  func members() throws(ScenarioError) -> [BPXNode] {
    guard case .object(let members) = value else { throw problem("\(value.kind); expected an object") }
    return members.keys.sorted().map { BPXNode(file: file, path: path + [$0], value: members[$0]!) }
  }

  /// The value of a key; nil where there is none, or null.
  func member(_ key: String) throws(ScenarioError) -> BPXNode? {
    guard case .object(let members) = value else { throw problem("\(value.kind); expected an object") }
    guard let member = members[key] else { return nil }
    if case .null = member { return nil }
    return BPXNode(file: file, path: path + [key], value: member)
  }

  func text() throws(ScenarioError) -> String {
    guard case .text(let text) = value else { throw problem("\(value.kind); expected a text") }
    return text
  }

  /// A number, or a text that is one.
  func number() throws(ScenarioError) -> Double {
    switch value {
    case .number(let number): return number
    case .text(let text):
      if let number = Double(text), number.isFinite { return number }
      throw problem("'\(oneLine(text))' is not a number; expected one")
    default: throw problem("\(value.kind); expected a number")
    }
  }

  /// A number, a table or an expression.
  func function() throws(ScenarioError) -> BPXFunction {
    switch value {
    case .number(let number): return .constant(number)
    case .text(let text):
      do {
        return .expression(try BPXExpression(text))
      } catch {
        throw problem("'\(oneLine(text))': \(error.message)")
      }
    case .object:
      let (x, y) = (try numbers("x"), try numbers("y"))
      guard x.count == y.count, !x.isEmpty else {
        throw problem("a table of \(x.count) x and \(y.count) y; expected as many of both")
      }
      if let place = zip(x, x.dropFirst()).enumerated().first(where: { $0.element.0 >= $0.element.1 })?.offset
      {
        throw problem("x of a table does not rise behind its value \(place + 1); expected ascending x")
      }
      return .table(x: x, y: y)
    default: throw problem("\(value.kind); expected a number, a table of x and y, or an expression in x")
    }
  }

  private func numbers(_ key: String) throws(ScenarioError) -> [Double] {
    guard let list = try member(key), case .list(let values) = list.value else {
      throw problem("a table has no list '\(key)'; expected x and y")
    }
    var numbers: [Double] = []
    for (index, value) in values.enumerated() {
      numbers.append(
        try BPXNode(file: file, path: list.path + ["\(index + 1)"], value: value).number())
    }
    return numbers
  }

  /// The value of a key that has to be above zero; nil where there is none.
  func positive(_ key: String) throws(ScenarioError) -> Double? {
    guard let node = try member(key) else { return nil }
    let value = try node.number()
    guard value > 0 else { throw node.problem("\(QuantityText.plain(value)) is not above 0") }
    return value
  }

  /// A stoichiometry; nil where there is none.
  func share(_ key: String) throws(ScenarioError) -> Double? {
    guard let node = try member(key) else { return nil }
    let value = try node.number()
    guard (0...1).contains(value) else {
      throw node.problem("\(QuantityText.plain(value)) is no stoichiometry; expected 0 to 1")
    }
    return value
  }
}

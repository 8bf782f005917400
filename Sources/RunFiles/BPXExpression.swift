import Foundation

/// A function of one variable as BPX writes it: a number, a table, or an expression in `x`.
enum BPXFunction: Sendable {
  case constant(Double)
  /// Points with ascending abscissae, straight lines between them.
  case table(x: [Double], y: [Double])
  case expression(BPXExpression)

  /// The value at `x`; nil outside a table, and where an expression has none.
  func callAsFunction(_ x: Double) -> Double? {
    switch self {
    case .constant(let value): return value
    case .expression(let expression):
      let value = expression(x)
      return value.isFinite ? value : nil
    case .table(let points, let values):
      guard let first = points.first, let last = points.last, first <= x, x <= last else { return nil }
      // The first point that is not below x ends the stretch in which x lies.
      var (low, high) = (0, points.count - 1)
      while low < high {
        let middle = (low + high) / 2
        if points[middle] < x { low = middle + 1 } else { high = middle }
      }
      guard low > 0 else { return values[0] }
      let share = (x - points[low - 1]) / (points[low] - points[low - 1])
      let value = values[low - 1] + share * (values[low] - values[low - 1])
      return value.isFinite ? value : nil
    }
  }
}

/// An expression in the single variable `x`, with the meaning that Python gives it.
///
/// It has numbers, `+ - * / **`, parentheses and the functions `exp`, `tanh` and `cosh`.
struct BPXExpression: Sendable {
  /// What is longer, or nested deeper, is not looked at.
  static let longest = 10_000
  static let deepest = 100
  static let functions = ["exp", "tanh", "cosh"]

  private enum Operation: Sendable {
    case number(Double)
    case x
    case add, subtract, multiply, divide, power
    case negate, exp, tanh, cosh
  }

  /// Operands before what is done with them.
  private let program: [Operation]

  /// Reads `text`; throws ``ValueProblem``.
  init(_ text: String) throws(ValueProblem) {
    guard text.utf8.count <= BPXExpression.longest else {
      throw ValueProblem(message: "an expression of more than \(BPXExpression.longest) characters")
    }
    var parser = Parser(text: Array(text.utf8))
    program = try parser.program()
  }

  /// The value at `x`, which need not be finite.
  func callAsFunction(_ x: Double) -> Double {
    var stack: [Double] = []
    func binary(_ body: (Double, Double) -> Double) {
      let right = stack.removeLast()
      stack[stack.count - 1] = body(stack[stack.count - 1], right)
    }
    func unary(_ body: (Double) -> Double) { stack[stack.count - 1] = body(stack[stack.count - 1]) }
    for operation in program {
      switch operation {
      case .number(let value): stack.append(value)
      case .x: stack.append(x)
      case .add: binary(+)
      case .subtract: binary(-)
      case .multiply: binary(*)
      case .divide: binary(/)
      case .power: binary(Foundation.pow)
      case .negate: unary(-)
      case .exp: unary(Foundation.exp)
      case .tanh: unary(Foundation.tanh)
      case .cosh: unary(Foundation.cosh)
      }
    }
    return stack[0]
  }

  /// Reads from left to right by descent, with the precedence of Python: `-x**2` is `-(x**2)`.
  private struct Parser {
    let text: [UInt8]
    private var position = 0
    private var depth = 0
    private var operations: [Operation] = []

    init(text: [UInt8]) { self.text = text }

    mutating func program() throws(ValueProblem) -> [Operation] {
      try sum()
      skipBlanks()
      guard position == text.count else { throw unexpected() }
      return operations
    }

    private mutating func sum() throws(ValueProblem) {
      try product()
      while let sign = take("+", "-") {
        try product()
        operations.append(sign == "+" ? .add : .subtract)
      }
    }

    private mutating func product() throws(ValueProblem) {
      try factor()
      while !isPower, let sign = take("*", "/") {
        try factor()
        operations.append(sign == "*" ? .multiply : .divide)
      }
    }

    /// A power with signs before it.
    private mutating func factor() throws(ValueProblem) {
      // Every way to nest leads here.
      depth += 1
      defer { depth -= 1 }
      guard depth <= BPXExpression.deepest else {
        throw ValueProblem(message: "an expression nested deeper than \(BPXExpression.deepest) levels")
      }
      if let sign = take("+", "-") {
        try factor()
        if sign == "-" { operations.append(.negate) }
        return
      }
      try atom()
      guard isPower else { return }
      position += 2
      try factor()
      operations.append(.power)
    }

    private mutating func atom() throws(ValueProblem) {
      if take("(") != nil {
        try sum()
        guard take(")") != nil else { throw unexpected(expected: "')'") }
        return
      }
      skipBlanks()
      let start = position
      while let byte = next, isLetter(byte) || position > start && isDigit(byte) { position += 1 }
      guard position > start else { return try number() }
      let name = String(decoding: text[start..<position], as: UTF8.self)
      guard name != "x" else { return operations.append(.x) }
      guard BPXExpression.functions.contains(name) else {
        position = start
        throw ValueProblem(
          message: "'\(oneLine(name))' at character \(start + 1) is not known; expected x, "
            + BPXExpression.functions.joined(separator: ", "))
      }
      guard take("(") != nil else { throw unexpected(expected: "'(' behind \(name)") }
      try sum()
      guard take(")") != nil else { throw unexpected(expected: "')'") }
      operations.append(name == "exp" ? .exp : name == "tanh" ? .tanh : .cosh)
    }

    private mutating func number() throws(ValueProblem) {
      let start = position
      while let byte = next, isDigit(byte) || byte == UInt8(ascii: ".") { position += 1 }
      if let byte = next, byte | 0x20 == UInt8(ascii: "e"), position > start {
        let exponent = position
        position += 1
        if let sign = next, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
        let digits = position
        while let byte = next, isDigit(byte) { position += 1 }
        if position == digits { position = exponent }
      }
      let written = String(decoding: text[start..<position], as: UTF8.self)
      guard let value = Double(written), value.isFinite else {
        position = start
        throw unexpected(expected: "a number, x or a function")
      }
      operations.append(.number(value))
    }

    private var next: UInt8? { position < text.count ? text[position] : nil }

    /// Whether `**` follows.
    private var isPower: Bool {
      mutating get {
        skipBlanks()
        let star = UInt8(ascii: "*")
        return position + 1 < text.count && text[position] == star && text[position + 1] == star
      }
    }

    private mutating func take(_ signs: Unicode.Scalar...) -> Unicode.Scalar? {
      skipBlanks()
      guard let byte = next, let sign = signs.first(where: { UInt8(ascii: $0) == byte }) else { return nil }
      position += 1
      return sign
    }

    private mutating func skipBlanks() {
      while let byte = next, byte == 0x20 || byte == 0x09 { position += 1 }
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private func isLetter(_ byte: UInt8) -> Bool {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }

    private func unexpected(expected: String? = nil) -> ValueProblem {
      let rest = oneLine(String(decoding: text[position...].prefix(20), as: UTF8.self), limit: 12)
      let place =
        position < text.count ? "'\(rest)' at character \(position + 1)" : "the end of the expression"
      return ValueProblem(
        message: "\(place) is not expected" + (expected.map { "; expected \($0)" } ?? ""))
    }
  }
}

import Foundation

/// One published value that the model is compared with.
public struct Target: Sendable, Equatable {
  /// A number, or a word where the paper gives a class.
  public enum Value: Sendable, Equatable {
    case number(Double)
    case label(String)
  }

  /// How far from the paper's value the model may be.
  public enum ToleranceKind: String, Sendable {
    /// The difference is at most the tolerance.
    case absolute
    /// The larger over the smaller is at most the tolerance.
    case factor
    /// The model stays below the value, or within the tolerance above it.
    case atMost = "at most"
    /// The model stays above the value, or within the tolerance below it.
    case atLeast = "at least"
    /// The model gives the same, numbers within the tolerance.
    case equal
  }

  /// Whether the parameters were fitted to the value or predict it.
  public enum Use: String, Sendable, CaseIterable {
    case calibrate
    case predict
  }

  public let id: String
  /// The figure of the paper.
  public let figure: String
  public let quantity: String
  public let condition: String
  /// How the value is measured, in words; `-` where nothing is cycled.
  public let procedure: String
  public let value: Value
  /// The unit of value and tolerance; the tolerance of a factor has none.
  public let unit: String
  public let tolerance: Double
  public let toleranceKind: ToleranceKind
  /// Experiment, model or arithmetic.
  public let kind: String
  public let use: Use

  /// How far the model is off in units of the tolerance, with its sign; within -1...1 is accepted.
  ///
  /// Bounds have no tolerance to count in. Theirs is the model over an upper bound and the negative of a
  /// lower bound over the model, so that either is met up to a magnitude of one. Nil for labels, exact
  /// values and numbers that are not finite.
  public func deviation(of model: Value) -> Double? {
    guard case .number(let paper) = value, case .number(let model) = model, model.isFinite else { return nil }
    return switch toleranceKind {
    case .absolute: (model - paper) / tolerance
    case .factor: model > 0 ? log(model / paper) / log(tolerance) : nil
    case .atMost: model / (paper + tolerance)
    case .atLeast: model > 0 ? -(paper - tolerance) / model : nil
    case .equal: tolerance > 0 ? (model - paper) / tolerance : nil
    }
  }

  /// Whether a value of the model meets the target.
  public func accepts(_ model: Value) -> Bool {
    switch (value, model) {
    case (.label(let paper), .label(let model)): paper == model
    case (.number(let paper), .number(let model)):
      switch toleranceKind {
      case .absolute, .equal: abs(model - paper) <= tolerance
      case .factor: model > 0 && max(model / paper, paper / model) <= tolerance
      case .atMost: model <= paper + tolerance
      case .atLeast: model >= paper - tolerance
      }
    default: false
    }
  }
}

// MARK: - Reading

/// A table of targets that cannot be read, with the line at fault.
public struct TargetError: Error, Equatable, CustomStringConvertible {
  public var line: Int
  public var message: String

  public var description: String { "targets.csv:\(line): \(message)" }
}

extension Target {
  /// The published values that the program carries with it, in the order of their file.
  public static let published: [Target] = {
    do {
      return try read(String(decoding: PackageResources.targets_csv, as: UTF8.self))
    } catch {
      // The file is part of the program, and a test reads it.
      fatalError("\(error)")
    }
  }()

  private static let header = [
    "id", "figure", "quantity", "condition", "protocol", "value", "unit", "tolerance", "tolerance_kind",
    "kind",
    "use",
  ]

  /// Reads a table of targets: CSV with a header line, every field checked.
  static func read(_ csv: String) throws(TargetError) -> [Target] {
    var targets: [Target] = []
    for (line, fields) in try CommaSeparated.records(csv) {
      guard line > 1 else {
        guard fields == header else {
          throw TargetError(line: 1, message: "expected the columns \(header.joined(separator: ", "))")
        }
        continue
      }
      let target = try Target(fields, line: line)
      guard !targets.contains(where: { $0.id == target.id }) else {
        throw TargetError(line: line, message: "'\(target.id)' stands twice")
      }
      targets.append(target)
    }
    guard !targets.isEmpty else { throw TargetError(line: 1, message: "no targets") }
    return targets
  }

  private init(_ fields: [String], line: Int) throws(TargetError) {
    func wrong(_ message: String) -> TargetError { TargetError(line: line, message: message) }
    guard fields.count == Target.header.count else {
      throw wrong("\(fields.count) fields instead of \(Target.header.count)")
    }
    (id, figure, quantity, condition, procedure) = (fields[0], fields[1], fields[2], fields[3], fields[4])
    (unit, kind) = (fields[6], fields[9])
    guard !id.isEmpty else { throw wrong("no id") }
    guard let tolerance = Double(fields[7]), tolerance >= 0, tolerance.isFinite else {
      throw wrong("'\(fields[7])' is no tolerance")
    }
    guard let toleranceKind = ToleranceKind(rawValue: fields[8]) else {
      throw wrong("'\(fields[8])' is no kind of tolerance")
    }
    guard let use = Use(rawValue: fields[10]) else { throw wrong("'\(fields[10])' is no use of a target") }
    if unit == "label" {
      guard toleranceKind == .equal else { throw wrong("a label can only be equal") }
      value = .label(fields[5])
    } else {
      guard let number = Double(fields[5]), number.isFinite else {
        throw wrong("'\(fields[5])' is no number")
      }
      switch toleranceKind {
      case .absolute:
        guard tolerance > 0 else { throw wrong("an absolute tolerance must be above 0") }
      case .factor:
        guard tolerance > 1, number > 0 else { throw wrong("a factor must be above 1, its value above 0") }
      case .atMost, .atLeast, .equal: break
      }
      value = .number(number)
    }
    (self.tolerance, self.toleranceKind, self.use) = (tolerance, toleranceKind, use)
  }
}

/// Text in comma-separated values (RFC 4180).
enum CommaSeparated {
  /// The records with the line each begins on, from 1; a quoted field may hold commas and doubled quotes.
  static func records(_ text: String) throws(TargetError) -> [(line: Int, fields: [String])] {
    var records: [(line: Int, fields: [String])] = []
    // A line feed with a carriage return before it is one character.
    let rows = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, row) in rows.enumerated() where !row.isEmpty {
      records.append((index + 1, try fields(row, line: index + 1)))
    }
    return records
  }

  private static func fields(_ row: Substring, line: Int) throws(TargetError) -> [String] {
    var fields: [String] = []
    var rest = row
    while true {
      if rest.first == "\"" {
        var field = ""
        rest = rest.dropFirst()
        while true {
          guard let quote = rest.firstIndex(of: "\"") else {
            throw TargetError(line: line, message: "a quote is not closed")
          }
          field += rest[..<quote]
          rest = rest[rest.index(after: quote)...]
          guard rest.first == "\"" else { break }
          field += "\""
          rest = rest.dropFirst()
        }
        fields.append(field)
      } else {
        let field = rest.prefix { $0 != "," }
        guard !field.contains("\"") else {
          throw TargetError(line: line, message: "a quote inside a field that is not quoted")
        }
        fields.append(String(field))
        rest = rest[field.endIndex...]
      }
      guard !rest.isEmpty else { return fields }
      guard rest.first == "," else { throw TargetError(line: line, message: "text behind a closing quote") }
      rest = rest.dropFirst()
    }
  }

  /// A field as it is written: quoted when it has to be.
  static func field(_ text: String) -> String {
    guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
    return "\"\(text.replacing("\"", with: "\"\""))\""
  }
}

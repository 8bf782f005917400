import Foundation

/// A piece of HTML, written as a string literal in which every text that is filled in is escaped.
///
/// `"<b>\(title)</b>" as HTML` is safe whatever the title holds, also in an attribute in double quotes: only what
/// stands in the literal, and other pieces of HTML, is markup.
struct HTML: Sendable, Equatable, ExpressibleByStringInterpolation {
  let markup: String

  init(stringLiteral value: String) { markup = value }

  init(stringInterpolation: StringInterpolation) { markup = stringInterpolation.markup }

  private init(markup: String) { self.markup = markup }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var markup = ""

    init(literalCapacity: Int, interpolationCount: Int) { markup.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ literal: String) { markup += literal }

    mutating func appendInterpolation(_ text: some StringProtocol) { markup += HTML.escaped(text) }

    mutating func appendInterpolation(_ number: Int) { markup += String(number) }

    mutating func appendInterpolation(_ piece: HTML) { markup += piece.markup }

    /// Each piece on a line of its own.
    mutating func appendInterpolation(_ pieces: [HTML]) {
      markup += pieces.map(\.markup).joined(separator: "\n")
    }
  }

  static let empty: HTML = ""

  /// The text as characters of HTML; control characters, which HTML has none of, are left out.
  private static func escaped(_ text: some StringProtocol) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      default:
        switch scalar.properties.generalCategory {
        // Marks that turn the direction of writing are among the format characters.
        case .control, .format, .surrogate, .unassigned: break
        default: result.unicodeScalars.append(scalar)
        }
      }
    }
    return result
  }
}

extension [HTML] {
  /// The pieces one after the other, with `separator` between them.
  func joined(_ separator: HTML) -> HTML {
    guard let first else { return .empty }
    return dropFirst().reduce(first) { "\($0)\(separator)\($1)" }
  }
}

/// A table for readers of all kinds: a caption, and headings that say which cells they belong to.
struct HTMLTable {
  var caption: String
  var headings: [String]
  /// The first cell of a row is its heading.
  var rows: [[HTML]]
  /// Whether the cells after the first hold numbers, which stand below one another.
  var isNumeric = false

  /// In a region that scrolls by itself where the page is narrow, reachable by keyboard.
  var html: HTML {
    let head = headings.map { "<th scope=\"col\">\($0)</th>" as HTML }
    let body = rows.map { row -> HTML in
      let cells = row.dropFirst().map { "<td>\($0)</td>" as HTML }
      return "<tr><th scope=\"row\">\(row.first ?? .empty)</th>\(cells.joined(.empty))</tr>"
    }
    let kind = isNumeric ? "numbers" : "words"
    return """
      <div class="scroll" role="region" aria-label="\(caption)" tabindex="0">
      <table class="\(kind)">
      <caption>\(caption)</caption>
      <thead><tr>\(head.joined(.empty))</tr></thead>
      <tbody>
      \(body)
      </tbody>
      </table>
      </div>
      """
  }
}

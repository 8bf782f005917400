import Foundation

/// A block of code on a page of the documentation.
struct PageBlock: Equatable {
  /// What stands behind the fence; `sh` for indented blocks, which are commands.
  var language: String
  var text: String
  /// The number of its first line on the page.
  var line: Int
  /// The file that the paragraph before it names last, such as `fade.csv`.
  var name: String?

  /// The blocks of a page of Markdown, in their order.
  static func blocks(of page: String) -> [PageBlock] {
    let lines = page.components(separatedBy: "\n")
    var blocks: [PageBlock] = []
    var index = 0
    func isIndented(_ line: String) -> Bool { line.hasPrefix("    ") }
    while index < lines.count {
      let start = index
      var language = "sh"
      var taken: [String] = []
      if lines[index].hasPrefix("```") {
        language = String(lines[index].dropFirst(3))
        index += 1
        while index < lines.count, !lines[index].hasPrefix("```") {
          taken.append(lines[index])
          index += 1
        }
        index += 1
      } else if isIndented(lines[index]), start > 0, lines[start - 1].isEmpty {
        while index < lines.count, isIndented(lines[index]) {
          taken.append(String(lines[index].dropFirst(4)))
          index += 1
        }
      } else {
        index += 1
        continue
      }
      blocks.append(
        PageBlock(
          language: language, text: taken.joined(separator: "\n"), line: start + 1,
          name: fileName(before: start, in: lines)))
    }
    return blocks
  }

  /// The file that the paragraph above a line names last.
  private static func fileName(before start: Int, in lines: [String]) -> String? {
    var end = start
    while end > 0, lines[end - 1].isEmpty { end -= 1 }
    var first = end
    while first > 0, !lines[first - 1].isEmpty { first -= 1 }
    let paragraph = lines[first..<end].joined(separator: " ")
    return paragraph.matches(of: /`([A-Za-z0-9_.-]+\.(?:csv|yaml))`/).last.map { String($0.output.1) }
  }

  /// The commands of the block, each in words; quotes and continued lines are as in a shell.
  var commands: [[String]] {
    let joined = text.replacing(/\\\n\s*/, with: " ")
    return joined.split(separator: "\n").flatMap { line in
      PageBlock.words(String(line)).split(separator: "&&").map(Array.init)
    }
  }

  private static func words(_ line: String) -> [String] {
    var words: [String] = []
    var word = ""
    var isOpen = false
    var quote: Character?
    for character in line {
      if character == quote {
        quote = nil
      } else if quote == nil, character == "'" || character == "\"" {
        (quote, isOpen) = (character, true)
      } else if quote == nil, character == " " {
        if isOpen { words.append(word) }
        (word, isOpen) = ("", false)
      } else {
        word.append(character)
        isOpen = true
      }
    }
    return isOpen ? words + [word] : words
  }
}

import ArgumentParser
import RunFiles

/// Prints the tables that the program itself works with.
struct DescribeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe",
    abstract: "Print what parameters, mechanisms, materials, columns and exit codes mean.",
    discussion: """
      Without a topic, lists the topics. A name is a key path, its last part, a section of scenarios, or the heading \
      of a column.

      Examples:
        cyclelife describe parameters 'cell.stack pressure'
        cyclelife describe parameters degradation.cracks
        cyclelife describe columns 'Contact Fraction'
      """)

  @Argument(help: "What to describe: \(topics.map(\.topic).joined(separator: ", ")).")
  var topic: String?

  @Argument(help: "One entry, or those of a section (default: all).")
  var name: String?

  private static let topics: [Description] = [
    .parameters, .mechanisms, .materials, .columns, ExitStatus.description,
  ]

  func run() throws {
    guard let topic else {
      let entries = DescribeCommand.topics.map { Description.Entry(name: $0.topic, head: $0.abstract) }
      return print(entries)
    }
    guard let described = DescribeCommand.topics.first(where: { $0.topic == topic }) else {
      let all = Description(
        topic: "", abstract: "",
        entries: DescribeCommand.topics.map { Description.Entry(name: $0.topic, head: "") })
      throw ValidationError(
        "There is no topic '\(topic)'\(hint(all.suggestions(for: topic))) Topics are "
          + all.entries.map(\.name).joined(separator: ", ") + ".")
    }
    guard let name else { return print(described.entries) }
    let found = described.entries(named: name)
    guard !found.isEmpty else {
      throw ValidationError(
        "There is nothing called '\(name)' among the \(topic)\(hint(described.suggestions(for: name)))")
    }
    print(found)
  }

  private func hint(_ names: [String]) -> String {
    names.isEmpty ? "." : "; nearest name\(names.count > 1 ? "s" : ""): \(names.joined(separator: ", "))."
  }

  private func print(_ entries: [Description.Entry]) {
    for line in Description.lines(entries) { Console.print(line) }
  }
}

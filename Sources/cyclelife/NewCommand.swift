import ArgumentParser
import Foundation
import RunFiles

/// Writes a scenario, or a cathode material, to begin with.
struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Write a commented scenario, or a cathode material, to begin with.",
    discussion: """
      The file is one of the scenarios that come with the program. A file of that name is not replaced (73).

      Examples:
        cyclelife new my-cell
        cyclelife new pressure --from stack-pressure
        cyclelife new my-material --material nca
        cyclelife new --list
      """)

  @Argument(help: "The file to write; .yaml is added to the name.")
  var name: String?

  @Option(help: "The scenario to begin from; the beginning of its name will do.")
  var from = ShippedScenario.all[0].name

  @Option(
    help: "Write a cathode material instead, from this one: \(ShippedMaterial.names.joined(separator: ", "))."
  )
  var material: String?

  @Flag(help: "Print the scenarios to begin from and write nothing.")
  var list = false

  func validate() throws {
    guard list || name != nil else { throw ValidationError("The name of the scenario is missing.") }
    if let material, !ShippedMaterial.names.contains(material) {
      throw ValidationError(
        "There is no material '\(material)' to begin from; there are \(ShippedMaterial.names.joined(separator: ", "))."
      )
    }
    guard ShippedScenario(named: from) != nil else {
      throw ValidationError(
        "There is no scenario '\(from)' to begin from; "
          + (ShippedScenario.nearest(to: from).map { "nearest name: \($0)." }
            ?? "'cyclelife new --list' prints all."))
    }
  }

  func run() throws {
    if list {
      let entries = ShippedScenario.all.map { Description.Entry(name: $0.name, head: $0.title) }
      for line in Description.lines(entries) { Console.print(line) }
      return
    }
    guard let name, let scenario = ShippedScenario(named: from) else { return }
    let path = name.hasSuffix(".yaml") ? name : name + ".yaml"
    if let material {
      try reportingErrors { try ShippedMaterial.write(material, to: path) }
      Console.print("written: \(path), from \(material)")
      Console.print("next: name it in a scenario, 'cathode: {material: \(path)}'")
      return
    }
    try reportingErrors { try scenario.write(to: path) }
    Console.print("written: \(path), from \(scenario.name)")
    Console.print("next: cyclelife check \(path), then cyclelife run \(path)")
  }
}

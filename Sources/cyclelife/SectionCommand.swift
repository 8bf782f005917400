import ArgumentParser
import Foundation
import RunFiles

/// Writes the image of a section that a scenario draws, as one of a microscope would be given.
struct SectionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "section", abstract: "Write the image of a section that a scenario draws from its seed.",
    discussion: """
      Prints the lines of a scenario that uses the image. Every crystal has a label of its own; where contact is not \
      everywhere, the first row tells where it is.

      Example:
        cyclelife section my-cell.yaml --output section.pgm --pixel-size '0.1 um'
      """)

  @OptionGroup var options: ScenarioOptions

  @Option(help: ArgumentHelp("The image, a graymap.", valueName: "file.pgm"))
  var output: String

  @Option(name: .customLong("pixel-size"), help: ArgumentHelp("The side of a pixel.", valueName: "length"))
  var pixelSize = "0.25 um"

  @Flag(help: "Print nothing but warnings and errors.")
  var quiet = false

  func validate() throws {
    guard output.lowercased().hasSuffix(".pgm") else {
      throw ValidationError("--output \(output): expected a name that ends in .pgm")
    }
  }

  func run() throws {
    try reportingErrors {
      let resolved = try ScenarioReader(overrides: options.overrides).read(path: options.scenario)
      let section = try DrawnSection(resolved, overrides: options.overrides, pixelSize: pixelSize)
      try section.write(to: output)
      if quiet { return }
      for line in section.lines(image: URL(fileURLWithPath: output).lastPathComponent) { Console.print(line) }
    }
  }
}

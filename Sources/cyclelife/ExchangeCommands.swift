import ArgumentParser
import RunFiles

/// Writes the parameters of a run for other programs.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write the parameters of a finished run for other programs.",
    discussion: """
      --bpx: a file of the Battery Parameter eXchange, version 1, of the kind Partial. A file of that name is not \
      replaced (73).

      Example:
        cyclelife export runs/dense-lco-1c --bpx --output cell.json
      """)

  @Argument(help: ArgumentHelp("The directory of a finished run.", valueName: "run"))
  var directory: String

  @Flag(help: "As a file of BPX.")
  var bpx = false

  @Option(help: ArgumentHelp("The file; standard output without it.", valueName: "file.json"))
  var output: String?

  func validate() throws {
    guard bpx else { throw ValidationError("The format is missing: --bpx.") }
  }

  func run() throws {
    try reportingErrors {
      let export = try BPXExport(run: directory)
      for warning in export.warnings { Console.warning(warning) }
      guard let output else { return Console.print(String(decoding: export.json.dropLast(), as: UTF8.self)) }
      try export.write(to: output)
      Console.print("written: \(output)")
    }
  }
}

/// Makes a scenario of the parameters of another program.
struct ImportBPXCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import-bpx", abstract: "Make a scenario of a file of BPX, version 0.x or 1.x.",
    discussion: """
      Lists what was used, what was assumed and what was ignored, and why; the scenario has the list as a comment. A \
      file of that name is not replaced (73).

      Example:
        cyclelife import-bpx cell.json --output my-cell.yaml
      """)

  @Argument(help: ArgumentHelp("The file of BPX.", valueName: "file.json"))
  var file: String

  @Option(help: ArgumentHelp("The scenario; standard output without it.", valueName: "scenario.yaml"))
  var output: String?

  func run() throws {
    try reportingErrors {
      let made = try BPXImport(path: file)
      guard let output else { return Console.print(String(made.scenario.dropLast())) }
      try made.write(to: output)
      for line in made.lines { Console.print(line) }
      Console.print("written: \(output)")
      Console.print("next: cyclelife check \(output), then cyclelife run \(output)")
    }
  }
}

import ArgumentParser
import CycleLife
import Foundation
import RunFiles

@main
struct CycleLifeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cyclelife",
    abstract: "Cycle life of solid-state cells with dense cathodes.",
    discussion: """
      Exit codes: 0 done, 1 a computed value of 'validate' is out of tolerance, 64 wrong command line, \
      65 invalid scenario or data, 66 scenario or data missing or unreadable, 70 solver failure, \
      73 output directory cannot be created or is in use, 74 results cannot be written, 75 interrupted: the same \
      command continues.
      """,
    version: RunManifest.programVersion,
    subcommands: [
      RunCommand.self, ResumeCommand.self, CheckCommand.self, SectionCommand.self, ValidateCommand.self,
      FitCommand.self,
    ])

  static func main() {
    // Without this, a closed pipe on standard output would kill a long run.
    signal(SIGPIPE, SIG_IGN)
    main(nil)
  }
}

/// The scenario and what overrides it.
struct ScenarioOptions: ParsableArguments {
  @Argument(help: "The scenario, a YAML file.")
  var scenario: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Override one value, such as 'cathode.thickness=30 um'; may be repeated.",
      valueName: "key.path=value"))
  var overrides: [String] = []

  /// The study with `overrides` and `more` applied; reports every mistake and exits when it has any.
  func read(_ more: [String] = []) throws -> Study {
    try reportingErrors { try ScenarioReader(overrides: overrides + more).readStudy(path: scenario) }
  }

  /// The name of the scenario's file without its extension.
  var stem: String { URL(fileURLWithPath: scenario).deletingPathExtension().lastPathComponent }
}

/// Runs `body`; reports what it throws and exits with the code that stands for it.
func reportingErrors<Result>(_ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let code as ExitCode {
    throw code
  } catch let interruption as RunInterrupted {
    // How to go on was said where that is known.
    throw ExitCode(ExitStatus(interruption).rawValue)
  } catch {
    Console.error("\(error)")
    throw ExitCode(ExitStatus(error).rawValue)
  }
}

/// Prints a scenario with all its defaults.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check a scenario and print every value it resolves to; runs nothing.",
    discussion: "What is printed is itself a scenario that gives the same run, or the same study.")

  @OptionGroup var options: ScenarioOptions

  func run() throws {
    Console.print(String(try options.read().table.dropLast()))
  }
}

import ArgumentParser
import RunFiles

/// Continues an interrupted run, or extends a finished one, from its directory alone.
struct ResumeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Continue an interrupted run, or extend a finished one.",
    discussion: """
      The results are those of a run that was never interrupted and had so many cycles from the start.

      Examples:
        cyclelife resume runs/dense-lco-1c
        cyclelife resume runs/dense-lco-1c --cycles 2000
      """)

  @Argument(help: ArgumentHelp("The directory of the run.", valueName: "run"))
  var directory: String

  @Option(help: "How many cycles the run is to have in all (default: as many as it was to have).")
  var cycles: Int?

  @OptionGroup var output: OutputOptions

  func run() throws {
    output.startClock()
    try reportingErrors { try RunReporter(OpenedRun(resuming: directory, cycles: cycles), output).carryOut() }
  }
}

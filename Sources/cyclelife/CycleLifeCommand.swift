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
      Simulates how a cell with a polycrystalline LiCoO2 cathode loses capacity from cycle to cycle: lithium transport, \
      the stresses it causes, cracks that grow and an interface that debonds. A scenario, a short YAML file, says what \
      differs from the default cell; results go into a directory.

      Examples:
        cyclelife new my-cell                  a scenario to begin with
        cyclelife check my-cell.yaml           every value and what it rests on
        cyclelife run my-cell.yaml             results in runs/my-cell
        cyclelife report runs/my-cell          all of it on one page
        cyclelife describe parameters cathode  what can be changed

      Streams:
      Results and summaries go to standard output; progress, warnings and errors to standard error. Progress is drawn \
      on a terminal only. Nothing is coloured, so that NO_COLOR has nothing to turn off. --quiet of run, resume, \
      validate, fit, section and report silences all but warnings and errors.

      Environment:
      OMP_NUM_THREADS, else SLURM_CPUS_PER_TASK, says how many runs of a study are carried out at once, unless --jobs \
      does. gnuplot, which draws the figures, is looked for in PATH.

      Exit codes:
      \(Description.lines(ExitStatus.description.entries, width: 76).map { "  " + $0 }.joined(separator: "\n"))

      Shell completion:
        cyclelife --generate-completion-script bash > /etc/bash_completion.d/cyclelife
      """,
    version: RunManifest.programVersion,
    subcommands: [
      RunCommand.self, ResumeCommand.self, CheckCommand.self, SectionCommand.self, ValidateCommand.self,
      FitCommand.self, ReportCommand.self, NewCommand.self, ExportCommand.self, ImportBPXCommand.self,
      DescribeCommand.self,
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

/// How large the electrode was whose capacities a file holds.
struct MeasuredElectrodeOptions: ParsableArguments {
  @Option(
    name: .customLong("data-mass"),
    help: ArgumentHelp(
      "The active mass of the measured electrode, '11 mg' or '11 mg/cm2'; needed for data that are not per mass.",
      valueName: "mass"))
  var mass: String?

  @Option(
    name: .customLong("data-area"),
    help: ArgumentHelp("The geometric area of the measured electrode, such as '1.3 cm2'.", valueName: "area"))
  var area: String?

  /// The electrode; throws when it cannot be read.
  func measured() throws -> MeasuredElectrode {
    guard let electrode = MeasuredElectrode(mass: mass, area: area) else {
      throw ValidationError(
        "--data-mass needs a mass, such as '11 mg', or '11 mg/cm2', and --data-area an area, such as '1.3 cm2'."
      )
    }
    return electrode
  }
}

/// Measured capacities that are laid over a fade.
struct MeasuredFadeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Measured discharge capacities by cycle, laid over the fade: a CSV file as CycleLife, the Battery Data Format, "
        + "Arbin, Neware, BEEP, cellpy, PyProBE or PyBaMM writes it.", valueName: "file"))
  var data: String?

  @OptionGroup var electrode: MeasuredElectrodeOptions

  func validate() throws {
    _ = try electrode.measured()
    guard data != nil || electrode.mass == nil && electrode.area == nil else {
      throw ValidationError("--data-mass and --data-area belong to --data.")
    }
  }

  /// What was measured; nil where no file is named.
  func read() throws -> MeasuredFade? {
    let electrode = try electrode.measured()
    return try data.map { try MeasuredFade(path: $0, electrode: electrode) }
  }
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
    discussion: """
      What is printed is itself a scenario that gives the same run, or the same study. Its last line, a comment, \
      says how long that takes.

      Examples:
        cyclelife check scenarios/dense-lco-1c.yaml
        cyclelife check my-cell.yaml --set 'cathode.thickness=30 um'
      """)

  @OptionGroup var options: ScenarioOptions

  func run() throws {
    let study = try options.read()
    for warning in study.base.warnings { Console.warning(warning) }
    Console.print(String(study.table.dropLast()))
    if let cost = study.withCases.cost { Console.print("\n# \(cost)") }
  }
}

import ArgumentParser
import RunFiles

/// Writes a page about finished runs.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write one page of HTML about finished runs, alone or compared.",
    discussion: """
      The page needs no other file and no network: the answer with its uncertainty, the numbers of every case, what \
      differs between the runs, figures, fields through the cycles, and what all of it rests on. An earlier report is \
      replaced, any other file is not (73). --data lays measured capacities over the fade.

      Examples:
        cyclelife report runs/dense-lco-1c
        cyclelife report runs/soft runs/stiff --output pressure.html
        cyclelife report runs/dense-lco-1c --data cell-7.csv --data-mass '11 mg/cm2' --data-area '1.3 cm2'
      """)

  @Argument(help: ArgumentHelp("Directories of finished runs, ensembles or studies.", valueName: "run"))
  var runs: [String]

  @Option(help: ArgumentHelp("The page.", valueName: "file.html"))
  var output = "report.html"

  @OptionGroup var measured: MeasuredFadeOptions

  @Flag(help: "Print nothing but warnings and errors.")
  var quiet = false

  func run() throws {
    try reportingErrors {
      let report = try Report(runs, measured: try measured.read())
      try report.write(to: output)
      for figure in report.missing { Console.warning("the report lacks \(figure)") }
      if !quiet { Console.print("report: \(output)") }
    }
  }
}

import Foundation

/// The figure of capacity and Coulombic efficiency against cycle, drawn by gnuplot.
///
/// The script stays in the run directory: `gnuplot capacity.gp` draws the figure again.
public struct CapacityFigure: Sendable {
  /// The name of the script.
  public static let scriptName = "capacity.gp"
  /// The names of the drawings.
  public static let imageNames = ["capacity.png", "capacity.svg"]

  /// The heading of the figure.
  public var title: String

  /// Creates the figure with a heading on one line.
  public init(title: String) {
    self.title = title
  }

  /// Writes the script and draws both images into `directory`.
  ///
  /// Returns a warning when gnuplot is missing or fails: a run does not fail for want of a figure.
  /// Throws ``RunFileError`` when the script or an image cannot be written.
  public func draw(in directory: RunDirectory) throws(RunFileError) -> String? {
    try directory.write(Data(script.utf8), to: CapacityFigure.scriptName)
    guard let gnuplot = CapacityFigure.executable(named: "gnuplot") else {
      return "no figure: gnuplot is not installed (Debian: gnuplot-nox); "
        + "'gnuplot \(CapacityFigure.scriptName)' in \(directory.path) draws it later"
    }
    let process = Process()
    let messages = Pipe()
    process.executableURL = URL(fileURLWithPath: gnuplot)
    process.currentDirectoryURL = URL(fileURLWithPath: directory.path, isDirectory: true)
    process.arguments = ["-e", "suffix = '.partial'", CapacityFigure.scriptName]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = messages
    do {
      try process.run()
    } catch {
      return "no figure: gnuplot cannot be started: \(error.localizedDescription)"
    }
    let said = (try? messages.fileHandleForReading.readToEnd()) ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      return "no figure: gnuplot failed: \(oneLine(String(decoding: said, as: UTF8.self), limit: 200))"
    }
    for name in CapacityFigure.imageNames {
      let path = directory.path(of: name)
      guard rename(path + ".partial", path) == 0 else {
        throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
      }
    }
    return nil
  }

  /// The first executable file of that name in the search path.
  private static func executable(named name: String) -> String? {
    let search = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return search.split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// The gnuplot script; colours are two of the colour-blind safe set of Okabe and Ito.
  var script: String {
    """
    # Discharge capacity and Coulombic efficiency against cycle, from \(RunRecorder.cyclesName).
    # Draw again with: gnuplot \(CapacityFigure.scriptName)
    if (!exists("suffix")) suffix = ''
    heading = '\(title.replacing("'", with: "''"))'

    set encoding utf8
    set datafile separator ','
    # Discharge capacity in mAh/g, Coulombic efficiency.
    capacity = 3
    efficiency = 5
    stats '\(RunRecorder.cyclesName)' skip 1 using capacity nooutput
    largest = STATS_max
    cycles = STATS_records
    stats '\(RunRecorder.cyclesName)' skip 1 every ::0::0 using capacity nooutput
    limit = 0.8 * STATS_max

    # Few cycles are marked one by one; of many, every so many are.
    interval = cycles > 60 ? int(cycles / 30) : 1
    last = cycles > 1 ? cycles : 2
    set xrange [0:last + 0.02 * last]
    set yrange [0:(largest > 0 ? 1.3 * largest : 1)]
    set y2range [0:110]
    set xtics out nomirror
    if (cycles < 12) set xtics 1
    set ytics out nomirror
    set y2tics out 0, 20, 100
    if (cycles >= 12) set mxtics 2
    set mytics 2
    set grid xtics ytics linetype 1 dashtype solid linewidth 0.6 linecolor rgb '#E0E0E0'
    set border 11 linewidth 1
    set xlabel 'Cycle / 1'
    set ylabel 'Discharge capacity / mAh g⁻¹' textcolor rgb '#0072B2'
    set y2label 'Coulombic efficiency / %' textcolor rgb '#D55E00'
    set title heading noenhanced
    set key at graph 0.03, graph 0.06 left bottom Left reverse samplen 2.5 spacing 1.2
    set style line 1 linecolor rgb '#0072B2' linewidth 2 pointtype 7 pointsize 0.7
    set style line 2 linecolor rgb '#D55E00' linewidth 1.5 pointtype 4 pointsize 0.6
    set style line 3 linecolor rgb '#555555' linewidth 2 dashtype (9, 6)

    # Both images show the same: what is drawn stands once, as text, and is drawn twice.
    drawing = "plot '\(RunRecorder.cyclesName)' skip 1 using 1:capacity axes x1y1 " \\
      . "with linespoints linestyle 1 pointinterval interval title 'Discharge capacity', " \\
      . "'' skip 1 using 1:(100 * column(efficiency)) axes x1y2 " \\
      . "with linespoints linestyle 2 pointinterval interval title 'Coulombic efficiency (right)', " \\
      . "limit axes x1y1 with lines linestyle 3 title sprintf('80 %% of cycle 1 (%.1f mAh g⁻¹)', limit)"

    set terminal pngcairo size 1600, 1100 font 'DejaVu Sans,26' linewidth 2 pointscale 2
    set output 'capacity.png' . suffix
    eval drawing
    set terminal svg size 800, 550 font 'DejaVu Sans,13' background 'white'
    set output 'capacity.svg' . suffix
    eval drawing
    unset output

    """
  }
}

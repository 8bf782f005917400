import Foundation
import RunFiles

/// A figure drawn by gnuplot from data beside it.
///
/// The one place of this module that starts gnuplot. The script stays in the directory, so that
/// `gnuplot NAME.gp` draws the figure again.
struct GnuplotFigure {
  /// The name of script and images without extension.
  let name: String
  /// Width and height of the vector image in points; the pixel image is twice as large.
  let size: (width: Int, height: Int)
  /// The commands between preamble and output; they set a text `drawing`, the plot command.
  let commands: String

  /// The names of the files that ``draw(in:)`` makes when all goes well.
  var fileNames: [String] { ["\(name).gp"] + imageNames }

  private var imageNames: [String] { ["\(name).png", "\(name).svg"] }

  /// Writes the script and draws both images; returns a warning when gnuplot is missing or fails.
  func draw(in directory: RunDirectory) throws(RunFileError) -> String? {
    try directory.write(Data(script.utf8), to: "\(name).gp")
    let search = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let gnuplot = search.split(separator: ":").map { "\($0)/gnuplot" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
    guard let gnuplot else {
      return "no figure \(name): gnuplot is not installed (Debian: gnuplot-nox); "
        + "'gnuplot \(name).gp' in \(directory.path) draws it later"
    }
    let process = Process()
    let messages = Pipe()
    process.executableURL = URL(fileURLWithPath: gnuplot)
    process.currentDirectoryURL = URL(fileURLWithPath: directory.path, isDirectory: true)
    process.arguments = ["-e", "suffix = '.partial'", "\(name).gp"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = messages
    do { try process.run() } catch {
      return "no figure \(name): gnuplot cannot be started: \(error.localizedDescription)"
    }
    let said = (try? messages.fileHandleForReading.readToEnd()) ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let words = String(decoding: said, as: UTF8.self).split(whereSeparator: \.isWhitespace)
      return "no figure \(name): gnuplot failed: \(words.joined(separator: " ").prefix(300))"
    }
    for image in imageNames {
      let path = directory.path(of: image)
      guard rename(path + ".partial", path) == 0 else {
        throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
      }
    }
    return nil
  }

  private var script: String {
    """
    # Draw again with: gnuplot \(name).gp
    if (!exists("suffix")) suffix = ''
    set encoding utf8
    set datafile separator ','
    set datafile missing 'nan'
    set tics out nomirror
    set border 3 linewidth 1

    \(commands)

    # Both images show the same: what is drawn stands once, as text, and is drawn twice.
    set terminal pngcairo size \(2 * size.width), \(2 * size.height) font 'DejaVu Sans,26' linewidth 2 pointscale 2
    set output '\(name).png' . suffix
    eval drawing
    set terminal svg size \(size.width), \(size.height) font 'DejaVu Sans,13' background 'white'
    set output '\(name).svg' . suffix
    eval drawing
    unset output

    """
  }
}

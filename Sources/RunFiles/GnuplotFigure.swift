import Foundation

/// A figure drawn by gnuplot from data that lie beside its script.
///
/// The script stays in the run directory: `gnuplot NAME.gp` draws the figure again.
public struct GnuplotFigure: Sendable {
  /// The name of the script and the drawings, without extension.
  public let name: String
  /// The size of the drawing in points.
  let width: Int
  let height: Int
  /// What is drawn from what, in words.
  let content: String
  /// The commands that come before drawing.
  let settings: String
  /// The commands that draw, carried out once for each image.
  let drawing: String

  /// Creates a figure; what each part holds stands with its property.
  public init(name: String, width: Int, height: Int, content: String, settings: String, drawing: String) {
    self.name = name
    self.width = width
    self.height = height
    self.content = content
    self.settings = settings
    self.drawing = drawing
  }

  /// The name of the script.
  public var scriptName: String { name + ".gp" }
  /// The names of the drawings.
  public var imageNames: [String] { [name + ".png", name + ".svg"] }

  /// Writes the script and draws both images into `directory`.
  ///
  /// Returns a warning when gnuplot is missing or fails: a run does not fail for want of a figure.
  /// Throws ``RunFileError`` when the script or an image cannot be written.
  public func draw(in directory: RunDirectory) throws(RunFileError) -> String? {
    try directory.write(Data(script.utf8), to: scriptName)
    guard let gnuplot = GnuplotFigure.executable(named: "gnuplot") else {
      return "no figure: gnuplot is not installed (Debian: gnuplot-nox); "
        + "'gnuplot \(scriptName)' in \(directory.path) draws it later"
    }
    let process = Process()
    let messages = Pipe()
    process.executableURL = URL(fileURLWithPath: gnuplot)
    process.currentDirectoryURL = URL(fileURLWithPath: directory.path, isDirectory: true)
    process.arguments = ["-e", "suffix = '.partial'", scriptName]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = messages
    // gnuplot writes through links.
    for name in imageNames { try directory.remove(name + ".partial") }
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
    for name in imageNames {
      let path = directory.path(of: name)
      guard rename(path + ".partial", path) == 0 else {
        throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
      }
    }
    return nil
  }

  /// A text as a string of gnuplot, in which nothing has a special meaning.
  static func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }

  /// The whole script: what is drawn stands once and is drawn twice, at two sizes of one layout.
  var script: String {
    """
    # \(content)
    # Draw again with: gnuplot \(scriptName)
    if (!exists("suffix")) suffix = ''

    set encoding utf8
    set datafile separator ','
    set border linewidth 1
    set tics out nomirror
    \(settings)

    do for [image in 'png svg'] {
      if (image eq 'png') {
        set terminal pngcairo size \(2 * width), \(2 * height) font 'DejaVu Sans,13' \\
          fontscale 2 linewidth 2 pointscale 2
      } else {
        set terminal svg size \(width), \(height) font 'DejaVu Sans,13' background 'white'
      }
      set output '\(name).' . image . suffix
      \(drawing.replacing("\n", with: "\n  "))
      unset output
    }

    """
  }

  /// Whether figures can be drawn.
  static var isPossible: Bool { executable(named: "gnuplot") != nil }

  /// The first executable file of that name in the search path.
  static func executable(named name: String) -> String? {
    let search = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return search.split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}

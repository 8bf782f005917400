import CycleLife
import Foundation

/// The three streams of the program: results on standard output, all else on standard error.
enum Console {
  /// Whether progress can be drawn over itself.
  static let isTerminal = isatty(STDERR_FILENO) == 1
  /// Whether standard output is read by a person who also sees the progress bar.
  static let isOutputTerminal = isatty(STDOUT_FILENO) == 1

  /// Prints a line to standard output.
  static func print(_ line: String) { write(line + "\n", to: .standardOutput) }

  /// Prints what went wrong, one problem on a line.
  static func error(_ description: String) {
    for line in description.split(separator: "\n") { note("error: \(line)") }
  }

  /// Prints a warning; the program goes on.
  static func warning(_ text: String) { note("warning: \(text)") }

  /// Warns where the mesh adds more to diffusion across the layers than it may.
  static func warnOfMesh(spuriousShare: Double, where place: String = "") {
    guard spuriousShare > CycleRunner.spuriousShareLimit else { return }
    warning(
      String(
        format: "the mesh adds %.0f %% to the slow diffusivity in the worst crystal%@; refine "
          + "numerics.mesh width and numerics.depth mesh width", 100 * spuriousShare, place))
  }

  /// Replaces the current line of standard error.
  static func progress(_ text: String) { write("\r\u{1B}[K" + text, to: .standardError) }

  private static func note(_ line: String) {
    write((isTerminal ? "\r\u{1B}[K" : "") + "cyclelife: \(line)\n", to: .standardError)
  }

  /// A reader that has gone away does not end a run, whose results are in files.
  private static func write(_ text: String, to stream: FileHandle) {
    try? stream.write(contentsOf: Data(text.utf8))
  }
}

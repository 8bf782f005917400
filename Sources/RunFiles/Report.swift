import CycleLife
import Foundation

/// One page of HTML on finished runs, ensembles and studies, which needs no other file and no network.
///
/// The page depends on the directories and what is measured alone: made again it is the same, byte for byte.
public struct Report: Sendable {
  /// A case of one of the runs under a name that no other case of the report has.
  struct Entry: Sendable {
    /// The place of the run among all.
    var run: Int
    var label: String
    var reported: ReportedCase
  }

  let runs: [ReportedRun]
  /// What is not the same in all runs.
  let differences: [Difference]
  /// What each run is called.
  let labels: [String]
  let entries: [Entry]
  /// The last cycle that all cases were asked for, in which they are compared.
  let lastCycle: Int
  /// The fade of all cases in one figure; nil where the runs' own figures show it, or it cannot be drawn.
  let fade: ReportedRun.Picture?
  /// What was measured, which is laid over the fade; nil for nothing.
  let measured: MeasuredFade?
  /// The figures that the page lacks, and why.
  public let missing: [String]

  /// Reads the runs in the directories at `paths`, of which there is at least one, and draws what compares them,
  /// with what is measured beside the fade.
  ///
  /// Throws ``RunFileError`` when a directory is missing or holds no finished run.
  public init(_ paths: [String], measured: MeasuredFade? = nil) throws(RunFileError) {
    self.measured = measured
    var runs: [ReportedRun] = []
    for path in paths { runs.append(try ReportedRun(path: path)) }
    self.runs = runs
    differences = Report.differences(runs)
    labels = Report.labels(runs, differences)
    entries = runs.indices.flatMap { [labels] index in
      runs[index].cases.map { reported in
        let label = labels[index]
        let own = runs.count == 1 ? reported.label : "\(label): \(reported.label)"
        return Entry(run: index, label: runs[index].cases.count == 1 ? label : own, reported: reported)
      }
    }
    lastCycle = entries.map(\.reported.requested).min() ?? 1
    var missing: [String] = []
    (fade, missing) = try Report.fade(runs, entries, measured)
    for (run, label) in zip(runs, labels) {
      let place = runs.count == 1 ? "" : " of \(label)"
      if run.pictures.isEmpty, run.missingPictures.isEmpty {
        missing.append("figures\(place): the run drew none")
      }
      missing += run.missingPictures.map { name in
        "\(name)\(place): not drawn; 'gnuplot \(name).gp' in \(run.path) draws it"
      }
    }
    self.missing = missing
  }

  /// The titles of the runs; where those are alike what differs, if that is little, or the names of the directories.
  private static func labels(_ runs: [ReportedRun], _ differences: [Difference]) -> [String] {
    // How long and how often a cell was run is no part of it.
    let own = differences.filter { !$0.key.hasPrefix("run.") && $0.key != ScenarioKey.protocolSteps.path }
    let values = runs.indices.map { run in
      own.map { "\($0.name) \($0.values[run] ?? "not known")" }.joined(separator: ", ")
    }
    let choices =
      [runs.map(\.title)] + ((1...3).contains(own.count) ? [values] : [])
      + [runs.map(\.name), runs.map(\.path)]
    return choices.first { Set($0).count == runs.count }
      ?? runs.indices.map { "Run \($0 + 1): \(runs[$0].path)" }
  }

  /// More curves than this are not told apart.
  private static let curveLimit = StudyFigure.bandLimit

  /// Draws the fade of all cases, unless the only run has drawn it itself and nothing is measured.
  private static func fade(_ runs: [ReportedRun], _ entries: [Entry], _ measured: MeasuredFade?)
    throws(RunFileError) -> (picture: ReportedRun.Picture?, missing: [String])
  {
    let cycled = entries.filter { $0.reported.points.count > 1 }
    if measured == nil, runs.count == 1,
      runs[0].pictures.contains(where: { ["capacity", "fade"].contains($0.name) })
    {
      return (nil, [])
    }
    guard !cycled.isEmpty else {
      return (nil, measured == nil ? [] : ["fade beside what is measured: no case has several cycles"])
    }
    guard cycled.count <= curveLimit else {
      // A study of so many cases has a figure of another kind.
      if measured == nil, runs.count == 1, !runs[0].pictures.isEmpty { return (nil, []) }
      return (nil, ["fade: \(cycled.count) curves do not fit a figure; expected at most \(curveLimit)"])
    }
    let hasBands = cycled.contains { $0.reported.runs > 1 }
    let curves = cycled.enumerated().map { index, entry in
      FadeCurves.Curve(
        number: index + 1, label: entry.label,
        points: entry.reported.points.map { point in
          let value = point.capacity.value
          // A single run is its own band.
          let band = point.capacity.band ?? (lower: value, upper: value)
          return hasBands ? [value, band.lower, band.upper] : [value]
        })
    }
    let drawing = FadeCurves(
      curves: curves, title: runs.count == 1 ? runs[0].title : "Comparison",
      keyTitle: hasBands ? "Median and 10–90 % of the runs" : "", isOrdered: false, hasBands: hasBands,
      measured: measured
    ).drawing
    guard let drawing else { return (nil, []) }
    guard GnuplotFigure.isPossible else {
      return (nil, ["fade: gnuplot is not installed (Debian: gnuplot-nox)"])
    }
    let place = FileManager.default.temporaryDirectory.appendingPathComponent(
      "cyclelife-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: place) }
    let directory = try RunDirectory(creating: place.path)
    if let warning = try drawing.draw(in: directory).warning { return (nil, ["fade: \(warning)"]) }
    return (ReportedRun.picture("fade", in: directory), [])
  }

  // MARK: Writing

  /// What stands in every report near its beginning, by which one is known.
  static let mark = "<meta name=\"generator\" content=\"cyclelife report\">"

  /// Writes the page to `path`.
  ///
  /// Throws ``RunFileError``: `wouldReplace` when a file is there that is no report.
  public func write(to path: String) throws(RunFileError) {
    guard isFileOrMissing(path) else {
      throw .wouldReplace(path: path, reason: "it is no file; choose another with --output")
    }
    if let there = FileHandle(forReadingAtPath: path) {
      let start = (try? there.read(upToCount: 1024)) ?? Data()
      try? there.close()
      guard String(decoding: start, as: UTF8.self).contains(Report.mark) else {
        throw .wouldReplace(path: path, reason: "it is no report; choose another with --output")
      }
    } else if FileManager.default.fileExists(atPath: path) {
      throw .wouldReplace(path: path, reason: "it cannot be read; choose another with --output")
    }
    let file = try PartialFile(path: path)
    try file.append(Data(html.utf8))
    try file.complete()
  }
}

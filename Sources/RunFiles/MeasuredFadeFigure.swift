import CellPhysics
import Foundation

/// Measured capacities as points of a figure.
extension MeasuredFade {
  /// The file of a figure's points.
  static let tableName = "measured.csv"

  /// The points as a table; without a standard deviation `nan`.
  var table: String {
    let unit = Unit("mAh/g")!
    return "Cycle Count / 1,Discharge Capacity / mAh g-1,Standard Deviation / mAh g-1\n"
      + points.map { point in
        let sigma = point.sigma.map { StudyRun.cell(unit.fromSI($0)) } ?? "nan"
        return "\(point.cycle),\(StudyRun.cell(unit.fromSI(point.capacity))),\(sigma)\n"
      }.joined()
  }

  /// The last measured cycle.
  var lastCycle: Int { points.last?.cycle ?? 0 }

  /// The highest end of a bar, mAh/g.
  var top: Double {
    points.map { Unit("mAh/g")!.fromSI($0.capacity + ($0.sigma ?? 0)) }.max() ?? 0
  }

  /// What gnuplot's `plot` says of the points.
  var plot: String {
    let hasBars = points.contains { $0.sigma != nil }
    let label =
      "Measured\(hasBars ? ", ± 1 standard deviation" : ""): "
      + oneLine((name as NSString).lastPathComponent, limit: 40)
    return "'\(Self.tableName)' skip 1 using 1:2\(hasBars ? ":3 with yerrorbars" : " with points") "
      + "linecolor rgb '#000000' linewidth 1.2 pointtype 6 pointsize 0.9 title \(GnuplotFigure.quoted(label))"
  }
}

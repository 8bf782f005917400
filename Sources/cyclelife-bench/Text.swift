import Foundation
import RunFiles

/// Tables and numbers as text.
enum Text {
  /// Rows under a header, the columns as wide as they need; `right` ones end in line.
  static func table(_ header: [String], _ rows: [[String]], right: Set<Int>) -> String {
    let all = [header] + rows
    let widths = header.indices.map { column in all.map { $0[column].count }.max()! }
    let lines = all.map { row in
      let cells = row.indices.map { column -> String in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return right.contains(column) ? padding + row[column] : row[column] + padding
      }
      return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
    }
    let rule = String(repeating: "-", count: lines.map(\.count).max()!)
    return ([lines[0], rule] + lines.dropFirst()).joined(separator: "\n")
  }

  /// A time in s, with three digits and a unit that suits it.
  static func time(_ seconds: Double) -> String {
    let units = [(1.0, "s"), (1e-3, "ms"), (1e-6, "us")]
    let (scale, unit) = units.first { seconds >= $0.0 } ?? (1e-9, "ns")
    let value = seconds / scale
    return String(format: value < 10 ? "%.2f %@" : value < 100 ? "%.1f %@" : "%.0f %@", value, unit)
  }

  /// What times depend on.
  static var machine: String {
    let environment = RunManifest.Environment()
    return "\(environment.processor), OpenBLAS kernels \(environment.blasKernels ?? "unknown")"
  }

  static func measurements(_ lines: [Line]) -> String {
    let rows = lines.map { line in
      [
        line.name, time(line.seconds), time(line.upperQuartile), String(line.runs),
        line.errors.map { String(format: "%.1e %@", $0.value, $0.of) }.joined(separator: "; "),
      ] + (line.work?.counts.map { String($0.value) } ?? [String](repeating: "", count: 4))
    }
    return table(
      ["name", "median", "3rd quartile", "runs", "error", "steps", "Newton", "factorizations", "solves"],
      rows,
      right: [1, 2, 3, 5, 6, 7, 8])
  }

  static func comparisons(_ comparisons: [WorkTable.Comparison], tolerance: Double) -> String {
    let rows = comparisons.map { entry in
      [
        entry.job, entry.counter, entry.measured.map(String.init) ?? "missing",
        entry.reference.map(String.init) ?? "none",
        entry.deviation.map { String(format: "%+.1f %%", 100 * $0) } ?? "",
        entry.isWithin(tolerance) ? "" : "OFF",
      ]
    }
    return table(["job", "counter", "measured", "reference", "deviation", ""], rows, right: [2, 3, 4])
  }

  static func trials(_ trials: [InputTrial]) -> String {
    let rows = trials.map { trial in
      [
        trial.reader.rawValue, String(trial.accepted), String(trial.refused), time(trial.slowest.seconds),
        String(trial.slowest.number), trial.errors.isEmpty ? "" : "\(trial.errors.count) ERRORS",
      ]
    }
    return table(["reader", "accepted", "refused", "slowest", "its number", ""], rows, right: [1, 2, 3, 4])
  }

  static func marks(_ marks: [Endurance.Mark]) -> String {
    let rows = marks.map { mark in
      [
        String(mark.cycle), String(format: "%.1f MiB", Double(mark.memory) / 1_048_576), time(mark.seconds),
        time(mark.reference), String(format: "%.2f", mark.ratio), String(mark.solves),
        String(format: "%.1f %%", 100 * mark.retention),
      ]
    }
    return table(
      ["cycle", "memory", "time of a cycle", "of the first ones now", "ratio", "solves", "retention"],
      rows, right: [0, 1, 2, 3, 4, 5, 6])
  }

  static func goals(_ goals: [Goal]) -> String {
    let rows = goals.map { goal in
      [
        goal.job, (goal.isLeast ? "at least " : "") + String(format: "%g", goal.goal),
        String(format: "%.3g", goal.measured), goal.quantity,
        goal.errors.map { String(format: "%.1e %@", $0.value, $0.of) }.joined(separator: "; "),
        String(goal.runs), goal.isMet ? "" : "missed",
      ]
    }
    return table(["job", "goal", "measured", "", "error", "runs", ""], rows, right: [1, 2, 5])
  }
}

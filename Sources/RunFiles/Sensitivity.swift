import CellPhysics
import Numerics

/// One input of a sensitivity with what its low and its high value make of the cell's life.
struct SensitivityRow: Sendable {
  /// What a case gives, with standard errors of medians where there are replicates.
  struct Response: Sendable {
    /// The value of the input as it is written; of the base as it is in use.
    let text: String
    /// Cycles to 80 %; those that were run when the median did not fall so far.
    let cycles: Double
    let cyclesError: Double?
    /// Whether the median did not fall to 80 % within the cycles that were run.
    let isCensored: Bool
    /// Discharge capacity of the last cycle over the first.
    let retention: Double?
    let retentionError: Double?

    /// Nil where the solver failed in every run.
    init?(_ row: StudyRow, text: String, cycles: Int) {
      guard let result = row.result else { return nil }
      self.text = text
      let limit = Double(cycles)
      self.cycles = min(result.cyclesToEighty ?? limit, limit)
      isCensored = result.cyclesToEighty == nil
      // Runs that did not fall so far count with the cycles that were run: the error is at least this.
      let lives = row.ensemble?.members.map { min($0.result.cyclesToEighty ?? limit, limit) } ?? []
      cyclesError = isCensored ? nil : SampleSummary(lives)?.standardError
      retention = row.retention
      retentionError = row.ensemble?.retention?.standardError
    }
  }

  let name: String
  let base: Response
  let low: Response
  let high: Response

  /// The widest difference between the three, in cycles and in retention.
  var swing: Double { SensitivityRow.range([base, low, high].map(\.cycles)) }
  var retentionSwing: Double { SensitivityRow.range([base, low, high].compactMap(\.retention)) }

  private static func range(_ values: [Double]) -> Double { (values.max() ?? 0) - (values.min() ?? 0) }
}

extension Study {
  /// One input that a sensitivity moves, all others staying as they are.
  public struct SensitivityInput: Sendable {
    let key: StudyKey
    /// Numbers of the cases with its low and its high value; the base is case 1.
    let low: Int
    let high: Int
  }
}

extension StudyRun {
  /// The name of the table of a sensitivity.
  public static let sensitivityName = "sensitivity.csv"

  /// The inputs by swing, the widest first; those in which the solver failed are left out.
  func sensitivity(_ rows: [StudyRow]) -> [SensitivityRow] {
    let cycles = study.base.scenario.cycles
    let base = study.base.rows
    return study.sensitivity.compactMap { input -> SensitivityRow? in
      func response(_ number: Int) -> SensitivityRow.Response? {
        let setting = study.cases[number - 1].settings.first { $0.key == input.key }
        let inUse = base.first { $0.key == input.key.path }
        let unit = inUse.map { ["", "1"].contains($0.unit) ? "" : " \($0.unit)" } ?? ""
        let text = setting?.text ?? ((inUse?.value ?? "") + unit)
        return .init(rows[number - 1], text: oneLine(text), cycles: cycles)
      }
      guard let base = response(1), let low = response(input.low), let high = response(input.high) else {
        return nil
      }
      return SensitivityRow(name: input.key.path, base: base, low: low, high: high)
    }
    .enumerated().sorted {
      // Equal swings keep the order of the file.
      ($0.element.swing, $0.element.retentionSwing, $1.offset)
        > ($1.element.swing, $1.element.retentionSwing, $0.offset)
    }.map(\.element)
  }
}

extension Table<SensitivityRow> {
  /// The columns of `sensitivity.csv`.
  static let sensitivity: Table = {
    func values(_ name: String, _ response: @escaping @Sendable (Row) -> SensitivityRow.Response)
      -> [(String, Content)]
    {
      [
        ("\(name) Value / 1", .text { response($0).text }),
        ("\(name) Cycles to 80 % / 1", .number { response($0).cycles }),
        ("\(name) Cycles to 80 % Standard Error / 1", .optional { response($0).cyclesError }),
        ("\(name) Not Reached / 1", .count { response($0).isCensored ? 1 : 0 }),
        ("\(name) Retention / 1", .optional { response($0).retention }),
        ("\(name) Retention Standard Error / 1", .optional { response($0).retentionError }),
      ]
    }
    return Table(
      [
        ("Input / 1", .text { $0.name }), ("Swing / 1", .number { $0.swing }),
        ("Retention Swing / 1", .number { $0.retentionSwing }),
      ] + values("Base") { $0.base } + values("Low") { $0.low } + values("High") { $0.high })
  }()
}

import CellPhysics
import CycleLife

/// One line of a table of hotspots: a place at a moment of a run.
struct HotspotRow: Sendable {
  /// Number and label of the case and seed of the run; of no meaning for a single run.
  var number = 1
  var label = ""
  var seed: UInt64 = 0
  let record: HotspotRecord
  /// The number of the place, from 1.
  let rank: Int
  var place: Hotspot { record.places[rank - 1] }

  /// All places of these moments.
  static func rows(_ records: [HotspotRecord]) -> [HotspotRow] {
    records.flatMap { record in record.places.indices.map { HotspotRow(record: record, rank: $0 + 1) } }
  }

  /// All places of the runs of a study.
  static func rows(_ rows: [StudyRow]) -> [HotspotRow] {
    rows.flatMap { row in
      row.runs.flatMap { seed, result in
        HotspotRow.rows(result.hotspots ?? []).map { found in
          var found = found
          (found.number, found.label, found.seed) = (row.number, row.label, seed)
          return found
        }
      }
    }
  }
}

extension HotspotRecord.Moment {
  /// The moment in a word, and what had been delivered in mAh/g where that was stated.
  var name: String {
    switch self {
    case .charged: FieldRecord.Moment.charged.rawValue
    case .discharged: FieldRecord.Moment.discharged.rawValue
    case .delivered: "delivered"
    }
  }

  /// C/kg; nil where it was not stated.
  var deliveredCapacity: Double? { if case .delivered(let capacity) = self { capacity } else { nil } }
}

extension Table<HotspotRow> {
  /// The columns of `hotspots.csv`; those of a study name case and seed.
  static func hotspots(isStudy: Bool) -> Table {
    let run: [(String, Content)] =
      isStudy
      ? [
        ("Case Number / 1", .count { $0.number }), ("Case / 1", .text { $0.label }),
        ("Seed / 1", .text { String($0.seed) }),
      ] : []
    return Table(
      run + [
        ("Cycle Count / 1", .count { $0.record.cycle }),
        ("Moment / 1", .text { $0.record.moment.name }),
        ("Delivered Capacity / mAh g-1", .optional { $0.record.moment.deliveredCapacity }),
        ("Rank / 1", .count { $0.rank }),
        ("Depth / um", .number { $0.place.x }),
        ("Position / um", .number { $0.place.y }),
        ("Largest Principal Stress / MPa", .number { $0.place.stress }),
        ("Site / 1", .text { $0.place.site.rawValue }),
        ("Lithium Content / 1", .number { $0.place.content }),
        ("Section at Defects / 1", .number { $0.record.defectShare }),
      ])
  }
}

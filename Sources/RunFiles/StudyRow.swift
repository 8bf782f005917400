import CellModel
import CellPhysics
import CycleLife

/// What running a scenario as a case of a study gives, in SI units.
struct CaseResult: Sendable {
  /// Discharge capacity of the last and the first cycle, C/kg; zero when nothing was delivered.
  var capacity = 0.0
  var firstCapacity = 0.0
  /// Discharge capacity of the last cycle per geometric area, C/m2.
  var capacityPerArea = 0.0
  /// Mean discharge voltage against Li of the last cycle, V.
  var meanVoltageVsLi = Double.nan
  /// Effective diffusivity through the thickness before cycling at lithium content 0.95, m2/s.
  var effectiveDiffusivity: Double
  /// What the last discharge left unfilled, C/kg.
  var transportLoss = Double.nan
  var kineticsLoss = Double.nan
  var contactFraction = Double.nan
  /// What the mesh adds to the slow diffusivity in the worst crystal, over that diffusivity.
  var spuriousShare: Double
  /// Cycles recorded.
  var cycles = 0
  /// The lithium in the cathode at the end of the last discharge, when it was to be kept.
  var field: DischargeField?
  var outcome: String

  private struct Cycles: RunSink {
    var first: CycleRecord?
    var last: CycleRecord?
    mutating func record(_ sample: TimeSample) {}
    mutating func record(_ cycle: CycleRecord) {
      first = first ?? cycle
      last = cycle
    }
  }

  /// Runs `scenario`; throws what a run throws.
  init(running scenario: Scenario, keepingField: Bool) throws {
    var runner = try CycleRunner(scenario)
    effectiveDiffusivity = try runner.effectiveDiffusivity()
    spuriousShare = runner.spuriousShare
    var records = Cycles()
    outcome = try runner.run(into: &records).reason
    guard let first = records.first, let last = records.last else { return }
    let chargeOfContent = Constants.faraday / scenario.parameters[.molarMass]
    capacity = last.dischargeCapacity / runner.activeMassPerArea
    firstCapacity = first.dischargeCapacity / runner.activeMassPerArea
    capacityPerArea = last.dischargeCapacity
    meanVoltageVsLi = last.meanDischargeVoltageVsLi
    transportLoss = last.transportLoss * chargeOfContent
    kineticsLoss = last.kineticsLoss * chargeOfContent
    contactFraction = last.contactFraction
    cycles = last.cycle
    if keepingField, let end = runner.dischargeEnd {
      field = DischargeField(
        mesh: runner.mesh, end: end, initialContent: scenario.parameters[.initialContent])
    }
  }

  /// The larger of the two losses; empty without them.
  var limitation: String {
    guard !transportLoss.isNaN, !kineticsLoss.isNaN else { return "" }
    return transportLoss > kineticsLoss ? "transport" : "kinetics"
  }
}

/// The lithium in the cathode at the end of a discharge, and where it is.
struct DischargeField: Sendable {
  let mesh: Mesh
  let end: DischargeEnd
  /// The uniform lithium content of the assembled cell.
  let initialContent: Double

  /// (content - initial content) / (content at the cutoff - initial content), mean over Y of the crystal.
  var utilisation: [Double] {
    (0..<mesh.xCount).map { i in
      let solid = (0..<mesh.yCount).filter { mesh.isSolid[i * mesh.yCount + $0] }
      let width = solid.reduce(0) { $0 + mesh.yWidth($1) }
      let content =
        solid.reduce(0) { $0 + end.contentOfCells[i * mesh.yCount + $1] * mesh.yWidth($1) } / width
      return (content - initialContent) / (end.cutoffContent - initialContent)
    }
  }
}

/// One row of `results.csv`.
public struct StudyRow: Sendable {
  /// Number and label of the case.
  public let number: Int
  public let label: String
  /// The varied quantities as text, without units.
  let varied: [String]
  /// What the run gave; nil after a solver failure.
  let result: CaseResult?
  /// Why the case ended, in words.
  public let outcome: String

  /// Whether the solver failed.
  public var hasFailed: Bool { result == nil }
  /// What the mesh adds to the slow diffusivity in the worst crystal, over that diffusivity.
  public var spuriousShare: Double { result?.spuriousShare ?? 0 }
  /// Cycles carried out.
  public var cycles: Int { result?.cycles ?? 0 }
  /// Discharge capacity of the last cycle in mAh/g; nil after a failure.
  public var capacity: Double? { result.map { Unit("mAh/g")!.fromSI($0.capacity) } }
}

extension Table<StudyRow> {
  /// The columns of `results.csv`.
  static func results(_ study: Study, varied: [VariedQuantity], multipleCycles: Bool) -> Table {
    func number(_ heading: String, _ value: @escaping @Sendable (CaseResult) -> Double) -> (String, Content) {
      (heading, .optional { $0.result.map(value) })
    }
    let names = Table([
      ("Case Number / 1", .count { $0.number }),
      ("Case / 1", .text { $0.label }),
    ])
    let variedColumns = varied.enumerated().map { index, quantity in
      Column(name: quantity.name, unit: quantity.unit, content: .text { $0.varied[index] })
    }
    var results = [
      number("Discharge Capacity / mAh g-1") { $0.capacity },
      number("Discharge Capacity / mAh cm-2") { $0.capacityPerArea },
      number("Mean Discharge Voltage vs Li / V") { $0.meanVoltageVsLi },
      number("Effective Diffusivity Before Cycling / cm2 s-1") { $0.effectiveDiffusivity },
      number("Transport Loss / mAh g-1") { $0.transportLoss },
      number("Kinetics Loss / mAh g-1") { $0.kineticsLoss },
      ("Limitation / 1", Content.text { $0.result?.limitation ?? "" }),
      number("Contact Fraction / 1") { $0.contactFraction },
    ]
    if multipleCycles {
      results += [
        number("First Discharge Capacity / mAh g-1") { $0.firstCapacity },
        number("Retention / 1") { $0.firstCapacity > 0 ? $0.capacity / $0.firstCapacity : .nan },
      ]
    }
    results.append(("Outcome / 1", .text { $0.outcome }))
    return Table(columns: names.columns + variedColumns + Table(results).columns)
  }
}

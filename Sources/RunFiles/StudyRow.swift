import CellModel
import CellPhysics
import CycleLife
import Numerics

import struct CellPhysics.Unit

/// What running a scenario as a case of a study gives, in SI units.
struct CaseResult: Sendable, Codable {
  /// Discharge capacity of the last and the first cycle, C/kg; zero when nothing was delivered.
  var capacity = 0.0
  var firstCapacity = 0.0
  /// Discharge capacity of the last cycle per geometric area, C/m2.
  var capacityPerArea = 0.0
  /// Mean discharge voltage against Li of the last cycle, V.
  var meanVoltageVsLi = Double.nan
  /// Density of the cathode, kg/m3, and the share of its mass that is active; nil in journals of older versions.
  var density: Double?
  var activeWeight: Double?
  /// Effective diffusivity through the thickness before cycling at lithium content 0.95, m2/s.
  var effectiveDiffusivity: Double
  /// What the last discharge left unfilled, C/kg.
  var transportLoss = Double.nan
  var kineticsLoss = Double.nan
  var contactFraction = Double.nan
  /// The largest tensile stress of the last cycle, Pa; nil in journals of older versions.
  var peakStress: Double?
  /// The cycle, in fractions, at which the capacity has fallen to 80 % of the first; nil when it never did.
  var cyclesToEighty: Double?
  /// What the mesh adds to the slow diffusivity in the worst crystal, over that diffusivity.
  var spuriousShare: Double
  /// Cycles recorded, carried out as the protocol says, and asked for.
  var cycles = 0
  var cyclesFollowed = 0
  var cyclesRequested: Int
  /// The cycles one by one, when they were to be kept.
  var trajectory: Trajectory?
  /// The places of largest tension in the cycles of which the scenario asks for fields.
  var hotspots: [HotspotRecord]?
  /// The lithium in the cathode at the end of the last discharge, when it was to be kept.
  var field: DischargeField?
  var outcome: String

  /// What is kept of every cycle; in the order of the cycles.
  struct Trajectory: Sendable, Codable {
    /// Discharge capacity, C/kg.
    var capacity: [Double] = []
    var contactFraction: [Double] = []
    /// Total length of the cracks, m.
    var crackLength: [Double] = []
    /// Sum of the squared half-lengths over the area, projected on the collector.
    var crackDensityParallel: [Double] = []
  }

  /// All but the field, whose pictures are many times the size of all else.
  private enum CodingKeys: String, CodingKey {
    case capacity, firstCapacity, capacityPerArea, meanVoltageVsLi, density, activeWeight,
      effectiveDiffusivity, transportLoss
    case kineticsLoss, contactFraction, peakStress, cyclesToEighty, spuriousShare, cycles, cyclesFollowed,
      cyclesRequested, trajectory, hotspots
    case outcome
  }

  private struct Cycles: RunSink {
    var first: CycleRecord?
    var last: CycleRecord?
    /// Discharge capacity of every cycle, C/m2.
    var capacities: [Double] = []
    /// nil when cycles are not kept one by one.
    var trajectory: Trajectory?
    var hotspots: [HotspotRecord]?
    let activeMassPerArea: Double
    mutating func record(_ sample: TimeSample) {}
    mutating func record(_ cycle: CycleRecord) {
      first = first ?? cycle
      last = cycle
      capacities.append(cycle.dischargeCapacity)
      trajectory?.capacity.append(cycle.dischargeCapacity / activeMassPerArea)
      trajectory?.contactFraction.append(cycle.contactFraction)
      trajectory?.crackLength.append(cycle.crackLength)
      trajectory?.crackDensityParallel.append(cycle.crackDensityParallel)
    }
    mutating func record(_ hotspots: [HotspotRecord]) { self.hotspots = (self.hotspots ?? []) + hotspots }
  }

  /// Runs `scenario`; throws what a run throws.
  init(
    running scenario: Scenario, keepingField: Bool, keepingTrajectory: Bool = false,
    stop: StopRequest = .never
  ) throws {
    // No table of a study has the shares, which take whole cycles.
    var scenario = scenario
    scenario.attributionInterval = 0
    var runner = try CycleRunner(scenario)
    effectiveDiffusivity = try runner.effectiveDiffusivity()
    spuriousShare = runner.spuriousShare
    cyclesRequested = scenario.cycles
    density = scenario.composite?.density ?? runner.activeMassPerArea / scenario.parameters[.filmThickness]
    activeWeight = scenario.composite?.activeWeight ?? 1
    var records = Cycles(
      trajectory: keepingTrajectory ? Trajectory() : nil, activeMassPerArea: runner.activeMassPerArea)
    let end = try runner.run(into: &records, stop: stop)
    outcome = end.reason
    cyclesFollowed =
      switch end {
      case .finished(let cycles), .stopped(let cycles, _): cycles
      case .infeasible(let cycle, _, _): cycle - 1
      }
    trajectory = records.trajectory
    hotspots = records.hotspots
    guard let first = records.first, let last = records.last else { return }
    let chargeOfContent = Constants.faraday / scenario.parameters[.molarMass]
    capacity = last.dischargeCapacity / runner.activeMassPerArea
    firstCapacity = first.dischargeCapacity / runner.activeMassPerArea
    capacityPerArea = last.dischargeCapacity
    meanVoltageVsLi = last.meanDischargeVoltageVsLi
    transportLoss = last.transportLoss * chargeOfContent
    kineticsLoss = last.kineticsLoss * chargeOfContent
    contactFraction = last.contactFraction
    peakStress = last.peakTensileStress
    cycles = last.cycle
    cyclesToEighty = CaseResult.crossing(of: records.capacities + (hasEnded ? [0] : []), share: 0.8)
    if keepingField, let end = runner.dischargeEnd {
      field = DischargeField(
        mesh: runner.mesh, end: end, initialContent: scenario.parameters[.initialContent])
    }
  }

  /// The medians over `results`, which may not be empty; what ended counts as a cell that delivers nothing.
  init(mediansOf results: [CaseResult], outcome: String) {
    func median(_ value: (CaseResult) -> Double) -> Double {
      SampleSummary(results.map(value))?.median ?? .nan
    }
    capacity = median(\.deliveredCapacity)
    firstCapacity = median(\.firstCapacity)
    capacityPerArea = median { $0.hasEnded ? 0 : $0.capacityPerArea }
    meanVoltageVsLi = median(\.meanVoltageVsLi)
    density = median { $0.density ?? .nan }
    activeWeight = median { $0.activeWeight ?? .nan }
    effectiveDiffusivity = median(\.effectiveDiffusivity)
    transportLoss = median(\.transportLoss)
    kineticsLoss = median(\.kineticsLoss)
    contactFraction = median(\.contactFraction)
    peakStress = median { $0.peakStress ?? .nan }
    // Runs that never fell so far come last: the median is known when more than half of the runs did.
    let eighty = median { $0.cyclesToEighty ?? .infinity }
    cyclesToEighty = eighty.isFinite ? eighty : nil
    spuriousShare = results.map(\.spuriousShare).max() ?? 0
    cycles = results.reduce(0) { $0 + $1.cycles }
    cyclesFollowed = results.reduce(0) { $0 + $1.cyclesFollowed }
    cyclesRequested = results.reduce(0) { $0 + $1.cyclesRequested }
    self.outcome = outcome
  }

  /// The place, counted from 1, at which `capacities` have fallen to a share of the first; linear between them.
  static func crossing(of capacities: [Double], share: Double) -> Double? {
    guard let first = capacities.first, first > 0,
      let index = capacities.firstIndex(where: { $0 < share * first })
    else { return nil }
    let (before, after) = (capacities[index - 1], capacities[index])
    return Double(index) + (before - share * first) / (before - after)
  }

  /// Whether the cell has no record of the last cycle asked for, because it could no longer follow the protocol.
  var hasEnded: Bool { cycles < cyclesRequested }

  /// Discharge capacity of the last cycle asked for, C/kg: none when the cell has ended before it.
  var deliveredCapacity: Double { hasEnded ? 0 : capacity }

  /// Discharge capacity in a cycle that was asked for, C/kg; nil without a trajectory.
  func capacity(cycle: Int) -> Double? {
    trajectory.map { cycle <= $0.capacity.count ? $0.capacity[cycle - 1] : 0 }
  }

  /// Contact at the end of a cycle, or when the cell ended; nil without a trajectory.
  func contactFraction(cycle: Int) -> Double? {
    trajectory?.contactFraction.prefix(cycle).last
  }

  /// Energy of the last discharge against Li per mass of cathode, J/kg: capacity times mean voltage, of replicates
  /// the product of their medians.
  var energyPerMass: Double {
    capacity == 0 ? 0 : capacity * meanVoltageVsLi * (activeWeight ?? .nan)
  }

  /// The same per volume of cathode, J/m3.
  var energyPerVolume: Double { energyPerMass == 0 ? 0 : energyPerMass * (density ?? .nan) }

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

  /// The places of ``utilisation``: depths from the electrolyte, or from the separator in a composite, m.
  var depths: [Double] {
    mesh.isDivided ? (0..<mesh.yCount).map { mesh.yCentre($0) } : (0..<mesh.xCount).map { mesh.xCentre($0) }
  }

  /// How deep the cathode is, m.
  var depth: Double { mesh.isDivided ? mesh.width : mesh.thickness }

  /// (content - initial content) / (content at the cutoff - initial content), mean over Y of the crystal; in a composite
  /// the mean over the particles at each depth.
  var utilisation: [Double] {
    guard !mesh.isDivided else {
      return (0..<mesh.yCount).map { j in
        let volume = (0..<mesh.xCount).reduce(0) { $0 + mesh.area($1, j) }
        let content =
          (0..<mesh.xCount).reduce(0) { $0 + end.contentOfCells[$1 * mesh.yCount + j] * mesh.area($1, j) }
          / volume
        return (content - initialContent) / (end.cutoffContent - initialContent)
      }
    }
    return (0..<mesh.xCount).map { i in
      let solid = (0..<mesh.yCount).filter { mesh.isSolid[i * mesh.yCount + $0] }
      let width = solid.reduce(0) { $0 + mesh.yWidth($1) }
      let content =
        solid.reduce(0) { $0 + end.contentOfCells[i * mesh.yCount + $1] * mesh.yWidth($1) } / width
      return (content - initialContent) / (end.cutoffContent - initialContent)
    }
  }
}

/// One row of `results.csv`: a run, or the medians over the replicates of a case.
public struct StudyRow: Sendable {
  /// Number and label of the case.
  public let number: Int
  public let label: String
  /// The varied quantities as text, without units.
  let varied: [String]
  /// The seed of the run; of replicates, the first.
  public let seed: UInt64
  /// What the run gave; nil after a solver failure.
  let result: CaseResult?
  /// Why the case ended, in words.
  public let outcome: String
  /// The statistics over the replicates; nil for a single run.
  public internal(set) var ensemble: Ensemble?

  /// Whether the solver failed.
  public var hasFailed: Bool { result == nil }
  /// What the mesh adds to the slow diffusivity in the worst crystal, over that diffusivity.
  public var spuriousShare: Double { result?.spuriousShare ?? 0 }
  /// Cycles carried out.
  public var cycles: Int { result?.cycles ?? 0 }
  /// Discharge capacity of the last cycle in mAh/g; nil after a failure.
  public var capacity: Double? { result.map { Unit("mAh/g")!.fromSI($0.capacity) } }
  /// How many replicates of the case the solver failed in, and the first of them.
  public var failedReplicates: Int { ensemble?.failures ?? 0 }
  public var firstFailure: (seed: UInt64, outcome: String)? { ensemble?.firstFailure }
  /// The runs of the case that gave a result, with their seeds in ascending order.
  var runs: [(seed: UInt64, result: CaseResult)] {
    ensemble?.members ?? result.map { [(seed, $0)] } ?? []
  }
  /// Last over first discharge capacity; nil without a first.
  var retention: Double? {
    if let ensemble { return ensemble.retention?.median }
    return result.flatMap { $0.firstCapacity > 0 ? $0.capacity / $0.firstCapacity : nil }
  }
}

extension Table<StudyRow> {
  /// What is written of each row.
  enum Rows {
    /// A single run of each case.
    case cases
    /// One of several runs of a case, told apart by its seed.
    case replicates
    /// The medians over the runs of a case; with the change against the first case.
    case ensembles(changes: Bool)
  }

  /// The columns of `results.csv`, and of `replicates.csv`.
  static func results(_ rows: Rows, varied: [VariedQuantity], multipleCycles: Bool) -> Table {
    func number(_ heading: String, _ value: @escaping @Sendable (CaseResult) -> Double) -> (String, Content) {
      (heading, .optional { $0.result.map(value) })
    }
    var names: [(String, Content)] = [
      ("Case Number / 1", .count { $0.number }),
      ("Case / 1", .text { $0.label }),
    ]
    if case .replicates = rows { names.append(("Seed / 1", .text { String($0.seed) })) }
    let variedColumns = varied.enumerated().map { index, quantity in
      Column(name: quantity.name, unit: quantity.unit, content: .text { $0.varied[index] })
    }
    var results = [
      number("Discharge Capacity / mAh g-1") { $0.capacity },
      number("Discharge Capacity / mAh cm-2") { $0.capacityPerArea },
      number("Mean Discharge Voltage vs Li / V") { $0.meanVoltageVsLi },
      number("Cathode Energy / Wh kg-1") { $0.energyPerMass },
      number("Cathode Energy / Wh L-1") { $0.energyPerVolume },
      number("Effective Diffusivity Before Cycling / cm2 s-1") { $0.effectiveDiffusivity },
      number("Transport Loss / mAh g-1") { $0.transportLoss },
      number("Kinetics Loss / mAh g-1") { $0.kineticsLoss },
      ("Limitation / 1", Content.text { $0.result?.limitation ?? "" }),
      number("Contact Fraction / 1") { $0.contactFraction },
      number("Peak Tensile Stress / MPa") { $0.peakStress ?? .nan },
    ]
    if multipleCycles {
      results += [
        number("First Discharge Capacity / mAh g-1") { $0.firstCapacity },
        ("Retention / 1", .optional(\.retention)),
        ("Cycles to 80 % / 1", .optional { $0.result?.cyclesToEighty }),
      ]
    }
    if case .ensembles(let changes) = rows { results += Ensemble.columns(changes: changes) }
    results.append(("Outcome / 1", .text { $0.outcome }))
    return Table(columns: Table(names).columns + variedColumns + Table(results).columns)
  }
}

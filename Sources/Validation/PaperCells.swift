import CellPhysics
import CycleLife
import Foundation

import struct CellPhysics.Unit

/// What is simulated for each row of the targets.
///
/// Every cell is the common parameter set with the few changes written here.
struct PaperCells: Sendable {
  /// How a row follows from simulations.
  struct Row: Sendable {
    let simulations: [Simulation]
    /// The value in the unit of the target, from the observations of the simulations in their order.
    let evaluate: @Sendable ([Observation]) -> Target.Value
  }

  /// The parameter set and the seed that all cells share.
  var common: Scenario
  var paperProtocol: PaperProtocol

  init(_ input: ValidationInput) {
    self.init(common: input.resolved.scenario, paperProtocol: input.paperProtocol)
  }

  init(common: Scenario, paperProtocol: PaperProtocol) {
    self.common = common
    self.paperProtocol = paperProtocol
  }

  // MARK: Cells

  /// Parameters that differ from the common set, as they would be written in a scenario.
  typealias Changes = [String: String]

  /// The fabricated cell is the common set itself: rough, in full contact.
  static let fabricated: Changes = [:]
  static let flat: Changes = ["interface.roughness": "0 um"]
  static let flatContact60: Changes = ["interface.roughness": "0 um", "interface.contact fraction": "0.6"]
  static let roughContact60: Changes = ["interface.contact fraction": "0.6"]
  /// The section of figure 5c: pores, disoriented crystals, contact lost in part.
  static let modelDomain: Changes = [
    "microstructure.pore fraction": "4 %", "microstructure.disoriented fraction": "5 %",
    "interface.contact fraction": "0.9",
  ]
  /// Crystals of all directions, about as high as wide.
  static let nonOriented: Changes = [
    "microstructure.disoriented fraction": "100 %", "microstructure.grain height": "5 um",
  ]
  /// Layers parallel to the collector.
  static let parallelLayers: Changes = ["microstructure.crystal angle": "90 deg"]
  /// One aligned crystal without flaws, in full contact at an interface too fast to matter.
  ///
  /// Uniform in plane, so that any width does.
  static let ideal: Changes = [
    "microstructure.column spacing": "1000 um", "microstructure.crystal angle": "0 deg",
    "microstructure.orientation spread": "0 deg", "microstructure.pore fraction": "0 %",
    "degradation.cracks.flaw density": "0 /um2", "interface.contact fraction": "1",
    "cathode.exchange current density": "1e6 A/m2", "cathode.width": "4 um",
  ]
  /// The points of figure 4g.
  static let nearlyFlat: Changes = ["interface.roughness": "0.05 um", "interface.contact fraction": "1"]
  static let roughWithVoids: Changes = [
    "interface.roughness": "0.84 um", "interface.contact fraction": "0.6",
  ]

  // MARK: Rows

  /// What a row takes; nil when the model lacks it.
  func row(_ id: String) -> Row? {
    switch id {
    case "roughness-active-area": areaRatio
    case "contact-1.0-1C": capacity(Self.flat, rate: 1)
    case "contact-0.6-1C": capacity(Self.flatContact60, rate: 1)
    case "contact-1.0-0.1C": capacity(Self.flat, rate: 0.1)
    case "contact-0.6-0.1C": capacity(Self.flatContact60, rate: 0.1)
    case "dense-0.1C-capacity": capacity(Self.fabricated, rate: 0.1)
    case "dense-0.5C-capacity": capacity(Self.fabricated, rate: 0.5)
    case "dense-1C-capacity": row([cycle(Self.fabricated, rate: 1)]) { $0[0].capacityPerGram }
    case "dense-theory-gravimetric": theory { $0.meanVoltage }
    case "dense-theory-volumetric": theory { $0.meanVoltage * Unit("g/cm3")!.fromSI($0.density) }
    case "dense-0.1C-gravimetric": energy(rate: 0.1) { $0.energyPerMass }
    case "dense-0.1C-volumetric": energy(rate: 0.1) { $0.energyPerVolume }
    case "dense-0.5C-gravimetric": energy(rate: 0.5) { $0.energyPerMass }
    case "dense-0.5C-volumetric": energy(rate: 0.5) { $0.energyPerVolume }
    case "dense-1C-gravimetric": energy(rate: 1) { $0.energyPerMass }
    case "dense-1C-volumetric": energy(rate: 1) { $0.energyPerVolume }
    case "deff-fabricated": effectiveDiffusivity(Self.fabricated)
    case "deff-model-domain": effectiveDiffusivity(Self.modelDomain)
    case "deff-non-oriented": effectiveDiffusivity(Self.nonOriented)
    case "non-oriented-0.1C": capacity(Self.nonOriented, rate: 0.1)
    case "parallel-003-0.1C":
      share(of: discharge(Self.fabricated, rate: 0.1), discharge(Self.parallelLayers, rate: 0.1))
    case "ideal-1C": share(of: discharge(Self.ideal, rate: 0.01), discharge(Self.ideal, rate: 1))
    case "kinetics-limited-point": cause(Self.nearlyFlat, rate: 0.25)
    case "transport-limited-point": cause(Self.roughWithVoids, rate: 0.25)
    default: nil
    }
  }

  private var areaRatio: Row {
    let p = common.parameters
    return Row(simulations: []) { _ in
      .number(
        Kinetics.activeAreaRatio(roughness: p[.roughness], correlationLength: p[.roughnessLength]))
    }
  }

  private func capacity(_ changes: Changes, rate: Double) -> Row? {
    row([discharge(changes, rate: rate)]) { $0[0].capacityPerGram }
  }

  /// Energies refer to the cathode alone and to voltages against Li.
  private func energy(rate: Double, _ value: @escaping @Sendable (Observation) -> Double) -> Row? {
    row([discharge(Self.fabricated, rate: rate)]) { value($0[0]) }
  }

  /// 140 mAh/g, the specific capacity behind the nominal one, at the mean voltage of the 0.1C discharge.
  private func theory(_ perCapacity: @escaping @Sendable (Observation) -> Double) -> Row? {
    row([discharge(Self.fabricated, rate: 0.1)]) { 140 * perCapacity($0[0]) }
  }

  private func effectiveDiffusivity(_ changes: Changes) -> Row? {
    let simulation = cell(changes).map {
      Simulation(scenario: $0, experiment: .effectiveDiffusivity(content: 0.95))
    }
    return row([simulation]) { Unit("cm2/s")!.fromSI($0[0].effectiveDiffusivity) }
  }

  /// The capacity of `part` in percent of that of `whole`.
  private func share(of whole: Simulation?, _ part: Simulation?) -> Row? {
    row([whole, part]) { 100 * $0[1].capacity / $0[0].capacity }
  }

  /// The larger of the two losses at the end of the discharge.
  private func cause(_ changes: Changes, rate: Double) -> Row? {
    guard let simulation = discharge(changes, rate: rate) else { return nil }
    return Row(simulations: [simulation]) { observations in
      let (transport, kinetics) = (observations[0].transportLoss, observations[0].kineticsLoss)
      // A discharge that did not end at its cutoff has no losses to compare.
      guard transport.isFinite, kinetics.isFinite else { return .number(.nan) }
      return .label(transport > kinetics ? "transport" : "kinetics")
    }
  }

  private func row(_ simulations: [Simulation?], _ value: @escaping @Sendable ([Observation]) -> Double)
    -> Row?
  {
    let known = simulations.compactMap(\.self)
    guard known.count == simulations.count else { return nil }
    return Row(simulations: known) { .number(value($0)) }
  }

  // MARK: Simulations

  /// One discharge from the charged cell at rest.
  func discharge(_ changes: Changes, rate: Double) -> Simulation? {
    guard var scenario = cell(changes) else { return nil }
    scenario.parameters[.initialContent] = paperProtocol.chargedContent
    scenario.protocolSteps = paperProtocol.discharge(rate: rate, scenario.parameters)
    return Simulation(scenario: scenario, experiment: .cycle)
  }

  /// The first cycle of the assembled cell.
  func cycle(_ changes: Changes, rate: Double) -> Simulation? {
    guard var scenario = cell(changes) else { return nil }
    scenario.protocolSteps = paperProtocol.cycle(rate: rate, scenario.parameters)
    return Simulation(scenario: scenario, experiment: .cycle)
  }

  /// The common cell with changes; nil when a parameter that they name does not exist.
  private func cell(_ changes: Changes) -> Scenario? {
    var scenario = common
    scenario.cycles = 1
    // No row asks for stresses: they are evaluated at the ends of steps alone.
    scenario.parameters[.stressInterval] = 1
    for (key, text) in changes {
      guard let parameter = Parameter(rawValue: key), let quantity = Quantity(text) else { return nil }
      scenario.parameters[parameter] = quantity.si
    }
    return scenario
  }
}

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
    self.init(common: input.common, paperProtocol: input.paperProtocol)
  }

  init(common: Scenario, paperProtocol: PaperProtocol) {
    self.common = common
    self.paperProtocol = paperProtocol
  }

  // MARK: Cells

  /// Parameters that differ from the common set, with values as they would be written in a scenario.
  typealias Changes = [Parameter: String]

  /// The fabricated cell is the common set itself: rough, in full contact.
  static let fabricated: Changes = [:]
  static let flat: Changes = [.roughness: "0 um"]
  static let flatContact60: Changes = [.roughness: "0 um", .contactFraction: "0.6"]
  static let roughContact60: Changes = [.contactFraction: "0.6"]
  /// Diffusivity along the layers of a crystal without defects at content 0.75.
  ///
  /// An assumption: muon measurements of self-diffusion near 1e-9 cm2/s (Sugiyama et al. 2009, from memory) times
  /// a thermodynamic factor near ten; 1e-9 to 1e-7 are plausible. The crystals of the fabricated film have the fitted value, which their
  /// defects lower.
  static let perfectCrystal = "1e-8 cm2/s"
  /// The section of figure 5c: perfect crystals, some of them disoriented, pores, contact lost in part.
  static let modelDomain: Changes = [
    .fastDiffusivity: perfectCrystal, .poreFraction: "1 %", .disorientedFraction: "5 %",
    .contactFraction: "0.9",
  ]
  /// Crystals of all directions, small against the film.
  ///
  /// Isotropic, with the exact effective diffusivity sqrt(D_f D_s) of every such polycrystal in two
  /// dimensions (Dykhne, Sov. Phys. JETP 32, 63 (1971)).
  /// Sections of a few large crystals conduct several times better than this: with D_f / D_s of thousands a
  /// film of a dozen crystals is still thin.
  var nonOriented: Changes {
    let fast = Quantity(Self.perfectCrystal)!.si
    let mean = (fast * common.parameters[.slowDiffusivity]).squareRoot()
    return [
      .fastDiffusivity: "\(mean) m2/s", .slowDiffusivity: "\(mean) m2/s", .columnSpacing: "1000 um",
      .filmWidth: "4 um", .flawDensity: "0 /um2",
    ]
  }
  /// Layers parallel to the collector.
  static let parallelLayers: Changes = [.crystalAngle: "90 deg"]
  /// One aligned, perfect crystal in full contact at an interface too fast to matter.
  ///
  /// Uniform in plane, so that any width does.
  static let ideal: Changes = [
    .fastDiffusivity: perfectCrystal, .columnSpacing: "1000 um", .crystalAngle: "0 deg",
    .orientationSpread: "0 deg", .poreFraction: "0 %",
    .flawDensity: "0 /um2", .contactFraction: "1",
    .exchangeCurrentDensity: "1e6 A/m2", .filmWidth: "4 um",
  ]
  /// The same cells in a liquid electrolyte against lithium.
  var inLiquid: PaperCells {
    var cells = self
    cells.common.electrolyte = .liquid
    cells.common.counterElectrode = .lithium
    CathodeElectrolyte.liquid.apply(to: &cells.common.parameters)
    CounterElectrode.lithium.apply(to: &cells.common.parameters)
    return cells
  }
  /// The points of figure 4g.
  static let nearlyFlat: Changes = [.roughness: "0.05 um", .contactFraction: "1"]
  static let roughWithVoids: Changes = [
    .roughness: "0.84 um", .contactFraction: "0.6",
  ]

  /// The contents of active material of figure 7, %.
  static let activeContents = [60.0, 70, 80, 90]

  // MARK: Rows

  /// What a row takes; nil when the model lacks it, and for the rows of the ensemble (``FadeValidation``).
  func row(_ id: String) -> Row? {
    switch id {
    case "roughness-active-area": areaRatio
    case "theory-li-metal-gravimetric": gain(CellDesign.lithiumMetal, over: .graphite) { $0.energyPerMass }
    case "theory-li-metal-volumetric": gain(CellDesign.lithiumMetal, over: .graphite) { $0.energyPerVolume }
    case "theory-dense-gravimetric": gain(CellDesign.dense, over: .lithiumMetal) { $0.energyPerMass }
    case "theory-dense-volumetric": gain(CellDesign.dense, over: .lithiumMetal) { $0.energyPerVolume }
    case "contact-1.0-1C": capacity(Self.flat, rate: 1)
    case "contact-0.6-1C": capacity(Self.flatContact60, rate: 1)
    case "contact-1.0-0.1C": capacity(Self.flat, rate: 0.1)
    case "contact-0.6-0.1C": capacity(Self.flatContact60, rate: 0.1)
    case "dense-0.1C-capacity": capacity(Self.fabricated, rate: 0.1)
    case "dense-0.5C-capacity": capacity(Self.fabricated, rate: 0.5)
    case "dense-1C-capacity": row(cycle(Self.fabricated, rate: 1)) { $0.capacityPerGram }
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
    case "deff-non-oriented": effectiveDiffusivity(nonOriented)
    case "non-oriented-0.1C": capacity(nonOriented, rate: 0.1)
    case "parallel-003-0.1C":
      share(of: discharge(Self.fabricated, rate: 0.1), discharge(Self.parallelLayers, rate: 0.1))
    case "ideal-1C": share(of: discharge(Self.ideal, rate: 0.01), discharge(Self.ideal, rate: 1))
    case "kinetics-limited-point": cause(Self.nearlyFlat, rate: 0.25)
    case "transport-limited-point": cause(Self.roughWithVoids, rate: 0.25)
    case "composite-0.1C-90wt-capacity": row(discharge(content: 90, rate: 0.1)) { $0.capacityPerGram }
    case "composite-0.1C-95wt-capacity":
      share(of: discharge(content: 90, rate: 0.1), discharge(content: 95, rate: 0.1))
    case "composite-0.5C-90wt-capacity": row(discharge(content: 90, rate: 0.5)) { $0.capacityPerGram }
    case "composite-0.1C-90wt-gravimetric": row(discharge(content: 90, rate: 0.1)) { $0.energyPerMass }
    case "composite-0.1C-90wt-volumetric": row(discharge(content: 90, rate: 0.1)) { $0.energyPerVolume }
    case "composite-0.5C-70wt-gravimetric": row(discharge(content: 70, rate: 0.5)) { $0.energyPerMass }
    case "composite-0.5C-70wt-volumetric": row(discharge(content: 70, rate: 0.5)) { $0.energyPerVolume }
    case "composite-1C-70wt-gravimetric": row(discharge(content: 70, rate: 1)) { $0.energyPerMass }
    case "composite-1C-70wt-volumetric": row(discharge(content: 70, rate: 1)) { $0.energyPerVolume }
    case "composite-0.1C-best": bestContent(rate: 0.1)
    case "composite-0.5C-best": bestContent(rate: 0.5)
    case "composite-1C-best": bestContent(rate: 1)
    case "dense-over-composite-0.1C-gravimetric": gain(rate: 0.1) { $0.energyPerMass }
    case "dense-over-composite-0.1C-volumetric": gain(rate: 0.1) { $0.energyPerVolume }
    case "dense-over-composite-0.5C-gravimetric": gain(rate: 0.5) { $0.energyPerMass }
    case "dense-over-composite-0.5C-volumetric": gain(rate: 0.5) { $0.energyPerVolume }
    case "dense-over-composite-1C-gravimetric": gain(rate: 1) { $0.energyPerMass }
    case "dense-over-composite-1C-volumetric": gain(rate: 1) { $0.energyPerVolume }
    case "liquid-rate":
      row([discharge(Self.fabricated, rate: 1), inLiquid.discharge(Self.fabricated, rate: 1)]) {
        $0[1].capacity / $0[0].capacity
      }
    case "liquid-retention-50":
      row(inLiquid.cycle(Self.fabricated, rate: 1, cycles: 50)) { 100 * $0.retention }
    default: nil
    }
  }

  private func composites(rate: Double) -> [Simulation] {
    Self.activeContents.map { discharge(content: $0, rate: rate) }
  }

  /// The content of active material with the largest energy per mass of cathode, %.
  private func bestContent(rate: Double) -> Row {
    row(composites(rate: rate)) { observations in
      let energies = observations.map(\.energyPerMass)
      // A cathode that delivers nothing has no mean voltage.
      let best = energies.indices.filter { energies[$0].isFinite }.max { energies[$0] < energies[$1] }
      return best.map { Self.activeContents[$0] } ?? .nan
    }
  }

  /// By how much the dense cathode exceeds the best composite, %.
  private func gain(rate: Double, _ value: @escaping @Sendable (Observation) -> Double) -> Row {
    row([discharge(Self.fabricated, rate: rate)] + composites(rate: rate)) { observations in
      let best = observations.dropFirst().map(value).filter(\.isFinite).max() ?? .nan
      return 100 * (value(observations[0]) / best - 1)
    }
  }

  private var areaRatio: Row {
    let p = common.parameters
    return Row(simulations: []) { _ in
      .number(
        Kinetics.activeAreaRatio(roughness: p[.roughness], correlationLength: p[.roughnessLength]))
    }
  }

  /// By how much one design exceeds another, %.
  private func gain(
    _ design: CellDesign, over other: CellDesign, _ energy: @escaping @Sendable (CellDesign) -> Double
  ) -> Row {
    Row(simulations: []) { _ in .number(100 * (energy(design) / energy(other) - 1)) }
  }

  private func capacity(_ changes: Changes, rate: Double) -> Row {
    row(discharge(changes, rate: rate)) { $0.capacityPerGram }
  }

  /// Energies refer to the cathode alone and to voltages against Li.
  private func energy(rate: Double, _ value: @escaping @Sendable (Observation) -> Double) -> Row {
    row(discharge(Self.fabricated, rate: rate), value)
  }

  /// 140 mAh/g, the specific capacity behind the nominal one, at the mean voltage of the 0.1C discharge.
  private func theory(_ perCapacity: @escaping @Sendable (Observation) -> Double) -> Row {
    row(discharge(Self.fabricated, rate: 0.1)) { 140 * perCapacity($0) }
  }

  private func effectiveDiffusivity(_ changes: Changes) -> Row {
    row(Simulation(scenario: cell(changes), experiment: .effectiveDiffusivity(content: 0.95))) {
      Unit("cm2/s")!.fromSI($0.effectiveDiffusivity)
    }
  }

  /// The capacity of `part` in percent of that of `whole`.
  private func share(of whole: Simulation, _ part: Simulation) -> Row {
    row([whole, part]) { 100 * $0[1].capacity / $0[0].capacity }
  }

  /// The larger of the two losses at the end of the discharge.
  private func cause(_ changes: Changes, rate: Double) -> Row {
    Row(simulations: [discharge(changes, rate: rate)]) { observations in
      let (transport, kinetics) = (observations[0].transportLoss, observations[0].kineticsLoss)
      // A discharge that did not end at its cutoff has no losses to compare.
      guard transport.isFinite, kinetics.isFinite else { return .number(.nan) }
      return .label(transport > kinetics ? "transport" : "kinetics")
    }
  }

  private func row(_ simulation: Simulation, _ value: @escaping @Sendable (Observation) -> Double) -> Row {
    row([simulation]) { value($0[0]) }
  }

  private func row(_ simulations: [Simulation], _ value: @escaping @Sendable ([Observation]) -> Double) -> Row
  {
    Row(simulations: simulations) { .number(value($0)) }
  }

  // MARK: Simulations

  /// One discharge from the charged cell at rest.
  func discharge(_ changes: Changes, rate: Double) -> Simulation {
    var scenario = cell(changes)
    scenario.parameters[.initialContent] = paperProtocol.chargedContent
    scenario.protocolSteps = paperProtocol.discharge(rate: rate, scenario.parameters)
    return Simulation(scenario: scenario, experiment: .cycle)
  }

  /// One discharge of a composite cathode with a content of active material in %, from the same charged state.
  func discharge(content: Double, rate: Double) -> Simulation {
    var simulation = discharge([.activeWeight: "\(content) %"], rate: rate)
    simulation.scenario.architecture = .composite
    return simulation
  }

  /// The first cycle of the assembled cell, or so many of them.
  func cycle(_ changes: Changes, rate: Double, cycles: Int = 1) -> Simulation {
    var scenario = cell(changes)
    scenario.cycles = cycles
    // What degrades does so by its stresses.
    if cycles > 1 { scenario.parameters[.stressInterval] = common.parameters[.stressInterval] }
    scenario.protocolSteps = paperProtocol.cycle(rate: rate, scenario.parameters)
    return Simulation(scenario: scenario, experiment: .cycle)
  }

  /// The common cell with changes.
  private func cell(_ changes: Changes) -> Scenario {
    var scenario = common
    scenario.cycles = 1
    // No row of one cycle asks for stresses: they are evaluated at the ends of steps alone.
    scenario.parameters[.stressInterval] = 1
    // The values are constants of this file, and a test reads them all.
    for (parameter, text) in changes { scenario.parameters[parameter] = Quantity(text)!.si }
    return scenario
  }
}

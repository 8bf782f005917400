import CellModel
import CellPhysics
import Foundation
import Numerics
import Testing

@testable import CycleLife

/// Keeps the records and the damage after each cycle.
private struct DamageSink: RunSink {
  var cycles: [CycleRecord] = []
  var states: [RunState] = []
  mutating func record(_ sample: TimeSample) {}
  mutating func record(_ cycle: CycleRecord) { cycles.append(cycle) }
  mutating func reach(_ state: RunState) { states.append(state) }
}

/// `CYCLELIFE_SCENARIOS` asks for more scenarios than the few of every test run.
private let first = ProcessInfo.processInfo.environment["CYCLELIFE_FIRST_SCENARIO"].flatMap { Int($0) } ?? 0
private let count =
  ProcessInfo.processInfo.environment["CYCLELIFE_SCENARIOS"].flatMap { Int($0) } ?? 6

/// Draws a small cell: everything that changes what happens, far from the defaults.
private struct RandomCell {
  private let random: RandomStream
  private(set) var parameters = ParameterSet.defaults
  private(set) var fidelity = Fidelity.twoDimensional
  /// Multiples of 1C.
  private(set) var rate = 1.0
  let number: Int

  init(_ number: Int) {
    self.number = number
    random = RandomStream(seed: UInt64(number), name: "random scenario")
    func set(_ parameter: Parameter, _ range: ClosedRange<Double>) {
      parameters[parameter] = range.lowerBound + (range.upperBound - range.lowerBound) * random.uniform()
    }
    func scale(_ parameter: Parameter, _ factor: Double) {
      parameters[parameter] *= pow(factor, 2 * random.uniform() - 1)
    }
    fidelity = random.uniform() < 0.3 ? .oneDimensional : .twoDimensional
    rate = pow(10, random.uniform() * 1.3 - 0.7)
    set(.filmWidth, 5e-6...12e-6)
    set(.filmThickness, 4e-6...12e-6)
    // 1C fills a film of any thickness in the same time.
    parameters[.nominalCapacity] *= parameters[.filmThickness] / ParameterSet.defaults[.filmThickness]
    parameters[.meshWidth] = 1e-6
    parameters[.depthMeshWidth] = 1.5e-6
    parameters[.interfaceMeshWidth] = 0.4e-6
    parameters[.meshGrowth] = 1.4
    parameters[.contactEdgeMeshWidth] = 0.2e-6
    parameters[.columnEdgeMeshWidth] = 0.3e-6
    set(.columnSpacing, 2e-6...6e-6)
    set(.orientationSpread, 0...0.5)
    set(.crystalAngle, 0...1.2)
    set(.poreFraction, 0...0.1)
    set(.contactFraction, 0.3...1)
    set(.stackPressure, 0...50e6)
    set(.temperature, 290...340)
    scale(.fastDiffusivity, 5)
    scale(.slowDiffusivity, 10)
    set(.flawDensity, 0...1e12)
    scale(.crackGrowthRate, 30)
    scale(.debondingRate, 30)
    scale(.toughnessModeI, 3)
    scale(.cleavageToughness, 2)
    scale(.nucleationStrength, 3)
    parameters[.frameStiffness] = random.uniform() < 0.5 ? 0 : 1e12
    parameters[.interphaseGrowth] = random.uniform() < 0.5 ? 0 : 1e-5
    parameters[.healingTime] = random.uniform() < 0.5 ? 0 : 3.6e4
  }

  /// Full contact and nothing that could change it, or the crystals; flaws stay as they are drawn where they are kept.
  mutating func removeMechanisms(keepingFlaws: Bool = false) {
    parameters[.contactFraction] = 1
    for parameter in [Parameter.poreFraction, .debondingRate, .crackGrowthRate, .interphaseGrowth] {
      parameters[parameter] = 0
    }
    if !keepingFlaws { parameters[.flawDensity] = 0 }
    for parameter in [Parameter.nucleationStrength, .interfaceNormalStrength, .interfaceShearStrength] {
      parameters[parameter] = 1e11
    }
    for parameter in [Parameter.toughnessModeI, .toughnessModeII] { parameters[parameter] = 1e4 }
  }

  /// Lets lithium reach every place in a hundredth of the time in which a cycle fills the film.
  mutating func makeDiffusionFast() {
    let length = max(parameters[.filmThickness], parameters[.columnSpacing])
    let diffusivity = 100 * length * length * max(rate, 1) / 3600
    (parameters[.fastDiffusivity], parameters[.slowDiffusivity]) = (diffusivity, diffusivity)
  }

  mutating func scale(_ chosen: [Parameter], by factor: Double) {
    for parameter in chosen { parameters[parameter] *= factor }
  }

  func scenario(cycles: Int) -> Scenario {
    let current = rate * parameters[.nominalCapacity] / 3600
    let toTerminal = -parameters[.counterPotential]
    var scenario = Scenario(
      parameters: parameters,
      protocolSteps: [
        ProtocolStep(control: .current(current), limits: [.voltage(4.03 + toTerminal)], text: "charge"),
        ProtocolStep(
          control: .voltage(4.03 + toTerminal), limits: [.current(0.1 * current), .duration(36_000)],
          text: "hold"),
        ProtocolStep(control: .current(-current), limits: [.voltage(3.544 + toTerminal)], text: "discharge"),
      ], cycles: cycles, seed: UInt64(number))
    scenario.fidelity = fidelity
    return scenario
  }

  /// What a discharge from a half-filled film delivers at so many times 1C, C/m2; at its own rate unless one is given.
  ///
  /// The film has first been damaged by `damaging`. The error is what the mesh may be wrong by, where it is checked.
  func capacity(
    atRate rate: Double? = nil, on mesh: MeshUse, damaging: (inout Damage) -> Void = { _ in }
  ) throws -> (value: Double, error: Double) {
    var p = mesh == .halved ? parameters.withHalfTheCellWidth : parameters
    p[.initialContent] = 0.5366
    let current = (rate ?? self.rate) * p[.nominalCapacity] / 3600
    var scenario = Scenario(
      parameters: p,
      protocolSteps: [
        ProtocolStep(
          control: .current(-current), limits: [.voltage(3.544 - p[.counterPotential])], text: "discharge")
      ], cycles: 1, seed: UInt64(number))
    scenario.fidelity = fidelity
    scenario.meshCheckInterval = mesh == .coarse ? 0 : 1
    var (sink, runner) = (DamageSink(), try CycleRunner(scenario))
    damaging(&runner.state.damage)
    _ = try runner.run(into: &sink)
    guard let cycle = sink.cycles.first else { return (0, 0) }
    // The twin of half the cell width is wrong by half as much, where the error is of first order.
    return (cycle.dischargeCapacity, 2 * abs(cycle.meshError ?? 0) * cycle.dischargeCapacity)
  }
}

/// The mesh that a cell is drawn with, the same with a measured error, or one of half its cell width with its error.
private enum MeshUse { case coarse, checked, halved }

/// Expects capacities to fall, or stay, within their numerical error, from the first to the last of `values`.
///
/// The error is the tolerance of a time step, 1e-4, on either side. Where that does not explain a rise, what the run
/// reports of its mesh is asked for: contact and cracks change on a mesh of cells as coarse as these. Such a mesh may
/// be too coarse to know its error; then the rise has to be gone on one of half the cell width.
private func expectFalling<Value>(
  over values: [Value], _ capacity: (Value, MeshUse) throws -> (value: Double, error: Double),
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let found = try values.map { try capacity($0, .coarse).value }
  let error = 2e-4 * (found.first ?? 0)
  for index in found.indices.dropFirst() where found[index] > found[index - 1] + error {
    let isExplained = try [MeshUse.checked, .halved].contains { mesh in
      let (before, after) = (try capacity(values[index - 1], mesh), try capacity(values[index], mesh))
      return after.value - before.value <= error + before.error + after.error
    }
    #expect(isExplained, "\(found) at \(index)", sourceLocation: sourceLocation)
  }
}

@Suite struct RandomScenarios {
  @Test(arguments: first..<first + count) func whatCannotBreakHolds(number: Int) throws {
    let cell = RandomCell(number)
    var (sink, runner) = (DamageSink(), try CycleRunner(cell.scenario(cycles: 3)))
    let pristine = runner.state
    let outcome = try runner.run(into: &sink)
    // Each ends by a rule with a name; a failure of the solver would have been thrown.
    #expect(sink.cycles.count == 3 || outcome != .finished(cycles: 3), "\(outcome)")
    for cycle in sink.cycles {
      // Round-off of sums over all steps; a flux that were lost would show at 1e-4, the tolerance of a step.
      #expect(cycle.lithiumBalanceError < 1e-9)
      // What pores bear, a hundred times their share of stiffness of 1e-8, and round-off.
      #expect(
        cycle.audit.forceBalanceError < 1e-5,
        "\(cycle.audit.forceBalanceError), \(cycle.audit.unsettledEvaluations) unsettled, pores \(cell.parameters[.poreFraction])"
      )
      for share in [
        cycle.contactFraction, cycle.debondedShare, cycle.interfaceFatigue, cycle.isolatedShare,
        cycle.minimumContent,
        cycle.maximumContent,
      ] where !share.isNaN { #expect((-1e-9...1 + 1e-9).contains(share)) }
      #expect(cycle.minimumContent <= cycle.maximumContent)
      #expect(cycle.dischargeCapacity >= 0 && cycle.chargeCapacity >= 0 && cycle.crackLength >= 0)
      #expect(cycle.crackLength.isFinite && cycle.effectiveDiffusivity > 0)
    }
    for (before, after) in zip([pristine] + sink.states, sink.states) {
      let (old, new) = (before.damage, after.damage)
      #expect(new.cracks.count >= old.cracks.count)
      for (old, new) in zip(old.cracks, new.cracks) {
        #expect(new.tips[0] >= old.tips[0] && new.tips[1] >= old.tips[1])
      }
      for (old, new) in zip(old.patches, new.patches) {
        #expect((0...1).contains(new.debonded))
        #expect(new.debonded >= old.debonded || cell.parameters[.healingTime] > 0)
        #expect((0...1).contains(new.fatigue))
        #expect(new.fatigue >= old.fatigue || cell.parameters[.healingTime] > 0)
      }
      #expect(new.interphaseResistance >= old.interphaseResistance)
    }
  }

  @Test(arguments: first..<first + count) func withoutMechanismsNothingIsDamagedOrLost(number: Int) throws {
    var cell = RandomCell(number)
    cell.removeMechanisms()
    let (sink, outcome, runner) = try run(cell.scenario(cycles: 3))
    guard case .finished = outcome else { return }
    #expect(runner.damage.cracks.isEmpty && runner.damage.debondedShare == 0)
    #expect(runner.damage.interphaseResistance == 0)
    // What the cell lost it has still: lithium that relaxes where diffusion is slow, no more.
    for cycle in sink.cycles { #expect(cycle.lithiumBalanceError < 1e-9 && cycle.contactFraction == 1) }
  }

  /// The same where no lithium is left to relax: every cycle is the first one.
  @Test(arguments: first..<first + count) func withoutMechanismsFastCellsKeepTheirCapacity(number: Int) throws
  {
    var cell = RandomCell(number)
    cell.removeMechanisms()
    cell.makeDiffusionFast()
    let (sink, outcome, _) = try run(cell.scenario(cycles: 3))
    guard case .finished = outcome else { return }
    let capacities = sink.cycles.map(\.dischargeCapacity)
    // The tolerance of a time step, 1e-4, in the charge before and in the discharge.
    for capacity in capacities {
      #expect(abs(capacity - capacities[0]) <= 2e-4 * capacities[0], "\(capacities)")
    }
  }

  @Test(arguments: first..<first + count) func capacityDoesNotGrowWithTheRate(number: Int) throws {
    var cell = RandomCell(number)
    cell.removeMechanisms()
    try expectFalling(over: [0.3, 1, 3]) { try cell.capacity(atRate: $0, on: $1) }
  }

  /// On one mesh: what is out of contact for a capacity is so for the next.
  @Test(arguments: first..<first + count) func capacityDoesNotGrowAsContactIsLost(number: Int) throws {
    var cell = RandomCell(number)
    cell.removeMechanisms()
    try expectFalling(over: [0, 0.3, 0.6, 0.9]) { share, mesh in
      let random = RandomStream(seed: UInt64(number), name: "lost contact")
      return try cell.capacity(on: mesh) { damage in
        for index in damage.patches.indices where random.uniform() < share {
          damage.patches[index].debonded = 1
        }
      }
    }
  }

  @Test(arguments: first..<first + count) func capacityDoesNotGrowAsDiffusionSlows(number: Int) throws {
    try expectCapacityFalls(number, with: [.fastDiffusivity, .slowDiffusivity])
  }

  /// A smoother interface has less active area.
  @Test(arguments: first..<first + count) func capacityDoesNotGrowAsActiveAreaIsLost(number: Int) throws {
    try expectCapacityFalls(number, with: [.roughness])
  }

  /// A cell without mechanisms delivers no more as some of its parameters are made smaller.
  private func expectCapacityFalls(_ number: Int, with parameters: [Parameter]) throws {
    var cell = RandomCell(number)
    cell.removeMechanisms()
    try expectFalling(over: [1, 0.5, 0.1]) { factor, mesh in
      var smaller = cell
      smaller.scale(parameters, by: factor)
      return try smaller.capacity(on: mesh)
    }
  }

  /// No electrolyte flows into the cracks of a solid cell: all they do is stand in the way.
  @Test(arguments: first..<first + count) func capacityDoesNotGrowWithCracks(number: Int) throws {
    var cell = RandomCell(number)
    cell.removeMechanisms(keepingFlaws: true)
    try expectFalling(over: [0, 0.3, 0.6, 1]) { share, mesh in
      try cell.capacity(on: mesh) { damage in
        for index in damage.cracks.indices {
          damage.cracks[index].tips = share * damage.cracks[index].limits
        }
      }
    }
  }
}

import CellPhysics
import Testing

@testable import CycleLife

@Suite struct Composites {
  private func scenario(_ change: (inout Scenario) -> Void = { _ in }) -> Scenario {
    var p = CathodeElectrolyte.sulfide.defaults
    p[.activeWeight] = 0.7
    p[.interphaseGrowth] = 0
    // Coarse: few particles and shells.
    (p[.patchLength], p[.depthMeshWidth], p[.interfaceMeshWidth]) = (6e-6, 6e-6, 0.3e-6)
    p[.relativeTolerance] = 1e-3
    let current = p[.nominalCapacity] / 3600
    let steps = [
      ProtocolStep(control: .current(current), limits: [.voltage(4.03 - 0.62)], text: "charge"),
      ProtocolStep(control: .current(-current), limits: [.voltage(3.544 - 0.62)], text: "discharge"),
    ]
    var scenario = Scenario(
      parameters: p, electrolyte: .sulfide, stressFreeState: .uniform(0.98), protocolSteps: steps, cycles: 3,
      architecture: .composite)
    change(&scenario)
    return scenario
  }

  private struct Records: RunSink {
    var cycles: [CycleRecord] = []
    mutating func record(_ sample: TimeSample) {}
    mutating func record(_ cycle: CycleRecord) { cycles.append(cycle) }
  }

  private func run(_ scenario: Scenario) throws -> [CycleRecord] {
    var (runner, records) = (try CycleRunner(scenario), Records())
    #expect(try runner.run(into: &records) == .finished(cycles: scenario.cycles))
    return records.cycles
  }

  /// Pressed in as assembled, particles grow when charged and are released when discharged: nothing tears them off.
  @Test func particlesThatOnlyGrewStayInContact() throws {
    let cycles = try run(scenario())
    for cycle in cycles {
      #expect(cycle.lithiumBalanceError < 1e-10)
      #expect(cycle.contactFraction == 1 && cycle.crackCount == 0)
      #expect(cycle.effectiveDiffusivity.isNaN && cycle.audit.forceBalanceError.isNaN)
    }
    #expect(cycles[0].dischargeCapacity > 0)
  }

  /// From the charged state they shrink, and bonds of 100 MPa do not hold them; pressure brings some contact back.
  @Test func particlesThatShrinkDebondAndPressureHelps() throws {
    func last(_ pressure: Double) throws -> CycleRecord {
      try run(
        scenario {
          $0.stressFreeState = .endOfFirstCharge
          $0.parameters[.stackPressure] = pressure
        })[2]
    }
    let (low, high) = (try last(1e6), try last(50e6))
    #expect(low.contactFraction < 0.5 && high.contactFraction > low.contactFraction)
    #expect(high.dischargeCapacity > low.dischargeCapacity)
  }

  /// The electrolyte gives way around a particle; in the dense film crystals hold one another.
  @Test func stressesAreLowerThanInTheDenseFilm() throws {
    let composite = try run(scenario { $0.cycles = 1 })[0]
    let dense = try run(
      scenario {
        ($0.cycles, $0.architecture, $0.stressFreeState) = (1, .dense, .uniform(0.98))
        $0.parameters[.filmWidth] = 12e-6
        ($0.parameters[.meshWidth], $0.parameters[.patchLength]) = (1e-6, 2e-6)
        ($0.parameters[.depthMeshWidth], $0.parameters[.flawDensity]) = (2e-6, 0)
      })[0]
    #expect(composite.peakTensileStress < 0.7 * dense.peakTensileStress)
  }

  @Test func aRunGoesOnWhereItStopped() throws {
    let scenario = scenario { $0.stressFreeState = .endOfFirstCharge }
    let whole = try run(scenario)
    var first = scenario
    first.cycles = 1
    var (runner, records) = (try CycleRunner(first), Records())
    _ = try runner.run(into: &records)
    var rest = try CycleRunner(scenario, resuming: runner.state)
    _ = try rest.run(into: &records)
    #expect(records.cycles.map(\.dischargeCapacity) == whole.map(\.dischargeCapacity))
    #expect(records.cycles.map(\.contactFraction) == whole.map(\.contactFraction))
  }

  @Test func aNetworkThatFellApartCannotBegin() throws {
    var runner = try CycleRunner(scenario { $0.parameters[.activeWeight] = 0.95 })
    var records = Records()
    let end = try runner.run(into: &records)
    #expect(end.reason.contains("no way for ions or none for electrons leads through the composite"))
  }

  /// The frame feels all the volume that the particles gain, as the film is held in plane.
  @Test func aStiffFramePressesWhatGrows() throws {
    let p = scenario().parameters
    let composite = CompositeCathode(p)
    var stiff = scenario { $0.parameters[.frameStiffness] = 1e13 }
    stiff.parameters[.counterExpansion] = 0
    let mesh = stiff.mesh(stiff.microstructure, stiff.parameters)
    let control = PressureControl(parameters: stiff.parameters, mesh: mesh)
    let change = -0.4
    let contents = [Double](repeating: 0.98 + change, count: mesh.cellCount)
    let growth =
      composite.activeShare * composite.thickness * change * (2 * p[.chemicalStrainA] + p[.chemicalStrainC])
    let pressure = control.pressure(insertedCharge: 0, contentOfCells: contents)
    #expect(growth > 0 && abs((pressure - p[.stackPressure]) / (1e13 * growth) - 1) < 1e-9)
  }
}

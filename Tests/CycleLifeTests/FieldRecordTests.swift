import CellPhysics
import Testing

@testable import CellModel
@testable import CycleLife

private struct FieldSink: RunSink {
  var samples: [TimeSample] = []
  var fields: [FieldRecord] = []
  mutating func record(_ sample: TimeSample) { samples.append(sample) }
  mutating func record(_ cycle: CycleRecord) {}
  mutating func record(_ fields: FieldRecord) { self.fields.append(fields) }
}

@Suite struct FieldRecords {
  private func fields(_ scenario: Scenario) throws -> (sink: FieldSink, runner: CycleRunner) {
    var runner = try CycleRunner(scenario)
    var sink = FieldSink()
    _ = try runner.run(into: &sink)
    return (sink, runner)
  }

  @Test(arguments: Fidelity.allCases) func theyAreThoseOfTheStepEndsWithLeastAndMostLithium(
    fidelity: Fidelity
  )
    throws
  {
    var scenario = smallScenario(cycles: 2)
    scenario.fidelity = fidelity
    scenario.fieldCycles = [2, 7]
    let (sink, runner) = try fields(scenario)
    #expect(sink.fields.map(\.cycle) == [2, 2] && sink.fields.map(\.moment) == [.charged, .discharged])
    let cycle = sink.samples.filter { $0.cycle == 2 }
    for (fields, sample) in zip(
      sink.fields,
      [
        cycle.min { $0.meanContent < $1.meanContent }!, cycle.last!,
      ])
    {
      #expect(fields.time == sample.time)
      // The mean over the cells is that of the time series.
      let mesh = fields.mesh
      let sum = (0..<mesh.cellCount).reduce(0) {
        $0 + fields.contentOfCells[$1] * mesh.area($1 / mesh.yCount, $1 % mesh.yCount)
      }
      #expect(abs(sum / mesh.solidArea - sample.meanContent) < 1e-3)
      #expect(fields.contactOfCells.count == mesh.yCount && fields.cracks.count == runner.damage.cracks.count)
      #expect(zip(fields.largestPrincipalStress, fields.stress.xx).allSatisfy { $0 >= $1 })
    }
  }

  @Test func inTheStressFreeStateThereIsThePressureAlone() throws {
    var scenario = smallScenario(cycles: 1)
    scenario.fieldCycles = [1]
    let charged = try #require(try fields(scenario).sink.fields.first)
    let pressure = scenario.parameters[.stackPressure]
    let worst = charged.stress.xx.map { abs($0 / pressure + 1) }.max() ?? 1
    // Columns that lie differently carry it unevenly.
    #expect(worst < 0.1)
    // Pressure closes every crack it acts on.
    #expect(charged.cracks.allSatisfy { !$0.isOpen || $0.intensity < 1e3 })
  }

  @Test func aCycleThatOnlyDischargesHasOneMoment() throws {
    var scenario = smallScenario(cycles: 1) { $0[.initialContent] = 0.55 }
    scenario.protocolSteps.removeFirst(2)
    scenario.stressFreeState = .uniform(0.55)
    scenario.fieldCycles = [1]
    #expect(try fields(scenario).sink.fields.map(\.moment) == [.discharged])
  }

  /// Layers at `angle`; a crack's line is along them at 90 degrees plus that.
  @Test(arguments: [(0.0, 90.0, false), (0, 0, true), (0, 45, true), (40, 130, false), (90, 90, true)])
  func cracksAlongTheLayersDoNotBlock(angle: Double, inclination: Double, blocks: Bool) {
    let p = ParameterSet.defaults
    let crystal = Diffusion.diffusivityInCell(
      fast: p[.fastDiffusivity], slow: p[.slowDiffusivity], angle: angle * .pi / 180)
    let crack = Crack(x: 0, y: 0, inclination: inclination * .pi / 180, tips: .one, limits: .one)
    #expect(crack.isBlocking(in: crystal) == blocks)
  }
}

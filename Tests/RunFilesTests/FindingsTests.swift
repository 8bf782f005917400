import CellPhysics
import CycleLife
import Foundation
import Testing

@testable import RunFiles

@Suite struct Saturations {
  /// What seeds 1 to 4 give around a value, the same for all values or scattered.
  private func measures(_ values: [Double], scatter: [Double] = [-2, -1, 1, 2]) -> [[UInt64: Double]] {
    values.map { value in
      Dictionary(uniqueKeysWithValues: scatter.enumerated().map { (UInt64($0 + 1), value + $1) })
    }
  }

  @Test func beyondThePlateauNothingGains() throws {
    let found = try #require(Saturation(measures([1, 5, 7, 7, 6])))
    #expect(found.place == 2 && found.best?.place == 3 && found.best?.median == 0)
  }

  @Test func aRiseToTheEndHasNone() throws {
    let found = try #require(Saturation(measures([1, 5, 7, 8])))
    #expect(found.place == 3 && found.best == nil)
  }

  /// A scatter that seeds have in common hides no gain; one of the differences does.
  @Test func seedsAreCompared() throws {
    #expect(try #require(Saturation(measures([5, 5.1]))).place == 1)
    // Differences of -4, -1, 3 and 6 about the same median as before and more.
    var scattered = measures([5, 5])
    for (seed, difference) in zip(1...4, [-4.0, -1, 3, 6]) {
      scattered[1][UInt64(seed)]! += difference
    }
    let found = try #require(Saturation(scattered))
    // Round-off is no gain either.
    #expect(try #require(Saturation(measures([5, 5 + 1e-12]))).place == 0)
    #expect(found.place == 0 && found.best?.median == 1)
  }

  @Test func aSingleSeedSaysNothing() {
    #expect(Saturation([[1: 5], [1: 6]]) == nil)
    #expect(Saturation([[1: 5, 2: 6], [3: 6, 4: 7]]) == nil)
  }
}

@Suite struct PressureTrends {
  private static let pressures = [1.0, 2, 10, 50]

  /// A study of four pressures with three seeds, in which `change` says what a run gives.
  private func trend(_ change: (inout CaseResult, _ pressure: Double, _ seed: UInt64) -> Void) throws
    -> ParameterTrend?
  {
    let yaml =
      "run: {cycles: 2, replicates: 3}\nvary: {cell.stack pressure: [50 MPa, 1 MPa, 10 MPa, 2 MPa]}\n"
    let run = StudyRun(try readStudy(yaml), jobs: 1)
    let scenario = try StudyRun(readStudy(smallStudy), jobs: 1).scenario(of: 0).scenario
    let template = try CaseResult(running: scenario, keepingField: false)
    let rows = try run.study.cases.map { single in
      let resolved = try run.study.scenario(of: single)
      let pressure = resolved.scenario.parameters[.stackPressure] / 1e6
      let runs = (1...3).map { seed in
        var result = template
        (result.cyclesRequested, result.cyclesFollowed, result.cycles) = (2, 2, 2)
        change(&result, pressure, UInt64(seed))
        return StudyRow(
          number: single.number, label: single.label,
          varied: run.varied.map { $0.cell(run.study, single, resolved) }, seed: UInt64(seed), result: result,
          outcome: "")
      }
      return StudyRow(mediansOf: runs, against: [:])
    }
    return ParameterTrend(run, rows)
  }

  private static func give(_ result: inout CaseResult, capacities: [Double], contact: Double) {
    result.firstCapacity = capacities[0]
    result.capacity = capacities[capacities.count - 1]
    result.trajectory = .init(
      capacity: capacities, contactFraction: capacities.map { _ in contact }, crackLength: capacities)
  }

  /// Losses linear in the logarithm of the pressure are interpolated exactly.
  @Test func theRatioOfLossesIsInterpolated() throws {
    let found = try #require(
      try trend { result, pressure, seed in
        let scale = Double(seed)
        Self.give(
          &result, capacities: [100 * scale, 100 * scale - scale * (10 - 2 * log(pressure))], contact: 1)
      })
    #expect(found.values.map { $0 / 1e6 } == Self.pressures && found.lastCycle == 2)
    let ratio = try #require(found.lossRatio)
    #expect(abs(ratio.value - (10 - 2 * log(2)) / (10 - 2 * log(30))) < 1e-9)
    // Every seed has the same ratio.
    #expect(ratio.standardError < 1e-9)
    #expect(
      found.findings.count == 3
        && found.findings[1].contains("MPa over that at 30 MPa: 2.69 ± 0.00, compatible with"))
  }

  /// An interface that is debonded altogether has contact in proportion to sqrt(p): R ~ p^-0.5.
  @Test(arguments: [0.0, 0.5, 1]) func theExponentIsThatOfTheContact(exponent: Double) throws {
    let found = try #require(
      try trend { result, pressure, seed in
        Self.give(
          &result, capacities: [100, 90], contact: 0.1 / Double(seed) * pow(pressure, exponent))
      })
    let fitted = try #require(found.resistanceExponent)
    #expect(abs(fitted.value + exponent) < 1e-12 && fitted.standardError < 1e-12)
    let line = try #require(found.findings.last)
    #expect(line.contains("does not show it") == (exponent != 0.5))
  }

  @Test func cyclesToEightyDecideWhereAllRunsReachThem() throws {
    func line(_ missing: Bool) throws -> String? {
      try trend { result, pressure, seed in
        Self.give(&result, capacities: [100, 90 + pressure / 10 + Double(seed)], contact: 1)
        // Beyond 10 MPa nothing is gained.
        result.cyclesToEighty = missing && seed == 3 ? nil : min(pressure, 10) + Double(seed)
      }?.findings.first
    }
    #expect(
      try line(false)
        == "cell.stack pressure: no further gain beyond 10 MPa (cycles to 80 %: at most +0 ± 0 cycles from 10 MPa "
        + "to 50 MPa, not above twice the standard error)")
    // The error is round-off of numbers that are printed with two digits.
    let undecided = try #require(try line(true))
    #expect(
      undecided.hasPrefix(
        "cell.stack pressure: no further gain beyond: none in range (capacity of cycle 2: +0.0011 ± "))
    #expect(undecided.hasSuffix(" mAh/g from 10 MPa to 50 MPa)"))
  }

  @Test func otherStudiesHaveNoTrend() throws {
    let yamls = [
      "run: {cycles: 2}\nvary: {cell.stack pressure: [1 MPa, 2 MPa]}\n",
      "run: {cycles: 2, replicates: 2}\nvary: {run.seed: [1, 2]}\n",
      "run: {cycles: 2, replicates: 2}\nvary: {cell.stack pressure: [1 MPa, 2 MPa], cathode.thickness: [9 um]}\n",
    ]
    for yaml in yamls { #expect(ParameterTrend(StudyRun(try readStudy(yaml), jobs: 1), []) == nil) }
  }
}

@Suite struct UnmeasuredInputs {
  private func read(_ yaml: String) throws -> ResolvedScenario {
    try ScenarioReader().read(Data(yaml.utf8), name: "x.yaml")
  }

  @Test func theLineNamesWhatFadeRestsOn() throws {
    let line = try #require(try read("title: a\n").unmeasuredInputs)
    #expect(line.count <= 230)
    #expect(
      line.hasPrefix("fade rests on 26 assumed inputs (flaw density, ") && line.contains("more, see 'check')")
    )
    #expect(line.contains("and 2 calibrated (growth rate, debonding rate); scenarios/sensitivity.yaml"))
    // A single cycle has no fade, and what was given is not assumed.
    #expect(try read("run: {cycles: 1}\n").unmeasuredInputs == nil)
    let given = try read(
      "degradation: {cracks: {growth rate: 2 um, flaw density: 0.1 /um2}, interface: {debonding rate: 2}}\n")
    #expect(
      try #require(given.unmeasuredInputs).hasPrefix("fade rests on 25 assumed inputs (flaw half-length, "))
    #expect(try !#require(given.unmeasuredInputs).contains("calibrated"))
  }

  @Test func rowsSayWhatTheirDefaultIs() throws {
    let resolved = try read("cell: {stack pressure: 5 MPa}\n")
    let kinds = Dictionary(uniqueKeysWithValues: resolved.rows.map { ($0.key, $0.provenance) })
    #expect(kinds["cathode.thickness"] == .measured && kinds["cathode.fast diffusivity"] == .calibrated)
    #expect(kinds["mechanics.electrolyte modulus"] == .literature && kinds["mechanics.C11"] == .assumed)
    #expect(kinds["cell.stack pressure"] == .some(nil) && kinds["title"] == .some(nil))
    #expect(resolved.table.contains("# default   assumed: no measurement found\n"))
  }

  /// The provenance is judged from the text of the source.
  @Test(arguments: Parameter.allCases) func itFollowsTheSource(parameter: Parameter) {
    let (kind, source) = (parameter.entry.provenance, parameter.entry.source)
    if source.hasPrefix("fitted") { #expect(kind == .calibrated) }
    if source.contains("no measurement found") || source == "numerical choice" { #expect(kind == .assumed) }
    if kind == .measured { #expect(source.contains("Naik et al.")) }
  }
}

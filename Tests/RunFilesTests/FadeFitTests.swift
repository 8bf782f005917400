import CycleLife
import Foundation
import Numerics
import Testing

@testable import RunFiles

// MARK: - Search

/// A capacity that fades by an exponential towards a floor: 100 (floor + (1 - floor) exp(-rate cycle)).
private func capacity(_ rate: Double, _ floor: Double, _ cycle: Int) -> Double {
  100 * (floor + (1 - floor) * exp(-rate * Double(cycle)))
}

/// The logarithms of the rate and the floor behind the data.
private let truth = [log(0.05), log(0.4)]

/// Twelve points about the curve of ``truth``, each off by about its standard deviation.
private let points: [FadeData.Point] = {
  let scatter = [0.7, -1.1, 0.2, 1.3, -0.5, -0.9, 0.4, 1.0, -1.4, 0.6, -0.3, 0.1]
  return scatter.enumerated().map { index, share in
    let cycle = 4 * index + 2
    return .init(cycle: cycle, capacity: capacity(0.05, 0.4, cycle) + 0.8 * share, sigma: 0.8)
  }
}()

private func fit(
  _ names: [String] = ["rate", "floor"], _ method: FadeFit.Method = .leastSquares, iterations: Int = 200
) -> FadeFit {
  FadeFit(names: names, data: points, method: method, maximumIterations: iterations)
}

/// The predictions of a closed form, with the same standard error everywhere.
private func model(error: Double = 0, _ capacity: @escaping ([Double], Int) -> Double?) -> FadeFit.Model {
  { _, unknowns in
    unknowns.map { unknowns in
      let values = points.compactMap { capacity(unknowns.map(exp), $0.cycle) }
      guard values.count == points.count else { return nil }
      return FadePrediction(medians: values, standardErrors: values.map { _ in error })
    }
  }
}

private var closedForm: FadeFit.Model { model { capacity($0[0], $0[1], $1) } }

@Suite struct FadeFitSearch {
  private func errors(_ solution: FadeFit.Solution) -> [Double] {
    solution.unknowns.indices.map { solution.covariance[$0, $0].squareRoot() }
  }

  @Test(arguments: FadeFit.Method.allCases) func knownParametersAreRecovered(method: FadeFit.Method) throws {
    let start = [log(0.12), log(0.6)]
    let solution = try fit(["rate", "floor"], method).solve(
      from: start, progress: { _ in }, model: closedForm)
    let errors = errors(solution)
    // Within the 95 % intervals, which are some per cent wide.
    for (found, (known, error)) in zip(solution.unknowns, zip(truth, errors)) {
      #expect(abs(found - known) < 1.96 * error && error > 0.005 && error < 0.1)
    }
    #expect(solution.ending == .converged && solution.warnings.isEmpty)
    // The minimum itself, by a search far finer than any that runs cells.
    let exact = try Simplex.minimize(from: truth, step: 0.1, tolerance: 1e-9, maximumIterations: 1000) { q in
      points.reduce(0) {
        $0 + pow((capacity(exp(q[0]), exp(q[1]), $1.cycle) - $1.capacity) / $1.sigma, 2)
      }
    }
    for (found, (best, error)) in zip(solution.unknowns, zip(exact.unknowns, errors)) {
      #expect(abs(found - best) < 0.2 * error)
    }
    // No point twice.
    #expect(Set(solution.evaluations.map(\.unknowns)).count == solution.evaluations.count)
  }

  /// One parameter has the covariance 1 / sum of (derivative / deviation)^2; central differences are near it.
  @Test func theStandardErrorIsThatOfTheClosedForm() throws {
    let one = model { capacity($0[0], 0.4, $1) }
    let solution = try fit(["rate"]).solve(from: [log(0.06)], progress: { _ in }, model: one)
    let rate = exp(solution.unknowns[0])
    let sum = points.reduce(0) {
      $0 + pow(60 * rate * Double($1.cycle) * exp(-rate * Double($1.cycle)) / $1.sigma, 2)
    }
    #expect(abs(errors(solution)[0] * sum.squareRoot() - 1) < 0.02)
  }

  /// Errors of the median that are as large as those of the data make intervals wider by the square root of 2.
  @Test func theErrorOfTheMedianIsAddedInQuadrature() throws {
    func error(_ median: Double) throws -> Double {
      let one = model(error: median) { capacity($0[0], 0.4, $1) }
      return errors(try fit(["rate"]).solve(from: [log(0.05)], progress: { _ in }, model: one))[0]
    }
    #expect(abs(try error(0.8) / error(0) - 2.0.squareRoot()) < 0.01)
  }

  /// Errors that are the same in all cycles leave a slope alone, and move a factor as one error does.
  @Test func errorsInCommonAreThoseOfOneMeasurement() throws {
    let one = model(error: 0.8) { values, _ in 50 + 10 * log(values[0]) }
    let fit = fit(["offset"])
    let solution = try fit.solve(from: [0], progress: { _ in }, model: one)
    let prediction = FadePrediction(medians: points.map { _ in 50 }, standardErrors: points.map { _ in 0.8 })
    var correlations = DenseMatrix(rows: 12, columns: 12)
    for index in 0..<12 { correlations[index, index] = 1 }
    func error() -> Double {
      fit.covariance(solution, prediction, correlationsOfMedians: correlations)[0, 0].squareRoot()
    }
    // An offset of ten has the error of the mean of twelve over ten.
    #expect(abs(error() - 0.8 * (2 / 12.0).squareRoot() / 10) < 1e-9)
    #expect(abs(error() - errors(solution)[0]) < 1e-9)
    correlations.values = correlations.values.map { _ in 1 }
    #expect(abs(error() - 0.8 * (1 + 1 / 12.0).squareRoot() / 10) < 1e-9)
  }

  @Test func weightsAreRenewedUntilTheyStay() throws {
    // Errors grow with the rate, from which the search starts too high.
    let growing: FadeFit.Model = { _, unknowns in
      unknowns.map { unknown in
        FadePrediction(
          medians: points.map { capacity(exp(unknown[0]), 0.4, $0.cycle) },
          standardErrors: points.map { _ in 20 * exp(unknown[0]) })
      }
    }
    let solution = try fit(["rate"]).solve(from: [log(0.15)], progress: { _ in }, model: growing)
    #expect(solution.renewals > 1 && abs(solution.unknowns[0] - truth[0]) < 0.1)
  }

  @Test func parametersThatActTogetherAreRefusedByName() {
    // Only the product of the two matters.
    let product = model { capacity($0[0] * $0[1], 0.4, $1) }
    let error = #expect(throws: FadeFitError.self) {
      try fit(["a", "b"]).solve(from: [log(0.1), log(0.7)], progress: { _ in }, model: product)
    }
    let expected =
      "the data do not tell 'a' and 'b' apart: their correlation is -1.000, beyond 0.98; fit one of them"
    #expect(error == .undetermined(expected))
    // Three of which any two are distinct, but not all three.
    let three = model { values, cycle in
      let time = Double(cycle) / 10
      return 100 - 5 * log(values[0]) - 5 * time * log(values[1]) - 5 * (1 + time) * log(values[2])
    }
    let second = #expect(throws: FadeFitError.self) {
      try fit(["a", "b", "c"]).solve(from: [0, 0, 0], progress: { _ in }, model: three)
    }
    #expect(second?.description.contains("the data do not tell 'a' and 'b' apart") == true)
    #expect(second?.description.contains("'c'") == true)
  }

  @Test func parametersWithoutEffectAreRefusedByName() {
    func refusal(_ effect: Double) -> String? {
      let weak = model { capacity($0[0], 0.4, $1) + effect * log($0[1]) }
      let error = #expect(throws: FadeFitError.self) {
        try fit(["rate", "colour"]).solve(from: [log(0.05), 0], progress: { _ in }, model: weak)
      }
      return error?.description
    }
    #expect(
      refusal(0)
        == "'colour' has no effect on the capacity at the cycles of the data; do not fit it, or start where it has "
        + "one")
    // Twelve points of 0.8 leave exp(0.8 / 0.05 / sqrt(12)).
    #expect(
      refusal(0.05)?.hasPrefix(
        "the data do not constrain 'colour': alone, it would be known to a factor of 101 ") == true)
  }

  /// Beyond 0.13 there is no model, as beyond the range of a parameter: searches turn back, differences go backward.
  @Test func theEndOfARangeIsRespected() throws {
    let bounded = model { $0[0] > 0.13 ? nil : capacity($0[0], $0[1], $1) }
    let solution = try fit().solve(from: [log(0.129), log(0.6)], progress: { _ in }, model: bounded)
    #expect(abs(solution.unknowns[0] - truth[0]) < 0.2)
    #expect(throws: FadeFitError.failed("the model has no value at the start values of the parameters")) {
      try fit().solve(from: [log(0.2), log(0.6)], progress: { _ in }, model: bounded)
    }
  }

  @Test func theIterationLimitIsTold() throws {
    let solution = try fit(iterations: 1).solve(
      from: [log(0.3), log(0.8)], progress: { _ in }, model: closedForm)
    #expect(solution.ending == .iterationLimit && solution.iterations == 1)
  }

  @Test func aRequestToStopIsThrownOn() {
    let count = Locked(0)
    let stopped: FadeFit.Model = { purpose, unknowns in
      let number = count.withLock { count in
        count += 1
        return count
      }
      if number == 4 { throw RunInterrupted() }
      return try closedForm(purpose, unknowns)
    }
    #expect(throws: RunInterrupted.self) {
      try fit().solve(from: [log(0.12), log(0.6)], progress: { _ in }, model: stopped)
    }
  }
}

// MARK: - Data

@Suite struct FadeDataFiles {
  private func read(_ text: String, sigma: Double? = nil) throws -> FadeData {
    try FadeData(MeasuredFade(Data(text.utf8), name: "fade.csv"), sigma: sigma)
  }

  private func problem(_ text: String) -> String? {
    let error = #expect(throws: ScenarioError.self) { try read(text) }
    return error?.description
  }

  private let head = "Cycle Count / 1,Discharge Capacity / mAh g-1,Standard Deviation / mAh g-1\n"

  @Test func columnsAreFoundByHeadingAndUnit() throws {
    // Quotes, blanks, other columns, other units, line breaks of Windows and any order.
    let text =
      "\u{FEFF}\"Label, long / 1\",Discharge Capacity / mAh cm-2,Discharge Capacity / Ah kg-1,Cycle Count / 1,"
      + "Uncertainty / mAh g-1\r\n\"a, \"\"b\"\"\",1.5, 120.5 ,10,2\r\n\r\nc,1.6,130,1,1.5\r\n"
    let data = try read(text)
    #expect(data.points.map(\.cycle) == [1, 10] && data.lastCycle == 10)
    #expect(data.points.map { ($0.capacity / 3600 * 1e4).rounded() / 1e4 } == [130, 120.5])
    #expect(data.points.map { ($0.sigma / 3600 * 1e4).rounded() / 1e4 } == [1.5, 2])
  }

  @Test func theUncertaintyIsAskedForOnce() throws {
    let bare = "Cycle Count / 1,Discharge Capacity / mAh g-1\n1,120\n"
    #expect(try read(bare, sigma: 7200).points == [.init(cycle: 1, capacity: 432_000, sigma: 7200)])
    let missing = #expect(throws: FadeFitError.self) { try read(bare) }
    #expect(missing?.description.contains("give the standard deviation of the data with --sigma") == true)
    #expect(throws: FadeFitError.self) { try read(head + "1,120,2\n", sigma: 7200) }
  }

  @Test func mistakesHaveAPlaceAndWhatWasExpected() {
    #expect(
      problem("")
        == "fade.csv: the file is empty; expected the headings 'Cycle Count / 1' and 'Discharge Capacity / mAh "
        + "g-1'")
    #expect(
      problem("Cycle,Capacity\n1,2\n")
        == "fade.csv:1:1: no layout with these headings is known: 'Cycle', 'Capacity'; looked for "
        + FadeLayout.all.map(\.description).joined(separator: ", "))
    #expect(
      problem("Cycle Count / 1,Discharge Capacity / mAh\n1,2\n")
        == "fade.csv:1:17: 'Discharge Capacity / mAh' is of the whole cell; give the mass of its active material, such "
        + "as --data-mass '11 mg', or its mass per area and --data-area")
    #expect(
      problem("Cycle Count / 1,Discharge Capacity / V\n1,2\n")
        == "fade.csv:1:17: 'Discharge Capacity / V' has no unit that fits; expected 'Discharge Capacity / mAh g-1', or "
        + "another unit of a capacity")
    #expect(problem(head) == "fade.csv:1: no line follows the headings; expected one for each measured cycle")
    #expect(
      problem(head + "1,120,2\n2,fast,2\n")
        == "fade.csv:3:3: Discharge Capacity: 'fast' is not accepted; expected a number from 0")
    #expect(
      problem(head + "1.5,120,2\n")
        == "fade.csv:2:1: Cycle Count: '1.5' is not accepted; expected a whole number from 0 to 1000000")
    #expect(
      problem(head + "1,120,0\n")
        == "fade.csv:2:7: Standard Deviation: '0' is not accepted; expected a number above 0")
    #expect(problem(head + "1,120\n") == "fade.csv:2: 2 cells; expected 3, as many as there are headings")
    #expect(
      problem(head + "1,120,5,3\n") == "fade.csv:2:9: 4 cells; expected 3, as many as there are headings")
    #expect(problem(head + "\"1,120,2\n") == "fade.csv:2:1: a quote is not closed")
    #expect(
      problem(head + "1,120,2\n1,121,2\n")
        == "fade.csv:3:1: cycle 1 stands in line 2 already; give the mean of several cells and its standard "
        + "deviation")
    #expect(problem(head + "1,nan,2\n")?.hasPrefix("fade.csv:2:3: Discharge Capacity: 'nan'") == true)
  }
}

// MARK: - Requests and runs

/// A cell of one section that loses contact within four cycles.
private let tinyCell = """
  title: Tiny
  protocol: ['Charge at 1C until 4.03 V vs Li', 'Discharge at 1C until 3.544 V vs Li']
  cathode: {width: 6 um, thickness: 6 um}
  microstructure: {column spacing: 3 um}
  numerics: {mesh width: 1 um, depth mesh width: 2 um, interface mesh width: 0.5 um, mesh growth: 1.4}
  degradation: {interface: {debonding rate: 20, mode I toughness: 0.1 J/m2, mode II toughness: 0.4 J/m2}}
  run: {cycles: 4, seed: 5}
  """

private let rate = "degradation.interface.debonding rate"

private func request(
  _ keys: [String] = [rate], cycles: [Int] = [1, 2], replicates: Int? = 2, predicted: Int? = nil,
  overrides: [String] = []
) throws -> FadeFitRequest {
  let points = cycles.map { FadeData.Point(cycle: $0, capacity: 180_000, sigma: 3600) }
  return try FadeFitRequest(
    try readStudy(tinyCell, overrides).base, data: FadeData(name: "fade.csv", points: points), keys: keys,
    replicates: replicates, method: "least-squares", maximumIterations: nil, predictedCycles: predicted)
}

@Suite struct FadeFitRequests {
  private func refusal(_ keys: [String], cycles: [Int] = [1, 2], _ overrides: [String] = []) -> String? {
    let error = #expect(throws: FadeFitError.self) {
      try request(keys, cycles: cycles, overrides: overrides)
    }
    return error?.description
  }

  @Test func theRunLengthIsThatOfTheDataAndEightRunsAreTheDefault() throws {
    #expect(try request(replicates: nil).start.replicates == 8)
    #expect(try request(replicates: nil, overrides: ["run.replicates=5"]).start.replicates == 5)
    let fit = try request(cycles: [1, 7], predicted: 12)
    #expect(fit.start.scenario.cycles == 7 && fit.lastCycle == 12)
    #expect(fit.fitted([30]).scenario.cycles == 12)
    #expect(throws: FadeFitError.self) { try request(cycles: [1, 7], predicted: 7) }
  }

  /// What is written as the scenario with fitted values reads back as just that.
  @Test func theFittedScenarioIsAScenario() throws {
    let fit = try request([rate, "degradation.cracks.growth rate"])
    let values = fit.parameters.map { $0.value(unknown: $0.unknown(7.654321e-7), digits: 5)! }
    let fitted = fit.fitted(values)
    let again = try readStudy(fitted.table).base
    #expect(again.scenario == fitted.scenario && again.replicates == 2)
    #expect(fitted.table.contains(/growth rate: +0.76543 um +# fit/))
  }

  @Test func whatCannotBeFittedIsNamed() {
    #expect(
      refusal(["degradation.interface.debonding rat"])
        == "'degradation.interface.debonding rat' is no parameter; nearest that can be fitted: \(rate)")
    #expect(
      refusal(["numerics.mesh width"])
        == "'numerics.mesh width' cannot be fitted: it is no positive physical parameter")
    #expect(refusal(["cell.temperature"])?.contains("no positive physical parameter") == true)
    #expect(refusal([rate], ["\(rate)=0"])?.contains("is 0 in the scenario") == true)
    #expect(refusal([rate, rate]) == "--parameters names '\(rate)' twice")
    #expect(refusal([]) == "--parameters names nothing to fit")
    #expect(
      refusal([rate, "degradation.cracks.growth rate"], cycles: [3])
        == "2 parameters cannot be fitted to 1 point")
  }

  @Test func anotherFitIsRefusedByWhatDiffers() throws {
    try withTemporaryPath { path in
      do { _ = try FadeFitJournal.open(try request(), in: path) }
      func reason(_ other: FadeFitRequest) -> String? {
        let error = #expect(throws: RunFileError.self) { try FadeFitJournal.open(other, in: path) }
        return error.map { "\($0)" }
      }
      func refused(_ difference: String) -> String {
        "cannot create the output directory '\(path)': it holds another fit: \(difference); choose another with "
          + "--output"
      }
      #expect(
        reason(try request(["degradation.cracks.growth rate"]))
          == refused("parameters: \(rate) there, degradation.cracks.growth rate here"))
      #expect(reason(try request(replicates: 3)) == refused("run.replicates: 2 there, 3 here"))
      #expect(reason(try request(predicted: 9)) == refused("last cycle of the prediction: 2 there, 9 here"))
      #expect(
        reason(try request(cycles: [1, 3]))
          == refused("point 2 of the data: cycle 2, 50 +- 1 mAh/g there, cycle 3, 50 +- 1 mAh/g here"))
      #expect(
        reason(try request(overrides: ["cell.stack pressure=5 MPa"]))
          == refused("cell.stack pressure: 10 MPa there, 5 MPa here"))
      guard case .open = try FadeFitJournal.open(try request(), in: path) else { throw RunInterrupted() }
    }
  }
}

@Suite struct FadeEnsembles {
  /// A cell that ended counts as 0, a solver failure not at all.
  @Test func endedCellsAndFailuresCountAsInEnsembles() {
    func run(_ seed: UInt64, _ capacities: [Double]?) -> FadeFitRun {
      FadeFitRun(
        key: .init(parameters: [], seed: seed, cycles: 2), capacities: capacities, outcome: "", seconds: 0)
    }
    let runs = FadeEnsemble.Runs(all: [run(1, [10, 9]), run(2, nil), run(3, [10]), run(4, [])])
    #expect(runs.prediction([1, 2])?.medians == [10, 0])
    #expect(runs.count == 3 && runs.failure?.seed == 2)
    #expect(FadeEnsemble.Runs(all: [run(1, nil)]).prediction([1]) == nil)
  }

  /// The runs of the ensemble are those of a study, and what was run once is never run again.
  @Test func runsAreThoseOfAStudyAndAreKept() throws {
    try withTemporaryPath { path in
      let fit = try request()
      func ensemble() throws -> FadeEnsemble {
        guard case .open(_, let journal) = try FadeFitJournal.open(fit, in: path) else {
          throw RunInterrupted()
        }
        return FadeEnsemble(request: fit, journal: journal, jobs: 2, stop: .never)
      }
      let found: FadeEnsemble.Runs
      let calls = Locked(0)
      do {
        found = try ensemble().runs(at: [[20]], cycles: 2) { done, all, _ in
          calls.withLock { $0 += 1 }
          #expect(all == 2 && done <= 2)
        }[0]
      }
      #expect(calls.withLock { $0 } == 3)
      let study = StudyRun(try readStudy(tinyCell, ["run.replicates=2", "run.cycles=2"]), jobs: 2)
      let rows = try [0, 1].map { try study.row(of: $0) }
      #expect(found.all.map(\.capacities) == rows.map { $0.result?.trajectory?.capacity })
      #expect(found.all.map(\.key.seed) == [5, 6])
      // The second line is broken, as by a kill while it was written.
      let file = URL(fileURLWithPath: path + "/" + FadeFitJournal.fileName)
      try Data(contentsOf: file).dropLast(9).write(to: file)
      let again = try ensemble().runs(at: [[20]], cycles: 2) { _, _, _ in calls.withLock { $0 += 1 } }[0]
      #expect(calls.withLock { $0 } == 5 && again.all.map(\.capacities) == found.all.map(\.capacities))
    }
  }
}

// MARK: - The program

@Suite struct FitCommandLine {
  private let names = ["evaluations.csv", "fit.json", "fitted.yaml", "fade.csv", "fade-data.csv"]
  /// What acts from the first cycle on, and without steps.
  private let growth = "interface.interphase growth"
  private let unit = "ohm cm2 d^-0.5"

  /// Data that the program made with an interphase that grows give its growth back, also after two interruptions.
  @Test func aFitRecoversTheRateOfItsDataAlsoWhenItIsInterrupted() throws {
    try withTemporaryPath { path in
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let file = path + "/tiny.yaml"
      // Bonds come apart by steps.
      let bonded = Data((tinyCell + "\n").replacing("debonding rate: 20", with: "debonding rate: 0").utf8)
      try bonded.write(to: URL(fileURLWithPath: file))
      let truth = try cyclelife(
        "run", file, "--set", "\(growth)=300 \(unit)", "--no-figures", "--output", path + "/truth")
      #expect(truth.status == 0)
      let command = [
        "fit", file, "--set", "\(growth)=225 \(unit)", "--replicates", "1", "--data",
        path + "/truth/cycles.csv", "--sigma", "0.5 mAh/g", "--parameters", growth, "--predict", "5",
        "--output",
      ]
      let whole = try cyclelife(command + [path + "/whole"])
      #expect(whole.status == 0 && whole.errors.contains("one run has no standard error"), "\(whole.errors)")
      let result = try #require(
        JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path + "/whole/fit.json")))
          as? [String: Any])
      let estimate = try #require((result["estimates"] as? [[String: Any]])?.first)
      let interval = try #require(estimate["interval"] as? [String: Double])
      let value = try #require(estimate["value"] as? Double)
      let (lower, upper) = try (#require(interval["lower"]), #require(interval["upper"]))
      #expect(abs(value - 300) < 15 && lower < 300 && upper > 300 && upper < 350)
      #expect(whole.output.contains("predicted for cycle 5: "))
      // The scenario that was written gives the prediction.
      let fitted = try cyclelife(
        "run", path + "/whole/fitted.yaml", "--no-figures", "--quiet", "--output", path + "/fitted")
      #expect(fitted.status == 0, "\(fitted.errors)")
      func lines(_ name: String) throws -> [Substring] {
        try String(contentsOfFile: path + name, encoding: .utf8).split(separator: "\n")
      }
      let (cycles, curve) = try (lines("/fitted/cycles.csv"), lines("/whole/fade.csv"))
      #expect(cycles.count == 6 && cycles[5].split(separator: ",")[2] == curve.last?.split(separator: ",")[1])

      let parts = path + "/parts"
      for (signal, lines) in [(SIGTERM, 3), (SIGKILL, 7)] {
        let running = try Running(command + [parts])
        running.wait(for: parts + "/finished.jsonl", lines: lines)
        let start = ContinuousClock.now
        let end = running.end(signal)
        #expect(ContinuousClock.now - start < .seconds(5))
        if signal == SIGTERM {
          #expect(end.reason == .exit && end.status == 75)
          #expect(end.errors.contains("interrupted; the same command continues"), "\(end.errors)")
        }
      }
      let rest = try cyclelife(command + [parts])
      #expect(rest.status == 0 && rest.output.hasPrefix("continuing: "), "\(rest.output)\(rest.errors)")
      for name in names {
        let contents = try ["/whole/", "/parts/"].map {
          try Data(contentsOf: URL(fileURLWithPath: path + $0 + name))
        }
        #expect(contents[0] == contents[1], "\(name)")
      }
      // What is complete stays as it is; another fit is refused.
      let quiet = try cyclelife(command + [parts, "--quiet"])
      #expect(quiet.status == 0 && quiet.output == "")
      let again = try cyclelife(command + [parts])
      #expect(again.status == 0 && again.output == "complete: all results of this fit are in \(parts)\n")
      let other = try cyclelife(command + [parts, "--seed", "9"])
      #expect(other.status == 73 && other.errors.contains("it holds another fit: run.seed: 5 there, 9 here"))
    }
  }

  /// A parameter without effect is refused after its first derivative; nothing is left of that fit.
  @Test func undeterminedParametersGive65() throws {
    try withTemporaryPath { path in
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let (file, data) = (path + "/tiny.yaml", path + "/fade.csv")
      try Data(tinyCell.utf8).write(to: URL(fileURLWithPath: file))
      try Data("Cycle Count / 1,Discharge Capacity / mAh g-1\n1,70\n".utf8).write(
        to: URL(fileURLWithPath: data))
      let result = try cyclelife(
        "fit", file, "--data", data, "--sigma", "1 mAh/g", "--replicates", "1", "--parameters",
        "cell.electrode area", "--output", path + "/fit")
      #expect(result.status == 65)
      #expect(
        result.errors
          == "cyclelife: error: 'cell.electrode area' has no effect on the capacity at the cycles of the data; do "
          + "not fit it, or start where it has one\n")
      #expect(!FileManager.default.fileExists(atPath: path + "/fit"))
    }
  }

  @Test func mixedOptionsGive64() throws {
    try withTemporaryPath { path in
      try Data(tinyCell.utf8).write(to: URL(fileURLWithPath: path))
      func usage(_ arguments: [String], _ message: String) throws {
        let result = try cyclelife(["fit"] + arguments)
        #expect(result.status == 64 && result.errors.contains(message), "\(result.errors)")
      }
      try usage(["--data", "x.csv"], "--data belongs to the fit of a scenario")
      try usage([path, "--free", rate], "with a scenario use --parameters")
      try usage([path, "--parameters", rate], "--data is missing")
      try usage([path, "--data", "x.csv"], "--parameters is missing")
      let sigma = try cyclelife("fit", path, "--data", "x.csv", "--parameters", rate, "--sigma", "2 V")
      #expect(sigma.status == 64 && sigma.errors.contains("expected a capacity per mass above 0"))
      let missing = try cyclelife("fit", path, "--data", "/nonexistent.csv", "--parameters", rate)
      #expect(missing.status == 66)
      #expect(
        missing.errors == "cyclelife: error: cannot read '/nonexistent.csv': No such file or directory\n")
    }
  }
}

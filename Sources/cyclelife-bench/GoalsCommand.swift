import ArgumentParser
import CellPhysics
import CycleLife
import Foundation
import RunFiles

/// What a piece of work is meant to cost, and what it does.
struct Goal {
  let job: String
  let goal: Double
  let measured: Double
  /// What is measured, with its unit.
  let quantity: String
  /// Of how many runs it is the median.
  let runs: Int
  let errors: [ErrorOf]
  /// Whether more is better.
  var isLeast = false

  var isMet: Bool { isLeast ? measured >= goal : measured <= goal }
}

/// The jobs for which there are goals, made of scenarios as a user would write them.
struct Goals {
  /// Where whole processes write.
  let directory: URL
  /// The program.
  let program: URL

  // MARK: Rows

  /// All rows by the word that chooses them; each takes from seconds to minutes.
  var all: [(key: String, measure: () throws -> [Goal])] {
    [
      ("discharge", discharges), ("cycles", cycles), ("one-dimension", oneDimension), ("memory", memory),
      ("ensemble", ensemble), ("scaling", scaling),
    ]
  }

  /// A fine section of twelve crystals, without damage; stresses are evaluated 13 times.
  private static func twelveCrystals(_ more: String) -> String {
    """
    title: Discharge
    cathode: {width: 20 um, initial lithium content: 0.5366\(more)}
    microstructure: {grain height: 7.7 um}
    mechanics: {stress-free state: 0.5366}
    degradation: {cracks: {growth rate: 0 um}, interface: {debonding rate: 0 1}}
    numerics: {mesh width: 0.22 um, depth mesh width: 0.25 um, stress interval: 0.027}
    protocol: ['Discharge at 1C until 3.544 V vs Li']
    run: {cycles: 1, seed: 1}
    """
  }

  private func discharges() throws -> [Goal] {
    let zones = """
      title: Contact
      cathode: {width: 13 um, initial lithium content: 0.5366}
      interface: {contact fraction: 0.6}
      mechanics: {stress-free state: 0.5366}
      degradation: {cracks: {growth rate: 0 um, flaw density: 0 /um2}, interface: {debonding rate: 0 1}}
      numerics: {stress interval: 1}
      protocol: ['Discharge at 1C until 3.544 V vs Li']
      run: {cycles: 1, seed: 1}
      """
    return try [
      (
        "2D discharge at 1C, 12 crystals, 13 stresses, constant diffusivity", 0.25,
        Self.twelveCrystals(", diffusivity slope: 0")
      ),
      ("the same, diffusivity of the content", 0.4, Self.twelveCrystals("")),
      ("2D discharge, contact 0.6 in two zones", 0.2, zones),
    ].map { name, goal, text in
      let scenario = try Self.scenario(text)
      let (seconds, result) = try median(of: 5) { try Self.capacities(scenario) }
      var finer = scenario
      finer.parameters[.relativeTolerance] /= 100
      let time = try Self.capacities(finer)
      finer.parameters = finer.parameters.withHalfTheCellWidth
      let mesh = try Self.capacities(finer)
      return Goal(
        job: "\(name), \(scenario.meshSize) cells", goal: goal, measured: seconds, quantity: "s CPU", runs: 5,
        errors: [
          ErrorOf(result[0] / time[0] - 1, "time"), ErrorOf(time[0] / mesh[0] - 1, "mesh"),
        ])
    }
  }

  private static let hundred = """
    title: Hundred cycles
    cathode: {width: 40 um}
    interface: {roughness: 0.84 um}
    run: {cycles: 100, seed: 1}
    """

  private func cycles() throws -> [Goal] {
    let scenario = try Self.scenario(Self.hundred)
    let (seconds, whole) = try median(of: 1) { try Self.capacities(scenario) }
    var finer = scenario
    finer.parameters[.relativeTolerance] /= 10
    finer.cycles = 25
    let exact = try Self.capacities(finer)
    var jumping = scenario
    jumping.jumpTolerance = 0.005
    let (jumpSeconds, jumped) = try median(of: 1) { try Self.capacities(jumping) }
    return [
      Goal(
        job: "100 cycles in 2D, 40 um", goal: 30, measured: seconds, quantity: "s CPU", runs: 1,
        errors: [ErrorOf(Self.worst(Array(whole.prefix(25)), exact), "time, 25 cycles")]),
      Goal(
        job: "the same with jumps of 0.5 %", goal: 8, measured: jumpSeconds, quantity: "s CPU", runs: 1,
        errors: [ErrorOf(Self.worst(jumped, whole), "against all cycles")]),
    ]
  }

  private func oneDimension() throws -> [Goal] {
    let thousand = "title: 1D\nfidelity: 1D\nrun: {cycles: 1000, seed: 1, cycle jump: {tolerance: 0.5 %}}\n"
    let one = "title: 1D\nfidelity: 1D\nrun: {cycles: 1, seed: 1}\n"
    func discharge(_ rate: String, _ diffusivity: String) -> String {
      """
      title: Sixty discharges
      fidelity: 1D
      cathode: {initial lithium content: 0.5366\(diffusivity)}
      mechanics: {stress-free state: 0.5366}
      degradation: {cracks: {growth rate: 0 um}, interface: {debonding rate: 0 1}}
      protocol: ['Discharge at \(rate) until 3.544 V vs Li']
      run: {cycles: 1}

      """
    }
    let sixty =
      discharge("{rate}", "") + """
        vary:
          rate: [C/10, C/5, C/3, C/2, 1C, 2C]
          cathode.fast diffusivity:
            [1e-9 cm2/s, 2e-9 cm2/s, 3e-9 cm2/s, 4e-9 cm2/s, 5e-9 cm2/s, 6e-9 cm2/s, 7e-9 cm2/s, 8e-9 cm2/s,
             9e-9 cm2/s, 10e-9 cm2/s]

        """
    // The ends of both ranges stand for all sixty.
    let corners = try ["C/10", "2C"].flatMap { rate in
      try ["1e-9", "10e-9"].flatMap {
        try timeError(discharge(rate, ", fast diffusivity: \($0) cm2/s"))
      }
    }
    var all = try Self.scenario(thousand)
    let (_, jumped) = try median(of: 1) { try Self.capacities(all) }
    all.jumpTolerance = nil
    let whole = try Self.capacities(all)
    let thousandRun = try wholeProcess(thousand, runs: 3)
    let oneRun = try wholeProcess(one, runs: 5)
    let sixtyRun = try wholeProcess(sixty, runs: 3)
    return [
      Goal(
        job: "1,000 cycles in 1D, whole process", goal: 1, measured: thousandRun.seconds, quantity: "s CPU",
        runs: 3,
        errors: [ErrorOf(Self.worst(jumped, whole), "against all cycles")]),
      Goal(
        job: "one cycle in 1D, whole process", goal: 0.05, measured: oneRun.seconds, quantity: "s CPU",
        runs: 5,
        errors: try timeError(one)),
      Goal(
        job: "60 discharges in 1D, whole process", goal: 0.1, measured: sixtyRun.seconds, quantity: "s CPU",
        runs: 3,
        errors: [corners.max { abs($0.value) < abs($1.value) }!]),
      Goal(
        job: "peak memory of one cycle in 1D", goal: 50, measured: oneRun.memory, quantity: "MiB", runs: 5,
        errors: []),
    ]
  }

  private func memory() throws -> [Goal] {
    let run = try wholeProcess(Self.twelveCrystals(""), runs: 1)
    let long = try wholeProcess(
      Self.hundred.replacing("cycles: 100", with: "cycles: 10"), runs: 1)
    return [
      Goal(
        job: "peak memory of the 2D discharge of 12 crystals", goal: 150, measured: run.memory,
        quantity: "MiB",
        runs: 1, errors: []),
      Goal(
        job: "peak memory of ten cycles in 2D, 40 um", goal: 150, measured: long.memory, quantity: "MiB",
        runs: 1,
        errors: []),
    ]
  }

  private func ensemble() throws -> [Goal] {
    let text = "title: Ensemble\ncathode: {width: 20 um}\nrun: {cycles: 3, seed: 1, replicates: 16}\n"
    let one = try wholeProcess(text, runs: 1, ["--jobs", "1"])
    let two = try wholeProcess(text, runs: 1, ["--jobs", "2"])
    return [
      Goal(
        job: "ensemble of 16 by two workers against one", goal: 1.85, measured: one.elapsed / two.elapsed,
        quantity: "times faster", runs: 1, errors: [], isLeast: true)
    ]
  }

  /// Discharges of a cell as large on meshes from 50 x 50 to 400 x 400, without stresses.
  private func scaling() throws -> [Goal] {
    var points: [(unknowns: Double, seconds: Double)] = []
    for cells in [50, 100, 200, 400] {
      let width = 20.0 / Double(cells)
      let scenario = try Self.scenario(
        """
        title: Scaling
        cathode: {width: 20 um, thickness: 20 um, initial lithium content: 0.5366}
        mechanics: {stress-free state: 0.5366}
        degradation: {cracks: {growth rate: 0 um, flaw density: 0 /um2}, interface: {debonding rate: 0 1}}
        numerics:
          mesh width: \(width) um
          depth mesh width: \(width) um
          interface mesh width: \(width) um
          column edge mesh width: \(width) um
          contact edge mesh width: \(width) um
          stress interval: 1
        protocol: ['Discharge at 1C until 3.544 V vs Li']
        run: {cycles: 1, seed: 1}
        """)
      let (seconds, _) = try median(of: cells > 200 ? 1 : 3) { try Self.capacities(scenario) }
      points.append((Double(scenario.meshSize), seconds))
    }
    let slope =
      log(points[3].seconds / points[0].seconds) / log(points[3].unknowns / points[0].unknowns)
    let times = points.map { "\(Int($0.unknowns)): \(Text.time($0.seconds))" }.joined(separator: ", ")
    return [
      Goal(
        job: "cost against cells (\(times))", goal: 1.5, measured: slope, quantity: "exponent", runs: 3,
        errors: [])
    ]
  }

  // MARK: Measuring

  private static func scenario(_ text: String) throws -> Scenario {
    try ScenarioReader().readStudy(Data(text.utf8), name: "goal.yaml").base.scenario
  }

  /// The discharge capacity of every cycle, C/m2.
  private static func capacities(_ scenario: Scenario) throws -> [Double] {
    var (runner, sink) = (try CycleRunner(scenario), Capacities())
    let outcome = try runner.run(into: &sink)
    guard case .finished = outcome else { throw JobFailure(description: outcome.reason) }
    return sink.values
  }

  private struct Capacities: RunSink {
    var values: [Double] = []
    mutating func record(_ sample: TimeSample) {}
    mutating func record(_ cycle: CycleRecord) { values.append(cycle.dischargeCapacity) }
  }

  /// The largest deviation of a capacity, with its sign.
  private static func worst(_ values: [Double], _ exact: [Double]) -> Double {
    zip(values, exact).map { $0 / $1 - 1 }.max { abs($0) < abs($1) } ?? .nan
  }

  private func timeError(_ text: String) throws -> [ErrorOf] {
    var scenario = try Self.scenario(text)
    let capacity = try Self.capacities(scenario)[0]
    scenario.parameters[.relativeTolerance] /= 100
    return [ErrorOf(capacity / (try Self.capacities(scenario)[0]) - 1, "time")]
  }

  /// The median of the processor times of `runs`, s, and what the last one gave.
  private func median<Result>(of runs: Int, _ body: () throws -> Result) throws -> (Double, Result) {
    var seconds: [Double] = []
    var result: Result?
    for _ in 0..<runs {
      let start = processorTime()
      result = try body()
      seconds.append(processorTime() - start)
    }
    return (seconds.sorted()[runs / 2], result!)
  }

  /// What a process took: medians of processor time and of time, s, and the largest memory, MiB.
  private struct Usage {
    var seconds: Double
    var elapsed: Double
    var memory: Double
  }

  /// Runs a scenario or a study as a whole process, without figures.
  private func wholeProcess(_ text: String, runs: Int, _ options: [String] = []) throws -> Usage {
    let file = directory.appendingPathComponent("goal.yaml")
    try Data(text.utf8).write(to: file)
    let usages = try (0..<runs).map { run in
      let output = directory.appendingPathComponent("run-\(run)")
      defer { try? FileManager.default.removeItem(at: output) }
      let (seconds, elapsed) = try times(
        [
          program.path, "run", file.path, "--no-figures", "--quiet", "--output", output.path,
        ] + options)
      // What the kernel says of a child's memory includes what this program held when it was started.
      let manifest = try JSONDecoder().decode(
        RunManifest.self, from: Data(contentsOf: output.appendingPathComponent(RunManifest.fileName)))
      return Usage(seconds: seconds, elapsed: elapsed, memory: manifest.peakMemoryMiB)
    }
    func middle(_ values: [Double]) -> Double { values.sorted()[runs / 2] }
    return Usage(
      seconds: middle(usages.map(\.seconds)), elapsed: middle(usages.map(\.elapsed)),
      memory: usages.map(\.memory).max()!)
  }

  /// Runs a program to its end, which has to be a success; the processor time and the time that it took, s.
  private func times(_ arguments: [String]) throws -> (seconds: Double, elapsed: Double) {
    var process = pid_t()
    var pointers = arguments.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    let start = ContinuousClock.now
    guard posix_spawn(&process, arguments[0], nil, nil, &pointers, environ) == 0 else {
      throw JobFailure(description: "cannot run \(arguments[0])")
    }
    var (status, used) = (Int32(0), rusage())
    guard wait4(process, &status, 0, &used) == process, status == 0 else {
      throw JobFailure(description: "\(arguments.joined(separator: " ")) ended with \(status >> 8)")
    }
    return (used.seconds, (ContinuousClock.now - start) / .seconds(1))
  }
}

/// Measures the jobs for which there are goals.
struct GoalsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "goals",
    abstract: "Measure the jobs for which there are goals, with the errors of their results.",
    discussion: """
      Runs for a quarter of an hour, alone on the machine, and says which goals are met. Whole processes are those of the \
      program 'cyclelife' beside this one.
      """)

  @Option(
    help: "Only these: discharge, cycles, one-dimension, memory, ensemble or scaling, separated by commas.")
  var only: String?

  func run() throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
      "cyclelife-goals-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let own = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    let goals = Goals(
      directory: directory, program: own.deletingLastPathComponent().appendingPathComponent("cyclelife"))
    let chosen = only.map { Set($0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }) }
    let unknown = chosen?.subtracting(goals.all.map(\.key)).sorted() ?? []
    guard unknown.isEmpty else {
      throw ValidationError(
        "--only: no '\(unknown[0])'; expected \(goals.all.map(\.key).joined(separator: ", "))")
    }
    var measured: [Goal] = []
    for (key, measure) in goals.all where chosen?.contains(key) ?? true { measured += try measure() }
    print(Text.machine)
    print(Text.goals(measured))
    print("\(measured.filter(\.isMet).count) of \(measured.count) goals met")
  }
}

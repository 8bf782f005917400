import CellModel
import CellPhysics
import CycleLife
import Foundation

/// Turns what is written into a scenario: values in SI units, defaults where nothing is written.
struct ScenarioResolver {
  let written: [ScenarioKey: WrittenScenario.Value]
  /// The image of the section; nil where it is drawn.
  let image: SectionImage?
  var problems: ProblemList
  /// How many runs with consecutive seeds make an ensemble of the scenario; set by ``resolve()``.
  private(set) var replicates = 1
  /// The profiles that its steps follow, each once; set by ``resolve()``.
  private(set) var profilesInUse: [ProfileFile] = []
  /// The file of the cathode material, where it is one of its own; set by ``resolve()``.
  private(set) var materialInUse: MaterialFile?
  private let files: NamedFiles

  static let cycleRange = 1...1_000_000
  private static let contentRange = 0.4...1.0

  init(
    written: [ScenarioKey: WrittenScenario.Value], image: SectionImage?, files: NamedFiles,
    problems: ProblemList
  ) {
    self.files = files
    self.written = written
    self.image = image
    self.problems = problems
  }

  /// The scenario; meaningless when ``problems`` were found.
  mutating func resolve() -> Scenario {
    let electrolyte =
      read(.electrolyte) { text throws(ValueProblem) in try Self.choice(text, CathodeElectrolyte.self) }
      ?? .halide
    let architecture =
      read(.architecture) { text throws(ValueProblem) in try Self.choice(text, CathodeArchitecture.self) }
      ?? .dense
    refuseForeign(to: architecture)
    let counterElectrode =
      read(.counterElectrode) { text throws(ValueProblem) in try Self.choice(text, CounterElectrode.self) }
      ?? .lithiumIndium
    let material = material(architecture)
    var parameters = electrolyte.defaults
    counterElectrode.apply(to: &parameters)
    material.apply(to: &parameters)
    for parameter in Parameter.allCases {
      let value = read(.parameter(parameter)) { text throws(ValueProblem) in
        try QuantityText.value(text, for: parameter)
      }
      if let value { parameters[parameter] = value }
    }
    if let image {
      check(image, against: parameters)
      image.apply(to: &parameters)
    }
    checkMesh(parameters)
    var scenario = Scenario(protocolSteps: [])
    scenario.protocolParts = steps(.protocolSteps, parameters, ProtocolReader.defaultSteps)
    scenario.parameters = parameters
    scenario.electrolyte = electrolyte
    scenario.counterElectrode = counterElectrode
    scenario.material = material
    scenario.architecture = architecture
    scenario.image = image
    if let title = read(.title, { text throws(ValueProblem) in oneLine(text, limit: 200) }) {
      scenario.title = title
    }
    if let fidelity = read(.fidelity, Self.fidelity) { scenario.fidelity = fidelity }
    refuseInfiltration(scenario)
    // Particles are pressed into the electrolyte as they are assembled; a film is grown, and its bond is made, charged.
    if architecture == .composite { scenario.stressFreeState = .uniform(parameters[.initialContent]) }
    if let state = read(.stressFreeState, Self.stressFreeState) { scenario.stressFreeState = state }
    if let interval = read(
      .referenceInterval,
      { text throws(ValueProblem) in
        try Self.wholeNumber(text, in: 0...1_000_000)
      })
    {
      scenario.referenceInterval = interval
    }
    scenario.referenceParts = steps(.referenceSteps, parameters, ProtocolReader.defaultReferenceSteps)
    if scenario.referenceInterval == 0, let place = written[.referenceSteps]?.place,
      written[.referenceInterval] == nil
    {
      problems.add(
        place, ScenarioKey.referenceSteps.path,
        "never carried out; expected \(ScenarioKey.referenceInterval.path) beside it, such as 'every: 25'")
    }
    scenario.stopCriteria = stopCriteria()
    if let longest = read(.longestStep, Self.longestStep) { scenario.longestStep = longest }
    let cycles = read(.cycles) { text throws(ValueProblem) in
      try Self.wholeNumber(text, in: Self.cycleRange)
    }
    if let cycles { scenario.cycles = cycles }
    let seed = read(.seed) { text throws(ValueProblem) in try Self.wholeNumber(text, in: 0...Int.max) }
    if let seed { scenario.seed = UInt64(seed) }
    let replicates = read(.replicates) { text throws(ValueProblem) in
      try Self.wholeNumber(text, in: 1...10_000)
    }
    if let replicates { self.replicates = replicates }
    func interval(_ key: ScenarioKey) -> Int? {
      read(key) { text throws(ValueProblem) in try Self.wholeNumber(text, in: 0...1_000_000) }
    }
    if let interval = interval(.meshCheckInterval) { scenario.meshCheckInterval = interval }
    scenario.jumpTolerance = jumpTolerance()
    if let interval = interval(.attributionInterval) { scenario.attributionInterval = interval }
    if let interval = interval(.timeSeriesInterval) { scenario.timeSeriesInterval = interval }
    if scenario.jumpTolerance != nil, scenario.timeSeriesInterval == 1,
      let place = written[.timeSeriesInterval]?.place
    {
      problems.add(
        place, ScenarioKey.timeSeriesInterval.path,
        "skipped cycles have no time series: 1, for all, cannot be beside \(ScenarioKey.jumpTolerance.path); "
          + "expected 0 or 2 and more")
    }
    if scenario.jumpTolerance != nil, let place = written[.jumpTolerance]?.place,
      let first = scenario.protocolSteps.first(where: { $0.control != .rest }), !first.charges
    {
      problems.add(
        place, ScenarioKey.jumpTolerance.path,
        "cycles can be skipped where each begins with a charge at constant current or power, not with "
          + "'\(first.text)'; expected such a protocol, or none")
    }
    if let cycles = read(.fieldCycles, Self.fieldCycles) { scenario.fieldCycles = cycles }
    if let capacities = read(.fieldCapacities, Self.fieldCapacities) { scenario.fieldCapacities = capacities }
    if !scenario.fieldCapacities.isEmpty, scenario.fieldCycles.isEmpty,
      let place = written[.fieldCapacities]?.place
    {
      problems.add(
        place, ScenarioKey.fieldCapacities.path,
        "no cycle is named; expected \(ScenarioKey.fieldCycles.path) beside it, such as [1, 25]")
    }
    return scenario
  }

  /// What `key` says once `convert` has understood it; nil, with the problem noted, when it cannot.
  private mutating func read<Value>(
    _ key: ScenarioKey, _ convert: (String) throws(ValueProblem) -> Value
  ) -> Value? {
    guard let value = written[key], case .text(let text) = value.content else { return nil }
    do {
      return try convert(text)
    } catch {
      problems.add(error.place ?? value.place, key.path, error.message)
      return nil
    }
  }

  /// The most steps that a cycle may have, every repetition counted.
  static let stepLimit = 10_000

  private mutating func steps(_ key: ScenarioKey, _ parameters: ParameterSet, _ defaults: [String])
    -> [ProtocolPart]
  {
    let reader = ProtocolReader(parameters, profiles: files.profiles)
    guard let value = written[key], case .steps(let parts) = value.content else {
      return defaults.compactMap { (try? reader.step($0)).map { .step($0) } }
    }
    var count = 0
    let resolved = parts.compactMap { resolve($0, key, reader, times: 1, &count) }
    if count > Self.stepLimit {
      problems.add(
        value.place, key.path,
        "more than \(Self.stepLimit) steps with all repetitions; expected fewer, or more cycles")
      return []
    }
    return resolved
  }

  /// A part of the protocol that is carried out `times` times; adds its steps to `count`, which stays small.
  private mutating func resolve(
    _ part: WrittenPart, _ key: ScenarioKey, _ reader: ProtocolReader, times: Int, _ count: inout Int
  ) -> ProtocolPart? {
    switch part {
    case .step(let text, let place):
      count = min(count + times, 2 * Self.stepLimit)
      do {
        let step = try reader.step(text)
        if let path = ProtocolReader.profilePath(text), let file = try? files.profiles.file(path),
          !profilesInUse.contains(where: { $0.storedName == file.storedName })
        {
          profilesInUse.append(file)
        }
        return .step(step)
      } catch {
        problems.add(error.place ?? place, key.path, error.message)
        return nil
      }
    case .block(let text, let countPlace, let parts):
      var repetitions = 1
      do {
        repetitions = try Self.wholeNumber(text, in: 1...Self.stepLimit)
      } catch {
        problems.add(countPlace, "\(key.path).repeat", error.message)
      }
      let all = min(times * repetitions, 2 * Self.stepLimit)
      return .block(
        repetitions: repetitions, parts.compactMap { resolve($0, key, reader, times: all, &count) })
    }
  }

  private mutating func stopCriteria() -> StopCriteria {
    var criteria = StopCriteria()
    criteria.retention = limit(.retention, "1", 1e-9...1, "a share such as 80 %")
    criteria.contactFraction = limit(.contactFraction, "1", 1e-9...1, "a share such as 50 %")
    criteria.crackLength = limit(.crackLength, "m", 0...1, "a length such as 200 um")
    criteria.wallTime = limit(.wallTime, "s", 0...ProtocolReader.longestDuration, "a time such as 2 h")
    let expected = "a capacity above 0 such as 40 mAh/g or 0.5 mAh/cm2, or none"
    criteria.capacity =
      read(.stop(.capacity)) { text throws(ValueProblem) -> StopCriteria.Capacity? in
        guard oneLine(text).lowercased() != "none" else { return nil }
        let (number, unitText) = try QuantityText.leadingNumber(text, expected: expected)
        if let unit = Unit(unitText), number > 0, unit.toSI(number).isFinite {
          if unit.dimension == Unit("mAh/g")!.dimension {
            return .perMass(Self.rounded(number, unit, "mAh/g"))
          }
          if unit.dimension == Unit("mAh/cm2")!.dimension {
            return .perArea(Self.rounded(number, unit, "mAh/cm2"))
          }
        }
        throw ValueProblem(message: "'\(oneLine(text))' is not accepted; expected \(expected)")
      } ?? nil
    return criteria
  }

  /// The error that the capacity of a skipped cycle may have; nil for `none`.
  private mutating func jumpTolerance() -> Double? {
    read(.jumpTolerance) { text throws(ValueProblem) -> Double? in
      guard oneLine(text).lowercased() != "none" else { return nil }
      let expected = "a share from 0.01 % to 5 % such as 0.5 %, or none"
      let (number, unitText) = try QuantityText.leadingNumber(text, expected: expected)
      guard let unit = Unit(unitText.isEmpty ? "1" : unitText), unit.dimension == Unit("1")!.dimension,
        (0.9999e-4...0.050001).contains(unit.toSI(number))
      else { throw ValueProblem(message: "'\(oneLine(text))' is not accepted; expected \(expected)") }
      return Self.rounded(number, unit, "%")
    } ?? nil
  }

  /// A limit in the SI unit `unit`; nil for `none`.
  private mutating func limit(
    _ key: StopKey, _ symbol: String, _ range: ClosedRange<Double>, _ expected: String
  ) -> Double? {
    read(.stop(key)) { text throws(ValueProblem) -> Double? in
      guard oneLine(text).lowercased() != "none" else { return nil }
      let (number, unitText) = try QuantityText.leadingNumber(text, expected: "\(expected), or none")
      guard let unit = Unit(unitText.isEmpty ? "1" : unitText), unit.dimension == Unit(symbol)!.dimension,
        range.contains(unit.toSI(number)), unit.toSI(number) > 0
      else {
        throw ValueProblem(message: "'\(oneLine(text))' is not accepted; expected \(expected), or none")
      }
      return Self.rounded(number, unit, key.unit)
    } ?? nil
  }

  /// A number kept to 15 digits in the unit in which it is printed, as parameters are; in SI units.
  private static func rounded(_ number: Double, _ unit: Unit, _ symbol: String) -> Double {
    let table = Unit(symbol)!
    return table.toSI(QuantityText.rounded(table.fromSI(unit.toSI(number)), digits: 15))
  }

  private static func fidelity(_ text: String) throws(ValueProblem) -> Fidelity {
    guard let fidelity = Fidelity(rawValue: oneLine(text).uppercased()) else {
      throw ValueProblem(message: "'\(oneLine(text))' is not accepted; expected 1D or 2D")
    }
    return fidelity
  }

  /// One of a few words.
  private static func choice<Choice>(_ text: String, _: Choice.Type) throws(ValueProblem) -> Choice
  where Choice: CaseIterable & RawRepresentable<String> {
    let written = oneLine(text)
    guard let choice = Choice(rawValue: written.lowercased()) else {
      let names = Choice.allCases.map(\.rawValue)
      let hint = ScenarioKey.nearest(to: written, among: names).map { "; nearest: \($0)" } ?? ""
      throw ValueProblem(
        message: "'\(written)' is not accepted; expected \(alternatives(names))\(hint)")
    }
    return choice
  }

  /// The material of the cathode; what is not known of it and not written is a problem.
  private mutating func material(_ architecture: CathodeArchitecture) -> CathodeMaterial {
    let materials = files.materials
    let file = read(.material) { text throws(ValueProblem) in
      try MaterialFile.named(oneLine(text, limit: QuantityText.longest), among: materials)
    }
    guard let file, let file else { return .lithiumCobaltOxide }
    if file.isOwn { materialInUse = file }
    for parameter in CathodeMaterial.parameters where file.material.unknown.contains(parameter) {
      let key = ScenarioKey.parameter(parameter)
      guard written[key] == nil, !key.isForeign(to: architecture), let place = written[.material]?.place
      else { continue }
      problems.add(
        place, key.path, "not known of \(file.material.name); expected a value of it in the scenario")
    }
    return file.material
  }

  /// What says nothing of the cathode is a mistake where it is written.
  private mutating func refuseForeign(to architecture: CathodeArchitecture) {
    for key in ScenarioKey.all where key.isForeign(to: architecture) {
      guard let place = written[key]?.place else { continue }
      let other = CathodeArchitecture.allCases.first { $0 != architecture }!
      problems.add(
        place, key.path,
        "says nothing of a \(architecture.rawValue) cathode; leave it out, or write '\(ScenarioKey.architecture.path): \(other.rawValue)'"
      )
    }
  }

  /// A liquid is followed into cracks and pores where there are any: in the section of a film.
  private mutating func refuseInfiltration(_ scenario: Scenario) {
    guard scenario.parameters[.infiltratedShare] > 0 else { return }
    let share = ScenarioKey.parameter(.infiltratedShare)
    let other =
      scenario.architecture == .composite
      ? ScenarioKey.architecture : scenario.fidelity == .oneDimensional ? .fidelity : nil
    guard let other, let place = (written[share] ?? written[.electrolyte])?.place else { return }
    problems.add(
      place, share.path,
      "a liquid is followed into cracks in the section of a dense film alone; write 0, or leave out '\(other.path)'"
    )
  }

  private static func stressFreeState(_ text: String) throws(ValueProblem) -> StressFreeState {
    let clean = oneLine(text)
    if clean.lowercased() == "end of first charge" { return .endOfFirstCharge }
    let expected = "'end of first charge' or a lithium content from 0.4 to 1"
    let (content, unit) = try QuantityText.leadingNumber(text, expected: expected)
    guard unit.isEmpty || unit == "1", contentRange.contains(content) else {
      throw ValueProblem(message: "'\(clean)' is not accepted; expected \(expected)")
    }
    return .uniform(content)
  }

  private static func longestStep(_ text: String) throws(ValueProblem) -> Double {
    let expected = "a time from 1 s to \(Int(ProtocolReader.longestDuration / 3600)) h, such as 24 h"
    let (number, unit) = try QuantityText.leadingNumber(text, expected: expected)
    guard let unit = Unit(unit), unit.dimension == Unit("s")!.dimension,
      (1...ProtocolReader.longestDuration).contains(unit.toSI(number))
    else { throw ValueProblem(message: "'\(oneLine(text))' is not accepted; expected \(expected)") }
    return rounded(number, unit, "h")
  }

  /// The parts of a list apart by commas, in brackets or not.
  private static func list(_ text: String) -> [String] {
    var list = oneLine(text, limit: QuantityText.longest)[...]
    if list.hasPrefix("["), list.hasSuffix("]") { list = list.dropFirst().dropLast() }
    let parts = list.split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }
    return parts == [""] ? [] : parts
  }

  /// Capacities per mass of active material in ascending order.
  private static func fieldCapacities(_ text: String) throws(ValueProblem) -> [Double] {
    let table = Unit("mAh/g")!
    let expected = "different capacities above 0, such as [20 mAh/g, 40 mAh/g]"
    var capacities: Set<Double> = []
    for part in list(text) {
      let (number, unit) = try QuantityText.leadingNumber(part, expected: expected)
      guard let unit = Unit(unit), unit.dimension == table.dimension else {
        throw ValueProblem(message: "'\(part)' is no charge per mass; expected \(expected)")
      }
      // Kept to 15 digits in the unit in which it is printed, as parameters are.
      let capacity = table.toSI(QuantityText.rounded(table.fromSI(unit.toSI(number)), digits: 15))
      guard capacity > 0, capacity.isFinite, capacities.insert(capacity).inserted else {
        throw ValueProblem(message: "'\(part)' is not accepted; expected \(expected)")
      }
    }
    return capacities.sorted()
  }

  /// Cycles in ascending order.
  private static func fieldCycles(_ text: String) throws(ValueProblem) -> [Int] {
    var cycles: Set<Int> = []
    for part in list(text) {
      guard let cycle = Int(part), cycleRange.contains(cycle), cycles.insert(cycle).inserted else {
        throw ValueProblem(
          message: "'\(part)' is not accepted; expected different cycles from 1, such as [1, 25, 50]")
      }
    }
    return cycles.sorted()
  }

  private static func wholeNumber(_ text: String, in range: ClosedRange<Int>) throws(ValueProblem) -> Int {
    let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
    guard let number = Int(text.trimmingCharacters(in: .whitespaces)), range.contains(number) else {
      throw ValueProblem(message: "'\(oneLine(text))' is not accepted; expected \(expected)")
    }
    return number
  }

  /// What is written beside an image must agree with it: a size of the film to half a pixel; what is drawn
  /// otherwise is not accepted.
  private mutating func check(_ image: SectionImage, against parameters: ParameterSet) {
    let um = Unit("um")!
    func shown(_ value: Double) -> String {
      "\(QuantityText.plain(QuantityText.rounded(um.fromSI(value), digits: 6))) um"
    }
    for (parameter, size, pixels) in [
      (Parameter.filmThickness, image.thickness, "\(image.rowCount) rows"),
      (.filmWidth, image.width, "\(image.pixelsInPlane) columns"),
    ] {
      let key = ScenarioKey.parameter(parameter)
      if let place = written[key]?.place, abs(parameters[parameter] - size) > 0.5 * image.pixelSize {
        problems.add(
          place, key.path,
          "\(shown(parameters[parameter])) is not that of the image, whose \(pixels) of \(shown(image.pixelSize)) make "
            + "\(shown(size)); leave it out, or correct microstructure.pixel size")
      }
      let range = parameter.entry.rangeSI
      if !range.contains(size), let place = written[.pixelSize]?.place {
        problems.add(
          place, ScenarioKey.pixelSize.path,
          "\(pixels) make a \(parameter.rawValue) of \(shown(size)), which is out of range: "
            + QuantityText.rangeText(parameter.entry.range, parameter.entry.unit))
      }
    }
    for key in ScenarioKey.all where ScenarioKey.drawn.contains(key) {
      guard let place = written[key]?.place else { continue }
      problems.add(place, key.path, "not accepted beside microstructure.image, which shows it; leave it out")
    }
  }

  /// The mesh must resolve the film at all; how finely is the user's choice.
  private mutating func checkMesh(_ parameters: ParameterSet) {
    for size in [Parameter.filmThickness, .filmWidth] where parameters[.meshWidth] >= parameters[size] {
      let mesh = ScenarioKey.parameter(.meshWidth)
      // The key that is written is the one to correct; the defaults fit each other.
      guard let place = (written[mesh] ?? written[.parameter(size)])?.place else { continue }
      let limit = QuantityText.text(parameters[size], size.entry.unit)
      let width = QuantityText.text(parameters[.meshWidth], Parameter.meshWidth.entry.unit)
      problems.add(
        place, mesh.path, "\(width) is not smaller than \(size.rawValue), which is \(limit)")
    }
  }
}

import CycleLife
import Foundation

/// Turns what a file says into a study: looks keys up, makes the cases and checks every one of them.
struct StudyResolver {
  private let written: WrittenScenario
  private let template: ScenarioTemplate
  private let stepNames: [String]
  private var problems: ProblemList
  private var reported: Set<String> = []

  init(written: WrittenScenario, file: String, bytes: Data, inputDirectory: String?) {
    self.written = written
    problems = written.problems
    template = ScenarioTemplate(
      name: file, bytes: bytes, values: written.values, names: written.names,
      image: SectionFile(written.values, of: file, in: inputDirectory, &problems),
      files: NamedFiles(of: file, in: inputDirectory))
    stepNames = written.stepNames
  }

  /// The study; throws everything that is wrong with it.
  mutating func resolve() throws(ScenarioError) -> Study {
    let axes = written.study.axes.compactMap { axis($0) }
    let inputs = written.study.sensitivity.compactMap { axis($0, of: "sensitivity") }
    let named = written.study.cases.map { choice($0, "cases") } + sensitivityChoices(inputs)
    checkKeys(axes, of: "vary")
    checkKeys(inputs, of: "sensitivity")
    // Mistakes in keys would be repeated by every case.
    let keysAreRight = problems.problems.isEmpty
    let cases = keysAreRight ? self.cases(axes, named) : []
    for study in cases where !problems.isFull {
      report(template.resolve(study.settings, label: study.label).1)
    }
    let names = cases.first?.settings.filter { if case .name = $0.key { true } else { false } } ?? []
    let (base, found) = template.resolve(names, label: nil)
    // What is wrong with the steps of a study is wrong with its cases.
    let isPlain =
      written.study.axes.isEmpty && written.study.cases.isEmpty && written.study.sensitivity.isEmpty
    let stepsAreOwn = isPlain || keysAreRight && cases.isEmpty
    let steps = ScenarioKey.steps.map(\.path)
    report(found.filter { problem in stepsAreOwn || !steps.contains { problem.keyPath.hasPrefix($0) } })
    if !isPlain || base.replicates > 1 {
      for stop in StopKey.allCases {
        guard let value = template.values[.stop(stop)], case .text(let text) = value.content,
          oneLine(text).lowercased() != "none"
        else { continue }
        problems.add(value.place, ScenarioKey.stop(stop).path, Self.noStop)
      }
    }
    let sensitivity = inputs.enumerated().map { index, input in
      Study.SensitivityInput(key: input.keys[0], low: 2 * index + 2, high: 2 * index + 3)
    }
    let figure = figure(axes, cases, sensitivity, base)
    try problems.throwIfAny()
    return Study(
      base: base, cases: cases, figure: figure, asksForFigure: written.study.figurePlace != nil,
      sensitivity: sensitivity, axes: axes, template: template)
  }

  private static let noStop =
    "runs of a study and of an ensemble are compared in the same cycles, so that none may stop before; leave it out"

  /// The cases of a sensitivity: the base, then the low and the high value of each input.
  private mutating func sensitivityChoices(_ inputs: [Study.Axis]) -> [Study.Choice] {
    guard let place = written.study.sensitivityPlace else { return [] }
    if !written.study.axes.isEmpty || !written.study.cases.isEmpty {
      problems.add(
        place, "sensitivity",
        "moves one input at a time from one base; expected neither vary nor cases beside it")
    }
    return inputs.isEmpty ? [] : [Study.Choice(label: "Base", settings: [])] + inputs.flatMap(\.choices)
  }

  private mutating func report(_ found: [ScenarioError.Problem]) {
    for problem in found where reported.insert(problem.description).inserted {
      problems.add(problem.place, problem.keyPath, problem.message)
    }
  }

  // MARK: - Keys

  private func isOverridden(_ key: StudyKey) -> Bool {
    switch key {
    case .key(let key): written.values[key]?.origin == .override
    case .name(let name): written.names[name] != nil
    }
  }

  /// An axis without what overrides take from it; nil when nothing is left.
  private mutating func axis(_ axis: WrittenStudy.Axis, of part: String = "vary") -> Study.Axis? {
    let choices = axis.choices.map { choice($0, part) }
    var seen: Set<StudyKey> = []
    let keys = choices.flatMap { $0.settings.map(\.key) }.filter { seen.insert($0).inserted }
    return keys.isEmpty ? nil : Study.Axis(name: axis.name, keys: keys, choices: choices, place: axis.place)
  }

  private mutating func choice(_ choice: WrittenStudy.Choice, _ part: String) -> Study.Choice {
    var settings: [Study.Setting] = []
    for setting in choice.settings {
      guard let key = key(setting, part) else { continue }
      guard !isOverridden(key) else { continue }
      if settings.contains(where: { $0.key == key }) {
        problems.add(setting.keyPlace, "\(part).\(oneLine(setting.path))", "written more than once")
      }
      settings.append(
        .init(key: key, value: .init(content: .text(setting.text), place: setting.place, origin: .study)))
    }
    // Keys that vary together are told apart by the first.
    let label = settings.first.map { "\($0.key.leaf) \(oneLine($0.text))" } ?? ""
    return .init(label: choice.label ?? label, settings: settings)
  }

  private mutating func key(_ setting: WrittenStudy.Setting, _ part: String) -> StudyKey? {
    // A long list of unknown keys is not searched for hints to its end.
    guard !problems.isFull else { return nil }
    let path = setting.path
    if stepNames.contains(path) { return .name(path) }
    let shown = "\(part).\(oneLine(path))"
    let message: String
    switch ScenarioKey(path: path) {
    case .protocolSteps, .referenceSteps:
      message = "a list of steps cannot vary; write a name in braces into a step and vary that"
    case .image, .pixelSize, .labels:
      message = "all cases have the same image; run scenarios with other images by themselves"
    case .stop: message = Self.noStop
    case .replicates:
      message = "all cases have as many runs, so that they compare; write it in 'run', or use --set"
    case .some(let key): return .key(key)
    case nil:
      let candidates = ScenarioKey.all.map(\.path) + stepNames
      let hint = ScenarioKey.nearest(to: path, among: candidates).map { "; nearest valid name: \($0)" } ?? ""
      message = "neither a key of a scenario nor a name in braces of the protocol\(hint)"
    }
    report([.init(place: setting.keyPlace, keyPath: shown, message: message)])
    return nil
  }

  private mutating func checkKeys(_ axes: [Study.Axis], of part: String) {
    var seen: Set<StudyKey> = []
    for axis in axes {
      for key in axis.keys where !seen.insert(key).inserted {
        problems.add(axis.place, "\(part).\(key.path)", "varied more than once")
      }
    }
  }

  // MARK: - Cases

  private mutating func cases(_ axes: [Study.Axis], _ named: [Study.Choice]) -> [Study.Case] {
    var grid = axes.isEmpty ? 0 : 1
    for axis in axes {
      let (product, overflow) = grid.multipliedReportingOverflow(by: axis.choices.count)
      grid = overflow ? .max : product
    }
    guard grid <= Study.caseLimit, grid + named.count <= Study.caseLimit else {
      problems.add(
        written.study.varyPlace ?? InputPlace(file: template.name), grid > 0 ? "vary" : "cases",
        "more than \(Study.caseLimit) cases; expected fewer values or keys")
      return []
    }
    let steps = template.writtenSteps(.protocolSteps)?.count ?? 0
    guard (grid + named.count) * steps <= Study.stepLimit else {
      problems.add(
        written.study.varyPlace ?? InputPlace(file: template.name), "vary",
        "\(grid + named.count) cases of \(steps) steps; expected no more than \(Study.stepLimit) steps in all"
      )
      return []
    }
    var cases: [Study.Case] = []
    for index in 0..<grid {
      var rest = index
      var position = [Int](repeating: 0, count: axes.count)
      for (axis, content) in axes.enumerated().reversed() {
        position[axis] = rest % content.choices.count
        rest /= content.choices.count
      }
      let choices = zip(axes, position).map { $0.choices[$1] }
      cases.append(
        .init(
          number: cases.count + 1, label: choices.map(\.label).joined(separator: ", "), position: position,
          settings: choices.flatMap(\.settings)))
    }
    for choice in named {
      cases.append(
        .init(number: cases.count + 1, label: choice.label, position: nil, settings: choice.settings))
    }
    return cases
  }

  private mutating func figure(
    _ axes: [Study.Axis], _ cases: [Study.Case], _ inputs: [Study.SensitivityInput], _ base: ResolvedScenario
  ) -> StudyFigure? {
    guard let place = written.study.figurePlace else { return nil }
    if written.study.axes.isEmpty, written.study.cases.isEmpty, written.study.sensitivity.isEmpty,
      base.replicates == 1
    {
      // An override may have made a single run of an ensemble.
      if base.origin(of: .replicates) == .override { return nil }
      problems.add(
        place, "figure", "a figure belongs to a study; expected vary, cases or run.replicates above 1")
    }
    guard problems.problems.isEmpty else { return nil }
    do throws(StudyFigure.Problem) {
      return try StudyFigure(
        written.study.figure, axes: axes, caseCount: cases.count, isSensitivity: !inputs.isEmpty)
    } catch {
      // Overrides may have taken an axis that the figure needs.
      if hasOverriddenKeys { return nil }
      let setting = written.study.figure.first { $0.path == error.path }
      problems.add(
        (error.isKey ? setting?.keyPlace : setting?.place) ?? place,
        "figure" + (error.path.isEmpty ? "" : ".\(error.path)"), error.message)
      return nil
    }
  }

  private var hasOverriddenKeys: Bool {
    (written.study.axes + written.study.sensitivity).flatMap(\.choices).flatMap(\.settings).contains {
      setting in
      if stepNames.contains(setting.path) { return isOverridden(.name(setting.path)) }
      return ScenarioKey(path: setting.path).map { isOverridden(.key($0)) } ?? false
    }
  }
}

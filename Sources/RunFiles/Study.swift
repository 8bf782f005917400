import CycleLife
import Foundation

/// What a case of a study gives a value to.
public enum StudyKey: Hashable, Sendable {
  /// A key of the scenario.
  case key(ScenarioKey)
  /// A name in braces of the protocol.
  case name(String)

  /// The key path, or the name without its braces.
  public var path: String {
    switch self {
    case .key(let key): key.path
    case .name(let name): name
    }
  }

  /// The last part of the path.
  var leaf: String {
    switch self {
    case .key(let key): key.path.split(separator: ".").last.map(String.init) ?? key.path
    case .name(let name): name
    }
  }
}

/// A scenario file with the cases that its `vary` and `cases`, or its `sensitivity`, make of it.
///
/// Cases are numbered from 1: first the grid, whose last axis changes fastest, then the named cases. Those of a
/// sensitivity are its base, then the low and the high value of each input. A plain scenario has no cases.
public struct Study: Sendable {
  /// One value of a case, as it is written.
  struct Setting: Sendable {
    var key: StudyKey
    var value: WrittenScenario.Value

    var text: String { if case .text(let text) = value.content { text } else { "" } }
  }

  /// Settings that belong together, and what they are called.
  struct Choice: Sendable {
    var label: String
    var settings: [Setting]
  }

  /// One dimension of the grid.
  struct Axis: Sendable {
    /// The name the file gives to a set of named choices; nil for lists of values.
    var name: String?
    var keys: [StudyKey]
    var choices: [Choice]
    var place: InputPlace
  }

  /// One case.
  public struct Case: Sendable {
    /// The number of the case, from 1.
    public let number: Int
    /// What distinguishes the case: `rate 0.1C, thickness 10 um`, or the name it has in the file.
    public let label: String
    /// Which choice of each axis it takes; nil for a named case.
    let position: [Int]?
    let settings: [Setting]

    /// What the case sets, as it is written in the file.
    public var values: String { settings.map { "\($0.key.path): \($0.text)" }.joined(separator: ", ") }
    /// Whether the case is named in the file rather than part of the grid.
    public var isNamed: Bool { position == nil }
  }

  /// More cases than this are refused.
  public static let caseLimit = 10_000
  /// As are more steps in all cases together; each is read before anything is run.
  static let stepLimit = 100_000

  /// The scenario without the settings of any case; steps with names are those of the first case.
  public let base: ResolvedScenario
  /// The cases in their order; none in a plain scenario.
  public let cases: [Case]
  /// What to draw of the results; nil for nothing.
  public let figure: StudyFigure?
  /// Whether the file asks for a figure, which overrides may have made impossible.
  public let asksForFigure: Bool
  /// The inputs that are moved one at a time; none in another study.
  public let sensitivity: [SensitivityInput]

  let axes: [Axis]
  let template: ScenarioTemplate

  /// The scenario of a case, which is run as any other.
  ///
  /// Throws ``ScenarioError`` only for a case of another study: all cases were checked when they were read.
  public func scenario(of study: Case) throws(ScenarioError) -> ResolvedScenario {
    let (resolved, problems) = template.resolve(study.settings, label: study.label)
    if !problems.isEmpty { throw ScenarioError(problems: problems) }
    return resolved
  }

  /// The study with at least one case: an ensemble of a plain scenario has one, named by the title.
  public var withCases: Study {
    guard cases.isEmpty, base.replicates > 1 else { return self }
    let title = base.scenario.title
    let only = Case(number: 1, label: title.isEmpty ? "Ensemble" : title, position: nil, settings: [])
    return Study(
      base: base, cases: [only], figure: figure, asksForFigure: asksForFigure, sensitivity: [], axes: axes,
      template: template)
  }

  /// Every key that differs between cases, in the order in which it is written.
  var variedKeys: [StudyKey] {
    var seen: Set<StudyKey> = []
    let grid = axes.flatMap(\.keys)
    return (grid + cases.filter(\.isNamed).flatMap { $0.settings.map(\.key) }).filter {
      seen.insert($0).inserted
    }
  }
}

/// A scenario with places for the settings of a case.
struct ScenarioTemplate: Sendable {
  let name: String
  let bytes: Data
  /// What the file and the overrides say.
  let values: [ScenarioKey: WrittenScenario.Value]
  /// What overrides give to the names in braces.
  let names: [String: WrittenScenario.Value]
  /// The image of the section, which all cases share; nil where it is drawn.
  let image: SectionFile?
  /// Where the files are read that the cases name.
  let files: NamedFiles

  /// A list of steps as it is written, names in braces; nil when it is the default.
  func writtenSteps(_ key: ScenarioKey) -> [WrittenPart]? {
    guard case .steps(let parts) = values[key]?.content else { return nil }
    return parts
  }

  /// The scenario with `settings` in it, and what is wrong with it; meaningless when something is.
  func resolve(_ settings: [Study.Setting], label: String?) -> (ResolvedScenario, [ScenarioError.Problem]) {
    var values = values
    var names = names
    for setting in settings {
      switch setting.key {
      case .key(let key): values[key] = setting.value
      case .name(let name): names[name] = setting.value
      }
    }
    var problems = ProblemList()
    for key in ScenarioKey.steps {
      guard let parts = writtenSteps(key) else { continue }
      values[key]?.content = .steps(
        parts.map { part in part.filled { fill($0, $1, key, names, label, &problems) } })
    }
    let titled = settings.contains { $0.key == .key(.title) }
    // Steps with gaps would be reported a second time.
    if !problems.problems.isEmpty { for key in ScenarioKey.steps { values[key] = nil } }
    var resolver = ScenarioResolver(
      written: values, image: image?.section, files: files, problems: problems)
    var scenario = resolver.resolve()
    // The only case of an ensemble has the title for its label.
    if let label, !titled, label != scenario.title {
      scenario.title += scenario.title.isEmpty ? label : ": \(label)"
    }
    let resolved = ResolvedScenario(
      name: name, bytes: bytes, scenario: scenario, replicates: resolver.replicates,
      origins: values.mapValues(\.origin), image: image, profiles: resolver.profilesInUse,
      material: resolver.materialInUse)
    return (resolved, resolver.problems.problems)
  }

  /// A step with its names filled in; a mistake in it belongs to the value that was filled in.
  private func fill(
    _ step: String, _ written: InputPlace, _ key: ScenarioKey, _ names: [String: WrittenScenario.Value],
    _ label: String?, _ problems: inout ProblemList
  ) -> (text: String, place: InputPlace) {
    var place = written
    for name in StepNames.names(in: step).reversed() {
      if let value = names[name] {
        if value.origin != .override { place = value.place }
      } else {
        let gap = label.map { "case '\($0)' gives {\(name)} no value" } ?? "{\(name)} has no value"
        problems.add(
          written, key.path,
          "\(gap); give it in vary, in cases or with --set '\(name)=VALUE'")
      }
    }
    let text = StepNames.fill(step) { name in
      if case .text(let text) = names[name]?.content { text } else { "{\(name)}" }
    }
    return (text, place)
  }
}

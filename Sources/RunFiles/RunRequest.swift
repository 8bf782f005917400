import CycleLife
import Foundation

/// What was asked for: a scenario file, what overrides it, and which case of a study.
struct RunRequest: Sendable, Equatable, Codable {
  /// The content of the scenario file.
  var file: String
  /// In the form `key.path=value`; the number of cycles is not among them, as it may be changed later.
  var overrides: [String]
  /// The case of a study that is run alone, from 1.
  var caseNumber: Int?
}

/// One run that was asked for, with all its values.
public struct RequestedRun: Sendable {
  /// The scenario to run.
  public let resolved: ResolvedScenario
  /// The case of a study that is run alone; nil for a plain scenario.
  public let studyCase: Study.Case?

  let request: RunRequest

  /// A plain scenario, or `studyCase` of a study, read with `overrides`; throws ``ScenarioError``.
  public init(_ study: Study, case studyCase: Study.Case? = nil, overrides: [String]) throws(ScenarioError) {
    let resolved = if let studyCase { try study.scenario(of: studyCase) } else { study.base }
    let file = String(decoding: resolved.bytes, as: UTF8.self)
    var request = RunRequest(
      file: file, overrides: overrides.filter { !RequestedRun.setsCycles($0) }, caseNumber: studyCase?.number)
    // An override of what a study varies takes it out of the grid, which numbers the cases.
    let again = try? RequestedRun(request, name: resolved.name).running(cycles: resolved.scenario.cycles)
    if again?.resolved.scenario != resolved.scenario { request.overrides = overrides }
    self.init(resolved: resolved, studyCase: studyCase, request: request)
  }

  /// What was asked for before, read again; throws ``ScenarioError``, naming the file `name`.
  ///
  /// `inputDirectory` holds the image of the section and profiles; nil for where the scenario says.
  init(_ request: RunRequest, name: String, inputDirectory: String? = nil) throws(ScenarioError) {
    var reader = ScenarioReader(overrides: request.overrides)
    reader.inputDirectory = inputDirectory
    var study: Study
    do {
      study = try reader.readStudy(Data(request.file.utf8), name: name)
      if request.caseNumber != nil { study = study.withCases }
    } catch let error as ScenarioError {
      throw error
    } catch {
      throw ScenarioError(problems: [.init(place: .init(file: name), keyPath: "", message: "\(error)")])
    }
    guard let number = request.caseNumber else {
      guard study.cases.isEmpty else {
        throw ScenarioError(problems: [
          .init(place: InputPlace(file: name), keyPath: "", message: "a study; the run was of one scenario")
        ])
      }
      self.init(resolved: study.base, studyCase: nil, request: request)
      return
    }
    guard study.cases.indices.contains(number - 1) else {
      throw ScenarioError(problems: [
        .init(
          place: InputPlace(file: name), keyPath: "", message: "there is no case \(number), which was run")
      ])
    }
    let studyCase = study.cases[number - 1]
    self.init(resolved: try study.scenario(of: studyCase), studyCase: studyCase, request: request)
  }

  private init(resolved: ResolvedScenario, studyCase: Study.Case?, request: RunRequest) {
    self.resolved = resolved
    self.studyCase = studyCase
    self.request = request
  }

  /// The same with another number of cycles.
  func running(cycles: Int) -> RequestedRun {
    guard cycles != resolved.scenario.cycles else { return self }
    return RequestedRun(resolved: resolved.running(cycles: cycles), studyCase: studyCase, request: request)
  }

  private static func setsCycles(_ override: String) -> Bool {
    let path = override.prefix { $0 != "=" }.trimmingCharacters(in: .whitespaces)
    return path == ScenarioKey.cycles.path
  }
}

extension ResolvedScenario {
  /// The same scenario with another number of cycles, as an override gives it.
  fileprivate func running(cycles: Int) -> ResolvedScenario {
    var scenario = self.scenario
    var origins = self.origins
    scenario.cycles = cycles
    origins[.cycles] = .override
    return ResolvedScenario(
      name: name, bytes: bytes, scenario: scenario, replicates: replicates, origins: origins,
      image: image, profiles: profiles, material: material)
  }
}

/// Every value of a scenario as text: what two runs are compared by.
struct ScenarioValues: Sendable, Equatable, Codable {
  /// Key paths with their values and units.
  var values: [String: String]
  var protocolSteps: [String]

  init(_ resolved: ResolvedScenario) {
    values = resolved.values
    protocolSteps = resolved.stepTexts
  }

  /// The number of cycles, which may be changed.
  var cycles: Int? { values[ScenarioKey.cycles.path].flatMap { Int($0) } }

  /// Each difference in words, in the order in which scenarios are printed: `key: value there, value here`.
  func differences(from stored: ScenarioValues) -> [String] {
    let known = ScenarioKey.all.map(\.path)
    let unknown = Set(stored.values.keys).union(values.keys).subtracting(known).sorted()
    return (known + unknown).compactMap { key in
      if key == ScenarioKey.protocolSteps.path { return stepDifference(from: stored) }
      let (there, here) = (stored.values[key], values[key])
      guard there != here else { return nil }
      func shown(_ value: String?) -> String {
        value.map { $0.isEmpty ? "nothing" : oneLine($0) } ?? "nothing"
      }
      return "\(key): \(shown(there)) there, \(shown(here)) here"
    }
  }

  /// The first step that differs.
  private func stepDifference(from stored: ScenarioValues) -> String? {
    let (there, here) = (stored.protocolSteps, protocolSteps)
    guard there != here else { return nil }
    let index = zip(there, here).prefix { $0 == $1 }.count
    func shown(_ steps: [String]) -> String { index < steps.count ? "'\(steps[index])'" : "no such step" }
    return "protocol, step \(index + 1): \(shown(there)) there, \(shown(here)) here"
  }
}

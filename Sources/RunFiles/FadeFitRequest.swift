import CellPhysics
import CycleLife
import Foundation

/// What is fitted to what, and how.
public struct FadeFitRequest: Sendable {
  /// Sections of the ensemble where the scenario asks for a single run.
  public static let defaultReplicates = 8
  /// The methods by name.
  public static let methods = FadeFit.Method.allCases.map(\.rawValue)

  /// The scenario with the values that the fit starts from; its cycles are those of the data.
  public let start: ResolvedScenario
  public let data: FadeData
  public let parameters: [FittedParameter]
  let method: FadeFit.Method
  let maximumIterations: Int
  /// The last cycle that is computed with the fitted values.
  public let lastCycle: Int

  /// Puts a fit together.
  ///
  /// - Parameters:
  ///   - scenario: a plain scenario.
  ///   - keys: the key paths of the parameters.
  ///   - replicates: sections of the ensemble; nil for as many as the scenario says.
  ///   - method: one of ``methods``.
  ///   - maximumIterations: nil for 20, or for 200 of a simplex.
  ///   - predictedCycles: the last cycle of the prediction; nil for none.
  /// - Throws: ``FadeFitError/usage(_:)`` where that makes no fit.
  public init(
    _ scenario: ResolvedScenario, data: FadeData, keys: [String], replicates: Int?, method: String,
    maximumIterations: Int?, predictedCycles: Int?
  ) throws(FadeFitError) {
    guard let method = FadeFit.Method(rawValue: method) else {
      throw .usage(
        "--method \(oneLine(method)): expected \(FadeFitRequest.methods.joined(separator: " or "))")
    }
    parameters = try FittedParameter.named(keys, in: scenario.scenario)
    guard !parameters.isEmpty else { throw .usage("--parameters names nothing to fit") }
    guard parameters.count <= data.points.count else {
      throw .usage(
        "\(parameters.count) parameters cannot be fitted to \(data.points.count) "
          + "\(data.points.count == 1 ? "point" : "points")")
    }
    if let predictedCycles, predictedCycles <= data.lastCycle {
      throw .usage(
        "--predict \(predictedCycles): the data go to cycle \(data.lastCycle); expected a later one")
    }
    let cycleLimit = ScenarioResolver.cycleRange.upperBound
    if let predictedCycles, predictedCycles > cycleLimit {
      throw .usage("--predict \(predictedCycles): expected a number up to \(cycleLimit)")
    }
    let own = scenario.replicates > 1 ? scenario.replicates : FadeFitRequest.defaultReplicates
    self.data = data
    self.method = method
    self.maximumIterations = maximumIterations ?? (method == .simplex ? 200 : 20)
    lastCycle = predictedCycles ?? data.lastCycle
    start = scenario.with([:], cycles: data.lastCycle, replicates: replicates ?? own)
  }

  /// The logarithms of the start values.
  var unknowns: [Double] { parameters.map { $0.unknown(start.scenario.parameters[$0.parameter]) } }

  /// The scenario with the values of a fit in it.
  func fitted(_ values: [Double]) -> ResolvedScenario {
    let keys = parameters.map(\.parameter)
    return start.with(
      Dictionary(uniqueKeysWithValues: zip(keys, values)), cycles: lastCycle, replicates: start.replicates)
  }

  var identity: FadeFitIdentity { FadeFitIdentity(self) }
}

/// What makes a fit the one it is: with the same, the same results come out.
struct FadeFitIdentity: Codable, Equatable, Sendable {
  var version: String
  var scenario: ScenarioValues
  var data: [FadeData.Point]
  var parameters: [String]
  var method: String
  var maximumIterations: Int
  var lastCycle: Int

  init(_ request: FadeFitRequest) {
    version = RunManifest.programVersion
    scenario = ScenarioValues(request.start)
    data = request.data.points
    parameters = request.parameters.map(\.key)
    method = request.method.rawValue
    maximumIterations = request.maximumIterations
    lastCycle = request.lastCycle
  }

  /// The first difference between this fit and another that is to be made in its place, in words; nil for none.
  func difference(from other: FadeFitIdentity) -> String? {
    func told(_ name: String, _ there: String, _ here: String) -> String {
      "\(name): \(oneLine(there)) there, \(oneLine(here)) here"
    }
    if version != other.version { return told("the version of the program", version, other.version) }
    if parameters != other.parameters {
      return told(
        "parameters", parameters.joined(separator: ","), other.parameters.joined(separator: ","))
    }
    if data != other.data {
      guard data.count == other.data.count else {
        return told("points of the data", "\(data.count)", "\(other.data.count)")
      }
      let place = zip(data, other.data).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? 0
      func shown(_ point: FadeData.Point) -> String {
        let unit = Unit("mAh/g")!
        let values = [point.capacity, point.sigma].map {
          QuantityText.plain(QuantityText.rounded(unit.fromSI($0), digits: 12))
        }
        return "cycle \(point.cycle), \(values[0]) +- \(values[1]) mAh/g"
      }
      return told("point \(place + 1) of the data", shown(data[place]), shown(other.data[place]))
    }
    if let difference = other.scenario.differences(from: scenario).first { return difference }
    if method != other.method { return told("--method", method, other.method) }
    if maximumIterations != other.maximumIterations {
      return told("--max-iterations", "\(maximumIterations)", "\(other.maximumIterations)")
    }
    if lastCycle != other.lastCycle {
      return told("last cycle of the prediction", "\(lastCycle)", "\(other.lastCycle)")
    }
    return nil
  }
}

extension ResolvedScenario {
  /// The same scenario with these values of parameters in SI units, cycles and replicates.
  fileprivate func with(_ values: [Parameter: Double], cycles: Int, replicates: Int) -> ResolvedScenario {
    var scenario = self.scenario
    var origins = self.origins
    for (parameter, value) in values {
      scenario.parameters[parameter] = value
      origins[.parameter(parameter)] = .fit
    }
    scenario.cycles = cycles
    origins[.cycles] = .fit
    if replicates != self.replicates { origins[.replicates] = .fit }
    // Every run of a fit has to come to the last measured cycle.
    scenario.stopCriteria = StopCriteria()
    return ResolvedScenario(
      name: name, bytes: bytes, scenario: scenario, replicates: replicates, origins: origins,
      image: image, profiles: profiles, material: material)
  }
}

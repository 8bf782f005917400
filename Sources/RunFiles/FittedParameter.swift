import CellPhysics
import CycleLife
import Foundation

/// A physical parameter that a fit changes, as its logarithm.
public struct FittedParameter: Sendable, Equatable {
  let parameter: Parameter

  /// Finds the parameters with these key paths, which have to be positive in `scenario`.
  ///
  /// Throws ``FadeFitError/usage(_:)`` for the first that cannot be fitted, with the nearest that can.
  public static func named(_ keys: [String], in scenario: Scenario) throws(FadeFitError) -> [FittedParameter]
  {
    var found: [FittedParameter] = []
    for key in keys {
      guard let parameter = Parameter(rawValue: key) else {
        let nearest = ScenarioKey.nearest(to: key, among: Parameter.allCases.filter(isFree).map(\.rawValue))
        throw .usage(
          "'\(oneLine(key))' is no parameter" + (nearest.map { "; nearest that can be fitted: \($0)" } ?? ""))
      }
      guard isFree(parameter) else {
        throw .usage("'\(key)' cannot be fitted: it is no positive physical parameter")
      }
      guard scenario.parameters[parameter] > 0 else {
        throw .usage("'\(key)' is 0 in the scenario; a fit of its logarithm has to start above 0")
      }
      guard !found.contains(where: { $0.parameter == parameter }) else {
        throw .usage("--parameters names '\(key)' twice")
      }
      found.append(FittedParameter(parameter: parameter))
    }
    return found
  }

  /// Whether a parameter has a logarithm and belongs to the cell: not to the mesh, nor to what is simulated of it.
  private static func isFree(_ parameter: Parameter) -> Bool {
    let entry = parameter.entry
    return entry.range.lowerBound >= 0 && entry.unit.offset == 0 && parameter != .filmWidth
      && !parameter.rawValue.hasPrefix("numerics.")
  }

  /// The key path.
  public var key: String { parameter.rawValue }
  /// The last part of the key path.
  public var name: String { String(key.split(separator: ".").last ?? "") }
  var unit: Unit { parameter.entry.unit }

  /// The logarithm of an SI value counted in the unit of the parameter.
  func unknown(_ value: Double) -> Double { log(unit.fromSI(value)) }

  /// The SI value of a logarithm, rounded to so many digits in the unit of the parameter; nil out of range.
  ///
  /// With 15 digits, the value that a scenario has in which it is written.
  func value(unknown: Double, digits: Int = 15) -> Double? {
    let value = QuantityText.rounded(exp(unknown), digits: digits)
    return value.isFinite && value > 0 && parameter.entry.range.contains(value) ? unit.toSI(value) : nil
  }

  /// An SI value as text with its unit, in so many digits.
  func text(_ value: Double, digits: Int = 5) -> String {
    let number = QuantityText.plain(QuantityText.rounded(unit.fromSI(value), digits: digits))
    return number + (unit.symbol == "1" ? "" : " \(unit.symbol)")
  }
}

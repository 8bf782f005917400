import CellPhysics
import CycleLife
import Foundation

import struct CellPhysics.Unit

/// A number that a fit may change.
///
/// It enters the fit as an unknown: as its logarithm where it is positive and known to a factor only, else
/// as it is. One rule holds for all steps of the difference quotients: they change a capacity by several
/// tenths of a mAh/g, some ten times the noise of the time integration, and stay in the range where the
/// response is close to linear.
public struct FreeQuantity: Sendable, Equatable {
  private enum Place: Sendable, Equatable {
    case parameter(Parameter)
    case paperProtocol(PaperProtocol.Key)
  }

  private let place: Place
  private let isLogarithmic: Bool
  /// The step of its unknown in difference quotients.
  let step: Double

  /// The quantities of the joint calibration.
  ///
  /// Three more could be free: diffusivity slope, exchange current density and cutoff. The rows leave them in a
  /// flat valley (fitted with all others, the slope comes to 1.7 +- 2.4 and the exchange current density to
  /// within a factor of 50), so they are held where earlier fits and the paper's single diffusivity put them.
  public static let calibrated = [
    "cathode.fast diffusivity", "cathode.slow diffusivity", "cathode.potential offset",
    PaperProtocol.Key.chargedContent.rawValue, PaperProtocol.Key.holdVoltage.rawValue,
  ].map { FreeQuantity(key: $0)! }

  /// The quantity with a key of a scenario or of the protocol; nil when there is none.
  public init?(key: String) {
    if let key = PaperProtocol.Key(rawValue: key) {
      place = .paperProtocol(key)
      isLogarithmic = false
      step = key == .chargedContent ? 0.003 : 0.004
    } else if let parameter = Parameter(rawValue: key) {
      place = .parameter(parameter)
      switch parameter {
      case .diffusivitySlope: (isLogarithmic, step) = (false, 0.1)
      case .potentialOffset: (isLogarithmic, step) = (false, 0.004)
      case .slowDiffusivity: (isLogarithmic, step) = (true, 0.1)
      default:
        // Signed or bounded by zero, a quantity has no logarithm; what step suits it is not known here.
        guard parameter.entry.range.lowerBound > 0 else { return nil }
        (isLogarithmic, step) = (true, 0.05)
      }
    } else {
      return nil
    }
  }

  /// The key path.
  public var key: String {
    switch place {
    case .parameter(let parameter): parameter.rawValue
    case .paperProtocol(let key): key.rawValue
    }
  }

  /// The last part of the key path.
  public var name: String { String(key.split(separator: ".").last ?? "") }

  var unit: Unit {
    switch place {
    case .parameter(let parameter): parameter.entry.unit
    case .paperProtocol(let key): key.unit
    }
  }

  /// The value of an unknown, in the unit of the quantity.
  func value(unknown: Double) -> Double { isLogarithmic ? exp(unknown) : unknown }

  /// The unknown of a value in the unit of the quantity.
  func unknown(value: Double) -> Double { isLogarithmic ? log(value) : value }

  /// The standard error of an unknown as text: added to the value, or a factor where that is fitted.
  func errorText(_ error: Double) -> String {
    (isLogarithmic ? "×/÷ " : "± ") + String(format: "%.2g", isLogarithmic ? exp(error) : error)
  }

  /// The value in cells, in the unit of the quantity.
  func value(in cells: PaperCells) -> Double {
    switch place {
    case .parameter(let parameter): unit.fromSI(cells.common.parameters[parameter])
    case .paperProtocol(let key): cells.paperProtocol[key]
    }
  }

  /// Puts a value into cells; false when it is outside the accepted range.
  func put(_ value: Double, into cells: inout PaperCells) -> Bool {
    switch place {
    case .parameter(let parameter):
      guard parameter.entry.range.contains(value) else { return false }
      cells.common.parameters[parameter] = unit.toSI(value)
    case .paperProtocol(let key):
      guard key.range.contains(value) else { return false }
      cells.paperProtocol[key] = value
    }
    return true
  }

  /// A value as text with its unit.
  func text(_ value: Double) -> String {
    FreeQuantity.digits(value) + (unit.symbol == "1" ? "" : " \(unit.symbol)")
  }

  /// Four digits: a tenth of the standard errors, and what is printed is what is used.
  static func digits(_ value: Double) -> String { String(format: "%.4g", value) }
}

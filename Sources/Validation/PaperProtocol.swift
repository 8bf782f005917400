import CellPhysics
import CycleLife
import Foundation
import RunFiles

import struct CellPhysics.Unit

/// The numbers of the paper's protocols that it does not state; the only place where they stand.
///
/// They were fitted together with the parameters of the cell, see ``Calibration``. Voltages are against Li.
public struct PaperProtocol: Sendable, Equatable {
  /// Uniform lithium content of the charged cell at rest from which the rate rows are discharged.
  public var chargedContent = 0.5366
  /// The voltage at which every discharge ends, V.
  public var cutoffVoltage = 3.544
  /// The voltage to which a cycle charges, and at which it holds until C/10, V.
  public var holdVoltage = 4.03

  /// Creates the protocol with the fitted numbers.
  public init() {}

  /// A number of the protocol by the key it has on the command line.
  public enum Key: String, CaseIterable, Sendable {
    case chargedContent = "protocol.charged content"
    case cutoffVoltage = "protocol.cutoff voltage"
    case holdVoltage = "protocol.hold voltage"

    var unit: Unit { self == .chargedContent ? Unit("1")! : Unit("V")! }
    /// Contents inside the potential table, voltages a cell of this cathode can have.
    var range: ClosedRange<Double> { self == .chargedContent ? 0.46...0.99 : 2.5...4.5 }
  }

  subscript(key: Key) -> Double {
    get {
      switch key {
      case .chargedContent: chargedContent
      case .cutoffVoltage: cutoffVoltage
      case .holdVoltage: holdVoltage
      }
    }
    set {
      switch key {
      case .chargedContent: chargedContent = newValue
      case .cutoffVoltage: cutoffVoltage = newValue
      case .holdVoltage: holdVoltage = newValue
      }
    }
  }

  // MARK: Steps

  /// The one discharge of the rate rows, at a multiple of 1C.
  func discharge(rate: Double, _ p: ParameterSet) -> [ProtocolStep] {
    // The nominal capacity passes in one hour at 1C; discharging currents are negative.
    let current = -rate * p[.nominalCapacity] / 3600
    return [
      ProtocolStep(
        control: .current(current), limits: [.voltage(cutoffVoltage - p[.counterPotential])],
        text: "Discharge at \(rate)C until \(cutoffVoltage) V vs Li")
    ]
  }

  /// The cycle of the cycling rows: charge, hold until C/10, discharge.
  func cycle(rate: Double, _ p: ParameterSet) -> [ProtocolStep] {
    let (oneC, hold) = (p[.nominalCapacity] / 3600, holdVoltage - p[.counterPotential])
    return [
      ProtocolStep(
        control: .current(rate * oneC), limits: [.voltage(hold)],
        text: "Charge at \(rate)C until \(holdVoltage) V vs Li"),
      ProtocolStep(
        control: .voltage(hold), limits: [.current(oneC / 10)],
        text: "Hold at \(holdVoltage) V vs Li until C/10"),
    ] + discharge(rate: rate, p)
  }
}

// MARK: - The common parameter set

/// What all rows have in common: one parameter set, one protocol, one seed.
public struct ValidationInput: Sendable {
  /// The parameter set, with the origin of every value.
  public let resolved: ResolvedScenario
  /// The same of a composite, whose own parameters it has.
  public let composite: ResolvedScenario
  public let paperProtocol: PaperProtocol
  /// What was changed of the defaults, as it was written.
  public let overrides: [String]
  /// Those that are keys of a scenario with a dense cathode.
  let scenarioOverrides: [String]

  /// The parameters of all cells, dense or composite.
  var common: Scenario {
    var scenario = resolved.scenario
    for case .parameter(let parameter) in ScenarioKey.composite {
      scenario.parameters[parameter] = composite.scenario.parameters[parameter]
    }
    return scenario
  }

  /// The defaults with `overrides` of the form `key.path=value` applied.
  ///
  /// Keys are those of a scenario and those of ``PaperProtocol/Key``. Throws `ScenarioError` or
  /// ``ProtocolNumberError``.
  public init(overrides: [String] = []) throws {
    var numbers = PaperProtocol()
    var others: [String] = []
    for override in overrides {
      let parts = override.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      if parts.count == 2, let key = PaperProtocol.Key(rawValue: parts[0]) {
        numbers[key] = try ValidationInput.value(parts[1], for: key)
      } else {
        others.append(override)
      }
    }
    paperProtocol = numbers
    self.overrides = overrides
    let ofComposite = others.filter { $0.hasPrefix("composite.") }
    scenarioOverrides = others.filter { !$0.hasPrefix("composite.") }
    resolved = try ScenarioReader(overrides: scenarioOverrides).read(
      Data("title: Validation".utf8), name: "defaults")
    composite = try ScenarioReader(overrides: ofComposite).read(
      Data("title: Validation\ncathode: {architecture: composite}".utf8), name: "defaults")
  }

  private static func value(_ text: String, for key: PaperProtocol.Key) throws(ProtocolNumberError) -> Double
  {
    let bare = text.hasSuffix("vs Li") ? String(text.dropLast(5)) : text
    guard let quantity = Quantity(bare), quantity.unit.dimension == key.unit.dimension,
      key.range.contains(quantity.si)
    else {
      throw ProtocolNumberError(
        key: key.rawValue, value: text,
        expected: "\(key.range.lowerBound) to \(key.range.upperBound) \(key.unit.symbol)")
    }
    return quantity.si
  }
}

/// A number of the paper's protocol that cannot be used.
public struct ProtocolNumberError: Error, Equatable, CustomStringConvertible {
  public var key: String
  public var value: String
  public var expected: String

  public var description: String { "--set: \(key): '\(value)' is not accepted; expected \(expected)" }
}

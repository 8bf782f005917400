import CellPhysics
import Foundation
import Numerics

/// The keys of BPX, the Battery Parameter eXchange format, that scenarios have to do with.
///
/// Source: FaradayInstitution/BPX, schema of version 1.1.1, and of what moved since 0.x.
enum BPXKey {
  /// The version that is written.
  static let version = "1.1.0"

  static let header = "Header"
  static let parameterisation = "Parameterisation"
  static let cell = "Cell"
  static let positiveElectrode = "Positive electrode"
  static let negativeElectrode = "Negative electrode"
  static let electrolyte = "Electrolyte"
  static let separator = "Separator"
  static let userDefined = "User-defined"
  static let state = "State"
  static let initialConditions = "Initial conditions"
  static let thermalEnvironment = "Thermal environment"

  /// What an electrode of one or several materials has in their place.
  static let particle = "Particle"

  static let area = "Electrode area [m2]"
  static let pairs = "Number of electrode pairs connected in parallel to make a cell"
  static let lowerCutoff = "Lower voltage cut-off [V]"
  static let upperCutoff = "Upper voltage cut-off [V]"
  static let capacity = "Nominal cell capacity [A.h]"
  static let referenceTemperature = "Reference temperature [K]"
  static let ambientTemperature = "Ambient temperature [K]"
  static let initialTemperature = "Initial temperature [K]"

  static let thickness = "Thickness [m]"
  static let minimumContent = "Minimum stoichiometry"
  static let maximumContent = "Maximum stoichiometry"
  static let maximumConcentration = "Maximum concentration [mol.m-3]"
  static let radius = "Particle radius [m]"
  static let surface = "Surface area per unit volume [m-1]"
  static let diffusivity = "Diffusivity [m2.s-1]"
  static let potential = "OCP [V]"
  static let rateConstant = "Reaction rate constant [mol.m-2.s-1]"
  static let diffusionEnergy = "Diffusivity activation energy [J.mol-1]"
  static let kineticsEnergy = "Reaction rate constant activation energy [J.mol-1]"
  static let conductionEnergy = "Conductivity activation energy [J.mol-1]"
  static let conductivity = "Conductivity [S.m-1]"
  static let transportEfficiency = "Transport efficiency"
  /// Of the electrolyte, in the state; before 1.0 beside its other values.
  static let concentration = "Initial electrolyte concentration [mol.m-3]"
  static let oldConcentration = "Initial concentration [mol.m-3]"
  static let stateOfCharge = "Initial state-of-charge"

  // Names of PyBaMM.
  static let exchangeCurrentDensity = "Positive electrode exchange-current density [A.m-2]"
  static let youngsModulus = "Positive electrode Young's modulus [Pa]"
  static let poissonRatio = "Positive electrode Poisson's ratio"
  static let partialMolarVolume = "Positive electrode partial molar volume [m3.mol-1]"
  static let parisExponent = "Positive electrode Paris' law constant m"

  /// Holds, within what users define, the values that neither BPX nor PyBaMM has a name for.
  static let own = "CycleLife"
  /// The name there of a uniform lithium content without stress.
  static let stressFreeState = ScenarioKey.stressFreeState.path

  /// What BPX itself carries, or names of PyBaMM do.
  static let carried: Set<Parameter> = [
    .electrodeArea, .nominalCapacity, .temperature, .diffusionEnergy, .kineticsEnergy, .filmThickness,
    .density, .fastDiffusivity,
    .diffusivitySlope,
    .potentialOffset, .exchangeCurrentDensity, .initialContent, .crackGrowthExponent,
  ]
  /// The parameters that are written under names of their own: all others but those of the method.
  static let ownParameters = Parameter.allCases.filter {
    !carried.contains($0) && !$0.rawValue.hasPrefix("numerics.")
      && !ScenarioKey.parameter($0).isForeign(to: .dense)
  }

  /// The key path of a parameter with its SI unit as BPX writes units: `cathode.width [m]`.
  static func name(of parameter: Parameter) -> String {
    let unit = siUnit(of: parameter)
    return unit.isEmpty ? parameter.rawValue : "\(parameter.rawValue) [\(unit)]"
  }

  /// The SI unit of a parameter; empty for numbers.
  static func siUnit(of parameter: Parameter) -> String {
    let unit = parameter.entry.unit
    if unit.symbol == "deg" { return "rad" }
    return siUnits.first { Unit($0)?.dimension == unit.dimension } ?? ""
  }

  /// The value without the digits that arithmetic and conversions add.
  static func clean(_ value: Double) -> Double {
    (12...15).lazy.map { QuantityText.rounded(value, digits: $0) }
      .first { abs($0 - value) <= 1e-14 * abs(value) } ?? value
  }

  private static let siUnits = [
    "m", "m2", "m-2", "s", "K", "V", "Pa", "Pa.m-1", "Pa.m0.5", "J.m-2", "A.m-2", "C.m-2", "S.m-1", "m2.s-1",
    "kg.m-3", "mol.m-3", "kg.mol-1", "m3.mol-1", "J.mol-1", "ohm.m2", "ohm.m2.s-0.5",
  ]
}

extension OpenCircuitPotential {
  /// The table with three points between each two of its own, for readers that draw straight lines.
  func dense() throws -> OpenCircuitPotential {
    let curve = try MonotoneInterpolant(self)
    let between = zip(points, points.dropFirst()).flatMap { left, right in
      [0.25, 0.5, 0.75].map { share in
        let x = left.x + share * (right.x - left.x)
        return Point(x: x, y: curve.evaluate(x).value)
      }
    }
    return OpenCircuitPotential((points + between).sorted { $0.x < $1.x })
  }
}

import Foundation

/// How rates depend on temperature.
public enum Arrhenius {
  /// The temperature for which a scenario states its rates: 25 degC, in K.
  public static let reference = 298.15

  /// A rate at a temperature over that at the reference.
  ///
  /// Equation: k(T) / k(T0) = exp(-E_a / R (1/T - 1/T0)).
  /// Symbols: E_a, activation energy, J/mol; T, temperature, K; T0, ``reference``.
  /// Valid for: one activated process. Not for: phase transitions, of which Li3InCl6 has one at 70 degC.
  /// Source: Newman & Thomas-Alyea, Electrochemical Systems, 3rd ed., ch. 9.
  public static func factor(activationEnergy: Double, temperature: Double) -> Double {
    exp(-activationEnergy / Constants.gas * (1 / temperature - 1 / reference))
  }
}

extension ParameterSet {
  /// The rates of the cell at a temperature in K, from those at 25 degC that these are.
  ///
  /// Diffusivities, exchange current densities and conductivities follow ``Arrhenius``; nothing else changes.
  public func at(temperature: Double) -> ParameterSet {
    var cell = self
    cell[.temperature] = temperature
    func scale(_ rates: [Parameter], by energy: Parameter) {
      let factor = Arrhenius.factor(activationEnergy: self[energy], temperature: temperature)
      for rate in rates { cell[rate] *= factor }
    }
    scale([.fastDiffusivity, .slowDiffusivity, .particleDiffusivity], by: .diffusionEnergy)
    scale([.exchangeCurrentDensity, .counterExchangeCurrentDensity], by: .kineticsEnergy)
    scale(
      [.cathodeSideConductivity, .anodeSideConductivity, .electrolyteConductivity, .saltDiffusivity],
      by: .conductionEnergy)
    return cell
  }
}

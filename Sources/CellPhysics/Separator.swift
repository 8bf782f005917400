import Foundation

/// Ion conduction in the two layers of the separator.
public struct Separator: Sendable, Equatable {
  /// Thickness in m and conductivity in S/m of the layer at the cathode and at the counter electrode.
  public let cathodeSide: (thickness: Double, conductivity: Double)
  public let anodeSide: (thickness: Double, conductivity: Double)
  /// Share of the current that lithium ions carry, mean concentration of the salt in mol/m3 and its effective
  /// diffusivity in m2/s.
  public let salt: (transference: Double, concentration: Double, diffusivity: Double)

  public static func == (a: Separator, b: Separator) -> Bool {
    a.cathodeSide == b.cathodeSide && a.anodeSide == b.anodeSide && a.salt == b.salt
  }

  /// A separator with these layers; one that conducts lithium ions alone unless `salt` says otherwise.
  public init(
    cathodeSide: (thickness: Double, conductivity: Double),
    anodeSide: (thickness: Double, conductivity: Double),
    salt: (transference: Double, concentration: Double, diffusivity: Double) = (1, 1000, 1)
  ) {
    self.cathodeSide = cathodeSide
    self.anodeSide = anodeSide
    self.salt = salt
  }

  /// The separator of a parameter set.
  public init(_ p: ParameterSet) {
    self.init(
      cathodeSide: (p[.cathodeSideThickness], p[.cathodeSideConductivity]),
      anodeSide: (p[.anodeSideThickness], p[.anodeSideConductivity]),
      salt: (p[.transferenceNumber], p[.saltConcentration], p[.saltDiffusivity]))
  }

  /// Area resistance to a uniform current, ohm m2: the sum of thickness over conductivity.
  public var resistance: Double {
    cathodeSide.thickness / cathodeSide.conductivity + anodeSide.thickness / anodeSide.conductivity
  }

  /// Area impedance to a current that varies as cos(k Y) along the interface, ohm m2.
  ///
  /// Equation: layer by layer, z = (z' + tanh(k L) / (kappa k)) / (1 + z' kappa k tanh(k L)), from
  /// z' = 0 at the counter electrode; Laplace's equation in each layer.
  /// Symbols: k, wave number, 1/m; L, layer thickness, m; kappa, conductivity, S/m.
  /// Valid for: a single-ion conductor, an equipotential counter electrode. For k to 0 it is the
  /// resistance, for large k the constriction 1 / (kappa k).
  /// Source: separation of variables.
  public func impedance(waveNumber: Double) -> Double {
    var impedance = 0.0
    for layer in [anodeSide, cathodeSide] where layer.thickness > 0 {
      let slope = layer.conductivity * waveNumber
      let depth = tanh(waveNumber * layer.thickness)
      impedance = (impedance + depth / slope) / (1 + impedance * slope * depth)
    }
    return impedance
  }

  /// The current density that would use up the salt at one electrode, A/m2; infinite where lithium ions alone conduct.
  ///
  /// Equation: i_l = 2 F D c / ((1 - t) L).
  /// Symbols: D, effective diffusivity of the salt, m2/s; c, mean concentration, mol/m3; t, transference number of
  /// lithium; L, thickness of both layers, m.
  /// Valid for: the steady state of a binary salt whose properties do not depend on its concentration. Not for: convection.
  /// Source: Newman & Thomas-Alyea, Electrochemical Systems, ch. 12.
  public var limitingCurrent: Double {
    let thickness = cathodeSide.thickness + anodeSide.thickness
    return 2 * Constants.faraday * salt.diffusivity * salt.concentration
      / ((1 - salt.transference) * thickness)
  }

  /// The voltage that the gradient of salt takes from a current, V, and its derivative, ohm m2.
  ///
  /// Equation: eta = 2 (1 - t) (R T / F) ln((1 + i / i_l) / (1 - i / i_l)).
  /// Symbols: i, current density, A/m2; i_l, ``limitingCurrent``, A/m2; t, transference number; T, temperature, K.
  /// Valid for: an ideal binary salt in the steady state of ``limitingCurrent``, which it reaches within seconds,
  /// L^2 / (10 D). Not for: activity coefficients, which multiply eta by some two at 1 mol/L. Closer to the limiting
  /// current than 1e-6 of it the curve goes on as a straight line, so that a voltage limit is met there.
  /// Source: Newman & Thomas-Alyea, Electrochemical Systems, ch. 12; the salt's potential between both electrodes.
  public func polarisation(current: Double, temperature: Double) -> (value: Double, slope: Double) {
    guard salt.transference < 1 else { return (0, 0) }
    let limit = limitingCurrent
    let scale = 4 * (1 - salt.transference) * Constants.gas * temperature / Constants.faraday
    let edge = 1 - 1e-6
    let share = min(max(current / limit, -edge), edge)
    let slope = scale / (limit * (1 - share * share))
    return (scale * atanh(share) + slope * (current - share * limit), slope)
  }
}

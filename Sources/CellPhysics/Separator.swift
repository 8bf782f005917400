import Foundation

/// Ion conduction in the two layers of the separator.
public struct Separator: Sendable, Equatable {
  /// Thickness in m and conductivity in S/m of the layer at the cathode and at the counter electrode.
  public let cathodeSide: (thickness: Double, conductivity: Double)
  public let anodeSide: (thickness: Double, conductivity: Double)

  public static func == (a: Separator, b: Separator) -> Bool {
    a.cathodeSide == b.cathodeSide && a.anodeSide == b.anodeSide
  }

  public init(
    cathodeSide: (thickness: Double, conductivity: Double),
    anodeSide: (thickness: Double, conductivity: Double)
  ) {
    self.cathodeSide = cathodeSide
    self.anodeSide = anodeSide
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
}

import Foundation

/// Charge transfer between crystals of the cathode and the electrolyte.
public enum Kinetics {
  /// Exchange current density at a surface of given lithium content.
  ///
  /// Equation: i0(x) = 2 i_ref sqrt(x (1 - x)).
  /// Symbols: x, lithium content of the surface; i_ref, exchange current density at x = 0.5, A/m2.
  /// Valid for: a single-ion conductor, whose lithium concentration is fixed. Not for: a liquid whose salt is unevenly
  /// distributed, as the root of its concentration is left out.
  /// Source: the form of Ai et al., JES 167, 013512 (2020), without the electrolyte's concentration.
  public static func exchangeCurrentDensity(content: Double, reference: Double) -> Double {
    2 * reference * max(content * (1 - content), 0).squareRoot()
  }

  /// The overpotential that drives a current density, and its derivative with respect to it.
  ///
  /// Equation: eta = (2RT/F) asinh(i / (2 i0)), Butler-Volmer with symmetric transfer (alpha = 0.5).
  /// Symbols: i, current density, A/m2; i0, exchange current density, A/m2; T, temperature, K.
  /// Valid for: any i, i0 > 0. Not for: asymmetric transfer.
  /// Source: Newman & Thomas-Alyea, Electrochemical Systems, 3rd ed., ch. 8.
  public static func overpotential(current: Double, exchange: Double, temperature: Double)
    -> (value: Double, slope: Double)
  {
    let scale = 2 * Constants.gas * temperature / Constants.faraday
    return (
      scale * asinh(current / (2 * exchange)),
      scale / (current * current + 4 * exchange * exchange).squareRoot()
    )
  }

  /// The ratio of true to projected area of an isotropic Gaussian rough surface.
  ///
  /// Equation: A_r = 1 + (sqrt(pi)/2) s exp(1/s^2) erfc(1/s) with s = 2 R_q / l, the mean of
  /// sqrt(1 + slope^2) over Rayleigh-distributed slopes of mean square s^2.
  /// Symbols: R_q, root mean square roughness, m; l, correlation length, m; s, rms slope.
  /// Valid for: Gaussian autocorrelation exp(-r^2/l^2). Not for: overhangs, fractal surfaces.
  /// Source: derived from the Rayleigh distribution of slopes; small s: 1 + s^2/2.
  public static func activeAreaRatio(roughness: Double, correlationLength: Double) -> Double {
    let slope = 2 * roughness / correlationLength
    // exp(1/s^2) overflows below; there the asymptotic series of erfc is exact to 1e-9.
    if slope < 0.05 {
      let square = slope * slope
      return 1 + square / 2 - square * square / 4 + 3 * square * square * square / 8
    }
    let inverse = 1 / slope
    return 1 + Double.pi.squareRoot() / 2 * slope * exp(inverse * inverse) * erfc(inverse)
  }
}

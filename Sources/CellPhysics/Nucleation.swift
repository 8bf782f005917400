import Foundation

/// Cracks that begin at flaws too small to be followed one by one, by weakest-link statistics.
public enum Nucleation {
  /// The tension on layers that is as near to the toughness as that on the weakest plane.
  ///
  /// Equation: s = max over a of s_n(a) K_l / K_c(a), found to 0.1 % on planes 5 degrees apart with a parabola through
  /// the best of them and its neighbours; K_c(a) by ``Fracture/toughness(angle:alongLayers:acrossLayers:)``.
  /// Symbols: s_n, tension on the plane with normal angle a from X towards Y, Pa; K_l, toughness along the layers,
  /// Pa m^0.5; K_c, toughness of the plane.
  /// Valid for: flaws of the same size on planes of all directions. Not for: shear, which is left out; compression,
  /// where it is not positive.
  /// Source: a flaw of half-length b in tension runs at s_n sqrt(pi b) = K_c (Griffith), so that of equal flaws the one
  /// on the plane of largest s_n / K_c runs first.
  ///
  /// - Parameter angle: that of the c axis from Y, radian.
  public static func weakestPlane(
    _ stress: StressInCell, angle: Double, alongLayers: Double, acrossLayers: Double
  ) -> (tension: Double, normalAngle: Double) {
    let count = 36
    let step = Double.pi / Double(count)
    func tension(_ index: Int) -> Double {
      let normal = Double(index) * step
      // The layers are normal to the c axis, which makes 90 degrees less its angle with X.
      let toughness = Fracture.toughness(
        angle: normal + angle - .pi / 2, alongLayers: alongLayers, acrossLayers: acrossLayers)
      return stress.traction(normalAngle: normal).normal * alongLayers / toughness
    }
    let tensions = (0..<count).map(tension)
    let best = tensions.indices.reduce(0) { tensions[$1] > tensions[$0] ? $1 : $0 }
    let (before, here, after) = (
      tensions[(best + count - 1) % count], tensions[best], tensions[(best + 1) % count]
    )
    let curvature = 2 * here - before - after
    guard curvature > 0 else { return (here, Double(best) * step) }
    let offset = 0.5 * (after - before) / curvature
    return (here + 0.25 * (after - before) * offset, (Double(best) + offset) * step)
  }

  /// The scale of the strengths of sites, those that all but 1/e of them fall short of.
  ///
  /// Equation: s_A = s_0 (A_0 / A)^(1/m), so that P = 1 - exp(-(A / A_0) (s / s_0)^m) is the chance of a site to have
  /// a strength below s.
  /// Symbols: s_0, scale for A_0 = 1 um2 of section, Pa; m, modulus; A, area of the site, m2.
  /// Valid for: independent flaws, as many in any area of the same size, under the same stress: the chance that a part
  /// of the section holds does not depend on how it is cut into sites. Not for: flaws as large as a site.
  /// Source: Weibull, J. Appl. Mech. 18, 293 (1951).
  public static func strengthScale(reference: Double, modulus: Double, area: Double) -> Double {
    reference * pow(1e-12 / area, 1 / modulus)
  }

  /// The flaw that gives a strength.
  ///
  /// Equation: b = (K / s)^2 / pi.
  /// Symbols: b, half-length, m; K, toughness, Pa m^0.5; s, strength in tension, Pa.
  /// Valid for: straight flaws in uniform tension. Not for: edges.
  /// Source: Griffith's criterion in Irwin's form, K = s sqrt(pi b).
  public static func flawHalfLength(strength: Double, toughness: Double) -> Double {
    pow(toughness / strength, 2) / .pi
  }
}

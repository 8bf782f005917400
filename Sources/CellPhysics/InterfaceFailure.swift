import Foundation

/// Debonding of the cathode from the electrolyte, patch by patch.
public enum InterfaceFailure {
  /// The energy release rate of a patch-sized debond over its toughness.
  ///
  /// Equation: g = (pi l / 2) / E* (<t_n>^2 / (A_r G_I) + t_s^2 / (A_r G_II)), 1/E* = (1/E_1 + 1/E_2) / 2.
  /// Symbols: l, patch length, m; t_n, t_s, normal and shear traction on what is bonded, averaged over the
  /// patch, Pa (compression does not count); E_1, E_2, plane-strain moduli of the two sides,
  /// Pa; G_I, G_II, toughness per true area, J/m2; A_r, true over projected area.
  /// Valid for: debonds of the patch's size under uniform traction. Not for: long interface cracks.
  /// Source: centre crack between dissimilar solids, oscillation neglected (Hutchinson & Suo,
  /// Adv. Appl. Mech. 29, 63 (1992)).
  public static func drivingForce(
    normal: Double, shear: Double, patchLength: Double, modulus: Double, toughnessModeI: Double,
    toughnessModeII: Double, areaRatio: Double
  ) -> Double {
    let opening = max(normal, 0)
    return .pi * patchLength / 2 / modulus
      * (opening * opening / toughnessModeI + shear * shear / toughnessModeII) / areaRatio
  }

  /// The share of its toughness that a bond loses per cycle.
  ///
  /// Equation: dF/dN = B min(g, 1)^m; a bond that has lost the share F has the toughness (1 - F) G and the strength
  /// sqrt(1 - F) T.
  /// Symbols: F, share lost to fatigue; g, driving force over toughness before fatigue; B, share per cycle at g = 1; m,
  /// exponent; G, T, toughness and strength before fatigue.
  /// Valid for: loads below the static toughness, which add up whatever their order (Miner's rule); what a bond does
  /// above is up to ``CohesiveLaw``. Not for: monotonic failure.
  /// Source: cohesive strength that falls with cyclic damage: Roe & Siegmund, Eng. Fract. Mech. 70, 209 (2003); rate in
  /// Paris form, B to be calibrated.
  public static func fatiguePerCycle(drivingForce: Double, rate: Double, exponent: Double) -> Double {
    drivingForce > 0 ? rate * pow(min(drivingForce, 1), exponent) : 0
  }

  /// What is left of a debonded share, or of one lost to fatigue, after it was pressed together.
  ///
  /// Equation: dD/dt = -D r(p) / tau, so D = D_0 exp(-integral of r(p) dt / tau).
  /// Symbols: D, share; r, recontact share at the pressure p; t, time, s; tau, healing time, s (0: never).
  /// Valid for: soft electrolytes that creep into gaps and bond anew as strong as before. Not for: bonds whose faces
  /// have reacted; contact that was never there.
  /// Source: first-order decay, an assumption; no creep law of these electrolytes was found.
  ///
  /// - Parameter pressedTime: integral of the recontact share over time, s.
  public static func healed(share: Double, pressedTime: Double, healingTime: Double) -> Double {
    healingTime > 0 ? share * exp(-pressedTime / healingTime) : share
  }

  /// The share of a debonded patch that pressure presses back into contact.
  ///
  /// Equation: g(p) = min(1, sqrt(p / p_c)), 1 at p_c = 0.
  /// Symbols: p, stack pressure, Pa; p_c, pressure of full contact, Pa (0: a liquid, which wets at any pressure).
  /// Valid for: the resistance of sulfide contacts, R ~ p^-0.5. Not for: adhesive contact.
  /// Source: contact impedance of Li6PS5Cl, arXiv 2501.00600.
  public static func recontact(pressure: Double, fullContactPressure: Double) -> Double {
    fullContactPressure > 0 ? min(1, (max(pressure, 0) / fullContactPressure).squareRoot()) : 1
  }
}

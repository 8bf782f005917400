/// The bilinear law of a bond between two solids in mixed mode.
///
/// Equation: t = (1 - d) K w, without the factor in compression; d rises with the largest separation of the past,
/// d(w) = l_f (l - l_0) / (l (l_f - l_0)) between l_0 and l_f, 0 below and 1 above; l = sqrt(<w_n>^2 + w_s^2);
/// onset: (K <w_n> / T_n)^2 + (K w_s / T_s)^2 = 1 at l = l_0; toughness: G = 1 / (c^2 / G_I + s^2 / G_II) and
/// l_f = 2 G / (K l_0).
/// Symbols: t, traction, Pa; w_n, w_s, normal and shear separation, m (<> drops compression); K, stiffness, Pa/m; d,
/// broken share of the bond; T_n, T_s, strengths, Pa; G_I, G_II, toughnesses, J/m2; c, s, w_n / l and w_s / l.
/// Valid for: quasi-static separation; a mode mixity that changes little once the bond softens; a softening that the
/// stress analysis resolves, patches below E G / T^2 in length. Where l_f < l_0 the bond breaks at onset, and takes the
/// energy stored there. Not for: friction, rate effects, healing and fatigue, which have laws of their own.
/// Source: Camanho & Davila, NASA/TM-2002-211737 (2002), with the power law of exponent 1, G_I' / G_I + G_II' / G_II =
/// 1, for the toughness; such bonds in solid-state batteries: Bucci et al., Phys. Rev. Mater. 2, 105407 (2018).
public struct CohesiveLaw: Sendable {
  /// Stiffness of the whole bond, Pa/m.
  public let stiffness: Double
  private let normalStrength: Double
  private let shearStrength: Double
  private let toughnessModeI: Double
  private let toughnessModeII: Double

  /// Creates the law of a bond: stiffness in Pa/m, strengths in Pa and toughnesses in J/m2, all per the same area.
  public init(
    stiffness: Double, normalStrength: Double, shearStrength: Double, toughnessModeI: Double,
    toughnessModeII: Double
  ) {
    self.stiffness = stiffness
    self.normalStrength = normalStrength
    self.shearStrength = shearStrength
    self.toughnessModeI = toughnessModeI
    self.toughnessModeII = toughnessModeII
  }

  /// The law of a bond that is tougher by a factor and, with its root, stronger.
  ///
  /// So the length E G / T^2 over which a bond softens, which decides how brittle it is, stays.
  public func scaled(toughness factor: Double) -> CohesiveLaw {
    CohesiveLaw(
      stiffness: stiffness, normalStrength: factor.squareRoot() * normalStrength,
      shearStrength: factor.squareRoot() * shearStrength, toughnessModeI: factor * toughnessModeI,
      toughnessModeII: factor * toughnessModeII)
  }

  /// How far a traction on a whole bond is from damaging it: the left side of the onset, 1 where damage begins.
  public func onset(normal: Double, shear: Double) -> Double {
    let (opening, sliding) = (max(normal, 0) / normalStrength, shear / shearStrength)
    return opening * opening + sliding * sliding
  }

  /// The energy that it takes to break the bond in the mode of a separation, J/m2.
  public func toughness(opening: Double, slip: Double) -> Double {
    let (normal, shear) = (max(opening, 0) * max(opening, 0), slip * slip)
    return (normal + shear) / (normal / toughnessModeI + shear / toughnessModeII)
  }

  /// The broken share of a bond that comes to a separation for the first time; 0 in compression without shear.
  public func damage(opening: Double, slip: Double) -> Double {
    let separation = (max(opening, 0) * max(opening, 0) + slip * slip).squareRoot()
    let onset = onset(normal: stiffness * opening, shear: stiffness * slip).squareRoot()
    guard onset > 1 else { return 0 }
    let first = separation / onset
    let last = 2 * toughness(opening: opening, slip: slip) / (stiffness * first)
    return separation < last ? last * (separation - first) / (separation * (last - first)) : 1
  }

  /// The tractions that a bond bears at a separation, Pa, when a share of it is broken.
  public func traction(opening: Double, slip: Double, damage: Double) -> (normal: Double, shear: Double) {
    let kept = stiffness * (1 - damage)
    return ((opening > 0 ? kept : stiffness) * opening, kept * slip)
  }
}

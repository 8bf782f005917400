import Foundation

/// Stress intensity and growth of a straight crack.
public enum Fracture {
  /// Mode I and II stress intensity at one tip of a crack loaded along its length.
  public struct Intensity: Sendable, Equatable {
    public var modeI: Double
    public var modeII: Double

    public init(modeI: Double, modeII: Double) {
      self.modeI = modeI
      self.modeII = modeII
    }

    /// The intensity of equal energy release rate: sqrt(K_I^2 + K_II^2).
    public var effective: Double { (modeI * modeI + modeII * modeII).squareRoot() }

    /// The intensity under a load that is larger by a factor.
    public static func * (factor: Double, intensity: Self) -> Self {
      Self(modeI: factor * intensity.modeI, modeII: factor * intensity.modeII)
    }
  }

  /// The stress intensities at both tips of a crack, from the tractions of the uncracked body.
  ///
  /// Equation: K(+-a) = (pi a)^(-1/2) integral over (-a, a) of t(s) sqrt((a +- s) / (a -+ s)) ds, by
  /// Gauss-Chebyshev quadrature (s = a cos theta). Faces in contact carry pressure (K_I is not negative)
  /// and resist sliding by Coulomb friction.
  /// Symbols: t, normal or shear traction on the crack line before it opened, Pa; a, half-length, m; s,
  /// distance from the middle, m; K, Pa m^0.5.
  /// Valid for: a crack away from boundaries, stiffness jumps and other cracks (ligament and collinear
  /// gap at least its length: errors below 5 %). Not for: kinks, edge cracks.
  /// Source: superposition and the weight function of the centre crack (Tada, Paris & Irwin, 3rd ed.).
  ///
  /// - Parameter traction: normal (tension positive) and shear traction at a distance s, Pa.
  public static func intensities(
    halfLength a: Double, friction: Double, traction: (Double) -> SIMD2<Double>
  ) -> (back: Intensity, front: Intensity) {
    let points = 16
    var (front, back) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
    for k in 0..<points {
      let cosine = cos(.pi * (Double(k) + 0.5) / Double(points))
      let value = passed(traction(a * cosine), friction: friction)
      front += (1 + cosine) * value
      back += (1 - cosine) * value
    }
    let scale = (a / .pi).squareRoot() * .pi / Double(points)
    return (
      Intensity(modeI: max(scale * back[0], 0), modeII: scale * back[1]),
      Intensity(modeI: max(scale * front[0], 0), modeII: scale * front[1])
    )
  }

  /// The stress intensity at the tip of a crack from a free side, from the tractions of the uncracked body.
  ///
  /// Equation: K = 2 (L / pi)^(1/2) integral over (0, 1) of t(u L) (1.3 - 0.3 u^(5/4)) / sqrt(1 - u^2) du, by
  /// Gauss-Chebyshev quadrature; faces in contact as in ``intensities(halfLength:friction:traction:)``.
  /// Symbols: L, length, m; u L, distance from the free side, m; t, K as there.
  /// Valid for: cracks at a right angle to the side of a half-plane, within 1 %; 1.122 s sqrt(pi L) in tension and in
  /// shear. Not for: other angles, bodies not much longer than the crack, sides that hold.
  /// Source: weight function of the edge crack (Tada, Paris & Irwin, 3rd ed.).
  ///
  /// - Parameter traction: normal (tension positive) and shear traction at a distance from the side, Pa.
  public static func edgeIntensity(length: Double, friction: Double, traction: (Double) -> SIMD2<Double>)
    -> Intensity
  {
    let points = 16
    var sum = SIMD2<Double>.zero
    for k in 0..<points {
      let depth = cos(.pi * (Double(k) + 0.5) / Double(2 * points))
      sum += (1.3 - 0.3 * pow(depth, 1.25)) * passed(traction(depth * length), friction: friction)
    }
    let value = 2 * (length / .pi).squareRoot() * .pi / Double(2 * points) * sum
    return Intensity(modeI: max(value[0], 0), modeII: value[1])
  }

  /// What faces in contact do not bear of a traction: pressure in full, shear up to friction.
  private static func passed(_ traction: SIMD2<Double>, friction: Double) -> SIMD2<Double> {
    guard traction[0] < 0 else { return traction }
    let resisted = max(abs(traction[1]) + friction * traction[0], 0)
    return SIMD2(traction[0], traction[1] < 0 ? -resisted : resisted)
  }

  /// The stress intensity at the tip of a short branch that leaves a crack at an angle.
  ///
  /// Equation: k_I = C11 K_I + C12 K_II, k_II = C21 K_I + C22 K_II, 4 C11 = 3 cos(w/2) + cos(3w/2),
  /// 4 C12 = -3 (sin(w/2) + sin(3w/2)), 4 C21 = sin(w/2) + sin(3w/2), 4 C22 = cos(w/2) + 3 cos(3w/2).
  /// Symbols: K_I, K_II, intensity of the crack, Pa m^0.5; w, angle from the crack toward its normal, radian, with K_II
  /// of the shear traction along the crack on the face of that normal.
  /// Valid for: branches short against the crack, w up to a right angle (energy release rate in tension there 0.25 of
  /// that straight ahead, 0.26 in full). Not for: branches that close, k_I < 0.
  /// Source: Cotterell & Rice, Int. J. Fract. 16, 155 (1980).
  public static func branch(of intensity: Intensity, angle: Double) -> Intensity {
    let (sines, half, threeHalves) = (
      sin(angle / 2) + sin(1.5 * angle), cos(angle / 2), cos(1.5 * angle)
    )
    let (k1, k2) = (intensity.modeI, intensity.modeII)
    return Intensity(
      modeI: 0.25 * ((3 * half + threeHalves) * k1 - 3 * sines * k2),
      modeII: 0.25 * (sines * k1 + (half + 3 * threeHalves) * k2))
  }

  /// Toughness of a layered crystal in a direction of the section.
  ///
  /// Equation: K_c^2 = K_l^2 + (K_a^2 - K_l^2) sin^2 q, linear in energies.
  /// Symbols: K_l, toughness of a crack along the layers, Pa m^0.5; K_a, of one across them; q, angle of the crack
  /// from the layers, radian.
  /// Valid for: one modulus in all directions. Not for: cracks that step from plane to plane.
  /// Source: interpolation between two energies; (003) planes of LiCoO2 are the weakest.
  public static func toughness(angle: Double, alongLayers: Double, acrossLayers: Double) -> Double {
    let (along, across, share) = (alongLayers, acrossLayers, sin(angle))
    return (along * along + (across * across - along * along) * share * share).squareRoot()
  }

  /// Whether a boundary between crystals takes a crack that meets it, instead of the crystal ahead.
  ///
  /// Equation: K_b^2 < K_a^2 cos^4(q / 2).
  /// Symbols: K_b, K_a, toughness of the boundary and of the crystal ahead, Pa m^0.5; q, angle between crack and
  /// boundary, radian. cos^4(q / 2) is the energy release rate of a short branch over that straight ahead: 1/4 at a
  /// right angle, where a boundary takes the crack above an energy ratio (K_a / K_b)^2 of 4.
  /// Valid for: tension across the crack, equal stiffness on both sides (0.26 at a right angle in full). Not for:
  /// shear, which favours one branch.
  /// Source: Cotterell & Rice, Int. J. Fract. 16, 155 (1980); He & Hutchinson, Int. J. Solids Struct. 25, 1053
  /// (1989).
  public static func isDeflected(boundary: Double, ahead: Double, incidence: Double) -> Bool {
    let share = pow(cos(incidence / 2), 4)
    return boundary * boundary < share * ahead * ahead
  }

  /// Growth of a crack tip per cycle.
  ///
  /// Equation: da/dN = A (dK / K_0)^m / (1 - K_max / K_c) for dK above the threshold, else 0.
  /// Symbols: dK, range of the stress intensity over a cycle, Pa m^0.5; K_0 = 1 MPa m^0.5; A, growth per
  /// cycle at K_0, m; m, exponent; K_max, largest stress intensity; K_c, toughness.
  /// Valid for: K_max < K_c (fast fracture above it is an event of its own). Not for: growth in time.
  /// Source: Paris' law with Forman's correction; constants of Ai et al., JES 167, 013512 (2020).
  public static func growthPerCycle(
    range: Double, maximum: Double, rate: Double, exponent: Double, threshold: Double, toughness: Double
  ) -> Double {
    guard range > threshold else { return 0 }
    // The remaining toughness is bounded below so that the law stays finite up to K_c.
    return rate * pow(range / 1e6, exponent) / max(1 - maximum / toughness, 0.02)
  }
}

import Foundation

/// The five stiffnesses of a hexagonal crystal in its own frame, Pa.
///
/// Axis 3 is the c axis, axes 1 and 2 lie in the layers. Stiffness within the layers is isotropic, so
/// C66 = (C11 - C12) / 2 is not an input.
public struct StiffnessInCrystal: Sendable, Equatable {
  /// C11, along the layers.
  public var c11: Double
  /// C12, between two directions of the layers.
  public var c12: Double
  /// C13, between the layers and the c axis.
  public var c13: Double
  /// C33, along the c axis.
  public var c33: Double
  /// C44, shear of the layers over each other.
  public var c44: Double

  /// Creates a stiffness from its five independent values.
  public init(c11: Double, c12: Double, c13: Double, c33: Double, c44: Double) {
    self.c11 = c11
    self.c12 = c12
    self.c13 = c13
    self.c33 = c33
    self.c44 = c44
  }
}

/// A strain without out-of-plane shear, in the frame of the cell.
public struct StrainInCell: Sendable, Equatable {
  /// Extension through the thickness.
  public var xx: Double
  /// Extension in plane.
  public var yy: Double
  /// Extension out of the section.
  public var zz: Double
  /// Engineering shear, twice the tensor component XY.
  public var shear: Double

  /// Creates a strain from its components.
  public init(xx: Double, yy: Double, zz: Double, shear: Double) {
    self.xx = xx
    self.yy = yy
    self.zz = zz
    self.shear = shear
  }
}

/// A stress without out-of-plane shear, in the frame of the cell, Pa; tension is positive.
public struct StressInCell: Sendable, Equatable {
  /// Normal stress through the thickness.
  public var xx: Double
  /// Normal stress in plane.
  public var yy: Double
  /// Normal stress out of the section.
  public var zz: Double
  /// Shear stress in the section.
  public var xy: Double

  /// Creates a stress from its components.
  public init(xx: Double, yy: Double, zz: Double, xy: Double) {
    self.xx = xx
    self.yy = yy
    self.zz = zz
    self.xy = xy
  }

  /// The principal stresses of the section and the direction of the larger one.
  ///
  /// Equation: s1,2 = (xx + yy) / 2 +- sqrt(((xx - yy) / 2)^2 + xy^2), tan 2a = 2 xy / (xx - yy).
  /// Symbols: s1 >= s2, principal stresses, Pa; a, angle of the direction of s1 from X towards Y, radian.
  /// Valid for: the two principal directions in the section. Not for: the third, which is ZZ.
  /// Source: Mohr's circle.
  public var principalInPlane: (largest: Double, smallest: Double, angle: Double) {
    let centre = 0.5 * (xx + yy)
    let half = 0.5 * (xx - yy)
    let radius = (half * half + xy * xy).squareRoot()
    return (centre + radius, centre - radius, 0.5 * atan2(xy, half))
  }

  /// Normal and shear stress on a plane of the section.
  ///
  /// Equation: normal = n . s n, shear = t . s n with n = (cos a, sin a) and t = (-sin a, cos a).
  /// Symbols: a, angle of the plane's normal from X towards Y, radian; stresses in Pa.
  /// Valid for: planes that contain Z. Not for: planes tilted out of the section.
  /// Source: Cauchy's stress theorem.
  public func traction(normalAngle: Double) -> (normal: Double, shear: Double) {
    let (s, c) = (sin(normalAngle), cos(normalAngle))
    return (
      xx * c * c + yy * s * s + 2 * xy * s * c, (yy - xx) * s * c + xy * (c * c - s * s)
    )
  }
}

/// A stiffness in the frame of the cell for strains without out-of-plane shear, Pa.
///
/// Each row gives one stress component from the strain (XX, YY, ZZ, engineering shear XY).
public struct StiffnessInCell: Sendable, Equatable {
  /// The row of stress XX.
  public let xx: SIMD4<Double>
  /// The row of stress YY.
  public let yy: SIMD4<Double>
  /// The row of stress ZZ.
  public let zz: SIMD4<Double>
  /// The row of stress XY.
  public let xy: SIMD4<Double>

  /// Creates a stiffness from its rows, which form a symmetric matrix.
  public init(xx: SIMD4<Double>, yy: SIMD4<Double>, zz: SIMD4<Double>, xy: SIMD4<Double>) {
    self.xx = xx
    self.yy = yy
    self.zz = zz
    self.xy = xy
  }

  /// The stress of an elastic strain.
  ///
  /// Equation: s = C e.
  /// Symbols: s, stress, Pa; C, stiffness, Pa; e, strain less its stress-free part.
  /// Valid for: small strains. Not for: yielding.
  /// Source: Hooke's law.
  public func stress(of strain: StrainInCell) -> StressInCell {
    let e = SIMD4(strain.xx, strain.yy, strain.zz, strain.shear)
    return StressInCell(
      xx: (xx * e).sum(), yy: (yy * e).sum(), zz: (zz * e).sum(), xy: (xy * e).sum())
  }
}

/// Linear elasticity and chemical strain of a layered crystal in the section.
public enum Elasticity {
  /// The stiffness of a crystal whose c axis lies in the section, in the frame of the cell.
  ///
  /// Equation: C = M C' M^T, where M maps stress components from the crystal to the cell:
  /// s = s_aa a a + s_cc c c + s_zz z z + s_ac (a c + c a), c = (sin q, cos q), a = (cos q, -sin q).
  /// Symbols: C', stiffness in the crystal, Pa; q, angle of the c axis from Y, radian (0: layers along
  /// the thickness).
  /// Valid for: hexagonal crystals with one layer direction out of the section. Not for: c axes tilted
  /// out of the section, whose out-of-plane shears do not decouple.
  /// Source: W. L. Bond, Bell Syst. Tech. J. 22, 1 (1943).
  public static func stiffnessInCell(_ crystal: StiffnessInCrystal, angle: Double) -> StiffnessInCell {
    let (s, c) = (sin(angle), cos(angle))
    // Rows of M for the crystal's components (aa, cc, zz, ac).
    let rows = [
      SIMD4(c * c, s * s, 0, 2 * s * c), SIMD4(s * s, c * c, 0, -2 * s * c), SIMD4(0, 0, 1, 0),
      SIMD4(-s * c, s * c, 0, c * c - s * s),
    ]
    let inCrystal = [
      SIMD4(crystal.c11, crystal.c13, crystal.c12, 0), SIMD4(crystal.c13, crystal.c33, crystal.c13, 0),
      SIMD4(crystal.c12, crystal.c13, crystal.c11, 0), SIMD4(0, 0, 0, crystal.c44),
    ]
    func row(_ left: SIMD4<Double>) -> SIMD4<Double> {
      var transformed = SIMD4<Double>.zero
      for k in 0..<4 { transformed += left[k] * inCrystal[k] }
      return SIMD4(
        (transformed * rows[0]).sum(), (transformed * rows[1]).sum(), (transformed * rows[2]).sum(),
        (transformed * rows[3]).sum())
    }
    return StiffnessInCell(xx: row(rows[0]), yy: row(rows[1]), zz: row(rows[2]), xy: row(rows[3]))
  }

  /// The stiffness of an isotropic solid.
  ///
  /// Equation: s = lambda tr(e) + 2 mu e, lambda = E nu / ((1 + nu)(1 - 2 nu)), mu = E / (2 (1 + nu)).
  /// Symbols: E, Young's modulus, Pa; nu, Poisson ratio.
  /// Valid for: -1 < nu < 1/2. Not for: incompressible solids.
  /// Source: Hooke's law.
  public static func stiffnessInCell(modulus: Double, poissonRatio: Double) -> StiffnessInCell {
    let lambda = modulus * poissonRatio / ((1 + poissonRatio) * (1 - 2 * poissonRatio))
    let mu = modulus / (2 * (1 + poissonRatio))
    let normal = lambda + 2 * mu
    return StiffnessInCell(
      xx: SIMD4(normal, lambda, lambda, 0), yy: SIMD4(lambda, normal, lambda, 0),
      zz: SIMD4(lambda, lambda, normal, 0), xy: SIMD4(0, 0, 0, mu))
  }

  /// The stress-free strain of a crystal whose lithium content has changed, in the frame of the cell.
  ///
  /// Equation: e = dx (beta_c c c + beta_a (a a + z z)), c = (sin q, cos q), a = (cos q, -sin q).
  /// Symbols: dx, lithium content less that of the stress-free state; beta_a, beta_c, strain along the
  /// layers and along the c axis per unit content; q, angle of the c axis from Y, radian.
  /// Valid for: lithium contents of 0.5 to 1. Not for: the collapse of c below 0.45, or the coherency
  /// stress between two phases.
  /// Source: lattice of LixCoO2, Reimers & Dahn, JES 139, 2091 (1992).
  public static func chemicalStrainInCell(
    contentChange: Double, betaA: Double, betaC: Double, angle: Double
  ) -> StrainInCell {
    let (s, c) = (sin(angle), cos(angle))
    return StrainInCell(
      xx: contentChange * (betaA * c * c + betaC * s * s),
      yy: contentChange * (betaA * s * s + betaC * c * c), zz: contentChange * betaA,
      shear: contentChange * 2 * (betaC - betaA) * s * c)
  }
}

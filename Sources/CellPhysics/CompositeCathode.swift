import Foundation

/// How the active material of a cathode is arranged.
public enum CathodeArchitecture: String, Sendable, Codable, CaseIterable {
  /// A film of densely packed crystals, which touches the electrolyte with its face.
  case dense
  /// Particles in a network of solid electrolyte and conductive additive.
  case composite
}

/// A composite cathode: what its composition makes of its thickness, its surface and its conductivities.
///
/// Equations: 1/rho_s = w/rho_A + (1 - w - w_C)/rho_E + w_C/rho_C, rho = (1 - p) rho_s; phi_k = rho w_k / rho_k;
/// L = m / (w rho) with the areal mass m of the active material;
/// kappa = kappa_0 s(phi_E, phi_c)^n, sigma = sigma_0 s(phi_A + phi_C, phi_e)^2, a L = (3 phi_A / R) L theta s(phi_E, phi_c)^0.41,
/// with s(phi, phi_c) = max(0, (phi - phi_c) / (1 - phi_c)).
/// Symbols: w, mass fractions; rho, densities, kg/m3; p, porosity; phi, volume fractions; A, active material, E,
/// electrolyte, C, carbon and binder; L, thickness, m; kappa, sigma, effective ionic and electronic conductivity, S/m;
/// phi_c, phi_e, volume fractions below which a network falls apart; a L, area of particles that touches connected
/// electrolyte per area of electrode; R, radius of the particles, m; theta, share of their surface that electrolyte
/// covers.
/// Valid for: equal spheres, small against the thickness, evenly mixed. Not for: particle sizes that change the
/// thresholds, gradients of composition, strings of particles that no electron reaches.
/// Source: scaling laws of percolation, exponent 0.41 of the connected share in three dimensions (Stauffer & Aharony,
/// Introduction to Percolation Theory, 2nd ed.); for composites of a solid electrolyte Bielefeld et al.,
/// J. Phys. Chem. C 123, 1626 (2019).
public struct CompositeCathode: Sendable, Equatable {
  /// Volume fractions of active material, electrolyte, and carbon with binder.
  public let activeShare: Double
  public let electrolyteShare: Double
  public let additiveShare: Double
  /// Density of the composite with its pores, kg/m3, and the share of its mass that is active.
  public let density: Double
  public let activeWeight: Double
  /// Thickness, m.
  public let thickness: Double
  /// Effective conductivities of the electrolyte and of what conducts electrons, S/m.
  public let ionicConductivity: Double
  public let electronicConductivity: Double
  /// Radius of the particles, m, and the diffusivity in them at lithium content 0.75, m2/s.
  public let particleRadius: Double
  public let particleDiffusivity: Double
  /// Area of particles in contact with connected electrolyte per area of electrode; zero where a network has fallen
  /// apart.
  public let areaRatio: Double

  /// The exponent with which the connected share of a network vanishes at its threshold in three dimensions.
  static let connectionExponent = 0.41
  /// That of its conductivity, about 2, for electrons.
  static let electronicExponent = 2.0

  /// The composite that parameters describe, with the active mass of the dense film that they describe.
  public init(_ p: ParameterSet) {
    let (active, additive) = (p[.activeWeight], p[.additiveWeight])
    let electrolyte = max(0, 1 - active - additive)
    let solid =
      1 / (active / p[.density] + electrolyte / p[.electrolyteDensity] + additive / p[.additiveDensity])
    density = (1 - p[.compositePorosity]) * solid
    activeWeight = active
    activeShare = density * active / p[.density]
    electrolyteShare = density * electrolyte / p[.electrolyteDensity]
    additiveShare = density * additive / p[.additiveDensity]
    thickness = p[.filmThickness] * p[.density] / (active * density)
    let connected = Self.beyondThreshold(electrolyteShare, p[.ionicThreshold])
    ionicConductivity = p[.electrolyteConductivity] * pow(connected, p[.ionicExponent])
    electronicConductivity =
      p[.electronicConductivity]
      * pow(
        Self.beyondThreshold(activeShare + additiveShare, p[.electronicThreshold]), Self.electronicExponent)
    particleRadius = p[.particleRadius]
    particleDiffusivity = p[.particleDiffusivity]
    let covered = 3 * activeShare / particleRadius * thickness * p[.particleCoverage]
    areaRatio =
      ionicConductivity > 0 && electronicConductivity > 0
      ? covered * pow(connected, Self.connectionExponent) : 0
  }

  /// How far a volume fraction is beyond the threshold of its network, 0 to 1.
  static func beyondThreshold(_ share: Double, _ threshold: Double) -> Double {
    max(0, (share - threshold) / (1 - threshold))
  }

  /// Whether ions reach the particles through the electrolyte, and electrons through the rest.
  public var isConnected: Bool { areaRatio > 0 }

  /// Active mass per area of electrode, kg/m2.
  public var activeMassPerArea: Double { density * activeWeight * thickness }
}

/// Stresses of a spherical particle whose lithium content changes, bonded to the electrolyte around it.
///
/// Equations: with e(r) the free strain and E_m(r) = (1/r^3) times the integral of e r^2 from 0 to r,
/// s_r = t + 2E/(1 - nu) (E_m(R) - E_m(r)), s_h = t + E/(1 - nu) (2 E_m(R) + E_m(r) - e(r));
/// t = -(3 E_m(R) + p (1/(3 K_e) + 1/(4 G_e))) / (1/(3 K) + 1/(4 G_e) + 1/(k R)).
/// Symbols: s_r, s_h, radial and hoop stress, Pa; t, normal traction at the surface, Pa, tension positive; E, nu, K,
/// moduli and Poisson ratio of the particle; K_e, G_e, bulk and shear modulus of the electrolyte, Pa; k, stiffness of
/// the bond, Pa/m, in tension less what has debonded; R, radius, m; p, pressure far away, Pa.
/// Valid for: linear elasticity, an isotropic particle in electrolyte that reaches far. Not for: particles that touch
/// one another, yielding electrolyte, which lowers t.
/// Source: Christensen & Newman, J. Solid State Electrochem. 10, 293 (2006) for the particle; Lame's cavity for the
/// electrolyte.
public struct ParticleElasticity: Sendable, Equatable {
  /// Young's modulus, Pa, and Poisson ratio of the particle, and its bulk modulus.
  public let modulus: Double
  public let poissonRatio: Double
  public let bulkModulus: Double
  /// Free linear strain per unit of lithium content.
  public let strainPerContent: Double
  /// Bulk and shear modulus of the electrolyte, Pa.
  public let electrolyteBulk: Double
  public let electrolyteShear: Double

  /// A particle of many crystals of all directions: Voigt averages of stiffness, mean of the chemical strains.
  ///
  /// K = (2 (C11 + C12) + 4 C13 + C33) / 9, 30 G = 7 C11 - 5 C12 + 2 C33 + 12 C44 - 4 C13.
  public init(_ p: ParameterSet) {
    let (c11, c12, c13, c33, c44) = (
      p[.stiffness11], p[.stiffness12], p[.stiffness13], p[.stiffness33], p[.stiffness44]
    )
    let bulk = (2 * (c11 + c12) + 4 * c13 + c33) / 9
    let shear = (7 * c11 - 5 * c12 + 2 * c33 + 12 * c44 - 4 * c13) / 30
    bulkModulus = bulk
    modulus = 9 * bulk * shear / (3 * bulk + shear)
    poissonRatio = (3 * bulk - 2 * shear) / (2 * (3 * bulk + shear))
    strainPerContent = (2 * p[.chemicalStrainA] + p[.chemicalStrainC]) / 3
    electrolyteBulk = p[.electrolyteModulus] / (3 * (1 - 2 * p[.electrolytePoissonRatio]))
    electrolyteShear = p[.electrolyteModulus] / (2 * (1 + p[.electrolytePoissonRatio]))
  }

  /// The normal traction at the surface, Pa.
  ///
  /// - Parameters:
  ///   - meanStrain: mean free linear strain of the particle.
  ///   - pressure: far away, Pa.
  ///   - radius: m.
  ///   - bond: stiffness of the bond under this load, Pa/m.
  public func surfaceTraction(meanStrain: Double, pressure: Double, radius: Double, bond: Double) -> Double {
    let electrolyte = 1 / (4 * electrolyteShear)
    let driving = meanStrain + pressure * (1 / (3 * electrolyteBulk) + electrolyte)
    return -driving / (1 / (3 * bulkModulus) + electrolyte + 1 / (bond * radius))
  }

  /// Radial and hoop stress at a place, Pa.
  ///
  /// - Parameters:
  ///   - traction: at the surface, Pa.
  ///   - whole: mean free strain of the particle.
  ///   - inside: mean free strain of what lies within the place.
  ///   - here: free strain at the place.
  public func stress(traction: Double, whole: Double, inside: Double, here: Double) -> (
    radial: Double, hoop: Double
  ) {
    let scale = modulus / (1 - poissonRatio) / 3
    return (traction + 2 * scale * (whole - inside), traction + scale * (2 * whole + inside - 3 * here))
  }
}

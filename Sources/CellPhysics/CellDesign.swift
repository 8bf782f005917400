/// What a cell of anode, separator and cathode holds per mass and volume, without collectors and housing.
///
/// Equations: m = Q (1/(q_A w_A) + N/(q_N w_N)) + rho_S d Q,  v = Q (1/(q_A w_A rho_A) + N/(q_N w_N rho_N)) + d Q,
/// E = Q V; energies E/m and E/v do not depend on Q.
/// Symbols: Q, areal capacity, C/m2; q, specific capacity of the active material, C/kg; w, its share of the electrode's
/// mass; rho, density of the electrode with its pores, kg/m3; A, N, S, cathode, anode and separator; N, capacity of the
/// anode over that of the cathode; d, thickness of the separator per areal capacity, m3/C; V, mean voltage, V.
/// Valid for: theoretical energies, all capacity used. Not for: what a rate leaves of it.
/// Source: definition. Compositions: the only ones found that give Fig. 1b of Naik et al., EES Batteries 1, 1184
/// (2025), at equal areal capacity; the paper does not state them, and others fit as well.
public struct CellDesign: Sendable, Equatable {
  /// An electrode: its active material, and what else there is.
  public struct Electrode: Sendable, Equatable {
    /// Specific capacity of the active material, C/kg, and its share of the mass.
    public var capacity: Double
    public var activeWeight: Double
    /// Density of active material and of the rest, kg/m3, and the share of pores.
    public var activeDensity: Double
    public var restDensity: Double
    public var porosity: Double

    public init(
      capacity: Double, activeWeight: Double, activeDensity: Double, restDensity: Double, porosity: Double
    ) {
      self.capacity = capacity
      self.activeWeight = activeWeight
      self.activeDensity = activeDensity
      self.restDensity = restDensity
      self.porosity = porosity
    }

    /// Density with its pores, kg/m3.
    public var density: Double {
      (1 - porosity) / (activeWeight / activeDensity + (1 - activeWeight) / restDensity)
    }
    /// Mass per charge, kg/C.
    var massPerCharge: Double { 1 / (capacity * activeWeight) }
  }

  public var cathode: Electrode
  public var anode: Electrode
  /// Capacity of the anode over that of the cathode.
  public var anodeExcess: Double
  /// Thickness of the separator per areal capacity, m3/C, and its density, kg/m3.
  public var separatorThickness: Double
  public var separatorDensity: Double
  /// Mean voltage, V.
  public var voltage: Double

  /// Energy per mass, J/kg.
  public var energyPerMass: Double {
    voltage
      / (cathode.massPerCharge + anodeExcess * anode.massPerCharge + separatorThickness * separatorDensity)
  }

  /// Energy per volume, J/m3.
  public var energyPerVolume: Double {
    voltage
      / (cathode.massPerCharge / cathode.density + anodeExcess * anode.massPerCharge / anode.density
        + separatorThickness)
  }

  /// 140 mAh/g, the capacity that the paper calls theoretical.
  private static let lithiumCobaltOxide = 3.6 * 140_000
  /// 18.7 % of pores: fitted with the thickness of the separator to the four gains of figure 1b.
  private static let compositeCathode = Electrode(
    capacity: lithiumCobaltOxide, activeWeight: 0.75, activeDensity: 4790, restDensity: 1860, porosity: 0.187)
  private static let lithium = Electrode(
    capacity: 3.6 * 3_860_000, activeWeight: 1, activeDensity: 534, restDensity: 534, porosity: 0)

  private init(cathode: Electrode, anode: Electrode, voltage: Double) {
    self.cathode = cathode
    self.anode = anode
    self.voltage = voltage
    anodeExcess = 1
    // 37.25 um per mAh/cm2.
    separatorThickness = 37.25e-6 / 36_000
    separatorDensity = 1860
  }

  /// A composite cathode against graphite with electrolyte.
  public static let graphite = CellDesign(
    cathode: compositeCathode,
    anode: Electrode(
      capacity: 3.6 * 372_000, activeWeight: 0.9, activeDensity: 2240, restDensity: 1860, porosity: 0.193),
    voltage: 3.8)
  /// A composite cathode against lithium.
  public static let lithiumMetal = CellDesign(cathode: compositeCathode, anode: lithium, voltage: 3.9)
  /// A dense cathode against lithium.
  public static let dense = CellDesign(
    cathode: Electrode(
      capacity: lithiumCobaltOxide, activeWeight: 1, activeDensity: 4790, restDensity: 4790, porosity: 0),
    anode: lithium, voltage: 3.9)
}

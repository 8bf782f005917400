/// What the crystals of the cathode are made of: their open-circuit potential, and the defaults that it stands for.
///
/// A scenario that states a value keeps it.
public struct CathodeMaterial: Sendable, Equatable {
  /// The name in files, tables and figures.
  public let name: String
  /// The open-circuit potential.
  public let openCircuit: OpenCircuitPotential
  /// The rows in place of those of the parameter table.
  public let rows: [Parameter: Parameter.Entry]
  /// The parameters of which no value is known: a scenario has to give those that it uses.
  public let unknown: Set<Parameter>

  public init(
    name: String, openCircuit: OpenCircuitPotential, rows: [Parameter: Parameter.Entry],
    unknown: Set<Parameter>
  ) {
    self.name = name
    self.openCircuit = openCircuit
    self.rows = rows
    self.unknown = unknown
  }

  /// LiCoO2, of which the parameter table speaks.
  public static let lithiumCobaltOxide = CathodeMaterial(
    name: "lco", openCircuit: .lithiumCobaltOxide, rows: [:], unknown: [])

  /// The parameters of which a material says something, in the order of the table.
  public static let parameters: [Parameter] = [
    .diffusionEnergy, .density, .molarMass, .fastDiffusivity, .slowDiffusivity, .diffusivitySlope,
    .potentialOffset, .exchangeCurrentDensity, .initialContent, .particleDiffusivity,
    .stiffness11, .stiffness12, .stiffness13, .stiffness33, .stiffness44, .chemicalStrainA, .chemicalStrainC,
    .crackGrowthRate, .crackGrowthExponent, .crackThreshold, .fractureToughness, .cleavageToughness,
    .boundaryToughness, .nucleationStrength, .nucleationModulus,
  ]

  /// Gives the parameters their defaults with this material, and the potential.
  public func apply(to parameters: inout ParameterSet) {
    for (parameter, entry) in rows { parameters[parameter] = entry.defaultSI }
    parameters.openCircuit = openCircuit
  }
}

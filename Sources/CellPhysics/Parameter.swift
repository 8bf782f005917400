/// Every numeric input of a run: the key path it has in a scenario file.
///
/// The table below is the only place where a parameter's unit, default, range, meaning and source
/// stand. The scenario reader, `cyclelife check` and the bounds checks come from it.
public enum Parameter: String, CaseIterable, Sendable {
  // MARK: Cell
  case stackPressure = "cell.stack pressure"
  case frameStiffness = "cell.frame stiffness"
  case temperature = "cell.temperature"
  case diffusionEnergy = "cell.diffusion activation energy"
  case kineticsEnergy = "cell.kinetics activation energy"
  case conductionEnergy = "cell.conduction activation energy"
  case nominalCapacity = "cell.nominal capacity"
  case electrodeArea = "cell.electrode area"

  // MARK: Cathode
  case filmThickness = "cathode.thickness"
  case filmWidth = "cathode.width"
  case density = "cathode.density"
  case molarMass = "cathode.molar mass"
  case fastDiffusivity = "cathode.fast diffusivity"
  case slowDiffusivity = "cathode.slow diffusivity"
  case diffusivitySlope = "cathode.diffusivity slope"
  case potentialOffset = "cathode.potential offset"
  case exchangeCurrentDensity = "cathode.exchange current density"
  case initialContent = "cathode.initial lithium content"

  // MARK: Composite
  case activeWeight = "composite.active content"
  case additiveWeight = "composite.additive content"
  case compositePorosity = "composite.porosity"
  case electrolyteDensity = "composite.electrolyte density"
  case additiveDensity = "composite.additive density"
  case particleRadius = "composite.particle radius"
  case particleDiffusivity = "composite.particle diffusivity"
  case particleCoverage = "composite.coverage"
  case electrolyteConductivity = "composite.electrolyte conductivity"
  case ionicThreshold = "composite.ionic threshold"
  case ionicExponent = "composite.ionic exponent"
  case electronicConductivity = "composite.electronic conductivity"
  case electronicThreshold = "composite.electronic threshold"

  // MARK: Microstructure
  case columnSpacing = "microstructure.column spacing"
  case columnSpacingSpread = "microstructure.column spacing spread"
  case crystalAngle = "microstructure.crystal angle"
  case orientationSpread = "microstructure.orientation spread"
  case disorientedFraction = "microstructure.disoriented fraction"
  case grainHeight = "microstructure.grain height"
  case poreFraction = "microstructure.pore fraction"
  case poreRadius = "microstructure.pore radius"

  // MARK: Interface
  case roughness = "interface.roughness"
  case roughnessLength = "interface.roughness correlation length"
  case contactFraction = "interface.contact fraction"
  case contactZonePeriod = "interface.contact zone period"
  case recontactPressure = "interface.recontact pressure"
  case interfaceFriction = "interface.friction"
  case healingTime = "interface.healing time"
  case interphaseGrowth = "interface.interphase growth"
  case infiltratedShare = "interface.infiltrated share"

  // MARK: Separator and counter electrode
  case anodeSideThickness = "separator.anode-side thickness"
  case anodeSideConductivity = "separator.anode-side conductivity"
  case cathodeSideThickness = "separator.cathode-side thickness"
  case cathodeSideConductivity = "separator.cathode-side conductivity"
  case transferenceNumber = "separator.transference number"
  case saltConcentration = "separator.salt concentration"
  case saltDiffusivity = "separator.salt diffusivity"
  case counterPotential = "counter electrode.potential"
  case counterExchangeCurrentDensity = "counter electrode.exchange current density"
  case counterExpansion = "counter electrode.molar expansion"

  // MARK: Mechanics
  case stiffness11 = "mechanics.C11"
  case stiffness12 = "mechanics.C12"
  case stiffness13 = "mechanics.C13"
  case stiffness33 = "mechanics.C33"
  case stiffness44 = "mechanics.C44"
  case chemicalStrainA = "mechanics.chemical strain a"
  case chemicalStrainC = "mechanics.chemical strain c"
  case electrolyteModulus = "mechanics.electrolyte modulus"
  case electrolytePoissonRatio = "mechanics.electrolyte Poisson ratio"
  case electrolyteDepth = "mechanics.electrolyte depth"
  case interfaceStiffness = "mechanics.interface stiffness"
  case foilStiffness = "mechanics.foil tangential stiffness"
  case averagingLength = "mechanics.averaging length"

  // MARK: Degradation
  case flawDensity = "degradation.cracks.flaw density"
  case flawHalfLength = "degradation.cracks.flaw half-length"
  case flawSpread = "degradation.cracks.flaw spread"
  case cleavageFraction = "degradation.cracks.cleavage fraction"
  case cleavageMisalignment = "degradation.cracks.cleavage misalignment"
  case flawInclination = "degradation.cracks.flaw inclination"
  case flawInclinationSpread = "degradation.cracks.flaw inclination spread"
  case crackGrowthRate = "degradation.cracks.growth rate"
  case crackGrowthExponent = "degradation.cracks.growth exponent"
  case crackThreshold = "degradation.cracks.threshold"
  case crackFriction = "degradation.cracks.friction"
  case largestKink = "degradation.cracks.largest kink"
  case fractureToughness = "degradation.cracks.toughness"
  case cleavageToughness = "degradation.cracks.cleavage toughness"
  case boundaryToughness = "degradation.cracks.boundary toughness"
  case nucleationStrength = "degradation.cracks.nucleation strength"
  case nucleationModulus = "degradation.cracks.nucleation modulus"
  case patchLength = "degradation.interface.patch length"
  case debondingRate = "degradation.interface.debonding rate"
  case debondingExponent = "degradation.interface.debonding exponent"
  case toughnessModeI = "degradation.interface.mode I toughness"
  case toughnessModeII = "degradation.interface.mode II toughness"
  case toughnessModulus = "degradation.interface.Weibull modulus"
  case interfaceNormalStrength = "degradation.interface.normal strength"
  case interfaceShearStrength = "degradation.interface.shear strength"

  // MARK: Numerics
  case meshWidth = "numerics.mesh width"
  case depthMeshWidth = "numerics.depth mesh width"
  case interfaceMeshWidth = "numerics.interface mesh width"
  case contactEdgeMeshWidth = "numerics.contact edge mesh width"
  case columnEdgeMeshWidth = "numerics.column edge mesh width"
  case meshGrowth = "numerics.mesh growth"
  case stressInterval = "numerics.stress interval"
  case relativeTolerance = "numerics.relative tolerance"

  /// What kind of knowledge a default is, judged from its source.
  public enum Provenance: String, Sendable, Codable, CaseIterable {
    /// Measured on the cell that is simulated by default.
    case measured
    /// Measured, computed or used in a model for the same materials elsewhere.
    case literature
    /// Chosen so that results agree with measured ones, by a fit or by hand.
    case calibrated
    /// Chosen without a measurement; numerical choices and conventions are among them.
    case assumed
  }

  /// What the table says of a parameter.
  public struct Entry: Sendable, Equatable {
    /// The default value with its unit, as it would be written in a scenario.
    public let defaultText: String
    /// The smallest and largest value accepted, in the unit of the default.
    public let range: ClosedRange<Double>
    /// What the parameter is, in words.
    public let meaning: String
    /// What kind of knowledge the default is.
    public let provenance: Provenance
    /// Where the default comes from.
    public let source: String
    /// The default as a quantity, which takes long to read.
    private let quantity: Quantity

    init(
      defaultText: String, range: ClosedRange<Double>, meaning: String, provenance: Provenance, source: String
    ) {
      self.defaultText = defaultText
      self.range = range
      self.meaning = meaning
      self.provenance = provenance
      self.source = source
      quantity = Quantity(defaultText)!
    }

    /// The unit of the default; any unit of the same dimension is accepted.
    public var unit: Unit { quantity.unit }
    /// The default in SI units.
    public var defaultSI: Double { quantity.si }
    /// The accepted range in SI units.
    public var rangeSI: ClosedRange<Double> {
      unit.toSI(range.lowerBound)...unit.toSI(range.upperBound)
    }

    /// The row with another default, of the same meaning and range.
    public func with(_ defaultText: String, _ provenance: Provenance, _ source: String) -> Entry {
      Entry(
        defaultText: defaultText, range: range, meaning: meaning, provenance: provenance, source: source)
    }
  }

  /// The table row of this parameter.
  public var entry: Entry { Parameter.table[self]! }

  private static let table: [Parameter: Entry] = {
    func row(
      _ defaultText: String, _ range: ClosedRange<Double>, _ meaning: String, _ provenance: Provenance,
      _ source: String
    ) -> Entry {
      Entry(
        defaultText: defaultText, range: range, meaning: meaning, provenance: provenance, source: source)
    }
    let naik = "Naik et al., EES Batteries 1, 1184 (2025)"
    let unmeasured = "no measurement found"
    return [
      .stackPressure: row(
        "10 MPa", 0...500, "pressure applied to the cell along X as it is assembled", .assumed,
        "\(unmeasured); 5-50 MPa typical"),
      .frameStiffness: row(
        "0 MPa/um", 0...1e4, "rise of the pressure as the cell grows thicker; 0: constant pressure", .assumed,
        "springs; 1 MPa/um is a soft frame, 50 MPa/um a rigid one"),
      .temperature: row(
        "25 degC", -50...150, "temperature of the cell where a step states none", .measured, naik),
      .diffusionEnergy: row(
        "18.6 kJ/mol", 0...300, "activation energy of diffusion in the cathode", .literature,
        "model inputs for LiCoO2 from 5 (Ai et al., JES 167, 013512 (2020)) to 18.6; acts away from 25 degC"),
      .kineticsEnergy: row(
        "39.6 kJ/mol", 0...300, "activation energy of charge transfer at both electrodes", .literature,
        "LiCoO2 and liquids in PyBaMM's Ramadass2004 and Marquis2019; acts away from 25 degC"),
      .conductionEnergy: row(
        "34 kJ/mol", 0...300, "activation energy of conduction in separator and electrolyte", .literature,
        "0.35 eV; halides have 0.30 to 0.45 eV, Nguyet et al., 10.1039/D4MA00405A (2024); acts away from 25 degC"
      ),
      .nominalCapacity: row(
        "1.55 mAh/cm2", 0.001...100, "areal capacity that defines 1C", .measured, "\(naik), sec. 2"),
      .electrodeArea: row(
        "1 cm2", 1e-6...1e6, "area that turns current densities into amperes in the files", .assumed,
        "convention"),

      .filmThickness: row(
        "23.1 um", 0.5...500, "cathode thickness", .measured,
        "1.55 mAh/cm2 over 140 mAh/g and 4.79 g/cm3; \(naik)"),
      .filmWidth: row(
        "40 um", 1...1000, "periodic width of the simulated section", .assumed, "numerical choice"),
      .density: row(
        "4.79 g/cm3", 1...10, "density of the film", .measured, "implied by Fig. 7 of \(naik)"),
      .molarMass: row(
        "97.873 g/mol", 10...500, "molar mass of the active material", .literature, "atomic masses"),
      .fastDiffusivity: row(
        "3.81e-9 cm2/s", 1e-16...1e-4,
        "diffusivity along the layers (a-b plane) of the film's crystals at lithium content 0.75",
        .calibrated,
        "fitted jointly to capacities and energies of \(naik), Figs. 4e, 5a, 7"),
      .slowDiffusivity: row(
        "2.56e-12 cm2/s", 1e-18...1e-4,
        "diffusivity across the layers (c axis) at lithium content 0.75", .calibrated,
        "fitted with it; (003) films: 2e-13 to 8e-12, Xia, Lu & Ceder, J. Power Sources 159, 1422 (2006)"),
      .diffusivitySlope: row(
        "1.5 1", -50...50, "b in D(x) = D(0.75) exp(b (0.75 - x))", .assumed,
        "held: the fit leaves it between 0 and 4; \(naik) report one diffusivity"),
      .potentialOffset: row(
        "-0.124 V", -1...1, "added to the tabulated open-circuit potential", .calibrated,
        "fitted to the energies of \(naik), Fig. 7; no independent support"),
      .exchangeCurrentDensity: row(
        "0.72 A/m2", 1e-6...1e6,
        "exchange current density of the cathode against the solid electrolyte at content 0.5, per true area",
        .calibrated,
        "held at the value fitted earlier to \(naik), Figs. 4e, 5a, 7; known to a factor of ten"),
      .initialContent: row(
        "0.98 1", 0.46...0.9989, "uniform lithium content of the assembled cell", .assumed, unmeasured),

      .activeWeight: row(
        "80 %", 1...100, "mass of active material over that of a composite cathode", .assumed,
        "60 to 95 % in \(naik), Fig. 7"),
      .additiveWeight: row(
        "4 %", 0...50, "mass of carbon and binder over that of a composite cathode", .literature,
        "implied by the densities of \(naik), Fig. 7"),
      .compositePorosity: row(
        "0 %", 0...60, "pores of a composite cathode", .literature,
        "implied by the densities of \(naik), Fig. 7; pressed ones have 13 to 17 %"),
      .electrolyteDensity: row(
        "1.82 g/cm3", 0.5...10, "density of the electrolyte in a composite cathode", .literature,
        "implied by \(naik), Fig. 7; Li6PS5Cl: 1.86"),
      .additiveDensity: row(
        "1.75 g/cm3", 0.5...10, "density of carbon and binder", .literature, "implied by \(naik), Fig. 7"),
      .particleRadius: row(
        "2.3 um", 0.05...50, "radius of the particles of a composite cathode", .calibrated,
        "fitted to four composite rows of \(naik), Figs. 7 and S13f, at their diffusivity; 1.5 to 5 um plausible"
      ),
      .particleDiffusivity: row(
        "1e-11 cm2/s", 1e-18...1e-4, "diffusivity in these particles at lithium content 0.75", .literature,
        "polycrystals of all directions: \(naik), sec. 2"),
      .particleCoverage: row(
        "50 %", 0.01...100, "share of their surface that electrolyte covers", .literature,
        "20 to 50 %: Minnmann et al. (2024)"),
      .electrolyteConductivity: row(
        "1.6 mS/cm", 1e-6...1e4, "ionic conductivity of the electrolyte in a composite cathode", .literature,
        "Li6PS5Cl, Yun et al. (2023)"),
      .ionicThreshold: row(
        "0.08 1", 0...0.9, "volume fraction of electrolyte below which no ion passes", .assumed,
        "between those of 90 and 95 % active content, of which \(naik), Fig. 7a, has one alive"
      ),
      .ionicExponent: row(
        "2 1", 0.5...10, "exponent of the ionic conductivity beyond it", .literature,
        "that of percolation in three dimensions: Stauffer & Aharony (1994)"),
      .electronicConductivity: row(
        "10 mS/cm", 1e-9...1e6, "electronic conductivity of active material and carbon", .assumed,
        "LiCoO2 is above 1e-4 S/cm and a metal below content 0.75; carbon is better"),
      .electronicThreshold: row(
        "0.3 1", 0...0.9, "volume fraction of both below which no electron passes", .assumed,
        "45 % for particles of 3 um without carbon: Bielefeld et al., J. Phys. Chem. C 123, 1626 (2019)"),

      .columnSpacing: row("5 um", 0.5...1000, "median width of the crystal columns", .assumed, unmeasured),
      .columnSpacingSpread: row(
        "0.4 1", 0...1.5, "standard deviation of the logarithm of the column width", .assumed, unmeasured),
      .crystalAngle: row(
        "0 deg", -90...90, "mean angle of the c axis from Y (0: layers along the flux)", .measured,
        "(003) planes perpendicular to the collector: \(naik)"),
      .orientationSpread: row(
        "3 deg", 0...45, "standard deviation of the crystal angle between columns", .assumed,
        "\(unmeasured); chosen with the rows of validate in view"),
      .disorientedFraction: row(
        "0 %", 0...100, "share of the crystals whose c axis points anywhere in the section", .assumed,
        unmeasured),
      .grainHeight: row(
        "1000 um", 0.5...1e6,
        "median height of the crystals; one that exceeds the thickness makes columns of one crystal",
        .measured,
        "columns through the thickness: \(naik)"),
      .poreFraction: row(
        "0 %", 0...30, "area share of round pores", .assumed, "4.79 of 5.05 g/cm3 leaves 5 % void in all"),
      .poreRadius: row("0.6 um", 0.1...10, "radius of the pores", .assumed, unmeasured),

      .roughness: row(
        "0.84 um", 0...20, "root mean square roughness of the interface", .measured, "\(naik), Fig. 4c"),
      .roughnessLength: row(
        "0.389 um", 0.01...100, "correlation length of the roughness", .calibrated,
        "makes 0.84 um give four times the flat area, \(naik), Fig. 4c"),
      .contactFraction: row(
        "1 1", 0...1, "share of the interface in contact before cycling", .literature, naik),
      .contactZonePeriod: row(
        "13 um", 0.5...1000,
        "period of the initial contact zones; they are fitted to the width", .assumed,
        "brings the fitted slow diffusivity near 2e-12 cm2/s, within that of (003) films"),
      .recontactPressure: row(
        "800 MPa", 0...1e5, "p_c in the recovered contact sqrt(p/p_c) of a debonded patch", .assumed,
        "chosen for a halide; the exponent is that of Li6PS5Cl contacts, arXiv 2501.00600"),
      .interfaceFriction: row(
        "0.3 1", 0...2, "friction coefficient of the debonded interface under pressure", .assumed, unmeasured),
      .healingTime: row(
        "0 h", 0...1e9,
        "time in which what is debonded bonds again where it is pressed back in full; 0: never",
        .assumed, "a halide is taken as elastic"),
      .interphaseGrowth: row(
        "0 ohm cm2 d^-0.5", 0...1e6,
        "growth with the square root of time of the interphase's resistance, per true area in contact",
        .assumed,
        "none by default; estimates from Yun et al. (2023): 10 for a halide, 130 for Li6PS5Cl"),
      .infiltratedShare: row(
        "0 1", 0...1,
        "share of the faces of open cracks and pores on which the electrolyte exchanges lithium", .literature,
        "a solid stays outside"),

      .anodeSideThickness: row(
        "125 um", 0...10000, "thickness of the electrolyte at the counter electrode", .assumed,
        "250 um in all: \(naik); split assumed"),
      .anodeSideConductivity: row(
        "1.6 mS/cm", 1e-6...1e4, "its ionic conductivity", .literature,
        "Li6PS5Cl; ten reports average 1.06 mS/cm"),
      .cathodeSideThickness: row(
        "125 um", 0.1...10000, "thickness of the electrolyte at the cathode", .assumed,
        "250 um in all: \(naik); split assumed"),
      .cathodeSideConductivity: row(
        "1.2 mS/cm", 1e-6...1e4, "its ionic conductivity", .literature, "Li3InCl6, literature"),
      .transferenceNumber: row(
        "1 1", 0...1, "share of the current that lithium ions carry in the separator", .literature,
        "solid electrolytes conduct lithium ions alone"),
      .saltConcentration: row(
        "1 mol/L", 0.001...20, "mean concentration of salt; of no effect where lithium ions alone conduct",
        .literature, "LiPF6 in EC:DMC, usual"),
      .saltDiffusivity: row(
        "7.1e-7 cm2/s", 1e-12...1, "effective diffusivity of the salt in the separator; likewise",
        .literature,
        "2.8e-6 cm2/s at 1 mol/L, Marquis et al. (2019), in 40 % pores: times 0.4^1.5"),
      .counterPotential: row(
        "0.62 V", -1...4, "equilibrium potential of the counter electrode against Li", .literature,
        "In + InLi two-phase electrode"),
      .counterExchangeCurrentDensity: row(
        "25.7 A/m2", 1e-3...1e7, "exchange current density of the counter electrode", .literature,
        "10 ohm cm2 of Li-In against Li6PS5Cl"),
      .counterExpansion: row(
        "7.8 cm3/mol", -50...50, "volume that a mole of lithium adds to the counter electrode", .literature,
        "densities of In and InLi, from memory; 13 cm3/mol for lithium metal"),

      .stiffness11: row("350 GPa", 1...2000, "stiffness of the crystal along a", .assumed, unmeasured),
      .stiffness12: row("110 GPa", 0...2000, "stiffness coupling within the layers", .assumed, unmeasured),
      .stiffness13: row("75 GPa", 0...2000, "stiffness coupling of a and c", .assumed, unmeasured),
      .stiffness33: row("230 GPa", 1...2000, "stiffness of the crystal along c", .assumed, unmeasured),
      .stiffness44: row("50 GPa", 0.1...2000, "shear stiffness of the layers", .assumed, unmeasured),
      .chemicalStrainA: row(
        "0.0064 1", -0.5...0.5, "strain along a per unit lithium content", .literature,
        "lattice of LixCoO2 after Reimers & Dahn, JES 139, 2091 (1992), from memory"),
      .chemicalStrainC: row(
        "-0.052 1", -0.5...0.5, "strain along c per unit lithium content", .literature,
        "lattice of LixCoO2 after Reimers & Dahn, JES 139, 2091 (1992), from memory"),
      .electrolyteModulus: row(
        "20 GPa", 0.01...500, "effective Young's modulus of the electrolyte", .literature, "pressed halide"),
      .electrolytePoissonRatio: row(
        "0.37 1", 0...0.49, "Poisson ratio of the electrolyte", .literature,
        "that of Li6PS5Cl, first principles"),
      .electrolyteDepth: row(
        "15 um", 0.5...1000, "depth of electrolyte included in the stress analysis", .assumed,
        "three column widths: stresses of the columns decay within one"),
      .interfaceStiffness: row(
        "4e17 Pa/m", 1e12...1e22, "stiffness of the bonded interface per area", .assumed,
        "electrolyte modulus over 0.05 um"),
      .foilStiffness: row(
        "1e13 Pa/m", 1e6...1e20, "tangential stiffness between column roots and foil", .assumed,
        "holds a fully debonded column in place, without effect otherwise"),
      .averagingLength: row(
        "0.5 um", 0.01...50, "length over which stresses are averaged before use", .assumed, unmeasured),

      .flawDensity: row(
        "0.3 /um2", 0...100, "initial flaws per area of section", .assumed, unmeasured),
      .flawHalfLength: row("0.2 um", 0.001...10, "median half-length of the flaws", .assumed, unmeasured),
      .flawSpread: row(
        "0.7 1", 0...2, "standard deviation of the logarithm of the flaw length", .assumed, unmeasured),
      .cleavageFraction: row(
        "90 %", 0...100, "share of the flaws that lie on (003) planes, the others at any angle", .assumed,
        unmeasured),
      .cleavageMisalignment: row(
        "5 deg", 0...45, "standard deviation of the angle of the former from the (003) plane", .assumed,
        unmeasured),
      .flawInclination: row(
        "90 deg", 0...180, "mean angle of the other flaws from the collector", .assumed,
        "none, with the spread of 90 deg"),
      .flawInclinationSpread: row(
        "90 deg", 0...90, "by how much their angles differ from it at most; 90 deg: random directions",
        .assumed,
        unmeasured),
      .crackGrowthRate: row(
        "0.55 um", 0...1e4, "crack growth per cycle at a stress intensity range of 1 MPa m^0.5", .calibrated,
        "fitted by hand to \(naik), Fig. 5a; 0.62 um in Ai et al., JES 167, 013512 (2020), a decade uncertain"
      ),
      .crackGrowthExponent: row(
        "2.2 1", 1...20, "exponent of the stress intensity range", .literature,
        "Ai et al., JES 167, 013512 (2020)"),
      .crackThreshold: row(
        "0.05 MPa m^0.5", 0...10, "stress intensity range below which a crack rests", .assumed, unmeasured),
      .crackFriction: row("0.3 1", 0...2, "friction coefficient of closed cracks", .assumed, unmeasured),
      .largestKink: row(
        "0 deg", 0...90, "largest angle at which a tip leaves its line for the layers of its crystal",
        .assumed,
        "cracks stay straight; 90 deg lets tips turn wherever that releases more over what it takes"),
      .fractureToughness: row(
        "1.1 MPa m^0.5", 0.01...100, "fracture toughness across the layers", .assumed,
        "three times the energy of cleavage; indentation of LiCoO2 gives 0.9-1.3 MPa m^0.5"),
      .cleavageToughness: row(
        "0.64 MPa m^0.5", 0.01...100, "fracture toughness along the layers, on (003) planes", .literature,
        "2 J/m2, twice the surface energy of (003), and 190 GPa"),
      .boundaryToughness: row(
        "0.78 MPa m^0.5", 0.01...100, "fracture toughness of boundaries between crystals", .assumed,
        "3 J/m2 and 190 GPa"),
      .nucleationStrength: row(
        "1600 MPa", 10...1e6,
        "scale of the tension on layers at which 1 um2 of section cracks without a drawn flaw", .assumed,
        "one flaw per um2 of more than 0.05 um half-length, where the drawn flaws run out, at the cleavage toughness"
      ),
      .nucleationModulus: row(
        "8 1", 1...1000, "Weibull modulus of that strength", .assumed, "5 to 15 for ceramics"),
      .patchLength: row(
        "0.7 um", 0.05...50, "length of the patches in which the interface debonds", .assumed, unmeasured),
      .debondingRate: row(
        "1 1", 0...1e9,
        "share of its toughness that a patch loses per cycle whose energy release rate equals it",
        .calibrated, "fitted by hand to \(naik), Fig. 5a"),
      .debondingExponent: row(
        "2.7 1", 0.5...20, "exponent of the energy release rate over the toughness", .assumed, unmeasured),
      .toughnessModeI: row(
        "1 J/m2", 1e-6...1e4, "mode I toughness of the interface per true area", .literature,
        "model input for cathode and Li6PS5Cl: Bucci et al., Phys. Rev. Mater. 2, 105407 (2018)"),
      .toughnessModeII: row(
        "4 J/m2", 1e-6...1e4, "mode II toughness of the interface per true area", .assumed, unmeasured),
      .toughnessModulus: row(
        "6 1", 1...1000, "Weibull modulus of the patch toughness", .assumed, unmeasured),
      .interfaceNormalStrength: row(
        "100 MPa", 0.01...1e5, "normal strength of the interface per true area", .literature,
        "model input for cathode and Li6PS5Cl: Bucci et al., Phys. Rev. Mater. 2, 105407 (2018)"),
      .interfaceShearStrength: row(
        "250 MPa", 0.01...1e5, "shear strength of the interface per true area", .assumed, unmeasured),

      .meshWidth: row("0.35 um", 0.02...10, "largest cell width in plane", .assumed, "numerical choice"),
      .depthMeshWidth: row(
        "0.6 um", 0.02...10, "largest cell width through the thickness", .assumed, "numerical choice"),
      .interfaceMeshWidth: row(
        "0.1 um", 0.005...5, "cell width through the thickness at the interface", .assumed,
        "numerical choice"),
      .contactEdgeMeshWidth: row(
        "0.02 um", 0.002...5, "cell width in plane at the edges of initial contact zones", .assumed,
        "numerical choice"),
      .columnEdgeMeshWidth: row(
        "0.05 um", 0.002...5, "cell width in plane at the boundaries of differently tilted columns", .assumed,
        "numerical choice"),
      .meshGrowth: row(
        "1.25 1", 1...2, "ratio of neighbouring cell widths through the thickness", .assumed,
        "numerical choice"),
      .stressInterval: row(
        "0.06 1", 0.001...1, "change of the mean lithium content between two stress evaluations", .assumed,
        "numerical choice"),
      .relativeTolerance: row(
        "1e-4 1", 1e-10...0.01, "bound on the local error of lithium content and voltage", .assumed,
        "numerical choice"),
    ]
  }()
}

/// A value for every ``Parameter``, in SI units.
public struct ParameterSet: Sendable, Equatable {
  private var values: [Parameter: Double]
  /// The open-circuit potential of the cathode, which is no number.
  public var openCircuit = OpenCircuitPotential.lithiumCobaltOxide

  /// The defaults of the parameter table.
  public static let defaults = ParameterSet(
    values: Dictionary(
      uniqueKeysWithValues: Parameter.allCases.map { ($0, $0.entry.defaultSI) }))

  public subscript(_ parameter: Parameter) -> Double {
    get { values[parameter]! }
    set { values[parameter] = newValue }
  }
}

import CellModel
import CellPhysics

/// What the stresses of a cycle say of the model: whether forces balance, and whether the film could bear them.
public struct StressAudit: Sendable, Equatable, Codable {
  /// Share of the section whose averaged principal stress exceeds ``highStress`` in some state.
  public internal(set) var highStressShare = 0.0
  /// Share of the interface whose averaged tractions exceed its mean strength in some state, as a cycle finds it.
  public internal(set) var overloadedShare = 0.0
  /// Mean stress YY of the film in the state where it is largest, Pa, and its moment about half the thickness per
  /// width, N: positive when the electrolyte side is in tension.
  public internal(set) var meanInPlaneStress = 0.0
  public internal(set) var inPlaneMoment = 0.0
  /// Mean free strain of the film in plane where it is largest: foil and electrolyte follow it.
  public internal(set) var meanInPlaneStrain = 0.0
  /// The largest difference of the force through any plane along the collector from that of the pressure, over the
  /// largest stress XX: zero but for round-off.
  public internal(set) var forceBalanceError = 0.0
  /// Evaluations of the cycle in which contact of cracks or springs of the interface did not settle.
  public internal(set) var unsettledEvaluations = 0

  /// No crystal bears this, Pa.
  public static let highStress = 1e9
}

/// Makes the ``StressAudit`` of a cycle, state by state.
struct StressAuditor {
  private(set) var audit = StressAudit()

  private let mesh: Mesh
  private let areas: [Double]
  /// Free strain YY of each cell per change of content.
  private let swelling: [Double]
  private let bond: CohesiveLaw
  private var isHigh: [Bool]
  private var isOverloaded: [Bool]

  init(mesh: Mesh, parameters p: ParameterSet) {
    self.mesh = mesh
    areas = (0..<mesh.cellCount).map {
      mesh.isSolid[$0] ? mesh.area($0 / mesh.yCount, $0 % mesh.yCount) : 0
    }
    swelling = mesh.crystalAngle.map {
      Elasticity.chemicalStrainInCell(
        contentChange: 1, betaA: p[.chemicalStrainA], betaC: p[.chemicalStrainC], angle: $0
      ).yy
    }
    bond = CohesiveLaw(p)
    isHigh = [Bool](repeating: false, count: mesh.cellCount)
    isOverloaded = [Bool](repeating: false, count: mesh.yCount)
  }

  /// Takes one state: its stresses, those averaged, its change of content and its pressure.
  mutating func take(_ field: StressField, averaged: StressField, contentChange: [Double], pressure: Double) {
    if mesh.isDivided {
      // Particles have neither a plane nor a force through it.
      (audit.meanInPlaneStress, audit.inPlaneMoment) = (.nan, .nan)
      (audit.meanInPlaneStrain, audit.forceBalanceError) = (.nan, .nan)
    } else {
      balance(field, pressure)
      inPlane(field, contentChange)
    }
    for cell in 0..<mesh.cellCount where mesh.isSolid[cell] && !isHigh[cell] {
      let principal = StressInCell(
        xx: averaged.xx[cell], yy: averaged.yy[cell], zz: 0, xy: averaged.xy[cell]
      ).principalInPlane.largest
      isHigh[cell] = principal > StressAudit.highStress
    }
    for j in 0..<mesh.yCount
    where bond.onset(
      normal: averaged.interfaceNormal[j], shear: averaged.interfaceShear[j] - averaged.interfaceFriction[j])
      > 1
    {
      isOverloaded[j] = true
    }
    let high = zip(isHigh, areas).reduce(0) { $0 + ($1.0 ? $1.1 : 0) }
    audit.highStressShare = high / areas.reduce(0, +)
    audit.overloadedShare =
      (0..<mesh.yCount).reduce(0) { $0 + (isOverloaded[$1] ? mesh.yWidth($1) : 0) } / mesh.width
  }

  private mutating func balance(_ field: StressField, _ pressure: Double) {
    let largest = field.xx.reduce(pressure) { max($0, abs($1)) }
    guard largest > 0 else { return }
    for i in 0..<mesh.xCount {
      let mean =
        (0..<mesh.yCount).reduce(0) { $0 + field.xx[i * mesh.yCount + $1] * mesh.yWidth($1) } / mesh.width
      audit.forceBalanceError = max(audit.forceBalanceError, abs(mean + pressure) / largest)
    }
  }

  private mutating func inPlane(_ field: StressField, _ contentChange: [Double]) {
    var (force, moment, strain) = (0.0, 0.0, 0.0)
    for cell in 0..<mesh.cellCount where mesh.isSolid[cell] {
      force += areas[cell] * field.yy[cell]
      moment += areas[cell] * field.yy[cell] * (0.5 * mesh.thickness - mesh.xCentre(cell / mesh.yCount))
      strain += areas[cell] * swelling[cell] * contentChange[cell]
    }
    let stress = force / (mesh.width * mesh.thickness)
    if abs(stress) > abs(audit.meanInPlaneStress) { audit.meanInPlaneStress = stress }
    if abs(moment / mesh.width) > abs(audit.inPlaneMoment) { audit.inPlaneMoment = moment / mesh.width }
    let mean = strain / areas.reduce(0, +)
    if abs(mean) > abs(audit.meanInPlaneStrain) { audit.meanInPlaneStrain = mean }
  }
}

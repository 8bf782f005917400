import CellPhysics

/// The stresses of the particles of a composite cathode and of their bonds to the electrolyte.
///
/// Each in-plane cell of the mesh stands for equal particles, which feel the pressure but not one another. Law:
/// ``CellPhysics/ParticleElasticity``; a debonded share of the surface carries compression alone.
public struct ParticleStresses: Sendable {
  private let mesh: Mesh
  private let elasticity: ParticleElasticity
  private let bond: Double

  public init(mesh: Mesh, parameters p: ParameterSet) {
    self.mesh = mesh
    elasticity = ParticleElasticity(p)
    bond = p[.interfaceStiffness]
  }

  /// The stresses in a state: XX radial, YY and ZZ along the surface; normal stresses of the interface.
  ///
  /// - Parameter interfaceDamage: share of the surface that has debonded, in each in-plane cell.
  public func field(_ loading: StressLoading, interfaceDamage: [Double]) -> StressField {
    let (rows, columns, radius) = (mesh.xCount, mesh.yCount, mesh.thickness)
    var (radial, hoop) = (
      [Double](repeating: 0, count: mesh.cellCount), [Double](repeating: 0, count: mesh.cellCount)
    )
    var tractions = [Double](repeating: 0, count: columns)
    let volumes = (0..<rows).map { mesh.area($0, 0) }
    let whole = volumes.reduce(0, +)
    for j in 0..<columns {
      func strain(_ i: Int) -> Double {
        elasticity.strainPerContent * loading.contentChange[i * columns + j]
      }
      let mean = (0..<rows).reduce(0) { $0 + volumes[$1] * strain($1) } / whole
      func traction(_ stiffness: Double) -> Double {
        elasticity.surfaceTraction(
          meanStrain: mean, pressure: loading.pressure, radius: radius, bond: stiffness)
      }
      let kept = max(1 - interfaceDamage[j], 1e-9)
      let bonded = traction(bond)
      tractions[j] = bonded > 0 ? traction(bond * kept) : bonded
      // From the centre outward: what lies within the middle of each shell.
      var (volume, swelling) = (0.0, 0.0)
      for i in (0..<rows).reversed() {
        let (half, here) = (0.5 * volumes[i], strain(i))
        let inside = (swelling + half * here) / (volume + half)
        let stress = elasticity.stress(traction: tractions[j], whole: mean, inside: inside, here: here)
        radial[i * columns + j] = stress.radial
        hoop[i * columns + j] = stress.hoop
        volume += volumes[i]
        swelling += volumes[i] * here
      }
    }
    return StressField(
      xx: radial, yy: hoop, xy: radial.map { _ in 0 }, zz: hoop, interfaceNormal: tractions,
      interfaceShear: tractions.map { _ in 0 }, outOfPlaneStrain: 0)
  }
}

import CellModel
import CellPhysics

/// The film in one dimension: what replaces columns, pores and cracks when `fidelity` is `1D`.
///
///     D_XX^-1 = D_0^-1 + pi alpha / sqrt(D_f D_s),   alpha = (1/A) sum of a^2 (n . t)^2 over the cracks
///
/// D_0: steady flux through the uncracked section in full contact, times thickness over potential, m2/s at
/// lithium content 0.75; D_f, D_s: diffusivities of a crystal; a, n: half-length and normal of a crack; t:
/// the direction of the layers of its crystal; A: area of the section. sqrt(det) of any two-dimensional
/// polycrystal is sqrt(D_f D_s) (Dykhne). Kinetics take the mean contact: i / (A_r f) everywhere. Pores
/// thin the lithium inventory. What is lost: gradients along Y, shadows of cracks and of lost contact.
/// Source: E4 of the page Governing equations, summed over cracks that do not feel one another.
struct HomogenisedFilm {
  /// The mesh of one cell in plane.
  let mesh: Mesh
  private let uncracked: Double
  private let meanDiffusivity: Double
  private let solidShare: Double

  /// Averages a section, in full contact and without cracks.
  ///
  /// - Throws: `NumericalError` when the section lets nothing through.
  init(_ mesh: Mesh, parameters p: ParameterSet) throws {
    uncracked = try ElectrochemicalCell.effectiveDiffusivity(of: mesh, parameters: p)
    meanDiffusivity = (p[.fastDiffusivity] * p[.slowDiffusivity]).squareRoot()
    solidShare = mesh.solidArea / (mesh.thickness * mesh.width)
    self.mesh = Mesh(
      xEdges: mesh.xEdges, yEdges: [0, mesh.width], columnOfY: [0],
      isSolid: [Bool](repeating: true, count: mesh.xCount),
      crystalAngle: [Double](repeating: 0, count: mesh.xCount))
  }

  /// The cell in one dimension with the given parameters.
  func cell(_ parameters: ParameterSet) throws -> ElectrochemicalCell {
    var p = parameters
    // Less lithium per volume of film: what pores leave.
    p[.density] *= solidShare
    return try ElectrochemicalCell(
      mesh: mesh, parameters: p, diffusivity: diffusivity(cracks: [], angles: []))
  }

  /// The diffusivity of each cell with `cracks` in crystals of the given angles, m2/s at content 0.75.
  ///
  /// Larger than that of the film where pores leave less lithium to move.
  func diffusivity(cracks: [Crack], angles: [Double]) -> [PlaneTensor] {
    let through = effectiveDiffusivity(cracks: cracks, angles: angles) / solidShare
    // No flux along Y in one cell: any value does.
    return [PlaneTensor](repeating: PlaneTensor(xx: through, xy: 0, yy: through), count: mesh.cellCount)
  }

  /// The effective diffusivity through the film with `cracks`, m2/s at content 0.75.
  func effectiveDiffusivity(cracks: [Crack], angles: [Double]) -> Double {
    let area = mesh.thickness * mesh.width
    let density = zip(cracks, angles).reduce(0) { sum, pair in
      let (crack, angle) = pair
      let along = Diffusion.layerDirection(angle: angle)
      let facing = crack.normal.x * along.x + crack.normal.y * along.y
      return sum + crack.halfLength * crack.halfLength * facing * facing / area
    }
    return 1 / (1 / uncracked + .pi * density / meanDiffusivity)
  }
}

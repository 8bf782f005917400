import CellPhysics
import Numerics

/// What loads a film in one state.
public struct StressLoading: Sendable, Equatable, Codable {
  /// Lithium content less that of the stress-free state, per film cell; ignored in pores.
  public var contentChange: [Double]
  /// Stack pressure, Pa.
  public var pressure: Double

  public init(contentChange: [Double], pressure: Double) {
    (self.contentChange, self.pressure) = (contentChange, pressure)
  }
}

/// A load of the unknowns, with one place more than they are, and a force of the film out of the section, N/m.
struct NodalLoad {
  var nodal: [Double]
  var outOfPlane: Double
}

/// Displacements, with one place more than unknowns, and the strain out of the section.
struct RelaxedFilm {
  var displacement: [Double]
  var strain: Double
}

/// The stress that lithium content, stack pressure and a debonding interface cause in film and
/// electrolyte.
///
/// Equation: div s = 0 with s = C (e - e_free) in the film, s = C e in the electrolyte; plane strain of
/// the electrolyte, generalised plane strain e_Z of the film with zero mean stress ZZ.
/// Symbols: s, stress, Pa; C, stiffness, Pa; e, strain; e_free, chemical strain of the content change.
///
/// Boundaries, and what they assume:
/// - All displacements are relative to the film's area-mean in-plane free strain, which is subtracted
///   from its strain YY: foil and electrolyte follow it. In Z the film is free of both.
/// - Where two columns meet, each has its own displacement in Y and the boundary carries no stress YY: no
///   tension, because columns do not hold together, and no compression, because the mean in-plane force of the
///   film is zero. The displacement in X is shared: columns interlock and pass on shear. A side that is not
///   upright goes in steps of the mesh, of which those along Y pass on stress XX and no shear. A film of one
///   column is continuous and periodic, held at its mean free strain: pressure alone then leaves a Poisson
///   stress YY of some tenths of itself.
/// - At the collector a roller in X and a tangential spring per area; in Y everything is periodic.
/// - The electrolyte ends at a given depth, where the stack pressure acts.
/// - Film and electrolyte are joined by springs per area, tangential and normal, at the nodes. Damage
///   takes its share of both, but not of a normal spring in compression, and what it took rubs where it is pressed.
///
/// Valid for: small strains, upright columns, linear elasticity. Not for: yielding, contact pressure between columns. Where content varies through the depth, the bonded
/// electrolyte holds the column ends at the film's mean strain; the stress there is singular at the column
/// edges and elastic, so it is an upper bound for a yielding electrolyte.
/// Source: displacement method; element see `PlaneElement`, damaged springs see `SpringUpdate`.
///
/// The stiffness is factorised once. An evaluation costs one back-substitution, or two and a dense
/// system of the damaged springs; that of several states at once costs less than each alone.
public struct StressModel {
  /// Evaluations whose set of open springs did not settle; their springs in doubt were taken as open.
  public private(set) var unsettledEvaluations = 0

  /// Right-hand sides solved for by evaluations.
  ///
  /// What is prepared once is left out: a run that was interrupted prepares it again, and still tells the same.
  public var solves: Int { factor.solves - preparingSolves }

  let system: StressSystem
  let factor: SparseCholesky
  /// Displacement of a unit out-of-plane strain, and the load that it belongs to.
  let unitDisplacement: [Double]
  let unitLoad: [Double]
  /// Film force per out-of-plane strain, with the displacement that it entails.
  let outOfPlaneStiffness: Double
  /// Made at the first evaluation with damage.
  private var update: SpringUpdate?
  var preparingSolves: Int

  /// Assembles and factorises the intact structure.
  ///
  /// - Throws: ``NumericalError`` when the stiffness is not positive definite.
  public init(mesh: Mesh, parameters: ParameterSet) throws {
    let system = StressSystem(mesh: mesh, parameters: parameters)
    let springs = system.springs
    factor = try SparseCholesky(
      system.matrix(springStiffness: (0..<springs.count).map { springs.stiffness($0) }),
      storage: .supernodal)
    let rest = [Double](repeating: 0, count: mesh.cellCount)
    unitLoad = system.load(contentChange: rest, outOfPlaneStrain: 1, pressure: 0)
    unitDisplacement = try factor.solve(Array(unitLoad.dropLast())) + [0]
    outOfPlaneStiffness =
      system.outOfPlaneForce(contentChange: rest).perStrain - dot(unitLoad, unitDisplacement)
    preparingSolves = factor.solves
    self.system = system
  }

  /// The stress field of one state, see ``fields(of:interfaceDamage:)``.
  ///
  /// - Throws: ``NumericalError`` when a solve fails.
  public mutating func solve(contentChange: [Double], interfaceDamage: [Double], pressure: Double) throws
    -> StressField
  {
    try fields(
      of: [StressLoading(contentChange: contentChange, pressure: pressure)], interfaceDamage: interfaceDamage)[
        0]
  }

  /// The stress fields of several states of one damage.
  ///
  /// All are substituted at once: the factor passes through memory once for all of them.
  /// - Parameter interfaceDamage: per in-plane face, 0 (bonded) to 1 (debonded).
  /// - Throws: ``NumericalError`` when a solve fails.
  public mutating func fields(of loadings: [StressLoading], interfaceDamage: [Double]) throws -> [StressField]
  {
    precondition(interfaceDamage.count == system.grid.yCount)
    let springs = system.springs
    var loads = loadings.map { system.nodalLoad($0) }
    var relaxed = try relax(loads)
    var bonds = loadings.map { _ in SpringUpdate.Outcome.intact(springs) }
    if interfaceDamage.contains(where: { $0 > 0 }) {
      let (update, reductions) = (try springUpdate(), springs.reductions(damage: interfaceDamage))
      let grips = springs.grips(damage: interfaceDamage)
      for index in loads.indices {
        var memory: SpringUpdate.Memory?
        bonds[index] = try update.solve(
          intactJumps: springs.jumps(relaxed[index].displacement), reductions: reductions, grips: grips,
          memory: &memory)
        if !bonds[index].settled { unsettledEvaluations += 1 }
        springs.add(forces: bonds[index].forces, to: &loads[index].nodal)
      }
      relaxed = try relax(loads)
    }
    return loadings.indices.map { index in
      let stresses = system.stresses(
        displacement: relaxed[index].displacement, contentChange: loadings[index].contentChange,
        outOfPlaneStrain: relaxed[index].strain)
      return field(stresses, relaxed[index], damage: interfaceDamage, bond: bonds[index])
    }
  }

  /// The field with given stresses of the cells, whose displacement gives the tractions of the interface.
  func field(
    _ stresses: [StressInCell], _ relaxed: RelaxedFilm, damage: [Double], bond: SpringUpdate.Outcome
  ) -> StressField {
    let springs = system.springs
    let tractions = springs.tractions(
      jumps: springs.jumps(relaxed.displacement), damage: damage, bond: bond, lengths: system.grid.heights
    )
    return StressField(
      xx: stresses.map(\.xx), yy: stresses.map(\.yy), xy: stresses.map(\.xy), zz: stresses.map(\.zz),
      interfaceNormal: tractions.normal, interfaceShear: tractions.shear,
      interfaceFriction: tractions.friction, outOfPlaneStrain: relaxed.strain)
  }

  /// What loads do to the intact structure, at the out-of-plane strain without mean force.
  func relax(_ loads: [NodalLoad]) throws -> [RelaxedFilm] {
    let count = factor.count
    var block = [Double]()
    block.reserveCapacity(count * loads.count)
    for load in loads { block += load.nodal.prefix(count) }
    try block.withUnsafeMutableBufferPointer { try factor.solve($0.baseAddress!, columns: loads.count) }
    return loads.enumerated().map { index, load in
      // The unused place of fixed displacements ends a vector.
      var displacement = Array(block[index * count..<(index + 1) * count]) + [0]
      // By reciprocity the unit load measures the out-of-plane force of a displacement.
      let strain = (dot(unitLoad, displacement) - load.outOfPlane) / outOfPlaneStiffness
      for k in displacement.indices { displacement[k] += strain * unitDisplacement[k] }
      return RelaxedFilm(displacement: displacement, strain: strain)
    }
  }

  /// The flexibility of all springs, at zero mean out-of-plane force: computed at its first use.
  mutating func springUpdate() throws -> SpringUpdate {
    if let update { return update }
    let (springs, solvesBefore) = (system.springs, factor.solves)
    let unitJumps = springs.jumps(unitDisplacement)
    var flexibility = DenseMatrix(rows: springs.count, columns: springs.count)
    // Enough right-hand sides at a time for matrix products to pay off.
    let batch = 32
    let count = factor.count
    for first in stride(from: 0, to: springs.count, by: batch) {
      let columns = min(batch, springs.count - first)
      var block = [Double](repeating: 0, count: columns * count)
      for column in 0..<columns {
        block[column * count + Int(springs.film[first + column])] = 1
        block[column * count + Int(springs.electrolyte[first + column])] = -1
      }
      try block.withUnsafeMutableBufferPointer { block in
        try factor.solve(block.baseAddress!, columns: columns)
        for column in 0..<columns {
          let jumps = springs.jumps(block.baseAddress! + column * count)
          for (row, jump) in jumps.enumerated() {
            flexibility[row, first + column] =
              jump + unitJumps[row] * unitJumps[first + column] / outOfPlaneStiffness
          }
        }
      }
    }
    let made = SpringUpdate(
      flexibility: flexibility, normalCount: springs.normalCount, nodes: springs.nodes)
    update = made
    preparingSolves += factor.solves - solvesBefore
    return made
  }
}

private func dot(_ left: [Double], _ right: [Double]) -> Double {
  var sum = 0.0
  for index in left.indices { sum += left[index] * right[index] }
  return sum
}

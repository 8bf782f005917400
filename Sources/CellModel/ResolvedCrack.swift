import CellPhysics
import Foundation
import Numerics

/// One resolved crack: its field, and how the film answers to it.
///
/// In its crystal the displacement is that of ``CrackField`` plus what the elements add, elsewhere that of the
/// elements. Nodes on the rim of the crystal hold the sum, so that neighbours, springs and supports see it.
/// The load of a mode is then
///
///     sum over the crystal's elements of K_e u on the rim  -  integral over the rim of N (stress . outward normal),
///
/// all other loads vanish because the field is in equilibrium. Along a side the traction is -df, whose
/// moments need values of the stress functions alone: they are finite at tips.
struct ResolvedCrack {
  static let terms = 6
  static let modes = 2 * terms

  let crack: Crack
  let region: CrystalRegion
  let field: CrackField
  /// The points at which its faces are free of traction or in contact, as angles and places.
  let angles: [Double]
  let points: [SIMD2<Double>]
  /// Displacements of the elements at zero mean out-of-plane force, mode after mode with one place more than unknowns.
  ///
  /// They are most of what a crack keeps. In single precision they move the capacity of six cycles by 1e-9.
  private(set) var displacements: [Float]
  private(set) var outOfPlaneStrains: [Double]
  /// The unknowns that its modes load, those loads mode by mode for each, and forces out of the section.
  private(set) var loadedUnknowns: [Int]
  private(set) var loads: [Double]
  private(set) var outOfPlaneForces: [Double]
  /// Jumps of the interface's springs for each mode.
  private(set) var springJumps: DenseMatrix
  /// Stress of the field and of the rim in the region's cells: XX, YY, ZZ, XY cell after cell, for each mode.
  private(set) var cellStress: DenseMatrix
  /// That of the rim alone: XX, YY, ZZ, XY of all modes, cell after cell.
  private(set) var rimStress: [Float]
  /// The cells whose stresses give those at the points, and their weights, point after point.
  let sampledCells: [Int]
  let sampleWeights: [Double]

  /// - Returns: nothing for a crack that meets a pore, leaves its crystal, or gapes at a free side: its terms do not tell
  ///   its shapes apart once parts of it are shut.
  init?(_ crack: Crack, model: StressModel, mesh: Mesh, averagingLength: Double) throws {
    let middle = crack.point(at: 0.5 * (crack.tips[1] - crack.tips[0]))
    let region = CrystalRegion(around: middle, mesh: mesh)
    let tangent = crack.direction
    let ends = (crack.point(at: -crack.tips[0]), crack.point(at: crack.tips[1]))
    // Y is unwrapped around the middle, and so are the ends.
    let slack = 1e-6 * mesh.thickness
    let isInside = [ends.0, ends.1].allSatisfy { end in
      end.x > region.xEdges[0] - slack && end.x < region.xEdges[region.rowCount] + slack
        && end.y > region.yEdges[0] - slack && end.y < region.yEdges[region.columnCount] + slack
    }
    guard isInside else { return nil }
    func gapes(_ end: SIMD2<Double>, _ tip: Int) -> Bool {
      guard crack.tips[tip] >= crack.limits[tip] * (1 - 1e-9) else { return false }
      if end.x < slack || end.x > mesh.thickness - slack { return true }
      // Column boundaries let go along Y and hold along X.
      let isAtSide = end.y < region.yEdges[0] + slack || end.y > region.yEdges[region.columnCount] - slack
      return region.isColumn && isAtSide && abs(tangent.x) > abs(tangent.y)
    }
    if gapes(ends.0, 0) || gapes(ends.1, 1) { return nil }
    let terms = Self.terms
    let half = crack.halfLength
    let angles = (0..<terms).map { Double.pi * Double($0 + 1) / Double(terms + 1) }
    let places = angles.map { middle + half * cos($0) * tangent }
    self.crack = crack
    self.angles = angles
    self.region = region
    points = places
    let crystalAngle = mesh.crystalAngle[region.cell(0, 0)]
    field = CrackField(
      centre: middle, tangent: tangent, halfLength: half, crystal: model.system.crystal,
      angle: .pi / 2 - crack.inclination + crystalAngle, terms: terms)
    let sampling = Self.sampling(places, region, averagingLength)
    guard let sampling else { return nil }
    (sampledCells, sampleWeights) = sampling
    springJumps = DenseMatrix(rows: 0, columns: 0)
    cellStress = springJumps
    displacements = []
    (outOfPlaneStrains, outOfPlaneForces, rimStress) = ([], [], [])
    (loadedUnknowns, loads) = ([], [])
    try prepare(model)
  }

  private static func sampling(_ points: [SIMD2<Double>], _ region: CrystalRegion, _ length: Double) -> (
    cells: [Int], weights: [Double]
  )? {
    let columns = region.columnCount
    var weights = [Double](repeating: 0, count: points.count * region.cellCount)
    for (k, point) in points.enumerated() {
      guard region.hasCrystal(cellIndex(point.x, region.xEdges), cellIndex(point.y, region.yEdges)) else {
        return nil
      }
      let x = LineMean(at: point.x, length: length, edges: region.xEdges).weights
      let y = LineMean(at: point.y, length: length, edges: region.yEdges).weights
      var sum = 0.0
      for cell in 0..<region.cellCount where region.isSolid[cell] {
        sum += x[cell / columns] * y[cell % columns]
      }
      for cell in 0..<region.cellCount where region.isSolid[cell] {
        weights[k * region.cellCount + cell] = x[cell / columns] * y[cell % columns] / sum
      }
    }
    let used = (0..<region.cellCount).filter { cell in
      points.indices.contains { weights[$0 * region.cellCount + cell] != 0 }
    }
    return (
      used.map { region.cell($0 / columns, $0 % columns) },
      points.indices.flatMap { k in used.map { weights[k * region.cellCount + $0] } }
    )
  }

  // MARK: The answer of the film

  private mutating func prepare(_ model: StressModel) throws {
    let (system, modes) = (model.system, Self.modes)
    let unknowns = system.grid.count
    let (columns, rows) = (region.columnCount, region.rowCount)
    let sides = FieldOnSides(field, region)
    var load = [Double](repeating: 0, count: unknowns * modes)
    cellStress = DenseMatrix(rows: 4 * region.cellCount, columns: modes)
    rimStress = [Float](repeating: 0, count: 4 * modes * region.cellCount)
    let material = system.material(cell: region.cell(0, 0))
    let outOfPlane = Self.outOfPlaneFactors(material)
    var rim = [Double](repeating: 0, count: 8)
    for row in 0..<rows {
      for column in 0..<columns where region.hasCrystal(row, column) {
        let cell = region.cell(row, column)
        let (width, height) = (system.grid.widths[cell / system.grid.yCount], region.height(column))
        let corners = [(row, column), (row + 1, column), (row + 1, column + 1), (row, column + 1)]
        let isRim = corners.map { region.isRim($0.0, $0.1) }
        let stiffness = isRim.contains(true) ? system.elementStiffness(cell: cell) : []
        let at = 4 * modes * (row * columns + column)
        for mode in 0..<modes {
          // Mean stress of the cell from the means of the stress functions on its sides.
          let fxAcross = sides.along(row + 1, column, mode) - sides.along(row, column, mode)
          let fyAcross = sides.along(row + 1, column, modes + mode) - sides.along(row, column, modes + mode)
          let fxUp = sides.across(row, column + 1, mode) - sides.across(row, column, mode)
          let (xx, yy, xy) = (-fxUp / height, fyAcross / width, fxAcross / width)
          let own = SIMD4(xx, yy, outOfPlane[0] * xx + outOfPlane[1] * yy + outOfPlane[2] * xy, xy)
          var back = SIMD4<Double>.zero
          if isRim.contains(true) {
            for (node, corner) in corners.enumerated() {
              for i in 0..<2 {
                rim[2 * node + i] =
                  isRim[node] ? sides.node(corner.0, corner.1, (2 + i) * modes + mode) : 0
              }
            }
            let strain = StrainInCell(
              xx: 0.5 * (rim[2] - rim[0] + rim[4] - rim[6]) / width,
              yy: 0.5 * (rim[7] - rim[1] + rim[5] - rim[3]) / height, zz: 0,
              shear: 0.5
                * ((rim[6] - rim[0] + rim[4] - rim[2]) / height + (rim[3] - rim[1] + rim[5] - rim[7]) / width)
            )
            let s = material.stress(of: strain)
            back = SIMD4(s.xx, s.yy, s.zz, s.xy)
            for i in 0..<8 {
              let unknown = Int(system.grid.unknowns[8 * cell + i])
              guard unknown < unknowns else { continue }
              var force = 0.0
              for k in 0..<8 { force += stiffness[8 * i + k] * rim[k] }
              load[mode * unknowns + unknown] += force
            }
          }
          for i in 0..<4 {
            rimStress[at + i * modes + mode] = Float(-back[i])
            cellStress[4 * (row * columns + column) + i, mode] = own[i] - back[i]
          }
        }
        addTractions(of: (row, column), cell, corners, sides, system, to: &load)
      }
    }
    try answer(model, load: &load, material: material)
  }

  /// Adds the tractions of the field on those sides of a cell that lie on the rim.
  private func addTractions(
    of place: (row: Int, column: Int), _ cell: Int, _ corners: [(Int, Int)], _ sides: FieldOnSides,
    _ system: StressSystem, to load: inout [Double]
  ) {
    let (row, column) = place
    let (modes, unknowns) = (Self.modes, system.grid.count)
    let neighbours = [(row, column - 1), (row + 1, column), (row, column + 1), (row - 1, column)]
    for side in 0..<4 where !region.hasCrystal(neighbours[side].0, neighbours[side].1) {
      let (start, end) = (side, (side + 1) % 4)
      for i in 0..<2 {
        let (from, to) = (
          Int(system.grid.unknowns[8 * cell + 2 * start + i]),
          Int(system.grid.unknowns[8 * cell + 2 * end + i])
        )
        for mode in 0..<modes {
          let slot = i * modes + mode
          let mean =
            switch side {
            case 0: sides.across(row, column, slot)
            case 1: sides.along(row + 1, column, slot)
            case 2: sides.across(row, column + 1, slot)
            default: sides.along(row, column, slot)
            }
          if from < unknowns {
            load[mode * unknowns + from] += mean - sides.node(corners[start].0, corners[start].1, slot)
          }
          if to < unknowns {
            load[mode * unknowns + to] += sides.node(corners[end].0, corners[end].1, slot) - mean
          }
        }
      }
    }
  }

  /// Takes over the loads of the modes, and what the film answers them with; `load` is replaced by the solution.
  private mutating func answer(_ model: StressModel, load: inout [Double], material: StiffnessInCell) throws {
    let (modes, unknowns) = (Self.modes, model.system.grid.count)
    loadedUnknowns = (0..<unknowns).filter { unknown in
      (0..<modes).contains { load[$0 * unknowns + unknown] != 0 }
    }
    loads = loadedUnknowns.flatMap { unknown in (0..<modes).map { load[$0 * unknowns + unknown] } }
    try load.withUnsafeMutableBufferPointer { try model.factor.solve($0.baseAddress!, columns: modes) }
    displacements = []
    displacements.reserveCapacity((unknowns + 1) * modes)
    let springs = model.system.springs
    springJumps = DenseMatrix(rows: springs.count, columns: modes)
    let openings = meanJumps()
    for mode in 0..<modes {
      // The gap takes part of the strain in the section, and with it of the force out of it.
      let (jump, n) = (openings[mode], field.normal)
      let force =
        -(material.zz[0] * jump.x * n.x + material.zz[1] * jump.y * n.y
        + material.zz[3] * (jump.x * n.y + jump.y * n.x))
      outOfPlaneForces.append(force)
      var strain = -force
      for k in 0..<unknowns { strain += model.unitLoad[k] * load[mode * unknowns + k] }
      strain /= model.outOfPlaneStiffness
      outOfPlaneStrains.append(strain)
      let displacement =
        (0..<unknowns).map { load[mode * unknowns + $0] + strain * model.unitDisplacement[$0] } + [0]
      displacements += displacement.map(Float.init)
      let jumps = springs.jumps(displacement)
      for (row, jump) in jumps.enumerated() { springJumps[row, mode] = jump }
    }
  }

  /// Adds the loads of amplitudes `q` to a load.
  func add(_ q: [Double], to load: inout NodalLoad) {
    let modes = Self.modes
    for (k, unknown) in loadedUnknowns.enumerated() {
      for mode in 0..<modes { load.nodal[unknown] += loads[k * modes + mode] * q[mode] }
    }
    for mode in 0..<modes { load.outOfPlane += outOfPlaneForces[mode] * q[mode] }
  }

  /// The integral along the crack of the jump of each mode, in the frame of the cell, m2 per unit amplitude.
  ///
  /// Only the first term of each mode opens the crack on average.
  private func meanJumps() -> [SIMD2<Double>] {
    let (a, l) = (field.halfLength, field.compliance)
    return (0..<Self.modes).map { mode in
      guard mode < 2 else { return .zero }
      let (shear, normal) = mode == 0 ? (l[0], l[1]) : (l[1], l[2])
      return .pi * a * a * (shear * field.tangent + normal * field.normal)
    }
  }

  /// Stress ZZ over stresses XX, YY and XY in plane strain.
  private static func outOfPlaneFactors(_ material: StiffnessInCell) -> SIMD3<Double> {
    let rows = [material.xx, material.yy, material.xy].map { SIMD3($0[0], $0[1], $0[3]) }
    func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
      SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
    }
    let columns = [cross(rows[1], rows[2]), cross(rows[2], rows[0]), cross(rows[0], rows[1])]
    let inverse = 1 / (rows[0] * columns[0]).sum()
    let zz = SIMD3(material.zz[0], material.zz[1], material.zz[3])
    return SIMD3((zz * columns[0]).sum(), (zz * columns[1]).sum(), (zz * columns[2]).sum()) * inverse
  }

  // MARK: Tractions

  /// Shear and normal traction on the crack of a stress XX, YY, XY.
  func traction(_ s: SIMD3<Double>) -> SIMD2<Double> {
    let (t, n) = (field.tangent, field.normal)
    return SIMD2(
      t.x * n.x * s.x + t.y * n.y * s.y + (t.x * n.y + t.y * n.x) * s.z,
      n.x * n.x * s.x + n.y * n.y * s.y + 2 * n.x * n.y * s.z)
  }

  /// Tractions at the points from stresses of the sampled cells.
  func tractions(_ stress: (_ sample: Int) -> SIMD3<Double>) -> [Double] {
    var sums = [SIMD3<Double>](repeating: .zero, count: points.count)
    for sample in sampledCells.indices {
      let s = stress(sample)
      for k in points.indices { sums[k] += sampleWeights[k * sampledCells.count + sample] * s }
    }
    return sums.flatMap { sum in
      let t = traction(sum)
      return [t.x, t.y]
    }
  }

  /// Tractions that the modes of `other` cause at the points: element `row * modes + mode`.
  ///
  /// - Parameter share: what counts of the answer of the film.
  func tractions(of other: ResolvedCrack, isSelf: Bool, share: Double = 1, _ system: StressSystem)
    -> [Double]
  {
    let modes = Self.modes
    var result = [Double](repeating: 0, count: 2 * points.count * modes)
    let places = sampledCells.map { other.region.index(ofCell: $0) }
    let length = system.grid.count + 1
    other.displacements.withUnsafeBufferPointer { displacements in
      for mode in 0..<modes {
        let values = tractions { sample in
          var stress = system.sectionStress(
            cell: sampledCells[sample], displacement: displacements.baseAddress! + mode * length,
            outOfPlaneStrain: other.outOfPlaneStrains[mode])
          if let place = places[sample] {
            let at = 4 * modes * place + mode
            let rim = SIMD3(other.rimStress[at], other.rimStress[at + modes], other.rimStress[at + 3 * modes])
            stress += SIMD3<Double>(rim)
          }
          return stress
        }
        for (row, value) in values.enumerated() { result[row * modes + mode] = share * value }
      }
    }
    var stress = [Double](repeating: 0, count: 3 * modes)
    for (k, point) in points.enumerated() {
      if isSelf {
        for mode in 0..<modes {
          let order = Double(mode / 2 + 1)
          result[(2 * k + mode % 2) * modes + mode] -= order * sin(order * angles[k]) / sin(angles[k])
        }
      } else if let place = other.region.unwrapped(point) {
        stress.withUnsafeMutableBufferPointer { other.field.stress(at: place, into: $0.baseAddress!) }
        for mode in 0..<modes {
          let t = traction(SIMD3(stress[mode], stress[modes + mode], stress[2 * modes + mode]))
          result[2 * k * modes + mode] += t.x
          result[(2 * k + 1) * modes + mode] += t.y
        }
      }
    }
    return result
  }
}

extension CrystalRegion {
  fileprivate func height(_ column: Int) -> Double { yEdges[column + 1] - yEdges[column] }
}

import CellPhysics
import Numerics

/// The linear system of the stress analysis: stiffness, loads and strains of film and electrolyte.
///
/// Holds what depends on mesh and parameters alone. Vectors have one place more than unknowns, see
/// ``StressGrid``.
struct StressSystem {
  let grid: StressGrid
  let springs: InterfaceSprings
  private let electrolyte: StiffnessInCell
  private let foilStiffness: Double
  /// Per film cell ten stiffnesses and four stresses per unit content; see ``Place``.
  private let coefficients: [Double]
  /// In-plane free strain per unit content of each cell, weighted by its share of the crystal's area.
  private let meanWeights: [Double]
  let isSolid: [Bool]
  let crystal: StiffnessInCrystal

  /// Pores keep this share of the crystal's stiffness, so that the matrix stays regular.
  ///
  /// What they bear is missing in the balance of forces: up to a hundred times this share of the largest stress was
  /// seen, where crystal gives way around them.
  static let poreStiffnessShare = 1e-8

  /// Places in a cell's block of ``coefficients``.
  private enum Place {
    static let xxxx = 0
    static let xxyy = 1
    static let xxzz = 2
    static let xxxy = 3
    static let yyyy = 4
    static let yyzz = 5
    static let yyxy = 6
    static let zzzz = 7
    static let zzxy = 8
    static let xyxy = 9
    /// Stress XX, YY, ZZ, XY that holds back the free strain of a unit of content.
    static let chemical = 10
    static let count = 14
  }

  init(mesh: Mesh, parameters: ParameterSet) {
    grid = StressGrid(mesh: mesh, electrolyteDepth: parameters[.electrolyteDepth])
    let ratio = parameters[.electrolytePoissonRatio]
    springs = InterfaceSprings(
      grid: grid, stiffness: parameters[.interfaceStiffness],
      planeStrainModulus: parameters[.electrolyteModulus] / (1 - ratio * ratio),
      friction: parameters[.interfaceFriction])
    electrolyte = Elasticity.stiffnessInCell(
      modulus: parameters[.electrolyteModulus], poissonRatio: parameters[.electrolytePoissonRatio])
    foilStiffness = parameters[.foilStiffness]
    isSolid = mesh.isSolid
    crystal = StiffnessInCrystal(
      c11: parameters[.stiffness11], c12: parameters[.stiffness12], c13: parameters[.stiffness13],
      c33: parameters[.stiffness33], c44: parameters[.stiffness44])
    var coefficients: [Double] = []
    coefficients.reserveCapacity(Place.count * mesh.cellCount)
    var meanWeights = [Double](repeating: 0, count: mesh.cellCount)
    let solidArea = mesh.solidArea
    for cell in 0..<mesh.cellCount {
      let angle = mesh.crystalAngle[cell]
      let stiffness = Elasticity.stiffnessInCell(crystal, angle: angle)
      let free = Elasticity.chemicalStrainInCell(
        contentChange: 1, betaA: parameters[.chemicalStrainA], betaC: parameters[.chemicalStrainC],
        angle: angle)
      let stress = stiffness.stress(of: free)
      let (xx, yy, zz, xy) = (stiffness.xx, stiffness.yy, stiffness.zz, stiffness.xy)
      coefficients += [
        xx[0], xx[1], xx[2], xx[3], yy[1], yy[2], yy[3], zz[2], zz[3], xy[3],
        stress.xx, stress.yy, stress.zz, stress.xy,
      ]
      if mesh.isSolid[cell] {
        meanWeights[cell] = free.yy * mesh.area(cell / mesh.yCount, cell % mesh.yCount) / solidArea
      }
    }
    self.coefficients = coefficients
    self.meanWeights = meanWeights
  }

  /// The lower triangle of the stiffness, with given stiffnesses of the interface springs, Pa.
  func matrix(springStiffness: [Double]) -> SparseSymmetricMatrix {
    var entries: [SparseSymmetricMatrix.Entry] = []
    entries.reserveCapacity(36 * grid.unknowns.count / 8 + 8 * grid.yCount)
    for (i, width) in grid.widths.enumerated() {
      for (j, height) in grid.heights.enumerated() {
        appendElement(i, j, width, height, to: &entries)
      }
    }
    for (spring, value) in springStiffness.enumerated() {
      let (film, other) = (Int(springs.film[spring]), Int(springs.electrolyte[spring]))
      entries += [.init(film, film, value), .init(other, other, value), .init(film, other, -value)]
    }
    for node in 0..<grid.yCount {
      let below = (node + grid.yCount - 1) % grid.yCount
      let (low, high) = (Int(grid.backYBelow[node]), Int(grid.backYAbove[node]))
      entries.append(.init(low, low, 0.5 * foilStiffness * grid.heights[below]))
      entries.append(.init(high, high, 0.5 * foilStiffness * grid.heights[node]))
    }
    return SparseSymmetricMatrix(count: grid.count, entries: entries)
  }

  /// The stiffness of a film cell for the components of the section.
  func material(cell: Int) -> StiffnessInCell {
    let at = cell * Place.count
    func c(_ place: Int) -> Double { coefficients[at + place] }
    return StiffnessInCell(
      xx: SIMD4(c(Place.xxxx), c(Place.xxyy), c(Place.xxzz), c(Place.xxxy)),
      yy: SIMD4(c(Place.xxyy), c(Place.yyyy), c(Place.yyzz), c(Place.yyxy)),
      zz: SIMD4(c(Place.xxzz), c(Place.yyzz), c(Place.zzzz), c(Place.zzxy)),
      xy: SIMD4(c(Place.xxxy), c(Place.yyxy), c(Place.zzxy), c(Place.xyxy)))
  }

  /// The stiffness of the element of a film cell, see ``PlaneElement``.
  func elementStiffness(cell: Int) -> [Double] {
    PlaneElement.stiffness(
      material(cell: cell), width: grid.widths[cell / grid.yCount], height: grid.heights[cell % grid.yCount])
  }

  /// The mean stress XX, YY, XY that a displacement and an out-of-plane strain cause in one crystal cell.
  ///
  /// - Parameter displacement: one number for each unknown and the unused place, in either precision.
  func sectionStress<Real: BinaryFloatingPoint>(
    cell: Int, displacement: UnsafePointer<Real>, outOfPlaneStrain zz: Double
  ) -> SIMD3<Double> {
    let (width, height) = (grid.widths[cell / grid.yCount], grid.heights[cell % grid.yCount])
    return grid.unknowns.withUnsafeBufferPointer { unknowns in
      coefficients.withUnsafeBufferPointer { coefficients in
        let n = unknowns.baseAddress! + 8 * cell
        let c = coefficients.baseAddress! + Place.count * cell
        func u(_ place: Int) -> Double { Double(displacement[Int(n[place])]) }
        let (x0, x1, x2, x3) = (u(0), u(2), u(4), u(6))
        let (y0, y1, y2, y3) = (u(1), u(3), u(5), u(7))
        let xx = 0.5 * (x1 - x0 + x2 - x3) / width
        let yy = 0.5 * (y3 - y0 + y2 - y1) / height
        let xy = 0.5 * ((x3 - x0 + x2 - x1) / height + (y1 - y0 + y2 - y3) / width)
        return SIMD3(
          c[Place.xxxx] * xx + c[Place.xxyy] * yy + c[Place.xxxy] * xy + c[Place.xxzz] * zz,
          c[Place.xxyy] * xx + c[Place.yyyy] * yy + c[Place.yyxy] * xy + c[Place.yyzz] * zz,
          c[Place.xxxy] * xx + c[Place.yyxy] * yy + c[Place.xyxy] * xy + c[Place.zzxy] * zz)
      }
    }
  }

  private func appendElement(
    _ i: Int, _ j: Int, _ width: Double, _ height: Double,
    to entries: inout [SparseSymmetricMatrix.Entry]
  ) {
    let element = i * grid.yCount + j
    var share = 1.0
    var material = electrolyte
    if i < grid.xCount {
      material = self.material(cell: element)
      if !isSolid[element] { share = Self.poreStiffnessShare }
    }
    let block = PlaneElement.stiffness(material, width: width, height: height)
    for row in 0..<8 {
      let global = Int(grid.unknowns[8 * element + row])
      guard global < grid.count else { continue }
      for column in 0..<8 {
        // Both halves are visited, so that two nodes that coincide through periodicity add up.
        let other = Int(grid.unknowns[8 * element + column])
        guard other <= global else { continue }
        entries.append(.init(global, other, share * block[8 * row + column]))
      }
    }
  }

  /// The load of one state, at rest out of the section.
  func nodalLoad(_ loading: StressLoading) -> NodalLoad {
    precondition(loading.contentChange.count == grid.xCount * grid.yCount)
    return NodalLoad(
      nodal: load(contentChange: loading.contentChange, outOfPlaneStrain: 0, pressure: loading.pressure),
      outOfPlane: outOfPlaneForce(contentChange: loading.contentChange).atRest)
  }

  /// The load of lithium content changes, of a uniform out-of-plane strain and of a pressure.
  func load(contentChange: [Double], outOfPlaneStrain: Double, pressure: Double) -> [Double] {
    let mean = meanFreeStrain(contentChange)
    var load = [Double](repeating: 0, count: grid.count + 1)
    load.withUnsafeMutableBufferPointer { load in
      for (node, unknown) in grid.farX.enumerated() {
        load[Int(unknown)] += pressure * grid.nodeLength(node)
      }
      forEachSolidCell { cell, c, unknowns, width, height in
        let change = contentChange[cell]
        let (xx, yy, xy) = (
          change * c[Place.chemical] - mean * c[Place.xxyy] - outOfPlaneStrain * c[Place.xxzz],
          change * c[Place.chemical + 1] - mean * c[Place.yyyy] - outOfPlaneStrain * c[Place.yyzz],
          change * c[Place.chemical + 3] - mean * c[Place.yyxy] - outOfPlaneStrain * c[Place.zzxy]
        )
        let (alongX, alongY) = (0.5 * (height * xx - width * xy), 0.5 * (height * xx + width * xy))
        let (shearX, shearY) = (0.5 * (width * yy - height * xy), 0.5 * (width * yy + height * xy))
        load[Int(unknowns[0])] -= alongY
        load[Int(unknowns[1])] -= shearY
        load[Int(unknowns[2])] += alongX
        load[Int(unknowns[3])] -= shearX
        load[Int(unknowns[4])] += alongY
        load[Int(unknowns[5])] += shearY
        load[Int(unknowns[6])] -= alongX
        load[Int(unknowns[7])] += shearX
      }
      load[grid.count] = 0
    }
    return load
  }

  /// The area-weighted mean in-plane free strain of the crystal.
  func meanFreeStrain(_ contentChange: [Double]) -> Double {
    var sum = 0.0
    for (change, weight) in zip(contentChange, meanWeights) { sum += change * weight }
    return sum
  }

  /// The out-of-plane force of the film per unit depth at zero displacement and out-of-plane strain,
  /// and its derivative with respect to that strain, N/m.
  func outOfPlaneForce(contentChange: [Double]) -> (atRest: Double, perStrain: Double) {
    let mean = meanFreeStrain(contentChange)
    var force = (atRest: 0.0, perStrain: 0.0)
    forEachSolidCell { cell, c, _, width, height in
      force.atRest -=
        (contentChange[cell] * c[Place.chemical + 2] - mean * c[Place.yyzz]) * width * height
      force.perStrain += c[Place.zzzz] * width * height
    }
    return force
  }

  /// The mean stress of each cell; zero in pores.
  func stresses(displacement: [Double], contentChange: [Double], outOfPlaneStrain: Double)
    -> [StressInCell]
  {
    let mean = meanFreeStrain(contentChange)
    var result = [StressInCell](
      repeating: StressInCell(xx: 0, yy: 0, zz: 0, xy: 0), count: contentChange.count)
    result.withUnsafeMutableBufferPointer { result in
      displacement.withUnsafeBufferPointer { u in
        forEachSolidCell { cell, c, n, width, height in
          let (x0, x1, x2, x3) = (u[Int(n[0])], u[Int(n[2])], u[Int(n[4])], u[Int(n[6])])
          let (y0, y1, y2, y3) = (u[Int(n[1])], u[Int(n[3])], u[Int(n[5])], u[Int(n[7])])
          let xx = 0.5 * (x1 - x0 + x2 - x3) / width
          let yy = 0.5 * (y3 - y0 + y2 - y1) / height + mean
          let shear = 0.5 * ((x3 - x0 + x2 - x1) / height + (y1 - y0 + y2 - y3) / width)
          let zz = outOfPlaneStrain
          let change = contentChange[cell]
          result[cell] = StressInCell(
            xx: c[Place.xxxx] * xx + c[Place.xxyy] * yy + c[Place.xxzz] * zz + c[Place.xxxy] * shear
              - change * c[Place.chemical],
            yy: c[Place.xxyy] * xx + c[Place.yyyy] * yy + c[Place.yyzz] * zz + c[Place.yyxy] * shear
              - change * c[Place.chemical + 1],
            zz: c[Place.xxzz] * xx + c[Place.yyzz] * yy + c[Place.zzzz] * zz + c[Place.zzxy] * shear
              - change * c[Place.chemical + 2],
            xy: c[Place.xxxy] * xx + c[Place.yyxy] * yy + c[Place.zzxy] * zz + c[Place.xyxy] * shear
              - change * c[Place.chemical + 3])
        }
      }
    }
    return result
  }

  /// Calls `body` with the index, coefficients, unknowns, width and height of each crystal cell.
  @inline(__always)
  private func forEachSolidCell(
    _ body: (Int, UnsafePointer<Double>, UnsafePointer<Int32>, Double, Double) -> Void
  ) {
    coefficients.withUnsafeBufferPointer { coefficients in
      grid.unknowns.withUnsafeBufferPointer { unknowns in
        for i in 0..<grid.xCount {
          let width = grid.widths[i]
          for j in 0..<grid.yCount {
            let cell = i * grid.yCount + j
            guard isSolid[cell] else { continue }
            body(
              cell, coefficients.baseAddress! + Place.count * cell, unknowns.baseAddress! + 8 * cell,
              width, grid.heights[j])
          }
        }
      }
    }
  }
}

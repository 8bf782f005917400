import CellPhysics
import Foundation
import Numerics
import Testing

@testable import CellModel

/// A block of elements with its own boundary conditions, to test the element apart from the cell.
private struct Block {
  let xEdges: [Double]
  let yEdges: [Double]
  var xCount: Int { xEdges.count - 1 }
  var yCount: Int { yEdges.count - 1 }

  func node(_ i: Int, _ j: Int) -> Int { i * yEdges.count + j }

  func nodes(_ i: Int, _ j: Int) -> [Int] {
    [node(i, j), node(i + 1, j), node(i + 1, j + 1), node(i, j + 1)]
  }

  /// The stiffness with the displacements of some nodes removed.
  func matrix(_ element: (Double, Double) -> [Double], isFixed: (Int, Int) -> Bool) -> (
    matrix: SparseSymmetricMatrix, unknowns: [Int]
  ) {
    var unknowns: [Int] = []
    var count = 0
    for i in 0...xCount {
      for j in 0...yCount {
        for _ in 0..<2 {
          unknowns.append(isFixed(i, j) ? -1 : count)
          if !isFixed(i, j) { count += 1 }
        }
      }
    }
    var entries: [SparseSymmetricMatrix.Entry] = []
    for i in 0..<xCount {
      for j in 0..<yCount {
        let block = element(xEdges[i + 1] - xEdges[i], yEdges[j + 1] - yEdges[j])
        let members = nodes(i, j).flatMap { [unknowns[2 * $0], unknowns[2 * $0 + 1]] }
        for row in 0..<8 where members[row] >= 0 {
          for column in 0..<8 where members[column] >= 0 && members[column] <= members[row] {
            entries.append(.init(members[row], members[column], block[8 * row + column]))
          }
        }
      }
    }
    return (SparseSymmetricMatrix(count: count, entries: entries), unknowns)
  }
}

@Suite struct PlaneElementTests {
  /// The forces of an element under the displacements of its nodes.
  private func multiply(_ matrix: [Double], _ displacement: [Double]) -> [Double] {
    (0..<8).map { row in
      var sum = 0.0
      for column in 0..<8 { sum += matrix[8 * row + column] * displacement[column] }
      return sum
    }
  }

  let material = Elasticity.stiffnessInCell(
    StiffnessInCrystal(c11: 350, c12: 110, c13: 75, c33: 230, c44: 50), angle: 0.5)

  @Test func rigidMotionsCostNoForce() {
    let (width, height) = (0.3, 0.7)
    let matrix = PlaneElement.stiffness(material, width: width, height: height)
    let xs = [0, width, width, 0]
    let ys = [0, 0, height, height]
    let motions: [[Double]] = [
      (0..<4).flatMap { _ in [1.0, 0.0] }, (0..<4).flatMap { _ in [0.0, 1.0] },
      (0..<4).flatMap { [-ys[$0], xs[$0]] },
    ]
    for motion in motions {
      // Eight products of some 1e3.
      for force in multiply(matrix, motion) { #expect(abs(force) < 1e-12 * 1e3) }
    }
  }

  @Test func stiffnessIsSymmetric() {
    let matrix = PlaneElement.stiffness(material, width: 0.3, height: 0.7)
    for row in 0..<8 {
      for column in 0..<8 {
        #expect(abs(matrix[8 * row + column] - matrix[8 * column + row]) < 1e-12 * 1e3)
      }
    }
  }

  @Test func patchOfUnequalElementsHoldsAConstantStrain() {
    let block = Block(xEdges: [0, 0.3, 0.4, 1.1, 1.5], yEdges: [0, 0.5, 0.7, 1.9])
    let strain = StrainInCell(xx: 1.3, yy: -0.4, zz: 0, shear: 0.9)
    var forces = [Double](repeating: 0, count: 2 * block.xEdges.count * block.yEdges.count)
    for i in 0..<block.xCount {
      for j in 0..<block.yCount {
        let matrix = PlaneElement.stiffness(
          material, width: block.xEdges[i + 1] - block.xEdges[i],
          height: block.yEdges[j + 1] - block.yEdges[j])
        let nodes = block.nodes(i, j)
        let corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
        var displacement: [Double] = []
        for corner in corners {
          let (x, y) = (block.xEdges[corner.0], block.yEdges[corner.1])
          displacement.append(strain.xx * x + 0.3 * strain.shear * y)
          displacement.append(strain.yy * y + 0.7 * strain.shear * x)
        }
        for (row, force) in multiply(matrix, displacement).enumerated() {
          forces[2 * nodes[row / 2] + row % 2] += force
        }
      }
    }
    for i in 1..<block.xCount {
      for j in 1..<block.yCount {
        // Round-off of sums of terms of some 1e3.
        #expect(abs(forces[2 * block.node(i, j)]) < 1e-12 * 1e3)
        #expect(abs(forces[2 * block.node(i, j) + 1]) < 1e-12 * 1e3)
      }
    }
    // The resultant on the low face is minus the stress times its length.
    let low = (0...block.yCount).reduce(0.0) { $0 + forces[2 * block.node(0, $1)] }
    let expected = -material.stress(of: strain).xx * 1.9
    #expect(abs(low - expected) < 1e-12 * abs(expected))
  }

  /// Root mean square errors of displacement and centre stress on the unit square, u = 0 all around.
  private func manufacturedErrors(_ n: Int) throws -> (displacement: Double, stress: Double) {
    let edges = (0...n).map { Double($0) / Double(n) }
    let block = Block(xEdges: edges, yEdges: edges)
    let (matrix, unknowns) = block.matrix(
      { PlaneElement.stiffness(material, width: $0, height: $1) },
      isFixed: { i, j in i == 0 || j == 0 || i == n || j == n })
    func exact(_ x: Double, _ y: Double) -> (Double, Double) {
      (sin(.pi * x) * sin(.pi * y), sin(2 * .pi * x) * sin(.pi * y))
    }
    func stress(_ x: Double, _ y: Double) -> StressInCell {
      let (sx, cx, sy, cy) = (sin(.pi * x), cos(.pi * x), sin(.pi * y), cos(.pi * y))
      let (s2, c2) = (sin(2 * .pi * x), cos(2 * .pi * x))
      let shear: Double = .pi * (sx * cy + 2 * c2 * sy)
      return material.stress(of: StrainInCell(xx: .pi * cx * sy, yy: .pi * s2 * cy, zz: 0, shear: shear))
    }
    // The body force - div s by central differences: their error of 1e-8 is far below the element's.
    let step = 1e-4
    let area = 1 / Double(n * n)
    var load = [Double](repeating: 0, count: matrix.count)
    for i in 1..<n {
      for j in 1..<n {
        let (x, y) = (edges[i], edges[j])
        let (right, left) = (stress(x + step, y), stress(x - step, y))
        let (above, below) = (stress(x, y + step), stress(x, y - step))
        let first = 2 * block.node(i, j)
        let alongX: Double = right.xx - left.xx + above.xy - below.xy
        let alongY: Double = right.xy - left.xy + above.yy - below.yy
        load[unknowns[first]] = -0.5 * area / step * alongX
        load[unknowns[first + 1]] = -0.5 * area / step * alongY
      }
    }
    let solution = try SparseCholesky(matrix).solve(load)
    func value(_ node: Int, _ component: Int) -> Double {
      let unknown = unknowns[2 * node + component]
      return unknown < 0 ? 0 : solution[unknown]
    }
    var errors = (displacement: 0.0, stress: 0.0)
    for i in 0..<n {
      for j in 0..<n {
        let reference = exact(edges[i], edges[j])
        let node = block.node(i, j)
        let (dx, dy) = (value(node, 0) - reference.0, value(node, 1) - reference.1)
        errors.displacement += area * (dx * dx + dy * dy)
        let nodes = block.nodes(i, j)
        let ux = nodes.map { value($0, 0) }
        let uy = nodes.map { value($0, 1) }
        // Mean differences across the element, along X and along Y.
        func alongX(_ u: [Double]) -> Double { 0.5 * Double(n) * (u[1] + u[2] - u[0] - u[3]) }
        func alongY(_ u: [Double]) -> Double { 0.5 * Double(n) * (u[2] + u[3] - u[0] - u[1]) }
        let found = material.stress(
          of: StrainInCell(xx: alongX(ux), yy: alongY(uy), zz: 0, shear: alongY(ux) + alongX(uy)))
        let target = stress(0.5 * (edges[i] + edges[i + 1]), 0.5 * (edges[j] + edges[j + 1]))
        let (dxx, dyy, dxy) = (found.xx - target.xx, found.yy - target.yy, found.xy - target.xy)
        errors.stress += area * (dxx * dxx + dyy * dyy + dxy * dxy)
      }
    }
    return (errors.displacement.squareRoot(), errors.stress.squareRoot())
  }

  @Test func manufacturedSolutionConverges() throws {
    let (coarse, fine) = (try manufacturedErrors(12), try manufacturedErrors(24))
    let displacement = log2(coarse.displacement / fine.displacement)
    print(
      "manufactured: displacement order \(displacement), stress order \(log2(coarse.stress / fine.stress))")
    // Bilinear displacements: second order; 0.1 for meshes that are not yet asymptotic.
    #expect(abs(displacement - 2) < 0.1)
    // First order is guaranteed; centres are better (2.01 seen).
    #expect(log2(coarse.stress / fine.stress) > 0.9)
  }

  /// Tip deflection over that of beam theory, one element across the beam.
  private func cantilever(_ element: (Double, Double) -> [Double], modulus: Double, shear: Double)
    throws -> Double
  {
    let (length, count) = (20.0, 10)
    let block = Block(
      xEdges: (0...count).map { length * Double($0) / Double(count) }, yEdges: [0, 1])
    let (matrix, unknowns) = block.matrix(element, isFixed: { i, _ in i == 0 })
    var load = [Double](repeating: 0, count: matrix.count)
    load[unknowns[2 * block.node(count, 0) + 1]] = 0.5
    load[unknowns[2 * block.node(count, 1) + 1]] = 0.5
    let tip = try SparseCholesky(matrix).solve(load)[unknowns[2 * block.node(count, 0) + 1]]
    return tip / (pow(length, 3) * 12 / (3 * modulus) + length * 1.2 / shear)
  }

  @Test func oneElementAcrossBendsLikeABeam() throws {
    let (modulus, ratio) = (200.0, 0.25)
    let material = Elasticity.stiffnessInCell(modulus: modulus, poissonRatio: ratio)
    let planeStrain = modulus / (1 - ratio * ratio)
    let shear = material.xy[3]
    let condensed = try cantilever(
      { PlaneElement.stiffness(material, width: $0, height: $1) }, modulus: planeStrain, shear: shear)
    // The same element with its bending modes locked: the bilinear element.
    let bilinear = try cantilever(
      { width, height in
        var matrix = PlaneElement.stiffness(material, width: width, height: height)
        let area = width * height / 12
        let extraX = area * ((material.xx[0] - planeStrain) / (width * width) + shear / (height * height))
        let extraY = area * ((material.yy[1] - planeStrain) / (height * height) + shear / (width * width))
        for row in 0..<4 {
          for column in 0..<4 {
            let pattern = PlaneElement.hourglass[row] * PlaneElement.hourglass[column]
            matrix[16 * row + 2 * column] += pattern * extraX
            matrix[16 * row + 8 + 2 * column + 1] += pattern * extraY
          }
        }
        return matrix
      }, modulus: planeStrain, shear: shear)
    print("cantilever, one element across: incompatible \(condensed), bilinear \(bilinear) of beam theory")
    // A linear moment in elements of constant moment: (1 / (2 n))^2 of the deflection, n = 10, and the
    // clamped cross-section that beam theory leaves free.
    #expect(abs(condensed - 1) < 0.01)
    #expect(bilinear < 0.6)
  }
}

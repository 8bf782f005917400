import CellPhysics
import Foundation
import Numerics
import Testing

@testable import CellModel

/// A mesh of one crystal, `x` by `y` equal cells.
func blockMesh(x: Int, y: Int, thickness: Double = 1, width: Double = 1, angle: Double = 0) -> Mesh {
  Mesh(
    xEdges: (0...x).map { thickness * Double($0) / Double(x) },
    yEdges: (0...y).map { width * Double($0) / Double(y) }, columnOfY: [Int](repeating: 0, count: y),
    isSolid: [Bool](repeating: true, count: x * y), crystalAngle: [Double](repeating: angle, count: x * y))
}

@Suite struct TransportTests {
  private func tensors(_ mesh: Mesh, fast: Double = 1, slow: Double) -> [PlaneTensor] {
    mesh.crystalAngle.map { Diffusion.diffusivityInCell(fast: fast, slow: slow, angle: $0) }
  }

  /// The relative L2 error of the steady state with the exact solution sin(pi X) cos(2 pi Y) + X.
  private func manufacturedError(_ n: Int, angle: Double, ratio: Double) throws -> Double {
    let mesh = blockMesh(x: n, y: n, angle: angle)
    let tensor = Diffusion.diffusivityInCell(fast: 1, slow: 1 / ratio, angle: angle)
    let transport = TransportOperator(mesh: mesh, diffusivity: tensors(mesh, slow: 1 / ratio))
    func exact(_ x: Double, _ y: Double) -> Double { sin(.pi * x) * cos(2 * .pi * y) + x }
    func source(_ x: Double, _ y: Double) -> Double {
      // -div(D grad u), term by term.
      let (sx, cx, sy, cy) = (sin(.pi * x), cos(.pi * x), sin(2 * .pi * y), cos(2 * .pi * y))
      let second = tensor.xx * sx * cy + 4 * tensor.yy * sx * cy + 4 * tensor.xy * cx * sy
      return .pi * .pi * second
    }
    // Unknowns are all nodes, row after row; the first and last rows are known.
    var matrix: [SparseSymmetricMatrix.Entry] = []
    var load = [Double](repeating: 0, count: (n - 1) * n)
    let known = (0..<(n + 1) * n).map { exact(Double($0 / n) / Double(n), Double($0 % n) / Double(n)) }
    for column in 0..<transport.matrix.count {
      for k in Int(transport.matrix.columnPointers[column])..<Int(transport.matrix.columnPointers[column + 1])
      {
        let (row, value) = (Int(transport.matrix.rowIndices[k]), transport.matrix.values[k])
        let (a, b) = (row - n, column - n)
        let (isAFree, isBFree) = (a >= 0 && a < load.count, b >= 0 && b < load.count)
        if isAFree && isBFree {
          matrix.append(.init(a, b, value))
        } else if isAFree {
          load[a] -= value * known[column]
        } else if isBFree {
          load[b] -= value * known[row]
        }
      }
    }
    for a in load.indices {
      load[a] += source(Double(a / n + 1) / Double(n), Double(a % n) / Double(n)) / Double(n * n)
    }
    let solution = try SparseCholesky(SparseSymmetricMatrix(count: load.count, entries: matrix)).solve(load)
    var (error, norm) = (0.0, 0.0)
    for a in load.indices {
      error += (solution[a] - known[a + n]) * (solution[a] - known[a + n])
      norm += known[a + n] * known[a + n]
    }
    return (error / norm).squareRoot()
  }

  @Test(arguments: [0.0, 15, 45, 90], [1.0, 1e2, 1e4])
  func manufacturedSolutionConvergesWithOrderTwo(degrees: Double, ratio: Double) throws {
    let errors = try [16, 32].map { try manufacturedError($0, angle: degrees * .pi / 180, ratio: ratio) }
    let order = log2(errors[0] / errors[1])
    // Order 2; where the leading error cancels the first refinement shows more.
    #expect(order > 1.9)
    #expect(errors[1] < 0.02)
  }

  @Test func spuriousTransportAcrossTheSlowDirectionIsOfFourthOrder() throws {
    // A wave along the slow direction at 22.5 degrees, the worst angle; its energy over the exact one.
    // Law: D_f (h k)^4 sin^2(4 theta) / 2304, plus the error of any second-order scheme.
    let (n, ratio) = (64, 1e4)
    let angle = Double.pi / 8
    let mesh = blockMesh(x: n, y: n, angle: angle)
    let transport = TransportOperator(mesh: mesh, diffusivity: tensors(mesh, slow: 1 / ratio))
    // Interior rows of K u for u = cos(k . r) give the symbol exactly.
    let waveNumber = 2 * Double.pi * 4
    let (cx, cy) = (sin(angle), cos(angle))
    let h = 1 / Double(n)
    // The wave does not fit the period: only nodes away from the seam are read.
    func wave(_ i: Int, _ j: Int) -> Double { cos(waveNumber * (cx * Double(i) + cy * Double(j)) * h) }
    let field = (0..<(n + 1) * n).map { wave($0 / n, $0 % n) }
    var flux = [Double](repeating: 0, count: field.count)
    transport.matrix.multiply(field, into: &flux)
    let (i, j) = (n / 2, n / 2)
    let symbol = flux[i * n + j] / (h * h) / wave(i, j)
    let spurious = symbol / (waveNumber * waveNumber) - 1 / ratio
    let law = pow(h * waveNumber, 4) * pow(sin(4 * angle), 2) / 2304
    #expect(abs(spurious / law - 1) < 0.1)
  }

  @Test func conservesTheSumAndKeepsConstants() {
    let mesh = blockMesh(x: 9, y: 7, angle: 0.6)
    let transport = TransportOperator(mesh: mesh, diffusivity: tensors(mesh, slow: 1e-3))
    var flux = [Double](repeating: 0, count: 70)
    transport.matrix.multiply((0..<70).map { sin(Double($0 * $0)) }, into: &flux)
    #expect(abs(flux.reduce(0, +)) < 1e-13)
    transport.matrix.multiply([Double](repeating: 3, count: 70), into: &flux)
    #expect(flux.allSatisfy { abs($0) < 1e-13 })
    #expect(abs(transport.areas.reduce(0, +) - 1) < 1e-14)
  }

  @Test(arguments: [0.0, 90]) func alignedCrystalsConductWithTheirOwnDiffusivity(degrees: Double) throws {
    let mesh = blockMesh(x: 12, y: 5, thickness: 2, width: 3, angle: degrees * .pi / 180)
    let transport = TransportOperator(mesh: mesh, diffusivity: tensors(mesh, fast: 5, slow: 0.02))
    let conductance = try transport.conductance(from: transport.surface, to: transport.collector)
    // D W / L: the discrete solution is linear, so only the round-off of the solve remains.
    #expect(abs(conductance / ((degrees == 0 ? 5 : 0.02) * 3 / 2) - 1) < 1e-10)
  }

  /// Added resistivity of one crack in the middle of a block, over the dilute limit.
  private func crackEffect(
    x: Int, y: Int, ratio: Double, half: Double, inclination: Double, offset: Double = 0.003
  )
    throws -> Double
  {
    // The block is as long as the crack's field, which anisotropy stretches along the fast direction.
    let length = ratio.squareRoot()
    let mesh = blockMesh(x: x, y: y, thickness: length)
    let tensor = tensors(mesh, slow: 1 / ratio)
    var transport = TransportOperator(mesh: mesh, diffusivity: tensor)
    let crack = Crack(
      x: 0.5 * length + offset, y: 0.5 + offset, inclination: inclination, tips: SIMD2(half, half),
      limits: SIMD2(1, 1))
    transport.assemble(cracked: CrackedEdges(mesh: mesh, cracks: [crack], diffusivity: tensor))
    let conductance = try transport.conductance(from: transport.surface, to: transport.collector)
    // D_XX^-1 - 1 = pi a^2 cos^2 / (A sqrt(det D)).
    let dilute = Double.pi * half * half * pow(cos(inclination), 2) / length * ratio.squareRoot()
    return (1 / (conductance * length) - 1) / dilute
  }

  @Test(arguments: [1.0, 30, 1000], [10, 40]) func cracksBelowTheMeshHaveTheDiluteEffect(
    ratio: Double, x: Int
  ) throws {
    // 2a is a third of a cell. Where only a part of an edge is cut, the elements keep a share of their own, which
    // spreads the flux in flat cells (x = 40, four times as flat): 11 % were measured, 3 % in square ones.
    let effect = try crackEffect(x: x, y: 10, ratio: ratio, half: 0.017, inclination: 0, offset: 0.03)
    #expect(abs(effect - 1) < (x == 10 ? 0.05 : 0.12))
  }

  @Test(arguments: [0.0, 0.3, 0.8], [1.0, 100]) func resolvedCracksHaveTheDiluteEffect(
    inclination: Double, ratio: Double
  ) throws {
    // 4 % are the image cracks of the periodic row; the staircase of cut edges adds up to 6 % without anisotropy.
    for cells in [50, 100] {
      let effect = try crackEffect(x: cells, y: cells, ratio: ratio, half: 0.1, inclination: inclination)
      #expect(abs(effect - 1) < (ratio == 1 ? 0.1 : 0.06))
    }
  }

  /// Half-lengths from half a cell to three cells, in cells as flat as those of the default mesh.
  @Test(arguments: [0.2, 0.35, 0.5], [0.0, 0.7]) func cracksInFlatCellsHaveTheDiluteEffect(
    half: Double, inclination: Double
  ) throws {
    // beta = 13. Measured: +16 and +25 % where edges are cut in part, 3 to 4 % beyond (image cracks).
    let effect = try crackEffect(
      x: 400, y: 30, ratio: 1000, half: half / 10, inclination: inclination, offset: 0.0003)
    #expect(abs(effect - 1) < (half < 0.3 ? 0.3 : 0.06))
  }

  @Test func aCrackAcrossTheFilmLetsNothingThrough() throws {
    let mesh = blockMesh(x: 8, y: 8, angle: 0.3)
    let tensor = tensors(mesh, slow: 0.01)
    var transport = TransportOperator(mesh: mesh, diffusivity: tensor)
    // Longer than the period, so that it meets its own image.
    let crack = Crack(x: 0.43, y: 0.5, inclination: 0, tips: SIMD2(0.6, 0.6), limits: SIMD2(1, 1))
    transport.assemble(cracked: CrackedEdges(mesh: mesh, cracks: [crack], diffusivity: tensor))
    let conductance = try transport.conductance(from: transport.surface, to: transport.collector)
    #expect(abs(conductance) < 1e-12)
  }

  @Test func aCrackAlongTheFluxIsHarmless() throws {
    let mesh = blockMesh(x: 20, y: 20)
    let tensor = tensors(mesh, slow: 1e-3)
    var transport = TransportOperator(mesh: mesh, diffusivity: tensor)
    let crack = Crack(
      x: 0.5, y: 0.517, inclination: .pi / 2, tips: SIMD2(0.3, 0.3), limits: SIMD2(0.5, 0.5))
    transport.assemble(cracked: CrackedEdges(mesh: mesh, cracks: [crack], diffusivity: tensor))
    let conductance = try transport.conductance(from: transport.surface, to: transport.collector)
    #expect(abs(conductance - 1) < 1e-10)
  }
}

import CellPhysics
import Foundation
import Numerics
import Testing

@testable import CellModel

/// Transport in uncracked crystals against exact solutions.
@Suite struct TransportAccuracyTests {
  // MARK: Manufactured solutions

  /// An exact solution on the unit square, periodic in Y, and its -div(D grad u).
  private struct Manufactured {
    let exact: (Double, Double) -> Double
    let source: (Double, Double) -> Double
  }

  /// The relative L2 error on `n` by `n` cells of the steady state under the source of an exact solution, whose
  /// values are imposed at both X faces.
  private func error(_ n: Int, _ tensor: PlaneTensor, _ solution: Manufactured) throws -> Double {
    let transport = TransportOperator(
      mesh: blockMesh(x: n, y: n), diffusivity: [PlaneTensor](repeating: tensor, count: n * n))
    // Unknowns are all nodes, row after row; the first and last rows are known.
    let known = (0..<(n + 1) * n).map {
      solution.exact(Double($0 / n) / Double(n), Double($0 % n) / Double(n))
    }
    var load = (n..<n * n).map {
      solution.source(Double($0 / n) / Double(n), Double($0 % n) / Double(n)) / Double(n * n)
    }
    var entries: [SparseSymmetricMatrix.Entry] = []
    let matrix = transport.matrix
    for column in 0..<matrix.count {
      for k in Int(matrix.columnPointers[column])..<Int(matrix.columnPointers[column + 1]) {
        let (row, value) = (Int(matrix.rowIndices[k]), matrix.values[k])
        let (a, b) = (row - n, column - n)
        let (isAFree, isBFree) = (load.indices.contains(a), load.indices.contains(b))
        if isAFree && isBFree {
          entries.append(.init(a, b, value))
        } else if isAFree {
          load[a] -= value * known[column]
        } else if isBFree {
          load[b] -= value * known[row]
        }
      }
    }
    let result = try SparseCholesky(SparseSymmetricMatrix(count: load.count, entries: entries)).solve(load)
    var (error, norm) = (0.0, 0.0)
    for a in result.indices {
      error += pow(result[a] - known[a + n], 2)
      norm += pow(known[a + n], 2)
    }
    return (error / norm).squareRoot()
  }

  /// sin(pi X) cos(2 pi Y) + X under a full tensor.
  private func smoothSolution(_ tensor: PlaneTensor) -> Manufactured {
    Manufactured(
      exact: { x, y in sin(.pi * x) * cos(2 * .pi * y) + x },
      source: { x, y in
        let (sx, cx, sy, cy) = (sin(.pi * x), cos(.pi * x), sin(2 * .pi * y), cos(2 * .pi * y))
        return .pi * .pi * (tensor.xx * sx * cy + 4 * tensor.yy * sx * cy + 4 * tensor.xy * cx * sy)
      })
  }

  /// A wave along the slow direction, one period wide; its source is the slow diffusivity's alone.
  private func slowWave(slow: Double, angle: Double) -> Manufactured {
    let (kx, ky) = (2 * .pi * tan(angle), 2 * Double.pi)
    return Manufactured(
      exact: { x, y in cos(kx * x + ky * y) },
      source: { x, y in slow * (kx * kx + ky * ky) * cos(kx * x + ky * y) })
  }

  /// 16 to 64 cells per period: the smooth solution has no slow wave of its own, so that the fourth-order
  /// spurious term stays small at any ratio and the orders lie between 2.00 and 2.05 on both refinements.
  @Test(arguments: [0.0, 15, 45, 90], [1.0, 1e2, 1e4])
  func manufacturedSolutionConvergesWithOrderTwo(degrees: Double, ratio: Double) throws {
    let tensor = Diffusion.diffusivityInCell(fast: 1, slow: 1 / ratio, angle: degrees * .pi / 180)
    let solution = smoothSolution(tensor)
    let errors = try [16, 32, 64].map { try error($0, tensor, solution) }
    for (coarse, fine) in zip(errors, errors.dropFirst()) { #expect(abs(log2(coarse / fine) - 2) < 0.1) }
    // Seen: at most 1.6e-3.
    #expect(errors[2] < 2e-3)
  }

  /// A slow wave is where the spurious term counts.
  ///
  /// At ratio 100 and 15 degrees it still lowers the order to 1.86 between 16 and 32 cells (its sign is opposite),
  /// so that finer meshes have to show the order of 2. At 1e4 the two terms still cancel in part at 256 cells a
  /// wave; the laws below cover that ratio.
  @Test(arguments: [(15.0, 1.0), (15, 100), (45, 1), (45, 100)])
  func slowWavesConvergeWithOrderTwo(degrees: Double, ratio: Double) throws {
    let angle = degrees * .pi / 180
    let tensor = Diffusion.diffusivityInCell(fast: 1, slow: 1 / ratio, angle: angle)
    let solution = slowWave(slow: 1 / ratio, angle: angle)
    let errors = try [32, 64].map { try error($0, tensor, solution) }
    #expect(abs(log2(errors[0] / errors[1]) - 2) < 0.1)
  }

  // MARK: The symbol of the stencil

  /// The apparent diffusivity of a wave along the slow direction, from an inner row of the operator.
  private func apparentSlowDiffusivity(
    fast: Double, slow: Double, angle: Double, hx: Double, hy: Double, waveNumber: Double
  ) -> Double {
    let mesh = blockMesh(x: 4, y: 4, thickness: 4 * hx, width: 4 * hy, angle: angle)
    let tensor = Diffusion.diffusivityInCell(fast: fast, slow: slow, angle: angle)
    let transport = TransportOperator(mesh: mesh, diffusivity: [PlaneTensor](repeating: tensor, count: 16))
    // K u of u = cos(k c . r) at r = 0 is the symbol of the stencil. The wave does not fit the period: only the
    // node in the middle, whose neighbours do not reach over the seam, is read.
    let (kx, ky) = (waveNumber * sin(angle) * hx, waveNumber * cos(angle) * hy)
    func wave(_ i: Int, _ j: Int) -> Double {
      let phase: Double = kx * Double(i) + ky * Double(j)
      return cos(phase)
    }
    let field = (0..<20).map { wave($0 / 4 - 2, $0 % 4 - 2) }
    var flux = [Double](repeating: 0, count: 20)
    transport.matrix.multiply(field, into: &flux)
    return flux[2 * 4 + 2] / (hx * hy * waveNumber * waveNumber)
  }

  /// The worst angle of square cells, where the law is D_f (h k)^4 sin^2(4a) / 2304.
  @Test func spuriousTransportAcrossTheSlowDirectionIsOfFourthOrder() {
    let (angle, h, ratio) = (Double.pi / 8, 1.0 / 64, 1e4)
    let waveNumber = 8 * Double.pi
    let spurious =
      apparentSlowDiffusivity(fast: 1, slow: 1 / ratio, angle: angle, hx: h, hy: h, waveNumber: waveNumber)
      - 1 / ratio
    let law = pow(h * waveNumber, 4) * pow(sin(4 * angle), 2) / 2304
    // What is left is the second-order error of the slow diffusivity itself.
    #expect(abs(spurious / law - 1) < 0.1)
    let general = TransportOperator.spuriousDiffusivity(
      fast: 1, slow: 1 / ratio, angle: angle, hx: h, hy: h, wavelength: 0.25)
    #expect(abs(general / law - (1 - 1 / ratio)) < 1e-12)
  }

  @Test(arguments: [2.0, 5, 15, 22.5, 45], [0.2, 0.5, 1, 2, 5])
  func spuriousTransportFollowsItsLawInRectangles(degrees: Double, aspect: Double) {
    let angle = degrees * .pi / 180
    // The larger width is 1; waves are k = 2 pi / (cells per wave).
    let (hx, hy) = (min(aspect, 1), min(1 / aspect, 1))
    let (s, c) = (sin(angle), cos(angle))
    for ratio in [10, 770, 1e4, .infinity] {
      let slow = 1 / ratio
      for cells in [8.0, 16, 32, 64] {
        let waveNumber = 2 * Double.pi / cells
        let symbol = apparentSlowDiffusivity(
          fast: 1, slow: slow, angle: angle, hx: hx, hy: hy, waveNumber: waveNumber)
        let law = TransportOperator.spuriousDiffusivity(
          fast: 1, slow: slow, angle: angle, hx: hx, hy: hy, wavelength: cells)
        // The next terms are (h k)^2 smaller: of the spurious part without the cancellation at tan a = hy / hx
        // (seen: at most 1/20, which is 3 % at 8 cells a wave), and of the slow diffusivity (seen: 0.13). The sum of
        // fluxes of size hy / hx or hx / hy, at most 1 / (hx hy), leaves some round-off.
        let square = pow(waveNumber * hx * s, 2) + pow(waveNumber * hy * c, 2)
        let uncancelled = pow(square * sin(2 * angle), 2) / 576
        let roundOff = 4 * Double.ulpOfOne / pow(hx * hy * waveNumber, 2)
        #expect(abs(symbol - slow - law) < (uncancelled / 16 + slow / 6) * square + roundOff)
      }
    }
  }

  // MARK: Polycrystals

  /// The conductivity of square crystals joined to their mirror image in Y, `cells` cells along each crystal.
  private func conductivity(_ angles: [[Double]], cells: Int, ratio: Double) throws -> Double {
    let grains = angles.count
    let (xCount, yCount) = (grains * cells, 2 * grains * cells)
    let mesh = blockMesh(x: xCount, y: yCount, thickness: 1, width: 2)
    var crystals: [PlaneTensor] = []
    for i in 0..<xCount {
      for j in 0..<yCount {
        let isImage = j >= yCount / 2
        let angle = angles[i / cells][(isImage ? yCount - 1 - j : j) / cells]
        crystals.append(
          Diffusion.diffusivityInCell(fast: 1, slow: 1 / ratio, angle: isImage ? -angle : angle))
      }
    }
    let transport = TransportOperator(mesh: mesh, diffusivity: crystals)
    return try transport.conductance(from: transport.surface, to: transport.collector) / 2
  }

  /// D_XX D_YY = D_f D_s for any square cut from crystals of one kind, with insulated sides.
  ///
  /// The stream function of one problem solves the other (Dykhne, Sov. Phys. JETP 32, 63 (1971); Keller 1964),
  /// so that this is exact for the finite sample. The mirror image makes the periodic seam insulating; with
  /// periodic sides instead, the product is that of another problem (1.4 to 2.9 for so few grains).
  ///
  /// The error lives where grains meet and falls as the cell width: seen are 1.132 and 1.068 at 8 and 16 cells along
  /// a grain. Other draws leave up to 1.29 and 1.15, so that 20 % at this ratio takes 16 cells along a grain.
  @Test func randomPolycrystalsConductWithTheGeometricMean() throws {
    let (grains, ratio) = (6, 770.0)
    let stream = RandomStream(seed: 1, name: "polycrystal")
    let angles = (0..<grains).map { _ in (0..<grains).map { _ in (stream.uniform() - 0.5) * .pi } }
    let transposed = (0..<grains).map { i in (0..<grains).map { j in .pi / 2 - angles[j][i] } }
    func mean(cells: Int) throws -> Double {
      try
        (conductivity(angles, cells: cells, ratio: ratio)
        * conductivity(transposed, cells: cells, ratio: ratio) * ratio).squareRoot()
    }
    let (coarse, fine) = try (mean(cells: 8), mean(cells: 16))
    #expect(abs(fine - 1) < 0.2)
    // First order in the cell width: what is left after extrapolation is of second order.
    #expect(abs(2 * fine - coarse - 1) < 0.03)
  }
}

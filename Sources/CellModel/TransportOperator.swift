import CellPhysics
import Foundation
import Numerics

/// The discrete operator -div(D grad u) of the film, on the nodes of the mesh.
///
/// Bilinear elements with one integration point and a stabilisation scaled by the slow diffusivity:
///
///     K_e = A g' D g + (S_x h_y / h_x + S_y h_x / h_y) / 12  s s',   S_x = 1 / (D^-1)_xx, S_y = 1 / (D^-1)_yy
///
/// with g the mean gradient and s the hourglass pattern (+1, -1, -1, +1). Where D is aligned with the
/// mesh this is the fully integrated bilinear element; where it is rotated, the stabilisation does not
/// leak the fast diffusivity into the slow direction: spurious transport is of fourth order in
/// cell width times wave number. Symmetric, nine points, lithium conserved to round-off.
/// Grain boundaries lie on mesh lines. At cracks and pores the elements are networks of their edges, some of which
/// pass less or nothing (``CrackedEdges``).
/// Measurements and limits: <doc:Discretisation>.
struct TransportOperator {
  /// The unknown of each node `I * yCount + J`, or -1 where no crystal touches it.
  let unknownOfNode: [Int]
  /// The crystal area that each unknown stands for, m2.
  let areas: [Double]
  /// The unknowns that exchange lithium with the electrolyte: those on the interface, in the order of Y, where a node
  /// that touches no crystal is absent, then those of infiltrated faces.
  private(set) var surface: [Int]
  /// The in-plane node index J of those on the interface.
  let surfaceNodes: [Int]
  /// The unknowns at the collector.
  let collector: [Int]
  /// Coupling of the unknowns, m2/s at lithium content 0.75.
  private(set) var matrix: SparseSymmetricMatrix

  private let mesh: Mesh
  private let diffusivity: [PlaneTensor]

  /// Assembles the operator without cracks.
  ///
  /// - Parameter diffusivity: the tensor of each mesh cell at lithium content 0.75, m2/s.
  init(mesh: Mesh, diffusivity: [PlaneTensor]) {
    self.mesh = mesh
    self.diffusivity = diffusivity
    let (xCount, yCount) = (mesh.xCount, mesh.yCount)
    var nodeArea = [Double](repeating: 0, count: (xCount + 1) * yCount)
    for cell in 0..<mesh.cellCount where mesh.isSolid[cell] {
      let corners = mesh.corners(of: cell)
      for corner in 0..<4 { nodeArea[corners[corner]] += mesh.area(cell / yCount, cell % yCount) / 4 }
    }
    var unknowns = [Int](repeating: -1, count: nodeArea.count)
    var areas: [Double] = []
    for node in nodeArea.indices where nodeArea[node] > 0 {
      unknowns[node] = areas.count
      areas.append(nodeArea[node])
    }
    unknownOfNode = unknowns
    self.areas = areas
    surfaceNodes = (0..<yCount).filter { unknowns[$0] >= 0 }
    surface = surfaceNodes.map { unknowns[$0] }
    collector = (0..<yCount).map { unknowns[xCount * yCount + $0] }.filter { $0 >= 0 }
    matrix = SparseSymmetricMatrix(count: 0, entries: [])
    assemble(cracked: CrackedEdges())
  }

  /// Lets the crystal exchange lithium at these nodes, I * yCount + J, besides those on the interface.
  mutating func infiltrate(_ nodes: [Int]) {
    surface = surfaceNodes.map { unknownOfNode[$0] } + nodes.map { unknownOfNode[$0] }
  }

  /// Assembles anew with the edges that cracks have left.
  mutating func assemble(cracked: CrackedEdges) {
    var entries: [SparseSymmetricMatrix.Entry] = []
    entries.reserveCapacity(10 * mesh.cellCount)
    let isNearPore = TransportOperator.poreNeighbourhood(mesh)
    for cell in 0..<mesh.cellCount where mesh.isSolid[cell] {
      let nodes = mesh.corners(of: cell)
      let row = cell / mesh.yCount
      // Shells conduct with their area.
      let (hx, hy) = (mesh.xWidth(row), mesh.spread[row] * mesh.yWidth(cell % mesh.yCount))
      let kept = isNearPore[cell] ? 0 : cracked.shareKept(nodes)
      var element = TransportOperator.element(diffusivity[cell], hx: hx, hy: hy)
      if kept < 1 {
        let network = TransportOperator.edgeElement(
          diffusivity[cell], hx: hx, hy: hy,
          passedX: SIMD2(cracked.alongX[nodes[0]] ?? 1, cracked.alongX[nodes[2]] ?? 1),
          passedY: SIMD2(cracked.alongY[nodes[0]] ?? 1, cracked.alongY[nodes[1]] ?? 1), spent: kept)
        for a in 0..<4 { element[a] = kept * element[a] + network[a] }
      }
      for a in 0..<4 {
        for b in 0..<4 {
          let (row, column) = (unknownOfNode[nodes[a]], unknownOfNode[nodes[b]])
          if row >= column { entries.append(.init(row, column, element[a][b])) }
        }
      }
    }
    matrix = SparseSymmetricMatrix(count: areas.count, entries: entries)
  }

  /// The crystal cells that share a node with a pore: as at a crack, neighbouring lines end there.
  private static func poreNeighbourhood(_ mesh: Mesh) -> [Bool] {
    let (xCount, yCount) = (mesh.xCount, mesh.yCount)
    var isNear = [Bool](repeating: false, count: mesh.cellCount)
    for cell in 0..<mesh.cellCount where !mesh.isSolid[cell] {
      let (i, j) = (cell / yCount, cell % yCount)
      for row in max(i - 1, 0)...min(i + 1, xCount - 1) {
        for step in [yCount - 1, 0, 1] { isNear[row * yCount + (j + step) % yCount] = true }
      }
    }
    return isNear
  }

  /// The element matrix of a cell of size `hx` by `hy`.
  private static func element(_ tensor: PlaneTensor, hx: Double, hy: Double)
    -> InlineArray<4, SIMD4<Double>>
  {
    let gx = SIMD4<Double>(-1, 1, -1, 1) / (2 * hx)
    let gy = SIMD4<Double>(-1, -1, 1, 1) / (2 * hy)
    let hourglass = SIMD4<Double>(1, -1, -1, 1)
    // 1 / (D^-1)_xx = det D / D_yy; a fully blocked tensor has no diagonal left to divide by.
    let determinant = max(tensor.determinant, 0)
    let sx = tensor.yy > 0 ? determinant / tensor.yy : 0
    let sy = tensor.xx > 0 ? determinant / tensor.xx : 0
    let stabilisation = (sx * hy / hx + sy * hx / hy) / 12
    var rows: InlineArray<4, SIMD4<Double>> = .init(repeating: .zero)
    for a in 0..<4 {
      let fluxX: Double = hx * hy * (tensor.xx * gx[a] + tensor.xy * gy[a])
      let fluxY: Double = hx * hy * (tensor.xy * gx[a] + tensor.yy * gy[a])
      var row: SIMD4<Double> = fluxX * gx
      row += fluxY * gy
      row += (stabilisation * hourglass[a]) * hourglass
      rows[a] = row
    }
    return rows
  }

  /// What the mesh adds to the slow diffusivity, for a wave along the slow direction.
  ///
  /// Equation: D = (D_f - D_s) k^4 sin^2(2a) (h_x^2 sin^2 a - h_y^2 cos^2 a)^2 / 576, k = 2 pi / wavelength;
  /// in square cells (D_f - D_s) (h k)^4 sin^2(4a) / 2304.
  /// Symbols: D_f, D_s, diffusivities along and across the layers, m2/s; a, crystal angle, rad; h_x, h_y,
  /// cell widths, m; wavelength, m.
  /// Valid for: equal cells inside one crystal, at most an eighth of a wave wide; the error is there below 4 %
  /// of what a sum in place of the difference would give. Not for: grain boundaries, cracks, pores, nor for
  /// the error that any second-order scheme makes of D_s itself.
  /// Source: series of the symbol (D_f - D_s) (t . G)^2 / k^2, t along the layers, with the gradient at the
  /// middle of a cell G_x = (2 / h_x) sin(k_x h_x / 2) cos(k_y h_y / 2), G_y likewise.
  static func spuriousDiffusivity(
    fast: Double, slow: Double, angle: Double, hx: Double, hy: Double, wavelength: Double
  ) -> Double {
    let waveNumber = 2 * Double.pi / wavelength
    let difference = pow(hx * sin(angle), 2) - pow(hy * cos(angle), 2)
    return (fast - slow) * pow(waveNumber * waveNumber * sin(2 * angle) * difference, 2) / 576
  }

  /// What an element at a crack or pore has besides the share it keeps: its four edges as conductors.
  ///
  /// Along the direction nearer to the fast one an edge conducts with the diagonal of D, across it with
  /// the slow-scaled det D / D_xx. The coupling of the two directions is lost in these cells alone. In
  /// return no lithium passes a crack, and the scheme is monotone there: a bilinear element averages the
  /// gradients of neighbouring lines, which beside a crack have nothing to do with one another.
  ///
  /// - Parameters:
  ///   - passedX: share that the edges along X at the lower and upper Y pass.
  ///   - passedY: share that the edges along Y at the lower and upper X pass.
  ///   - spent: the part of these shares that the element itself takes.
  private static func edgeElement(
    _ tensor: PlaneTensor, hx: Double, hy: Double, passedX: SIMD2<Double>, passedY: SIMD2<Double>,
    spent: Double
  ) -> InlineArray<4, SIMD4<Double>> {
    let isFastAlongX = tensor.xx >= tensor.yy
    let alongX = (isFastAlongX ? tensor.xx : tensor.determinant / tensor.yy) * hy / (2 * hx)
    let alongY = (isFastAlongX ? tensor.determinant / tensor.xx : tensor.yy) * hx / (2 * hy)
    var rows: InlineArray<4, SIMD4<Double>> = .init(repeating: .zero)
    func connect(_ a: Int, _ b: Int, _ conductance: Double) {
      rows[a][a] += conductance
      rows[b][b] += conductance
      rows[a][b] -= conductance
      rows[b][a] -= conductance
    }
    connect(0, 1, alongX * (passedX[0] - spent))
    connect(2, 3, alongX * (passedX[1] - spent))
    connect(0, 2, alongY * (passedY[0] - spent))
    connect(1, 3, alongY * (passedY[1] - spent))
    return rows
  }

  /// The flux between `source` unknowns held at potential 1 and `sink` unknowns held at 0, m2/s per potential
  /// and depth of the section.
  ///
  /// - Parameter links: further unknowns, joined to potential 1 by a conductance, m2/s.
  /// - Throws: `NumericalError` when the operator cannot be factorised.
  func conductance(
    from source: [Int], links: [(unknown: Int, conductance: Double)] = [], to sink: [Int]
  ) throws -> Double {
    var potential = [Double](repeating: .nan, count: areas.count)
    for unknown in sink { potential[unknown] = 0 }
    for unknown in source { potential[unknown] = 1 }
    var free = [Int](repeating: -1, count: areas.count)
    var count = 0
    for unknown in areas.indices where potential[unknown].isNaN {
      free[unknown] = count
      count += 1
    }
    // Cracks may cut a node off from all others: a leak far below round-off of the rest keeps it regular.
    let leak = 1e-14 * (matrix.values.max() ?? 0)
    var entries = (0..<count).map { SparseSymmetricMatrix.Entry($0, $0, leak) }
    var load = [Double](repeating: 0, count: count)
    for link in links where free[link.unknown] >= 0 {
      entries.append(.init(free[link.unknown], free[link.unknown], link.conductance))
      load[free[link.unknown]] += link.conductance
    }
    forEachEntry { row, column, value in
      if free[row] >= 0 && free[column] >= 0 {
        entries.append(.init(free[row], free[column], value))
      } else if free[row] >= 0 {
        load[free[row]] -= value * potential[column]
      } else if free[column] >= 0 {
        load[free[column]] -= value * potential[row]
      }
    }
    let solution = try SparseCholesky(SparseSymmetricMatrix(count: count, entries: entries)).solve(load)
    for unknown in areas.indices where free[unknown] >= 0 { potential[unknown] = solution[free[unknown]] }
    var flux = [Double](repeating: 0, count: areas.count)
    matrix.multiply(potential, into: &flux)
    return source.reduce(0) { $0 + flux[$1] }
      + links.reduce(0) { $0 + $1.conductance * (1 - potential[$1.unknown]) }
  }

  /// Visits every stored entry of the lower triangle.
  private func forEachEntry(_ body: (Int, Int, Double) -> Void) {
    for column in 0..<matrix.count {
      for k in Int(matrix.columnPointers[column])..<Int(matrix.columnPointers[column + 1]) {
        body(Int(matrix.rowIndices[k]), column, matrix.values[k])
      }
    }
  }
}

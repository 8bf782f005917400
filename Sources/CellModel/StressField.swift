/// Stresses of film and interface in one state, Pa, tension positive, in the frame of the cell.
public struct StressField: Sendable, Equatable {
  /// Mean normal stress XX of each cell; zero in pores.
  public let xx: [Double]
  /// Mean normal stress YY of each cell; zero in pores.
  public let yy: [Double]
  /// Mean shear stress XY of each cell; zero in pores.
  public let xy: [Double]
  /// Mean normal stress ZZ of each cell; zero in pores.
  public let zz: [Double]
  /// Stress XX that the film feels on each in-plane face of the interface.
  public let interfaceNormal: [Double]
  /// Stress XY that the film feels on each in-plane face of the interface.
  public let interfaceShear: [Double]
  /// What of it debonded parts pass on by friction; the bond carries the rest.
  public let interfaceFriction: [Double]
  /// Uniform out-of-plane strain of the film.
  public let outOfPlaneStrain: Double

  /// - Parameter interfaceFriction: none when left out.
  init(
    xx: [Double], yy: [Double], xy: [Double], zz: [Double], interfaceNormal: [Double],
    interfaceShear: [Double], interfaceFriction: [Double]? = nil, outOfPlaneStrain: Double
  ) {
    (self.xx, self.yy, self.xy, self.zz) = (xx, yy, xy, zz)
    (self.interfaceNormal, self.interfaceShear) = (interfaceNormal, interfaceShear)
    self.interfaceFriction = interfaceFriction ?? interfaceShear.map { _ in 0 }
    self.outOfPlaneStrain = outOfPlaneStrain
  }

  /// The field averaged over boxes of side `length`, see ``BoxAverage``.
  ///
  /// To average many fields of one mesh, keep a ``BoxAverage``.
  public func averaged(over length: Double, mesh: Mesh) -> StressField {
    BoxAverage(length: length, mesh: mesh).average(self)
  }
}

/// Averages over a physical length, which make stresses independent of the mesh.
///
/// Each crystal cell receives the area-weighted mean of the crystal in the box around its centre, as far
/// as the box lies in the film and in the cell's own column; Y is periodic. Interface tractions are
/// averaged along Y alone, in the same way. Pores stay zero and do not count.
public struct BoxAverage: Sendable {
  /// One direction of the box: which cells along it, and how much of each.
  private struct Stencil {
    var starts = [0]
    var cells: [Int] = []
    var weights: [Double] = []

    mutating func close() { starts.append(cells.count) }
    mutating func add(_ cell: Int, _ weight: Double) {
      cells.append(cell)
      weights.append(weight)
    }
  }

  private let throughThickness: Stencil
  /// In each row, or in all rows where the columns are the same in all.
  private let inPlane: [Stencil]
  /// The column of each cell; empty where columns reach through the whole thickness.
  private let columnOfCell: [Int]
  private let xCount: Int
  private let yCount: Int
  private let isSolid: [Bool]
  /// One over the crystal area in the box of each cell; zero in pores.
  private var inverseAreas: [Double]
  private let inverseLengths: [Double]

  /// Prepares the averages over boxes of side `length`, m.
  public init(length: Double, mesh: Mesh) {
    xCount = mesh.xCount
    yCount = mesh.yCount
    isSolid = mesh.isSolid
    throughThickness = Self.throughThickness(length, mesh)
    let isColumnar = (mesh.yCount..<mesh.cellCount).allSatisfy {
      mesh.columnOfCell[$0] == mesh.columnOfCell[$0 - mesh.yCount]
    }
    columnOfCell = isColumnar ? [] : mesh.columnOfCell
    inPlane = (0..<(isColumnar ? 1 : mesh.xCount)).map { Self.inPlane(length, mesh, row: $0) }
    inverseAreas = [Double](repeating: 1, count: mesh.cellCount)
    inverseLengths = Self.sum([Double](repeating: 1, count: yCount), inPlane[0]).map { 1 / $0 }
    let areas = sum(mesh.isSolid.map { $0 ? 1 : 0 })
    inverseAreas = zip(areas, isSolid).map { $1 ? 1 / $0 : 0 }
  }

  /// The averaged field.
  public func average(_ field: StressField) -> StressField {
    StressField(
      xx: average(field.xx), yy: average(field.yy), xy: average(field.xy), zz: average(field.zz),
      interfaceNormal: averageFaces(field.interfaceNormal),
      interfaceShear: averageFaces(field.interfaceShear),
      interfaceFriction: averageFaces(field.interfaceFriction), outOfPlaneStrain: field.outOfPlaneStrain)
  }

  private func average(_ values: [Double]) -> [Double] {
    var result = sum(values)
    for cell in result.indices { result[cell] *= inverseAreas[cell] }
    return result
  }

  private func averageFaces(_ values: [Double]) -> [Double] {
    zip(Self.sum(values, inPlane[0]), inverseLengths).map { $0 * $1 }
  }

  private static func throughThickness(_ length: Double, _ mesh: Mesh) -> Stencil {
    var stencil = Stencil()
    for i in 0..<mesh.xCount {
      let (low, high) = (mesh.xCentre(i) - 0.5 * length, mesh.xCentre(i) + 0.5 * length)
      for other in 0..<mesh.xCount {
        let overlap = min(high, mesh.xEdges[other + 1]) - max(low, mesh.xEdges[other])
        if overlap > 0 { stencil.add(other, overlap) }
      }
      stencil.close()
    }
    return stencil
  }

  private static func inPlane(_ length: Double, _ mesh: Mesh, row: Int) -> Stencil {
    var stencil = Stencil()
    let n = mesh.yCount
    let columns = mesh.columnOfCell[row * n..<(row + 1) * n].map { $0 }
    // No more than the periodic width, so that no cell counts twice.
    let half = 0.5 * min(length, mesh.width)
    for j in 0..<n {
      let inner = min(half, 0.5 * mesh.yWidth(j))
      stencil.add(j, 2 * inner)
      for step in [1, n - 1] {
        var rest = half - inner
        var other = (j + step) % n
        while rest > 0, columns[other] == columns[j] {
          stencil.add(other, min(rest, mesh.yWidth(other)))
          rest -= mesh.yWidth(other)
          other = (other + step) % n
        }
      }
      stencil.close()
    }
    return stencil
  }

  /// Weighted sums along Y of one line.
  private static func sum(_ values: [Double], _ stencil: Stencil) -> [Double] {
    (0..<values.count).map { j in
      var sum = 0.0
      for k in stencil.starts[j]..<stencil.starts[j + 1] {
        sum += stencil.weights[k] * values[stencil.cells[k]]
      }
      return sum
    }
  }

  /// Weighted sums over the boxes: first along Y, then through the thickness, as far as the column goes in each.
  private func sum(_ values: [Double]) -> [Double] {
    var alongY = [Double](repeating: 0, count: values.count)
    var result = alongY
    values.withUnsafeBufferPointer { values in
      alongY.withUnsafeMutableBufferPointer { alongY in
        for i in 0..<xCount {
          let inPlane = inPlane[inPlane.count == 1 ? 0 : i]
          for j in 0..<yCount {
            var sum = 0.0
            for k in inPlane.starts[j]..<inPlane.starts[j + 1] {
              sum += inPlane.weights[k] * values[i * yCount + inPlane.cells[k]]
            }
            alongY[i * yCount + j] = sum
          }
        }
        result.withUnsafeMutableBufferPointer { result in
          for i in 0..<xCount {
            for k in throughThickness.starts[i]..<throughThickness.starts[i + 1] {
              let weight = throughThickness.weights[k]
              let first = throughThickness.cells[k] * yCount
              let source = alongY.baseAddress! + first
              let target = result.baseAddress! + i * yCount
              if columnOfCell.isEmpty {
                for j in 0..<yCount { target[j] += weight * source[j] }
              } else {
                for j in 0..<yCount where columnOfCell[first + j] == columnOfCell[i * yCount + j] {
                  target[j] += weight * source[j]
                }
              }
            }
          }
        }
      }
    }
    return result
  }
}

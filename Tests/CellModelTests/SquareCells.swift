import CellModel
import Foundation

/// A film of equal columns on square cells, 10 um thick and 8 um wide, with a square pore where asked for.
func squareCells(
  _ cell: Double = 0.5e-6, columns: Int = 1, pore: (x: ClosedRange<Double>, y: ClosedRange<Double>)? = nil
) -> Mesh {
  func edges(_ length: Double) -> [Double] {
    let count = Int((length / cell).rounded())
    return (0...count).map { length * Double($0) / Double(count) }
  }
  let (x, y) = (edges(10e-6), edges(8e-6))
  let (rows, count) = (x.count - 1, y.count - 1)
  let isSolid = (0..<rows * count).map { index in
    guard let pore else { return true }
    let (i, j) = (index / count, index % count)
    return !(pore.x.contains(0.5 * (x[i] + x[i + 1])) && pore.y.contains(0.5 * (y[j] + y[j + 1])))
  }
  return Mesh(
    xEdges: x, yEdges: y, columnOfY: (0..<count).map { $0 * columns / count }, isSolid: isSolid,
    crystalAngle: [Double](repeating: 0, count: isSolid.count))
}

/// A crack between two points in um, whose tips have arrived where they are.
func arrivedCrack(_ from: (Double, Double), _ to: (Double, Double)) -> Crack {
  let (way, middle) = (
    SIMD2(to.0 - from.0, to.1 - from.1) * 1e-6, SIMD2(from.0 + to.0, from.1 + to.1) * 0.5e-6
  )
  let half = 0.5 * (way * way).sum().squareRoot()
  return Crack(
    x: middle.x, y: middle.y, inclination: atan2(way.x, way.y), tips: SIMD2(half, half),
    limits: SIMD2(half, half))
}

import CellModel
import CellPhysics
import Foundation
import Numerics

/// The places at which cracks can begin besides the flaws that are followed from the start.
///
/// Sites about as wide as the averaging length of the stress tile the section, whatever its mesh. Each has a strength
/// for tension on layers, drawn once from a random stream of its own: it stands for the worst of the flaws in it that
/// are too small to have been drawn. Strengths are drawn anew with a run, so that its state does not hold them.
struct NucleationSites: Sendable, Equatable {
  /// Their number through the thickness and along the film.
  let counts: SIMD2<Int>
  /// Their sides in these directions, m.
  let sides: SIMD2<Double>
  /// Strength of site (i, j), index `i * counts.y + j`, Pa.
  let strengths: [Double]

  init(parameters p: ParameterSet, seed: UInt64) {
    let size = SIMD2(p[.filmThickness], p[.filmWidth])
    let counts = SIMD2(
      max(1, Int((size.x / p[.averagingLength]).rounded())),
      max(1, Int((size.y / p[.averagingLength]).rounded())))
    let sides = size / SIMD2(Double(counts.x), Double(counts.y))
    (self.counts, self.sides) = (counts, sides)
    let stream = RandomStream(seed: seed, name: "nucleation strength")
    let modulus = p[.nucleationModulus]
    let scale = Nucleation.strengthScale(
      reference: p[.nucleationStrength], modulus: modulus, area: sides.x * sides.y)
    strengths = (0..<counts.x * counts.y).map { _ in stream.weibull(scale: scale, modulus: modulus) }
  }

  /// The middle of a site, (X, Y) in m.
  func centre(_ site: Int) -> SIMD2<Double> {
    SIMD2(Double(site / counts.y) + 0.5, Double(site % counts.y) + 0.5) * sides
  }

  /// Whether a crack passes through a site, (X, Y) periodic in Y.
  func isCrossed(_ site: Int, by crack: Crack) -> Bool {
    let width = Double(counts.y) * sides.y
    let ends = (crack.point(at: -crack.tips[0]), crack.point(at: crack.tips[1]))
    let centre = centre(site)
    return [-width, 0, width].contains { shift in
      // The part of the crack, from 0 to 1, that lies between opposite sides in both directions.
      var (first, last) = (0.0, 1.0)
      for axis in 0..<2 {
        let place = centre[axis] + (axis == 1 ? shift : 0)
        let (start, way) = (ends.0[axis] - place, ends.1[axis] - ends.0[axis])
        let half = 0.5 * sides[axis]
        guard abs(way) > 1e-15 else {
          if abs(start) > half { return false }
          continue
        }
        let (one, other) = ((-half - start) / way, (half - start) / way)
        first = max(first, min(one, other))
        last = min(last, max(one, other))
      }
      return first <= last
    }
  }
}

/// Where cracks begin in a film under the stresses of a cycle.
struct CrackNucleation {
  let toughness: CrackToughness
  let thickness: Double

  /// The cracks that begin, at most one in each column: the site of largest tension over strength.
  ///
  /// It relieves its surroundings before the next one begins there. Sites in pores, and those that a crack crosses,
  /// their own included, are out of question.
  func begun(_ cracks: [Crack], _ observation: CycleObservation) -> [Crack] {
    guard let sites = observation.sites, let microstructure = observation.microstructure else { return [] }
    let mesh = observation.mesh
    let weakest = max(1, toughness.alongLayers / toughness.acrossLayers)
    var worst: [Int: (ratio: Double, crack: Crack)] = [:]
    for site in sites.strengths.indices {
      let (place, strength) = (sites.centre(site), sites.strengths[site])
      let cell =
        mesh.cell(containing: place.x, mesh.xEdges) * mesh.yCount
        + mesh.cell(containing: place.y, mesh.yEdges)
      guard mesh.isSolid[cell], let angle = microstructure.crystalAngle(at: place) else { continue }
      let isInPore =
        microstructure.drawn?.pores.contains { pore in
          let apart = abs(pore.y - place.y)
          return hypot(pore.x - place.x, min(apart, mesh.width - apart)) < pore.radius
        } ?? false
      guard !isInPore else { continue }
      let cells = mesh.interpolation(at: place)
      var plane = (tension: 0.0, normalAngle: 0.0)
      for field in observation.stresses {
        let stress = field.stress(in: cells)
        // No plane has more than the principal tension, nor less toughness than the weaker of the two.
        guard stress.principalInPlane.largest * weakest > max(strength, plane.tension) else { continue }
        let found = Nucleation.weakestPlane(
          stress, angle: angle, alongLayers: toughness.alongLayers, acrossLayers: toughness.acrossLayers)
        if found.tension > plane.tension { plane = found }
      }
      let ratio = plane.tension / strength
      guard ratio > max(1, worst[mesh.columnOfCell[cell]]?.ratio ?? 0),
        !cracks.contains(where: { sites.isCrossed(site, by: $0) })
      else { continue }
      let half = Nucleation.flawHalfLength(strength: strength, toughness: toughness.alongLayers)
      var crack = Crack(
        x: place.x, y: place.y, inclination: -plane.normalAngle, tips: .zero, limits: .zero)
      for tip in 0..<2 {
        crack.limits[tip] =
          microstructure.obstacle(to: crack, tip: tip, from: 0, thickness: thickness).distance
      }
      crack.tips = pointwiseMin(SIMD2(half, half), crack.limits)
      worst[mesh.columnOfCell[cell]] = (ratio, crack)
    }
    return worst.sorted { $0.key < $1.key }.map(\.value.crack)
  }
}

extension Mesh {
  /// Cells around a place and their weights, bilinear between the middles of the cells of its column.
  fileprivate func interpolation(at place: SIMD2<Double>) -> [(cell: Int, weight: Double)] {
    let (i, j) = (cell(containing: place.x, xEdges), cell(containing: place.y, yEdges))
    let home = i * yCount + j
    let (offX, offY) = (place.x - xCentre(i), place.y - yCentre(j))
    let nextX = min(max(i + (offX > 0 ? 1 : -1), 0), xCount - 1)
    let nextY = (j + (offY > 0 ? 1 : -1) + yCount) % yCount
    let shareX = nextX == i ? 0 : 2 * abs(offX) / (xWidth(i) + xWidth(nextX))
    let shareY = 2 * abs(offY) / (yWidth(j) + yWidth(nextY))
    let cells = [
      (cell: home, weight: (1 - shareX) * (1 - shareY)),
      (cell: nextX * yCount + j, weight: shareX * (1 - shareY)),
      (cell: i * yCount + nextY, weight: (1 - shareX) * shareY),
      (cell: nextX * yCount + nextY, weight: shareX * shareY),
    ].filter { isSolid[$0.cell] && columnOfCell[$0.cell] == columnOfCell[home] }
    let sum = cells.reduce(0) { $0 + $1.weight }
    return cells.map { ($0.cell, $0.weight / sum) }
  }
}

extension StressField {
  /// The weighted mean over cells.
  fileprivate func stress(in cells: [(cell: Int, weight: Double)]) -> StressInCell {
    cells.reduce(into: StressInCell(xx: 0, yy: 0, zz: 0, xy: 0)) { mean, part in
      mean.xx += part.weight * xx[part.cell]
      mean.yy += part.weight * yy[part.cell]
      mean.zz += part.weight * zz[part.cell]
      mean.xy += part.weight * xy[part.cell]
    }
  }
}

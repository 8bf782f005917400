import CellModel
import CellPhysics
import Foundation
import Numerics

/// Fatigue growth of discrete cracks, with fast fracture above the toughness of the direction.
///
/// A tip stops at the boundary of its crystal. In the next cycle it enters the crystal that is bonded there, unless
/// the boundary is so much weaker that it takes the crack. Sides of columns, faces of the film, pores and other cracks
/// stop it for good.
///
/// The stress intensity comes from the uncracked stress along the crack line; see
/// ``CellPhysics/Fracture`` for the law and <doc:Discretisation> for the error of that choice.
public struct CrackGrowth: DegradationMechanism {
  public static let identifier = "cracks"

  private let rate: Double
  private let exponent: Double
  private let threshold: Double
  private let toughness: CrackToughness
  private let thickness: Double
  private let friction: Double

  public init(parameters p: ParameterSet) {
    rate = p[.crackGrowthRate]
    exponent = p[.crackGrowthExponent]
    threshold = p[.crackThreshold]
    toughness = CrackToughness(p)
    thickness = p[.filmThickness]
    friction = p[.crackFriction]
  }

  public func advance(_ damage: Damage, _ observation: CycleObservation) throws -> Damage {
    guard rate > 0, !observation.stresses.isEmpty else { return damage }
    var result = damage
    for index in damage.cracks.indices {
      var crack = damage.cracks[index]
      let loading = CrackLoading(crack, observation, toughness: toughness, friction: friction)
      for tip in 0..<2 {
        let meeting = damage.cracks.meeting(of: index, tip: tip, width: observation.mesh.width)
        crack.limits[tip] = min(crack.limits[tip], meeting)
      }
      result.cracks[index].tips = try grow(crack, loading)
      crossBoundaries(&result.cracks[index], observation.microstructure)
    }
    return result
  }

  /// Lets tips that stand at the boundary of their crystal enter the next one.
  private func crossBoundaries(_ crack: inout Crack, _ microstructure: Microstructure?) {
    guard let microstructure else { return }
    for tip in 0..<2 where crack.tips[tip] >= crack.limits[tip] {
      func obstacle(from start: Double) -> CrackObstacle {
        microstructure.obstacle(to: crack, tip: tip, from: start, thickness: thickness)
      }
      // Looking from a little before the boundary finds the boundary itself.
      let here = obstacle(from: max(crack.limits[tip] - 1e-9, 0))
      guard let angle = here.angleAhead,
        !Fracture.isDeflected(
          boundary: toughness.boundary, ahead: toughness.inCrystal(of: angle, crack),
          incidence: here.incidence)
      else { continue }
      crack.limits[tip] = obstacle(from: crack.limits[tip]).distance
    }
  }

  public static func restore(_ damage: inout Damage, to pristine: Damage) { damage.cracks = pristine.cracks }

  /// The largest stress intensity at any tip over the toughness.
  public func peakRatio(_ damage: Damage, _ observation: CycleObservation) -> Double {
    damage.cracks.reduce(0) { peak, crack in
      let loading = CrackLoading(crack, observation, toughness: toughness, friction: friction)
      let ratio = loading.extremes(tips: crack.tips).maximum / loading.toughness(at: crack.tips)
      return max(peak, ratio.max())
    }
  }

  /// The tips after one cycle: what runs at once runs first, the rest grows by fatigue.
  private func grow(_ crack: Crack, _ loading: CrackLoading) throws -> SIMD2<Double> {
    var tips = runFast(crack, loading)
    guard growth(tips, crack.limits, loading) != .zero else { return tips }
    var state = [tips[0], tips[1]]
    try OrdinaryDifferentialEquation.integrate(
      &state, from: 0, to: 1, relativeTolerance: 1e-6, absoluteTolerance: 1e-12
    ) { _, state, derivative in
      let rates = growth(SIMD2(state[0], state[1]), crack.limits, loading)
      derivative[0] = rates[0]
      derivative[1] = rates[1]
    }
    // The boundary arrests a tip; integration may end a hair beyond it.
    tips = pointwiseMin(SIMD2(state[0], state[1]), crack.limits)
    return runFast(Crack(crack, tips: tips), loading)
  }

  /// Growth of both tips per cycle, m; zero where a boundary has stopped a tip.
  private func growth(_ tips: SIMD2<Double>, _ limits: SIMD2<Double>, _ loading: CrackLoading) -> SIMD2<
    Double
  > {
    let (range, maximum) = loading.extremes(tips: tips)
    let toughness = loading.toughness(at: tips)
    var rates = SIMD2<Double>.zero
    for tip in 0..<2 where tips[tip] < limits[tip] {
      rates[tip] = Fracture.growthPerCycle(
        range: range[tip], maximum: maximum[tip], rate: rate, exponent: exponent, threshold: threshold,
        toughness: toughness[tip])
    }
    return rates
  }

  /// Lets a tip above the toughness run until its stress intensity falls below it or a boundary stops it.
  private func runFast(_ crack: Crack, _ loading: CrackLoading) -> SIMD2<Double> {
    var tips = crack.tips
    while true {
      let maximum = loading.extremes(tips: tips).maximum
      let toughness = loading.toughness(at: tips)
      var hasMoved = false
      for tip in 0..<2 where maximum[tip] >= toughness[tip] && tips[tip] < crack.limits[tip] {
        tips[tip] = min(tips[tip] + CrackLoading.spacing, crack.limits[tip])
        hasMoved = true
      }
      if !hasMoved { return tips }
    }
  }
}

extension Crack {
  fileprivate init(_ crack: Crack, tips: SIMD2<Double>) {
    self = crack
    self.tips = tips
  }
}

/// The toughness that a crack meets in the directions of a layered crystal, Pa m^0.5.
struct CrackToughness: Sendable {
  let alongLayers: Double
  let acrossLayers: Double
  let boundary: Double

  init(_ p: ParameterSet) {
    (alongLayers, acrossLayers) = (p[.cleavageToughness], p[.fractureToughness])
    boundary = p[.boundaryToughness]
  }

  /// That of a crystal at an angle for the line of a crack.
  func inCrystal(of angle: Double, _ crack: Crack) -> Double {
    // (003) planes are normal to the c axis: their trace makes 90 degrees plus the crystal angle with Y.
    Fracture.toughness(
      angle: crack.inclination - angle - .pi / 2, alongLayers: alongLayers, acrossLayers: acrossLayers)
  }
}

/// The tractions that a cycle puts on the line of one crack, sampled once for all its lengths.
struct CrackLoading {
  /// Distance between samples, m: well below the averaging length of the stress.
  static let spacing = 0.05e-6

  private let first: Double
  private let count: Int
  /// Normal and shear traction, state after state.
  private let tractions: [SIMD2<Double>]
  private let states: Int
  /// Toughness at each sample, Pa m^0.5.
  private let toughness: [Double]
  private let friction: Double

  init(_ crack: Crack, _ observation: CycleObservation, toughness: CrackToughness, friction: Double) {
    self.friction = friction
    first = -crack.limits[0]
    let count = max(2, Int(((crack.limits[0] + crack.limits[1]) / Self.spacing).rounded(.up)) + 1)
    self.count = count
    states = observation.stresses.count
    let (normal, along) = (crack.normal, crack.direction)
    let (mesh, yCount) = (observation.mesh, observation.mesh.yCount)
    var cells = [Int](repeating: 0, count: count)
    for sample in 0..<count {
      let point = crack.point(at: min(first + Double(sample) * Self.spacing, crack.limits[1]))
      cells[sample] =
        mesh.cell(containing: point.x, mesh.xEdges) * yCount + mesh.cell(containing: point.y, mesh.yEdges)
    }
    self.toughness = cells.map { toughness.inCrystal(of: mesh.crystalAngle[$0], crack) }
    var tractions: [SIMD2<Double>] = []
    tractions.reserveCapacity(states * count)
    for stress in observation.stresses {
      for cell in cells {
        let tx = stress.xx[cell] * normal.x + stress.xy[cell] * normal.y
        let ty = stress.xy[cell] * normal.x + stress.yy[cell] * normal.y
        tractions.append(SIMD2(tx * normal.x + ty * normal.y, tx * along.x + ty * along.y))
      }
    }
    self.tractions = tractions
  }

  /// The toughness of the crystals in which the tips stand, Pa m^0.5.
  func toughness(at tips: SIMD2<Double>) -> SIMD2<Double> {
    func sample(_ position: Double) -> Double {
      toughness[min(max(Int((position - first) / Self.spacing + 0.5), 0), count - 1)]
    }
    return SIMD2(sample(-tips[0]), sample(tips[1]))
  }

  /// Range and maximum over the cycle of the stress intensity at both tips, Pa m^0.5.
  ///
  /// The range is that of equal energy release rate, sqrt(dK_I^2 + dK_II^2), with signed K_II: shear that
  /// reverses counts with its full swing, a closed crack with none of its pressure.
  func extremes(tips: SIMD2<Double>) -> (range: SIMD2<Double>, maximum: SIMD2<Double>) {
    let infinity = SIMD2(repeating: Double.infinity)
    var (lowI, highI, lowII, highII) = (infinity, -infinity, infinity, -infinity)
    var maximum = SIMD2<Double>.zero
    tractions.withUnsafeBufferPointer { tractions in
      for state in 0..<states {
        let (back, front) = intensities(tips, tractions.baseAddress! + state * count)
        let (modeI, modeII) = (SIMD2(back.modeI, front.modeI), SIMD2(back.modeII, front.modeII))
        (lowI, highI) = (pointwiseMin(lowI, modeI), pointwiseMax(highI, modeI))
        (lowII, highII) = (pointwiseMin(lowII, modeII), pointwiseMax(highII, modeII))
        maximum = pointwiseMax(maximum, SIMD2(back.effective, front.effective))
      }
    }
    guard states > 0 else { return (.zero, .zero) }
    let (rangeI, rangeII) = (highI - lowI, highII - lowII)
    return ((rangeI * rangeI + rangeII * rangeII).squareRoot(), maximum)
  }

  /// The stress intensities at both tips in the first state.
  func intensities(tips: SIMD2<Double>) -> (back: Fracture.Intensity, front: Fracture.Intensity) {
    tractions.withUnsafeBufferPointer { intensities(tips, $0.baseAddress!) }
  }

  /// The stress intensities under one state's tractions.
  private func intensities(_ tips: SIMD2<Double>, _ row: UnsafePointer<SIMD2<Double>>) -> (
    back: Fracture.Intensity, front: Fracture.Intensity
  ) {
    let half = max(0.5 * (tips[0] + tips[1]), 1e-12)
    let middle = 0.5 * (tips[1] - tips[0])
    return Fracture.intensities(halfLength: half, friction: friction) { distance in
      let position = (middle + distance - first) / Self.spacing
      let index = min(max(Int(position), 0), count - 2)
      let share = min(max(position - Double(index), 0), 1)
      return (1 - share) * row[index] + share * row[index + 1]
    }
  }
}

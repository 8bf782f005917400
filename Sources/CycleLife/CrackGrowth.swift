import CellModel
import CellPhysics
import Foundation
import Numerics

/// Fatigue growth of discrete cracks, with fast fracture above the toughness of the direction, and their beginning.
///
/// A tip stops at the boundary of its crystal. When stresses are looked at next, it enters the crystal that is bonded
/// there, unless the boundary is so much weaker that it takes the crack. Sides of columns, faces of the film, pores and other cracks
/// stop it for good.
///
/// The stress intensity of a long crack is that of the resolved one, that of a short one comes from the stress along
/// its line; see ``CellModel/ResolvedCracks`` and ``CellPhysics/Fracture``. A crack above its toughness runs by a
/// tenth of its length before stresses are looked at again, one that tires by a fifth at most: so load relaxes as a
/// crack grows, and it arrests where its intensity falls below the toughness.
///
/// A tip goes straight on, or turns onto the layers of its crystal where that releases more of the energy that it takes,
/// ``CrackHeadings``. A crack that has turned is followed by its chord, the straight line between its tips.
///
/// When no crack runs, new ones begin where tension exceeds the strength of a site, ``NucleationSites``, as the flaw
/// that has this strength; then stresses are looked at again. They follow the flaws that were drawn in
/// ``Damage/cracks``, in the order of time.
public struct CrackGrowth: DegradationMechanism {
  public static let identifier = "cracks"

  private let rate: Double
  private let exponent: Double
  private let threshold: Double
  private let toughness: CrackToughness
  private let thickness: Double
  private let friction: Double
  private let nucleation: CrackNucleation

  public init(parameters p: ParameterSet) {
    rate = p[.crackGrowthRate]
    exponent = p[.crackGrowthExponent]
    threshold = p[.crackThreshold]
    toughness = CrackToughness(p)
    thickness = p[.filmThickness]
    friction = p[.crackFriction]
    nucleation = CrackNucleation(toughness: toughness, thickness: thickness)
  }

  public func span(_ damage: Damage, _ observation: CycleObservation, limit: Double) throws -> Double {
    guard rate > 0, !observation.stresses.isEmpty else { return limit }
    let cracks = stopped(damage.cracks, observation)
    let loadings = damage.cracks.indices.map { loading($0, damage, observation) }
    let headings = cracks.indices.map { lookAhead($0, cracks, loadings[$0], observation) }
    if cracks.indices.contains(where: { running(cracks[$0], loadings[$0], headings[$0]) != .zero }) {
      return 0
    }
    if !nucleation.begun(cracks, observation).isEmpty { return 0 }
    var span = limit
    for index in cracks.indices where loadings[index].canBeOutgrown {
      while span > Self.shortestSpan,
        loadings[index].isOutgrown(by: try fatigued(cracks[index], loadings[index], headings[index], span))
      {
        span /= 2
      }
    }
    return span
  }

  public func advance(_ damage: Damage, _ observation: CycleObservation, span: Double) throws -> Damage {
    guard rate > 0, !observation.stresses.isEmpty else { return damage }
    var result = damage
    let cracks = stopped(damage.cracks, observation)
    result.cracks = cracks
    for index in cracks.indices {
      let (crack, loading) = (cracks[index], loading(index, damage, observation))
      let headings = lookAhead(index, cracks, loading, observation)
      let tips =
        span > 0
        ? try fatigued(crack, loading, headings, span)
        : pointwiseMin(crack.tips + running(crack, loading, headings), headings.limits)
      // A limit may lie a hair before a tip that has arrived.
      result.cracks[index] = headings.lead(crack, to: pointwiseMax(crack.tips, tips), observation)
      crossBoundaries(&result.cracks[index], observation.microstructure)
    }
    // What runs relieves its surroundings first.
    let isRunning = zip(result.cracks, cracks).contains { $0.tips != $1.tips }
    if span == 0 && !isRunning { result.cracks += nucleation.begun(cracks, observation) }
    return result
  }

  /// The cracks with limits where they meet one another.
  private func stopped(_ cracks: [Crack], _ observation: CycleObservation) -> [Crack] {
    zip(cracks, cracks.meetings(width: observation.mesh.width)).map { crack, meeting in
      var crack = crack
      crack.limits = pointwiseMin(crack.limits, meeting)
      return crack
    }
  }

  /// The share of a cycle below which stresses are not asked for again.
  static let shortestSpan = 1.0 / 64

  private func loading(_ index: Int, _ damage: Damage, _ observation: CycleObservation) -> CrackLoading {
    CrackLoading(
      damage.cracks[index], observation, resolved: index, toughness: toughness, friction: friction)
  }

  /// Where the tips of a crack go.
  private func lookAhead(
    _ index: Int, _ cracks: [Crack], _ loading: CrackLoading, _ observation: CycleObservation
  ) -> CrackHeadings {
    var headings = CrackHeadings(cracks[index], loading, toughness, threshold: threshold)
    headings.bound(index, cracks, observation)
    return headings
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
    damage.cracks.indices.reduce(0) { peak, index in
      let loading = loading(index, damage, observation)
      let crack = damage.cracks[index]
      let headings = CrackHeadings(crack, loading, toughness, threshold: threshold)
      let ratio =
        headings.shares * loading.extremes(tips: crack.tips).maximum
        / headings.toughness(loading.toughness(at: crack.tips))
      return max(peak, ratio.max())
    }
  }

  /// The tips after a share of a cycle of fatigue.
  private func fatigued(_ crack: Crack, _ loading: CrackLoading, _ headings: CrackHeadings, _ span: Double)
    throws
    -> SIMD2<Double>
  {
    guard growth(crack.tips, loading, headings) != .zero else { return crack.tips }
    let limits = headings.limits
    var state = [crack.tips[0], crack.tips[1]]
    try OrdinaryDifferentialEquation.integrate(
      &state, from: 0, to: span, relativeTolerance: 1e-6, absoluteTolerance: 1e-12
    ) { _, state, derivative in
      // A trial step may lead anywhere.
      var tips = crack.tips
      for tip in 0..<2 where state[tip] > tips[tip] { tips[tip] = min(state[tip], limits[tip]) }
      let rates = growth(tips, loading, headings)
      derivative[0] = rates[0]
      derivative[1] = rates[1]
    }
    // The boundary arrests a tip; integration may end a hair beyond it, and behind the beginning where growth sets in.
    return pointwiseMax(crack.tips, pointwiseMin(SIMD2(state[0], state[1]), limits))
  }

  /// Growth of both tips per cycle, m; zero where a boundary has stopped a tip.
  private func growth(_ tips: SIMD2<Double>, _ loading: CrackLoading, _ headings: CrackHeadings) -> SIMD2<
    Double
  > {
    let (range, maximum) = loading.extremes(tips: tips)
    let toughness = headings.toughness(loading.toughness(at: tips))
    var rates = SIMD2<Double>.zero
    for tip in 0..<2 where tips[tip] < headings.limits[tip] {
      let share = headings.shares[tip]
      rates[tip] = Fracture.growthPerCycle(
        range: share * range[tip], maximum: share * maximum[tip], rate: rate, exponent: exponent,
        threshold: threshold,
        toughness: toughness[tip])
    }
    return rates
  }

  /// By how much the tips above the toughness run before the stresses are looked at again, m; zero for the others.
  private func running(_ crack: Crack, _ loading: CrackLoading, _ headings: CrackHeadings) -> SIMD2<Double> {
    let maximum = headings.shares * loading.extremes(tips: crack.tips).maximum
    let toughness = headings.toughness(loading.toughness(at: crack.tips))
    let step = max(Self.runningStep * crack.length, CrackLoading.spacing)
    var steps = SIMD2<Double>.zero
    for tip in 0..<2 where maximum[tip] >= toughness[tip] && crack.tips[tip] < headings.limits[tip] {
      steps[tip] = step
    }
    return steps
  }

  /// That of a running tip, over the length of its crack.
  static let runningStep = 0.1
}

/// The toughness that a crack meets in the directions of a layered crystal, Pa m^0.5.
struct CrackToughness: Sendable {
  let alongLayers: Double
  let acrossLayers: Double
  let boundary: Double
  /// The largest angle by which a tip turns onto layers, radian.
  let largestKink: Double

  init(_ p: ParameterSet) {
    (alongLayers, acrossLayers) = (p[.cleavageToughness], p[.fractureToughness])
    boundary = p[.boundaryToughness]
    largestKink = p[.largestKink]
  }

  /// That of a crystal at an angle for the line of a crack.
  func inCrystal(of angle: Double, _ crack: Crack) -> Double {
    // (003) planes are normal to the c axis: their trace makes 90 degrees plus the crystal angle with Y.
    Fracture.toughness(
      angle: crack.inclination - angle - .pi / 2, alongLayers: alongLayers, acrossLayers: acrossLayers)
  }

  /// By how much the inclination of a crack changes when it turns onto the layers of a crystal, radian: at most a right
  /// angle.
  static func turn(ontoLayersOf angle: Double, _ crack: Crack) -> Double {
    remainder(angle + .pi / 2 - crack.inclination, .pi)
  }
}

extension CycleObservation {
  /// Whether a tip has come to a side along which its crack gapes: it is none any more.
  ///
  /// Such are the faces of the film, pores and other cracks; sides of columns, which let go along Y and hold along X,
  /// for cracks that run along X rather than Y.
  func isMouth(_ crack: Crack, tip: Int) -> Bool {
    guard let microstructure, crack.tips[tip] >= crack.limits[tip] * (1 - 1e-9) else { return false }
    let step = 1e-9
    let beyond = crack.point(at: (tip == 0 ? -1 : 1) * (crack.limits[tip] + step))
    guard beyond.x > 0, beyond.x < mesh.thickness else { return true }
    let cell =
      mesh.cell(containing: beyond.x, mesh.xEdges) * mesh.yCount
      + mesh.cell(containing: beyond.y - mesh.width * (beyond.y / mesh.width).rounded(.down), mesh.yEdges)
    guard mesh.isSolid[cell] else { return true }
    let obstacle = microstructure.obstacle(
      to: crack, tip: tip, from: max(crack.limits[tip] - step, 0), thickness: mesh.thickness)
    let isStoppedByCrack = obstacle.distance > crack.limits[tip] + 2 * step
    return isStoppedByCrack
      || (obstacle.angleAhead == nil && abs(crack.direction.x) > abs(crack.direction.y))
  }
}

/// What a cycle does to one crack: the tractions on its line, sampled once for all its lengths, or the intensities of
/// a resolved crack.
struct CrackLoading {
  /// Distance between samples, m: well below the averaging length of the stress.
  static let spacing = 0.05e-6
  /// Length over the observed one from which other stresses act on a crack: its K is off by a tenth then.
  static let outgrowth = 1.2

  private let first: Double
  private let count: Int
  /// Normal and shear traction, state after state.
  private let tractions: [SIMD2<Double>]
  private let states: Int
  /// Toughness at each sample, Pa m^0.5, and the turn from the line of the crack onto the layers there, radian.
  private let toughness: [Double]
  private let turns: [Double]
  private let friction: Double
  /// Length of the crack that was observed and intensities of its tips, state after state, when it is resolved.
  private let length: Double
  private let resolved: [ResolvedCracks.TipIntensities]
  /// The length beyond which the observation no longer holds, m.
  private let outgrownLength: Double
  /// Whether the back and the front are mouths in a free side.
  private let isMouth: [Bool]

  /// - Parameter index: the place of the crack among those observed.
  init(
    _ crack: Crack, _ observation: CycleObservation, resolved index: Int, toughness: CrackToughness,
    friction: Double
  ) {
    self.friction = friction
    // A crack that has begun since was not observed.
    resolved = observation.intensities.compactMap { index < $0.count ? $0[index] : nil }
    length = resolved.isEmpty ? crack.length : observation.cracks[index].length
    isMouth = (0..<2).map { observation.isMouth(crack, tip: $0) }
    outgrownLength =
      observation.intensities.isEmpty
      ? .infinity : Self.outgrowth * max(length, ResolvedCracks.separatingLength)
    // As far as the tips come before stresses are looked at again.
    let reach = pointwiseMin(
      crack.limits, crack.tips + SIMD2(repeating: max(outgrownLength - crack.length, Self.spacing)))
    first = -reach[0]
    let count = max(2, Int((reach.sum() / Self.spacing).rounded(.up)) + 1)
    self.count = count
    states = observation.stresses.count
    let (normal, along) = (crack.normal, crack.direction)
    let (mesh, yCount) = (observation.mesh, observation.mesh.yCount)
    var cells = [Int](repeating: 0, count: count)
    for sample in 0..<count {
      let point = SIMD2(crack.x, crack.y) + min(first + Double(sample) * Self.spacing, reach[1]) * along
      let y = point.y - mesh.width * (point.y / mesh.width).rounded(.down)
      cells[sample] =
        mesh.cell(containing: point.x, mesh.xEdges) * yCount + mesh.cell(containing: y, mesh.yEdges)
    }
    self.toughness = cells.map { toughness.inCrystal(of: mesh.crystalAngle[$0], crack) }
    turns = cells.map { CrackToughness.turn(ontoLayersOf: mesh.crystalAngle[$0], crack) }
    var tractions: [SIMD2<Double>] = []
    tractions.reserveCapacity(states * count)
    for stress in resolved.isEmpty ? observation.stresses : [] {
      for cell in cells {
        let tx = stress.xx[cell] * normal.x + stress.xy[cell] * normal.y
        let ty = stress.xy[cell] * normal.x + stress.yy[cell] * normal.y
        tractions.append(SIMD2(tx * normal.x + ty * normal.y, tx * along.x + ty * along.y))
      }
    }
    self.tractions = tractions
  }

  /// Whether there is a length from which other stresses act on the crack.
  var canBeOutgrown: Bool { outgrownLength < .infinity }

  /// Whether a crack with these tips is so much longer than observed that other stresses act on it.
  func isOutgrown(by tips: SIMD2<Double>) -> Bool { tips.sum() > outgrownLength }

  /// The toughness of the crystals in which the tips stand, Pa m^0.5.
  func toughness(at tips: SIMD2<Double>) -> SIMD2<Double> {
    SIMD2(toughness[sample(-tips[0])], toughness[sample(tips[1])])
  }

  /// In the crystals just behind the tips: the turns from the line of the crack onto their layers, radian, and their
  /// toughness straight on, Pa m^0.5.
  func layers(behind tips: SIMD2<Double>) -> (turns: SIMD2<Double>, toughness: SIMD2<Double>) {
    let places = (SIMD2(-tips[0], tips[1]) - first) / Self.spacing
    let back = min(max(Int(places[0].rounded(.up)), 0), count - 1)
    let front = min(max(Int(places[1].rounded(.down)), 0), count - 1)
    return (SIMD2(turns[back], turns[front]), SIMD2(toughness[back], toughness[front]))
  }

  private func sample(_ position: Double) -> Int {
    min(max(Int((position - first) / Self.spacing + 0.5), 0), count - 1)
  }

  /// The intensities at both tips in the states in which they are largest.
  func worst(tips: SIMD2<Double>) -> (back: Fracture.Intensity, front: Fracture.Intensity) {
    let none = Fracture.Intensity(modeI: 0, modeII: 0)
    var worst = (back: none, front: none)
    tractions.withUnsafeBufferPointer { tractions in
      for state in 0..<states {
        let (back, front) =
          resolved.isEmpty
          ? intensities(tips, tractions.baseAddress! + state * count) : intensities(state, tips)
        if back.effective > worst.back.effective { worst.back = back }
        if front.effective > worst.front.effective { worst.front = front }
      }
    }
    return worst
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
        let (back, front) =
          resolved.isEmpty
          ? intensities(tips, tractions.baseAddress! + state * count) : intensities(state, tips)
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
    guard resolved.isEmpty else { return intensities(0, tips) }
    return tractions.withUnsafeBufferPointer { intensities(tips, $0.baseAddress!) }
  }

  /// Those of a resolved crack, which grow with the root of its length.
  private func intensities(_ state: Int, _ tips: SIMD2<Double>) -> (
    back: Fracture.Intensity, front: Fracture.Intensity
  ) {
    let growth = (tips.sum() / length).squareRoot()
    return (growth * resolved[state].back, growth * resolved[state].front)
  }

  /// The stress intensities under one state's tractions; those of mouths are zero.
  private func intensities(_ tips: SIMD2<Double>, _ row: UnsafePointer<SIMD2<Double>>) -> (
    back: Fracture.Intensity, front: Fracture.Intensity
  ) {
    let half = max(0.5 * (tips[0] + tips[1]), 1e-12)
    let middle = 0.5 * (tips[1] - tips[0])
    func traction(_ place: Double) -> SIMD2<Double> {
      let position = (place - first) / Self.spacing
      let index = min(max(Int(position), 0), count - 2)
      let share = min(max(position - Double(index), 0), 1)
      return (1 - share) * row[index] + share * row[index + 1]
    }
    let none = Fracture.Intensity(modeI: 0, modeII: 0)
    switch (isMouth[0], isMouth[1]) {
    case (false, false):
      return Fracture.intensities(halfLength: half, friction: friction) { traction(middle + $0) }
    case (true, false):
      return (
        none, Fracture.edgeIntensity(length: 2 * half, friction: friction) { traction(middle - half + $0) }
      )
    case (false, true):
      return (
        Fracture.edgeIntensity(length: 2 * half, friction: friction) { traction(middle + half - $0) }, none
      )
    case (true, true): return (none, none)
    }
  }
}

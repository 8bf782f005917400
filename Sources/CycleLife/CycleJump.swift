import CellModel
import CellPhysics
import Foundation

/// When cycles are skipped, and what stands in for them.
///
/// A jump from a simulated cycle a leads over skipped cycles to another simulated one, b, its landing. The damage of
/// the skipped cycles is done cycle by cycle under the lithium of cycle a, by the same mechanisms and with the same
/// events as in any cycle; only transport and kinetics are not solved. What is wrong with that grows with the change
/// of the lithium, so that a jump is bounded by the capacity Q that it may cost:
///
///     goes on while   sigma s <= 2 epsilon          predicted |ln(Q_b/Q_a)|
///     stands when     |ln(Q_b/Q_a)| <= 4 epsilon    found in the landing
///                     |sigma_b - sigma_a| s / 2 <= epsilon
///
/// and else is done again, to a cycle nearer by. epsilon: ``Scenario/jumpTolerance``; s: ``wear`` from cycle a to b;
/// sigma_b = |ln(Q_b/Q_a)|/s what wear costs, sigma its mean with those of the jumps before.
///
/// A skipped cycle between has the share w = s/s_b of the change from a to b in everything electrochemical, so that a
/// sudden damage shows in the cycle that follows it. Where wear costs as much all through a jump that is exact; where
/// half of it costs sigma_a, the last line is the error. It is an estimate; what always holds is that w does not leave
/// 0 to 1, so that the capacity is within 4 epsilon of both ends. The error that damage under the lithium of cycle a
/// makes adds up from jump to jump and has no bound; it is measured on the page Assumptions.
struct JumpControl: Sendable, Equatable, Codable {
  /// What wear costs: relative loss of capacity over wear, averaged, and of the last span alone.
  private(set) var sensitivity = 1.0
  private(set) var lastSlope: Double?
  /// The most cycles that the next jump may lead on: twice the longest before, so that what no wear announces is
  /// found early.
  private(set) var longest = 2

  /// Wear costs no less than this, so that a lull does not let the next jump run on.
  static let leastSensitivity = 0.3

  /// Whether a jump may go so far.
  func allows(wear: Double, tolerance: Double) -> Bool { sensitivity * wear <= 2 * tolerance }

  /// How far a jump that was simulated has to be shortened, at most, for its errors; nil when it stands.
  ///
  /// - Parameter wear: up to each of its cycles, the landing last.
  mutating func shortened(_ wear: [Double], loss: Double, tolerance: Double) -> Int? {
    let length = wear.count
    guard length > 1 else { return nil }
    let slope = slope(loss, wear[length - 1])
    let error =
      slope.map { abs($0 - (lastSlope ?? $0)) * wear[length - 1] / 2 } ?? loss / 2
    if loss <= 4 * tolerance && error <= tolerance { return nil }
    if let slope { sensitivity = max(sensitivity, slope) }
    let allowed = wear.lastIndex { allows(wear: $0, tolerance: tolerance) }.map { $0 + 1 } ?? 1
    return max(1, min(allowed, error > tolerance || slope == nil ? length / 2 : length - 1))
  }

  /// Takes a jump, or a single cycle, that stands.
  mutating func take(length: Int, wear: Double, loss: Double) {
    if let slope = slope(loss, wear) {
      lastSlope = slope
      sensitivity = max(0.5 * (sensitivity + slope), Self.leastSensitivity)
    }
    longest = max(longest, 2 * length)
  }

  /// The share of the change of a jump at one of its cycles, counted from 1; without wear all cycles do the same.
  ///
  /// - Parameters:
  ///   - place: wear up to that cycle.
  ///   - wear: up to each of the cycles.
  static func share(of place: Double, cycle: Int, in wear: [Double]) -> Double {
    (place + 1e-9 * Double(cycle)) / (wear[wear.count - 1] + 1e-9 * Double(wear.count))
  }

  /// Nil without wear.
  private func slope(_ loss: Double, _ wear: Double) -> Double? { wear > 1e-9 ? loss / wear : nil }
}

/// What a run that may jump remembers of the last cycle that it simulated.
struct JumpStart: Sendable, Equatable, Codable {
  /// What the lithium of that cycle loads the film with, and how long it took, s.
  var course: CycleCourse
  var duration: Double
  /// Its record, and the wear of the damage it did.
  var record: CycleRecord
  var wear: Double
  var control: JumpControl
  /// The loadings at the ends of steps in the simulated cycle before, and how many cycles lie between; empty and 0
  /// where that had other steps, as the first cycle.
  var before: [StressLoading] = []
  var distance = 0

  /// Whether a run on a mesh of so many cells can have come to it.
  func isPossible(cells: Int) -> Bool {
    let numbers = [
      duration, wear, control.sensitivity, course.time, course.pressedTime, record.dischargeCapacity,
    ]
    return numbers.allSatisfy { $0.isFinite && $0 >= 0 } && control.longest > 1
      && course.stepEnds.allSatisfy { course.loadings.indices.contains($0) }
      && (before.isEmpty ? distance == 0 : before.count == course.stepEnds.count && distance > 0)
      && (course.loadings + before).allSatisfy { loading in
        loading.contentChange.count == cells && loading.contentChange.allSatisfy(\.isFinite)
          && loading.pressure.isFinite
      }
  }
}

/// A cycle that is repeated without its lithium being followed again.
///
/// At the ends of steps, where most stresses are largest, lithium goes on to change as it did from the simulated cycle
/// before to this one; in the other states it stays. Without that, damage in smooth fade is ten times as far off.
struct RepeatedCycle {
  private let start: JumpStart
  /// The change of damage up to which stresses are not looked at again: see ``Damage/change(since:)``.
  let held: Double
  /// The end of the last repetition, s.
  private var course: CycleCourse
  private var repetition = 0
  private var observed: (observation: CycleObservation, damage: Damage)?

  init(_ start: JumpStart, tolerance: Double) {
    (self.start, course) = (start, start.course)
    held = 4 * tolerance
  }

  /// Does the damage of one more repetition.
  mutating func advance(
    _ damage: inout Damage, _ degradation: inout Degradation, _ record: inout CycleRecord, _ stop: StopRequest
  ) throws {
    repetition += 1
    course.time += start.duration
    for (index, before) in zip(course.stepEnds, start.before) {
      course.loadings[index] = start.course.loadings[index].extrapolated(
        from: before, by: Double(repetition) / Double(start.distance))
    }
    if observed.map({ damage.change(since: $0.damage) > held }) ?? true {
      observed = (try degradation.observe(course, damage, stop).0, damage)
    }
    guard var observation = observed?.observation else { return }
    observation.time = course.time
    try degradation.advance(&damage, course, observation, &record, stop)
  }
}

extension StressLoading {
  /// What lies beyond this loading by a multiple of the way to it from an earlier one.
  fileprivate func extrapolated(from earlier: StressLoading, by multiple: Double) -> StressLoading {
    StressLoading(
      contentChange: zip(contentChange, earlier.contentChange).map { $0 + multiple * ($0 - $1) },
      pressure: pressure + multiple * (pressure - earlier.pressure))
  }
}

extension Damage {
  /// The largest change since an earlier damage that changes stresses: of the debonded share of a patch, and of the
  /// length of a crack that relieves them, over that length; infinite when a crack has begun.
  func change(since earlier: Damage) -> Double {
    guard cracks.count == earlier.cracks.count else { return .infinity }
    let debonded = zip(patches, earlier.patches).reduce(0) {
      max($0, $1.0.initialContact * abs($1.0.debonded - $1.1.debonded))
    }
    return zip(cracks, earlier.cracks).reduce(debonded) { change, pair in
      let (now, before) = (pair.0.length, pair.1.length)
      guard now > ResolvedCracks.separatingLength else { return change }
      return max(change, (now - before) / max(before, ResolvedCracks.separatingLength))
    }
  }
}

extension CycleRecord {
  /// What the damage of the cycle took: the change of contact, of crystal that is cut off, and of the logarithm of the
  /// effective diffusivity; and what the interphase takes at a current density in A/m2, where a volt counts as all.
  ///
  /// - Parameter earlier: the cycle before.
  func wear(since earlier: CycleRecord, current: Double) -> Double {
    let cutOff = isolatedShare.isNaN ? 0 : abs(isolatedShare - earlier.isolatedShare)
    let diffusivity =
      effectiveDiffusivity > 0 && earlier.effectiveDiffusivity > 0
      ? abs(log(effectiveDiffusivity / earlier.effectiveDiffusivity)) : 0
    return abs(contactFraction - earlier.contactFraction) + cutOff + diffusivity
      + current * abs(interphaseResistance - earlier.interphaseResistance)
  }

  /// Takes over what another record says of the damage of the cell.
  mutating func takeDamage(of other: CycleRecord) {
    (contactFraction, isolatedShare) = (other.contactFraction, other.isolatedShare)
    (effectiveDiffusivity, interphaseResistance) = (other.effectiveDiffusivity, other.interphaseResistance)
  }

  /// Takes from two simulated cycles what is known of simulated ones alone, `share` of the way between them.
  mutating func interpolate(from first: CycleRecord, to second: CycleRecord, share: Double) {
    isSimulated = false
    for quantity in CycleRecord.interpolated {
      let (start, end) = (first[keyPath: quantity], second[keyPath: quantity])
      self[keyPath: quantity] = start + share * (end - start)
    }
    let nearest = share < 0.5 ? first : second
    (peakStressX, peakStressY, peakStressSite) = (
      nearest.peakStressX, nearest.peakStressY, nearest.peakStressSite
    )
    // Nothing was solved that could be out of balance; stresses count for the landing.
    (lithiumBalanceError, contentExcess, solves) = (.nan, .nan, 0)
  }

  private static var interpolated: [WritableKeyPath<CycleRecord, Double>] {
    [
      \.chargeCapacity, \.dischargeCapacity, \.chargeEnergy, \.dischargeEnergy, \.meanDischargeVoltageVsLi,
      \.holdTime, \.minimumContent, \.maximumContent, \.transportLoss, \.kineticsLoss, \.peakTensileStress,
      \.peakKOverToughness, \.audit.highStressShare, \.audit.overloadedShare, \.audit.meanInPlaneStress,
      \.audit.inPlaneMoment, \.audit.meanInPlaneStrain, \.audit.forceBalanceError,
    ]
  }
}

extension Scenario {
  /// Whether a cycle has to be simulated, however smooth the course.
  func isLanding(_ cycle: Int) -> Bool {
    cycle == cycles || fieldCycles.contains(cycle) || isMeshChecked(cycle) || isAttributed(cycle)
      || isReferenceTested(after: cycle)
  }
}

extension CycleRecord {
  /// Closes the lithium accounts of a jump: what a cycle charges is what the one before discharged, and the same
  /// difference in each.
  ///
  ///     C_j = D_(j-1) + (C - D_a)/k,   j = a + 1 ... b,   k = b - a
  ///
  /// C is what the landing charged, from the lithium that cycle a left. So the sum of C_j is that of all discharges
  /// before b, plus C: all lithium that passed.
  static func settle(_ skipped: inout [CycleRecord], landing: inout CycleRecord, from first: CycleRecord) {
    let surplus =
      (landing.chargeCapacity - first.dischargeCapacity) / Double(skipped.count + 1)
    var discharged = first.dischargeCapacity
    func settle(_ record: inout CycleRecord) {
      let charge = max(discharged + surplus, 0)
      if record.chargeCapacity > 0 { record.chargeEnergy *= charge / record.chargeCapacity }
      record.chargeCapacity = charge
      discharged = record.dischargeCapacity
    }
    for index in skipped.indices { settle(&skipped[index]) }
    settle(&landing)
  }
}

/// Keeps what a landing records until it stands.
struct LandingSink: RunSink {
  private var samples: [TimeSample] = []
  private var fields: [FieldRecord] = []
  private var hotspots: [[HotspotRecord]] = []

  mutating func record(_ sample: TimeSample) { samples.append(sample) }
  mutating func record(_ cycle: CycleRecord) {}
  mutating func record(_ fields: FieldRecord) { self.fields.append(fields) }
  mutating func record(_ hotspots: [HotspotRecord]) { self.hotspots.append(hotspots) }

  /// Hands all on, with what the skipped cycles before it took and passed added.
  ///
  /// - Parameters:
  ///   - delay: time by which they took longer than was assumed, s.
  ///   - passed: charge that passed in them in either direction, C/m2.
  func replay(into sink: inout some RunSink, delay: Double, passed: Double) throws {
    for var sample in samples {
      sample.time += delay
      sample.chargePassed += passed
      sample.dischargePassed += passed
      try sink.record(sample)
    }
    for var fields in fields {
      fields.time += delay
      try sink.record(fields)
    }
    for hotspots in hotspots { try sink.record(hotspots) }
  }
}

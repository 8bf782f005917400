import CellModel
import CellPhysics
import Foundation
import Numerics

/// How a run skips cycles; when, and what stands in for them: ``JumpControl``.
extension CycleRunner {
  /// A cycle that is skipped: its damage was done, its lithium not followed.
  private struct SkippedCycle {
    /// The damage it leaves, and what that says of the cycle.
    let damage: Damage
    var record: CycleRecord
    /// Wear since the jump began, up to the damage that the cycle after this one finds.
    let wear: Double
  }

  /// A cycle that follows directly on a simulated one.
  mutating func step(_ cycle: Int, _ sink: inout some RunSink, _ stop: StopRequest) throws
    -> CycleRecord
  {
    let from = state.jumpStart
    let record = try runCycle(cycle, .ordinary, &sink, stop)
    if let from {
      let loss = loss(from.record, record)
      state.jumpStart?.control.take(length: 1, wear: from.wear, loss: loss)
    }
    return record
  }

  /// Skips cycles and simulates the one they lead to, ``JumpControl``; nil where the next one has to be simulated.
  ///
  /// Hands on all but the record of the landing, which is returned as that of any cycle.
  mutating func jump(_ sink: inout some RunSink, _ stop: StopRequest) throws -> CycleRecord? {
    (workToBook, jumpedFrom) = (nil, nil)
    guard let tolerance = scenario.jumpTolerance, let from = state.jumpStart, from.distance > 0 else {
      return nil
    }
    let start = state
    var control = from.control
    workToBook = work
    var skipped = try skip(from, tolerance, stop)
    while let last = skipped.last {
      var landing = LandingSink()
      state = start
      state.completedCycles += skipped.count
      state.stepNumber += skipped.count * scenario.protocolSteps.count
      state.damage = last.damage
      state.cell.wait(Double(skipped.count) * from.duration)
      state.jumpStart?.record = last.record
      jumpedFrom = from
      apply(state.damage, at: state.cell)
      let opened = workToBook
      var record: CycleRecord
      do {
        record = try runCycle(state.completedCycles + 1, .ordinary, &landing, stop)
      } catch  where error is StepInfeasible || error is SolverFailure || error is NumericalError {
        // The cycle that cannot be carried out may be one before, or only so far away.
        (skipped, workToBook) = (Array(skipped.prefix(skipped.count / 2)), opened)
        continue
      }
      let (wear, loss) = ([from.wear] + skipped.map(\.wear), loss(from.record, record))
      for (index, place) in wear.dropLast().enumerated() {
        let share = JumpControl.share(of: place, cycle: index + 1, in: wear)
        skipped[index].record.interpolate(from: from.record, to: record, share: share)
      }
      var length = control.shortened(wear, loss: loss, tolerance: tolerance)
      if length == nil, state.end != nil || end(after: record) != nil {
        // The last cycle that does not end the run is simulated, and those that follow.
        length = skipped.lastIndex { end(after: $0.record) == nil }.map { $0 + 1 } ?? 1
      }
      if let length {
        (skipped, workToBook) = (Array(skipped.prefix(length - 1)), opened)
        continue
      }
      control.take(length: wear.count, wear: wear[wear.count - 1], loss: loss)
      let longer = (state.jumpStart?.duration ?? 0) - from.duration
      var (delay, passed) = (0.0, 0.0)
      for (index, cycle) in skipped.enumerated() {
        delay += longer * JumpControl.share(of: wear[index], cycle: index + 1, in: wear)
        passed += cycle.record.dischargeCapacity
      }
      var records = skipped.map(\.record)
      CycleRecord.settle(&records, landing: &record, from: from.record)
      for record in records { try sink.record(record) }
      try landing.replay(into: &sink, delay: delay, passed: passed)
      state.cell.wait(delay)
      state.totals.skip(passed)
      state.jumpStart?.course.time += delay
      state.jumpStart?.record = record
      state.jumpStart?.control = control
      return record
    }
    state = start
    jumpedFrom = nil
    state.jumpStart?.control = control
    apply(state.damage, at: state.cell)
    return nil
  }

  /// Does the damage of as many cycles as may be skipped.
  private mutating func skip(_ from: JumpStart, _ tolerance: Double, _ stop: StopRequest) throws
    -> [SkippedCycle]
  {
    var skipped: [SkippedCycle] = []
    var repeated = RepeatedCycle(from, tolerance: tolerance)
    var (damage, record, wear, last) = (state.damage, from.record, from.wear, from.wear)
    while skipped.count + 1 < from.control.longest,
      from.control.allows(wear: wear + last, tolerance: tolerance)
    {
      var next = CycleRecord()
      next.cycle = state.completedCycles + skipped.count + 1
      if scenario.isLanding(next.cycle) { break }
      let before = damage
      do {
        try repeated.advance(&damage, &degradation, &next, stop)
      } catch is NumericalError {
        // Followed lithium may be kinder than lithium that goes on as it did.
        break
      }
      try laws.check(damage, since: before)
      apply(damage, at: state.cell)
      try describe(damage, &next)
      last = next.wear(since: record, current: wearingCurrent)
      // It is not known yet; that of the last cycle ends no run.
      next.dischargeCapacity = from.record.dischargeCapacity
      guard from.control.allows(wear: wear + last, tolerance: tolerance), cell.hasContact,
        end(after: next) == nil
      else { break }
      wear += last
      record = next
      skipped.append(SkippedCycle(damage: damage, record: next, wear: wear))
    }
    return skipped
  }

  /// 1C per true area, A/m2: see ``CycleRecord/wear(since:current:)``.
  private var wearingCurrent: Double {
    let p = scenario.parameters
    let ratio =
      scenario.composite?.areaRatio
      ?? Kinetics.activeAreaRatio(roughness: p[.roughness], correlationLength: p[.roughnessLength])
    return p[.nominalCapacity] / 3600 / ratio
  }

  /// The magnitude of the logarithm of the ratio of two discharge capacities, as far as it matters.
  private func loss(_ first: CycleRecord, _ second: CycleRecord) -> Double {
    let (before, after) = (first.dischargeCapacity, second.dischargeCapacity)
    guard before > 0, after > 0 else { return 10 }
    return min(abs(log(after / before)), 10)
  }

  /// Keeps what a jump from this cycle begins with.
  func remember(_ course: CycleCourse, _ record: CycleRecord, _ pass: Pass, _ next: inout RunState) {
    let before = state.jumpStart
    let begun = jumpedFrom ?? before
    let wear = before.map { record.wear(since: $0.record, current: wearingCurrent) } ?? 0
    switch pass {
    case .ordinary:
      next.jumpStart = JumpStart(
        course: course, duration: course.time - state.cell.time, record: record, wear: wear,
        control: before?.control ?? JumpControl())
      if let begun, begun.course.stepEnds.count == course.stepEnds.count {
        next.jumpStart?.before = begun.course.stepEnds.map { begun.course.loadings[$0] }
        next.jumpStart?.distance = record.cycle - begun.record.cycle
      }
    case .reference:
      // Jumps repeat the cycle before it, with the damage that it left.
      next.jumpStart?.course.time = course.time
      next.jumpStart?.record.takeDamage(of: record)
      next.jumpStart?.wear += wear
    }
  }
}

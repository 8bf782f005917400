import Foundation
import Numerics

/// What ends an advance; the first one reached does.
public enum Limit: Sendable, Equatable {
  /// The terminal voltage in V is reached, from whichever side the advance starts.
  case terminalVoltage(Double)
  /// The magnitude of the current density falls to this, A/m2.
  case currentMagnitude(Double)
  /// This many seconds have passed.
  case duration(Double)
}

/// The stiffly accurate, L-stable method ESDIRK3(2)4L[2]SA: third order, embedded second order.
///
/// Source: Kennedy & Carpenter, Appl. Numer. Math. 44, 139 (2003), table ARK3(2)4L[2]SA, implicit part.
enum RungeKutta {
  static let gamma = 1_767_732_205_903.0 / 4_055_673_282_236
  static let stages: [[Double]] = [
    [0],
    [gamma],
    [2_746_238_789_719.0 / 10_658_868_560_708, -640_167_445_237.0 / 6_845_629_431_997],
    [
      1_471_266_399_579.0 / 7_840_856_788_654, -4_482_444_167_858.0 / 7_529_755_066_697,
      11_266_239_266_428.0 / 11_593_286_722_821,
    ],
  ]
  static let nodes = [0, 2 * gamma, 0.6, 1]
  static let weights = stages[3] + [gamma]
  static let embedded = [
    2_756_255_671_327.0 / 12_835_298_489_170, -10_771_552_573_575.0 / 22_201_958_757_719,
    9_247_589_265_047.0 / 10_645_013_368_117, 2_193_209_047_091.0 / 5_459_859_503_100,
  ]
}

extension ElectrochemicalCell {
  /// Length of the first step under a new drive, s: backward Euler over a time in which lithium
  /// moves less than a cell, which brings currents and potentials to the new drive.
  static let startStep = 0.01

  /// Integrates under a constant drive until the first limit, which is met exactly.
  ///
  /// - Parameters:
  ///   - state: advanced in place.
  ///   - period: a time step ends at each multiple of it since the start, s; nil for none.
  ///   - observe: called after every accepted step.
  /// - Returns: the limit that ended the advance.
  /// - Throws: ``SolverFailure`` when no step size works.
  public func advance(
    _ state: inout CellState, drive: Drive, until limits: [Limit], every period: Double? = nil,
    observe: (CellState) throws -> Void
  ) throws -> Limit {
    let start = state.time
    let imposed = Imposed.constant(drive)
    forgetInterface()
    adapt(&state)
    let shortest = timeLeft(limits, state, start: start)?.time ?? .infinity
    let length = min(Self.startStep, shortest, period ?? .infinity)
    state = try startStep(from: state, length: length, imposed)
    try observe(state)
    if let reached = limits.first(where: { isReachedAtOnce($0, drive: drive, state) }) { return reached }
    let sides = limits.map { margin($0, state, start: start) > 0 }
    var landings = Landings(start: start, period: period)
    var step = 40 * Self.startStep
    while true {
      let place = landings.next(after: state.time)
      if let reached = try proceed(&state, imposed, limits, sides, start: start, until: place, &step, observe)
      {
        return reached
      }
    }
  }

  /// Integrates under a current density that inserts lithium, as a profile prescribes it, to its end or the first limit.
  ///
  /// Time steps end at each of its points. A voltage is met from whichever side the cell is on before the profile
  /// begins; where it is at the voltage then, from that to which it goes at the first moment.
  ///
  /// - Parameters: as those of ``advance(_:drive:until:every:observe:)``.
  /// - Returns: the limit that ended the advance; at the end of the profile its duration.
  /// - Throws: ``SolverFailure`` when no step size works.
  public func advance(
    _ state: inout CellState, along profile: CurrentProfile, until limits: [Limit],
    every period: Double? = nil, observe: (CellState) throws -> Void
  ) throws -> Limit {
    let start = state.time
    forgetInterface()
    adapt(&state)
    var sides = limits.map { margin($0, state, start: start) > 0 }
    let undecided = limits.indices.filter { abs(margin(limits[$0], state, start: start)) < 1e-6 }
    var landings = Landings(start: start, period: period)
    var step = 40 * Self.startStep
    for segment in profile.segments {
      let imposed = Imposed(segment, from: start)
      let end = start + segment.end.time
      if segment.isJump {
        let shortest = timeLeft(limits, state, start: start)?.time ?? .infinity
        // Nothing is left of a profile that a duration has ended at its last point.
        if shortest < 1e-9 { break }
        let place = min(end, landings.next(after: state.time))
        state = try startStep(from: state, length: min(Self.startStep, shortest, place - state.time), imposed)
        try observe(state)
        if segment.start.time == 0 {
          for index in undecided { sides[index] = margin(limits[index], state, start: start) > 0 }
        }
        let crossed = zip(limits, sides).first { (margin($0, state, start: start) > 0) != $1 }
        if let crossed { return crossed.0 }
        step = 40 * Self.startStep
      }
      while end - state.time >= 1e-9 {
        let place = min(end, landings.next(after: state.time))
        if let reached = try proceed(
          &state, imposed, limits, sides, start: start, until: place, &step, observe)
        {
          return reached
        }
      }
    }
    return timeLeft(limits, state, start: start).flatMap { $0.time < 1e-9 ? $0.limit : nil }
      ?? .duration(profile.duration)
  }

  /// Places in time at which steps are to end: multiples of a period.
  private struct Landings {
    let start: Double
    let period: Double?
    private var count = 1.0

    init(start: Double, period: Double?) {
      self.start = start
      self.period = period
    }

    /// The first that is still to come at `time`; infinite without a period.
    mutating func next(after time: Double) -> Double {
      guard let period else { return .infinity }
      while start + count * period - time < 1e-9 { count += 1 }
      return start + count * period
    }
  }

  /// Integrates until a limit is reached, or to a place in time, where it returns nil.
  ///
  /// `step` is the length that the next time step may have, before and after.
  private func proceed(
    _ state: inout CellState, _ imposed: Imposed, _ limits: [Limit], _ sides: [Bool], start: Double,
    until place: Double, _ step: inout Double, _ observe: (CellState) throws -> Void
  ) throws -> Limit? {
    while true {
      let left = timeLeft(limits, state, start: start)
      if let left, left.time < 1e-9 { return left.limit }
      let rest = place - state.time
      if rest < 1e-9 { return nil }
      let length = min(step, left?.time ?? step, rest)
      switch try attempt(from: state, length: length, imposed, limits, sides, start: start) {
      case .rejected(let shorter, let reason):
        countStep(accepted: false)
        guard shorter > 1e-7 else { throw failure(state, imposed, reason) }
        step = shorter
      case .accepted(let next, let proposal):
        countStep(accepted: true)
        state = next
        try observe(state)
        // A step that was cut short to land somewhere says nothing against the length before.
        step = length < step ? max(step, proposal) : proposal
      case .landed(let limit, let landing):
        countStep(accepted: true)
        state = landing
        try observe(state)
        return limit
      }
    }
  }

  /// What became of a step that was tried.
  private enum StepOutcome {
    /// It failed or erred too much: try a shorter one.
    case rejected(shorter: Double, reason: String)
    /// It is good; the next one may have the proposed length.
    case accepted(CellState, proposal: Double)
    /// It crossed a limit; the state is where the limit is met.
    case landed(Limit, CellState)
  }

  private func attempt(
    from state: CellState, length: Double, _ imposed: Imposed, _ limits: [Limit], _ sides: [Bool],
    start: Double
  ) throws -> StepOutcome {
    do {
      let trial = try rungeKuttaStep(from: state, length: length, imposed)
      let tolerance = parameters[.relativeTolerance]
      let ratio = 0.85 * pow(max(trial.error / tolerance, 1e-6), -1.0 / 3)
      guard trial.error <= tolerance else {
        return .rejected(
          shorter: length * Self.rounded(max(0.2, min(ratio, 0.7))),
          reason: "the error of a step stays too large")
      }
      let crossed = zip(limits, sides).filter { limit, side in
        if case .duration = limit { return false }
        return (margin(limit, trial.state, start: start) > 0) != side
      }
      let nearest = crossed.filter { limit, side in
        !crossed.contains { isBefore($0.0, limit, side: side) && $0.1 == side }
      }
      let landings = try nearest.map { ($0.0, try locate($0.0, from: state, trial, length, imposed)) }
      if let first = landings.min(by: { $0.1.time < $1.1.time }) { return .landed(first.0, first.1) }
      // Keeping the step keeps the factor: change it only for a real gain.
      let change = ratio > 1.6 ? min(ratio, 6) : ratio < 1 ? max(ratio, 0.3) : 1
      return .accepted(trial.state, proposal: length * Self.rounded(change))
    } catch let error as StepFailure {
      return .rejected(shorter: length / 4, reason: error.reason)
    } catch let error as NumericalError {
      return .rejected(shorter: length / 4, reason: error.description)
    }
  }

  /// The next lower power of 2^(1/4096).
  ///
  /// An error estimate is a small difference, uncertain by round-off in its seventh to tenth digit. Step lengths on
  /// a ladder do not inherit that: cells that differ by round-off alone take the same steps.
  private static func rounded(_ change: Double) -> Double {
    exp2((4096 * log2(change)).rounded(.down) / 4096)
  }

  /// Whether a course that starts on one side of two voltages, above where `side` holds, meets `limit` before `other`.
  private func isBefore(_ limit: Limit, _ other: Limit, side: Bool) -> Bool {
    guard case .terminalVoltage(let voltage) = limit, case .terminalVoltage(let beyond) = other else {
      return false
    }
    return side ? voltage > beyond : voltage < beyond
  }

  /// The time until the earliest of the durations among `limits`.
  private func timeLeft(_ limits: [Limit], _ state: CellState, start: Double) -> (limit: Limit, time: Double)?
  {
    limits.compactMap { limit -> (limit: Limit, time: Double)? in
      guard case .duration(let duration) = limit else { return nil }
      return (limit, start + duration - state.time)
    }.min { $0.time < $1.time }
  }

  /// The signed distance of a state from a limit; its sign changes where the limit is met.
  private func margin(_ limit: Limit, _ state: CellState, start: Double) -> Double {
    switch limit {
    case .terminalVoltage(let voltage): state.terminalVoltage - voltage
    case .currentMagnitude(let magnitude): abs(state.insertionCurrent) - magnitude
    case .duration(let duration): start + duration - state.time
    }
  }

  /// Whether the first instant under a drive already lies beyond a limit.
  private func isReachedAtOnce(_ limit: Limit, drive: Drive, _ first: CellState) -> Bool {
    switch (limit, drive) {
    case (.terminalVoltage(let voltage), .insertionCurrent(let current)) where current != 0:
      current > 0 ? first.terminalVoltage <= voltage : first.terminalVoltage >= voltage
    case (.terminalVoltage(let voltage), .deliveredPower(let power)) where power != 0:
      power > 0 ? first.terminalVoltage <= voltage : first.terminalVoltage >= voltage
    case (.currentMagnitude(let magnitude), .terminalVoltage):
      abs(first.insertionCurrent) <= magnitude
    default: false
    }
  }

  private func failure(_ state: CellState, _ imposed: Imposed, _ reason: String) -> SolverFailure {
    SolverFailure(
      time: state.time, drive: imposed.drive(at: state.time), terminalVoltage: state.terminalVoltage,
      reason: reason)
  }

  /// The first, tiny step under a new drive, by backward Euler; a tinier one where that fails.
  private func startStep(from state: CellState, length: Double, _ imposed: Imposed) throws -> CellState {
    var next = state
    let drive = imposed.drive(at: state.time + length)
    do {
      // The rate is a difference over a tiny time: its error is that of the content over that time.
      try solveStage(
        base: state.content, step: length, drive: drive, state: &next, tolerance: tightTolerance)
    } catch let error as StepFailure {
      guard length > 1e-6 else { throw failure(state, imposed, error.reason) }
      return try startStep(from: state, length: length / 10, imposed)
    }
    for index in next.rate.indices {
      next.rate[index] = (next.content[index] - state.content[index]) / length
    }
    next.time += length
    next.insertedCharge += length * next.insertionCurrent
    next.deliveredEnergy += length * next.insertionCurrent * next.terminalVoltage
    return next
  }

  /// Error allowed in the solution of a stage: a hundredth of the local error of a step, which moves a capacity by
  /// two in its seventh digit.
  private var newtonTolerance: Double { min(1e-2 * parameters[.relativeTolerance], 1e-6) }

  /// The same where a result is divided by a tiny time or compared with a limit; round-off of contents
  /// bounds what can be asked for.
  private var tightTolerance: Double { max(1e-6 * newtonTolerance, 1e-14) }

  /// A step that was tried: its end, the rms of its local error, and voltage and current at each stage.
  struct Trial {
    let state: CellState
    let error: Double
    /// At each stage the rates, 1/s, and the current densities at the interface, A/m2.
    let rates: [[Double]]
    let surfaceCurrents: [[Double]]
    let voltages: [Double]
    let currents: [Double]
  }

  /// One step of the Runge-Kutta method, with its error estimate and the course of voltage and current.
  ///
  /// - Parameter trial: a step from the same state and nearly as long, whose rates are the first guess.
  func rungeKuttaStep(
    from state: CellState, length: Double, _ imposed: Imposed, tolerance: Double? = nil,
    like trial: Trial? = nil
  ) throws -> Trial {
    var next = state
    var rates = [state.rate]
    var surfaceCurrents = [state.surfaceCurrent]
    var voltages = [state.terminalVoltage]
    var currents = [state.insertionCurrent]
    let implicit = RungeKutta.gamma * length
    for stage in 1..<4 {
      var base = state.content
      for (rate, weight) in zip(rates, RungeKutta.stages[stage]) {
        add(weight * length, rate, to: &base)
      }
      next.content = base
      if let trial {
        add(implicit, trial.rates[stage], to: &next.content)
        next.surfaceCurrent = trial.surfaceCurrents[stage]
      } else {
        // First guess: rates and currents of the stages before, by the polynomial through them.
        for index in next.surfaceCurrent.indices { next.surfaceCurrent[index] = 0 }
        for earlier in 0..<stage {
          var weight = 1.0
          for other in 0..<stage where other != earlier {
            weight *=
              (RungeKutta.nodes[stage] - RungeKutta.nodes[other])
              / (RungeKutta.nodes[earlier] - RungeKutta.nodes[other])
          }
          add(implicit * weight, rates[earlier], to: &next.content)
          add(weight, surfaceCurrents[earlier], to: &next.surfaceCurrent)
        }
      }
      try solveStage(
        base: base, step: implicit,
        drive: imposed.drive(at: state.time + RungeKutta.nodes[stage] * length), state: &next,
        tolerance: tolerance ?? newtonTolerance)
      // The rate that satisfies the stage exactly: the sum over the film is the current, to round-off.
      var rate = base
      for index in rate.indices { rate[index] = (next.content[index] - base[index]) / implicit }
      rates.append(rate)
      surfaceCurrents.append(next.surfaceCurrent)
      voltages.append(next.terminalVoltage)
      currents.append(next.insertionCurrent)
    }
    var error = [Double](repeating: 0, count: next.content.count)
    var (charge, energy) = (0.0, 0.0)
    for stage in 0..<4 {
      add(length * (RungeKutta.weights[stage] - RungeKutta.embedded[stage]), rates[stage], to: &error)
      charge += RungeKutta.weights[stage] * currents[stage]
      energy += RungeKutta.weights[stage] * currents[stage] * voltages[stage]
    }
    next.rate = rates[3]
    next.time = state.time + length
    next.insertedCharge = state.insertedCharge + length * charge
    next.deliveredEnergy = state.deliveredEnergy + length * energy
    return Trial(
      state: next, error: errorNorm(error), rates: rates, surfaceCurrents: surfaceCurrents,
      voltages: voltages, currents: currents)
  }

  /// The state at which a limit crossed within a step is met.
  ///
  /// The course of voltage or current over the stages, a cubic through four points, gives the first
  /// guess; safeguarded secants on steps of the true length do the rest.
  private func locate(
    _ limit: Limit, from state: CellState, _ trial: Trial, _ length: Double, _ imposed: Imposed
  ) throws -> CellState {
    let goal: Double
    let course: [Double]
    let value: (CellState) -> Double
    switch limit {
    case .terminalVoltage(let voltage):
      (goal, course, value) = (voltage, trial.voltages, { $0.terminalVoltage })
    case .currentMagnitude(let magnitude):
      (goal, course, value) = (magnitude, trial.currents.map(abs), { abs($0.insertionCurrent) })
    case .duration: preconditionFailure("durations end steps exactly")
    }
    // Stages are solved far better than steps need, so that where a cycle ends is no matter of chance.
    let precision = 1e-11 * max(1, abs(goal))
    let guess = try Root.brent(in: 0...1, tolerance: 1e-6) { fraction in
      Self.interpolate(course, at: fraction) - goal
    }
    var slope =
      (Self.interpolate(course, at: guess + 1e-4) - Self.interpolate(course, at: guess - 1e-4)) / 2e-4
    var (low, high) = (0.0, 1.0)
    let rising = course[3] > course[0]
    var fraction = min(max(guess, 1e-6), 1)
    var before: (fraction: Double, value: Double, tolerance: Double)?
    var near: Trial?
    // The first landings only have to come near: each is solved as well as the one before says that it is worth.
    var tolerance = newtonTolerance
    for _ in 0..<40 {
      let step = try rungeKuttaStep(
        from: state, length: fraction * length, imposed, tolerance: tolerance, like: near)
      near = step
      let landing = step.state
      let miss = value(landing) - goal
      if tolerance == tightTolerance && abs(miss) <= precision { return landing }
      if (miss > 0) == rising { high = fraction } else { low = fraction }
      // What two landings differ by says nothing when it is as small as what they are solved to.
      if let before, abs(miss - before.value) > 100 * before.tolerance {
        slope = (miss - before.value) / (fraction - before.fraction)
      }
      before = (fraction, miss, tolerance)
      tolerance = min(max(1e-4 * abs(miss), tightTolerance), tolerance)
      let secant = fraction - miss / slope
      fraction = secant > low && secant < high ? secant : 0.5 * (low + high)
    }
    throw StepFailure(reason: "the limit cannot be located")
  }

  /// The cubic through the values at the nodes of the Runge-Kutta method.
  private static func interpolate(_ values: [Double], at fraction: Double) -> Double {
    var sum = 0.0
    for j in 0..<4 {
      var basis = values[j]
      for k in 0..<4 where k != j {
        basis *= (fraction - RungeKutta.nodes[k]) / (RungeKutta.nodes[j] - RungeKutta.nodes[k])
      }
      sum += basis
    }
    return sum
  }
}

/// Adds `scale` times a vector to another of the same length.
private func add(_ scale: Double, _ vector: [Double], to sum: inout [Double]) {
  vector.withUnsafeBufferPointer { vector in
    sum.withUnsafeMutableBufferPointer { sum in
      for index in sum.indices { sum[index] += scale * vector[index] }
    }
  }
}

/// The solver found no step size that works.
public struct SolverFailure: Error, Sendable, CustomStringConvertible {
  /// When it happened, s, under which drive, and at which voltage, V.
  public let time: Double
  public let drive: Drive
  public let terminalVoltage: Double
  /// What stopped the shortest step.
  public let reason: String

  public var description: String {
    let (time, voltage) = (String(format: "%.1f", time), String(format: "%.4f", terminalVoltage))
    return "no time step can be solved at t = \(time) s, terminal voltage \(voltage) V: \(reason)"
  }
}

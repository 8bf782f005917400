import CellPhysics
import Foundation
import Numerics

@testable import CellModel

/// The same discrete equations as ``ElectrochemicalCell``, written from the documentation and solved plainly.
///
/// Dense matrices; three stages of Radau IIA (order 5) on a given grid of times; one Newton iteration over
/// all unknowns of a step at once: contents, currents along the interface and cathode potential of every stage.
/// Nothing adapts; the caller refines the grid. It shares the laws of CellPhysics and the interpolation of the
/// open-circuit potential with the program, nothing else. No cracks, no pores.
struct ReferenceCell {
  /// One instant: contents by node, currents by interface node, and what follows from them.
  struct State {
    var time = 0.0
    var content: [Double]
    var current: [Double]
    var cathodePotential: Double
    var meanCurrent = 0.0
    var terminalVoltage: Double
    var insertedCharge = 0.0
  }

  enum Failure: Error { case noConvergence, limitNotReached }

  private let parameters: ParameterSet
  private let openCircuit: MonotoneInterpolant
  private let separator: Separator
  private let composition: CompositionDependence
  private let charge: Double
  private let period: Double
  /// The area of each node, the width of each interface node and the active share of it.
  private let areas: [Double]
  private let widths: [Double]
  private let active: [Double]
  /// -div(D grad u) of E3 and the response Z of E10.
  private let stiffness: DenseMatrix
  /// The rows in which each column of the stiffness holds something.
  private let neighbours: [[Int]]
  private let constriction: DenseMatrix

  init(mesh: Mesh, parameters p: ParameterSet, contact: [Double]) throws {
    parameters = p
    openCircuit = try MonotoneInterpolant(p.openCircuit)
    separator = Separator(
      cathodeSide: (p[.cathodeSideThickness], p[.cathodeSideConductivity]),
      anodeSide: (p[.anodeSideThickness], p[.anodeSideConductivity]))
    composition = CompositionDependence(slope: p[.diffusivitySlope])
    charge = Constants.faraday * p[.density] / p[.molarMass]
    period = mesh.width

    // Cells: a quarter of each belongs to each corner; K = A g' D g + stabilisation, node by node.
    let yCount = mesh.yCount
    var areas = [Double](repeating: 0, count: (mesh.xCount + 1) * yCount)
    var stiffness = DenseMatrix(rows: areas.count, columns: areas.count)
    for i in 0..<mesh.xCount {
      for j in 0..<yCount {
        let (hx, hy) = (mesh.xEdges[i + 1] - mesh.xEdges[i], mesh.yEdges[j + 1] - mesh.yEdges[j])
        let d = Diffusion.diffusivityInCell(
          fast: p[.fastDiffusivity], slow: p[.slowDiffusivity], angle: mesh.crystalAngle[i * yCount + j])
        let stabilisation = (hy / hx / d.inverse.xx + hx / hy / d.inverse.yy) / 12
        let corners = [(0, 0), (1, 0), (0, 1), (1, 1)]
        for (a, b) in corners {
          let row = (i + a) * yCount + (j + b) % yCount
          areas[row] += hx * hy / 4
          let gradient = (Double(2 * a - 1) / (2 * hx), Double(2 * b - 1) / (2 * hy))
          for (c, e) in corners {
            let other = (Double(2 * c - 1) / (2 * hx), Double(2 * e - 1) / (2 * hy))
            let fluxX = d.xx * other.0 + d.xy * other.1
            let fluxY = d.xy * other.0 + d.yy * other.1
            let sign: Double = (a + b + c + e) % 2 == 0 ? 1 : -1
            stiffness[row, (i + c) * yCount + (j + e) % yCount] +=
              hx * hy * (gradient.0 * fluxX + gradient.1 * fluxY) + sign * stabilisation
          }
        }
      }
    }
    self.areas = areas
    self.stiffness = stiffness
    neighbours = areas.indices.map { l in areas.indices.filter { stiffness[$0, l] != 0 } }

    // The interface: each node stands for half of the face on either side.
    let below = (0..<yCount).map { mesh.yWidth(($0 + yCount - 1) % yCount) }
    let above = (0..<yCount).map { mesh.yWidth($0) }
    widths = (0..<yCount).map { (below[$0] + above[$0]) / 2 }
    let areaRatio = Kinetics.activeAreaRatio(
      roughness: p[.roughness], correlationLength: p[.roughnessLength])
    active = (0..<yCount).map {
      areaRatio * (contact[$0] * above[$0] + contact[($0 + yCount - 1) % yCount] * below[$0])
        / (above[$0] + below[$0])
    }

    // Z_jl: the potential that a current in the width of l leaves on average over the width of j, wave by wave.
    constriction = ReferenceCell.constriction(
      separator, centres: (0..<yCount).map { mesh.yEdges[$0] + (above[$0] - below[$0]) / 4 }, widths: widths,
      period: mesh.width)
  }

  private static func constriction(
    _ separator: Separator, centres: [Double], widths: [Double], period: Double
  ) -> DenseMatrix {
    var matrix = DenseMatrix(rows: widths.count, columns: widths.count)
    guard widths.count > 1 else { return matrix }
    func mean(_ x: Double) -> Double { sin(x) / x }
    for mode in 1...Int((8 * period / widths.min()!).rounded(.up)) {
      let k = 2 * Double.pi * Double(mode) / period
      let impedance = separator.impedance(waveNumber: k)
      for j in widths.indices {
        for l in widths.indices {
          let waves = mean(k * widths[j] / 2) * mean(k * widths[l] / 2) * cos(k * (centres[j] - centres[l]))
          matrix[j, l] += 2 * widths[l] / period * impedance * waves
        }
      }
    }
    return matrix
  }

  /// At rest with a uniform content.
  func uniformState(content: Double) -> State {
    let potential = openCircuit.evaluate(content).value + parameters[.potentialOffset]
    return State(
      content: [Double](repeating: content, count: areas.count),
      current: [Double](repeating: 0, count: widths.count), cathodePotential: potential,
      terminalVoltage: potential - parameters[.counterPotential])
  }

  // MARK: Time

  /// Follows a drive for `duration` in `steps` steps whose ends lie at T (k / n)^growth.
  func advance(_ state: inout State, _ drive: Drive, duration: Double, steps: Int, growth: Double) throws {
    let start = state.time
    for step in 1...steps {
      let end = start + duration * pow(Double(step) / Double(steps), growth)
      state = try self.step(from: state, drive, length: end - state.time)
    }
  }

  /// Follows a drive in steps of one length until `measure` changes its sign.
  func advance(_ state: inout State, _ drive: Drive, step length: Double, until measure: (State) -> Double)
    throws
  {
    for _ in 0..<10000 {
      // Far beyond the limit there may be no solution any more; the limit then lies within a shorter step.
      var (length, next) = (length, state)
      while true {
        do {
          next = try step(from: state, drive, length: length)
          break
        } catch Failure.noConvergence where length > 1e-6 { length /= 2 }
      }
      if measure(next) * measure(state) <= 0 {
        // Bisections and secants in turn on the length of this last step.
        var (low, high) = ((0.0, measure(state)), (length, measure(next)))
        for iteration in 0..<100 {
          let secant = low.0 - low.1 * (high.0 - low.0) / (high.1 - low.1)
          let trial = try step(from: state, drive, length: iteration % 2 == 0 ? secant : (low.0 + high.0) / 2)
          let value = measure(trial)
          if abs(value) < 1e-11 {
            state = trial
            return
          }
          if value * low.1 > 0 {
            low = (trial.time - state.time, value)
          } else {
            high = (trial.time - state.time, value)
          }
        }
        throw Failure.noConvergence
      }
      state = next
    }
    throw Failure.limitNotReached
  }

  /// Radau IIA with three stages: the weights of the rates, stage by stage; the last stage is the end of the step.
  private static let weights: [[Double]] = {
    let r = 6.0.squareRoot()
    return [
      [(88 - 7 * r) / 360, (296 - 169 * r) / 1800, (-2 + 3 * r) / 225],
      [(296 + 169 * r) / 1800, (88 + 7 * r) / 360, (-2 - 3 * r) / 225],
      [(16 - r) / 36, (16 + r) / 36, 1.0 / 9],
    ]
  }()

  private func step(from state: State, _ drive: Drive, length: Double) throws -> State {
    let (nodes, faces) = (areas.count, widths.count)
    let block = nodes + faces + 1
    // First guess: the state as it is, with the imposed current spread over what is active.
    var guess = state
    let imposed: Double? =
      switch drive {
      case .insertionCurrent(let current): current
      case .deliveredPower(let power): power / state.terminalVoltage
      case .terminalVoltage: nil
      }
    if state.time == 0 || state.current.allSatisfy({ $0 == 0 }), let imposed {
      let total = zip(active, widths).reduce(0) { $0 + $1.0 * $1.1 } / period
      guess.current = active.map { imposed * $0 / total }
    }
    var stages = [State](repeating: guess, count: 3)
    for _ in 0..<30 {
      var matrix = DenseMatrix(rows: 3 * block, columns: 3 * block)
      var update = DenseMatrix(rows: 3 * block, columns: 1)
      let rates = stages.map(rate)
      for s in 0..<3 {
        for k in 0..<nodes {
          var residual = stages[s].content[k] - state.content[k]
          for t in 0..<3 { residual -= length * Self.weights[s][t] * rates[t][k] }
          update[s * block + k, 0] = -residual
          matrix[s * block + k, s * block + k] += 1
        }
        for t in 0..<3 {
          rateSlopes(
            stages[t], factor: -length * Self.weights[s][t], row: s * block, column: t * block, &matrix)
        }
        balance(stages[s], drive, offset: s * block, &matrix, &update)
      }
      try matrix.solve(&update)
      var largest = 0.0
      for s in 0..<3 {
        let offset = s * block
        for k in 0..<nodes {
          stages[s].content[k] += update[offset + k, 0]
          largest = max(largest, abs(update[offset + k, 0]))
        }
        for j in 0..<faces { stages[s].current[j] += update[offset + nodes + j, 0] }
        stages[s].cathodePotential += update[offset + block - 1, 0]
        largest = max(largest, abs(update[offset + block - 1, 0]))
      }
      guard largest.isFinite, largest < 1e3 else { break }
      // Newton's method squares its error: after a change of 1e-9 nothing but round-off is left.
      if largest < 1e-9 { return end(of: state, stages, length) }
    }
    throw Failure.noConvergence
  }

  private func end(of state: State, _ stages: [State], _ length: Double) -> State {
    var next = stages[2]
    next.time = state.time + length
    next.meanCurrent = mean(next.current)
    next.terminalVoltage = next.cathodePotential - loss(next.meanCurrent).value
    next.insertedCharge =
      state.insertedCharge
      + (0..<3).reduce(0) { $0 + length * Self.weights[2][$1] * mean(stages[$1].current) }
    return next
  }

  // MARK: Equations

  private func mean(_ current: [Double]) -> Double {
    zip(current, widths).reduce(0) { $0 + $1.0 * $1.1 } / period
  }

  /// Separator, kinetics and equilibrium of the counter electrode.
  private func loss(_ current: Double) -> (value: Double, slope: Double) {
    let counter = Kinetics.overpotential(
      current: current, exchange: parameters[.counterExchangeCurrentDensity],
      temperature: parameters[.temperature])
    return (
      separator.resistance * current + counter.value + parameters[.counterPotential],
      separator.resistance + counter.slope
    )
  }

  /// E3: dx/dt of every node.
  private func rate(_ state: State) -> [Double] {
    let flux = stiffness.multiply(state.content.map { composition.potential(content: $0) })
    return areas.indices.map {
      let inflow = $0 < widths.count ? widths[$0] * state.current[$0] / charge : 0
      return (inflow - flux[$0]) / areas[$0]
    }
  }

  private func rateSlopes(
    _ state: State, factor: Double, row: Int, column: Int, _ matrix: inout DenseMatrix
  ) {
    for l in areas.indices {
      let slope = factor * composition.factor(content: state.content[l])
      for k in neighbours[l] { matrix[row + k, column + l] -= slope * stiffness[k, l] / areas[k] }
    }
    for j in widths.indices {
      matrix[row + j, column + areas.count + j] += factor * widths[j] / (charge * areas[j])
    }
  }

  /// E10 and the drive: residuals with their sign reversed, and derivatives.
  private func balance(
    _ state: State, _ drive: Drive, offset: Int, _ matrix: inout DenseMatrix, _ update: inout DenseMatrix
  ) {
    let (nodes, faces) = (areas.count, widths.count)
    let last = offset + nodes + faces
    let drop = constriction.multiply(state.current)
    for j in 0..<faces {
      let row = offset + nodes + j
      guard active[j] > 0 else {
        matrix[row, row] = 1
        update[row, 0] = -state.current[j]
        continue
      }
      let x = min(max(state.content[j], 1e-9), 1 - 1e-9)
      let exchange =
        active[j]
        * Kinetics.exchangeCurrentDensity(content: x, reference: parameters[.exchangeCurrentDensity])
      let over = Kinetics.overpotential(
        current: state.current[j], exchange: exchange, temperature: parameters[.temperature])
      let equilibrium = openCircuit.evaluate(state.content[j])
      update[row, 0] =
        equilibrium.value + parameters[.potentialOffset] - drop[j] - over.value - state.cathodePotential
      for l in 0..<faces { matrix[row, offset + nodes + l] = constriction[j, l] }
      matrix[row, row] += over.slope
      // The overpotential depends on i / i0 alone: its slope with ln i0 is -i times that with i.
      matrix[row, offset + j] = -equilibrium.slope - over.slope * state.current[j] * (0.5 / x - 0.5 / (1 - x))
      matrix[row, last] = 1
    }
    let mean = mean(state.current)
    switch drive {
    case .insertionCurrent(let imposed):
      update[last, 0] = imposed - mean
      for l in 0..<faces { matrix[last, offset + nodes + l] = widths[l] / period }
    case .terminalVoltage(let imposed):
      let loss = loss(mean)
      update[last, 0] = imposed - state.cathodePotential + loss.value
      for l in 0..<faces { matrix[last, offset + nodes + l] = -loss.slope * widths[l] / period }
      matrix[last, last] = 1
    case .deliveredPower(let imposed):
      let loss = loss(mean)
      let voltage = state.cathodePotential - loss.value
      update[last, 0] = imposed - voltage * mean
      for l in 0..<faces {
        matrix[last, offset + nodes + l] = (voltage - loss.slope * mean) * widths[l] / period
      }
      matrix[last, last] = mean
    }
  }
}

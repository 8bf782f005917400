import CellPhysics
import Foundation
import Numerics

/// The electrical side of the cell: kinetics at the interface, separator and counter electrode.
///
/// Along the interface each node j carries a current density i_j that inserts lithium, with
///
///     phi = U(x_s) - (Z i)_j - (2RT/F) asinh(i_j / (2 f_j A_r i0(x_s))) - R i_j / (f_j A_r)
///
/// where phi is the potential of the cathode against the electrolyte's mean potential at the
/// interface, Z the exact response of the two-layer separator to a non-uniform current and R the resistance of an
/// interphase. The terminal
/// voltage is phi less the drop of the mean current in separator, gradient of salt and counter electrode.
///
/// Nodes of infiltrated faces follow those of the interface. Their electrolyte has its mean potential there: their
/// current counts in the drop of the mean current, and Z has nothing of them. Their content x_s is that of the face, by
/// what lithium takes from there to the node.
///
/// In a composite cathode the nodes lie along the depth, phi is the potential of the collector against the electrolyte
/// where the separator begins, and Z the drop on the way of ions to a node and of electrons from it.
struct InterfaceSystem {
  /// Exchange-active area per geometric area of each node: contact times area ratio.
  var activeArea: [Double]
  /// Resistance of the interphase per true area, ohm m2.
  var interphaseResistance = 0.0
  /// The width of interface, or length of infiltrated face, that each node stands for, m.
  private(set) var widths: [Double]
  /// How far the Kirchhoff potential of the face is above that of its node per current density, m2/s over A/m2.
  private var depths: [Double]
  /// The periodic width of the cell, m: mean currents count nodes without crystal as well.
  let width: Double

  private let temperature: Double
  private let exchangeReference: Double
  private let openCircuit: MonotoneInterpolant
  private let offset: Double
  private let separator: Separator
  private let counterExchange: Double
  private let counterPotential: Double
  private let composition: CompositionDependence
  /// Response of the potential across each node to the current at each, ohm m2.
  private var constriction: DenseMatrix
  /// How many nodes lie on the interface, and the response of the potential there.
  private let interfaceCount: Int
  private let interfaceConstriction: DenseMatrix

  /// - Parameter network: what ions and electrons pass on their way; nil in a film.
  init(mesh: Mesh, nodes: [Int], network: CompositeCathode?, parameters p: ParameterSet) throws {
    let yCount = mesh.yCount
    let widths = nodes.map {
      mesh.isDivided ? mesh.yWidth($0) : 0.5 * (mesh.yWidth($0) + mesh.yWidth(($0 + yCount - 1) % yCount))
    }
    self.widths = widths
    depths = widths.map { _ in 0 }
    activeArea = [Double](repeating: 0, count: nodes.count)
    width = mesh.width
    temperature = p[.temperature]
    exchangeReference = p[.exchangeCurrentDensity]
    openCircuit = try MonotoneInterpolant(p.openCircuit)
    offset = p[.potentialOffset]
    separator = Separator(p)
    counterExchange = p[.counterExchangeCurrentDensity]
    counterPotential = p[.counterPotential]
    composition = CompositionDependence(slope: p[.diffusivitySlope])
    interfaceCount = nodes.count
    interfaceConstriction =
      network.map { InterfaceSystem.drops(in: $0, edges: mesh.yEdges) }
      ?? InterfaceSystem.constriction(
        separator: separator,
        centres: nodes.map {
          mesh.yEdges[$0] + 0.25 * (mesh.yWidth($0) - mesh.yWidth(($0 + yCount - 1) % yCount))
        }, widths: widths, period: mesh.width)
    constriction = interfaceConstriction
  }

  /// Adds nodes of infiltrated faces in place of those before; they have no active area yet.
  ///
  /// - Parameter faces: the length of each, m, and how far its Kirchhoff potential is above that of the node per current
  ///   density, m2/s over A/m2.
  mutating func infiltrate(_ faces: [(length: Double, depth: Double)]) {
    widths = widths[..<interfaceCount] + faces.map(\.length)
    depths = depths[..<interfaceCount] + faces.map(\.depth)
    activeArea = activeArea[..<interfaceCount] + faces.map { _ in 0 }
    constriction = interfaceConstriction
    guard !faces.isEmpty else { return }
    constriction = DenseMatrix(rows: widths.count, columns: widths.count)
    for column in 0..<interfaceCount {
      for row in 0..<interfaceCount { constriction[row, column] = interfaceConstriction[row, column] }
    }
  }

  /// The Galerkin projection of the drops in a composite cathode on currents constant in each slab.
  ///
  /// Z(y, y') = min(y, y') / kappa + (L - max(y, y')) / sigma, its means over slabs j and l, times the share h_l / L of the
  /// electrode that slab l is. A current constant in a slab has mean min(y, y') = start + h / 3 with itself.
  private static func drops(in network: CompositeCathode, edges: [Double]) -> DenseMatrix {
    let (count, thickness) = (edges.count - 1, edges[edges.count - 1])
    // Infinite where a network has fallen apart: then nothing is in contact, and no current is solved for.
    let (ions, electrons) = (network.ionicConductivity, network.electronicConductivity)
    var matrix = DenseMatrix(rows: count, columns: count)
    for l in 0..<count {
      for j in 0..<count {
        let (first, last) = (min(j, l), max(j, l))
        let width = edges[j + 1] - edges[j]
        let nearer = j == l ? edges[j] + width / 3 : 0.5 * (edges[first] + edges[first + 1])
        let farther = j == l ? edges[j] + 2 * width / 3 : 0.5 * (edges[last] + edges[last + 1])
        let drop = nearer / ions + (thickness - farther) / electrons
        matrix[j, l] = drop * (edges[l + 1] - edges[l]) / thickness
      }
    }
    return matrix
  }

  /// The Galerkin projection of the separator's impedance on currents constant around each node.
  ///
  /// Z_jl = (2/W) h_l sum over m of z(k_m) s_j s_l cos(k_m (Y_j - Y_l)), with k_m = 2 pi m / W and
  /// s = sin(k h / 2) / (k h / 2), the mean of a wave over a node's width.
  private static func constriction(
    separator: Separator, centres: [Double], widths: [Double], period: Double
  ) -> DenseMatrix {
    let count = centres.count
    guard count > 1 else { return DenseMatrix(rows: count, columns: count) }
    // The series falls as m^-3; eight waves for the narrowest node leave a relative 1e-3 of a term
    // that is itself a small part of the resistance.
    let modes = Int((8 * period / widths.min()!).rounded(.up))
    var waves = DenseMatrix(rows: 2 * modes, columns: count)
    for mode in 1...modes {
      let waveNumber = 2 * Double.pi * Double(mode) / period
      let amplitude = (2 / period * separator.impedance(waveNumber: waveNumber)).squareRoot()
      for j in 0..<count {
        let half = waveNumber * widths[j] / 2
        waves[2 * mode - 2, j] = amplitude * sin(half) / half * cos(waveNumber * centres[j])
        waves[2 * mode - 1, j] = amplitude * sin(half) / half * sin(waveNumber * centres[j])
      }
    }
    var matrix = waves.gram()
    for column in 0..<count { for row in 0..<count { matrix[row, column] *= widths[column] } }
    return matrix
  }

  /// Mean current density over the geometric area, A/m2.
  func meanCurrent(_ nodeCurrent: [Double]) -> Double {
    zip(nodeCurrent, widths).reduce(0) { $0 + $1.0 * $1.1 } / width
  }

  /// The terminal voltage and its derivative with respect to the mean insertion current.
  func terminalVoltage(cathodePotential: Double, meanCurrent: Double) -> (value: Double, slope: Double) {
    let counter = Kinetics.overpotential(
      current: meanCurrent, exchange: counterExchange, temperature: temperature)
    let salt = separator.polarisation(current: meanCurrent, temperature: temperature)
    return (
      cathodePotential - separator.resistance * meanCurrent - salt.value - counter.value - counterPotential,
      -separator.resistance - salt.slope - counter.slope
    )
  }

  /// The open-circuit potential against lithium at a lithium content, V.
  func openCircuitPotential(_ content: Double) -> (value: Double, slope: Double) {
    let result = openCircuit.evaluate(content)
    return (result.value + offset, result.slope)
  }

  /// The lithium content at which the cell at rest has a terminal voltage, V; nil outside the table.
  func equilibriumContent(terminalVoltage: Double) throws -> Double? {
    func miss(_ content: Double) -> Double {
      openCircuitPotential(content).value - counterPotential - terminalVoltage
    }
    let domain = openCircuit.domain
    guard miss(domain.lowerBound) * miss(domain.upperBound) <= 0 else { return nil }
    return try Root.brent(in: domain, tolerance: 1e-13) { miss($0) }
  }

  /// Solves for the node currents and the cathode potential, given how the film responds.
  ///
  /// Newton's method, whose matrix is renewed only when the last one no longer gains a factor of four.
  ///
  /// - Parameters:
  ///   - potentialAtRest: Kirchhoff potential at each node without current.
  ///   - response: its change per node current, potential per A/m2.
  ///   - drive: the mean current, the terminal voltage or the power to meet.
  ///   - tolerance: the violation of a balance that may be left, V; a thirtieth of the first one may be in any
  ///     case, as what calls repeats.
  ///   - factors: those of an earlier solution with the same response and kind of drive, if any; renewed here.
  ///   - current: node currents: first guess in, solution out.
  ///   - cathodePotential: likewise.
  /// - Throws: ``StepFailure`` when no solution is found.
  func solve(
    potentialAtRest: [Double], response: DenseMatrix, drive: Drive, tolerance: Double,
    factors: inout InterfaceFactors?, current: inout [Double], cathodePotential: inout Double
  ) throws {
    let count = current.count
    var potential = response.multiply(current)
    for j in 0..<count { potential[j] += potentialAtRest[j] }
    var balance = self.balance(potential, current, cathodePotential, drive)
    guard balance.norm.isFinite else {
      throw StepFailure(reason: "the lithium content of the interface leaves its range")
    }
    let goal = tolerance
    for _ in 0..<60 {
      if balance.norm < goal { return }
      let isFresh = factors == nil
      let matrix = try factors ?? factorize(balance, response)
      factors = matrix
      var update = [Double](repeating: -balance.driveResidual, count: count + 1)
      for j in 0..<count {
        update[j] = activeArea[j] > 0 ? -balance.residual[j] / matrix.slope[j] : -current[j]
      }
      matrix.factors.solve(&update)
      let step = response.multiply(Array(update[..<count]))
      let faces = (0..<count).map { potential[$0] + depths[$0] * current[$0] }
      let faceSteps = (0..<count).map { step[$0] + depths[$0] * update[$0] }
      // Backtracking: a step is shortened until it lowers the residual. The full step is nearly always
      // taken; a current that reverses may overshoot far on the flat ends of the overpotential.
      var share = largestShare(contents: balance.content, potential: faces, step: faceSteps)
      var trial = current
      var trialPotential = potential
      var trialCathode = cathodePotential
      var trialBalance = balance
      while true {
        for j in 0..<count {
          trial[j] = current[j] + share * update[j]
          trialPotential[j] = potential[j] + share * step[j]
        }
        trialCathode = cathodePotential + share * update[count]
        trialBalance = self.balance(trialPotential, trial, trialCathode, drive)
        let gained = isFresh ? 1 - 0.1 * share : 0.25
        if trialBalance.norm < goal || trialBalance.norm < gained * balance.norm { break }
        if !isFresh {
          factors = nil
          break
        }
        share /= 2
        // Beyond the last lithium site the balance is stiff, and round-off as large as this.
        if share < 1e-2 && balance.norm < 1e-6 { return }
        guard share > 1e-6 else { throw StepFailure(reason: "the interface currents do not converge") }
      }
      // An old matrix that gains too little is replaced, and its step not taken.
      if factors == nil { continue }
      (current, potential, cathodePotential, balance) = (trial, trialPotential, trialCathode, trialBalance)
    }
    throw StepFailure(reason: "the interface currents do not converge")
  }

  /// How far currents and potentials are from balance.
  private struct Balance {
    /// Violation of each node's potential balance, V, and its derivatives with respect to the node's
    /// own current (without the separator) and Kirchhoff potential.
    var residual: [Double]
    var slope: [Double]
    var potentialSlope: [Double]
    var content: [Double]
    /// Violation of the drive: A/m2 of mean current, V of terminal voltage, or W/m2 of power.
    var driveResidual: Double
    /// Its derivatives with respect to the mean current and the potential of the cathode.
    var driveSlope: (current: Double, potential: Double)
    /// The largest violation, V; a mean current counts through a resistance of 0.01 ohm m2, a power as its current at
    /// 1 V.
    var norm: Double
  }

  private func balance(
    _ potential: [Double], _ current: [Double], _ cathodePotential: Double, _ drive: Drive
  ) -> Balance {
    let count = current.count
    let zeros = [Double](repeating: 0, count: count)
    var result = Balance(
      residual: constriction.multiply(current), slope: zeros, potentialSlope: zeros, content: zeros,
      driveResidual: 0, driveSlope: (1, 0), norm: 0)
    for j in 0..<count {
      let content = composition.content(potential: potential[j] + depths[j] * current[j])
      result.content[j] = content
      guard activeArea[j] > 0 else {
        result.residual[j] = 0
        continue
      }
      let inside = min(max(content, 1e-9), 1 - 1e-9)
      let exchange =
        activeArea[j] * Kinetics.exchangeCurrentDensity(content: inside, reference: exchangeReference)
      let equilibrium = openCircuitPotential(content)
      let over = Kinetics.overpotential(current: current[j], exchange: exchange, temperature: temperature)
      let exchangeSlope = (1 - 2 * inside) / (2 * inside * (1 - inside))
      let interphase = interphaseResistance / activeArea[j]
      result.residual[j] += cathodePotential - equilibrium.value + over.value + interphase * current[j]
      result.potentialSlope[j] =
        (-equilibrium.slope - over.slope * current[j] * exchangeSlope) / composition.factor(content: content)
      result.slope[j] = over.slope + interphase + depths[j] * result.potentialSlope[j]
      // Written so that a residual that is not a number counts as the worst of all.
      result.norm = abs(result.residual[j]) <= result.norm ? result.norm : abs(result.residual[j])
      if result.residual[j].isNaN { result.norm = .infinity }
    }
    let mean = meanCurrent(current)
    switch drive {
    case .insertionCurrent(let target):
      result.driveResidual = mean - target
      result.norm = max(result.norm, 0.01 * abs(result.driveResidual))
    case .terminalVoltage(let target):
      let terminal = terminalVoltage(cathodePotential: cathodePotential, meanCurrent: mean)
      result.driveResidual = terminal.value - target
      result.driveSlope = (terminal.slope, 1)
      result.norm = max(result.norm, abs(result.driveResidual))
    case .deliveredPower(let target):
      let terminal = terminalVoltage(cathodePotential: cathodePotential, meanCurrent: mean)
      result.driveResidual = terminal.value * mean - target
      result.driveSlope = (terminal.value + terminal.slope * mean, mean)
      result.norm = max(result.norm, 0.01 * abs(result.driveResidual))
    }
    return result
  }

  private func factorize(_ balance: Balance, _ response: DenseMatrix) throws -> InterfaceFactors {
    InterfaceFactors(
      factors: try DenseLU(jacobian(balance, response)), slope: balance.slope)
  }

  /// The matrix of Newton's method; rows of nodes are divided by the slope of the overpotential, so that
  /// a node without contact simply keeps its zero current.
  private func jacobian(_ balance: Balance, _ response: DenseMatrix) -> DenseMatrix {
    let count = balance.slope.count
    var matrix = DenseMatrix(rows: count + 1, columns: count + 1)
    matrix.values.withUnsafeMutableBufferPointer { entries in
      constriction.values.withUnsafeBufferPointer { constriction in
        response.values.withUnsafeBufferPointer { response in
          for l in 0..<count {
            let column = entries.baseAddress! + l * (count + 1)
            let drop = constriction.baseAddress! + l * count
            let film = response.baseAddress! + l * count
            for j in 0..<count where activeArea[j] > 0 {
              column[j] = (drop[j] + balance.potentialSlope[j] * film[j]) / balance.slope[j]
            }
            column[l] += 1
            column[count] = balance.driveSlope.current * widths[l] / width
          }
        }
      }
      let last = entries.baseAddress! + count * (count + 1)
      for j in 0..<count where activeArea[j] > 0 { last[j] = 1 / balance.slope[j] }
      last[count] = balance.driveSlope.potential
    }
    return matrix
  }

  /// The share of a Newton step that keeps every surface content inside (0, 1).
  private func largestShare(contents: [Double], potential: [Double], step: [Double]) -> Double {
    var share = 1.0
    for j in contents.indices where contents[j] > 0 && contents[j] < 1 {
      let lowest = composition.potential(content: 0.25 * contents[j])
      let highest = composition.potential(content: 1 - 0.25 * (1 - contents[j]))
      if potential[j] + step[j] > highest {
        share = min(share, (highest - potential[j]) / step[j])
      } else if potential[j] + step[j] < lowest {
        share = min(share, (lowest - potential[j]) / step[j])
      }
    }
    return max(share, 1e-3)
  }
}

/// Newton's matrix of the interface, factorised, with what its rows were divided by.
struct InterfaceFactors {
  let factors: DenseLU
  let slope: [Double]
}

/// A time step that could not be solved; a shorter one may succeed.
struct StepFailure: Error {
  let reason: String
}

extension MonotoneInterpolant {
  /// The interpolant through an open-circuit potential.
  public convenience init(_ potential: OpenCircuitPotential) throws {
    try self.init(potential.points.map { (x: $0.x, y: $0.y) })
  }
}

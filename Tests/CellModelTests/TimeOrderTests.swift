import CellPhysics
import Foundation
import Testing

@testable import CellModel

/// How the error of time integration falls with the step and with the tolerance.
@Suite struct TimeOrderTests {
  /// Two columns, tilted apart, so that the interface carries a current that is not uniform.
  private func twoColumns(tolerance: Double) throws -> ElectrochemicalCell {
    var p = ParameterSet.defaults
    p[.relativeTolerance] = tolerance
    // A fixed problem, whatever the defaults: where the surface crosses many points of the potential's table in a
    // step, its jumps of curvature show in place of the order.
    p[.fastDiffusivity] = 7.5e-13
    p[.slowDiffusivity] = 1e-16
    p[.diffusivitySlope] = 2.984
    let edges = Mesh.gradedEdges(length: p[.filmThickness], first: 0.2e-6, largest: 1e-6, growth: 1.2)
    let count = 4 * (edges.count - 1)
    return try ElectrochemicalCell(
      mesh: Mesh(
        xEdges: edges, yEdges: [0, 1e-6, 2e-6, 3e-6, 4e-6], columnOfY: [0, 0, 1, 1],
        isSolid: [Bool](repeating: true, count: count),
        crystalAngle: (0..<count).map { $0 % 4 < 2 ? 0.1 : -0.05 }), parameters: p)
  }

  /// A discharge at 1C or a hold 0.12 V below equilibrium, where it starts with 1.7C.
  private func drive(isHold: Bool, _ state: CellState) -> Drive {
    isHold ? .terminalVoltage(state.terminalVoltage - 0.12) : .insertionCurrent(15.5)
  }

  private func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  /// Steps of fixed length: order 3 for the contents, and for the algebraic unknowns (voltage or mean current,
  /// currents along the interface) as well, for the method is stiffly accurate.
  @Test(arguments: [false, true]) func fixedStepsConvergeWithOrderThree(isHold: Bool) throws {
    let cell = try twoColumns(tolerance: 1e-8)
    var start = cell.uniformState(content: 0.6)
    let drive = drive(isHold: isHold, start)
    // The first instants are rough; what follows is smooth.
    _ = try cell.advance(&start, drive: drive, until: [.duration(100)]) { _ in }
    func end(steps: Int) throws -> CellState {
      // The estimate of the iteration's contraction is one of longer steps; these want to be solved to 1e-13.
      cell.forgetFactors()
      var state = start
      for _ in 0..<steps {
        state =
          try cell.rungeKuttaStep(
            from: state, length: 200 / Double(steps), .constant(drive), tolerance: 1e-13
          )
          .state
      }
      return state
    }
    // The error of the reference is (64 / 512)^3 = 0.2 % of the smallest error below.
    let reference = try end(steps: 512)
    let ends = try [16, 32, 64].map(end)
    func check(_ error: (CellState) -> Double) {
      let errors = ends.map(error)
      for (coarse, fine) in zip(errors, errors.dropFirst()) { #expect(abs(log2(coarse / fine) - 3) < 0.15) }
    }
    check { largestDifference($0.content, reference.content) }
    check { largestDifference($0.surfaceCurrent, reference.surfaceCurrent) }
    if isHold {
      check { abs($0.insertionCurrent - reference.insertionCurrent) }
      check { abs($0.insertedCharge - reference.insertedCharge) }
    } else {
      check { abs($0.terminalVoltage - reference.terminalVoltage) }
    }
  }

  @Test(arguments: [false, true], [10.0, 1000])
  func adaptiveErrorStaysBelowTenTolerances(isHold: Bool, duration: Double) throws {
    func end(_ cell: ElectrochemicalCell) throws -> CellState {
      var state = cell.uniformState(content: 0.6)
      _ = try cell.advance(&state, drive: drive(isHold: isHold, state), until: [.duration(duration)]) { _ in }
      return state
    }
    // A hundredth of the smallest tolerance below.
    let reference = try end(twoColumns(tolerance: 1e-10))
    for tolerance in [1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8] {
      let cell = try twoColumns(tolerance: tolerance)
      let state = try end(cell)
      // The norms that the tolerance bounds in each step: rms over the film, rms over the interface. Seen are at most
      // 1.7 tolerances, and 3 at single nodes.
      let squares = zip(state.content, reference.content).map { ($0 - $1) * ($0 - $1) }
      let film = zip(squares, cell.transport.areas).reduce(0) { $0 + $1.0 * $1.1 } / cell.mesh.solidArea
      let row =
        zip(cell.transport.surface, cell.interface.widths).reduce(0) { $0 + squares[$1.0] * $1.1 }
        / cell.mesh.width
      #expect(max(film, row).squareRoot() < 10 * tolerance)
      #expect(abs(state.terminalVoltage - reference.terminalVoltage) < 10 * tolerance)
      let filled = Constants.faraday * cell.maximumConcentration * cell.mesh.thickness
      #expect(abs(state.insertedCharge - reference.insertedCharge) < 10 * tolerance * filled)
      // The current of a hold is driven by what the potential, of slope 1.3 V per content here, lacks to the voltage
      // held: 0.1 V, so that a relative error is up to 14 times that of the content at the interface.
      if isHold { #expect(abs(state.insertionCurrent / reference.insertionCurrent - 1) < 20 * tolerance) }
    }
  }

  /// In a thin film near its quasi-steady profile all modes are stiff, and no error must hide from its estimate.
  ///
  /// Seen are 7 tolerances at single nodes; 16 here, and 69 on another ladder of steps, while the estimate was smoothed
  /// by the implicit operator.
  @Test(arguments: [300.0, 500, 800, 900]) func quasiSteadyFilmsKeepTheirTolerance(duration: Double) throws {
    func end(tolerance: Double) throws -> CellState {
      var p = ParameterSet.defaults
      p[.relativeTolerance] = tolerance
      let mesh = Mesh(
        xEdges: [0, 0.6, 1.5, 3, 5, 8].map { $0 * 1e-6 }, yEdges: [0, 1e-6], columnOfY: [0],
        isSolid: [Bool](repeating: true, count: 5), crystalAngle: [Double](repeating: 0, count: 5))
      let cell = try ElectrochemicalCell(mesh: mesh, parameters: p)
      var state = cell.uniformState(content: 0.55)
      _ = try cell.advance(&state, drive: .insertionCurrent(15.5), until: [.duration(duration)]) { _ in }
      return state
    }
    let reference = try end(tolerance: 1e-10)
    for tolerance in [1e-4, 1e-5, 1e-6, 1e-7, 1e-8] {
      let state = try end(tolerance: tolerance)
      #expect(largestDifference(state.content, reference.content) < 10 * tolerance)
    }
  }
}

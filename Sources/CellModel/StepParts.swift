import CellPhysics
import Numerics

/// The parts of a time step, one by one, for benchmarks of this package.
extension ElectrochemicalCell {
  /// The unknowns on the interface, which the factor eliminates last.
  package var surfaceUnknowns: [Int] { transport.surface }

  /// The matrix that a stage of time constant `step` factorises, from the contents of `state`.
  package func stageMatrix(_ state: CellState, step: Double) -> SparseSymmetricMatrix {
    FactorLadder.matrix(
      transport, capacity: state.content.map { 1 / composition.factor(content: $0) }, step: step)
  }

  /// The problem that a film at `state` poses the interface in a stage.
  ///
  /// - Parameter factor: of ``stageMatrix(_:step:)``, with ``surfaceUnknowns`` last.
  package func interfaceProblem(_ state: CellState, factor: CondensedFactor) throws -> InterfaceProblem {
    let response = try FactorLadder.response(
      factor, FactorLadder.trailingNodes(factor, transport), fluxOfCurrent)
    // The currents of the state keep the surface about where it is.
    let driven = response.multiply(state.surfaceCurrent)
    return InterfaceProblem(
      system: interface, response: response,
      potentialAtRest: zip(transport.surface, driven).map {
        composition.potential(content: state.content[$0]) - $1
      }, start: .init(current: state.surfaceCurrent, cathodePotential: state.cathodePotential))
  }

  /// One step of the Runge-Kutta method, not controlled.
  ///
  /// - Parameter tolerance: error allowed in the solution of a stage; by default that of a run.
  package func step(from state: CellState, length: Double, drive: Drive, tolerance: Double? = nil) throws
    -> CellState
  {
    try rungeKuttaStep(from: state, length: length, .constant(drive), tolerance: tolerance).state
  }

  /// The norm of a difference of lithium content that the control of steps uses.
  package func contentNorm(_ difference: [Double]) -> Double { errorNorm(difference) }
}

/// The nonlinear problem of the interface in one iterate of a stage.
package struct InterfaceProblem {
  /// The currents of the interface nodes, A/m2, and the potential of the cathode, V.
  package struct Solution {
    package var current: [Double]
    package var cathodePotential: Double
  }

  let system: InterfaceSystem
  let response: DenseMatrix
  let potentialAtRest: [Double]
  /// The state that the problem was made of.
  let start: Solution

  /// The solution under a drive, by default from the state that the problem was made of.
  package func solve(drive: Drive, from guess: Solution? = nil) throws -> Solution {
    var solution = guess ?? start
    var factors: InterfaceFactors?
    try system.solve(
      potentialAtRest: potentialAtRest, response: response, drive: drive, tolerance: 1e-9,
      factors: &factors, current: &solution.current, cathodePotential: &solution.cathodePotential)
    return solution
  }
}

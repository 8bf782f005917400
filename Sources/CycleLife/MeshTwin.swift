import CellModel
import CellPhysics

/// What the mesh does to a capacity, measured on a twin with cells half as wide.
///
/// Both meshes have the same crystals, contact and cracks and go once through the protocol, from the uniform
/// content of the assembled cell. The difference is the error of the mesh up to that of the twin, which is
/// half as large or less where the error is of first order.
struct MeshTwin {
  private let scenario: Scenario
  private let microstructure: Microstructure
  private let stop: StopRequest

  init(_ scenario: Scenario, _ microstructure: Microstructure, stop: StopRequest) {
    self.scenario = scenario
    self.microstructure = microstructure
    self.stop = stop
  }

  /// The discharge capacity with `damage` on the scenario's mesh over that on the twin, less 1.
  ///
  /// - Throws: what the solver throws, or ``RunInterrupted``.
  func error(of damage: Damage, recontact: Double) throws -> Double {
    try discharged(scenario.parameters, damage, recontact)
      / discharged(scenario.parameters.withHalfTheCellWidth, damage, recontact) - 1
  }

  /// Charge delivered in one pass of the protocol, C/m2.
  private func discharged(_ p: ParameterSet, _ damage: Damage, _ recontact: Double) throws -> Double {
    let cells = try CellsOfProtocol(scenario, microstructure, p)
    cells.apply(
      contact: damage.contact(cells.mesh, recontact: recontact), cracks: damage.cracks,
      angles: damage.cracks.map(microstructure.crystalAngle))
    var state = cells.own.uniformState(content: p[.initialContent])
    var delivered = 0.0
    for step in scenario.protocolSteps {
      var before = state.insertedCharge
      let limits = scenario.limits(of: step)
      _ = try cells[step].carryOut(step, &state, until: limits) { sample in
        try stop.check()
        // A profile may charge in between.
        guard step.drive == nil else { return }
        delivered += max(sample.insertedCharge - before, 0)
        before = sample.insertedCharge
      }
      delivered += max(state.insertedCharge - before, 0)
    }
    return delivered
  }
}

extension ParameterSet {
  /// The same cell on a mesh with cells half as wide everywhere.
  package var withHalfTheCellWidth: ParameterSet {
    var refined = self
    let widths: [Parameter] = [
      .meshWidth, .depthMeshWidth, .interfaceMeshWidth, .contactEdgeMeshWidth, .columnEdgeMeshWidth,
    ]
    for width in widths { refined[width] /= 2 }
    refined[.meshGrowth] = refined[.meshGrowth].squareRoot()
    return refined
  }
}

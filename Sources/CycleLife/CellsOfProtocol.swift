import CellModel
import CellPhysics

/// One cell for each temperature at which the protocol runs, all with the same mesh and damage.
///
/// A state belongs to all of them: lithium that one has left goes on in the next.
struct CellsOfProtocol {
  let mesh: Mesh
  private let cells: [CellAtTemperature]

  /// The cell at one temperature, and what stands for the section in one dimension.
  private struct CellAtTemperature {
    let temperature: Double
    let cell: ElectrochemicalCell
    let film: HomogenisedFilm?
  }

  /// Builds the cells of a microstructure of a scenario, in full contact and without cracks.
  ///
  /// - Parameter parameters: those of the scenario, but for the numerics.
  /// - Throws: `NumericalError` when an operator cannot be factorised.
  init(_ scenario: Scenario, _ microstructure: Microstructure, _ parameters: ParameterSet) throws {
    let mesh = scenario.mesh(microstructure, parameters)
    self.mesh = mesh
    let steps = scenario.protocolSteps + scenario.referenceParts.flatMap(\.steps)
    var temperatures = [parameters[.temperature]]
    for temperature in steps.compactMap(\.temperature) where !temperatures.contains(temperature) {
      temperatures.append(temperature)
    }
    cells = try temperatures.map { temperature in
      let p = parameters.at(temperature: temperature)
      if scenario.fidelity == .oneDimensional {
        let film = try HomogenisedFilm(mesh, parameters: p)
        return CellAtTemperature(temperature: temperature, cell: try film.cell(p), film: film)
      }
      let cell =
        scenario.architecture == .composite
        ? try ElectrochemicalCell(composite: CompositeCathode(p), mesh: mesh, parameters: p)
        : try ElectrochemicalCell(mesh: mesh, parameters: p)
      return CellAtTemperature(temperature: temperature, cell: cell, film: nil)
    }
  }

  /// The cell at its own temperature.
  var own: ElectrochemicalCell { cells[0].cell }
  /// What stands for the section there in one dimension; nil in two.
  var film: HomogenisedFilm? { cells[0].film }

  /// The cell at the temperature of a step.
  subscript(step: ProtocolStep) -> ElectrochemicalCell {
    step.temperature.flatMap { temperature in cells.first { $0.temperature == temperature }?.cell } ?? own
  }

  /// Work done in all cells since the start.
  var work: WorkCount { cells.reduce(into: WorkCount()) { $0 += $1.cell.work } }

  /// Gives all cells the contact of each in-plane cell of the section, and its cracks in crystals of the given angles.
  func apply(contact: [Double], cracks: [Crack], angles: [Double]) {
    for part in cells {
      if let film = part.film {
        part.cell.setContact([contactFraction(contact)])
        part.cell.setDiffusivity(film.diffusivity(cracks: cracks, angles: angles))
      } else {
        part.cell.setContact(contact)
        part.cell.setCracks(cracks)
      }
    }
  }

  /// The mean of the contact of each in-plane cell of the section, weighted with its width.
  func contactFraction(_ contact: [Double]) -> Double {
    (0..<mesh.yCount).reduce(0) { $0 + contact[$1] * mesh.yWidth($1) } / mesh.width
  }

  /// Gives all cells the resistance of the interphase per true area in contact, ohm m2.
  func setInterphase(resistance: Double) {
    for part in cells { part.cell.setInterphase(resistance: resistance) }
  }
}

import CellPhysics
import Foundation
import Numerics

/// The electrochemical cell: lithium in the film, charge transfer at the interface, separator and
/// counter electrode, advanced in time by an L-stable Runge-Kutta method of third order.
///
/// Damage enters by ``setContact(_:)`` and ``setCracks(_:)``; everything else is fixed at creation.
public final class ElectrochemicalCell {
  /// The mesh on which the cell is solved.
  public let mesh: Mesh
  /// Maximum lithium concentration, mol/m3.
  public let maximumConcentration: Double
  /// Work done since creation.
  public private(set) var work = WorkCount()

  let parameters: ParameterSet
  let composition: CompositionDependence
  private var diffusivity: [PlaneTensor]
  private let areaRatio: Double
  var interface: InterfaceSystem
  var transport: TransportOperator
  /// Contact fraction of every in-plane cell, as far as the crystal behind it has not been cut off.
  private var contact: [Double]
  private var isolation = ElectronicIsolation()
  /// Faces of cracks and pores that exchange lithium, and their nodes beyond those of the interface, in order.
  private var infiltrated = InfiltratedFaces()
  private var infiltratedNodes: [Int] = []

  /// Factors made since the cracks last changed.
  private var ladder = FactorLadder()
  /// Newton's matrix of the interface, as far as it belongs to the rung and the drive in use.
  private var interfaceFactors: InterfaceFactors?

  /// Builds the cell on `mesh`, in full contact and without cracks.
  ///
  /// - Parameter diffusivity: of each mesh cell at lithium content 0.75, m2/s; by default that of its crystal.
  /// - Throws: `NumericalError` when a table cannot be interpolated.
  public convenience init(mesh: Mesh, parameters: ParameterSet, diffusivity: [PlaneTensor]? = nil) throws {
    try self.init(
      mesh: mesh, parameters: parameters,
      diffusivity: diffusivity ?? Self.diffusivity(in: mesh, parameters),
      areaRatio: Kinetics.activeAreaRatio(
        roughness: parameters[.roughness], correlationLength: parameters[.roughnessLength]), network: nil)
  }

  /// Builds the cell of a composite cathode on the mesh of its particles.
  ///
  /// Its interface is the surface of the particles, along the depth in place of the plane: through it flows a current
  /// density per area of electrode, as if all of it flowed there.
  /// - Throws: `NumericalError` when a table cannot be interpolated.
  public convenience init(composite: CompositeCathode, mesh: Mesh, parameters: ParameterSet) throws {
    let diffusivity = PlaneTensor(xx: composite.particleDiffusivity, xy: 0, yy: composite.particleDiffusivity)
    try self.init(
      mesh: mesh, parameters: parameters,
      diffusivity: [PlaneTensor](repeating: diffusivity, count: mesh.cellCount),
      areaRatio: composite.areaRatio, network: composite)
  }

  private init(
    mesh: Mesh, parameters: ParameterSet, diffusivity: [PlaneTensor], areaRatio: Double,
    network: CompositeCathode?
  ) throws {
    self.mesh = mesh
    self.parameters = parameters
    maximumConcentration = parameters[.density] / parameters[.molarMass]
    composition = CompositionDependence(slope: parameters[.diffusivitySlope])
    self.diffusivity = diffusivity
    self.areaRatio = areaRatio
    transport = TransportOperator(mesh: mesh, diffusivity: self.diffusivity)
    interface = try InterfaceSystem(
      mesh: mesh, nodes: transport.surfaceNodes, network: network, parameters: parameters)
    contact = [Double](repeating: 1, count: mesh.yCount)
    infiltrate([])
    touch()
  }

  /// Lets the electrolyte into pores, and into the cracks that it reaches.
  private func infiltrate(_ cracks: [Crack]) {
    guard parameters[.infiltratedShare] > 0 else { return }
    infiltrated = InfiltratedFaces(mesh: mesh, cracks: cracks, diffusivity: diffusivity)
    let isOnInterface = Set(transport.surfaceNodes)
    let nodes = infiltrated.parts.keys.filter { !isOnInterface.contains($0) }.sorted()
    let charge = Constants.faraday * maximumConcentration
    interface.infiltrate(
      nodes.map { (infiltrated.parts[$0]!.length, infiltrated.parts[$0]!.resistance / charge) })
    guard nodes != infiltratedNodes else { return }
    infiltratedNodes = nodes
    transport.infiltrate(nodes)
    ladder = FactorLadder()
    interfaceFactors = nil
  }

  /// Sets the contact fraction of every in-plane cell j of the interface, 0 to 1.
  public func setContact(_ contact: [Double]) {
    self.contact = contact
    touch()
  }

  /// Gives the nodes of the interface their area in contact; those of isolated crystal have none.
  private func touch() {
    let yCount = mesh.yCount
    // Each node stands for half of the face on either side; a pore at the interface has no contact.
    let active = (0..<yCount).map { mesh.isSolid[$0] ? areaRatio * contact[$0] * mesh.yWidth($0) / 2 : 0 }
    for (index, node) in transport.surfaceNodes.enumerated() {
      let before = mesh.isDivided ? node : (node + yCount - 1) % yCount
      let walls = parameters[.infiltratedShare] * (infiltrated.parts[node]?.length ?? 0)
      let length = isolation.contains(node) ? 0 : active[node] + active[before] + walls
      interface.activeArea[index] = length / interface.widths[index]
    }
    for (index, node) in infiltratedNodes.enumerated() {
      interface.activeArea[transport.surfaceNodes.count + index] =
        isolation.contains(node) ? 0 : parameters[.infiltratedShare]
    }
  }

  /// Sets the resistance of the interphase per true area in contact, ohm m2.
  public func setInterphase(resistance: Double) { interface.interphaseResistance = resistance }

  /// Replaces the cracks that block diffusion and cut crystal off from the collector.
  ///
  /// What is cut off exchanges no lithium with the electrolyte, for want of electrons, nor with other crystal. The faces
  /// of cracks that an electrolyte infiltrates exchange lithium with it (``InfiltratedFaces``).
  public func setCracks(_ cracks: [Crack]) {
    var edges = CrackedEdges(mesh: mesh, cracks: cracks, diffusivity: diffusivity)
    isolation = ElectronicIsolation(mesh: mesh, cracks: cracks)
    edges.cut(around: isolation, mesh)
    transport.assemble(cracked: edges)
    infiltrate(cracks)
    touch()
    forgetFactors()
  }

  /// Share of the crystal that has no way for electrons to the collector.
  public var isolatedShare: Double {
    let areas = transport.areas
    return transport.unknownOfNode.indices.reduce(0) { sum, node in
      let unknown = transport.unknownOfNode[node]
      return unknown >= 0 && isolation.contains(node) ? sum + areas[unknown] : sum
    } / mesh.solidArea
  }

  /// Whether charge can be transferred anywhere on the interface.
  public var hasContact: Bool { interface.activeArea.contains { $0 > 0 } }

  /// Replaces the diffusivity of each mesh cell at lithium content 0.75, m2/s, with the cracks in it.
  public func setDiffusivity(_ diffusivity: [PlaneTensor]) {
    self.diffusivity = diffusivity
    transport = TransportOperator(mesh: mesh, diffusivity: diffusivity)
    transport.infiltrate(infiltratedNodes)
    forgetFactors()
  }

  /// The largest share of the slow diffusivity that the mesh adds to it in any crystal, for waves of a given
  /// length along the slow direction, m.
  ///
  /// Law: `TransportOperator.spuriousDiffusivity`.
  public func spuriousShare(wavelength: Double) -> Double {
    let (fast, slow) = (parameters[.fastDiffusivity], parameters[.slowDiffusivity])
    return (0..<mesh.cellCount).reduce(0) { share, cell in
      guard mesh.isSolid[cell] else { return share }
      let added = TransportOperator.spuriousDiffusivity(
        fast: fast, slow: slow, angle: mesh.crystalAngle[cell], hx: mesh.xWidth(cell / mesh.yCount),
        hy: mesh.yWidth(cell % mesh.yCount), wavelength: wavelength)
      return max(share, added / slow)
    }
  }

  /// The voltage that separator and counter electrode alone take from a mean current density, V.
  public func ohmicDrop(insertionCurrent: Double) -> Double {
    interface.terminalVoltage(cathodePotential: 0, meanCurrent: 0).value
      - interface.terminalVoltage(cathodePotential: 0, meanCurrent: insertionCurrent).value
  }

  /// The overpotential that charge transfer at the cathode takes from a mean current density, V, were it the
  /// same everywhere in contact; infinite without contact.
  public func kineticDrop(_ state: CellState, insertionCurrent: Double) -> Double {
    let active = zip(interface.activeArea, interface.widths).reduce(0) { $0 + $1.0 * $1.1 } / mesh.width
    guard active > 0 else { return .infinity }
    let exchange = Kinetics.exchangeCurrentDensity(
      content: min(max(surfaceContent(state) ?? 0, 1e-9), 1 - 1e-9),
      reference: parameters[.exchangeCurrentDensity])
    return Kinetics.overpotential(
      current: insertionCurrent / active, exchange: exchange, temperature: parameters[.temperature]
    ).value
  }

  /// Gives a state a current for each node that exchanges lithium now; those of infiltrated faces begin at zero.
  func adapt(_ state: inout CellState) {
    let (count, known) = (transport.surface.count, state.surfaceCurrent.count)
    guard known != count || !infiltratedNodes.isEmpty else { return }
    // Which faces were filled when the state was made, it does not say: its currents may be those of others.
    let kept = min(transport.surfaceNodes.count, known)
    state.surfaceCurrent = state.surfaceCurrent[..<kept] + [Double](repeating: 0, count: count - kept)
  }

  /// A cell at rest with a uniform lithium content.
  public func uniformState(content: Double) -> CellState {
    let unknowns = transport.areas.count
    var state = CellState(
      content: [Double](repeating: content, count: unknowns),
      surfaceCurrent: [Double](repeating: 0, count: transport.surface.count),
      rate: [Double](repeating: 0, count: unknowns))
    state.cathodePotential = interface.openCircuitPotential(content).value
    state.terminalVoltage =
      interface.terminalVoltage(cathodePotential: state.cathodePotential, meanCurrent: 0).value
    return state
  }

  /// Area-weighted mean lithium content.
  public func meanContent(_ state: CellState) -> Double {
    zip(state.content, transport.areas).reduce(0) { $0 + $1.0 * $1.1 } / mesh.solidArea
  }

  /// Mean lithium content of the surface, weighted with the area in contact; nil without contact.
  public func surfaceContent(_ state: CellState) -> Double? {
    var (sum, area) = (0.0, 0.0)
    for (index, unknown) in transport.surface.enumerated() {
      let weight = interface.activeArea[index] * interface.widths[index]
      sum += weight * state.content[unknown]
      area += weight
    }
    return area > 0 ? sum / area : nil
  }

  /// The lithium content at which the cell at rest has a terminal voltage, V; nil outside the table.
  public func equilibriumContent(terminalVoltage: Double) throws -> Double? {
    try NumericalError.naming("the lithium content in equilibrium with a voltage cannot be found") {
      try interface.equilibriumContent(terminalVoltage: terminalVoltage)
    }
  }

  /// Lithium stored in the crystals per geometric area, as charge, C/m2.
  public func storedCharge(_ state: CellState) -> Double {
    Constants.faraday * maximumConcentration * meanContent(state) * mesh.solidArea / mesh.width
  }

  /// How far the lithium content of any node lies outside [0, 1]: a measure of the discretisation error.
  public func contentExcess(_ state: CellState) -> Double {
    state.content.reduce(0) { max($0, -$1, $1 - 1) }
  }

  /// The mean lithium content of each mesh cell, `xCount * yCount` values; pores hold 0.
  public func contentOfCells(_ state: CellState) -> [Double] {
    (0..<mesh.cellCount).map { cell in
      guard mesh.isSolid[cell] else { return 0 }
      let nodes = mesh.corners(of: cell)
      return (0..<4).reduce(0) { $0 + state.content[transport.unknownOfNode[nodes[$1]]] } / 4
    }
  }

  /// The effective diffusivity through the thickness at a lithium content, m2/s.
  ///
  /// The steady flux between a potential imposed on the interface and zero at the collector, times thickness
  /// over potential: a number for reports. A node in partial contact f feels the potential through the
  /// constriction of strips that cover the share f, ln(1 / sin(pi f / 2)) / (pi sqrt(det D)) per strip. Cracks block,
  /// whatever fills them.
  ///
  /// - Returns: zero when nothing is in contact.
  public func effectiveDiffusivity(content: Double) throws -> Double {
    var touching: [Int] = []
    var links: [(unknown: Int, conductance: Double)] = []
    // The determinant is that of the crystal, however it is turned.
    let mean = diffusivity[0].determinant.squareRoot()
    for (index, unknown) in transport.surface.prefix(transport.surfaceNodes.count).enumerated() {
      let contact = interface.activeArea[index] / areaRatio
      if contact > 1 - 1e-6 {
        touching.append(unknown)
      } else if contact > 0 {
        links.append((unknown, .pi * mean / log(1 / sin(.pi / 2 * contact))))
      }
    }
    guard !touching.isEmpty || !links.isEmpty else { return 0 }
    let flux = try NumericalError.naming("the effective diffusivity cannot be computed") {
      try transport.conductance(from: touching, links: links, to: transport.collector)
    }
    return flux / mesh.width * mesh.thickness * composition.factor(content: content)
  }

  /// The effective diffusivity through a section without cracks in full contact, m2/s at lithium content 0.75.
  ///
  /// That of a cell of this mesh, which is not built for it.
  /// - Throws: `NumericalError` when the section lets nothing through.
  public static func effectiveDiffusivity(of mesh: Mesh, parameters: ParameterSet) throws -> Double {
    let transport = TransportOperator(mesh: mesh, diffusivity: diffusivity(in: mesh, parameters))
    let flux = try NumericalError.naming("the effective diffusivity cannot be computed") {
      try transport.conductance(from: transport.surface, to: transport.collector)
    }
    return flux / mesh.width * mesh.thickness
  }

  /// The diffusivity of each cell of a mesh of crystals, m2/s at lithium content 0.75.
  private static func diffusivity(in mesh: Mesh, _ parameters: ParameterSet) -> [PlaneTensor] {
    mesh.crystalAngle.map {
      Diffusion.diffusivityInCell(
        fast: parameters[.fastDiffusivity], slow: parameters[.slowDiffusivity], angle: $0)
    }
  }
}

// MARK: - One implicit stage

extension ElectrochemicalCell {
  /// Drops what earlier steps left, so that what follows depends on nothing but the state.
  func forgetFactors() {
    ladder.clear()
    interfaceFactors = nil
  }

  /// Drops Newton's matrix of the interface, which belongs to one kind of drive.
  func forgetInterface() { interfaceFactors = nil }

  /// Solves content = base + step * rate(content) with the interface in balance.
  ///
  /// Newton's method on the film with a factor made for other capacities and another time constant, at each
  /// iterate the nonlinear interface, accelerated by Anderson's method. The factor is substituted with in single
  /// precision; what is left is found in double precision at the next iterate. Iterates are linear in the conserved
  /// content, so that lithium is conserved to round-off whatever the iteration error.
  func solveStage(base: [Double], step: Double, drive: Drive, state: inout CellState, tolerance: Double)
    throws
  {
    var previous = Double.infinity
    var contraction = 0.3
    var acceleration = AndersonAcceleration(
      count: base.count + state.surfaceCurrent.count + 1, measured: base.count, depth: 8)
    var rung = try self.rung(step: step, state, renew: false)
    for iteration in 0..<30 {
      let change: [Double]
      do {
        change = try iterate(base: base, step: step, drive: drive, rung, state: &state, tolerance: tolerance)
      } catch let error as NumericalError {
        // A singular system means that this step is too bold, not that the run is over.
        throw StepFailure(reason: error.description)
      }
      work.newtonIterations += 1
      let largest = change.reduce(0) { max($0, abs($1)) }
      guard largest.isFinite else { throw StepFailure(reason: "the lithium field diverges") }
      // Changes near round-off say nothing of the contraction, and what chance says must decide nothing.
      if iteration > 0 && largest > 1e-9 { contraction = min(max(largest / previous, 1e-3), 0.9) }
      accelerate(&state, change, &acceleration)
      // What is left after this change, by the contraction seen last (Hairer & Wanner II, IV.8).
      if largest * contraction / (1 - contraction) < tolerance {
        // No linear scheme for rotated tensors is monotone: beside a sharp front the content may swing
        // past its bounds by a part of the jump (recorded each cycle). Far beyond a step has gone wrong.
        guard state.content.allSatisfy(CellState.contentBounds.contains) else {
          throw StepFailure(reason: "the lithium content leaves its bounds")
        }
        return
      }
      if iteration > 1 && largest > 0.5 * previous && largest > 1e-9 {
        rung = try self.rung(step: step, state, renew: true)
        acceleration = AndersonAcceleration(
          count: base.count + state.surfaceCurrent.count + 1, measured: base.count, depth: 8)
      }
      previous = largest
    }
    throw StepFailure(reason: "the lithium field does not converge")
  }

  /// The rung of the ladder that fits a stage of time constant `step`, a new one when none does.
  ///
  /// - Throws: ``StepFailure`` when the operator cannot be factorised: the step is too bold, the run is not over.
  private func rung(step: Double, _ state: CellState, renew: Bool) throws -> FactorLadder.Rung {
    let mean = meanContent(state)
    // Capacity over time constant, as the factors see it: common to all nodes up to their differences.
    let weight = 1 / (composition.factor(content: mean) * step)
    if !renew, let index = ladder.nearest(to: weight) {
      if ladder.current != index { interfaceFactors = nil }
      ladder.current = index
      return ladder.rungs[index]
    }
    interfaceFactors = nil
    let capacity = state.content.map { 1 / composition.factor(content: $0) }
    do {
      try ladder.add(
        transport, capacity: capacity, step: step, weight: weight, fluxOfCurrent: fluxOfCurrent)
    } catch let error as NumericalError {
      throw StepFailure(reason: error.description)
    }
    work.factorizations += 1
    return ladder.rungs[ladder.current]
  }

  /// Lithium flux into each interface node per current density, over the maximum concentration, m4/(A s).
  var fluxOfCurrent: [Double] { interface.widths.map { $0 / (Constants.faraday * maximumConcentration) } }

  /// Replaces an image of the iteration by Anderson's next iterate.
  private func accelerate(
    _ state: inout CellState, _ change: [Double], _ acceleration: inout AndersonAcceleration
  ) {
    let (nodes, surface) = (state.content.count, state.surfaceCurrent.count)
    var image = state.content + state.surfaceCurrent
    image.append(state.cathodePotential)
    acceleration.accelerate(&image, change: change)
    state.content.replaceSubrange(0..<nodes, with: image[..<nodes])
    state.surfaceCurrent.replaceSubrange(0..<surface, with: image[nodes..<(nodes + surface)])
    state.cathodePotential = image[nodes + surface]
    settle(&state)
  }

  /// Brings mean current and terminal voltage up to date.
  private func settle(_ state: inout CellState) {
    state.insertionCurrent = interface.meanCurrent(state.surfaceCurrent)
    state.terminalVoltage =
      interface.terminalVoltage(
        cathodePotential: state.cathodePotential, meanCurrent: state.insertionCurrent
      ).value
  }

  /// One iterate; returns the change of lithium content.
  private func iterate(
    base: [Double], step: Double, drive: Drive, _ rung: FactorLadder.Rung, state: inout CellState,
    tolerance: Double
  ) throws -> [Double] {
    let charge = Constants.faraday * maximumConcentration
    let potential = composition.potentials(contents: state.content)
    var residual = [Double](repeating: 0, count: base.count)
    transport.matrix.multiply(potential, into: &residual)
    for unknown in base.indices {
      residual[unknown] += transport.areas[unknown] * (state.content[unknown] - base[unknown]) / step
    }
    for (index, unknown) in transport.surface.enumerated() {
      residual[unknown] -= interface.widths[index] * state.surfaceCurrent[index] / charge
    }
    var total = residual.reduce(0, +)
    let before = state.surfaceCurrent
    var (current, cathodePotential) = (before, state.cathodePotential)
    try residual.withUnsafeMutableBufferPointer { residual in
      try rung.factor.solve(residual.baseAddress!) { left in
        // What the film asks of each node, as a current density there.
        var asked = before
        for (row, node) in rung.trailingNodes.enumerated() {
          asked[node] = left[row] * charge / interface.widths[node]
        }
        // Where the surface would go with its currents as they are, less what these currents do.
        let atRest = zip(transport.surface, rung.response.multiply(zip(asked, before).map(+)))
          .map { potential[$0] - $1 }
        try interface.solve(
          potentialAtRest: atRest, response: rung.response, drive: drive,
          tolerance: max(0.1 * tolerance, 1e-12), factors: &interfaceFactors, current: &current,
          cathodePotential: &cathodePotential)
        for node in current.indices {
          total -= interface.widths[node] * (current[node] - before[node]) / charge
          asked[node] -= current[node] - before[node]
        }
        let change = rung.response.multiply(asked)
        return rung.trailingNodes.map { change[$0] }
      }
    }
    work.solves += 1
    // Diffusion moves lithium and makes none: what single precision has lost of it is spread evenly.
    var stored = 0.0
    for unknown in base.indices {
      stored += transport.areas[unknown] * rung.capacity[unknown] * residual[unknown]
    }
    let shift = (total - stored / rung.step) / rung.storage
    state.surfaceCurrent = current
    state.cathodePotential = cathodePotential
    let scale = -step / rung.step
    for unknown in base.indices {
      residual[unknown] = scale * rung.capacity[unknown] * (residual[unknown] + shift)
      state.content[unknown] += residual[unknown]
    }
    return residual
  }

  /// The rms of a local error of lithium content, over the film or over the interface, whichever is larger.
  ///
  /// The voltage hangs on the interface. The estimate is taken as it is: smoothed by the implicit operator, as is
  /// usual, it misses much of the error of a film near its quasi-steady profile, where every mode is stiff.
  func errorNorm(_ error: [Double]) -> Double {
    var (sum, row) = (0.0, 0.0)
    for unknown in error.indices { sum += transport.areas[unknown] * error[unknown] * error[unknown] }
    for (index, unknown) in transport.surface.enumerated() {
      row += interface.widths[index] * error[unknown] * error[unknown]
    }
    return max(sum / mesh.solidArea, row / mesh.width).squareRoot()
  }

  func countStep(accepted: Bool) {
    if accepted { work.steps += 1 } else { work.rejectedSteps += 1 }
  }
}

import Benchmark
import CellModel
import CellPhysics
import CycleLife
import Foundation
import Numerics
import RunFiles

/// The parts of a simulation, each on the default cell unless its name says otherwise.
///
/// What several kernels need is made once, when the first of them does.
struct Kernels {
  private let parameters = ParameterSet.defaults
  /// Mean current of 1C, A/m2, and the time constant of a stage in mid discharge, s.
  private let current = ParameterSet.defaults[.nominalCapacity] / 3600
  private let stage = 10.0

  private let shared = Shared()
  private var assembled: Result<CycleRunner, any Error> { shared.assembled }
  private var discharged: Result<Discharge, any Error> { shared.discharged }

  private final class Shared {
    lazy var assembled = Result { try CycleRunner(Job.scenario()) }
    lazy var discharged = Result { try Discharge(assembled.get()) }
  }

  /// All kernels, in the order of the table.
  var all: [Case] {
    let meshes: [(String, () throws -> ElectrochemicalCell)] = [
      ("40 um", { try ElectrochemicalCell(mesh: assembled.get().mesh, parameters: parameters) }),
      ("101 x 101", { try block(cells: 101) }), ("201 x 201", { try block(cells: 201) }),
    ]
    return meshes.flatMap { [factorization($0, $1), solve($0, $1)] }
      + [
        surfaceResponse, interface, step, effectiveDiffusivity, crackedEdges, stiffness,
        stress("intact", isDamaged: false), stress("damaged", isDamaged: true), crackGrowth,
        resolvedCracks("made"), resolvedCracks("intact"), resolvedCracks("damaged"), cycleRecord,
      ]
  }

  // MARK: Linear systems

  /// A film as wide as it is thick, one crystal tilted by 5 degrees, in equal cells.
  private func block(cells: Int) throws -> ElectrochemicalCell {
    let edges = (0...cells).map { parameters[.filmThickness] * Double($0) / Double(cells) }
    let mesh = Mesh(
      xEdges: edges, yEdges: edges, columnOfY: [Int](repeating: 0, count: cells),
      isSolid: [Bool](repeating: true, count: cells * cells),
      crystalAngle: [Double](repeating: 5 * .pi / 180, count: cells * cells))
    return try ElectrochemicalCell(mesh: mesh, parameters: parameters)
  }

  private func system(_ cell: ElectrochemicalCell) -> SparseSymmetricMatrix {
    cell.stageMatrix(cell.uniformState(content: 0.75), step: stage)
  }

  private func factorization(_ name: String, _ cell: @escaping () throws -> ElectrochemicalCell) -> Case {
    Case("factorise transport, \(name)") {
      let cell = try cell()
      let matrix = system(cell)
      let factor = try SparseCholesky(matrix, trailing: cell.surfaceUnknowns)
      return Case.Prepared(
        body: { try factor.factorize(matrix) },
        errors: {
          let load = (0..<matrix.count).map { cos(Double($0)) }
          return [ErrorOf(difference(product(matrix, try factor.solve(load)), load), "residual")]
        })
    }
  }

  private func solve(_ name: String, _ cell: @escaping () throws -> ElectrochemicalCell) -> Case {
    Case("solve transport, \(name)") {
      let cell = try cell()
      let matrix = system(cell)
      let condensed = try SparseCholesky(matrix, trailing: cell.surfaceUnknowns).condensed()
      let truth = (0..<matrix.count).map { cos(Double($0)) }
      let load = product(matrix, truth)
      var solution = load
      return Case.Prepared(
        body: {
          solution = load
          // As an iterate of a stage does it, with the interface left as it is.
          solution.withUnsafeMutableBufferPointer {
            condensed.solve($0.baseAddress!) { condensed.solveTrailing($0) }
          }
        }, errors: { [ErrorOf(difference(solution, truth), "solution")] })
    }
  }

  private var surfaceResponse: Case {
    Case("surface response") {
      let cell = try ElectrochemicalCell(mesh: assembled.get().mesh, parameters: parameters)
      let matrix = system(cell)
      let factor = try SparseCholesky(matrix, trailing: cell.surfaceUnknowns)
      let condensed = factor.condensed()
      var response = DenseMatrix(rows: 0, columns: 0)
      return Case.Prepared(
        body: { response = try condensed.trailingFactor.inverseOfProduct() },
        errors: {
          let worst = try stride(from: 0, to: factor.trailing.count, by: 16).map { column in
            var load = [Double](repeating: 0, count: matrix.count)
            load[factor.trailing[column]] = 1
            let whole = try factor.solve(load)
            return difference(
              factor.trailing.indices.map { response[$0, column] }, factor.trailing.map { whole[$0] })
          }.max()!
          return [ErrorOf(worst, "against whole solves")]
        })
    }
  }

  // MARK: A time step

  private var interface: Case {
    Case("interface, current raised by 2 %") {
      let (cell, state) = try (discharged.get().cell, discharged.get().middle)
      let matrix = cell.stageMatrix(state, step: stage)
      let problem = try cell.interfaceProblem(
        state, factor: SparseCholesky(matrix, trailing: cell.surfaceUnknowns).condensed())
      let drive = Drive.insertionCurrent(1.02 * current)
      var solution = try problem.solve(drive: drive)
      return Case.Prepared(
        body: { solution = try problem.solve(drive: drive) },
        errors: {
          // Newton's method makes at least one iteration more from there.
          let again = try problem.solve(drive: drive, from: solution)
          return [ErrorOf(difference(solution.current, again.current), "of current, one iteration on")]
        })
    }
  }

  private var step: Case {
    let length = 30.0
    return Case("time step of 30 s at 1C") {
      let (cell, state) = try (discharged.get().cell, discharged.get().middle)
      let drive = Drive.insertionCurrent(current)
      var next = state
      return Case.Prepared(
        body: { next = try cell.step(from: state, length: length, drive: drive) },
        errors: {
          let tight = try cell.step(from: state, length: length, drive: drive, tolerance: 1e-11)
          var reference = state
          for _ in 0..<32 {
            reference = try cell.step(from: reference, length: length / 32, drive: drive, tolerance: 1e-11)
          }
          func distance(_ other: CellState) -> Double {
            cell.contentNorm(zip(next.content, other.content).map { $0 - $1 })
          }
          return [
            ErrorOf(distance(reference), "of content, 32 steps"),
            ErrorOf(distance(tight), "of content, stages 1000 times tighter"),
          ]
        })
    }
  }

  // MARK: The film

  /// Crystals on end conduct with the fast diffusivity.
  private var effectiveDiffusivity: Case {
    Case("effective diffusivity, no tilt") {
      var p = parameters
      p[.orientationSpread] = 0
      let mesh = Microstructure(parameters: p, seed: 1).mesh(parameters: p)
      let cell = try ElectrochemicalCell(mesh: mesh, parameters: p)
      var value = 0.0
      return Case.Prepared(
        body: { value = try cell.effectiveDiffusivity(content: 0.95) },
        errors: {
          let exact = CompositionDependence(slope: p[.diffusivitySlope]).factor(content: 0.95)
          return [ErrorOf(abs(value / (p[.fastDiffusivity] * exact) - 1), "against D_f")]
        })
    }
  }

  /// One crack in a thick film adds pi a^2 / (A sqrt(D_f D_s)) to 1 / D.
  private var crackedEdges: Case {
    Case("assemble with cracks") {
      let runner = try assembled.get()
      let cell = try ElectrochemicalCell(mesh: runner.mesh, parameters: parameters)
      let cracks = runner.damage.cracks
      return Case.Prepared(
        body: { cell.setCracks(cracks) },
        errors: {
          var p = parameters
          p[.orientationSpread] = 0
          p[.filmWidth] = 10e-6
          p[.filmThickness] = 100e-6
          let mesh = Microstructure(parameters: p, seed: 1).mesh(parameters: p)
          let cell = try ElectrochemicalCell(mesh: mesh, parameters: p)
          let half = 0.5e-6
          let before = try 1 / cell.effectiveDiffusivity(content: 0.75)
          cell.setCracks([
            Crack(
              x: 50e-6, y: 5e-6, inclination: 0, tips: SIMD2(half, half), limits: SIMD2(half, half))
          ])
          let added = try 1 / cell.effectiveDiffusivity(content: 0.75) - before
          let mean = (p[.fastDiffusivity] * p[.slowDiffusivity]).squareRoot()
          let exact = Double.pi * half * half / (mesh.thickness * mesh.width * mean)
          return [ErrorOf(added / exact - 1, "of the resistance of one crack of 1 um")]
        })
    }
  }

  // MARK: Stress and damage

  /// How far the force through any layer of cells is from that of the pressure.
  private func imbalance(_ field: StressField, _ mesh: Mesh, pressure: Double) -> Double {
    (0..<mesh.xCount).map { i in
      let force = (0..<mesh.yCount).reduce(0) { $0 + field.xx[i * mesh.yCount + $1] * mesh.yWidth($1) }
      return abs(force / mesh.width + pressure) / pressure
    }.max()!
  }

  private var stiffness: Case {
    Case("assemble and factorise stiffness") {
      let discharge = try discharged.get()
      var model = try StressModel(mesh: discharge.cell.mesh, parameters: parameters)
      return Case.Prepared(
        body: { model = try StressModel(mesh: discharge.cell.mesh, parameters: parameters) },
        errors: {
          let field = try discharge.stress(&model, discharge.changes[0], isDamaged: false)
          return [ErrorOf(imbalance(field, discharge.cell.mesh, pressure: discharge.pressure), "of force")]
        })
    }
  }

  private func stress(_ name: String, isDamaged: Bool) -> Case {
    Case("stress, \(name)") {
      let discharge = try discharged.get()
      var model = try StressModel(mesh: discharge.cell.mesh, parameters: parameters)
      let change = discharge.changes[discharge.changes.count / 2]
      var field = try discharge.stress(&model, change, isDamaged: isDamaged)
      return Case.Prepared(
        body: { field = try discharge.stress(&model, change, isDamaged: isDamaged) },
        errors: { [ErrorOf(imbalance(field, discharge.cell.mesh, pressure: discharge.pressure), "of force")] }
      )
    }
  }

  /// Thirty cracks of 3 um, as far as their crystals allow: prepared, or the stress of one state.
  private func resolvedCracks(_ name: String) -> Case {
    Case("thirty resolved cracks, \(name)") {
      let discharge = try discharged.get()
      let mesh = discharge.cell.mesh
      let model = try StressModel(mesh: mesh, parameters: parameters)
      let cracks = try assembled.get().damage.cracks.map { flaw in
        var crack = flaw
        crack.tips = pointwiseMin(SIMD2(1.5e-6, 1.5e-6), flaw.limits)
        return crack
      }.sorted { $0.length > $1.length }.prefix(30)
      func made() throws -> ResolvedCracks {
        var made = ResolvedCracks(model: model, mesh: mesh, parameters: parameters)
        try made.update(Array(cracks))
        return made
      }
      var resolved = try made()
      let change = discharge.changes[discharge.changes.count / 2]
      func solve() throws -> ResolvedCracks.State {
        try resolved.solve(
          contentChange: change, interfaceDamage: discharge.damage(name == "damaged"),
          pressure: discharge.pressure)
      }
      return Case.Prepared(
        body: { if name == "made" { resolved = try made() } else { _ = try solve() } },
        errors: {
          let field = try solve().field
          return [
            ErrorOf(imbalance(field, mesh, pressure: discharge.pressure), "of force"),
            ErrorOf(Double(resolved.unsettledEvaluations), "evaluations not settled"),
          ]
        })
    }
  }

  private var crackGrowth: Case {
    Case("crack growth of a cycle") {
      let discharge = try discharged.get()
      let damage = try assembled.get().damage
      var model = try StressModel(mesh: discharge.cell.mesh, parameters: parameters)
      let average = BoxAverage(length: parameters[.averagingLength], mesh: discharge.cell.mesh)
      let fields = try discharge.changes.map {
        average.average(try discharge.stress(&model, $0, isDamaged: false))
      }
      let observation = CycleObservation(stresses: fields, mesh: discharge.cell.mesh)
      let mechanism = CrackGrowth(parameters: parameters)
      return Case.Prepared(
        body: { _ = try mechanism.advance(damage, observation) },
        errors: { [ErrorOf(try growthError(mechanism), "of growth in uniform tension")] })
    }
  }

  /// The growth of one crack in a tension that comes and goes, against small steps of K = s sqrt(pi a).
  private func growthError(_ mechanism: CrackGrowth) throws -> Double {
    let (half, tension) = (0.5e-6, 250e6)
    let mesh = Mesh(
      xEdges: (0...20).map { 1e-6 * Double($0) }, yEdges: (0...20).map { 1e-6 * Double($0) },
      columnOfY: [Int](repeating: 0, count: 20), isSolid: [Bool](repeating: true, count: 400),
      crystalAngle: [Double](repeating: 0, count: 400))
    var model = try StressModel(mesh: mesh, parameters: parameters)
    let rest = [Double](repeating: 0, count: mesh.cellCount)
    let bonded = [Double](repeating: 0, count: mesh.yCount)
    // Pulled instead of pressed: the stress through a film of one crystal is uniform.
    let fields = try [0, -tension].map {
      try model.solve(contentChange: rest, interfaceDamage: bonded, pressure: $0)
    }
    let crack = Crack(
      x: 10e-6, y: 10e-6, inclination: 0, tips: SIMD2(half, half), limits: SIMD2(9e-6, 9e-6))
    var damage = try assembled.get().damage
    damage.cracks = [crack]
    let grown = try mechanism.advance(damage, CycleObservation(stresses: fields, mesh: mesh))
    let steps = 10_000
    func rate(_ a: Double) -> Double {
      let intensity = tension * (.pi * a).squareRoot()
      return Fracture.growthPerCycle(
        range: intensity, maximum: intensity, rate: parameters[.crackGrowthRate],
        exponent: parameters[.crackGrowthExponent], threshold: parameters[.crackThreshold],
        toughness: parameters[.fractureToughness])
    }
    var exact = half
    for _ in 0..<steps {
      let middle = exact + 0.5 * rate(exact) / Double(steps)
      exact += rate(middle) / Double(steps)
    }
    return abs((grown.cracks[0].halfLength - half) / (exact - half) - 1)
  }

  // MARK: Files

  private var cycleRecord: Case {
    Case("write a cycle record", settings: [MaxIterations(20_000)]) {
      let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
      let directory = try RunDirectory(creating: path)
      var recorder = try RunRecorder(
        directory: directory, scenario: Job.scenario(), activeMassPerArea: assembled.get().activeMassPerArea)
      let written = directory.path(of: RunRecorder.cyclesName) + ".partial"
      var record = CycleRecord()
      record.dischargeCapacity = 0.1 * current * 3600
      return Case.Prepared(
        body: { try recorder.record(record) },
        errors: {
          defer { try? FileManager.default.removeItem(atPath: path) }
          let lines = try String(contentsOfFile: written, encoding: .utf8).split(separator: "\n")
          let column = lines[0].split(separator: ",").firstIndex(of: "Discharge Capacity / mAh cm-2")!
          let cell = lines[lines.count - 1].split(separator: ",", omittingEmptySubsequences: false)[column]
          // 1 mAh/cm2 = 36000 C/m2.
          let back = 36_000 * (Double(cell) ?? .nan)
          return [ErrorOf(abs(back / record.dischargeCapacity - 1), "read back")]
        })
    }
  }
}

/// The default cell along one discharge at 1C, with its flaws.
private struct Discharge {
  let cell: ElectrochemicalCell
  /// The state in mid discharge.
  let middle: CellState
  /// Lithium content of each cell, less that of the charged state, at the states whose stress is evaluated.
  let changes: [[Double]]
  let pressure: Double
  private let separated: [Double]

  init(_ runner: CycleRunner) throws {
    let p = ParameterSet.defaults
    cell = try ElectrochemicalCell(mesh: runner.mesh, parameters: p)
    cell.setCracks(runner.damage.cracks)
    var state = cell.uniformState(content: Job.chargedContent)
    var samples: [CellState] = []
    _ = try cell.advance(
      &state, drive: .insertionCurrent(p[.nominalCapacity] / 3600),
      until: [.terminalVoltage(3.544 - p[.counterPotential])]
    ) { [cell] sample in
      let last = samples.last.map(cell.meanContent) ?? Job.chargedContent
      if abs(cell.meanContent(sample) - last) >= p[.stressInterval] { samples.append(sample) }
    }
    samples.append(state)
    middle = samples[samples.count / 2]
    changes = samples.map { [cell] in cell.contentOfCells($0).map { $0 - Job.chargedContent } }
    pressure = p[.stackPressure]
    // A fifth of the interface debonded, some of the rest weak.
    separated = (0..<runner.mesh.yCount).map { $0 / 8 % 5 == 0 ? 1 : $0 / 8 % 5 == 1 ? 0.3 : 0 }
  }

  func damage(_ isDamaged: Bool) -> [Double] {
    isDamaged ? separated : [Double](repeating: 0, count: separated.count)
  }

  func stress(_ model: inout StressModel, _ change: [Double], isDamaged: Bool) throws -> StressField {
    try model.solve(contentChange: change, interfaceDamage: damage(isDamaged), pressure: pressure)
  }
}

/// The largest difference between two vectors over the largest entry of the second.
private func difference(_ left: [Double], _ right: [Double]) -> Double {
  zip(left, right).map { abs($0 - $1) }.max()! / right.map(abs).max()!
}

private func product(_ matrix: SparseSymmetricMatrix, _ vector: [Double]) -> [Double] {
  var result = [Double](repeating: 0, count: matrix.count)
  matrix.multiply(vector, into: &result)
  return result
}

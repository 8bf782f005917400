import CellPhysics
import Foundation
import Numerics
import Testing

@testable import CellModel

/// Stress levels of the default film, printed for judgement: no values to assert.
///
/// Run with `CYCLELIFE_STUDIES=1 swift test -c release -Xswiftc -enable-testing --filter StressStudies`.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["CYCLELIFE_STUDIES"] != nil))
struct StressStudies {
  let clock = ContinuousClock()

  func makeMesh(columns: Int, spread: Double, seed: UInt64, largest: Double = 0.35e-6) -> Mesh {
    let xEdges = Mesh.gradedEdges(length: 23.1e-6, first: 0.1e-6, largest: largest, growth: 1.15)
    // The same number of cells in each column.
    let perColumn = Int((40e-6 / Double(columns) / largest).rounded(.up))
    let yCount = perColumn * columns
    let stream = RandomStream(seed: seed, name: "orientation")
    let angles = (0..<columns).map { _ in stream.gaussian(standardDeviation: spread * .pi / 180) }
    let columnOfY = (0..<yCount).map { $0 / perColumn }
    let cells = (xEdges.count - 1) * yCount
    return Mesh(
      xEdges: xEdges, yEdges: (0...yCount).map { 40e-6 * Double($0) / Double(yCount) },
      columnOfY: columnOfY, isSolid: [Bool](repeating: true, count: cells),
      crystalAngle: (0..<cells).map { angles[columnOfY[$0 % yCount]] })
  }

  func percentile(_ values: [Double], _ mesh: Mesh, _ share: Double) -> Double {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var area = 0.0
    for cell in order {
      area += mesh.area(cell / mesh.yCount, cell % mesh.yCount)
      if area >= share * mesh.solidArea { return values[cell] }
    }
    return values[order[order.count - 1]]
  }

  func text(_ values: Double...) -> String {
    values.map { ($0 / 1e6).formatted(.number.precision(.fractionLength(1))) }.joined(separator: " / ")
  }

  func report(_ label: String, _ mesh: Mesh, _ field: StressField) {
    let box = field.averaged(over: 0.5e-6, mesh: mesh)
    let most = box.yy.indices.max { box.yy[$0] < box.yy[$1] }!
    let strong = field.interfaceShear.filter { abs($0) > 250e6 }.count
    print(
      label, "share of faces above 250 MPa shear", Double(strong) / Double(mesh.yCount), "XX p50/p90/p99/max",
      text(percentile(box.xx, mesh, 0.5), percentile(box.xx, mesh, 0.9)),
      "/", text(percentile(box.xx, mesh, 0.99), box.xx.max()!), "| YY p50/p99/max",
      text(percentile(box.yy, mesh, 0.5), percentile(box.yy, mesh, 0.99), box.yy.max()!),
      "at X um", mesh.xCentre(most / mesh.yCount) * 1e6, "| raw max XX YY",
      text(field.xx.max()!, field.yy.max()!), "| tractions max normal, shear",
      text(box.interfaceNormal.max()!, box.interfaceShear.map(abs).max()!), "raw",
      text(field.interfaceNormal.max()!, field.interfaceShear.map(abs).max()!), "MPa")
  }

  @Test func timings() throws {
    let mesh = makeMesh(columns: 8, spread: 5, seed: 1)
    var model: StressModel?
    let start = try clock.measure { model = try StressModel(mesh: mesh, parameters: .defaults) }
    print("cells", mesh.xCount, mesh.yCount, "unknowns", model!.system.grid.count, "init", start)
    let change = [Double](repeating: 0.4, count: mesh.cellCount)
    var damage = [Double](repeating: 0, count: mesh.yCount)
    var field: StressField?
    for share in [0.0, 0.1, 0.1, 1, 1] {
      for face in 0..<Int(share * Double(mesh.yCount)) { damage[face] = 0.9 }
      let time = try clock.measure {
        field = try model!.solve(contentChange: change, interfaceDamage: damage, pressure: 10e6)
      }
      print("solve with damaged share", share, time)
    }
    let box = BoxAverage(length: 0.5e-6, mesh: mesh)
    print("average", clock.measure { _ = box.average(field!) })
    print("average, unprepared", clock.measure { _ = field!.averaged(over: 0.5e-6, mesh: mesh) })
  }

  @Test func contactsSettle() throws {
    let mesh = makeMesh(columns: 8, spread: 10, seed: 1)
    var model = try StressModel(mesh: mesh, parameters: .defaults)
    let stream = RandomStream(seed: 1, name: "damage")
    var slowest = Duration.zero
    for trial in 0..<100 {
      let share = Double(trial % 10 + 1) / 10
      let damage = (0..<mesh.yCount).map { _ in stream.uniform() < share ? 1 : stream.uniform() }
      let change = (0..<mesh.cellCount).map { _ in 0.4 * stream.uniform() }
      let time = try clock.measure {
        _ = try model.solve(contentChange: change, interfaceDamage: damage, pressure: 1e6)
      }
      if trial > 0 { slowest = max(slowest, time) }
    }
    print("100 random states of damage: slowest", slowest, "unsettled", model.unsettledEvaluations)
  }

  @Test(arguments: [5.0, 10.0]) func tiltedColumns(spread: Double) throws {
    for seed in 1...8 as ClosedRange<UInt64> {
      let mesh = makeMesh(columns: 8, spread: spread, seed: seed)
      var model = try StressModel(mesh: mesh, parameters: .defaults)
      let field = try model.solve(
        contentChange: [Double](repeating: 0.4, count: mesh.cellCount),
        interfaceDamage: [Double](repeating: 0, count: mesh.yCount), pressure: 10e6)
      report("tilt \(spread) deg, seed \(seed):", mesh, field)
    }
  }

  @Test(arguments: [0.7e-6, 0.35e-6, 0.175e-6]) func gradientOverCellWidth(largest: Double) throws {
    try gradient(largest: largest, modulus: 20e9)
  }

  @Test(arguments: [15e9, 5e9, 0.02e9]) func gradientOverElectrolyteModulus(modulus: Double) throws {
    try gradient(largest: 0.35e-6, modulus: modulus)
  }

  func gradient(largest: Double, modulus: Double) throws {
    var parameters = ParameterSet.defaults
    // The bond's stiffness stands for a layer of electrolyte of fixed thickness.
    parameters[.interfaceStiffness] *= modulus / parameters[.electrolyteModulus]
    parameters[.electrolyteModulus] = modulus
    for columns in [1, 4, 8, 20] {
      let mesh = makeMesh(columns: columns, spread: 0, seed: 1, largest: largest)
      var model = try StressModel(mesh: mesh, parameters: parameters)
      let change = (0..<mesh.cellCount).map {
        0.4 - 0.3 * mesh.xCentre($0 / mesh.yCount) / mesh.thickness
      }
      let field = try model.solve(
        contentChange: change, interfaceDamage: [Double](repeating: 0, count: mesh.yCount),
        pressure: 10e6)
      let debonded = try model.solve(
        contentChange: change, interfaceDamage: [Double](repeating: 1, count: mesh.yCount),
        pressure: 10e6)
      report("debonded, columns \(40 / columns) um:", mesh, debonded)
      report(
        "gradient, cells \(largest * 1e6) um, columns \(40 / columns) um, electrolyte \(modulus / 1e9) GPa:",
        mesh, field)
    }
  }
}

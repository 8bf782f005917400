import CellPhysics
import Foundation
import Numerics
import Testing

@testable import CellModel

@Suite struct StressTests {
  let parameters = ParameterSet.defaults
  let pressure = 10e6
  /// A bound on stress: stiffness times the strain of a unit content.
  let stressScale = 350e9 * 0.052

  /// A film of equal cells in equal columns.
  func makeMesh(
    xCount: Int = 12, yCount: Int = 24, columns: Int, angles: [Double] = [0],
    pores: Set<Int> = []
  ) -> Mesh {
    let columnOfY = (0..<yCount).map { $0 * columns / yCount }
    let xEdges = Mesh.gradedEdges(length: 10e-6, first: 0.4e-6, largest: 2e-6, growth: 1.15)
    let count = xEdges.count - 1
    return Mesh(
      xEdges: xEdges, yEdges: (0...yCount).map { 12e-6 * Double($0) / Double(yCount) },
      columnOfY: columnOfY, isSolid: (0..<count * yCount).map { !pores.contains($0) },
      crystalAngle: (0..<count * yCount).map { angles[columnOfY[$0 % yCount] % angles.count] })
  }

  func uniform(_ mesh: Mesh, _ value: Double) -> [Double] {
    [Double](repeating: value, count: mesh.cellCount)
  }

  func bonded(_ mesh: Mesh) -> [Double] { [Double](repeating: 0, count: mesh.yCount) }

  func largest(_ values: [Double]) -> Double { values.map(abs).max()! }

  /// A state with everything at work: tilted columns, a gradient, a pore.
  func demandingCase() -> (mesh: Mesh, change: [Double]) {
    let mesh = makeMesh(columns: 4, angles: [0.1, -0.07, 0.02, -0.15], pores: [60, 61, 84, 85])
    let change = (0..<mesh.cellCount).map { cell in
      0.4 - 0.2 * mesh.xCentre(cell / mesh.yCount) / mesh.thickness
        + 0.05 * sin(Double(cell % mesh.yCount))
    }
    return (mesh, change)
  }

  @Test(arguments: [1, 4]) func uniformSwellingIsFreeOfStress(columns: Int) throws {
    let mesh = makeMesh(columns: columns, angles: [0.2])
    var model = try StressModel(mesh: mesh, parameters: parameters)
    // Tilted axes also shear every column alike, which moves the electrolyte as a whole.
    let field = try model.solve(
      contentChange: uniform(mesh, 0.4), interfaceDamage: bonded(mesh), pressure: 0)
    // Condition of the matrix times round-off.
    let tolerance = 1e-9 * stressScale
    for values in [field.xx, field.yy, field.xy, field.zz, field.interfaceNormal, field.interfaceShear] {
      #expect(largest(values) < tolerance)
    }
    #expect(abs(field.outOfPlaneStrain - 0.4 * 0.0064) < 1e-12)
  }

  @Test func laterallyUniformFilmCarriesThePressureAlone() throws {
    let mesh = makeMesh(columns: 1)
    var model = try StressModel(mesh: mesh, parameters: parameters)
    let change = (0..<mesh.cellCount).map { cell -> Double in
      let depth = mesh.xCentre(cell / mesh.yCount) / mesh.thickness
      return 0.4 - 0.3 * depth * depth
    }
    let field = try model.solve(contentChange: change, interfaceDamage: bonded(mesh), pressure: pressure)
    let tolerance = 1e-9 * stressScale
    #expect(largest(field.xx.map { $0 + pressure }) < tolerance)
    #expect(largest(field.xy) < tolerance)
    // Lithium-rich material wants to shrink in plane: it is in tension.
    #expect(field.yy[0] > 100e6)
    #expect(field.yy[mesh.cellCount - 1] < -100e6)
  }

  @Test func uniformPressureGivesTheUniaxialStrainStressExactly() throws {
    let mesh = makeMesh(columns: 1)
    var model = try StressModel(mesh: mesh, parameters: parameters)
    let field = try model.solve(
      contentChange: uniform(mesh, 0), interfaceDamage: bonded(mesh), pressure: pressure)
    // No strain YY, no stress ZZ: s_YY follows from s_XX = C11 e_X + C12 e_Z = -p, s_ZZ = 0.
    let (c11, c12, c13) = (350e9, 110e9, 75e9)
    let outOfPlane = pressure * c12 / (c11 * c11 - c12 * c12)
    let through = -pressure * c11 / (c11 * c11 - c12 * c12)
    let inPlane = c13 * (through + outOfPlane)
    // A patch test: 1e-12 of the stress, times the contrast of film and electrolyte.
    #expect(largest(field.xx.map { $0 + pressure }) < 1e-10 * pressure)
    #expect(largest(field.yy.map { $0 - inPlane }) < 1e-10 * pressure)
    #expect(abs(field.outOfPlaneStrain - outOfPlane) < 1e-10 * outOfPlane)
  }

  @Test func filmHasNoMeanOutOfPlaneForce() throws {
    let (mesh, change) = demandingCase()
    var model = try StressModel(mesh: mesh, parameters: parameters)
    var damage = bonded(mesh)
    for round in 0..<2 {
      if round == 1 { for face in 3..<9 { damage[face] = 0.7 } }
      let field = try model.solve(contentChange: change, interfaceDamage: damage, pressure: pressure)
      var force = 0.0
      for cell in 0..<mesh.cellCount {
        force += field.zz[cell] * mesh.area(cell / mesh.yCount, cell % mesh.yCount)
      }
      // Relative to stresses of this size over the whole film.
      #expect(abs(force) < 1e-9 * largest(field.zz) * mesh.solidArea)
      #expect(field.zz[60] == 0 && field.xx[61] == 0 && field.yy[84] == 0 && field.xy[85] == 0)
    }
  }

  @Test func interfacePassesOnThePressure() throws {
    let (mesh, change) = demandingCase()
    // With friction alone nothing tells where an electrolyte that is bonded nowhere comes to rest along Y.
    var model = try StressModel(mesh: mesh, parameters: slippery)
    let damages: [[Double]] = [
      bonded(mesh), (0..<mesh.yCount).map { $0 % 5 == 0 ? 1 : 0.1 * Double($0 % 4) },
      [Double](repeating: 1, count: mesh.yCount),
    ]
    for damage in damages {
      let field = try model.solve(contentChange: change, interfaceDamage: damage, pressure: pressure)
      let mean = field.interfaceNormal.reduce(0, +) / Double(mesh.yCount)
      // Round-off on the largest traction, or of the springs that keep a share of 1e-9.
      #expect(abs(mean + pressure) < 1e-9 * max(pressure, largest(field.interfaceNormal)))
      #expect(model.unsettledEvaluations == 0)
    }
  }

  @Test func debondedPatchCarriesCompressionOnly() throws {
    let (mesh, change) = demandingCase()
    var model = try StressModel(mesh: mesh, parameters: slippery)
    let intact = try model.solve(contentChange: change, interfaceDamage: bonded(mesh), pressure: pressure)
    #expect(intact.interfaceNormal.max()! > 0)
    // All nodes of the faces 2-13 between 3 and 13 belong to debonded faces alone.
    var damage = bonded(mesh)
    for face in 2..<14 { damage[face] = 1 }
    let field = try model.solve(contentChange: change, interfaceDamage: damage, pressure: pressure)
    for face in 2..<14 {
      // The springs keep 1e-9 of 4e17 Pa/m, and gaps stay below 1 um: 400 Pa.
      #expect(abs(field.interfaceShear[face]) < 400)
      #expect(field.interfaceNormal[face] < 400)
    }
    #expect(field.interfaceNormal[2..<14].min()! < -1e6)
    // Under strong pressure the whole patch is closed, and it is as stiff as before.
    let closed = try model.solve(
      contentChange: uniform(mesh, 0), interfaceDamage: damage, pressure: 1e9)
    #expect(closed.interfaceNormal.max()! < -1e8)
  }

  /// Without friction.
  private var slippery: ParameterSet {
    var slippery = parameters
    slippery[.interfaceFriction] = 0
    return slippery
  }

  /// Coulomb's law on faces that are debonded as a whole, whose traction is all friction.
  @Test func debondedFacesRubAsHardAsTheyArePressed() throws {
    let (mesh, change) = demandingCase()
    var model = try StressModel(mesh: mesh, parameters: parameters)
    // All nodes of the faces 2-13 between 3 and 13 belong to debonded faces alone.
    var damage = bonded(mesh)
    for face in 2..<14 { damage[face] = 1 }
    let field = try model.solve(contentChange: change, interfaceDamage: damage, pressure: 10 * pressure)
    #expect(model.unsettledEvaluations == 0)
    let springs = model.system.springs
    var sliding = 0
    for face in 4..<12 {
      // As in the test above.
      #expect(abs(field.interfaceShear[face] - field.interfaceFriction[face]) < 400)
      let limit = springs.friction * max(-field.interfaceNormal[face], 0)
      #expect(abs(field.interfaceFriction[face]) <= limit + 400)
      if abs(field.interfaceFriction[face]) > 0.999 * limit - 400 { sliding += 1 }
    }
    #expect(sliding > 0 && largest(field.interfaceFriction) > 1e6)
    var smooth = try StressModel(mesh: mesh, parameters: slippery)
    let free = try smooth.solve(contentChange: change, interfaceDamage: damage, pressure: 10 * pressure)
    #expect(largest(free.interfaceFriction) == 0)
  }

  /// Faces that are pressed hard do not slip: the interface is as stiff as a bonded one.
  @Test func strongPressureLetsNothingSlip() throws {
    let (mesh, change) = demandingCase()
    var model = try StressModel(mesh: mesh, parameters: parameters)
    let small = change.map { 1e-3 * $0 }
    let bondedField = try model.solve(contentChange: small, interfaceDamage: bonded(mesh), pressure: 1e9)
    var damage = bonded(mesh)
    for face in 2..<14 { damage[face] = 1 }
    let field = try model.solve(contentChange: small, interfaceDamage: damage, pressure: 1e9)
    // Round-off of the update beside the pressure.
    #expect(largest(zip(field.interfaceShear, bondedField.interfaceShear).map { $0 - $1 }) < 1e-9 * 1e9)
  }

  @Test func springUpdateEqualsAFactorisationWithReducedSprings() throws {
    let (mesh, change) = demandingCase()
    var model = try StressModel(mesh: mesh, parameters: slippery)
    var damage = bonded(mesh)
    for face in 0..<mesh.yCount { damage[face] = [0, 0.3, 0.99, 0.6, 0, 1][face % 6] }
    let field = try model.solve(contentChange: change, interfaceDamage: damage, pressure: pressure)

    let system = model.system
    let springs = system.springs
    let reductions = springs.reductions(damage: damage)
    let unitLoad = system.load(
      contentChange: uniform(mesh, 0), outOfPlaneStrain: 1, pressure: 0)
    let load = system.load(contentChange: change, outOfPlaneStrain: 0, pressure: pressure)
    let force = system.outOfPlaneForce(contentChange: change)
    func dot(_ left: [Double], _ right: [Double]) -> Double {
      zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
    }
    // The same fixed point, from another start and with a factorisation in every round.
    var isOpen = [Bool](repeating: true, count: mesh.yCount)
    var displacement: [Double] = []
    var strain = 0.0
    for _ in 0..<20 {
      let stiffness = (0..<springs.count).map { spring in
        springs.stiffness(spring)
          - (spring >= springs.normalCount || isOpen[spring] ? reductions[spring] : 0)
      }
      let factor = try SparseCholesky(system.matrix(springStiffness: stiffness), storage: .supernodal)
      let unit = try factor.solve(Array(unitLoad.dropLast())) + [0]
      let own = try factor.solve(Array(load.dropLast())) + [0]
      strain = (dot(unitLoad, own) - force.atRest) / (force.perStrain - dot(unitLoad, unit))
      displacement = zip(own, unit).map { $0 + strain * $1 }
      let next = springs.jumps(displacement).prefix(mesh.yCount).map { $0 > 0 }
      if next == isOpen { break }
      isOpen = next
    }
    let direct = system.stresses(
      displacement: displacement, contentChange: change, outOfPlaneStrain: strain)
    // Two factors of condition 1e7 or so.
    let tolerance = 1e-8 * largest(field.yy)
    #expect(largest(zip(direct, field.xx).map { $0.xx - $1 }) < tolerance)
    #expect(largest(zip(direct, field.yy).map { $0.yy - $1 }) < tolerance)
    #expect(largest(zip(direct, field.xy).map { $0.xy - $1 }) < tolerance)
    #expect(largest(zip(direct, field.zz).map { $0.zz - $1 }) < tolerance)
    let tractions = springs.tractions(
      jumps: springs.jumps(displacement), damage: damage,
      bond: .init(
        forces: [], isOpen: isOpen, friction: [Double](repeating: 0, count: springs.count), settled: true),
      lengths: mesh.yEdges.indices.dropLast().map { mesh.yWidth($0) })
    #expect(largest(zip(tractions.normal, field.interfaceNormal).map { $0 - $1 }) < tolerance)
    #expect(largest(zip(tractions.shear, field.interfaceShear).map { $0 - $1 }) < tolerance)
    #expect(isOpen.contains(true) && isOpen.contains(false))
  }

  @Test func mirroredInputGivesMirroredStress() throws {
    let mesh = makeMesh(columns: 4, angles: [0.1, -0.05, 0.05, -0.1])
    var model = try StressModel(mesh: mesh, parameters: parameters)
    let n = mesh.yCount
    let change = (0..<mesh.cellCount).map { cell in
      0.3 + 0.1 * cos(2 * .pi * (Double(cell % n) + 0.5) / Double(n)) * Double(cell / n)
    }
    let damage = (0..<n).map { $0 < 3 || $0 >= n - 3 ? 0.8 : 0 }
    let field = try model.solve(contentChange: change, interfaceDamage: damage, pressure: pressure)
    let tolerance = 1e-9 * largest(field.yy)
    for cell in 0..<mesh.cellCount {
      let mirror = cell / n * n + n - 1 - cell % n
      #expect(abs(field.xx[cell] - field.xx[mirror]) < tolerance)
      #expect(abs(field.yy[cell] - field.yy[mirror]) < tolerance)
      #expect(abs(field.xy[cell] + field.xy[mirror]) < tolerance)
    }
    for face in 0..<n {
      #expect(abs(field.interfaceNormal[face] - field.interfaceNormal[n - 1 - face]) < tolerance)
      #expect(abs(field.interfaceShear[face] + field.interfaceShear[n - 1 - face]) < tolerance)
    }
  }

  @Test func softElectrolyteDoesNotTieColumnsTogether() throws {
    var soft = parameters
    soft[.electrolyteModulus] = 1e-3 * parameters[.electrolyteModulus]
    let mesh = makeMesh(columns: 3)
    var model = try StressModel(mesh: mesh, parameters: soft)
    let change = (0..<mesh.cellCount).map {
      0.4 - 0.3 * mesh.xCentre($0 / mesh.yCount) / mesh.thickness
    }
    let field = try model.solve(contentChange: change, interfaceDamage: bonded(mesh), pressure: 0)
    // The electrolyte's modulus of 20 MPa times strains below 1 % over a gap, some cells wide.
    #expect(largest(field.interfaceShear) < 20e6)
  }

  @Test func columnsRelieveTheStressOfAGradient() throws {
    func tension(columns: Int) throws -> Double {
      let mesh = makeMesh(columns: columns)
      var model = try StressModel(mesh: mesh, parameters: parameters)
      let change = (0..<mesh.cellCount).map {
        0.4 - 0.3 * mesh.xCentre($0 / mesh.yCount) / mesh.thickness
      }
      let field = try model.solve(
        contentChange: change, interfaceDamage: bonded(mesh), pressure: pressure)
      return field.averaged(over: 1e-6, mesh: mesh).yy.max()!
    }
    let (continuous, wide, narrow) = (
      try tension(columns: 1), try tension(columns: 2), try tension(columns: 6)
    )
    // In the film stress falls with the column width; less so at the electrolyte, which holds it.
    #expect(continuous > 2 * wide)
    #expect(wide > 1.5 * narrow)
  }

  @Test func averagesKeepConstantsAndStayWithinTheColumn() throws {
    let mesh = makeMesh(columns: 4, pores: [60, 61])
    let columnValue = (0..<mesh.cellCount).map { cell in
      mesh.isSolid[cell] ? Double(mesh.columnOfCell[cell] + 1) : 0
    }
    let faces = mesh.columnOfCell[..<mesh.yCount].map { Double($0 + 1) }
    let field = StressField(
      xx: columnValue, yy: columnValue, xy: columnValue, zz: columnValue, interfaceNormal: faces,
      interfaceShear: faces, outOfPlaneStrain: 0)
    for length in [0.1e-6, 1.3e-6, 50e-6] {
      let averaged = field.averaged(over: length, mesh: mesh)
      // Weighted means of equal numbers.
      #expect(largest(zip(averaged.xx, columnValue).map { $0 - $1 }) < 1e-13 * 4)
      #expect(largest(zip(averaged.interfaceShear, faces).map { $0 - $1 }) < 1e-13 * 4)
    }
  }

  @Test func averageIsTheShareWeightedMeanOfTheBox() {
    let mesh = Mesh(
      xEdges: [0, 1, 2, 3], yEdges: [0, 1, 2, 3, 4], columnOfY: [0, 0, 0, 0],
      isSolid: [Bool](repeating: true, count: 12), crystalAngle: [Double](repeating: 0, count: 12))
    let values = (0..<12).map { Double($0 * $0) }
    let field = StressField(
      xx: values, yy: values, xy: values, zz: values, interfaceNormal: [0, 0, 8, 0],
      interfaceShear: [0, 0, 0, 8], outOfPlaneStrain: 0)
    // A box of side 2 around a cell of side 1 holds half of each neighbour; it ends at the film's face.
    let averaged = field.averaged(over: 2, mesh: mesh)
    func line(_ i: Int) -> Double { 0.5 * values[4 * i + 3] + values[4 * i] + 0.5 * values[4 * i + 1] }
    #expect(abs(averaged.xx[4] - (0.5 * line(0) + line(1) + 0.5 * line(2)) / 4) < 1e-12)
    #expect(abs(averaged.yy[0] - (line(0) + 0.5 * line(1)) / 3) < 1e-12)
    #expect(averaged.interfaceNormal == [0, 2, 4, 2])
    #expect(averaged.interfaceShear == [2, 0, 2, 4])
  }
}

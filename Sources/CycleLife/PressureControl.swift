import CellModel
import CellPhysics

/// The pressure that a run's frame puts on the cell, whatever its state.
///
/// Laws: ``CellPhysics/StackPressure``. A film grows by the mean free strain of its crystals along X; a composite, held
/// in plane, by all the volume that its particles gain.
struct PressureControl: Sendable {
  private let assembled: Double
  private let stiffness: Double
  private let molarExpansion: Double
  private let initialContent: Double
  /// Growth of the cathode per change of the content of each mesh cell, m.
  private let growthPerContent: [Double]

  init(parameters p: ParameterSet, mesh: Mesh) {
    assembled = p[.stackPressure]
    stiffness = p[.frameStiffness]
    molarExpansion = p[.counterExpansion]
    initialContent = p[.initialContent]
    growthPerContent = (0..<mesh.cellCount).map { cell in
      guard mesh.isSolid[cell] else { return 0 }
      let perWidth = mesh.area(cell / mesh.yCount, cell % mesh.yCount) / mesh.width
      if mesh.isDivided { return perWidth * (2 * p[.chemicalStrainA] + p[.chemicalStrainC]) }
      return perWidth
        * Elasticity.chemicalStrainInCell(
          contentChange: 1, betaA: p[.chemicalStrainA], betaC: p[.chemicalStrainC],
          angle: mesh.crystalAngle[cell]
        ).xx
    }
  }

  /// The pressure, Pa.
  ///
  /// - Parameters:
  ///   - insertedCharge: into the cathode since assembly, C/m2.
  ///   - contentOfCells: lithium content of each mesh cell; not asked for at constant pressure.
  func pressure(insertedCharge: Double, contentOfCells: @autoclosure () -> [Double]) -> Double {
    guard stiffness > 0 else { return assembled }
    var growth = StackPressure.counterElectrodeGrowth(
      insertedCharge: insertedCharge, molarExpansion: molarExpansion)
    for (perContent, content) in zip(growthPerContent, contentOfCells()) {
      growth += perContent * (content - initialContent)
    }
    return StackPressure.inFrame(assembled: assembled, stiffness: stiffness, growth: growth)
  }
}

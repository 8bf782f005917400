import CellModel
import CellPhysics
import Foundation

/// Cyclic debonding of the interface in patches of scattered toughness.
///
/// See ``CellPhysics/InterfaceFailure`` for the laws.
public struct InterfaceDebonding: DegradationMechanism {
  public static let identifier = "interface"

  private let parameters: ParameterSet
  private let areaRatio: Double
  private let modulus: Double

  public init(parameters p: ParameterSet) {
    parameters = p
    areaRatio = Kinetics.activeAreaRatio(
      roughness: p[.roughness], correlationLength: p[.roughnessLength])
    let crystal = p[.stiffness11] - p[.stiffness13] * p[.stiffness13] / p[.stiffness33]
    let electrolyte =
      p[.electrolyteModulus] / (1 - p[.electrolytePoissonRatio] * p[.electrolytePoissonRatio])
    modulus = 2 / (1 / crystal + 1 / electrolyte)
  }

  public func advance(_ damage: Damage, _ observation: CycleObservation) throws -> Damage {
    let p = parameters
    guard p[.debondingRate] > 0 else { return damage }
    var result = damage
    for (index, patch) in damage.patches.enumerated() where patch.initialContact > 0 && patch.debonded < 1 {
      let drivingForce = observation.stresses.map { stress in
        let normal = damage.patchMean(stress.interfaceNormal, index, observation.mesh)
        let shear = damage.patchMean(stress.interfaceShear, index, observation.mesh)
        return InterfaceFailure.drivingForce(
          normal: normal, shear: shear, patchLength: p[.patchLength], modulus: modulus,
          toughnessModeI: patch.toughness * p[.toughnessModeI],
          toughnessModeII: patch.toughness * p[.toughnessModeII], areaRatio: areaRatio)
      }.max() ?? 0
      // The driving force is that of the cycle, so the damage it does in one cycle is its rate.
      result.patches[index].debonded = min(
        1,
        patch.debonded
          + InterfaceFailure.damagePerCycle(
            drivingForce: drivingForce, rate: p[.debondingRate], exponent: p[.debondingExponent]))
    }
    return result
  }
}

extension Damage {
  /// The mean over a patch of a quantity given per in-plane cell.
  func patchMean(_ values: [Double], _ index: Int, _ mesh: Mesh) -> Double {
    let width = mesh.width / Double(patches.count)
    let (start, end) = (Double(index) * width, Double(index + 1) * width)
    var sum = 0.0
    for j in 0..<mesh.yCount {
      let overlap = min(end, mesh.yEdges[j + 1]) - max(start, mesh.yEdges[j])
      if overlap > 0 { sum += overlap * values[j] }
    }
    return sum / width
  }

  /// The mean over an in-plane cell of a quantity given per patch.
  func cellMean(_ j: Int, _ mesh: Mesh, _ value: (InterfacePatch) -> Double) -> Double {
    let width = mesh.width / Double(patches.count)
    let (start, end) = (mesh.yEdges[j], mesh.yEdges[j + 1])
    var sum = 0.0
    for index in max(0, Int(start / width) - 1)..<min(patches.count, Int(end / width) + 2) {
      let overlap = min(end, Double(index + 1) * width) - max(start, Double(index) * width)
      if overlap > 0 { sum += overlap * value(patches[index]) }
    }
    return sum / (end - start)
  }

  /// Contact fraction of every in-plane cell: bonded, or debonded and pressed back.
  func contact(_ mesh: Mesh, recontact: Double) -> [Double] {
    (0..<mesh.yCount).map { j in
      cellMean(j, mesh) { $0.initialContact * (1 - $0.debonded + $0.debonded * recontact) }
    }
  }

  /// Share of every in-plane cell that the interface no longer joins.
  func interfaceDamage(_ mesh: Mesh) -> [Double] {
    (0..<mesh.yCount).map { j in cellMean(j, mesh) { 1 - $0.initialContact * (1 - $0.debonded) } }
  }
}

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

  public func advance(_ damage: Damage, _ observation: CycleObservation, span: inout Double) -> Damage {
    let p = parameters
    guard p[.debondingRate] > 0 else { return damage }
    var result = damage
    for (index, patch) in damage.patches.enumerated() where patch.initialContact > 0 && patch.debonded < 1 {
      let drivingForce =
        observation.stresses.map { stress in
          // What is left of the bond carries what the whole patch transmits; the last twentieth is spared
          // from the division, or it would fail by arithmetic.
          let ligament = max(patch.bondedShare, 0.05)
          let normal = damage.patchMean(stress.interfaceNormal, patch, observation.mesh) / ligament
          // What rubs spares the bond.
          let bonded = zip(stress.interfaceShear, stress.interfaceFriction).map { $0 - $1 }
          let shear = damage.patchMean(bonded, patch, observation.mesh) / ligament
          return InterfaceFailure.drivingForce(
            normal: normal, shear: shear, patchLength: p[.patchLength], modulus: modulus,
            toughnessModeI: patch.toughness * p[.toughnessModeI],
            toughnessModeII: patch.toughness * p[.toughnessModeII], areaRatio: areaRatio)
        }.max() ?? 0
      // The driving force is that of the cycle, so the damage it does in one cycle is its rate.
      result.patches[index].debonded = min(
        1,
        patch.debonded
          + span
          * InterfaceFailure.damagePerCycle(
            drivingForce: drivingForce, rate: p[.debondingRate], exponent: p[.debondingExponent]))
    }
    return result
  }

  public static func restore(_ damage: inout Damage, to pristine: Damage) {
    damage.patches = pristine.patches
  }
}

extension Damage {
  /// The mean over a patch of a quantity given per in-plane cell.
  func patchMean(_ values: [Double], _ patch: InterfacePatch, _ mesh: Mesh) -> Double {
    var sum = 0.0
    for j in 0..<mesh.yCount {
      let overlap = min(patch.end, mesh.yEdges[j + 1]) - max(patch.start, mesh.yEdges[j])
      if overlap > 0 { sum += overlap * values[j] }
    }
    return sum / (patch.end - patch.start)
  }

  /// The mean over every in-plane cell of a quantity given per patch.
  private func cellMeans(_ mesh: Mesh, _ value: (InterfacePatch) -> Double) -> [Double] {
    var means = [Double](repeating: 0, count: mesh.yCount)
    for patch in patches {
      for j in mesh.cell(containing: patch.start, mesh.yEdges)...mesh.cell(containing: patch.end, mesh.yEdges)
      {
        let overlap = min(patch.end, mesh.yEdges[j + 1]) - max(patch.start, mesh.yEdges[j])
        if overlap > 0 { means[j] += overlap / mesh.yWidth(j) * value(patch) }
      }
    }
    return means
  }

  /// Contact fraction of every in-plane cell: bonded, or debonded and pressed back.
  func contact(_ mesh: Mesh, recontact: Double) -> [Double] {
    cellMeans(mesh) { $0.initialContact * (1 - $0.debonded + $0.debonded * recontact) }
  }

  /// Share of every in-plane cell that the interface no longer joins.
  func interfaceDamage(_ mesh: Mesh) -> [Double] {
    cellMeans(mesh) { 1 - $0.bondedShare }.map { min(max($0, 0), 1) }
  }
}

extension InterfacePatch {
  /// Share of the patch that the interface still joins.
  var bondedShare: Double { initialContact * (1 - debonded) }
}

import CellModel
import CellPhysics
import Foundation

/// Debonding of the interface in patches of scattered toughness, which fatigue makes weaker and healing bonds again.
///
/// The springs of the stress analysis lose stiffness with the debonded share, so that share and separation are those of
/// the law of a bond. A patch beyond its law breaks as far as the separation says, which lets it separate further, and
/// so on until it holds or is gone. As damage only grows on the way, and each step is one of ``settled`` or more, there
/// are finitely many; it comes from below and does not overshoot.
///
/// Fatigue takes toughness, and with its root strength, from what is bonded, and no contact: that goes as a bond comes
/// apart, in the cycle in which what is left no longer holds its load. So lives scatter, and loads that a lost patch
/// passes on shorten those of its neighbours.
///
/// Laws: ``CellPhysics/CohesiveLaw`` and ``CellPhysics/InterfaceFailure``.
public struct InterfaceDebonding: DegradationMechanism {
  public static let identifier = "interface"

  private let parameters: ParameterSet
  private let areaRatio: Double
  private let modulus: Double
  /// The law of a patch of mean toughness, per projected area.
  private let bond: CohesiveLaw

  /// The debonded share by which a patch has to break before stresses are looked at again.
  static let settled = 0.01

  public init(parameters p: ParameterSet) {
    parameters = p
    areaRatio = Kinetics.activeAreaRatio(
      roughness: p[.roughness], correlationLength: p[.roughnessLength])
    let crystal = p[.stiffness11] - p[.stiffness13] * p[.stiffness13] / p[.stiffness33]
    let electrolyte =
      p[.electrolyteModulus] / (1 - p[.electrolytePoissonRatio] * p[.electrolytePoissonRatio])
    modulus = 2 / (1 / crystal + 1 / electrolyte)
    bond = CohesiveLaw(p)
  }

  public func span(_ damage: Damage, _ observation: CycleObservation, limit: Double) -> Double {
    guard parameters[.debondingRate] > 0 else { return limit }
    let isBreaking = damage.patches.contains { patch in
      guard patch.bondedShare > 0 else { return false }
      return brokenShare(patch, separations(patch, observation)) - patch.debonded > Self.settled
    }
    return isBreaking ? 0 : limit
  }

  public func advance(_ damage: Damage, _ observation: CycleObservation, span: Double) -> Damage {
    let p = parameters
    guard p[.debondingRate] > 0 else { return damage }
    var result = damage
    for (index, patch) in damage.patches.enumerated() where patch.initialContact > 0 {
      var debonded = patch.debonded
      var fatigue = patch.fatigue
      if debonded < 1 {
        let separations = separations(patch, observation)
        debonded = max(debonded, brokenShare(patch, separations))
        // The driving force is that of the cycle, so what it does in one cycle is its rate.
        fatigue +=
          span
          * InterfaceFailure.fatiguePerCycle(
            drivingForce: drivingForce(patch, separations), rate: p[.debondingRate],
            exponent: p[.debondingExponent])
      }
      func healed(_ share: Double) -> Double {
        InterfaceFailure.healed(
          share: min(1, share), pressedTime: span * observation.pressedTime, healingTime: p[.healingTime])
      }
      (result.patches[index].debonded, result.patches[index].fatigue) = (healed(debonded), healed(fatigue))
    }
    return result
  }

  /// The mean separation of a patch in every state.
  private func separations(_ patch: InterfacePatch, _ observation: CycleObservation) -> [SIMD2<Double>] {
    observation.separations.map { patch.mean($0, observation.mesh) }
  }

  /// The share that the largest separation breaks of a bond with the toughness that fatigue has left.
  private func brokenShare(_ patch: InterfacePatch, _ separations: [SIMD2<Double>]) -> Double {
    guard patch.fatigue < 1 else { return 1 }
    let bond = bond.scaled(toughness: patch.toughness * (1 - patch.fatigue))
    return separations.reduce(0) { max($0, bond.damage(opening: $1.x, slip: $1.y)) }
  }

  /// The largest energy release rate over the toughness before fatigue, by the tractions on what is still bonded.
  private func drivingForce(_ patch: InterfacePatch, _ separations: [SIMD2<Double>]) -> Double {
    let p = parameters
    return separations.reduce(0) { largest, separation in
      let traction = bond.traction(opening: separation.x, slip: separation.y, damage: 0)
      let force = InterfaceFailure.drivingForce(
        normal: traction.normal, shear: traction.shear, patchLength: p[.patchLength], modulus: modulus,
        toughnessModeI: patch.toughness * p[.toughnessModeI],
        toughnessModeII: patch.toughness * p[.toughnessModeII], areaRatio: areaRatio)
      return max(largest, force)
    }
  }

  public static func restore(_ damage: inout Damage, to pristine: Damage) {
    damage.patches = pristine.patches
  }
}

extension CohesiveLaw {
  /// The bond of film and electrolyte per projected area; a rough one has as much more to hold as it has area.
  init(_ p: ParameterSet) {
    let ratio = Kinetics.activeAreaRatio(roughness: p[.roughness], correlationLength: p[.roughnessLength])
    self.init(
      stiffness: p[.interfaceStiffness], normalStrength: ratio * p[.interfaceNormalStrength],
      shearStrength: ratio * p[.interfaceShearStrength], toughnessModeI: ratio * p[.toughnessModeI],
      toughnessModeII: ratio * p[.toughnessModeII])
  }
}

extension StressField {
  /// Normal and shear separation of the bond on each in-plane face, m, from the tractions that it bears.
  ///
  /// - Parameters:
  ///   - damage: share of each face that does not join; it bears compression alone.
  ///   - stiffness: of the whole bond per area, Pa/m.
  func separations(damage: [Double], stiffness: Double) -> [SIMD2<Double>] {
    damage.indices.map { face in
      // Springs keep a trace of their stiffness, so that what has debonded has a separation as well.
      let kept = max(1 - damage[face], 1e-9) * stiffness
      let normal = interfaceNormal[face]
      // What rubs is not borne by the bond.
      let shear = interfaceShear[face] - interfaceFriction[face]
      return SIMD2(normal / (normal > 0 ? kept : stiffness), shear / kept)
    }
  }
}

extension Damage {
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

  /// The mean over the patch of a vector given per in-plane cell.
  func mean(_ values: [SIMD2<Double>], _ mesh: Mesh) -> SIMD2<Double> {
    var sum = SIMD2<Double>.zero
    for j in 0..<mesh.yCount {
      let overlap = min(end, mesh.yEdges[j + 1]) - max(start, mesh.yEdges[j])
      if overlap > 0 { sum += overlap * values[j] }
    }
    return sum / (end - start)
  }
}

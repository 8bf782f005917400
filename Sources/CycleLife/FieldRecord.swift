import CellModel
import CellPhysics

/// The fields of the section at one moment of a cycle, in SI units.
///
/// Recorded in the cycles that ``Scenario/fieldCycles`` names, after their protocol.
public struct FieldRecord: Sendable, Equatable {
  /// A moment of a cycle: the end of a step, or nearly so.
  public enum Moment: String, Sendable, CaseIterable {
    /// The state of least lithium: the end of charge, hold included.
    case charged
    /// The state of most lithium: the end of discharge.
    case discharged
  }

  /// The number of the cycle, from 1.
  public let cycle: Int
  public let moment: Moment
  /// Time since the start of the run, s.
  public internal(set) var time: Double
  /// The mesh on which the fields are given.
  public let mesh: Mesh
  /// Lithium content of each cell; pores hold 0.
  public let contentOfCells: [Double]
  /// Stresses averaged over the averaging length, as the mechanisms feel them.
  public let stress: StressField
  /// Share of each in-plane cell of the interface that is in contact.
  public let contactOfCells: [Double]
  /// The cracks, in the order of ``Damage/cracks``.
  public let cracks: [LoadedCrack]

  public init(
    cycle: Int, moment: Moment, time: Double, mesh: Mesh, contentOfCells: [Double], stress: StressField,
    contactOfCells: [Double], cracks: [LoadedCrack]
  ) {
    self.cycle = cycle
    self.moment = moment
    self.time = time
    self.mesh = mesh
    self.contentOfCells = contentOfCells
    self.stress = stress
    self.contactOfCells = contactOfCells
    self.cracks = cracks
  }

  /// Largest principal stress of the section in each cell, Pa; zero in pores.
  public var largestPrincipalStress: [Double] {
    stress.xx.indices.map {
      StressInCell(xx: stress.xx[$0], yy: stress.yy[$0], zz: stress.zz[$0], xy: stress.xy[$0])
        .principalInPlane.largest
    }
  }
}

/// A crack under the stresses of one moment.
public struct LoadedCrack: Sendable, Equatable {
  public let crack: Crack
  /// The larger stress intensity of its tips, sqrt(K_I^2 + K_II^2), Pa m^0.5.
  public let intensity: Double
  /// Whether tension opens it at a tip; the faces of others touch.
  public let isOpen: Bool
  /// Whether it lies across the fast direction of its crystal; others hardly hinder lithium.
  public let isBlocking: Bool

  public init(crack: Crack, intensity: Double, isOpen: Bool, isBlocking: Bool) {
    self.crack = crack
    self.intensity = intensity
    self.isOpen = isOpen
    self.isBlocking = isBlocking
  }

  /// The crack in a crystal of this angle, radian, under a stress field.
  ///
  /// Its intensities are those of the resolved crack, or come from the stresses.
  init(
    _ crack: Crack, crystalAngle: Double, stress: StressField, resolved: ResolvedCracks.TipIntensities?,
    mesh: Mesh, microstructure: Microstructure?, parameters p: ParameterSet
  ) {
    self.crack = crack
    let (back, front): (Fracture.Intensity, Fracture.Intensity)
    if let resolved {
      (back, front) = (resolved.back, resolved.front)
    } else {
      let loading = CrackLoading(
        crack, CycleObservation(stresses: [stress], mesh: mesh, microstructure: microstructure), resolved: 0,
        toughness: CrackToughness(p),
        friction: p[.crackFriction])
      (back, front) = loading.intensities(tips: crack.tips)
    }
    intensity = max(back.effective, front.effective)
    isOpen = max(back.modeI, front.modeI) > 0
    isBlocking = crack.isBlocking(
      in: Diffusion.diffusivityInCell(
        fast: p[.fastDiffusivity], slow: p[.slowDiffusivity], angle: crystalAngle))
  }
}

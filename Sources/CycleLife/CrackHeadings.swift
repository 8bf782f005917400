import CellModel
import CellPhysics
import Foundation

/// Where the tips of a crack go: straight on, or along the layers of their crystals.
///
/// A tip turns where the energy release rate of a short branch along the layers, over what the layers take, exceeds that
/// straight on over the toughness there, in the state of the cycle in which the tip is loaded most. Both senses of the
/// layers count when they stand at a right angle to the crack. No tip turns by more than the largest kink, none at zero.
/// Source: largest energy release rate over toughness (He & Hutchinson, Int. J. Solids Struct. 25, 1053 (1989)).
struct CrackHeadings {
  /// The change of inclination, back and front, radian; zero straight on.
  private(set) var turns = SIMD2<Double>.zero
  /// The stress intensity of the branch over that straight on.
  private(set) var shares = SIMD2<Double>(1, 1)
  /// How far the tips may go along their headings, m from the origin of the crack.
  private(set) var limits: SIMD2<Double>
  private let alongLayers: Double

  /// - Parameter threshold: tips whose range of intensity cannot come to it, Pa m^0.5, are not looked at: ranges are below
  ///   twice the largest intensity, and shares below 1.5.
  init(_ crack: Crack, _ loading: CrackLoading, _ toughness: CrackToughness, threshold: Double) {
    limits = crack.limits
    alongLayers = toughness.alongLayers
    guard toughness.largestKink > 0 else { return }
    let worst = loading.worst(tips: crack.tips)
    let (onto, straight) = loading.layers(behind: crack.tips)
    for tip in 0..<2 where crack.tips[tip] < crack.limits[tip] {
      let intensity = tip == 0 ? worst.back : worst.front
      guard intensity.effective > max(threshold / 3, 0) else { continue }
      var best = intensity.effective / straight[tip]
      // The other sense of the layers, where both are as near.
      for turn in [onto[tip], onto[tip] - (onto[tip] < 0 ? -.pi : .pi)]
      where abs(turn) < toughness.largestKink + 1e-6 {
        // Turning the inclination leads the front toward the normal, the back away from it, where shear has the other
        // sign: the same branch.
        let branch = Fracture.branch(of: intensity, angle: turn)
        guard branch.modeI > 0, branch.effective / alongLayers > best else { continue }
        best = branch.effective / alongLayers
        (turns[tip], shares[tip]) = (turn, branch.effective / intensity.effective)
      }
    }
  }

  /// The toughness that the tips meet, where that straight on is given, Pa m^0.5.
  func toughness(_ straight: SIMD2<Double>) -> SIMD2<Double> {
    SIMD2(turns[0] == 0 ? straight[0] : alongLayers, turns[1] == 0 ? straight[1] : alongLayers)
  }

  /// Ends the ways of tips that turn where they meet the boundary of their crystal, or another crack.
  mutating func bound(_ index: Int, _ cracks: [Crack], _ observation: CycleObservation) {
    guard turns != .zero, let microstructure = observation.microstructure else { return }
    let (crack, mesh) = (cracks[index], observation.mesh)
    for tip in 0..<2 where turns[tip] != 0 {
      let place = crack.point(at: tip == 0 ? -crack.tips[0] : crack.tips[1])
      var branch = Crack(
        x: place.x, y: mesh.wrapped(place.y), inclination: crack.inclination + turns[tip], tips: .zero,
        limits: .zero)
      branch.limits[tip] =
        microstructure.obstacle(
          to: branch, tip: tip, from: 0, thickness: mesh.thickness
        ).distance
      let meeting = cracks.meetings(of: branch, but: index, width: mesh.width)[tip]
      limits[tip] = crack.tips[tip] + min(branch.limits[tip], meeting)
    }
  }

  /// The crack whose tips have gone along their headings, `tips` from the origin as the way was.
  ///
  /// One that has turned becomes the straight line between its tips. Its origin stays between them, so that neither
  /// distance falls: what the line is longer goes to the tips as they grew.
  func lead(_ crack: Crack, to tips: SIMD2<Double>, _ observation: CycleObservation) -> Crack {
    var result = crack
    let growth = tips - crack.tips
    guard (growth * turns) != .zero, let microstructure = observation.microstructure else {
      result.tips = tips
      return result
    }
    func end(_ tip: Int) -> SIMD2<Double> {
      let heading = crack.inclination + turns[tip]
      let sign = tip == 0 ? -1.0 : 1.0
      return crack.point(at: sign * crack.tips[tip]) + sign * growth[tip] * SIMD2(sin(heading), cos(heading))
    }
    let (back, front) = (end(0), end(1))
    let chord = front - back
    let length = (chord * chord).sum().squareRoot()
    result.inclination += remainder(atan2(chord.x, chord.y) - crack.inclination, 2 * .pi)
    result.tips = crack.tips + max(length - crack.length, 0) * growth / growth.sum()
    let origin = back + result.tips[0] / length * chord
    let mesh = observation.mesh
    result.x = min(max(origin.x, 0), mesh.thickness)
    result.y = mesh.wrapped(origin.y)
    for tip in 0..<2 {
      result.limits[tip] = result.tips[tip]
      guard tips[tip] < limits[tip] else { continue }
      let obstacle = microstructure.obstacle(
        to: result, tip: tip, from: result.tips[tip], thickness: mesh.thickness)
      result.limits[tip] = max(result.tips[tip], obstacle.distance)
    }
    return result
  }
}

extension Mesh {
  /// A place in plane within the period, m.
  fileprivate func wrapped(_ y: Double) -> Double { y - width * (y / width).rounded(.down) }
}

import CellPhysics
import Foundation
import Testing

@testable import CellModel

@Suite struct CrackPaths {
  private let thickness = 20e-6
  /// Two columns of 5 um, the second of two crystals.
  private let section = Microstructure(
    columns: [
      .init(start: 0, end: 5e-6, angle: 0.1),
      .init(
        start: 5e-6, end: 10e-6, grains: [.init(end: 8e-6, angle: 0.2), .init(end: .infinity, angle: 0.3)]),
    ], pores: [.init(x: 15e-6, y: 2e-6, radius: 1e-6)])

  private func crack(_ x: Double, _ y: Double, degrees: Double, tips: SIMD2<Double> = .zero) -> Crack {
    Crack(x: x * 1e-6, y: y * 1e-6, inclination: degrees * .pi / 180, tips: tips, limits: .zero)
  }

  private func obstacle(_ crack: Crack, _ tip: Int, from start: Double = 0) -> CrackObstacle {
    section.obstacle(to: crack, tip: tip, from: start, thickness: thickness)
  }

  @Test func sidesOfColumnsStopACrack() {
    for tip in 0..<2 {
      let found = obstacle(crack(5, 2, degrees: 0), tip)
      #expect(abs(found.distance - (tip == 0 ? 2e-6 : 3e-6)) < 1e-15)
      #expect(found.angle == 0.1 && found.angleAhead == nil)
      #expect(abs(found.incidence - .pi / 2) < 1e-12)
    }
    // At 60 degrees to Y the side is met at 30 degrees.
    let slanted = obstacle(crack(5, 2, degrees: 60), 1)
    #expect(abs(slanted.distance - 6e-6) < 1e-15 && abs(slanted.incidence - .pi / 6) < 1e-12)
  }

  @Test func aCrystalBelowIsMetBeforeTheFace() {
    let line = crack(2, 7, degrees: 90)
    let boundary = obstacle(line, 1)
    #expect(abs(boundary.distance - 6e-6) < 1e-15)
    #expect(boundary.angle == 0.2 && boundary.angleAhead == 0.3)
    #expect(abs(boundary.incidence - .pi / 2) < 1e-12)
    let face = obstacle(line, 1, from: boundary.distance)
    #expect(abs(face.distance - 18e-6) < 1e-14 && face.angle == 0.3 && face.angleAhead == nil)
    let interface = obstacle(line, 0)
    #expect(abs(interface.distance - 2e-6) < 1e-15 && interface.angleAhead == nil)
    // Upward through the same boundary.
    let below = obstacle(crack(12, 7, degrees: 90), 0)
    #expect(abs(below.distance - 4e-6) < 1e-15 && below.angle == 0.3 && below.angleAhead == 0.2)
  }

  @Test func aPoreStopsACrack() {
    let found = obstacle(crack(10, 2, degrees: 90), 1)
    #expect(abs(found.distance - 4e-6) < 1e-14 && found.angleAhead == nil)
    // A line beside it passes.
    #expect(abs(obstacle(crack(10, 4, degrees: 90), 1).distance - 10e-6) < 1e-14)
  }

  @Test func tipsMeetOtherCracksAcrossThePeriodToo() {
    var cracks = [
      crack(5, 9, degrees: 0, tips: SIMD2(1e-6, 1e-6)), crack(5, 1.5, degrees: 90, tips: SIMD2(1e-6, 1e-6)),
    ]
    for index in cracks.indices { cracks[index].limits = SIMD2(8e-6, 8e-6) }
    // From 9 um to 11.5 um, the image of 1.5 um.
    #expect(abs(cracks.meetings(width: 10e-6)[0][1] - 2.5e-6) < 1e-15)
    // Backwards to 1.5 um itself.
    #expect(abs(cracks.meetings(width: 10e-6)[0][0] - 7.5e-6) < 1e-15)
    // The other one's line passes beyond the first one's tip.
    #expect(cracks.meetings(width: 10e-6)[1][0] == .infinity)
    // A tip that has arrived stays; one that is past is not held.
    var arrived = cracks
    arrived[0].tips[1] = 2.5e-6
    #expect(abs(arrived.meetings(width: 10e-6)[0][1] - 2.5e-6) < 1e-15)
    arrived[0].tips[1] = 3e-6
    #expect(arrived.meetings(width: 10e-6)[0][1] == .infinity)
    // What lies beyond its limit cannot stop a tip.
    cracks[0].limits[1] = 1.2e-6
    #expect(cracks.meetings(width: 10e-6)[0][1] == .infinity)
  }
}

import CellPhysics
import Foundation
import RunFiles
import Testing

@testable import Validation

/// A section and a mesh so coarse that a discharge takes well under a second in a debug build.
let coarse = [
  "cathode.width=20 um", "numerics.mesh width=1.5 um", "numerics.depth mesh width=3 um",
  "numerics.interface mesh width=0.5 um", "degradation.cracks.flaw density=0 /um2",
  "degradation.interface.patch length=2 um", "numerics.relative tolerance=1e-3",
  "numerics.contact edge mesh width=1 um", "numerics.column edge mesh width=1.5 um",
]

private func published(_ ids: String...) -> [Target] { Target.published.filter { ids.contains($0.id) } }

@Suite struct ValidationTests {
  @Test func rowsAreComputedOrSaidNotToBe() throws {
    let report = ValidationReport(
      published("roughness-active-area", "fade-25", "dense-0.5C-capacity", "dense-0.5C-gravimetric"),
      try ValidationInput(overrides: coarse), jobs: 2)
    #expect(report.lines.map { $0.passes != nil } == [true, true, true, false])
    #expect(report.lines.last?.result == .notComputed && report.lines.last?.model == nil)
    guard case .number(let capacity) = report.lines[1].model, case .number(let energy) = report.lines[2].model
    else { return #expect(Bool(false), "no numbers") }
    // The mean voltage lies between the cutoff and the potential of the charged cell.
    #expect(energy / capacity > 3.544 && energy / capacity < 4.0)
    #expect(report.summary[0].hasPrefix("calibrated rows within tolerance: "))
    #expect(report.summary[0].hasSuffix(" of 3 (1 not computed)"))
  }

  @Test func equalSimulationsAreCarriedOutOnce() throws {
    let cells = PaperCells(try ValidationInput(overrides: coarse))
    let once = cells.discharge(PaperCells.fabricated, rate: 1)
    // The fabricated cell is rough by default: writing the default changes nothing.
    let same = cells.discharge([.roughness: "0.84 um"], rate: 1)
    let results = [once, same].observe(jobs: 2) { _, count in #expect(count == 1) }
    let capacities = try results.map { try $0.get().capacity }
    #expect(capacities[0] == capacities[1] && capacities[0] > 0)
  }

  @Test func aFailedRowNamesItsReasonAndTheOthersGoOn() throws {
    // Nothing touches the electrolyte: no cell can be cycled, while the area ratio needs no cell.
    let report = ValidationReport(
      published("roughness-active-area", "dense-1C-capacity"),
      try ValidationInput(overrides: coarse + ["interface.contact fraction=0"]), jobs: 1)
    #expect(report.lines[0].passes == true)
    #expect(report.lines[1].passes == false)
    #expect(
      report.lines[1].result
        == .failed(
          reason: "cycle 1, step 'Charge at 1.0C until 4.03 V vs Li': no part of the interface is in contact")
    )
    #expect(!report.passes)
    #expect(report.table.contains("FAIL: cycle 1"))
  }

  @Test func jsonHasTheSameKeysInEveryRow() throws {
    let report = ValidationReport(
      published("roughness-active-area", "fade-25", "transport-limited-point"),
      try ValidationInput(overrides: coarse), jobs: 2)
    let rows = try #require(try JSONSerialization.jsonObject(with: report.json) as? [[String: Any]])
    #expect(rows.count == 3)
    let keys: Set = ["id", "paper", "model", "tolerance", "tolerance_kind", "unit", "use", "pass"]
    for row in rows { #expect(Set(row.keys) == keys) }
    let byID = Dictionary(uniqueKeysWithValues: rows.map { ($0["id"] as! String, $0) })
    let area = try #require(byID["roughness-active-area"])
    #expect(
      area["paper"] as? Double == 4 && area["pass"] as? Bool == true && area["use"] as? String == "calibrate")
    let fade = try #require(byID["fade-25"])
    #expect(
      fade["model"] is NSNull && fade["pass"] is NSNull && fade["tolerance_kind"] as? String == "absolute")
    let label = try #require(byID["transport-limited-point"])
    #expect(label["paper"] as? String == "transport" && label["model"] is String)
  }

  @Test func theProtocolIsThatOfAScenarioWithoutOne() throws {
    let input = try ValidationInput()
    let scenario = input.resolved.scenario
    let cycle = input.paperProtocol.cycle(rate: 1, scenario.parameters)
    #expect(cycle.map(\.control) == scenario.protocolSteps.map(\.control))
    #expect(cycle.map(\.limits) == scenario.protocolSteps.map(\.limits))
  }

  @Test func overridesReachParametersAndProtocol() throws {
    let input = try ValidationInput(overrides: [
      "cathode.thickness=30 um", "protocol.cutoff voltage=3500 mV", "protocol.hold voltage = 4.1 V vs Li",
      "protocol.charged content=0.5",
    ])
    #expect(input.resolved.scenario.parameters[.filmThickness] == Quantity("30 um")!.si)
    #expect(input.paperProtocol.cutoffVoltage == 3.5 && input.paperProtocol.holdVoltage == 4.1)
    #expect(input.paperProtocol.chargedContent == 0.5)
    #expect(throws: ScenarioError.self) { try ValidationInput(overrides: ["cathode.thicknes=30 um"]) }
    for wrong in ["5 V", "3.5", "x", "3.5 A"] {
      #expect(throws: ProtocolNumberError.self) {
        try ValidationInput(overrides: ["protocol.cutoff voltage=\(wrong)"])
      }
    }
  }

  @Test func everyChangeOfACellIsAnAcceptedValue() throws {
    let cells = PaperCells(try ValidationInput())
    for target in Target.published {
      for simulation in cells.row(target.id)?.simulations ?? [] {
        for parameter in Parameter.allCases {
          #expect(parameter.entry.rangeSI.contains(simulation.scenario.parameters[parameter]))
        }
      }
    }
  }
}

@Suite struct CalibrationTests {
  @Test func theSevenCapacitiesOfThePaperAreMet() throws {
    let ids = Calibration.rows.prefix(7)
    // Twice the cell widths of the fit and five times those at edges of contact: this mesh delivers up to
    // 3 mAh/g more where contact is partial, for which the tolerances of 4 mAh/g just have room.
    let coarse = [
      "numerics.mesh width=0.7 um", "numerics.depth mesh width=1.2 um",
      "numerics.interface mesh width=0.2 um",
      "numerics.contact edge mesh width=0.1 um", "numerics.column edge mesh width=0.7 um",
    ]
    let report = ValidationReport(
      Target.published.filter { ids.contains($0.id) }, try ValidationInput(overrides: coarse),
      jobs: 2)
    #expect(report.lines.count == 7)
    for line in report.lines { #expect(line.passes == true, "\(line.target.id): \(line.result)") }
  }

  @Test func aDisplacedOffsetIsBroughtBack() throws {
    let input = try ValidationInput(overrides: coarse + ["cathode.potential offset=-0.10 V"])
    let quantity = try #require(FreeQuantity(key: "cathode.potential offset"))
    let calibration = Calibration([quantity], input, jobs: 2)
    var chiSquares: [Double] = []
    let result = try calibration.fit(maximumIterations: 1) { chiSquares.append($0.chiSquare) }
    #expect(chiSquares == chiSquares.sorted(by: >) && chiSquares.count > 1)
    // Energies alone fix the offset to some 10 mV; the coarse mesh and the other values are not refitted.
    #expect(result.fitted[0].value < -0.115 && result.fitted[0].value > -0.16)
    #expect(result.degreesOfFreedom == calibration.targets.count - 1)
    #expect(result.text.contains("1 numbers fitted to \(calibration.targets.count) rows"))
    #expect(result.scenario.contains("cathode:\n  potential offset: -0.1"))
  }

  @Test func whatCannotBeFittedIsRefused() {
    #expect(FreeQuantity(key: "cathode.nothing") == nil)
    // May be zero, so that it has no logarithm.
    #expect(FreeQuantity(key: "interface.roughness") == nil)
    #expect(FreeQuantity(key: "separator.cathode-side conductivity") != nil)
  }
}

import Foundation
import Testing

/// What a cell can be asked to bear at most.
private enum Corner: CaseIterable {
  /// A twentieth of the interface, five times the current, a thousandth of the diffusivities, cracks along the
  /// collector from one side of a column to the other, ten times the stack pressure.
  case contact, rate, diffusivity, crack, pressure

  var settings: [String] {
    switch self {
    case .contact: ["interface.contact fraction=0.05"]
    case .rate: []
    case .diffusivity: ["cathode.fast diffusivity=3.81e-12 cm2/s", "cathode.slow diffusivity=2.56e-15 cm2/s"]
    case .crack:
      [
        "degradation.cracks.cleavage fraction=0", "degradation.cracks.flaw inclination=0 deg",
        "degradation.cracks.flaw inclination spread=0 deg", "degradation.cracks.flaw half-length=10 um",
      ]
    case .pressure: ["cell.stack pressure=100 MPa"]
    }
  }
}

/// Sets of corners, from none to all; `CYCLELIFE_CORNERS` asks for all 32 instead of those of every test run.
private let sets: [Int] =
  ProcessInfo.processInfo.environment["CYCLELIFE_CORNERS"] != nil
  ? Array(0..<32) : [0b00001, 0b00010, 0b00100, 0b01000, 0b10000, 0b11101, 0b11110, 0b11111]

@Suite struct Corners {
  /// Both ways to follow lithium: in the section, and through the film alone.
  @Test(arguments: sets, ["1D", "2D"]) func aCellThatBearsTooMuchEndsByARule(set: Int, fidelity: String)
    throws
  {
    let corners = Corner.allCases.enumerated().filter { set >> $0.offset & 1 == 1 }.map(\.element)
    let rate = corners.contains(.rate) ? "5C" : "1C"
    // 1C fills this thin film in an hour.
    let yaml = """
      fidelity: \(fidelity)
      cell: {nominal capacity: 0.403 mAh/cm2}
      """
    try withTemporaryPath { path in
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let scenario = smallCell("cycles: 2, seed: 5").replacing("1C", with: rate) + "\n" + yaml
      try Data(scenario.utf8).write(to: URL(fileURLWithPath: path + "/corner.yaml"))
      let settings = corners.flatMap(\.settings).flatMap { ["--set", $0] }
      let result = try cyclelife(
        ["run", path + "/corner.yaml", "--no-figures", "--output", path + "/run"] + settings)
      let ended = result.output.split(separator: "\n").filter { $0.hasPrefix("ended: ") }
      #expect(ended.count == 1, "\(corners): \(result)")
      switch result.status {
      case 0:
        let rows = try String(contentsOfFile: path + "/run/cycles.csv", encoding: .utf8).split(
          separator: "\n")
        #expect(rows.count == 3 || ended[0].contains("step 'Discharge at \(rate)"), "\(corners): \(result)")
        #expect(rows.count > 1)
      case 70:
        // A rule of the protocol, with its cause in words: no solver has failed.
        #expect(
          result.errors.contains("no cycle could be completed: cycle 1, step 'Discharge at \(rate)"),
          "\(corners): \(result)")
        #expect(result.errors.contains("cutoff reached at once: the ohmic drop alone is"), "\(result)")
      default: Issue.record("\(corners): \(result)")
      }
    }
  }
}

import CellModel
import CellPhysics
import Foundation
import CycleLife

@main
struct CycleLifeCommand {
  static func main() throws {
    let args = CommandLine.arguments
    var p = ParameterSet.defaults
    if args.contains("film") { p[.slowDiffusivity] = 1.3e-3 * p[.fastDiffusivity]; p[.orientationSpread] = 0 }
    for a in args where a.contains("=") {
      let parts = a.split(separator: "=")
      let key = Parameter(rawValue: String(parts[0]))!
      p[key] = Quantity(String(parts[1]))!.si
    }
    let t0 = Date()
    let micro = Microstructure(parameters: p, seed: 1)
    let mesh = micro.mesh(parameters: p)
    print("mesh", mesh.xCount, mesh.yCount, micro.columns.map { ($0.angle * 180 / .pi * 10).rounded() / 10 })
    let cell = try ElectrochemicalCell(mesh: mesh, parameters: p)
    print("Deff", try cell.effectiveDiffusivity(content: 0.95) * 1e4, "cm2/s")
    let q = 273.8
    for rate in [0.1, 0.5, 1.0] {
      var s = cell.uniformState(content: 0.532)
      let t1 = Date()
      let r = try cell.advance(&s, drive: .insertionCurrent(15.5 * rate), until: [.terminalVoltage(3.544 - 0.62), .duration(3e5)]) { _ in }
      print(rate, "C: Q", (cell.meanContent(s) - 0.532) * q, "t", s.time, r, s.terminalVoltage + 0.62, Date().timeIntervalSince(t1), cell.work,
        "balance", (cell.storedCharge(s) - cell.storedCharge(cell.uniformState(content: 0.532)) - s.insertedCharge) / cell.storedCharge(s))
    }
    var s = cell.uniformState(content: 0.98)
    for c in 1...2 {
      let t1 = Date()
      let w0 = cell.work
      let m0 = cell.meanContent(s)
      _ = try cell.advance(&s, drive: .insertionCurrent(-15.5), until: [.terminalVoltage(4.01 - 0.62)]) { _ in }
      let m1 = cell.meanContent(s)
      _ = try cell.advance(&s, drive: .terminalVoltage(4.01 - 0.62), until: [.currentMagnitude(1.55)]) { _ in }
      let m2 = cell.meanContent(s)
      let w1 = cell.work
      _ = try cell.advance(&s, drive: .insertionCurrent(15.5), until: [.terminalVoltage(3.544 - 0.62)]) { _ in }
      print("cycle", c, m0, m1, m2, cell.meanContent(s), "Q", (cell.meanContent(s) - m2) * q, Date().timeIntervalSince(t1), w1.steps - w0.steps, cell.work.steps - w1.steps, cell.work)
    }
    print(Date().timeIntervalSince(t0))
  }
}

import CellModel
import CellPhysics
import Foundation
import CycleLife

struct PrintSink: RunSink {
  var last = Date()
  let m: Double
  mutating func record(_ s: TimeSample) throws {}
  mutating func record(_ r: CycleRecord) throws {
    func f(_ x: Double, _ n: Int) -> String { String(format: "%.\(n)f", x) }
    let q = r.dischargeCapacity / 3.6 / m
    print(r.cycle, "Q", q, "chg", f(r.chargeCapacity / 3.6 / m, 2), "x", f(r.minimumContent, 4), f(r.maximumContent, 4), "f", f(r.contactFraction, 4),
      "L", f(r.crackLength * 1e6, 1), "par", f(r.crackDensityParallel, 5), "perp", f(r.crackDensityPerpendicular, 4), "Deff", r.effectiveDiffusivity * 1e4, "peak", f(r.peakTensileStress / 1e6, 0), r.peakStressSite, f(r.peakStressX * 1e6, 1), f(r.peakStressY * 1e6, 1),
      "K", f(r.peakKOverToughness, 3), "bal", r.lithiumBalanceError, "steps", r.timeSteps, r.newtonIterations, r.factorizations, "t", f(Date().timeIntervalSince(last), 2))
    last = Date()
  }
}

@main
struct CycleLifeCommand {
  static func main() throws {
    var p = ParameterSet.defaults
    var n = 3, seed = 1
    for a in CommandLine.arguments where a.contains("=") {
      let parts = a.split(separator: "=")
      if parts[0] == "n" { n = Int(parts[1])!; continue }
      if parts[0] == "seed" { seed = Int(parts[1])!; continue }
      p[Parameter(rawValue: String(parts[0]))!] = Quantity(String(parts[1]))!.si
    }
    let steps = [
      ProtocolStep(control: .current(15.5), limits: [.voltage(4.01 - 0.62)], text: "charge"),
      ProtocolStep(control: .voltage(4.01 - 0.62), limits: [.current(1.55)], text: "hold"),
      ProtocolStep(control: .current(-15.5), limits: [.voltage(3.544 - 0.62)], text: "discharge")]
    var runner = try CycleRunner(Scenario(parameters: p, protocolSteps: steps, cycles: n, seed: UInt64(seed)))
    var sink = PrintSink(m: runner.activeMassPerArea)
    print(try runner.run(into: &sink))
  }
}

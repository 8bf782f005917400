import CellPhysics
import CycleLife
import Foundation
import Testing

@testable import RunFiles

/// Numbers as they are written, at and beyond every limit of a number.
private let extremes = [
  "0", "-0", "-1", "1e308", "-1e308", "1e309", "5e-324", "-5e-324", "2.2250738585072014e-308", "nan", ".nan",
  "inf",
  "-inf", ".inf", "Infinity",
]

/// The first problem that setting `key` to `text` makes, and whether there is none.
private func problem(_ key: String, _ text: String) -> String? {
  let architecture = key.hasPrefix("composite.") ? "composite" : "dense"
  return problems("title: Bounds\ncathode: {architecture: \(architecture)}\n", ["\(key)=\(text)"]).first
}

@Suite struct Bounds {
  /// Accepted is what lies in the range of the table, and nothing else; a refusal names the key.
  @Test(arguments: Parameter.allCases) func aParameterIsAcceptedInItsRangeAlone(_ parameter: Parameter) throws
  {
    let (key, entry) = (parameter.rawValue, parameter.entry)
    func check(_ number: String, isInside: Bool) {
      let text = entry.unit.symbol == "1" ? number : "\(number) \(entry.unit.symbol)"
      let found = problem(key, text)
      if isInside {
        // A value may be refused beside another one, a mesh wider than the film; the message names a key then too.
        #expect(found == nil || found?.hasPrefix("--set: numerics.") == true, "\(text): \(found ?? "")")
      } else {
        #expect(found?.hasPrefix("--set: \(key): ") == true, "\(text): \(found ?? "accepted")")
      }
    }
    for (bound, outward) in [(entry.range.lowerBound, -1.0), (entry.range.upperBound, 1.0)] {
      check(QuantityText.plain(bound), isInside: true)
      // Values count to 15 digits, so that the nearest others are a part in 1e14 away.
      let step = outward * max(abs(bound) * 1e-13, 1e-300)
      check("\(bound + step)", isInside: false)
      check("\(bound - step)", isInside: true)
    }
    for number in extremes {
      // What is too small for a number of SI units is zero.
      let value = Double(number).flatMap { value -> Double? in
        value.isFinite ? (entry.unit.toSI(value) == 0 ? 0 : value) : nil
      }
      // Zero is written in many ways; a number too small for a normal one is kept as it is.
      let isNumber = value != nil && number.first { $0.isNumber || $0 == "-" } == number.first
      check(number, isInside: isNumber && entry.range.contains(value ?? .nan))
    }
  }

  @Test(arguments: [
    ("run.cycles", 1, 1_000_000), ("run.seed", 0, Int.max), ("run.replicates", 1, 10_000),
    ("run.mesh check interval", 0, 1_000_000), ("run.attribution interval", 0, 1_000_000),
    ("run.field cycles", 1, 1_000_000),
  ]) func aCountIsAcceptedInItsRangeAlone(key: String, lower: Int, upper: Int) {
    #expect(problem(key, "\(lower)") == nil && problem(key, "\(upper)") == nil)
    let outside = [
      "\(lower - 1)", upper < .max ? "\(upper + 1)" : "9223372036854775808", "-9223372036854775809", "1.5",
    ]
    for number in outside + extremes where Int(number).map({ !(lower...upper).contains($0) }) ?? true {
      #expect(problem(key, number)?.hasPrefix("--set: \(key): ") == true, "\(number)")
    }
  }

  @Test func theStressFreeStateIsAContent() {
    let key = "mechanics.stress-free state"
    for number in ["0.4", "1", "0.400000000000001"] { #expect(problem(key, number) == nil) }
    for number in extremes + ["0.3999999999", "1.0000000001"] {
      #expect(problem(key, number)?.hasPrefix("--set: \(key): ") == true, "\(number)")
    }
  }

  @Test func aPixelHasASize() {
    for text in ["0.001 um", "100 um"] { #expect((try? QuantityText.pixelSize(text)) != nil) }
    for text in extremes.map({ $0 + " um" }) + ["0.00099999 um", "100.0001 um"] {
      #expect((try? QuantityText.pixelSize(text)) == nil, "\(text)")
    }
  }

  /// Currents, voltages and times of a step.
  @Test(arguments: extremes) func aStepHasFiniteNumbersAboveZero(_ number: String) {
    for step in [
      "Charge at \(number)C until 4 V", "Charge at C/\(number) until 4 V", "Charge at \(number) mA until 4 V",
      "Rest for \(number) h",
    ] {
      let first = problems("protocol: ['\(step)']\n").first
      let isAccepted = ["5e-324", "2.2250738585072014e-308"].contains(number)
      #expect(first == nil || first?.hasPrefix("x.yaml:1:12: protocol: ") == true, "\(step): \(first ?? "")")
      if !isAccepted, number != "1e308" { #expect(first != nil, "\(step)") }
    }
  }
}

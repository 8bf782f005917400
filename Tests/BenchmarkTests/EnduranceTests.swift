import CycleLife
import Foundation
import Testing

@testable import cyclelife_bench

@Suite struct EnduranceTests {
  private func mark(_ cycle: Int, memory: Int = 100, seconds: Double = 1, reference: Double = 1)
    -> Endurance.Mark
  {
    Endurance.Mark(
      cycle: cycle, memory: memory, seconds: seconds, solves: 9, reference: reference,
      ratio: seconds / reference, retention: 1)
  }

  @Test func aRunIsLookedAtInTheCyclesAskedFor() throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
      "cyclelife-endurance-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    let endurance = try Endurance(cycles: 4, fidelity: "1D", marks: [2], in: directory.path)
    #expect(endurance.outcome == .finished(cycles: 4) && endurance.marks.map(\.cycle) == [2, 4])
    // Any program with these libraries holds some MiB, and a cycle is computed in no less than a microsecond.
    #expect(
      endurance.marks.allSatisfy {
        $0.memory > 1 << 22 && $0.seconds > 1e-6 && $0.reference > 1e-6 && $0.ratio > 0 && $0.solves > 0
      })
    let table = directory.appendingPathComponent("cycles.csv")
    #expect(try String(contentsOf: table, encoding: .utf8).split(separator: "\n").count == 5)
  }

  @Test func growthIsAProblem() {
    let done = RunOutcome.finished(cycles: 3)
    #expect(Endurance.problems([mark(1), mark(3, memory: 104, seconds: 1.19)], done).isEmpty)
    // Less is none.
    #expect(Endurance.problems([mark(1), mark(3, memory: 50, seconds: 0.5)], done).isEmpty)
    #expect(
      Endurance.problems([mark(1), mark(3, memory: 110)], done) == ["cycle 3: memory grew by 10 %"])
    #expect(
      Endurance.problems([mark(1), mark(3, seconds: 1.5)], done) == ["cycle 3: a cycle takes 50 % longer"])
    // All is slower, not the cycle alone.
    #expect(Endurance.problems([mark(1), mark(3, seconds: 1.5, reference: 1.4)], done).isEmpty)
    #expect(Endurance.problems([mark(1), mark(3, seconds: 1.5)], done, memoryOnly: true).isEmpty)
    let early = RunOutcome.stopped(cycle: 2, reason: "no contact")
    #expect(Endurance.problems([mark(1)], early).count == 1)
  }
}

@Suite struct Agreements {
  private func agreement(_ first: String, _ second: String) throws -> Agreement {
    try Agreement("a,b,c\n" + first, "a,b,c\n" + second, floor: 1e-6)
  }

  @Test func theLargestDifferenceIsFound() throws {
    let found = try agreement("1,2,x\n3,4,nan", "1,2.5,x\n3,4.1,nan")
    #expect(found.difference == 0.2 && found.place == "line 2, b")
    #expect(try agreement("1,2,x", "1,2,x").difference == 0)
    // Below the floor only the difference itself counts.
    #expect(try agreement("1e-16,0,x", "-1e-16,0,x").difference == 2e-16 / 1e-6)
  }

  @Test func whatIsNoNumberHasToBeTheSame() {
    for (first, second) in [
      ("1,2,x", "1,2,y"), ("1,2,nan", "1,2,3"), ("1,2", "1,2,3"), ("1,2,3", "1,2,3\n1,2,3"),
    ] {
      #expect(throws: Agreement.Mismatch.self) { try agreement(first, second) }
    }
  }
}

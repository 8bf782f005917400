import Foundation
import Testing

@testable import cyclelife_bench

@Suite struct GoalsTests {
  private func goal(_ measured: Double, isLeast: Bool = false) -> Goal {
    Goal(
      job: "j", goal: 2, measured: measured, quantity: "s CPU", runs: 3, errors: [ErrorOf(-0.002, "mesh")],
      isLeast: isLeast)
  }

  @Test func lessIsBetterUnlessMoreIs() {
    #expect(goal(1.9).isMet && goal(2).isMet && !goal(2.1).isMet && !goal(.nan).isMet)
    #expect(!goal(1.9, isLeast: true).isMet && goal(2, isLeast: true).isMet)
    #expect(!goal(.nan, isLeast: true).isMet)
  }

  @Test func theTableSaysWhatIsMissedAndTheErrorBeside() {
    let lines = Text.goals([goal(1.5), goal(1.5, isLeast: true)]).split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[2].contains("-2.0e-03 mesh") && !lines[2].contains("missed"))
    #expect(lines[3].contains("at least 2") && lines[3].hasSuffix("missed"))
  }

  /// Each choice has its rows, and the two discharges of the same section differ in the law alone.
  @Test func choicesAreTold() throws {
    let goals = Goals(
      directory: FileManager.default.temporaryDirectory, program: URL(fileURLWithPath: "/none"))
    #expect(
      goals.all.map(\.key) == ["discharge", "cycles", "one-dimension", "memory", "ensemble", "scaling"])
    // A program that is not there is an error, and no time.
    let memory = try #require(goals.all.first { $0.key == "memory" })
    #expect(throws: JobFailure.self) { try memory.measure() }
  }
}

import CellPhysics
import Testing

@testable import CycleLife

@Suite struct CycleLawsTests {
  /// A record within all bounds, and what broke it.
  private func broken(_ change: (inout CycleRecord) -> Void) -> String? {
    var record = CycleRecord()
    (record.minimumContent, record.maximumContent, record.contactFraction) = (0.5, 0.9, 0.8)
    change(&record)
    do {
      try CycleLaws(.defaults).check(record)
      return nil
    } catch {
      return error.description
    }
  }

  @Test func recordsThatBreakALawAreRefusedByItsName() {
    #expect(broken { _ in } == nil)
    // Particles have neither.
    #expect(broken { ($0.isolatedShare, $0.audit.forceBalanceError) = (.nan, .nan) } == nil)
    let changes: [(String, (inout CycleRecord) -> Void)] = [
      ("lithium is not conserved", { $0.lithiumBalanceError = 2e-6 }),
      ("lithium is not conserved", { $0.lithiumBalanceError = .nan }),
      ("forces do not balance", { $0.audit.forceBalanceError = 2e-3 }),
      ("the mean lithium content", { $0.maximumContent = 1.01 }),
      ("the mean lithium content", { $0.minimumContent = .nan }),
      ("share of the interface in contact", { $0.contactFraction = 1.1 }),
      ("share without a way for electrons", { $0.isolatedShare = -0.1 }),
      ("discharge capacity", { $0.dischargeCapacity = .infinity }),
      ("crack length", { $0.crackLength = -1e-6 }),
    ]
    for (words, change) in changes { #expect(broken(change)?.contains(words) == true, "\(words)") }
  }

  @Test func damageThatShrinksIsRefusedUnlessItHeals() throws {
    // Bonds so weak that some break in the first cycle, and others tire.
    let before = try run(
      smallScenario(cycles: 2) {
        $0[.interfaceNormalStrength] *= 0.1
        $0[.interfaceShearStrength] *= 0.1
      }
    ).runner.damage
    #expect(before.cracks.contains { $0.length > 0 } && before.patches.contains { $0.debonded > 0 })
    #expect(before.patches.contains { $0.fatigue > 0 })
    let changes: [(String, Bool, (inout Damage) -> Void)] = [
      ("crack 1 became shorter", false, { $0.cracks[0].tips[1] *= 0.9 }),
      ("are gone", false, { $0.cracks.removeLast() }),
      ("patch", true, { for index in $0.patches.indices { $0.patches[index].debonded *= 0.9 } }),
      ("patch", false, { $0.patches[0].debonded = 1.1 }),
      ("was tired", true, { for index in $0.patches.indices { $0.patches[index].fatigue *= 0.9 } }),
      ("interphase resistance", false, { $0.interphaseResistance = -1e-9 }),
    ]
    for (words, canHeal, change) in changes {
      var after = before
      change(&after)
      for healingTime in [0, 3.6e4] {
        var p = ParameterSet.defaults
        p[.healingTime] = healingTime
        let laws = CycleLaws(p)
        try laws.check(before, since: before)
        if canHeal && healingTime > 0 {
          try laws.check(after, since: before)
        } else {
          let error = #expect(throws: BrokenLaw.self) { try laws.check(after, since: before) }
          #expect(error?.description.contains(words) == true, "\(words)")
        }
      }
    }
  }

  /// An account that does not tell what passed ends the run in the state before the cycle.
  @Test func aBrokenLawEndsTheRunAndKeepsTheState() throws {
    let scenario = smallScenario(cycles: 3)
    var runner = try CycleRunner(scenario)
    var sink = MemorySink()
    runner.state.totals.inserted += 1
    let before = runner.state
    let failure = #expect(throws: CycleFailure.self) { try runner.run(into: &sink) }
    #expect(failure?.cycle == 1 && failure?.reason.hasPrefix("lithium is not conserved") == true)
    #expect(runner.state == before && sink.cycles.isEmpty)
  }
}

import Testing

@testable import cyclelife_bench

/// What the guard of the work counters takes for a change, and what for round-off.
@Suite struct WorkTableTests {
  private func table(_ counters: KeyValuePairs<String, Int>, job: String = "a job") -> WorkTable {
    WorkTable(rows: [
      WorkTable.Row(job: job, counts: counters.map { WorkTable.Count(counter: $0.key, value: $0.value) })
    ])
  }

  private func isWithin(_ measured: Int, _ reference: Int) -> Bool {
    table(["steps": measured]).compared(with: table(["steps": reference]))[0].isWithin(0.1)
  }

  @Test func tenPerCentAreAllowedBothWays() {
    #expect(isWithin(100, 100) && isWithin(110, 100) && isWithin(90, 100))
    #expect(!isWithin(111, 100) && !isWithin(89, 100))
    // 2 of 20 are 10 % in whole numbers, though not in those of the machine.
    #expect(isWithin(22, 20) && isWithin(18, 20) && isWithin(33, 30) && isWithin(77, 70))
  }

  @Test func smallCountsMustMatch() {
    #expect(isWithin(9, 9) && !isWithin(8, 9) && !isWithin(10, 9))
  }

  @Test func whereNothingIsExpectedNothingIsAllowed() {
    #expect(isWithin(0, 0) && !isWithin(1, 0) && !isWithin(0, 5))
    #expect(table(["solves": 1]).compared(with: table(["solves": 0]))[0].deviation == nil)
  }

  @Test func deviationsHaveASign() {
    let comparison = table(["steps": 120]).compared(with: table(["steps": 100]))[0]
    #expect(abs(comparison.deviation! - 0.2) < 1e-12)
  }

  @Test func countersOnOneSideOnlyAreOff() {
    let comparisons = table(["steps": 5, "new": 1]).compared(with: table(["steps": 5, "old": 2]))
    #expect(comparisons.map(\.counter) == ["steps", "new", "old"])
    #expect(comparisons.map { $0.isWithin(0.1) } == [true, false, false])
    #expect(comparisons[1].reference == nil && comparisons[2].measured == nil)
  }

  @Test func jobsOnOneSideOnlyAreOff() {
    let comparisons = table(["steps": 5]).compared(with: table(["steps": 5], job: "another"))
    #expect(comparisons.map(\.job) == ["a job", "another"])
    #expect(comparisons.allSatisfy { !$0.isWithin(0.1) })
    #expect(table(["steps": 5]).compared(with: WorkTable(rows: [])).allSatisfy { !$0.isWithin(0.1) })
  }

  @Test func tablesAreReadAsTheyAreWritten() throws {
    let text = "job,steps,solves\nfirst,12,34\nsecond,0,5\n"
    let table = try WorkTable(csv: text)
    #expect(table.rows[1]["solves"] == 5 && table.rows[0].job == "first")
    #expect(table.csv == text)
  }

  @Test(arguments: [
    ("", 1), ("steps\nfirst,1\n", 1), ("job,steps\nfirst,1\nsecond,2,3\n", 3), ("job,steps\nfirst,1.5\n", 2),
    ("job,steps\nfirst\n", 2),
  ])
  func brokenTablesNameTheLine(text: String, line: Int) {
    #expect(throws: WorkTableError(line: line)) { try WorkTable(csv: text) }
  }

  /// The references are those of the jobs there are.
  @Test func referencesHaveEveryJob() throws {
    let references = try WorkTable(csv: String(decoding: PackageResources.work_csv, as: UTF8.self))
    #expect(references.rows.map(\.job) == Job.all.map(\.name))
    #expect(references.rows.allSatisfy { $0.counts.map(\.counter) == Work().counts.map(\.counter) })
  }
}

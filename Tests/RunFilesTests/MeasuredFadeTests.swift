import Foundation
import Testing

@testable import RunFiles

/// The capacities of a file by cycle in mAh/g, rounded to what the numbers in these tests state.
private func capacities(
  _ text: String, mass: String? = nil, area: String? = nil
) throws -> [Int: Double] {
  let electrode = try #require(MeasuredElectrode(mass: mass, area: area))
  let fade = try MeasuredFade(Data(text.utf8), name: "cell.csv", electrode: electrode)
  #expect(fade.points.map(\.cycle) == fade.points.map(\.cycle).sorted())
  return Dictionary(
    uniqueKeysWithValues: fade.points.map { ($0.cycle, ($0.capacity / 3600 * 1e6).rounded() / 1e6) })
}

@Suite struct MeasuredFadeFiles {
  /// 10 mg of active material: 1 mAh is 100 mAh/g.
  @Test(arguments: [
    "Cycle Count / 1,Discharge Capacity / mAh\n1,1.2\n2,1.1\n",
    "Cycle Count / 1,Discharge Capacity / Ah\n1,0.0012\n2,0.0011\n",
    "cycle_index,discharge_capacity,charge_capacity,energy_efficiency\n1,0.0012,0.0013,0.9\n2,0.0011,0.0012,0.9\n",
    "Cycle ID,Capacitance_Chg(mAh),Capacitance_DChg(mAh)\n1,1.3,1.2\n2,1.2,1.1\n",
    "Cycle Index,Chg. Cap.(Ah),DChg. Cap.(Ah)\n1,0.0013,0.0012\n2,0.0012,0.0011\n",
    "Cycle number,Throughput capacity [A.h],Capacity [A.h]\n1,0.0024,0.0012\n2,0.0046,0.0011\n",
    "Cycle,Charge Capacity [Ah],Discharge Capacity [Ah]\n1,0.0013,0.0012\n2,0.0012,0.0011\n",
    // What cycles are counted from is free.
    "Cycle,Discharge Capacity [Ah]\n0,0.0012\n1,0.0011\n",
  ]) func tablesOfCyclesAreRead(text: String) throws {
    #expect(try capacities(text, mass: "10 mg") == [1: 120, 2: 110])
  }

  /// A deviation of each line is none of what lines add up to: a fit then asks for one.
  @Test func deviationsOfSeriesAreNotThoseOfCycles() throws {
    let text =
      "Cycle_Index,Discharge_Capacity(Ah),Standard Deviation / mAh g-1\n1,0,1\n1,0.0012,1\n2,0,1\n2,0.0011,1\n"
    let electrode = try #require(MeasuredElectrode(mass: "10 mg", area: nil))
    let fade = try MeasuredFade(Data(text.utf8), name: "cell.csv", electrode: electrode)
    #expect(fade.deviation == nil && fade.points.allSatisfy { $0.sigma == nil })
    #expect(throws: FadeFitError.self) { try FadeData(fade, sigma: nil) }
    #expect(try FadeData(fade, sigma: 7200).points.map(\.sigma) == [7200, 7200])
  }

  /// However often a counter is set back, it gains the same in a cycle: never, with every cycle, with every step.
  @Test(arguments: [
    "Cycle_Index,Discharge_Capacity(Ah)\n1,0\n1,0.0012\n2,0.0012\n2,0.0023\n",
    "Cycle_Index,Discharge_Capacity(Ah)\n1,0\n1,0.0012\n2,0\n2,0.0011\n",
    "Cycle Index,DChg. Cap.(mAh)\n1,0\n1,0.7\n1,0\n1,0.5\n2,0\n2,0.6\n2,0\n2,0.5\n",
    "test_time_second,cycle_count,discharging_capacity_ah\n0,1,0\n1,1,0.0012\n2,2,0.0012\n3,2,0.0023\n",
    "Test Time / s,Current / A,Cycle Count / 1,Discharging Capacity / Ah\n0,0,1,0\n1,9,1,0.0012\n3,9,2,0.0023\n",
  ]) func countersAreReducedToCycles(text: String) throws {
    #expect(try capacities(text, mass: "10 mg") == [1: 120, 2: 110])
  }

  @Test func aCounterIsNotSetBackByNoise() throws {
    let text = "Cycle_Index,Discharge_Capacity(Ah)\n1,0\n1,0.0012\n1,0.00119999\n2,0.0012\n2,0.0023\n"
    #expect(try capacities(text, mass: "10 mg") == [1: 119.999, 2: 110.001])
  }

  /// Cycles that a file leaves out are not those that it goes on with.
  @Test func aGapIsNoCapacity() throws {
    let text = "Cycle Count / 1,Discharging Capacity / Ah\n1,0\n1,0.0012\n10,0.0115\n10,0.0126\n"
    #expect(try capacities(text, mass: "10 mg") == [1: 120, 10: 110])
  }

  /// A positive current charges: 2 mA of discharge for half an hour are 1 mAh, and what charges counts for nothing.
  @Test(arguments: [
    "Test Time / s,Voltage / V,Current / A,Cycle Count / 1\n0,4,0.002,1\n3600,4,0.002,1\n3600,4,-0.002,1\n5400,3,-0.002,1\n",
    "Time [s],Current [A],Cycle,Event\n0,0.002,1,0\n3600,0.002,1,0\n3600,-0.002,1,1\n5400,-0.002,1,1\n",
    "test_time_second,current_ampere,cycle_count\n0,-0.002,1\n1800,-0.002,1\n2000,0,2\n",
  ]) func currentsAreIntegratedOverTheDischarge(text: String) throws {
    let expected = text.hasPrefix("test_time_second") ? [1: 100, 2: 5.555556] : [1: 100.0]
    #expect(try capacities(text, mass: "10 mg") == expected)
  }

  @Test func capacitiesPerAreaNeedTheLoading() throws {
    let text = "Cycle Count / 1,Discharge Capacity / mAh cm-2\n1,1.2\n"
    #expect(try capacities(text, mass: "10 mg/cm2") == [1: 120])
    #expect(try capacities(text, mass: "20 mg", area: "2 cm2") == [1: 120])
    let total = "Cycle Count / 1,Discharge Capacity / mAh\n1,2.4\n"
    #expect(try capacities(total, mass: "10 mg/cm2", area: "2 cm2") == [1: 120])
    for (mass, area) in [("10 mg", nil), (nil, "1 cm2"), (nil, nil)] as [(String?, String?)] {
      let error = #expect(throws: ScenarioError.self) { try capacities(text, mass: mass, area: area) }
      #expect(
        error?.description
          == "cell.csv:1:17: 'Discharge Capacity / mAh cm-2' is per area; give the active mass per area, such as "
          + "--data-mass '11 mg/cm2', or the mass and --data-area")
    }
    for (mass, area) in [("0 mg", nil), ("1 cm2", nil), ("x", nil), (nil, "2 mg")] as [(String?, String?)] {
      #expect(MeasuredElectrode(mass: mass, area: area) == nil)
    }
  }

  /// What stands per mass needs nothing else, and is taken before what was measured of the cell.
  @Test func whatIsPerMassIsTakenFirst() throws {
    let cellpy =
      "cycle_index,discharge_capacity,discharge_capacity_areal,discharge_capacity_gravimetric\n1,0.9,0.9,120\n"
    #expect(try capacities(cellpy) == [1: 120])
    let neware = "Cycle Index,DChg. Cap.(mAh),DChg. Spec. Cap.(mAh/g)\n1,0.9,120\n"
    #expect(try capacities(neware, mass: "10 mg") == [1: 120])
  }

  @Test func whatIsNoFileOfCapacitiesIsRefused() throws {
    func problem(_ text: String) -> String? {
      #expect(throws: ScenarioError.self) { try capacities(text, mass: "10 mg") }?.description
    }
    let unknown = problem("Time,Potential\n1,2\n")
    #expect(
      unknown?.hasPrefix("cell.csv:1:1: no layout with these headings is known: 'Time', 'Potential'; ")
        == true)
    for layout in FadeLayout.all { #expect(unknown?.contains(layout.description) == true) }
    let series = "Test Time / s,Current / A,Cycle Count / 1\n"
    #expect(
      problem(series + "0,-1,1\n5,-1,1\n4,-1,1\n")
        == "cell.csv:4: the time falls; expected the lines in its order")
    #expect(
      problem(series + "0,-1,2\n5,-1,1\n")
        == "cell.csv:3:6: cycle 1 follows cycle 2; expected the lines in the order of time")
    #expect(problem(series + "0,1,1\n5,1,1\n") == "cell.csv: nothing is discharged in any of its cycles")
    #expect(
      problem(series + "0,inf,1\n")?.contains("Current: 'inf' is not accepted; expected a number") == true)
    #expect(
      problem("Test Time / d,Current / V,Cycle Count / 1\n0,1,1\n")
        == "cell.csv:1:15: 'Current / V' has no unit that fits; expected A")
  }
}

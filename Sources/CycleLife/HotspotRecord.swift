import CellModel

/// The places of largest tension at one moment of a cycle.
///
/// Recorded in the cycles that ``Scenario/fieldCycles`` names, at the moments of ``FieldRecord`` and whenever the
/// discharge has delivered one of ``Scenario/fieldCapacities``.
public struct HotspotRecord: Sendable, Equatable, Codable {
  /// When it was.
  public enum Moment: Sendable, Hashable, Codable {
    case charged
    case discharged
    /// The discharges of the cycle have delivered so much, C/kg of active material.
    case delivered(Double)
  }

  /// How many places are recorded at most.
  public static let count = 20

  /// The number of the cycle, from 1.
  public let cycle: Int
  public let moment: Moment
  /// The largest first, farther apart than the averaging length.
  public let places: [Hotspot]
  /// Share of the section within the averaging length of a pore's edge, a crack's tip or an edge of lost contact.
  ///
  /// Places without any relation to these would lie there as often.
  public let defectShare: Double

  /// Share of the places that lie there.
  public var share: Double {
    Double(places.count { $0.site.isDefect }) / Double(max(places.count, 1))
  }
}

/// A state between two time steps: lithium content of each mesh cell, and the pressure.
struct DeliveredState {
  /// C/kg.
  let capacity: Double
  let contentOfCells: [Double]
  let pressure: Double
}

/// Catches the states of a cycle in which its discharges have delivered stated capacities.
///
/// Time steps end anywhere; the content of every cell is interpolated linearly in the charge passed between the
/// two states around. Its mean is exact.
struct DeliveryWatch {
  private(set) var states: [DeliveredState] = []
  /// What is still to be delivered, C/kg, ascending.
  private var ahead: ArraySlice<Double>
  /// Active material, kg/m2.
  private let massPerArea: Double
  private var delivered = 0.0
  private var last: CellState

  /// Watches from `start` for capacities in C/kg, ascending.
  init(_ capacities: [Double], massPerArea: Double, from start: CellState) {
    ahead = capacities[...]
    self.massPerArea = massPerArea
    last = start
  }

  /// Takes the next state; `content` and `pressure` are asked for when a capacity lies between.
  mutating func take(
    _ state: CellState, content: (CellState) -> [Double],
    pressure: (_ insertedCharge: Double, _ contentOfCells: [Double]) -> Double
  ) {
    let passed = state.insertedCharge - last.insertedCharge
    defer {
      delivered += max(passed, 0)
      last = state
    }
    guard passed > 0 else { return }
    while let capacity = ahead.first, capacity * massPerArea <= delivered + passed {
      ahead.removeFirst()
      let share = (capacity * massPerArea - delivered) / passed
      let contents = zip(content(last), content(state)).map { $0 + share * ($1 - $0) }
      states.append(
        DeliveredState(
          capacity: capacity, contentOfCells: contents,
          pressure: pressure(last.insertedCharge + share * passed, contents)))
    }
  }
}

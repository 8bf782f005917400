import CellPhysics

/// What may stop a run before all its cycles are done; a key of `run.stop at`.
public enum StopKey: String, Hashable, Sendable, CaseIterable {
  case retention
  case capacity
  case contactFraction = "contact fraction"
  case crackLength = "crack length"
  case wallTime = "wall time"

  /// The unit in which its value is printed.
  var unit: String {
    switch self {
    case .retention, .contactFraction: "%"
    case .capacity: "mAh/g"
    case .crackLength: "um"
    case .wallTime: "h"
    }
  }
}

/// Every key a scenario file may have.
public enum ScenarioKey: Hashable, Sendable {
  case title
  /// Free text for the reader of the file; not used.
  case description
  case fidelity
  /// Whether the cathode is dense or a composite.
  case architecture
  /// What the crystals of the cathode are made of, whose defaults parameters take.
  case material
  case parameter(Parameter)
  /// The image of a section, the size of its pixels, and what its labels stand for.
  case image
  case pixelSize
  case labels
  /// The kind of electrolyte whose defaults parameters take.
  case electrolyte
  /// The material of the counter electrode, likewise.
  case counterElectrode
  case stressFreeState
  case protocolSteps
  /// After how many cycles a reference test follows, and its steps.
  case referenceInterval
  case referenceSteps
  case longestStep
  case cycles
  case stop(StopKey)
  case seed
  case replicates
  case meshCheckInterval
  case jumpTolerance
  case attributionInterval
  case timeSeriesInterval
  case fieldCycles
  case fieldCapacities

  /// The key path, sections separated by periods: `cathode.thickness`.
  public var path: String {
    switch self {
    case .title: "title"
    case .description: "description"
    case .fidelity: "fidelity"
    case .architecture: "cathode.architecture"
    case .material: "cathode.material"
    case .parameter(let parameter): parameter.rawValue
    case .image: "microstructure.image"
    case .pixelSize: "microstructure.pixel size"
    case .labels: "microstructure.labels"
    case .electrolyte: "interface.electrolyte"
    case .counterElectrode: "counter electrode.material"
    case .stressFreeState: "mechanics.stress-free state"
    case .protocolSteps: "protocol"
    case .referenceInterval: "reference test.every"
    case .referenceSteps: "reference test.steps"
    case .longestStep: "run.longest step"
    case .stop(let key): "run.stop at.\(key.rawValue)"
    case .cycles: "run.cycles"
    case .seed: "run.seed"
    case .replicates: "run.replicates"
    case .meshCheckInterval: "run.mesh check interval"
    case .jumpTolerance: "run.cycle jump.tolerance"
    case .attributionInterval: "run.attribution interval"
    case .timeSeriesInterval: "run.time series interval"
    case .fieldCycles: "run.field cycles"
    case .fieldCapacities: "run.field capacities"
    }
  }

  /// The key that has this path; nil when none has.
  public init?(path: String) {
    guard let key = ScenarioKey.byPath[path] else { return nil }
    self = key
  }

  /// All keys in the order in which they are printed; keys of one section follow each other.
  public static let all: [ScenarioKey] = {
    var keys = Parameter.allCases.map { ScenarioKey.parameter($0) }
    func insert(_ more: [ScenarioKey], after section: String) {
      let last = keys.lastIndex { $0.path.hasPrefix(section) } ?? keys.count - 1
      keys.insert(contentsOf: more, at: last + 1)
    }
    insert([.image, .pixelSize, .labels], after: "microstructure.")
    insert([.electrolyte], after: "interface.")
    keys.insert(
      contentsOf: [.architecture, .material], at: keys.firstIndex { $0.path.hasPrefix("cathode.") } ?? 0)
    keys.insert(.counterElectrode, at: keys.firstIndex { $0.path.hasPrefix("counter electrode.") } ?? 0)
    insert([.stressFreeState], after: "mechanics.")
    return [.title, .description, .fidelity] + keys
      + [
        .protocolSteps, .referenceInterval, .referenceSteps, .cycles, .seed, .replicates, .meshCheckInterval,
        .attributionInterval, .timeSeriesInterval, .fieldCycles, .fieldCapacities, .longestStep,
        .jumpTolerance,
      ] + StopKey.allCases.map { .stop($0) }
  }()

  /// Keys whose value is a list of steps.
  static let steps: [ScenarioKey] = [.protocolSteps, .referenceSteps]
  /// Whether the value is a list of steps.
  var isSteps: Bool { ScenarioKey.steps.contains(self) }

  /// Keys of what is drawn where no image shows it.
  static let drawn: Set<ScenarioKey> = Set(
    Parameter.allCases.filter { parameter in
      parameter.rawValue.hasPrefix("microstructure.")
        || [.contactFraction, .contactZonePeriod].contains(parameter)
    }.map { .parameter($0) })
  /// Keys of a composite cathode, and keys that only a dense one has.
  public static let composite = all.filter { $0.path.hasPrefix("composite.") }
  static let dense: [ScenarioKey] =
    drawn.sorted { $0.path < $1.path } + imaged + [.fidelity]
    + all.filter { $0.path.hasPrefix("degradation.cracks.") }
    + [
      .fastDiffusivity, .slowDiffusivity, .roughness, .roughnessLength, .interfaceFriction, .electrolyteDepth,
      .foilStiffness, .averagingLength,
    ].map { .parameter($0) }

  /// Whether a key says nothing of a cathode of this architecture.
  func isForeign(to architecture: CathodeArchitecture) -> Bool {
    (architecture == .dense ? ScenarioKey.composite : ScenarioKey.dense).contains(self)
  }

  /// Keys that belong to an image.
  static let imaged: [ScenarioKey] = [.image, .pixelSize, .labels]

  private static let byPath = Dictionary(uniqueKeysWithValues: all.map { ($0.path, $0) })

  /// The paths that hold other keys: `degradation`, `degradation.cracks`.
  static let sections: Set<String> = {
    var sections: Set<String> = []
    for key in all {
      let parts = key.path.split(separator: ".")
      for length in 1..<max(parts.count, 1) {
        sections.insert(parts[..<length].joined(separator: "."))
      }
    }
    return sections
  }()

  /// The valid key path that `path` most likely stands for; nil when nothing is similar.
  ///
  /// A key that is right but stands in the wrong section counts as one mistake.
  /// Candidates are all keys and sections, and what the caller adds.
  static func nearest(to path: String, or more: [String] = []) -> String? {
    nearest(to: path, among: all.map(\.path) + sections + more)
  }

  /// The candidate that `path` most likely stands for; nil when none is similar.
  static func nearest(to path: String, among candidates: [String]) -> String? {
    let leaf = { (path: String) in path.split(separator: ".").last.map(String.init) ?? path }
    let written = path.lowercased()
    guard written.utf8.count <= 80 else { return nil }
    let writtenLeaf = leaf(written)
    let rated = candidates.map { candidate in
      let valid = candidate.lowercased()
      let whole = editDistance(written, valid)
      let distance = min(whole, editDistance(writtenLeaf, leaf(valid)) + 1)
      return (distance: distance, whole: whole, path: candidate)
    }
    // The path settles ties, so that the hint does not depend on the order of a set.
    let best = rated.min { ($0.distance, $0.whole, $0.path) < ($1.distance, $1.whole, $1.path) }
    guard let best,
      best.distance <= max(2, writtenLeaf.utf8.count / 2)
    else { return nil }
    return best.path
  }

  /// The number of letters to insert, delete or exchange to turn one text into the other.
  private static func editDistance(_ first: String, _ second: String) -> Int {
    let target = Array(second.utf8)
    var row = Array(0...target.count)
    for (i, letter) in first.utf8.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for j in target.indices {
        let substituted = diagonal + (letter == target[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
      }
    }
    return row[target.count]
  }
}

import CellPhysics
import CycleLife
import Foundation
import Numerics

/// The parameters of a run as a file of BPX, of the kind `Partial`.
///
/// BPX describes cells of two porous electrodes in a liquid; what a dense film is in its words is said in the file.
public struct BPXExport: Sendable {
  /// The file.
  public let json: Data
  /// What the file cannot say of this run.
  public let warnings: [String]

  /// Reads the manifest of the run, or ensemble of one cell, in the directory at `path`.
  ///
  /// Throws ``RunFileError``: `notARun` when there is none, or a study of several cells.
  public init(run path: String) throws {
    try self.init(try ReportedRun(path: path).manifest, path: path)
  }

  /// The parameters in the manifest of the run at `path`.
  init(_ manifest: RunManifest, path: String = "") throws {
    func refused(_ reason: String) -> RunFileError { .notARun(path: path, reason: reason) }
    guard (manifest.cases ?? 1) == 1, !manifest.protocolSteps.contains(where: { $0.contains("{") }) else {
      throw refused("a study of several cells; export the run of one, made with 'run STUDY --case K'")
    }
    guard
      !manifest.scenario.contains(where: {
        $0.key == ScenarioKey.architecture.path && $0.value != CathodeArchitecture.dense.rawValue
      })
    else { throw refused("a composite cathode; as BPX only dense films are written so far") }
    var parameters = ParameterSet.defaults
    var stressFreeContent: Double?
    for row in manifest.scenario {
      if let parameter = Parameter(rawValue: row.key) {
        do {
          parameters[parameter] = try QuantityText.value("\(row.value) \(row.unit)", for: parameter)
        } catch {
          throw refused("\(row.key): \(error.message)")
        }
      } else if row.key == ScenarioKey.stressFreeState.path {
        stressFreeContent = Double(row.value).flatMap { (0.4...1).contains($0) ? $0 : nil }
      } else if row.key == ScenarioKey.material.path {
        do {
          let files = NamedInputs<MaterialFile>(of: path, in: path)
          if let file = try MaterialFile.named(row.value, among: files) {
            parameters.openCircuit = file.material.openCircuit
          }
        } catch {
          throw refused("\(row.key): \(error.message)")
        }
      }
    }
    let isImaged = manifest.scenario.contains { $0.key == ScenarioKey.image.path }
    warnings =
      isImaged
      ? ["the section of the image is not part of the file; what is drawn otherwise is left out"] : []
    json = try BPXExport.file(
      parameters, title: oneLine(manifest.title, limit: QuantityText.longest), manifest.protocolSteps,
      stressFreeContent,
      own: BPXKey.ownParameters.filter { !isImaged || !ScenarioKey.drawn.contains(.parameter($0)) })
  }

  private static func file(
    _ parameters: ParameterSet, title: String, _ steps: [String], _ stressFreeContent: Double?,
    own: [Parameter]
  ) throws -> Data {
    let area = parameters[.electrodeArea]
    let thickness = parameters[.filmThickness]
    let exchange = parameters[.exchangeCurrentDensity]
    let roughness = Kinetics.activeAreaRatio(
      roughness: parameters[.roughness], correlationLength: parameters[.roughnessLength])
    let offset = parameters[.potentialOffset]
    let potential = try parameters.openCircuit.dense()
    let curve = potential.points
    let content = parameters[.initialContent]
    let rest =
      try MonotoneInterpolant(potential).evaluate(content).value + offset - parameters[.counterPotential]
    let cutoffs = voltages(steps, parameters) + [rest]
    let (lower, upper) = (cutoffs.min() ?? rest, cutoffs.max() ?? rest)
    let charged = contentAtRest(upper - offset + parameters[.counterPotential], curve)

    let temperature = rounded(parameters[.temperature])
    let cell: [String: JSONValue] = [
      BPXKey.area: rounded(area), BPXKey.pairs: .number(1), BPXKey.lowerCutoff: rounded(lower),
      BPXKey.upperCutoff: rounded(upper),
      BPXKey.capacity: rounded(parameters[.nominalCapacity] * area / 3600),
      BPXKey.referenceTemperature: .number(298.15),
    ]
    let electrode: [String: JSONValue] = [
      BPXKey.thickness: rounded(thickness), BPXKey.minimumContent: rounded(min(charged, content)),
      BPXKey.maximumContent: .number(content),
      BPXKey.maximumConcentration: .number(parameters[.density] / parameters[.molarMass]),
      // A sphere with the volume per area of the film, which then fills the electrode.
      BPXKey.radius: rounded(3 * thickness), BPXKey.surface: .number(1 / thickness),
      BPXKey.diffusivity: .text(
        "\(BPXKey.clean(parameters[.fastDiffusivity])) * exp(\(parameters[.diffusivitySlope]) * (0.75 - x))"),
      BPXKey.potential: .object([
        "x": .list(curve.map { rounded($0.x) }), "y": .list(curve.map { rounded($0.y + offset) }),
      ]),
      // Of the projected area, to which the surface above belongs.
      BPXKey.rateConstant: .number(
        2 * exchange * roughness * parameters[.contactFraction] / Constants.faraday),
      BPXKey.diffusionEnergy: rounded(parameters[.diffusionEnergy]),
      BPXKey.kineticsEnergy: rounded(parameters[.kineticsEnergy]),
    ]
    var values = Dictionary(
      uniqueKeysWithValues: own.map { (BPXKey.name(of: $0), rounded(parameters[$0])) })
    values[BPXKey.stressFreeState] = stressFreeContent.map { .number($0) }
    let strain = 2 * parameters[.chemicalStrainA] + parameters[.chemicalStrainC]
    let user: [String: JSONValue] = [
      BPXKey.exchangeCurrentDensity: .text("2 * \(exchange) * (x * (1 - x)) ** 0.5"),
      BPXKey.partialMolarVolume: .number(strain * parameters[.molarMass] / parameters[.density]),
      BPXKey.parisExponent: .number(parameters[.crackGrowthExponent]),
      BPXKey.own: .object(values),
    ]
    let file: JSONValue = .object([
      BPXKey.header: .object([
        "BPX": .text(BPXKey.version), "Title": .text(title), "Model": .text("Partial"),
        "Description": .text("Written by cyclelife \(RunManifest.programVersion). \(BPXExport.limits)"),
      ]),
      BPXKey.parameterisation: .object([
        BPXKey.cell: .object(cell), BPXKey.positiveElectrode: .object(electrode),
        BPXKey.userDefined: .object(user),
      ]),
      BPXKey.state: .object([
        BPXKey.initialConditions: .object([
          BPXKey.stateOfCharge: .number(0), BPXKey.initialTemperature: temperature,
        ]),
        BPXKey.thermalEnvironment: .object([BPXKey.ambientTemperature: temperature]),
      ]),
    ])
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(file) + Data("\n".utf8)
  }

  /// What a reader has to know who takes the film for a porous electrode.
  private static let limits =
    "A half cell: no negative electrode is given, as BPX has none with a fixed potential; voltages of the cell are "
    + "against the counter electrode, the OCP is against lithium, and the two differ by 'counter "
    + "electrode.potential [V]' in the group CycleLife. The positive electrode is a dense film, described as a sphere "
    + "of its volume per area that touches the electrolyte with the projected area: capacity and charge transfer are "
    + "those of the film, a sphere loses 1.8 times as much to diffusion. The diffusivity is that along the layers of "
    + "the crystals. The separator of two solid layers, without porosity, and all that BPX and PyBaMM have no names "
    + "for are in the group CycleLife, in SI units. Rates, holds and rests of the protocol are not in the file."

  private static func rounded(_ value: Double) -> JSONValue { .number(BPXKey.clean(value)) }

  /// The terminal voltages that the steps of a cycle hold or end at, V.
  private static func voltages(_ steps: [String], _ parameters: ParameterSet) -> [Double] {
    let reader = ProtocolReader(parameters)
    // Blocks as the manifest has them: `repeat 3: [Rest for 1 h; ...]`.
    let texts = steps.filter { !$0.hasPrefix("reference test: ") }.flatMap { text in
      text.replacing(/repeat \d+: \[/, with: "").replacing("]", with: "").split(separator: ";")
    }
    return texts.flatMap { reader.voltages(in: String($0)) }
  }

  /// The lithium content at which the open circuit has a potential, on straight lines; within the table.
  private static func contentAtRest(_ potential: Double, _ curve: [OpenCircuitPotential.Point]) -> Double {
    guard let next = curve.firstIndex(where: { $0.y <= potential }), next > 0 else {
      return potential > curve[0].y ? curve[0].x : curve[curve.count - 1].x
    }
    let (left, right) = (curve[next - 1], curve[next])
    return left.x + (left.y - potential) / (left.y - right.y) * (right.x - left.x)
  }

  /// Writes the file to a new one at `path`; throws ``RunFileError``: `wouldReplace` when there is one already.
  public func write(to path: String) throws(RunFileError) { try writeNewFile(json, to: path) }
}

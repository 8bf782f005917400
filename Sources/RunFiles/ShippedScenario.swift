import Foundation

/// A scenario that comes with the program, to begin a new one from.
public struct ShippedScenario: Sendable {
  /// The name of its file without extension.
  public let name: String
  /// The file, byte by byte.
  public let bytes: Data

  private init(_ name: String, _ bytes: [UInt8]) {
    self.name = name
    self.bytes = Data(bytes)
  }

  /// All but the one that needs an image beside it, the plain one first.
  public static let all: [ShippedScenario] = [
    ShippedScenario("dense-lco-1c", PackageResources.dense_lco_1c_yaml),
    ShippedScenario("stack-pressure", PackageResources.stack_pressure_yaml),
    ShippedScenario("crack-orientation", PackageResources.crack_orientation_yaml),
    ShippedScenario("orientation-spread", PackageResources.orientation_spread_yaml),
    ShippedScenario("c-rate", PackageResources.c_rate_yaml),
    ShippedScenario("sulfide", PackageResources.sulfide_yaml),
    ShippedScenario("liquid", PackageResources.liquid_yaml),
    ShippedScenario("sensitivity", PackageResources.sensitivity_yaml),
    ShippedScenario("composite-lco-1c", PackageResources.composite_lco_1c_yaml),
    ShippedScenario("dense-against-composite", PackageResources.dense_against_composite_yaml),
    ShippedScenario("stress-dense-composite", PackageResources.stress_dense_composite_yaml),
    ShippedScenario("composite-content", PackageResources.composite_content_yaml),
    ShippedScenario("composite-profiles", PackageResources.composite_profiles_yaml),
    ShippedScenario("ideal-cell", PackageResources.ideal_cell_yaml),
    ShippedScenario("crystal-orientation", PackageResources.crystal_orientation_yaml),
    ShippedScenario("utilisation-depth", PackageResources.utilisation_depth_yaml),
    ShippedScenario("lithium-field-contact", PackageResources.lithium_field_contact_yaml),
    ShippedScenario("limitation-map", PackageResources.limitation_map_yaml),
    ShippedScenario("map-rate-contact", PackageResources.map_rate_contact_yaml),
    ShippedScenario("map-rate-diffusivity", PackageResources.map_rate_diffusivity_yaml),
    ShippedScenario("map-rate-roughness", PackageResources.map_rate_roughness_yaml),
    ShippedScenario("map-rate-thickness", PackageResources.map_rate_thickness_yaml),
  ]

  /// The scenario called `name`, or the only one whose name begins so; nil when there is none.
  public init?(named name: String) {
    let fitting = ShippedScenario.all.filter { $0.name.hasPrefix(name) }
    guard !name.isEmpty,
      let found = fitting.first(where: { $0.name == name }) ?? (fitting.count == 1 ? fitting[0] : nil)
    else { return nil }
    self = found
  }

  /// The name that `name` most likely stands for; nil when none is similar.
  public static func nearest(to name: String) -> String? {
    ScenarioKey.nearest(to: name, among: all.map(\.name))
  }

  /// What the scenario is called in itself.
  public var title: String {
    (try? ScenarioReader().readStudy(bytes, name: name).base.scenario.title) ?? ""
  }

  /// Writes the scenario to a new file.
  ///
  /// Throws ``RunFileError``: `wouldReplace` when there is a file already.
  public func write(to path: String) throws(RunFileError) { try writeNewFile(bytes, to: path) }
}

/// A cathode material that comes with the program as a file, to begin one of one's own from.
public enum ShippedMaterial {
  /// The names of those that are files.
  public static let names = MaterialFile.shippedNames.filter { MaterialFile.shipped[$0] != nil }

  /// Writes the file of the material called `name`, one of ``names``, to a new file.
  ///
  /// Throws ``RunFileError``: `wouldReplace` when there is a file already.
  public static func write(_ name: String, to path: String) throws(RunFileError) {
    try writeNewFile(MaterialFile.shipped[name]?.bytes ?? Data(), to: path)
  }
}

extension BPXKey {
  /// Why a scenario cannot take what stands at a place.
  static func reason(_ path: [String]) -> String {
    let key = path.last ?? ""
    if path[0] == state {
      return path.contains("Degradation")
        ? "a run begins with what was drawn, and no lithium is lost"
        : key == initialTemperature
          ? "a run has one temperature, that of its surroundings" : "a scenario has no such state"
    }
    guard path.count > 1 else {
      return key == "Validation"
        ? "measured data are no part of a scenario; 'cyclelife fit' compares fade"
        : "not a section of BPX that this program knows"
    }
    switch path[1] {
    case negativeElectrode:
      return "the counter electrode of a scenario has one potential: counter electrode.potential"
    case electrolyte, separator:
      return "the separator is a solid, in which lithium ions alone move"
    case positiveElectrode: return reasonOfElectrode(key)
    case userDefined: return "not a name that this program knows"
    case cell:
      return key.hasSuffix("temperature [K]")
        ? "values are taken as those of 25 degC; a run has the temperature of its surroundings"
        : key == pairs
          ? "no \(area) to go with it"
          : "a scenario has no such value of the cell; heat is not modelled"
    default: return "not a section of BPX that this program knows"
    }
  }

  /// Why a scenario cannot take a value of the positive electrode.
  private static func reasonOfElectrode(_ key: String) -> String {
    switch key {
    case radius: "the film has crystals, not particles: microstructure.column spacing"
    case surface: "a dense film has the area of its interface: interface.roughness"
    case conductivity: "the film is an equipotential"
    case transportEfficiency, "Porosity": "the film holds no electrolyte"
    case minimumContent: "charging ends where the protocol says, not at a lithium content"
    case _ where key.hasSuffix("activation energy [J.mol-1]"):
      "it belongs to a value that a scenario does not take"
    case "Entropic change coefficient [V.K-1]": "heat is not modelled"
    case _ where key.hasPrefix("OCP"): "the film has one potential, without hysteresis"
    default: "a scenario has no such value of the cathode"
    }
  }
}

import CellPhysics
import CycleLife
import Foundation
import Numerics

/// Takes a file of BPX apart.
struct BPXReader {
  typealias Note = BPXImport.Note

  private(set) var notes: [Note] = []
  /// The places of the file that were dealt with.
  private var noted: Set<String> = []
  private(set) var title: String?
  private(set) var description: String?
  private(set) var version = ""
  private(set) var stressFreeContent: Double?
  private(set) var parameters: [Parameter: (si: Double, place: String)] = [:]
  private(set) var steps: [String] = []
  /// Whether interfacial currents are half of what later versions mean by the same rate constant.
  private var isBeforeFactorOfTwo = false

  // MARK: The file

  mutating func read(_ file: BPXNode) throws(ScenarioError) {
    guard let header = try file.member(BPXKey.header) else {
      throw file.problem("no \(BPXKey.header); expected a file of BPX, version 0.x or 1.x")
    }
    try readHeader(header)
    guard let body = try file.member(BPXKey.parameterisation) else {
      throw file.problem("no \(BPXKey.parameterisation); expected one")
    }
    let state = try file.member(BPXKey.state)
    // What a file of this program says itself comes first, and stands.
    if let user = try body.member(BPXKey.userDefined) { try readOwn(user) }
    if let cell = try body.member(BPXKey.cell) {
      try readCell(cell, isHalfCell: try body.member(BPXKey.negativeElectrode) == nil)
    }
    try readTemperature(body, state)
    if let electrode = try body.member(BPXKey.positiveElectrode) {
      try readElectrode(electrode, stateOfCharge: try stateOfCharge(state))
    } else {
      note(.assumed, "cathode", "the file has no \(BPXKey.positiveElectrode.lowercased()): the default film")
    }
    try readSeparator(body, state)
    if let user = try body.member(BPXKey.userDefined) { try readUserDefined(user) }
    try passOver(body)
    if let state { for section in try state.members() { try passOver(membersOf: section) } }
    for section in try file.members()
    where ![BPXKey.header, BPXKey.parameterisation, BPXKey.state].contains(section.path[0]) {
      note(.ignored, section.place, BPXKey.reason(section.path))
    }
    noteAssumptions()
  }

  private mutating func readHeader(_ header: BPXNode) throws(ScenarioError) {
    guard let node = try header.member("BPX") else {
      throw header.problem("no version 'BPX'; expected 0.x or 1.x, such as \"1.1.0\"")
    }
    // Files of 0.x have a number.
    switch node.value {
    case .number(let number): version = QuantityText.plain(number)
    default: version = try node.text()
    }
    guard let match = version.wholeMatch(of: /(\d{1,3})(?:\.(\d{1,3}))?(?:\.\d{1,9})?/),
      let major = Int(match.output.1), major <= 1
    else { throw node.problem("version '\(oneLine(version))' is not known; expected 0.x or 1.x") }
    let minor = match.output.2.flatMap { Int($0) } ?? 0
    isBeforeFactorOfTwo = major == 0 && minor < 3
    for key in try header.members() {
      switch key.path.last {
      case "BPX": break
      case "Title":
        title = oneLine(try key.text(), limit: 150)
        note(.used, key.place, ScenarioKey.title.path)
      case "Description":
        description = oneLine(try key.text(), limit: 150)
        note(.used, key.place, ScenarioKey.description.path)
      case "Model":
        note(.ignored, key.place, "\(oneLine(try key.text())); a scenario has the model of this program")
      default: note(.ignored, key.place, "kept in the file of BPX")
      }
    }
  }

  // MARK: Sections

  private mutating func readCell(_ cell: BPXNode, isHalfCell: Bool) throws(ScenarioError) {
    let pairs = try cell.positive(BPXKey.pairs) ?? 1
    let area = try cell.positive(BPXKey.area)
    if let area, let node = try cell.member(BPXKey.area) {
      take(.electrodeArea, area * pairs, node.place, pairs == 1 ? "" : "\(QuantityText.plain(pairs)) pairs")
      if let node = try cell.member(BPXKey.pairs) { note(.used, node.place, "times the area") }
    }
    if let capacity = try cell.positive(BPXKey.capacity), let node = try cell.member(BPXKey.capacity) {
      if let area {
        take(.nominalCapacity, capacity * 3600 / (area * pairs), node.place, "over the area")
      } else {
        note(.ignored, node.place, "no \(BPXKey.area) to relate it to")
      }
    }
    try readCutoffs(cell, isHalfCell: isHalfCell)
  }

  private mutating func readCutoffs(_ cell: BPXNode, isHalfCell: Bool) throws(ScenarioError) {
    var voltages: [String: Double] = [:]
    for key in [BPXKey.lowerCutoff, BPXKey.upperCutoff] {
      guard let node = try cell.member(key) else { continue }
      voltages[key] = try node.number()
      if !isHalfCell {
        note(
          .ignored, node.place, "against the negative electrode of the file, which a scenario does not have")
      }
    }
    guard isHalfCell, let lower = voltages[BPXKey.lowerCutoff], let upper = voltages[BPXKey.upperCutoff]
    else {
      return
    }
    guard lower < upper, (-5...10).contains(lower), (-5...10).contains(upper) else {
      throw cell.problem(
        "cut-offs of \(QuantityText.plain(lower)) and \(QuantityText.plain(upper)) V; expected the lower one below "
          + "the upper one, from -5 to 10 V")
    }
    let (low, high) = (QuantityText.plain(lower), QuantityText.plain(upper))
    steps = [
      "Charge at 1C until \(high) V", "Hold at \(high) V until C/10", "Discharge at 1C until \(low) V",
    ]
    note(.used, cell.place + " > " + BPXKey.upperCutoff, "end of charge and hold, protocol")
    note(.used, cell.place + " > " + BPXKey.lowerCutoff, "end of discharge, protocol")
    note(
      .assumed, ScenarioKey.protocolSteps.path,
      "charge and discharge at 1C, hold until C/10; BPX has no rates")
  }

  private mutating func readTemperature(_ body: BPXNode, _ state: BPXNode?) throws(ScenarioError) {
    let now = try state?.member(BPXKey.thermalEnvironment)?.member(BPXKey.ambientTemperature)
    let before = try body.member(BPXKey.cell)?.member(BPXKey.ambientTemperature)
    guard let node = now ?? before else { return }
    take(.temperature, try node.number(), node.place)
  }

  private mutating func readElectrode(_ electrode: BPXNode, stateOfCharge: (value: Double, place: String)?)
    throws(ScenarioError)
  {
    var material = electrode
    if let blend = try electrode.member(BPXKey.particle) {
      let materials = try blend.members()
      guard materials.count == 1 else {
        note(.ignored, blend.place, "\(materials.count) materials; the film is one")
        return try readThickness(electrode, of: nil)
      }
      material = materials[0]
    }
    try readThickness(electrode, of: material)
    if let concentration = try material.positive(BPXKey.maximumConcentration) {
      let molarMass = parameters[.molarMass]?.si ?? Parameter.molarMass.entry.defaultSI
      take(
        .density, concentration * molarMass, material.place + " > " + BPXKey.maximumConcentration,
        "times the molar mass")
      if parameters[.molarMass] == nil {
        note(.assumed, Parameter.molarMass.rawValue, "LiCoO2, \(Parameter.molarMass.entry.defaultText)")
      }
    }
    try readContent(material, stateOfCharge)
    try readDiffusivity(material)
    try readPotential(material)
    try readKinetics(material)
    try readEnergy(material, BPXKey.kineticsEnergy, .kineticsEnergy)
  }

  private mutating func readThickness(_ electrode: BPXNode, of material: BPXNode?) throws(ScenarioError) {
    guard let thickness = try electrode.positive(BPXKey.thickness) else { return }
    let place = electrode.place + " > " + BPXKey.thickness
    guard let material, let surface = try material.positive(BPXKey.surface),
      let radius = try material.positive(BPXKey.radius), abs(surface * radius / 3 - 1) > 0.01
    else { return take(.filmThickness, thickness, place) }
    let share = QuantityText.plain(QuantityText.rounded(100 * surface * radius / 3, digits: 3))
    take(.filmThickness, thickness, place)
    note(
      .assumed, Parameter.filmThickness.rawValue,
      "a dense film as thick as the electrode, of which the file fills \(share) %: it holds more lithium, and 1C is "
        + "less of it")
  }

  private mutating func readContent(_ material: BPXNode, _ charge: (value: Double, place: String)?)
    throws(ScenarioError)
  {
    let lowest = try material.share(BPXKey.minimumContent)
    guard let largest = try material.share(BPXKey.maximumContent) else {
      return
    }
    let place = material.place + " > " + BPXKey.maximumContent
    guard let charge, let lowest else {
      return take(.initialContent, largest, place, "assembled discharged")
    }
    take(.initialContent, largest - charge.value * (largest - lowest), place, "at the state of charge")
    note(.used, charge.place, "with the stoichiometries, lithium content")
    note(.used, material.place + " > " + BPXKey.minimumContent, "with the state of charge, lithium content")
  }

  private mutating func readDiffusivity(_ material: BPXNode) throws(ScenarioError) {
    guard let node = try material.member(BPXKey.diffusivity) else { return }
    let diffusivity = try node.function()
    guard let middle = diffusivity(0.75), middle > 0 else {
      return note(
        .ignored, node.place, "no positive value at lithium content 0.75, where a scenario states it")
    }
    take(.fastDiffusivity, middle, node.place, "at lithium content 0.75, along the layers")
    try readEnergy(material, BPXKey.diffusionEnergy, .diffusionEnergy)
    if parameters[.slowDiffusivity] == nil {
      note(
        .assumed, Parameter.slowDiffusivity.rawValue,
        "\(Parameter.slowDiffusivity.entry.defaultText), the default; BPX has one diffusivity for all directions"
      )
    }
    let contents = (0...9).map { 0.5 + 0.05 * Double($0) }
    let values = contents.compactMap { diffusivity($0) }
    guard values.count == contents.count, values.allSatisfy({ $0 > 0 }) else {
      return note(
        .assumed, Parameter.diffusivitySlope.rawValue,
        "the default; the diffusivity of the file does not reach from content 0.5 to 0.95")
    }
    // The straight line through both ends of ln D; what it misses is told.
    let slope = log(values[0] / values[9]) / (contents[9] - contents[0])
    take(.diffusivitySlope, slope + 0, node.place, "of ln D between contents 0.5 and 0.95")
    let miss = zip(contents, values).map { abs($0.1 / (middle * exp(slope * (0.75 - $0.0))) - 1) }.max() ?? 0
    if miss > 0.01 {
      note(
        .assumed, Parameter.diffusivitySlope.rawValue,
        "an exponential, from which the file's diffusivity is up to \(Int((100 * min(miss, 1e6)).rounded())) % off"
      )
    }
  }

  private mutating func readPotential(_ material: BPXNode) throws(ScenarioError) {
    guard let node = try material.member(BPXKey.potential) else { return }
    let potential = try node.function()
    // Where LiCoO2 is cycled; the points of the table, so that a table drawn from it agrees exactly.
    let points = OpenCircuitPotential.lithiumCobaltOxide.points.filter { (0.5...0.96).contains($0.x) }
    let differences = points.compactMap { point in potential(point.x).map { $0 - point.y } }
    guard differences.count == points.count else {
      return note(.ignored, node.place, "does not reach from content 0.5 to 0.96; that of LiCoO2 is kept")
    }
    let mean = differences.reduce(0, +) / Double(differences.count)
    let miss = differences.map { abs($0 - mean) }.max() ?? 0
    guard miss <= 0.002 else {
      return note(
        .ignored, node.place,
        "a scenario has the table of LiCoO2, from which this one is up to "
          + "\(QuantityText.plain(QuantityText.rounded(1000 * miss, digits: 3))) mV off besides a constant")
    }
    // A tenth of a microvolt is less than any table has.
    take(.potentialOffset, (mean * 1e7).rounded() / 1e7 + 0, node.place, "over the table of LiCoO2")
  }

  private mutating func readKinetics(_ material: BPXNode) throws(ScenarioError) {
    guard let rate = try material.positive(BPXKey.rateConstant) else { return }
    let place = material.place + " > " + BPXKey.rateConstant
    guard parameters[.exchangeCurrentDensity] == nil else {
      return note(.ignored, place, "\(BPXKey.exchangeCurrentDensity) says it, per true area")
    }
    // i = 2 F K sqrt(x (1 - x)) sinh since 0.3, and half of that before; here i = 4 i_ref sqrt(x (1 - x)) sinh.
    take(
      .exchangeCurrentDensity, Constants.faraday * rate / (isBeforeFactorOfTwo ? 4 : 2), place,
      isBeforeFactorOfTwo ? "halved, as currents before 0.3 lack a factor of 2" : "per true area")
  }

  /// Takes an activation energy where it lies in the range of the scenario's.
  private mutating func readEnergy(_ section: BPXNode, _ key: String, _ parameter: Parameter)
    throws(ScenarioError)
  {
    guard let node = try section.member(key) else { return }
    let energy = try node.number()
    if parameter.entry.rangeSI.contains(energy) {
      take(parameter, energy, node.place)
    } else {
      note(
        .ignored, node.place,
        "not from \(QuantityText.rangeText(parameter.entry.range, parameter.entry.unit))")
    }
  }

  private mutating func readSeparator(_ body: BPXNode, _ state: BPXNode?) throws(ScenarioError) {
    guard let separator = try body.member(BPXKey.separator) else { return }
    let electrolyte = try body.member(BPXKey.electrolyte)
    if let thickness = try separator.positive(BPXKey.thickness) {
      let place = separator.place + " > " + BPXKey.thickness
      take(.anodeSideThickness, thickness / 2, place, "half of it")
      take(.cathodeSideThickness, thickness / 2, place, "half of it")
    }
    guard let efficiency = try separator.positive(BPXKey.transportEfficiency),
      let node = try electrolyte?.member(BPXKey.conductivity)
    else { return }
    let now = try state?.member(BPXKey.initialConditions)?.member(BPXKey.concentration)
    let before = try electrolyte?.member(BPXKey.oldConcentration)
    let concentration = try (now ?? before)?.number()
    if let value = try node.function()(concentration ?? 1000), value > 0 {
      let how = "times the \(BPXKey.transportEfficiency.lowercased()) of the separator"
      take(.anodeSideConductivity, value * efficiency, node.place, how)
      take(.cathodeSideConductivity, value * efficiency, node.place, how)
      if let electrolyte { try readEnergy(electrolyte, BPXKey.conductionEnergy, .conductionEnergy) }
      note(.used, separator.place + " > " + BPXKey.transportEfficiency, "times the conductivity")
      if let place = (now ?? before)?.place {
        note(.used, place, "concentration at which the conductivity is taken")
      } else {
        note(.assumed, node.place, "at 1000 mol/m3; the file has no initial concentration of the electrolyte")
      }
      note(
        .assumed, "separator",
        "two like layers that conduct lithium ions alone, whatever the electrolyte of the file")
    } else {
      note(.ignored, node.place, "no positive value at the initial concentration")
    }
  }

  // MARK: User-defined

  /// Values under the names that this program writes itself.
  private mutating func readOwn(_ user: BPXNode) throws(ScenarioError) {
    if let node = try user.member(BPXKey.exchangeCurrentDensity) {
      if let value = try node.function()(0.5), value > 0 {
        take(.exchangeCurrentDensity, value, node.place, "at lithium content 0.5, per true area")
      } else {
        note(.ignored, node.place, "no positive value at lithium content 0.5")
      }
    }
    guard let own = try user.member(BPXKey.own) else { return }
    let names = Dictionary(uniqueKeysWithValues: BPXKey.ownParameters.map { (BPXKey.name(of: $0), $0) })
    for node in try own.members() {
      let key = node.path.last ?? ""
      if let parameter = names[key] {
        take(parameter, try node.number(), node.place)
      } else if key == BPXKey.stressFreeState {
        let content = try node.number()
        guard (0.4...1).contains(content) else {
          throw node.problem("\(QuantityText.plain(content)) is no lithium content from 0.4 to 1")
        }
        stressFreeContent = content
        note(.used, node.place, "\(BPXKey.stressFreeState) = \(QuantityText.plain(content))")
      } else {
        let hint = ScenarioKey.nearest(to: key, among: Array(names.keys))
        throw node.problem("not a name that this program writes" + (hint.map { "; nearest: \($0)" } ?? ""))
      }
    }
  }

  private mutating func readUserDefined(_ user: BPXNode) throws(ScenarioError) {
    if let exponent = try constant(user, BPXKey.parisExponent) {
      take(.crackGrowthExponent, exponent.value, exponent.place)
    }
    try readIsotropic(user)
  }

  /// Elastic constants and swelling of an isotropic solid.
  private mutating func readIsotropic(_ user: BPXNode) throws(ScenarioError) {
    if let volume = try constant(user, BPXKey.partialMolarVolume) {
      let strain =
        volume.value * (parameters[.density]?.si ?? Parameter.density.entry.defaultSI)
        / (parameters[.molarMass]?.si ?? Parameter.molarMass.entry.defaultSI) / 3
      if parameters[.chemicalStrainA] != nil {
        note(.ignored, volume.place, "the strains along a and c say it")
      } else {
        take(.chemicalStrainA, strain, volume.place, "a third of it per direction")
        take(.chemicalStrainC, strain, volume.place, "a third of it per direction")
        note(
          .assumed, "mechanics.chemical strain",
          "the same in all directions; LiCoO2 shrinks along c as it fills")
      }
    }
    let modulus = try constant(user, BPXKey.youngsModulus)
    let ratio = try constant(user, BPXKey.poissonRatio)
    guard let modulus, let ratio else {
      if let alone = modulus ?? ratio { note(.ignored, alone.place, "of no use without its companion") }
      return
    }
    guard parameters[.stiffness11] == nil else {
      for place in [modulus.place, ratio.place] { note(.ignored, place, "the stiffnesses C11 to C44 say it") }
      return
    }
    guard modulus.value > 0, (0..<0.5).contains(ratio.value) else {
      throw user.problem(
        "a modulus of \(QuantityText.plain(modulus.value)) Pa and a Poisson's ratio of "
          + "\(QuantityText.plain(ratio.value)); expected one above 0 and one from 0 to below 0.5")
    }
    let shear = modulus.value / (2 * (1 + ratio.value))
    let lame = 2 * shear * ratio.value / (1 - 2 * ratio.value)
    for (parameter, value) in [
      (Parameter.stiffness11, lame + 2 * shear), (.stiffness33, lame + 2 * shear), (.stiffness12, lame),
      (.stiffness13, lame), (.stiffness44, shear),
    ] {
      take(parameter, value, modulus.place, "with Poisson's ratio, of an isotropic solid")
    }
    note(.used, ratio.place, "with Young's modulus")
    note(
      .assumed, "mechanics.C11 to C44", "the same in all directions; crystals of LiCoO2 are stiffer along a")
  }

  // MARK: What is left

  /// Says of all that no reader took why it was not.
  private mutating func passOver(_ body: BPXNode) throws(ScenarioError) {
    let known = [
      BPXKey.cell, BPXKey.electrolyte, BPXKey.separator, BPXKey.positiveElectrode, BPXKey.userDefined,
    ]
    for section in try body.members() {
      guard let key = section.path.last, known.contains(key) else {
        note(.ignored, section.place, BPXKey.reason(section.path))
        continue
      }
      try passOver(membersOf: section)
    }
  }

  private mutating func passOver(membersOf section: BPXNode) throws(ScenarioError) {
    guard case .object = section.value else {
      return note(.ignored, section.place, BPXKey.reason(section.path))
    }
    for node in try section.members() where !noted.contains(node.place) {
      // What is within these was taken apart value by value.
      switch Array(node.path.dropFirst()) {
      case [BPXKey.userDefined, BPXKey.own]: try passOver(membersOf: node)
      case [BPXKey.positiveElectrode, BPXKey.particle]:
        for material in try node.members() { try passOver(membersOf: material) }
      default: note(.ignored, node.place, BPXKey.reason(node.path))
      }
    }
  }

  private mutating func noteAssumptions() {
    if parameters[.counterPotential] == nil {
      note(
        .assumed, Parameter.counterPotential.rawValue,
        "\(Parameter.counterPotential.entry.defaultText), Li-In; BPX has no half cells")
    }
    note(
      .assumed, "everything else",
      "defaults; 'cyclelife check' of the scenario prints them with their sources")
  }

  private func stateOfCharge(_ state: BPXNode?) throws(ScenarioError) -> (value: Double, place: String)? {
    guard let node = try state?.member(BPXKey.initialConditions)?.member(BPXKey.stateOfCharge) else {
      return nil
    }
    let value = try node.number()
    guard (0...1).contains(value) else {
      throw node.problem("\(QuantityText.plain(value)) is no state of charge; expected 0 to 1")
    }
    return (value, node.place)
  }

  // MARK: Values

  /// A number among what users define; nil where there is none, or a table or expression, which is passed over.
  private mutating func constant(_ user: BPXNode, _ key: String) throws(ScenarioError) -> (
    value: Double, place: String
  )? {
    guard let node = try user.member(key) else { return nil }
    guard let value = try? node.number() else {
      note(.ignored, node.place, "a scenario takes a plain number only")
      return nil
    }
    return (value, node.place)
  }

  /// Gives a parameter its value in SI units, if that is in the range of scenarios.
  private mutating func take(_ parameter: Parameter, _ si: Double, _ place: String, _ how: String = "") {
    let entry = parameter.entry
    let inTable = BPXKey.clean(entry.unit.fromSI(si)) + 0
    let shown = QuantityText.plain(inTable) + (entry.unit.symbol == "1" ? "" : " \(entry.unit.symbol)")
    if let earlier = parameters[parameter] {
      return note(.ignored, place, "\(earlier.place) says it")
    }
    guard inTable.isFinite, entry.range.contains(inTable) else {
      return note(
        .ignored, place,
        "\(shown) is outside of what a scenario takes as \(parameter.rawValue): "
          + QuantityText.rangeText(entry.range, entry.unit))
    }
    parameters[parameter] = (entry.unit.toSI(inTable), place)
    note(.used, place, "\(parameter.rawValue) = \(shown)" + (how.isEmpty ? "" : " (\(how))"))
  }

  private mutating func note(_ fate: BPXImport.Fate, _ place: String, _ text: String) {
    noted.insert(place)
    // More is not printed, and not kept.
    guard notes.count < 10_000 else { return }
    notes.append(Note(fate: fate, place: place, text: text))
  }
}

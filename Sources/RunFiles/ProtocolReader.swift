import CellModel
import CellPhysics
import CycleLife
import Foundation

/// Reads steps in the wording of PyBaMM: `Charge at 1C until 4.01 V vs Li`.
///
/// A step may end with its temperature and the period of its time series, as in
/// `Rest for 2 h at 45 degC (1 minute period)`. Words, units and `C` are read in any letter case. Charging currents are positive; voltages
/// `vs Li` become terminal voltages by subtracting the counter electrode's potential.
struct ProtocolReader {
  /// The steps of a cycle when a scenario has none.
  static let defaultSteps = [
    "Charge at 1C until 4.03 V vs Li", "Hold at 4.03 V vs Li until C/10",
    "Discharge at 1C until 3.544 V vs Li",
  ]

  /// The steps of a reference test when a scenario has none.
  static let defaultReferenceSteps = [
    "Charge at C/20 until 4.03 V vs Li", "Discharge at C/20 until 3.544 V vs Li",
  ]

  /// The current density of 1C in A/m2.
  private let oneC: Double
  /// Electrode area, m2.
  private let area: Double
  /// Potential of the counter electrode against Li, V.
  private let counterPotential: Double
  /// Where the profiles that steps name are read.
  private let profiles: NamedInputs<ProfileFile>?

  private static let wording =
    "a step such as 'Charge at 1C until 4.01 V vs Li', 'Hold at 4.01 V vs Li until C/10', "
    + "'Discharge at C/2 for 2 hours or until 2.5 V', 'Discharge at 5 mW/cm2 until 2.5 V', 'Rest for 10 minutes' "
    + "or 'Profile drive.csv until 2.5 V'; 'at 45 degC' and '(1 minute period)' may follow"

  private static let currentUnits: [String: (factor: Double, perArea: Bool)] = [
    "a": (1, false), "ma": (1e-3, false), "ua": (1e-6, false),
    "a/m2": (1, true), "a m-2": (1, true), "ma/cm2": (10, true), "ma cm-2": (10, true),
    "ua/cm2": (1e-2, true), "ua cm-2": (1e-2, true), "a/cm2": (1e4, true),
  ]

  private static let powerUnits: [String: (factor: Double, perArea: Bool)] = [
    "w": (1, false), "mw": (1e-3, false), "uw": (1e-6, false),
    "w/m2": (1, true), "w m-2": (1, true), "mw/cm2": (10, true), "mw cm-2": (10, true),
    "w/cm2": (1e4, true),
  ]

  private static let timeUnits: [String: Double] = [
    "s": 1, "sec": 1, "second": 1, "seconds": 1, "min": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hour": 3600, "hours": 3600,
  ]

  // Made once, as making them takes most of the time of a step; matching changes nothing in them.
  private nonisolated(unsafe) static let rateForm = /([0-9.]+(?:e[+-]?[0-9]+)?)? ?c(?: ?\/ ?([0-9.]+))?/
  private nonisolated(unsafe) static let voltageForm = /(m?)v( vs\.? li(\/li\+)?)?/

  private nonisolated(unsafe) static let voltages = /([-+0-9.]+(?:e[-+]?[0-9]+)?) ?(m?)v\b( vs\b)?/

  /// Without `profiles`, no step can follow one.
  init(_ parameters: ParameterSet, profiles: NamedInputs<ProfileFile>? = nil) {
    self.profiles = profiles
    // The nominal capacity passes in one hour at 1C.
    oneC = parameters[.nominalCapacity] / 3600
    area = parameters[.electrodeArea]
    counterPotential = parameters[.counterPotential]
  }

  /// The longest duration of a step that is accepted, s: ten years.
  static let longestDuration = 87_600.0 * 3600
  /// The shortest period of a time series, s.
  private static let shortestPeriod = 1e-3
  /// Voltages against Li, V, between which cells of LiCoO2 are charged and discharged.
  private static let usual = 2.2...4.5

  /// What in the step `text` is probably not meant: voltages that are usual only on the other scale.
  func doubts(_ text: String) -> [String] {
    guard counterPotential != 0 else { return [] }
    return ProtocolReader.withoutProfile(text).lowercased().matches(of: Self.voltages).compactMap {
      match in
      guard let number = Double(match.output.1) else { return nil }
      let (written, isVsLi) = (match.output.2.isEmpty ? number : number / 1000, match.output.3 != nil)
      let (meant, other) =
        isVsLi ? (written, written + counterPotential) : (written + counterPotential, written)
      guard !Self.usual.contains(meant), Self.usual.contains(other) else { return nil }
      let volts = { QuantityText.plain(QuantityText.rounded($0, digits: 6)) + " V" }
      return isVsLi
        ? "'\(oneLine(text))': \(volts(written)) vs Li is unusual; 'V' alone, without 'vs Li', is the terminal "
          + "voltage, \(volts(written + counterPotential)) vs Li"
        : "'\(oneLine(text))': \(volts(written)) is the terminal voltage, \(volts(meant)) vs Li, which is unusual; "
          + "write '\(volts(written)) vs Li' if that is meant"
    }
  }

  /// The step that `text` describes.
  func step(_ text: String) throws(ValueProblem) -> ProtocolStep {
    guard text.utf8.count <= QuantityText.longest else {
      throw ValueProblem(message: "'\(oneLine(text))' is too long for \(Self.wording)")
    }
    let clean = oneLine(text, limit: QuantityText.longest)
    let (words, temperature, period) = try surroundings(try words(clean), clean)
    let verb = words.prefix { $0 != " " }
    let (setting, conditions) = split(words.dropFirst(verb.count))
    let control: ProtocolStep.Control
    switch verb {
    case "charge": control = try load(after("at", setting, clean), sign: 1, clean)
    case "discharge": control = try load(after("at", setting, clean), sign: -1, clean)
    case "hold": control = .voltage(try voltage(after("at", setting, clean), clean))
    case "rest":
      guard setting.isEmpty else { throw unknown(clean) }
      control = .rest
    case "profile":
      guard setting.isEmpty else { throw unknown(clean) }
      control = .profile(try profile(clean))
    default: throw unknown(clean)
    }
    guard !conditions.isEmpty || verb == "profile" else {
      throw ValueProblem(
        message: "'\(oneLine(clean))' has no end; add 'for' a time or 'until' a "
          + (verb == "hold" ? "current, such as C/10" : "voltage, such as 2.5 V"))
    }
    var limits: [ProtocolStep.Limit] = []
    for condition in conditions { limits.append(try limit(condition, isHold: verb == "hold", clean)) }
    if case .profile(let profile) = control {
      for case .duration(let seconds) in limits where seconds > profile.duration * (1 + 1e-9) {
        throw ValueProblem(
          message: "'\(oneLine(clean))': the profile lasts no longer than "
            + "\(QuantityText.plain(QuantityText.rounded(profile.duration, digits: 6))) s; expected a shorter 'for', or none"
        )
      }
    }
    return ProtocolStep(
      control: control, limits: limits, text: clean, temperature: temperature, period: period)
  }

  private nonisolated(unsafe) static let periodForm = /(.*?) *\((.*) period\)/
  private static let temperatureUnits = ["oc", "degc", "°c", "k"]
  private nonisolated(unsafe) static let temperatureForm = /(.*?) +at ([-+0-9.e]+) ?(oc|degc|°c|k)/

  /// Parts a step from what may follow it: the temperature in K, and the period of its time series in s.
  private func surroundings(_ words: String, _ step: String) throws(ValueProblem) -> (
    rest: String, temperature: Double?, period: Double?
  ) {
    var (rest, temperature, period) = (words, Double?.none, Double?.none)
    // Looking at the end first spares nearly all steps the search.
    if rest.hasSuffix("period)"), let match = rest.wholeMatch(of: Self.periodForm) {
      let seconds = try duration(String(match.output.2), step)
      guard seconds >= Self.shortestPeriod else {
        throw ValueProblem(
          message: "'\(oneLine(step))': '\(match.output.2)' is shorter than the shortest period, 1 ms")
      }
      (rest, period) = (String(match.output.1), seconds)
    }
    if Self.temperatureUnits.contains(where: rest.hasSuffix),
      let match = rest.wholeMatch(of: Self.temperatureForm)
    {
      let unit = match.output.3 == "k" ? "K" : "degC"
      do {
        temperature = try QuantityText.value("\(match.output.2) \(unit)", for: .temperature)
      } catch {
        throw ValueProblem(message: "'\(oneLine(step))': \(error.message)")
      }
      rest = String(match.output.1)
    }
    return (rest, temperature, period)
  }

  /// The terminal voltages that the step `text` holds or ends at, V; none where it cannot be read.
  ///
  /// The file of a profile is not needed.
  func voltages(in text: String) -> [Double] {
    let clean = oneLine(text, limit: QuantityText.longest)
    guard let words = try? surroundings(words(clean), clean).rest else { return [] }
    let verb = words.prefix { $0 != " " }
    let (setting, conditions) = split(words.dropFirst(verb.count))
    var voltages: [Double] = []
    if verb == "hold", let held = try? voltage(after("at", setting, clean), clean) { voltages.append(held) }
    for condition in conditions {
      guard case .voltage(let value)? = try? limit(condition, isHold: verb == "hold", clean) else { continue }
      voltages.append(value)
    }
    return voltages
  }

  /// The words of a step in lower case, a profile without the name of its file.
  private func words(_ clean: String) throws(ValueProblem) -> String {
    let words = clean.lowercased()
    guard words.prefix(while: { $0 != " " }) == "profile" else { return words }
    guard ProtocolReader.profilePath(clean) != nil else {
      throw ValueProblem(
        message:
          "'\(oneLine(clean))' names no file; expected a step such as 'Profile drive.csv until 2.5 V', "
          + "with a CSV file whose name has no quotes, brackets, braces or semicolons")
    }
    return ProtocolReader.withoutProfile(clean).lowercased()
  }

  // Up to the first word that ends as the name of a CSV file does.
  private nonisolated(unsafe) static let profileForm = /(?i:profile) +(.*?\.(?i:csv))( .*)?/

  /// The path of the file that a step follows, as it is written; nil for another step.
  static func profilePath(_ text: String) -> String? {
    guard text.prefix(7).lowercased() == "profile",
      let match = oneLine(text, limit: QuantityText.longest).wholeMatch(of: profileForm)
    else { return nil }
    let path = String(match.output.1)
    // Steps are told apart in lists by these, and names in braces are filled in.
    return path.contains { "\"';[]{}".contains($0) } ? nil : path
  }

  /// A step without the name of the file that it follows.
  private static func withoutProfile(_ text: String) -> String {
    guard text.prefix(7).lowercased() == "profile",
      let match = oneLine(text, limit: QuantityText.longest).wholeMatch(of: profileForm)
    else { return text }
    return "profile" + (match.output.2 ?? "")
  }

  /// The course of the current that a step follows, in A/m2.
  private func profile(_ step: String) throws(ValueProblem) -> CurrentProfile {
    guard let profiles, let path = ProtocolReader.profilePath(step) else { throw unknown(step) }
    guard let profile = try profiles.file(path).profile(area: area) else {
      throw ValueProblem(message: "'\(oneLine(step))': its currents per area are out of range")
    }
    return profile
  }

  /// Splits what follows the verb into the setting and the conditions that end the step.
  private func split(_ text: Substring) -> (setting: String, conditions: [String]) {
    var setting: [Substring] = []
    var conditions: [[Substring]] = []
    for word in text.split(separator: " ") {
      if word == "for" || word == "until" {
        // 'or' only joins two conditions; kept anywhere else, it is refused with its condition.
        if conditions.last?.last == "or" { conditions[conditions.count - 1].removeLast() }
        conditions.append([word])
      } else if conditions.isEmpty {
        setting.append(word)
      } else {
        conditions[conditions.count - 1].append(word)
      }
    }
    return (setting.joined(separator: " "), conditions.map { $0.joined(separator: " ") })
  }

  private func after(_ word: String, _ text: String, _ step: String) throws(ValueProblem) -> String {
    guard text.hasPrefix(word + " ") else { throw unknown(step) }
    return String(text.dropFirst(word.count + 1))
  }

  private func limit(_ condition: String, isHold: Bool, _ step: String)
    throws(ValueProblem) -> ProtocolStep.Limit
  {
    if condition.hasPrefix("for ") { return .duration(try duration(String(condition.dropFirst(4)), step)) }
    let end = try after("until", condition, step)
    // 'v' occurs in no unit of current.
    let isVoltage = end.contains("v")
    if isHold {
      guard !isVoltage else {
        throw ValueProblem(
          message: "'\(oneLine(step))': a hold ends at a current, such as C/10, or after a time")
      }
      return .current(try current(end, step))
    }
    guard isVoltage else {
      throw ValueProblem(
        message: "'\(oneLine(step))': expected a voltage after 'until', such as 2.5 V or 4.01 V vs Li")
    }
    return .voltage(try voltage(end, step))
  }

  /// What `1c` or `c/2` takes 1C times and divides it by; nil for another text.
  static func rate(_ text: String) -> (multiple: Double, divisor: Double)? {
    guard let match = text.lowercased().wholeMatch(of: rateForm) else { return nil }
    let multiple = match.output.1.map { Double($0) } ?? 1
    let divisor = match.output.2.map { Double($0) } ?? 1
    guard let multiple, let divisor else { return nil }
    return (multiple, divisor)
  }

  /// What `charge at` or `discharge at` controls: a current, or a power such as `5 mw/cm2`.
  private func load(_ text: String, sign: Double, _ step: String) throws(ValueProblem) -> ProtocolStep.Control
  {
    // 'w' occurs in no unit of current.
    guard text.contains("w") else { return .current(sign * (try current(text, step))) }
    let expected = "a power such as 5 mW/cm2 or 2 mW"
    let (number, unitText) = try number(text, step, expected)
    guard let unit = Self.powerUnits[unitText] else {
      throw ValueProblem(message: "'\(oneLine(step))': cannot read '\(text)'; expected \(expected)")
    }
    let density = number * unit.factor / (unit.perArea ? 1 : area)
    guard density > 0, density.isFinite else {
      throw ValueProblem(
        message: "'\(oneLine(step))': '\(text)' must be above zero; 'charge' and 'discharge' give the sign")
    }
    return .power(sign * density)
  }

  /// A current density in A/m2 from `1c`, `c/2`, `1.55 ma/cm2` or `2 ma`; always positive.
  private func current(_ text: String, _ step: String) throws(ValueProblem) -> Double {
    let expected = "a current such as 1C, C/2, 1.55 mA/cm2 or 2 mA"
    var density: Double?
    if let rate = Self.rate(text) {
      density = oneC * rate.multiple / rate.divisor
    } else {
      let (number, unitText) = try number(text, step, expected)
      if let unit = Self.currentUnits[unitText] {
        density = number * unit.factor / (unit.perArea ? 1 : area)
      }
    }
    guard let density else {
      throw ValueProblem(message: "'\(oneLine(step))': cannot read '\(text)'; expected \(expected)")
    }
    guard density > 0, density.isFinite else {
      throw ValueProblem(
        message: "'\(oneLine(step))': '\(text)' must be above zero; 'charge' and 'discharge' give the sign")
    }
    return density
  }

  /// A terminal voltage in V from `4.01 v vs li` or `2.5 v`.
  private func voltage(_ text: String, _ step: String) throws(ValueProblem) -> Double {
    let expected = "a voltage such as 2.5 V or 4.01 V vs Li"
    let (number, unitText) = try number(text, step, expected)
    guard let match = unitText.wholeMatch(of: Self.voltageForm) else {
      throw ValueProblem(message: "'\(oneLine(step))': cannot read '\(text)'; expected \(expected)")
    }
    let volts = match.output.1.isEmpty ? number : number / 1000
    let terminal = match.output.2 == nil ? volts : volts - counterPotential
    let window = Scenario.voltageWindow
    // Where the scales differ, a bound written in one of them may miss itself by round-off.
    guard abs(terminal + counterPotential - 2.5) <= 2.5 + 1e-9 else {
      func shown(_ vsLi: Double) -> String {
        QuantityText.plain(
          QuantityText.rounded(vsLi - (match.output.2 == nil ? counterPotential : 0), digits: 6))
      }
      throw ValueProblem(
        message: "'\(oneLine(step))': '\(text)' is out of range: \(shown(window.lowerBound)) to "
          + "\(shown(window.upperBound)) V" + (match.output.2 == nil ? ", which is 0 to 5 V vs Li" : " vs Li")
      )
    }
    return terminal
  }

  /// A time in s from `10 minutes`.
  private func duration(_ text: String, _ step: String) throws(ValueProblem) -> Double {
    let expected = "a time such as 30 s, 10 minutes or 2 hours"
    let (number, unitText) = try number(text, step, expected)
    guard let factor = Self.timeUnits[unitText] else {
      throw ValueProblem(message: "'\(oneLine(step))': cannot read '\(text)'; expected \(expected)")
    }
    guard number > 0 else {
      throw ValueProblem(message: "'\(oneLine(step))': '\(text)' must be above zero")
    }
    guard number * factor <= Self.longestDuration else {
      throw ValueProblem(message: "'\(oneLine(step))': '\(text)' is longer than ten years")
    }
    return number * factor
  }

  private func number(_ text: String, _ step: String, _ expected: String) throws(ValueProblem)
    -> (number: Double, unit: String)
  {
    do {
      return try QuantityText.leadingNumber(text, expected: expected)
    } catch {
      throw ValueProblem(message: "'\(oneLine(step))': \(error.message)")
    }
  }

  private func unknown(_ step: String) -> ValueProblem {
    ValueProblem(message: "cannot read '\(oneLine(step))'; expected \(Self.wording)")
  }
}

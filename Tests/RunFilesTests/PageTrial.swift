import Foundation

/// Carries out the blocks of a page, as a reader would, in a directory of its own.
///
/// Every command is given to the program as it stands, with the files that the blocks before it make. Long ones are
/// sent into a directory in use: the program refuses that only after it has found options, files, keys and values
/// right. Runs are then carried out on a small cell, so that what the page does with them next can be tried as well.
struct PageTrial {
  /// What is wrong with the page.
  private(set) var problems: [String] = []

  private let directory: String
  private let programs: URL
  /// The folder of the package.
  private let package: URL
  /// What the command before printed.
  private var output = ""

  /// Makes the directory, with the shipped scenarios, for the page of the package; programs are in `programs`.
  init(in directory: String, programs: URL, package: URL) throws {
    (self.directory, self.programs, self.package) = (directory, programs, package)
    let files = FileManager.default
    try files.createDirectory(atPath: directory + "/used", withIntermediateDirectories: true)
    try files.createSymbolicLink(
      at: URL(fileURLWithPath: directory + "/scenarios"),
      withDestinationURL: package.appendingPathComponent("scenarios"))
    try write("", to: "used/in-use")
    // What a reader has: measured data without a mass, and a section with the labels that the README explains.
    try write("Cycle_Index,Discharge_Capacity(Ah)\n1,0.0020\n2,0.0019\n", to: "cell-7.csv")
    let rows = Array(repeating: "1 1 1 0 2 2 2 1", count: 8)
    try write(
      (["P2", "8 9", "255", "3 3 3 3 4 4 4 4"] + rows).joined(separator: "\n") + "\n", to: "section.pgm")
  }

  private func write(_ text: String, to name: String) throws {
    try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name)"))
  }

  /// Tries all blocks of a page, and the commands that its sentences name.
  mutating func carryOut(page: String) throws {
    let blocks = PageBlock.blocks(of: page)
    // Files may be shown after the command that reads them.
    for block in blocks where ["csv", "yaml"].contains(block.language) {
      if let name = block.name { try write(block.text, to: name) }
    }
    for block in blocks { try carryOut(block) }
    try checkSentences(of: page)
  }

  private mutating func carryOut(_ block: PageBlock) throws {
    let place = "line \(block.line)"
    switch block.language {
    case "sh":
      for command in block.commands { try carryOut(command, place) }
    case "yaml" where block.text.hasPrefix("material:"):
      if !isMaterial(block.text) {
        problems.append("\(place): these lines are in no file of scenarios/materials")
      }
    case "yaml":
      let name = block.name ?? "block-\(block.line).yaml"
      try write(block.text, to: name)
      try expect(0, of: ["check", name], place)
    case "csv":
      let name = block.name ?? "block-\(block.line).csv"
      try write(block.text, to: name)
      // A fit reads its data before it finds its directory in use.
      let hasDeviations = block.text.contains("Standard Deviation") || block.text.contains("Uncertainty")
      try expect(
        73,
        of: [
          "fit", "scenarios/dense-lco-1c.yaml", "--data", name, "--parameters",
          "degradation.interface.debonding rate", "--output", "used",
        ] + (hasDeviations ? [] : ["--sigma", "1 mAh/g"]), place)
    case "text":
      let printed = output.components(separatedBy: "\n").map(PageTrial.form)
      for line in block.text.split(separator: "\n") {
        // What is left out at the end of a line is not looked at.
        let wanted = PageTrial.form(line.hasSuffix("...") ? String(line.dropLast(3)) : String(line))
        let isThere = printed.contains { line.hasSuffix("...") ? $0.hasPrefix(wanted) : $0 == wanted }
        if !isThere { problems.append("\(place): the command before prints no line like '\(line)'") }
      }
    case "swift":
      if !isSource(block.text) { problems.append("\(place): this code is in no file of Sources") }
    case "python":
      break  // Carried out by the tests of Interchange.
    default:
      problems.append("\(place): a block of '\(block.language)' cannot be tried")
    }
  }

  /// A line without its numbers and what stands in parentheses, which depend on the cell.
  private static func form(_ line: String) -> String {
    line.replacing(/[-+]?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?/, with: "#").replacing(/\([a-z ]+\)/, with: "()")
      .split(separator: " ").joined(separator: " ")
  }

  /// Whether the parts of a text, between lines of `// ...`, stand in one file of the package.
  private func isSource(_ text: String) -> Bool {
    let parts = text.components(separatedBy: "\n// ...\n")
    let sources = package.appendingPathComponent("Sources").path
    let names = FileManager.default.enumerator(atPath: sources)?.compactMap { $0 as? String } ?? []
    return names.contains { name in
      guard name.hasSuffix(".swift"),
        let source = try? String(contentsOfFile: "\(sources)/\(name)", encoding: .utf8)
      else { return false }
      return parts.allSatisfy { source.contains($0) }
    }
  }

  /// Whether the lines of a text stand, in this order, in one material that comes with the program.
  private func isMaterial(_ text: String) -> Bool {
    let folder = package.appendingPathComponent("scenarios/materials").path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.contains { name in
      guard let file = try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) else { return false }
      var rest = file.split(separator: "\n")[...]
      return text.split(separator: "\n").allSatisfy { line in
        guard let place = rest.firstIndex(of: line) else { return false }
        rest = rest[(place + 1)...]
        return true
      }
    }
  }

  // MARK: Commands

  private mutating func carryOut(_ command: [String], _ place: String) throws {
    switch command.first {
    case "cyclelife":
      try carryOutProgram(Array(command.dropFirst()), place)
    case "swift" where command.starts(with: ["swift", "run", "-c", "release", "cyclelife"]):
      try carryOutProgram(Array(command.dropFirst(5)), place)
    case "swift" where command.starts(with: ["swift", "run", "-c", "release", "cyclelife-bench"]):
      try checkOptions(of: "cyclelife-bench", Array(command.dropFirst(5)), place)
    case "swift" where command.starts(with: ["swift", "test"]), "apt-get":
      break  // This test is one of them; what is installed here, it needs.
    default:
      problems.append("\(place): no command that can be tried: \(command.joined(separator: " "))")
    }
  }

  private mutating func carryOutProgram(_ arguments: [String], _ place: String) throws {
    switch arguments.first {
    case "run" where !arguments.contains("--list"):
      let problemCount = problems.count
      try expect(73, of: PageTrial.replacing(["--output": "used"], in: arguments), place)
      guard problems.count == problemCount else { return }
      try expect(0, of: small(arguments), place)
    case "resume":
      let cycles = arguments.contains("--cycles") ? ["--cycles": "3"] : [:]
      try expect(0, of: PageTrial.replacing(cycles, in: arguments) + ["--no-figures"], place)
    case "fit", "validate":
      try expect(73, of: PageTrial.replacing(["--output": "used"], in: arguments), place)
    default:
      try expect(0, of: arguments, place)
    }
  }

  private mutating func expect(_ status: Int32, of arguments: [String], _ place: String) throws {
    let result = try run("cyclelife", arguments)
    output = result.output
    guard result.status != status else { return }
    let said = result.output.split(separator: "\n").first { $0.contains("rror") } ?? ""
    problems.append("\(place): cyclelife \(arguments.joined(separator: " ")): \(result.status): \(said)")
  }

  /// The same run, or study, of a cell that takes a second.
  private func small(_ arguments: [String]) -> [String] {
    let scenario = arguments.dropFirst().first { $0.hasSuffix(".yaml") } ?? ""
    let text = (try? String(contentsOfFile: "\(directory)/\(scenario)", encoding: .utf8)) ?? ""
    let isStudy = text.contains("\nvary:")
    var values = [
      "cathode.width": "6 um", "cathode.thickness": "6 um", "microstructure.column spacing": "3 um",
      "numerics.mesh width": "1 um", "numerics.depth mesh width": "2 um",
      "numerics.interface mesh width": "0.5 um", "numerics.mesh growth": "1.4",
    ]
    if text.contains("replicates:") { values["run.replicates"] = "1" }
    if arguments.contains(where: { $0.hasPrefix("run.replicates=") }) {
      values["run.replicates"] = isStudy ? "1" : "2"
    }
    var result = PageTrial.replacing(["--cycles": isStudy ? "1" : "2"], in: arguments)
    if result.contains("--fields") { result = PageTrial.replacing(["--fields": "1"], in: result) }
    return result + values.sorted { $0.key < $1.key }.flatMap { ["--set", "\($0.key)=\($0.value)"] }
      + ["--no-figures"]
  }

  /// Arguments with other values of options, which are added where they are missing.
  private static func replacing(_ values: [String: String], in arguments: [String]) -> [String] {
    var result = arguments
    for (option, value) in values {
      if let index = result.firstIndex(of: option), index + 1 < result.count {
        result[index + 1] = value
      } else {
        result += [option, value]
      }
    }
    return result
  }

  // MARK: Sentences

  /// Looks up what code within sentences names: commands with their options, and tests.
  private mutating func checkSentences(of page: String) throws {
    let prose = page.replacing(/(?m)^```[\s\S]*?^```/, with: "")
    for span in prose.matches(of: /`(cyclelife|swift run -c release cyclelife(?:-bench)?) ([^`]*)`/) {
      let words = PageBlock(language: "sh", text: String(span.output.2), line: 0).commands.first ?? []
      try checkOptions(
        of: span.output.1.hasSuffix("bench") ? "cyclelife-bench" : "cyclelife", words, "\(span.output.0)")
    }
    let tests = try sources(of: "Tests")
    for filter in prose.matches(of: /swift test --filter ([A-Za-z]+)/) {
      // Part of a name is a filter as well.
      let name = try Regex("(func|struct) [A-Za-z]*\(filter.output.1)")
      if !tests.contains(name) { problems.append("there is no test \(filter.output.1)") }
    }
  }

  private func sources(of folder: String) throws -> String {
    let path = package.appendingPathComponent(folder).path
    let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    return try names.filter { $0.hasSuffix(".swift") }
      .map { try String(contentsOfFile: "\(path)/\($0)", encoding: .utf8) }.joined()
  }

  /// Looks for the options of a command that is not carried out in its help.
  private mutating func checkOptions(of program: String, _ words: [String], _ place: String) throws {
    let command = words.prefix { !$0.hasPrefix("-") }.first.map { [$0] } ?? []
    let help = try run(program, command + ["--help"])
    guard help.status == 0, command.isEmpty || help.output.contains("USAGE: \(program) \(command[0])") else {
      return problems.append("\(place): \(program) has no command '\(command.joined())'")
    }
    for option in words where option.hasPrefix("--") && !option.hasPrefix("--generate") {
      if !help.output.contains(option) { problems.append("\(place): no option \(option)") }
    }
  }

  /// Output and errors are one text; it is short enough for the buffer of a pipe or read as it comes.
  private func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = programs.appendingPathComponent(program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: directory)
    process.standardInput = FileHandle.nullDevice
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
  }
}

import ArgumentParser
import Foundation
import RunFiles
import Synchronization

/// What became of the inputs that one reader was given.
struct InputTrial {
  let reader: UntrustedInput
  private(set) var accepted = 0
  private(set) var refused = 0
  /// The longest time for one input, s, and its number.
  private(set) var slowest = (seconds: 0.0, number: 0)
  /// Errors that are no refusal, with the number of the input.
  private(set) var errors: [(number: Int, error: String)] = []

  /// Gives a reader `count` mutated inputs from number `first` on; files lie in `directory`.
  init(_ reader: UntrustedInput, _ numbers: Range<Int>, seed: UInt64, in directory: String) throws {
    self.reader = reader
    let examples = try reader.examples()
    let place = directory + "/" + reader.rawValue.replacing(" ", with: "-")
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    for (number, example) in examples.enumerated() {
      guard try reader.accepts(example, in: place) else {
        throw ValidationError("\(reader.rawValue): example \(number + 1) is refused")
      }
    }
    for number in numbers {
      CurrentInput.store(reader, number)
      let mutation = Mutation(seed: seed, of: reader.rawValue, number: number)
      var input = mutation(examples[mutation.draw(examples.count)])
      // Half of what a checksum guards is given the right one.
      if mutation.draw(2) == 0 { input = reader.vouched(input) }
      let start = ContinuousClock.now
      do {
        if try reader.accepts(input, in: place) { accepted += 1 } else { refused += 1 }
      } catch {
        errors.append((number, "\(error)"))
      }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      if seconds > slowest.seconds { slowest = (seconds, number) }
    }
  }
}

/// Which input is being read, so that a trap or a hang can say it.
private enum CurrentInput {
  private static let reader = Atomic(0)
  private static let number = Atomic(0)
  private static let isWatched = Atomic(false)

  static func store(_ reader: UntrustedInput, _ number: Int) {
    self.reader.store(UntrustedInput.allCases.firstIndex(of: reader) ?? 0, ordering: .relaxed)
    self.number.store(number, ordering: .relaxed)
    if isWatched.load(ordering: .relaxed) { alarm(UInt32(InputsCommand.hang)) }
  }

  /// Says from now on which input it was that ended the program, or hangs.
  static func watch() {
    isWatched.store(true, ordering: .relaxed)
    for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGALRM] {
      signal(number) { number in
        let reader = CurrentInput.reader.load(ordering: .relaxed)
        let input = CurrentInput.number.load(ordering: .relaxed)
        print("signal \(number) in \(UntrustedInput.allCases[reader].rawValue), input \(input)")
        fflush(nil)
        signal(number, SIG_DFL)
        raise(number)
      }
    }
  }
}

/// Gives every reader of files inputs that nobody would write.
struct InputsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inputs", abstract: "Give every reader of files mutated inputs, the same on every machine.",
    discussion: """
      Exits with 1 when an input takes more than 1 s, memory exceeds 512 MiB, or an error is no refusal; a trap \
      ends it by its signal and names the input, which --only and --first repeat.
      """)

  /// An input may take so long, s, and the program so much memory, MiB.
  static let slowest = 1.0
  static let memory = 512
  /// After so long, s, an input counts as hung.
  static let hang = 20

  @Option(help: "How many inputs in all, an equal share for each reader.")
  var count = 50_000

  @Option(help: "Seeds the mutations.")
  var seed: UInt64 = 1

  @Option(help: "Only this reader, such as 'scenario'.")
  var only: String?

  @Option(help: "The number of the first input of each reader.")
  var first = 0

  @Option(help: "Write the inputs from which the others are made into this directory, and try none.")
  var examples: String?

  func validate() throws {
    guard count > 0, first >= 0 else {
      throw ValidationError("--count and --first: expected positive numbers")
    }
    guard only == nil || UntrustedInput(rawValue: only!) != nil else {
      let names = UntrustedInput.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      throw ValidationError("--only: expected one of \(names)")
    }
  }

  func run() throws {
    if let examples { return try write(examplesInto: examples) }
    CurrentInput.watch()
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
      "cyclelife-inputs-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    let readers = only.flatMap { UntrustedInput(rawValue: $0) }.map { [$0] } ?? UntrustedInput.allCases
    let share = (count + readers.count - 1) / readers.count
    let start = ContinuousClock.now
    let trials = try readers.map {
      try InputTrial($0, first..<first + share, seed: seed, in: directory.path)
    }
    alarm(0)
    print(Text.trials(trials))
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let memory = usage.ru_maxrss / 1024
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    print("\(share * readers.count) inputs in \(Text.time(seconds)), at most \(memory) MiB")
    var failures = trials.flatMap { trial in
      trial.errors.prefix(3).map { "\(trial.reader.rawValue), input \($0.number): \($0.error)" }
    }
    failures += trials.filter { $0.slowest.seconds > Self.slowest }.map {
      "\($0.reader.rawValue), input \($0.slowest.number): took \(Text.time($0.slowest.seconds))"
    }
    if memory > Self.memory { failures.append("more than \(Self.memory) MiB") }
    for failure in failures { print(failure) }
    if !failures.isEmpty { throw ExitCode(1) }
  }

  /// Writes the examples of the readers into directories of their names, for programs that mutate on their own.
  private func write(examplesInto path: String) throws {
    for reader in only.flatMap({ UntrustedInput(rawValue: $0) }).map({ [$0] }) ?? UntrustedInput.allCases {
      let directory = URL(fileURLWithPath: path).appendingPathComponent(reader.rawValue)
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
      for (number, example) in try reader.examples().enumerated() {
        try example.write(to: directory.appendingPathComponent("\(number + 1)"))
      }
    }
  }
}

import ArgumentParser
import Foundation
import RunFiles

/// The command that runs a study, without what says where.
struct StudyCommand {
  let scenario: String
  let overrides: [String]
  let output: String
  let noFigures: Bool

  /// The words for a shell, with paths that hold anywhere.
  func words(_ more: [String]) -> String {
    let settings = overrides.flatMap { ["--set", $0] }
    let words =
      [absolute(CommandLine.arguments[0]), "run", absolute(scenario)] + settings
      + ["--output", absolute(output)] + (noFigures ? ["--no-figures"] : []) + more
    return words.map(Self.quoted).joined(separator: " ")
  }

  private func absolute(_ path: String) -> String {
    // The program may have been found by its name alone.
    if path == CommandLine.arguments[0],
      let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    {
      return own
    }
    return URL(fileURLWithPath: path).standardizedFileURL.path
  }

  static func quoted(_ word: String) -> String { "'" + word.replacing("'", with: "'\\''") + "'" }
}

/// What runs the cases of a study beyond this machine.
enum Launcher: String, ExpressibleByArgument, CaseIterable {
  case slurm

  /// Submits the cases that are not done, and a job that collects all when they are.
  ///
  /// Scripts and what jobs print lie in `slurm` of the study's directory. Submitting again while jobs wait or run does
  /// no harm: a case that another process runs is refused, and one that is done is passed over.
  func submit(_ study: Study, _ command: StudyCommand, options: String?, quiet: Bool) throws {
    let run = StudyRun(study, jobs: 1)
    guard case .open(let directory, let journal) = try StudyJournal.open(study, in: command.output) else {
      if !quiet { Console.print("complete: all results of this study are in \(command.output)") }
      return
    }
    let options = (options ?? "").split(separator: " ").map(String.init)
    let cases = run.missingCases(journal)
    let place = try SlurmScripts(in: directory)
    var jobs: [String] = []
    // Clusters allow a thousand tasks of one array by default.
    for first in stride(from: 0, to: cases.count, by: 1000) {
      let part = Array(cases[first..<min(first + 1000, cases.count)])
      let script = try place.array(part, command)
      jobs.append(try sbatch(["--array=0-\(part.count - 1)"] + options + [script]))
    }
    let wait = jobs.isEmpty ? [] : ["--dependency=afterany:" + jobs.joined(separator: ":")]
    let collector = try sbatch(wait + options + [try place.collector(command)])
    guard !quiet else { return }
    if let cost = study.cost { Console.print(cost) }
    Console.print(
      "submitted: \(cases.count) of \(study.cases.count) cases"
        + (jobs.isEmpty ? "" : " as job \(jobs.joined(separator: ", "))")
        + "; job \(collector) collects them in \(command.output)")
    Console.print(
      "the same command again submits what is not done then; --collect in place of --launcher collects")
  }

  /// Hands a script to Slurm; returns the number of the job.
  private func sbatch(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["sbatch", "--parsable"] + arguments
    let (output, errors) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, errors)
    try process.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    let problem = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    let number = text.prefix { $0.isNumber }
    guard process.terminationStatus == 0, !number.isEmpty else {
      throw LauncherFailure(
        reason: (problem.isEmpty ? text : problem).split(separator: "\n").joined(separator: "; "))
    }
    return String(number)
  }
}

/// Jobs that could not be submitted.
struct LauncherFailure: Error, CustomStringConvertible {
  let reason: String
  var description: String { "sbatch has not taken the job: \(reason)" }
}

/// The scripts that Slurm runs, in a directory of their own.
private struct SlurmScripts {
  private let directory: RunDirectory
  private let path: String

  init(in study: RunDirectory) throws {
    directory = try study.subdirectory("slurm")
    path = URL(fileURLWithPath: directory.path).standardizedFileURL.path
  }

  /// Writes the script of an array whose tasks run these cases; its path.
  func array(_ cases: [Int], _ command: StudyCommand) throws -> String {
    // What was submitted earlier may still wait for its turn.
    let names = try directory.names()
    let number = (1...).first { !names.contains("array-\($0).sh") }!
    let list = cases.map { "\($0)\n" }.joined()
    try directory.write(Data(list.utf8), to: "cases-\(number).txt")
    let run = command.words(["--part", "--quiet"])
    return try script(
      "array-\(number)", output: "array-\(number)-%a.log",
      """
      # A task runs one case of the study. Before its time is over, or when others need its place, it keeps what is
      # done and is queued again.
      #SBATCH --requeue
      #SBATCH --signal=B:TERM@60
      case=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" \(StudyCommand.quoted(path + "/cases-\(number).txt")))
      trap 'kill -TERM "$child"' TERM
      \(run) --case "$case" --jobs "${SLURM_CPUS_PER_TASK:-1}" &
      child=$!
      wait "$child"
      status=$?
      # The first wait ends with the signal, before the program does.
      if [ "$status" -gt 128 ]; then
        wait "$child"
        status=$?
      fi
      if [ "$status" -eq 75 ]; then
        exec scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
      fi
      exit "$status"
      """)
  }

  /// Writes the script that collects what the arrays have done; its path.
  func collector(_ command: StudyCommand) throws -> String {
    try script("collect", output: "collect.log", "exec \(command.words(["--collect"]))")
  }

  private func script(_ name: String, output: String, _ body: String) throws -> String {
    let text = """
      #!/bin/bash
      #SBATCH --job-name=cyclelife
      #SBATCH --output=\(path)/\(output)
      \(body)

      """
    try directory.write(Data(text.utf8), to: "\(name).sh")
    return "\(path)/\(name).sh"
  }
}

import CycleLife
import RunFiles
import Validation

/// What the exit code of the program says; the codes are those of sysexits.
enum ExitStatus: Int32, CaseIterable {
  /// The run went as far as the cell allows, or the scenario is valid.
  case done = 0
  /// A value that `validate` computed is not within its tolerance, for no known reason.
  case outOfTolerance = 1
  /// The command line is wrong; given by the argument parser.
  case usage = 64
  /// The scenario or the data have mistakes, the data do not determine what is to be fitted, or there is no run.
  case invalidScenario = 65
  /// The scenario is missing or cannot be read.
  case noInput = 66
  /// The solver failed, a cycle broke a conservation law, or not even one could be carried out.
  case failure = 70
  /// The output directory cannot be created or is in use, or a file would be replaced.
  case cannotCreate = 73
  /// Results cannot be written.
  case cannotWrite = 74
  /// The run was asked to stop and can be continued.
  case interrupted = 75

  /// The code in words, as the README has it.
  var meaning: String {
    switch self {
    case .done:
      "done; also when a cell can no longer follow its protocol after at least one cycle, with a warning"
    case .outOfTolerance: "`validate`: a computed row is not within its tolerance, for no known reason"
    case .usage: "wrong command line"
    case .invalidScenario:
      "invalid scenario or data, data that do not determine the parameters to be fitted, or no finished run to report"
    case .noInput: "scenario, data or run missing or unreadable"
    case .failure:
      "solver failure, a cycle that breaks a conservation law, or not one cycle could be carried out; of a study: a failure in all cases, or Slurm takes no job"
    case .cannotCreate:
      "output directory cannot be created, is in use, or holds another run; or a file would be replaced"
    case .cannotWrite: "results cannot be written"
    case .interrupted:
      "interrupted by SIGINT or SIGTERM, or at the end of its time, and the same command continues; or `--collect` finds cases that are not done"
    }
  }

  /// All codes, for `describe`.
  static let description = Description(
    topic: "exit-codes", abstract: "what the exit code of the program says",
    entries: allCases.map { Description.Entry(name: String($0.rawValue), head: $0.meaning) })

  /// The status that stands for an error.
  init(_ error: any Error) {
    self =
      switch error {
      case is ScenarioError, is ProtocolNumberError, FadeFitError.undetermined: .invalidScenario
      case FadeFitError.usage: .usage
      case RunFileError.notARun: .invalidScenario
      case RunFileError.cannotRead: .noInput
      case RunFileError.cannotCreate, RunFileError.cannotContinue, RunFileError.wouldReplace: .cannotCreate
      case RunFileError.cannotWrite: .cannotWrite
      case is RunInterrupted: .interrupted
      default: .failure
      }
  }
}

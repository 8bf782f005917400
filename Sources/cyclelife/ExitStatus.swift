import CycleLife
import RunFiles
import Validation

/// What the exit code of the program says; the codes are those of sysexits.
enum ExitStatus: Int32 {
  /// The run went as far as the cell allows, or the scenario is valid.
  case done = 0
  /// A value that `validate` computed is not within its tolerance.
  case outOfTolerance = 1
  /// The command line is wrong; given by the argument parser.
  case usage = 64
  /// The scenario or the data have mistakes, or the data do not determine what is to be fitted.
  case invalidScenario = 65
  /// The scenario is missing or cannot be read.
  case noInput = 66
  /// The solver failed, or not even one cycle could be carried out.
  case failure = 70
  /// The output directory cannot be created or is in use.
  case cannotCreate = 73
  /// Results cannot be written.
  case cannotWrite = 74
  /// The run was asked to stop and can be continued.
  case interrupted = 75

  /// The status that stands for an error.
  init(_ error: any Error) {
    self =
      switch error {
      case is ScenarioError, is ProtocolNumberError, FadeFitError.undetermined: .invalidScenario
      case FadeFitError.usage: .usage
      case RunFileError.cannotRead: .noInput
      case RunFileError.cannotCreate, RunFileError.cannotContinue: .cannotCreate
      case RunFileError.cannotWrite: .cannotWrite
      case is RunInterrupted: .interrupted
      default: .failure
      }
  }
}

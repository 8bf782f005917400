import Foundation
import RunFiles

/// The reader that is tried, by its name in the environment.
private let reader: UntrustedInput = {
  let name = ProcessInfo.processInfo.environment["CYCLELIFE_READER"] ?? ""
  guard let reader = UntrustedInput(rawValue: name) else {
    let names = UntrustedInput.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    fatalError("CYCLELIFE_READER=\(name): expected one of \(names)")
  }
  return reader
}()

/// Where the reader finds its files.
private let directory: String = {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent(
    "cyclelife-fuzz-\(ProcessInfo.processInfo.processIdentifier)")
  try! FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
  return path.path
}()

/// Gives the reader one input of libFuzzer, whose own `main` calls this.
///
/// What is neither accepted nor refused ends the program, and libFuzzer keeps the input. What a checksum guards is
/// given the right one, or nothing behind it would be reached.
@_cdecl("LLVMFuzzerTestOneInput")
public func tryOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = reader.vouched(Data(UnsafeBufferPointer(start: bytes, count: count)))
  do {
    _ = try reader.accepts(input, in: directory)
  } catch {
    fatalError("\(reader.rawValue): \(error)")
  }
  return 0
}

/// libFuzzer's loop; SwiftPM gives the program an entry of its own in place of libFuzzer's `main`.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ tryOneInput: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

@_cdecl("cyclelife_fuzz_main")
public func fuzz(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt {
  var (count, arguments) = (count, arguments)
  return runDriver(&count, &arguments) { tryOneInput($0, $1) }
}

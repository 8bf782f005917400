import CycleLife
import Foundation

/// All it takes to continue a run from its directory, between two cycles.
///
/// Written as `checkpoint.json`:
///
///     {"format":2,"checksum":"0123456789abcdef","run":{...}}
///
/// The checksum is FNV-1a over the bytes of `run`. Nothing in it depends on when and how often a run was
/// interrupted, so that it stays behind as the final state.
struct Checkpoint: Sendable, Equatable, Codable {
  static let fileName = "checkpoint.json"
  /// The one before, in case the last is damaged.
  static let previousName = "checkpoint.previous.json"
  /// Changes whenever an older program could not continue from what is written.
  static let format = 2

  /// The software and the machine that computed last.
  var environment: RunManifest.Environment
  var request: RunRequest
  var scenario: ScenarioValues
  /// How many bytes of the tables belong to the cycles done.
  var cyclesLength: Int
  var timeSeriesLength: Int
  /// The time series of the last cycle when it is kept only as long as it is the last, else nothing.
  var lastTimeSeries = ""
  /// How many bytes of the tables of reference tests do; nil without them.
  var referenceLengths: RunRecorder.Lengths?
  var state: RunState

  var lengths: RunRecorder.Lengths { .init(cycles: cyclesLength, timeSeries: timeSeriesLength) }
}

// MARK: - The file

extension Checkpoint {
  /// What became of reading a checkpoint.
  enum Reading {
    case missing
    case damaged(reason: String)
    /// Written by a program whose checkpoints have another format.
    case foreign(format: Int)
    case valid(Checkpoint)
  }

  private static func prefix(checksum: String) -> String {
    "{\"format\":\(format),\"checksum\":\"\(checksum)\",\"run\":"
  }
  private static let suffix = "}\n"

  /// Replaces the checkpoint of a directory; the one there is kept as the previous one.
  ///
  /// At every moment the directory holds one that is whole, also when the machine fails.
  func write(in directory: RunDirectory) throws(RunFileError) {
    let content: Data
    do {
      content = try data
    } catch {
      throw .cannotWrite(path: directory.path(of: Checkpoint.fileName), reason: "\(error)")
    }
    try directory.write(content, to: Checkpoint.fileName, keepingAs: Checkpoint.previousName)
    try directory.synchronize()
  }

  /// The whole file.
  var data: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
      return Checkpoint.sealed(try encoder.encode(self))
    }
  }

  /// The file that holds `run`, with its checksum.
  static func sealed(_ run: Data) -> Data {
    Data(prefix(checksum: checksum(run)).utf8) + run + Data(suffix.utf8)
  }

  /// What stands between the heading and the end of a file, be it what it may.
  static func content(of bytes: Data) -> Data {
    Data(bytes.dropFirst(prefix(checksum: checksum(Data())).utf8.count).dropLast(suffix.utf8.count))
  }

  /// The checkpoint in the file of that name.
  static func read(_ name: String, in directory: RunDirectory) -> Reading {
    guard let bytes = directory.content(of: name) else {
      return directory.length(of: name) == nil ? .missing : .damaged(reason: "it cannot be read")
    }
    return read(bytes)
  }

  static func read(_ bytes: Data) -> Reading {
    // The heading is read by itself: what follows it is decoded only when its checksum fits.
    let heading = String(decoding: bytes.prefix(32), as: UTF8.self)
    guard bytes.suffix(2).elementsEqual(suffix.utf8),
      let match = heading.prefixMatch(of: /\{"format":([0-9]{1,9}),/), let written = Int(match.output.1)
    else { return .damaged(reason: "it is not whole") }
    guard written == format else { return .foreign(format: written) }
    let run = content(of: bytes)
    guard bytes.starts(with: prefix(checksum: checksum(run)).utf8) else {
      return .damaged(reason: "its checksum does not fit")
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return .valid(try decoder.decode(Checkpoint.self, from: run))
    } catch {
      return .damaged(reason: "it does not say what a checkpoint says")
    }
  }

  /// FNV-1a of 64 bits, in hexadecimal digits.
  static func checksum(_ bytes: Data) -> String {
    let hash = bytes.withUnsafeBytes { buffer in
      buffer.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

import Foundation

/// A file of finished work, a line of JSON for each piece as it ends, so that what was killed goes on where it was.
///
/// The first line says which work it is. While the file is open no other process can open it.
struct JournalFile<Identity: Codable & Sendable, Entry: Codable & Sendable>: Sendable {
  /// The pieces that were finished before.
  let entries: [Entry]

  private let path: String
  private let file: FileHandle

  /// Begins a journal of this work in `directory`.
  static func begin(_ identity: Identity, in directory: RunDirectory, name: String) throws(RunFileError) {
    try directory.write(try line(identity, path: directory.path(of: name)), to: name)
  }

  /// Opens the journal in `directory` and reads what it holds; drops from the first line on that is not whole.
  ///
  /// - Parameters:
  ///   - work: what another process would be running, in words.
  ///   - refusal: why the work in the file is not to be continued; nil when it is.
  /// - Throws: ``RunFileError/cannotCreate(path:reason:)``; what exists is left untouched then.
  init(in directory: RunDirectory, name: String, work: String, refusal: (Identity) -> String?)
    throws(RunFileError)
  {
    func refused(_ reason: String) -> RunFileError { .cannotCreate(path: directory.path, reason: reason) }
    path = directory.path(of: name)
    let descriptor = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { throw refused("\(name): \(String(cString: strerror(errno)))") }
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    guard hasOneName(descriptor) else { throw refused("\(name) is no file, or has a second name") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw refused("another process is running \(work) in it")
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    var lines = Lines(file)
    guard let first = lines.next(), let there = try? decoder.decode(Identity.self, from: first) else {
      throw directory.inUse
    }
    if let reason = refusal(there) { throw refused(reason) }
    var entries: [Entry] = []
    var length = first.count + 1
    while let line = lines.next(), let entry = try? decoder.decode(Entry.self, from: line) {
      entries.append(entry)
      length += line.count + 1
    }
    guard ftruncate(descriptor, off_t(length)) == 0 else {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
    self.entries = entries
  }

  /// Adds a finished piece and hands it to the operating system.
  func append(_ entry: Entry) throws(RunFileError) {
    let line = try JournalFile.line(entry, path: path)
    do {
      try file.write(contentsOf: line)
    } catch {
      throw .cannotWrite(path: path, reason: error.localizedDescription)
    }
  }

  /// Removes the file, once all results are written.
  func remove() throws(RunFileError) {
    guard unlink(path) == 0 else {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
  }

  /// One line of JSON; numbers read back as the same numbers.
  private static func line(_ value: some Encodable, path: String) throws(RunFileError) -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return try encoder.encode(value) + Data("\n".utf8)
    } catch {
      throw .cannotWrite(path: path, reason: "\(error)")
    }
  }
}

/// The lines of a file that end in a line break, read one after the other.
private struct Lines: IteratorProtocol {
  /// A longer line is none; that of a run of all cycles has a thousandth.
  private static let limit = 1 << 26

  private let file: FileHandle
  private var read = Data()

  init(_ file: FileHandle) { self.file = file }

  /// Nil at the end, and for the line during which the process was killed.
  mutating func next() -> Data? {
    var searched = read.startIndex
    while true {
      if let end = read[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { read = read[(end + 1)...] }
        return Data(read[..<end])
      }
      guard read.count <= Lines.limit, let piece = try? file.read(upToCount: 1 << 16), !piece.isEmpty else {
        return nil
      }
      read = Data(read) + piece
      searched = read.endIndex - piece.count
    }
  }
}

extension RunDirectory {
  /// A directory that exists, whatever it holds.
  init(existing path: String) { self.path = path }
}

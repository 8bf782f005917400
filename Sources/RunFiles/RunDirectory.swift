import Foundation

/// What can go wrong with files.
public enum RunFileError: Error, Sendable, Equatable, CustomStringConvertible {
  /// An input is missing or unreadable.
  case cannotRead(path: String, reason: String)
  /// The output directory cannot be made, or is in use.
  case cannotCreate(path: String, reason: String)
  /// The output directory holds a run that is not to be continued.
  case cannotContinue(path: String, reason: String)
  /// Writing a result failed.
  case cannotWrite(path: String, reason: String)
  /// A file of that name exists and is not to be replaced.
  case wouldReplace(path: String, reason: String)
  /// What was given as the directory of a finished run is none.
  case notARun(path: String, reason: String)

  /// What was attempted, and why it failed.
  public var description: String {
    switch self {
    case .cannotRead(let path, let reason): "cannot read '\(path)': \(reason)"
    case .cannotCreate(let path, let reason): "cannot create the output directory '\(path)': \(reason)"
    case .cannotContinue(let path, let reason): "cannot continue in '\(path)': \(reason)"
    case .cannotWrite(let path, let reason): "cannot write '\(path)': \(reason)"
    case .wouldReplace(let path, let reason): "does not replace '\(path)': \(reason)"
    case .notARun(let path, let reason): "'\(path)' holds no finished run: \(reason)"
    }
  }
}

/// The directory that holds everything one run writes.
///
/// A file has its final name only when it is complete; until then its name ends in `.partial`.
public struct RunDirectory: Sendable {
  /// The path as the user named it.
  public let path: String

  /// Makes the directory, with its parents; an empty one is used as it is.
  ///
  /// Throws ``RunFileError/cannotCreate(path:reason:)``; what exists is left untouched.
  public init(creating path: String) throws(RunFileError) {
    try self.init(path)
    guard try names().isEmpty else { throw inUse }
  }

  /// Makes the directory, with its parents, unless it exists, whatever is in it.
  init(_ path: String) throws(RunFileError) {
    self.path = path
    let files = FileManager.default
    var isDirectory: ObjCBool = false
    if files.fileExists(atPath: path, isDirectory: &isDirectory) {
      guard isDirectory.boolValue else {
        throw .cannotCreate(path: path, reason: "a file of that name exists")
      }
      return
    }
    do {
      try files.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw .cannotCreate(path: path, reason: error.localizedDescription)
    }
  }

  /// Makes a directory in this one, unless it is there; throws where a link of that name leads elsewhere.
  public func subdirectory(_ name: String) throws(RunFileError) -> RunDirectory {
    var status = stat()
    let inner = path(of: name)
    // Without its parents: when this directory was removed, it is not made again.
    guard mkdir(inner, 0o755) == 0 || errno == EEXIST else {
      throw .cannotWrite(path: inner, reason: String(cString: strerror(errno)))
    }
    guard lstat(inner, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw .cannotWrite(path: inner, reason: "it is there and is no directory")
    }
    return RunDirectory(existing: inner)
  }

  /// The names of what is in the directory.
  public func names() throws(RunFileError) -> Set<String> {
    do {
      return Set(try FileManager.default.contentsOfDirectory(atPath: path))
    } catch {
      throw .cannotCreate(path: path, reason: "it exists and cannot be listed")
    }
  }

  /// What is said of a directory that holds something else.
  var inUse: RunFileError {
    .cannotCreate(path: path, reason: "it exists and is not empty; choose another with --output")
  }

  /// The path of a file in the directory.
  public func path(of name: String) -> String {
    path.hasSuffix("/") ? path + name : "\(path)/\(name)"
  }

  /// Writes a whole file.
  public func write(_ content: Data, to name: String) throws(RunFileError) {
    try write(content, to: name, keepingAs: nil)
  }

  /// Writes a whole file; what it replaces gets the name `previous`, unless that is nil.
  func write(_ content: Data, to name: String, keepingAs previous: String?) throws(RunFileError) {
    let file = try PartialFile(path: path(of: name))
    try file.append(content)
    try file.complete(keepingAs: previous.map { path(of: $0) })
  }

  /// The length of a file in bytes; nil where there is none.
  func length(of name: String) -> Int? {
    var status = stat()
    return stat(path(of: name), &status) == 0 ? Int(status.st_size) : nil
  }

  /// Removes a file, if it is there.
  func remove(_ name: String) throws(RunFileError) {
    guard unlink(path(of: name)) == 0 || errno == ENOENT else {
      throw .cannotWrite(path: path(of: name), reason: String(cString: strerror(errno)))
    }
  }

  /// Brings the names of the files to the disk.
  func synchronize() throws(RunFileError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { if descriptor >= 0 { close(descriptor) } }
    // Some file systems synchronise no directories: they keep names in their own way.
    guard descriptor >= 0, fsync(descriptor) == 0 || errno == EINVAL else {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
  }
}

/// The exclusive use of a directory, which ends with the process at the latest.
final class DirectoryLock: Sendable {
  private let descriptor: Int32
  /// Why the directory could not be locked although nobody else has it; nil when it is.
  let problem: String?

  /// Takes the directory; throws ``RunFileError/cannotCreate(path:reason:)`` when another process has it.
  init(_ directory: RunDirectory) throws(RunFileError) {
    // A lock on the directory itself needs no file that could be left behind.
    descriptor = open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw .cannotCreate(path: directory.path, reason: String(cString: strerror(errno)))
    }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
      problem = nil
    } else if errno == EWOULDBLOCK {
      close(descriptor)
      throw .cannotCreate(path: directory.path, reason: "another process is computing in it")
    } else {
      problem = String(cString: strerror(errno))
    }
  }

  deinit { close(descriptor) }
}

/// A file that grows under a temporary name and gets its own when it is complete.
struct PartialFile: Sendable {
  private let path: String
  private let handle: FileHandle

  private var partialPath: String { path + ".partial" }

  /// Creates the file at `path` with `.partial` added to its name; what exists there is replaced.
  ///
  /// Throws ``RunFileError/cannotWrite(path:reason:)``, also where one of the names is a link, a pipe or a device.
  init(path: String) throws(RunFileError) {
    try self.init(path: path, keeping: 0)
  }

  /// Opens the file that was begun or completed at `path` to go on after its first `length` bytes.
  ///
  /// What follows them is cut off. A completed file is partial again.
  init(path: String, keeping length: Int) throws(RunFileError) {
    self.path = path
    let partial = path + ".partial"
    func failure() -> RunFileError { .cannotWrite(path: path, reason: String(cString: strerror(errno))) }
    // What others put there, in a directory from elsewhere, must not lead what is written to another place.
    guard isFileOrMissing(path), isFileOrMissing(partial) else {
      throw .cannotWrite(path: path, reason: "a link, directory or device is in its place")
    }
    guard access(partial, F_OK) == 0 || length == 0 || rename(path, partial) == 0 else { throw failure() }
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o644)
    guard descriptor >= 0 else { throw failure() }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    guard hasOneName(descriptor) else {
      throw .cannotWrite(path: path, reason: "the file has a second name, which would change with it")
    }
    guard ftruncate(descriptor, off_t(length)) == 0, lseek(descriptor, 0, SEEK_END) == off_t(length) else {
      throw failure()
    }
  }

  /// Hands `content` to the operating system; others see it at once.
  func append(_ content: Data) throws(RunFileError) {
    do {
      try handle.write(contentsOf: content)
    } catch {
      throw .cannotWrite(path: path, reason: error.localizedDescription)
    }
  }

  /// How many bytes were written.
  var length: Int {
    get throws(RunFileError) {
      do {
        return Int(try handle.offset())
      } catch {
        throw .cannotWrite(path: path, reason: error.localizedDescription)
      }
    }
  }

  /// Brings what was written to the disk.
  func synchronize() throws(RunFileError) {
    do {
      try handle.synchronize()
    } catch {
      throw .cannotWrite(path: path, reason: error.localizedDescription)
    }
  }

  /// Brings the file to the disk and gives it its own name; what has it gets `previous`, unless that is nil.
  func complete(keepingAs previous: String? = nil) throws(RunFileError) {
    try synchronize()
    do {
      try handle.close()
    } catch {
      throw .cannotWrite(path: path, reason: error.localizedDescription)
    }
    if let previous, rename(path, previous) != 0, errno != ENOENT {
      throw .cannotWrite(path: previous, reason: String(cString: strerror(errno)))
    }
    guard rename(partialPath, path) == 0 else {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
  }
}

/// Whether a path is free, or holds a file.
func isFileOrMissing(_ path: String) -> Bool {
  var status = stat()
  return lstat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
}

/// Whether what is open is a file without a second name.
func hasOneName(_ descriptor: Int32) -> Bool {
  var status = stat()
  return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_nlink <= 1
}

/// Writes a file that is not there yet; throws ``RunFileError``: `wouldReplace` when it is.
func writeNewFile(_ bytes: Data, to path: String) throws(RunFileError) {
  // Asking and making are one step, so that nothing that comes between is lost.
  let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
  guard descriptor >= 0 else {
    let reason = String(cString: strerror(errno))
    throw errno == EEXIST
      ? .wouldReplace(path: path, reason: "it exists; choose another name")
      : .cannotWrite(path: path, reason: reason)
  }
  let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  do {
    try file.write(contentsOf: bytes)
    try file.close()
  } catch {
    throw .cannotWrite(path: path, reason: error.localizedDescription)
  }
}

import Foundation

/// What can go wrong with files.
public enum RunFileError: Error, Sendable, Equatable, CustomStringConvertible {
  /// An input is missing or unreadable.
  case cannotRead(path: String, reason: String)
  /// The output directory cannot be made, or is in use.
  case cannotCreate(path: String, reason: String)
  /// Writing a result failed.
  case cannotWrite(path: String, reason: String)

  /// What was attempted, and why it failed.
  public var description: String {
    switch self {
    case .cannotRead(let path, let reason): "cannot read '\(path)': \(reason)"
    case .cannotCreate(let path, let reason): "cannot create the output directory '\(path)': \(reason)"
    case .cannotWrite(let path, let reason): "cannot write '\(path)': \(reason)"
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
    self.path = path
    let files = FileManager.default
    var isDirectory: ObjCBool = false
    if files.fileExists(atPath: path, isDirectory: &isDirectory) {
      guard isDirectory.boolValue else {
        throw .cannotCreate(path: path, reason: "a file of that name exists")
      }
      guard let content = try? files.contentsOfDirectory(atPath: path) else {
        throw .cannotCreate(path: path, reason: "it exists and cannot be listed")
      }
      guard content.isEmpty else {
        throw .cannotCreate(
          path: path, reason: "it exists and is not empty; choose another with --output")
      }
      return
    }
    do {
      try files.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw .cannotCreate(path: path, reason: error.localizedDescription)
    }
  }

  /// The path of a file in the directory.
  public func path(of name: String) -> String {
    path.hasSuffix("/") ? path + name : "\(path)/\(name)"
  }

  /// Writes a whole file.
  public func write(_ content: Data, to name: String) throws(RunFileError) {
    let file = try PartialFile(path: path(of: name))
    try file.append(content)
    try file.complete()
  }
}

/// A file that grows under a temporary name and gets its own when it is complete.
struct PartialFile: Sendable {
  private let path: String
  private let handle: FileHandle

  private var partialPath: String { path + ".partial" }

  /// Creates the file at `path` with `.partial` added to its name; what exists there is replaced.
  init(path: String) throws(RunFileError) {
    self.path = path
    let descriptor = open(path + ".partial", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Hands `content` to the operating system; others see it at once.
  func append(_ content: Data) throws(RunFileError) {
    do {
      try handle.write(contentsOf: content)
    } catch {
      throw .cannotWrite(path: path, reason: error.localizedDescription)
    }
  }

  /// Brings the file to the disk and gives it its own name.
  func complete() throws(RunFileError) {
    do {
      try handle.synchronize()
      try handle.close()
    } catch {
      throw .cannotWrite(path: path, reason: error.localizedDescription)
    }
    guard rename(partialPath, path) == 0 else {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
  }
}

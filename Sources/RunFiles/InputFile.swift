import Foundation

/// Reads files from elsewhere, of which nothing is known before.
enum InputFile {
  /// What may be read as a file.
  enum Kind {
    /// A file that the user names: also a pipe, as `<(...)` of a shell is.
    case named
    /// A file that a program wrote into a directory: no link, pipe or device.
    case stored
  }

  /// The content of the file at `path`, which has no more than `limit` bytes.
  ///
  /// A larger file is refused by its size, before any of it is read. Throws ``RunFileError/cannotRead(path:reason:)``.
  static func bytes(at path: String, limit: Int, _ kind: Kind = .named) throws(RunFileError) -> Data {
    func refused(_ reason: String) -> RunFileError { .cannotRead(path: path, reason: reason) }
    // Opening a pipe would wait for its writer.
    let flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (kind == .stored ? O_NOFOLLOW | O_NONBLOCK : 0)
    let descriptor = open(path, flags)
    guard descriptor >= 0 else {
      throw refused(errno == ELOOP && kind == .stored ? "it is a link" : String(cString: strerror(errno)))
    }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw refused(String(cString: strerror(errno))) }
    let isRegular = status.st_mode & S_IFMT == S_IFREG
    guard isRegular || kind == .named && status.st_mode & S_IFMT == S_IFIFO else {
      throw refused(status.st_mode & S_IFMT == S_IFDIR ? "it is a directory" : "it is not a file")
    }
    let tooLarge = refused("larger than \(limit >> 20) MiB")
    if isRegular, status.st_size > limit { throw tooLarge }
    var bytes = Data()
    do {
      // A pipe hands over its bytes in pieces and has no size; one byte above the limit shows that it is exceeded.
      while bytes.count <= limit, let piece = try file.read(upToCount: limit + 1 - bytes.count),
        !piece.isEmpty
      {
        bytes.append(piece)
      }
    } catch {
      throw refused("not a readable file")
    }
    guard bytes.count <= limit else { throw tooLarge }
    return bytes
  }
}

extension RunDirectory {
  /// The largest file of a run that is read back, in bytes: a checkpoint of a section of a million nodes has half.
  static let readLimit = 1 << 26

  /// The content of a file in the directory; nil where there is none that can be read.
  ///
  /// Names that lead out of the directory, links and devices are not read: the directory may be from elsewhere.
  func content(of name: String, limit: Int = RunDirectory.readLimit) -> Data? {
    guard isInside(name) else { return nil }
    return try? InputFile.bytes(at: path(of: name), limit: limit, .stored)
  }

  /// Whether a name stays within the directory.
  func isInside(_ name: String) -> Bool {
    !name.hasPrefix("/") && !name.isEmpty && !name.split(separator: "/").contains("..")
  }
}

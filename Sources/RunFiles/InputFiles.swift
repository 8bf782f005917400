import Foundation

/// The files besides the scenario that a run depends on: the image of its section, and those that it names.
struct InputFiles: Sendable {
  let image: SectionFile?
  let named: [any NamedInput]

  /// The names under which the directory of a run keeps them, and their content.
  var files: [(name: String, bytes: Data)] {
    var files: [(name: String, bytes: Data)] = []
    if let image { files.append((image.fileName, image.bytes)) }
    for file in named { files.append((file.storedName, file.bytes)) }
    return files
  }

  /// Puts the files that are not there into a directory.
  func copy(into directory: RunDirectory) throws(RunFileError) {
    try image?.copy(into: directory)
    for file in named { try file.copy(into: directory) }
  }
}

extension Study {
  /// The files that its cases depend on.
  private var inputs: InputFiles {
    InputFiles(image: base.image, named: template.files.profiles.all + template.files.materials.all)
  }
  /// The names under which the directory of the study keeps those files.
  public var inputNames: [String] { inputs.files.map(\.name) }

  /// Puts the files that its cases depend on into a directory.
  public func copyInputs(into directory: RunDirectory) throws(RunFileError) {
    try inputs.copy(into: directory)
  }

  /// Their names and digests, as a manifest lists them.
  var inputRecords: [RunManifest.Input] { inputs.records }
}

extension InputFiles {
  /// Names and digests, as a manifest lists them.
  var records: [RunManifest.Input] {
    files.map { RunManifest.Input(name: $0.name, sha256: Digest($0.bytes).text) }
  }
}

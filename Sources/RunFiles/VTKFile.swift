import Foundation

/// A file of cells with data in the XML formats of VTK.
///
/// Quadrilaterals are an UnstructuredGrid (`.vtu`), which ParaView, PyVista and meshio read, line segments
/// PolyData (`.vtp`), which the first two do. Numbers stand inline in base64, so that they read back as the
/// same numbers.
struct VTKFile {
  enum Shape {
    case quadrilaterals
    case lines
  }

  /// What belongs to every cell; the name is a heading, `Quantity / unit`.
  struct CellData {
    enum Values {
      case numbers([Double])
      case integers([Int])
    }
    let heading: String
    let values: Values
  }

  let shape: Shape
  /// Corners of the cells in the plane, in any unit of length.
  let points: [SIMD2<Double>]
  /// The corners of one cell after the other, around it.
  let corners: [Int]
  let cellData: [CellData]

  /// The whole file.
  var data: Data {
    let type = shape == .lines ? "PolyData" : "UnstructuredGrid"
    let size = shape == .lines ? 2 : 4
    let cells = corners.count / size
    let coordinates = points.flatMap { point -> [Double] in [point.x, point.y, 0] }
    let topology =
      array("Int64", "connectivity", corners.map { Int64($0) })
      + array("Int64", "offsets", (0..<cells).map { Int64(size * ($0 + 1)) })
    // 9 is a quadrilateral.
    let cellElement =
      shape == .lines
      ? "<Lines>\n\(topology)</Lines>\n"
      : "<Cells>\n\(topology)\(array("UInt8", "types", [UInt8](repeating: 9, count: cells)))</Cells>\n"
    let values = cellData.map { column in
      switch column.values {
      case .numbers(let numbers): array("Float64", column.heading, numbers.map(\.bitPattern))
      case .integers(let integers): array("Int32", column.heading, integers.map { Int32($0) })
      }
    }
    return Data(
      """
      <?xml version="1.0"?>
      <VTKFile type="\(type)" version="1.0" byte_order="LittleEndian" header_type="UInt64">
      <\(type)>
      <Piece NumberOfPoints="\(points.count)" \(shape == .lines ? "NumberOfLines" : "NumberOfCells")="\(cells)">
      <CellData>
      \(values.joined())</CellData>
      <Points>
      \(array("Float64", "Points", coordinates.map(\.bitPattern), " NumberOfComponents=\"3\""))</Points>
      \(cellElement)</Piece>
      </\(type)>
      </VTKFile>

      """.utf8)
  }

  /// An array of numbers of one type, given as integers with their bits.
  private func array(_ type: String, _ name: String, _ values: [some FixedWidthInteger], _ more: String = "")
    -> String
  {
    var bytes = Data()
    values.map(\.littleEndian).withUnsafeBytes { values in
      // The number of bytes comes first.
      withUnsafeBytes(of: UInt64(values.count).littleEndian) { bytes.append(contentsOf: $0) }
      bytes.append(contentsOf: values)
    }
    return "<DataArray type=\"\(type)\" Name=\"\(name)\"\(more) format=\"binary\">"
      + "\(bytes.base64EncodedString())</DataArray>\n"
  }
}

/// The list of a run's files of fields with their times, which ParaView opens as a sequence: `fields.pvd`.
struct FieldCollection: Equatable {
  static let fileName = "fields.pvd"

  /// One file: the time of the moment, s, and which part of the picture it is.
  struct Entry: Equatable {
    let time: Double
    let part: Int
    let file: String
  }

  private(set) var entries: [Entry] = []

  init() {}

  /// The collection that ``text`` gives; what is not understood is left out.
  init(_ text: String) {
    entries = text.matches(of: /<DataSet timestep="([^"]+)" part="(\d+)" file="([^"]+)"\/>/).compactMap {
      guard let time = Double($0.output.1), let part = Int($0.output.2) else { return nil }
      return Entry(time: time, part: part, file: String($0.output.3))
    }
  }

  /// Adds the files of a moment; what was listed from there on is computed again.
  mutating func add(_ files: [String], time: Double) {
    entries.removeAll { $0.time >= time }
    entries += files.enumerated().map { Entry(time: time, part: $0.offset, file: $0.element) }
  }

  /// The whole file.
  var text: String {
    let lines = entries.map { "<DataSet timestep=\"\($0.time)\" part=\"\($0.part)\" file=\"\($0.file)\"/>\n" }
    return """
      <?xml version="1.0"?>
      <VTKFile type="Collection" version="0.1" byte_order="LittleEndian">
      <Collection>
      \(lines.joined())</Collection>
      </VTKFile>

      """
  }
}

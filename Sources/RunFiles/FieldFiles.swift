import CellPhysics
import CycleLife
import Foundation

/// Writes the fields that a run records into `fields` of its directory.
///
/// Every file is a function of the cycle and its moment: when a cycle is computed again, its files come out as
/// they were.
struct FieldFiles {
  static let directoryName = "fields"

  /// What is written of each moment; each is a file for VTK and a table from which figures are drawn.
  enum Part: String, CaseIterable {
    case fields
    case cracks
    case interface

    /// The name of a file without extension: `fields-000025-charged`.
    func name(_ cycle: Int, _ moment: FieldRecord.Moment) -> String {
      "\(name(cycle))-\(moment.rawValue)"
    }

    /// The name of what shows a whole cycle.
    func name(_ cycle: Int) -> String { rawValue + String(format: "-%06d", cycle) }

    fileprivate var vtkExtension: String { self == .fields ? "vtu" : "vtp" }
  }

  private let run: RunDirectory

  /// Files in the directory of a run; nothing is made before there is something to write.
  init(in run: RunDirectory) { self.run = run }

  /// The path of the directory for the fields.
  var path: String { run.path(of: FieldFiles.directoryName) }

  /// Writes all files of a moment and lists them in the collection.
  func write(_ record: FieldRecord) throws(RunFileError) {
    let directory = try run.subdirectory(FieldFiles.directoryName)
    var listed: [String] = []
    for part in Part.allCases {
      let picture = FieldPicture(part, of: record)
      let name = part.name(record.cycle, record.moment)
      listed.append("\(name).\(part.vtkExtension)")
      try directory.write(picture.vtk.data, to: listed[listed.count - 1])
      try directory.write(Data(picture.table.utf8), to: "\(name).csv")
    }
    let stored = directory.content(of: FieldCollection.fileName)
    guard stored != nil || directory.length(of: FieldCollection.fileName) == nil else {
      throw .cannotRead(
        path: directory.path(of: FieldCollection.fileName), reason: "it is there and lists what is")
    }
    var collection = FieldCollection(String(decoding: stored ?? Data(), as: UTF8.self))
    collection.add(listed, time: record.time)
    try directory.write(Data(collection.text.utf8), to: FieldCollection.fileName)
    try directory.synchronize()
    try run.synchronize()
  }

  /// Writes the places of largest tension of a cycle.
  func write(_ hotspots: [HotspotRecord]) throws(RunFileError) {
    guard let cycle = hotspots.first?.cycle else { return }
    let table = Table<HotspotRow>.hotspots(isStudy: false)
    let lines = HotspotRow.rows(hotspots).map { table.line($0) + "\n" }
    let directory = try run.subdirectory(FieldFiles.directoryName)
    try directory.write(Data((table.header + "\n" + lines.joined()).utf8), to: FieldFiles.hotspots(cycle))
    try directory.synchronize()
  }

  private static func hotspots(_ cycle: Int) -> String { String(format: "hotspots-%06d.csv", cycle) }

  /// The names, from the run's directory, of what was written of these cycles.
  func names(_ cycles: [Int]) -> [String] {
    let files = cycles.flatMap { cycle in
      let moments = moments(of: cycle)
      return moments.flatMap { moment in
        Part.allCases.flatMap { part in
          [part.vtkExtension, "csv"].map { "\(part.name(cycle, moment)).\($0)" }
        }
      } + (moments.isEmpty ? [] : [FieldFiles.hotspots(cycle)])
    }
    return (files.isEmpty ? [] : [FieldCollection.fileName] + files).map {
      "\(FieldFiles.directoryName)/\($0)"
    }
  }

  /// The moments of a cycle that were written, in the order of time.
  func moments(of cycle: Int) -> [FieldRecord.Moment] {
    let directory = path
    return FieldRecord.Moment.allCases.filter {
      FileManager.default.fileExists(atPath: "\(directory)/\(Part.fields.name(cycle, $0)).csv")
    }
  }
}

/// One part of a moment's fields: cells, or lines, with their data in the units of the headings.
struct FieldPicture {
  /// The two ends of a line or a diagonal of a cell, (X, Y) in um.
  private let ends: [(from: SIMD2<Double>, to: SIMD2<Double>)]
  private let columns: [VTKFile.CellData]
  let vtk: VTKFile

  init(_ part: FieldFiles.Part, of record: FieldRecord) {
    let (mesh, um, megapascal) = (record.mesh, Unit("um")!, Unit("MPa")!)
    func place(_ x: Double, _ y: Double) -> SIMD2<Double> { SIMD2(um.fromSI(x), um.fromSI(y)) }
    func numbers(_ heading: String, _ unit: Unit, _ values: [Double]) -> VTKFile.CellData {
      .init(heading: heading, values: .numbers(values.map { unit.fromSI($0) }))
    }
    switch part {
    case .fields:
      let solid = (0..<mesh.cellCount).filter { mesh.isSolid[$0] }
      func quantity(_ heading: String, _ unit: Unit, _ values: [Double]) -> VTKFile.CellData {
        numbers(heading, unit, solid.map { values[$0] })
      }
      let one = Unit("1")!
      columns = [
        quantity("Lithium Content / 1", one, record.contentOfCells),
        quantity("Stress XX / MPa", megapascal, record.stress.xx),
        quantity("Stress YY / MPa", megapascal, record.stress.yy),
        quantity("Largest Principal Stress / MPa", megapascal, record.largestPrincipalStress),
        quantity("Crystal Angle / deg", Unit("deg")!, mesh.crystalAngle),
      ]
      let lines = mesh.yCount + 1
      let nodes = solid.map { $0 / mesh.yCount * lines + $0 % mesh.yCount }
      let points = mesh.xEdges.flatMap { x in mesh.yEdges.map { place(x, $0) } }
      ends = nodes.map { (points[$0], points[$0 + lines + 1]) }
      vtk = VTKFile(
        shape: .quadrilaterals, points: points,
        corners: nodes.flatMap { [$0, $0 + lines, $0 + lines + 1, $0 + 1] }, cellData: columns)
    case .cracks:
      let cracks = record.cracks
      columns = [
        numbers("Half-Length / um", um, cracks.map(\.crack.halfLength)),
        numbers("Inclination / deg", Unit("deg")!, cracks.map(\.crack.inclination)),
        numbers("Stress Intensity / MPa m^0.5", Unit("MPa m^0.5")!, cracks.map(\.intensity)),
        .init(heading: "Open / 1", values: .integers(cracks.map { $0.isOpen ? 1 : 0 })),
        .init(heading: "Blocking / 1", values: .integers(cracks.map { $0.isBlocking ? 1 : 0 })),
      ]
      ends = cracks.map(\.crack).map { crack in
        let (back, front) = (crack.point(at: -crack.tips[0]), crack.point(at: crack.tips[1]))
        return (place(back.x, back.y), place(front.x, front.y))
      }
      vtk = VTKFile(ends, columns)
    case .interface:
      columns = [
        numbers("Contact / 1", Unit("1")!, record.contactOfCells),
        numbers("Stress XX / MPa", megapascal, record.stress.interfaceNormal),
        numbers("Stress XY / MPa", megapascal, record.stress.interfaceShear),
      ]
      ends = (0..<mesh.yCount).map { (place(0, mesh.yEdges[$0]), place(0, mesh.yEdges[$0 + 1])) }
      vtk = VTKFile(ends, columns)
    }
  }

  /// The same as a table; positions are Y, depths X.
  var table: String {
    let headings =
      ["Position From / um", "Position To / um", "Depth From / um", "Depth To / um"] + columns.map(\.heading)
    let lines = ends.indices.map { index in
      let (from, to) = ends[index]
      let values = columns.map { column in
        switch column.values {
        case .numbers(let numbers): numbers[index].description
        case .integers(let integers): integers[index].description
        }
      }
      return ([from.y, to.y, from.x, to.x].map(\.description) + values).joined(separator: ",") + "\n"
    }
    return headings.joined(separator: ",") + "\n" + lines.joined()
  }
}

extension VTKFile {
  /// Separate lines with their data.
  fileprivate init(_ lines: [(from: SIMD2<Double>, to: SIMD2<Double>)], _ columns: [CellData]) {
    self.init(
      shape: .lines, points: lines.flatMap { [$0.from, $0.to] }, corners: Array(0..<(2 * lines.count)),
      cellData: columns)
  }
}

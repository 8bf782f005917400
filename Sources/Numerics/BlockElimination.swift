import CSuiteSparse

/// Elimination in dense blocks of a matrix whose factor is kept column by column.
///
/// For a single right-hand side, columns are substituted twice as fast as blocks, which hold zeros besides; blocks are
/// eliminated twice as fast. So each does what it is good at, and the numbers are copied from the ones to the others.
/// The blocks are working space, shared by all factors of a pattern.
/// Source: supernodes, Chen, Davis, Hager & Rajamanickam, ACM TOMS 35(3), 22 (2008).
final class BlockElimination {
  private let common: UnsafeMutablePointer<cholmod_common>
  private var blocks: UnsafeMutablePointer<cholmod_factor>?
  /// Where in the blocks each number of the columns lies, and where in the columns it belongs.
  private var sources: [Int32] = []
  private var targets: [Int32] = []

  /// Operations per number of the factor from which blocks pay off, as CHOLMOD has it.
  static let leastOperations = 40.0

  /// Analyses the pattern of `matrix` for the order in which `columns` were eliminated.
  ///
  /// - Throws: ``NumericalError`` when there is no memory.
  init(_ matrix: UnsafeMutablePointer<cholmod_sparse>, like columns: cholmod_factor) throws {
    common = SparseCholesky.makeCommon(Int32(CHOLMOD_SUPERNODAL))
    common.pointee.postorder = 0
    // Columns are merged to blocks that hold more zeros than is the rule: on these matrices a tenth of the time of
    // an elimination is arithmetic.
    common.pointee.nrelax = (8, 32, 64)
    common.pointee.zrelax = (0.9, 0.3, 0.1)
    csuitesparse_set_ordering(common, Int32(CHOLMOD_GIVEN))
    blocks = cholmod_analyze_p(
      matrix, columns.Perm.assumingMemoryBound(to: Int32.self), nil, 0, common)
    guard blocks != nil else {
      throw NumericalError(
        routine: "cholmod_analyze_p", code: Int(common.pointee.status), reason: "the analysis failed")
    }
    match(columns)
  }

  deinit {
    cholmod_free_factor(&blocks, common)
    cholmod_finish(common)
    common.deallocate()
  }

  private func match(_ columns: cholmod_factor) {
    let blocks = blocks!.pointee
    func integers(_ pointer: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Int32> {
      pointer.assumingMemoryBound(to: Int32.self)
    }
    let (starts, counts, rows) = (integers(columns.p), integers(columns.nz), integers(columns.i))
    let (first, rowStarts, places, blockRows) = (
      integers(blocks.`super`), integers(blocks.pi), integers(blocks.px), integers(blocks.s)
    )
    for block in 0..<Int(blocks.nsuper) {
      let (begin, end) = (Int(rowStarts[block]), Int(rowStarts[block + 1]))
      for column in Int(first[block])..<Int(first[block + 1]) {
        let place = Int(places[block]) + (column - Int(first[block])) * (end - begin)
        var row = begin
        let start = Int(starts[column])
        for k in start..<start + Int(counts[column]) {
          // Both are in the order of rows.
          while blockRows[row] != rows[k] { row += 1 }
          sources.append(Int32(place + row - begin))
          targets.append(Int32(k))
        }
      }
    }
  }

  /// Eliminates a matrix of the pattern, and puts the numbers of its factor into `columns`; whether it is positive
  /// definite.
  func eliminate(_ matrix: UnsafeMutablePointer<cholmod_sparse>, into columns: cholmod_factor) -> Bool {
    Library.serialise()
    guard cholmod_factorize(matrix, blocks, common) != 0, common.pointee.status == CHOLMOD_OK else {
      return false
    }
    let values = columns.x.assumingMemoryBound(to: Double.self)
    let numbers = blocks!.pointee.x.assumingMemoryBound(to: Double.self)
    sources.withUnsafeBufferPointer { sources in
      targets.withUnsafeBufferPointer { targets in
        for k in sources.indices { values[Int(targets[k])] = numbers[Int(sources[k])] }
      }
    }
    return true
  }
}

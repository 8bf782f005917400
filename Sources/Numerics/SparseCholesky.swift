import CSuiteSparse

/// The Cholesky factor of a sparse symmetric positive definite matrix (SuiteSparse CHOLMOD).
///
/// The pattern is analysed once; values may be factorised again and again. A set of unknowns can be
/// asked to be eliminated last, whose Schur complement is then read from the factor for free.
/// Source: Chen, Davis, Hager & Rajamanickam, ACM TOMS 35(3), 22 (2008).
public final class SparseCholesky {
  private let common: UnsafeMutablePointer<cholmod_common>
  private var factor: UnsafeMutablePointer<cholmod_factor>?
  private var solution: UnsafeMutablePointer<cholmod_dense>?
  private var workY: UnsafeMutablePointer<cholmod_dense>?
  private var workE: UnsafeMutablePointer<cholmod_dense>?
  /// Eliminates larger problems that are stored column by column.
  private var blocks: BlockElimination?
  /// METIS draws from the one random stream of the C library, which it seeds at the start: two dissections at
  /// once would take numbers from each other, and the round-off of their factors would depend on chance.
  private static let dissection = Locked(())
  /// What all factors of the pattern have in common when they are condensed.
  private var pattern: PanelFactor.Pattern?

  /// The number of unknowns.
  public let count: Int
  /// The unknowns eliminated last, in the order of elimination.
  public private(set) var trailing: [Int] = []
  /// How many numerical factorisations were made.
  public private(set) var factorizations = 0
  /// How many right-hand sides were solved for.
  public private(set) var solves = 0

  /// How the factor is stored: column by column, or in dense blocks for larger problems.
  public enum Storage: Sendable { case simplicial, supernodal }

  /// Analyses and factorises `matrix`.
  ///
  /// - Parameters:
  ///   - trailing: unknowns to eliminate last (simplicial storage only).
  ///   - storage: supernodal pays off for elasticity, simplicial for small diffusion problems.
  /// - Throws: ``NumericalError`` when the matrix is not positive definite.
  public init(
    _ matrix: SparseSymmetricMatrix, trailing: [Int] = [], storage: Storage = .simplicial
  ) throws {
    count = matrix.count
    common = SparseCholesky.makeCommon(
      storage == .supernodal ? Int32(CHOLMOD_SUPERNODAL) : Int32(CHOLMOD_SIMPLICIAL))

    var permutation: [Int32] = []
    if !trailing.isEmpty {
      permutation = try ordering(matrix, last: trailing)
      self.trailing = trailing
      csuitesparse_set_ordering(common, Int32(CHOLMOD_GIVEN))
      // A postordering could move the trailing unknowns forward.
      common.pointee.postorder = 0
    } else {
      csuitesparse_set_ordering(common, Int32(CHOLMOD_AMD))
    }
    try withView(of: matrix) { view in
      factor =
        trailing.isEmpty
        ? cholmod_analyze(view, common) : cholmod_analyze_p(view, &permutation, nil, 0, common)
      guard factor != nil else { throw failure("cholmod_analyze", "the analysis failed") }
    }
    try factorize(matrix)
    // Factors with trailing unknowns are made again and again, others once.
    if !trailing.isEmpty && common.pointee.fl >= BlockElimination.leastOperations * common.pointee.lnz {
      try withView(of: matrix) { blocks = try BlockElimination($0, like: factor!.pointee) }
      // Once more, so that a factor does not depend on which was the first of its pattern.
      try factorize(matrix)
      factorizations = 1
    }
  }

  static func makeCommon(_ storage: Int32) -> UnsafeMutablePointer<cholmod_common> {
    _ = Library.ready
    let common = UnsafeMutablePointer<cholmod_common>.allocate(capacity: 1)
    cholmod_start(common)
    common.pointee.print = 0
    common.pointee.final_ll = 1
    common.pointee.quick_return_if_not_posdef = 1
    common.pointee.supernodal = storage
    return common
  }

  deinit {
    cholmod_free_dense(&solution, common)
    cholmod_free_dense(&workY, common)
    cholmod_free_dense(&workE, common)
    cholmod_free_factor(&factor, common)
    cholmod_finish(common)
    common.deallocate()
  }

  /// A fill-reducing ordering that ends with the unknowns in `last`: nested dissection of all others.
  private func ordering(_ matrix: SparseSymmetricMatrix, last: [Int]) throws -> [Int32] {
    var position = [Int](repeating: 0, count: count)
    for unknown in last { position[unknown] = -1 }
    var interior: [Int32] = []
    for unknown in 0..<count where position[unknown] == 0 {
      position[unknown] = interior.count
      interior.append(Int32(unknown))
    }
    var entries: [SparseSymmetricMatrix.Entry] = []
    for column in 0..<count where position[column] >= 0 {
      for k in Int(matrix.columnPointers[column])..<Int(matrix.columnPointers[column + 1]) {
        let row = position[Int(matrix.rowIndices[k])]
        if row >= 0 { entries.append(.init(row, position[column], 1)) }
      }
    }
    let graph = SparseSymmetricMatrix(count: interior.count, entries: entries)
    var order = [Int32](repeating: 0, count: interior.count)
    if !interior.isEmpty {
      var parents = order
      var members = order
      try withView(of: graph) { view in
        let separators = SparseCholesky.dissection.withLock { _ in
          cholmod_nested_dissection(view, nil, 0, &order, &parents, &members, common)
        }
        guard separators >= 0 else {
          throw failure("cholmod_nested_dissection", "no ordering found")
        }
      }
    }
    return order.map { interior[Int($0)] } + last.map(Int32.init)
  }

  /// Factorises a matrix with the pattern that was analysed and new values.
  ///
  /// - Throws: ``NumericalError`` when the matrix is not positive definite.
  public func factorize(_ matrix: SparseSymmetricMatrix) throws {
    precondition(matrix.count == count, "the pattern was analysed for another matrix")
    try withView(of: matrix) { view in
      if let blocks {
        guard blocks.eliminate(view, into: factor!.pointee) else {
          throw failure("cholmod_factorize", "the matrix is not positive definite")
        }
        return
      }
      Library.serialise()
      let done = cholmod_factorize(view, factor, common)
      guard done != 0, common.pointee.status == CHOLMOD_OK else {
        let isIndefinite = common.pointee.status == CHOLMOD_NOT_POSDEF
        throw failure(
          "cholmod_factorize",
          isIndefinite ? "the matrix is not positive definite" : "the factorisation failed")
      }
    }
    factorizations += 1
  }

  /// Solves for `columns` right-hand sides stored one after another, in place.
  ///
  /// - Parameter values: `columns * count` numbers, replaced by the solutions.
  public func solve(_ values: UnsafeMutablePointer<Double>, columns: Int = 1) throws {
    var rightHandSide = cholmod_dense()
    rightHandSide.nrow = count
    rightHandSide.ncol = columns
    rightHandSide.nzmax = count * columns
    rightHandSide.d = count
    rightHandSide.x = UnsafeMutableRawPointer(values)
    rightHandSide.xtype = Int32(CHOLMOD_REAL)
    rightHandSide.dtype = Int32(CHOLMOD_DOUBLE)
    let done = cholmod_solve2(
      Int32(CHOLMOD_A), factor, &rightHandSide, nil, &solution, nil, &workY, &workE, common)
    guard done != 0, let solution else { throw failure("cholmod_solve2", "the solve failed") }
    values.update(
      from: solution.pointee.x.assumingMemoryBound(to: Double.self), count: count * columns)
    solves += columns
  }

  /// Solves for one right-hand side.
  ///
  /// - Returns: the `count` unknowns.
  public func solve(_ rightHandSide: [Double]) throws -> [Double] {
    var values = rightHandSide
    try values.withUnsafeMutableBufferPointer { try solve($0.baseAddress!) }
    return values
  }

  /// The factor as it is now, for solutions that are found elsewhere on ``trailing``.
  ///
  /// Later factorisations leave it as it is.
  public func condensed() -> CondensedFactor {
    let columns = factor!.pointee
    let pattern = pattern ?? PanelFactor.Pattern(columns, leading: count - trailing.count)
    self.pattern = pattern
    return CondensedFactor(
      trailing: trailing, trailingFactor: trailingBlock(), panels: PanelFactor(pattern, columns))
  }

  /// Reads the trailing block of the factor.
  private func trailingBlock() -> DenseMatrix {
    let size = trailing.count
    var block = DenseMatrix(rows: size, columns: size)
    let stored = factor!.pointee
    precondition(
      stored.is_super == 0 && stored.is_ll != 0, "a trailing factor needs simplicial storage")
    let starts = stored.p.assumingMemoryBound(to: Int32.self)
    let counts = stored.nz.assumingMemoryBound(to: Int32.self)
    let rows = stored.i.assumingMemoryBound(to: Int32.self)
    let values = stored.x.assumingMemoryBound(to: Double.self)
    let first = count - size
    for column in 0..<size {
      let start = Int(starts[first + column])
      for k in start..<(start + Int(counts[first + column])) {
        block[Int(rows[k]) - first, column] = values[k]
      }
    }
    return block
  }

  /// Runs `body` with CHOLMOD's view of the matrix, whose arrays are borrowed, not copied.
  private func withView(
    of matrix: SparseSymmetricMatrix,
    _ body: (UnsafeMutablePointer<cholmod_sparse>) throws -> Void
  ) throws {
    try matrix.columnPointers.withUnsafeBufferPointer { pointers in
      try matrix.rowIndices.withUnsafeBufferPointer { rows in
        try matrix.values.withUnsafeBufferPointer { values in
          var view = cholmod_sparse()
          view.nrow = matrix.count
          view.ncol = matrix.count
          view.nzmax = values.count
          view.p = UnsafeMutableRawPointer(mutating: pointers.baseAddress!)
          view.i = UnsafeMutableRawPointer(mutating: rows.baseAddress!)
          view.x = UnsafeMutableRawPointer(mutating: values.baseAddress!)
          view.stype = -1
          view.itype = Int32(CHOLMOD_INT)
          view.xtype = Int32(CHOLMOD_REAL)
          view.dtype = Int32(CHOLMOD_DOUBLE)
          view.sorted = 1
          view.packed = 1
          try body(&view)
        }
      }
    }
  }

  private func failure(_ routine: String, _ reason: String) -> NumericalError {
    let status = common.pointee.status
    let cause =
      switch status {
      case CHOLMOD_OUT_OF_MEMORY: ": out of memory"
      case CHOLMOD_TOO_LARGE: ": too large"
      default: ""
      }
    return NumericalError(routine: routine, code: Int(status), reason: reason + cause)
  }
}

import CSuiteSparse

/// A Cholesky factor in single precision, in panels of neighbouring columns that have the same rows.
///
/// A substitution is bound by reading the factor. With rows kept once for a panel and four bytes a number it reads a
/// third of what CHOLMOD's columns hold, in one stream. Its seven digits are enough for iterations that correct what
/// they are off by, as those of a time step: each is told how far it still is in double precision.
///
/// The unknowns eliminated last are left to the caller: the panels are those of all columns before.
struct PanelFactor: Sendable {
  /// What factors of one pattern have in common.
  final class Pattern: Sendable {
    struct Panel: Sendable {
      /// The columns.
      var first: Int32
      var width: Int32
      /// The blocks of four rows below them, where in ``Pattern/rows`` and where in the numbers they begin.
      var blocks: Int32
      var rows: Int32
      var numbers: Int32
    }

    let count: Int
    let leading: Int
    /// The unknown of each position in the order of elimination.
    let order: [Int32]
    let panels: [Panel]
    /// The rows below each panel, filled up to fours with one beyond the last.
    let rows: [Int32]
    /// Vectors of four that hold all numbers.
    let vectors: Int

    /// No panel is wider, so that little is in triangles, which are substituted one by one.
    static let widest = 16

    /// Finds the panels of the first `leading` columns of a factor that is kept column by column.
    init(_ factor: cholmod_factor, leading: Int) {
      count = factor.n
      self.leading = leading
      order = Array(
        UnsafeBufferPointer(start: factor.Perm.assumingMemoryBound(to: Int32.self), count: factor.n))
      let starts = factor.p.assumingMemoryBound(to: Int32.self)
      let counts = factor.nz.assumingMemoryBound(to: Int32.self)
      let rowsOfColumns = factor.i.assumingMemoryBound(to: Int32.self)
      var panels: [Panel] = []
      var rows: [Int32] = []
      var (column, vectors) = (0, 0)
      while column < leading {
        var width = 1
        // Where the next row is the next column and that has one row less, it has the same rows.
        while width < Self.widest, column + width < leading,
          counts[column + width] == counts[column + width - 1] - 1,
          rowsOfColumns[Int(starts[column + width - 1]) + 1] == Int32(column + width)
        {
          width += 1
        }
        let below = Int(counts[column]) - width
        let blocks = (below + 3) / 4
        panels.append(
          Panel(
            first: Int32(column), width: Int32(width), blocks: Int32(blocks), rows: Int32(rows.count),
            numbers: Int32(vectors)))
        let start = Int(starts[column]) + width
        rows += (0..<below).map { rowsOfColumns[start + $0] }
        rows += [Int32](repeating: Int32(count), count: 4 * blocks - below)
        vectors += (width * width + 3) / 4 + width * blocks
        column += width
      }
      (self.panels, self.rows, self.vectors) = (panels, rows, vectors)
    }
  }

  let pattern: Pattern
  /// Of each panel the triangle, column by column with the inverse of its diagonal, then block after block of rows,
  /// a vector of four rows for each column.
  private var numbers: [SIMD4<Float>]

  init(_ pattern: Pattern, _ factor: cholmod_factor) {
    self.pattern = pattern
    numbers = [SIMD4<Float>](repeating: .zero, count: pattern.vectors)
    fill(factor)
  }

  /// Takes the numbers of a factor of the pattern.
  private mutating func fill(_ factor: cholmod_factor) {
    let starts = factor.p.assumingMemoryBound(to: Int32.self)
    let counts = factor.nz.assumingMemoryBound(to: Int32.self)
    let values = factor.x.assumingMemoryBound(to: Double.self)
    numbers.withUnsafeMutableBufferPointer { numbers in
      for panel in pattern.panels {
        let (first, width) = (Int(panel.first), Int(panel.width))
        let triangle = UnsafeMutableRawPointer(numbers.baseAddress! + Int(panel.numbers))
          .assumingMemoryBound(to: Float.self)
        let below = numbers.baseAddress! + Int(panel.numbers) + (width * width + 3) / 4
        for column in 0..<width {
          let source = values + Int(starts[first + column])
          triangle[column * width + column] = Float(1 / source[0])
          for row in (column + 1)..<max(width, column + 1) {
            triangle[column * width + row] = Float(source[row - column])
          }
          let rest = Int(counts[first + column]) - (width - column)
          for row in 0..<rest {
            below[row / 4 * width + column][row % 4] = Float(source[width - column + row])
          }
        }
      }
    }
  }

  /// Space that substitutions work in.
  struct Workspace {
    /// The unknowns in the order of elimination, and one that takes what belongs to none.
    var unknowns: [Float]
    fileprivate var sums: [SIMD4<Float>]

    init(_ pattern: Pattern) {
      unknowns = [Float](repeating: 0, count: pattern.count + 1)
      sums = [SIMD4<Float>](repeating: .zero, count: Pattern.widest)
    }
  }

  /// Replaces a right-hand side by L^-1 of it in the leading unknowns, and by what is left of it in the others.
  func substituteForward(_ work: inout Workspace) {
    withPointers(&work) { unknowns, sums, numbers, rows in
      for panel in pattern.panels {
        let width = Int(panel.width)
        let x = unknowns + Int(panel.first)
        let triangle = UnsafeRawPointer(numbers + Int(panel.numbers)).assumingMemoryBound(to: Float.self)
        for column in 0..<width {
          let value = x[column] * triangle[column &* width &+ column]
          x[column] = value
          sums[column] = SIMD4(repeating: value)
          for row in (column &+ 1)..<max(width, column &+ 1) {
            x[row] -= value * triangle[column &* width &+ row]
          }
        }
        var below = numbers + Int(panel.numbers) + (width &* width &+ 3) / 4
        var row = rows + Int(panel.rows)
        for _ in 0..<Int(panel.blocks) {
          var sum = below[0] * sums[0]
          for column in 1..<max(width, 1) { sum += below[column] * sums[column] }
          unknowns[Int(row[0])] -= sum[0]
          unknowns[Int(row[1])] -= sum[1]
          unknowns[Int(row[2])] -= sum[2]
          unknowns[Int(row[3])] -= sum[3]
          below += width
          row += 4
        }
      }
    }
  }

  /// Replaces the leading unknowns by L^-T of them, with the others known.
  func substituteBackward(_ work: inout Workspace) {
    work.unknowns[pattern.count] = 0
    withPointers(&work) { unknowns, sums, numbers, rows in
      for index in stride(from: pattern.panels.count - 1, through: 0, by: -1) {
        let panel = pattern.panels[index]
        let width = Int(panel.width)
        let x = unknowns + Int(panel.first)
        for column in 0..<width { sums[column] = .zero }
        var below = numbers + Int(panel.numbers) + (width &* width &+ 3) / 4
        var row = rows + Int(panel.rows)
        for _ in 0..<Int(panel.blocks) {
          let known = SIMD4(
            unknowns[Int(row[0])], unknowns[Int(row[1])], unknowns[Int(row[2])], unknowns[Int(row[3])])
          for column in 0..<width { sums[column] += below[column] * known }
          below += width
          row += 4
        }
        let triangle = UnsafeRawPointer(numbers + Int(panel.numbers)).assumingMemoryBound(to: Float.self)
        for column in stride(from: width &- 1, through: 0, by: -1) {
          var value = x[column] - sums[column].sum()
          for row in (column &+ 1)..<max(width, column &+ 1) {
            value -= x[row] * triangle[column &* width &+ row]
          }
          x[column] = value * triangle[column &* width &+ column]
        }
      }
    }
  }

  private func withPointers(
    _ work: inout Workspace,
    _ body: (
      UnsafeMutablePointer<Float>, UnsafeMutablePointer<SIMD4<Float>>, UnsafePointer<SIMD4<Float>>,
      UnsafePointer<Int32>
    ) -> Void
  ) {
    work.unknowns.withUnsafeMutableBufferPointer { unknowns in
      work.sums.withUnsafeMutableBufferPointer { sums in
        numbers.withUnsafeBufferPointer { numbers in
          pattern.rows.withUnsafeBufferPointer { rows in
            guard let numbers = numbers.baseAddress, let rows = rows.baseAddress else { return }
            // Numbers of a front that has decayed below the range of single precision are zero, and as fast as others.
            let mode = csuitesparse_flush_to_zero()
            body(unknowns.baseAddress!, sums.baseAddress!, numbers, rows)
            csuitesparse_restore(mode)
          }
        }
      }
    }
  }
}

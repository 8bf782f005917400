/// A Cholesky factor that keeps what substitutions need when the solution on some unknowns is found elsewhere.
///
/// All other unknowns are eliminated: their columns are kept in single precision, the Schur complement onto the
/// trailing ones in double precision. It takes a third of the memory of the factor that it was read from, and stays
/// that of its own matrix when other values are factorised.
/// Source: static condensation, Zienkiewicz, Taylor & Zhu, The Finite Element Method, 7th ed. (2013).
public struct CondensedFactor: Sendable {
  /// The unknowns eliminated last, in the order of elimination.
  public let trailing: [Int]
  /// The lower Cholesky factor of the Schur complement onto ``trailing``, in that order.
  ///
  /// Eliminating all other unknowns leaves the matrix L Lᵀ on the trailing ones.
  public let trailingFactor: DenseMatrix
  private let panels: PanelFactor

  init(trailing: [Int], trailingFactor: DenseMatrix, panels: PanelFactor) {
    (self.trailing, self.trailingFactor, self.panels) = (trailing, trailingFactor, panels)
  }

  /// Solves one system to six digits whose solution on the trailing unknowns is found elsewhere.
  ///
  /// Costs one forward and one backward substitution in single precision.
  ///
  /// - Parameters:
  ///   - values: the right-hand side, one number for each unknown; replaced by the solution.
  ///   - trailingSolution: given what is left of the right-hand side on ``trailing`` when all other unknowns are
  ///     eliminated, returns the solution there, such as ``solveTrailing(_:)``; both in the order of ``trailing``.
  public func solve(
    _ values: UnsafeMutablePointer<Double>, trailingSolution: ([Double]) throws -> [Double]
  ) rethrows {
    let (order, first) = (panels.pattern.order, panels.pattern.leading)
    // The range of single precision is small: the right-hand side is brought to the order of one.
    let largest = order.indices.reduce(0) { max($0, abs(values[$1])) }
    let scale = largest > 0 && largest.isFinite ? largest : 1
    var work = PanelFactor.Workspace(panels.pattern)
    for (k, unknown) in order.enumerated() { work.unknowns[k] = Float(values[Int(unknown)] / scale) }
    panels.substituteForward(&work)
    let solution = try trailingSolution(trailing.indices.map { scale * Double(work.unknowns[first + $0]) })
    for k in trailing.indices { work.unknowns[first + k] = Float(solution[k] / scale) }
    panels.substituteBackward(&work)
    for k in 0..<first { values[Int(order[k])] = scale * Double(work.unknowns[k]) }
    for (k, unknown) in trailing.enumerated() { values[unknown] = solution[k] }
  }

  /// The solution on ``trailing`` for what is left of a right-hand side there.
  public func solveTrailing(_ rightHandSide: [Double]) -> [Double] {
    trailingFactor.solveTransposed(trailingFactor.solve(rightHandSide))
  }
}

import CLAPACK

/// Anderson's acceleration of a fixed-point iteration z <- g(z).
///
/// Equation: z_next = g_k - sum of gamma_j (g_(j+1) - g_j), where gamma minimises |f_k - sum of gamma_j (f_(j+1) -
/// f_j)| over the last few iterates, f = g(z) - z. For a linear map this is GMRES; the eigenvalues of the map may
/// then spread over a factor of two and each iterate still gains a digit.
/// The weights of the g sum to one, so that what every g satisfies linearly, such as a conservation law, z_next
/// does too.
/// Source: Walker & Ni, SIAM J. Numer. Anal. 49, 1715 (2011), algorithm AA.
public struct AndersonAcceleration: Sendable {
  private let count: Int
  private let measured: Int
  private let depth: Int
  /// Orthonormal differences of f, of `measured` numbers each, and the differences of g that belong to them.
  private var changes: [[Double]] = []
  private var images: [[Double]] = []
  private var last: (change: [Double], image: [Double])?

  /// Prepares to accelerate vectors of `count` numbers.
  ///
  /// - Parameters:
  ///   - measured: how many of them, from the first, the weights are to make stationary.
  ///   - depth: how many differences are kept.
  public init(count: Int, measured: Int, depth: Int) {
    self.count = count
    self.measured = measured
    self.depth = depth
  }

  /// Replaces g(z) by the next iterate.
  ///
  /// - Parameters:
  ///   - image: g(z), `count` numbers.
  ///   - change: g(z) - z of the first `measured`.
  public mutating func accelerate(_ image: inout [Double], change: [Double]) {
    let size = Int32(measured)
    if let last {
      var df = change
      var dg = image
      cblas_daxpy(size, -1, last.change, 1, &df, 1)
      cblas_daxpy(Int32(count), -1, last.image, 1, &dg, 1)
      if changes.count == depth {
        // The oldest difference goes; the others are no longer orthogonal to what comes, so all begin anew.
        changes.removeAll(keepingCapacity: true)
        images.removeAll(keepingCapacity: true)
      }
      let length = cblas_dnrm2(size, df, 1)
      for k in changes.indices {
        let share = cblas_ddot(size, changes[k], 1, df, 1)
        cblas_daxpy(size, -share, changes[k], 1, &df, 1)
        cblas_daxpy(Int32(count), -share, images[k], 1, &dg, 1)
      }
      let norm = cblas_dnrm2(size, df, 1)
      // A difference that the others already span says nothing new but round-off.
      if norm > 1e-4 * length {
        cblas_dscal(size, 1 / norm, &df, 1)
        cblas_dscal(Int32(count), 1 / norm, &dg, 1)
        changes.append(df)
        images.append(dg)
      }
    }
    last = (change, image)
    var rest = change
    for k in changes.indices {
      let weight = cblas_ddot(size, changes[k], 1, rest, 1)
      cblas_daxpy(size, -weight, changes[k], 1, &rest, 1)
      cblas_daxpy(Int32(count), -weight, images[k], 1, &image, 1)
    }
  }
}

import CellPhysics
import Foundation

/// The displacement and stress of a straight crack in an infinite anisotropic body.
///
/// Equation: the jump across the crack is 2 a L sum_n q_n sin((n+1) t), s = a cos t; it belongs to
///
///     u = -a Re sum_n A g_n B^-1 q_n,   f = -a Re sum_n B g_n B^-1 q_n,
///     g_n = diag (w_k + sqrt(w_k^2 - 1))^-(n+1),   w_k = (x + p_k y) / a,
///
/// with s_x = -df/dy, s_y = df/dx. Its own traction on the crack is -sum_n (n+1) U_n(s/a) q_n, and the
/// intensities at its ends are K(+-a) = sqrt(pi a) sum_n (n+1) (+-1)^n q_n.
/// Symbols: x, y, along the crack and normal to it, m; a, half-length, m; q_n, amplitudes in shear and normal
/// stress, Pa; f, stress functions, N/m; p_k, A, B, Stroh's eigenvalues and vectors of the crystal in plane
/// strain; L = -Im A B^-1, 1/Pa; U_n, Chebyshev polynomials of the second kind.
/// Valid for: a homogeneous crystal with a plane of symmetry in the section. Not for: kinks.
/// Source: Ting, Anisotropic Elasticity (1996), ch. 5 and 11; eigenvalues by Lekhnitskii's quartic, which in
/// the axes of the crystal is quadratic in p^2.
struct CrackField {
  /// Modes are ordered (n = 0: shear, normal), (n = 1: shear, normal), and so on.
  let terms: Int
  let centre: SIMD2<Double>
  /// Unit vectors along the crack and normal to it, a right-handed pair.
  let tangent: SIMD2<Double>
  let normal: SIMD2<Double>
  let halfLength: Double
  /// L in the frame of the crack: shear-shear, shear-normal, normal-normal.
  let compliance: SIMD3<Double>
  private let roots: [Complex]
  /// A_ik B^-1_kj and B_ik B^-1_kj, i in the frame of the cell, j in that of the crack: index 4 i + 2 k + j.
  private let displacements: [Complex]
  private let functions: [Complex]

  var modes: Int { 2 * terms }

  /// A crack whose tangent makes `angle` with the layers of the crystal.
  init(
    centre: SIMD2<Double>, tangent: SIMD2<Double>, halfLength: Double, crystal: StiffnessInCrystal,
    angle: Double, terms: Int
  ) {
    self.terms = terms
    self.centre = centre
    self.tangent = tangent
    normal = SIMD2(-tangent.y, tangent.x)
    self.halfLength = halfLength
    let determinant = crystal.c11 * crystal.c33 - crystal.c13 * crystal.c13
    let (s11, s22, s12) = (
      crystal.c33 / determinant, crystal.c11 / determinant, -crystal.c13 / determinant
    )
    var middle = 2 * s12 + 1 / crystal.c44
    // Two equal roots (isotropy) have no two eigenvectors; a ten-thousandth of shear compliance parts them.
    if abs(middle * middle - 4 * s11 * s22) < 1e-6 * middle * middle { middle += 1e-4 / crystal.c44 }
    let root = Complex(middle * middle - 4 * s11 * s22, 0).squareRoot
    let (s, c) = (sin(angle), cos(angle))
    var (p, a): ([Complex], [[Complex]]) = ([], [])
    for sign in [1.0, -1.0] {
      var q = ((Complex(-middle, 0) + root * sign) * (0.5 / s11)).squareRoot
      if q.imaginary < 0 { q = q * -1 }
      let (a1, a2) = (q * q * s11 + Complex(s12, 0), q * s12 + Complex(s22, 0) / q)
      let turn = Complex(c, 0) + q * s
      p.append((q * c - Complex(s, 0)) / turn)
      a.append([(a1 * c + a2 * s) / turn, (a2 * c - a1 * s) / turn])
    }
    roots = p
    let b = [[p[0] * -1, Complex(1, 0)], [p[1] * -1, Complex(1, 0)]]
    let inverse = Complex(1, 0) / (p[1] - p[0])
    let inverseB = [[inverse, p[1] * inverse], [inverse * -1, p[0] * inverse * -1]]
    let axes = [SIMD2(tangent.x, -tangent.y), SIMD2(tangent.y, tangent.x)]
    func products(_ vectors: [[Complex]]) -> [Complex] {
      (0..<8).map { index in
        let (i, k, j) = (index / 4, index / 2 % 2, index % 2)
        return (vectors[k][0] * axes[i][0] + vectors[k][1] * axes[i][1]) * inverseB[k][j]
      }
    }
    displacements = products(a)
    functions = products(b)
    func l(_ i: Int, _ j: Int) -> Double {
      -(a[0][i] * inverseB[0][j] + a[1][i] * inverseB[1][j]).imaginary
    }
    compliance = SIMD3(l(0, 0), l(0, 1), l(1, 1))
  }

  /// Stress functions and displacements of all modes at a point: f_X, f_Y, u_X, u_Y, each of all modes.
  func evaluate(at point: SIMD2<Double>, into result: UnsafeMutablePointer<Double>) {
    let (along, across) = local(point)
    let modes = modes
    for k in 0..<2 {
      let w = (Complex(along, 0) + roots[k] * across) * (1 / halfLength)
      let step = Complex(1, 0) / (w + (w - Complex(1, 0)).squareRoot * (w + Complex(1, 0)).squareRoot)
      var power = step
      for n in 0..<terms {
        for i in 0..<2 {
          for j in 0..<2 {
            let at = 4 * i + 2 * k + j
            let (f, u) = (
              -halfLength * functions[at].realOfProduct(power),
              -halfLength * displacements[at].realOfProduct(power)
            )
            let slot = i * modes + 2 * n + j
            if k == 0 {
              result[slot] = f
              result[2 * modes + slot] = u
            } else {
              result[slot] += f
              result[2 * modes + slot] += u
            }
          }
        }
        power = power * step
      }
    }
  }

  /// Stress XX, YY, XY of all modes at a point off the crack, each of all modes.
  func stress(at point: SIMD2<Double>, into result: UnsafeMutablePointer<Double>) {
    let (along, across) = local(point)
    let modes = modes
    for slot in 0..<3 * modes { result[slot] = 0 }
    for k in 0..<2 {
      let w = (Complex(along, 0) + roots[k] * across) * (1 / halfLength)
      let root = (w - Complex(1, 0)).squareRoot * (w + Complex(1, 0)).squareRoot
      let step = Complex(1, 0) / (w + root)
      var power = step / root
      for n in 0..<terms {
        // df/dx = (n + 1) Re(B power B^-1) along the crack, and p times that across it.
        for j in 0..<2 {
          let scale = Double(n + 1)
          let (x, y) = (functions[2 * k + j] * power, functions[4 + 2 * k + j] * power)
          let (xAlong, xAcross) = (scale * x.real, scale * x.realOfProduct(roots[k]))
          let (yAlong, yAcross) = (scale * y.real, scale * y.realOfProduct(roots[k]))
          let slot = 2 * n + j
          result[slot] -= xAlong * tangent.y + xAcross * normal.y
          result[modes + slot] += yAlong * tangent.x + yAcross * normal.x
          result[2 * modes + slot] += xAlong * tangent.x + xAcross * normal.x
        }
        power = power * step
      }
    }
  }

  private func local(_ point: SIMD2<Double>) -> (along: Double, across: Double) {
    let offset = point - centre
    let across = (offset * normal).sum()
    // A point on the crack counts to its positive side.
    return ((offset * tangent).sum(), across == 0 ? 1e-9 * halfLength : across)
  }
}

/// A complex number with what the field of a crack takes.
struct Complex {
  var real: Double
  var imaginary: Double

  init(_ real: Double, _ imaginary: Double) {
    self.real = real
    self.imaginary = imaginary
  }

  static func + (a: Complex, b: Complex) -> Complex { Complex(a.real + b.real, a.imaginary + b.imaginary) }
  static func - (a: Complex, b: Complex) -> Complex { Complex(a.real - b.real, a.imaginary - b.imaginary) }
  static func * (a: Complex, b: Double) -> Complex { Complex(a.real * b, a.imaginary * b) }
  static func * (a: Complex, b: Complex) -> Complex {
    Complex(a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real)
  }
  static func / (a: Complex, b: Complex) -> Complex {
    a * Complex(b.real, -b.imaginary) * (1 / (b.real * b.real + b.imaginary * b.imaginary))
  }

  func realOfProduct(_ other: Complex) -> Double { real * other.real - imaginary * other.imaginary }

  /// The root with a real part that is not negative.
  var squareRoot: Complex {
    let size = (real * real + imaginary * imaginary).squareRoot()
    let part = (0.5 * (size + abs(real))).squareRoot()
    guard part > 0 else { return Complex(0, 0) }
    let other = 0.5 * abs(imaginary) / part
    let (r, i) = real >= 0 ? (part, other) : (other, part)
    return Complex(r, imaginary < 0 ? -i : i)
  }
}

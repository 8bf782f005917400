import Foundation

/// A symmetric 2 x 2 tensor in the frame of the cell (X through the thickness, Y in plane).
public struct PlaneTensor: Sendable, Equatable {
  public var xx: Double
  public var xy: Double
  public var yy: Double

  public init(xx: Double, xy: Double, yy: Double) {
    self.xx = xx
    self.xy = xy
    self.yy = yy
  }

  /// The determinant, the same in every frame.
  public var determinant: Double { xx * yy - xy * xy }

  /// The inverse tensor.
  public var inverse: PlaneTensor {
    let determinant = self.determinant
    return PlaneTensor(xx: yy / determinant, xy: -xy / determinant, yy: xx / determinant)
  }
}

/// Lithium diffusion in a layered crystal.
public enum Diffusion {
  /// The diffusivity tensor of a crystal in the frame of the cell.
  ///
  /// Equation: D = D_f t t + D_s c c, with the c axis c = (sin a, cos a) and the layers' trace
  /// t = (cos a, -sin a).
  /// Symbols: D_f, D_s, diffusivities along and across the layers, m2/s; a, angle of the c axis from
  /// Y, radian (0: layers along the flux).
  /// Valid for: c axis in the X-Y plane. Not for: grains tilted out of the section.
  /// Source: rotation of a second-rank tensor.
  public static func diffusivityInCell(fast: Double, slow: Double, angle: Double) -> PlaneTensor {
    let (s, c) = (sin(angle), cos(angle))
    return PlaneTensor(
      xx: fast * c * c + slow * s * s, xy: (slow - fast) * s * c, yy: fast * s * s + slow * c * c)
  }
}

extension Diffusion {
  /// The direction of the layers of a crystal, t = (cos a, -sin a) in (X, Y); a: crystal angle, radian.
  public static func layerDirection(angle: Double) -> SIMD2<Double> { SIMD2(cos(angle), -sin(angle)) }
}

/// How diffusivity depends on lithium content, and the variable in which diffusion is linear.
///
/// Equation: D(x) = D(0.75) g(x), g(x) = exp(b (0.75 - x)); the Kirchhoff potential
/// u(x) = integral of g from 0 to x makes the flux -D(x) grad x = -D(0.75) grad u.
/// Symbols: x, lithium content; b, slope of ln D; u, Kirchhoff potential (dimensionless).
/// Valid for: one g for all directions. Not for: phase boundaries.
/// Source: fit to the capacities of Naik et al., EES Batteries 1, 1184 (2025).
public struct CompositionDependence: Sendable, Equatable {
  /// b, the slope of -ln D with lithium content.
  public let slope: Double
  private let scale: Double

  /// The dependence with slope `b`; zero makes diffusivity constant.
  public init(slope: Double) {
    self.slope = slope
    scale = exp(0.75 * slope)
  }

  /// g(x), the diffusivity over its value at content 0.75.
  public func factor(content: Double) -> Double { scale * exp(-slope * content) }

  /// u(x), the Kirchhoff potential.
  public func potential(content: Double) -> Double {
    slope == 0 ? content : -scale / slope * expm1(-slope * content)
  }

  /// The same of many contents; a call across modules for each would cost as much as its exponential.
  public func potentials(contents: [Double]) -> [Double] {
    contents.map { potential(content: $0) }
  }

  /// x(u), the lithium content of a Kirchhoff potential.
  public func content(potential: Double) -> Double {
    slope == 0 ? potential : -log1p(-potential * slope / scale) / slope
  }
}

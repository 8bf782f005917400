import CellPhysics

/// A rectangular element with four nodes and incompatible bending modes.
///
/// Nodes in order: (low X, low Y), (high X, low Y), (high X, high Y), (low X, high Y); two
/// displacements (X, Y) each.
///
/// On a rectangle the strain of the bilinear element is B0 + xi Bxi + eta Beta. The incompatible modes
/// 1 - xi^2 and 1 - eta^2 add free XX and shear strain to the xi part, free YY and shear strain to the
/// eta part, and have zero mean. Condensing them leaves
///
///     K = A B0^T C B0 + A/12 [ E_Y h_Y h_Y^T / b^2 + E_X h_X h_X^T / a^2 ],
///
/// A = a b, a and b the sides along X and Y, h the hourglass pattern (+ - + -) of one displacement, and
/// E_X = 1 / (C^-1)_XX, E_Y = 1 / (C^-1)_YY the plane-strain moduli of bending: one element bends exactly.
/// Because the modes have zero mean, uniform eigenstrain does not load them and the mean strain is B0 u.
/// Source: Taylor, Beresford & Wilson, Int. J. Numer. Methods Eng. 10, 1211 (1976).
enum PlaneElement {
  /// Signs of the nodes' local coordinates along X and Y, and of their product.
  static let signX: [Double] = [-1, 1, 1, -1]
  static let signY: [Double] = [-1, -1, 1, 1]
  static let hourglass: [Double] = [1, -1, 1, -1]

  /// The 8 x 8 stiffness per unit depth, Pa, row by row.
  static func stiffness(_ material: StiffnessInCell, width: Double, height: Double) -> [Double] {
    let (xx, yy, xy) = (material.xx, material.yy, material.xy)
    let determinant =
      xx[0] * (yy[1] * xy[3] - yy[3] * yy[3]) - xx[1] * (xx[1] * xy[3] - yy[3] * xx[3])
      + xx[3] * (xx[1] * yy[3] - yy[1] * xx[3])
    let bendingX = determinant / (yy[1] * xy[3] - yy[3] * yy[3])
    let bendingY = determinant / (xx[0] * xy[3] - xx[3] * xx[3])
    let area = width * height
    var matrix = [Double](repeating: 0, count: 64)
    for node in 0..<4 {
      let (dX, dY) = (0.5 * signX[node] / width, 0.5 * signY[node] / height)
      // Stress of a unit displacement of this node along X and along Y.
      let stressX = (xx[0] * dX + xx[3] * dY, xx[1] * dX + yy[3] * dY, xx[3] * dX + xy[3] * dY)
      let stressY = (xx[1] * dY + xx[3] * dX, yy[1] * dY + yy[3] * dX, yy[3] * dY + xy[3] * dX)
      for other in 0..<4 {
        let (gX, gY) = (0.5 * signX[other] / width, 0.5 * signY[other] / height)
        let pattern = hourglass[node] * hourglass[other] / 12
        let block = 2 * other * 8 + 2 * node
        matrix[block] =
          area * (gX * stressX.0 + gY * stressX.2) + pattern * bendingX * height / width
        matrix[block + 1] = area * (gX * stressY.0 + gY * stressY.2)
        matrix[block + 8] = area * (gY * stressX.1 + gX * stressX.2)
        matrix[block + 9] =
          area * (gY * stressY.1 + gX * stressY.2) + pattern * bendingY * width / height
      }
    }
    return matrix
  }
}

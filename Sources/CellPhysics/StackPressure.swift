/// The pressure on a cell.
public enum StackPressure {
  /// The pressure that a frame puts on a cell that grows in it.
  ///
  /// Equation: p = max(0, p_0 + k dh).
  /// Symbols: p_0, pressure of the assembled cell, Pa; k, stiffness of the frame per area of the cell, Pa/m (0:
  /// constant pressure); dh, growth in thickness since assembly, m.
  /// Valid for: frames far softer than the cell, whose own compression is neglected. Not for: creep of lithium or
  /// of the electrolyte, which relaxes the pressure.
  /// Source: Hooke's law.
  public static func inFrame(assembled: Double, stiffness: Double, growth: Double) -> Double {
    max(0, assembled + stiffness * growth)
  }

  /// By how much the lithium it has taken up since assembly makes a counter electrode thicker, m.
  ///
  /// Equation: dh = -v q / F.
  /// Symbols: v, volume that a mole of lithium adds to the electrode, m3/mol; q, charge inserted into the cathode
  /// since assembly, C/m2; F, Faraday constant, C/mol.
  /// Valid for: growth along the thickness alone, without voids. Not for: voids left by stripping.
  /// Source: Faraday's law.
  public static func counterElectrodeGrowth(insertedCharge: Double, molarExpansion: Double) -> Double {
    -molarExpansion * insertedCharge / Constants.faraday
  }
}

/// A layer of reaction products between cathode and electrolyte.
public enum Interphase {
  /// Its resistance per true area, ohm m2.
  ///
  /// Equation: R = k sqrt(t).
  /// Symbols: t, time since assembly, s; k, growth of the resistance, ohm m2 s^-0.5.
  /// Valid for: growth limited by diffusion through the layer, whatever voltage and current. Not for: the first
  /// reaction, or growth that a crack lays bare anew.
  /// Source: parabolic growth; for halide and sulfide electrolytes read from Yun et al. (2023), see the parameter.
  public static func resistance(growth: Double, time: Double) -> Double {
    growth * max(time, 0).squareRoot()
  }
}

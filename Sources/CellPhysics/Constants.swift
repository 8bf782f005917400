/// Physical constants, exact since the SI of 2019.
public enum Constants {
  /// Faraday constant, C/mol.
  public static let faraday = 96485.332_123_310_0184
  /// Molar gas constant, J/(mol K).
  public static let gas = 8.314_462_618_153_24
}

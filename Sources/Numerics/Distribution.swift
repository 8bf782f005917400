import CGSL

/// Quantiles and tails of the distributions that fits are judged by.
public enum Distribution {
  /// The number below which a normal variable of unit variance lies with this probability.
  public static func normalQuantile(_ probability: Double) -> Double { gsl_cdf_ugaussian_Pinv(probability) }

  /// The number below which a variable of Student's distribution lies with this probability.
  public static func studentQuantile(_ probability: Double, degreesOfFreedom: Int) -> Double {
    gsl_cdf_tdist_Pinv(probability, Double(degreesOfFreedom))
  }

  /// How probable it is that a sum of so many squared normal variables exceeds `value`.
  public static func chiSquareTail(above value: Double, degreesOfFreedom: Int) -> Double {
    gsl_cdf_chisq_Q(value, Double(degreesOfFreedom))
  }
}

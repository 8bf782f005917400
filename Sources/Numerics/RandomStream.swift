import CGSL

/// A named stream of random numbers: the same seed and name always give the same draws.
///
/// Each purpose (flaw positions, grain orientations, interface toughness) has a stream of its own,
/// so that a new consumer shifts no other stream. The generator is GSL's MT19937, whose own
/// seeding takes only 32 bits; its 624 words of state are therefore written here by SplitMix64 from
/// a 64-bit hash of seed and name.
public final class RandomStream {
  private let generator: UnsafeMutablePointer<gsl_rng>

  /// Creates the stream called `name` of the run seeded with `seed`.
  public init(seed: UInt64, name: String) {
    _ = Library.ready
    generator = gsl_rng_alloc(cgsl_rng_mt19937())
    // FNV-1a over the name and the seed, then SplitMix64 (Steele, Lea & Flood 2014).
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      hash = (hash ^ ((seed >> shift) & 0xff)) &* 0x100_0000_01b3
    }
    let words = gsl_rng_state(generator)!.assumingMemoryBound(to: UInt.self)
    for index in 0..<624 {
      hash &+= 0x9e37_79b9_7f4a_7c15
      var mixed = hash
      mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
      words[index] = UInt((mixed ^ (mixed >> 31)) & 0xffff_ffff)
    }
    // The position after the words: all of them are to be twisted before the first draw.
    UnsafeMutableRawPointer(words + 624).storeBytes(of: Int32(624), as: Int32.self)
  }

  deinit { gsl_rng_free(generator) }

  /// A number uniform on [0, 1).
  public func uniform() -> Double { gsl_rng_uniform(generator) }

  /// Numbers uniform on [0, 1), one in each of `count` equal parts, in random order.
  ///
  /// Stratified draws: few of them already represent a distribution, given its quantiles.
  public func stratified(_ count: Int) -> [Double] {
    // GSL counts down from count - 1 without a sign.
    guard count > 0 else { return [] }
    var order = [Int](0..<count)
    gsl_ran_shuffle(generator, &order, count, MemoryLayout<Int>.stride)
    return order.map { (Double($0) + uniform()) / Double(count) }
  }

  /// The value that a normal deviate with zero mean stays below with a probability in (0, 1).
  public static func gaussianQuantile(_ probability: Double, standardDeviation: Double) -> Double {
    // A draw of exactly 0 would lie at minus infinity.
    gsl_cdf_gaussian_Pinv(max(probability, 0x1p-40), standardDeviation)
  }

  /// A normal deviate with zero mean and the given standard deviation.
  public func gaussian(standardDeviation: Double) -> Double {
    gsl_ran_gaussian_ziggurat(generator, standardDeviation)
  }

  /// A lognormal deviate with the given median and standard deviation of its logarithm.
  public func lognormal(median: Double, logDeviation: Double) -> Double {
    median * gsl_ran_lognormal(generator, 0, logDeviation)
  }

  /// A Weibull deviate: P(X > x) = exp(-(x / scale)^modulus).
  public func weibull(scale: Double, modulus: Double) -> Double {
    gsl_ran_weibull(generator, scale, modulus)
  }

  /// A Poisson-distributed count with the given mean.
  public func poisson(mean: Double) -> Int { Int(gsl_ran_poisson(generator, mean)) }
}

import Foundation

/// The SHA-256 digest of bytes, as `sha256sum` prints it.
///
/// Source: FIPS 180-4, sections 4.1.2, 5.1.1 and 6.2.2.
struct Digest: Sendable, Equatable {
  /// 64 hexadecimal digits.
  let text: String

  init(_ content: some Sequence<UInt8>) {
    var message = Array(content)
    let bitCount = UInt64(message.count) * 8
    message.append(0x80)
    message += [UInt8](repeating: 0, count: (120 - message.count % 64) % 64)
    message += stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: bitCount >> UInt64($0)) }
    var hash = Digest.initial
    var schedule = [UInt32](repeating: 0, count: 64)
    for block in stride(from: 0, to: message.count, by: 64) {
      for t in 0..<16 {
        schedule[t] = message[block + 4 * t..<block + 4 * t + 4].reduce(0) { $0 << 8 | UInt32($1) }
      }
      for t in 16..<64 {
        let (x, y) = (schedule[t - 15], schedule[t - 2])
        let small0 = rotated(x, 7) ^ rotated(x, 18) ^ x >> 3
        let small1 = rotated(y, 17) ^ rotated(y, 19) ^ y >> 10
        schedule[t] = small1 &+ schedule[t - 7] &+ small0 &+ schedule[t - 16]
      }
      var (a, b, c, d) = (hash[0], hash[1], hash[2], hash[3])
      var (e, f, g, h) = (hash[4], hash[5], hash[6], hash[7])
      for t in 0..<64 {
        let large1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
        let choice = (e & f) ^ (~e & g)
        let first = h &+ large1 &+ choice &+ Digest.constants[t] &+ schedule[t]
        let large0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
        let majority = (a & b) ^ (a & c) ^ (b & c)
        (h, g, f, e) = (g, f, e, d &+ first)
        (d, c, b, a) = (c, b, a, first &+ large0 &+ majority)
      }
      hash = zip(hash, [a, b, c, d, e, f, g, h]).map { $0 &+ $1 }
    }
    text = hash.map { String(format: "%08x", $0) }.joined()
  }

  private static let primes: [Int] = (2...311).filter { number in
    !(2..<number).contains { $0 * $0 <= number && number % $0 == 0 }
  }

  /// The first 32 bits of the fractional parts of the square roots of the first 8 primes.
  private static let initial: [UInt32] = primes.prefix(8).map { UInt32(fraction(Double($0).squareRoot())) }

  /// The same of the cube roots of the first 64 primes.
  private static let constants: [UInt32] = primes.prefix(64).map { UInt32(fraction(cbrt(Double($0)))) }

  /// A double holds 49 bits behind the point of a root below 8, so that the first 32 are exact.
  private static func fraction(_ root: Double) -> Double {
    ((root - root.rounded(.down)) * 0x1p32).rounded(.down)
  }
}

private func rotated(_ word: UInt32, _ bits: UInt32) -> UInt32 { word >> bits | word << (32 - bits) }

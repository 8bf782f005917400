import Foundation
import Numerics

/// Makes inputs that nobody would write out of ones that are accepted; the same on every machine.
struct Mutation {
  /// What means something to one of the readers, or should mean nothing.
  private static let words = [
    "NaN", "nan", "-inf", "1e308", "-1e308", "1e999", "5e-324", "-0", "0", "-1", "9223372036854775807",
    "9223372036854775808", "18446744073709551616", "1e-400", "0x1p3", "1.5", "1_000", "&a ", "*a", "*a : ",
    "? ", "- ", ": ", "{", "}", "[", "]", "|\n", ">\n", "---\n", "...\n", "%YAML 1.1\n", "!!map ", "! ",
    "<<: ",
    "~", "null", "\t", "\r", "\r\n", "\n", "\"", "'", "\\", "\\u0000", "\\ud800", "\\x07", "#", ",", ",,",
    "\u{0}", "\u{FEFF}", "\u{2028}", "\u{85}", "\u{1F50B}", "P2", "P5", "65535", "65536", "true", "{a}", "{a",
    "../", "/dev/zero", "protocol", "vary: ", "cases: ", "run.cycles", "1 um", "deg", "%", " m^0.5", "vs Li",
    "until", "or", "for",
  ].map { Data($0.utf8) }

  /// What means something to one reader besides.
  private static let ownWords = [
    "BPX": [
      "**", "*", "/", "-", "(", ")", "((", "x", "exp(", "tanh(", "cosh(", "sin(", "1e9**", "\"x\": [",
      "\"y\": [",
      "Particle", "CycleLife", "0.2", "\"1.1\"", "\"2.0\"", "0.75", "[m]", "[m2]",
    ].map { Data($0.utf8) }
  ]

  private let random: RandomStream
  private let words: [Data]

  /// The mutations of the input with this number, whose draws depend on nothing else.
  init(seed: UInt64, of reader: String, number: Int) {
    random = RandomStream(seed: seed &+ UInt64(number), name: "mutation of \(reader)")
    words = Mutation.words + (Mutation.ownWords[reader] ?? [])
  }

  /// A number from 0 that is less than `bound`.
  func draw(_ bound: Int) -> Int { min(Int(random.uniform() * Double(bound)), bound - 1) }

  /// `input` with one to four changes.
  func callAsFunction(_ input: Data) -> Data {
    var bytes = [UInt8](input)
    for _ in 0...draw(4) { change(&bytes) }
    return Data(bytes)
  }

  private func change(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return bytes.append(UInt8(draw(256))) }
    let place = draw(bytes.count)
    switch draw(10) {
    case 0: bytes[place] = UInt8(draw(256))
    case 1: bytes[place] ^= 1 << UInt8(draw(8))
    case 2: bytes.remove(at: place)
    case 3: bytes.insert(UInt8(32 + draw(95)), at: place)
    case 4, 5: bytes.insert(contentsOf: words[draw(words.count)], at: place)
    case 6: replaceNumber(&bytes, from: place)
    case 7: bytes.removeSubrange(slice(bytes, place, 200))
    case 8:
      // A part again, rarely very often.
      let part = bytes[slice(bytes, place, 60)]
      let times = draw(20) == 0 ? 1000 : 1 + draw(3)
      bytes.insert(
        contentsOf: [[UInt8]](repeating: [UInt8](part), count: times).joined(), at: draw(bytes.count))
    default:
      let part = [UInt8](bytes[slice(bytes, place, 60)])
      bytes.replaceSubrange(slice(bytes, draw(bytes.count), 60), with: part)
    }
  }

  private func slice(_ bytes: [UInt8], _ start: Int, _ longest: Int) -> Range<Int> {
    start..<min(bytes.count, start + 1 + draw(longest))
  }

  /// The first number behind a place becomes another.
  private func replaceNumber(_ bytes: inout [UInt8], from place: Int) {
    func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) || byte == UInt8(ascii: ".") }
    guard let start = bytes[place...].firstIndex(where: isDigit) else { return }
    let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
    // The first words are numbers.
    bytes.replaceSubrange(start..<end, with: words[draw(17)])
  }
}

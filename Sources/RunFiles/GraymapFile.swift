import Foundation

/// A picture of whole numbers in the portable graymap format, PGM, plain (P2) or binary (P5), of 8 or 16 bits.
///
/// Source: pgm(5) of Netpbm. Comments of the heading run from `#` to the end of a line.
struct GraymapFile: Equatable {
  /// Wider and higher pictures are refused, as are those of more pixels in all.
  static let sideLimit = 1 << 15
  static let pixelLimit = 1 << 22
  /// The largest file read, in bytes; a plain one takes up to six for a pixel.
  static let sizeLimit = 6 * pixelLimit + (1 << 16)

  var width: Int
  /// Row by row from the top.
  var pixels: [Int]
  var height: Int { pixels.count / width }

  init(width: Int, pixels: [Int]) {
    self.width = width
    self.pixels = pixels
  }

  /// Reads a file; throws what is wrong with it.
  init(_ bytes: Data) throws(ValueProblem) {
    var reader = Reader(bytes: [UInt8](bytes))
    guard bytes.count <= GraymapFile.sizeLimit else {
      throw ValueProblem(message: "larger than \(GraymapFile.sizeLimit >> 20) MiB")
    }
    let magic = bytes.prefix(2).map { $0 }
    let isPlain = magic == Array("P2".utf8)
    guard isPlain || magic == Array("P5".utf8) else {
      throw ValueProblem(message: "not a graymap: it begins with neither P2 nor P5")
    }
    reader.position = 2
    func number(_ name: String, _ limit: Int) throws(ValueProblem) -> Int {
      guard let value = reader.number() else {
        throw ValueProblem(message: "its heading is not whole: the \(name) is missing")
      }
      guard (1...limit).contains(value) else {
        throw ValueProblem(message: "its \(name) is \(value); expected 1 to \(limit)")
      }
      return value
    }
    width = try number("width", GraymapFile.sideLimit)
    let height = try number("height", GraymapFile.sideLimit)
    let largest = try number("largest value", 65535)
    let count = width * height
    guard count <= GraymapFile.pixelLimit else {
      throw ValueProblem(
        message: "\(width) x \(height) pixels; expected no more than \(GraymapFile.pixelLimit)")
    }
    pixels =
      isPlain ? reader.plainPixels(count) : reader.binaryPixels(count, bytesEach: largest > 255 ? 2 : 1)
    guard pixels.count == count else {
      throw ValueProblem(
        message: "truncated: it holds \(pixels.count) of \(width) x \(height) = \(count) pixels")
    }
    if let wrong = pixels.firstIndex(where: { $0 > largest }) {
      throw ValueProblem(
        message:
          "row \(wrong / width + 1), column \(wrong % width + 1) is \(pixels[wrong]), above its largest value "
          + "\(largest)")
    }
  }

  /// The file in the binary form, with lines of comment in its heading.
  func data(comments: [String]) -> Data {
    let largest = max(pixels.max() ?? 0, 255)
    let notes = comments.map { "# \(oneLine($0, limit: 200))\n" }.joined()
    var data = Data("P5\n\(notes)\(width) \(height)\n\(largest > 255 ? 65535 : 255)\n".utf8)
    data.reserveCapacity(data.count + 2 * pixels.count)
    for pixel in pixels {
      // The more significant byte comes first.
      if largest > 255 { data.append(UInt8(truncatingIfNeeded: pixel >> 8)) }
      data.append(UInt8(truncatingIfNeeded: pixel))
    }
    return data
  }

  private struct Reader {
    let bytes: [UInt8]
    var position = 0

    private func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

    /// The next number behind blanks and comments; nil where there is none.
    mutating func number() -> Int? {
      while position < bytes.count {
        if bytes[position] == UInt8(ascii: "#") {
          while position < bytes.count, bytes[position] != 10, bytes[position] != 13 { position += 1 }
        } else if isSpace(bytes[position]) {
          position += 1
        } else {
          break
        }
      }
      var (value, digits) = (0, 0)
      while position < bytes.count, (48...57).contains(bytes[position]) {
        // What is longer than any limit is not counted on.
        if digits < 12 { value = 10 * value + Int(bytes[position]) - 48 }
        (position, digits) = (position + 1, digits + 1)
      }
      let isApart =
        position == bytes.count || isSpace(bytes[position]) || bytes[position] == UInt8(ascii: "#")
      return digits > 0 && isApart ? value : nil
    }

    mutating func plainPixels(_ count: Int) -> [Int] {
      var pixels: [Int] = []
      while pixels.count < count, let value = number() { pixels.append(value) }
      return pixels
    }

    /// What follows the one blank behind the heading.
    mutating func binaryPixels(_ count: Int, bytesEach: Int) -> [Int] {
      let start = position + 1
      let whole = min(count, max(0, bytes.count - start) / bytesEach)
      return (0..<whole).map { index in
        let at = start + index * bytesEach
        return bytesEach == 1 ? Int(bytes[at]) : Int(bytes[at]) << 8 | Int(bytes[at + 1])
      }
    }
  }
}

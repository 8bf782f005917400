import Foundation
import Testing

/// The page of equations and the laws in the source have to name one another.
@Suite struct DocumentationTests {
  private static let module = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources/CellPhysics")

  private func text(_ path: String) throws -> String {
    try String(contentsOf: Self.module.appendingPathComponent(path), encoding: .utf8)
  }

  private func sources() throws -> String {
    try FileManager.default.contentsOfDirectory(atPath: Self.module.path).filter { $0.hasSuffix(".swift") }
      .map(text).joined()
  }

  @Test func everyFunctionOnThePageOfEquationsExists() throws {
    let page = try text("CellPhysics.docc/GoverningEquations.md")
    let source = try sources()
    let links = page.matches(of: /``([A-Za-z]+)\/([A-Za-z]+)/)
    #expect(links.count > 10)
    for link in links {
      let name = String(link.output.2)
      let isThere = ["func \(name)(", "var \(name):", "let \(name):", "struct \(name):"].contains {
        source.contains($0)
      }
      #expect(isThere, "\(link.output.0)")
    }
  }

  @Test func everyLawStatesWhereItHolds() throws {
    // A law is a public static function whose comment gives an equation.
    for comment in try sources().components(separatedBy: "public static func ").dropLast() {
      guard let start = comment.range(of: "\n\n", options: .backwards)?.upperBound else { continue }
      let doc = comment[start...]
      guard doc.contains("/// Equation:") else { continue }
      for part in ["Symbols:", "Valid for:", "Not for:", "Source:"] {
        #expect(doc.contains(part), "\(part) is missing in: \(doc.prefix(120))")
      }
    }
  }
}

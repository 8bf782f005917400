import Foundation
import Testing

@testable import Validation

/// A target with what matters to a test.
func target(
  _ value: Target.Value, _ tolerance: String, _ kind: Target.ToleranceKind, id: String = "a"
) throws -> Target {
  let (text, unit) =
    switch value {
    case .number(let number): (number.description, "mAh/g")
    case .label(let label): (label, "label")
    }
  let header = "id,figure,quantity,condition,protocol,value,unit,tolerance,tolerance_kind,kind,use"
  return try Target.read(
    "\(header)\n\(id),1,q,c,-,\(text),\(unit),\(tolerance),\(kind.rawValue),model,predict\n")[0]
}

@Suite struct TargetTests {
  @Test func thePublishedTableIsRead() throws {
    #expect(Target.published.count == 51)
    #expect(Set(Target.published.map(\.id)).count == 51)
    let quoted = try #require(Target.published.first { $0.id == "dense-0.1C-capacity" })
    #expect(quoted.procedure == "equilibrated charged state, discharge at the stated rate")
    #expect(quoted.value == .number(119) && quoted.tolerance == 4 && quoted.toleranceKind == .absolute)
    #expect(quoted.use == .calibrate && quoted.unit == "mAh/g")
    let label = try #require(Target.published.first { $0.id == "kinetics-limited-point" })
    #expect(label.value == .label("kinetics") && label.use == .predict)
  }

  /// The page has a line for every row, in their order, with the value of the paper.
  @Test func thePageOfTheDocumentationListsAllRows() throws {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(
      contentsOf: package.appendingPathComponent("Sources/Validation/Validation.docc/Validation.md"),
      encoding: .utf8)
    let lines = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
    #expect(lines.map { String($0.split(separator: "`")[1]) } == Target.published.map(\.id))
    for (line, target) in zip(lines, Target.published) {
      guard case .number(let value) = target.value else { continue }
      let paper = line.split(separator: "|")[3].matches(of: /[0-9.]+(e-[0-9]+)?/).compactMap {
        Double($0.output.0)
      }
      #expect(paper.contains { abs($0 / value - 1) < 1e-9 }, "\(line)")
    }
  }

  @Test func tolerancesOfEveryKindHoldUpToTheirEnds() throws {
    func accepts(_ tolerance: String, _ kind: Target.ToleranceKind, _ model: Double) throws -> Bool {
      try target(.number(64), tolerance, kind).accepts(.number(model))
    }
    #expect(try accepts("4", .absolute, 68) && accepts("4", .absolute, 60))
    #expect(try !accepts("4", .absolute, 68.1) && !accepts("4", .absolute, 59.9))
    #expect(try accepts("2", .factor, 128) && accepts("2", .factor, 32))
    #expect(try !accepts("2", .factor, 129) && !accepts("2", .factor, 31.9) && !accepts("2", .factor, -64))
    #expect(try accepts("0", .atMost, 64) && !accepts("0", .atMost, 64.1) && accepts("1", .atMost, 65))
    #expect(try accepts("0", .atLeast, 64) && !accepts("0", .atLeast, 63.9) && accepts("1", .atLeast, 63))
    #expect(try accepts("0", .equal, 64) && !accepts("0", .equal, 64.1))
    for kind in [Target.ToleranceKind.absolute, .factor, .atMost, .atLeast, .equal] {
      #expect(try !accepts("2", kind, .nan))
    }
  }

  @Test func deviationsCountInTolerances() throws {
    #expect(try target(.number(64), "4", .absolute).deviation(of: .number(62)) == -0.5)
    // Logarithms of powers of two are exact to a rounding or two.
    let factor = try #require(target(.number(64), "2", .factor).deviation(of: .number(16)))
    #expect(abs(factor + 2) < 1e-14)
    // Bounds: met up to a magnitude of one.
    #expect(try target(.number(64), "0", .atMost).deviation(of: .number(32)) == 0.5)
    #expect(try target(.number(64), "0", .atLeast).deviation(of: .number(32)) == -2)
    #expect(try target(.label("x"), "0", .equal).deviation(of: .label("x")) == nil)
    #expect(try target(.number(64), "4", .absolute).deviation(of: .number(.infinity)) == nil)
  }

  @Test func labelsCompareAsText() throws {
    let row = try target(.label("kinetics"), "0", .equal)
    #expect(row.accepts(.label("kinetics")))
    #expect(!row.accepts(.label("transport")) && !row.accepts(.number(0)))
  }

  @Test func aWrongTableIsRefusedWithItsLine() {
    let header = "id,figure,quantity,condition,protocol,value,unit,tolerance,tolerance_kind,kind,use"
    let good = "a,1,q,c,-,1,V,1,absolute,model,predict"
    for (csv, line) in [
      ("id,figure\n", 1), ("", 1), (header, 1), ("\(header)\n\(good),x", 2),
      ("\(header)\n\(good)\n\(good)", 3), ("\(header)\na,1,q,c,-,x,V,1,absolute,model,predict", 2),
      ("\(header)\na,1,q,c,-,1,V,-1,absolute,model,predict", 2),
      ("\(header)\na,1,q,c,-,1,V,0,absolute,model,predict", 2),
      ("\(header)\na,1,q,c,-,1,V,1,factor,model,predict", 2),
      ("\(header)\na,1,q,c,-,1,V,1,about,model,predict", 2),
      ("\(header)\na,1,q,c,-,1,V,1,absolute,model,guess", 2),
      ("\(header)\na,1,q,c,-,fast,label,1,absolute,model,predict", 2),
      ("\(header)\n\"a,1,q", 2), ("\(header)\n\"a\"b,1,q", 2), ("\(header)\na\"b,1,q", 2),
    ] {
      #expect {
        try Target.read(csv)
      } throws: { error in (error as? TargetError)?.line == line }
    }
  }

  @Test func quotedFieldsReadBack() throws {
    let fields = ["a,b", "say \"x\"", "", "plain"]
    let text = fields.map(CommaSeparated.field).joined(separator: ",")
    #expect(try CommaSeparated.records("\(text)\r\n").map(\.fields) == [fields])
  }
}

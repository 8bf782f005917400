import Foundation
import Testing

/// A browser that can be run without a screen; nil where there is none.
private let chromium: String? = {
  let search = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"
  return search.split(separator: ":").flatMap { ["\($0)/chromium", "\($0)/chromium-browser"] }
    .first { FileManager.default.isExecutableFile(atPath: $0) }
}()

/// Where changes are judged, what cannot be looked at is a failure.
private let isNeeded = ProcessInfo.processInfo.environment["CI"] != nil

/// Opens a report in a browser: every picture is there, the slider works, and nothing is wrong on the console.
@Suite(.enabled(if: chromium != nil || isNeeded, "needs Debian's chromium")) struct ReportPages {
  /// Looks at the page and writes what it finds at its end.
  private static let probe = """
    <script>
    addEventListener('load', () => {
      const found = {};
      const images = [...document.images];
      found.images = images.length;
      found.missing = images.filter((image) => !image.complete || !image.naturalWidth).length;
      const box = document.querySelector('.frames'), slider = box.querySelector('input');
      const shown = () => [...box.querySelectorAll('.frame')]
        .filter((frame) => getComputedStyle(frame).display !== 'none').map((frame) => frame.dataset.text);
      slider.focus();
      found.focused = document.activeElement === slider && getComputedStyle(slider.parentElement).display !== 'none';
      found.label = slider.labels[0].textContent;
      found.first = shown();
      slider.value = slider.max;
      slider.dispatchEvent(new Event('input'));
      found.last = shown();
      found.said = [box.querySelector('output').textContent, slider.getAttribute('aria-valuetext')];
      dispatchEvent(new Event('beforeprint'));
      found.folded = [...document.querySelectorAll('details')].filter((part) => !part.open).length;
      found.wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
      const result = document.createElement('pre');
      result.id = 'found';
      result.textContent = JSON.stringify(found);
      document.body.append(result);
      console.log('probe is done');
    });
    </script>
    </body>
    """

  private struct Found: Decodable {
    var images, missing, folded, wide: Int
    var focused: Bool
    var label: String
    var first, last, said: [String]
  }

  @Test func worksInABrowser() throws {
    let chromium = try #require(chromium, "chromium is not installed")
    try withTemporaryPath { path in
      let scenario = """
        title: 'Small <cell> & "more"'
        cathode: {width: 6 um, thickness: 6 um}
        microstructure: {column spacing: 3 um}
        numerics: {mesh width: 1 um, depth mesh width: 2 um, interface mesh width: 0.5 um, mesh growth: 1.4}
        run: {cycles: 3, field cycles: [1, 3]}
        """
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let file = path + "/small.yaml"
      try Data(scenario.utf8).write(to: URL(fileURLWithPath: file))
      for (name, pressure) in [("soft", "5 MPa"), ("stiff", "50 MPa")] {
        let run = try cyclelife(
          "run", file, "--quiet", "--output", "\(path)/\(name)", "--set", "cell.stack pressure=\(pressure)")
        try #require(run.status == 0 && run.errors == "", "\(run.errors)")
      }
      let page = path + "/page.html"
      let made = try cyclelife("report", path + "/soft", path + "/stiff", "--output", page)
      #expect(made.status == 0 && made.errors == "" && made.output == "report: \(page)\n")
      let content = try String(contentsOfFile: page, encoding: .utf8)
      try Data(content.replacing("</body>", with: Self.probe).utf8).write(to: URL(fileURLWithPath: page))

      // A desktop, and as narrow as a window without a screen gets.
      for width in [1280, 500] {
        let (output, errors) = try run(
          chromium,
          [
            "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
            "--virtual-time-budget=20000",
            "--window-size=\(width),900", "--user-data-dir=\(path)/profile", "--dump-dom", "file://\(page)",
          ])
        let text = try #require(output.firstMatch(of: /<pre id="found">(.*?)<\/pre>/)?.output.1)
        let found = try JSONDecoder().decode(
          Found.self, from: Data(text.replacing("&lt;", with: "<").replacing("&amp;", with: "&").utf8))
        // Fade compared; of each run the course in three figures, shares, section and the fields of two cycles.
        #expect(found.images == 15 && found.missing == 0)
        #expect(found.focused && found.label == "Cycle, from 1 to 3")
        #expect(found.first.count == 1 && found.first[0].hasPrefix("Cycle 1: "))
        #expect(found.last.count == 1 && found.last[0].hasPrefix("Cycle 3: "))
        #expect(found.said == [found.last[0], found.last[0]])
        #expect(found.folded == 0)
        #expect(found.wide <= 0, "the page of \(width) pixels scrolls sideways by \(found.wide)")
        let console = errors.split(separator: "\n").filter { $0.contains("CONSOLE") }
        // That the probe is heard shows that errors would be.
        #expect(console.count == 1 && console.allSatisfy { $0.contains("probe is done") }, "\(console)")
      }
    }
  }

  private func run(_ program: String, _ arguments: [String]) throws -> (output: String, errors: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let place = NSTemporaryDirectory() + "cyclelife-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: place) }
    // Files, because the page is longer than the buffer of a pipe.
    let names = ["/output", "/errors"].map { place + $0 }
    let files = try names.map { name in
      try Data().write(to: URL(fileURLWithPath: name))
      return try #require(FileHandle(forWritingAtPath: name))
    }
    process.standardOutput = files[0]
    process.standardError = files[1]
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let texts = try names.map {
      String(decoding: try Data(contentsOf: URL(fileURLWithPath: $0)), as: UTF8.self)
    }
    return (texts[0], texts[1])
  }
}

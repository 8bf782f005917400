import CellPhysics
import Foundation

/// The page: what a report says, in the order in which it is asked.
extension Report {
  /// The whole page.
  var html: String {
    let isAlike = Set(runs.map(\.title)).count == 1
    let title =
      runs.count == 1
      ? runs[0].title : (isAlike ? "\(runs[0].title): " : "") + "\(runs.count) runs compared"
    let sections = self.sections
    let links = sections.map { "<li><a href=\"#\($0.id)\">\($0.heading)</a></li>" as HTML }
    let body = sections.map { section in
      """
      <section id="\(section.id)" aria-labelledby="\(section.id)-heading">
      <h2 id="\(section.id)-heading">\(section.heading)</h2>
      \(section.content)
      </section>
      """ as HTML
    }
    // The policy keeps the page from loading anything, whatever stands in it.
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      \(Report.markPiece)
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; \
      script-src 'unsafe-inline'">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <link rel="icon" href="data:,">
      <title>\(title)</title>
      <style>
      \(Report.style)
      </style>
      </head>
      <body>
      <a class="skip" href="#answer">Skip to the answer</a>
      <header>
      <h1>\(title)</h1>
      <p class="question">\(question)</p>
      </header>
      <nav aria-label="Sections"><ul>
      \(links)
      </ul></nav>
      <main>
      \(body)
      </main>
      <footer><p>Made by cyclelife \(RunManifest.programVersion) report from \
      \(runs.map(\.path).joined(separator: ", ")).</p></footer>
      <script>
      \(Report.script)
      </script>
      </body>
      </html>

      """
    return page.markup
  }

  private static let markPiece = HTML(stringLiteral: mark)

  private struct Section {
    var id: String
    var heading: String
    var content: HTML
  }

  private var sections: [Section] {
    [
      Section(id: "answer", heading: "Answer", content: answerContent),
      Section(id: "numbers", heading: "Key numbers", content: numbersTable.html),
      runs.count > 1 ? Section(id: "differences", heading: "What differs", content: differencesContent) : nil,
      Section(id: "figures", heading: "Figures", content: figuresContent),
      runs.contains { !$0.isStudy }
        ? Section(id: "fields", heading: "Fields through the cycles", content: fieldsContent) : nil,
      Section(id: "trust", heading: "What the answer rests on", content: trustContent),
      Section(id: "parameters", heading: "Parameters", content: parametersContent),
      Section(id: "provenance", heading: "Provenance", content: provenanceContent),
    ].compactMap(\.self)
  }

  // MARK: Answer and numbers

  private var answerContent: HTML {
    let sentences = answer.enumerated().map { index, sentence in
      index == 0 ? "<p class=\"answer\">\(sentence)</p>" : "<p>\(sentence)</p>" as HTML
    }
    let findings = zip(runs, labels).flatMap { run, label in
      ((run.manifest.findings ?? []) + [run.widest].compactMap(\.self)).map { text in
        runs.count == 1 ? "<li>\(text)</li>" : "<li>\(label): \(text)</li>" as HTML
      }
    }
    let list: HTML = findings.isEmpty ? .empty : "<ul>\n\(findings)\n</ul>"
    // What comparisons say of themselves is in the files beside the runs.
    let remarks = runs.count == 1 ? runs[0].remarks.map { "<p>\($0)</p>" as HTML } : []
    let about: HTML =
      remarks.isEmpty
      ? .empty : "<details><summary>What the scenario says of itself</summary>\n\(remarks)\n</details>"
    return "\(sentences)\n\(list)\n\(about)"
  }

  /// The number of every case, with its uncertainty; columns that would be empty are left out.
  var numbersTable: HTMLTable {
    typealias Column = (heading: String, text: (ReportedCase) -> String?)
    let last = lastCycle
    let columns: [Column] = [
      ("Capacity, cycle 1 / mAh\u{A0}g⁻¹", { last > 1 ? $0.first?.text : nil }),
      ("Capacity, cycle \(last) / mAh\u{A0}g⁻¹", { ($0.point(last) ?? $0.last)?.capacity.text }),
      ("10–90\u{A0}% of runs / mAh\u{A0}g⁻¹", { ($0.point(last) ?? $0.last)?.capacity.bandText }),
      ("Retention, cycle \(last) / %", { last > 1 ? $0.point(last)?.retention?.text : nil }),
      ("Cycles to 80\u{A0}%", { $0.eighty?.text }),
      ("10–90\u{A0}% of runs / cycles", { $0.eighty?.bandText }),
      ("Contact, cycle \(last) / %", { $0.point(last)?.contact?.text }),
      ("Cracks, cycle \(last) / µm", { $0.point(last)?.cracks?.text }),
      ("Runs", { String($0.runs) }),
      ("Why it ended", { $0.outcome }),
    ]
    let shown = columns.filter { column in entries.contains { column.text($0.reported) != nil } }
    return HTMLTable(
      caption: entries.contains { $0.reported.runs > 1 }
        ? "Discharge capacity and life: medians ± standard error of the median"
        : "Discharge capacity and life",
      headings: [entries.count > 1 ? "Case" : "Cell"] + shown.map(\.heading),
      rows: entries.map { entry in
        ["\(entries.count > 1 ? entry.label : entry.reported.runs > 1 ? "Median" : "The cell")"]
          + shown.map { "\($0.text(entry.reported) ?? "–")" }
      }, isNumeric: true)
  }

  /// A key path, which may be broken behind its periods.
  private static func key(_ path: String) -> HTML {
    path.split(separator: ".").map { "\($0)" as HTML }.joined(".<wbr>")
  }

  private var differencesContent: HTML {
    guard !differences.isEmpty else {
      return "<p>All values of these runs are the same but their titles.</p>"
    }
    let table = HTMLTable(
      caption: "Values that are not the same in all runs", headings: ["Key"] + labels,
      rows: differences.map { difference in
        [Report.key(difference.key)]
          + difference.values.map { value -> HTML in
            let text = value ?? "not known"
            return "\(text.isEmpty ? "–" : text)"
          }
      })
    let studies: HTML =
      runs.contains(where: \.isStudy)
      ? "<p>Of a study these are the values that its cases share; the cases are told apart by their names.</p>"
      : .empty
    return "\(table.html)\n\(studies)"
  }

  // MARK: Figures

  private var figuresContent: HTML {
    let isAlone = runs.count == 1
    var pieces: [HTML] = []
    if let fade {
      let points =
        measured.map {
          " Points: measured, from \(oneLine($0.name)). They are laid over the curves and enter no computation."
        } ?? ""
      pieces.append(
        Report.figure(
          fade,
          caption: Figures.content("fade", hasBands: entries.contains { $0.reported.runs > 1 }) + points,
          description: describedFade(entries)))
    }
    for (index, run) in runs.enumerated() {
      let own = entries.filter { $0.run == index }
      let figures = run.pictures.map { picture in
        Report.figure(
          picture, caption: Figures.content(picture.name, hasBands: run.manifest.replicates != nil),
          description: ["capacity", "fade"].contains(picture.name) ? describedFade(own) : "")
      }
      if !isAlone, !figures.isEmpty { pieces.append("<h3>\(labels[index])</h3>") }
      pieces += figures
    }
    if !missing.isEmpty {
      pieces.append(
        "<p>Figures that are missing here:</p>\n<ul>\n\(missing.map { "<li>\($0)</li>" as HTML })\n</ul>")
    }
    return "\(pieces)"
  }

  /// What curves of fade show, for those who do not see them.
  private func describedFade(_ entries: [Entry]) -> String {
    entries.compactMap { entry -> String? in
      guard let first = entry.reported.first, let last = entry.reported.point(entry.reported.requested) else {
        return nil
      }
      return
        "\(entry.label): from \(first.text) to \(last.capacity.text) mAh/g in \(entry.reported.requested) cycles."
    }.joined(separator: " ")
  }

  private static func figure(_ picture: ReportedRun.Picture, caption: String, description: String) -> HTML {
    "<figure>\n\(image(picture, description: "\(caption) \(description)"))\n<figcaption>\(caption)</figcaption>\n</figure>"
  }

  /// A drawing within the page, at half its pixels, for which it was made.
  private static func image(_ picture: ReportedRun.Picture, description: String) -> HTML {
    let size = picture.size ?? (2, 2)
    return """
      <img src="data:image/png;base64,\(picture.png.base64EncodedString())" width="\(size.width / 2)" \
      height="\(size.height / 2)" alt="\(description.trimmingCharacters(in: .whitespaces))">
      """
  }

  private var fieldsContent: HTML {
    let pieces = zip(runs.indices, runs).filter { !$1.isStudy }.map { index, run -> HTML in
      let heading: HTML = runs.count == 1 ? .empty : "<h3>\(labels[index])</h3>\n"
      guard !run.fields.isEmpty else {
        return """
          \(heading)<p>No fields were drawn. Runs draw those of the cycle after the last, unless \
          <code>--no-figures</code> is given; <code>--fields 1,25,50</code> asks for others.</p>
          """
      }
      return "\(heading)\(Report.slider(run, id: "cycle-\(index + 1)", label: labels[index]))"
    }
    return "\(pieces)"
  }

  /// The fields of a run one cycle at a time; all below one another without the script, and in print.
  private static func slider(_ run: ReportedRun, id: String, label: String) -> HTML {
    let frames = run.fields.map { cycle, picture -> HTML in
      let said = "Cycle \(cycle)" + summary(of: cycle, in: run)
      let shown = """
        Lithium content, stresses and the largest principal stress in the section, charged and discharged, with cracks, \
        crystal boundaries and contact. \(said).
        """
      return """
        <figure class="frame" data-text="\(said)">
        <div class="pan" role="region" aria-label="Fields of cycle \(cycle)" tabindex="0">
        \(image(picture, description: shown))
        </div>
        <figcaption>\(said)</figcaption>
        </figure>
        """
    }
    let marks = run.fields.indices.map { "<option value=\"\($0)\"></option>" as HTML }
    let control: HTML =
      run.fields.count < 2
      ? .empty
      : """
      <p class="slide" hidden>
      <label for="\(id)">Cycle, from \(run.fields[0].cycle) to \(run.fields[run.fields.count - 1].cycle)</label>
      <input type="range" id="\(id)" min="0" max="\(run.fields.count - 1)" step="1" value="0" list="\(id)-marks">
      <output for="\(id)"></output>
      </p>
      <datalist id="\(id)-marks">\(marks.joined(.empty))</datalist>
      """
    return """
      <div class="frames" role="group" aria-label="Fields of \(label)">
      \(control)
      \(frames)
      </div>
      """
  }

  /// What `cycles.csv` says of a cycle, behind its number.
  private static func summary(of cycle: Int, in run: ReportedRun) -> String {
    guard let row = run.cycles?.filtered("Cycle Count / 1", String(cycle)), row.rows.count == 1 else {
      // The closing look of a run that asked for no fields.
      return ", which would follow the last"
    }
    func number(_ heading: String, _ format: String) -> String? {
      (row.numbers(heading).first ?? nil).map { String(format: format, $0) }
    }
    let site = row.texts("Peak Stress Site / 1").first.flatMap { $0.isEmpty ? nil : " at \($0)" } ?? ""
    let parts = [
      number("Discharge Capacity / mAh g-1", "%.1f mAh/g"), number("Contact Fraction / 1", "contact %.3f"),
      number("Crack Length / um", "cracks %.0f µm"),
      number("Peak Tensile Stress / MPa", "peak tension %.0f MPa").map { $0 + site },
    ].compactMap(\.self)
    return parts.isEmpty ? "" : ": " + parts.joined(separator: ", ")
  }

  // MARK: What it rests on

  private var trustContent: HTML {
    let rows = allRows
    let cycles = runs.map(\.manifest.cyclesRequested).max() ?? 1
    let calibrated = rows.filter { $0.provenance == .calibrated || $0.origin == .fit }
    var pieces: [HTML] = []
    if calibrated.isEmpty {
      pieces.append("<p><strong>Calibrated:</strong> nothing; no value in use was fitted.</p>")
    } else {
      pieces.append(
        """
        <p><strong>Calibrated:</strong> the values below were fitted, or set by hand until results agreed with measured \
        ones. That results agree with those measurements is no test of the model.</p>
        \(inputs("Calibrated values", calibrated))
        """)
    }
    pieces.append(
      """
      <p><strong>Predicted:</strong> all numbers and figures above follow from the inputs by the model; no measured \
      curve enters them. Capacities at several rates, energies and fade of the default cell were used in the calibration; \
      stresses, cracks, contact and what other cells do were not.</p>
      """)
    if let unmeasured = FadeInputs(rows, cycles: cycles), !unmeasured.assumed.isEmpty {
      pieces.append(
        """
        <p><strong>Unmeasured:</strong> the fade also rests on \(unmeasured.assumed.count) inputs of degradation and \
        mechanics that were assumed. <code>scenarios/sensitivity.yaml</code> shows what the least known of them move.</p>
        \(inputs("Assumed values that the fade rests on", unmeasured.assumed))
        """)
    }
    return "\(pieces)"
  }

  /// The values of all runs, each once.
  private var allRows: [ResolvedScenario.Row] {
    var seen: Set<String> = []
    return runs.flatMap(\.manifest.scenario).filter { seen.insert("\($0.key)\n\($0.value)").inserted }
  }

  private func inputs(_ caption: String, _ rows: [ResolvedScenario.Row]) -> HTML {
    let table = HTMLTable(
      caption: caption, headings: ["Key", "Value", "Source"],
      rows: rows.map { row in
        // A value that is not that of all runs says whose it is.
        let owners = zip(runs, labels).filter { $0.0.manifest.scenario.contains(row) }.map(\.1)
        let owner: HTML =
          owners.count < runs.count ? "<br><small>\(owners.joined(separator: "; "))</small>" : .empty
        return [
          "\(Report.key(row.key))\(owner)", "\(row.value) \(row.unit == "1" ? "" : row.unit)",
          "\(row.source)",
        ]
      })
    return "<details><summary>\(caption): \(rows.count)</summary>\n\(table.html)\n</details>"
  }

  private var parametersContent: HTML {
    let run = runs[0]
    let rows = run.manifest.scenario.filter { $0.key != ScenarioKey.title.path }.map { row -> [HTML] in
      let parameter = Parameter(rawValue: row.key)
      let meaning: HTML = parameter.map { "<br><small>\($0.entry.meaning)</small>" } ?? .empty
      let known =
        row.origin == .default ? row.provenance?.rawValue ?? "default" : "given: \(row.origin.rawValue)"
      return [
        "\(Report.key(row.key))\(meaning)", "\(row.value)", "\(row.unit == "1" ? "–" : row.unit)", "\(known)",
        "\(row.source)",
      ]
    }
    let table = HTMLTable(
      caption: "Values in use\(runs.count > 1 ? " in \(labels[0])" : "")",
      headings: ["Key", "Value", "Unit", "Knowledge", "Source"], rows: rows)
    let others: HTML =
      runs.count > 1
      ? "<p>Those of the first run; the others differ from it in what the table above lists, and in nothing else.</p>"
      : .empty
    let steps = run.manifest.protocolSteps.map { "<li>\($0)</li>" as HTML }
    return """
      \(others)
      <p>One cycle:</p>
      <ol>
      \(steps)
      </ol>
      <details><summary>All \(rows.count) values with their sources</summary>
      \(table.html)
      </details>
      """
  }

  /// A text that may be broken within a word of more than 16 letters.
  private static func breakable(_ text: String) -> HTML {
    let words = text.split(separator: " ", omittingEmptySubsequences: false).map { word -> HTML in
      stride(from: 0, to: max(word.count, 1), by: 16).map { "\(word.dropFirst($0).prefix(16))" as HTML }
        .joined("<wbr>")
    }
    return words.joined(" ")
  }

  private var provenanceContent: HTML {
    typealias Line = (name: String, text: (ReportedRun) -> String?)
    func seconds(_ value: Double) -> String { String(format: "%.1f s", value) }
    var lines: [Line] = [
      ("Directory", { $0.path }),
      ("Outcome", { $0.manifest.outcome }),
      ("Exit code", { String($0.manifest.exitCode) }),
      ("Seed", { String($0.manifest.seed) }),
      ("Replicates", { $0.manifest.replicates.map(String.init) }),
      ("Cases", { $0.manifest.cases.map(String.init) }),
      ("Cycles done", { String($0.manifest.cyclesCompleted) }),
      ("Program", { "\($0.manifest.environment.program) \($0.manifest.environment.version)" }),
      (
        "Built with",
        {
          "Swift \($0.manifest.environment.swiftCompiler), GSL \($0.manifest.environment.gsl), "
            + $0.manifest.environment.libc
            + ($0.manifest.environment.blasKernels.map { ", OpenBLAS kernels \($0)" } ?? "")
        }
      ),
      ("Processor", { $0.manifest.environment.processor }),
      ("Started", { $0.manifest.started }),
      ("Ended", { $0.manifest.ended }),
      ("Wall time", { seconds($0.manifest.wallSeconds) }),
      ("CPU time", { seconds($0.manifest.cpuSeconds) }),
      ("Peak memory", { String(format: "%.0f MiB", $0.manifest.peakMemoryMiB) }),
      ("Continued after cycle", { $0.manifest.continuedAfterCycle.map(String.init) }),
    ]
    let files = runs.flatMap { $0.digests.map(\.name) }
    var seen: Set<String> = []
    lines += files.filter { seen.insert($0).inserted }.map { file in
      ("SHA-256 of \(file)", { run in run.digests.first { $0.name == file }?.digest })
    }
    if let measured {
      lines.append(("SHA-256 of \(oneLine(measured.name))", { _ in measured.digest }))
    }
    let rows = lines.compactMap { line -> [HTML]? in
      let texts = runs.map(line.text)
      guard texts.contains(where: { $0 != nil }) else { return nil }
      return ["\(line.name)"] + texts.map { Report.breakable($0 ?? "–") }
    }
    return HTMLTable(
      caption: "Where the numbers come from", headings: ["Item"] + (runs.count > 1 ? labels : ["Run"]),
      rows: rows
    ).html
  }
}

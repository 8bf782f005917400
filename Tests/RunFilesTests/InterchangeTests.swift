import Foundation
import Testing

/// A Python with batterydf, bpx and pandas, of the versions that `.ci/run` installs; nil where none is named.
private let python = ProcessInfo.processInfo.environment["CYCLELIFE_PYTHON"].flatMap { $0.isEmpty ? nil : $0 }

/// Where changes are judged, what cannot be tried is a failure.
private let isNeeded = ProcessInfo.processInfo.environment["CI"] != nil

/// Has the programs of others read what a run writes.
@Suite(
  .enabled(
    if: python != nil || isNeeded,
    "needs CYCLELIFE_PYTHON, a Python in which batterydf 0.1.0, bpx 1.1.1 and pandas are installed"))
struct Interchange {
  private static let scenario = """
    title: 'Small "cell"'
    cathode: {width: 6 um, thickness: 6 um}
    microstructure: {column spacing: 3 um}
    numerics: {mesh width: 1 um, depth mesh width: 2 um, interface mesh width: 0.5 um, mesh growth: 1.4}
    reference test: {every: 2}
    run: {cycles: 3, field cycles: [1, 3]}
    """

  /// Runs the small cell into `directory`, which is in `path`.
  private func run(_ directory: String, in path: String, _ overrides: String...) throws {
    try FileManager.default.createDirectory(atPath: path + "/runs", withIntermediateDirectories: true)
    try Data(Self.scenario.utf8).write(to: URL(fileURLWithPath: path + "/small.yaml"))
    let result = try cyclelife(
      ["run", path + "/small.yaml", "--quiet", "--output", "\(path)/\(directory)"]
        + overrides.flatMap { ["--set", $0] })
    try #require(result.status == 0 && result.errors == "", "\(result.errors)")
  }

  /// What Python prints that carries out `script` in `path`.
  private func carryOut(_ script: String, in path: String) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(
      fileURLWithPath: try #require(python, "CYCLELIFE_PYTHON names no Python; .ci/run makes one"))
    process.arguments = ["-c", script]
    process.currentDirectoryURL = URL(fileURLWithPath: path)
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: text, as: UTF8.self))
  }

  private func expectSuccess(_ script: String, in path: String) throws {
    let (status, output) = try carryOut(script, in: path)
    #expect(status == 0, "\(output)")
  }

  @Test func theBatteryDataFormatIsValid() throws {
    try withTemporaryPath { path in
      try run("runs/cell", in: path)
      // The validator reports falling times and old labels, and yet says ok.
      let check = """
        import json, sys
        from typer.testing import CliRunner
        from bdf.cli import app
        result = CliRunner().invoke(app, ["validate", sys.argv[1] if len(sys.argv) > 1 else FILE, "--strict", "--json"])
        assert result.exit_code == 0, result.output
        report = json.loads(result.stdout)
        assert report["ok"] and not report["missing"] and not report["legacy_labels"], report
        assert report["extras"] == ["Voltage vs Li / V", "Mean Lithium Content / 1"], report
        assert report["time_stats"]["monotonic"] and report["time_stats"]["present"], report
        assert report["n_rows"] > 20, report
        """
      for name in ["timeseries.bdf.csv", "reference.bdf.csv"] {
        try expectSuccess("FILE = 'runs/cell/\(name)'\n" + check, in: path)
      }
      // That a file without currents fails shows that the check would.
      let series = try String(contentsOfFile: path + "/runs/cell/timeseries.bdf.csv", encoding: .utf8)
      try Data(series.replacing("Current / A", with: "Strom / A").utf8)
        .write(to: URL(fileURLWithPath: path + "/wrong.bdf.csv"))
      #expect(try carryOut("FILE = 'wrong.bdf.csv'\n" + check, in: path).status != 0)
    }
  }

  @Test func theParametersAreReadByBPX() throws {
    try withTemporaryPath { path in
      try run("runs/cell", in: path)
      let made = try cyclelife("export", path + "/runs/cell", "--bpx", "--output", path + "/cell.json")
      try #require(made.status == 0 && made.errors == "", "\(made.errors)")
      try expectSuccess(
        """
        import bpx, copy, json, math
        cell = bpx.parse_bpx_file("cell.json")
        parameters = cell.parameterisation
        assert cell.header.model == "Partial" and cell.header.title == 'Small "cell"'
        assert parameters.negative_electrode is None and parameters.separator is None
        electrode = parameters.positive_electrode
        assert type(electrode).__name__ == "ElectrodeSingleSPM"
        assert math.isclose(electrode.thickness, 6e-6) and electrode.maximum_stoichiometry == 0.98
        # Along the layers at lithium content 0.75, as the scenario has it.
        assert math.isclose(electrode.diffusivity.to_python_function()(0.75), 3.81e-13, rel_tol=1e-12)
        assert len(electrode.ocp.x) == len(electrode.ocp.y) == 121
        user = parameters.user_defined.model_extra
        current = user["Positive electrode exchange-current density [A.m-2]"].to_python_function()
        assert math.isclose(current(0.5), 0.72, rel_tol=1e-12)
        assert user["CycleLife"]["cell.stack pressure [Pa]"] == 1e7
        assert cell.state.initial_conditions.initial_soc == 0
        # That an unknown key is refused shows that ours are known.
        wrong = json.load(open("cell.json"))
        wrong["Parameterisation"]["Cell"]["Weather"] = 1
        try:
            bpx.parse_bpx_obj(wrong)
        except ValueError:
            pass
        else:
            raise AssertionError("an unknown key is accepted")
        """, in: path)
    }
  }

  /// The code on the page for users, as it stands there.
  @Test func thePageOnPythonWorks() throws {
    let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources/RunFiles/RunFiles.docc/Interchange.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let blocks = text.matches(of: /```python\n([\s\S]*?)```/).map { String($0.output.1) }
    let block = try #require(blocks.first)
    #expect(blocks.count == 1)
    try withTemporaryPath { path in
      try run("runs/dense-lco-1c", in: path)
      try run("runs/ensemble", in: path, "run.replicates=2", "run.field cycles=[]", "reference test.every=0")
      try expectSuccess(
        block + """

          # What the page says of the values that it reads.
          assert list(cycles.index) == [1, 2, 3] and 0.9 < retention.iloc[-1] < 1.1
          assert len(discharge) > 3 and (first["Current / A"] > 0).any()
          # The first row is a hundredth of a second after the start, before which some charge may have passed.
          area = float(values.loc["cell.electrode area", "value"])
          assert values.loc["cell.electrode area", "unit"] == "cm2"
          expected = cycles["Discharge Capacity / mAh cm-2"].loc[1] * area / 1000
          assert abs(delivered / expected - 1) < 1e-6, (delivered, expected)
          assert abs(per_gram / capacity.loc[1] - 1e-3 * area) < 1e-6
          assert (pybamm_current[series["Current / A"] < 0] > 0).all()
          assert thickness == 6 and values.loc["cathode.thickness", "unit"] == "um"
          assert list(reference.index) == [1, 2]
          assert (low <= median).all() and (median <= high).all() and len(median) == 3
          assert "Discharge Capacity / mAh g-1" in figure
          assert strongest["Largest Principal Stress / MPa"] == fields["Largest Principal Stress / MPa"].max()
          assert hotspots["Cycle Count / 1"].eq(1).all()
          # Two moments of two cycles, of fields, cracks and the interface.
          assert all((run / "fields" / name).exists() for _, name in moments)
          assert len({time for time, _ in moments}) == 4, moments
          """, in: path)
    }
  }
}

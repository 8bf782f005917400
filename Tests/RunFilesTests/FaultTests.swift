import Foundation
import Testing

/// A small cell whose section `run` of the scenario is given.
func smallCell(_ run: String) -> String {
  """
  title: Small
  protocol: ['Charge at 1C until 4.03 V vs Li', 'Discharge at 1C until 3.544 V vs Li']
  cathode: {width: 6 um, thickness: 6 um}
  microstructure: {column spacing: 3 um}
  numerics: {mesh width: 1 um, depth mesh width: 2 um, interface mesh width: 0.5 um, mesh growth: 1.4}
  run: {\(run)}
  """
}

/// A scenario that is run behind a library that lets calls fail.
struct FaultyRuns {
  private let path: String
  private let library: String
  /// Where the library leaves how many calls there were.
  let count: String

  /// Compiles the library, a text in C, and writes the scenario into the directory at `path`.
  init(in path: String, library text: String, scenario: String) throws {
    (self.path, library, count) = (path, path + "/faulty.so", path + "/count")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try build(text, as: library)
    try Data(scenario.utf8).write(to: URL(fileURLWithPath: path + "/small.yaml"))
  }

  /// Runs it with results in a directory.
  func run(_ directory: String, _ environment: [String: String]) throws -> (status: Int32, errors: String) {
    let arguments = [
      "run", path + "/small.yaml", "--no-figures", "--quiet", "--checkpoint-interval", "0", "--output",
      directory,
    ]
    return try cyclelife(arguments, library: library, environment: environment)
  }
}

/// Stands before the C library: the operation on files below a directory that has a given number fails, and all
/// that follow it where the fault is to last.
private let faultyLibrary = #"""
  #define _GNU_SOURCE
  #include <dlfcn.h>
  #include <errno.h>
  #include <fcntl.h>
  #include <stdarg.h>
  #include <stdatomic.h>
  #include <stdio.h>
  #include <stdlib.h>
  #include <string.h>
  #include <sys/stat.h>
  #include <sys/types.h>
  #include <unistd.h>

  static atomic_int count;
  static char inside[4096];

  static int fails(int concerned) {
    if (!concerned) return 0;
    const char *at = getenv("FAULT_AT"), *lasts = getenv("FAULT_LASTS"), *code = getenv("FAULT_ERRNO");
    int number = atomic_fetch_add(&count, 1) + 1, wanted = at ? atoi(at) : 0;
    if (wanted == 0 || number < wanted || (number > wanted && !lasts)) return 0;
    errno = code ? atoi(code) : EIO;
    return 1;
  }

  static int below(const char *path) {
    const char *under = getenv("FAULT_UNDER");
    return under && path && strncmp(path, under, strlen(under)) == 0;
  }

  static int isInside(int file) { return file >= 0 && file < 4096 && inside[file]; }

  #define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

  #define OPEN(name) \
    int name(const char *path, int flags, ...) { \
      va_list list; \
      va_start(list, flags); \
      int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, int) : 0; \
      va_end(list); \
      int concerned = below(path); \
      if (fails(concerned)) return -1; \
      int file = REAL(name)(path, flags, mode); \
      if (file >= 0 && file < 4096) inside[file] = concerned; \
      return file; \
    }
  OPEN(open)
  OPEN(open64)

  ssize_t write(int file, const void *bytes, size_t size) {
    if (fails(isInside(file))) return -1;
    return REAL(write)(file, bytes, size);
  }
  int fsync(int file) { return fails(isInside(file)) ? -1 : REAL(fsync)(file); }
  int ftruncate(int file, off_t size) { return fails(isInside(file)) ? -1 : REAL(ftruncate)(file, size); }
  int ftruncate64(int file, off64_t size) { return fails(isInside(file)) ? -1 : REAL(ftruncate64)(file, size); }
  int rename(const char *from, const char *to) { return fails(below(to)) ? -1 : REAL(rename)(from, to); }
  int unlink(const char *path) { return fails(below(path)) ? -1 : REAL(unlink)(path); }
  int mkdir(const char *path, mode_t mode) { return fails(below(path)) ? -1 : REAL(mkdir)(path, mode); }
  int close(int file) {
    if (file >= 0 && file < 4096) inside[file] = 0;
    return REAL(close)(file);
  }

  __attribute__((destructor)) static void tell(void) {
    const char *path = getenv("FAULT_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (file) {
      fprintf(file, "%d", atomic_load(&count));
      fclose(file);
    }
  }
  """#

/// What fails, how, and whether it goes on failing.
private struct Fault {
  var number: Int
  var code: Int32
  var lasts: Bool

  /// A different one for each operation, so that neighbouring ones do not fail alike.
  init(number: Int) {
    self.number = number
    code = [ENOSPC, EACCES, EIO, EROFS, EDQUOT][number % 5]
    lasts = number / 5 % 2 == 0
  }
}

/// Runs the program behind a library that lets calls fail.
private func cyclelife(_ arguments: [String], library: String, environment: [String: String]) throws
  -> (status: Int32, errors: String)
{
  let process = Process()
  let errors = Pipe()
  process.executableURL = try builtProgram()
  process.arguments = arguments
  process.environment = ProcessInfo.processInfo.environment
    .merging(environment.merging(["LD_PRELOAD": library]) { $1 }) { $1 }
  process.standardOutput = FileHandle.nullDevice
  process.standardError = errors
  try process.run()
  let text = (try? errors.fileHandleForReading.readToEnd()) ?? Data()
  process.waitUntilExit()
  #expect(process.terminationReason == .exit)
  return (process.terminationStatus, String(decoding: text, as: UTF8.self))
}

/// Compiles a library in C.
private func build(_ text: String, as library: String) throws {
  let source = library + ".c"
  try Data(text.utf8).write(to: URL(fileURLWithPath: source))
  let compiler = Process()
  compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  compiler.arguments = ["clang", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"]
  try compiler.run()
  compiler.waitUntilExit()
  #expect(compiler.terminationStatus == 0)
}

@Suite struct Faults {
  private let names = ["checkpoint.json", "cycles.csv", "scenario.yaml", "timeseries.bdf.csv"]

  private func contents(_ path: String, _ names: [String]) throws -> [Data] {
    try names.map { try Data(contentsOf: URL(fileURLWithPath: path + "/" + $0)) }
  }

  /// `CYCLELIFE_FAULTS` asks for more faults than the few of every test run: as many as there are operations, or
  /// more, for each of them.
  @Test func aRunWhoseFilesFailSaysSoAndGoesOn() throws {
    let asked = ProcessInfo.processInfo.environment["CYCLELIFE_FAULTS"].flatMap { Int($0) } ?? 8
    try withTemporaryPath { path in
      let faulty = try FaultyRuns(
        in: path, library: faultyLibrary, scenario: smallCell("cycles: 2, seed: 5, field cycles: [1]"))
      let whole = path + "/whole"
      let first = try faulty.run(whole, ["FAULT_UNDER": whole, "FAULT_COUNT": faulty.count])
      #expect(first.status == 0, "\(first.errors)")
      let operations = try #require(Int(String(contentsOfFile: faulty.count, encoding: .utf8)))
      // Opening, writing, flushing and renaming of every file, at least.
      #expect(operations > 100)
      let wanted = min(asked, operations)
      let numbers = (0..<wanted).map { 1 + $0 * operations / wanted + (wanted < operations ? $0 % 7 : 0) }
      let fields = try FileManager.default.contentsOfDirectory(atPath: whole + "/fields")
      var statuses: [Int32: Int] = [:]
      for fault in numbers.map(Fault.init(number:)) where fault.number <= operations {
        let parts = path + "/parts"
        var environment = [
          "FAULT_UNDER": parts, "FAULT_AT": "\(fault.number)", "FAULT_ERRNO": "\(fault.code)",
        ]
        if fault.lasts { environment["FAULT_LASTS"] = "1" }
        let failed = try faulty.run(parts, environment)
        statuses[failed.status, default: 0] += 1
        if failed.status == 0 {
          // Asking for a file that need not be there: nothing is lost.
          #expect(try contents(parts, names) == contents(whole, names), "\(fault)")
        } else {
          // 66 and 73 where nothing was computed: the directory cannot be made, locked or looked through.
          #expect([66, 73, 74].contains(failed.status), "\(fault): \(failed.status) \(failed.errors)")
          #expect(failed.errors.contains("cyclelife: error: cannot "), "\(fault): \(failed.errors)")
        }
        let rest = try faulty.run(parts, [:])
        #expect(rest.status == 0, "\(fault): \(rest.errors)")
        #expect(try contents(parts, names) == contents(whole, names), "\(fault)")
        #expect(try contents(parts + "/fields", fields) == contents(whole + "/fields", fields), "\(fault)")
        let left = try FileManager.default.contentsOfDirectory(atPath: parts)
        #expect(!left.contains { $0.hasSuffix(".partial") }, "\(fault): \(left)")
        try FileManager.default.removeItem(atPath: parts)
      }
      // Most operations are of the results.
      #expect(2 * statuses[74, default: 0] > wanted)
      print("faults: \(statuses.values.reduce(0, +)) of \(operations) operations, exit codes \(statuses)")
    }
  }

  @Test func aDirectoryThatIsRemovedEndsTheRun() throws {
    try withTemporaryPath { path in
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let yaml = smallCell("cycles: 1000, seed: 5, field cycles: [1]")
      try Data(yaml.utf8).write(to: URL(fileURLWithPath: path + "/small.yaml"))
      let directory = path + "/run"
      let running = try Running([
        "run", path + "/small.yaml", "--no-figures", "--checkpoint-interval", "0", "--output", directory,
      ])
      running.wait(for: directory + "/cycles.csv.partial", lines: 2)
      // Files that appear meanwhile keep it from being removed at once.
      while FileManager.default.fileExists(atPath: directory) {
        try? FileManager.default.removeItem(atPath: directory)
      }
      running.process.waitUntilExit()
      let end = running.end(0)
      #expect(end.status == 74 && end.reason == .exit)
      #expect(end.errors.contains("cannot write '\(directory)"), "\(end.errors)")
      #expect(!FileManager.default.fileExists(atPath: directory))
    }
  }
}

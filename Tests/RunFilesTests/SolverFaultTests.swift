import Foundation
import Testing

/// Stands before SuiteSparse, LAPACK and GSL: the call of one routine that has a given number fails as the library
/// itself says that it does.
private let faultyLibrary = #"""
  #define _GNU_SOURCE
  #include <dlfcn.h>
  #include <stdatomic.h>
  #include <stdio.h>
  #include <stdlib.h>
  #include <string.h>
  #include <suitesparse/cholmod.h>

  typedef enum {SOLVE, FACTORIZE, ANALYZE, DENSE, ROOT, POTENTIAL, ODE, routines} routine;
  static const char *names[routines] = {"solve", "factorize", "analyze", "dense", "root", "potential", "ode"};
  static atomic_int count[routines];

  static int fails(routine which) {
    const char *name = getenv("FAULT_ROUTINE"), *at = getenv("FAULT_AT");
    int number = atomic_fetch_add(&count[which], 1) + 1;
    if (!name || strcmp(name, names[which]) != 0) return 0;
    return number == atoi(at) || (number > atoi(at) && getenv("FAULT_LASTS"));
  }

  #define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

  int cholmod_solve2(
      int system, cholmod_factor *factor, cholmod_dense *b, cholmod_sparse *bset, cholmod_dense **x,
      cholmod_sparse **xset, cholmod_dense **y, cholmod_dense **e, cholmod_common *common) {
    if (fails(SOLVE)) { common->status = CHOLMOD_OUT_OF_MEMORY; return 0; }
    int status = REAL(cholmod_solve2)(system, factor, b, bset, x, xset, y, e, common);
    const char *factor_text = getenv("FAULT_FACTOR");
    if (status && factor_text && *x) {
      double *values = (*x)->x, by = atof(factor_text);
      for (size_t index = 0; index < (*x)->nzmax; index++) values[index] *= by;
    }
    return status;
  }
  int cholmod_factorize(cholmod_sparse *matrix, cholmod_factor *factor, cholmod_common *common) {
    if (fails(FACTORIZE)) { common->status = CHOLMOD_NOT_POSDEF; return 1; }
    return REAL(cholmod_factorize)(matrix, factor, common);
  }
  cholmod_factor *cholmod_analyze_p(
      cholmod_sparse *matrix, int *order, int *set, size_t size, cholmod_common *common) {
    if (fails(ANALYZE)) { common->status = CHOLMOD_OUT_OF_MEMORY; return NULL; }
    return REAL(cholmod_analyze_p)(matrix, order, set, size, common);
  }
  int LAPACKE_dgetrf_work(int layout, int m, int n, double *a, int lda, int *pivots) {
    if (fails(DENSE)) return 1;
    return REAL(LAPACKE_dgetrf_work)(layout, m, n, a, lda, pivots);
  }
  int gsl_root_fsolver_iterate(void *solver) {
    return fails(ROOT) ? 9 : REAL(gsl_root_fsolver_iterate)(solver);
  }
  int gsl_interp_eval_e(
      const void *interpolant, const double x[], const double y[], double at, void *cache, double *value) {
    return fails(POTENTIAL) ? 1 : REAL(gsl_interp_eval_e)(interpolant, x, y, at, cache, value);
  }
  int gsl_odeiv2_driver_apply(void *driver, double *time, double end, double y[]) {
    return fails(ODE) ? 27 : REAL(gsl_odeiv2_driver_apply)(driver, time, end, y);
  }

  __attribute__((destructor)) static void tell(void) {
    const char *path = getenv("FAULT_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) return;
    for (int which = 0; which < routines; which++) fprintf(file, "%s %d\n", names[which], count[which]);
    fclose(file);
  }
  """#

@Suite struct SolverFaults {
  private let names = ["checkpoint.json", "cycles.csv", "timeseries.bdf.csv"]

  private func contents(_ path: String) throws -> [Data] {
    try names.map { try Data(contentsOf: URL(fileURLWithPath: path + "/" + $0)) }
  }

  /// Discharge capacities, mAh/g.
  private func capacities(_ path: String) throws -> [Double] {
    try String(contentsOfFile: path + "/cycles.csv", encoding: .utf8).split(separator: "\n").dropFirst().map {
      try #require(Double($0.split(separator: ",", omittingEmptySubsequences: false)[2]))
    }
  }

  /// `CYCLELIFE_SOLVER_FAULTS` asks for more faults of each routine than the few of every test run.
  @Test func aSolverThatFailsIsGotOverOrSaysSo() throws {
    let asked =
      ProcessInfo.processInfo.environment["CYCLELIFE_SOLVER_FAULTS"].flatMap { Int($0) } ?? 4
    try withTemporaryPath { path in
      // Small enough to be run hundreds of times, with cracks that are resolved and grow.
      let faulty = try FaultyRuns(
        in: path, library: faultyLibrary, scenario: smallCell("cycles: 3, seed: 5"))
      let whole = path + "/whole"
      let first = try faulty.run(whole, ["FAULT_COUNT": faulty.count])
      #expect(first.status == 0, "\(first.errors)")
      let expected = try capacities(whole)
      #expect(expected.count == 3)
      for line in try String(contentsOfFile: faulty.count, encoding: .utf8).split(separator: "\n") {
        let parts = line.split(separator: " ")
        let (routine, calls) = (String(parts[0]), try #require(Int(parts[1])))
        // All of them are called, or this test tests less than it says.
        #expect(calls > 0, "\(routine)")
        let wanted = min(asked, calls)
        var outcomes: [String: Int] = [:]
        for index in 0..<wanted {
          let number = wanted < calls ? 1 + (2 * index + 1) * calls / (2 * wanted) : 1 + index
          // Every fourth failure is for good.
          let lasts = index % 4 == 3
          var environment = ["FAULT_ROUTINE": routine, "FAULT_AT": "\(number)"]
          if lasts { environment["FAULT_LASTS"] = "1" }
          let name = "\(routine) \(number) of \(calls)\(lasts ? " and all after it" : "")"
          let directory = path + "/parts"
          let failed = try faulty.run(directory, environment)
          outcomes["\(failed.status)\(lasts ? " for good" : "")", default: 0] += 1
          if failed.status == 0 {
            // Other steps are taken: the error of steps is 2e-5 of a capacity, and damage may differ by it.
            for (capacity, whole) in zip(try capacities(directory), expected) {
              #expect(abs(capacity / whole - 1) < 1e-3, "\(name): \(capacity) \(whole)")
            }
            #expect(try capacities(directory).count == 3, "\(name)")
          } else {
            #expect(failed.status == 70, "\(name): \(failed.status) \(failed.errors)")
            // Which cycle, and what of the cell could not be solved; a cell that cannot be set up has no cycle.
            let words = [
              "no time step can be solved", "the stresses of the film cannot be solved",
              "the damage of cracks cannot be computed", "the lithium content in equilibrium with",
              "the effective diffusivity cannot be computed",
              "the stiffness of the film cannot be factorised",
              "out of memory",
            ]
            #expect(failed.errors.contains("cyclelife: error: "), "\(name): \(failed.errors)")
            #expect(words.contains { failed.errors.contains($0) }, "\(name): \(failed.errors)")
            // What was kept leads to the same end as if nothing had been.
            let rest = try faulty.run(directory, [:])
            #expect(rest.status == 0, "\(name): \(rest.errors)")
            #expect(try contents(directory) == contents(whole), "\(name)")
          }
          try FileManager.default.removeItem(atPath: directory)
        }
        print("solver faults: \(routine), \(wanted) of \(calls) calls, exit codes \(outcomes)")
      }
    }
  }

  /// Every solution of a sparse system is off by 1 %, and says that it is none the worse.
  @Test func aSolverThatIsWrongAndSilentIsFound() throws {
    try withTemporaryPath { path in
      let faulty = try FaultyRuns(
        in: path, library: faultyLibrary, scenario: smallCell("cycles: 2, seed: 5"))
      let wrong = try faulty.run(path + "/run", ["FAULT_FACTOR": "1.01"])
      // Newton's steps only need more of themselves; stresses, which are solved for once, do not balance.
      #expect(wrong.status == 70, "\(wrong.errors)")
      #expect(wrong.errors.contains("cyclelife: error: cycle 1: forces do not balance"), "\(wrong.errors)")
      // Nothing of the cycle was kept.
      let rest = try faulty.run(path + "/run", [:])
      let right = try faulty.run(path + "/right", [:])
      #expect(rest.status == 0 && right.status == 0)
      #expect(try contents(path + "/run") == contents(path + "/right"))
    }
  }
}

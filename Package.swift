// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "CycleLife",
  products: [
    .executable(name: "cyclelife", targets: ["cyclelife"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/google/swift-benchmark", from: "0.1.2"),
  ],
  targets: [
    // MARK: C libraries of the system
    .systemLibrary(name: "CGSL", providers: [.apt(["libgsl-dev"])]),
    .systemLibrary(name: "CSuiteSparse", providers: [.apt(["libsuitesparse-dev"])]),
    .systemLibrary(
      name: "CLAPACK",
      providers: [.apt(["liblapacke-dev", "libopenblas-dev"])]),

    // MARK: Physics and method
    .target(name: "CellPhysics"),
    .target(
      name: "Numerics", dependencies: ["CGSL", "CSuiteSparse", "CLAPACK"],
      // Its loops take half of the time of all tests when they are not optimised.
      swiftSettings: [.unsafeFlags(["-O"], .when(configuration: .debug))]),
    .target(name: "CellModel", dependencies: ["CellPhysics", "Numerics"]),
    .target(name: "CycleLife", dependencies: ["CellModel"]),

    // MARK: Files and the command line
    .target(
      name: "RunFiles", dependencies: ["CycleLife", "Numerics", "Yams"],
      // In the code, so that the program stands alone; links to the files in `scenarios`.
      resources: [.embedInCode("Templates"), .embedInCode("Materials")]),
    .target(
      name: "Validation", dependencies: ["RunFiles", "CycleLife", "Numerics"],
      // In the code, so that the program stands alone.
      resources: [.embedInCode("Resources/targets.csv")]),
    .executableTarget(
      name: "cyclelife",
      dependencies: [
        "RunFiles", "Validation", "Numerics",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .executableTarget(
      name: "cyclelife-bench",
      dependencies: [
        "RunFiles", "CycleLife", "CellModel", "CellPhysics", "Numerics",
        .product(name: "Benchmark", package: "swift-benchmark"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      resources: [.embedInCode("Resources/work.csv")]),

    // MARK: Tests
    .testTarget(name: "NumericsTests", dependencies: ["Numerics"]),
    .testTarget(name: "CellPhysicsTests", dependencies: ["CellPhysics"]),
    .testTarget(name: "CellModelTests", dependencies: ["CellModel"]),
    .testTarget(name: "CycleLifeTests", dependencies: ["CycleLife", "Numerics"]),
    .testTarget(name: "RunFilesTests", dependencies: ["RunFiles", "cyclelife"]),
    .testTarget(name: "ValidationTests", dependencies: ["Validation", "cyclelife"]),
    .testTarget(name: "BenchmarkTests", dependencies: ["cyclelife-bench"]),
  ],
  swiftLanguageModes: [.v6]
)

// Has the `main` of libFuzzer, so that it is built alone: Sources/RunFiles/RunFiles.docc/Reliability.md.
if Context.environment["CYCLELIFE_FUZZ"] != nil {
  let fuzzing = ["-sanitize=fuzzer"]
  package.targets.append(
    .executableTarget(
      name: "cyclelife-fuzz", dependencies: ["RunFiles"],
      swiftSettings: [.unsafeFlags(["-parse-as-library"] + fuzzing)],
      linkerSettings: [.unsafeFlags(fuzzing)]))
}

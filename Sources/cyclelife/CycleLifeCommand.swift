import ArgumentParser

@main
struct CycleLifeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cyclelife", abstract: "Cycle life of solid-state cells with dense cathodes.")
}

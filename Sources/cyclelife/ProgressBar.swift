import Foundation

/// How far a run is and how long it will still take, drawn over itself; nothing when nobody watches.
struct ProgressBar {
  private let start = ContinuousClock.now
  private let alreadyDone: Int

  /// A bar of things of which so many were done before, in a time that does not count.
  init(alreadyDone: Int = 0) { self.alreadyDone = alreadyDone }

  /// Shows that `done` of `count` things called `name` are done, the last with this `result`.
  func show(_ done: Int, of count: Int, _ name: String, _ result: String) {
    guard Console.isTerminal else { return }
    let width = 30
    let filled = min(width, width * done / max(count, 1))
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    let left = Int(elapsed / Double(max(done - alreadyDone, 1)) * Double(count - done))
    let time =
      left < 3600
      ? String(format: "%d:%02d", left / 60, left % 60)
      : String(format: "%d:%02d:%02d", left / 3600, left / 60 % 60, left % 60)
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
    // Nothing is known of the time before the first is done.
    let known = done > alreadyDone ? ", \(time) left" : ""
    Console.progress("[\(bar)] \(name) \(done) of \(count), \(result)\(known)")
  }

  /// Removes the bar.
  func clear() { if Console.isTerminal { Console.progress("") } }
}

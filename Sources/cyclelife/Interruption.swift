import CycleLife
import Foundation
import Numerics
import Synchronization

/// Stops a run at the next safe point when the user or the system asks for it by SIGINT or SIGTERM, or when the
/// time that it was given is over.
///
/// A second signal ends the program at once.
enum Interruption {
  private static let isAsked = Atomic(false)

  /// Whether a signal has come.
  static var hasCome: Bool { isAsked.load(ordering: .relaxed) }

  private static let end = Locked<ContinuousClock.Instant?>(nil)

  /// Whether the time is over.
  private static var isOver: Bool { end.withLock { $0.map { ContinuousClock.now >= $0 } ?? false } }

  /// Whether runs have to stop.
  static var isDue: Bool { hasCome || isOver }

  /// What runs ask.
  static let stopRequest = StopRequest { isDue }

  /// Why runs stopped, in words.
  static var cause: String { hasCome ? "interrupted" : "stopped by --max-time" }

  /// Lets runs stop after so long from now; nil for never.
  static func stop(after time: Duration?) { end.withLock { $0 = time.map { ContinuousClock.now + $0 } } }

  /// Takes the signals from now on.
  static func takeSignals() {
    // Made before a handler, in which nothing may be made, asks for it.
    _ = hasCome
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        // Only what is safe in a handler: atomics, signal and raise.
        guard Interruption.isAsked.exchange(true, ordering: .relaxed) else { return }
        signal(number, SIG_DFL)
        raise(number)
      }
    }
    // Whoever started the program may have held signals back; that is inherited.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }
}

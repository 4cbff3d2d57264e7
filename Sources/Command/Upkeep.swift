import Postern

/// What is done again and again: keeping the memory of what has ended current, and dropping what matters no more.
struct Upkeep: Sendable {
  /// What clocks of several hosts, or one that is set back, may be off.
  private static let margin = Duration.seconds(3600)

  private let revocations: Revocations
  private let log: any RevocationLog
  private let sessions: any SessionStore
  private let clock: any Postern.Clock
  /// The wall clock's and the monotonic clock's time at the start.
  private let start: (wall: Instant, monotonic: Duration)
  /// How long ago a token that still lives can have been issued.
  private let accessHorizon: Duration
  private let refreshHorizon: Duration

  init(
    _ settings: Settings, revocations: Revocations, log: any RevocationLog, sessions: any SessionStore,
    clock: any Postern.Clock
  ) {
    self.revocations = revocations
    self.log = log
    self.sessions = sessions
    self.clock = clock
    start = (clock.now(), clock.monotonic())
    accessHorizon = settings.accessLifetime + settings.leeway + Upkeep.margin
    refreshHorizon = max(settings.refreshLifetime, settings.accessLifetime) + settings.leeway + Upkeep.margin
  }

  @Sendable func readRevocations() throws {
    try revocations.catchUp(from: log, since: clock.now() - accessHorizon, monotonic: clock.monotonic())
  }

  /// Now, by the slower of both clocks: a wall clock that jumps ahead for a while makes nothing forgotten that still
  /// matters when it is set right again.
  private var age: Instant { min(clock.now(), start.wall + (clock.monotonic() - start.monotonic)) }

  @Sendable func forgetRevocations() throws {
    let before = age - accessHorizon
    revocations.purge(before: before)
    try log.purge(before: before)
  }

  @Sendable func purgeSessions() throws { try sessions.purge(before: age - refreshHorizon) }
}

import Postern
import Synchronization

/// What is done again and again: keeping the memory of what has ended current, writing down who was active, and
/// dropping what matters no more.
final class Upkeep: Sendable {
  /// What clocks of several hosts, or one that is set back, may be off. Under whatever settings, what has ended is
  /// known for as long.
  static let margin = Duration.seconds(3600)
  /// How long what has happened can be looked up.
  private static let auditHorizon = Duration.seconds(90 * 86_400)
  /// How long after its end whoever follows a mailed link is told what has become of it.
  private static let linkHorizon = Duration.seconds(7 * 86_400)

  /// What follows from the settings in force, and from those before them.
  private struct Terms {
    /// How long ago a token that still lives can have been issued.
    var accessHorizon: Duration
    var refreshHorizon: Duration
    /// How much later than it happened an activity may be written down.
    var activityDelay: Duration
    var activityWrittenAt: Duration

    init(_ settings: Settings, now: Duration) {
      accessHorizon = settings.accessLifetime + settings.leeway + Upkeep.margin
      refreshHorizon = max(settings.refreshLifetime, settings.accessLifetime) + settings.leeway + Upkeep.margin
      activityDelay = min(.seconds(60), (settings.sessionInactivity ?? .seconds(240)) / 4)
      activityWrittenAt = now
    }
  }

  /// A moment from which on both clocks are believed to run alike, and since when the wall clock has been ahead of it.
  private struct Origin {
    var wall: Instant
    var monotonic: Duration
    var isAheadSince: Duration?
  }

  private let revocations: Revocations
  private let activity: Activity
  private let log: any RevocationLog
  private let sessions: any SessionStore
  private let apiTokens: any APITokenStore
  private let audit: any AuditLog
  private let links: any LinkStore
  private let factors: any FactorStore
  private let clock: any Postern.Clock
  private let origin: Mutex<Origin>
  private let terms: Mutex<Terms>

  init(
    _ settings: Settings, revocations: Revocations, activity: Activity,
    log: any RevocationLog, sessions: any SessionStore, apiTokens: any APITokenStore, audit: any AuditLog,
    links: any LinkStore, factors: any FactorStore, clock: any Postern.Clock
  ) {
    self.revocations = revocations
    self.activity = activity
    self.log = log
    self.sessions = sessions
    self.apiTokens = apiTokens
    self.audit = audit
    self.links = links
    self.factors = factors
    self.clock = clock
    let start = Origin(wall: clock.now(), monotonic: clock.monotonic())
    origin = Mutex(start)
    terms = Mutex(Terms(settings, now: start.monotonic))
  }

  /// Other settings are in force. What was issued under the former ones, and perhaps for longer, still counts.
  func adapt(to settings: Settings) {
    terms.withLock { terms in
      var new = Terms(settings, now: terms.activityWrittenAt)
      new.accessHorizon = max(new.accessHorizon, terms.accessHorizon)
      new.refreshHorizon = max(new.refreshHorizon, terms.refreshHorizon)
      terms = new
    }
  }

  @Sendable func readRevocations() throws {
    let horizon = terms.withLock(\.accessHorizon)
    revocations.advance(to: clock.now())
    try revocations.catchUp(from: log, since: age - horizon, monotonic: clock.monotonic())
  }

  /// Now, by the slower of both clocks: a wall clock that jumps ahead for a while makes nothing forgotten that still
  /// matters when it is set right again. One that stays ahead for a month is right: it was behind at the start, or the
  /// machine has slept, and without an end nothing would ever be forgotten.
  private var age: Instant {
    let (now, monotonic) = (clock.now(), clock.monotonic())
    return origin.withLock { origin in
      let slower = origin.wall + (monotonic - origin.monotonic)
      guard now > slower else {
        origin.isAheadSince = nil
        return now
      }
      let since = origin.isAheadSince ?? monotonic
      origin.isAheadSince = since
      guard monotonic - since >= Revocation.longestStep else { return slower }
      origin = Origin(wall: now, monotonic: monotonic)
      return now
    }
  }

  @Sendable func forgetRevocations() throws {
    let before = age - terms.withLock(\.accessHorizon)
    revocations.purge(before: before)
    try log.purge(before: before)
  }

  @Sendable func purgeSessions() throws { try sessions.purge(before: age - terms.withLock(\.refreshHorizon)) }

  @Sendable func purgeAuditLog() throws { try audit.purge(before: age - Upkeep.auditHorizon) }

  /// To be called every second; writes when it is time to.
  @Sendable func writeActivity() throws {
    let now = clock.monotonic()
    let isDue = terms.withLock { terms in
      guard now - terms.activityWrittenAt >= terms.activityDelay else { return false }
      terms.activityWrittenAt = now
      return true
    }
    if isDue { try activity.write(to: sessions, apiTokens) }
  }

  @Sendable func purgeAPITokens() throws { try apiTokens.purge(expiredBefore: age - APITokens.listedAfterExpiry) }

  @Sendable func purgeFactors() throws { try factors.purge(expiredBefore: age - Upkeep.margin) }

  @Sendable func purgeLinks() throws { try links.purge(expiredBefore: age - Upkeep.linkHorizon) }

  /// What would else be lost with the process.
  func finish() throws { try activity.write(to: sessions, apiTokens) }
}

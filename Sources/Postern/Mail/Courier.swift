import Synchronization

/// Delivers what is in the outbox: takes, has it written, hands it over, notes what became of it.
///
/// A mail that fails is tried again, after longer and longer waits, until it has expired. One that fails by itself
/// holds up no other; where the server fails, the others wait with it, and one after another is the next to try.
package final class Courier: Sendable {
  /// For how long nobody else takes a mail that is being delivered: longer than a carrier may take.
  package static let lease = Duration.seconds(60)
  /// How long an attempt may go on after `stop`.
  private static let grace = Duration.seconds(5)
  /// The waits behind a mail's attempts; the last one is repeated.
  private static let waits = [1, 5, 30, 120, 600, 1_800, 3_600].map { Duration.seconds($0) }
  /// The waits behind failures of the server, in which no mail is tried; the last one is repeated. Such a failure
  /// postpones a mail by no more than that: when the server is back, everything goes out soon.
  private static let pauses = [1, 2, 5, 10, 30, 60, 120].map { Duration.seconds($0) }
  private static let keptFor = Duration.seconds(30 * 86_400)

  private let outbox: any Outbox
  private let clock: any Clock
  private let log: any Log
  private let way: Mutex<Way>
  /// Guard: touched by the one thread that works, and by `adapt`.
  private let trouble = Mutex(Trouble())
  private let stoppedAt = Mutex<Duration?>(nil)

  private struct Way {
    var writer: any MailWriter
    var carrier: any MailCarrier
  }

  private struct Trouble {
    /// Failures of the server since it last took a mail.
    var failures = 0
    var pausedUntil: Duration?
    /// Delivered, and not yet out of the outbox: until it is, no other mail is sent.
    var delivered: OutgoingMail?
  }

  package init(
    outbox: any Outbox, writer: any MailWriter, carrier: any MailCarrier, clock: any Clock, log: any Log
  ) {
    self.outbox = outbox
    self.clock = clock
    self.log = log
    way = Mutex(Way(writer: writer, carrier: carrier))
  }

  /// Delivers everything that is due; to be called every second, by one thread. Throws when the storage fails.
  @Sendable package func work() throws(StoreError) {
    try forgetDelivered()
    let way = way.withLock { $0 }
    defer { way.carrier.rest() }
    while !isPaused, stoppedAt.withLock({ $0 }) == nil, let mail = try outbox.take(lease: Courier.lease) {
      guard try attempt(mail, way) else { return }
    }
  }

  /// Another way from now on. What failed before may work: it is tried when it is due, at once where all had to wait.
  package func adapt(writer: any MailWriter, carrier: any MailCarrier) {
    way.withLock { $0 = Way(writer: writer, carrier: carrier) }
    trouble.withLock { trouble in
      trouble.failures = 0
      trouble.pausedUntil = nil
    }
  }

  /// No attempt begins any more; one that has begun may go on for five seconds.
  package func stop() { stoppedAt.withLock { $0 = $0 ?? clock.monotonic() } }

  /// Drops what was given up a month ago.
  @Sendable package func purge() throws(StoreError) { try outbox.purge(givenUpBefore: clock.now() - Courier.keptFor) }

  private var isPaused: Bool {
    let now = clock.monotonic()
    return trouble.withLock { $0.pausedUntil.map { now < $0 } ?? false }
  }

  @Sendable private func isToEnd() -> Bool {
    let now = clock.monotonic()
    return stoppedAt.withLock { $0.map { now - $0 >= Courier.grace } ?? false }
  }

  /// Returns whether others may follow at once.
  private func attempt(_ mail: OutgoingMail, _ way: Way) throws(StoreError) -> Bool {
    if mail.expiresAt <= clock.now() {
      try giveUp(mail, "it has expired" + (mail.problem.map { "; the last attempt: \($0)" } ?? ""))
      return true
    }
    do throws(DeliveryFailure) {
      let place = try way.carrier.deliver(way.writer.message(for: mail), isToEnd: isToEnd)
      trouble.withLock { $0 = Trouble(delivered: mail) }
      log.write(.info, "mail delivered", fields(mail, "where", place))
    } catch {
      try note(error, of: mail)
      return error.cause != .ended
    }
    try forgetDelivered()
    return true
  }

  private func forgetDelivered() throws(StoreError) {
    guard let mail = trouble.withLock({ $0.delivered }) else { return }
    try outbox.remove(mail)
    trouble.withLock { $0.delivered = nil }
  }

  private func note(_ failure: DeliveryFailure, of mail: OutgoingMail) throws(StoreError) {
    let problem = failure.sentence
    let wait = Courier.waits[min(mail.attempts, Courier.waits.count) - 1]
    switch failure.cause {
    case .refused: try giveUp(mail, problem)
    case .ended: try outbox.postpone(mail, by: .zero, problem: mail.problem)
    case .deferred: try postpone(mail, by: wait, problem)
    case .server:
      let now = clock.monotonic()
      trouble.withLock { trouble in
        trouble.pausedUntil = now + Courier.pauses[min(trouble.failures, Courier.pauses.count - 1)]
        trouble.failures += 1
      }
      try postpone(mail, by: min(wait, Courier.pauses.last!), problem)
    }
  }

  private func postpone(_ mail: OutgoingMail, by wait: Duration, _ problem: String) throws(StoreError) {
    log.write(.warning, "mail not delivered yet", fields(mail, "problem", problem))
    // Not beyond its end, when it is given up.
    try outbox.postpone(mail, by: min(wait, max(.zero, mail.expiresAt - clock.now())), problem: problem)
  }

  private func giveUp(_ mail: OutgoingMail, _ problem: String) throws(StoreError) {
    log.write(.error, "mail given up", fields(mail, "problem", problem))
    try outbox.giveUp(mail, problem: problem)
  }

  private func fields(_ mail: OutgoingMail, _ name: String, _ text: String) -> KeyValuePairs<String, String> {
    [
      "kind": mail.mail.kind.rawValue, "email": mail.mail.recipient.text, "attempt": String(mail.attempts),
      name: text,
    ]
  }
}

/// Counts how often somebody did something: what limits are judged by.
///
/// One operation, so that what several processes share can do it in one step (Redis: INCR, and EXPIRE at the first).
/// It never fails: an implementation whose shared store is gone counts locally until it is back, and says so in the
/// log. It is asked on reactors, so it answers from memory and waits for nothing.
package protocol RateLimit: Sendable {
  /// Adds `weight` (0: only looks) to the count of a key. Its window begins with the first that is counted.
  ///
  /// - Parameter now: on the monotonic clock.
  func count(_ key: RateKey, adding weight: Int, at now: Duration) -> RateCount
}

/// What is counted: one kind of doing, by one of those who do it, within windows of one length.
package struct RateKey: Sendable, Hashable {
  package enum Who: Sendable, Hashable {
    case network(Network)
    case account(AccountID)
    case recipient(EmailAddress)
    /// One that has signed in to the account before.
    case browser(AccountID, BrowserMark)
    case link(Link.Purpose, EmailAddress)
  }

  package let what: Limit.Class
  package let who: Who
  /// Seconds.
  package let window: Int64

  package init(_ what: Limit.Class, _ who: Who, window: Int64) {
    self.what = what
    self.who = who
    self.window = window
  }
}

package struct RateCount: Sendable, Equatable {
  /// Within the present window, this one included.
  package let count: Int
  /// How long the window still lasts.
  package let rest: Duration

  package init(count: Int, rest: Duration) {
    self.count = count
    self.rest = rest
  }
}

/// The port for counts of failed attempts.
///
/// Each operation is one step, so that attempts which come at once cannot pass each other (Redis: a script). It never
/// fails: an implementation whose shared store is gone counts locally until it is back, and says so in the log.
package protocol AttemptCounts: Sendable {
  /// Takes a place for one attempt in every bucket, or in none: then how long to wait.
  ///
  /// - Parameter now: on the monotonic clock.
  func reserve(_ buckets: [AttemptBucket], window: Duration, at now: Duration) -> Duration?
  /// Says what came of an attempt that has its places. True where that begins a wait.
  @discardableResult
  func settle(_ buckets: [AttemptBucket], as outcome: AttemptOutcome, window: Duration, at now: Duration) -> Bool
}

package enum AttemptOutcome: Sendable {
  case right, wrong
  /// It was not checked after all.
  case abandoned
}

/// What failures are counted in.
package struct AttemptBucket: Sendable, Hashable {
  package enum Key: Sendable, Hashable {
    case pair(Network, name: String, epoch: Int64)
    case network(Network)
    case account(name: String, epoch: Int64)
    case browser(AccountID, BrowserMark)
    /// Codes of a second factor, whatever password the account has or had.
    case codes(AccountID)
    /// The same from one browser that has signed in to the account before, and from all of them.
    case browserCodes(AccountID, BrowserMark)
    case knownCodes(AccountID)
  }

  package let key: Key
  /// So many failures are free.
  package let most: Int
  /// And after each wait so many more.
  package let step: Int
  /// Whether a right attempt shows that those before were slips. Where others count too, it shows nothing: a guesser
  /// would sign in to an account of their own now and then. Nor does a right code: the owner gives one again and again,
  /// while somebody else may guess.
  package var isOwn: Bool {
    switch key {
    case .pair, .browser: true
    case .network, .account, .codes, .browserCodes, .knownCodes: false
    }
  }

  package init(_ key: Key, most: Int, times: Int = 1) {
    self.key = key
    self.most = most * times
    step = times
  }

  /// What one wait lasts: a minute after the last free failure, then twice as long each time, and never longer than the
  /// window. `nil` where there is nothing to wait for.
  package func wait(after failures: Int, window: Duration) -> Duration? {
    guard failures >= most, (failures - most).isMultiple(of: step) else { return nil }
    let doublings = min((failures - most) / step, 20)
    return min(window, .seconds(60 << doublings))
  }

  /// How many may have failed, or be under way, before the next wait.
  package func ceiling(after failures: Int) -> Int {
    failures < most ? most : most + ((failures - most) / step + 1) * step
  }
}

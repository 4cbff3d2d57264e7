/// Which limits a request is under, and what came of them.
package enum Limit {
  /// Kinds of requests that are counted together. What is in any class but `none` counts as `standard` besides.
  package enum Class: String, Sendable, CaseIterable {
    /// Never counted: what web servers and probes ask, and files.
    case none
    case standard
    /// A password, or a link in its place, is checked.
    case login
    case register
    /// A mail may be sent.
    case mail
    /// A code of a second factor is checked.
    case codes
    /// Something is written down, each time: counted per account, not per network.
    case writes
  }

  /// How a request stands to the tightest of its limits.
  package struct Standing: Sendable, Equatable {
    package var rate: Rate
    package var count: Int
    /// Until the window ends and counting begins anew.
    package var rest: Duration

    package var isExceeded: Bool { count > rate.count }
    package var remaining: Int { max(0, rate.count - count) }
    /// `rest` in whole seconds, rounded up.
    package var seconds: Int64 {
      max(1, rest.components.seconds + (rest.components.attoseconds > 0 ? 1 : 0))
    }

    package init(rate: Rate, count: Int, rest: Duration) {
      self.rate = rate
      self.count = count
      self.rest = rest
    }

    /// Whether this one says more than `other`: exceeded for longer, or nearer to it.
    package func isTighter(than other: Standing) -> Bool {
      if isExceeded != other.isExceeded { return isExceeded }
      if isExceeded || remaining == other.remaining { return rest > other.rest }
      return remaining < other.remaining
    }
  }
}

/// The limits in force, over what counts.
package struct Limits: Sendable {
  private let settings: LimitSettings
  private let counts: any RateLimit
  private let clock: any Clock

  package init(settings: LimitSettings, counts: any RateLimit, clock: any Clock) {
    self.settings = settings
    self.counts = counts
    self.clock = clock
  }

  package var areEnabled: Bool { settings.isEnabled }

  /// Counts a request of a network; `nil` where nothing limits it. What is refused is counted as well, and prolongs
  /// nothing.
  ///
  /// - Parameter isCounted: that the request was counted before, and this only looks.
  package func count(_ what: Limit.Class, of network: Network, isCounted: Bool = false) -> Limit.Standing? {
    guard settings.isEnabled, what != .none else { return nil }
    let standing = count(.standard, .network(network), adding: isCounted ? 0 : 1)
    guard what != .standard, what != .writes else { return standing }
    return tighter(standing, count(what, .network(network), adding: isCounted ? 0 : 1))
  }

  /// Counts something that an account has written down.
  package func countWrite(of account: AccountID) -> Limit.Standing? {
    guard settings.isEnabled else { return nil }
    return count(.writes, .account(account), adding: 1)
  }

  /// Whether one more mail that anybody can ask for may be sent to an address. Asked before it is looked up, so that
  /// there is no difference between one that has an account and one that has none; where it is not, the answer is the
  /// same and nothing is sent.
  ///
  /// Beyond the limit, a link still goes out where none of its kind has for as long as it is good. So whoever uses the
  /// limit up keeps nobody from theirs: where a link is refused, one that works is in the mailbox.
  package func allowMail(to recipient: EmailAddress, bringing link: Link.Purpose? = nil) -> Bool {
    guard settings.isEnabled else { return true }
    let standing = count(settings.mailPerAddress, .mail, .recipient(recipient), adding: 1)
    let isWithin = standing?.isExceeded != true
    guard let link else { return isWithin }
    let key = RateKey(.mail, .link(link, recipient), window: link.lifetime.components.seconds)
    let isFirst = counts.count(key, adding: 1, at: clock.monotonic()).count == 1
    return isWithin || isFirst
  }

  /// Whether an address that nobody has proven may be told once more what somebody did who is signed in, or has
  /// registered it: whose address that is, they may have chosen themselves. A proven one is always told. Counted apart
  /// from what strangers ask for, so that none of them can silence it.
  package func allowNotice(toUnproven recipient: EmailAddress) -> Bool {
    guard settings.isEnabled else { return true }
    return count(settings.mailPerAddress, .writes, .recipient(recipient), adding: 1)?.isExceeded != true
  }

  /// Whether one more code may be mailed. Only who knows the password can ask for that, so it is counted apart from
  /// what anybody can; and a browser that has signed in before counts for itself, or whoever else knows the password
  /// could use up what the owner needs to sign in.
  ///
  /// - Parameter browser: `CodeAttempts.mark`.
  func allowCode(to account: Account, in browser: BrowserMark?) -> Bool {
    guard settings.isEnabled else { return true }
    let who = browser.map { RateKey.Who.browser(account.id, $0) } ?? .recipient(account.email)
    return count(settings.mailPerAddress, .codes, who, adding: 1)?.isExceeded != true
  }

  /// Whether the owner of an account is to be told that codes are being guessed: once an hour.
  package func allowCodeWarning(of account: AccountID) -> Bool {
    let key = RateKey(.codes, .account(account), window: 3_600)
    return counts.count(key, adding: 1, at: clock.monotonic()).count == 1
  }

  private func count(_ what: Limit.Class, _ who: RateKey.Who, adding weight: Int) -> Limit.Standing? {
    count(settings.rates(of: what), what, who, adding: weight)
  }

  private func count(
    _ rates: [Rate], _ what: Limit.Class, _ who: RateKey.Who, adding weight: Int
  ) -> Limit.Standing? {
    let now = clock.monotonic()
    var tightest: Limit.Standing?
    for rate in rates {
      let count = counts.count(RateKey(what, who, window: rate.window), adding: weight, at: now)
      tightest = tighter(tightest, Limit.Standing(rate: rate, count: count.count, rest: count.rest))
    }
    return tightest
  }

  private func tighter(_ one: Limit.Standing?, _ other: Limit.Standing?) -> Limit.Standing? {
    guard let one, let other else { return one ?? other }
    return other.isTighter(than: one) ? other : one
  }
}

/// How often is too often: per client network, unless said otherwise. Each class may have several rates, which all
/// hold; none: no limit.
package struct LimitSettings: Sendable, Equatable {
  package var isEnabled = true
  package var standard = [Rate(50_000, perSeconds: 86_400)!, Rate(5_000, perSeconds: 3_600)!]
  package var login = [Rate(100, perSeconds: 60)!, Rate(1_000, perSeconds: 3_600)!]
  package var register = [Rate(100, perSeconds: 3_600)!, Rate(500, perSeconds: 86_400)!]
  package var mail = [Rate(60, perSeconds: 3_600)!, Rate(300, perSeconds: 86_400)!]
  /// Per recipient.
  package var mailPerAddress = [Rate(5, perSeconds: 3_600)!, Rate(20, perSeconds: 86_400)!]
  package var codes = [Rate(100, perSeconds: 60)!, Rate(1_000, perSeconds: 3_600)!]
  /// Per account.
  package var writes = [Rate(60, perSeconds: 60)!, Rate(2_000, perSeconds: 86_400)!]

  package init() {}

  func rates(of what: Limit.Class) -> [Rate] {
    switch what {
    case .none: []
    case .standard: standard
    case .login: login
    case .register: register
    case .mail: mail
    case .codes: codes
    case .writes: writes
    }
  }
}

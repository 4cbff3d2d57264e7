/// Who may try a code of a second factor, and who has to wait because too many were wrong: wherever a code is checked,
/// at a sign-in or in a session.
///
/// Whoever is asked for one knows the password, or has a session. All of them count together, for the account, whatever
/// ticket, network or browser they come with, or a new password step would be a new guess (CVE-2026-128332). Browsers
/// that have signed in to the account before (`BrowserMark`) count each for itself, so that a stranger who knows the
/// password cannot make the owner wait there; and ten times as much all together, since a stranger may have got such
/// marks while the password alone signed in.
///
/// Waits are as in `LoginAttempts`. A right code makes none of it forgotten, nor does a right password, nor another
/// one: only that nothing has failed for as long as the window. Whoever reads the owner's mail can set a new password
/// again and again, and each would bring new guesses. The owner is told by mail, once per hour.
package struct CodeAttempts: Sendable {
  private let most: Int
  private let window: Duration
  private let counts: any AttemptCounts
  private let browsers: any BrowserSealer
  private let links: any LinkStore
  private let limits: Limits
  private let clock: any Clock
  private let random: any RandomSource
  private let log: any Log

  package init(
    settings: Settings, counts: any AttemptCounts, browsers: any BrowserSealer, links: any LinkStore, limits: Limits,
    clock: any Clock, random: any RandomSource, log: any Log
  ) {
    most = settings.maxLoginAttempts
    window = settings.loginAttemptWindow
    self.counts = counts
    self.browsers = browsers
    self.links = links
    self.limits = limits
    self.clock = clock
    self.random = random
    self.log = log
  }

  /// Checks a code if one may be tried now: `prove` returns `nil` where it is wrong. As `LoginAttempts.check`.
  package func check<Proof>(
    of account: Account, client: Client, _ prove: () throws(AuthError) -> Proof?
  ) throws(AuthError) -> Proof? {
    let buckets = buckets(account, client)
    if let wait = counts.reserve(buckets, window: window, at: clock.monotonic()) { throw .tooManyAttempts(wait: wait) }
    let proof: Proof?
    do throws(AuthError) { proof = try prove() } catch {
      counts.settle(buckets, as: .abandoned, window: window, at: clock.monotonic())
      throw error
    }
    let isWaiting = counts.settle(buckets, as: proof == nil ? .wrong : .right, window: window, at: clock.monotonic())
    if proof == nil {
      log.write(
        .info, "a code is wrong", ["account": account.id.description, "address": client.address])
    }
    if isWaiting { try tell(account, client) }
    return proof
  }

  /// The mark of a browser that has signed in to the account before; `nil` for any other.
  func mark(of client: Client, for account: Account) -> BrowserMark? {
    client.browserMarks.lazy.compactMap { browsers.mark(of: $0, for: account) }.first
  }

  private func buckets(_ account: Account, _ client: Client) -> [AttemptBucket] {
    guard let mark = mark(of: client, for: account) else {
      return [AttemptBucket(.codes(account.id), most: most)]
    }
    return [
      AttemptBucket(.browserCodes(account.id, mark), most: most),
      AttemptBucket(.knownCodes(account.id), most: most, times: 10),
    ]
  }

  private func tell(_ owner: Account, _ client: Client) throws(AuthError) {
    log.write(
      .warning, "too many wrong codes: no more are taken for a while",
      ["account": owner.id.description, "address": client.address])
    let mail =
      limits.allowCodeWarning(of: owner.id) ? Mail(.codesFailed, to: owner, client: client, random: random) : nil
    let event = AuditEvent(
      .codesRefused, by: Initiator(account: nil, client: client), on: owner.id,
      failure: "Too many codes were wrong; no more are taken for a while")
    try stored { () throws(StoreError) in try links.post(mail, about: owner.id, event) }
  }
}

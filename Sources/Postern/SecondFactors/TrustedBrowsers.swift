/// Browsers that are not asked for a second factor, because their owner has said so after giving one on them. The
/// cookie says which one it is, and the storage whether it still holds: until its time is over, its owner ends it, or
/// the account gets another epoch. To sign out does not end it.
///
/// A session that begins so has no `mfa`: where a page demands that, the browser is asked.
package struct TrustedBrowsers: Sendable {
  /// So many an account may have; the oldest gives way.
  package static let most = 20

  private let settings: Settings
  private let store: any FactorStore
  private let sealer: any Sealer
  private let clock: any Clock
  private let random: any RandomSource
  private let log: any Log

  package init(
    settings: Settings, store: any FactorStore, sealer: any Sealer, clock: any Clock, random: any RandomSource,
    log: any Log
  ) {
    self.settings = settings
    self.store = store
    self.sealer = sealer
    self.clock = clock
    self.random = random
    self.log = log
  }

  /// Whether browsers can be trusted at all.
  package var areOffered: Bool { settings.secondFactors.isEnabled && lifetime > .zero }

  private var lifetime: Duration { settings.secondFactors.trustedBrowserLifetime }

  /// Whether this client is a browser that the account trusts; then, that it has been used.
  func admit(_ client: Client, to account: Account) throws(AuthError) -> Bool {
    guard areOffered else { return false }
    for text in client.trustedBrowsers {
      guard let bytes = sealer.open(text, for: .trustedBrowser, context: account.sealContext),
        let id = TrustedBrowser.ID(bytes),
        let browser = try stored({ () throws(StoreError) in try store.trustedBrowser(id) }), isGood(browser, account)
      else { continue }
      try stored { () throws(StoreError) in try store.noteUse(of: id) }
      return true
    }
    return false
  }

  private func isGood(_ browser: TrustedBrowser, _ account: Account) -> Bool {
    // Also by the settings as they are now, which may be stricter than they were.
    browser.account == account.id && browser.epoch == account.epoch
      && min(browser.expiresAt, browser.createdAt + lifetime) > clock.now()
  }

  /// Trusts the browser of whoever has just given a second factor. Returns the cookie's text, and how long it lives, in
  /// seconds; `nil` where it could not be kept: then the browser is asked the next time.
  func trust(_ account: Account, client: Client) -> (text: String, life: Int64)? {
    guard areOffered else { return nil }
    let now = clock.now()
    let browser = TrustedBrowser(
      id: TrustedBrowser.ID(random: random), account: account.id, epoch: account.epoch, createdAt: now,
      expiresAt: now + lifetime, address: client.address, userAgent: client.userAgent)
    do throws(StoreError) {
      try store.trust(browser, most: TrustedBrowsers.most, by: Initiator(account: account.id, client: client))
    } catch {
      log.write(.warning, "browser not trusted", ["account": account.id.description, "error": "\(error)"])
      return nil
    }
    log.write(.info, "browser trusted", ["account": account.id.description, "address": client.address])
    let text = sealer.seal(browser.id.bytes, for: .trustedBrowser, context: account.sealContext)
    return (text, lifetime.components.seconds)
  }

  /// Those that are good, the last one first.
  package func list(of account: AccountID) throws(AuthError) -> [TrustedBrowser] {
    try stored { () throws(StoreError) in try store.trustedBrowsers(of: account) }
  }

  /// Ends the trust in one browser; `nil`: in all of the account's. Throws `browserNotFound` where that is none.
  package func end(_ id: TrustedBrowser.ID?, of account: AccountID, client: Client) throws(AuthError) {
    let initiator = Initiator(account: account, client: client)
    let count = try stored { () throws(StoreError) in try store.endTrust(id, of: account, by: initiator) }
    guard count > 0 || id == nil else { throw .browserNotFound }
  }
}

extension TrustedBrowser.ID: CustomStringConvertible {
  /// 32 hexadecimal digits.
  package var description: String { Hexadecimal.encode(bytes) }

  /// `nil` for anything but 32 hexadecimal digits.
  package init?(_ text: some Collection<UInt8>) {
    guard text.count == TrustedBrowser.ID.length * 2,
      let digits = String(validating: text, as: UTF8.self), digits.utf8.allSatisfy({ $0 != 0x2B && $0 != 0x2D })
    else { return nil }
    let bytes = stride(from: 0, to: digits.utf8.count, by: 2).compactMap { start in
      UInt8(digits.dropFirst(start).prefix(2), radix: 16)
    }
    self.init(bytes)
  }
}

extension Account {
  /// What is sealed for this account opens for no other.
  var sealContext: [UInt8] { Array(id.description.utf8) }
}

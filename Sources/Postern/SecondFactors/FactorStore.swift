/// The port to second factors, passkeys aside. When a function returns, what it did has been committed, with its entry
/// in the audit log and its mail in the outbox; when it throws, the outcome may be unknown. Whoever adds or removes a
/// factor keeps `Account.hasSecondFactor` true to it in the same transaction; with the last one, recovery codes and
/// trusted browsers go.
package protocol FactorStore: Sendable {
  /// What the account has; nothing at all where it does not exist.
  func factors(of account: AccountID) throws(StoreError) -> Factors

  // MARK: Codes of an authenticator app

  /// Keeps a secret that is to be confirmed, in the place of any other that was to be. False, and nothing is kept,
  /// where a confirmed one is there. Throws `accountGone` where the account has another epoch.
  func beginTOTP(_ account: AccountID, epoch: Int64, sealedSecret: String) throws(StoreError) -> Bool
  /// The secret counts from now on, and codes up to `step` are used up. `nil`, and nothing is done, unless that very
  /// secret waits to be confirmed. Throws `accountGone` as `beginTOTP`.
  func confirmTOTP(_ addition: FactorAddition, sealedSecret: String, step: Int64) throws(StoreError) -> FactorAdded?
  /// Uses up the codes of a confirmed secret up to `step`. False when whoever was faster has used that step up.
  func useTOTP(_ account: AccountID, step: Int64) throws(StoreError) -> Bool
  /// False where there is no confirmed one.
  func removeTOTP(_ account: AccountID, mailing: Mail?, by initiator: Initiator) throws(StoreError) -> Bool

  // MARK: Codes that are mailed

  /// Codes are mailed from now on. `nil` where they are already, or the account's address is unproven. Throws
  /// `accountGone` as `beginTOTP`.
  func addEmail(_ addition: FactorAddition) throws(StoreError) -> FactorAdded?
  func removeEmail(_ account: AccountID, mailing: Mail?, by initiator: Initiator) throws(StoreError) -> Bool
  /// Posts a mail whose link (purpose `signInCode`) names the ticket; where that link is there already, it is mailed
  /// once more, and good no longer for it. False, and nothing is posted, where it has been used or has expired.
  func postCode(_ mail: Mail, about account: AccountID, by initiator: Initiator) throws(StoreError) -> Bool
  /// Uses up a link of purpose `signInCode` of that account. False when it is none that is good.
  func useCode(_ link: LinkID, of account: AccountID) throws(StoreError) -> Bool

  // MARK: Recovery codes

  /// Puts these in the place of all others. False where the account has no factor.
  func replaceRecoveryCodes(
    _ account: AccountID, _ digests: [[UInt8]], mailing: Mail?, by initiator: Initiator
  ) throws(StoreError) -> Bool
  /// Uses one up, and says how many are left; the mail may say so, too. `nil` where there is none such.
  func useRecoveryCode(
    _ account: AccountID, _ digest: [UInt8], mailing: @escaping @Sendable (_ left: Int) -> Mail?,
    by initiator: Initiator
  ) throws(StoreError) -> Int?

  // MARK: All of them

  /// Removes every factor, passkeys, recovery codes and trusted browsers among them, and ends every session and API
  /// token of the account: for whoever has lost what they would have to prove. Returns the account as it is then; `nil`
  /// where it does not exist, or has none.
  func removeAll(_ account: AccountID, mailing: Mail?, by initiator: Initiator) throws(StoreError) -> Account?

  // MARK: Trusted browsers

  /// Keeps it, in the place of the oldest where the account has `most`. Throws `accountGone` where the account has
  /// another epoch, or no factor.
  func trust(_ browser: TrustedBrowser, most: Int, by initiator: Initiator) throws(StoreError)
  /// As it is kept, whatever has become of it.
  func trustedBrowser(_ id: TrustedBrowser.ID) throws(StoreError) -> TrustedBrowser?
  /// Those that are good, the last one first.
  func trustedBrowsers(of account: AccountID) throws(StoreError) -> [TrustedBrowser]
  func noteUse(of browser: TrustedBrowser.ID) throws(StoreError)
  /// Ends one; `nil`: all of the account's. Returns how many that were.
  func endTrust(
    _ id: TrustedBrowser.ID?, of account: AccountID, by initiator: Initiator
  ) throws(StoreError) -> Int
  /// Deletes, in steps, the trusted browsers and used challenges that expired before that moment, and secrets that have
  /// waited for their first code since a day before it.
  func purge(expiredBefore: Instant) throws(StoreError)
}

/// What goes with a factor that is to be added, of whatever kind.
package struct FactorAddition: Sendable {
  package var account: AccountID
  /// The account's when whoever adds it proved who they are: under another one nothing is added.
  package var epoch: Int64
  /// Digests of the recovery codes that the account gets where none of its own is left.
  package var recoveryCodes: [[UInt8]]
  package var mail: Mail?
  package var initiator: Initiator

  package init(to account: Account, recoveryCodes: [[UInt8]], mailing mail: Mail?, by initiator: Initiator) {
    self.account = account.id
    epoch = account.epoch
    self.recoveryCodes = recoveryCodes
    self.mail = mail
    self.initiator = initiator
  }
}

/// What comes of a factor that was added.
package struct FactorAdded: Sendable, Equatable {
  /// Whether the account was given the recovery codes that came along; else it has some.
  package var tookRecoveryCodes: Bool

  package init(tookRecoveryCodes: Bool) { self.tookRecoveryCodes = tookRecoveryCodes }
}

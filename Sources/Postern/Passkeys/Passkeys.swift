/// Passkeys: making, using, renaming and removing them, by the ceremonies of WebAuthn Level 2, sections 7.1 and 7.2.
///
/// Only the origin of `publicURL` is taken, since its pages are where people sign in, and only its host is the RP ID:
/// a passkey that was made under another host is another site's.
package struct Passkeys: Sendable {
  /// So many an account may have.
  package static let most = 20
  /// How long a person has for it.
  package static let timeout = PasskeyChallenge.lifetime
  /// Characters of a name.
  package static let longestName = 64

  let settings: Settings
  let store: any PasskeyStore
  let accounts: any AccountStore
  let reader: any AuthenticatorReader
  let sealer: any Sealer
  private let recoveryCodes: RecoveryCodes
  private let passwords: Passwords
  let clock: any Clock
  let random: any RandomSource
  let log: any Log
  private let origin: Origin?

  package init(
    settings: Settings, store: any PasskeyStore, accounts: any AccountStore, reader: any AuthenticatorReader,
    sealer: any Sealer, recoveryCodes: RecoveryCodes, passwords: Passwords, clock: any Clock, random: any RandomSource,
    log: any Log
  ) {
    self.settings = settings
    self.store = store
    self.accounts = accounts
    self.reader = reader
    self.sealer = sealer
    self.recoveryCodes = recoveryCodes
    self.passwords = passwords
    self.clock = clock
    self.random = random
    self.log = log
    origin = Origin(of: settings.publicURL)
  }

  /// To which host passkeys belong.
  package var rpID: String { origin?.host ?? "" }

  /// What the browser is asked for (section 5.4).
  package struct CreationOptions: Sendable {
    package var challenge: String
    /// Those that the account has: no authenticator shall make a second one beside them.
    package var excluded: [Passkey]
    package var userVerification: PasskeySettings.UserVerification
  }

  /// What the browser is asked for (section 5.5).
  package struct RequestOptions: Sendable {
    package var challenge: String
    /// None: whichever the person picks.
    package var allowed: [Passkey]
    package var userVerification: PasskeySettings.UserVerification
  }

  /// Begins the making of one. Throws `passkeysDisabled`, `tooManyPasskeys`.
  package func creation(for account: AccountID) throws(AuthError) -> CreationOptions {
    let has = try list(of: account)
    try demandRoom(has)
    return CreationOptions(
      challenge: challenge(for: .registration(account)), excluded: has,
      userVerification: settings.passkeys.userVerification)
  }

  /// Begins the use of one. Throws `passkeysDisabled`.
  package func request(for purpose: PasskeyPurpose) throws(AuthError) -> RequestOptions {
    guard settings.passkeys.areEnabled else { throw .passkeysDisabled }
    return RequestOptions(
      challenge: challenge(for: purpose), allowed: try purpose.account.map(list) ?? [],
      userVerification: verification(for: purpose))
  }

  /// A passkey that was just added.
  package struct Added: Sendable {
    package var passkey: Passkey
    /// Their texts, where it is the account's first factor on a site that asks for one; else none.
    package var recoveryCodes: [String]
    /// The methods (RFC 8176) by which its owner has just proven themself.
    package var methods: [String]
  }

  /// Adds what an authenticator has made (section 7.1), and tells the owner by mail. Throws `invalid` for a bad name,
  /// `badPasskey`, `passkeyRegistered`, `tooManyPasskeys`, `passkeysDisabled`, and `token(.revoked)` where the account
  /// has another epoch by now.
  ///
  /// - Parameter name: what its owner calls it; `nil`: by the browser that it was made in.
  package func add(
    _ response: RegistrationResponse, named name: String?, to account: Account, client: Client
  ) throws(AuthError) -> Added {
    let has = try list(of: account.id)
    try demandRoom(has)
    let name = try distinct(name ?? deviceName(ofUserAgent: client.userAgent), among: has)
    let challenge = try check(response.clientData, type: "webauthn.create", .registration(account.id))
    let data = try read { () throws(PasskeyProblem) in
      try reader.authenticatorData(attestation: response.attestation)
    }
    try check(data, isVerificationDemanded: settings.passkeys.userVerification == .required)
    guard let credential = data.credential, credential.id == response.credentialID else {
      throw .badPasskey(.attestation)
    }
    let new = NewPasskey(
      credential, name: name, signCount: data.signCount, transports: transports(response.transports),
      isBackupEligible: data.isBackupEligible, isBackedUp: data.isBackedUp)
    let codes = settings.secondFactors.isEnabled ? recoveryCodes.make() : RecoveryCodes.New()
    let addition = FactorAddition(
      to: account, recoveryCodes: codes.digests, mailing: notice(.secondFactorAdded, to: account, client),
      by: Initiator(account: account.id, client: client))
    let outcome: PasskeyAddition
    do { outcome = try store.add(new, addition, answering: challenge, most: Passkeys.most) } catch {
      throw error == .accountGone ? .token(.revoked) : AuthError(error)
    }
    switch outcome {
    case .added(let passkey, let added):
      log.write(
        .info, "passkey added",
        ["account": passkey.account.description, "passkey": passkey.id.description, "address": client.address])
      return Added(
        passkey: passkey, recoveryCodes: added.tookRecoveryCodes ? codes.texts : [],
        methods: methods(passkey, data))
    case .registered: throw .passkeyRegistered
    case .tooMany: throw .tooManyPasskeys(most: Passkeys.most)
    case .challengeUsed: throw .badPasskey(.challengeUsed)
    }
  }

  package func list(of account: AccountID) throws(AuthError) -> [Passkey] {
    try stored { () throws(StoreError) in try store.list(of: account) }
  }

  /// Throws `invalid`, `passkeyNotFound`.
  package func rename(
    _ id: Passkey.ID, of account: AccountID, to name: String, client: Client
  ) throws(AuthError) -> Passkey {
    let name = try distinct(name, among: try list(of: account).filter { $0.id != id })
    let initiator = Initiator(account: account, client: client)
    let renamed = try stored { () throws(StoreError) in try store.rename(id, of: account, to: name, by: initiator) }
    guard let renamed else { throw .passkeyNotFound }
    return renamed
  }

  /// Removes one, and tells the owner by mail. Throws `passkeyNotFound`, for one of another account, too.
  package func remove(_ id: Passkey.ID, of account: Account, client: Client) throws(AuthError) {
    let initiator = Initiator(account: account.id, client: client)
    let mail = notice(.secondFactorRemoved, to: account, client)
    let isRemoved = try stored { () throws(StoreError) in
      try store.remove(id, of: account.id, mailing: mail, by: initiator)
    }
    guard isRemoved else { throw .passkeyNotFound }
    log.write(
      .info, "passkey removed",
      ["account": account.id.description, "passkey": id.description, "address": client.address])
  }

  private func notice(_ kind: Mail.Kind, to account: Account, _ client: Client) -> Mail? {
    var mail = passwords.notice(kind, to: account, client)
    mail?.values["factor"] = SecondFactor.passkey.words
    return mail
  }

  private func challenge(for purpose: PasskeyPurpose) -> String {
    PasskeyChallenge.make(for: purpose, sealer, random, now: clock.now())
  }

  private func demandRoom(_ has: [Passkey]) throws(AuthError) {
    guard settings.passkeys.areEnabled else { throw .passkeysDisabled }
    guard has.count < Passkeys.most else { throw .tooManyPasskeys(most: Passkeys.most) }
  }

  /// The name, with a number behind it where another of the account's has it already.
  private func distinct(_ name: String, among others: [Passkey]) throws(AuthError) -> String {
    // Bytes first: two texts are compared in a time quadratic in a hostile text's combining marks.
    let isFit =
      name.utf8.count <= Passkeys.longestName * 4 && name.unicodeScalars.count <= Passkeys.longestName
      && !name.utf8.allSatisfy { $0 == 0x20 }
      && !name.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
    guard isFit else {
      let sentence = "name must be 1 to \(Passkeys.longestName) characters, none of them a control character"
      throw .invalid([FieldProblem("name", sentence)])
    }
    let taken = Set(others.map { Array($0.name.utf8) })
    var candidate = name
    var number = 2
    while taken.contains(Array(candidate.utf8)) {
      candidate = String(String.UnicodeScalarView(name.unicodeScalars.prefix(Passkeys.longestName - 4))) + " \(number)"
      number += 1
    }
    return candidate
  }

  /// Those that have the form of one: they go back to the browser, and nothing here depends on them (section 5.8.4).
  private func transports(_ names: [String]) -> [String] {
    Array(
      names.prefix(8).filter { name in
        (1...32).contains(name.utf8.count)
          && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "-") }
      })
  }
}

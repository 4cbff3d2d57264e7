import Postern
import PosternTesting
import Synchronization
import Testing

/// The domain over stores in memory, with a clock that the test moves.
struct Stand {
  var settings = Settings()
  let clock = StoppedClock()
  let storage: MemoryStorage
  let log = RecordingLog()
  let revocations = Revocations()
  let activity = Activity()
  let codec = KeepingCodec()
  let hasher = CountingHasher()
  let random = SequenceRandom()
  let counts = LocalRateLimit()
  let attempts = LocalAttemptCounts()
  let pictureFiles = MemoryPictureFiles()
  /// Replaces the sessions of the storage where a test needs them to misbehave.
  var store: (any SessionStore)?

  init(_ change: (inout Settings) -> Void = { _ in }) {
    storage = MemoryStorage(clock: clock)
    change(&settings)
  }

  var issuer: TokenIssuer {
    TokenIssuer(settings: settings, codec: codec, random: random, browsers: OpenSeal()) { "csrf \($1.rawValue) \($0)" }
  }

  var sessions: Sessions {
    Sessions(
      settings: settings, store: store ?? storage.sessions, accounts: storage.accounts, revocations: revocations,
      activity: activity, issuer: issuer, clock: clock, random: random, log: log)
  }

  /// With a digest that is none: the text itself.
  var apiTokens: APITokens {
    APITokens(
      settings: settings, store: storage.apiTokens, accounts: storage.accounts, revocations: revocations,
      digest: { $0 }, clock: clock,
      random: random, log: log)
  }

  var loginAttempts: LoginAttempts {
    LoginAttempts(settings: settings, counts: attempts, browsers: OpenSeal(), clock: clock)
  }

  var trustedBrowsers: TrustedBrowsers {
    TrustedBrowsers(
      settings: settings, store: storage.factors, sealer: PlainSeal(), clock: clock, random: random, log: log)
  }

  var codeAttempts: CodeAttempts {
    CodeAttempts(
      settings: settings, counts: attempts, browsers: OpenSeal(), links: storage.links, limits: limits, clock: clock,
      random: random, log: log)
  }

  var passkeys: Passkeys {
    Passkeys(
      settings: settings, store: storage.passkeys, accounts: storage.accounts, reader: PlainAuthenticators(),
      sealer: PlainSeal(), recoveryCodes: recoveryCodes, passwords: passwords, clock: clock, random: random, log: log)
  }

  var secondStep: SecondStep {
    SecondStep(
      settings: settings, accounts: storage.accounts, factors: storage.factors, sessions: sessions,
      trusted: trustedBrowsers, attempts: codeAttempts, codes: CountedCodes(), recoveryCodes: recoveryCodes,
      passkeys: passkeys, sealer: PlainSeal(), linkSealer: PlainSealer(), limits: limits, clock: clock, random: random,
      log: log)
  }

  var signIn: SignIn {
    SignIn(
      settings: settings, accounts: storage.accounts, sessions: sessions, hasher: hasher, attempts: loginAttempts,
      secondStep: secondStep, log: log)
  }

  var passwords: Passwords {
    Passwords(
      accounts: storage.accounts, sessions: sessions, hasher: hasher, attempts: loginAttempts, limits: limits,
      revocations: revocations, clock: clock, random: random, log: log)
  }

  var factorChanges: FactorChangeRule {
    FactorChangeRule(settings: settings, passwords: passwords, clock: clock)
  }

  var enrolment: FactorEnrolment {
    FactorEnrolment(
      settings: settings, factors: storage.factors, recoveryCodes: recoveryCodes, secondStep: secondStep,
      attempts: codeAttempts, changes: factorChanges, passwords: passwords, codes: CountedCodes(), sealer: PlainSeal(),
      clock: clock, random: random, log: log)
  }

  /// With a digest that is none: the text itself.
  var recoveryCodes: RecoveryCodes {
    RecoveryCodes(factors: storage.factors, digest: { $0 }, random: random, log: log)
  }

  var limits: Limits { Limits(settings: settings.limits, counts: counts, clock: clock) }

  var links: Links {
    Links(
      store: storage.links, accounts: storage.accounts, sealer: PlainSealer(), limits: limits, clock: clock,
      random: random)
  }

  var registration: Registration {
    Registration(
      settings: settings, accounts: storage.accounts, links: storage.links, sessions: sessions, hasher: hasher,
      limits: limits, clock: clock, random: random, log: log)
  }

  var addressProofs: AddressProofs {
    AddressProofs(
      settings: settings, accounts: storage.accounts, links: links, signIn: signIn, revocations: revocations,
      clock: clock, log: log)
  }

  var passwordResets: PasswordResets {
    PasswordResets(
      accounts: storage.accounts, links: links, hasher: hasher, revocations: revocations, clock: clock,
      random: random, log: log)
  }

  var addressChanges: AddressChanges {
    AddressChanges(
      settings: settings, accounts: storage.accounts, links: links, signIn: signIn, sessions: sessions,
      passwords: passwords, limits: limits, revocations: revocations, clock: clock, random: random, log: log)
  }

  var removal: AccountRemoval {
    AccountRemoval(
      accounts: storage.accounts, passwords: passwords, pictures: pictures, revocations: revocations, clock: clock,
      log: log)
  }

  /// With a digest that is none: the last bytes.
  var pictures: Pictures {
    Pictures(
      accounts: storage.accounts, maker: CopyingPictureMaker(), files: pictureFiles, digest: { $0.suffix(16) },
      log: log)
  }

  /// The text of the link that was mailed last.
  func mailedLink() throws -> ArraySlice<UInt8> {
    let link = try #require(storage.mails.last?.link)
    return Array(PlainSealer().text(of: link.id, for: link.purpose).utf8)[...]
  }

  func account(
    _ name: String = "ada", password: String? = "correct horse", role: String? = nil, isVerified: Bool = false
  ) throws -> Account {
    try storage.accounts.create(
      NewAccount(
        email: EmailAddress("\(name)@example.com")!, passwordHash: password.map { hasher.text($0) }, roleName: role,
        isVerified: isVerified))
  }

  func begin(
    _ account: Account, replacing previous: SessionID? = nil, isPersistent: Bool? = nil
  ) throws -> IssuedTokens {
    try sessions.begin(
      for: account, methods: ["pwd"], client: .test, replacing: previous, isPersistent: isPersistent)
  }

  func revoked(_ claims: TokenClaims) -> Bool {
    revocations.contains(session: claims.session, account: claims.account, epoch: claims.epoch)
  }
}

/// Factors, as their owner would have enrolled them.
extension Stand {
  func enrolTOTP(_ account: Account, sealedSecret: String? = nil) throws {
    let sealed =
      sealedSecret ?? PlainSeal().seal([1, 2, 3], for: .totpSecret, context: Array(account.id.description.utf8))
    _ = try storage.factors.beginTOTP(account.id, epoch: account.epoch, sealedSecret: sealed)
    let codes = (0..<10).map { [UInt8](repeating: UInt8($0), count: 32) }
    let addition = FactorAddition(to: account, recoveryCodes: codes, mailing: nil, by: .commandLine)
    _ = try storage.factors.confirmTOTP(addition, sealedSecret: sealed, step: 1)
  }

  func enrolEmail(_ account: Account) throws {
    let codes = (0..<10).map { [UInt8](repeating: UInt8($0), count: 32) }
    _ = try storage.factors.addEmail(
      FactorAddition(to: account, recoveryCodes: codes, mailing: nil, by: .commandLine))
  }

  /// A passkey whose credential and key are the account's name.
  func enrolPasskey(_ account: Account) throws {
    let name = Array(account.email.text.utf8)
    let credential = AttestedCredential(
      aaguid: [UInt8](repeating: 0, count: 16), id: name, publicKey: name, algorithm: .es256)
    let codes = (0..<10).map { [UInt8](repeating: UInt8($0), count: 32) }
    _ = try storage.passkeys.add(
      NewPasskey(
        credential, name: "key", signCount: 0, transports: [], isBackupEligible: false, isBackedUp: false),
      FactorAddition(to: account, recoveryCodes: codes, mailing: nil, by: .commandLine),
      answering: AnsweredChallenge(id: random.bytes(16), expiresAt: clock.now() + .seconds(60)), most: 9)
  }

  /// What a browser makes of such options with the passkey of that account.
  func signed(
    _ options: Passkeys.RequestOptions, by account: Account, isUserVerified: Bool = false
  ) -> SecondStep.Given {
    let name = Array(account.email.text.utf8)
    return .passkey(
      AssertionResponse(
        credentialID: name,
        clientData: ClientData(
          json: [], type: "webauthn.get", challenge: options.challenge, origin: settings.publicURL, isFramed: false),
        authenticatorData: [isUserVerified ? 1 : 0] + Array(passkeys.rpID.utf8), signature: name, userHandle: nil))
  }

  /// What an authenticator app shows now.
  var code: String { CountedCodes().code(secret: [], step: OneTimeCode.step(at: clock.now())) }
}

/// By the one client of most tests.
extension Sessions {
  func refresh(_ token: TokenClaims) throws(AuthError) -> IssuedTokens { try refresh(token, client: .test) }
  func renew(_ token: TokenClaims) throws(AuthError) -> Renewal { try renew(token, client: .test) }
  func end(_ session: SessionID) throws(AuthError) { try end(session, .signedOut, client: .test) }
}

/// Where somebody must have been signed in by it.
extension SignIn.Answer {
  var pending: PendingSignIn {
    get throws {
      guard case .secondStep(let pending) = self else { throw AuthError.badTicket }
      return pending
    }
  }

  var outcome: SignIn.Outcome {
    get throws {
      guard case .signedIn(let outcome) = self else { throw AuthError.badCredentials }
      return outcome
    }
  }
}

/// Where somebody must have been signed in by it.
extension Registration.Outcome {
  var signIn: SignIn.Outcome {
    get throws {
      guard case .signedIn(let outcome) = self else { throw AuthError.badCredentials }
      return outcome
    }
  }
}

extension Client {
  static let test = Client(address: "192.0.2.1", userAgent: "agent")
}

/// Signs by keeping the claims, so that a test can read what a token says. The text is as long as the names in it.
final class KeepingCodec: TokenCodec {
  private let kept = Mutex<[String: TokenClaims]>([:])

  func sign(_ claims: TokenClaims) -> String {
    let token = "\(claims.identifier) \(claims.permissions?.joined(separator: " ") ?? "-")"
    kept.withLock { $0[token] = claims }
    return token
  }

  func verify(_ token: UnsafeBufferPointer<UInt8>) throws(TokenProblem) -> TokenClaims {
    guard let claims = kept.withLock({ $0[String(decoding: token, as: UTF8.self)] }) else { throw .signature }
    return claims
  }

  var isQuick: Bool { true }

  func claims(_ token: String) -> TokenClaims { kept.withLock { $0[token]! } }
}

/// Seals nothing: a text that names mark, account and epoch is taken.
struct OpenSeal: BrowserSealer {
  func text(of mark: BrowserMark, for account: Account) -> String { "\(mark.value)-\(account.id)-\(account.epoch)" }

  func mark(of text: String, for account: Account) -> BrowserMark? {
    guard let mark = text.split(separator: "-").first.flatMap({ UInt64($0) }).map(BrowserMark.init) else { return nil }
    return text == self.text(of: mark, for: account) ? mark : nil
  }
}

/// Hashes by prefixing the parameters in force, and counts.
final class CountingHasher: PasswordHasher {
  let hashed = Atomic<Int>(0)
  let verified = Atomic<Int>(0)
  let parameters = Atomic<Int>(1)
  let isOutOfMemory = Atomic<Bool>(false)

  func text(_ password: String) -> String { "\(parameters.load(ordering: .relaxed)):\(password)" }

  var counts: [Int] { [hashed.load(ordering: .relaxed), verified.load(ordering: .relaxed)] }

  func hash(_ password: String) throws(StoreError) -> String {
    hashed.add(1, ordering: .relaxed)
    if isOutOfMemory.load(ordering: .relaxed) { throw .unavailable("memory") }
    return text(password)
  }

  func verify(_ password: String, against hash: String) throws(StoreError) -> Bool {
    verified.add(1, ordering: .relaxed)
    if isOutOfMemory.load(ordering: .relaxed) { throw .unavailable("memory") }
    return hash.drop { $0 != ":" }.dropFirst() == password
  }

  /// Worse than the port allows: a password matches it. `SignIn` must not let that one in, either.
  func decoy() -> String { text("decoy") }

  func needsRehash(_ hash: String) -> Bool { !hash.hasPrefix("\(parameters.load(ordering: .relaxed)):") }
}

/// Writes links as their purpose and the numbers of their bytes, so that a test can read them.
struct PlainSealer: LinkSealer {
  func text(of id: LinkID, for purpose: Link.Purpose) -> String {
    ([purpose.rawValue] + id.bytes.map { String($0) }).joined(separator: "-")
  }

  func code(of id: LinkID) -> String { "\(100_000 + Int(id.bytes[0]) * 256 + Int(id.bytes[1]))" }

  func id(of text: ArraySlice<UInt8>, for purpose: Link.Purpose) -> LinkID? {
    let parts = String(decoding: text, as: UTF8.self).split(separator: "-")
    return parts.first == Substring(purpose.rawValue) ? LinkID(parts.dropFirst().compactMap { UInt8($0) }) : nil
  }
}

/// Seals nothing: purpose, context and content, as numbers.
struct PlainSeal: Sealer {
  func seal(_ content: [UInt8], for purpose: SealPurpose, context: [UInt8]) -> String {
    ["\(purpose)", numbers(context), numbers(content)].joined(separator: "-")
  }

  func open(_ text: String, for purpose: SealPurpose, context: [UInt8]) -> [UInt8]? {
    let prefix = "\(purpose)-\(numbers(context))-"
    return text.hasPrefix(prefix) ? text.dropFirst(prefix.count).split(separator: "_").compactMap { UInt8($0) } : nil
  }

  private func numbers(_ bytes: [UInt8]) -> String { bytes.map { String($0) }.joined(separator: "_") }
}

/// The code of a step is the step's last six digits, whatever the secret.
struct CountedCodes: OneTimeCodes {
  func code(secret: [UInt8], step: Int64) -> String {
    let digits = String(step % 1_000_000)
    return String(repeating: "0", count: 6 - digits.utf8.count) + digits
  }
}

/// Authenticators that seal nothing: their data is whether they have seen who it was, and the host; who signs says by
/// which key.
struct PlainAuthenticators: AuthenticatorReader {
  func authenticatorData(attestation: [UInt8]) throws(PasskeyProblem) -> AuthenticatorData { throw .attestation }

  func authenticatorData(_ bytes: [UInt8]) throws(PasskeyProblem) -> AuthenticatorData {
    AuthenticatorData(
      rpIDHash: Array(bytes.dropFirst()), isUserPresent: true, isUserVerified: bytes.first == 1,
      isBackupEligible: false, isBackedUp: false, signCount: 0)
  }

  func isSignature(
    _ signature: [UInt8], of message: [UInt8], by publicKey: [UInt8]
  ) throws(PasskeyProblem) -> Bool { signature == publicKey }

  func digest(of bytes: [UInt8]) -> [UInt8] { bytes }
}

import Cryptography
import HTTP
import Postern
import PosternTesting
import Synchronization
import Testing

@testable import API

/// The whole application over stores in memory: real tokens, real (small) hashes, a clock that is set by hand.
struct Harness {
  let clock = StoppedClock()
  let storage: MemoryStorage
  let log = RecordingLog()
  let revocations: Revocations
  let activity = Activity()
  let settings: Settings
  let assertions = KeyOnDemand()
  let addressChanges: AddressChanges
  let pictureFiles: MemoryPictureFiles
  let recoveryCodes: RecoveryCodes
  let gate: Gate

  /// `knowsSince`: how long ago the memory of what has ended begins; `nil`: it has all. `signingKey`: what signs
  /// tokens; `nil`: the secret of the settings.
  init(
    knowsSince: Duration? = nil, signingKey: SigningKey? = nil, pictures folder: String? = nil,
    _ change: (inout Settings) -> Void = { _ in }
  ) throws {
    revocations = Revocations(knownSince: knowsSince.map { [clock] in clock.now() - $0 })
    var settings = Settings()
    settings.publicURL = "https://site.example"
    settings.secretKey = Array("a secret key of thirty-two bytes".utf8)
    settings.jwtSecretKey = Array("another key of thirty-two bytes!".utf8)
    settings.argon2.memory = 8
    settings.argon2.passes = 1
    settings.limits.isEnabled = false
    change(&settings)
    self.settings = settings
    storage = MemoryStorage(clock: clock)
    let random = SequenceRandom()
    let key = signingKey ?? .secret(HMACSHA256(key: settings.jwtSecretKey))
    let codec = JWTCodec(signers: [.init(from: 0, key)], keys: [key.verification])
    let doubleSubmit = DoubleSubmit(secretKey: settings.secretKey)
    let browsers = BrowserSeal(secretKey: settings.secretKey)
    let issuer = TokenIssuer(
      settings: settings, codec: codec, random: random, browsers: browsers,
      csrf: { doubleSubmit.csrfToken(for: $0, $1) })
    let sessions = Sessions(
      settings: settings, store: storage.sessions, accounts: storage.accounts, revocations: revocations,
      activity: activity, issuer: issuer, clock: clock, random: random, log: log)
    let hasher = Argon2idHasher(settings: settings.argon2, random: random)
    let attempts = LoginAttempts(
      settings: settings, counts: LocalAttemptCounts(), browsers: browsers, clock: clock)
    let limits = Limits(settings: settings.limits, counts: LocalRateLimit(), clock: clock)
    let linkSealer = LinkSeal(secretKey: settings.secretKey)
    let sealer = AESSeal(secretKey: settings.secretKey, random: random)
    let trustedBrowsers = TrustedBrowsers(
      settings: settings, store: storage.factors, sealer: sealer, clock: clock, random: random, log: log)
    let codeAttempts = CodeAttempts(
      settings: settings, counts: LocalAttemptCounts(), browsers: browsers, links: storage.links, limits: limits,
      clock: clock, random: random, log: log)
    let recoveryKey = HMACSHA256(key: DerivedKey(from: settings.secretKey, for: .recoveryCode).bytes)
    recoveryCodes = RecoveryCodes(
      factors: storage.factors, digest: { recoveryKey.tag(of: $0) }, random: random, log: log)
    let secondStep = SecondStep(
      settings: settings, accounts: storage.accounts, factors: storage.factors, sessions: sessions,
      trusted: trustedBrowsers, attempts: codeAttempts, codes: TOTP(), recoveryCodes: recoveryCodes, sealer: sealer,
      linkSealer: linkSealer,
      limits: limits, clock: clock, random: random, log: log)
    let signIn = SignIn(
      settings: settings, accounts: storage.accounts, sessions: sessions, hasher: hasher, attempts: attempts,
      secondStep: secondStep, log: log)
    let passwords = Passwords(
      accounts: storage.accounts, sessions: sessions, hasher: hasher, attempts: attempts, limits: limits,
      revocations: revocations, clock: clock, random: random, log: log)
    let factorChanges = FactorChangeRule(settings: settings, passwords: passwords, clock: clock)
    let enrolment = FactorEnrolment(
      settings: settings, factors: storage.factors, recoveryCodes: recoveryCodes, secondStep: secondStep,
      attempts: codeAttempts,
      changes: factorChanges, passwords: passwords, codes: TOTP(), sealer: sealer, clock: clock, random: random,
      log: log)
    let registration = Registration(
      settings: settings, accounts: storage.accounts, links: storage.links, sessions: sessions, hasher: hasher,
      limits: limits, clock: clock, random: random, log: log)
    let links = Links(
      store: storage.links, accounts: storage.accounts, sealer: linkSealer,
      limits: limits, clock: clock, random: random)
    let addressProofs = AddressProofs(
      settings: settings, accounts: storage.accounts, links: links, signIn: signIn, revocations: revocations,
      clock: clock, log: log)
    let passwordResets = PasswordResets(
      accounts: storage.accounts, links: links, hasher: hasher, revocations: revocations, clock: clock,
      random: random, log: log)
    addressChanges = AddressChanges(
      settings: settings, accounts: storage.accounts, links: links, signIn: signIn, sessions: sessions,
      passwords: passwords, limits: limits, revocations: revocations, clock: clock, random: random, log: log)
    pictureFiles = MemoryPictureFiles(openFolder: folder)
    let pictures = Pictures(
      accounts: storage.accounts, maker: CopyingPictureMaker(), files: pictureFiles,
      digest: { SHA256.digest(of: $0) }, log: log)
    let removal = AccountRemoval(
      accounts: storage.accounts, passwords: passwords, pictures: pictures, revocations: revocations, clock: clock,
      log: log)
    let apiTokens = APITokens(
      settings: settings, store: storage.apiTokens, accounts: storage.accounts, revocations: revocations,
      digest: { SHA256.digest(of: $0) }, clock: clock, random: random, log: log)
    let passkeys = Passkeys(
      settings: settings, store: storage.passkeys, accounts: storage.accounts, reader: Authenticators(),
      sealer: AESSeal(secretKey: settings.secretKey, random: random), recoveryCodes: recoveryCodes,
      passwords: passwords, clock: clock, random: random, log: log)
    let assertions = assertions
    gate = Gate(
      Services(
        settings: settings, registration: registration, signIn: signIn, secondStep: secondStep,
        trustedBrowsers: trustedBrowsers, addressProofs: addressProofs,
        passwordResets: passwordResets, passwords: passwords, addressChanges: addressChanges, removal: removal,
        pictures: pictures,
        export: AccountExport(records: storage.records), sessions: sessions, accounts: storage.accounts,
        audit: storage.audit, apiTokens: apiTokens, passkeys: passkeys,
        factorChanges: factorChanges, enrolment: enrolment, limits: limits, codec: codec, revocations: revocations,
        activity: activity, clock: clock, log: log, assertions: assertions,
        publicKeys: { JSONWebKeySet.document([assertions].compactMap(\.publicKey)) }))
    try refreshRevocations()
  }

  /// What the scheduler does every 300 ms.
  func refreshRevocations() throws {
    try revocations.catchUp(
      from: storage.revocations, since: clock.now() + .seconds(-900), monotonic: clock.monotonic())
  }

  /// Sends a request through the reactor's side, and the worker's where that is asked for.
  func send(
    _ method: String, _ path: String, json: String? = nil, form: String? = nil, file: [UInt8]? = nil,
    query: String = "",
    cookies: [String: String] = [:], role: Request.Role = .responder, with extra: Extra = [:]
  ) -> Response {
    var parameters = Parameters()
    func set(_ name: String, _ value: String) { parameters.append(name: name.utf8, value: value.utf8) }
    set("REQUEST_METHOD", method)
    if role == .responder { set("SCRIPT_NAME", path) }
    if !extra.pairs.contains(where: { $0.0 == "REMOTE_ADDR" }) { set("REMOTE_ADDR", "203.0.113.5") }
    set("QUERY_STRING", query)
    if !cookies.isEmpty { set("HTTP_COOKIE", cookies.map { "\($0)=\($1)" }.sorted().joined(separator: "; ")) }
    let body = file ?? Array((json ?? form ?? "").utf8)
    if json != nil { set("CONTENT_TYPE", "application/json") }
    if file != nil { set("CONTENT_TYPE", "multipart/form-data; boundary=X") }
    if form != nil { set("CONTENT_TYPE", "application/x-www-form-urlencoded") }
    if !body.isEmpty { set("CONTENT_LENGTH", String(body.count)) }
    for (name, value) in extra.pairs { set(name, value) }
    let request = Request(role: role, parameters: parameters, body: .memory(body), arrival: clock.monotonic())
    switch gate.begin(request) {
    case .answer(let response): return response
    case .work:
      let response = gate.perform(request)
      response.afterwards?()
      return response
    }
  }

  /// Whether the reactor alone can answer.
  func isInline(_ method: String, _ path: String, with extra: Extra) -> Bool {
    var parameters = Parameters(["REQUEST_METHOD": method, "SCRIPT_NAME": path])
    for (name, value) in extra.pairs { parameters.append(name: name.utf8, value: value.utf8) }
    if case .answer = gate.begin(Request(parameters: parameters, arrival: clock.monotonic())) { return true }
    return false
  }

  /// A new account whose address is proven, signed in.
  func registerProven() throws -> [String: String] {
    let cookies = register()
    let account = try storage.accounts.find(EmailAddress("alice@example.com")!)!
    storage.update(account.id) { $0.isVerified = true }
    return cookies
  }

  /// The text of the latest link for that purpose that was mailed, to that address or to any.
  func mailedLink(_ purpose: Link.Purpose, to email: String? = nil) throws -> String {
    let mail = storage.mails.last { $0.link?.purpose == purpose && (email == nil || $0.recipient.text == email) }
    return LinkSeal(secretKey: settings.secretKey).text(of: try #require(mail?.link?.id), for: purpose)
  }

  @discardableResult
  func register(_ email: String = "alice@example.com", password: String = "correct horse") -> [String: String] {
    send("POST", "/api/auth/register", json: #"{"email": "\#(email)", "password": "\#(password)"}"#).cookies
  }

  @discardableResult
  func login(_ email: String = "alice@example.com", password: String = "correct horse") -> Response {
    send("POST", "/api/auth/login", json: #"{"email": "\#(email)", "password": "\#(password)"}"#)
  }

  func verify(_ cookies: [String: String], _ requirement: String = "signed-in", with extra: Extra = [:]) -> Response {
    send("GET", "/api/auth/verify", cookies: cookies, with: asking(requirement, extra))
  }

  func challenge(
    _ cookies: [String: String], _ requirement: String = "signed-in", method: String = "GET", with extra: Extra = [:]
  ) -> Response {
    send(method, "/api/auth/challenge", cookies: cookies, with: asking(requirement, extra))
  }

  private func asking(_ requirement: String, _ extra: Extra) -> Extra {
    Extra(pairs: [("AUTH_REQUIRE", requirement), ("REQUEST_URI", "/private/page?a=1&b=2")] + extra.pairs)
  }

  /// Further parameters, in order; a name may come twice.
  struct Extra: ExpressibleByDictionaryLiteral {
    var pairs: [(String, String)]

    init(pairs: [(String, String)]) { self.pairs = pairs }
    init(dictionaryLiteral elements: (String, String)...) { pairs = elements }
  }
}

/// Signs assertions with a key that is made when it is first asked for.
final class KeyOnDemand: AssertionSigner {
  private let pair = Mutex<PrivateKey?>(nil)

  var publicKey: PublicKey? { pair.withLock { $0?.publicKey } }

  func sign(_ assertion: Assertion) -> String? {
    pair.withLock { $0.map { assertion.signed(with: .pair($0), identifier: "1") } }
  }

  func makeKey() throws(StoreError) { pair.withLock { $0 = PrivateKey(for: .es256) } }
}

extension Response {
  var json: JSON { (try? JSON(parsing: bytes)) ?? .null }
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The cookies that it sets, by name; removed ones are empty.
  var cookies: [String: String] {
    var found: [String: String] = [:]
    for field in fields.values(of: "Set-Cookie") {
      let pair = field.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      found[String(pair[0])] = String(pair[1])
    }
    return found
  }
}

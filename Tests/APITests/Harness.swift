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
  let pictureFiles: MemoryPictureFiles
  let services: Services
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
    let doubleSubmit = DoubleSubmit(secretKey: settings.secretKey)
    let recoveryKey = HMACSHA256(key: DerivedKey(from: settings.secretKey, for: .recoveryCode).bytes)
    pictureFiles = MemoryPictureFiles(openFolder: folder)
    let assertions = assertions
    services = Services(
      settings,
      over: Ports(
        accounts: storage.accounts, sessions: storage.sessions, apiTokens: storage.apiTokens, factors: storage.factors,
        passkeys: storage.passkeys, links: storage.links, audit: storage.audit, records: storage.records,
        pictureFiles: pictureFiles, revocations: revocations, activity: activity, rates: LocalRateLimit(),
        attempts: LocalAttemptCounts(), failures: FailureSchedule(),
        hasher: Argon2idHasher(settings: settings.argon2, random: random),
        codec: JWTCodec(signers: [.init(from: 0, key)], keys: [key.verification]), assertions: assertions,
        publicKeys: { JSONWebKeySet.document([assertions].compactMap(\.publicKey)) },
        csrf: { doubleSubmit.csrfToken(for: $0, $1) }, browsers: BrowserSeal(secretKey: settings.secretKey),
        linkSealer: LinkSeal(secretKey: settings.secretKey),
        sealer: AESSeal(secretKey: settings.secretKey, random: random), oneTimeCodes: TOTP(),
        authenticators: Authenticators(), digest: { SHA256.digest(of: $0) },
        recoveryDigest: { recoveryKey.tag(of: $0) }, random: random, pictureMaker: CopyingPictureMaker(), clock: clock,
        log: log))
    gate = Gate(services)
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

import HTTP
import Postern

/// Finds the tokens of a request, and judges them as far as memory goes.
final class TokenReader: Sendable {
  /// Of several cookies with one name, so many are tried.
  private static let cookiesTried = 4

  private let settings: Settings
  private let verified: VerifiedTokens
  private let revocations: Revocations
  private let accessCookie: [UInt8]
  private let refreshCookie: [UInt8]
  /// The parameter that the configured header arrives as, and the word before the token in it.
  private let headerParameter: String
  private let headerType: [UInt8]
  /// Those that repeat the double-submit values.
  private let accessCSRFParameter: String
  private let refreshCSRFParameter: String
  private let readsCookies: Bool
  private let readsHeaders: Bool
  private let leewaySeconds: Int64
  /// No access token that was issued longer ago is taken, whatever it says: what has ended since is known for so long.
  private let longestAccess: Int64

  init(_ services: Services, verified: VerifiedTokens) {
    settings = services.settings
    self.verified = verified
    revocations = services.revocations
    let cookies = TokenCookies(services.settings)
    accessCookie = Array(cookies.name(of: .access).utf8)
    refreshCookie = Array(cookies.name(of: .refresh).utf8)
    headerParameter = TokenReader.parameter(ofField: settings.headerName)
    accessCSRFParameter = TokenReader.parameter(ofField: settings.cookies.accessCSRFHeader)
    refreshCSRFParameter = TokenReader.parameter(ofField: settings.cookies.refreshCSRFHeader)
    headerType = Array(settings.headerType.utf8)
    readsCookies = settings.tokenLocations.contains(.cookies)
    leewaySeconds = settings.leeway.components.seconds
    longestAccess = settings.accessLifetime.components.seconds + leewaySeconds + 60
    readsHeaders = settings.tokenLocations.contains(.headers)
  }

  /// What a header field arrives as (RFC 3875, section 4.1.18).
  private static func parameter(ofField name: String) -> String {
    "HTTP_" + String(name.uppercased().map { $0 == "-" ? Character("_") : $0 })
  }

  /// What is known of a token's session without asking the storage.
  enum Liveness: Sendable {
    case alive
    case ended
    /// The memory of what has ended is not fresh.
    case unknown
  }

  /// The token of that kind which the request brings: signature, times and kind are right, its session is not judged.
  /// A cookie goes before the header, and a bad cookie is not a missing one. An unsafe request that a cookie
  /// authenticates passes the double submit, where that is on. Throws what is wrong as `TokenFailure`, and
  /// `NeedsWorker`.
  func token(_ kind: TokenClaims.Kind, in request: Request, at now: Instant, mayBlock: Bool) throws -> Caller {
    if readsCookies, let caller = try cookie(kind, in: request, at: now, mayBlock).get() {
      try checkDoubleSubmit(caller, request)
      return caller
    }
    return try bearer(kind, in: request, at: now, mayBlock).get()
  }

  /// The access token of somebody whom a web server asks about: what they are about to do is not done here, so there is
  /// no double submit.
  func access(in request: Request, at now: Instant, mayBlock: Bool) throws(NeedsWorker) -> Result<Caller, TokenFailure>
  {
    if readsCookies {
      switch try cookie(.access, in: request, at: now, mayBlock) {
      case .success(let caller?): return .success(caller)
      case .success(nil): break
      case .failure(let failure): return .failure(failure)
      }
    }
    return try bearer(.access, in: request, at: now, mayBlock)
  }

  /// Whether the token's session goes on, as far as memory can tell.
  func liveness(of caller: Caller, arrival: Duration) -> Liveness {
    if hasEnded(caller) { return .ended }
    return revocations.isFresh(at: arrival) ? .alive : .unknown
  }

  private func hasEnded(_ caller: Caller) -> Bool {
    let claims = caller.claims
    return revocations.contains(session: claims.session, account: claims.account, epoch: claims.epoch)
  }

  /// The sessions of all tokens that came and can be read, expired ones too: what a logout ends, and a login replaces.
  /// For workers.
  func sessions(in request: Request) -> [SessionID] {
    var found: [SessionID] = []
    func add(_ bytes: UnsafeBufferPointer<UInt8>) {
      let caller = try? verified.verify(bytes, mayBlock: true)
      if let session = caller?.claims.session, !found.contains(session) { found.append(session) }
    }
    for name in [accessCookie, refreshCookie] {
      eachCookie(name, in: request) { add($0) }
    }
    if case .token(let token) = bearer(in: request) { token.withUnsafeBufferPointer(add) }
    return found
  }

  /// Whether any cookie of ours came, whatever it holds.
  func hasCookie(in request: Request) -> Bool {
    var found = false
    for name in [accessCookie, refreshCookie] { eachCookie(name, in: request) { _ in found = true } }
    return found
  }

  /// Whether a refresh cookie came, and cookies are looked at.
  func hasRefreshCookie(in request: Request) -> Bool {
    var found = false
    if readsCookies { eachCookie(refreshCookie, in: request) { _ in found = true } }
    return found
  }

  /// The refresh token of the cookie alone: signature, times and kind are right.
  /// Throws what is wrong as `TokenFailure`, and `NeedsWorker`.
  func refreshCookie(in request: Request, at now: Instant, mayBlock: Bool) throws -> Caller {
    guard readsCookies, let token = try cookie(.refresh, in: request, at: now, mayBlock).get() else {
      throw TokenFailure.missing(.refresh)
    }
    return token
  }

  // MARK: Cookies

  private func cookie(
    _ kind: TokenClaims.Kind, in request: Request, at now: Instant, _ mayBlock: Bool
  ) throws(NeedsWorker) -> Result<Caller?, TokenFailure> {
    var valid: Caller?
    var firstProblem: TokenProblem?
    var isAmbiguous = false
    try eachCookie(kind == .access ? accessCookie : refreshCookie, in: request) { bytes throws(NeedsWorker) in
      switch try judge(bytes, kind, at: now, mayBlock) {
      case .success(let token):
        if let earlier = valid, earlier.claims.session != token.claims.session {
          // A token of a session that has ended is as good as none; two that may both be alive are one too many.
          if hasEnded(earlier) { valid = token } else if !hasEnded(token) { isAmbiguous = true }
        } else {
          valid = valid ?? token
        }
      case .failure(let problem): firstProblem = firstProblem ?? problem
      }
    }
    if isAmbiguous { return .failure(.ambiguous) }
    if valid == nil, let firstProblem { return .failure(.problem(firstProblem)) }
    return .success(valid)
  }

  /// Calls `body` with each non-empty cookie of the name, the first few of them.
  private func eachCookie<Failure: Error>(
    _ name: [UInt8], in request: Request, _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    guard let header = request.parameters.value(of: "HTTP_COOKIE") else { return }
    try name.withUnsafeBufferPointer { name throws(Failure) in
      try header.withUnsafeBufferPointer { header throws(Failure) in
        var tried = 0
        try Cookies.forEach(named: name, in: header) { value throws(Failure) in
          if value.isEmpty { return true }
          try body(value)
          tried += 1
          return tried < TokenReader.cookiesTried
        }
      }
    }
  }

  // MARK: Header

  /// The API token that the request brings, in the field `Authorization`, whatever field JWTs may come in; `nil` where
  /// there is none, or an access cookie goes before it.
  func apiToken(in request: Request, takesBasic: Bool) -> [UInt8]? {
    guard let field = request.parameters.value(of: "HTTP_AUTHORIZATION"), !field.isEmpty else { return nil }
    let bearer = Authorization.credentials(of: "bearer", in: field)
    let token = bearer == nil && takesBasic ? Authorization.basicPassword(in: field) : bearer
    guard let token, APITokenText.isMeant(by: token) else { return nil }
    var hasCookie = false
    if readsCookies { eachCookie(accessCookie, in: request) { _ in hasCookie = true } }
    return hasCookie ? nil : Array(token)
  }

  private enum Bearer {
    case token(ArraySlice<UInt8>)
    case missing
    case otherScheme
    case malformed
  }

  /// The token of `Authorization: Bearer TOKEN` (RFC 6750, section 2.1), under the configured names.
  private func bearer(in request: Request) -> Bearer {
    let words = request.parameters.value(named: headerParameter)?.split(separator: UInt8(ascii: " ")) ?? []
    guard let first = words.first else { return .missing }
    if headerType.isEmpty { return words.count == 1 ? .token(first) : .malformed }
    guard first.elementsEqual(headerType) else { return .otherScheme }
    return words.count == 2 ? .token(words[1]) : .malformed
  }

  private func bearer(
    _ kind: TokenClaims.Kind, in request: Request, at now: Instant, _ mayBlock: Bool
  ) throws(NeedsWorker) -> Result<Caller, TokenFailure> {
    guard readsHeaders else { return .failure(.missing(kind)) }
    switch bearer(in: request) {
    case .token(let token) where APITokenText.isMeant(by: token): return .failure(.sessionNeeded)
    case .token(let token):
      let judged = try token.withUnsafeBufferPointer { token throws(NeedsWorker) in
        try judge(token, kind, at: now, mayBlock)
      }
      return judged.mapError { .problem($0) }
    case .missing: return .failure(.missing(kind))
    case .otherScheme: return .failure(.otherScheme(kind))
    case .malformed: return .failure(.badHeader)
    }
  }

  // MARK: Judging

  private func judge(
    _ bytes: UnsafeBufferPointer<UInt8>, _ kind: TokenClaims.Kind, at now: Instant, _ mayBlock: Bool
  ) throws(NeedsWorker) -> Result<Caller, TokenProblem> {
    let known: Caller?
    do { known = try verified.verify(bytes, mayBlock: mayBlock) } catch { return .failure(error) }
    guard let caller = known else { throw NeedsWorker() }
    let (claims, leeway) = (caller.claims, leewaySeconds)
    if claims.expires <= now.seconds - leeway { return .failure(.expired) }
    if claims.kind == .access, claims.issuedAt < now.seconds - longestAccess { return .failure(.expired) }
    if claims.notBefore > now.seconds + leeway { return .failure(.notYetValid) }
    switch (kind, claims.kind) {
    case (.access, .access), (.refresh, .refresh): return .success(caller)
    case (.access, .refresh): return .failure(.refreshNotAllowed)
    case (.refresh, .access): return .failure(.onlyRefreshAllowed)
    }
  }

  /// flask-jwt-extended's double submit: an unsafe request that is authenticated by a cookie repeats the `csrf` claim
  /// in a field that another site's page cannot set. Pages have forms, and rely on the origin rule.
  private func checkDoubleSubmit(_ caller: Caller, _ request: Request) throws(TokenFailure) {
    guard settings.doubleSubmit, request.isUnsafe, !request.path.utf8.starts(with: "\(settings.pagesPrefix)/".utf8)
    else { return }
    let field = caller.claims.kind == .access ? accessCSRFParameter : refreshCSRFParameter
    guard let sent = request.parameters.value(named: field), !sent.isEmpty else { throw .missingCSRF }
    guard let expected = caller.claims.csrf, Array(sent).isEqualInConstantTime(to: Array(expected.utf8)) else {
      throw .wrongCSRF
    }
  }
}

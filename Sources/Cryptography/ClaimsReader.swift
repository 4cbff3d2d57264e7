import Postern

/// Reads the payload of a token whose signature is right.
///
/// A claim that is known here must not come twice, in whatever spelling, and must be of its type; others are skipped.
struct ClaimsReader: ~Copyable {
  /// In the order in which they are written; `claim(_:)` makes use of it.
  private enum Claim: UInt8 {
    case fresh, iat, jti, type, sub, nbf, csrf, aud, iss, exp, id, role, roleName, permissions, firstName, lastName
    case email, sessionID, verified, amr, authTime, epoch, revision, generation

    var next: Claim { Claim(rawValue: rawValue + 1) ?? .fresh }

    var name: StaticString {
      switch self {
      case .fresh: "fresh"
      case .iat: "iat"
      case .jti: "jti"
      case .type: "type"
      case .sub: "sub"
      case .nbf: "nbf"
      case .csrf: "csrf"
      case .aud: "aud"
      case .iss: "iss"
      case .exp: "exp"
      case .id: "id"
      case .role: "role"
      case .roleName: "role_name"
      case .permissions: "permissions"
      case .firstName: "first_name"
      case .lastName: "last_name"
      case .email: "email"
      case .sessionID: "session_id"
      case .verified: "verified"
      case .amr: "amr"
      case .authTime: "auth_time"
      case .epoch: "epoch"
      case .revision: "revision"
      case .generation: "generation"
      }
    }
  }

  private var scanner: TokenScanner
  /// The claims that have been read, one bit each.
  private var seen: UInt32 = 0
  private var following = Claim.fresh

  private var kind: TokenClaims.Kind?
  private var identifier: String?
  private var subject: String?
  private var issuedAt: Int64?
  private var notBefore: Int64?
  private var expires: Int64?
  private var account: Int64?
  private var session: SessionID?
  private var roleID: Int64?
  private var roleName: String?
  private var permissions: [String]?
  private var firstName: String?
  private var lastName: String?
  private var isVerified = false
  private var methods: [String] = []
  private var provenAt: Int64 = 0
  private var epoch: Int64 = 0
  private var revision: Int64 = 0
  private var generation: Int64?
  private var csrf: String?
  private var issuer: String?
  /// `nil` when the token names none.
  private var audiences: [String]?

  /// Throws `malformed`, `issuer` when one is demanded and the token's is not that one, and `audience` when the
  /// token does not name the one that is demanded, or names some and none is (RFC 7519, section 4.1.3).
  static func read(
    _ payload: UnsafeBufferPointer<UInt8>, issuer: String?, audience: String?
  ) throws(TokenProblem) -> TokenClaims {
    var reader = ClaimsReader(scanner: TokenScanner(payload))
    try reader.readAll()
    let (statedIssuer, audiences) = (reader.issuer, reader.audiences)
    let claims = try reader.claims()
    // `==` takes some characters for others (U+212A for K); issuer and audience are compared byte for byte.
    if let issuer {
      guard let statedIssuer, statedIssuer.utf8.elementsEqual(issuer.utf8) else { throw .issuer }
    }
    if let audience {
      guard let audiences, audiences.contains(where: { $0.utf8.elementsEqual(audience.utf8) }) else { throw .audience }
    } else if audiences != nil {
      throw .audience
    }
    return claims
  }

  private init(scanner: TokenScanner) { self.scanner = scanner }

  private mutating func readAll() throws(TokenProblem) {
    try scanner.enterObject()
    while let name = try scanner.nextName() {
      guard let claim = try claim(name) else {
        try scanner.skipValue()
        continue
      }
      guard seen & 1 << UInt32(claim.rawValue) == 0 else { throw .malformed }
      seen |= 1 << UInt32(claim.rawValue)
      try readValue(of: claim)
    }
    try scanner.finish()
  }

  /// Tried in order from the one behind the last: a token that was written in that order costs a comparison or two per
  /// claim.
  private mutating func claim(_ name: TokenText) throws(TokenProblem) -> Claim? {
    var candidate = following
    repeat {
      let next = candidate.next
      if try name.equals(candidate.name) {
        following = next
        return candidate
      }
      candidate = next
    } while candidate != following
    return nil
  }

  private mutating func readValue(of claim: Claim) throws(TokenProblem) {
    switch claim {
    case .fresh, .email: try scanner.skipValue()
    case .iat: issuedAt = try scanner.numericDate()
    case .jti: identifier = try scanner.string().string()
    case .type: kind = try readKind()
    case .sub: subject = try scanner.string().string()
    case .nbf: notBefore = try scanner.numericDate()
    case .csrf: csrf = try scanner.string().string()
    case .aud: audiences = try readAudiences()
    case .iss: issuer = try scanner.string().string()
    case .exp: expires = try scanner.numericDate()
    case .id: account = try scanner.integer()
    case .role: roleID = scanner.takeNull() ? nil : try scanner.integer()
    case .roleName: roleName = try readOptionalString()
    case .permissions: permissions = scanner.takeNull() ? nil : try readStrings()
    case .firstName: firstName = try readOptionalString()
    case .lastName: lastName = try readOptionalString()
    case .sessionID: session = try readSession()
    case .verified: isVerified = try scanner.bool()
    case .amr: methods = try readStrings()
    case .authTime: provenAt = try scanner.numericDate()
    case .epoch: epoch = try scanner.integer()
    case .revision: revision = try scanner.integer()
    case .generation: generation = try scanner.integer()
    }
  }

  private consuming func claims() throws(TokenProblem) -> TokenClaims {
    guard let kind, let identifier, let subject, let issuedAt, let expires, let account, let session else {
      throw .malformed
    }
    return TokenClaims(
      kind: kind, identifier: identifier, subject: subject, issuedAt: issuedAt, notBefore: notBefore ?? issuedAt,
      expires: expires, account: AccountID(account), session: session, roleID: roleID, roleName: roleName,
      permissions: permissions, firstName: firstName, lastName: lastName, isVerified: isVerified, methods: methods,
      provenAt: provenAt, epoch: epoch, revision: revision, generation: generation, csrf: csrf)
  }

  private mutating func readKind() throws(TokenProblem) -> TokenClaims.Kind {
    let text = try scanner.string()
    if try text.equals("access") { return .access }
    guard try text.equals("refresh") else { throw .malformed }
    return .refresh
  }

  private mutating func readSession() throws(TokenProblem) -> SessionID {
    let text = try scanner.string()
    guard !text.isEscaped, let session = SessionID(text.bytes) else { throw .malformed }
    return session
  }

  private mutating func readOptionalString() throws(TokenProblem) -> String? {
    scanner.takeNull() ? nil : try scanner.string().string()
  }

  private mutating func readStrings() throws(TokenProblem) -> [String] {
    var strings: [String] = []
    strings.reserveCapacity(4)
    try scanner.enterArray()
    while try scanner.isElementNext() { strings.append(try scanner.string().string()) }
    return strings
  }

  /// One string, or an array of strings.
  private mutating func readAudiences() throws(TokenProblem) -> [String] {
    scanner.isStringNext ? [try scanner.string().string()] : try readStrings()
  }
}

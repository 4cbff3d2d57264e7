import Cryptography
import Postern
import Testing

/// Tokens that are signed with key pairs, and keys that follow one another.
@Suite struct KeyPairTokenTests {
  static let pairs = [TokenAlgorithm.rs256, .es256, .edDSA].map { PrivateKey(for: $0) }

  private func codec(_ keys: SigningKey...) -> JWTCodec {
    JWTCodec(signers: [.init(from: 0, keys[0])], keys: keys.map(\.verification))
  }

  private func token(header: String, payload: String = TokenFixtures.payload, _ sign: ([UInt8]) -> [UInt8]) -> String {
    let message = "\(Base64.url.encode(header.utf8)).\(Base64.url.encode(payload.utf8))"
    return "\(message).\(Base64.url.encode(sign(Array(message.utf8))))"
  }

  @Test(arguments: pairs)
  func whatWasSignedComesBackAndNamesItsKey(pair: PrivateKey) throws {
    let codec = codec(.pair(pair))
    let token = codec.sign(TokenFixtures.claims)
    #expect(try codec.verify(token) == TokenFixtures.claims)
    let header = try #require(Base64.url.decode(String(token.prefix { $0 != "." })))
    #expect(
      String(decoding: header, as: UTF8.self)
        == #"{"alg":"\#(pair.algorithm.rawValue)","kid":"\#(pair.publicKey.id)","typ":"JWT"}"#)
  }

  @Test(arguments: pairs)
  func noMutatedTokenIsTaken(pair: PrivateKey) {
    var generator = SeededGenerator(state: 7518)
    let codec = codec(.pair(pair), .secret(HMACSHA256(key: TokenFixtures.key)))
    let original = Array(codec.sign(TokenFixtures.claims).utf8)
    for _ in 0..<4_000 {
      let mutated = mutate(original, using: &generator)
      guard mutated != original else { continue }
      let isTaken = mutated.withUnsafeBufferPointer { bytes in (try? codec.verify(bytes)) != nil }
      if isTaken { Issue.record("taken: \(String(decoding: mutated, as: UTF8.self))") }
    }
  }

  /// What everybody knows of a key pair makes no token: whatever is used as the secret of an HMAC.
  @Test(arguments: pairs)
  func thePublicKeyIsNoSecret(pair: PrivateKey) {
    let pem = pair.publicKey.pem
    let der = pem.split(separator: "\n").dropFirst().dropLast().joined()
    let secrets = [
      Array(pem.utf8), Array(pem.dropLast().utf8), Array(der.utf8),
      Base64.standard.decode(String(der.prefix { $0 != "=" })) ?? [1],
      Array(pair.publicKey.id.utf8), JSONWebKeySet.document([pair.publicKey]),
    ]
    for codec in [codec(.pair(pair)), codec(.pair(pair), .secret(HMACSHA256(key: TokenFixtures.key)))] {
      for secret in secrets {
        for header in [
          #"{"alg":"HS256","typ":"JWT"}"#, #"{"alg":"HS256","kid":"\#(pair.publicKey.id)","typ":"JWT"}"#,
          #"{"alg":"\#(pair.algorithm.rawValue)","kid":"\#(pair.publicKey.id)","typ":"JWT"}"#,
        ] {
          let forged = token(header: header) { HMACSHA256(key: secret).tag(of: $0) }
          #expect([.algorithm, .signature].contains(codec.problem(with: forged)))
        }
      }
    }
  }

  /// Each carries a right signature of the key that it names.
  @Test(arguments: pairs)
  func aKeyIsBoundToItsAlgorithm(pair: PrivateKey) {
    let codec = codec(.pair(pair), .secret(HMACSHA256(key: TokenFixtures.key)))
    let (algorithm, id) = (pair.algorithm.rawValue, pair.publicKey.id)
    for other in [
      "none", "HS256", "HS384", "RS256", "RS384", "PS256", "ES256", "ES384", "EdDSA", "Ed25519", "eddsa", "",
    ]
    where other != algorithm {
      let forged = token(header: #"{"alg":"\#(other)","kid":"\#(id)","typ":"JWT"}"#) { pair.signature(of: $0) }
      #expect(codec.problem(with: forged) == .algorithm)
    }
    for member in [
      #""crit":["exp"]"#, #""jku":"https://evil.example/jwks.json""#, #""jwk":{}"#, #""x5u":"https://evil.example""#,
      #""x5c":[]"#, #""b64":false"#, #""zip":"DEF""#, #""cty":"JWT""#, #""typ":"postern-assertion+jwt""#,
      #""typ":null"#,
    ] {
      let forged = token(header: #"{"alg":"\#(algorithm)","kid":"\#(id)",\#(member)}"#) { pair.signature(of: $0) }
      #expect(codec.problem(with: forged) == .algorithm)
    }
    for name in [#""other""#, #""""#, #""\#(id)=""#, #""\#(id.lowercased())""#] {
      let forged = token(header: #"{"alg":"\#(algorithm)","kid":\#(name)}"#) { pair.signature(of: $0) }
      #expect(codec.problem(with: forged) == .signature)
    }
    for header in [#"{"alg":"\#(algorithm)"}"#, #"{"alg":"\#(algorithm)","kid":null}"#, #"{"kid":"\#(id)"}"#] {
      #expect(codec.problem(with: token(header: header) { pair.signature(of: $0) }) == .algorithm)
    }
    let right = token(header: #"{ "kid":"\#(id)", "alg":"\#(algorithm)" }"#) { pair.signature(of: $0) }
    #expect(codec.problem(with: right) == nil)
    #expect(codec.problem(with: right.replacing(right.suffix(20), with: "AAAAAAAAAAAAAAAAAAAA")) == .signature)
  }

  @Test func withoutASecretNoTokenUnderHS256IsTaken() {
    let codec = codec(.pair(KeyPairTokenTests.pairs[2]))
    #expect(codec.problem(with: TokenFixtures.token()) == .algorithm)
    #expect(codec.problem(with: TokenFixtures.token(header: #"{"alg":"HS256"}"#)) == .algorithm)
  }

  @Test func theLastKeyThatHasBegunSignsAndAllOfThemAreTaken() throws {
    let keys: [SigningKey] = [.secret(HMACSHA256(key: TokenFixtures.key))] + KeyPairTokenTests.pairs.map { .pair($0) }
    let begins: [Int64] = [Int64.min, 2_000, 1_000, 3_000]
    let codec = JWTCodec(
      signers: zip(begins, keys).map { JWTCodec.Signer(from: $0, $1) }, keys: keys.map(\.verification))
    for (moment, algorithm) in [
      (0, TokenAlgorithm.hs256), (999, .hs256), (1_000, .es256), (1_999, .es256), (2_000, .rs256), (3_000, .edDSA),
      (9_000, .edDSA),
    ] {
      var claims = TokenFixtures.claims
      claims.issuedAt = Int64(moment)
      let token = codec.sign(claims)
      let header = try #require(Base64.url.decode(String(token.prefix { $0 != "." })))
      #expect(String(decoding: header, as: UTF8.self).contains(#""alg":"\#(algorithm.rawValue)""#))
      #expect(try codec.verify(token) == claims)
    }
    // A clock that was wrong when the only key was made keeps nobody out.
    let early = JWTCodec(signers: [.init(from: 5_000, keys[3])], keys: [keys[3].verification])
    var claims = TokenFixtures.claims
    claims.issuedAt = 10
    #expect(try early.verify(early.sign(claims)) == claims)
  }

  @Test func anySecretOfTheRingIsTakenAndNoOther() {
    let secrets = (1...3).map { HMACSHA256(key: TokenFixtures.key + [$0]) }
    let codec = JWTCodec(
      signers: [.init(from: 0, .secret(secrets[0]))], keys: secrets.map { .secret($0) })
    for index in 1...3 as ClosedRange<UInt8> {
      #expect(codec.problem(with: TokenFixtures.token(key: TokenFixtures.key + [index])) == nil)
    }
    #expect(codec.problem(with: TokenFixtures.token(key: TokenFixtures.key + [4])) == .signature)
    #expect(codec.problem(with: TokenFixtures.token()) == .signature)
  }

  /// Same key, wrong door: an assertion is no token, even where one key should have signed both.
  @Test func anAssertionIsNoToken() throws {
    let pair = KeyPairTokenTests.pairs[1]
    let identity = Identity(
      account: AccountID(1), credential: .session(TokenFixtures.claims.session), email: "ann@example.com",
      name: "Ann “A” \\",
      isVerified: true, role: nil, permissions: ["reports.read"], methods: ["pwd"], provenAt: 1_795_490_000)
    var assertion = Assertion(
      issuer: "https://site.example", audience: "https://app.example", identity: identity, issuedAt: 1_795_490_220)
    let text = assertion.signed(with: .pair(pair), identifier: "1")
    #expect(codec(.pair(pair)).problem(with: text) == .algorithm)
    let parts = text.split(separator: ".").map { Base64.url.decode(String($0)) ?? [] }
    #expect(
      String(decoding: parts[0], as: UTF8.self)
        == #"{"alg":"ES256","kid":"\#(pair.publicKey.id)","typ":"postern-assertion+jwt"}"#)
    #expect(
      String(decoding: parts[1], as: UTF8.self) == #"""
        {"iss":"https://site.example","aud":"https://app.example","sub":"1","iat":1795490220,"exp":1795490280,\#
        "jti":"1","email":"ann@example.com","email_verified":true,"name":"Ann “A” \\","role":null,\#
        "permissions":["reports.read"],"session_id":"455d08d9-293f-48c4-984f-c21361e932f4","amr":["pwd"],\#
        "auth_time":1795490000}
        """#)
    assertion.tellsPermissions = false
    #expect(assertion.signed(with: .pair(pair), identifier: "1").utf8.count < text.utf8.count)
  }
}

extension PrivateKey: CustomTestStringConvertible {
  public var testDescription: String { algorithm.rawValue }
}

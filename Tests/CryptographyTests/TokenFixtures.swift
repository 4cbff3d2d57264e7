import Cryptography
import Postern

/// The key, the claims and the hand-made tokens that the token tests share.
enum TokenFixtures {
  static let key = Array("an-hs256-key-of-thirty-two-bytes-or-more".utf8)
  static let header = #"{"alg":"HS256","typ":"JWT"}"#

  /// What every token must have, and nothing else.
  static let payload = #"""
    {"iat":1795490220,"jti":"fdbf7347-1f6c-426f-9797-535ffb7c3201","type":"access","sub":"alice@example.com",\#
    "exp":1795491120,"id":1,"session_id":"455d08d9-293f-48c4-984f-c21361e932f4"}
    """#

  static let claims = TokenClaims(
    kind: .refresh, identifier: "fdbf7347-1f6c-426f-9797-535ffb7c3201", subject: "alice@example.com",
    issuedAt: 1_795_490_220, notBefore: 1_795_490_220, expires: 1_798_082_220, account: AccountID(42),
    session: SessionID("455d08d9-293f-48c4-984f-c21361e932f4".utf8)!, roleID: 2, roleName: "editor",
    permissions: ["reports.read", "reports.write"], firstName: "Zoë 😀", lastName: "\"Quote\" \\ \n\u{1} /",
    isVerified: true, methods: ["pwd", "otp"], provenAt: 1_795_490_000, epoch: 3, generation: 7,
    csrf: "96cadefed5774e96a639cc4847b2e57f")

  /// A token with a right signature over whatever it says.
  static func token(header: String = header, payload: String = payload, key: [UInt8] = key) -> String {
    let message = "\(Base64.url.encode(header.utf8)).\(Base64.url.encode(payload.utf8))"
    return "\(message).\(Base64.url.encode(HMACSHA256(key: key).tag(of: message.utf8)))"
  }

  /// The payload with one member more, or with the member of that name replaced.
  static func payload(_ name: String, _ value: String?) -> String {
    let members = payload.dropFirst().dropLast().split(separator: ",").filter { !$0.hasPrefix("\"\(name)\":") }
    return "{" + (members.map(String.init) + (value.map { ["\"\(name)\":\($0)"] } ?? [])).joined(separator: ",") + "}"
  }
}

extension JWTCodec {
  func verify(_ token: String) throws(TokenProblem) -> TokenClaims {
    var token = token
    let outcome: Result<TokenClaims, TokenProblem> = token.withUTF8 { bytes in
      do throws(TokenProblem) { return .success(try verify(bytes)) } catch { return .failure(error) }
    }
    return try outcome.get()
  }

  /// Why the token is refused; `nil` when it is taken.
  func problem(with token: String) -> TokenProblem? {
    do throws(TokenProblem) {
      _ = try verify(token)
      return nil
    } catch { return error }
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same mutations in every run.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }
}

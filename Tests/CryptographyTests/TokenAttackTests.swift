import Cryptography
import Postern
import PosternTesting
import Testing

/// Algorithm confusion, respelled and stitched tokens (RFC 8725, section 2): all refused, each for its own reason.
@Suite struct TokenAttackTests {
  let codec = JWTCodec(key: TokenFixtures.key)

  /// Each carries a right HS256 signature, so nothing but the header is wrong.
  @Test(arguments: [
    #"{"alg":"none","typ":"JWT"}"#, #"{"alg":"NoNe","typ":"JWT"}"#, #"{"alg":"","typ":"JWT"}"#,
    #"{"alg":"HS384","typ":"JWT"}"#, #"{"alg":"HS512","typ":"JWT"}"#, #"{"alg":"RS256","typ":"JWT"}"#,
    #"{"alg":"ES256","typ":"JWT"}"#, #"{"alg":"EdDSA","typ":"JWT"}"#, #"{"alg":"hs256","typ":"JWT"}"#,
    #"{"alg":"HS256 ","typ":"JWT"}"#, #"{"alg":"HS256\u0000","typ":"JWT"}"#, #"{"alg":null,"typ":"JWT"}"#,
    #"{"alg":["HS256"],"typ":"JWT"}"#, #"{"alg":{"alg":"HS256"}}"#, #"{"alg":256}"#, #"{"typ":"JWT"}"#, "{}",
    #"{"ALG":"HS256","typ":"JWT"}"#, #"{"alg":"HS256","typ":"JWE"}"#, #"{"alg":"HS256","typ":"logout+jwt"}"#,
    #"{"alg":"HS256","typ":null}"#, #"{"alg":"HS256","crit":["exp"],"exp":1}"#, #"{"alg":"HS256","crit":[]}"#,
    #"{"alg":"HS256","b64":false,"crit":["b64"]}"#, #"{"alg":"HS256","jku":"https://evil.example/jwks.json"}"#,
    #"{"alg":"HS256","jwk":{"kty":"oct","k":"AA"}}"#, #"{"alg":"HS256","x5u":"https://evil.example/x.pem"}"#,
    #"{"alg":"HS256","x5c":["AA"]}"#, #"{"alg":"HS256","kid":"../../dev/null"}"#, #"{"alg":"HS256","kid":""}"#,
    #"{"alg":"HS256","zip":"DEF"}"#, #"{"alg":"HS256","cty":"JWT"}"#, #"{"alg":"dir","enc":"A256GCM"}"#,
  ])
  func aHeaderThatAsksForAnythingElseIsRefused(header: String) {
    #expect(codec.problem(with: TokenFixtures.token(header: header)) == .algorithm)
  }

  @Test(arguments: [
    "", "null", "[]", #""HS256""#, #"{"alg":"HS256""#, #"{"alg":"HS256"}}"#, #"{"alg":"HS256",}"#, #"{alg:"HS256"}"#,
    #"{"alg":"HS256","alg":"HS256"}"#, #"{"alg":"none","alg":"HS256"}"#, #"{"alg":"HS256","alg":"none"}"#,
    #"{"alg":"HS256","\u0061lg":"none"}"#, #"{"kid":1,"kid":2,"alg":"HS256"}"#, #"{"alg":"\ud800"}"#,
    "\u{FEFF}{\"alg\":\"HS256\"}", "{\"alg\":\"HS256\"}\0",
  ])
  func aHeaderThatCannotBeReadIsMalformed(header: String) {
    #expect(codec.problem(with: TokenFixtures.token(header: header)) == .malformed)
  }

  @Test(arguments: [
    #"{"alg":"HS256"}"#, #"{"typ":"JWT","alg":"HS256"}"#, #" { "alg" : "HS256" , "typ" : "JWT" } "#,
    #"{"\u0061lg":"HS25\u0036"}"#,
  ])
  func anotherSpellingOfOurHeaderIsTaken(header: String) {
    #expect(codec.problem(with: TokenFixtures.token(header: header)) == nil)
  }

  /// Nobody needs a key to send a header with a thousand names: reading it takes a time that is linear in its length.
  @Test func aHeaderFullOfNamesIsRefusedQuickly() {
    let names = (0..<660).map { "\"\(String($0 + 4_096, radix: 16))\":0" }
    let header = "{\(names.joined(separator: ","))}"
    let token = "\(Base64.url.encode(header.utf8)).e30.\(String(repeating: "A", count: 43))"
    #expect(token.utf8.count <= JWTCodec.longest)
    #expect(codec.problem(with: token) == .algorithm)
    let half = "{\(names[..<330].joined(separator: ","))}"
    let short = "\(Base64.url.encode(half.utf8)).e30.\(String(repeating: "A", count: 43))"
    let seconds = [short, token].map { token in
      (0..<5).map { _ in processorTime { for _ in 0..<20 { _ = codec.problem(with: token) } } }.min()!
    }
    #expect(seconds[1] < seconds[0] * 2.8, "\(seconds)")
  }

  @Test(arguments: ["none", "NONE", "HS256"])
  func aTokenWithoutSignatureIsRefused(algorithm: String) {
    let header = Base64.url.encode(#"{"alg":"\#(algorithm)","typ":"JWT"}"#.utf8)
    let problem: TokenProblem = algorithm == "HS256" ? .signature : .algorithm
    #expect(codec.problem(with: "\(header).\(Base64.url.encode(TokenFixtures.payload.utf8)).") == problem)
  }

  @Test func anEmptyOrZeroKeySignsNothing() {
    for key in [[0x00], [UInt8](repeating: 0, count: 32), [UInt8](repeating: 0, count: 64)] {
      #expect(codec.problem(with: TokenFixtures.token(key: key)) == .signature)
    }
  }

  @Test func theSignatureBelongsToItsHeaderAndPayload() {
    let parts = TokenFixtures.token().split(separator: ".").map(String.init)
    let other = TokenFixtures.token(payload: TokenFixtures.payload("id", "2")).split(separator: ".").map(String.init)
    #expect(codec.problem(with: "\(parts[0]).\(other[1]).\(parts[2])") == .signature)
    #expect(codec.problem(with: "\(parts[0]).\(parts[1]).\(other[2])") == .signature)
    #expect(codec.problem(with: "\(Base64.url.encode(#"{"alg":"HS256"}"#.utf8)).\(parts[1]).\(parts[2])") == .signature)
  }

  @Test func aRespelledSignatureIsRefused() throws {
    let token = TokenFixtures.token()
    let signature = String(token.suffix(43))
    let message = token.dropLast(43)
    #expect(codec.problem(with: message + signature) == nil)

    // The last character holds four bits of the tag and two that must be zero.
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    let last = try #require(signature.last.flatMap { alphabet.firstIndex(of: $0) })
    #expect(last % 4 == 0)
    for stray in 1...3 {
      #expect(codec.problem(with: message + signature.dropLast() + String(alphabet[last + stray])) == .signature)
    }
    for respelled in [
      signature + "=", signature + "A", signature + "AA", String(signature.dropLast()), String(signature.dropLast(22)),
      "",
      "A", signature + "\n", signature + " ", " " + signature, signature.replacing("-", with: "+") + "\0",
      String(signature.reversed()), signature + signature, String(repeating: "A", count: 43),
      String(repeating: "=", count: 43), String(repeating: "é", count: 22),
    ] {
      #expect(codec.problem(with: message + respelled) == .signature, "\(respelled)")
    }
  }

  /// With a right signature over the respelled text: even who holds the key cannot spell a token in two ways.
  @Test(arguments: ["=", "\n", " ", "+", "/", "A", "%3D"])
  func aRespelledSegmentIsMalformed(tail: String) {
    let header = Base64.url.encode(TokenFixtures.header.utf8)
    let payload = Base64.url.encode((TokenFixtures.payload + "  ").utf8)
    func signed(_ message: String) -> String {
      "\(message).\(Base64.url.encode(HMACSHA256(key: TokenFixtures.key).tag(of: message.utf8)))"
    }
    #expect(codec.problem(with: signed("\(header).\(payload)\(tail)")) == .foreign)
    #expect(codec.problem(with: signed("\(header)\(tail).\(payload)")) == .malformed)
  }

  @Test(arguments: [
    "", ".", "a", "a.b", "a.b.c.d", "....", TokenFixtures.token() + ".", "." + TokenFixtures.token(),
    TokenFixtures.token() + "." + TokenFixtures.token(), TokenFixtures.token().replacing(".", with: ""),
  ])
  func anotherNumberOfSegmentsIsRefused(token: String) {
    #expect(codec.problem(with: token) == .notEnoughSegments)
  }

  @Test(arguments: [("..", TokenProblem.malformed), ("a.b.c", .malformed), ("\0.\0.\0", .malformed)])
  func emptySegmentsAreRefused(token: String, problem: TokenProblem) {
    #expect(codec.problem(with: token) == problem)
    let header = Base64.url.encode(TokenFixtures.header.utf8)
    #expect(codec.problem(with: "\(header)..") == .signature)
    let tag = Base64.url.encode(HMACSHA256(key: TokenFixtures.key).tag(of: "\(header).".utf8))
    #expect(codec.problem(with: "\(header)..\(tag)") == .foreign)
  }

  @Test func aTokenOverTheLimitIsRefusedUnread() {
    #expect(codec.problem(with: String(repeating: ".", count: 1 << 20)) == .malformed)
    #expect(codec.problem(with: String(repeating: "A", count: 1 << 20)) == .malformed)

    let space = JWTCodec.longest * 3 / 4 - TokenFixtures.payload.utf8.count - 64
    #expect(codec.problem(with: token(behindSpace: space)) == nil)
    #expect(codec.problem(with: token(behindSpace: space + 64)) == .malformed)
  }

  private func token(behindSpace count: Int) -> String {
    TokenFixtures.token(payload: String(repeating: " ", count: count) + TokenFixtures.payload)
  }
}

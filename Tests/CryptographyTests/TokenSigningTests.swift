import Cryptography
import Postern
import Testing

@Suite struct TokenSigningTests {
  let codec = JWTCodec(key: TokenFixtures.key)

  /// What PyJWT 2.15 and flask-jwt-extended 4.7 read as the fixture's claims, byte for byte.
  @Test func aTokenIsWhatFlaskHasTaken() {
    let token =
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
      + ".eyJmcmVzaCI6ZmFsc2UsImlhdCI6MTc5NTQ5MDIyMCwianRpIjoiZmRiZjczNDctMWY2Yy00MjZmLTk3OTctNTM1ZmZiN2MzMjA"
      + "xIiwidHlwZSI6InJlZnJlc2giLCJzdWIiOiJhbGljZUBleGFtcGxlLmNvbSIsIm5iZiI6MTc5NTQ5MDIyMCwiY3NyZiI6Ijk2Y2F"
      + "kZWZlZDU3NzRlOTZhNjM5Y2M0ODQ3YjJlNTdmIiwiZXhwIjoxNzk4MDgyMjIwLCJpZCI6NDIsInJvbGUiOjIsInJvbGVfbmFtZSI"
      + "6ImVkaXRvciIsInBlcm1pc3Npb25zIjpbInJlcG9ydHMucmVhZCIsInJlcG9ydHMud3JpdGUiXSwiZmlyc3RfbmFtZSI6Ilpvw6s"
      + "g8J-YgCIsImxhc3RfbmFtZSI6IlwiUXVvdGVcIiBcXCBcdTAwMGFcdTAwMDEgLyIsImVtYWlsIjoiYWxpY2VAZXhhbXBsZS5jb20"
      + "iLCJzZXNzaW9uX2lkIjoiNDU1ZDA4ZDktMjkzZi00OGM0LTk4NGYtYzIxMzYxZTkzMmY0IiwidmVyaWZpZWQiOnRydWUsImFtciI"
      + "6WyJwd2QiLCJvdHAiXSwiYXV0aF90aW1lIjoxNzk1NDkwMDAwLCJlcG9jaCI6MywiZ2VuZXJhdGlvbiI6N30._nOc_8XXXVliVZc"
      + "7blsSUwf6xD_peaVB5DjHHQnFeCY"
    #expect(codec.sign(TokenFixtures.claims) == token)
  }

  @Test func theClaimsComeInOneOrder() throws {
    var claims = TokenFixtures.claims
    claims.lastName = nil
    let payload = try #require(codec.sign(claims).split(separator: ".").dropFirst().first)
    let text = String(decoding: try #require(Base64.url.decode(String(payload))), as: UTF8.self)
    #expect(
      text == #"""
        {"fresh":false,"iat":1795490220,"jti":"fdbf7347-1f6c-426f-9797-535ffb7c3201","type":"refresh",\#
        "sub":"alice@example.com","nbf":1795490220,"csrf":"96cadefed5774e96a639cc4847b2e57f","exp":1798082220,\#
        "id":42,"role":2,"role_name":"editor","permissions":["reports.read","reports.write"],\#
        "first_name":"Zoë 😀","last_name":null,"email":"alice@example.com",\#
        "session_id":"455d08d9-293f-48c4-984f-c21361e932f4","verified":true,"amr":["pwd","otp"],\#
        "auth_time":1795490000,"epoch":3,"generation":7}
        """#)
  }

  @Test func whatWasSignedComesBack() throws {
    var plain = TokenFixtures.claims
    plain.kind = .access
    plain.roleID = nil
    plain.roleName = nil
    plain.permissions = nil
    plain.firstName = nil
    plain.lastName = ""
    plain.methods = []
    plain.generation = nil
    plain.csrf = nil
    plain.isVerified = false
    var extreme = plain
    extreme.account = AccountID(.max)
    extreme.roleID = .min
    extreme.permissions = []
    extreme.notBefore = -1
    for claims in [TokenFixtures.claims, plain, extreme] {
      #expect(try codec.verify(codec.sign(claims)) == claims)
    }
  }

  @Test func everyCharacterOfANameComesBack() throws {
    var claims = TokenFixtures.claims
    claims.firstName = String(String.UnicodeScalarView((0...0x2FF).compactMap { Unicode.Scalar($0) }))
    claims.lastName = "\u{FFFF}\u{10FFFF}\u{2028}"
    #expect(try codec.verify(codec.sign(claims)) == claims)
  }

  @Test func issuerAndAudienceAreWrittenAndDemanded() throws {
    let strict = JWTCodec(key: TokenFixtures.key, issuer: "https://auth.example", audience: "shop")
    #expect(try strict.verify(strict.sign(TokenFixtures.claims)) == TokenFixtures.claims)
    #expect(codec.problem(with: strict.sign(TokenFixtures.claims)) == .audience)
    #expect(strict.problem(with: codec.sign(TokenFixtures.claims)) == .issuer)
    let other = JWTCodec(key: TokenFixtures.key, issuer: "https://auth.example", audience: "wiki")
    #expect(other.problem(with: strict.sign(TokenFixtures.claims)) == .audience)
  }

  @Test func anotherKeyIsAnotherSignature() {
    let other = JWTCodec(key: TokenFixtures.key + [0x21])
    #expect(other.problem(with: codec.sign(TokenFixtures.claims)) == .signature)
  }
}

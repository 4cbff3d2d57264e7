import Cryptography
import Postern
import Testing

/// RS256, ES256 and EdDSA, by the examples of the RFCs that define them.
@Suite struct SignatureTests {
  private static let payload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

  /// RFC 7515, A.2. PKCS #1 v1.5 gives the same signature each time.
  @Test func rs256SignsAsPublished() throws {
    let key = try PrivateKey(pem: KeyVectors.rsa)
    let message = "eyJhbGciOiJSUzI1NiJ9." + SignatureTests.payload
    let signature =
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CU"
      + "Ar7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_d"
      + "O--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0ig"
      + "cN_IoypGlUPQGe77Rw"
    #expect(key.algorithm == .rs256)
    #expect(Base64.url.encode(key.signature(of: Array(message.utf8))) == signature)
    #expect(key.publicKey.takes(signature, message))
  }

  /// RFC 7515, A.3. Another signature each time, so the published one is checked.
  @Test func es256TakesWhatIsPublished() throws {
    let key = try PrivateKey(pem: KeyVectors.p256)
    let message = "eyJhbGciOiJFUzI1NiJ9." + SignatureTests.payload
    let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    #expect(key.algorithm == .es256)
    #expect(key.publicKey.takes(signature, message))
    for _ in 0..<200 {
      let own = key.signature(of: Array(message.utf8))
      #expect(own.count == 64)
      #expect(key.publicKey.takes(Base64.url.encode(own), message))
    }
  }

  /// RFC 8037, A.4.
  @Test func edDSASignsAsPublished() throws {
    let key = try PrivateKey(pem: KeyVectors.ed25519)
    let message = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    #expect(key.algorithm == .edDSA)
    #expect(Base64.url.encode(key.signature(of: Array(message.utf8))) == signature)
    #expect(key.publicKey.takes(signature, message))
  }

  /// RFC 7638, 3.1, and RFC 8037, A.3.
  @Test func aKeyIsNamedByItsThumbprint() throws {
    let rsa = try PublicKey.all(pem: KeyVectors.thumbprinted)
    #expect(rsa.map(\.id) == ["NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"])
    #expect(try PrivateKey(pem: KeyVectors.ed25519).publicKey.id == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
  }

  @Test func aSetHoldsThePublicMembersOnly() throws {
    let keys = try [KeyVectors.ed25519, KeyVectors.p256].map { try PrivateKey(pem: $0).publicKey }
    #expect(
      String(decoding: JSONWebKeySet.document(keys), as: UTF8.self)
        == #"{"keys":[{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","alg":"EdDSA","#
        + #""kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k","use":"sig"},"#
        + #"{"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","#
        + #""y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","alg":"ES256","kid":"\#(keys[1].id)","use":"sig"}]}"#)
    #expect(String(decoding: JSONWebKeySet.document([]), as: UTF8.self) == #"{"keys":[]}"#)
  }

  @Test(arguments: [TokenAlgorithm.rs256, .es256, .edDSA])
  func aNewKeyComesBackFromItsPEM(algorithm: TokenAlgorithm) throws {
    let key = PrivateKey(for: algorithm)
    #expect(key.algorithm == algorithm)
    #expect(key.pem.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
    let again = try PrivateKey(pem: key.pem)
    #expect(again.publicKey.id == key.publicKey.id)
    let publicKeys = try PublicKey.all(pem: key.publicKey.pem + again.publicKey.pem)
    #expect(publicKeys.map(\.id) == [key.publicKey.id, key.publicKey.id])
    let signature = Base64.url.encode(again.signature(of: Array("message".utf8)))
    #expect(publicKeys[0].takes(signature, "message"))
    #expect(!publicKeys[0].takes(signature, "messag"))
    #expect(!PrivateKey(for: algorithm).publicKey.takes(signature, "message"))
    for wrong in ["", "AA", signature + "AA", String(signature.dropLast(4)), String(repeating: "A", count: 86)] {
      #expect(!key.publicKey.takes(wrong, "message"))
    }
  }

  /// In DER, as OpenSSL itself has it, an ES256 signature is none.
  @Test func es256TakesNoDER() throws {
    let key = try PrivateKey(pem: KeyVectors.p256)
    let raw = key.signature(of: Array("message".utf8))
    func number(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
      var bytes = Array(bytes.drop { $0 == 0 })
      if bytes[0] >= 0x80 { bytes.insert(0, at: 0) }
      return [2, UInt8(bytes.count)] + bytes
    }
    let content = number(raw[..<32]) + number(raw[32...])
    #expect(!key.publicKey.takes(Base64.url.encode([0x30, UInt8(content.count)] + content), "message"))
    #expect(key.publicKey.takes(Base64.url.encode(raw), "message"))
  }

  @Test func theOlderFormsOfPEMAreTaken() throws {
    #expect(
      try PrivateKey(pem: KeyVectors.rsaOfOldForm).publicKey.id == PrivateKey(pem: KeyVectors.rsa).publicKey.id)
    #expect(
      try PrivateKey(pem: "\n" + KeyVectors.p256OfOldForm + "\n\n").publicKey.id
        == PrivateKey(pem: KeyVectors.p256).publicKey.id)
  }

  @Test(arguments: [
    (KeyVectors.rsa1024, KeyProblem.bits(1024)), (KeyVectors.p384, .otherKind), (KeyVectors.secp256k1, .otherKind),
    (KeyVectors.encrypted, .encrypted), ("", .unreadable), ("a secret of thirty-two bytes or more", .unreadable),
    (KeyVectors.thumbprinted, .unreadable), (KeyVectors.rsa + "\n" + KeyVectors.ed25519, .unreadable),
    ("x\n" + KeyVectors.ed25519, .unreadable), (KeyVectors.ed25519 + "\nx", .unreadable),
    (KeyVectors.ed25519.replacing("MC4CAQ", with: "MC4CAg"), .unreadable),
    (KeyVectors.ed25519.replacing("-----END", with: "-----E"), .unreadable),
    (KeyVectors.ed25519.replacing("PRIVATE KEY", with: "CERTIFICATE"), .unreadable),
  ])
  func anotherTextIsNoPrivateKey(text: String, problem: KeyProblem) {
    #expect(throws: problem) { try PrivateKey(pem: text) }
  }

  @Test(arguments: [KeyVectors.ed25519, "", "\n", "ssh-ed25519 AAAA", KeyVectors.thumbprinted + KeyVectors.rsa])
  func anotherTextIsNoPublicKey(text: String) {
    #expect(throws: KeyProblem.unreadable) { try PublicKey.all(pem: text) }
  }
}

extension PublicKey {
  /// Whether a signature in base64url is one of that message.
  func takes(_ signature: String, _ message: String) -> Bool {
    guard let signature = Base64.url.decode(signature) else { return false }
    return signature.withUnsafeBufferPointer { signature in
      Array(message.utf8).withUnsafeBufferPointer { isSignature(signature, of: $0) }
    }
  }
}

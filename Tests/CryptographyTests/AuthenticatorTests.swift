import Postern
import Testing

@testable import Cryptography

@Suite struct AuthenticatorTests {
  let authenticators = Authenticators()

  func bytes(_ text: some StringProtocol) throws -> [UInt8] { try #require(Hexadecimal.decode(String(text))) }

  func registered(_ vector: AuthenticatorVector) throws -> AuthenticatorData {
    try authenticators.authenticatorData(attestation: try bytes(vector.attestation))
  }

  @Test(arguments: AuthenticatorVector.all) func aVectorIsReadAndItsAssertionIsGenuine(
    _ vector: AuthenticatorVector
  ) throws {
    let credential = try #require(try registered(vector).credential)
    let data = try bytes(vector.authenticatorData)
    #expect(try authenticators.authenticatorData(data).rpIDHash == SHA256.digest(of: Array("example.org".utf8)))
    let message = data + SHA256.digest(of: Array(vector.clientDataJSON.utf8))
    let signature = try bytes(vector.signature)
    #expect(try authenticators.isSignature(signature, of: message, by: credential.publicKey))

    for index in [0, 32, message.count - 1] {
      var other = message
      other[index] ^= 1
      #expect(try !authenticators.isSignature(signature, of: other, by: credential.publicKey))
    }
    for other in [[], Array(signature.dropLast()), signature + [0], [UInt8](repeating: 0, count: signature.count)] {
      #expect(try !authenticators.isSignature(other, of: message, by: credential.publicKey))
    }
  }

  @Test func aVectorSaysWhatItSays() throws {
    let es256 = try registered(.es256)
    #expect(es256.isUserPresent && !es256.isUserVerified && es256.isBackupEligible && es256.isBackedUp)
    #expect(es256.signCount == 0 && es256.credential?.algorithm == .es256)
    #expect(es256.credential.map { Hexadecimal.encode($0.aaguid) } == "8446ccb9ab1db374750b2367ff6f3a1f")
    #expect(es256.credential.map { Hexadecimal.encode($0.id).prefix(8) } == "f91f391d")
    let edDSA = try registered(.edDSA)
    #expect(edDSA.isUserPresent && !edDSA.isUserVerified && !edDSA.isBackupEligible && !edDSA.isBackedUp)
    #expect(edDSA.credential?.algorithm == .edDSA)
    let rs256 = try registered(.rs256)
    #expect(rs256.isUserVerified && rs256.signCount == 7 && rs256.credential?.algorithm == .rs256)
  }

  /// Each of it is read by some, and would be another thing to others.
  @Test(arguments: [
    ("1800", "a number longer than it need be"), ("190017", "the same in two bytes"), ("1a0000ffff", "in four"),
    ("1b00000000ffffffff", "in eight"), ("580141", "a length longer than it need be"), ("5f4101ff", "bytes in chunks"),
    ("7f6161ff", "a text in chunks"), ("9fff", "an array of a length that is not said"), ("bfff", "a map of such"),
    ("ff", "an end without a beginning"), ("c001", "a tag"), ("a2016161016162", "a key twice"),
    ("a202616101", "a map that ends early"), ("a2026161016162", "keys in another order"),
    ("a2616101012a", "texts before numbers"), ("a26262626101616101", "a longer key first"), ("62c328", "no UTF-8"),
    ("8181818181", "five levels"), ("0000", "something behind it"), ("", "nothing"), ("18", "half a number"),
    ("9b7fffffffffffffff", "more elements than anybody has"), ("bb7fffffffffffffff00", "more pairs"),
    ("5bffffffffffffffff00", "more bytes"), ("7b7fffffffffffffff", "a longer text"), ("1c", "a reserved head"),
    ("f8", "half a simple value"), ("f820", "a simple value that is none of ours"),
  ])
  func whatIsNotCanonicalIsRefused(_ text: String, _ what: String) throws {
    let bytes = try bytes(text)
    #expect(throws: CBORProblem.malformed, "\(what)") { try CBOR.whole(bytes[...]) }
  }

  @Test func whatIsCanonicalIsRead() throws {
    let bytes = try bytes("a70120030226616180616281182a6163a16178f561644301020361650bf6f4")
    #expect(throws: CBORProblem.malformed) { try CBOR.whole(bytes[...]) }
    let map = try CBOR.whole(try self.bytes("a501200302616180616281182a6163a16178f5")[...])
    #expect(map[1]?.integer == -1 && map[3]?.integer == 2 && map[4] == nil)
    #expect(map["a"] == .array([]) && map["b"] == .array([.unsigned(42)]) && map["c"]?["x"] == .truth(true))
  }

  /// The key of the ES256 vector with one thing changed.
  @Test(arguments: [
    ("a5010203262001", "a50102033822", PasskeyProblem.publicKey), ("a501020326", "a501020327", .publicKey),
    ("a501020326", "a50102033823", .algorithm), ("a501020326", "a501010326", .publicKey),
    ("2001215820", "2002215820", .publicKey), ("215820afef", "215820afee", .publicKey),
    ("2001215820", "2001215821", .publicKey),
  ])
  func anotherKeyIsRefused(_ part: String, _ other: String, _ problem: PasskeyProblem) throws {
    let data = try registered(.es256)
    let credential = try #require(data.credential)
    let text = Hexadecimal.encode(credential.publicKey)
    let range = try #require(text.firstRange(of: part))
    let key = try bytes(text[..<range.lowerBound] + other + text[range.upperBound...])
    #expect(throws: problem) { try authenticators.isSignature([1], of: [2], by: key) }
  }

  @Test func aSmallKeyIsRefused() throws {
    let key = try bytes("a4010303390100205880") + [0x80] + [UInt8](repeating: 1, count: 127) + bytes("2143010001")
    #expect(throws: PasskeyProblem.publicKey) { try authenticators.isSignature([1], of: [2], by: key) }
  }

  @Test func dataOfAnotherLengthIsRefused() throws {
    let attestation = try bytes(AuthenticatorVector.es256.attestation)
    let data = Array(attestation.suffix(164))
    #expect(try authenticators.authenticatorData(data).credential != nil)
    for count in 0..<data.count {
      #expect(throws: PasskeyProblem.self) { try authenticators.authenticatorData(Array(data.prefix(count))) }
      #expect(throws: PasskeyProblem.self) {
        try authenticators.authenticatorData(attestation: Array(attestation.prefix(count)))
      }
    }
    #expect(throws: PasskeyProblem.authenticatorData) { try authenticators.authenticatorData(data + [0]) }
    // Extensions stand behind the key, where their flag says so, and nothing behind them.
    var extended = data
    extended[32] |= 0x80
    #expect(throws: PasskeyProblem.authenticatorData) { try authenticators.authenticatorData(extended) }
    #expect(try authenticators.authenticatorData(extended + bytes("a163686d63f5")).credential != nil)
    #expect(throws: PasskeyProblem.authenticatorData) { try authenticators.authenticatorData(extended + [0x01]) }
    #expect(throws: PasskeyProblem.authenticatorData) {
      try authenticators.authenticatorData(extended + bytes("a163686d63f500"))
    }
  }

  @Test func anIDMayHave1023Bytes() throws {
    let key = try #require(try registered(.es256).credential?.publicKey)
    func data(_ length: Int) throws -> [UInt8] {
      let front = try bytes(AuthenticatorVector.es256.authenticatorData.replacing("b519", with: "b541"))
      return front + [UInt8](repeating: 0, count: 16) + [UInt8(length >> 8), UInt8(length & 255)]
        + [UInt8](repeating: 7, count: length) + key
    }
    #expect(try authenticators.authenticatorData(data(1_023)).credential?.id.count == 1_023)
    #expect(throws: PasskeyProblem.authenticatorData) { try authenticators.authenticatorData(data(1_024)) }
    #expect(throws: PasskeyProblem.authenticatorData) { try authenticators.authenticatorData(data(0)) }
  }

  /// Whatever comes is read or refused, and what is read is what stands there.
  @Test func mutatedAttestationsAreReadOrRefused() throws {
    var generator = SeededGenerator(state: 8949)
    let originals = try AuthenticatorVector.all.map { try bytes($0.attestation) }
    var taken = 0
    for _ in 0..<20_000 {
      let mutated = mutate(originals.randomElement(using: &generator)!, using: &generator)
      guard let data = try? authenticators.authenticatorData(attestation: mutated) else { continue }
      taken += 1
      let credential = try #require(data.credential)
      #expect(try !authenticators.isSignature([1, 2, 3], of: [4], by: credential.publicKey))
    }
    // Mutations of hashes, names and statements are taken; were all refused, this test would show nothing.
    #expect(taken > 100)
  }

  @Test func randomBytesAreReadOrRefused() {
    var generator = SeededGenerator(state: 7049)
    for _ in 0..<50_000 {
      let count = Int.random(in: 0...64, using: &generator)
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      _ = try? CBOR.whole(bytes[...])
      _ = try? authenticators.authenticatorData(attestation: bytes)
    }
  }
}

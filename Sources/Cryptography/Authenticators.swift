package import Postern

/// What authenticators send, read with libcbor and checked with OpenSSL.
package struct Authenticators: AuthenticatorReader {
  /// Bytes. An attestation with a chain of certificates takes a few thousand.
  private static let longest = 65_536

  package init() {}

  /// The statement is not judged, whatever its format: `none` is what is asked for, so that nobody learns which make of
  /// authenticator a person has, and without a list of makes to trust a statement would prove nothing (WebAuthn Level
  /// 2, section 7.1, steps 18 to 21). Browsers that take it out leave an empty one.
  package func authenticatorData(attestation: [UInt8]) throws(PasskeyProblem) -> AuthenticatorData {
    guard attestation.count <= Authenticators.longest else { throw .attestation }
    let object = try Authenticators.read(.attestation) { () throws(CBORProblem) in try CBOR.whole(attestation[...]) }
    guard case .map(let members) = object, members.count == 3, case .text = object["fmt"],
      case .map = object["attStmt"], let bytes = object["authData"]?.bytes
    else { throw .attestation }
    let data = try authenticatorData(bytes)
    guard data.credential != nil else { throw .authenticatorData }
    return data
  }

  package func authenticatorData(_ bytes: [UInt8]) throws(PasskeyProblem) -> AuthenticatorData {
    guard (37...Authenticators.longest).contains(bytes.count) else { throw .authenticatorData }
    let flags = Flags(rawValue: bytes[32])
    var data = AuthenticatorData(
      rpIDHash: Array(bytes[..<32]), isUserPresent: flags.contains(.userPresent),
      isUserVerified: flags.contains(.userVerified), isBackupEligible: flags.contains(.backupEligible),
      isBackedUp: flags.contains(.backedUp), signCount: bytes[33..<37].reduce(0) { $0 << 8 | UInt32($1) })
    var rest = bytes[37...]
    if flags.contains(.credential) { data.credential = try Authenticators.credential(&rest) }
    if flags.contains(.extensions) {
      let extensions = try Authenticators.read(.authenticatorData) { () throws(CBORProblem) in
        try CBOR.first(of: &rest)
      }
      guard case .map = extensions else { throw .authenticatorData }
    }
    guard rest.isEmpty else { throw .authenticatorData }
    return data
  }

  package func isSignature(
    _ signature: [UInt8], of message: [UInt8], by publicKey: [UInt8]
  ) throws(PasskeyProblem) -> Bool {
    let key = try Authenticators.read(.publicKey) { () throws(CBORProblem) in try CBOR.whole(publicKey[...]) }
    return try COSEKey.read(key).1.isAssertion(signature, of: message)
  }

  package func digest(of bytes: [UInt8]) -> [UInt8] { SHA256.digest(of: bytes) }

  /// Flags of authenticator data (section 6.1; BE and BS: Level 3).
  private struct Flags: OptionSet {
    let rawValue: UInt8
    static let userPresent = Flags(rawValue: 1 << 0)
    static let userVerified = Flags(rawValue: 1 << 2)
    static let backupEligible = Flags(rawValue: 1 << 3)
    static let backedUp = Flags(rawValue: 1 << 4)
    static let credential = Flags(rawValue: 1 << 6)
    static let extensions = Flags(rawValue: 1 << 7)
  }

  /// Attested credential data (section 6.5.1): AAGUID, length and id of the credential, its key.
  private static func credential(_ bytes: inout ArraySlice<UInt8>) throws(PasskeyProblem) -> AttestedCredential {
    guard bytes.count > 18 else { throw .authenticatorData }
    let aaguid = Array(bytes.prefix(16))
    let length = bytes.dropFirst(16).prefix(2).reduce(0) { $0 << 8 | Int($1) }
    bytes = bytes.dropFirst(18)
    guard (1...1_023).contains(length), bytes.count > length else { throw .authenticatorData }
    let id = Array(bytes.prefix(length))
    bytes = bytes.dropFirst(length)
    let start = bytes
    let key = try read(.publicKey) { () throws(CBORProblem) in try CBOR.first(of: &bytes) }
    let (algorithm, _) = try COSEKey.read(key)
    return AttestedCredential(
      aaguid: aaguid, id: id, publicKey: Array(start[..<bytes.startIndex]), algorithm: algorithm)
  }

  private static func read(
    _ problem: PasskeyProblem, _ read: () throws(CBORProblem) -> CBOR
  ) throws(PasskeyProblem) -> CBOR {
    do { return try read() } catch {
      switch error {
      case .malformed: throw problem
      case .noLibrary(let reason): throw .unreadable(reason)
      }
    }
  }
}

/// What an authenticator says and signs (WebAuthn Level 2, section 6.1).
package struct AuthenticatorData: Sendable, Equatable {
  /// SHA-256 of the RP ID that the browser has told it.
  package var rpIDHash: [UInt8]
  /// Flags UP and UV: somebody has touched it, and it has seen by PIN, finger or face who that was.
  package var isUserPresent: Bool
  package var isUserVerified: Bool
  /// Flags BE and BS: the key may be copied to other devices, and has been.
  package var isBackupEligible: Bool
  package var isBackedUp: Bool
  /// 0 where it does not count.
  package var signCount: UInt32
  /// The key that was just made; `nil` where none was.
  package var credential: AttestedCredential?

  package init(
    rpIDHash: [UInt8], isUserPresent: Bool, isUserVerified: Bool, isBackupEligible: Bool, isBackedUp: Bool,
    signCount: UInt32, credential: AttestedCredential? = nil
  ) {
    self.rpIDHash = rpIDHash
    self.isUserPresent = isUserPresent
    self.isUserVerified = isUserVerified
    self.isBackupEligible = isBackupEligible
    self.isBackedUp = isBackedUp
    self.signCount = signCount
    self.credential = credential
  }
}

/// A key pair that an authenticator has made (section 6.5.1).
package struct AttestedCredential: Sendable, Equatable {
  /// 16 bytes: the kind of authenticator; all zero where it does not say.
  package var aaguid: [UInt8]
  /// 1 to 1,023 bytes.
  package var id: [UInt8]
  /// A COSE_Key (RFC 9052, section 7) that signatures can be checked with, as it came.
  package var publicKey: [UInt8]
  package var algorithm: PasskeyAlgorithm

  package init(aaguid: [UInt8], id: [UInt8], publicKey: [UInt8], algorithm: PasskeyAlgorithm) {
    self.aaguid = aaguid
    self.id = id
    self.publicKey = publicKey
    self.algorithm = algorithm
  }
}

/// How passkeys sign, by the numbers of COSE's registry (RFC 9053, sections 2.1 and 2.2; RFC 8812, section 2), what is
/// preferred first.
package enum PasskeyAlgorithm: Int, Sendable, CaseIterable {
  /// With P-256.
  case es256 = -7
  /// With Ed25519.
  case edDSA = -8
  case rs256 = -257
}

/// The port to what authenticators send: reading it, and checking what they have signed.
package protocol AuthenticatorReader: Sendable {
  /// The authenticator data of an attestation object (section 6.5.4), which holds a credential. Its statement is read
  /// over. Throws `attestation`, `authenticatorData`, `publicKey`, `algorithm`, `unreadable`.
  func authenticatorData(attestation: [UInt8]) throws(PasskeyProblem) -> AuthenticatorData
  /// The authenticator data of an assertion (section 6.1). Throws the same.
  func authenticatorData(_ bytes: [UInt8]) throws(PasskeyProblem) -> AuthenticatorData
  /// Whether the key has signed the message (section 6.5.6). Throws `publicKey`, `algorithm`, `unreadable`.
  ///
  /// - Parameter publicKey: as `AttestedCredential.publicKey`.
  func isSignature(
    _ signature: [UInt8], of message: [UInt8], by publicKey: [UInt8]
  ) throws(PasskeyProblem) -> Bool
  /// SHA-256.
  func digest(of bytes: [UInt8]) -> [UInt8]
}

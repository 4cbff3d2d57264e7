/// A key pair of a person's authenticator (a public key credential of WebAuthn Level 2), as it is kept here.
package struct Passkey: Sendable, Equatable {
  package struct ID: Sendable, Hashable, CustomStringConvertible {
    package let value: Int64
    package init(_ value: Int64) { self.value = value }
    package var description: String { String(value) }
  }

  package var id: ID
  package var account: AccountID
  package var credentialID: [UInt8]
  /// A COSE_Key (RFC 9052, section 7), as the authenticator has encoded it.
  package var publicKey: [UInt8]
  /// What its owner calls it.
  package var name: String
  /// How often it has signed, as far as it says: 0 where it does not count (WebAuthn, section 6.1.1).
  package var signCount: UInt32
  /// By what a browser can reach it, such as `internal` or `usb`, as the browser has said.
  package var transports: [String]
  /// The kind of authenticator; all zero where it does not say.
  package var aaguid: [UInt8]
  /// Whether it may be copied to other devices of the person, and whether it has been.
  package var isBackupEligible: Bool
  package var isBackedUp: Bool
  package var createdAt: Instant
  package var lastUsedAt: Instant?

  package init(
    id: ID, account: AccountID, credentialID: [UInt8], publicKey: [UInt8], name: String, signCount: UInt32,
    transports: [String], aaguid: [UInt8], isBackupEligible: Bool, isBackedUp: Bool, createdAt: Instant,
    lastUsedAt: Instant? = nil
  ) {
    self.id = id
    self.account = account
    self.credentialID = credentialID
    self.publicKey = publicKey
    self.name = name
    self.signCount = signCount
    self.transports = transports
    self.aaguid = aaguid
    self.isBackupEligible = isBackupEligible
    self.isBackedUp = isBackedUp
    self.createdAt = createdAt
    self.lastUsedAt = lastUsedAt
  }
}

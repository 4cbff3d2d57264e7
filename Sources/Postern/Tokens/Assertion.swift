/// What Postern tells an application behind the gate about who is there, signed, so that the application need not trust
/// the network between: a JWT (RFC 7519) for one audience and one minute. It is no access token, and never passes for
/// one: its type is another, and it is signed with a key that signs nothing else.
package struct Assertion: Sendable, Equatable {
  /// The `typ` of its header (RFC 8725, section 3.11).
  package static let type = "postern-assertion+jwt"
  /// Seconds.
  package static let life: Int64 = 60

  /// `iss`: the origin of the site that Postern signs people in to.
  package var issuer: String
  /// `aud`: whom it is for, as the web server's configuration says.
  package var audience: String
  package var identity: Identity
  /// Seconds since 1970.
  package var issuedAt: Int64
  /// Whether the permissions are told; they are not where they would make the answer too large.
  package var tellsPermissions = true

  package init(issuer: String, audience: String, identity: Identity, issuedAt: Int64) {
    self.issuer = issuer
    self.audience = audience
    self.identity = identity
    self.issuedAt = issuedAt
  }
}

/// The port for signing assertions.
package protocol AssertionSigner: Sendable {
  /// The compact form, from memory alone; `nil` while there is no key.
  func sign(_ assertion: Assertion) -> String?
  /// Makes the key where there is none. It may wait for the disk, so only a worker calls it. Throws `unavailable`.
  func makeKey() throws(StoreError)
}

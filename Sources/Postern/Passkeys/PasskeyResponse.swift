/// What the browser says and the authenticator signs (WebAuthn Level 2, section 5.8.1): as it came, and what it says.
package struct ClientData: Sendable, Equatable {
  /// The very bytes: their digest is signed.
  package var json: [UInt8]
  package var type: String
  package var challenge: String
  package var origin: String
  /// It comes from a frame inside another site's page, or says which page that is (Level 3).
  package var isFramed: Bool

  package init(json: [UInt8], type: String, challenge: String, origin: String, isFramed: Bool) {
    self.json = json
    self.type = type
    self.challenge = challenge
    self.origin = origin
    self.isFramed = isFramed
  }
}

/// What comes of `navigator.credentials.create`.
package struct RegistrationResponse: Sendable {
  package var credentialID: [UInt8]
  package var clientData: ClientData
  package var attestation: [UInt8]
  /// As the browser says, in its words.
  package var transports: [String]

  package init(credentialID: [UInt8], clientData: ClientData, attestation: [UInt8], transports: [String]) {
    self.credentialID = credentialID
    self.clientData = clientData
    self.attestation = attestation
    self.transports = transports
  }
}

/// What comes of `navigator.credentials.get`.
package struct AssertionResponse: Sendable {
  package var credentialID: [UInt8]
  package var clientData: ClientData
  package var authenticatorData: [UInt8]
  package var signature: [UInt8]
  package var userHandle: [UInt8]?

  package init(
    credentialID: [UInt8], clientData: ClientData, authenticatorData: [UInt8], signature: [UInt8],
    userHandle: [UInt8]?
  ) {
    self.credentialID = credentialID
    self.clientData = clientData
    self.authenticatorData = authenticatorData
    self.signature = signature
    self.userHandle = userHandle
  }
}

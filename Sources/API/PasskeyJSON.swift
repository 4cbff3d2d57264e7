import HTTP
import Postern

/// Passkeys as browsers read and write them: `PublicKeyCredential.parseCreationOptionsFromJSON`,
/// `parseRequestOptionsFromJSON` and `toJSON` (WebAuthn Level 3, section 5.1). Bytes are Base64 for addresses, without
/// padding.
extension JSON {
  init(_ options: Passkeys.CreationOptions, for account: Account, _ passkeys: Passkeys, siteName: String) {
    let name = account.email.text
    let fullName = account.profile.fullName
    self = [
      "rp": ["id": .string(passkeys.rpID), "name": .string(siteName)],
      "user": [
        "id": .string(Base64URL.encode(account.id.handle)), "name": .string(name),
        "displayName": .string(fullName.isEmpty ? name : fullName),
      ],
      "challenge": .string(options.challenge),
      "pubKeyCredParams": .array(
        PasskeyAlgorithm.allCases.map { ["type": "public-key", "alg": .integer(Int64($0.rawValue))] }),
      "timeout": JSON.passkeyTimeout,
      "excludeCredentials": JSON.descriptors(options.excluded),
      "authenticatorSelection": [
        "residentKey": "required", "requireResidentKey": true,
        "userVerification": .string(options.userVerification.rawValue),
      ],
      "attestation": "none", "extensions": ["credProps": true],
    ]
  }

  init(_ options: Passkeys.RequestOptions, _ passkeys: Passkeys) {
    self = [
      "challenge": .string(options.challenge), "timeout": JSON.passkeyTimeout, "rpId": .string(passkeys.rpID),
      "allowCredentials": JSON.descriptors(options.allowed),
      "userVerification": .string(options.userVerification.rawValue),
    ]
  }

  /// Milliseconds: as long as the challenge is good.
  private static var passkeyTimeout: JSON { .integer(Passkeys.timeout.components.seconds * 1_000) }

  private static func descriptors(_ passkeys: [Passkey]) -> JSON {
    .array(
      passkeys.map { passkey in
        [
          "type": "public-key", "id": .string(Base64URL.encode(passkey.credentialID)),
          "transports": .array(passkey.transports.map(JSON.string)),
        ]
      })
  }

  /// A passkey as its owner sees it.
  static func members(_ passkey: Passkey) -> [Member] {
    [
      Member("id", .integer(passkey.id.value)), Member("name", .string(passkey.name)),
      Member("created_at", .string(passkey.createdAt.iso8601)),
      Member("last_used_at", JSON(passkey.lastUsedAt?.iso8601)),
      Member("is_synchronised", .bool(passkey.isBackupEligible)),
      Member("transports", .array(passkey.transports.map(JSON.string))),
    ]
  }
}

/// Every failure is `badPasskey`.
extension RegistrationResponse {
  init(_ credential: JSON) throws(AuthError) {
    let parts = try CredentialParts(credential)
    let transports = parts.response["transports"]?.array ?? []
    self.init(
      credentialID: parts.id, clientData: try ClientData(parts), attestation: try parts.bytes("attestationObject"),
      transports: transports.compactMap(\.string))
  }
}

extension AssertionResponse {
  init(_ credential: JSON) throws(AuthError) {
    let parts = try CredentialParts(credential)
    let hasHandle = parts.response["userHandle"].map { $0 != .null } ?? false
    self.init(
      credentialID: parts.id, clientData: try ClientData(parts),
      authenticatorData: try parts.bytes("authenticatorData"), signature: try parts.bytes("signature"),
      userHandle: hasHandle ? try parts.bytes("userHandle") : nil)
  }
}

/// What both kinds of credentials have.
private struct CredentialParts {
  var id: [UInt8]
  var response: JSON

  init(_ credential: JSON) throws(AuthError) {
    guard let text = credential["id"]?.string, credential["type"] == "public-key",
      let response = credential["response"],
      let id = Base64URL.decode(text), (1...1_023).contains(id.count)
    else { throw .badPasskey(.form) }
    // The same twice, by the browser's own account.
    if let raw = credential["rawId"] {
      guard let raw = raw.string, raw.utf8.elementsEqual(text.utf8) else { throw .badPasskey(.form) }
    }
    self.id = id
    self.response = response
  }

  func bytes(_ name: String) throws(AuthError) -> [UInt8] {
    guard let text = response[name]?.string, let bytes = Base64URL.decode(text) else { throw .badPasskey(.form) }
    return bytes
  }
}

extension ClientData {
  fileprivate init(_ parts: CredentialParts) throws(AuthError) {
    let bytes = try parts.bytes("clientDataJSON")
    let read: JSON?
    do { read = try JSON(parsing: bytes) } catch { read = nil }
    guard let json = read, let type = json["type"]?.string, let challenge = json["challenge"]?.string,
      let origin = json["origin"]?.string
    else { throw .badPasskey(.clientData) }
    let isFramed = json["topOrigin"] != nil || !(json["crossOrigin"].map { $0 == false } ?? true)
    self.init(json: bytes, type: type, challenge: challenge, origin: origin, isFramed: isFramed)
  }
}

extension JSONBody {
  /// What a browser has made of the options that it was given.
  func credential() throws(AuthError) -> JSON {
    guard let credential = member("credential"), case .object = credential else {
      throw .invalid([FieldProblem("credential", "credential must be what toJSON() of a credential gives")])
    }
    return credential
  }
}

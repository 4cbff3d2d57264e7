/// Who a passkey's signature proves somebody to be.
package struct PasskeyProof: Sendable {
  package var account: Account
  package var passkey: Passkey
  /// The authenticator has seen who it was.
  package var isUserVerified: Bool
  /// How (RFC 8176): `hwk`, or `swk` where the key may be copied to other devices; `user` where the person was
  /// verified. And `mfa` where that alone signs in: a thing that one has, and a finger or a PIN.
  package var methods: [String]
}

extension Passkeys {
  /// Checks what a passkey has signed (section 7.2), and uses its challenge up. Throws `badPasskey` for what shows
  /// before anybody is looked for; `passkeyRefused` for all the rest: nobody has it, its account may not sign in, is
  /// another than `purpose` names, the signature is wrong, the counter has gone back; `passkeysDisabled`.
  package func prove(
    _ response: AssertionResponse, for purpose: PasskeyPurpose, client: Client
  ) throws(AuthError) -> PasskeyProof {
    guard settings.passkeys.areEnabled else { throw .passkeysDisabled }
    let challenge = try check(response.clientData, type: "webauthn.get", purpose)
    let data = try read { () throws(PasskeyProblem) in try reader.authenticatorData(response.authenticatorData) }
    try check(data, isVerificationDemanded: verification(for: purpose) == .required)

    let (account, passkey) = try owner(of: response, for: purpose, client)
    let message = response.authenticatorData + reader.digest(of: response.clientData.json)
    let isGenuine = try read { () throws(PasskeyProblem) in
      try reader.isSignature(response.signature, of: message, by: passkey.publicKey)
    }
    guard isGenuine else { throw refused("its signature is wrong", passkey, client) }
    // What was said when the key was made stays (Level 3, section 7.2).
    guard data.isBackupEligible == passkey.isBackupEligible else {
      throw refused("it says something else about being backed up than before", passkey, client)
    }
    let use = PasskeyUse(signCount: data.signCount, isBackedUp: data.isBackedUp)
    let outcome = try stored { () throws(StoreError) in
      try store.use(passkey.id, use, answering: challenge, by: client)
    }
    switch outcome {
    case .accepted: break
    case .challengeUsed: throw .badPasskey(.challengeUsed)
    case .gone: throw refused("it is gone", passkey, client)
    case .counterWentBack: throw refused("its counter has gone back", passkey, client)
    }
    let isEnough = purpose == .signIn && data.isUserVerified
    return PasskeyProof(
      account: account, passkey: passkey, isUserVerified: data.isUserVerified,
      methods: methods(passkey, data) + (isEnough ? ["mfa"] : []))
  }

  private func owner(
    of response: AssertionResponse, for purpose: PasskeyPurpose, _ client: Client
  ) throws(AuthError) -> (Account, Passkey) {
    let found = try stored { () throws(StoreError) in try store.find(credentialID: response.credentialID) }
    guard let passkey = found else {
      log.write(.info, "passkey refused: nobody has it", ["address": client.address])
      throw .passkeyRefused
    }
    guard purpose.account == nil || purpose.account == passkey.account else {
      throw refused("it is another account's", passkey, client)
    }
    // Whoever nobody has named yet has to be named by the authenticator (step 6).
    let handle = response.userHandle ?? (purpose.account == nil ? [] : passkey.account.handle)
    guard handle == passkey.account.handle else { throw refused("it names another account", passkey, client) }
    let account = try stored { () throws(StoreError) in try accounts.find(passkey.account) }
    guard let account, settings.admits(account) else {
      throw refused("its account may not sign in", passkey, client)
    }
    return (account, passkey)
  }

  private func refused(_ reason: String, _ passkey: Passkey, _ client: Client) -> AuthError {
    log.write(
      .notice, "passkey refused: \(reason)",
      [
        "account": passkey.account.description, "passkey": passkey.id.description, "address": client.address,
      ])
    return .passkeyRefused
  }

  /// Behind a password, or in a session, a touch is enough; to sign in by itself, what the settings say.
  func verification(for purpose: PasskeyPurpose) -> PasskeySettings.UserVerification {
    let setting = settings.passkeys.userVerification
    return purpose != .signIn && setting == .required ? .preferred : setting
  }

  func methods(_ passkey: Passkey, _ data: AuthenticatorData) -> [String] {
    [passkey.isBackupEligible ? "swk" : "hwk"] + (data.isUserVerified ? ["user"] : [])
  }

  /// What the browser says (section 7.1, steps 7 to 10; section 7.2, steps 11 to 14), and the challenge that was
  /// answered.
  func check(
    _ clientData: ClientData, type: String, _ purpose: PasskeyPurpose
  ) throws(AuthError) -> AnsweredChallenge {
    guard clientData.type.utf8.elementsEqual(type.utf8) else { throw .badPasskey(.type) }
    guard let challenge = PasskeyChallenge.open(clientData.challenge, for: purpose, sealer, now: clock.now()) else {
      throw .badPasskey(.challenge)
    }
    guard let origin = Origin(of: settings.publicURL), clientData.origin.utf8.elementsEqual(origin.text.utf8) else {
      throw .badPasskey(.origin)
    }
    guard !clientData.isFramed else { throw .badPasskey(.crossOrigin) }
    return challenge
  }

  /// What the authenticator says (section 7.1, steps 13 to 16; section 7.2, steps 15 to 18).
  func check(_ data: AuthenticatorData, isVerificationDemanded: Bool) throws(AuthError) {
    guard data.rpIDHash == reader.digest(of: Array(rpID.utf8)) else { throw .badPasskey(.rpID) }
    guard data.isUserPresent else { throw .badPasskey(.userPresence) }
    guard data.isUserVerified || !isVerificationDemanded else { throw .badPasskey(.userVerification) }
    guard data.isBackupEligible || !data.isBackedUp else { throw .badPasskey(.backupFlags) }
  }

  func read<Value>(_ read: () throws(PasskeyProblem) -> Value) throws(AuthError) -> Value {
    do { return try read() } catch {
      if case .unreadable(let reason) = error {
        log.write(.error, "passkeys cannot be read", ["reason": reason])
        throw .unavailable(reason)
      }
      throw .badPasskey(error)
    }
  }
}

/// What can go wrong between a person and their account. The status, code and sentence of each are in one place, the
/// switch of `API/Failure+Response.swift`.
package enum AuthError: Error, Sendable, Equatable {
  /// A new value breaks a rule; by field, with the sentence that says which.
  case invalid([FieldProblem])
  case missingCredentials
  case emailTaken
  case registrationClosed
  /// Every failed login, whatever the cause: unknown address, wrong password, disabled account.
  case badCredentials
  /// Who is signed in has not given the password that they have now, in that field.
  case wrongPassword(field: String)
  /// An account that has no password is asked for a fresh proof instead: to sign in again.
  case proofTooOld
  /// The address that somebody wants to have has an account, or is kept for the one that had it.
  case addressInUse(field: String)
  case tooManyAttempts(wait: Duration)
  /// A mailed link that is none, has been used, has expired, or has been overtaken.
  case badLink(Link.Purpose)
  /// A mailed link of an account that has been removed since.
  case linkAccountGone
  /// A good link alone does not prove an address: session or password of its account are missing.
  case signInToConfirm
  /// The password that came with a good link is not its account's.
  case wrongLinkPassword
  /// The first step of a sign-in that is none, has expired, or came from another browser than it was given to; or its
  /// account has been disabled since, or has another password.
  case badTicket
  /// A wrong code of a second factor, or one that has been used.
  case badCode
  /// A session is to be raised by a second factor, and its account has none.
  case noSecondFactor
  case browserNotFound
  case token(TokenFailure)
  /// A refresh token whose session cannot go on: expired, revoked, unknown, reused.
  case sessionInactive
  case accountNotFound
  case sessionNotFound
  case apiTokenNotFound
  case tooManyAPITokens(most: Int)
  /// What a browser hands over from an authenticator is not what was asked for.
  case badPasskey(PasskeyProblem)
  /// Every passkey that signs nobody in, whatever the cause: unknown, of a disabled account, a wrong signature.
  case passkeyRefused
  /// Some account has it already.
  case passkeyRegistered
  case passkeyNotFound
  case tooManyPasskeys(most: Int)
  case passkeysDisabled
  /// The account has a second factor, and the session has used none.
  case secondFactorRequired
  /// The site asks for no second factors, and people cannot add any.
  case secondFactorsDisabled
  /// The site, or the address being unproven, does not allow that codes are mailed.
  case mailedCodesNotAllowed
  /// It is there already.
  case factorExists
  /// It is not there (any more).
  case factorNotFound
  /// It belongs to somebody else.
  case notYours
  /// The storage cannot be asked now.
  case unavailable(String)

  package init(_ error: StoreError) {
    switch error {
    case .emailTaken: self = .emailTaken
    case .unknownRole(let name, _): self = .invalid([FieldProblem("role", "There is no role \(name)")])
    case .accountGone: self = .badCredentials
    case .unavailable(let reason), .unconfirmed(let reason), .unusable(let reason): self = .unavailable(reason)
    }
  }
}

/// Asks a store; what it answers instead of a result becomes the failure that the person is told.
func stored<Result>(_ ask: () throws(StoreError) -> Result) throws(AuthError) -> Result {
  do { return try ask() } catch { throw AuthError(error) }
}

package struct FieldProblem: Sendable, Equatable {
  package let field: String
  package let sentence: String

  package init(_ field: String, _ sentence: String) {
    self.field = field
    self.sentence = sentence
  }
}

/// Why a request that needs a token is refused.
package enum TokenFailure: Error, Sendable, Equatable {
  /// No token of that kind came at any place where tokens are looked for.
  case missing(TokenClaims.Kind)
  /// An `Authorization` field of another scheme, and no cookie.
  case otherScheme(TokenClaims.Kind)
  /// An `Authorization` field that holds no single token.
  case badHeader
  case problem(TokenProblem)
  case revoked
  /// Several valid cookies of one name, of different sessions: a sibling host may have tossed one.
  case ambiguous
  /// An API token came where only a session is taken: what changes credentials, and what a session itself is about.
  case sessionNeeded
  case missingCSRF
  case wrongCSRF
}

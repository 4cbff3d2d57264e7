/// Why what a browser hands over from an authenticator is not taken. None of it says who exists: all that needs a look
/// at an account has one answer, `AuthError.passkeyRefused`.
package enum PasskeyProblem: Error, Sendable, Equatable {
  /// Not what `toJSON()` of a credential gives.
  case form
  case clientData
  /// Not `webauthn.create`, or not `webauthn.get`.
  case type
  /// Not one that was given for this, or too old.
  case challenge
  case challengeUsed
  case origin
  /// Inside a frame of another site.
  case crossOrigin
  case rpID
  case userPresence
  case userVerification
  /// It has been backed up and must not have been.
  case backupFlags
  case attestation
  case authenticatorData
  case publicKey
  case algorithm
  /// The library that reads CBOR is not there, and why: not the browser's fault.
  case unreadable(String)

  package var sentence: String {
    switch self {
    case .form: "The credential is not what toJSON() of a credential gives"
    case .clientData: "The client data cannot be read"
    case .type: "The answer is of another kind than was asked for"
    case .challenge: "The challenge is none of ours, or older than five minutes. Try again"
    case .challengeUsed: "The challenge has been answered before. Try again"
    case .origin: "The answer was made for another site"
    case .crossOrigin: "The answer was made inside a page of another site"
    case .rpID: "The passkey belongs to another site"
    case .userPresence: "The authenticator has not asked anybody"
    case .userVerification: "The authenticator has not verified who you are: a PIN, a finger or a face is needed"
    case .backupFlags: "The authenticator contradicts itself about whether the passkey is backed up"
    case .attestation: "The attestation object cannot be read"
    case .authenticatorData: "The authenticator data cannot be read"
    case .publicKey: "The public key cannot be used"
    case .algorithm: "The passkey signs in another way than was asked for"
    case .unreadable: "Passkeys cannot be read at the moment"
    }
  }
}

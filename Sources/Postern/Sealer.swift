/// The port for what only this site can have made, and only it can read: kept by others, by a browser or the database.
package protocol Sealer: Sendable {
  /// Encrypted and authenticated, under a key for this purpose alone: letters, digits, `-` and `_`, fit for a cookie, a
  /// path, a JSON text. Another text each time.
  ///
  /// - Parameter context: what it belongs to, such as an account. It opens with the same only.
  func seal(_ content: [UInt8], for purpose: SealPurpose, context: [UInt8]) -> String
  /// What was sealed for that purpose and in that context; `nil` for anything else.
  func open(_ text: String, for purpose: SealPurpose, context: [UInt8]) -> [UInt8]?
}

extension Sealer {
  package func seal(_ content: [UInt8], for purpose: SealPurpose) -> String { seal(content, for: purpose, context: []) }
  package func open(_ text: String, for purpose: SealPurpose) -> [UInt8]? { open(text, for: purpose, context: []) }
}

/// What sealed texts are for. What was sealed for one purpose opens for no other.
package enum SealPurpose: Sendable, CaseIterable {
  /// The first step of a sign-in, whose second one is missing.
  case signInTicket
  /// The secret that a person's authenticator has, too.
  case totpSecret
  /// What a passkey is to sign.
  case passkeyChallenge
  /// The cookie of a browser that is not asked for a second factor.
  case trustedBrowser
}

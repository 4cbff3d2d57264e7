package import Postern

/// The value of the `csrf` claim and of the cookie that scripts may read. It is fixed per session and kind of token, so
/// a page that was open before a refresh can still post after it.
package struct DoubleSubmit: Sendable {
  private let key: HMACSHA256

  package init(secretKey: [UInt8]) {
    key = HMACSHA256(key: DerivedKey(from: secretKey, for: .doubleSubmit).bytes)
  }

  /// 128 bits in 32 hexadecimal digits.
  package func csrfToken(for session: SessionID, _ kind: TokenClaims.Kind) -> String {
    Hexadecimal.encode(key.tag(of: "\(kind.rawValue) \(session)".utf8).prefix(16))
  }
}

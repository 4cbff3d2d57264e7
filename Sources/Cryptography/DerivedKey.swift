import COpenSSL

/// A key for one purpose, derived from `SECRET_KEY`: what is made under it is worthless anywhere else.
package struct DerivedKey: Sendable {
  /// All purposes that there are. The text goes into the key: changing it makes everything made under the key invalid.
  package enum Purpose: String, Sendable, CaseIterable {
    /// The value that a script has to repeat in a header.
    case doubleSubmit = "double-submit"
    /// The seal of mailed links.
    case link
    /// The seal of the cookies that tell known browsers.
    case browser
    /// The seal of the first step of a sign-in.
    case signInTicket = "sign-in-ticket"
    /// The seal of the secrets that authenticator apps have, too. Another SECRET_KEY makes all of them unreadable.
    case totpSecret = "totp-secret"
    /// The seal of what passkeys sign.
    case passkeyChallenge = "passkey-challenge"
    /// The seal of the cookies of browsers that are not asked for a second factor.
    case trustedBrowser = "trusted-browser"
    /// The digests of recovery codes.
    case recoveryCode = "recovery-code"
    /// The digits of codes that are mailed.
    case mailedCode = "mailed-code"
  }

  /// 32 bytes.
  package let bytes: [UInt8]

  package init(from secretKey: [UInt8], for purpose: Purpose) {
    bytes = HKDF.derive(key: secretKey, salt: [], info: Array("postern/v1/\(purpose.rawValue)".utf8), count: 32)
  }
}

/// Extract and expand with SHA-256 (RFC 5869).
enum HKDF {
  /// `key` must not be empty; `count` is at most 8,160.
  static func derive(key: [UInt8], salt: [UInt8], info: [UInt8], count: Int) -> [UInt8] {
    precondition(!key.isEmpty && count > 0 && count <= 255 * HMACSHA256.length)
    guard let algorithm = EVP_KDF_fetch(nil, "HKDF", nil), let context = EVP_KDF_CTX_new(algorithm) else {
      fatalError("OpenSSL has no HKDF (EVP_KDF_fetch, error \(ERR_get_error()))")
    }
    EVP_KDF_free(algorithm)
    defer { EVP_KDF_CTX_free(context) }

    return [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
      guard
        COpenSSL_HKDF_SHA256(
          context, key, key.count, salt, salt.count, info, info.count, output.baseAddress, count) == 1
      else { fatalError("OpenSSL's HKDF failed (EVP_KDF_derive, error \(ERR_get_error()))") }
      initialized = count
    }
  }
}

import COpenSSL
import Postern

/// The codes of authenticator apps (RFC 6238), over HOTP (RFC 4226).
package struct TOTP: OneTimeCodes {
  package init() {}

  package func code(secret: [UInt8], step: Int64) -> String {
    precondition(!secret.isEmpty && step >= 0, "TOTP: no secret, or a step before 1970")
    let tag = tag(of: step.bigEndianBytes, key: secret)
    // RFC 4226, section 5.3: four bytes from where the last four bits point to, without the sign.
    let offset = Int(tag[19] & 15)
    let number = tag[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
    let digits = String(number % 1_000_000)
    return String(repeating: "0", count: OneTimeCode.digits - digits.utf8.count) + digits
  }

  /// HMAC-SHA-1 (RFC 2104): 20 bytes.
  private func tag(of message: [UInt8], key: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 20) { tag, initialized in
      let made = EVP_Q_mac(
        nil, "HMAC", nil, "SHA1", nil, key, key.count, message, message.count, tag.baseAddress, 20, &initialized)
      guard made != nil, initialized == 20 else {
        fatalError("OpenSSL has no HMAC with SHA-1 (EVP_Q_mac, error \(ERR_get_error()))")
      }
    }
  }
}

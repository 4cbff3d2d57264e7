/// The address by which an authenticator app takes over a secret: behind a link, or as a QR code. Its form is Google
/// Authenticator's "Key URI Format", which all apps read.
package struct AuthenticatorAddress: Sendable, Equatable {
  package let text: String

  /// - Parameter issuer: the site's name. A colon would end it in the middle, and is left out.
  package init(secret: [UInt8], issuer: String, email: String) {
    let issuer = AuthenticatorAddress.encoded(AuthenticatorAddress.withoutColons(issuer))
    let account = AuthenticatorAddress.encoded(email)
    // The label names the issuer, too, for apps that know no `issuer`; where both are, they have to be equal.
    text =
      "otpauth://totp/\(issuer.isEmpty ? account : issuer + ":" + account)?secret=\(Base32.standard.encode(secret))"
      + (issuer.isEmpty ? "" : "&issuer=\(issuer)")
      + "&algorithm=SHA1&digits=\(OneTimeCode.digits)&period=\(OneTimeCode.period)"
  }

  private static func withoutColons(_ name: String) -> String {
    name.utf8.split { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: " ") }.map {
      String(decoding: Array($0), as: UTF8.self)
    }
    .joined(separator: " ")
  }

  /// Everything but RFC 3986's unreserved characters and `@`, which may stand in paths and queries.
  private static func encoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var output: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: "@"):
        output.append(byte)
      default: output.append(contentsOf: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]])
      }
    }
    return String(decoding: output, as: UTF8.self)
  }
}

import Postern

/// A password hash that another program has made. Each kind is read by a type of its own; this file lists them.
///
/// A hash comes out of a database that somebody may have filled by hand, so its reader takes only what is whole and
/// spelled as the program that makes it does, and whether it may be computed is asked before it is.
protocol ForeignHash: Sendable {
  /// `nil` for a text of another kind, and for one that is malformed. The text is of printable ASCII characters.
  init?(_ text: String)
  /// Kind and parameters, without salt and digest: for a log line.
  var summary: String { get }
  /// What it takes to compute it, in KiB.
  var memory: Int { get }
  /// Whether it takes some three seconds at most on a slow machine, and `ForeignHashes.mostMemory`.
  var isAffordable: Bool { get }
  /// Whether it is the password's, which has no NUL in it. Throws `unavailable` when the memory cannot be had.
  func isHash(of password: [UInt8]) throws(StoreError) -> Bool
}

extension ForeignHash {
  /// No password with a NUL is the right one. In C a string ends there, and HMAC fills up its key with NULs, and with
  /// it PBKDF2 and scrypt, so that one with some behind it would pass for the one without.
  func isHash(of password: String) throws(StoreError) -> Bool {
    if password.utf8.contains(0) { return false }
    return try isHash(of: Array(password.utf8))
  }
}

enum ForeignHashes {
  /// In KiB. The costliest of the usual ones, scrypt as OWASP recommends it, takes half of it.
  static let mostMemory = 256 << 10

  /// Longer than any of them.
  private static let longest = 512

  private static let kinds: [any ForeignHash.Type] = [
    WerkzeugHash.self, DjangoHash.self, CryptHash.self, APR1Hash.self, SHA1Hash.self,
  ]

  /// As people know them, for a sentence.
  static let names = """
    Werkzeug (scrypt:, pbkdf2:, sha256$), Django (pbkdf2_sha256$), bcrypt ($2a$, $2b$, $2y$), crypt ($1$, $5$, $6$, \
    $7$, $y$, $gy$), Apache ($apr1$, {SHA}), LDAP ({SSHA})
    """

  static func read(_ text: String) -> (any ForeignHash)? {
    guard text.utf8.count <= longest, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    for kind in kinds {
      if let hash = kind.init(text) { return hash }
    }
    return nil
  }

  /// A number as programs write it: digits, no sign, no leading zero.
  static func number(_ text: some StringProtocol) -> Int? {
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let value = Int(text),
      String(value).utf8.elementsEqual(text.utf8)
    else { return nil }
    return value
  }

  /// Base64 with its padding (RFC 4648, section 4).
  static func base64(_ text: some StringProtocol) -> [UInt8]? {
    guard text.utf8.count % 4 == 0 else { return nil }
    let padding = text.utf8.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    return padding <= 2 ? Base64.standard.decode(String(text.dropLast(padding))) : nil
  }
}

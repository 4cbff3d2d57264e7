import COpenSSL
import Postern

/// Apache's `$apr1$SALT$DIGEST` (`htpasswd -m`): Poul-Henning Kamp's MD5 crypt with another prefix in what is hashed.
/// A thousand rounds, whatever machine they are for.
struct APR1Hash: ForeignHash {
  private let salt: [UInt8]
  private let digest: [UInt8]

  private static let prefix = "$apr1$"
  private static let longestSalt = 8

  init?(_ text: String) {
    guard text.hasPrefix(APR1Hash.prefix) else { return nil }
    let parts = text.dropFirst(APR1Hash.prefix.count).split(separator: "$", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count <= APR1Hash.longestSalt, parts[1].utf8.count == 22 else { return nil }
    salt = Array(parts[0].utf8)
    digest = Array(parts[1].utf8)
  }

  var summary: String { "$apr1" }
  var memory: Int { 0 }
  var isAffordable: Bool { true }

  func isHash(of password: [UInt8]) throws(StoreError) -> Bool {
    ConstantTime.areEqual(try APR1Hash.digest(of: password, salt: salt), digest)
  }

  private static func digest(of password: [UInt8], salt: [UInt8]) throws(StoreError) -> [UInt8] {
    let inner = try md5(password + salt + password)
    var message = password + Array(prefix.utf8) + salt
    for position in password.indices { message.append(inner[position % inner.count]) }
    // By the bits of the length. That the set ones add a NUL, and not a byte of the digest, was a mistake once.
    var length = password.count
    while length > 0 {
      message.append(length & 1 == 1 ? 0 : password[0])
      length >>= 1
    }
    var found = try md5(message)
    for round in 0..<1_000 {
      var message = round % 2 == 1 ? password : found
      if round % 3 != 0 { message += salt }
      if round % 7 != 0 { message += password }
      message += round % 2 == 1 ? found : password
      found = try md5(message)
    }
    return text(of: found)
  }

  /// Groups of three bytes in an order of its own, as four characters of six bits each, the lowest first.
  private static func text(of digest: [UInt8]) -> [UInt8] {
    let alphabet = Array("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    var characters: [UInt8] = []
    func append(_ bytes: [Int], count: Int) {
      var bits = bytes.reduce(0) { $0 << 8 | Int(digest[$1]) }
      for _ in 0..<count {
        characters.append(alphabet[bits & 63])
        bits >>= 6
      }
    }
    for bytes in [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5]] { append(bytes, count: 4) }
    append([11], count: 2)
    return characters
  }

  private static func md5(_ bytes: [UInt8]) throws(StoreError) -> [UInt8] {
    var succeeded = false
    let digest = [UInt8](unsafeUninitializedCapacity: 16) { buffer, initialized in
      succeeded = EVP_Digest(bytes, bytes.count, buffer.baseAddress, nil, EVP_md5(), nil) == 1
      initialized = succeeded ? 16 : 0
    }
    // As where the system allows only what FIPS 140 does.
    guard succeeded else { throw .unusable("OpenSSL has no MD5 (EVP_Digest, error \(ERR_get_error()))") }
    return digest
  }
}

/// `{SHA}` (`htpasswd -s`) and `{SSHA}` (LDAP, RFC 2307): SHA-1 of the password and a salt, and the salt, in Base64.
struct SHA1Hash: ForeignHash {
  private let digest: [UInt8]
  private let salt: [UInt8]

  init?(_ text: String) {
    let isSalted = text.hasPrefix("{SSHA}")
    guard isSalted || text.hasPrefix("{SHA}"), let bytes = ForeignHashes.base64(text.dropFirst(isSalted ? 6 : 5)),
      isSalted ? (24...84).contains(bytes.count) : bytes.count == 20
    else { return nil }
    digest = Array(bytes.prefix(20))
    salt = Array(bytes.dropFirst(20))
  }

  var summary: String { salt.isEmpty ? "{SHA}" : "{SSHA}" }
  var memory: Int { 0 }
  var isAffordable: Bool { true }

  func isHash(of password: [UInt8]) throws(StoreError) -> Bool {
    ConstantTime.areEqual(try Digest.sha1.hash(password + salt), digest)
  }
}

import Postern

/// What Werkzeug's `generate_password_hash` makes, METHOD`$`SALT`$`DIGEST with the digest in hexadecimal digits:
///
/// - `scrypt:N:r:p`, 64 bytes;
/// - `pbkdf2:sha256:ITERATIONS`, and with sha1 and sha512;
/// - before Werkzeug 3.0 `sha256`, also with sha1 and sha512: an HMAC whose key is the salt.
///
/// Parameters that are left out are those of Werkzeug 3.1, which reads such hashes so.
struct WerkzeugHash: ForeignHash {
  enum Method: Equatable {
    case scrypt(Scrypt)
    case pbkdf2(Digest, iterations: Int)
    case hmac(Digest)
  }

  let method: Method
  let salt: [UInt8]
  let digest: [UInt8]
  let summary: String

  init?(_ text: String) {
    let parts = text.split(separator: "$", omittingEmptySubsequences: false)
    guard parts.count == 3, let method = WerkzeugHash.method(parts[0]),
      let digest = Hexadecimal.decode(String(parts[2]))
    else { return nil }
    self.method = method
    self.digest = digest
    salt = Array(parts[1].utf8)
    summary = String(parts[0])
    guard digest.count == length else { return nil }
  }

  private static func method(_ text: Substring) -> Method? {
    let words = text.split(separator: ":", omittingEmptySubsequences: false)
    switch (words[0], words.count) {
    case ("scrypt", 1): return Scrypt(cost: 1 << 15, blockSize: 8, parallelism: 1).map { .scrypt($0) }
    case ("scrypt", 4):
      let numbers = words.dropFirst().compactMap { ForeignHashes.number($0) }
      guard numbers.count == 3 else { return nil }
      return Scrypt(cost: numbers[0], blockSize: numbers[1], parallelism: numbers[2]).map { .scrypt($0) }
    case ("pbkdf2", 1...3):
      let digest = words.count > 1 ? Digest(rawValue: String(words[1])) : .sha256
      let iterations = words.count > 2 ? ForeignHashes.number(words[2]) : 1_000_000
      guard let digest, let iterations, iterations > 0 else { return nil }
      return .pbkdf2(digest, iterations: iterations)
    case (_, 1): return Digest(rawValue: String(words[0])).map { .hmac($0) }
    default: return nil
    }
  }

  private var length: Int {
    switch method {
    case .scrypt: 64
    case .pbkdf2(let digest, _), .hmac(let digest): digest.length
    }
  }

  var memory: Int {
    if case .scrypt(let scrypt) = method { scrypt.memory } else { 0 }
  }

  var isAffordable: Bool {
    switch method {
    case .scrypt(let scrypt): scrypt.isAffordable
    case .pbkdf2(_, let iterations): iterations <= PBKDF2.mostIterations
    case .hmac: true
    }
  }

  func isHash(of password: [UInt8]) throws(StoreError) -> Bool {
    let found =
      switch method {
      case .scrypt(let scrypt): try scrypt.derive(password, salt: salt, count: length)
      case .pbkdf2(let digest, let iterations): try digest.pbkdf2(password, salt: salt, iterations: iterations)
      case .hmac(let digest): try digest.hmac(of: password, key: salt)
      }
    return ConstantTime.areEqual(found, digest)
  }
}

/// Django's `pbkdf2_sha256$ITERATIONS$SALT$DIGEST` and `pbkdf2_sha1$…`, the digest in Base64.
struct DjangoHash: ForeignHash {
  let function: Digest
  let iterations: Int
  let salt: [UInt8]
  let digest: [UInt8]

  init?(_ text: String) {
    let parts = text.split(separator: "$", omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0].hasPrefix("pbkdf2_"),
      let function = Digest(rawValue: String(parts[0].dropFirst(7))),
      let iterations = ForeignHashes.number(parts[1]), iterations > 0,
      let digest = ForeignHashes.base64(parts[3]), digest.count == function.length
    else { return nil }
    (self.function, self.iterations, self.digest) = (function, iterations, digest)
    salt = Array(parts[2].utf8)
  }

  var summary: String { "pbkdf2_\(function.rawValue)$\(iterations)" }
  var memory: Int { 0 }
  var isAffordable: Bool { iterations <= PBKDF2.mostIterations }

  func isHash(of password: [UInt8]) throws(StoreError) -> Bool {
    ConstantTime.areEqual(try function.pbkdf2(password, salt: salt, iterations: iterations), digest)
  }
}

enum PBKDF2 {
  /// Five times what Werkzeug and Django take today.
  static let mostIterations = 5_000_000
}

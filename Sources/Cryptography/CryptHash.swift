import CCrypt
import Glibc
import Postern

/// What crypt(5) describes and libcrypt computes: `$2a$`, `$2b$`, `$2y$` (bcrypt), `$5$`, `$6$` (SHA-crypt), `$y$`,
/// `$gy$` (yescrypt), `$7$` (scrypt) and `$1$` (MD5). Not the `$2x$` of a faulty bcrypt, and none that is older.
///
/// libcrypt is handed only what was read here, because it would work for hours on parameters such as `$2b$31$`.
struct CryptHash: ForeignHash {
  enum Method: Equatable {
    /// 2 to that power rounds.
    case bcrypt(cost: Int)
    case sha(rounds: Int)
    case md5
    /// yescrypt, too, which takes as much memory and time as scrypt with these parameters.
    case scrypt(Scrypt)
  }

  let method: Method
  let summary: String
  private let text: String

  init?(_ text: String) {
    let parts = text.split(separator: "$", omittingEmptySubsequences: false)
    guard parts.count >= 4, parts[0].isEmpty, parts.dropFirst().allSatisfy({ !$0.isEmpty }), let digest = parts.last,
      let (method, parameters, digestLength) = CryptHash.method(parts), digest.utf8.count == digestLength,
      digest.utf8.allSatisfy({ CryptHash.value($0) != nil })
    else { return nil }
    self.text = text
    self.method = method
    summary = "$\(parts[1])$\(parameters)"
  }

  /// With the parameters as they stand there, and the length of the digest, to which the salt belongs in bcrypt.
  private static func method(_ parts: [Substring]) -> (Method, Substring, Int)? {
    let (name, field) = (parts[1], parts[2])
    let digestLength = name == "6" ? 86 : 43
    switch (name, parts.count) {
    case ("2a", 4), ("2b", 4), ("2y", 4):
      guard field.utf8.count == 2, field.first != "+", let cost = Int(field), (4...31).contains(cost) else {
        return nil
      }
      return (.bcrypt(cost: cost), field, 53)
    case ("5", 4), ("6", 4): return field.utf8.count <= 16 ? (.sha(rounds: 5_000), "", digestLength) : nil
    case ("5", 5), ("6", 5):
      guard field.hasPrefix("rounds="), let rounds = ForeignHashes.number(field.dropFirst(7)), rounds >= 1_000,
        parts[3].utf8.count <= 16
      else { return nil }
      return (.sha(rounds: rounds), field, digestLength)
    case ("1", 4): return field.utf8.count <= 8 ? (.md5, "", 22) : nil
    case ("y", 5), ("gy", 5): return yescrypt(field).map { (.scrypt($0), field, digestLength) }
    case ("7", 4): return scrypt(field).map { (.scrypt($0), field.prefix(11), digestLength) }
    default: return nil
    }
  }

  /// The parameters that libcrypt makes: flavor `j`, the power of two that is N, and r (yescrypt's `decode64_uint32`).
  private static func yescrypt(_ text: Substring) -> Scrypt? {
    var characters = Array(text.utf8)[...]
    guard characters.popFirst() == UInt8(ascii: "j"), let power = number(&characters), let size = number(&characters),
      characters.isEmpty, power <= 24
    else { return nil }
    return Scrypt(cost: 1 << power, blockSize: size, parallelism: 1)
  }

  /// A number from 1 on in yescrypt's code of variable length: the first character says how many follow it.
  private static func number(_ characters: inout ArraySlice<UInt8>) -> Int? {
    guard let first = characters.popFirst().flatMap(value) else { return nil }
    var (start, end, following, found) = (0, 47, 0, 1)
    while first > end {
      found += (end + 1 - start) << (6 * following)
      start = end + 1
      end = start + (62 - end) / 2
      following += 1
    }
    found += (first - start) << (6 * following)
    while following > 0 {
      following -= 1
      guard let next = characters.popFirst().flatMap(value) else { return nil }
      found += next << (6 * following)
    }
    return found
  }

  /// One character for the power, and r and p in five of six bits each, the lowest first; behind them the salt.
  private static func scrypt(_ text: Substring) -> Scrypt? {
    let values = text.utf8.prefix(11).compactMap(value)
    guard values.count == 11, values[0] <= 24 else { return nil }
    func number(_ digits: ArraySlice<Int>) -> Int { digits.reversed().reduce(0) { $0 << 6 | $1 } }
    return Scrypt(cost: 1 << values[0], blockSize: number(values[1...5]), parallelism: number(values[6...10]))
  }

  /// The six bits of a character of crypt's alphabet, `./0-9A-Za-z`.
  private static func value(_ character: UInt8) -> Int? {
    switch character {
    case UInt8(ascii: ".")...UInt8(ascii: "9"): Int(character) - 46
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(character) - 65 + 12
    case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(character) - 97 + 38
    default: nil
    }
  }

  /// In KiB.
  var memory: Int {
    if case .scrypt(let scrypt) = method { scrypt.memory } else { MemoryLayout<crypt_data>.size >> 10 }
  }

  var isAffordable: Bool {
    switch method {
    case .bcrypt(let cost): cost <= 15
    case .sha(let rounds): rounds <= 2_000_000
    case .md5: true
    case .scrypt(let scrypt): scrypt.isAffordable
    }
  }

  /// In bytes. bcrypt reads no further, so that anything might follow: whoever has a longer password sets another.
  private var longestPassword: Int {
    if case .bcrypt = method { 72 } else { Int(CRYPT_MAX_PASSPHRASE_SIZE) - 1 }
  }

  func isHash(of password: [UInt8]) throws(StoreError) -> Bool {
    guard password.count <= longestPassword else { return false }
    let size = MemoryLayout<crypt_data>.size
    let data = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: MemoryLayout<crypt_data>.alignment)
    memset(data, 0, size)
    var phrase = password + [0]
    // The password and what led to the digest are in both.
    defer {
      phrase.withUnsafeMutableBytes { explicit_bzero($0.baseAddress!, $0.count) }
      explicit_bzero(data, size)
      data.deallocate()
    }
    let output = phrase.withUnsafeBytes { phrase in
      crypt_rn(phrase.bindMemory(to: CChar.self).baseAddress, text, data, Int32(size))
    }
    guard let output else {
      if errno == ENOMEM { throw .unavailable("no memory for a password hash of \(memory) KiB (crypt)") }
      return false
    }
    return ConstantTime.areEqual(Array(UnsafeRawBufferPointer(start: output, count: strlen(output))), Array(text.utf8))
  }
}

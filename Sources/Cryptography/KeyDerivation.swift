import COpenSSL
import Postern

/// A hash function under a password, as `HMAC`, PBKDF2 and scrypt take it, by its name in Python.
enum Digest: String, Sendable {
  case sha1, sha256, sha512

  /// In bytes.
  var length: Int {
    switch self {
    case .sha1: 20
    case .sha256: 32
    case .sha512: 64
    }
  }

  private var algorithm: OpaquePointer? {
    switch self {
    case .sha1: EVP_sha1()
    case .sha256: EVP_sha256()
    case .sha512: EVP_sha512()
    }
  }

  func hash(_ bytes: [UInt8]) throws(StoreError) -> [UInt8] {
    try output("EVP_Digest") { EVP_Digest(bytes, bytes.count, $0, nil, algorithm, nil) == 1 }
  }

  /// RFC 2104.
  func hmac(of message: [UInt8], key: [UInt8]) throws(StoreError) -> [UInt8] {
    try output("HMAC") { HMAC(algorithm, key, Int32(key.count), message, message.count, $0, nil) != nil }
  }

  /// As many bytes as the function has (RFC 8018, section 5.2).
  func pbkdf2(_ password: [UInt8], salt: [UInt8], iterations: Int) throws(StoreError) -> [UInt8] {
    try output("PKCS5_PBKDF2_HMAC") { output in
      password.withUnsafeBytes { password in
        PKCS5_PBKDF2_HMAC(
          password.bindMemory(to: CChar.self).baseAddress, Int32(password.count), salt, Int32(salt.count),
          Int32(iterations), algorithm, Int32(length), output) == 1
      }
    }
  }

  private func output(
    _ function: String, _ compute: (UnsafeMutablePointer<UInt8>?) -> Bool
  ) throws(StoreError) -> [UInt8] {
    var succeeded = false
    let bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, initialized in
      succeeded = compute(buffer.baseAddress)
      initialized = succeeded ? length : 0
    }
    guard succeeded else { throw .unusable("OpenSSL: \(function) with \(rawValue), error \(ERR_get_error())") }
    return bytes
  }
}

/// scrypt (RFC 7914), with its parameters N, r and p.
struct Scrypt: Equatable, Sendable {
  let cost: Int
  let blockSize: Int
  let parallelism: Int

  /// `nil` for what the RFC does not allow, and for more memory or time than a machine has. N has to be a power of two.
  init?(cost: Int, blockSize: Int, parallelism: Int) {
    let sizes = 1...1 << 24
    guard sizes.contains(cost - 1), cost & (cost - 1) == 0, sizes.contains(blockSize), sizes.contains(parallelism)
    else { return nil }
    (self.cost, self.blockSize, self.parallelism) = (cost, blockSize, parallelism)
  }

  /// In KiB.
  var memory: Int { (128 * blockSize * (cost + parallelism + 2)) >> 10 }

  /// 1 GiB written to and read again takes some three seconds.
  var isAffordable: Bool {
    memory <= ForeignHashes.mostMemory && cost * blockSize <= (1 << 30) / 128 / parallelism
  }

  func derive(_ password: [UInt8], salt: [UInt8], count: Int) throws(StoreError) -> [UInt8] {
    var succeeded = false
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      succeeded = password.withUnsafeBytes { password in
        EVP_PBE_scrypt(
          password.bindMemory(to: CChar.self).baseAddress, password.count, salt, salt.count, UInt64(cost),
          UInt64(blockSize), UInt64(parallelism), UInt64(memory + 1) << 10, buffer.baseAddress, count) == 1
      }
      initialized = succeeded ? count : 0
    }
    guard succeeded else { throw .unavailable("no memory for a password hash of \(memory) KiB (scrypt)") }
    return bytes
  }
}

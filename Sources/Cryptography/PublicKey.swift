import COpenSSL
package import Postern

/// The public half of a key pair: checks signatures, and can be told to anyone.
package final class PublicKey: Sendable {
  package let algorithm: TokenAlgorithm
  /// The thumbprint of its JWK (RFC 7638), 43 characters: a name that follows from the key.
  package let id: String
  /// The members of its JWK that make the key, in the order of their names (RFC 7638, section 3.2).
  let members: [(name: String, value: String)]
  private let handle: KeyHandle

  /// Throws `bits` and `otherKind`.
  init(_ handle: KeyHandle) throws(KeyProblem) {
    self.handle = handle
    (algorithm, members) = try PublicKey.read(handle)
    var thumbprint = JSONObjectWriter()
    for (name, value) in members { thumbprint.add(name, value) }
    id = Base64.url.encode(SHA256.digest(of: thumbprint.finished()))
  }

  /// All keys of a text that holds public keys in PEM and nothing else, at least one. Throws a key problem.
  package static func all(pem text: String) throws(KeyProblem) -> [PublicKey] {
    var keys: [PublicKey] = []
    for block in try PEM.blocks(text) {
      guard block.label == "PUBLIC KEY" else { throw .unreadable }
      let key = PEM.withReader(block.text) { PEM_read_bio_PUBKEY($0, nil, nil, nil) }
      guard let key else { throw .unreadable }
      keys.append(try PublicKey(KeyHandle(owning: key)))
    }
    if keys.isEmpty { throw .unreadable }
    return keys
  }

  /// SubjectPublicKeyInfo in PEM (RFC 7468, section 13).
  package var pem: String { PEM.written { PEM_write_bio_PUBKEY($0, handle.pointer) } }

  /// The header of what its pair signs, in base64url.
  func header(type: String) -> [UInt8] { TokenHeader.written(algorithm, key: id, type: type) }

  /// Whether `signature` is one of that message, as it stands in a JWS and whole.
  package func isSignature(_ signature: UnsafeBufferPointer<UInt8>, of message: UnsafeBufferPointer<UInt8>) -> Bool {
    switch algorithm {
    case .hs256: return false
    case .rs256:
      return signature.count == Int(EVP_PKEY_get_size(handle.pointer)) && check(signature, message, EVP_sha256())
    case .edDSA: return signature.count == ECDSASignature.length && check(signature, message, nil)
    case .es256:
      guard let encoded = ECDSASignature.encoded(signature) else { return false }
      return encoded.withUnsafeBufferPointer { check($0, message, EVP_sha256()) }
    }
  }

  /// The same for a signature as WebAuthn has them (Level 2, section 6.5.6): ES256's is in DER.
  func isAssertion(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    signature.withUnsafeBufferPointer { signature in
      message.withUnsafeBufferPointer { message in
        algorithm == .es256 ? check(signature, message, EVP_sha256()) : isSignature(signature, of: message)
      }
    }
  }

  private func check(
    _ signature: UnsafeBufferPointer<UInt8>, _ message: UnsafeBufferPointer<UInt8>, _ digest: OpaquePointer?
  ) -> Bool {
    guard let context = EVP_MD_CTX_new() else { fatalError("OpenSSL has no memory (EVP_MD_CTX_new)") }
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestVerifyInit(context, nil, digest, nil, handle.pointer) == 1 else {
      fatalError("OpenSSL cannot verify (EVP_DigestVerifyInit, error \(ERR_get_error()))")
    }
    if EVP_DigestVerify(context, signature.baseAddress, signature.count, message.baseAddress, message.count) == 1 {
      return true
    }
    ERR_clear_error()
    return false
  }

  private static func read(
    _ handle: KeyHandle
  ) throws(KeyProblem) -> (TokenAlgorithm, [(name: String, value: String)]) {
    func text(_ bytes: [UInt8]?) throws(KeyProblem) -> String {
      guard let bytes else { throw .otherKind }
      return Base64.url.encode(bytes)
    }
    if handle.isA("RSA") {
      let bits = Int(EVP_PKEY_get_bits(handle.pointer))
      guard (2_048...8_192).contains(bits) else { throw .bits(bits) }
      return (.rs256, [("e", try text(handle.number("e"))), ("kty", "RSA"), ("n", try text(handle.number("n")))])
    }
    if handle.isA("EC"), group(of: handle) == "prime256v1" {
      let (x, y) = (handle.number("qx", count: 32), handle.number("qy", count: 32))
      return (.es256, [("crv", "P-256"), ("kty", "EC"), ("x", try text(x)), ("y", try text(y))])
    }
    if handle.isA("ED25519") {
      var (bytes, count) = ([UInt8](repeating: 0, count: 32), 32)
      guard EVP_PKEY_get_raw_public_key(handle.pointer, &bytes, &count) == 1, count == 32 else { throw .otherKind }
      return (.edDSA, [("crv", "Ed25519"), ("kty", "OKP"), ("x", Base64.url.encode(bytes))])
    }
    throw .otherKind
  }

  private static func group(of handle: KeyHandle) -> String? {
    var (name, length) = ([CChar](repeating: 0, count: 64), 0)
    guard EVP_PKEY_get_group_name(handle.pointer, &name, name.count, &length) == 1 else { return nil }
    return String(decoding: name[..<length].map(UInt8.init), as: UTF8.self)
  }
}

/// ES256's signature: r and s as 32 bytes each (RFC 7518, section 3.4), where OpenSSL has them in DER.
enum ECDSASignature {
  /// Ed25519's is as long.
  static let length = 64

  /// In DER; `nil` when it has another length.
  static func encoded(_ signature: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    guard signature.count == length, let pair = ECDSA_SIG_new() else { return nil }
    defer { ECDSA_SIG_free(pair) }
    // The pair owns both numbers from here on.
    guard
      ECDSA_SIG_set0(pair, BN_bin2bn(signature.baseAddress, 32, nil), BN_bin2bn(signature.baseAddress! + 32, 32, nil))
        == 1
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: 72)
    let count = bytes.withUnsafeMutableBufferPointer { buffer in
      var end = buffer.baseAddress
      return i2d_ECDSA_SIG(pair, &end)
    }
    return count > 0 ? Array(bytes[..<Int(count)]) : nil
  }

  static func decoded(_ encoded: [UInt8]) -> [UInt8]? {
    let pair = encoded.withUnsafeBufferPointer { buffer in
      var start = buffer.baseAddress
      return d2i_ECDSA_SIG(nil, &start, buffer.count)
    }
    guard let pair else { return nil }
    defer { ECDSA_SIG_free(pair) }
    var bytes = [UInt8](repeating: 0, count: length)
    let isWhole = bytes.withUnsafeMutableBufferPointer { buffer in
      BN_bn2binpad(ECDSA_SIG_get0_r(pair), buffer.baseAddress, 32) == 32
        && BN_bn2binpad(ECDSA_SIG_get0_s(pair), buffer.baseAddress! + 32, 32) == 32
    }
    return isWhole ? bytes : nil
  }
}

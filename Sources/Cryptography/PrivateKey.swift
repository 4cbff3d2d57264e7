import COpenSSL
package import Postern

/// A key pair: signs.
package final class PrivateKey: Sendable {
  package let publicKey: PublicKey
  private let handle: KeyHandle

  package var algorithm: TokenAlgorithm { publicKey.algorithm }

  private init(_ handle: KeyHandle) throws(KeyProblem) {
    self.handle = handle
    publicKey = try PublicKey(handle)
  }

  /// A new key for an algorithm that has key pairs: RSA with 3,072 bits, P-256, Ed25519.
  package convenience init(for algorithm: TokenAlgorithm) {
    let key: OpaquePointer? =
      switch algorithm {
      case .hs256: nil
      case .rs256: COpenSSL_make_RSA(3_072)
      case .es256: COpenSSL_make_P256()
      case .edDSA: COpenSSL_make_Ed25519()
      }
    guard let key, let pair = try? PrivateKey(KeyHandle(owning: key)) else {
      fatalError("OpenSSL cannot make a key for \(algorithm) (EVP_PKEY_Q_keygen, error \(ERR_get_error()))")
    }
    self.init(pair)
  }

  private init(_ other: PrivateKey) {
    handle = other.handle
    publicKey = other.publicKey
  }

  /// Reads the one private key of a text in PEM: PKCS#8 (RFC 5958), or the older forms of RSA and EC. Throws a key
  /// problem.
  package convenience init(pem text: String) throws(KeyProblem) {
    // `openssl ecparam -genkey` puts the name of the curve before the key.
    let blocks = try PEM.blocks(text).filter { $0.label != "EC PARAMETERS" }
    guard let block = blocks.first, blocks.count == 1 else { throw .unreadable }
    if block.label == "ENCRYPTED PRIVATE KEY" || block.text.contains("ENCRYPTED") { throw .encrypted }
    guard ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"].contains(block.label) else { throw .unreadable }
    // A function that has no password, where OpenSSL would ask for one on the terminal.
    let key = PEM.withReader(block.text) { PEM_read_bio_PrivateKey($0, nil, { _, _, _, _ in -1 }, nil) }
    guard let key else { throw .unreadable }
    try self.init(KeyHandle(owning: key))
    guard fitsItsPublicKey else { throw .unreadable }
  }

  /// A file may have been put together from the halves of two keys: what it signs, nobody could check.
  private var fitsItsPublicKey: Bool {
    let probe = Array("postern".utf8)
    let signature = signature(of: probe)
    return signature.withUnsafeBufferPointer { signature in
      probe.withUnsafeBufferPointer { publicKey.isSignature(signature, of: $0) }
    }
  }

  /// PKCS#8 in PEM (RFC 7468, section 10), not encrypted.
  package var pem: String {
    PEM.written { PEM_write_bio_PKCS8PrivateKey($0, handle.pointer, nil, nil, 0, nil, nil) }
  }

  /// The signature as it stands in a JWS (RFC 7518, section 3; RFC 8037, section 3.1).
  package func signature(of message: [UInt8]) -> [UInt8] {
    guard let context = EVP_MD_CTX_new() else { fatalError("OpenSSL has no memory (EVP_MD_CTX_new)") }
    defer { EVP_MD_CTX_free(context) }
    var signature = [UInt8](repeating: 0, count: Int(EVP_PKEY_get_size(handle.pointer)))
    var count = signature.count
    guard EVP_DigestSignInit(context, nil, algorithm == .edDSA ? nil : EVP_sha256(), nil, handle.pointer) == 1,
      EVP_DigestSign(context, &signature, &count, message, message.count) == 1
    else { fatalError("OpenSSL cannot sign (EVP_DigestSign, error \(ERR_get_error()))") }
    signature.removeLast(signature.count - count)
    guard algorithm == .es256 else { return signature }
    guard let decoded = ECDSASignature.decoded(signature) else { fatalError("OpenSSL's ECDSA signature is none") }
    return decoded
  }
}

import COpenSSL
import Postern

/// A public key in COSE (RFC 9052, section 7; RFC 9053, section 7), as authenticators hand it over: with `alg` and what
/// makes the key, and nothing else (WebAuthn Level 2, sections 5.8.5 and 6.5.1.1).
enum COSEKey {
  private static let (kty, alg) = (1, 3)

  /// Throws `algorithm` for one that is not asked for, `publicKey` for what is no key: a point beside the curve, an RSA
  /// key of another size than 2,048 to 8,192 bits.
  static func read(_ key: CBOR) throws(PasskeyProblem) -> (PasskeyAlgorithm, PublicKey) {
    guard case .map(let pairs) = key, let number = key[alg]?.integer else { throw .publicKey }
    guard let algorithm = PasskeyAlgorithm(rawValue: number) else { throw .algorithm }
    let handle: OpaquePointer?
    switch algorithm {
    case .es256:
      guard pairs.count == 5, key[kty]?.integer == 2, key[-1]?.integer == 1, let x = key[-2]?.bytes, x.count == 32,
        let y = key[-3]?.bytes, y.count == 32
      else { throw .publicKey }
      handle = COpenSSL_P256([4] + x + y)
    case .edDSA:
      guard pairs.count == 4, key[kty]?.integer == 1, key[-1]?.integer == 6, let x = key[-2]?.bytes, x.count == 32
      else { throw .publicKey }
      handle = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, x, x.count)
    case .rs256:
      guard pairs.count == 4, key[kty]?.integer == 3, let modulus = key[-1]?.bytes, let exponent = key[-2]?.bytes,
        (256...1_024).contains(modulus.count), (1...8).contains(exponent.count)
      else { throw .publicKey }
      handle = COpenSSL_RSA(modulus, modulus.count, exponent, exponent.count)
    }
    guard let handle, let publicKey = try? PublicKey(KeyHandle(owning: handle)) else {
      // What a bad key leaves in the thread's queue of errors is nobody else's.
      ERR_clear_error()
      throw .publicKey
    }
    return (algorithm, publicKey)
  }
}

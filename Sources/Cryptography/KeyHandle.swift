import COpenSSL

/// Owns an `EVP_PKEY`, which nobody changes once it is made, so that any number of threads may use it at once. Kept as
/// a number, since pointers are not `Sendable`.
final class KeyHandle: Sendable {
  private let address: UInt

  init(owning key: OpaquePointer) { address = UInt(bitPattern: key) }

  deinit { EVP_PKEY_free(pointer) }

  var pointer: OpaquePointer { OpaquePointer(bitPattern: address)! }

  func isA(_ type: String) -> Bool { EVP_PKEY_is_a(pointer, type) == 1 }

  /// The bytes of a whole number that the key is made of, big-endian, `count` of them or as few as it takes.
  func number(_ name: String, count: Int? = nil) -> [UInt8]? {
    var value: OpaquePointer?
    guard EVP_PKEY_get_bn_param(pointer, name, &value) == 1, let value else { return nil }
    defer { BN_free(value) }
    let count = count ?? Int(BN_num_bits(value) + 7) / 8
    var bytes = [UInt8](repeating: 0, count: count)
    return BN_bn2binpad(value, &bytes, Int32(count)) == Int32(count) ? bytes : nil
  }
}

/// Why a text is no key that tokens can be signed or checked with.
package enum KeyProblem: Error, Sendable, Equatable {
  /// No block of PEM (RFC 7468) of the kind that is needed, or one that cannot be read.
  case unreadable
  /// It is under a password.
  case encrypted
  /// An RSA key of so many bits: 2,048 at least (RFC 7518, section 3.3), 8,192 at most.
  case bits(Int)
  /// Another kind of key, or another curve.
  case otherKind

  /// A half sentence about the key.
  package var sentence: String {
    switch self {
    case .unreadable: "is no key in PEM"
    case .encrypted: "is under a password, which nobody is there to give"
    case .bits(let bits): "has \(bits) bits: RSA keys need 2048, and 8192 are the most"
    case .otherKind: "is neither RSA, nor EC on the curve P-256, nor Ed25519"
    }
  }
}

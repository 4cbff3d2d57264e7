import COpenSSL
import Postern

/// Unpredictable bytes from OpenSSL's generator, which the kernel seeds.
package struct SystemRandom: RandomSource {
  /// To be made before anything else here is used: it starts OpenSSL without its tables of error texts and names,
  /// which nobody reads and which would stay in memory.
  package init() {
    let unread = OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS
    OPENSSL_init_crypto(UInt64(unread), nil)
  }

  /// Ends the program when the generator fails: a predictable key or session would be worse than none.
  package func bytes(_ count: Int) -> [UInt8] {
    precondition(count >= 0 && count <= Int(Int32.max), "SystemRandom: \(count) bytes asked for")
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      guard count > 0 else { return }
      guard RAND_bytes(buffer.baseAddress, Int32(count)) == 1 else {
        fatalError("OpenSSL's random generator failed (RAND_bytes, error \(ERR_get_error())): nothing can be signed")
      }
      initialized = count
    }
  }
}

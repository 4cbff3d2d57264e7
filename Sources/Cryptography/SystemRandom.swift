import COpenSSL
import Postern

/// Unpredictable bytes from OpenSSL's generator, which the kernel seeds.
package struct SystemRandom: RandomSource {
  package init() {}

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

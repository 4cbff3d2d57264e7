import Glibc
import Postern

/// Unpredictable bytes from the kernel: there is no generator here to seed, to leak, or to be repeated by a copy of the
/// process.
package struct SystemRandom: RandomSource {
  /// What getentropy(3) gives at once.
  private static let most = 256

  package init() {}

  /// At the boot of a machine, waits until the kernel can give any. Ends the program when it gives none: a predictable
  /// key or session would be worse than none.
  package func bytes(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      while initialized < count {
        let step = min(count - initialized, Self.most)
        guard getentropy(buffer.baseAddress! + initialized, step) == 0 else {
          fatalError("the kernel gives no random bytes (getentropy, error \(errno)): nothing can be signed")
        }
        initialized += step
      }
    }
  }
}

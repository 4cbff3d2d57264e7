import Postern
import Synchronization

/// Bytes that look random, never repeat within one source, and are the same in every run.
package final class SequenceRandom: RandomSource {
  private let state: Mutex<UInt64>

  /// Sources of different seeds give different bytes.
  package init(seed: UInt64 = 1) { state = Mutex(seed &* 0xD1B5_4A32_D192_ED03) }

  package func bytes(_ count: Int) -> [UInt8] {
    state.withLock { state in
      var bytes: [UInt8] = []
      bytes.reserveCapacity(count)
      while bytes.count < count {
        let word = SequenceRandom.next(&state)
        for shift in stride(from: UInt64(0), to: 64, by: 8) where bytes.count < count {
          bytes.append(UInt8(truncatingIfNeeded: word >> shift))
        }
      }
      return bytes
    }
  }

  /// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
  private static func next(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

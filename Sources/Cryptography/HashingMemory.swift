import Glibc
import Synchronization

/// The memory that hashes are computed in, kept from one to the next: to map it anew each time costs a page fault for
/// every 4 KiB of it. libargon2 wipes it before it gives it back. It is in huge pages where the system has them for
/// whoever asks: a hash jumps about in its memory, and its addresses are found a twentieth faster.
///
/// There is one for the process, because libargon2 hands no context to whom it asks for memory.
package final class HashingMemory: Sendable {
  package static let shared = HashingMemory()

  private struct Block {
    let address: UInt
    let size: Int
  }

  private struct Kept {
    var spare: [Block] = []
    var wasUsed = false
  }

  private let kept = Mutex(Kept())

  private init() {}

  /// Page-aligned memory of that size; `nil` when there is none to be had.
  func take(_ size: Int) -> UnsafeMutablePointer<UInt8>? {
    let spare = kept.withLock { kept -> Block? in
      kept.wasUsed = true
      return kept.spare.firstIndex { $0.size == size }.map { kept.spare.remove(at: $0) }
    }
    if let spare { return UnsafeMutablePointer(bitPattern: spare.address) }
    return HashingMemory.map(size)
  }

  private static let page = 4_096
  private static let hugePage = 2 << 20

  /// Begins at a multiple of a huge page, and ends with the last page that is needed.
  private static func map(_ size: Int) -> UnsafeMutablePointer<UInt8>? {
    guard let found = mmap(nil, size + hugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      found != MAP_FAILED
    else { return nil }
    let before = (hugePage - Int(bitPattern: found) % hugePage) % hugePage
    let start = found + before
    let end = (size + page - 1) / page * page
    if before > 0 { munmap(found, before) }
    munmap(start + end, hugePage - before)
    madvise(start, end, MADV_HUGEPAGE)
    return start.assumingMemoryBound(to: UInt8.self)
  }

  func give(_ memory: UnsafeMutablePointer<UInt8>, _ size: Int) {
    kept.withLock { $0.spare.append(Block(address: UInt(bitPattern: memory), size: size)) }
  }

  /// Gives back to the system what nobody has used since the last call. To be called once a minute or so.
  package func trim() {
    let idle = kept.withLock { kept -> [Block] in
      defer { kept.wasUsed = false }
      guard !kept.wasUsed else { return [] }
      defer { kept.spare = [] }
      return kept.spare
    }
    for block in idle { munmap(UnsafeMutableRawPointer(bitPattern: block.address), block.size) }
  }
}

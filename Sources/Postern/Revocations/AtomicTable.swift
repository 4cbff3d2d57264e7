import Synchronization

/// A map from 64-bit keys to 64-bit values that is read without a lock: open addressing over atomic words, written by
/// one thread at a time.
///
/// Guard: the mutex orders the writers. Readers follow one atomic pointer; slots that have been replaced rest until the
/// second `purge` after that, a minute at least where a lookup takes less than a microsecond.
final class AtomicTable: Sendable {
  private struct Slot: ~Copyable {
    let key = Atomic<UInt64>(0)
    let value = Atomic<UInt64>(0)
    let stamp = Atomic<Int64>(0)
  }

  private final class Slots: Sendable {
    let mask: Int
    /// Guard: written under the owner's mutex, read through atomics.
    nonisolated(unsafe) let base: UnsafeMutablePointer<Slot>

    init(capacity: Int) {
      mask = capacity - 1
      base = .allocate(capacity: capacity)
      for index in 0..<capacity { (base + index).initialize(to: Slot()) }
    }
    deinit {
      base.deinitialize(count: mask + 1)
      base.deallocate()
    }
  }

  private struct Writer {
    var slots: Slots
    var used = 0
    /// Replaced since the last purge, and before it: a reader might still be looking at them.
    var retired: [Slots] = []
    var resting: [Slots] = []
  }

  private let writer: Mutex<Writer>
  private let current: Atomic<UInt>
  private let population = Atomic<Int>(0)

  init() {
    let slots = Slots(capacity: 64)
    writer = Mutex(Writer(slots: slots))
    current = Atomic(AtomicTable.address(slots))
  }

  var count: Int { population.load(ordering: .relaxed) }

  /// The value under a key, `nil` when there is none.
  func value(for key: UInt64) -> UInt64? {
    guard count > 0 else { return nil }
    let stored = AtomicTable.stored(key)
    let slots = UnsafeRawPointer(bitPattern: current.load(ordering: .acquiring))!
    return Unmanaged<Slots>.fromOpaque(slots)._withUnsafeGuaranteedRef { slots in
      var index = AtomicTable.home(stored) & slots.mask
      while true {
        let found = slots.base[index].key.load(ordering: .acquiring)
        if found == stored { return slots.base[index].value.load(ordering: .relaxed) }
        if found == 0 { return nil }
        index = (index + 1) & slots.mask
      }
    }
  }

  /// Stores a value; where the key has one already, the greater counts. `stamp` is what `purge` goes by.
  func insert(_ key: UInt64, value: UInt64, stamp: Int64) {
    writer.withLock { writer in
      if (writer.used + 1) * 2 > writer.slots.mask + 1 { rebuild(&writer, keepingSince: Int64.min) }
      put(AtomicTable.stored(key), value, stamp, in: writer.slots, used: &writer.used)
      population.store(writer.used, ordering: .releasing)
    }
  }

  /// Forgets the entries with a lower stamp. To be called once a minute or less often.
  func purge(before stamp: Int64) {
    writer.withLock { writer in
      writer.resting = writer.retired
      writer.retired = []
      guard
        (0...writer.slots.mask).contains(where: { index in
          writer.slots.base[index].key.load(ordering: .relaxed) != 0
            && writer.slots.base[index].stamp.load(ordering: .relaxed) < stamp
        })
      else { return }
      rebuild(&writer, keepingSince: stamp)
      population.store(writer.used, ordering: .releasing)
    }
  }

  private func rebuild(_ writer: inout Writer, keepingSince stamp: Int64) {
    let old = writer.slots
    let kept = (0...old.mask).count { index in
      old.base[index].key.load(ordering: .relaxed) != 0 && old.base[index].stamp.load(ordering: .relaxed) >= stamp
    }
    var capacity = 64
    while capacity < (kept + 1) * 4 { capacity *= 2 }
    let slots = Slots(capacity: capacity)
    writer.used = 0
    for index in 0...old.mask {
      let slot = old.base + index
      let key = slot.pointee.key.load(ordering: .relaxed)
      let age = slot.pointee.stamp.load(ordering: .relaxed)
      guard key != 0, age >= stamp else { continue }
      put(key, slot.pointee.value.load(ordering: .relaxed), age, in: slots, used: &writer.used)
    }
    writer.slots = slots
    current.store(AtomicTable.address(slots), ordering: .releasing)
    writer.retired.append(old)
  }

  private func put(_ key: UInt64, _ value: UInt64, _ stamp: Int64, in slots: Slots, used: inout Int) {
    var index = AtomicTable.home(key) & slots.mask
    while true {
      let slot = slots.base + index
      let found = slot.pointee.key.load(ordering: .relaxed)
      if found == key {
        if value > slot.pointee.value.load(ordering: .relaxed) { slot.pointee.value.store(value, ordering: .relaxed) }
        slot.pointee.stamp.store(max(stamp, slot.pointee.stamp.load(ordering: .relaxed)), ordering: .relaxed)
        return
      }
      if found == 0 {
        slot.pointee.value.store(value, ordering: .relaxed)
        slot.pointee.stamp.store(stamp, ordering: .relaxed)
        slot.pointee.key.store(key, ordering: .releasing)
        used += 1
        return
      }
      index = (index + 1) & slots.mask
    }
  }

  private static func address(_ slots: Slots) -> UInt { UInt(bitPattern: Unmanaged.passUnretained(slots).toOpaque()) }

  /// Zero marks an empty slot, so it is kept under another key; that one bit is lost to the fold does no harm.
  private static func stored(_ key: UInt64) -> UInt64 { key == 0 ? UInt64.max : key }

  private static func home(_ key: UInt64) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 20)
  }
}

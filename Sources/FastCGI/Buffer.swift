import Glibc

/// A growing block of bytes that a connection holds only while there is something in it.
final class Buffer {
  private(set) var start: UnsafeMutablePointer<UInt8>
  private(set) var capacity: Int
  /// Bytes in use, from the start on.
  private(set) var count = 0

  init(capacity: Int) {
    self.capacity = capacity
    start = .allocate(capacity: capacity)
  }

  /// Holds these bytes and little room.
  convenience init(copying bytes: UnsafeBufferPointer<UInt8>) {
    self.init(capacity: bytes.count)
    append(bytes)
  }

  deinit { start.deallocate() }

  var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

  /// Room for `room` more bytes behind those in use.
  func reserve(_ room: Int) {
    guard capacity - count < room else { return }
    let larger = max(count + room, capacity * 2)
    let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
    memcpy(moved, start, count)
    start.deallocate()
    (start, capacity) = (moved, larger)
  }

  func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let from = bytes.baseAddress else { return }
    reserve(bytes.count)
    memcpy(start + count, from, bytes.count)
    count += bytes.count
  }

  func append(_ bytes: [UInt8]) { bytes.withUnsafeBufferPointer { append($0) } }

  /// Takes `length` bytes that somebody has written behind those in use as in use, too.
  func extend(by length: Int) {
    precondition(length <= capacity - count)
    count += length
  }

  /// Moves the bytes from `position` on to make room for `length` bytes there, whose value is not defined yet.
  func insert(_ length: Int, at position: Int) {
    precondition(position <= count)
    reserve(length)
    memmove(start + position + length, start + position, count - position)
    count += length
  }

  func removeFirst(_ length: Int) {
    precondition(length <= count)
    if length < count, length > 0 { memmove(start, start + length, count - length) }
    count -= length
  }

  func removeAll() { count = 0 }
}

/// The spare buffers of one reactor, so that a request costs no allocation and an idle connection no buffer.
struct BufferPool {
  /// The one that is almost always enough.
  private var first: Buffer?
  private var others: [Buffer] = []
  private static let most = 16
  private static let capacity = 16_384

  mutating func take() -> Buffer {
    if let buffer = first.take() { return buffer }
    return others.popLast() ?? Buffer(capacity: BufferPool.capacity)
  }

  /// Whether a buffer is one of those that the pool lends.
  func lent(_ buffer: Buffer) -> Bool { buffer.capacity >= BufferPool.capacity }

  /// Takes a buffer back; one that has grown, or is one too many, is freed.
  mutating func give(_ buffer: consuming Buffer) {
    guard buffer.capacity <= 4 * BufferPool.capacity, lent(buffer) else { return }
    buffer.removeAll()
    if first == nil {
      first = buffer
    } else if others.count < BufferPool.most {
      others.append(buffer)
    }
  }
}

import HTTP
import Synchronization

/// A name for one request that no other has: in the answer's `X-Request-Id`, and in every log line about it.
struct RequestID: Sendable, CustomStringConvertible {
  fileprivate let number: UInt64

  /// 16 hexadecimal digits.
  var description: String { String(decoding: (0..<16).map(digit), as: UTF8.self) }

  /// Adds `X-Request-Id`, in one piece: every answer has it, those of the hot path too.
  func write(to fields: inout Fields) {
    let name: StaticString = "X-Request-Id: "
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { line in
      _ = line.initialize(fromContentsOf: UnsafeBufferPointer(start: name.utf8Start, count: 14))
      for index in 0..<16 { line.initializeElement(at: 14 + index, to: digit(index)) }
      line.initializeElement(at: 30, to: 0x0D)
      line.initializeElement(at: 31, to: 0x0A)
      fields.append(line: UnsafeBufferPointer(line))
    }
  }

  private func digit(_ index: Int) -> UInt8 {
    let digit = UInt8(truncatingIfNeeded: number >> UInt64(60 - 4 * index)) & 15
    return digit < 10 ? digit + UInt8(ascii: "0") : digit - 10 + UInt8(ascii: "a")
  }

  /// Names requests in turn, from a place that differs between processes and starts.
  final class Source: Sendable {
    private let next: Atomic<UInt64>

    init(start: UInt64 = .random(in: 0...UInt64.max)) { next = Atomic(start) }

    func make() -> RequestID { RequestID(number: next.wrappingAdd(1, ordering: .relaxed).newValue) }
  }
}

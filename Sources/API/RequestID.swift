import HTTP
import Synchronization

/// A name for one request that no other has: in the answer's `X-Request-Id`, and in every log line about it.
struct RequestID: Sendable, CustomStringConvertible {
  fileprivate let number: UInt64

  /// 16 hexadecimal digits.
  var description: String { String(decoding: (0..<16).map(digit), as: UTF8.self) }

  /// Appends the digits without a detour.
  func write(to fields: inout Fields) {
    fields.append("X-Request-Id", count: 16) { buffer in
      for index in 0..<16 { buffer[index] = digit(index) }
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

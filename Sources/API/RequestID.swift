import Synchronization

/// A name for one request that no other has: in the answer's `X-Request-Id`, and in every log line about it.
struct RequestID: Sendable {
  /// 16 hexadecimal digits.
  let text: [UInt8]
  var description: String { String(decoding: text, as: UTF8.self) }

  /// Names requests in turn, from a place that differs between processes and starts.
  final class Source: Sendable {
    private let next: Atomic<UInt64>

    init(start: UInt64 = .random(in: 0...UInt64.max)) { next = Atomic(start) }

    func make() -> RequestID {
      let number = next.wrappingAdd(1, ordering: .relaxed).newValue
      return RequestID(
        text: [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
          for index in 0..<16 {
            let digit = UInt8(truncatingIfNeeded: number >> UInt64(60 - 4 * index)) & 15
            buffer[index] = digit < 10 ? digit + UInt8(ascii: "0") : digit - 10 + UInt8(ascii: "a")
          }
          count = 16
        })
    }
  }
}

import Postern

/// What a parameter can be.
package enum Value: Sendable, Equatable {
  case null
  case integer(Int64)
  case boolean(Bool)
  case text(String)
  case bytes([UInt8])

  init(_ storable: (any Storable)?) { self = storable?.value ?? .null }
}

/// What can be handed over as a parameter as it is.
package protocol Storable {
  var value: Value { get }
}

extension Int64: Storable {
  package var value: Value { .integer(self) }
}

extension Int: Storable {
  package var value: Value { .integer(Int64(self)) }
}

/// All 64 bits, as the signed number of the same pattern.
extension UInt64: Storable {
  package var value: Value { .integer(Int64(bitPattern: self)) }
}

extension Bool: Storable {
  package var value: Value { .boolean(self) }
}

extension String: Storable {
  package var value: Value { .text(self) }
}

extension [UInt8]: Storable {
  package var value: Value { .bytes(self) }
}

/// Microseconds since 1970.
extension Instant: Storable {
  package var value: Value { .integer(microseconds) }
}

import COpenSSL
import Synchronization

/// HMAC with SHA-256 (RFC 2104, RFC 4231) under one key.
///
/// The key is hashed once. A context that holds its state is taken from a few spare ones, used, and put back, by atomic
/// exchanges and without a lock: a thread of low priority that is interrupted in the middle delays no other.
package final class HMACSHA256: Sendable {
  /// Bytes of a tag.
  package static let length = 32

  /// An `EVP_MAC_CTX` that holds the key; it is only copied from. Kept as a number, since pointers are not `Sendable`.
  private let prototype: UInt
  /// Copies of it that nobody uses; 0 where there is none. Whoever takes one owns it until it is put back.
  private let spares = InlineArray<8, Atomic<UInt>> { _ in Atomic(0) }

  /// The key must not be empty; whether it is long enough is for the caller to judge.
  package init(key: [UInt8]) {
    precondition(!key.isEmpty, "HMACSHA256: empty key")
    guard let algorithm = EVP_MAC_fetch(nil, "HMAC", nil), let context = EVP_MAC_CTX_new(algorithm) else {
      fatalError("OpenSSL has no HMAC (EVP_MAC_fetch, error \(ERR_get_error()))")
    }
    EVP_MAC_free(algorithm)
    guard COpenSSL_HMAC_SHA256_init(context, key, key.count) == 1 else {
      fatalError("OpenSSL has no SHA-256 (EVP_MAC_init, error \(ERR_get_error()))")
    }
    prototype = UInt(bitPattern: context)
  }

  deinit {
    EVP_MAC_CTX_free(OpaquePointer(bitPattern: prototype))
    for index in spares.indices {
      EVP_MAC_CTX_free(OpaquePointer(bitPattern: spares[index].load(ordering: .acquiring)))
    }
  }

  package func tag(of message: some Collection<UInt8>) -> [UInt8] {
    let message = Array(message)
    return [UInt8](unsafeUninitializedCapacity: Self.length) { buffer, initialized in
      message.withUnsafeBufferPointer { tag(of: $0, into: buffer) }
      initialized = Self.length
    }
  }

  /// Whether `candidate` is the message's tag, whole; the time taken does not depend on where it differs.
  package func isTag(_ candidate: UnsafeBufferPointer<UInt8>, of message: UnsafeBufferPointer<UInt8>) -> Bool {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.length) { tag in
      self.tag(of: message, into: tag)
      return ConstantTime.areEqual(candidate, UnsafeBufferPointer(tag))
    }
  }

  private func tag(of message: UnsafeBufferPointer<UInt8>, into tag: UnsafeMutableBufferPointer<UInt8>) {
    let context = takeContext()
    // Without a key, EVP_MAC_init goes back to the state behind the key that the context already holds.
    guard EVP_MAC_init(context, nil, 0, nil) == 1, EVP_MAC_update(context, message.baseAddress, message.count) == 1,
      EVP_MAC_final(context, tag.baseAddress, nil, Self.length) == 1
    else { fatalError("OpenSSL's HMAC failed (error \(ERR_get_error()))") }
    giveBack(context)
  }

  private func takeContext() -> OpaquePointer {
    for index in spares.indices {
      if let context = OpaquePointer(bitPattern: spares[index].exchange(0, ordering: .acquiring)) { return context }
    }
    guard let copy = EVP_MAC_CTX_dup(OpaquePointer(bitPattern: prototype)) else {
      fatalError("OpenSSL's HMAC failed (EVP_MAC_CTX_dup, error \(ERR_get_error()))")
    }
    return copy
  }

  private func giveBack(_ context: OpaquePointer) {
    let number = UInt(bitPattern: context)
    for index in spares.indices
    where spares[index].compareExchange(expected: 0, desired: number, ordering: .releasing).exchanged {
      return
    }
    EVP_MAC_CTX_free(context)
  }
}

/// Comparisons that tell nothing by their duration.
package enum ConstantTime {
  /// The time taken depends on the lengths alone.
  package static func areEqual(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    return left.isEmpty || CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0
  }

  package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.withUnsafeBufferPointer { left in right.withUnsafeBufferPointer { areEqual(left, $0) } }
  }
}

import Glibc

/// A system call that failed: which, on what, and the system's reason.
struct SystemFailure: Error, Equatable, CustomStringConvertible {
  let call: String
  let subject: String
  let code: Int32

  /// Of the call that has just failed.
  init(_ call: String, _ subject: String = "", code: Int32 = errno) {
    self.call = call
    self.subject = subject
    self.code = code
  }

  var description: String {
    "\(subject.isEmpty ? call : "\(call) \(printable(subject))"): \(String(cString: strerror(code)))"
  }
}

/// Calls until something other than an interruption happens; -1 is a failure.
func retrying<Result: SignedInteger>(
  _ call: String, _ subject: String = "", _ body: () -> Result
) throws(SystemFailure) -> Result {
  while true {
    let result = body()
    if result != -1 { return result }
    if errno != EINTR { throw SystemFailure(call, subject) }
  }
}

/// All bytes of a descriptor, `limit` at most: more is a failure (`EFBIG`).
func readAll(_ descriptor: Int32, _ subject: String, limit: Int) throws(SystemFailure) -> [UInt8] {
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 16_384)
  while true {
    let count = try retrying("read", subject) { read(descriptor, &buffer, buffer.count) }
    if count == 0 { return bytes }
    bytes.append(contentsOf: buffer[..<count])
    if bytes.count > limit { throw SystemFailure("read", subject, code: EFBIG) }
  }
}

/// Writes all bytes, however many calls that takes.
func writeAll(_ descriptor: Int32, _ bytes: some Sequence<UInt8>, _ subject: String) throws(SystemFailure) {
  let bytes = Array(bytes)
  var written = 0
  while written < bytes.count {
    written += try retrying("write", subject) {
      bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, bytes.count - written) }
    }
  }
}

/// What is answered: a status, header fields, a body.
///
/// A file for the web server to send is a field of its own (`X-Accel-Redirect`, `X-Sendfile`) and needs no body.
package struct Response: Sendable {
  package var status: Int
  package var fields: Fields
  package var body: Body
  /// On the monotonic clock: the answer is held back until then, by the reactor, so that no worker waits.
  package var notBefore: Duration?
  /// What the worker does once the answer is on its way: nothing waits for it.
  package var afterwards: (@Sendable () -> Void)?

  package enum Body: Sendable {
    case bytes([UInt8])
    /// Parks on the connection's reactor and holds no worker, for server-sent events.
    case stream(ResponseStream)
  }

  package init(status: Int, fields: Fields = Fields(), body: Body = .bytes([])) {
    self.status = status
    self.fields = fields
    self.body = body
  }

  /// The body where it is in memory, for tests and for HEAD.
  package var bytes: [UInt8] {
    if case .bytes(let bytes) = body { bytes } else { [] }
  }
}

/// Header fields, kept as the very lines that go out (`Name: value`, CR LF), so that an answer is sent without being
/// built again.
package struct Fields: Sendable, Equatable {
  package private(set) var lines: [UInt8] = []

  package init() {}

  /// Adds one field. Control characters in the value, CR and LF first among them, become spaces: whatever a person
  /// has put into their name cannot start a line of its own.
  package mutating func append(_ name: StaticString, _ value: some Collection<UInt8>) {
    lines.reserveCapacity(lines.count + name.utf8CodeUnitCount + value.count + 4)
    lines.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    lines.append(UInt8(ascii: ":"))
    lines.append(UInt8(ascii: " "))
    for byte in value { lines.append(byte < 0x20 || byte == 0x7F ? 0x20 : byte) }
    lines.append(0x0D)
    lines.append(0x0A)
  }

  package mutating func append(_ name: StaticString, _ value: String) { append(name, value.utf8) }

  /// Adds all fields of another list, unchanged.
  package mutating func append(_ other: Fields) { lines.append(contentsOf: other.lines) }

  /// The values of a field, in order; names are compared without regard to case (RFC 9110, section 5.1).
  package func values(of name: String) -> [String] {
    lines.split(separator: 0x0A).compactMap { line in
      let text = String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
      guard let colon = text.firstIndex(of: ":"), text[..<colon].lowercased() == name.lowercased() else { return nil }
      return String(text[text.index(after: colon)...].drop { $0 == " " })
    }
  }

  package subscript(name: String) -> String? { values(of: name).first }
}

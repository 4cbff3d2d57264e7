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

  package mutating func append(_ name: StaticString, _ value: String) {
    var value = value
    value.withUTF8 { append(name, $0) }
  }

  /// Adds a whole line that was made here, with its CR and LF, and holds nothing of a stranger's.
  package mutating func append(line: UnsafeBufferPointer<UInt8>) { lines.append(contentsOf: line) }

  /// Adds all fields of another list, unchanged.
  package mutating func append(_ other: Fields) {
    if lines.isEmpty { lines = other.lines } else { lines.append(contentsOf: other.lines) }
  }

  /// Whether there is a field of that very name, as it was appended.
  package func has(_ name: StaticString) -> Bool {
    let wanted = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    return lines.withUnsafeBufferPointer { lines in
      var start = 0
      while start + wanted.count < lines.count {
        if lines[start + wanted.count] == UInt8(ascii: ":"),
          UnsafeBufferPointer(rebasing: lines[start..<start + wanted.count]).isEqual(to: wanted)
        {
          return true
        }
        while lines[start] != 0x0A { start += 1 }
        start += 1
      }
      return false
    }
  }

  /// The values of a field, in order; names are compared without regard to case (RFC 9110, section 5.1).
  package func values(of name: String) -> [String] {
    lines.split(separator: 0x0A).compactMap { line in
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")),
        String(decoding: line[..<colon], as: UTF8.self).lowercased() == name.lowercased()
      else { return nil }
      let value = line[(colon + 1)...].drop { $0 == 0x20 }
      return String(decoding: value.last == 0x0D ? value.dropLast() : value, as: UTF8.self)
    }
  }

  package subscript(name: String) -> String? { values(of: name).first }
}

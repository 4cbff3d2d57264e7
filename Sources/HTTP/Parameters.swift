/// The CGI parameters of one request (RFC 3875, section 4.1), as the web server sent them.
///
/// They are kept as one block of bytes with an index, so that a request costs two allocations however many
/// parameters it has, and none when the block is used again. A parameter that came twice counts with its last value,
/// as in PHP: nginx sends both when a location includes `fastcgi_params` and sets one of them again.
package struct Parameters: Sendable {
  /// `NAME=VALUE` at `start`.
  private struct Entry {
    var start: UInt32
    var nameLength: UInt32
    var valueLength: UInt32

    var valueStart: Int { Int(start + nameLength) + 1 }
    var value: Range<Int> { valueStart..<valueStart + Int(valueLength) }
  }

  /// What lies behind `used` is room for more.
  private var bytes: [UInt8] = []
  private var used = 0
  private var entries: [Entry] = []

  package init() {}

  /// For tests and for requests that are made here: name and value pairs in order.
  package init(_ pairs: KeyValuePairs<String, String>) {
    for (name, value) in pairs { append(name: name.utf8, value: value.utf8) }
  }

  /// Forgets all parameters and keeps the memory.
  package mutating func removeAll() {
    used = 0
    entries.removeAll(keepingCapacity: true)
  }

  package mutating func append(name: some Collection<UInt8>, value: some Collection<UInt8>) {
    let pair = Array(name) + [UInt8(ascii: "=")] + Array(value)
    pair.withUnsafeBufferPointer { append(pair: $0, nameLength: name.count) }
  }

  /// Appends one `NAME=VALUE`, the form in which libfcgi hands parameters over; without `=` the value is empty.
  package mutating func append(pair: UnsafeBufferPointer<UInt8>) {
    append(pair: pair, nameLength: pair.index(of: UInt8(ascii: "="), from: 0))
  }

  private mutating func append(pair: UnsafeBufferPointer<UInt8>, nameLength: Int) {
    let room = pair.count + 1 - (bytes.count - used)
    if room > 0 { bytes.append(contentsOf: repeatElement(0, count: max(room, bytes.count, 1_024))) }
    let start = used
    bytes.withUnsafeMutableBufferPointer { block in
      let place = block.baseAddress! + start
      if let source = pair.baseAddress { place.update(from: source, count: pair.count) }
      // Where there was no `=`, the empty value begins behind this one.
      place[pair.count] = UInt8(ascii: "=")
    }
    entries.append(
      Entry(
        start: UInt32(start), nameLength: UInt32(nameLength),
        valueLength: UInt32(max(0, pair.count - nameLength - 1))))
    used += pair.count + 1
  }

  /// The value as text, invalid UTF-8 repaired; `nil` when the parameter did not come.
  package subscript(name: StaticString) -> String? {
    value(of: name).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The bytes of the parameter's last value, not copied; `nil` when it did not come.
  package func value(of name: StaticString) -> ArraySlice<UInt8>? {
    range(of: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)).map { bytes[$0] }
  }

  /// The same for a name that is not known before the start.
  package func value(named name: String) -> ArraySlice<UInt8>? {
    Array(name.utf8).withUnsafeBufferPointer { range(of: $0) }.map { bytes[$0] }
  }

  /// Where the last value of that name is.
  private func range(of name: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
    bytes.withUnsafeBufferPointer { block in
      entries.withUnsafeBufferPointer { entries in
        var index = entries.count
        while index > 0 {
          index -= 1
          if matches(entries[index], name, in: block) { return entries[index].value }
        }
        return nil
      }
    }
  }

  /// How many times the parameter came. For `AUTH_REQUIRE` and its like, more than once is a mistake to refuse.
  package func count(of name: StaticString) -> Int {
    let name = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    return bytes.withUnsafeBufferPointer { block in
      entries.reduce(0) { matches($1, name, in: block) ? $0 + 1 : $0 }
    }
  }

  /// Whether any parameter whose name begins so came more than once.
  package func repeats(prefix: StaticString) -> Bool {
    let prefix = UnsafeBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
    return bytes.withUnsafeBufferPointer { block in
      entries.indices.contains { index in
        let entry = entries[index]
        guard Int(entry.nameLength) >= prefix.count, block[Int(entry.start)] == prefix[0] else { return false }
        let name = UnsafeBufferPointer(rebasing: block[Int(entry.start)..<entry.valueStart - 1])
        guard UnsafeBufferPointer(rebasing: name[..<prefix.count]).isEqual(to: prefix) else { return false }
        return entries[..<index].contains { matches($0, name, in: block) }
      }
    }
  }

  /// Whether the parameter came with a value that is not empty.
  package func has(_ name: StaticString) -> Bool { value(of: name)?.isEmpty == false }

  /// Whether the parameter's value is exactly these ASCII bytes.
  package func isEqual(_ name: StaticString, _ expected: StaticString) -> Bool {
    let expected = UnsafeBufferPointer(start: expected.utf8Start, count: expected.utf8CodeUnitCount)
    return value(of: name)?.withUnsafeBufferPointer { $0.isEqual(to: expected) } ?? false
  }

  private func matches(
    _ entry: Entry, _ name: UnsafeBufferPointer<UInt8>, in block: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    guard Int(entry.nameLength) == name.count else { return false }
    return UnsafeBufferPointer(rebasing: block[Int(entry.start)..<Int(entry.start) + name.count]).isEqual(to: name)
  }
}

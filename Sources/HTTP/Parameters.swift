import Glibc

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
    makeRoom(name.count + value.count + 2)
    bytes.replaceSubrange(used..<used + name.count, with: name)
    bytes[used + name.count] = UInt8(ascii: "=")
    let valueStart = used + name.count + 1
    bytes.replaceSubrange(valueStart..<valueStart + value.count, with: value)
    note(name.count + 1 + value.count, name.count)
  }

  /// Appends every `NAME=VALUE` of a C environment, the form in which libfcgi hands parameters over. Returns how many
  /// bytes they have in all, without what ends them.
  package mutating func append(environment: UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Int {
    var (total, next) = (0, environment)
    while let pair = next.pointee {
      let length = strlen(pair)
      makeRoom(length + 1)
      let nameLength = bytes.withUnsafeMutableBufferPointer { block in
        let place = block.baseAddress! + used
        // Where there was no `=`, the empty value begins behind this one.
        memcpy(place, pair, length)
        place[length] = UInt8(ascii: "=")
        return UnsafeBufferPointer(start: place, count: length).index(of: UInt8(ascii: "="), from: 0)
      }
      note(length, nameLength)
      total += length
      next += 1
    }
    return total
  }

  @inline(__always)
  private mutating func makeRoom(_ count: Int) {
    let missing = count - (bytes.count - used)
    if missing > 0 { bytes.append(contentsOf: repeatElement(0, count: max(missing, bytes.count, 1_024))) }
  }

  @inline(__always)
  private mutating func note(_ length: Int, _ nameLength: Int) {
    entries.append(
      Entry(
        start: UInt32(truncatingIfNeeded: used), nameLength: UInt32(truncatingIfNeeded: nameLength),
        valueLength: UInt32(truncatingIfNeeded: max(0, length - nameLength - 1))))
    used += length + 1
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

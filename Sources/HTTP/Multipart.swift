/// Parts of `multipart/form-data` (RFC 7578): a form that files come with.
///
/// Contents are slices of the body, never copied. Every byte is a stranger's: what is not just so is no form.
package struct Multipart: Sendable {
  package struct Part: Sendable {
    package let name: String
    /// As the browser calls the file; empty where none was chosen, `nil` where the part is no file.
    package let fileName: String?
    /// In lower case, without parameters; empty where nothing is said.
    package let mediaType: String
    package let content: ArraySlice<UInt8>
  }

  package let parts: [Part]

  /// No form has more parts here, nor one with a longer head.
  static let mostParts = 20
  static let longestHead = 4_096

  /// - Parameter contentType: the request's, which names the boundary (RFC 2046, section 5.1.1).
  package init?(parsing body: [UInt8], contentType: some Collection<UInt8>) {
    let type = FieldParameters(contentType)
    guard type.value.elementsEqual("multipart/form-data".utf8), let boundary = type["boundary"],
      (1...70).contains(boundary.count), !boundary.contains(where: { $0 < 0x20 || $0 >= 0x7F })
    else { return nil }
    let delimiter = Array("\r\n--".utf8) + boundary
    // What stands before the first delimiter is passed over, and that one may stand at the very beginning.
    var place: Int
    if body.starts(with: delimiter.dropFirst(2)) {
      place = delimiter.count - 2
    } else {
      guard let first = Multipart.find(delimiter, in: body, from: 0) else { return nil }
      place = first + delimiter.count
    }
    var parts: [Part] = []
    while !body[place...].starts(with: "--".utf8) {
      // Blanks may follow a delimiter.
      place = body[place...].firstIndex { $0 != 0x20 && $0 != 0x09 } ?? body.count
      guard parts.count < Multipart.mostParts, body[place...].starts(with: "\r\n".utf8),
        let head = Multipart.endOfHead(body, from: place), head.end - place <= Multipart.longestHead,
        let end = Multipart.find(delimiter, in: body, from: head.end - 2),
        let part = Part(head: body[place..<head.end], content: body[min(head.content, end)..<end])
      else { return nil }
      parts.append(part)
      place = end + delimiter.count
    }
    // Behind the last delimiter the line ends, and whatever follows is passed over.
    let rest = body[(place + 2)...].drop { $0 == 0x20 || $0 == 0x09 }
    guard rest.isEmpty || rest.starts(with: "\r\n".utf8) else { return nil }
    self.parts = parts
  }

  /// The part of that name; `nil` when it is missing or came twice.
  package subscript(name: String) -> Part? {
    let found = parts.filter { $0.name.utf8.elementsEqual(name.utf8) }
    return found.count == 1 ? found[0] : nil
  }

  /// Where a part's head ends, with the line end of its last field, and its content begins.
  private static func endOfHead(_ body: [UInt8], from place: Int) -> (end: Int, content: Int)? {
    find(Array("\r\n\r\n".utf8), in: body, from: place).map { ($0 + 2, $0 + 4) }
  }

  /// Where the wanted bytes begin, of which the first is CR. A delimiter has no second one, so that no byte of the body
  /// is looked at more than twice, whatever nearly matches.
  private static func find(_ wanted: [UInt8], in body: [UInt8], from place: Int) -> Int? {
    body.withUnsafeBufferPointer { body in
      wanted.withUnsafeBufferPointer { wanted in
        var start = body.index(of: 0x0D, from: place)
        while start <= body.count - wanted.count {
          if UnsafeBufferPointer(rebasing: body[start..<start + wanted.count]).isEqual(to: wanted) { return start }
          start = body.index(of: 0x0D, from: start + 1)
        }
        return nil
      }
    }
  }
}

extension Multipart.Part {
  /// `nil` where the head does not say which field of a form it is (RFC 7578, section 4.2).
  fileprivate init?(head: ArraySlice<UInt8>, content: ArraySlice<UInt8>) {
    var disposition: FieldParameters?
    var type: FieldParameters?
    for line in head.split(separator: 0x0A) {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      let name = line[..<colon].map(FieldParameters.lowercased)
      if name.elementsEqual("content-disposition".utf8) {
        guard disposition == nil else { return nil }
        disposition = FieldParameters(line[(colon + 1)...])
      } else if name.elementsEqual("content-type".utf8) {
        guard type == nil else { return nil }
        type = FieldParameters(line[(colon + 1)...])
      }
    }
    guard let disposition, disposition.value.elementsEqual("form-data".utf8), let name = disposition["name"] else {
      return nil
    }
    self.name = String(decoding: name, as: UTF8.self)
    fileName = disposition["filename"].map { String(decoding: $0, as: UTF8.self) }
    mediaType = String(decoding: type?.value ?? [], as: UTF8.self)
    self.content = content
  }
}

/// A header field's value with its parameters, such as `form-data; name="a"` (RFC 9110, section 5.6.6).
struct FieldParameters {
  /// In lower case.
  private(set) var value: [UInt8]
  private var parameters: [(name: [UInt8], value: [UInt8])] = []

  init(_ field: some Collection<UInt8>) {
    let bytes = Array(FieldParameters.trimmed(Array(field)[...]))
    var place = 0
    func text(until isEnd: (UInt8) -> Bool) -> ArraySlice<UInt8> {
      let end = bytes[place...].firstIndex(where: isEnd) ?? bytes.count
      defer { place = end }
      return bytes[place..<end]
    }
    value = FieldParameters.trimmed(text { $0 == UInt8(ascii: ";") }).map(FieldParameters.lowercased)
    while place < bytes.count, parameters.count < 16 {
      place += 1
      let name = FieldParameters.trimmed(text { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ";") })
      guard place < bytes.count, bytes[place] == UInt8(ascii: "=") else { continue }
      place += 1
      var content: [UInt8] = []
      if place < bytes.count, bytes[place] == UInt8(ascii: "\"") {
        place += 1
        while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
          // Only these two need the backslash; elsewhere it belongs to a file's name.
          if bytes[place] == UInt8(ascii: "\\"), place + 1 < bytes.count,
            bytes[place + 1] == UInt8(ascii: "\"") || bytes[place + 1] == UInt8(ascii: "\\")
          {
            place += 1
          }
          content.append(bytes[place])
          place += 1
        }
        _ = text { $0 == UInt8(ascii: ";") }
      } else {
        content = Array(FieldParameters.trimmed(text { $0 == UInt8(ascii: ";") }))
      }
      parameters.append((name.map(FieldParameters.lowercased), content))
    }
  }

  /// `nil` when it is missing or came twice.
  subscript(name: String) -> [UInt8]? {
    let found = parameters.filter { $0.name.elementsEqual(name.utf8) }
    return found.count == 1 ? found[0].value : nil
  }

  static func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

  /// Without blanks and line ends around it.
  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
    guard let first = bytes.firstIndex(where: { !isBlank($0) }), let last = bytes.lastIndex(where: { !isBlank($0) })
    else { return [] }
    return bytes[first...last]
  }
}

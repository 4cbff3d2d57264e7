/// Reading the `Cookie` field (RFC 6265, section 5.4) and writing `Set-Cookie` (section 4.1).
package enum Cookies {
  /// More cookies than this in one request are refused.
  package static let most = 100

  /// Calls `body` with the value of each cookie of that name, in the order in which they came, until it returns false.
  /// Names are compared exactly; spaces around a pair and a pair of double quotes around a value are not part of it.
  package static func forEach<Failure: Error>(
    named name: UnsafeBufferPointer<UInt8>, in header: UnsafeBufferPointer<UInt8>,
    _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Bool
  ) throws(Failure) {
    var start = 0
    let count = header.count
    while start < count {
      let end = header.index(of: UInt8(ascii: ";"), from: start)
      while start < end, header[start] == 0x20 || header[start] == 0x09 { start += 1 }
      let equals = start + name.count
      if equals < end, header[equals] == UInt8(ascii: "="),
        UnsafeBufferPointer(rebasing: header[start..<equals]).isEqual(to: name)
      {
        var (from, to) = (equals + 1, end)
        while to > from, header[to - 1] == 0x20 || header[to - 1] == 0x09 { to -= 1 }
        if to - from >= 2, header[from] == UInt8(ascii: "\""), header[to - 1] == UInt8(ascii: "\"") {
          (from, to) = (from + 1, to - 1)
        }
        if try !body(UnsafeBufferPointer(rebasing: header[from..<to])) { return }
      }
      start = end + 1
    }
  }

  /// How many cookies the field holds.
  package static func count(in header: UnsafeBufferPointer<UInt8>) -> Int {
    header.isEmpty ? 0 : header.reduce(1) { $1 == UInt8(ascii: ";") ? $0 + 1 : $0 }
  }
}

/// One cookie to set, with every attribute as configured.
package struct Cookie: Sendable, Equatable {
  package enum SameSite: String, Sendable, CaseIterable {
    case strict = "Strict"
    case lax = "Lax"
    case none = "None"
  }

  package var name: String
  package var value: String
  package var path: String
  package var domain: String?
  package var isSecure: Bool
  package var isHTTPOnly: Bool
  package var sameSite: SameSite?
  /// Seconds; `nil` makes a cookie that ends with the browser's session.
  package var maxAge: Int64?

  package init(
    name: String, value: String, path: String = "/", domain: String? = nil, isSecure: Bool = true,
    isHTTPOnly: Bool = true, sameSite: SameSite? = .strict, maxAge: Int64? = nil
  ) {
    self.name = name
    self.value = value
    self.path = path
    self.domain = domain
    self.isSecure = isSecure
    self.isHTTPOnly = isHTTPOnly
    self.sameSite = sameSite
    self.maxAge = maxAge
  }

  /// The value of the `Set-Cookie` field.
  package var field: String {
    var text = "\(name)=\(value)"
    if let maxAge { text += "; Max-Age=\(maxAge)" }
    if let domain { text += "; Domain=\(domain)" }
    if isSecure { text += "; Secure" }
    if isHTTPOnly { text += "; HttpOnly" }
    text += "; Path=\(path)"
    if let sameSite { text += "; SameSite=\(sameSite.rawValue)" }
    return text
  }

  /// The value of the `Set-Cookie` field that makes a browser forget this cookie.
  package var removal: String {
    var gone = self
    gone.value = ""
    gone.maxAge = nil
    return gone.field.replacing(prefix: "\(name)=", with: "\(name)=; Expires=Thu, 01 Jan 1970 00:00:00 GMT")
  }
}

extension String {
  fileprivate func replacing(prefix: String, with replacement: String) -> String {
    hasPrefix(prefix) ? replacement + dropFirst(prefix.count) : self
  }
}

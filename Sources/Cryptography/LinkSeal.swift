package import Postern

/// The texts of mailed links, the link's id and its tag, in Base64 for addresses (RFC 4648, section 5); and mailed
/// codes.
///
/// The tag is the first 128 bits of HMAC-SHA-256 under a key of its own, over the purpose and the id: a link of one
/// purpose is none of another, and nobody who reads the database can make one.
package struct LinkSeal: LinkSealer {
  private static let tagLength = 16
  private let key: HMACSHA256
  private let codeKey: HMACSHA256

  package init(secretKey: [UInt8]) {
    key = HMACSHA256(key: DerivedKey(from: secretKey, for: .link).bytes)
    codeKey = HMACSHA256(key: DerivedKey(from: secretKey, for: .mailedCode).bytes)
  }

  /// The first 64 bits of HMAC-SHA-256 over the id, modulo a million: no code is likelier than another by more than one
  /// in ten trillion.
  package func code(of id: LinkID) -> String {
    let number = codeKey.tag(of: id.bytes).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let digits = String(number % 1_000_000)
    return String(repeating: "0", count: 6 - digits.utf8.count) + digits
  }

  package func text(of id: LinkID, for purpose: Link.Purpose) -> String {
    Base64.url.encode(id.bytes + tag(of: id, purpose))
  }

  package func id(of text: ArraySlice<UInt8>, for purpose: Link.Purpose) -> LinkID? {
    // 32 bytes are 43 characters: nothing else is looked at.
    guard text.count == 43, let bytes = Base64.url.decode(String(decoding: text, as: UTF8.self)),
      let id = LinkID(Array(bytes.prefix(LinkID.length))),
      ConstantTime.areEqual(Array(bytes.dropFirst(LinkID.length)), tag(of: id, purpose))
    else { return nil }
    return id
  }

  private func tag(of id: LinkID, _ purpose: Link.Purpose) -> [UInt8] {
    Array(key.tag(of: Array("\(purpose.rawValue) ".utf8) + id.bytes).prefix(Self.tagLength))
  }
}

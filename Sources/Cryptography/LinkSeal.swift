package import Postern

/// The texts of mailed links: the link's id and its tag, in Base64 for addresses (RFC 4648, section 5).
///
/// The tag is the first 128 bits of HMAC-SHA-256 under a key of its own, over the purpose and the id: a link of one
/// purpose is none of another, and nobody who reads the database can make one.
package struct LinkSeal: LinkSealer {
  private static let tagLength = 16
  private let key: HMACSHA256

  package init(secretKey: [UInt8]) { key = HMACSHA256(key: DerivedKey(from: secretKey, for: .link).bytes) }

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

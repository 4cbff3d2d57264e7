package import Postern

/// The texts of the cookies that tell known browsers: the mark and its tag, in Base64 for addresses (RFC 4648, section
/// 5).
///
/// The tag is the first 128 bits of HMAC-SHA-256 under a key of its own, over account, epoch and mark, 8 bytes each.
package struct BrowserSeal: BrowserSealer {
  private static let tagLength = 16
  private let key: HMACSHA256

  package init(secretKey: [UInt8]) { key = HMACSHA256(key: DerivedKey(from: secretKey, for: .browser).bytes) }

  package func text(of mark: BrowserMark, for account: Account) -> String {
    Base64.url.encode(mark.value.bigEndianBytes + tag(of: mark, account))
  }

  package func mark(of text: String, for account: Account) -> BrowserMark? {
    // 24 bytes are 32 characters: nothing else is looked at.
    guard text.utf8.count == 32, let bytes = Base64.url.decode(text), bytes.count == 24 else { return nil }
    let mark = BrowserMark(bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    guard ConstantTime.areEqual(Array(bytes.dropFirst(8)), tag(of: mark, account)) else { return nil }
    return mark
  }

  private func tag(of mark: BrowserMark, _ account: Account) -> [UInt8] {
    let message =
      account.id.value.bigEndianBytes + account.epoch.bigEndianBytes + mark.value.bigEndianBytes
    return Array(key.tag(of: message).prefix(BrowserSeal.tagLength))
  }
}

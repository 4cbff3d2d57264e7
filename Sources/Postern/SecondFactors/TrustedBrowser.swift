/// A browser that is not asked for a second factor, since its owner has said so on it.
package struct TrustedBrowser: Sendable, Equatable {
  /// 16 random bytes, and no secret: the cookie's text is a seal over them.
  package struct ID: Sendable, Hashable {
    package static let length = 16
    package let bytes: [UInt8]

    /// `nil` for any other number of bytes.
    package init?(_ bytes: [UInt8]) {
      guard bytes.count == ID.length else { return nil }
      self.bytes = bytes
    }

    package init(random: any RandomSource) { bytes = random.bytes(ID.length) }
  }

  package var id: ID
  package var account: AccountID
  /// The account's when the browser was trusted: under another one it is not.
  package var epoch: Int64
  package var createdAt: Instant
  package var expiresAt: Instant
  package var lastUsedAt: Instant?
  package var address: String
  package var userAgent: String

  package init(
    id: ID, account: AccountID, epoch: Int64, createdAt: Instant, expiresAt: Instant, lastUsedAt: Instant? = nil,
    address: String, userAgent: String
  ) {
    self.id = id
    self.account = account
    self.epoch = epoch
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.lastUsedAt = lastUsedAt
    self.address = address
    self.userAgent = userAgent
  }
}

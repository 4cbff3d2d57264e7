/// Names a mailed link: 16 random bytes. They are no secret; the link's text is, which only a `LinkSealer` can make of
/// them. So whoever reads the database gets hold of no link.
package struct LinkID: Sendable, Hashable {
  package static let length = 16

  package let bytes: [UInt8]

  /// `nil` for any other number of bytes.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == LinkID.length else { return nil }
    self.bytes = bytes
  }

  package init(random: any RandomSource) { bytes = random.bytes(LinkID.length) }
}

/// What somebody who has got a mail may do, once: its text is in that mail only.
package struct Link: Sendable, Equatable {
  /// The raw value is what the database keeps, and goes into the link's seal: changing it makes links invalid.
  package enum Purpose: String, Sendable, CaseIterable {
    /// Proves the account's address, together with its session or password.
    case confirmAddress = "confirm"
    /// Sets a password without the present one, and proves the address.
    case resetPassword = "reset"
    /// Puts `email` in the place of the account's address.
    case confirmNewAddress = "change"
    /// Puts `email`, the address before a change, back again. As long as such a link is good, nobody else gets it.
    case undoAddressChange = "undo"
    /// A code that finishes a sign-in; its id is that of the sign-in, whose ticket has to come along.
    case signInCode = "code"

    /// How long the link is good from when it was made.
    package var lifetime: Duration {
      switch self {
      case .confirmAddress, .confirmNewAddress: .seconds(48 * 3600)
      case .resetPassword: .seconds(3600)
      case .undoAddressChange: .seconds(7 * 86_400)
      case .signInCode: .seconds(600)
      }
    }

    /// The same for people, such as `48 hours`.
    package var lifetimeInWords: String {
      let seconds = lifetime.components.seconds
      let (count, unit) =
        switch seconds {
        case ..<3600: (seconds / 60, "minute")
        case ...(48 * 3600): (seconds / 3600, "hour")
        default: (seconds / 86_400, "day")
        }
      return "\(count) \(unit)\(count == 1 ? "" : "s")"
    }
  }

  package var id: LinkID
  package var purpose: Purpose
  /// `nil` where the account has been removed since.
  package var account: AccountID?
  /// The address that the purpose speaks of; `nil` where the account has been removed since.
  package var email: EmailAddress?
  package var createdAt: Instant
  package var expiresAt: Instant
  /// When it did its work, which it does once.
  package var usedAt: Instant?

  package init(
    id: LinkID, purpose: Purpose, account: AccountID?, email: EmailAddress?, createdAt: Instant, expiresAt: Instant,
    usedAt: Instant? = nil
  ) {
    self.id = id
    self.purpose = purpose
    self.account = account
    self.email = email
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.usedAt = usedAt
  }
}

/// A link that is to be made, for the account that its mail is about.
package struct NewLink: Sendable, Equatable {
  package var id: LinkID
  package var purpose: Link.Purpose
  /// As `Link.email`.
  package var email: EmailAddress

  package init(_ purpose: Link.Purpose, _ email: EmailAddress, random: any RandomSource) {
    self.init(LinkID(random: random), purpose, email)
  }

  package init(_ id: LinkID, _ purpose: Link.Purpose, _ email: EmailAddress) {
    self.id = id
    self.purpose = purpose
    self.email = email
  }
}

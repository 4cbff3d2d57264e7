/// A mail that is to be written, as it goes into the outbox: in the transaction that makes true what it says.
package struct Mail: Sendable, Equatable {
  /// What it is about. Each has its words in files of that name, which a site can replace.
  package enum Kind: String, Sendable, CaseIterable {
    /// Asks the owner of a new account's address to prove it.
    case confirmAddress = "confirm-address"
    /// Somebody wanted to register with an address that has an account, or to change theirs to it.
    case addressTaken = "address-taken"
    case resetPassword = "reset-password"
    case passwordChanged = "password-changed"
    /// Asks the owner of an address whether it may become an account's.
    case confirmNewAddress = "confirm-new-address"
    /// To the present address: a change has been asked for.
    case addressChangeAsked = "address-change-asked"
    /// To the address before: it has changed, and can be changed back.
    case addressChanged = "address-changed"
    /// What an account is proven by, besides its password, has changed.
    case secondFactorAdded = "second-factor-added"
    case secondFactorRemoved = "second-factor-removed"
    case recoveryCodesReplaced = "recovery-codes-replaced"
    case recoveryCodeUsed = "recovery-code-used"
    case accountDeleted = "account-deleted"
    /// Brings a code that finishes a sign-in.
    case signInCode = "sign-in-code"
    /// Somebody who knows the password has given wrong codes.
    case codesFailed = "codes-failed"
    /// What `postern mail test` sends.
    case test
  }

  /// Its name on the way (`Message-ID`, RFC 5322, section 3.6.4), the same at every attempt: 16 random bytes.
  package var id: [UInt8]
  package var kind: Kind
  package var recipient: EmailAddress
  /// What the words speak of, by the name of the placeholder. The site, and the link, are known anyway.
  package var values: [String: String]
  /// The link that it brings; made with the mail.
  package var link: NewLink?

  package init(
    _ kind: Kind, to recipient: EmailAddress, values: [String: String] = [:], link: Link.Purpose? = nil,
    about email: EmailAddress? = nil, random: any RandomSource
  ) {
    id = random.bytes(16)
    self.kind = kind
    self.recipient = recipient
    self.values = values
    self.link = link.map { NewLink($0, email ?? recipient, random: random) }
  }

  /// A mail to the owner of an account, about what came from that client; `nil`: from the command line.
  package init(
    _ kind: Kind, to account: Account, client: Client?, link: Link.Purpose? = nil, random: any RandomSource
  ) {
    var values = client.map(Mail.values) ?? [:]
    // Else whoever registers a stranger's address could write to the stranger, in the site's name.
    if account.isVerified { values["name"] = account.profile.fullName }
    self.init(kind, to: account.email, values: values, link: link, random: random)
  }

  /// What a mail says of where something came from.
  package static func values(_ client: Client) -> [String: String] {
    ["address": client.address, "device": deviceName(ofUserAgent: client.userAgent)]
  }

  /// One that is in the outbox already.
  package init(id: [UInt8], _ kind: Kind, to recipient: EmailAddress, values: [String: String], link: NewLink?) {
    self.id = id
    self.kind = kind
    self.recipient = recipient
    self.values = values
    self.link = link
  }

  /// How long it is worth delivering: a link that is good no more is worth nothing.
  package var lifetime: Duration { link?.purpose.lifetime ?? .seconds(7 * 86_400) }
}

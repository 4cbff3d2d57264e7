package struct AccountID: Sendable, Hashable, CustomStringConvertible {
  package let value: Int64
  package init(_ value: Int64) { self.value = value }
  package var description: String { String(value) }
}

/// Somebody who can sign in.
package struct Account: Sendable, Equatable {
  package var id: AccountID
  package var email: EmailAddress
  /// A PHC string, `nil` where the person signs in by other means.
  package var passwordHash: String?
  /// Where the account came from: `local`, or the name of a provider.
  package var provider: String
  package var role: Role?
  package var isVerified: Bool
  package var isActive: Bool
  package var hasSecondFactor: Bool
  package var profile: Profile
  /// The picture that the person has brought.
  package var picture: PictureName?
  package var createdAt: Instant
  package var updatedAt: Instant
  /// Raised whenever everything that was issued to this account so far must end; tokens carry it.
  package var epoch: Int64
  /// Raised whenever something that tokens say of this account has changed; tokens carry it. It ends nothing.
  package var revision: Int64

  package init(
    id: AccountID, email: EmailAddress, passwordHash: String?, provider: String = "local", role: Role? = nil,
    isVerified: Bool = false, isActive: Bool = true, hasSecondFactor: Bool = false, profile: Profile = Profile(),
    picture: PictureName? = nil, createdAt: Instant, updatedAt: Instant, epoch: Int64 = 0,
    revision: Int64 = 0
  ) {
    self.id = id
    self.email = email
    self.passwordHash = passwordHash
    self.provider = provider
    self.role = role
    self.isVerified = isVerified
    self.isActive = isActive
    self.hasSecondFactor = hasSecondFactor
    self.profile = profile
    self.picture = picture
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.epoch = epoch
    self.revision = revision
  }
}

/// What is needed to make an account; only these fields, so nothing else can be assigned by whoever registers.
package struct NewAccount: Sendable {
  package var email: EmailAddress
  package var passwordHash: String?
  package var profile: Profile
  /// By name; set by an administrator, never by whoever registers.
  package var roleName: String?
  package var isVerified: Bool

  package init(
    email: EmailAddress, passwordHash: String?, profile: Profile = Profile(), roleName: String? = nil,
    isVerified: Bool = false
  ) {
    self.email = email
    self.passwordHash = passwordHash
    self.profile = profile
    self.roleName = roleName
    self.isVerified = isVerified
  }
}

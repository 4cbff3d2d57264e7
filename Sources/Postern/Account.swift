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
  package var createdAt: Instant
  package var updatedAt: Instant
  /// Raised whenever everything that was issued to this account so far must end; tokens carry it.
  package var epoch: Int64

  package init(
    id: AccountID, email: EmailAddress, passwordHash: String?, provider: String = "local", role: Role? = nil,
    isVerified: Bool = false, isActive: Bool = true, hasSecondFactor: Bool = false, profile: Profile = Profile(),
    createdAt: Instant, updatedAt: Instant, epoch: Int64 = 0
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
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.epoch = epoch
  }
}

/// What a person says of themselves; all of it may be missing.
package struct Profile: Sendable, Equatable {
  package var firstName: String?
  package var lastName: String?
  package var phoneNumber: String?
  /// `YYYY-MM-DD`.
  package var dateOfBirth: String?
  package var pictureURL: String?
  package var bio: String?
  package var address: String?
  package var city: String?
  package var state: String?
  package var country: String?
  package var zipCode: String?
  package var occupation: String?

  package init() {}
}

/// A role with the permissions that it grants, both by name.
package struct Role: Sendable, Equatable {
  package var id: Int64
  package var name: String
  package var permissions: [String]

  package init(id: Int64, name: String, permissions: [String] = []) {
    self.id = id
    self.name = name
    self.permissions = permissions
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

/// The port to where accounts are kept. When a function returns, what it did has been committed; when it throws
/// anything but `emailTaken` or `unknownRole`, the outcome may be unknown.
package protocol AccountStore: Sendable {
  /// Throws `emailTaken` when the address has an account, `unknownRole` when the role does not exist.
  func create(_ account: NewAccount) throws(StoreError) -> Account
  func find(_ id: AccountID) throws(StoreError) -> Account?
  func find(_ email: EmailAddress) throws(StoreError) -> Account?
  /// By id, ascending, those after `after`; at most `limit`.
  func list(after: AccountID?, limit: Int) throws(StoreError) -> [Account]
  /// Puts `new` in the place of `old`, and ends nothing: the same password under other parameters. Does nothing when
  /// the hash is not `old` any more.
  func rehash(_ id: AccountID, from old: String, to new: String) throws(StoreError)
  /// Sets another password and ends every session but `except`, in one transaction. That one goes on under the raised
  /// epoch, with tokens that are issued anew. Returns the account as it is then; `nil` when it does not exist.
  func setPassword(_ id: AccountID, hash: String, except: SessionID?) throws(StoreError) -> Account?
  /// Enables or disables; disabling ends every session, in one transaction. `nil` when it does not exist.
  func setActive(_ id: AccountID, _ isActive: Bool) throws(StoreError) -> Account?
  /// Removes the account with its sessions, and leaves a revocation for what was issued to it. False when unknown.
  func remove(_ id: AccountID) throws(StoreError) -> Bool
}

extension Profile {
  /// What is wrong with the fields, in their order; empty when all may be stored.
  package var problems: [FieldProblem] {
    let limits: [(field: String, title: String, value: String?, longest: Int)] = [
      ("first_name", "First Name", firstName, 100), ("last_name", "Last Name", lastName, 100),
      ("phone_number", "Phone Number", phoneNumber, 20), ("bio", "Bio", bio, 500), ("address", "Address", address, 255),
      ("city", "City", city, 100), ("state", "State", state, 100), ("country", "Country", country, 100),
      ("zip_code", "Zip Code", zipCode, 10), ("occupation", "Occupation", occupation, 100),
    ]
    var problems: [FieldProblem] = []
    for limit in limits {
      guard let value = limit.value else { continue }
      if value.unicodeScalars.count > limit.longest {
        problems.append(FieldProblem(limit.field, "\(limit.title) must be \(limit.longest) characters or less"))
      } else if value.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\n" && $0 != "\t" || $0 == "\u{7F}" })
      {
        problems.append(FieldProblem(limit.field, "\(limit.title) must not contain control characters"))
      }
    }
    if let dateOfBirth, !Profile.isDate(dateOfBirth) {
      problems.append(FieldProblem("date_of_birth", "Date of birth must be a date such as 1990-05-17"))
    }
    return problems
  }

  /// `YYYY-MM-DD` with a day that exists.
  private static func isDate(_ text: String) -> Bool {
    // Ten bytes first: taking characters apart takes a time quadratic in a hostile text's combining marks.
    guard text.utf8.count == 10 else { return false }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [4, 2, 2], text.utf8.allSatisfy({ $0 == 0x2D || (0x30...0x39).contains($0) }),
      let year = UInt16(parts[0]),
      let month = UInt8(parts[1]), let day = UInt8(parts[2]), (1...12).contains(month), year >= 1900
    else { return false }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days: [UInt8] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return (1...days[Int(month) - 1]).contains(day)
  }
}

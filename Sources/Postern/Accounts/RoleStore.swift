/// The port to roles. When a function returns, what it did has been committed, with its entry in the audit log.
package protocol RoleStore: Sendable {
  /// All roles, by name.
  func list() throws(StoreError) -> [RoleCensus]
  /// Says whether members of a role must have a second factor. Ends nothing. Throws `unknownRole`.
  func setRequiresSecondFactor(_ name: String, _ isRequired: Bool, by initiator: Initiator) throws(StoreError)
}

/// A role, and who has it.
package struct RoleCensus: Sendable, Equatable {
  package var role: Role
  package var members: Int
  /// Of these, so many have no second factor.
  package var membersWithoutFactor: Int

  package init(role: Role, members: Int, membersWithoutFactor: Int) {
    self.role = role
    self.members = members
    self.membersWithoutFactor = membersWithoutFactor
  }
}

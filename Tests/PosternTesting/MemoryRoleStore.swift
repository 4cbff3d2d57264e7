package import Postern

/// Roles in memory; made by `MemoryStorage.roles`.
package struct MemoryRoleStore: RoleStore {
  let storage: MemoryStorage

  package func list() throws(StoreError) -> [RoleCensus] {
    try storage.transaction { state, _ in
      state.roles.values.sorted { $0.name < $1.name }.map { role in
        let members = state.accounts.values.filter { $0.role?.id == role.id }
        return RoleCensus(
          role: role, members: members.count, membersWithoutFactor: members.count { !$0.hasSecondFactor })
      }
    }
  }

  package func setRequiresSecondFactor(
    _ name: String, _ isRequired: Bool, by initiator: Initiator
  ) throws(StoreError) {
    try storage.transaction { state, now throws(StoreError) in
      guard let id = state.roles[name]?.id else { throw .unknownRole(name, known: state.roles.keys.sorted()) }
      state.roles[name]!.requiresSecondFactor = isRequired
      for (account, value) in state.accounts where value.role?.id == id {
        state.accounts[account]!.role!.requiresSecondFactor = isRequired
      }
      state.record(.roleChange(name, requiresSecondFactor: isRequired, by: initiator), at: now)
    }
  }
}

package import Postern

/// Roles in SQL.
package struct SQLRoleStore: RoleStore {
  private let database: any Database

  package init(_ database: any Database) { self.database = database }

  package func list() throws(StoreError) -> [RoleCensus] {
    try database.read { connection throws(StoreError) in
      var roles = try connection.rows(Statement.list) { row in
        RoleCensus(
          role: Role(id: row.integer(0), name: row.text(1), requiresSecondFactor: row.boolean(2)),
          members: Int(row.integer(3)), membersWithoutFactor: Int(row.integer(4)))
      }
      for place in roles.indices {
        roles[place].role.permissions = try connection.rows(Statement.permissions, roles[place].role.id) { $0.text(0) }
      }
      return roles
    }
  }

  package func setRequiresSecondFactor(
    _ name: String, _ isRequired: Bool, by initiator: Initiator
  ) throws(StoreError) {
    try database.write { connection throws(StoreError) in
      guard try connection.execute(Statement.require, name, isRequired) == 1 else {
        throw StoreError.unknownRole(name, known: try connection.rows(Statement.names) { $0.text(0) })
      }
      try SQLAuditLog.append(
        .roleChange(name, requiresSecondFactor: isRequired, by: initiator), connection, at: connection.now())
    }
  }
}

private enum Statement {
  static let list = """
    SELECT r.id, r.name, r.requires_second_factor, count(a.id),
      COALESCE(sum(CASE WHEN a.has_second_factor THEN 0 WHEN a.id IS NULL THEN 0 ELSE 1 END), 0)
    FROM roles r LEFT JOIN accounts a ON a.role_id = r.id GROUP BY r.id, r.name, r.requires_second_factor
    ORDER BY r.name
    """
  static let permissions = """
    SELECT p.name FROM role_permissions g JOIN permissions p ON p.id = g.permission_id WHERE g.role_id = $1
    ORDER BY p.name
    """
  static let require = "UPDATE roles SET requires_second_factor = $2 WHERE name = $1"
  static let names = "SELECT name FROM roles ORDER BY name"
}

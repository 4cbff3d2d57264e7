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

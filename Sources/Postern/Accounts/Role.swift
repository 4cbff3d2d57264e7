/// A role with the permissions that it grants, both by name.
package struct Role: Sendable, Equatable {
  package var id: Int64
  package var name: String
  package var permissions: [String]
  /// Whether its members must have a second factor.
  package var requiresSecondFactor: Bool

  package init(id: Int64, name: String, permissions: [String] = [], requiresSecondFactor: Bool = false) {
    self.id = id
    self.name = name
    self.permissions = permissions
    self.requiresSecondFactor = requiresSecondFactor
  }
}

/// Permissions are names such as `reports.read`; `reports.*` stands for all that begin with `reports.`, and `*` for
/// all.
package enum Permissions {
  /// Whether who was granted the one holds the other as well.
  package static func covers(_ granted: String, _ wanted: String) -> Bool {
    granted == wanted || granted == "*" || (granted.hasSuffix(".*") && wanted.hasPrefix(granted.dropLast()))
  }

  /// What both grant, each name once, in the order of `scopes`: of two that overlap, the narrower.
  package static func common(_ scopes: [String], _ granted: [String]) -> [String] {
    var found: [String] = []
    for scope in scopes {
      let narrower = granted.contains { covers($0, scope) } ? [scope] : granted.filter { covers(scope, $0) }
      for name in narrower where !found.contains(name) { found.append(name) }
    }
    return found
  }
}

/// What a person changes in their own profile: some fields; the others stay as they are.
package struct ProfileChange: Sendable {
  private var values: [(field: ProfileField, text: String?)] = []

  package init() {}

  /// Sets a field, without the white space around the text. Nothing but white space, and `nil`, empty it.
  package mutating func set(_ field: ProfileField, to text: String?) {
    let trimmed = text.map(ProfileChange.trimmed)
    values.append((field, trimmed?.isEmpty == true ? nil : trimmed))
  }

  package var isEmpty: Bool { values.isEmpty }

  /// The names of the fields that it sets.
  package var fieldNames: [String] { values.map(\.field.name) }

  /// Whether it changes something that tokens say of the account.
  package var concernsTokens: Bool { fieldNames.contains { ["first_name", "last_name"].contains($0) } }

  package func apply(to profile: inout Profile) {
    for (field, text) in values { profile[keyPath: field.path] = text }
  }

  /// What is wrong with the new values, and only with them; empty when they may be stored.
  package func problems(at now: Instant) -> [FieldProblem] {
    var profile = Profile()
    apply(to: &profile)
    let missing = values.filter { $0.field.isRequired && $0.text == nil }
    return missing.map { FieldProblem($0.field.name, "\($0.field.title) is required") } + profile.problems(at: now)
  }

  private static func trimmed(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(scalars[first...last])
  }
}

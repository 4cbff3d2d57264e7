package import HTTP
package import Postern

/// What somebody says of themselves, as it is filled in. It posts the fields of `ProfileField` to `account/profile`.
package struct ProfileForm: Sendable {
  package var profile: Profile
  /// What was wrong with the last attempt, in a sentence.
  package var error: String?
  /// What was wrong with a field, in a sentence, by the field's name.
  package var problems: [String: String]

  package init(_ profile: Profile, error: String? = nil, problems: [String: String] = [:]) {
    self.profile = profile
    self.error = error
    self.problems = problems
  }
}

extension Pages {
  package static func profile(_ site: Site, _ form: ProfileForm, status: Int = 200) -> Response {
    let firstProblem = ProfileField.all.first { form.problems[$0.name] != nil }?.name
    return Page(
      site: site, status: status, title: "Your profile",
      content: """
        \(HTML.alert(form.error))
        <form method="post" action="\(site.address(of: "account/profile"))">
        \(ProfileField.all.map { input($0, form, takesFocus: $0.name == firstProblem).html })
        <button type="submit">Save</button>
        </form>
        """,
      isBelowAccount: true
    ).response
  }

  private static func input(_ field: ProfileField, _ form: ProfileForm, takesFocus: Bool) -> Field {
    let value = form.profile[keyPath: field.path] ?? ""
    let words = words(of: field)
    return Field(
      label: words.label, name: field.name, type: words.type, value: value, autocomplete: words.autocomplete,
      hint: words.hint, error: form.problems[field.name], isRequired: false, takesFocus: takesFocus,
      // Unicode scalars are one or two UTF-16 code units, and nothing that is stored may be left out.
      lengths: 1...(field.longest.map { $0 * 2 } ?? 10), isLong: words.isLong)
  }

  private struct Words {
    var label: String
    var autocomplete: String
    var type = "text"
    var isLong = false
    var hint: String?
  }

  /// What people call a field, and what browsers do (HTML, section 4.10.18.7).
  private static func words(of field: ProfileField) -> Words {
    switch field.name {
    case "first_name": Words(label: "First name", autocomplete: "given-name")
    case "last_name": Words(label: "Last name", autocomplete: "family-name")
    case "phone_number":
      Words(label: "Phone number", autocomplete: "tel", type: "tel", hint: "Such as +49 30 123456.")
    case "bio": Words(label: "About you", autocomplete: "off", isLong: true)
    case "address": Words(label: "Address", autocomplete: "street-address", isLong: true)
    case "city": Words(label: "City", autocomplete: "address-level2")
    case "state": Words(label: "State or region", autocomplete: "address-level1")
    case "country": Words(label: "Country", autocomplete: "country-name")
    case "zip_code": Words(label: "Postal code", autocomplete: "postal-code")
    case "occupation": Words(label: "Occupation", autocomplete: "organization-title")
    case "date_of_birth": Words(label: "Date of birth", autocomplete: "bday", type: "date")
    default: Words(label: field.title, autocomplete: "off")
    }
  }
}

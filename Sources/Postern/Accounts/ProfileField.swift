/// One field of a profile that people fill in themselves.
package struct ProfileField: Sendable {
  /// What its text has to be; lengths in Unicode scalars.
  enum Form: Sendable {
    case text(longest: Int)
    case phoneNumber(longest: Int)
    /// `YYYY-MM-DD`.
    case date
  }

  /// As the API calls it.
  package let name: String
  package let title: String
  let form: Form
  package let path: any WritableKeyPath<Profile, String?> & Sendable
  /// Whether somebody who has given it may take it back.
  package let isRequired: Bool

  private init(
    _ name: String, _ title: String, _ form: Form, _ path: any WritableKeyPath<Profile, String?> & Sendable,
    isRequired: Bool = false
  ) {
    self.name = name
    self.title = title
    self.form = form
    self.path = path
    self.isRequired = isRequired
  }

  /// In Unicode scalars; `nil`: a date, which has its length.
  package var longest: Int? {
    switch form {
    case .text(let longest), .phoneNumber(let longest): longest
    case .date: nil
    }
  }

  /// All of them. The picture is none: it has an address of ours once it has been checked and stored.
  package static let all = [
    ProfileField("first_name", "First Name", .text(longest: 100), \.firstName, isRequired: true),
    ProfileField("last_name", "Last Name", .text(longest: 100), \.lastName, isRequired: true),
    ProfileField("phone_number", "Phone Number", .phoneNumber(longest: 20), \.phoneNumber),
    ProfileField("bio", "Bio", .text(longest: 500), \.bio),
    ProfileField("address", "Address", .text(longest: 255), \.address),
    ProfileField("city", "City", .text(longest: 100), \.city),
    ProfileField("state", "State", .text(longest: 100), \.state),
    ProfileField("country", "Country", .text(longest: 100), \.country),
    ProfileField("zip_code", "Zip Code", .text(longest: 10), \.zipCode),
    ProfileField("occupation", "Occupation", .text(longest: 100), \.occupation),
    ProfileField("date_of_birth", "Date of birth", .date, \.dateOfBirth),
  ]
}

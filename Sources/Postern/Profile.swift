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

  /// As people are called: first and last name, as far as they are known.
  package var fullName: String { Profile.fullName(firstName, lastName) }

  package static func fullName(_ firstName: String?, _ lastName: String?) -> String {
    [firstName, lastName].compactMap(\.self).joined(separator: " ")
  }
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
      } else if value.unicodeScalars.contains(where: isControl) {
        problems.append(FieldProblem(limit.field, "\(limit.title) must not contain control characters"))
      }
    }
    if let dateOfBirth, !Profile.isDate(dateOfBirth) {
      problems.append(FieldProblem("date_of_birth", "Date of birth must be a date such as 1990-05-17"))
    }
    return problems
  }

  /// C0 but tab and line feed, DEL, and C1: to a program that reads header fields as Latin-1 text, U+0085 ends a line.
  private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A: false
    case ..<0x20, 0x7F...0x9F: true
    default: false
    }
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

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
  ///
  /// - Parameter now: what tells a date of birth in the future.
  package func problems(at now: Instant) -> [FieldProblem] {
    var problems: [FieldProblem] = []
    for field in ProfileField.all {
      guard let value = self[keyPath: field.path], let sentence = problem(of: value, in: field, at: now) else {
        continue
      }
      problems.append(FieldProblem(field.name, sentence))
    }
    return problems
  }

  private func problem(of value: String, in field: ProfileField, at now: Instant) -> String? {
    switch field.form {
    case .date:
      if !Profile.isDate(value) { return "\(field.title) must be a date such as 1990-05-17" }
      return Profile.isFuture(value, at: now) ? "\(field.title) cannot be in the future" : nil
    case .text(let longest), .phoneNumber(let longest):
      if value.unicodeScalars.count > longest { return "\(field.title) must be \(longest) characters or less" }
      if value.unicodeScalars.contains(where: isControl) {
        return "\(field.title) must not contain control characters"
      }
      if case .phoneNumber = field.form, !Profile.isPhoneNumber(value) { return "Invalid phone number format" }
      return nil
    }
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

  /// Whether a date has not begun anywhere on Earth: the first time zone is fourteen hours ahead of UTC.
  private static func isFuture(_ date: String, at now: Instant) -> Bool {
    (now + .seconds(14 * 3600)).iso8601.utf8.prefix(10).lexicographicallyPrecedes(date.utf8)
  }

  /// Digits, at least five, with what people put between them, and a plus sign before them.
  private static func isPhoneNumber(_ text: String) -> Bool {
    let digits = text.utf8.count { (0x30...0x39).contains($0) }
    let rest = text.utf8.first == UInt8(ascii: "+") ? text.utf8.dropFirst() : text.utf8[...]
    return digits >= 5 && rest.allSatisfy { (0x30...0x39).contains($0) || " -()./".utf8.contains($0) }
  }
}

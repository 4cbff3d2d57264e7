/// What a new password must be (NIST SP 800-63B, section 3.1.1.2): long enough, and not the first that anyone tries.
/// Nothing is asked of its characters.
package enum PasswordRules {
  /// In bytes of UTF-8.
  package static let shortest = 8
  package static let longest = 1_024

  /// The sentence that says what is wrong with the password; `nil` when it may be used.
  package static func check(_ password: String, email: EmailAddress) -> String? {
    let length = password.utf8.count
    if length < shortest { return "Password must be at least \(shortest) characters" }
    if length > longest { return "Password must be at most \(longest) bytes" }
    if password.utf8.contains(0) { return "Password must not contain a NUL character" }
    let lowered = password.lowercased()
    if lowered == email.text || lowered == String(email.text.prefix { $0 != "@" }) {
      return "Password must not be your e-mail address"
    }
    if isCommon(lowered) { return "Password is one of the most common ones; choose another" }
    return nil
  }

  /// On the list, a single character or short pattern repeated, or a plain run such as `12345678` or `abcdefgh`.
  private static func isCommon(_ lowered: String) -> Bool {
    if commonPasswords.contains(lowered) { return true }
    let bytes = lowered.utf8.map(Int.init)
    let repeats = (1...4).contains { period in bytes.indices.allSatisfy { bytes[$0] == bytes[$0 % period] } }
    return repeats || isRun(bytes, by: 1) || isRun(bytes, by: -1)
  }

  /// Every character follows the one before by `step`, `0` following `9` as on a keyboard.
  private static func isRun(_ bytes: [Int], by step: Int) -> Bool {
    bytes.indices.dropFirst().allSatisfy { index in
      let difference = bytes[index] - bytes[index - 1]
      return difference == step || difference == -9 * step
    }
  }
}

import Postern

/// A PHC string, `$argon2id$v=19$m=19456,t=2,p=1$SALT$TAG`: version 1.3, Base64 without padding.
struct Argon2idHash: Equatable {
  var parameters: Argon2Settings
  var salt: [UInt8]
  var tag: [UInt8]

  init(parameters: Argon2Settings, salt: [UInt8], tag: [UInt8]) {
    self.parameters = parameters
    self.salt = salt
    self.tag = tag
  }

  /// `nil` for another algorithm or version, another spelling, parameters below those of RFC 9106, section 3.1, salts
  /// not of 8 to 64 bytes, and tags not of 16 to 64 bytes: a shorter one could be met by chance.
  init?(_ text: String) {
    let parts = text.split(separator: "$", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 6, parts[0].isEmpty, parts[1] == "argon2id", parts[2] == "v=19",
      let parameters = Argon2idHash.parameters(parts[3]),
      let salt = Base64.standard.decode(parts[4]), (8...64).contains(salt.count),
      let tag = Base64.standard.decode(parts[5]), (16...64).contains(tag.count)
    else { return nil }
    self.init(parameters: parameters, salt: salt, tag: tag)
  }

  var text: String {
    "$argon2id$v=19$m=\(parameters.memory),t=\(parameters.passes),p=\(parameters.lanes)$"
      + "\(Base64.standard.encode(salt))$\(Base64.standard.encode(tag))"
  }

  private static func parameters(_ text: String) -> Argon2Settings? {
    let fields = text.split(separator: ",", omittingEmptySubsequences: false)
    guard fields.count == 3, let memory = number(fields[0], "m="), let passes = number(fields[1], "t="),
      let lanes = number(fields[2], "p="), passes >= 1, lanes >= 1, UInt64(memory) >= 8 * UInt64(lanes)
    else { return nil }
    var parameters = Argon2Settings()
    parameters.memory = memory
    parameters.passes = passes
    parameters.lanes = lanes
    return parameters
  }

  private static func number(_ field: Substring, _ name: String) -> UInt32? {
    guard field.hasPrefix(name) else { return nil }
    let digits = field.dropFirst(name.count)
    guard let value = UInt32(digits), digits == String(value) else { return nil }
    return value
  }
}

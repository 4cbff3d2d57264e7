import Postern

/// The header of a token that is not, byte for byte, our own.
///
/// `alg` must be the configured one, exactly, and `typ`, where given, `JWT`. Any other member asks for something that
/// is not done here: a key of the sender's choice (`jwk`, `jku`, `x5u`, `kid`), extensions (`crit`), a detached payload
/// (`b64`), compression, a token in a token (`cty`). RFC 7515, section 4; RFC 8725, sections 3.1 and 3.11.
enum TokenHeader {
  /// Throws `malformed` when the segment cannot be read, holds a name twice or no object, and `algorithm` when it asks
  /// for anything but what is configured.
  static func check(_ segment: UnsafeBufferPointer<UInt8>) throws(TokenProblem) {
    let isRight = try withDecoded(segment) { text throws(TokenProblem) in
      guard let text else { throw .malformed }
      return try isPlainHS256(text)
    }
    guard isRight else { throw .algorithm }
  }

  private static func isPlainHS256(_ text: UnsafeBufferPointer<UInt8>) throws(TokenProblem) -> Bool {
    var scanner = TokenScanner(text)
    var (names, isRight): ([String], Bool) = ([], true)
    try scanner.enterObject()
    while let name = try scanner.nextName() {
      let name = try name.string()
      guard !names.contains(name) else { throw .malformed }
      names.append(name)
      switch name {
      case "alg": isRight = try scanner.isNextString("HS256") && isRight
      case "typ": isRight = try scanner.isNextString("JWT") && isRight
      default:
        try scanner.skipValue()
        isRight = false
      }
    }
    try scanner.finish()
    return isRight && names.contains("alg")
  }
}

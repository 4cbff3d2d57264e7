import Postern

/// The header of a token: which algorithm and which key it says it was signed with.
///
/// Nothing but `alg`, `kid` and `typ`, which is `JWT` where it is given, may be in it. Any other member asks for
/// something that is not done here: a key of the sender's choice (`jwk`, `jku`, `x5u`), extensions (`crit`), a detached
/// payload (`b64`), compression, a token in a token (`cty`). RFC 7515, section 4; RFC 8725, sections 3.1 and 3.11.
struct TokenHeader {
  let algorithm: TokenAlgorithm
  /// `kid`
  let key: String?

  /// Throws `malformed` when the segment cannot be read, holds one of the three names twice or no object, and
  /// `algorithm` when it asks for what is not done here.
  init(_ segment: UnsafeBufferPointer<UInt8>) throws(TokenProblem) {
    let header = try withDecoded(segment) { text throws(TokenProblem) in
      guard let text else { throw .malformed }
      return try TokenHeader.read(text)
    }
    guard let header else { throw .algorithm }
    self = header
  }

  private init(algorithm: TokenAlgorithm, key: String?) {
    self.algorithm = algorithm
    self.key = key
  }

  /// `nil` when it asks for what is not done here.
  private static func read(_ text: UnsafeBufferPointer<UInt8>) throws(TokenProblem) -> TokenHeader? {
    var scanner = TokenScanner(text)
    // Of the three that are known; eight kilobytes of other names, which anybody may send, are not compared with each
    // other.
    var (seen, isRight): (Set<Member>, Bool) = ([], true)
    var (algorithm, key): (TokenAlgorithm?, String?) = (nil, nil)
    try scanner.enterObject()
    while let name = try scanner.nextName() {
      guard let member = try member(name) else {
        try scanner.skipValue()
        isRight = false
        continue
      }
      guard seen.insert(member).inserted else { throw .malformed }
      switch member {
      case .alg where scanner.isStringNext:
        let text = try scanner.string().string()
        algorithm = TokenAlgorithm.allCases.first { $0.rawValue.utf8.elementsEqual(text.utf8) }
      case .kid where scanner.isStringNext: key = try scanner.string().string()
      case .typ: isRight = try scanner.isNextString("JWT") && isRight
      case .alg, .kid:
        try scanner.skipValue()
        isRight = false
      }
    }
    try scanner.finish()
    guard isRight, let algorithm else { return nil }
    return TokenHeader(algorithm: algorithm, key: key)
  }

  private enum Member { case alg, kid, typ }

  /// `nil` for a name that is not known.
  private static func member(_ name: TokenText) throws(TokenProblem) -> Member? {
    if try name.equals("alg") { return .alg }
    if try name.equals("kid") { return .kid }
    return try name.equals("typ") ? .typ : nil
  }

  /// The segment of our own tokens, in base64url.
  static func written(_ algorithm: TokenAlgorithm, key: String?, type: String) -> [UInt8] {
    var header = JSONObjectWriter()
    header.add("alg", algorithm.rawValue)
    if let key { header.add("kid", key) }
    header.add("typ", type)
    return Array(Base64.url.encode(header.finished()).utf8)
  }
}

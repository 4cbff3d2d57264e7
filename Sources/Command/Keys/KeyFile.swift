import Glibc
import Postern

/// The name of a file in `keys/`: when the key was made, its algorithm, its own name, and what it is for, such as
/// `20261124T083000Z-EdDSA-kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k.pem`.
struct KeyFile: Sendable, Equatable, Comparable {
  enum Kind: String, Sendable, CaseIterable {
    /// Signs tokens: a key pair in PEM (PKCS#8).
    case pair = "pem"
    /// Signs tokens: a secret for HS256.
    case secret
    /// Signs assertions.
    case assertion = "assertion.pem"
    /// Holds nothing: from that moment on, a key that the configuration sets has signed tokens.
    case configured
    /// Holds nothing: no key from before that moment counts any more.
    case drop
  }

  /// Whole seconds.
  let made: Instant
  let algorithm: TokenAlgorithm
  /// A key pair's thumbprint; a secret has a random name.
  let id: String
  let kind: Kind

  init(made: Instant, _ algorithm: TokenAlgorithm, id: String, _ kind: Kind) {
    self.made = Instant(seconds: made.seconds)
    self.algorithm = algorithm
    self.id = id
    self.kind = kind
  }

  /// `nil` when it is no such name.
  init?(_ name: String) {
    let parts = name.split(separator: "-", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let made = KeyFile.moment(parts[0]),
      let algorithm = TokenAlgorithm.allCases.first(where: { $0.rawValue == parts[1] }),
      let dot = parts[2].firstIndex(of: "."), dot > parts[2].startIndex,
      let kind = Kind(rawValue: String(parts[2][parts[2].index(after: dot)...]))
    else { return nil }
    self.init(made: made, algorithm, id: String(parts[2][..<dot]), kind)
  }

  var name: String { "\(KeyFile.text(made))-\(algorithm.rawValue)-\(id).\(kind.rawValue)" }

  /// By the time at which they were made.
  static func < (left: KeyFile, right: KeyFile) -> Bool { (left.made, left.name) < (right.made, right.name) }

  /// `20261124T083000Z`: ISO 8601, the basic form.
  private static func text(_ moment: Instant) -> String {
    moment.iso8601.prefix { $0 != "." }.filter { $0 != "-" && $0 != ":" } + "Z"
  }

  private static func moment(_ text: Substring) -> Instant? {
    guard text.utf8.count == 16 else { return nil }
    func number(_ start: Int, _ count: Int) -> Int32? {
      Int32(text.dropFirst(start).prefix(count))
    }
    guard let year = number(0, 4), let month = number(4, 2), let day = number(6, 2), let hour = number(9, 2),
      let minute = number(11, 2), let second = number(13, 2)
    else { return nil }
    var parts = tm()
    (parts.tm_year, parts.tm_mon, parts.tm_mday) = (year - 1900, month - 1, day)
    (parts.tm_hour, parts.tm_min, parts.tm_sec) = (hour, minute, second)
    let moment = Instant(seconds: Int64(timegm(&parts)))
    // What is no date has been taken for another one.
    return KeyFile.text(moment) == text ? moment : nil
  }
}

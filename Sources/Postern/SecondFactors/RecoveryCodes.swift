/// Codes that people write down, and that stand in once each for a factor that they have lost: ten characters of
/// Crockford's Base32, fifty random bits. Nobody can read them off the database, which keeps their digests under a key
/// that it does not have.
package struct RecoveryCodes: Sendable {
  /// So many are made at once.
  package static let count = 10
  private static let length = 10

  private let factors: any FactorStore
  private let digest: @Sendable ([UInt8]) -> [UInt8]
  private let random: any RandomSource
  private let log: any Log

  /// - Parameter digest: 32 bytes, under a key that is used for nothing else.
  package init(
    factors: any FactorStore, digest: @escaping @Sendable ([UInt8]) -> [UInt8], random: any RandomSource, log: any Log
  ) {
    self.factors = factors
    self.digest = digest
    self.random = random
    self.log = log
  }

  /// Codes that were just made: their texts are for their owner, once, and nowhere else.
  package struct New: Sendable {
    /// Such as `7KQ2M-9XHTP`.
    package var texts: [String] = []
    package var digests: [[UInt8]] = []
  }

  package func make() -> New {
    var new = New()
    while new.texts.count < RecoveryCodes.count {
      let code = Base32.crockford.encode(random.bytes(7)).utf8.prefix(RecoveryCodes.length)
      let digest = digest(Array(code))
      // Two of one kind would be one.
      if new.digests.contains(digest) { continue }
      new.digests.append(digest)
      new.texts.append(String(Substring(code.prefix(5))) + "-" + String(Substring(code.dropFirst(5))))
    }
    return new
  }

  /// Uses a code up, and tells its owner by mail. Says how many are left; `nil`: it is none of the account's that is
  /// good. Guesses are for the caller to count.
  ///
  /// - Parameter text: as a person types it: small letters, gaps and hyphens make no difference, nor an O for a zero.
  package func use(_ text: String, of account: Account, client: Client) throws(AuthError) -> Int? {
    guard let code = RecoveryCodes.read(text) else { return nil }
    let (digest, random) = (digest(code), random)
    let left = try stored { () throws(StoreError) in
      try factors.useRecoveryCode(
        account.id, digest,
        mailing: { left in
          var mail = Mail(.recoveryCodeUsed, to: account, client: client, random: random)
          mail.values["left"] = String(left)
          return mail
        }, by: Initiator(account: account.id, client: client))
    }
    if let left {
      log.write(
        .notice, "recovery code used",
        ["account": account.id.description, "address": client.address, "left": String(left)])
    }
    return left
  }

  /// The characters of a code as they were made; `nil` for what can be none.
  static func read(_ text: String) -> [UInt8]? {
    guard text.utf8.count <= 64 else { return nil }
    var code: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "-"): continue
      case UInt8(ascii: "O"), UInt8(ascii: "o"): code.append(UInt8(ascii: "0"))
      case UInt8(ascii: "I"), UInt8(ascii: "i"), UInt8(ascii: "L"), UInt8(ascii: "l"): code.append(UInt8(ascii: "1"))
      case UInt8(ascii: "U"), UInt8(ascii: "u"): return nil
      case UInt8(ascii: "a")...UInt8(ascii: "z"): code.append(byte - 0x20)
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"): code.append(byte)
      default: return nil
      }
    }
    return code.count == length ? code : nil
  }
}

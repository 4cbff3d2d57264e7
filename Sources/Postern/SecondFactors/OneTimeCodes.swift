/// The port for the codes of authenticator apps: TOTP with HMAC-SHA-1, steps of 30 seconds and six digits, since many
/// apps can do nothing else, whatever they are told (RFC 6238 over RFC 4226).
package protocol OneTimeCodes: Sendable {
  /// The six digits that belong to a step: the number of `OneTimeCode.period`s since 1970, which must not be negative.
  func code(secret: [UInt8], step: Int64) -> String
}

package enum OneTimeCode {
  /// Seconds for which a code is shown.
  package static let period: Int64 = 30
  package static let digits = 6
  /// Bytes of a secret: as long as the tags of HMAC-SHA-1 (RFC 4226, section 4, R6).
  package static let secretLength = 20
  /// How many steps a clock may be ahead or behind, and a person slow (RFC 6238, section 5.2).
  private static let tolerance: Int64 = 1

  /// The present step; the first one, 0, where a clock is before 1970.
  package static func step(at now: Instant) -> Int64 { max(0, now.seconds / period) }

  /// The step whose code that is, among the present one and its neighbours; `nil`: it is wrong now. Only steps after
  /// `used` count, the last one that was accepted, so that no code is good twice (RFC 6238, section 5.2). It is still
  /// for the storage to decide which of two racing requests uses up the step.
  package static func step(
    of code: some Collection<UInt8>, secret: [UInt8], after used: Int64, at now: Instant, by codes: any OneTimeCodes
  ) -> Int64? {
    let present = step(at: now)
    var found: Int64?
    // All are computed and compared, whole: the time taken tells nothing.
    for step in max(0, present - tolerance)...present + tolerance {
      let isRight = areEqualInConstantTime(codes.code(secret: secret, step: step).utf8, code)
      if isRight && step > used && found == nil { found = step }
    }
    return found
  }
}

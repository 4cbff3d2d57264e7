import Cryptography
import Postern
import Testing

@Suite struct TOTPTests {
  /// The secret of both RFCs.
  private static let secret = Array("12345678901234567890".utf8)

  /// RFC 4226, appendix D: the counters 0 to 9.
  @Test(
    arguments: zip(
      Int64(0)...Int64(9),
      ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]))
  func codesOfCountersAreRight(counter: Int64, code: String) {
    #expect(TOTP().code(secret: TOTPTests.secret, step: counter) == code)
  }

  /// RFC 6238, appendix B: seconds since 1970, and the last six of the eight digits for SHA-1.
  @Test(
    arguments: zip(
      [59, 1_111_111_109, 1_111_111_111, 1_234_567_890, 2_000_000_000, 20_000_000_000] as [Int64],
      ["94287082", "07081804", "14050471", "89005924", "69279037", "65353130"]))
  func codesOfMomentsAreRight(seconds: Int64, digits: String) {
    let step = OneTimeCode.step(at: Instant(seconds: seconds))
    #expect(TOTP().code(secret: TOTPTests.secret, step: step) == String(digits.suffix(6)))
  }

  @Test func aCodeOfTheNextOrTheLastStepIsTaken() {
    let now = Instant(seconds: 1_111_111_111)
    let present = OneTimeCode.step(at: now)
    for step in present - 3...present + 3 {
      let code = TOTP().code(secret: TOTPTests.secret, step: step)
      let found = OneTimeCode.step(of: code.utf8, secret: TOTPTests.secret, after: 0, at: now, by: TOTP())
      #expect(found == (abs(step - present) <= 1 ? step : nil))
    }
  }

  @Test func aCodeThatWasUsedIsWrongAndTheNextIsRight() {
    let now = Instant(seconds: 1_111_111_111)
    let present = OneTimeCode.step(at: now)
    func found(_ step: Int64, after used: Int64) -> Int64? {
      let code = TOTP().code(secret: TOTPTests.secret, step: step)
      return OneTimeCode.step(of: code.utf8, secret: TOTPTests.secret, after: used, at: now, by: TOTP())
    }
    #expect(found(present, after: present) == nil)
    #expect(found(present - 1, after: present) == nil)
    #expect(found(present + 1, after: present) == present + 1)
    #expect(found(present, after: present - 1) == present)
  }

  @Test(arguments: ["", "05047", "0504711", "050 471", "０５０４７１", "050472", "14050471", "05047\u{0}"])
  func whatIsNotTheCodeIsWrong(candidate: String) {
    let now = Instant(seconds: 1_111_111_111)
    #expect(TOTP().code(secret: TOTPTests.secret, step: OneTimeCode.step(at: now)) == "050471")
    #expect(OneTimeCode.step(of: candidate.utf8, secret: TOTPTests.secret, after: 0, at: now, by: TOTP()) == nil)
  }

  @Test(arguments: [0, -86_400] as [Int64])
  func theFirstStepOf1970HasNoneBeforeIt(seconds: Int64) {
    let code = TOTP().code(secret: TOTPTests.secret, step: 1)
    let now = Instant(seconds: seconds)
    #expect(OneTimeCode.step(of: code.utf8, secret: TOTPTests.secret, after: 0, at: now, by: TOTP()) == 1)
  }
}

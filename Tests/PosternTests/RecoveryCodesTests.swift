import PosternTesting
import Testing

@testable import Postern

@Suite struct RecoveryCodesTests {
  private let stand = Stand()

  /// An account that has these codes, with an authenticator.
  private func account(having codes: RecoveryCodes.New) throws -> Account {
    let account = try stand.storage.accounts.create(
      NewAccount(email: EmailAddress("ada@example.com")!, passwordHash: nil, isVerified: true))
    let addition = FactorAddition(to: account, recoveryCodes: codes.digests, mailing: nil, by: .commandLine)
    _ = try stand.storage.factors.addEmail(addition)
    return account
  }

  @Test func theyAreTenInTwoGroupsThatNobodyMisreads() {
    let codes = stand.recoveryCodes.make()
    #expect(codes.texts.count == 10)
    #expect(Set(codes.texts).count == 10)
    #expect(Set(codes.digests).count == 10)
    for text in codes.texts {
      #expect(text.wholeMatch(of: /[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}/) != nil, "\(text)")
    }
    #expect(Set(stand.recoveryCodes.make().texts).isDisjoint(with: codes.texts))
  }

  @Test func oneWorksOnceHoweverItIsTyped() throws {
    let codes = stand.recoveryCodes.make()
    let account = try account(having: codes)
    let typed = [
      codes.texts[0], codes.texts[1].lowercased(), codes.texts[2].filter { $0 != "-" },
      " " + codes.texts[3].map { "\($0) " }.joined(),
      codes.texts[4].replacing("0", with: "o").replacing("1", with: "l"),
    ]
    for (used, text) in typed.enumerated() {
      #expect(try stand.recoveryCodes.use(text, of: account, client: .test) == 9 - used, "\(text)")
      #expect(try stand.recoveryCodes.use(text, of: account, client: .test) == nil)
    }
    #expect(stand.storage.mails.map(\.kind) == typed.map { _ in .recoveryCodeUsed })
    #expect(stand.storage.mails.first?.values["left"] == "9")
    #expect(stand.log.lines(of: "recovery code used").count == typed.count)
    #expect(!codes.texts.contains { stand.log.contains($0) })
  }

  @Test(arguments: [
    "", "-", "00000-0000", "00000-000000", "00000-0000U", "00000-0000Ü", "00000-0000\u{0}", "00000_00000",
    String(repeating: " ", count: 70) + "0000000000",
  ]) func whatCanBeNoneIsNone(_ text: String) throws {
    #expect(RecoveryCodes.read(text) == nil)
    #expect(try stand.recoveryCodes.use(text, of: account(having: stand.recoveryCodes.make()), client: .test) == nil)
    #expect(stand.storage.mails.isEmpty)
  }
}

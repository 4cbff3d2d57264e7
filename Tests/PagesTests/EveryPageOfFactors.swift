import HTTP
import Pages
import Postern
import PosternTesting

/// The second step of a sign-in, and the pages of what an account has besides its password, with one text in each place
/// where a person or a setting puts one.
func everyPageOfFactors(
  _ site: Site, _ text: String, _ next: ReturnAddress?
) -> [(name: String, response: Response)] {
  let now = Instant(seconds: 1_795_000_000)
  let code = QRCode(of: "otpauth://totp/x?secret=MFRGGZDFMZTWQ2LK", label: text, log: RecordingLog())
  let enrolment = TOTPForm(secret: "MFRGGZDFMZTWQ2LK", address: "otpauth://totp/\(text)", code: code, next: next)
  var untold = enrolment
  untold.code = nil
  untold.error = text
  var demanded = enrolment
  demanded.isSecondStep = true
  demanded.offersMail = true
  let passkey = PasskeyView(id: text, name: text, createdAt: now, lastUsedAt: now, isSynchronised: true)
  let unused = PasskeyView(id: text, name: text, createdAt: now, lastUsedAt: nil, isSynchronised: false)
  let wrong = PasskeyForm(name: text, next: next, error: text, nameProblem: text)
  let here = TrustedBrowserView(id: text, device: text, address: text, expiresAt: now, isCurrent: true)
  let there = TrustedBrowserView(id: text, device: text, address: text, expiresAt: now)
  return [
    ("second step, TOTP", Pages.secondStep(site, SecondStepForm(email: text, factors: [.totp], trustedDays: 30))),
    (
      "second step, wrong",
      Pages.secondStep(
        site,
        SecondStepForm(
          email: text, factors: Set(SecondFactor.allCases), next: next, trustedDays: 30, trusts: true, hasMailed: true,
          error: text),
        status: 400)
    ),
    ("second step, mail", Pages.secondStep(site, SecondStepForm(email: text, factors: [.email], next: next))),
    ("second step, mailed", Pages.secondStep(site, SecondStepForm(email: text, factors: [.email], hasMailed: true))),
    (
      "second step, passkey",
      Pages.secondStep(site, SecondStepForm(email: text, factors: [.passkey, .recovery], next: next))
    ),
    (
      "second step, recovery",
      Pages.secondStep(
        site, SecondStepForm(email: text, factors: [.totp, .recovery], usesRecovery: true, error: text), status: 400)
    ),
    (
      "second step, of a session", Pages.secondStep(site, SecondStepForm(email: text, factors: [.totp], isStepUp: true))
    ),
    ("TOTP", Pages.totp(site, enrolment)),
    ("TOTP, wrong", Pages.totp(site, untold, status: 400)),
    ("TOTP as a second step", Pages.totp(site, demanded)),
    ("TOTP, on", Pages.totpIsOn(site, since: now, isLast: true)),
    ("TOTP, one of several", Pages.totpIsOn(site, since: now, isLast: false)),
    ("recovery codes left", Pages.recoveryCodesLeft(site, 7)),
    ("recovery codes, none", Pages.recoveryCodesLeft(site, 0)),
    ("recovery codes", Pages.recoveryCodes(site, ["7KQ2M-9XHTP", "ABCDE-FGHJK"], next: next)),
    ("security, nothing", Pages.security(site, SecurityView(isEnabled: true, offersEmail: true, isRequired: true))),
    ("security, for a page", Pages.security(site, SecurityView(isEnabled: true, next: next))),
    ("security, passkeys only", Pages.security(site, SecurityView(isEnabled: false, passkeys: 1))),
    (
      "security",
      Pages.security(
        site,
        SecurityView(
          isEnabled: true, offersEmail: true, hasTOTP: true, hasEmail: true, passkeys: 2, recoveryCodesLeft: 9,
          trustedBrowsers: 1, next: next, notice: .factor))
    ),
    ("mailed codes", Pages.mailedCodes(site, email: text, isVerified: true, since: nil, isLast: false, next: next)),
    ("mailed codes, on", Pages.mailedCodes(site, email: text, isVerified: true, since: now, isLast: true)),
    ("mailed codes, unproven", Pages.mailedCodes(site, email: text, isVerified: false, since: nil, isLast: false)),
    ("passkeys", Pages.passkeys(site, [passkey, unused], PasskeyForm(notice: .passkey))),
    ("passkeys, none", Pages.passkeys(site, [], wrong, status: 400)),
    ("passkeys, no more", Pages.passkeys(site, [unused], PasskeyForm(), offersNew: false)),
    ("passkey", Pages.passkey(site, passkey, PasskeyForm(name: text), isLast: false)),
    ("passkey, wrong", Pages.passkey(site, unused, wrong, isLast: true, status: 400)),
    ("trusted browsers", Pages.trustedBrowsers(site, [here, there])),
    ("trusted browsers, none", Pages.trustedBrowsers(site, [])),
  ]
}

import Postern

extension Setting {
  static let factors: [Setting] = [
    Setting(
      "AUTHSVC_ENABLE_MFA", .factors, \.secondFactors.isEnabled, .truth,
      "Lets people add a second factor, and asks whoever has one for it after the password."),
    Setting(
      "POSTERN_MFA_EMAIL", .factors, \.secondFactors.allowsEmail, .truth,
      "Whether codes that are mailed may be a second factor. Whoever reads the mail can reset the password, too."),
    Setting(
      "POSTERN_TRUSTED_BROWSER_LIFETIME", .factors, \.secondFactors.trustedBrowserLifetime, .duration(atLeast: .zero),
      "For how long a browser that its owner trusts is not asked for a second factor; 0: each time."),
    Setting(
      "POSTERN_PASSKEYS", .factors, \.passkeys.areEnabled, .truth, "Lets people add passkeys, and sign in with them."),
    Setting(
      "POSTERN_PASSKEY_USER_VERIFICATION", .factors, \.passkeys.userVerification, .choice,
      "Whether a passkey signs in only after its device has seen who it is, by a PIN, a finger or a face. One that has "
        + "not is one factor, and no second one."),
  ]
}

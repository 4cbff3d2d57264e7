/// The domain, put together: every service under these settings, over these ports. What handlers work with.
package final class Services: Sendable {
  package let settings: Settings
  package let registration: Registration
  package let signIn: SignIn
  package let secondStep: SecondStep
  package let trustedBrowsers: TrustedBrowsers
  package let enrolment: FactorEnrolment
  package let factorChanges: FactorChangeRule
  package let recoveryCodes: RecoveryCodes
  package let passkeys: Passkeys
  package let addressProofs: AddressProofs
  package let addressChanges: AddressChanges
  package let passwordResets: PasswordResets
  package let passwords: Passwords
  package let removal: AccountRemoval
  package let export: AccountExport
  package let pictures: Pictures
  package let sessions: Sessions
  package let apiTokens: APITokens
  package let limits: Limits
  package let accounts: any AccountStore
  package let audit: any AuditLog
  package let codec: any TokenCodec
  package let revocations: Revocations
  package let activity: Activity
  package let clock: any Clock
  package let log: any Log
  package let assertions: any AssertionSigner
  /// As `Ports.publicKeys`.
  package let publicKeys: @Sendable () -> [UInt8]
  package let failures: FailureSchedule

  package init(_ settings: Settings, over ports: Ports) {
    let (clock, random, log) = (ports.clock, ports.random, ports.log)
    let (accounts, revocations, hasher) = (ports.accounts, ports.revocations, ports.hasher)

    let attempts = LoginAttempts(settings: settings, counts: ports.attempts, browsers: ports.browsers, clock: clock)
    let limits = Limits(settings: settings.limits, counts: ports.rates, clock: clock)
    let codeAttempts = CodeAttempts(
      settings: settings, counts: ports.attempts, browsers: ports.browsers, links: ports.links, limits: limits,
      clock: clock, random: random, log: log)
    let issuer = TokenIssuer(
      settings: settings, codec: ports.codec, random: random, browsers: ports.browsers, csrf: ports.csrf)
    let sessions = Sessions(
      settings: settings, store: ports.sessions, accounts: accounts, revocations: revocations,
      activity: ports.activity, issuer: issuer, clock: clock, random: random, log: log)

    let trustedBrowsers = TrustedBrowsers(
      settings: settings, store: ports.factors, sealer: ports.sealer, clock: clock, random: random, log: log)
    let recoveryCodes = RecoveryCodes(
      factors: ports.factors, digest: ports.recoveryDigest, random: random, log: log)
    let passwords = Passwords(
      accounts: accounts, sessions: sessions, hasher: hasher, attempts: attempts, limits: limits,
      revocations: revocations, clock: clock, random: random, log: log)
    let passkeys = Passkeys(
      settings: settings, store: ports.passkeys, accounts: accounts, reader: ports.authenticators,
      sealer: ports.sealer, recoveryCodes: recoveryCodes, passwords: passwords, clock: clock, random: random, log: log)
    let secondStep = SecondStep(
      settings: settings, accounts: accounts, factors: ports.factors, sessions: sessions, trusted: trustedBrowsers,
      attempts: codeAttempts, codes: ports.oneTimeCodes, recoveryCodes: recoveryCodes, passkeys: passkeys,
      sealer: ports.sealer, linkSealer: ports.linkSealer, limits: limits, clock: clock, random: random, log: log)
    let signIn = SignIn(
      settings: settings, accounts: accounts, sessions: sessions, hasher: hasher, attempts: attempts,
      secondStep: secondStep, log: log)
    let factorChanges = FactorChangeRule(settings: settings, passwords: passwords, clock: clock)
    let links = Links(
      store: ports.links, accounts: accounts, sealer: ports.linkSealer, limits: limits, clock: clock, random: random)
    let pictures = Pictures(
      accounts: accounts, maker: ports.pictureMaker, files: ports.pictureFiles, digest: ports.digest, log: log)

    self.settings = settings
    registration = Registration(
      settings: settings, accounts: accounts, links: ports.links, sessions: sessions, hasher: hasher, limits: limits,
      clock: clock, random: random, log: log)
    self.signIn = signIn
    self.secondStep = secondStep
    self.trustedBrowsers = trustedBrowsers
    enrolment = FactorEnrolment(
      settings: settings, factors: ports.factors, recoveryCodes: recoveryCodes, secondStep: secondStep,
      attempts: codeAttempts, changes: factorChanges, passwords: passwords, codes: ports.oneTimeCodes,
      sealer: ports.sealer, clock: clock, random: random, log: log)
    self.factorChanges = factorChanges
    self.recoveryCodes = recoveryCodes
    self.passkeys = passkeys
    addressProofs = AddressProofs(
      settings: settings, accounts: accounts, links: links, signIn: signIn, revocations: revocations, clock: clock,
      log: log)
    addressChanges = AddressChanges(
      settings: settings, accounts: accounts, links: links, signIn: signIn, sessions: sessions, passwords: passwords,
      limits: limits, revocations: revocations, clock: clock, random: random, log: log)
    passwordResets = PasswordResets(
      accounts: accounts, links: links, hasher: hasher, revocations: revocations, clock: clock, random: random,
      log: log)
    self.passwords = passwords
    removal = AccountRemoval(
      accounts: accounts, passwords: passwords, pictures: pictures, revocations: revocations, clock: clock, log: log)
    export = AccountExport(records: ports.records)
    self.pictures = pictures
    self.sessions = sessions
    apiTokens = APITokens(
      settings: settings, store: ports.apiTokens, accounts: accounts, revocations: revocations, digest: ports.digest,
      clock: clock, random: random, log: log)
    self.limits = limits
    self.accounts = accounts
    audit = ports.audit
    codec = ports.codec
    self.revocations = revocations
    activity = ports.activity
    self.clock = clock
    self.log = log
    assertions = ports.assertions
    publicKeys = ports.publicKeys
    failures = ports.failures
  }
}

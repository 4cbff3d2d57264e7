import HTTP
package import Postern

/// What handlers work with: the settings, the services of the domain, the ports.
package final class Services: Sendable {
  package let settings: Settings
  package let registration: Registration
  package let signIn: SignIn
  package let secondStep: SecondStep
  package let trustedBrowsers: TrustedBrowsers
  package let addressProofs: AddressProofs
  package let passwordResets: PasswordResets
  package let passwords: Passwords
  package let addressChanges: AddressChanges
  package let removal: AccountRemoval
  package let pictures: Pictures
  package let export: AccountExport
  package let sessions: Sessions
  package let accounts: any AccountStore
  package let audit: any AuditLog
  package let apiTokens: APITokens
  package let passkeys: Passkeys
  package let factorChanges: FactorChangeRule
  package let enrolment: FactorEnrolment
  package let limits: Limits
  package let codec: any TokenCodec
  package let revocations: Revocations
  package let activity: Activity
  package let clock: any Clock
  package let log: any Log
  package let assertions: any AssertionSigner
  /// The JWK set (RFC 7517, section 5) of the public keys that tokens and assertions are checked with.
  package let publicKeys: @Sendable () -> [UInt8]
  package let failures: FailureSchedule

  package init(
    settings: Settings, registration: Registration, signIn: SignIn, secondStep: SecondStep,
    trustedBrowsers: TrustedBrowsers, addressProofs: AddressProofs,
    passwordResets: PasswordResets, passwords: Passwords, addressChanges: AddressChanges, removal: AccountRemoval,
    pictures: Pictures,
    export: AccountExport, sessions: Sessions, accounts: any AccountStore, audit: any AuditLog, apiTokens: APITokens,
    passkeys: Passkeys, factorChanges: FactorChangeRule, enrolment: FactorEnrolment, limits: Limits,
    codec: any TokenCodec,
    revocations: Revocations, activity: Activity, clock: any Clock, log: any Log, assertions: any AssertionSigner,
    publicKeys: @escaping @Sendable () -> [UInt8], failures: FailureSchedule = FailureSchedule()
  ) {
    self.settings = settings
    self.registration = registration
    self.signIn = signIn
    self.secondStep = secondStep
    self.trustedBrowsers = trustedBrowsers
    self.addressProofs = addressProofs
    self.passwordResets = passwordResets
    self.passwords = passwords
    self.addressChanges = addressChanges
    self.removal = removal
    self.pictures = pictures
    self.export = export
    self.sessions = sessions
    self.accounts = accounts
    self.audit = audit
    self.apiTokens = apiTokens
    self.passkeys = passkeys
    self.factorChanges = factorChanges
    self.enrolment = enrolment
    self.limits = limits
    self.codec = codec
    self.revocations = revocations
    self.activity = activity
    self.clock = clock
    self.log = log
    self.assertions = assertions
    self.publicKeys = publicKeys
    self.failures = failures
  }
}

/// One request on its way through a handler.
struct Context: Sendable {
  let services: Services
  let request: Request
  let requestID: RequestID
  let tokens: TokenReader
  let apiTokens: VerifiedAPITokens
  let judge: Judge
  /// Whether a worker runs this, so that the storage may be asked.
  let mayBlock: Bool
  /// Who sent it, where the route asks for a token.
  var caller: Caller?
  /// Who sent it, where the route takes API tokens, too.
  var visitor: Visitor?
  /// A fresh access token that the answer hands over: the caller came with a refresh token only.
  var renewed: IssuedTokens?

  var settings: Settings { services.settings }

  var client: Client {
    var client = request.client
    client.browserMarks = request.cookies(named: TokenCookies(settings).browserName, atMost: 4)
    if settings.secondFactors.isEnabled, settings.delivery != .bodyOnly {
      client.trustedBrowsers = request.cookies(named: SecondStepCookies(settings).trustedName, atMost: 4)
    }
    return client
  }

  /// The token that the route's access has asked for.
  func signedIn() throws -> Caller {
    guard let caller else { throw AuthError.token(.missing(.access)) }
    return caller
  }

  /// Whom the credential names that the route's access has asked for.
  func identity() throws -> Identity {
    guard let visitor = visitor ?? caller?.visitor else { throw AuthError.token(.missing(.access)) }
    return visitor.identity
  }

  /// The account of whom that credential names, as it is now.
  func ownAccount() throws -> Account {
    guard let account = try services.accounts.find(identity().account) else { throw AuthError.accountNotFound }
    return account
  }

  /// What stands where the row's path has its `*`.
  var lastSegment: ArraySlice<UInt8> {
    let path = Array(request.path.utf8)
    return path[(path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)...]
  }
}

extension Request {
  /// The values of the first cookies of that name: a sibling host may have tossed some.
  func cookies(named name: String, atMost most: Int, longest: Int = 100) -> [String] {
    var values: [String] = []
    parameters.value(of: "HTTP_COOKIE")?.withUnsafeBufferPointer { header in
      Array(name.utf8).withUnsafeBufferPointer { name in
        Cookies.forEach(named: name, in: header) { value in
          values.append(String(decoding: value.prefix(longest), as: UTF8.self))
          return values.count < most
        }
      }
    }
    return values
  }

  /// The path as the log may have it: without what may be the text of a mailed link, which has 43 characters. Whoever
  /// reads the log shall not follow it.
  var loggedPath: String {
    path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .map { $0.count < 43 ? String($0) ?? "" : "*" }.joined(separator: "/")
  }

  /// Who has sent it.
  var client: Client {
    Client(
      address: parameters["REMOTE_ADDR"] ?? "unknown",
      userAgent: String((parameters["HTTP_USER_AGENT"] ?? "").unicodeScalars.prefix(500)))
  }
}

import HTTP
package import Postern

/// What handlers work with: the settings, the services of the domain, the ports.
package struct Services: Sendable {
  package var settings: Settings
  package var signIn: SignIn
  package var sessions: Sessions
  package var accounts: any AccountStore
  package var codec: any TokenCodec
  package var revocations: Revocations
  package var clock: any Clock
  package var log: any Log

  package init(
    settings: Settings, signIn: SignIn, sessions: Sessions, accounts: any AccountStore, codec: any TokenCodec,
    revocations: Revocations, clock: any Clock, log: any Log
  ) {
    self.settings = settings
    self.signIn = signIn
    self.sessions = sessions
    self.accounts = accounts
    self.codec = codec
    self.revocations = revocations
    self.clock = clock
    self.log = log
  }
}

/// One request on its way through a handler.
struct Context: Sendable {
  let services: Services
  let request: Request
  let requestID: RequestID
  let tokens: TokenReader
  let requirements: Requirements
  /// Whether a worker runs this, so that the storage may be asked.
  let mayBlock: Bool
  /// Who sent it, where the route asks for a token.
  var caller: VerifiedToken?
  /// A fresh access token that the answer hands over: the caller came with a refresh token only.
  var renewed: IssuedTokens?

  var settings: Settings { services.settings }

  var client: Client {
    Client(
      address: request.parameters["REMOTE_ADDR"] ?? "unknown",
      userAgent: String((request.parameters["HTTP_USER_AGENT"] ?? "").prefix(500)))
  }

  /// The token that the route's access has asked for.
  func signedIn() throws -> VerifiedToken {
    guard let caller else { throw AuthError.token(.missing(.access)) }
    return caller
  }
}

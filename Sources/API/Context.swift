import HTTP
import Postern

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

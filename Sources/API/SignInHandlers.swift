import HTTP
import Postern

/// `register`, `signup` and `login` for programs.
enum SignInHandlers {
  static func register(_ context: Context) throws -> Response {
    let body = try JSONBody(context.request)
    guard let email = try body.text("email"), let password = try body.text("password"), !email.isEmpty,
      !password.isEmpty
    else {
      // A closed door says so before it asks for anything.
      throw context.settings.registration == .open ? AuthError.missingCredentials : .registrationClosed
    }
    let profile = try profile(body)
    let remember = try body.truth("remember")
    let outcome = try context.replacingSessions { previous in
      try context.services.signIn.register(
        email: email, password: password, profile: profile, client: context.client, replacing: previous,
        isPersistent: remember)
    }
    return context.signedIn(
      outcome, status: 201,
      [JSON.Member("message", "User registered successfully."), JSON.Member("msg", "Login successful")])
  }

  static func login(_ context: Context) throws -> Response {
    let body = try JSONBody(context.request)
    let email = try body.text("email") ?? ""
    guard let password = try body.text("password") else {
      throw AuthError.invalid([FieldProblem("password", "password is required")])
    }
    let remember = try body.truth("remember")
    let outcome = try context.replacingSessions { previous in
      try context.services.signIn.login(
        email: email, password: password, client: context.client, replacing: previous, isPersistent: remember)
    }
    return context.signedIn(outcome, status: 200, [JSON.Member("msg", "Login successful")])
  }

  /// What a person may say of themselves at registration; every other key of the body is passed over.
  private static func profile(_ body: JSONBody) throws -> Profile {
    var profile = Profile()
    for field in ProfileField.all { profile[keyPath: field.path] = try body.text(field.name) }
    return profile
  }
}

extension Context {
  /// Signs in by `attempt`, which ends the session that this browser had before; then ends those of the other cookies
  /// that came. One that a sibling host has tossed would otherwise make the new session's cookies ambiguous, however
  /// often the person signs in.
  func replacingSessions(_ attempt: (SessionID?) throws -> SignIn.Outcome) throws -> SignIn.Outcome {
    let previous = tokens.sessions(in: request)
    let outcome = try attempt(previous.first)
    // In memory they have ended even where the storage fails now, and the person has signed in.
    try? end(Array(previous.dropFirst()))
    return outcome
  }

  /// The answer to a sign-in: tokens where the configuration puts them, and who it is.
  func signedIn(_ outcome: SignIn.Outcome, status: Int, _ words: [JSON.Member]) -> Response {
    let account = outcome.account
    let user = JSON.Member(
      "user",
      [
        "email": .string(account.email.text), "id": .integer(account.id.value),
        "role": account.role.map { .integer($0.id) } ?? .null,
      ])
    var response = delivering(outcome.tokens, status: status, words + [user])
    response.afterwards = outcome.afterwards
    return response
  }

  /// Puts tokens into cookies, the body, or both, as `AUTHSVC_TOKEN_DELIVERY` alone decides.
  func delivering(_ tokens: IssuedTokens, status: Int, _ members: [JSON.Member]) -> Response {
    var members = members
    if settings.delivery != .cookiesOnly {
      members.append(JSON.Member("access_token", .string(tokens.access)))
      members.append(JSON.Member("refresh_token", .string(tokens.refresh)))
    }
    var response = Response(status: status, json: .object(members))
    if settings.delivery != .bodyOnly { response.fields.append(TokenCookies(settings).fields(for: tokens)) }
    return response
  }
}

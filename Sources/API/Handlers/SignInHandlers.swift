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
      throw context.settings.registration.isForAnybody ? AuthError.missingCredentials : .registrationClosed
    }
    let profile = try profile(body)
    let remember = try body.truth("remember")
    return try context.registering { previous in
      try context.services.registration.register(
        email: email, password: password, profile: profile, client: context.client, replacing: previous,
        isPersistent: remember)
    } signedIn: { outcome in
      context.signedIn(
        outcome, status: 201,
        [JSON.Member("message", "User registered successfully."), JSON.Member("msg", "Login successful")])
    } mailed: {
      context.mailed(
        "We have sent you a mail. Follow the link in it to confirm your address.", status: 202,
        [JSON.Member("verification_required", .bool(true))])
    }
  }

  static func login(_ context: Context) throws -> Response {
    let body = try JSONBody(context.request)
    let email = try body.text("email") ?? ""
    guard let password = try body.text("password") else {
      throw AuthError.invalid([FieldProblem("password", "password is required")])
    }
    let remember = try body.truth("remember")
    return try context.signingIn { previous in
      try context.services.signIn.login(
        email: email, password: password, client: context.client, replacing: previous, isPersistent: remember)
    } signedIn: { outcome in
      context.signedIn(outcome, status: 200, [JSON.Member("msg", "Login successful")])
    } secondStep: { pending in
      let sentence = pending.mustEnrol ? "Set up a second factor to sign in" : "Prove it is you by a second factor"
      return context.asking(for: pending, [JSON.Member("message", .string(sentence))])
    }
  }

  /// What a person may say of themselves at registration; every other key of the body is passed over.
  private static func profile(_ body: JSONBody) throws -> Profile {
    var profile = Profile()
    for field in ProfileField.all { profile[keyPath: field.path] = try body.text(field.name) }
    return profile
  }
}

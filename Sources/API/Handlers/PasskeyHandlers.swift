import HTTP
import Pages
import Postern

/// Passkeys, for programs: one's own, and signing in with one.
enum PasskeyHandlers {
  static func list(_ context: Context) throws -> Response {
    let passkeys = try context.services.passkeys.list(of: try context.signedIn().claims.account)
    return Response(
      status: 200,
      json: [
        "count": .integer(Int64(passkeys.count)), "passkeys": .array(passkeys.map { .object(JSON.members($0)) }),
      ])
  }

  /// Begins the making of one. What has to be proven for it is asked for here, too: nobody shall touch a key in vain.
  static func creationOptions(_ context: Context) throws -> Response {
    let account = try context.ownerOfFactors(password: try JSONBody(context.request).text("password"))
    let options = try context.services.passkeys.creation(for: account.id)
    return Response(
      status: 200,
      json: JSON(options, for: account, context.services.passkeys, siteName: Site(context.settings).name))
  }

  static func add(_ context: Context) throws -> Response {
    let body = try JSONBody(context.request)
    let response = try RegistrationResponse(try body.credential())
    let added = try context.addPasskey(
      response, named: try body.text("name"), password: try body.text("password"))
    var members = [JSON.Member("message", "Passkey added")] + JSON.members(added.passkey)
    if !added.recoveryCodes.isEmpty {
      members.append(JSON.Member("recovery_codes", .array(added.recoveryCodes.map(JSON.string))))
    }
    let claims = try context.signedIn().claims
    guard context.settings.secondFactors.isEnabled, !claims.methods.contains("mfa") else {
      return Response(status: 201, json: .object(members))
    }
    // Whoever has just used a factor is not asked for it in the next moment.
    let raised = try context.services.secondStep.raise(
      claims, of: try context.ownAccount(), by: added.methods, client: context.client)
    return context.delivering(raised.tokens, status: 201, members)
  }

  static func rename(_ context: Context) throws -> Response {
    let body = try JSONBody(context.request)
    guard let name = try body.text("name") else {
      throw AuthError.invalid([FieldProblem("name", "name is required")])
    }
    let account = try context.ownerOfFactors(password: try body.text("password"))
    let renamed = try context.services.passkeys.rename(
      try context.passkeyID(), of: account.id, to: name, client: context.client)
    return Response(
      status: 200, json: .object([JSON.Member("message", "Passkey renamed")] + JSON.members(renamed)))
  }

  static func remove(_ context: Context) throws -> Response {
    let id = try context.passkeyID()
    // Many send no body with DELETE.
    let hasBody = try !context.request.bytes().isEmpty
    let password = hasBody ? try JSONBody(context.request).text("password") : nil
    let account = try context.ownerOfFactors(password: password)
    try context.removePasskey(id, of: account)
    return Response(status: 200, json: ["message": "Passkey removed", "id": .integer(id.value)])
  }

  /// Begins a sign-in by whichever passkey the person picks.
  static func signInOptions(_ context: Context) throws -> Response {
    let options = try context.services.passkeys.request(for: .signIn)
    return Response(status: 200, json: JSON(options, context.services.passkeys))
  }

  /// Begins the use of one of one's own: at the second step of a sign-in, or in a session that is to be raised.
  static func assertionOptions(_ context: Context) throws -> Response {
    let passkeys = context.services.passkeys
    let token = try context.request.bytes().isEmpty ? nil : try JSONBody(context.request).text("mfa_token")
    let options: Passkeys.RequestOptions
    if let token {
      options = try context.services.secondStep.passkeyRequest(context.broughtTicket(token), passkeys)
    } else if let ticket = context.broughtTicket, let request = try context.passkeyRequest(ticket) {
      options = request
    } else {
      options = try passkeys.request(for: .stepUp(try context.signedInCaller().claims.account))
    }
    return Response(status: 200, json: JSON(options, passkeys))
  }

  static func signIn(_ context: Context) throws -> Response {
    let body = try JSONBody(context.request)
    let response = try AssertionResponse(try body.credential())
    let remember = try body.truth("remember")
    return try context.signingIn { previous in
      try context.signInByPasskey(response, replacing: previous, isPersistent: remember)
    } signedIn: { outcome in
      context.signedIn(outcome, status: 200, [JSON.Member("msg", "Login successful")])
    } secondStep: { pending in
      context.asking(for: pending, [JSON.Member("message", "Prove it is you by a second factor")])
    }
  }
}

/// What programs and pages do alike.
extension Context {
  /// For the second step that a browser's cookie speaks of; `nil` where that is over.
  fileprivate func passkeyRequest(_ ticket: BroughtTicket) throws -> Passkeys.RequestOptions? {
    do { return try services.secondStep.passkeyRequest(ticket, services.passkeys) } catch AuthError.badTicket {
      return nil
    }
  }

  /// Signs in by a passkey. Throws `badPasskey`, `passkeyRefused`, `passkeysDisabled`.
  func signInByPasskey(
    _ response: AssertionResponse, replacing previous: SessionID?, isPersistent: Bool?
  ) throws -> SignIn.Answer {
    let proof = try services.passkeys.prove(response, for: .signIn, client: client)
    do {
      return try services.signIn.begin(
        proof.account, methods: proof.methods, client: client, replacing: previous, isPersistent: isPersistent)
    } catch AuthError.badCredentials {
      // Banned, or given another password, in this very moment.
      throw AuthError.passkeyRefused
    }
  }

  /// Adds one for whoever may.
  func addPasskey(
    _ response: RegistrationResponse, named name: String?, password: String?
  ) throws -> Passkeys.Added {
    let account = try ownerOfFactors(password: password)
    return try services.passkeys.add(response, named: name, to: account, client: client)
  }

  func removePasskey(_ id: Passkey.ID, of account: Account) throws {
    try services.passkeys.remove(id, of: account, client: client)
  }

  /// Throws `passkeyNotFound` for what is no number.
  func passkeyID() throws -> Passkey.ID {
    guard let id = APIToken.ID(lastSegment) else { throw AuthError.passkeyNotFound }
    return Passkey.ID(id.value)
  }
}

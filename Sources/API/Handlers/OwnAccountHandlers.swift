import HTTP
import Postern

/// What people change of their own account: `update_user`, which is `PUT user/@me` as well, and `password/update`.
enum OwnAccountHandlers {
  /// Takes the fields of the profile, and with the current password a new one, or another e-mail address, which has to
  /// be confirmed by a link. What is not a person's own to change
  /// (role, number, provider, whether the address is proven, …) is passed over, as front ends send back all they got.
  static func update(_ context: Context) throws -> Response {
    let body = try JSONBody(context.request)
    var account = try context.ownAccount()
    let change = try ProfileChange(body)
    let email = try newEmail(body, account)
    var problems = change.problems(at: context.services.clock.now())
    if let email, !email.isAddress { problems.insert(FieldProblem(email.field, "Invalid email format"), at: 0) }
    guard problems.isEmpty else { throw AuthError.invalid(problems) }
    var password: Passwords.Change?
    if let new = try body.field(["password", "userPassword"]), let text = new.text {
      password = try context.prepare(account, body, new: text, field: new.name)
    }
    var asked: AddressChanges.Prepared?
    if let email {
      try context.countMail()
      let fields = AddressChanges.Fields(
        email: email.field, password: "current_password", missingPassword: "Current password is required")
      asked = try context.services.addressChanges.prepare(
        account, new: email.text, fields: fields, password: try body.text("current_password"),
        provenAt: try context.signedIn().claims.provenAt, client: context.client)
    }
    if !change.isEmpty {
      account = try context.update(account.id, change)
    }
    let outcome = try password.map { try context.commit($0) }
    // Last, since another password makes worthless what was asked for before.
    if let asked { try context.services.addressChanges.ask(asked, of: outcome?.account) }
    var members = [
      JSON.Member("message", "User updated successfully"),
      JSON.Member("user", JSON(outcome?.account ?? account, context.settings)),
    ]
    if let asked { members.append(JSON.Member("pending_email", .string(asked.email.text))) }
    var response = Response(status: 200, json: .object(members))
    if let outcome { response = context.delivering(outcome.tokens, status: 200, members) }
    // As with `change-email`: the time tells nobody whether the address has an account.
    return asked == nil ? response : context.onSchedule(response)
  }

  static func updatePassword(_ context: Context) throws -> Response {
    let body = try JSONBody(context.request)
    guard let new = try body.text("new_password"), !new.isEmpty else {
      throw AuthError.invalid([FieldProblem("new_password", "New password is required")])
    }
    let change = try context.prepare(try context.ownAccount(), body, new: new, field: "new_password")
    return context.signedIn(
      try context.commit(change), status: 200, [JSON.Member("message", "Password updated successfully")])
  }

  /// The address that the body asks for, if that is another than the present one, which front ends send back with all
  /// they got; and as which field it came.
  private static func newEmail(
    _ body: JSONBody, _ account: Account
  ) throws -> (text: String, field: String, isAddress: Bool)? {
    guard let given = try body.field(["email", "emailAddress"]), let text = given.text else { return nil }
    let email = EmailAddress(text)
    return email == account.email ? nil : (text, given.name, email != nil)
  }
}

extension ProfileChange {
  /// What front ends call some fields besides their own names.
  private static let aliases = [
    "first_name": ["firstName"], "last_name": ["lastName"], "phone_number": ["phone", "phoneNumber"],
    "date_of_birth": ["dateOfBirth"], "zip_code": ["zipCode"],
  ]

  /// The fields of the profile that a body holds. One that can only be changed, and is null, is passed over: front ends
  /// send back all they got, of an account that never had it, too.
  fileprivate init(_ body: JSONBody) throws {
    self.init()
    for field in ProfileField.all {
      let names = [field.name] + (ProfileChange.aliases[field.name] ?? [])
      guard let given = try body.field(names), given.text != nil || !field.isRequired else { continue }
      set(field, to: given.text)
    }
  }
}

extension Context {
  /// Counts a mail that a request may bring about which does not always bring one. Throws `rateLimited`.
  fileprivate func countMail() throws {
    let standing = services.limits.count(.mail, of: Network(of: client.address))
    if let standing, standing.isExceeded { throw RequestFailure.rateLimited(standing) }
  }

  /// Changes the profile of who is signed in; tokens that say otherwise are out of date at once.
  @discardableResult
  func update(_ account: AccountID, _ change: ProfileChange) throws -> Account {
    let initiator = Initiator(account: account, client: client)
    guard let changed = try services.accounts.update(account, change, by: initiator) else {
      throw AuthError.accountNotFound
    }
    services.revocations.insert(account: account, revision: changed.revision, at: services.clock.now())
    return changed
  }

  fileprivate func prepare(
    _ account: Account, _ body: JSONBody, new: String, field: String
  ) throws -> Passwords.Change {
    guard let current = try body.text("current_password"), !current.isEmpty else {
      throw AuthError.invalid([FieldProblem("current_password", "Current password is required")])
    }
    return try services.passwords.prepare(account, current: current, new: new, field: field, client: client)
  }

  fileprivate func commit(_ change: Passwords.Change) throws -> SignIn.Outcome {
    try services.passwords.commit(change, keeping: signedIn().claims.session, client: client)
  }
}

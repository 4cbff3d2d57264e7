import HTTP
import Postern

/// What people change of their own account: `update_user`, which is `PUT user/@me` as well, and `password/update`.
enum OwnAccountHandlers {
  /// Takes the fields of the profile, and with the current password a new one. What is not a person's own to change
  /// (role, number, provider, whether the address is proven, …) is passed over, as front ends send back all they got.
  static func update(_ context: Context) throws -> Response {
    let body = try JSONBody(context.request)
    var account = try context.ownAccount()
    let change = try ProfileChange(body)
    let problems = try emailProblems(body, account) + change.problems(at: context.services.clock.now())
    guard problems.isEmpty else { throw AuthError.invalid(problems) }
    var password: Passwords.Change?
    if let new = try body.field(["password", "userPassword"]), let text = new.text {
      password = try context.prepare(account, body, new: text, field: new.name)
    }
    if !change.isEmpty {
      let initiator = Initiator(account: account.id, client: context.client)
      guard let changed = try context.services.accounts.update(account.id, change, by: initiator) else {
        throw AuthError.accountNotFound
      }
      context.services.revocations.insert(
        account: account.id, revision: changed.revision, at: context.services.clock.now())
      account = changed
    }
    let words = JSON.Member("message", "User updated successfully")
    guard let password else {
      return Response(status: 200, json: .object([words, JSON.Member("user", JSON(account))]))
    }
    let outcome = try context.commit(password)
    return context.delivering(outcome.tokens, status: 200, [words, JSON.Member("user", JSON(outcome.account))])
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

  /// The address is what a person signs in with and may be what others trust: no matter of the profile. The present one
  /// is passed over, as front ends send back all they got.
  private static func emailProblems(_ body: JSONBody, _ account: Account) throws -> [FieldProblem] {
    guard let given = try body.field(["email", "emailAddress"]), let text = given.text else { return [] }
    guard let email = EmailAddress(text) else { return [FieldProblem(given.name, "Invalid email format")] }
    return email == account.email ? [] : [FieldProblem(given.name, "The email cannot be changed with the profile")]
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

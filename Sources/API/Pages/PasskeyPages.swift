import HTTP
import Pages
import Postern

/// The pages of one's passkeys, and signing in with one. What the browser has made of the options that its script has
/// asked the API for comes in the field `credential`.
enum PasskeyPages {
  static func signIn(_ context: Context) throws -> Response {
    let fields = try context.request.form()
    let next = context.returnAddress(fields["next"])
    do {
      let response = try AssertionResponse(try JSON(credential: fields["credential"] ?? ""))
      return try context.signingIn { previous in
        try context.signInByPasskey(response, replacing: previous, isPersistent: fields.isEqual("remember", "1"))
      } signedIn: { outcome in
        context.goOn(to: next, outcome.tokens, afterwards: outcome.afterwards)
      } secondStep: { pending in
        context.secondStep(pending, next: next)
      }
    } catch {
      return context.answer(to: error) { answer in
        let form = LoginForm(next: next, error: answer.sentence, offersPasskeys: context.settings.offersPasskeys)
        return Pages.login(Site(context.settings), form, status: answer.status)
      }
    }
  }

  static func list(_ context: Context) throws -> Response {
    let next = context.returnAddress(context.request.query["next"])
    return try context.changingFactors(at: "passkeys", next: next) { account in
      try page(context, account, PasskeyForm(next: next, notice: context.notice))
    }
  }

  static func add(_ context: Context) throws -> Response {
    let fields = try context.request.form()
    let next = context.returnAddress(fields["next"])
    return try context.changingFactors(at: "passkeys", next: next) { account in
      do {
        let response = try RegistrationResponse(try JSON(credential: fields["credential"] ?? ""))
        let added = try context.addPasskey(response, named: fields["name"], password: nil)
        let signIn = try context.services.enrolment.raise(
          try context.signedIn().claims, of: account, by: added.methods, client: context.client)
        let codes = added.recoveryCodes.isEmpty ? nil : added.recoveryCodes
        return context.factorAdded(codes, signIn, done: .passkey, next: next)
      } catch {
        return try context.answer(to: error) { answer in
          var form = PasskeyForm(name: fields["name"] ?? "", next: next)
          form.nameProblem = answer.problems["name"]
          form.error = answer.formSentence
          return try page(context, account, form, status: answer.status)
        }
      }
    }
  }

  static func form(_ context: Context) throws -> Response {
    try context.changingPasskey { account, passkey in
      try context.page(of: passkey, account, PasskeyForm(name: passkey.name))
    }
  }

  static func rename(_ context: Context) throws -> Response {
    let name = try context.request.form()["name"] ?? ""
    return try context.changingPasskey { account, passkey in
      do {
        _ = try context.services.passkeys.rename(passkey.id, of: account.id, to: name, client: context.client)
        return context.onward(to: "account/security/passkeys", done: .passkeyRenamed)
      } catch {
        return try context.answer(to: error) { answer in
          let form = PasskeyForm(name: name, error: answer.formSentence, nameProblem: answer.problems["name"])
          return try context.page(of: passkey, account, form, status: answer.status)
        }
      }
    }
  }

  static func remove(_ context: Context) throws -> Response {
    try context.changingPasskey { account, passkey in
      try context.removePasskey(passkey.id, of: account)
      return context.onward(to: "account/security/passkeys", done: .passkeyRemoved)
    }
  }

  private static func page(
    _ context: Context, _ account: Account, _ form: PasskeyForm, status: Int = 200
  ) throws -> Response {
    let passkeys = try context.services.passkeys.list(of: account.id)
    return Pages.passkeys(
      Site(context.settings), passkeys.map(PasskeyView.init), form,
      offersNew: context.settings.offersPasskeys && passkeys.count < Passkeys.most, status: status)
  }
}

extension Context {
  /// One of the passkeys of somebody who may change them. Whose is none of theirs, or gone, sees the list.
  fileprivate func changingPasskey(_ show: (Account, Passkey) throws -> Response) throws -> Response {
    try changingFactors(at: "passkeys") { account in
      let id = try passkeyID()
      guard let passkey = try services.passkeys.list(of: account.id).first(where: { $0.id == id }) else {
        return onward(to: "account/security/passkeys")
      }
      return try show(account, passkey)
    }
  }

  fileprivate func page(
    of passkey: Passkey, _ account: Account, _ form: PasskeyForm, status: Int = 200
  ) throws -> Response {
    let isLast = try settings.secondFactors.isEnabled && services.enrolment.factors(of: account.id).count == 1
    return Pages.passkey(Site(settings), PasskeyView(passkey), form, isLast: isLast, status: status)
  }
}

extension PasskeyView {
  fileprivate init(_ passkey: Passkey) {
    self.init(
      id: passkey.id.description, name: passkey.name, createdAt: passkey.createdAt, lastUsedAt: passkey.lastUsedAt,
      isSynchronised: passkey.isBackupEligible)
  }
}

extension Settings {
  /// Whether browsers can have passkeys of this site: they belong to a host's name, and an address is none (WebAuthn
  /// Level 2, section 5.1.2).
  var offersPasskeys: Bool {
    guard passkeys.areEnabled, let host = Origin(of: publicURL)?.host else { return false }
    return host.utf8.contains { !(0x30...0x39).contains($0) && $0 != UInt8(ascii: ".") } && !host.hasPrefix("[")
  }
}

extension JSON {
  /// A credential as a script has written it into a form. Throws `badPasskey`.
  init(credential text: String) throws(AuthError) {
    do { try self.init(parsing: Array(text.utf8)) } catch { throw .badPasskey(.form) }
  }
}

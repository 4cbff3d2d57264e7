import HTTP
import Pages
import Postern

/// The page of the second step: behind the first one of a sign-in, whose ticket is in a cookie, or for somebody who is
/// signed in and is to prove a factor besides. Whose ticket is not good any more begins anew.
enum SecondStepPages {
  static func form(_ context: Context) throws -> Response {
    if context.isWithoutCookiesFromElsewhere, let address = ReturnAddress(context.request.path, origins: []) {
      return Pages.reload(Site(context.settings), address)
    }
    let query = context.request.query
    return try context.atSecondStep(next: query["next"]) { step in
      let hasMailed = query.isEqual("sent", "1")
      if step.enrolsApp(hasMailed: hasMailed) {
        return try context.beginEnrolment(of: step.account, next: step.next, offersMail: step.offersMail)
      }
      return context.page(step.form(context, hasMailed: hasMailed))
    }
  }

  static func answer(_ context: Context) throws -> Response {
    let fields = try context.request.form()
    return try context.atSecondStep(next: fields["next"]) { step in
      do {
        return try context.take(step, fields)
      } catch AuthError.badTicket {
        throw AuthError.badTicket
      } catch {
        if step.enrolsApp(hasMailed: fields.isEqual("sent", "1")) {
          return try context.enrolment(of: step.account, fields, isRefusedBy: error, offersMail: step.offersMail)
        }
        var form = step.form(context, hasMailed: fields.isEqual("sent", "1"))
        form.usesRecovery = fields["recovery_code"] != nil
        form.trusts = fields.isEqual("trust_browser", "1")
        return context.answer(to: error) { answer in
          form.error = error as? AuthError == .badCode ? form.wrongCode : answer.sentence
          return context.page(form, status: answer.status)
        }
      }
    }
  }

  /// Nothing tells whether a mail goes out.
  static func mail(_ context: Context) throws -> Response {
    let fields = try context.request.form()
    return try context.atSecondStep(next: fields["next"]) { step in
      var response = Response(status: 303)
      let address = Site(context.settings).address(of: "mfa", next: step.next)
      response.fields.append("Location", address + (step.next == nil ? "?" : "&") + "sent=1")
      switch step.kind {
      case .signIn(let ticket): try context.services.secondStep.mailCode(ticket, client: context.client)
      case .raising(let caller):
        let pending = try context.services.secondStep.ticket(toRaise: caller.claims)
        let ticket = BroughtTicket(text: pending.ticket, browserSecrets: [pending.browserSecret])
        try context.services.secondStep.mailCode(ticket, client: context.client)
        response.fields.append("Set-Cookie", SecondStepCookies(context.settings).signIn(pending, withTicket: true))
      }
      return context.onSchedule(response)
    }
  }
}

/// A second step that somebody is at.
private struct Step {
  enum Kind {
    case signIn(BroughtTicket)
    case raising(Caller)
  }

  var kind: Kind
  var offer: SecondStep.Offer
  var account: Account
  var next: ReturnAddress?

  var offersMail: Bool { offer.factors.contains(.email) }

  /// The account's role demands a factor, and it has none: an app is set up, unless the person would rather have codes
  /// mailed.
  func enrolsApp(hasMailed: Bool) -> Bool { offer.mustEnrol && !(hasMailed && offersMail) }

  func form(_ context: Context, hasMailed: Bool) -> SecondStepForm {
    var form = SecondStepForm(email: account.email.text, factors: Set(offer.factors), next: next)
    switch kind {
    case .signIn:
      let life = context.settings.secondFactors.trustedBrowserLifetime
      if life > .zero { form.trustedDays = max(1, Int(life.components.seconds / 86_400)) }
    case .raising: form.isStepUp = true
    }
    form.hasMailed = hasMailed && offersMail
    return form
  }
}

extension Context {
  /// Finds the second step that the person is at: by the ticket of their browser, or else by their session. Where there
  /// is neither, or the ticket is not good any more, it begins with the login.
  fileprivate func atSecondStep(next: String?, _ show: (Step) throws -> Response) throws -> Response {
    let next = returnAddress(next)
    var hasTicket = false
    if let ticket = broughtTicket {
      do {
        let (offer, account) = try services.secondStep.offer(to: ticket)
        return try show(Step(kind: .signIn(ticket), offer: offer, account: account, next: next))
      } catch AuthError.badTicket { hasTicket = true }
    }
    guard let (caller, renewed) = try pageCaller() else { return login(next: next, isLate: hasTicket) }
    guard let account = try services.accounts.find(caller.claims.account) else { return login(next: next) }
    let offer = try services.secondStep.offer(toRaise: caller.claims, of: account)
    var response: Response
    if caller.claims.methods.contains("mfa") {
      response = Response(status: 303)
      response.fields.append("Location", next?.text ?? settings.postLoginRedirect)
    } else if offer.factors.isEmpty {
      response = Response(status: 303)
      response.fields.append("Location", Site(settings).address(of: "account/security", next: next))
    } else {
      do {
        response = try show(Step(kind: .raising(caller), offer: offer, account: account, next: next))
      } catch AuthError.badTicket {
        return login(next: next, isLate: true)
      }
    }
    // Behind a form, the answer has tokens of its own.
    if let renewed, !request.isUnsafe { response.fields.append(TokenCookies(settings).accessFields(for: renewed)) }
    return response
  }

  /// - Parameter isLate: the page says that a second step took too long.
  private func login(next: ReturnAddress?, isLate: Bool = false) -> Response {
    var address = Site(settings).address(of: "login", next: next)
    if isLate { address += (next == nil ? "?" : "&") + "late=1" }
    var response = Response(status: 303)
    response.fields.append("Location", address)
    return response
  }

  fileprivate func take(_ step: Step, _ fields: FormFields) throws -> Response {
    switch step.kind {
    case .signIn(let ticket) where step.enrolsApp(hasMailed: fields.isEqual("sent", "1")):
      let added = try confirmingTOTP(fields["code"] ?? "", by: ticket)
      return withoutTicket(factorAdded(added.recoveryCodes, added.signIn, done: .factor, next: step.next))
    case .signIn(let ticket):
      return try takingSecondStep(
        ticket, try given(fields), trustsBrowser: fields.isEqual("trust_browser", "1")
      ) { finished in
        let signIn = finished.signIn
        guard let codes = finished.recoveryCodes else {
          return goOn(to: step.next, signIn.tokens, afterwards: signIn.afterwards)
        }
        return factorAdded(codes, signIn, done: .factor, next: step.next)
      }
    case .raising(let caller):
      var context = self
      context.caller = caller
      // Any other ticket that the browser has is of a sign-in that was given up.
      let ticket = fields.isEqual("sent", "1") ? broughtTicket : nil
      return try context.steppingUp(try given(fields), ticket) { outcome in goOn(to: step.next, outcome.tokens) }
    }
  }

  private func given(_ fields: FormFields) throws -> SecondStep.Given {
    if let credential = fields["credential"] {
      return .passkey(try AssertionResponse(try JSON(credential: credential)))
    }
    return .code(fields["recovery_code"] ?? fields["code"] ?? "")
  }

  fileprivate func page(_ form: SecondStepForm, status: Int = 200) -> Response {
    Pages.secondStep(Site(settings), form, status: status)
  }
}

import HTTP
import Pages
import Postern

extension Context {
  /// The answer to whatever a handler threw: the one place where an error becomes a status.
  func response(to error: any Error, in place: Route.Place) -> Response {
    answer(to: error) { answer in place == .pages ? page(answer) : json(answer) }
  }

  /// The same, shown in a form of the caller's own.
  func answer(to error: any Error, _ show: (FailureAnswer) throws -> Response) rethrows -> Response {
    let answer = failureAnswer(error)
    var response = try show(answer)
    if let seconds = answer.retryAfter { response.fields.append("Retry-After", String(seconds)) }
    if !answer.allow.isEmpty { response.fields.append("Allow", answer.allow.joined(separator: ", ")) }
    if answer.unsetsCookies { response.fields.append(TokenCookies(settings).removal) }
    switch error as? AuthError {
    case .badCredentials, .wrongPassword, .wrongLinkPassword, .badTicket, .badCode, .passkeyRefused:
      response.notBefore = nextTick
    default: break
    }
    return response
  }

  private func failureAnswer(_ error: any Error) -> FailureAnswer {
    switch error {
    case let error as AuthError:
      if case .unavailable(let reason) = error { services.log.write(.error, "storage unavailable", ["reason": reason]) }
      return FailureAnswer(error, settings: settings)
    case let error as StoreError: return failureAnswer(AuthError(error))
    case let failure as TokenFailure: return FailureAnswer(.token(failure), settings: settings)
    case let failure as PictureFailure: return failureAnswer(failure)
    case let failure as RequestFailure: return FailureAnswer(failure)
    default:
      services.log.write(.error, "unforeseen error", ["error": "\(error)"])
      return FailureAnswer(.unforeseen)
    }
  }

  private func failureAnswer(_ failure: PictureFailure) -> FailureAnswer {
    if case .unavailable(let reason) = failure { services.log.write(.error, "no pictures", ["reason": reason]) }
    return FailureAnswer(failure)
  }

  /// The same answer, later: on the schedule of wrong passwords. For whatever goes by mail: how long it took tells
  /// nobody whether there was somebody to write to.
  func onSchedule(_ response: Response) -> Response {
    var response = response
    response.notBefore = nextTick
    return response
  }

  /// Every wrong password is answered on one schedule: how long the hash took, and whether there was one, cannot be
  /// read off it. The reactor waits; no worker does.
  private var nextTick: Duration {
    services.failures.answer(to: request.arrival, at: services.clock.monotonic())
  }

  private func json(_ answer: FailureAnswer) -> Response {
    if let message = answer.message {
      var members = [JSON.Member("msg", .string(message))]
      if answer.status == 401 { members.append(JSON.Member("login_url", .string(settings.loginURL))) }
      return Response(status: answer.status, json: .object(members))
    }
    var members = [
      JSON.Member("error", .string(answer.sentence)), JSON.Member("error_code", .string(answer.code)),
      JSON.Member("status", .integer(Int64(answer.status))),
    ]
    members += answer.extra
    if !answer.fields.isEmpty {
      members.append(
        JSON.Member("fields", .object(answer.fields.map { JSON.Member($0.field, .string($0.sentence)) })))
    }
    if answer.status == 401 || answer.status == 403 {
      members.append(JSON.Member("login_url", .string(settings.loginURL)))
    }
    if answer.status >= 500 { members.append(JSON.Member("request_id", .string(requestID.description))) }
    return Response(status: answer.status, json: .object(members))
  }

  private func page(_ answer: FailureAnswer) -> Response {
    let title =
      switch answer.status {
      case 403: "Not allowed"
      case 404: "Page not found"
      case 405: "That does not work here"
      case 429: "Too many attempts"
      case 503: "One moment, please"
      case 500...: "Something went wrong"
      default: "That did not work"
      }
    return Pages.message(
      Site(settings), status: answer.status, title: title, sentence: answer.sentence,
      requestID: answer.status >= 500 ? requestID.description : nil)
  }
}

extension Settings {
  /// Where a person signs in, as a whole address; where there are no pages, where a program does.
  var loginURL: String { publicURL + (delivery == .bodyOnly ? apiPrefix : pagesPrefix) + "/login" }
}

extension Response {
  /// An answer with a JSON body.
  init(status: Int, json: JSON) {
    self.init(status: status, body: .bytes(json.bytes))
    fields.append("Content-Type", "application/json")
    fields.append("X-Content-Type-Options", "nosniff")
  }
}

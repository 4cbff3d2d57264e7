package import HTTP
package import Postern

/// The application behind the web server: finds the row of the table, checks what the row says, runs its handler, and
/// turns whatever comes of it into an answer.
package final class Gate: Application {
  private let services: Services
  private let router: Router
  private let tokens: TokenReader
  private let judge: Judge
  private let apiTokens: VerifiedAPITokens
  private let requestIDs = RequestID.Source()
  private let verifyPath: [UInt8]

  package init(_ services: Services) {
    self.services = services
    router = Router(routes, settings: services.settings)
    tokens = TokenReader(services, verified: VerifiedTokens(services.codec))
    apiTokens = VerifiedAPITokens(services)
    judge = Judge(services, tokens, apiTokens)
    verifyPath = Array((services.settings.apiPrefix + "/verify").utf8)
  }

  package func begin(_ request: Request) -> Beginning {
    if isVerify(request) { return beginVerify(request) }
    let context = context(request, mayBlock: false)
    if request.role == .authorizer { return begin(context, Gate.authorize) }
    switch router.match(request) {
    case .route(let route):
      switch route.cost {
      case .inline: return begin(context, route)
      case .worker(let lane): return .work(lane)
      }
    case .otherMethod(let allowed, let place):
      return .answer(finished(otherMethod(context, allowed, place), context))
    case .unknown(let place):
      return .answer(finished(context.response(to: RequestFailure.notFound, in: place), context))
    }
  }

  package func perform(_ request: Request) -> Response {
    let context = context(request, mayBlock: true)
    return LogContext.$requestID.withValue(context.requestID.description) {
      // These are asked for every file of a page, and a reactor that answers them writes nothing either.
      if isVerify(request) { return finished(run(Gate.verify, context), context) }
      if request.role == .authorizer { return finished(run(Gate.authorize, context), context) }
      let response: Response
      if case .route(let route) = router.match(request) {
        response = run(route, context)
      } else {
        response = context.response(to: RequestFailure.notFound, in: .api)
      }
      let answer = finished(response, context)
      logged(context, answer)
      return answer
    }
  }

  package func bodyLimit(for parameters: Parameters) -> Int {
    takesFile(Request(parameters: parameters)) ? Pictures.largestFile + 65_536 : 1_048_576
  }

  private func takesFile(_ request: Request) -> Bool {
    if !isVerify(request), case .route(let route) = router.match(request) { route.takesFile } else { false }
  }

  package func refuse(_ refusal: Refusal, _ parameters: Parameters) -> Response {
    let context = context(Request(parameters: parameters), mayBlock: false)
    if isVerify(context.request) { return finished(Response(status: refusal == .overloaded ? 503 : 401), context) }
    if refusal == .bodyTooLarge, takesFile(context.request) {
      return finished(context.response(to: PictureFailure.tooLarge, in: router.place(of: context.request)), context)
    }
    let failure: RequestFailure =
      switch refusal {
      case .bodyTooLarge: .bodyTooLarge
      case .parametersTooLarge: .parametersTooLarge
      case .overloaded: .overloaded
      }
    return finished(context.response(to: failure, in: router.place(of: context.request)), context)
  }

  // MARK: Rows

  private static let verify = routes.first { $0.path == "/verify" }!
  private static let authorize = Route(
    .any, "", access: .judgesItself, cost: .inline, origin: .never, limit: .none, ChallengeHandlers.authorize)

  /// Whether this is the question that is asked for every file: told by its path before anything else is looked at.
  private func isVerify(_ request: Request) -> Bool {
    guard request.role == .responder, let name = request.parameters.value(of: "SCRIPT_NAME") else { return false }
    guard name.count < verifyPath.count else {
      return verifyPath.withUnsafeBufferPointer { $0.isEqual(to: name) } && !request.parameters.has("PATH_INFO")
    }
    return verifyPath.elementsEqual(name + (request.parameters.value(of: "PATH_INFO") ?? []))
  }

  /// The hot path: its row asks for nothing that would have to be checked before the judge does.
  private func beginVerify(_ request: Request) -> Beginning {
    do {
      let response = try VerifyHandlers.answer(request, judge, services, mayBlock: false)
      return .answer(finished(response, request, requestIDs.make()))
    } catch is NeedsWorker {
      return .work(.reading)
    } catch {
      let context = context(request, mayBlock: false)
      return .answer(finished(context.response(to: error, in: .api), context))
    }
  }

  private func begin(_ context: Context, _ route: Route) -> Beginning {
    do {
      return .answer(finished(try answer(route, context, isCounted: false), context))
    } catch {
      return .work(.reading)
    }
  }

  private func run(_ route: Route, _ context: Context) -> Response {
    // What came from the reactor because it needs the storage was counted there.
    let isCounted = if case .inline = route.cost { true } else { false }
    do { return try answer(route, context, isCounted: isCounted) } catch {
      return context.response(to: error, in: route.place)
    }
  }

  /// The answer of a row, refusals included, and how the client stands to its limits.
  private func answer(_ route: Route, _ context: Context, isCounted: Bool) throws(NeedsWorker) -> Response {
    var standing: Limit.Standing?
    var response: Response
    do {
      standing = try context.counted(for: route, isCounted: isCounted)
      response = try attempt(route, context, &standing)
    } catch let error as NeedsWorker {
      throw error
    } catch {
      if case RequestFailure.rateLimited(let exceeded) = error { standing = exceeded }
      response = context.response(to: error, in: route.place)
    }
    if let standing { response.fields.append(standing.fields) }
    return response
  }

  private func attempt(_ route: Route, _ context: Context, _ standing: inout Limit.Standing?) throws -> Response {
    let request = context.request
    if route.access != .judgesItself {
      let cookies = request.parameters.value(of: "HTTP_COOKIE")?.withUnsafeBufferPointer(Cookies.count)
      if let cookies, cookies > Cookies.most { throw RequestFailure.tooManyCookies }
    }
    try checkOrigin(route, request)
    var context = context
    switch route.access {
    case .anyone, .judgesItself: break
    case .signedIn: context.caller = try context.signedInCaller()
    case .signedInOrAPIToken: context.visitor = try context.signedInVisitor()
    case .refreshToken: context.caller = try context.refreshTokenCaller()
    case .signedInPage:
      guard let (caller, renewed) = try context.pageCaller() else { return context.loginRedirect }
      context.caller = caller
      context.renewed = renewed
    }
    try context.countWrite(for: route, &standing)
    var response = try route.handler(context)
    // A handler that has issued tokens itself has made that one worthless.
    if let renewed = context.renewed, !response.fields.has("Set-Cookie") {
      response.fields.append(TokenCookies(context.settings).accessFields(for: renewed))
    }
    return response
  }

  private func checkOrigin(_ route: Route, _ request: Request) throws {
    guard route.origin != .never, request.isUnsafe else { return }
    if route.origin == .withCookies, !tokens.hasCookie(in: request) { return }
    guard !OriginCheck.isAllowed(request, services) else { return }
    services.log.write(
      .notice, "request from another site refused",
      [
        "path": request.loggedPath, "origin": String((request.parameters["HTTP_ORIGIN"] ?? "").prefix(200)),
        "this_site": services.settings.publicURL,
      ])
    throw RequestFailure.crossSite
  }

  // MARK: Answers

  private func context(_ request: Request, mayBlock: Bool) -> Context {
    Context(
      services: services, request: request, requestID: requestIDs.make(), tokens: tokens, apiTokens: apiTokens,
      judge: judge, mayBlock: mayBlock)
  }

  private func otherMethod(_ context: Context, _ allowed: [String], _ place: Route.Place) -> Response {
    guard context.request.parameters.isEqual("REQUEST_METHOD", "OPTIONS") else {
      return context.response(to: RequestFailure.methodNotAllowed(allowed), in: place)
    }
    var response = Response(status: 200)
    response.fields.append("Allow", allowed.joined(separator: ", "))
    response.fields.append(
      OriginCheck.preflightFields(for: context.request, methods: allowed, services))
    return response
  }

  /// Adds what every answer has.
  private func finished(_ response: Response, _ context: Context) -> Response {
    finished(response, context.request, context.requestID)
  }

  private func finished(_ response: Response, _ request: Request, _ requestID: RequestID) -> Response {
    var response = response
    if !response.fields.has("Cache-Control") { response.fields.append("Cache-Control", "no-store") }
    requestID.write(to: &response.fields)
    if case .bytes(let bytes) = response.body, !bytes.isEmpty, request.parameters.isEqual("REQUEST_METHOD", "HEAD") {
      response.body = .bytes([])
    }
    if !services.settings.corsOrigins.isEmpty, !response.fields.has("Access-Control-Allow-Methods"),
      !response.fields.has("Access-Control-Allow-Origin")
    {
      response.fields.append(OriginCheck.fields(for: request, services))
    }
    return response
  }

  private func logged(_ context: Context, _ response: Response) {
    let spent = services.clock.monotonic() - context.request.arrival
    services.log.write(
      .info, "request",
      [
        "method": context.request.method, "path": context.request.loggedPath, "status": String(response.status),
        "ms": String(Int(spent / .milliseconds(1))), "address": context.client.address,
      ])
  }
}

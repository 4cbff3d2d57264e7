import HTTP
import Postern

/// Why a request is refused before or beside what `AuthError` knows: its form, its place, its origin.
enum RequestFailure: Error, Equatable {
  /// The body is not what the route takes; the sentence says what it is and what would be taken.
  case malformedBody(String)
  case unsupportedMediaType
  /// It comes from a site that may not send it.
  case crossSite
  case notFound
  case methodNotAllowed([String])
  case tooManyCookies
  case bodyTooLarge
  case parametersTooLarge
  case overloaded
  /// More often than one of the limits allows.
  case rateLimited(Limit.Standing)
  /// Nothing that was foreseen: logged with the request's id, which is all that the client learns.
  case unforeseen
}

/// What a failure is to a client: made by the one switch below, shown as JSON or as a page.
struct FailureAnswer {
  var status: Int
  var sentence: String
  var code: String
  /// The recorded `msg` of a token error, which then is the whole body.
  var message: String?
  var fields: [FieldProblem] = []
  /// Seconds.
  var retryAfter: Int64?
  var extra: [JSON.Member] = []
  var allow: [String] = []
  var unsetsCookies = false
}

extension FailureAnswer {
  init(_ failure: RequestFailure) {
    switch failure {
    case .malformedBody(let sentence): self.init(status: 400, sentence: sentence, code: "MALFORMED_BODY")
    case .unsupportedMediaType:
      self.init(
        status: 415, sentence: "The body must be JSON, with Content-Type: application/json",
        code: "UNSUPPORTED_MEDIA_TYPE")
    case .crossSite:
      self.init(status: 403, sentence: "This request comes from a site that may not send it", code: "CROSS_SITE")
    case .notFound: self.init(status: 404, sentence: "There is nothing at this address", code: "NOT_FOUND")
    case .methodNotAllowed(let allowed):
      self.init(
        status: 405, sentence: "This address takes \(allowed.joined(separator: ", ")) only",
        code: "METHOD_NOT_ALLOWED", allow: allowed)
    case .tooManyCookies:
      self.init(
        status: 400, sentence: "More than \(Cookies.most) cookies in one request are not taken",
        code: "TOO_MANY_COOKIES")
    case .bodyTooLarge: self.init(status: 413, sentence: "The body is too large", code: "BODY_TOO_LARGE")
    case .parametersTooLarge:
      self.init(status: 431, sentence: "The request's header fields are too large", code: "HEADERS_TOO_LARGE")
    case .overloaded:
      self.init(
        status: 503, sentence: "Too many requests are waiting; try again in a moment", code: "OVERLOADED",
        retryAfter: 1)
    case .rateLimited(let standing):
      let wait = standing.seconds < 120 ? "\(standing.seconds) seconds" : "\((standing.seconds + 59) / 60) minutes"
      self.init(
        status: 429, sentence: "Too many requests; try again in \(wait)", code: "RATE_LIMITED",
        retryAfter: standing.seconds)
    case .unforeseen: self.init(status: 500, sentence: "Something went wrong on our side", code: "INTERNAL_ERROR")
    }
  }

  /// The sentences are those that front ends know.
  init(_ failure: PictureFailure) {
    let other = "Please upload a valid image"
    switch failure {
    case .noFile: self.init(status: 400, sentence: "No file uploaded", code: "NO_FILE")
    case .noneSelected: self.init(status: 400, sentence: "No file selected", code: "NO_FILE_SELECTED")
    case .otherKind:
      self.init(
        status: 400, sentence: "Invalid file type. \(other) (PNG, JPG, GIF, WebP).", code: "INVALID_FILE_TYPE")
    case .tooSmall: self.init(status: 400, sentence: "File too small. \(other).", code: "FILE_TOO_SMALL")
    case .tooLarge:
      self.init(
        status: 400, sentence: "File too large. Maximum size is \(Pictures.largestFile >> 20)MB.",
        code: "FILE_TOO_LARGE")
    case .tooManyPixels:
      self.init(
        status: 400, sentence: "The picture has more than \(Pictures.mostPixels / 1_000_000) million pixels.",
        code: "TOO_MANY_PIXELS")
    case .unreadable:
      self.init(status: 400, sentence: "The picture cannot be read. \(other).", code: "UNREADABLE_PICTURE")
    case .unavailable:
      self.init(
        status: 503, sentence: "Pictures cannot be taken at the moment; try again later", code: "UNAVAILABLE",
        retryAfter: 60)
    }
  }

  init(_ error: AuthError, settings: Settings) {
    switch error {
    case .invalid(let problems):
      self.init(
        status: 400, sentence: problems.map(\.sentence).joined(separator: "; "), code: "INVALID_FIELDS",
        fields: problems)
    case .missingCredentials:
      self.init(status: 400, sentence: "Email and password are required", code: "MISSING_CREDENTIALS")
    case .emailTaken: self.init(status: 400, sentence: "Email is already registered", code: "EMAIL_TAKEN")
    case .registrationClosed:
      self.init(
        status: 403, sentence: "Registration is closed. Ask whoever runs this site for an account.",
        code: "REGISTRATION_CLOSED")
    case .badCredentials:
      // To whoever has not confirmed their address it says what to do, and to nobody whether there is an account.
      let doubt = settings.needsProvenAddress ? ", or the address has not been confirmed yet" : ""
      self.init(status: 401, sentence: "Invalid email or password" + doubt, code: "BAD_CREDENTIALS")
    case .wrongPassword(let field):
      let sentence = field == "current_password" ? "Current password is incorrect" : "Password is incorrect"
      self.init(status: 400, sentence: sentence, code: "WRONG_PASSWORD", fields: [FieldProblem(field, sentence)])
    case .proofTooOld:
      self.init(
        status: 403, sentence: "Sign in again first: your account has no password to ask for",
        code: "REAUTHENTICATION_REQUIRED")
    case .addressInUse(let field):
      self.init(
        confirming: 400, "Email is already in use", code: "EMAIL_TAKEN",
        fields: [FieldProblem(field, "Email is already in use")])
    case .tooManyAttempts(let wait):
      let seconds = max(1, wait.components.seconds + (wait.components.attoseconds > 0 ? 1 : 0))
      let minutes = (seconds + 59) / 60
      self.init(
        status: 429, sentence: "Too many login attempts. Try again in \(minutes) minutes.", code: "TOO_MANY_ATTEMPTS",
        retryAfter: seconds, extra: [JSON.Member("retry_after_minutes", .integer(minutes))])
    case .badLink(let purpose): self.init(badLink: purpose)
    case .linkAccountGone: self.init(confirming: 404, "User not found.", code: "USER_NOT_FOUND")
    case .signInToConfirm:
      self.init(confirming: 401, "Sign in, or give your password, to confirm this address.", code: "SIGN_IN_TO_CONFIRM")
    case .wrongLinkPassword:
      self.init(
        confirming: 401, "Password is incorrect", code: "WRONG_PASSWORD",
        fields: [FieldProblem("password", "Password is incorrect")])
    case .badTicket: self.init(status: 400, sentence: "Invalid MFA token", code: "BAD_MFA_TOKEN")
    case .badCode: self.init(status: 400, sentence: "Invalid MFA token", code: "BAD_CODE")
    case .noSecondFactor:
      self.init(status: 409, sentence: "Your account has no second factor", code: "NO_SECOND_FACTOR")
    case .browserNotFound: self.init(status: 404, sentence: "Browser not found", code: "BROWSER_NOT_FOUND")
    case .token(let failure): self.init(failure, settings: settings)
    case .sessionInactive:
      self.init(
        status: 401, sentence: "Session expired due to inactivity. Please log in again.", code: "SESSION_INACTIVE",
        unsetsCookies: true)
    case .accountNotFound: self.init(status: 404, sentence: "User not found", code: "USER_NOT_FOUND")
    case .sessionNotFound: self.init(status: 404, sentence: "Session not found", code: "SESSION_NOT_FOUND")
    case .apiTokenNotFound: self.init(status: 404, sentence: "API token not found", code: "TOKEN_NOT_FOUND")
    case .tooManyAPITokens(let most):
      self.init(
        status: 409, sentence: "You have \(most) API tokens; end one that you no longer need first",
        code: "TOO_MANY_TOKENS")
    case .badPasskey(let problem): self.init(status: 400, sentence: problem.sentence, code: "BAD_CREDENTIAL")
    case .passkeyRefused:
      self.init(status: 401, sentence: "This passkey signs nobody in here", code: "PASSKEY_REFUSED")
    case .passkeyRegistered:
      self.init(status: 409, sentence: "This passkey has been added before", code: "PASSKEY_REGISTERED")
    case .passkeyNotFound: self.init(status: 404, sentence: "Passkey not found", code: "PASSKEY_NOT_FOUND")
    case .tooManyPasskeys(let most):
      self.init(
        status: 409, sentence: "You have \(most) passkeys; remove one that you no longer need first",
        code: "TOO_MANY_PASSKEYS")
    case .passkeysDisabled:
      self.init(status: 403, sentence: "This site takes no passkeys", code: "PASSKEYS_DISABLED")
    case .secondFactorRequired:
      self.init(
        status: 403, sentence: "Prove it is you by a second factor first", code: "SECOND_FACTOR_REQUIRED",
        extra: [JSON.Member("mfa_url", .string(settings.publicURL + settings.pagesPrefix + "/mfa"))])
    case .secondFactorsDisabled:
      self.init(status: 403, sentence: "This site asks for no second factors", code: "MFA_DISABLED")
    case .mailedCodesNotAllowed:
      self.init(
        status: 403, sentence: "Codes are mailed to confirmed addresses only, and where the site offers it",
        code: "MAILED_CODES_NOT_ALLOWED")
    case .factorExists: self.init(status: 409, sentence: "Your account has that already", code: "FACTOR_EXISTS")
    case .factorNotFound: self.init(status: 404, sentence: "Your account has none", code: "FACTOR_NOT_FOUND")
    case .notYours: self.init(status: 403, sentence: "Access denied", code: "ACCESS_DENIED")
    case .unavailable:
      self.init(
        status: 503, sentence: "The service cannot answer at the moment; try again shortly", code: "UNAVAILABLE",
        retryAfter: 2)
    }
  }

  private init(badLink purpose: Link.Purpose) {
    switch purpose {
    case .confirmAddress, .confirmNewAddress:
      self.init(confirming: 400, "Verification link is invalid or has expired.", code: "INVALID_TOKEN")
    case .resetPassword:
      self.init(status: 400, sentence: "Reset link is invalid or has expired.", code: "INVALID_TOKEN")
    case .undoAddressChange: self.init(status: 400, sentence: "Link is invalid or has expired.", code: "INVALID_TOKEN")
    case .signInCode: self.init(status: 400, sentence: "Invalid MFA token", code: "BAD_CODE")
    }
  }

  /// In the form in which `confirm` has always told what is wrong, which some others may be, too.
  private init(confirming status: Int, _ sentence: String, code: String, fields: [FieldProblem] = []) {
    self.init(
      status: status, sentence: sentence, code: code, fields: fields,
      extra: [JSON.Member("message", .string(sentence)), JSON.Member("success", .bool(false))])
  }

  /// The words of flask-jwt-extended and PyJWT, which front ends know.
  private init(_ failure: TokenFailure, settings: Settings) {
    let header = settings.headerName
    let expected = "Expected '\(header): \(settings.headerType) <JWT>'"
    switch failure {
    case .missing(let kind):
      self.init(token: 401, FailureAnswer.missing(kind, "Missing \(header) Header", settings))
    case .otherScheme(let kind):
      let sentence = "Missing '\(settings.headerType)' type in '\(header)' header. \(expected)"
      self.init(token: 401, FailureAnswer.missing(kind, sentence, settings))
    case .badHeader: self.init(token: 422, "Bad \(header) header. \(expected)")
    case .revoked: self.init(token: 401, "Token has been revoked", code: "TOKEN_REVOKED")
    case .ambiguous:
      self.init(
        status: 401, sentence: "Cookies of several sessions came; sign in again", code: "AMBIGUOUS")
    case .sessionNeeded:
      self.init(
        status: 403, sentence: "An API token cannot do this; sign in for it", code: "SESSION_REQUIRED")
    case .missingCSRF: self.init(token: 401, "Missing CSRF token")
    case .wrongCSRF: self.init(token: 401, "CSRF double submit tokens do not match")
    case .problem(let problem):
      switch problem {
      case .notEnoughSegments: self.init(token: 422, "Not enough segments")
      case .malformed, .foreign: self.init(token: 422, "Invalid token")
      case .algorithm: self.init(token: 422, "The specified alg value is not allowed")
      case .signature: self.init(token: 422, "Signature verification failed")
      case .expired: self.init(token: 401, "Token has expired", code: "TOKEN_EXPIRED")
      case .notYetValid: self.init(token: 422, "The token is not yet valid (nbf)")
      case .refreshNotAllowed: self.init(token: 422, "Only non-refresh tokens are allowed")
      case .onlyRefreshAllowed: self.init(token: 422, "Only refresh tokens are allowed")
      case .issuer: self.init(token: 422, "Invalid issuer")
      case .audience: self.init(token: 422, "Audience doesn't match")
      }
    }
  }

  private init(token status: Int, _ message: String, code: String = "TOKEN_REQUIRED") {
    self.init(status: status, sentence: message, code: code, message: message)
  }

  /// `Missing JWT in cookies or headers (Missing cookie "…"; Missing Authorization Header)`, or the one part of it
  /// where tokens are looked for at one place only.
  private static func missing(_ kind: TokenClaims.Kind, _ header: String, _ settings: Settings) -> String {
    let name = TokenCookies(settings).name(of: kind)
    let parts = settings.tokenLocations.map { $0 == .cookies ? "Missing cookie \"\(name)\"" : header }
    guard parts.count > 1 else { return parts.first ?? header }
    let places = settings.tokenLocations.map(\.rawValue).joined(separator: " or ")
    return "Missing JWT in \(places) (\(parts.joined(separator: "; ")))"
  }
}

import Glibc
import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

@Suite struct GateTests {
  @Test func unknownPathsAndMethodsAreJSONOrPages() throws {
    let harness = try Harness()
    let unknown = harness.send("GET", "/api/auth/nothing")
    #expect(unknown.status == 404)
    #expect(unknown.json["error_code"] == "NOT_FOUND")
    let other = harness.send("GET", "/api/auth/login")
    #expect(other.status == 405)
    #expect(other.fields["Allow"] == "OPTIONS, POST")
    #expect(harness.send("POST", "/api/auth/check-auth").fields["Allow"] == "GET, HEAD, OPTIONS")
    let page = harness.send("GET", "/auth/nothing")
    #expect(page.status == 404)
    #expect(page.fields["Content-Type"] == "text/html; charset=utf-8")
  }

  @Test func everyAnswerHasARequestIDAndIsNotStored() throws {
    let harness = try Harness()
    var ids: Set<String> = []
    for path in ["/api/auth/healthz", "/api/auth/nothing", "/auth/login", "/api/auth/verify"] {
      let response = harness.send("GET", path)
      #expect(response.fields.values(of: "Cache-Control") == ["no-store"])
      ids.insert(try #require(response.fields["X-Request-Id"]))
    }
    #expect(ids.count == 4)
  }

  @Test func headIsGetWithoutABody() throws {
    let harness = try Harness()
    for path in ["/api/auth/healthz", "/auth/login", "/auth/style.css"] {
      let response = harness.send("HEAD", path)
      #expect(response.status == 200)
      #expect(response.bytes.isEmpty)
    }
  }

  /// Threat 25.
  @Test func unsafeRequestsFromOtherSitesAreRefusedOnEveryRoute() throws {
    let harness = try Harness()
    let cookies = harness.register()
    for route in routes where route.method != .get && route.method != .any {
      let path = route.place.prefix(harness.settings) + route.path
      for fields in [
        ["HTTP_ORIGIN": "https://evil.example"], ["HTTP_SEC_FETCH_SITE": "cross-site"], ["HTTP_ORIGIN": "null"],
        ["HTTP_ORIGIN": "https://site.example.evil"], ["HTTP_ORIGIN": "http://site.example"],
        ["HTTP_ORIGIN": "https://site.example", "HTTP_SEC_FETCH_SITE": "cross-site"],
      ] as [Harness.Extra] {
        let response = harness.send(route.method.rawValue, path, json: "{}", cookies: cookies, with: fields)
        #expect(response.status == 403, "\(path) \(fields)")
      }
    }
    #expect(harness.verify(cookies).status == 204)
  }

  @Test func everyUnsafeRouteHasAnOriginRule() {
    for route in routes where route.method != .get {
      #expect(route.origin != .never || ["/verify", "/challenge"].contains(route.path), "\(route.path)")
    }
  }

  @Test func thisSiteAndListedOnesMaySend() throws {
    let harness = try Harness { $0.corsOrigins = ["https://app.example"] }
    harness.register()
    for origin in ["https://site.example", "https://app.example"] {
      let response = harness.send(
        "POST", "/api/auth/login", json: #"{"email": "alice@example.com", "password": "correct horse"}"#,
        with: ["HTTP_ORIGIN": origin, "HTTP_SEC_FETCH_SITE": origin.contains("app") ? "cross-site" : "same-origin"])
      #expect(response.status == 200)
      #expect(response.fields["Access-Control-Allow-Origin"] == (origin.contains("app") ? origin : nil))
    }
    let preflight = harness.send(
      "OPTIONS", "/api/auth/login",
      with: ["HTTP_ORIGIN": "https://app.example", "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST"])
    #expect(preflight.status == 200)
    #expect(preflight.fields["Access-Control-Allow-Credentials"] == "true")
    let foreign = harness.send("OPTIONS", "/api/auth/login", with: ["HTTP_ORIGIN": "https://evil.example"])
    #expect(foreign.fields["Access-Control-Allow-Origin"] == nil)
  }

  /// Threat 26.
  @Test func oversizeWorkIsRefusedEarly() throws {
    let harness = try Harness()
    let cookies = (0..<101).map { "c\($0)=x" }.joined(separator: "; ")
    #expect(
      harness.send("GET", "/api/auth/check-auth", with: ["HTTP_COOKIE": cookies]).json["error_code"]
        == "TOO_MANY_COOKIES")
    let deep = String(repeating: "[", count: 10_000)
    #expect(harness.send("POST", "/api/auth/login", json: deep).status == 400)
    #expect(harness.gate.refuse(.bodyTooLarge, Parameters()).status == 413)
    #expect(harness.gate.refuse(.parametersTooLarge, Parameters()).status == 431)
    let overloaded = harness.gate.refuse(.overloaded, Parameters())
    #expect(overloaded.status == 503)
    #expect(overloaded.fields["Retry-After"] == "1")
    let page = harness.gate.refuse(
      .overloaded, Parameters(["REQUEST_METHOD": "POST", "SCRIPT_NAME": "/auth/login"]))
    #expect(page.status == 503)
    #expect(page.fields["Retry-After"] == "1")
    #expect(page.fields["Content-Type"] == "text/html; charset=utf-8")
  }

  /// Threat 26.
  @Test func whatIsFarTooLongIsNotSaidBack() throws {
    let harness = try Harness()
    let name = String(repeating: "n", count: 100_000)
    let twice = harness.send("POST", "/api/auth/login", json: "{\"\(name)\": 1, \"\(name)\": 2}")
    #expect(twice.status == 400)
    #expect(twice.bytes.count < 500)
    let typed = String(repeating: "%27", count: 300_000)
    for (path, status) in [("/auth/login", 401), ("/auth/register", 400)] {
      let page = harness.send("POST", path, form: "email=\(typed)&password=x&first_name=\(typed)&last_name=\(typed)")
      #expect(page.status == status)
      #expect(page.bytes.count < 10_000)
    }
  }

  @Test func versionOfCombiningMarksIsComparedInLinearTime() throws {
    let harness = try Harness()
    let query = "v=a" + String(repeating: "%CC%81%CC%A7", count: 300_000)
    let seconds = processorTime {
      #expect(harness.send("GET", "/auth/style.css", query: query).fields["Cache-Control"] == "no-cache")
    }
    #expect(seconds < 20)
  }

  /// A session row keeps the user agent.
  @Test func userAgentIsBoundedInScalarsNotInCharacters() throws {
    let harness = try Harness()
    let agent = "a" + String(repeating: "\u{301}", count: 20_000)
    let response = harness.send(
      "POST", "/api/auth/register", json: #"{"email": "a@example.com", "password": "correct horse"}"#,
      with: ["HTTP_USER_AGENT": agent])
    #expect(response.status == 201)
    let id = try #require(harness.verify(response.cookies).fields["X-Auth-Session"].flatMap { SessionID($0.utf8) })
    let session = try #require(try harness.storage.sessions.find(id))
    #expect(session.userAgent.unicodeScalars.count == 500)
  }

  @Test func bodyThatWasCutShortIsRefused() throws {
    let response = try Harness().send(
      "POST", "/api/auth/login", json: #"{"email": "a@example.com", "password": "correct horse"}"#,
      with: ["CONTENT_LENGTH": "500"])
    #expect(response.status == 400)
  }

  /// Where many bodies arrive at once, the server keeps some in files, small ones too.
  @Test func bodyInAFileIsReadLikeOneInMemory() throws {
    let harness = try Harness()
    harness.register()
    let body = Array(#"{"email": "alice@example.com", "password": "correct horse"}"#.utf8)
    for (size, status) in [(body.count, 200), (body.count + 1, 503)] {
      let file = try #require(tmpfile())
      defer { fclose(file) }
      #expect(fwrite(body, 1, body.count, file) == body.count && fflush(file) == 0)
      let parameters = Parameters([
        "REQUEST_METHOD": "POST", "SCRIPT_NAME": "/api/auth/login", "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": String(size), "REMOTE_ADDR": "203.0.113.5",
      ])
      let request = Request(
        parameters: parameters, body: .file(TemporaryFile(descriptor: fileno(file), size: size) { _ in }),
        arrival: harness.clock.monotonic())
      #expect(harness.gate.perform(request).status == status)
    }
  }

  @Test func pagesSignInAndOut() throws {
    let harness = try Harness()
    harness.register()
    let wrong = harness.send("POST", "/auth/login", form: "email=alice%40example.com&password=wrong&next=%2Fprivate%2F")
    #expect(wrong.status == 401)
    #expect(wrong.text.contains("Invalid email or password"))
    #expect(wrong.text.contains("alice@example.com"))
    #expect(wrong.notBefore != nil)
    let right = harness.send(
      "POST", "/auth/login", form: "email=alice%40example.com&password=correct+horse&next=%2Fprivate%2F",
      with: ["HTTP_ORIGIN": "https://site.example"])
    #expect(right.status == 303)
    #expect(right.fields["Location"] == "/private/")
    #expect(harness.send("GET", "/auth/account", cookies: right.cookies).text.contains("alice@example.com"))
    let out = harness.send("POST", "/auth/logout", form: "", cookies: right.cookies)
    #expect(out.status == 303)
    #expect(out.fields["Location"] == "/auth/signed-out")
    #expect(
      harness.send("GET", "/auth/account", cookies: right.cookies).fields["Location"]
        == "/auth/login?next=/auth/account")
  }

  /// Threat 10.
  @Test func formLeadsToThisSiteOnly() throws {
    let harness = try Harness()
    harness.register()
    for next in ["//evil", "/%5Cevil", "https://evil.example", "https%3A%2F%2Fsite.example%40evil", "%2F%09%2Fevil"] {
      let response = harness.send(
        "POST", "/auth/login", form: "email=alice%40example.com&password=correct+horse&next=\(next)")
      #expect(response.fields["Location"] == "/", "\(next)")
    }
  }

  @Test func bodyOnlyHasNoPages() throws {
    let harness = try Harness { $0.delivery = .bodyOnly }
    #expect(harness.send("GET", "/auth/login").status == 404)
  }

  @Test func storageThatIsGoneIs503() throws {
    let harness = try Harness()
    harness.register()
    harness.storage.fail(with: .unavailable("gone"))
    let response = harness.login()
    #expect(response.status == 503)
    #expect(response.fields["Retry-After"] == "2")
    #expect(response.json["request_id"]?.string?.count == 16)
    #expect(!response.text.contains("gone"))
  }

  @Test func readyMeansThatTheStorageAnswers() throws {
    let harness = try Harness()
    #expect(harness.send("GET", "/api/auth/readyz").status == 200)
    harness.clock.advance(by: .seconds(2))
    #expect(harness.send("GET", "/api/auth/readyz").status == 503)
    #expect(harness.send("GET", "/api/auth/healthz").status == 200)
  }
}

import Glibc
import HTTP
import Testing

@Suite struct ParametersTests {
  @Test func theLastValueCounts() {
    let parameters = Parameters(["AUTH_REQUIRE": "signed-in", "X": "1", "AUTH_REQUIRE": "role=admin", "X": ""])
    #expect(parameters["AUTH_REQUIRE"] == "role=admin")
    #expect(parameters["X"] == "")
    #expect(parameters.count(of: "AUTH_REQUIRE") == 2)
    #expect(parameters.count(of: "X") == 2)
    #expect(parameters.count(of: "MISSING") == 0)
    #expect(!parameters.has("X"))
    #expect(parameters.value(named: "AUTH_REQUIRE").map(Array.init) == Array("role=admin".utf8))
  }

  @Test func namesAreComparedExactlyAndWhole() {
    let parameters = Parameters(["HTTP_AUTH_REQUIRE": "signed-in", "auth_require": "signed-in", "AUTH_REQUIRE_": "a"])
    #expect(parameters["AUTH_REQUIRE"] == nil)
    #expect(parameters.count(of: "AUTH_REQUIRE") == 0)
    #expect(parameters.value(named: "AUTH_REQUIR") == nil)
    #expect(parameters["AUTH_REQUIRE_"] == "a")
  }

  @Test(arguments: [
    ("A=1", "A", "1"), ("A=", "A", ""), ("A", "A", ""), ("A=b=c", "A", "b=c"), ("=1", "", "1"), ("", "", ""),
    ("A==", "A", "="), ("Ä=ö", "Ä", "ö"),
  ])
  func pairsAreDividedAtTheFirstEqualsSign(pair: String, name: String, value: String) {
    var parameters = Parameters()
    let environment = [strdup(pair), strdup("LAST=z"), nil]
    defer { environment.forEach { free($0) } }
    #expect(parameters.append(environment: environment) == pair.utf8.count + 6)
    #expect(parameters.value(named: name).map { String(decoding: $0, as: UTF8.self) } == value)
    #expect(parameters["LAST"] == "z")
  }

  @Test func withoutParametersThereIsNothing() {
    let parameters = Parameters()
    #expect(parameters["A"] == nil)
    #expect(parameters.value(named: "") == nil)
    #expect(parameters.count(of: "A") == 0)
    #expect(!parameters.has("A"))
    #expect(!parameters.isEqual("A", ""))
  }

  @Test func nothingOfTheRequestBeforeIsLeft() {
    var parameters = Parameters(["HTTP_COOKIE": "access_token_cookie=secret", "AUTH_REQUIRE": "signed-in"])
    parameters.removeAll()
    #expect(parameters["HTTP_COOKIE"] == nil)
    #expect(parameters.count(of: "AUTH_REQUIRE") == 0)
    parameters.append(name: "AB".utf8, value: "C".utf8)
    #expect(parameters["AB"] == "C")
    #expect(parameters["A"] == nil)
    #expect(parameters["HTTP_COOKIE"] == nil)
  }

  @Test func bytesThatAreNoUTF8AreKept() {
    var parameters = Parameters()
    parameters.append(name: "A".utf8, value: [0xFF, 0x00, 0x41])
    #expect(parameters.value(of: "A") == [0xFF, 0x00, 0x41])
    #expect(parameters["A"] == "\u{FFFD}\u{0}A")
  }

  @Test func valuesAreComparedAsBytes() {
    let parameters = Parameters(["AUTH_RELAY": "1", "B": "1 ", "C": ""])
    #expect(parameters.isEqual("AUTH_RELAY", "1"))
    #expect(!parameters.isEqual("B", "1"))
    #expect(!parameters.isEqual("C", "1"))
    #expect(parameters.isEqual("C", ""))
    #expect(!parameters.isEqual("D", ""))
  }

  @Test func theRouteIsScriptNameAndPathInfo() {
    #expect(
      Request(parameters: Parameters(["SCRIPT_NAME": "/api/auth/verify", "REQUEST_URI": "/x"])).path
        == "/api/auth/verify")
    #expect(Request(parameters: Parameters(["SCRIPT_NAME": "/api", "PATH_INFO": "/auth"])).path == "/api/auth")
    #expect(Request(parameters: Parameters(["REQUEST_URI": "/x"])).path == "")
  }
}

import HTTP
import PosternTesting
import Testing

private func values(_ name: String, in header: [UInt8], most: Int = .max) -> [[UInt8]] {
  var found: [[UInt8]] = []
  withBytes(name) { name in
    header.withUnsafeBufferPointer { header in
      Cookies.forEach(named: name, in: header) { value in
        found.append(Array(value))
        return found.count < most
      }
    }
  }
  return found
}

private func values(_ name: String, in header: String) -> [String] {
  values(name, in: Array(header.utf8)).map { String(decoding: $0, as: UTF8.self) }
}

@Suite struct CookiesTests {
  @Test(arguments: [
    ("a=1", ["1"]), ("a=1; b=2", ["1"]), ("b=2; a=1", ["1"]), ("b=2;a=1", ["1"]),
    ("a=1; a=2; b=3; a=", ["1", "2", ""]),
    ("  a=1  ;\ta=2\t", ["1", "2"]), ("a=\"1\"", ["1"]), ("a=\"\"", [""]), ("a=\"", ["\""]), ("a=\"1", ["\"1"]),
    ("a=1\"", ["1\""]), ("a= \"1\" ", [" \"1\""]), ("a=b=c", ["b=c"]), ("a==", ["="]), ("a=a=1", ["a=1"]),
    ("a=1,a=2", ["1,a=2"]), ("a=\"1;a=2\"", ["\"1", "2\""]), (";;;a=1;;", ["1"]), ("a=1;", ["1"]),
  ])
  func valuesAreFoundInOrder(header: String, expected: [String]) {
    #expect(values("a", in: header) == expected)
  }

  @Test(arguments: [
    "", " ", ";", "a", "aa=1", "ba=1", "A=1", "b=a=1", "a =1", "xa=1; ax=2", "a; b=1", "=a", "b=1; a", "\"a\"=1",
    "a\u{0}=1", "á=1", "a%3D1",
  ])
  func whatIsNoCookieOfThatNameIsPassedOver(header: String) {
    #expect(values("a", in: header) == [])
  }

  @Test func aNameThatIsThePrefixOfAnotherIsNotIt() {
    let header = "access_token_cookie_old=1; __Host-access_token_cookie=2; access_token_cookie=3; access_token=4"
    #expect(values("access_token_cookie", in: header) == ["3"])
    #expect(values("access_token", in: header) == ["4"])
    #expect(values("__Host-access_token_cookie", in: header) == ["2"])
    #expect(values("__host-access_token_cookie", in: header) == [])
    #expect(values("token", in: header) == [])
  }

  @Test func bytesThatAreNoUTF8AreHandedOverAsTheyAre() {
    #expect(values("a", in: [0xFF, 0x3B, 0x61, 0x3D, 0xC3, 0x28, 0x00, 0xFF]) == [[0xC3, 0x28, 0x00, 0xFF]])
  }

  @Test func theSearchEndsWhenItIsTold() {
    #expect(values("a", in: Array("a=1; a=2; a=3".utf8), most: 2) == [Array("1".utf8), Array("2".utf8)])
  }

  @Test func aHundredCookiesAreCountedAndAllSearched() {
    let header = (0..<100).map { "c\($0)=\($0)" }.joined(separator: "; ")
    #expect(withBytes(header, Cookies.count) == Cookies.most)
    #expect(withBytes(header + "; a=1", Cookies.count) > Cookies.most)
    #expect(withBytes("", Cookies.count) == 0)
    #expect(withBytes("a=1", Cookies.count) == 1)
    for number in 0..<100 { #expect(values("c\(number)", in: header) == ["\(number)"]) }
  }

  @Test func sixtyFourKilobytesAreSearchedInLinearTime() {
    for part in ["a", ";", " ", "a;", "a=", "\"", "; a"] {
      let header = Array(String(repeating: part, count: 65_536 / part.utf8.count).utf8)
      #expect(processorTime { _ = values("access_token_cookie", in: header) } < 2, "\(part)")
    }
  }
}

@Suite struct CookieFieldTests {
  @Test func theFieldIsWrittenInTheRecordedOrder() {
    let cookie = Cookie(name: "access_token_cookie", value: "a.b.c")
    #expect(cookie.field == "access_token_cookie=a.b.c; Secure; HttpOnly; Path=/; SameSite=Strict")
  }

  @Test func everyAttributeIsWritten() {
    let cookie = Cookie(
      name: "n", value: "v", path: "/app", domain: "example.com", isSecure: true, isHTTPOnly: true, sameSite: .lax,
      maxAge: 900)
    #expect(cookie.field == "n=v; Max-Age=900; Domain=example.com; Secure; HttpOnly; Path=/app; SameSite=Lax")
  }

  @Test func whatIsOffIsLeftOut() {
    let cookie = Cookie(name: "n", value: "v", isSecure: false, isHTTPOnly: false, sameSite: nil)
    #expect(cookie.field == "n=v; Path=/")
    #expect(Cookie(name: "n", value: "v", sameSite: Cookie.SameSite.none).field.hasSuffix("; SameSite=None"))
  }

  /// A browser forgets a cookie only when path and domain are those it was set with (RFC 6265, section 5.3).
  @Test func aRemovalKeepsWhatTheCookieIsFoundBy() {
    let cookie = Cookie(name: "__Host-n", value: "n=secret", path: "/app", domain: "example.com", maxAge: 900)
    #expect(
      cookie.removal == "__Host-n=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Domain=example.com; Secure; HttpOnly; "
        + "Path=/app; SameSite=Strict")
  }
}

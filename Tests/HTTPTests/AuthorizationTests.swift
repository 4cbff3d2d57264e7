import HTTP
import Testing

@Suite struct AuthorizationTests {
  private func password(_ field: String) -> String? {
    Authorization.basicPassword(in: Array(field.utf8)[...]).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The first is RFC 7617's own example, the second the one with an accent in the password (section 2.1).
  @Test(arguments: [
    ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "open sesame"), ("Basic dGVzdDoxMjPCow==", "123£"),
    ("basic QWxhZGRpbjpvcGVuIHNlc2FtZQ", "open sesame"), ("BASIC  OnBzdA==", "pst"), ("Basic Og==", ""),
    ("Basic YTpiOmM=", "b:c"),
  ])
  func passwordIsRead(field: String, expected: String) { #expect(password(field) == expected) }

  @Test(arguments: [
    "", "Basic", "Basic ", "Basic =", "Basic ==", "Basic QWxh", "Basic QWxhZ", "Basic QWxhZGRpbjpvcGVu IHNlc2FtZQ==",
    "Basic QWxhZGRpbjpvcGVu-_==", "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "BasicQWxhZGRpbjpvcGVuIHNlc2FtZQ==",
    "Basic\tQWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ===",
  ])
  func anythingElseIsNoPassword(field: String) { #expect(password(field) == nil) }

  @Test(arguments: [
    ("Bearer abc", "abc"), ("bEARER   abc", "abc"), ("Bearer a b", nil), ("Bearerabc", nil), ("Bear abc", nil),
  ])
  func credentialsOfAScheme(field: String, expected: String?) {
    let found = Authorization.credentials(of: "bearer", in: Array(field.utf8)[...])
    #expect(found.map { String(decoding: $0, as: UTF8.self) } == expected)
  }
}

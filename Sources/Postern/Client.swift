/// Who is at the other end, as the web server says it.
package struct Client: Sendable, Equatable {
  package var address: String
  package var userAgent: String

  package init(address: String, userAgent: String) {
    self.address = address
    self.userAgent = userAgent
  }
}

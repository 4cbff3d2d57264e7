/// What tells a browser that has signed in to an account before from one that has not: the number in a cookie that it
/// was given then. It says nothing else, and signs nobody in.
package struct BrowserMark: Sendable, Hashable {
  package let value: UInt64

  package init(_ value: UInt64) { self.value = value }

  package init(random: any RandomSource) {
    value = random.bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// For how long a browser keeps it: a year, in seconds.
  package static let life: Int64 = 31_536_000
}

/// The port for the texts of those cookies.
package protocol BrowserSealer: Sendable {
  /// Fit for a cookie: letters, digits, `-` and `_`.
  func text(of mark: BrowserMark, for account: Account) -> String
  /// The mark in a text that was made for this account in its present epoch, so that another password makes all of
  /// them worthless; `nil` for anything else.
  func mark(of text: String, for account: Account) -> BrowserMark?
}

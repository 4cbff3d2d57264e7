/// What came of giving an account another picture, or none.
package struct PictureChange: Sendable, Equatable {
  /// As it is now.
  package var account: Account
  /// The picture that it had.
  package var former: PictureName?

  package init(account: Account, former: PictureName?) {
    self.account = account
    self.former = former
  }
}

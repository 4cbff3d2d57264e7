/// The port to everything that is stored about an account.
package protocol AccountRecordStore: Sendable {
  /// At most `most` sessions and `most` audit entries, the newest ones. `nil` when the account does not exist.
  func records(of account: AccountID, most: Int) throws(StoreError) -> AccountRecords?
}

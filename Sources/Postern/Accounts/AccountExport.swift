/// Handing people what is stored about them.
package struct AccountExport: Sendable {
  private let records: any AccountRecordStore

  package init(records: any AccountRecordStore) { self.records = records }

  /// Everything that is stored about the account. Throws `accountNotFound`.
  package func document(of account: AccountID) throws(AuthError) -> AccountRecords {
    let found = try stored { () throws(StoreError) in try records.records(of: account, most: AccountRecords.most) }
    guard let found else { throw .accountNotFound }
    return found
  }
}

/// What is written when somebody asks for another address.
package struct AddressChangeRequest: Sendable {
  package var account: AccountID
  /// In which the account still has to be.
  package var epoch: Int64
  /// Would put the new address in its place. Where `letter` does not bring it, nobody ever gets it.
  package var link: NewLink
  /// To the present address, where it is proven.
  package var notice: Mail?
  /// To the new address, and whom it is about: its owner, where it has an account.
  package var letter: (mail: Mail, about: AccountID)?
  package var initiator: Initiator

  package init(of account: AccountID, epoch: Int64, link: NewLink, notice: Mail?, by initiator: Initiator) {
    self.account = account
    self.epoch = epoch
    self.link = link
    self.notice = notice
    self.initiator = initiator
  }
}

/// Who brings something about (the initiator of DMTF DSP0262, "CADF"), and through which client.
package struct Initiator: Sendable, Equatable {
  /// `nil` where it is nobody who is signed in.
  package var account: AccountID?
  /// `nil` where nothing came over the network.
  package var client: Client?

  package init(account: AccountID?, client: Client?) {
    self.account = account
    self.client = client
  }

  /// Whoever may run commands on the machine itself.
  package static let commandLine = Initiator(account: nil, client: nil)
}

/// Passkeys at the second step of a sign-in.
extension SecondStep {
  /// Begins the use of one of the passkeys of whose sign-in it is. Throws `badTicket`, `passkeysDisabled`.
  package func passkeyRequest(
    _ brought: BroughtTicket, _ passkeys: Passkeys
  ) throws(AuthError) -> Passkeys.RequestOptions {
    let (ticket, account) = try open(brought)
    return try passkeys.request(for: .secondStep(account.id, ticket: ticket.id.bytes))
  }
}

import HTTP
import Postern

/// Somebody who is signed in, by whatever credential, with what is asked of it again and again made once.
final class Visitor: Sendable {
  let identity: Identity
  /// The fields of the answer that lets this person pass.
  let passFields: Fields

  init(_ identity: Identity) {
    self.identity = identity
    var fields = Fields()
    fields.append("Cache-Control", "no-store")
    fields.append(IdentityFields.responder(identity))
    passFields = fields
  }
}

/// The port for the texts of links.
package protocol LinkSealer: Sendable {
  /// What stands in the link, fit for a path: letters, digits, `-` and `_`.
  func text(of id: LinkID, for purpose: Link.Purpose) -> String
  /// The six digits that finish the sign-in of that id (purpose `signInCode`). They are in no text of a link.
  func code(of id: LinkID) -> String
  /// The id of a text that was made for this purpose; `nil` for anything else, without a question to the storage.
  func id(of text: ArraySlice<UInt8>, for purpose: Link.Purpose) -> LinkID?
}

/// What else is known about an event: a JSON object (RFC 8259) of texts.
package struct AuditDetails: Sendable, Equatable, ExpressibleByDictionaryLiteral {
  package let json: String

  /// What was written before.
  package init(json: String) { self.json = json }

  package init(dictionaryLiteral members: (String, String?)...) {
    var writer = JSONObjectWriter()
    for (name, text) in members { writer.add(name, text) }
    json = String(decoding: writer.finished(), as: UTF8.self)
  }
}

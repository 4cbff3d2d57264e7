import Postern

/// A JWK set (RFC 7517, section 5) of public keys. A secret is never in one.
package enum JSONWebKeySet {
  package static func document(_ keys: [PublicKey]) -> [UInt8] {
    var document = Array(#"{"keys":["#.utf8)
    for (index, key) in keys.enumerated() {
      if index > 0 { document.append(UInt8(ascii: ",")) }
      var writer = JSONObjectWriter()
      for (name, value) in key.members { writer.add(name, value) }
      writer.add("alg", key.algorithm.rawValue)
      writer.add("kid", key.id)
      writer.add("use", "sig")
      document += writer.finished()
    }
    return document + Array("]}".utf8)
  }
}

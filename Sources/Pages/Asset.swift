package import HTTP

/// A file that the pages load: kept in the program, served at the pages' prefix + `/` + `name`.
package struct Asset: Sendable {
  package let name: String
  package let type: String
  package let bytes: [UInt8]
  /// Changes with the content; the `v` in the addresses that the pages name.
  package let version: String

  init(name: String, type: String, bytes: [UInt8]) {
    self.name = name
    self.type = type
    self.bytes = bytes
    version = Asset.fingerprint(of: bytes)
  }

  package static let style = Asset(
    name: "style.css", type: "text/css; charset=utf-8", bytes: PackageResources.style_css)
  package static let form = Asset(name: "form.css", type: "text/css; charset=utf-8", bytes: PackageResources.form_css)
  package static let account = Asset(
    name: "account.css", type: "text/css; charset=utf-8", bytes: PackageResources.account_css)
  package static let script = Asset(
    name: "page.js", type: "text/javascript; charset=utf-8", bytes: PackageResources.page_js)
  package static let passkeys = Asset(
    name: "passkeys.js", type: "text/javascript; charset=utf-8", bytes: PackageResources.passkeys_js)
  package static let icon = Asset(name: "icon.svg", type: "image/svg+xml", bytes: PackageResources.icon_svg)

  package static let all = [style, form, account, script, passkeys, icon]

  package static func named(_ name: String) -> Asset? { all.first { $0.name == name } }

  /// The answer to a request for it. Kept for a year by whoever asks for the very `version` that this program holds;
  /// with another one, as while instances are being replaced, new content must not be kept under an old name.
  package func response(version asked: String?) -> Response {
    var fields = Fields()
    fields.append("Content-Type", type)
    // By bytes: comparing texts normalises them, and a stranger's combining marks make that slow.
    let isCurrent = asked?.utf8.elementsEqual(version.utf8) ?? false
    fields.append("Cache-Control", isCurrent ? "public, max-age=31536000, immutable" : "no-cache")
    fields.append("X-Content-Type-Options", "nosniff")
    fields.append("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    return Response(status: 200, fields: fields, body: .bytes(bytes))
  }

  /// FNV-1a, 64 bits: it tells versions of our own files apart, and guards nothing.
  private static func fingerprint(of bytes: [UInt8]) -> String {
    let hash = bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    return String(hash, radix: 36)
  }
}

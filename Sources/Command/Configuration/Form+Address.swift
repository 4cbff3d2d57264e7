import FastCGI
import Postern

extension Form where Value == String {
  /// Scheme, host and port as a browser's `Origin` field gives them; a `/` behind is taken away.
  static var origin: Form {
    Form(
      accepts: "an origin such as https://www.example.com",
      read: { text throws(Rejection) in
        let text = PythonLiteral.text(text)
        if text == "*" {
          throw Rejection("“*” would let every site in; name the origins, such as https://www.example.com")
        }
        guard let origin = Origin(of: text), isHost(origin.host) || origin.host.hasPrefix("["),
          ["", "/"].contains(text.drop { $0 != ":" }.dropFirst(3).drop { !"/?#".contains($0) })
        else { throw Rejection() }
        return origin.text
      },
      write: { $0 })
  }

  /// The first part of paths, such as `/api/auth`: begins with `/`, does not end with one, and needs no
  /// percent-encoding.
  static var prefix: Form {
    checked("a path that begins with / and does not end with it, such as /api/auth") { text in
      text.utf8.first == UInt8(ascii: "/") && isPath(text)
        && text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
          .allSatisfy { !["", ".", ".."].contains($0) }
    }
  }

  /// The path that a cookie is for.
  static var cookiePath: Form {
    checked("a path that begins with /") { $0.utf8.first == UInt8(ascii: "/") && isPath($0) }
  }

  /// A path on this site or an address with an origin; whether that one is allowed is judged with the others.
  static var destination: Form {
    checked("a path such as /home, or an address such as https://www.example.com/home") { text in
      ReturnAddress(text, origins: Origin(of: text).map { [$0.text] } ?? []) != nil
    }
  }

  /// A host name or domain, such as a cookie may be for.
  static var domain: Form {
    checked("a domain such as example.com") { isHost($0.hasPrefix(".") ? String($0.dropFirst()) : $0) }
  }

  /// `unix:/path`, or an IP address with a port: `127.0.0.1:9000`, `[::1]:9000`.
  static var listener: Form {
    checked("unix:/path/of/socket (107 bytes at most), 127.0.0.1:9000 or [::1]:9000") { text in
      switch ListeningAddress(text) {
      case .unix(let path): !path.unicodeScalars.contains(where: isControl)
      case .tcp(_, let port): port > 0
      case nil: false
      }
    }
  }

  /// An IP address, in the form in which the system writes it.
  static var address: Form {
    Form(
      accepts: "an IP address",
      read: { text throws(Rejection) in
        guard let address = PeerAddress(PythonLiteral.text(text)) else { throw Rejection() }
        return address.description
      },
      write: { $0 })
  }

  /// SQLAlchemy's address of a SQLite file; the value is its path, relative to the data directory where it does not
  /// begin with `/`.
  static var database: Form {
    Form(
      accepts: "sqlite:///postern.db (in the data directory) or sqlite:////absolute/path.db",
      read: { text throws(Rejection) in
        let text = PythonLiteral.text(text)
        let scheme = text.prefix { $0 != ":" && $0 != "+" }.lowercased()
        if ["postgresql", "postgres"].contains(scheme) {
          throw Rejection("this version stores in SQLite; PostgreSQL is not built yet: sqlite:////absolute/path.db")
        }
        guard scheme == "sqlite", let slashes = text.firstRange(of: ":///") else { throw Rejection() }
        let path = String(text[slashes.upperBound...])
        if path.isEmpty || path == ":memory:" {
          throw Rejection("accounts in memory would be gone at the next start: sqlite:////absolute/path.db")
        }
        guard !path.contains("?"), !path.unicodeScalars.contains(where: isControl) else { throw Rejection() }
        return path
      },
      write: { "sqlite:///" + $0 })
  }
}

extension ListeningAddress {
  /// Whether only this machine can connect.
  var isLocal: Bool {
    switch self {
    case .unix: true
    case .tcp(let address, _): address.isLoopback
    }
  }
}

/// Dot-separated labels of letters, digits and hyphens, 253 bytes in all; an IPv4 address is one too.
func isHost(_ text: String) -> Bool {
  text.utf8.count <= 253
    && text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
      !label.isEmpty && label.count <= 63 && label.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
    }
}

private func isPath(_ text: String) -> Bool {
  text.utf8.allSatisfy { isAlphanumeric($0) || "/-._~".utf8.contains($0) }
}

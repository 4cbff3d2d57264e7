extension Form where Value == [UInt8] {
  /// The bytes of the text as they are: flask-jwt-extended keys its HMAC with the same ones.
  static var secret: Form {
    Form(
      accepts: "a text of at least 32 bytes that cannot be guessed",
      read: { text throws(Rejection) in
        let text = PythonLiteral.text(text)
        guard !text.isEmpty else {
          throw Rejection("it is empty; leave the key out, and one is made at the first start")
        }
        return Array(text.utf8)
      },
      write: { String(decoding: $0, as: UTF8.self) })
  }
}

extension Form where Value == UInt32 {
  /// Permission bits of a file, in octal.
  static var fileMode: Form {
    Form(
      accepts: "an octal file mode such as 660",
      read: { text throws(Rejection) in
        let text = PythonLiteral.text(text)
        let digits = text.hasPrefix("0o") ? text.dropFirst(2) : text[...]
        guard let mode = UInt32(digits, radix: 8), mode <= 0o777 else { throw Rejection() }
        return mode
      },
      write: { String($0, radix: 8) })
  }
}

extension Form where Value == String {
  /// `Strict`, `Lax` or `None`, in any case of letters. `None` is the attribute, not its absence.
  static var sameSite: Form {
    Form(
      accepts: "Strict, Lax or None",
      read: { text throws(Rejection) in
        let name = PythonLiteral.text(text).lowercased()
        guard let value = ["Strict", "Lax", "None"].first(where: { $0.lowercased() == name }) else {
          throw Rejection()
        }
        return value
      },
      write: { $0 })
  }

  /// An absolute path.
  static var absolutePath: Form {
    checked("an absolute path") { $0.hasPrefix("/") && !$0.unicodeScalars.contains(where: isControl) }
  }
}

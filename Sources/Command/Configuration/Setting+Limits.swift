import Postern

extension Setting {
  static let limits: [Setting] = [
    Setting(
      "RATELIMIT_ENABLED", .limits, \.limits.isEnabled, .truth,
      "Limits how often a client may ask. Failed logins are limited all the same."),
    Setting(
      "RATELIMIT_DEFAULT", .limits, \.limits.standard, .rates,
      "How often one network may ask: all routes of the API and all pages together. A network is an IPv4 address, or "
        + "the /64 of an IPv6 address."),
    Setting(
      "RATELIMIT_LOGIN", .limits, \.limits.login, .rates,
      "How often one network may try to sign in, or anything else that checks a password or a link."),
    Setting(
      "RATELIMIT_REGISTER", .limits, \.limits.register, .rates, "How often one network may try to register."),
    Setting(
      "RATELIMIT_MAIL", .limits, \.limits.mail, .rates, "How often one network may ask for what sends a mail."),
    Setting(
      "RATELIMIT_MAIL_PER_ADDRESS", .limits, \.limits.mailPerAddress, .rates,
      "How often a mail that anybody can ask for goes to one address. Beyond it the answer is the same and nothing is "
        + "sent, but a link where none of its kind is good any more."),
    Setting(
      "RATELIMIT_CODES", .limits, \.limits.codes, .rates,
      "How often one network may try a code."),
    Setting(
      "RATELIMIT_WRITES", .limits, \.limits.writes, .rates,
      "How often one account may change something of its own, from wherever."),
    Setting(
      pending: "each process counts for itself", "RATELIMIT_STORAGE_URI", .limits, Form.text.orNone(), standard: nil,
      "The Redis in which several instances count together."),
  ]
}

extension Form where Value == [Rate] {
  /// What flask-limiter takes; `None` for no limit.
  static var rates: Form {
    Form(
      accepts: Rate.accepted + ", or None",
      read: { text throws(Rejection) in
        let text = PythonLiteral.text(text)
        if ["", "none"].contains(text.lowercased()) { return [] }
        guard let rates = Rate.list(text) else { throw Rejection() }
        return rates
      },
      write: { rates in rates.isEmpty ? "None" : rates.map(\.description).joined(separator: "; ") })
  }
}

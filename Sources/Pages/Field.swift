import Postern

/// One labelled input of a form; its `id` is its name.
struct Field {
  var label: String
  var name: String
  var type = "text"
  var value = ""
  var autocomplete: String
  /// What stands below the input, until there is an error.
  var hint: String?
  var error: String?
  /// The `id` of what else describes it.
  var description: String?
  var isRequired = true
  var isFixed = false
  var takesFocus = false
  /// In UTF-16 code units, as browsers count.
  var lengths: ClosedRange<Int>
  /// More than one line.
  var isLong = false
  /// Digits, with spaces between them.
  var isNumeric = false

  var html: HTML {
    """
    <div class="field">
    <label for="\(name)">\(label)</label>
    \(isLong ? area : input)
    \(note)
    </div>
    """
  }

  private var input: HTML {
    """
    <input id="\(name)" name="\(name)" type="\(type)"\(hasValue ? #" value="\#(value)""# as HTML : nil)\(attributes)>
    """
  }

  /// A browser takes the first line feed away.
  private var area: HTML {
    """
    <textarea id="\(name)" name="\(name)" rows="3"\(attributes)>
    \(hasValue ? value : "")</textarea>
    """
  }

  /// A password is never sent back to the browser, whatever was typed, nor a text that no browser lets anyone type.
  private var hasValue: Bool {
    type != "password" && !value.isEmpty && value.utf16.count <= lengths.upperBound
  }

  private var attributes: HTML {
    """
     autocomplete="\(autocomplete)"\(lengths.lowerBound > 1 ? #" minlength="\#(lengths.lowerBound)""# as HTML : nil)\
    \(type == "date" ? nil : #" maxlength="\#(lengths.upperBound)""# as HTML)\(isRequired ? " required" : "")\(isFixed ? " readonly" : "")\
    \(isNumeric ? #" inputmode="numeric" pattern="[0-9 ]*""# as HTML : nil)\
    \(takesFocus ? " autofocus" : "")\(type == "text" ? nil : #" autocapitalize="none" spellcheck="false""# as HTML)\
    \(error == nil ? nil : #" aria-invalid="true""# as HTML)\
    \(descriptions.isEmpty ? nil : #" aria-describedby="\#(descriptions.joined(separator: " "))""# as HTML)
    """
  }

  private var descriptions: [String] {
    [error ?? hint == nil ? nil : "\(name)-note", description].compactMap(\.self)
  }

  private var note: HTML? {
    if let error { return #"<p class="problem" id="\#(name)-note">\#(error)</p>"# }
    return hint.map { #"<p class="hint" id="\#(name)-note">\#($0)</p>"# }
  }
}

extension Field {
  /// The password that somebody has now.
  static func currentPassword(_ name: String, label: String, error: String?, takesFocus: Bool) -> Field {
    Field(
      label: label, name: name, type: "password", autocomplete: "current-password", error: error,
      takesFocus: takesFocus, lengths: 1...PasswordRules.longest)
  }

  /// A password that is to be set.
  static func newPassword(_ name: String, label: String, error: String?, takesFocus: Bool) -> Field {
    Field(
      label: label, name: name, type: "password", autocomplete: "new-password",
      hint: "At least \(PasswordRules.shortest) characters. A few unrelated words make a good one.", error: error,
      takesFocus: takesFocus, lengths: PasswordRules.shortest...PasswordRules.longest)
  }
}

extension HTML {
  /// A sentence about what went wrong, read out as soon as the page is there.
  static func alert(_ sentence: String?) -> HTML? {
    sentence.map { #"<p class="alert" id="alert" role="alert">\#($0)</p>"# }
  }

  /// A sentence about what has happened.
  static func notice(_ sentence: String?) -> HTML? { sentence.map { #"<p class="notice" role="status">\#($0)</p>"# } }

  /// What else can be done here.
  static func aside(_ question: String, link: String, to address: String) -> HTML {
    #"<p class="aside">\#(question) <a href="\#(address)">\#(link)</a></p>"#
  }

  static func checkbox(_ name: String, _ label: String, isOn: Bool) -> HTML {
    """
    <p class="choice"><input id="\(name)" name="\(name)" type="checkbox" value="1"\(isOn ? " checked" : "")>\
    <label for="\(name)">\(label)</label></p>
    """
  }

  /// The name beside which a browser offers to keep a password, where no field asks for it.
  static func username(_ email: String) -> HTML {
    #"<input type="email" name="email" value="\#(email)" autocomplete="username" hidden>"#
  }

  static func hidden(_ name: String, _ value: String?) -> HTML? {
    value.map { #"<input type="hidden" name="\#(name)" value="\#($0)">"# }
  }
}

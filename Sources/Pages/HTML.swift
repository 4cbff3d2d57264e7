import Postern

/// A piece of a page. Markup comes from literals in the source and from nowhere else: they are `StaticString`s, so that
/// no text of a running program can become one. Whatever is put into a literal is escaped, for text and for quoted
/// attributes alike:
///
///     let row: HTML = "<p title=\"\(note)\">\(name)</p>"
struct HTML: Sendable, Equatable, ExpressibleByStringInterpolation {
  let text: String

  init(stringLiteral markup: StaticString) { text = markup.description }
  init(stringInterpolation pieces: StringInterpolation) { text = pieces.text }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity + 32) }

    mutating func appendLiteral(_ markup: StaticString) { text += markup.description }

    mutating func appendInterpolation(_ value: String) { text += escapedForHTML(value) }
    mutating func appendInterpolation(_ number: Int) { appendInterpolation(String(number)) }
    /// Nothing at all for `nil`.
    mutating func appendInterpolation(_ piece: HTML?) { text += piece?.text ?? "" }
    mutating func appendInterpolation(_ pieces: [HTML]) { for piece in pieces { text += piece.text } }
  }
}

/// What a strict reader finds in a page: it takes only what the pages are meant to be made of, so whatever slips
/// through an escape either breaks it or shows up as one more tag or attribute.
struct Markup {
  struct Tag: Equatable {
    var name: String
    var attributes: [String: String]
  }

  enum Fault: Error { case at(String) }

  /// Opening tags, in order.
  private(set) var tags: [Tag] = []
  /// Texts between tags, unescaped, with the tag that they are in.
  private(set) var texts: [(parent: String, text: String)] = []

  private static let empty: Set = ["meta", "link", "img", "input", "rect", "path"]

  init(_ document: String) throws {
    var rest = Array(document.unicodeScalars)[...]
    var open: [String] = []
    let doctype = Array("<!DOCTYPE html>".unicodeScalars)
    guard rest.starts(with: doctype) else { throw Fault.at("no doctype") }
    rest = rest.dropFirst(doctype.count)
    while let scalar = rest.first {
      guard scalar == "<" else {
        let end = rest.firstIndex(of: "<") ?? rest.endIndex
        texts.append((open.last ?? "", try Markup.unescape(rest[..<end])))
        rest = rest[end...]
        continue
      }
      guard let end = rest.firstIndex(of: ">") else { throw Fault.at("unfinished tag") }
      let inside = rest[rest.index(after: rest.startIndex)..<end]
      rest = rest[rest.index(after: end)...]
      if inside.first == "/" {
        let name = String(String.UnicodeScalarView(inside.dropFirst()))
        guard open.popLast() == name else { throw Fault.at("</\(name)> closes nothing") }
      } else {
        // What is empty in a drawing says so.
        let isDrawn = inside.last == "/"
        let tag = try Markup.tag(isDrawn ? inside.dropLast() : inside)
        guard isDrawn == ["rect", "path"].contains(tag.name) else { throw Fault.at("<\(tag.name)> is not closed") }
        tags.append(tag)
        if !Markup.empty.contains(tag.name) { open.append(tag.name) }
      }
    }
    guard open.isEmpty else { throw Fault.at("never closed: \(open)") }
  }

  func all(_ name: String) -> [Tag] { tags.filter { $0.name == name } }
  func text(in name: String) -> String { texts.filter { $0.parent == name }.map(\.text).joined() }
  var ids: [String] { tags.compactMap { $0.attributes["id"] } }

  /// Tags and the names of their attributes: what must not depend on anybody's text.
  var skeleton: [String] { tags.map { "\($0.name) \($0.attributes.keys.sorted().joined(separator: " "))" } }

  /// `name attribute="value" flag`, with double quotes and lower-case names only.
  private static func tag(_ inside: ArraySlice<Unicode.Scalar>) throws -> Tag {
    var rest = inside
    func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
      // The one capital letter is that of SVG's viewBox.
      ("a"..."z").contains(scalar) || "123456-B".unicodeScalars.contains(scalar)
    }
    func name() throws -> String {
      let found = rest.prefix(while: isNameScalar)
      guard !found.isEmpty else { throw Fault.at(String(String.UnicodeScalarView(inside))) }
      rest = rest.dropFirst(found.count)
      return String(String.UnicodeScalarView(found))
    }
    var tag = Tag(name: try name(), attributes: [:])
    while !rest.isEmpty {
      guard rest.popFirst() == " " else { throw Fault.at(String(String.UnicodeScalarView(inside))) }
      let attribute = try name()
      guard tag.attributes[attribute] == nil else { throw Fault.at("\(attribute) twice") }
      guard rest.first == "=" else {
        tag.attributes[attribute] = ""
        continue
      }
      guard rest.dropFirst().first == "\"", let end = rest.dropFirst(2).firstIndex(of: "\"") else {
        throw Fault.at("\(attribute) without quotes")
      }
      tag.attributes[attribute] = try unescape(rest.dropFirst(2)[..<end])
      rest = rest[rest.index(after: end)...]
    }
    return tag
  }

  private static func unescape(_ text: ArraySlice<Unicode.Scalar>) throws -> String {
    var output = String.UnicodeScalarView()
    var rest = text
    while let scalar = rest.popFirst() {
      guard scalar != "<", scalar != ">", scalar != "\"" else { throw Fault.at("a bare \(scalar)") }
      guard scalar == "&" else {
        output.append(scalar)
        continue
      }
      guard let end = rest.firstIndex(of: ";") else { throw Fault.at("a bare &") }
      switch String(String.UnicodeScalarView(rest[..<end])) {
      case "amp": output.append("&")
      case "lt": output.append("<")
      case "gt": output.append(">")
      case "quot": output.append("\"")
      case "#39": output.append("'")
      case let other: throw Fault.at("&\(other);")
      }
      rest = rest[rest.index(after: end)...]
    }
    return String(output)
  }
}

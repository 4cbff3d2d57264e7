import HTTP
import Postern

/// The JSON object that a request brings. A field that is missing or null reads as `nil`; one of another type than
/// asked for is an error that names it.
struct JSONBody {
  private let object: JSON

  /// Takes `application/json`, `text/plain` (what `fetch` says of a text) and no type at all.
  init(_ request: Request) throws {
    guard request.hasMediaType(["", "application/json", "text/plain"]) else {
      throw RequestFailure.unsupportedMediaType
    }
    let bytes = try request.bytes()
    do {
      object = try JSON(parsing: bytes)
    } catch .malformed(let offset) {
      throw RequestFailure.malformedBody(
        bytes.isEmpty ? "The body is empty; a JSON object is needed" : "The body is not JSON (at byte \(offset))")
    } catch .duplicateKey(let name) {
      // A stranger's megabyte is not said back twice.
      guard name.utf8.count <= 100 else {
        throw RequestFailure.malformedBody("A field with a name of \(name.utf8.count) bytes stands twice in the body")
      }
      throw AuthError.invalid([FieldProblem(name, "\(name) stands twice in the body")])
    } catch .tooMany {
      throw RequestFailure.malformedBody("The body holds too many values; 50,000 are taken")
    } catch .tooDeep {
      throw RequestFailure.malformedBody("The body is nested too deeply; 32 levels are taken")
    }
    guard case .object = object else { throw RequestFailure.malformedBody("The body must be a JSON object") }
  }

  /// A field that goes by several names, of which one may be given: as which it came, and its text. `nil` when it did
  /// not come at all.
  func field(_ names: [String]) throws -> (name: String, text: String?)? {
    let given = names.filter { object[$0] != nil }
    guard let name = given.first else { return nil }
    if given.count > 1 {
      throw AuthError.invalid([FieldProblem(given[1], "\(given[1]) is \(name), which came as well; send one of them")])
    }
    return (name, try text(name))
  }

  /// A field of whatever type.
  func member(_ name: String) -> JSON? { object[name] }

  func text(_ name: String) throws -> String? {
    switch object[name] {
    case nil, .null: return nil
    case .string(let text):
      guard !text.utf8.contains(0) else {
        throw AuthError.invalid([FieldProblem(name, "\(name) must not contain a NUL character")])
      }
      return text
    default: throw AuthError.invalid([FieldProblem(name, "\(name) must be a text")])
    }
  }

  func integer(_ name: String) throws -> Int64? {
    switch object[name] {
    case nil, .null: return nil
    case .integer(let number): return number
    default: throw AuthError.invalid([FieldProblem(name, "\(name) must be a whole number")])
    }
  }

  func texts(_ name: String) throws -> [String]? {
    let elements: [JSON]
    switch object[name] {
    case nil, .null: return nil
    case .array(let found): elements = found
    default: throw AuthError.invalid([FieldProblem(name, "\(name) must be a list of texts")])
    }
    return try elements.map { element in
      guard let text = element.string else {
        throw AuthError.invalid([FieldProblem(name, "\(name) must be a list of texts")])
      }
      return text
    }
  }

  func truth(_ name: String) throws -> Bool? {
    switch object[name] {
    case nil, .null: return nil
    case .bool(let value): return value
    default: throw AuthError.invalid([FieldProblem(name, "\(name) must be true or false")])
    }
  }
}

extension Request {
  /// The whole body, which must be as long as the web server said: half a body is no body.
  func bytes() throws -> [UInt8] {
    let bytes: [UInt8]
    switch body {
    case .memory(let received): bytes = received
    // Where many large bodies arrive at once, it need not be a large one.
    case .file(let file):
      guard let read = file.read() else { throw RequestFailure.overloaded }
      bytes = read
    }
    if let length = parameters["CONTENT_LENGTH"], !length.isEmpty, Int(length) != bytes.count {
      throw RequestFailure.malformedBody("The body has \(bytes.count) bytes where \(length) were announced")
    }
    return bytes
  }

  /// The fields of a form that a page of ours has posted.
  func form() throws -> FormFields {
    guard hasMediaType(["application/x-www-form-urlencoded"]), let fields = FormFields(parsing: try bytes()) else {
      throw RequestFailure.malformedBody("The form could not be read")
    }
    return fields
  }

  /// Whether the body's type, its parameters aside, is one of these (RFC 9110, section 8.3.1). As bytes: Swift compares
  /// texts by canonical equivalence, which a stranger's text can make slow.
  fileprivate func hasMediaType(_ types: [String]) -> Bool {
    let given = (parameters.value(of: "CONTENT_TYPE") ?? []).prefix { $0 != UInt8(ascii: ";") }
      .filter { $0 != 0x20 }.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    return types.contains { $0.utf8.elementsEqual(given) }
  }

  /// The fields of the query.
  var query: FormFields {
    parameters.value(of: "QUERY_STRING").flatMap { FormFields(parsing: $0) } ?? FormFields()
  }
}

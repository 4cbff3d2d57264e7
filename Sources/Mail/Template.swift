/// A text with `{{name}}` where something is put in.
struct Template {
  enum Piece: Equatable {
    case text(Substring.UTF8View.SubSequence)
    case value(String)

    static func == (left: Piece, right: Piece) -> Bool {
      switch (left, right) {
      case (.text(let left), .text(let right)): left.elementsEqual(right)
      case (.value(let left), .value(let right)): left == right
      default: false
      }
    }
  }

  let pieces: [Piece]
  /// Where `{{` stands without `}}` behind it on its line, by line.
  let unclosed: [Int]

  init(_ text: String) {
    var (pieces, unclosed, line) = ([Piece](), [Int](), 1)
    var rest = Substring(text).utf8
    while let open = rest.firstRange(of: Array("{{".utf8)) {
      pieces.append(.text(rest[..<open.lowerBound]))
      line += rest[..<open.lowerBound].count { $0 == 0x0A }
      rest = rest[open.upperBound...]
      guard let close = rest.firstRange(of: Array("}}".utf8)), !rest[..<close.lowerBound].contains(0x0A) else {
        unclosed.append(line)
        continue
      }
      let name = rest[..<close.lowerBound].filter { $0 != 0x20 }
      pieces.append(.value(String(decoding: name, as: UTF8.self)))
      rest = rest[close.upperBound...]
    }
    pieces.append(.text(rest))
    self.pieces = pieces
    self.unclosed = unclosed
  }

  /// The names of the placeholders in it.
  var names: Set<String> {
    Set(pieces.compactMap { piece in if case .value(let name) = piece { name } else { nil } })
  }

  /// The text with each value in its place: nothing, where there is none of that name.
  func filled(_ value: (String) -> String) -> String {
    var bytes: [UInt8] = []
    for piece in pieces {
      switch piece {
      case .text(let text): bytes.append(contentsOf: text)
      case .value(let name): bytes.append(contentsOf: value(name).utf8)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

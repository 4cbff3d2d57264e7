import CQREncode
import Glibc
package import Postern

/// A QR code (ISO/IEC 18004) as a drawing: dark on white, whatever the page's colours are, with the four modules of
/// quiet that readers need around it. It has neither styles nor script, so it can stand in any of the pages.
package struct QRCode: Sendable, Equatable {
  let drawing: HTML

  /// An SVG document and an element of HTML alike.
  package var svg: String { drawing.text }

  /// `nil` where it cannot be drawn, and the log says why: nothing that people do may hang on it, since the text can be
  /// typed, too.
  ///
  /// - `label`: what it is, for those who do not see it.
  package init?(of text: String, label: String, log: any Log) {
    if let problem = postern_qrencode_load() {
      log.write(
        .warning, "QR code not drawn",
        ["reason": "libqrencode cannot be loaded (\(String(cString: problem))): install the package libqrencode4"])
      return nil
    }
    guard let code = postern_qrencode(text) else {
      log.write(.warning, "QR code not drawn", ["reason": String(cString: strerror(errno))])
      return nil
    }
    defer { postern_qrencode_free(code) }
    self.init(Modules(code.pointee), label: label)
  }

  private init(_ modules: Modules, label: String) {
    let side = modules.side + 2 * QRCode.quiet
    let pixels = side * QRCode.pixelsPerModule
    drawing = """
      <svg xmlns="http://www.w3.org/2000/svg" class="qr" role="img" aria-label="\(label)" width="\(pixels)" \
      height="\(pixels)" viewBox="0 0 \(side) \(side)" shape-rendering="crispEdges"><rect width="\(side)" \
      height="\(side)" fill="#fff"/><path fill="#000" d="\(QRCode.path(modules))"/></svg>
      """
  }

  private static let quiet = 4
  private static let pixelsPerModule = 4

  /// A rectangle for each run of dark modules in a row.
  private static func path(_ modules: Modules) -> String {
    var path = ""
    for y in 0..<modules.side {
      var x = 0
      while x < modules.side {
        let start = x
        while x < modules.side && modules.isDark(x, y) { x += 1 }
        if x > start { path += "M\(start + quiet) \(y + quiet)h\(x - start)v1h\(start - x)z" }
        x += 1
      }
    }
    return path
  }
}

/// The squares of a code, as long as that is there.
private struct Modules {
  private let code: QRcode

  init(_ code: QRcode) { self.code = code }

  var side: Int { Int(code.width) }

  func isDark(_ x: Int, _ y: Int) -> Bool { code.data[y * side + x] & 1 == 1 }
}

import Pages
import Postern
import PosternTesting
import Testing

@Suite struct QRCodeTests {
  private static let address =
    "otpauth://totp/Example:ada@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example"

  /// The three corners by which a reader finds it (ISO/IEC 18004, section 6.3.3), and what is around them.
  @Test func theThreeCornersAreDrawnInAMarginOfFour() throws {
    let squares = try Self.squares(of: #require(QRCode(of: Self.address, label: "Code", log: RecordingLog())).svg)
    let side = squares.count
    #expect((side - 8 - 21) % 4 == 0)
    let corner = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"]
    for (left, top) in [(4, 4), (side - 11, 4), (4, side - 11)] {
      #expect((0..<7).map { y in (0..<7).map { squares[top + y][left + $0] ? "1" : "0" }.joined() } == corner)
    }
    for edge in [0, 1, 2, 3, side - 4, side - 3, side - 2, side - 1] {
      #expect(!squares[edge].contains(true))
      #expect(!squares.contains { $0[edge] })
    }
  }

  @Test func itIsOneDrawingOnWhiteWithItsLabelAndNoStyle() throws {
    let svg = try #require(QRCode(of: Self.address, label: #""Ada" & <Co>"#, log: RecordingLog())).svg
    #expect(svg.hasPrefix(#"<svg xmlns="http://www.w3.org/2000/svg" class="qr" role="img" aria-label=""#))
    #expect(svg.contains(#"aria-label="&quot;Ada&quot; &amp; &lt;Co&gt;""#))
    let side = Self.squares(of: svg).count
    #expect(svg.contains(##"<rect width="\##(side)" height="\##(side)" fill="#fff"/><path fill="#000""##))
    #expect(!svg.contains("style"))
    #expect(svg.split(separator: "<").count == 4)
  }

  @Test func whatIsTooLongIsNotDrawnAndTheLogSaysSo() {
    let log = RecordingLog()
    #expect(QRCode(of: String(repeating: "ä", count: 2000), label: "Code", log: log) == nil)
    #expect(log.lines.map(\.event) == ["QR code not drawn"])
  }

  /// What the path paints: rows of squares.
  private static func squares(of svg: String) -> [[Bool]] {
    let box = svg.split(separator: "viewBox=\"0 0 ")[1].prefix { $0 != " " }
    let side = Int(box) ?? 0
    var squares = [[Bool]](repeating: [Bool](repeating: false, count: side), count: side)
    let path = svg.split(separator: " d=\"")[1].prefix { $0 != "\"" }
    for run in path.split(separator: "z") {
      let numbers = run.split { !"0123456789".contains($0) }.compactMap { Int($0) }
      for x in numbers[0]..<numbers[0] + numbers[2] { squares[numbers[1]][x] = true }
    }
    return squares
  }
}

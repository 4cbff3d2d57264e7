import HTTP
import PosternTesting
import Testing

@Suite struct JSONLimitTests {
  @Test func thirtyTwoLevelsAreReadAndThirtyThreeAreNot() throws {
    func nested(_ open: String, _ close: String, _ depth: Int) -> String {
      String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
    }
    _ = try read(nested("[", "]", 32))
    _ = try read(nested(#"{"a":"#, "}", 32))
    _ = try read(nested(#"[{"a":"#, "}]", 16))
    #expect(throws: JSONError.tooDeep) { try read(nested("[", "]", 33)) }
    #expect(throws: JSONError.tooDeep) { try read(nested(#"{"a":"#, "}", 33)) }
    #expect(throws: JSONError.tooDeep) { try read(nested(#"[{"a":"#, "}]", 16).replacing("1", with: "[]")) }
    #expect(throws: JSONError.tooDeep) { try read(String(repeating: "[", count: 1_000_000)) }
    #expect(throws: JSONError.tooDeep) { try read(String(repeating: #"{"":"#, count: 250_000)) }
  }

  /// Levels count from the outside, not in all.
  @Test func manyShallowValuesAreNotDeep() throws {
    let row = "[" + String(repeating: "[[]],", count: 1_000) + "[]]"
    #expect(try read(row).array?.count == 1_001)
  }

  @Test func fiftyThousandValuesAreTheMost() throws {
    let zeros = String(repeating: "0,", count: 49_998) + "0"
    #expect(try read("[\(zeros)]").array?.count == 49_999)
    #expect(throws: JSONError.tooMany) { try read("[\(zeros),0]") }
  }

  /// A megabyte of each; what is quadratic in one of them takes minutes, what is linear a second without optimisation.
  @Test(arguments: HostileText.allCases) func aMegabyteTakesLinearTime(kind: HostileText) {
    let bytes = kind.megabyte
    #expect(bytes.count >= 1_000_000)
    let seconds = processorTime { _ = try? JSON(parsing: bytes) }
    #expect(seconds < 20, "\(kind) took \(seconds) s")
  }

  @Test func lookingUpAMemberBesideAHostileNameTakesLinearTime() throws {
    let object = try JSON(parsing: HostileText.combiningMarksInAKey.megabyte)
    var found: JSON?
    let seconds = processorTime { found = object["email"] }
    #expect(found == nil)
    #expect(seconds < 5)
  }

  enum HostileText: CaseIterable {
    case zeros, openZeros, digits, fraction, exponent, escapes, surrogates, emptyArrays, keys, combiningMarksInAKey
    case combiningMarks, spaces, openString, backslashes

    var megabyte: [UInt8] {
      func many(_ text: String, _ front: String = "", _ back: String = "") -> [UInt8] {
        var bytes = Array(front.utf8)
        while bytes.count < 1_000_000 { bytes += text.utf8 }
        return bytes + back.utf8
      }
      return switch self {
      case .zeros: many("0,", "[", "0]")
      case .openZeros: many("0,", "[")
      case .digits: many("1")
      case .fraction: many("1", "0.")
      case .exponent: many("9", "1e")
      case .escapes: many("\\u0041", "\"", "\"")
      case .surrogates: many("\\ud83d\\ude00", "\"", "\"")
      case .emptyArrays: many("[],", "[", "0]")
      case .keys:
        Array(("{" + (0..<90_000).map { "\"k\($0)\":0" }.joined(separator: ",") + "}").utf8)
          + Array(repeating: 0x20, count: 100_000)
      case .combiningMarksInAKey: many("\u{301}\u{327}", "{\"e", "\":1}")
      case .combiningMarks: many("\u{301}\u{327}", "[\"e", "\"]")
      case .spaces: many(" ")
      case .openString: many("a", "\"")
      case .backslashes: many("\\\\", "\"", "\"")
      }
    }
  }
}

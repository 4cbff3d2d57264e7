import Postern
import PosternTesting
import Testing

@Suite struct ProfileTests {
  private static let fields: [(name: String, path: any WritableKeyPath<Profile, String?> & Sendable, longest: Int)] = [
    ("first_name", \.firstName, 100), ("last_name", \.lastName, 100), ("phone_number", \.phoneNumber, 20),
    ("bio", \.bio, 500), ("address", \.address, 255), ("city", \.city, 100), ("state", \.state, 100),
    ("country", \.country, 100), ("zip_code", \.zipCode, 10), ("occupation", \.occupation, 100),
  ]

  @Test func anEmptyProfileIsFine() {
    #expect(Profile().problems.isEmpty)
  }

  @Test func everyFieldHasItsLimitInCharacters() {
    for (name, path, longest) in Self.fields {
      var profile = Profile()
      profile[keyPath: path] = String(repeating: "東", count: longest)
      #expect(profile.problems.isEmpty, "\(name)")
      profile[keyPath: path] = String(repeating: "a", count: longest + 1)
      #expect(profile.problems.map(\.field) == [name])
      #expect(profile.problems[0].sentence.contains("\(longest) characters"))
      profile[keyPath: path] = "e" + String(repeating: "\u{301}", count: longest)
      #expect(profile.problems.map(\.field) == [name], "one visible letter may not be a megabyte")
    }
  }

  @Test func controlCharactersAreRefusedInEveryField() {
    for (name, path, _) in Self.fields {
      for code in UInt8(0)...0xFF {
        var profile = Profile()
        profile[keyPath: path] = "a" + String(Unicode.Scalar(code)) + "b"
        let isControl = (code < 0x20 && code != 0x0A && code != 0x09) || (0x7F...0x9F).contains(code)
        #expect(profile.problems.map(\.field) == (isControl ? [name] : []), "\(name) \(code)")
      }
    }
  }

  @Test(arguments: ["1990-05-17", "2000-02-29", "2024-02-29", "1900-01-01", "2026-12-31"]) func datesAreTaken(
    text: String
  ) {
    var profile = Profile()
    profile.dateOfBirth = text
    #expect(profile.problems.isEmpty)
  }

  @Test(arguments: [
    "", "1990", "1990-5-17", "1990-05-32", "1990-00-10", "1990-13-10", "1990-10-00", "1990-02-29", "1900-02-29",
    "2100-02-29", "1990-04-31", "1899-12-31", "0000-01-01", "1990/05/17", "17-05-1990", "1990-05-17T00:00:00",
    "1990-05-17 ", " 1990-05-17", "1990-+5-17", "1990-05-+7", "+990-05-17", "-990-05-17", "1990--5-17", "199a-05-17",
    "1990-05-1\u{0}", "１９９０-05-17", "1990-05-1７", "1990‐05‐17", "1990-05-17\n",
  ])
  func whatIsNoDateIsRefused(text: String) {
    var profile = Profile()
    profile.dateOfBirth = text
    #expect(profile.problems.map(\.field) == ["date_of_birth"])
  }

  @Test func aMegabyteOfCombiningMarksTakesLinearTime() {
    let text = String(repeating: "\u{301}\u{327}", count: 250_000)
    var profile = Profile()
    profile.dateOfBirth = text
    for (_, path, _) in Self.fields { profile[keyPath: path] = text }
    var count = 0
    let seconds = processorTime { count = profile.problems.count }
    #expect(count == 11)
    #expect(seconds < 20)
  }

  @Test func allProblemsComeInTheOrderOfTheFields() {
    var profile = Profile()
    profile.occupation = "\u{1}"
    profile.dateOfBirth = "never"
    profile.firstName = String(repeating: "a", count: 101)
    #expect(profile.problems.map(\.field) == ["first_name", "occupation", "date_of_birth"])
  }
}

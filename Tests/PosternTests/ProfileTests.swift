import Postern
import PosternTesting
import Testing

extension Profile {
  /// As of the first of January 2027, at noon.
  fileprivate var problems: [FieldProblem] { problems(at: Instant(seconds: 1_798_804_800)) }
}

@Suite struct ProfileTests {
  private static let fields: [(name: String, path: any WritableKeyPath<Profile, String?> & Sendable, longest: Int)] = [
    ("first_name", \.firstName, 100), ("last_name", \.lastName, 100),
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

  /// The first time zone is fourteen hours ahead of UTC: there it is the second of January already.
  @Test func aDayThatHasBegunNowhereIsNoDateOfBirth() {
    var profile = Profile()
    for (text, isTaken) in [("2027-01-01", true), ("2027-01-02", true), ("2027-01-03", false), ("9999-12-31", false)] {
      profile.dateOfBirth = text
      let sentences = profile.problems.map(\.sentence)
      #expect(sentences == (isTaken ? [] : ["Date of birth cannot be in the future"]), "\(text)")
    }
  }

  @Test(arguments: ["+44 20 7946 0958", "(030) 123456", "555-0100", "030/12.34.56", "12345"])
  func phoneNumbersAreTaken(text: String) {
    var profile = Profile()
    profile.phoneNumber = text
    #expect(profile.problems.isEmpty)
    profile.phoneNumber = text + String(repeating: "0", count: 20)
    #expect(profile.problems.map(\.sentence) == ["Phone Number must be 20 characters or less"])
  }

  @Test(arguments: ["", "abc", "1234", "12345a", "1+2345", "++12345", "１２３４５６", "12345\n6", "12345;6", "+"])
  func whatIsNoPhoneNumberIsRefused(text: String) {
    var profile = Profile()
    profile.phoneNumber = text
    #expect(profile.problems.map(\.field) == ["phone_number"])
  }

  @Test func aMegabyteOfCombiningMarksTakesLinearTime() {
    let text = String(repeating: "\u{301}\u{327}", count: 250_000)
    var profile = Profile()
    profile.dateOfBirth = text
    profile.phoneNumber = text
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

  @Test func aChangeSetsWhatItNamesAndLeavesTheRest() {
    let fields = Dictionary(uniqueKeysWithValues: ProfileField.all.map { ($0.name, $0) })
    var profile = Profile()
    profile.lastName = "Lovelace"
    profile.city = "London"
    profile.bio = "x"
    var change = ProfileChange()
    #expect(change.isEmpty)
    change.set(fields["first_name"]!, to: " \u{A0}Ada \n")
    change.set(fields["city"]!, to: " ")
    change.set(fields["bio"]!, to: nil)
    #expect(change.fieldNames == ["first_name", "city", "bio"])
    #expect(change.problems(at: Instant(seconds: 0)).isEmpty)
    change.apply(to: &profile)
    #expect(profile.firstName == "Ada")
    #expect(profile.lastName == "Lovelace")
    #expect(profile.city == nil)
    #expect(profile.bio == nil)
  }

  @Test func aNameIsChangedButNotTakenBack() {
    for text in ["", " \t", nil] {
      var change = ProfileChange()
      for field in ProfileField.all { change.set(field, to: text) }
      #expect(
        change.problems(at: Instant(seconds: 0)).map(\.sentence) == ["First Name is required", "Last Name is required"])
    }
  }
}

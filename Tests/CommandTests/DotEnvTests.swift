import Testing

@testable import Command

@Suite struct DotEnvTests {
  @Test(arguments: DotEnvVector.all)
  func fileReadsAsPythonDotenvReadsIt(_ vector: DotEnvVector) {
    let file = DotEnv(Array(vector.text.utf8))
    var values: [String: String?] = [:]
    for entry in file.interpolated(over: DotEnvVector.environment) { values[entry.key] = .some(entry.value) }
    #expect(values == vector.values)
    #expect(file.problems.map(\.line) == vector.unreadable)
  }

  @Test func entryKnowsTheLineItBeginsOn() {
    let file = DotEnv(Array("# x\n\nA='one\ntwo'\r\nB=2\n".utf8))
    #expect(file.entries.map(\.line) == [3, 5])
  }

  @Test func byteOrderMarkIsNoPartOfTheFirstKey() {
    #expect(DotEnv([0xEF, 0xBB, 0xBF] + Array("A=1".utf8)).entries.map(\.key) == ["A"])
  }

  @Test func bytesThatAreNotUTF8AreNamedByTheirLine() {
    let file = DotEnv(Array("A=1\nB=".utf8) + [0xFF, 0x0A])
    #expect(file.problems == [DotEnv.Problem(line: 2, sentence: "is not UTF-8")])
    #expect(file.entries.isEmpty)
  }

  @Test func everyBrokenLineIsNamedAndTheOthersAreRead() {
    let file = DotEnv(Array("A B\nC=1\n=2\nD='\n".utf8))
    #expect(file.problems.map(\.line) == [1, 3, 4])
    #expect(file.entries.map(\.key) == ["C"])
  }
}

import Postern
import Testing

@testable import Command

@Suite struct ReloadTests {
  private func configuration(_ environment: [String: String]) -> Configuration {
    Configuration(
      Surroundings(
        environment: ["POSTERN_PUBLIC_URL": "https://site.example", "POSTERN_ENV_FILE": ""].merging(environment) { $1 },
        workingDirectory: "/", user: 1000))
  }

  @Test func socketsThreadsStorageAndLogStayAsTheyRun() throws {
    var running = configuration(["POSTERN_REACTORS": "2", "POSTERN_DATA_DIR": "/srv/one"]).settings
    running.secretKey = [1, 2, 3]
    var fresh = configuration([
      "POSTERN_REACTORS": "4", "POSTERN_DATA_DIR": "/srv/two", "POSTERN_REGISTRATION": "closed",
      "POSTERN_SITE_NAME": "New",
    ])
    let waiting = fresh.keepFixed(of: running)
    #expect(Set(waiting) == ["POSTERN_REACTORS", "POSTERN_DATA_DIR"])
    #expect(fresh.settings.reactors == 2)
    #expect(fresh.settings.dataDirectory == "/srv/one")
    #expect(fresh.settings.databasePath == running.databasePath)
    #expect(fresh.settings.secretKey == [1, 2, 3])
    #expect(fresh.settings.registration == .closed)
    #expect(fresh.settings.siteName == "New")
  }

  @Test func nothingWaitsWhereNothingFixedWasChanged() {
    let running = configuration(["POSTERN_REACTORS": "2"]).settings
    var fresh = configuration(["POSTERN_REACTORS": "2", "JWT_ACCESS_TOKEN_EXPIRES": "60"])
    #expect(fresh.keepFixed(of: running).isEmpty)
    #expect(fresh.settings.accessLifetime == .seconds(60))
  }
}

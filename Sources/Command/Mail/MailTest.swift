import ArgumentParser
import Cryptography
import Glibc
import Postern
import SQL

struct MailTest: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Sends a test, at once, and says what became of it.",
    discussion: """
      Sends as `serve` would, by the settings as they are now, and waits for the mail server's answer for up to 45 \
      seconds. With --queue the mail goes into the outbox instead, from where a running `serve` sends it.

      \(ExitStatus.explanation)
      """)

  @Argument(help: "Whom to send it to.")
  var email: EmailAddress

  @Flag(help: "Leaves the sending to `serve`.")
  var queue = false

  func run() throws {
    // Else a mail server that hangs up would end the program.
    signal(SIGPIPE, SIG_IGN)
    let random = SystemRandom()
    let settings = try Configuration.forStart(.current(), random, asOwner: true).settings
    let mail = Mail(.test, to: email, random: random)
    if queue { return try MailTest.post(mail, settings) }
    let now = SystemClock().now()
    let outgoing = OutgoingMail(id: 0, mail: mail, account: nil, createdAt: now, expiresAt: now, dueAt: now)
    let way = try MailWay(settings)
    do throws(DeliveryFailure) {
      let place = try way.carrier.deliver(way.writer.message(for: outgoing), isToEnd: { false })
      way.carrier.rest()
      try? output("delivered: \(printable(place))\n")
    } catch {
      throw Failure("not delivered: \(printable(error.sentence))")
    }
  }

  private static func post(_ mail: Mail, _ settings: Settings) throws {
    do throws(StoreError) {
      let database = try SQLiteDatabase(path: settings.databasePath, clock: SystemClock())
      defer { database.close() }
      try SQLOutbox(database, clock: SystemClock()).post(mail)
    } catch { throw Failure(error.sentence) }
    tell("in the outbox; a running `postern serve` sends it within a second, and `postern mail list` says if it waits")
  }
}

import ArgumentParser
import Cryptography
import HTTP
import Postern
import SQL

struct MailList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the mails that wait, and those that were given up.",
    discussion: """
      One line for each: number, kind, recipient, time it was made (UTC), attempts, state, what the last attempt failed \
      at. What was delivered is not in it, and what was given up for 30 days. While the mail server is away, one mail \
      asks again for all of them. With --json, an array of objects.

      \(ExitStatus.explanation)
      """)

  @Flag(help: "Prints JSON.")
  var json = false

  func run() throws {
    let settings = try Configuration.forStart(.current(), SystemRandom(), asOwner: true).settings
    do {
      let database = try SQLiteDatabase(path: settings.databasePath, clock: SystemClock())
      defer { database.close() }
      try list(SQLOutbox(database, clock: SystemClock()))
    } catch let error as StoreError {
      throw Failure(error.sentence)
    }
  }

  private func list(_ outbox: some Outbox) throws {
    var last: Int64?
    var isFirst = true
    if json { try output("[") }
    while case let page = try outbox.list(after: last, limit: 500), !page.isEmpty {
      for mail in page {
        if json {
          try output((isFirst ? "" : ",") + "\n" + String(decoding: MailList.object(mail).bytes, as: UTF8.self))
        } else {
          try output(MailList.line(mail))
        }
        isFirst = false
      }
      last = page.last?.id
    }
    if json { try output(isFirst ? "]\n" : "\n]\n") }
  }

  /// Columns with tabs between: easy to cut, and no field holds a tab.
  static func line(_ mail: OutgoingMail) -> String {
    func time(_ instant: Instant) -> String { String(instant.iso8601.prefix { $0 != "." }) }
    let state = mail.givenUpAt.map { "given up \(time($0))" } ?? "next attempt not before \(time(mail.dueAt))"
    let columns = [
      String(mail.id), mail.mail.kind.rawValue, mail.mail.recipient.text, time(mail.createdAt), String(mail.attempts),
      state, printable(mail.problem ?? "-"),
    ]
    return columns.joined(separator: "\t") + "\n"
  }

  static func object(_ mail: OutgoingMail) -> JSON {
    [
      "id": .integer(mail.id), "kind": .string(mail.mail.kind.rawValue), "email": .string(mail.mail.recipient.text),
      "account_id": mail.account.map { .integer($0.value) } ?? .null, "created_at": .string(mail.createdAt.iso8601),
      "expires_at": .string(mail.expiresAt.iso8601), "attempts": .integer(Int64(mail.attempts)),
      "next_attempt_at": JSON(mail.givenUpAt == nil ? mail.dueAt.iso8601 : nil),
      "given_up_at": JSON(mail.givenUpAt?.iso8601), "problem": JSON(mail.problem),
    ]
  }
}

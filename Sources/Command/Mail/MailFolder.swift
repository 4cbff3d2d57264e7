import Cryptography
import Glibc
import Postern

/// Takes mails where there is no mail server: each becomes a file, for its owner alone, which mail programs open.
struct MailFolder: MailCarrier {
  let path: String

  init(_ settings: Settings) { path = settings.dataDirectory + "/mail" }

  func deliver(_ message: Message, isToEnd: @Sendable () -> Bool) throws(DeliveryFailure) -> String {
    // Time first, so that they are listed in their order: 20261124T083000Z.
    let time = message.createdAt.iso8601.prefix { $0 != "." }.filter { $0.isNumber || $0 == "T" }
    let name = "\(time)Z-\(message.kind.rawValue)-\(message.id.prefix(16)).eml"
    do throws(SystemFailure) {
      if mkdir(path, 0o700) != 0, errno != EEXIST { throw SystemFailure("mkdir", path) }
      try PrivateFile.make(name, in: path, message.content, SystemRandom())
    } catch {
      throw DeliveryFailure(.server, "no mail can be written: \(error)")
    }
    return "\(path)/\(name)"
  }

  func rest() {}
}

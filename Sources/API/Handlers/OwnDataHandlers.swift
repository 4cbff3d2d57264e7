import HTTP
import Postern

/// What is stored about whoever asks: handing it over, and removing it.
enum OwnDataHandlers {
  static func delete(_ context: Context) throws -> Response {
    let body = try JSONBody(context.request)
    try context.services.removal.remove(
      try context.ownAccount(), password: try body.text("password"),
      provenAt: try context.signedIn().claims.provenAt, client: context.client)
    var response = Response(status: 200, json: ["message": "Account deleted successfully"])
    response.fields.append(TokenCookies(context.settings).removal)
    return response
  }

  /// Everything, as a file.
  static func export(_ context: Context) throws -> Response {
    let account = try context.signedIn().claims.account
    var response = Response(
      status: 200, json: JSON(try context.services.export.document(of: account), context.settings))
    response.fields.append("Content-Disposition", "attachment; filename=\"account-\(account).json\"")
    return response
  }
}

extension JSON {
  fileprivate init(_ records: AccountRecords, _ settings: Settings) {
    let account = records.account
    self = [
      "account": JSON(account, settings), "has_password": .bool(account.passwordHash != nil),
      "permissions": .array((account.role?.permissions ?? []).map(JSON.string)),
      "sessions": .array(records.sessions.map { JSON($0) }),
      "older_sessions_left_out": .integer(Int64(records.olderSessions)),
      "api_tokens": .array(records.apiTokens.map { .object(JSON.members($0)) }),
      "authenticator_app": records.factors.totp.map { JSON($0) } ?? .null,
      "mailed_codes": records.factors.emailSince.map { ["created_at": .string($0.iso8601)] } ?? .null,
      "passkeys": .array(records.factors.passkeys.map { JSON($0) }),
      "recovery_codes": .array(records.recoveryCodes.map { JSON($0) }),
      "trusted_browsers": .array(records.trustedBrowsers.map { JSON(record: $0) }),
      "links": .array(records.links.map { JSON($0) }), "mails": .array(records.mails.map { JSON($0) }),
      "audit_logs": .array(records.audit.map { JSON($0) }),
      "older_audit_logs_left_out": .integer(Int64(records.olderEntries)),
    ]
  }

  private init(_ record: SessionRecord) {
    let session = record.session
    self = [
      "session_id": .string(session.id.description), "created_at": .string(session.createdAt.iso8601),
      "last_activity": .string(session.lastActiveAt.iso8601), "refreshed_at": .string(session.rotatedAt.iso8601),
      "generation": .integer(session.generation), "methods": .array(session.methods.map(JSON.string)),
      "proven_at": .string(session.provenAt.iso8601), "ip_address": .string(session.address),
      "user_agent": .string(session.userAgent), "outlives_browser": session.isPersistent.map(JSON.bool) ?? .null,
      "ended_at": JSON(session.revokedAt?.iso8601), "end_reason": JSON(record.endReason),
    ]
  }

  /// Without the secret.
  private init(_ factor: TOTPFactor) {
    self = [
      "created_at": .string(factor.createdAt.iso8601), "confirmed_at": JSON(factor.confirmedAt?.iso8601),
      "last_step": .integer(factor.lastStep),
    ]
  }

  private init(_ code: RecoveryCodeRecord) {
    self = ["created_at": .string(code.createdAt.iso8601), "used_at": JSON(code.usedAt?.iso8601)]
  }

  private init(record browser: TrustedBrowser) {
    self = [
      "id": .string(Hexadecimal.encode(browser.id.bytes)), "created_at": .string(browser.createdAt.iso8601),
      "expires_at": .string(browser.expiresAt.iso8601), "last_used_at": JSON(browser.lastUsedAt?.iso8601),
      "ip_address": .string(browser.address), "user_agent": .string(browser.userAgent),
    ]
  }

  private init(_ passkey: Passkey) {
    self = [
      "id": .integer(passkey.id.value), "credential_id": .string(Hexadecimal.encode(passkey.credentialID)),
      "public_key": .string(Hexadecimal.encode(passkey.publicKey)), "name": .string(passkey.name),
      "sign_count": .integer(Int64(passkey.signCount)), "transports": .array(passkey.transports.map(JSON.string)),
      "aaguid": .string(Hexadecimal.encode(passkey.aaguid)), "is_backup_eligible": .bool(passkey.isBackupEligible),
      "is_backed_up": .bool(passkey.isBackedUp), "created_at": .string(passkey.createdAt.iso8601),
      "last_used_at": JSON(passkey.lastUsedAt?.iso8601),
    ]
  }

  private init(_ link: Link) {
    self = [
      "purpose": .string(link.purpose.rawValue), "email": JSON(link.email?.text),
      "created_at": .string(link.createdAt.iso8601), "expires_at": .string(link.expiresAt.iso8601),
      "used_at": JSON(link.usedAt?.iso8601),
    ]
  }

  private init(_ mail: MailRecord) {
    let values = mail.values.sorted { $0.key < $1.key }.map { Member($0.key, .string($0.value)) }
    self = [
      "kind": .string(mail.kind), "recipient": .string(mail.recipient), "values": .object(values),
      "created_at": .string(mail.createdAt.iso8601), "expires_at": .string(mail.expiresAt.iso8601),
      "attempts": .integer(mail.attempts), "problem": JSON(mail.problem),
      "given_up_at": JSON(mail.givenUpAt?.iso8601),
    ]
  }
}

import Postern

/// One step of the schema, from `Migrations/`. Steps that were released are never changed; new ones are added.
struct Migration: Sendable {
  /// From 1, without gaps; the file keeps the last one in its `user_version`.
  let number: Int64
  let script: String

  static let all = [
    Migration(number: 1, script: String(decoding: PackageResources.v1_accounts_sql, as: UTF8.self)),
    Migration(number: 2, script: String(decoding: PackageResources.v2_sessions_sql, as: UTF8.self)),
    Migration(number: 3, script: String(decoding: PackageResources.v3_audit_sql, as: UTF8.self)),
    Migration(number: 4, script: String(decoding: PackageResources.v4_api_tokens_sql, as: UTF8.self)),
    Migration(number: 5, script: String(decoding: PackageResources.v5_mail_sql, as: UTF8.self)),
    Migration(number: 6, script: String(decoding: PackageResources.v6_factors_sql, as: UTF8.self)),
    Migration(number: 7, script: String(decoding: PackageResources.v7_pictures_sql, as: UTF8.self)),
  ]
}

extension SQLiteConnection {
  /// The last step that the file has taken.
  func schemaVersion() throws(StoreError) -> Int64 { try row("PRAGMA user_version") { $0.integer(0) }! }

  /// Takes the steps that the file lacks, each in one transaction. Who gets the lock first takes the step; whoever
  /// waited sees that it is done.
  func migrate(_ migrations: [Migration]) throws(StoreError) {
    for migration in migrations where try schemaVersion() < migration.number {
      try script("BEGIN IMMEDIATE")
      do throws(StoreError) {
        if try schemaVersion() < migration.number {
          try script(migration.script)
          try script("PRAGMA application_id = \(SQLiteConnection.applicationID)")
          try script("PRAGMA user_version = \(migration.number)")
        }
        try script("COMMIT")
      } catch {
        if isInTransaction { _ = attempt("ROLLBACK") }
        throw error
      }
    }
  }
}

#pragma once
#include <sqlite3.h>

/// SQLITE_TRANSIENT is a cast in a macro, which Swift does not import: SQLite copies what it is bound to.
static inline sqlite3_destructor_type postern_sqlite_transient(void) { return SQLITE_TRANSIENT; }

/// To be called before anything else of SQLite is, and once. Pages are taken when they are needed, not twenty for each
/// connection when it opens; sqlite3_config is variadic, which Swift does not import.
static inline int postern_sqlite_take_pages_singly(void) {
  return sqlite3_config(SQLITE_CONFIG_PAGECACHE, (void *)0, 0, 0);
}

/// sqlite3_db_config is variadic, which Swift does not import. Nothing that a broken or planted file says can then
/// write outside its tables, and a "quoted" word that is no column is an error instead of a text.
static inline int postern_sqlite_defend(sqlite3 *db) {
  int code = sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
  if (code == SQLITE_OK) code = sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)0);
  if (code == SQLITE_OK) code = sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, (int *)0);
  if (code == SQLITE_OK) code = sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, (int *)0);
  return code;
}
